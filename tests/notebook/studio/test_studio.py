"""The studio on a real gateway: what the form shows is what runs, once a press; nothing is lost, and all is told."""

import ast as syntax
import asyncio
import gc
import logging
import threading
import time
import weakref
from collections.abc import Callable, Iterator
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest

from stationthis_sdk import (
    AmbiguousSubmit,
    AsyncDeployment,
    AsyncStationThis,
    InputField,
    InvalidInput,
    Refused,
    StationThis,
    portal,
)
from stationthis_sdk.inputs.fields import Inputs
from stationthis_sdk.notebook.links import unsigned_text
from stationthis_sdk.notebook.studio import Studio
from stationthis_sdk.notebook.studio import studio as module
from stationthis_sdk.notebook.studio.board import details_of, job_title
from stationthis_sdk.notebook.studio.desk import Desk, Job
from stationthis_sdk.notebook.studio.form import Form
from stationthis_sdk.notebook.studio.sender import Sender
from stationthis_sdk.notebook.studio.unsigned import without_signatures
from tests.echo import GRAPH
from tests.fixtures import RunningGateway
from tests.notebook.kernels import failing
from tests.notebook.safe import HOSTILE, read

SMALL = {"steps": 1, "width": 64, "height": 64}
LONG = {"steps": 60, "width": 2048, "height": 2048}


def until(reached: Callable[[], Any], what: str) -> Any:
    """Look again and again."""
    end = time.monotonic() + 45
    while not (found := reached()):
        assert time.monotonic() < end, f"{what} did not come"
        time.sleep(0.02)
    return found


def said(studio: Studio) -> str:
    """What stands below the buttons."""
    return read(studio._said.value)


def faults(studio: Studio) -> dict[str, str]:
    """What stands beside the controls."""
    boxes = zip(studio._form.controls, studio._form.widget.children, strict=True)
    return {name: text for name, box in boxes if (text := read(box.children[-1].value))}


@pytest.fixture
def opened() -> Iterator[Callable[..., Studio]]:
    """Make studios that are closed at the end, with all they have started cancelled."""
    made: list[Studio] = []

    def make(deployment: Any, **inputs: Any) -> Studio:
        made.append(deployment.studio(**inputs))
        return made[-1]

    yield make
    for studio in made:
        studio._desk.cancel().result(40)
        studio.close()


class Held(Sender):
    """Waits before its request goes out, or after it was answered."""

    def __init__(self, of: AsyncDeployment, when: str) -> None:
        super().__init__(of)
        self.when, self.reached, self.free = when, threading.Event(), threading.Event()

    async def submit(self, inputs: Any = None, /, **more: Any) -> Any:
        run = None if self.when == "before" else await super().submit(inputs, **more)
        self.reached.set()
        await asyncio.to_thread(self.free.wait, 40)
        return run or await super().submit(inputs, **more)


def hold(studio: Studio, when: str) -> Held:
    """Hold what this studio sends."""
    studio._desk._deployment = held = Held(studio._desk._deployment, when)
    return held


@pytest.fixture(scope="module")
def echo(gateway: RunningGateway) -> str:
    """The name of a deployment that repeats words."""
    gateway.deploy("studio-echo", GRAPH)
    return "studio-echo"


def test_what_the_form_shows_is_what_runs(st: StationThis, opened: Callable[..., Studio]) -> None:
    """Only what differs from the defaults is sent; the picture gets a tile, and is shown in full with what made it."""
    studio = opened(st.deployments["text-to-picture"], **SMALL)
    controls = studio._form.controls
    controls["prompt"].widget.value = "a driven form"
    controls["steps"].widget.value = 2
    controls["style"].widget.value = 4
    controls["seed"].dice.value = False
    controls["seed"].text.value = "4294967295"
    wanted = {
        "prompt": "a driven form",
        "seed": 2**32 - 1,
        "steps": 2,
        "style": "ink",
        "width": 64,
        "height": 64,
    }
    assert studio.values == wanted
    studio._run_button.click()
    [run] = studio.wait()
    assert (run.state, run.inputs) == ("success", wanted)
    [tile] = until(lambda: studio._board.tiles.tiles, "a tile")
    assert (tile["state"], tile["picture"][:10]) == ("success", "data:image")
    details = until(
        lambda: "data:image" in studio._board.details.value and studio._board.details.value, "the picture"
    )
    assert all(word in read(details) for word in ("a driven form", "4294967295", run.id, "success"))
    assert (studio._run_button.disabled, studio._cancel_button.disabled) == (False, True)
    assert studio._board._open.children == (studio._board._waiting,)


