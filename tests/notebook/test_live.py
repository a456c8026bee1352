"""Progress: one bar a run that becomes its picture, wherever it is looked at, and never more than is polite."""

import asyncio
import contextlib
import io
import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import attrs
import pytest
from tqdm import tqdm

from stationthis_sdk import AsyncStationThis, InvalidInput, StationThis, showing
from stationthis_sdk.notebook.live import screens, views
from tests.fixtures import RunningGateway
from tests.notebook.kernels import Kernel, Said, kernel
from tests.notebook.safe import HOSTILE, read

BEGIN = 'from stationthis_sdk import StationThis\nst = StationThis()\nportrait = st.deployments["text-to-picture"]'
SMALL = "steps=2, width=48, height=48"


@pytest.fixture(scope="module")
def cell(gateway: RunningGateway, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Kernel]:
    """A kernel in which a client and a deployment are at hand."""
    with kernel(gateway, tmp_path_factory.mktemp("kernel")) as made:
        made.run(BEGIN)
        yield made


def of_one_display(said: list[Said]) -> list[Said]:
    """What was drawn in one place, in order; nothing else was."""
    shown = [one for one in said if one.kind in {"display_data", "update_display_data"}]
    assert len({one.display for one in shown}) == 1
    assert [one.kind for one in shown] == ["display_data"] + ["update_display_data"] * (len(shown) - 1)
    return shown


@pytest.mark.parametrize("call", ["portrait(%s)", "portrait.submit(%s).wait()"])
def test_a_run_in_a_cell_is_one_bar(cell: Kernel, call: str) -> None:
    """It is drawn in one place, goes forward, ends as the picture; what the cell returns is not a second picture."""
    said = cell.run(call % "prompt='a bar', seed=7, steps=30, width=256, height=256")
    shown = of_one_display([one for one in said if one.kind != "execute_result"])
    assert "st-bar" in shown[0].data["text/html"]
    widths = [
        float(one) for each in shown for one in re.findall(r'style="width:([\d.]+)%"', each.data["text/html"])
    ]
    assert widths == sorted(widths)
    assert "application/vnd.jupyter.widget-view+json" not in shown[-1].data
    assert "data:image/webp" in shown[-1].data["text/html"]
    assert "a bar" in read(shown[-1].data["text/html"])
    assert shown[-1].data["text/plain"].startswith("text-to-picture · success")
    [result] = [one for one in said if one.kind == "execute_result"]
    assert "data:image" not in result.data["text/html"]
    assert "data:image/webp" in cell.run("_")[-1].data["text/html"]  # in another cell it is there again
    assert not [one for one in said if one.kind.startswith("stream")]


def test_at_most_ten_drawings_a_second(cell: Kernel) -> None:
    """Any ten drawings that follow one another, and the one after them, take a second."""
    said = cell.run("run = portrait(prompt='politely', steps=60, width=400, height=400)")
    times = [one.at for one in of_one_display(said)]
    assert len(times) > 3
    # The last is the picture, which comes when it comes; clocks of messages are good for a hundredth.
    assert all(
        (later - first).total_seconds() > 0.95 for first, later in zip(times[:-1], times[10:-1], strict=False)
    )


def test_a_run_in_the_background_ends_as_its_picture(cell: Kernel) -> None:
    """Where no front end draws the widget, the bar goes on as HTML; in the end there is the picture, and no widget."""
    said = cell.run(f"later = portrait.submit(prompt='nobody waits', {SMALL})")
    assert (
        "application/vnd.jupyter.widget-view+json" in said[-1].data or said[-1].kind == "update_display_data"
    )
    assert "st-bar" in said[0].data["text/html"]
    last = [one for one in [*said, *cell.listen(8.0)] if one.kind.endswith("display_data")][-1]
    assert last.display == said[0].display
    assert "application/vnd.jupyter.widget-view+json" not in last.data
    assert "data:image/webp" in last.data["text/html"]
    assert "success" in cell.run("later.state")[-1].data["text/plain"]


def test_a_failed_run_says_why(cell: Kernel, gateway: RunningGateway) -> None:
    """The bar ends with the state and the reason, before the error leaves the cell."""
    said = cell.run(
        "from stationthis_sdk import StationThisError\n"
        "from tests.notebook.kernels import failing\n"
        "try:\n    failing(st)(words='x')\nexcept StationThisError as error:\n    caught = error"
    )
    shown = of_one_display(said)
    assert "failed" in read(shown[-1].data["text/html"])
    assert (
        cell.run("caught.reason.split()[0] in __import__('html').unescape(str(caught))")[-1].data[
            "text/plain"
        ]
        == "True"
    )


def test_a_batch_counts_and_shows_its_latest(cell: Kernel) -> None:
    """Counts of each state while it is at work, small pictures as they come, in the end the batch itself."""
    rows = "[{'prompt': f'tree {n}', 'steps': 2, 'width': 48, 'height': 48} for n in range(40)]"
    shown = of_one_display(cell.run(f"batch = portrait.map({rows}, name='live trees')"))
    said = [read(one.data["text/html"]) for one in shown]
    assert any("under way" in one and "of 40" in one for one in said)
    assert any("data:image/webp" in one.data["text/html"] for one in shown[1:-1])
    assert "40 succeeded" in said[-1]


