"""However a view ends, what it shows is kept: no run is lost because it can't be shown, and nothing ticks on."""

import asyncio
import os
import signal
import sys
from collections.abc import Callable
from typing import Any

import pytest

from stationthis_sdk import AsyncStationThis, InvalidInput, MissingExtra, StationThis, showing
from stationthis_sdk.notebook.live import screens, views
from tests.fixtures import RunningGateway
from tests.programs import LONG, Start

SMALL = {"steps": 1, "width": 32, "height": 32}


class Kept:
    """A screen that remembers how it was left."""

    shows_html = True

    def __init__(self) -> None:
        self.ends: list[str] = []

    def draw(self, look: screens.Look) -> None:
        """Draw."""

    def end(self, look: screens.Look, what: Any) -> None:
        """End."""
        self.ends.append(look.text)

    def handed_over(self) -> screens.Screen:
        """Go on."""
        return self


def hanging(kind: type[Any], on_end: Callable[[], None]) -> Any:
    """A view whose end takes for ever to draw."""

    class Hanging(kind):
        async def _result(self) -> None:
            on_end()
            await asyncio.Event().wait()

    return Hanging


class Bad:
    """A bar that can't be made."""

    def __init__(self, **_given: Any) -> None:
        raise OSError("no bar")


def test_a_view_that_cannot_be_made_loses_no_run(st: StationThis, caplog: pytest.LogCaptureFixture) -> None:
    """Called, submitted or mapped, it is run as it would have been; that nothing is shown is logged."""
    portrait = st.deployments["text-to-picture"].options(progress=Bad)
    assert portrait(prompt="unseen", **SMALL).state == "success"
    assert portrait.submit(prompt="unseen", **SMALL).wait().state == "success"
    batch = portrait.map([{"prompt": "unseen", **SMALL}], name="unseen", wait=False)
    assert batch.wait().progress.succeeded == 1
    assert "Progress is not shown: OSError: no bar" in caplog.messages


@pytest.mark.parametrize("stream", [None, object()])
def test_what_is_no_terminal_shows_nothing(
    st: StationThis, monkeypatch: pytest.MonkeyPatch, stream: Any, caplog: pytest.LogCaptureFixture
) -> None:
    """At a prompt whose standard error is missing, or knows nothing of terminals, runs are run."""
    portrait = st.deployments["text-to-picture"]
    with monkeypatch.context() as patch:
        patch.setattr(sys, "ps1", ">>> ", raising=False)
        patch.setattr(sys, "stderr", stream)
        state = portrait(prompt="no screen", **SMALL).state
    assert state == "success"
    assert not [one for one in caplog.messages if "shown" in one]


@pytest.mark.parametrize("how", ["html", "widgets"])
def test_a_way_that_needs_the_extra_is_refused_when_it_is_asked_for(
    st: StationThis, monkeypatch: pytest.MonkeyPatch, how: str
) -> None:
    """Without the notebook's packages it is said what to install, before anything is sent."""
    monkeypatch.setitem(sys.modules, "htpy", None)
    monkeypatch.delitem(sys.modules, "stationthis_sdk.notebook.html", raising=False)
    with pytest.raises(MissingExtra, match=r"stationthis-sdk\[notebook\]"):
        st.deployments["text-to-picture"].options(progress=how)