def test_each_press_is_one_run(
    st: StationThis, echo: str, opened: Callable[..., Studio], monkeypatch: pytest.MonkeyPatch
) -> None:
    """A double click, presses while one is on its way, and one just after send nothing more; a later press does."""
    clock = [0.0]
    monkeypatch.setattr(module, "time", SimpleNamespace(monotonic=lambda: clock[0]))
    deployment = st.deployments[echo]
    before = len(deployment.runs(limit=None))
    studio = opened(deployment, words="pressed")
    held = hold(studio, "after")
    for _ in range(3):
        studio._run_button.click()
    assert studio._run_button.disabled
    assert held.reached.wait(45)
    clock[0] = 60.0  # a slow answer
    studio._run_button.click()
    held.free.set()
    assert len(studio.wait()) == 1
    assert not studio._run_button.disabled
    studio._run_button.click()  # somebody who could not wait
    assert len(studio.wait()) == 1
    clock[0] = 61.0
    studio._run_button.click()
    assert len(studio.wait()) == 2
    assert len(deployment.runs(limit=None)) == before + 2


def test_several_differ(st: StationThis, opened: Callable[..., Studio]) -> None:
    """With the dice on each has a seed of its own; with one seed a single run is sent, and it is said why."""
    studio = opened(st.deployments["text-to-picture"], **SMALL)
    studio._count.value = 3
    studio._run_button.click()
    runs = studio.wait()
    assert len({run.inputs["seed"] for run in runs}) == 3
    assert said(studio) == ""
    studio._form.controls["seed"].dice.value = False
    assert studio._form.controls["seed"].value == runs[-1].inputs["seed"]
    studio.run(3)
    assert len(studio.wait()) == 4
    assert "One run was sent, not 3" in said(studio)
    until(lambda: len(studio._board.tiles.tiles) == 4, "all tiles")


def test_equal_runs_are_not_paid_twice(st: StationThis, echo: str, opened: Callable[..., Studio]) -> None:
    """A workflow without any seed would make the same: one run, and it is said."""
    studio = opened(st.deployments[echo], words="the same")
    studio.run(2)
    assert len(studio.wait()) == 1
    assert "One run was sent, not 2" in said(studio)


def test_all_faults_are_told_beside_their_controls(st: StationThis, opened: Callable[..., Studio]) -> None:
    """The SDK's own words, all at once, and nothing is sent; the next press begins anew."""
    deployment = st.deployments["text-to-picture"]
    before = len(deployment.runs(limit=None))
    studio = opened(deployment, **SMALL)
    studio._form.controls["prompt"].widget.value = " , "
    studio._form.controls["seed"].dice.value = False
    studio._form.controls["seed"].text.value = "seven"
    studio._run_button.click()
    assert studio.wait() == []
    told = faults(studio)
    assert set(told) == {"prompt", "seed"}
    assert "wants a number, got 'seven'" in told["seed"]
    assert len(deployment.runs(limit=None)) == before
    assert not studio._run_button.disabled
    assert studio._board.tiles.tiles == []
    studio.use(prompt="better", **SMALL)
    studio.run()
    assert faults(studio) == {}
    assert [run.state for run in studio.wait()] == ["success"]


