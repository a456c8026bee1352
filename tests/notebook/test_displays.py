"""Every public thing shows itself: as text for those who can't see more, as HTML in which everything is escaped."""

from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as some

import stationthis_sdk
from stationthis_sdk import (
    AsyncStationThis,
    BatchEstimate,
    BatchProgress,
    BatchRow,
    Cost,
    OutputItem,
    StationThis,
    StationThisError,
    errors,
    grid,
)
from stationthis_sdk.entities import RunRecord, RunState
from stationthis_sdk.notebook import displays
from stationthis_sdk.outputs.sidecar import SavedRun
from stationthis_sdk.runs import AsyncRun
from tests.fixtures import RunningGateway
from tests.notebook.safe import HOSTILE, read
from tests.small_graphs import GRAPH

texts = some.one_of(some.sampled_from(HOSTILE), some.text(max_size=60))
values = some.one_of(texts, some.none(), some.integers(), some.floats(), some.lists(texts, max_size=3))


def shown(thing: Any) -> str:
    """What its display says."""
    bundle = thing._repr_mimebundle_()
    assert bundle["text/plain"] == repr(thing)
    return read(bundle["text/html"])


def cleaned(text: str) -> str:
    """A text as it can be sent, its lines ending as Python reads them."""
    return text.encode("utf-8", "replace").decode().replace("\r\n", "\n").replace("\r", "\n")


def test_the_whole_surface_is_shown(st: StationThis) -> None:
    """The client, its catalogues, and what comes of them each have HTML beside their text."""
    portrait = st.deployments["text-to-picture"]
    run = portrait(prompt="a display", seed=3, steps=1, width=64, height=64)
    batch = portrait.map([{"prompt": "a fox", "steps": 1, "width": 64, "height": 64}], name="displayed")
    things = {
        "client": st, "deployments": st.deployments, "deployment": portrait, "inputs": portrait.inputs, "run": run,
        "outputs": run.outputs, "output": run.outputs[0], "batch": batch, "row": batch.row(0), "runs": st.runs,
        "a list of runs": st.runs.list(), "batches": st.batches, "workflows": st.workflows, "machines": st.machines,
        "workflow": st.workflows.list()[0], "version": st.workflows.list()[0].versions()[0],
        "machine": st.machines.list()[0], "models": st.models, "files": st.files, "cache": st.cache,
        "account": st.account, "sessions": st.sessions, "costs": st.costs(), "cost": run.cost, "log": run.logs(),
        "grid": grid(prompt=["a", "b"], cfg=[1, 2]), "estimate": portrait.estimate([{"prompt": "a"}]), "progress": batch.progress,
    }  # fmt: skip
    told = {name: shown(thing) for name, thing in things.items()}
    assert all(text.strip() for text in told.values())
    assert "text-to-picture" in told["deployments"]
    assert "steps" in told["deployment"]
    assert "a display" in told["run"]
    assert "success" in told["run"]
    assert run.id in told["a list of runs"]
    assert "1 succeeded" in told["batch"]
    pictures = [
        name for name, thing in things.items() if "data:image/webp" in thing._repr_mimebundle_()["text/html"]
    ]
    assert pictures == ["run", "outputs", "output", "batch"]
    assert all(
        st.settings.api_key.reveal() not in thing._repr_mimebundle_()["text/html"]
        for thing in things.values()
    )


async def test_asynchronous_things_are_shown_alike(ast: AsyncStationThis) -> None:
    """A display of an asynchronous thing, on a loop that runs, is that of its synchronous twin."""
    portrait = await ast.deployments.get("text-to-picture")
    run = await portrait(prompt="a display", seed=4, steps=1, width=64, height=64)
    html = (await displays.bundle_soon(run))["text/html"]
    assert "data:image/webp" in html
    assert "a display" in read(html)
    assert "text-to-picture" in read((await displays.bundle_soon(ast.deployments))["text/html"])


@pytest.mark.parametrize("name", HOSTILE[:4])
def test_hostile_names_of_workflows_are_text(gateway: RunningGateway, st: StationThis, name: str) -> None:
    """What somebody called a workflow, or wrote into a prompt, is read, not obeyed."""
    gateway.deploy(name, GRAPH)
    deployment = st.deployments.get(name, refresh=True)
    run = deployment(prompt=name)
    for thing in (st.deployments, deployment, run, st.runs.list(limit=3), st.workflows.get(name)):
        assert name in shown(thing)
    batch = deployment.map([{"prompt": name, name: name}], name=name)
    for thing in (batch, batch.row(0), st.batches, st.batches.list()):
        assert name in shown(thing)
    st.workflows.get(name).delete()


@settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(
    inputs=some.dictionaries(texts, values, max_size=4), filename=texts, name=texts, reason=texts, url=texts,
    kind=some.sampled_from(["image", "video", "audio", "text", "file", "mesh", "animation"]),
    state=some.sampled_from(["success", "failed", "running", "a new state", "queued", "cancelled"]),
)  # fmt: skip
async def test_no_word_of_the_service_is_obeyed(
    inputs: dict[str, Any], filename: str, name: str, reason: str, url: str, kind: str, state: str
) -> None:
    """Inputs, file names, links, names and reasons of any kind: the display is sound and says them."""
    item = OutputItem(
        kind,
        url=url,
        text=reason if kind == "text" else None,
        filename=filename,
        mime=f"{kind}/{name}",
        output_id=name,
    )
    record = RunRecord(
        "id",
        RunState(state),
        inputs=inputs,
        outputs=(item,),
        deployment_name=name,
        live_status=reason,
        tags=(name,),
    )
    async with AsyncStationThis("k", "http://127.0.0.1:9/api") as client:
        run = AsyncRun(client._ready.context, record, reason=reason)
        html = (await displays.bundle_soon(run))["text/html"]
        said = read(html)
        for key in inputs:
            assert cleaned(key)[:100] in said
        from stationthis_sdk.notebook.live.elements import run_element

        read(str(run_element(run, 1.0)).encode("utf-8", "replace").decode())


@given(inputs=some.dictionaries(texts, values, max_size=3), key=texts, reason=texts)
def test_rows_and_plain_data_are_sound(inputs: dict[str, Any], key: str, reason: str) -> None:
    """Rows of batches, grids, saved runs and costs show hostile values as text."""
    for thing in (
        BatchRow(0, key, inputs, {key: reason}, "failed", reason),
        BatchEstimate(3, 2, why=reason),
        BatchProgress(3, {"success": 1}, cost=0.5),
        Cost(why=reason),
        SavedRun(stationthis_sdk.outputs.sidecar.Path("nowhere"), "sidecar", inputs, deployment=key),
    ):
        shown(thing)


def test_links_are_shown_without_their_signature() -> None:
    """What is shown is saved with the notebook: a link in an input or a reason keeps nothing that opens it."""
    link = "https://files.example/cat.png?X-Amz-Credential=a&X-Amz-Signature=0123abcd"
    row = BatchRow(0, "k", {"image": link, "images": [link, link]}, {"photo": link}, "failed", f"no {link}")
    for thing in (row, SavedRun(stationthis_sdk.outputs.sidecar.Path("nowhere"), "sidecar", {"image": link})):
        said = shown(thing)
        assert "files.example/cat.png" in said
        assert "0123abcd" not in said
        assert "0123abcd" not in thing._repr_mimebundle_()["text/html"]


@given(texts, some.lists(texts, max_size=3))
def test_errors_are_sound(message: str, problems: list[str]) -> None:
    """Each kind of error says its message and problems as text, and whether trying again helps."""
    for name in errors.__all__:
        kind = getattr(errors, name)
        if not (isinstance(kind, type) and issubclass(kind, StationThisError)):
            continue
        error = kind.__new__(kind)
        StationThisError.__init__(error, message)
        error.problems = problems
        said = shown(error)
        assert name in said
        assert cleaned(error.message) in said
        assert ("may succeed later" in said) == kind.retryable


def test_what_fails_to_be_shown_is_text(st: StationThis, monkeypatch: pytest.MonkeyPatch) -> None:
    """A fault in a display, or a package that is missing, never hides the thing itself."""
    portrait = st.deployments["text-to-picture"]

    def broken(_thing: Any) -> Any:
        raise RuntimeError("no picture today")

    monkeypatch.setattr(displays, "bundle_of", broken)
    assert portrait._repr_mimebundle_() == {"text/plain": repr(portrait)}

    def missing(_thing: Any) -> Any:
        raise ImportError("no htpy")

    monkeypatch.setattr(displays, "bundle_of", missing)
    assert portrait._repr_mimebundle_() == {"text/plain": repr(portrait)}


def test_a_gone_service_leaves_text(gateway: RunningGateway) -> None:
    """A catalogue that can't be read now is shown by its text."""
    with StationThis("k", "http://127.0.0.1:9/api") as client:
        assert set(client.deployments._repr_mimebundle_()) == {"text/plain"}