@pytest.mark.parametrize("how", ["off", "text"])
def test_it_may_be_switched_off(gateway: RunningGateway, tmp_path: Path, how: str) -> None:
    """With STATIONTHIS_PROGRESS a notebook shows no bar, or a line of text."""
    with kernel(gateway, tmp_path, STATIONTHIS_PROGRESS=how) as quiet:
        said = quiet.run(f"{BEGIN}\nrun = portrait(prompt='quiet', {SMALL})")
    assert {one.kind for one in said} == ({"stream stderr"} if how == "text" else set())
    text = "".join(one.text for one in said)
    assert ("success" in text) == (how == "text")


def test_scripts_are_left_alone(st: StationThis, capfd: pytest.CaptureFixture[str]) -> None:
    """Outside of notebooks and prompts nothing is shown, unless it is asked for."""
    portrait = st.deployments["text-to-picture"]
    portrait(prompt="a script", steps=1, width=32, height=32)
    assert capfd.readouterr() == ("", "")
    portrait.options(progress="text")(prompt="a script", steps=1, width=32, height=32)
    out, err = capfd.readouterr()
    assert out == ""
    assert err.endswith("\n")
    assert "text-to-picture · success" in err


def test_tqdm_is_moved_for_those_who_pass_it(st: StationThis) -> None:
    """A run is a hundred percent, a batch its rows; both end full and are closed."""
    bars: list[Any] = []

    def bar(**given: Any) -> Any:
        bars.append(tqdm(**given, file=io.StringIO()))
        return bars[-1]

    portrait = st.deployments["text-to-picture"].options(progress=bar)
    small = {"steps": 1, "width": 32, "height": 32}
    portrait(prompt="a bar", **small)
    portrait.map([{"prompt": "one", **small}, {"prompt": "two", **small}], name="with a bar")
    assert [(one.n, one.total, one.disable) for one in bars] == [(100, 100, True), (2, 2, True)]
    assert "success" in bars[0].postfix


def test_what_is_no_way_is_said(st: StationThis) -> None:
    """A wrong word for progress is told before anything is sent."""
    with pytest.raises(InvalidInput, match="progress is auto, widgets, html, text, off, or tqdm"):
        st.deployments["text-to-picture"].options(progress="loud")


@attrs.define
class Broken:
    """A screen on which nothing can be drawn after some time."""

    after: int
    drawn: int = 0
    shows_html: bool = True

    def draw(self, look: screens.Look) -> None:
        """Draw."""
        self.drawn += 1
        look.element()
        if self.drawn > self.after:
            raise OSError("no screen")

    def end(self, look: screens.Look, what: Any) -> None:
        """End."""
        raise OSError("no screen")

    def handed_over(self) -> screens.Screen:
        """Go on."""
        return self


@pytest.mark.parametrize("after", [0, 1])
async def test_a_screen_that_fails_loses_no_run(
    ast: AsyncStationThis, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture, after: int
) -> None:
    """It is drawn no more, that is logged once, and the run ends as it would have."""
    screen = Broken(after)
    monkeypatch.setattr(showing, "view_of", lambda thing, _how=None, **_: views.RunView(thing, screen))
    # Long enough to be drawn a second time before its end.
    run = await (await ast.deployments.get("text-to-picture"))(
        prompt="unseen", steps=60, width=768, height=768
    )
    assert run.state == "success"
    assert len([one for one in caplog.messages if "shown no more" in one]) == 1


async def test_an_interrupted_wait_leaves_the_last_look(
    ast: AsyncStationThis, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Whoever is cancelled sees what became of the run; nothing ticks on."""

    class Kept(Broken):
        ended: screens.Look | None = None
        begun = asyncio.Event()

        def draw(self, look: screens.Look) -> None:
            super().draw(look)
            if self.drawn == 3:
                self.begun.set()

        def end(self, look: screens.Look, what: Any) -> None:
            self.ended = look

    screen = Kept(10_000)
    monkeypatch.setattr(showing, "view_of", lambda thing, _how=None, **_: views.RunView(thing, screen))
    portrait = await ast.deployments.get("text-to-picture")
    waiting = asyncio.ensure_future(portrait(prompt="to be stopped", steps=60, width=1024, height=1024))
    await screen.begun.wait()
    waiting.cancel()
    with contextlib.suppress(asyncio.CancelledError):
        await waiting
    assert screen.ended is not None
    assert "cancelled" in screen.ended.text
    drawn = screen.drawn
    await asyncio.sleep(0.7)
    assert screen.drawn == drawn


def test_a_line_holds_no_control_characters(capfd: pytest.CaptureFixture[str]) -> None:
    """Nothing that a service says moves the cursor or changes colours of a terminal."""
    screen = screens.TextScreen()
    for hostile in HOSTILE:
        screen.draw(screens.Look("x", hostile, lambda: None))
    screen.end(screens.Look("x", "done", lambda: None), None)
    assert all(letter.isprintable() or letter in "\r\n" for letter in capfd.readouterr().err)