def test_cancel_ends_what_is_under_way(st: StationThis, opened: Callable[..., Studio]) -> None:
    """The runs are cancelled on the service, what waits to be sent is not sent, and the kernel waited for none of it."""
    studio = opened(st.deployments["text-to-picture"], prompt="a long way", **LONG)
    studio.run(2)
    until(lambda: len(studio.runs) == 2, "the runs")
    assert not studio._cancel_button.disabled
    until(lambda: len(studio._board._lines) == 2, "their lines")
    studio._cancel_button.click()
    runs = studio.wait()
    assert [run.refresh().state for run in runs] == ["cancelled", "cancelled"]
    assert studio._cancel_button.disabled
    assert until(lambda: [one["state"] for one in studio._board.tiles.tiles], "tiles")[0] == "cancelled"


def test_cancel_right_after_run_sends_nothing(st: StationThis, opened: Callable[..., Studio]) -> None:
    """Cancel takes back what the SDK's loop has not even heard of, and only that: what is asked for later is sent."""
    deployment = st.deployments["text-to-picture"]
    before = len(deployment.runs(limit=None))
    studio = opened(deployment, prompt="taken back", **SMALL)
    busy = threading.Event()

    async def occupied() -> None:
        busy.wait(45)

    portal.begin(occupied())
    studio.run(3)
    studio.run(2)
    studio._cancel_button.click()
    studio.run()
    busy.set()
    assert [run.state for run in studio.wait()] == ["success"]
    assert len(deployment.runs(limit=None)) == before + 1
    assert "0 of 3 were sent.0 of 2 were sent." in said(studio).replace("\n", "")
    assert (studio._run_button.disabled, studio._cancel_button.disabled) == (False, True)


def test_cancel_before_the_request_goes_out(st: StationThis, opened: Callable[..., Studio]) -> None:
    """While files are on their way up, say: nothing is asked for, and what waits behind it is not either."""
    deployment = st.deployments["text-to-picture"]
    before = len(deployment.runs(limit=None))
    studio = opened(deployment, prompt="not yet", **LONG)
    held = hold(studio, "before")
    studio.run(2)
    studio.run(2)
    assert held.reached.wait(45)
    until(lambda: studio._board._lines, "its line")
    studio._cancel_button.click()
    assert studio.wait() == []
    assert len(deployment.runs(limit=None)) == before
    assert said(studio).count("0 of 2 were sent.") == 2
    assert studio._board._lines == {}
    assert studio._board.tiles.tiles == []
    held.free.set()
    held.when = "after"
    studio.run()
    assert until(
        lambda: len(deployment.runs(limit=None)) == before + 1, "a run that was asked for after that"
    )


def test_cancel_as_the_request_goes_out(st: StationThis, opened: Callable[..., Studio]) -> None:
    """At whatever moment it comes: what runs on the service is known here, and ends there."""
    deployment = st.deployments["text-to-picture"]
    before = {run.id for run in deployment.runs(limit=None)}
    studios = []
    for moment in range(8):
        studio = opened(deployment, prompt=f"moment {moment}", **LONG)
        studios.append(studio)
        studio.run(2)
        until(lambda studio=studio: studio._desk.jobs, "its turn")
        time.sleep(moment / 500)
        studio.cancel()
    sent = [run for studio in studios for run in studio.wait()]
    assert {run.id for run in deployment.runs(limit=None)} - before == {run.id for run in sent}
    assert {run.refresh().state for run in sent} <= {"cancelled"}


def test_one_is_stopped_before_its_request_goes_out(st: StationThis, opened: Callable[..., Studio]) -> None:
    """By the button of its line: the others are sent."""
    studio = opened(st.deployments["text-to-picture"], prompt="but one", **SMALL)
    held = hold(studio, "before")
    studio.run(3)
    assert held.reached.wait(45)
    studio._desk.cancel(studio._desk.jobs[0]).result(40)
    held.free.set()
    assert [run.state for run in studio.wait()] == ["success"] * 2


def test_cancel_after_the_request_went_out(st: StationThis, opened: Callable[..., Studio]) -> None:
    """Its answer is waited for, so that the run is known, and it is cancelled then."""
    studio = opened(st.deployments["text-to-picture"], prompt="too late", **LONG)
    held = hold(studio, "after")
    studio.run(3)
    assert held.reached.wait(45)
    studio._desk.cancel().result(40)
    held.free.set()
    [run] = studio.wait()
    assert run.refresh().state == "cancelled"
    assert "1 of 3 were sent." in said(studio)