async def test_an_interruption_while_the_view_is_made_cleans_up(
    ast: AsyncStationThis, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    """The run is there already: it is cancelled, and its id is told."""

    def interrupted(*_: Any, **__: Any) -> None:
        raise asyncio.CancelledError

    monkeypatch.setattr(showing, "view_of", interrupted)
    portrait = await ast.deployments.get("text-to-picture")
    with pytest.raises(asyncio.CancelledError):
        await portrait(prompt="to be stopped", steps=60, width=1024, height=1024)
    [run] = await ast.runs.list(limit=1)
    assert run.state == "cancelled"
    assert [one for one in caplog.messages if one.startswith(f"Cancelled run {run.id}")]


async def test_an_interruption_while_the_end_is_drawn_tells_of_the_run(
    ast: AsyncStationThis, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    """The run has ended and is paid: its id and state are told, and the screen is left with them."""
    screen, drawing = Kept(), asyncio.Event()
    kind = hanging(views.RunView, drawing.set)
    monkeypatch.setattr(showing, "view_of", lambda thing, _how=None, **_: kind(thing, screen))
    portrait = await ast.deployments.get("text-to-picture")
    waiting = asyncio.ensure_future(portrait(prompt="the end", **SMALL))
    await drawing.wait()
    waiting.cancel()
    with pytest.raises(asyncio.CancelledError):
        await waiting
    [run] = await ast.runs.list(limit=1)
    assert f"Run {run.id} of text-to-picture had ended: success." in caplog.messages
    [text] = screen.ends
    assert text.startswith("text-to-picture · success")


def test_ctrl_c_while_the_end_is_drawn_tells_of_the_run(
    st: StationThis, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The same of a plain call: KeyboardInterrupt says which run it was, and how it ended."""
    screen = Kept()
    kind = hanging(views.RunView, lambda: os.kill(os.getpid(), signal.SIGINT))
    monkeypatch.setattr(showing, "view_of", lambda thing, _how=None, **_: kind(thing, screen))
    with pytest.raises(KeyboardInterrupt, match=r"Run \S+ of text-to-picture had ended: success"):
        st.deployments["text-to-picture"](prompt="the end", **SMALL)
    assert len(screen.ends) == 1


async def test_an_interruption_while_the_end_of_a_batch_is_drawn_tells_of_it(
    ast: AsyncStationThis, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    """What came of it is told, and the screen is left."""
    screen, drawing = Kept(), asyncio.Event()
    kind = hanging(views.BatchView, drawing.set)
    monkeypatch.setattr(showing, "view_of", lambda thing, _how=None, **_: kind(thing, screen))
    portrait = await ast.deployments.get("text-to-picture")
    waiting = asyncio.ensure_future(portrait.map([{"prompt": "x", **SMALL}], name="the end of a batch"))
    await drawing.wait()
    waiting.cancel()
    with pytest.raises(asyncio.CancelledError):
        await waiting
    assert [one for one in caplog.messages if one.startswith("Batch 'the end of a batch' is done: ")]
    assert len(screen.ends) == 1


@pytest.mark.parametrize("batch", [False, True])
async def test_a_client_that_is_closed_at_once_leaves_no_bar(
    gateway: RunningGateway, monkeypatch: pytest.MonkeyPatch, batch: bool
) -> None:
    """The watching of what was begun is cancelled before its first step: its view is closed all the same."""
    screen, made = Kept(), []

    def view(thing: Any, _how: Any = None, **_: Any) -> Any:
        made.append((views.BatchView if batch else views.RunView)(thing, screen))
        return made[-1]

    for module in ("runs", "batches.batch"):
        monkeypatch.setattr(f"stationthis_sdk.{module}.view_of", view)
    async with AsyncStationThis(gateway.key, gateway.base_url) as client:
        portrait = await client.deployments.get("text-to-picture")
        if batch:
            await portrait.map([{"prompt": "x", **SMALL}], name="closed at once", wait=False)
        else:
            await portrait.submit(prompt="x", **SMALL)
    assert len(screen.ends) == 1
    await asyncio.wait({made[0]._ticking})
    assert made[0]._ticking.cancelled()


async def test_what_goes_wrong_with_watching_closes_the_view(ast: AsyncStationThis) -> None:
    """Nobody is there to hear of it: the bar is left as it was."""
    run = await (await ast.deployments.get("text-to-picture")).submit(prompt="x", **SMALL)
    screen = Kept()

    async def broken() -> None:
        raise RuntimeError("the interpreter ends")

    await showing.watched(views.RunView(run, screen), broken)
    assert len(screen.ends) == 1


@pytest.mark.slow
def test_a_script_that_ends_while_a_bar_goes_on_says_nothing_else(
    gateway: RunningGateway, start: Start
) -> None:
    """The end of the interpreter cuts the watching short; there is no traceback, and the bar is closed."""
    process = start(
        "from tqdm import tqdm\n"
        "from stationthis_sdk import StationThis\n"
        "portrait = StationThis().deployments['text-to-picture'].options(progress=tqdm)\n"
        f"print(portrait.submit({LONG}).id)",
        gateway.environment(),
    )
    out, err = process.communicate(timeout=45)
    assert process.returncode == 0
    with StationThis(gateway.key, gateway.base_url) as st:
        st.runs.get(out.strip()).cancel()
    assert "text-to-picture" in err
    assert "Error" not in err
    assert "never retrieved" not in err


def shown_as(st: StationThis, monkeypatch: pytest.MonkeyPatch, word: str) -> None:
    """Run something, with this word for progress."""
    monkeypatch.setenv(showing.PROGRESS_VARIABLE, word)
    st.deployments["text-to-picture"](prompt="a word", **SMALL)


@pytest.mark.parametrize("word", ["0", "false", "No", "off", "1", "True", "yes", "on", "auto", " "])
def test_the_variable_takes_switches(
    st: StationThis, monkeypatch: pytest.MonkeyPatch, capfd: pytest.CaptureFixture[str], word: str
) -> None:
    """On is auto, which shows nothing in a script; off is off."""
    shown_as(st, monkeypatch, word)
    assert capfd.readouterr() == ("", "")


@pytest.mark.parametrize("word", ["text", "html", "widgets"])
def test_in_a_script_html_and_widgets_are_a_line_of_text(
    st: StationThis, monkeypatch: pytest.MonkeyPatch, capfd: pytest.CaptureFixture[str], word: str
) -> None:
    """There is nobody who could show more."""
    shown_as(st, monkeypatch, word)
    out, err = capfd.readouterr()
    assert out == ""
    assert err.startswith("\rtext-to-picture · ")


def test_a_word_that_is_none_is_told_once(
    st: StationThis,
    monkeypatch: pytest.MonkeyPatch,
    caplog: pytest.LogCaptureFixture,
    capfd: pytest.CaptureFixture[str],
) -> None:
    """It is taken as auto, and nothing is lost."""
    for _ in range(2):
        shown_as(st, monkeypatch, "lowd")
    assert [one for one in caplog.messages if "lowd" in one] == [
        "STATIONTHIS_PROGRESS='lowd' is taken as auto: progress is auto, widgets, html, text, off, or tqdm; not 'lowd'."
    ]
    assert capfd.readouterr().out == ""


@pytest.mark.parametrize("wrong", ["lowd", 3, [], b"text"])
def test_a_wrong_way_is_no_way(wrong: Any) -> None:
    """What can't be a way is said as such."""
    with pytest.raises(InvalidInput, match="progress is auto"):
        showing.check_progress(wrong)