def test_one_of_several_is_cancelled_by_its_own_button(
    st: StationThis, opened: Callable[..., Studio]
) -> None:
    """The stop button of a line ends that run; the others go on."""
    studio = opened(st.deployments["text-to-picture"], prompt="one of two", **LONG)
    studio.run(2)
    until(lambda: len(studio.runs) == 2 and len(studio._board._lines) == 2, "their lines")
    first, second = studio._desk.jobs
    studio._board._lines[second].stop.click()
    until(lambda: second.run is not None and second.run.state == "cancelled", "its end")
    assert not next(run for run in studio.runs if run.id == first.run.id).refresh().state.final


@pytest.mark.parametrize("words", [one for one in HOSTILE if one.isprintable()])
def test_the_code_sends_the_same(
    st: StationThis, echo: str, opened: Callable[..., Studio], words: str
) -> None:
    """Executed with the client in hand it makes a run with the inputs of the form."""
    studio = opened(st.deployments[echo])
    studio.use(words=words)
    scope: dict[str, Any] = {"st": st}
    exec(compile(studio.code, "studio", "exec"), scope)
    studio.run()
    [mine] = studio.wait()
    assert scope["run"].inputs == mine.inputs == studio.values == {"words": words}


def test_the_code_has_the_options(st: StationThis, opened: Callable[..., Studio]) -> None:
    """What was set by options() is in it, a webhook's token is not."""
    deployment = st.deployments["text-to-picture"]
    quick = deployment.options(
        timeout=120, tags=["draft"], webhook="https://example.org/hook?token=secret", gpu="T4"
    )
    code = opened(quick, prompt="x").code
    assert '.options(timeout=120.0, webhook=webhook, gpu="T4", tags=["draft"])(' in code
    assert "secret" not in code
    syntax.parse(code)


def test_inputs_of_a_run_are_used_again(st: StationThis, opened: Callable[..., Studio]) -> None:
    """Its tile leads to its details; the button fills the form with them, the seed that was drawn included."""
    studio = opened(st.deployments["text-to-picture"], prompt="the first", **SMALL)
    studio.run()
    studio.wait()
    studio.use(prompt="the second", **SMALL)
    studio.run()
    first, second = studio.wait()
    until(lambda: len(studio._board.tiles.tiles) == 2, "both tiles")
    assert [one["id"] for one in studio._board.tiles.tiles] == ["2", "1"]
    until(lambda: "the second" in studio._board.details.value, "the newest")
    studio._board.tiles.chosen = "1"
    until(lambda: "the first" in studio._board.details.value, "the chosen one")
    studio._board.again.click()
    assert studio.values == first.inputs
    assert f"seed={first.inputs['seed']}" in studio._code.code
    studio.run()
    again = studio.wait()[-1]
    assert again.outputs[0].bytes() == first.outputs[0].bytes() != second.outputs[0].bytes()


def test_a_failed_run_says_why(st: StationThis, opened: Callable[..., Studio]) -> None:
    """One sentence below the buttons, as text, and a tile that leads to it."""
    studio = opened(failing(st), words="x")
    studio.run()
    studio.wait()
    assert said(studio).count("#1: ") == 1
    studio._desk.cancel(studio._desk.jobs[0]).result(40)
    assert said(studio).count("#1: ") == 1
    assert "failed" in said(studio)
    assert "there is <b>none</b>.png" in said(studio)
    until(lambda: studio._board.tiles.tiles, "its tile")
    assert studio._board.tiles.tiles[0]["state"] == "failed"


class Refusing:
    """Stands for a deployment; each submit raises."""

    def __init__(self, error: Exception) -> None:
        self.error, self.asked, self.posted, self.made = error, 0, False, None
        self.before: Callable[[], Any] = lambda: None

    async def submit(self, _inputs: Any) -> Any:
        self.asked += 1
        self.before()
        raise self.error


@pytest.mark.parametrize(
    ("error", "words"),
    [
        (AmbiguousSubmit("Nobody knows whether it was started.", submit_id="7"), "stationthis reconcile"),
        (Refused("There are no credits left."), "credits"),
    ],
)
def test_money_is_sacred(error: Exception, words: str) -> None:
    """Whatever a submit ends with, it is not repeated, the others of the press are not sent, and it is told."""
    told: list[Any] = []
    notes: list[str] = []
    refusing = Refusing(error)
    desk = Desk(refusing, told=told.append, faults=told.append, note=notes.append, idle=lambda: None)
    desk.send({}, 5).result(20)
    assert refusing.asked == 1
    assert words in desk.jobs[0].error
    assert (desk.jobs[0].state, desk.jobs[0].open, desk.sending) == ("refused", False, 0)


def test_closing_leaves_runs_running(
    st: StationThis, opened: Callable[..., Studio], caplog: pytest.LogCaptureFixture
) -> None:
    """What is followed is followed no more, the run goes on, and it is told how to find it."""
    studio = opened(st.deployments["text-to-picture"], prompt="left alone", **LONG)
    studio.run(2)
    runs = until(lambda: len(studio.runs) == 2 and studio.runs, "the runs")
    until(lambda: len(studio._desk.following) == 2, "their watch")
    with caplog.at_level(logging.WARNING):
        studio.close()
        portal.call(studio._desk.settled())
    assert sorted(one.getMessage().partition(";")[0] for one in caplog.records) == sorted(
        f"Left running: run {run.id}" for run in runs
    )
    assert not any(run.refresh().state.final for run in runs)
    with pytest.raises(InvalidInput, match="closed"):
        studio.run()
    assert "closed" in repr(studio)
    for run in runs:
        run.cancel()


def test_closing_while_it_sends(
    st: StationThis, opened: Callable[..., Studio], caplog: pytest.LogCaptureFixture
) -> None:
    """The one on its way goes on and is told, the others are not sent, and the count is right; each once, in the log."""
    deployment = st.deployments["text-to-picture"]
    before = len(deployment.runs(limit=None))
    studio = opened(deployment, prompt="closed early", **LONG)
    held = hold(studio, "after")
    studio.run(3)
    assert held.reached.wait(45)
    with caplog.at_level(logging.WARNING):
        studio.close()
        held.free.set()
        portal.call(studio._desk.settled())
    [run] = studio.runs
    left, count = [one.getMessage() for one in caplog.records]
    assert f"Left running: run {run.id};" in left
    assert "1 of 3 were sent." in count
    assert len(deployment.runs(limit=None)) == before + 1
    run.cancel()


def test_closing_does_not_take_a_cancel_back(st: StationThis, opened: Callable[..., Studio]) -> None:
    """What was to be cancelled as soon as it is known is cancelled, though the studio is closed by then."""
    studio = opened(st.deployments["text-to-picture"], prompt="cancelled, closed", **LONG)
    held = hold(studio, "after")
    studio.run()
    assert held.reached.wait(45)
    studio.cancel()
    studio.close()
    held.free.set()
    portal.call(studio._desk.settled())
    [run] = studio.runs
    assert run.refresh().state == "cancelled"


def test_what_may_cost_is_told_though_it_was_closed(caplog: pytest.LogCaptureFixture) -> None:
    """An answer that was lost after the studio was closed: the log has it."""
    refusing = Refusing(AmbiguousSubmit("Nobody knows whether it was started.", submit_id="7"))
    told: list[Any] = []
    desk = Desk(refusing, told=told.append, faults=told.append, note=told.append, idle=lambda: None)
    refusing.before = desk.close
    desk.send({}, 2).result(20)
    assert "stationthis reconcile" in caplog.text
    assert "0 of 2 were sent" in caplog.text
    assert [type(one) for one in told] == [Job]


def test_one_that_nobody_holds_is_collected(st: StationThis) -> None:
    """A studio that was never shown ends with its last reference, and its widgets with it."""
    studio = st.deployments["text-to-picture"].studio()
    desk, widget, gone = studio._desk, studio.widget, weakref.ref(studio)
    del studio
    gc.collect()
    assert gone() is None
    assert desk.closed
    assert widget.comm is None


def test_one_that_is_shown_is_kept(st: StationThis, monkeypatch: pytest.MonkeyPatch) -> None:
    """Until its cell is run again; others that the same run of the cell shows stay."""
    monkeypatch.setattr(module, "cell_of", lambda: ("cell", "first run"))
    portrait = st.deployments["text-to-picture"]
    first, second = portrait.studio(), portrait.studio()
    desks = [first._desk, second._desk]
    for one in (first, second, first):
        assert "application/vnd.jupyter.widget-view+json" in one._repr_mimebundle_()
    del first, second, one
    gc.collect()
    assert [desk.closed for desk in desks] == [False, False]
    monkeypatch.setattr(module, "cell_of", lambda: ("cell", "second run"))
    third = portrait.studio()
    third._repr_mimebundle_()
    assert [desk.closed for desk in desks] == [True, True]
    assert not third._desk.closed
    third.close()
    assert third not in module._displayed


def test_it_is_read_without_a_kernel(
    st: StationThis, gateway: RunningGateway, opened: Callable[..., Studio]
) -> None:
    """The static HTML has the values, the pictures, the code; nothing of a prompt is markup; the key is nowhere."""
    studio = opened(st.deployments["text-to-picture"], prompt="".join(HOSTILE[:4]), **SMALL)
    studio.run()
    studio.wait()
    until(lambda: studio._board.pictures, "the picture")
    bundle = studio._repr_mimebundle_()
    assert set(bundle) == {"application/vnd.jupyter.widget-view+json", "text/html", "text/plain"}
    text = read(bundle["text/html"])
    assert HOSTILE[0] in text
    assert "data:image/webp" in bundle["text/html"]
    assert "run = st.deployments" in text
    assert gateway.key not in str(bundle)
    until(lambda: "<img" in studio._board.details.value, "the details")
    for widget in (studio._board.details, studio._head):
        read(widget.value)
    studio.close()
    assert set(studio._repr_mimebundle_()) == {"text/html", "text/plain"}


SIGNED = "https://bucket.example/a/cat.png?X-Amz-Expires=600&X-Amz-Credential=AKIA&X-Amz-Signature=5ec4e7"


def test_no_signature_is_kept(st: StationThis, echo: str, opened: Callable[..., Studio]) -> None:
    """A signed link is sent whole; what is saved, shown or copied has it without its query, and says so."""
    photo = opened(st.deployments["picture-to-picture"], input_image=SIGNED)
    words = opened(st.deployments[echo], words=f"see {SIGNED}, please")
    several = Form("x", Inputs([InputField("frames", "images")]), {"frames": [SIGNED]}, allow_unknown=False)
    assert photo.values == {"input_image": SIGNED}
    assert words.values == {"words": f"see {SIGNED}, please"}
    code = photo.code
    assert "give the file anew" in code
    assert syntax.literal_eval(syntax.parse(code).body[0].value.keywords[0].value) == SIGNED.partition("?")[0]  # type: ignore[attr-defined]
    jobs = [Job(1, given) for given in (photo.values, words.values, several.values)]
    kept = [code, words.code, photo._form.controls["input_image"].widget.items, several.shown]
    kept += [[one._repr_mimebundle_(), one._code.code] for one in (photo, words)]
    kept += [[str(details_of(job, [])), job_title(job)] for job in jobs]
    for one in kept:
        assert "https://bucket.example/a/cat.png" in str(one)
        assert not any(secret in str(one) for secret in ("X-Amz", "AKIA", "5ec4e7"))
    photo._say(f"{SIGNED} is not there")
    assert "X-Amz" not in said(photo)
    several.close()


@pytest.mark.parametrize(
    ("link", "kept"),
    [
        ("https://a.example/x.png?sig=abc&se=2026", "https://a.example/x.png"),
        ("https://a.example/x.png?Expires=1&Key-Pair-Id=K&Policy=p", "https://a.example/x.png"),
        ("https://me:secret@a.example/x.png", "https://a.example/x.png"),
        ("https://a.example/x.png#access_token=abc", "https://a.example/x.png"),
        ("https://a.example/x.png?w=300&fit=crop", "https://a.example/x.png?w=300&fit=crop"),
        ('["https://a.example/x.png?token=1", "b"]', '["https://a.example/x.png", "b"]'),
    ],
)
def test_links(link: str, kept: str) -> None:
    """Those that hold a secret lose it; others stay as they are."""
    assert unsigned_text(link) == kept
    told = without_signatures({"links": [link]})
    assert told == {"links": [link]} if kept == link else syntax.literal_eval(told.code) == {"links": [kept]}


async def test_an_asynchronous_deployment_has_the_same(ast: AsyncStationThis) -> None:
    """Its runs are asynchronous ones, its code awaits, and the loop that made it is never blocked."""
    deployment = await ast.deployments["text-to-picture"]
    studio = deployment.studio(prompt="awaited", **SMALL)
    studio._run_button.click()
    await asyncio.to_thread(studio.wait)
    [run] = studio.runs
    assert (await run.wait()).state == "success"
    flags = syntax.PyCF_ALLOW_TOP_LEVEL_AWAIT
    scope: dict[str, Any] = {"st": ast}
    await eval(compile(studio.code, "studio", "exec", flags), scope)
    assert {**scope["run"].inputs, "seed": 0} == {**run.inputs, "seed": 0}
    studio.close()


def test_nothing_waits_on_the_kernels_thread(st: StationThis, opened: Callable[..., Studio]) -> None:
    """Whatever is asked of the service is asked on another thread."""
    here = threading.get_ident()
    asked: list[int] = []

    class Noting:
        posted, made = False, None

        async def submit(self, _inputs: Any) -> Any:
            asked.append(threading.get_ident())
            raise Refused("noted")

    studio = opened(st.deployments["text-to-picture"])
    studio._desk._deployment = Noting()
    studio._run_button.click()
    studio.wait()
    assert asked
    assert here not in asked


def test_models_are_offered(st: StationThis, opened: Callable[..., Studio], tmp_path: Path) -> None:
    """A LoRA's picker offers what the volume has once it is shown, by the name in its folder; anything may be written."""
    weights = tmp_path / "ink <b>.safetensors"
    weights.write_bytes(b"weights")
    model = st.models.upload(weights, folder="loras/studio", name="ink.safetensors")
    lora = {
        **GRAPH,
        "3": {
            "class_type": "ComfyUIDeployExternalLora",
            "inputs": {"input_id": "lora", "default_lora_name": "none.safetensors", "lora_url": ""},
        },
    }
    deployment = st.deployments.publish(lora, "studio-lora", machine="this-machine")
    studio = opened(deployment)
    picker = studio._form.controls["lora"]
    assert picker.widget.options == ()
    studio._repr_mimebundle_()
    until(lambda: "studio/ink.safetensors" in picker.widget.options, "the model")
    picker.widget.value = "something else.safetensors"
    assert studio.values == {"lora": "something else.safetensors"}
    model.delete()


def test_what_does_not_fit_is_told(st: StationThis, opened: Callable[..., Studio]) -> None:
    """use() tells all at once, beside the controls as well; nothing else of the form is left out."""
    studio = opened(st.deployments["text-to-picture"])
    with pytest.raises(InvalidInput) as caught:
        studio.use(prompt="kept", steps=99, style="none", nothing=1)
    assert len(caught.value.problems) == 3
    assert set(faults(studio)) == {"steps", "style"}
    assert studio.values == {"prompt": "kept"}
    with pytest.raises(InvalidInput, match="count"):
        studio.run(0)
    with pytest.raises(InvalidInput) as caught:
        st.deployments["text-to-picture"].studio(steps=99, promt="x")
    assert len(caught.value.problems) == 2
