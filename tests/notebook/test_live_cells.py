"""Which cell shows what: one run is one bar, seen where somebody waits for it, and twelve at once at the most."""

import io
import sys
from collections.abc import Iterator
from contextlib import ExitStack
from typing import Any
from unittest.mock import Mock

import pytest
from tqdm import tqdm

from stationthis_sdk import StationThis
from stationthis_sdk.notebook.live.crowd import Crowd
from tests.fixtures import RunningGateway
from tests.notebook.kernels import Kernel, Said, kernel
from tests.notebook.safe import read

BEGIN = (
    "import time\nfrom stationthis_sdk import StationThis\nst = StationThis()\n"
    'portrait = st.deployments["text-to-picture"]'
)
SMALL = "steps=2, width=48, height=48"
LONG = "steps=60, width=2048, height=2048"


@pytest.fixture(scope="module")
def cell(gateway: RunningGateway, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Kernel]:
    """A kernel in which a client and a deployment are at hand."""
    with kernel(gateway, tmp_path_factory.mktemp("kernel")) as made:
        made.run(BEGIN)
        yield made


def displays(said: list[Said]) -> dict[str, list[Said]]:
    """What was drawn, by its place."""
    drawn: dict[str, list[Said]] = {}
    for one in said:
        if one.kind in {"display_data", "update_display_data"}:
            drawn.setdefault(one.display, []).append(one)
    return drawn


def test_what_is_waited_for_later_is_seen_where_it_is_waited_for(cell: Kernel) -> None:
    """The bar of the cell that submitted it says so and stays so; the picture stands once, in the cell that waits."""
    [first] = displays(cell.run("run = portrait.submit(prompt='a walk', steps=40, width=320, height=320)"))
    said = cell.run("run.wait()")
    drawn = displays([*said, *cell.listen(1.0)])
    [left] = drawn.pop(first)
    assert "shown where it is waited for" in read(left.data["text/html"])
    assert "application/vnd.jupyter.widget-view+json" not in left.data
    [shown] = drawn.values()
    assert shown[0].kind == "display_data"
    assert "st-bar" in shown[0].data["text/html"]
    assert "data:image/webp" in shown[-1].data["text/html"]
    assert "data:image" not in said[-1].data["text/html"]
    assert said[-1].kind == "execute_result"


def test_what_has_ended_in_the_cell_is_not_shown_again(cell: Kernel) -> None:
    """Waited for when its picture stands there already, or is about to, a run is one display all the same."""
    said = cell.run(
        f"run = portrait.submit(prompt='soon', {SMALL})\nwhile not run.state.final:\n    time.sleep(0.01)\nrun.wait()"
    )
    [shown] = displays([*said, *cell.listen(1.0)]).values()
    assert "data:image/webp" in shown[-1].data["text/html"]
    assert "data:image" not in said[-1].data["text/html"]


def test_a_batch_that_is_waited_for_in_its_cell_is_one_bar(cell: Kernel) -> None:
    """What was begun without waiting goes on in the same place."""
    rows = "[{'prompt': f'hill {n}', 'steps': 2, 'width': 48, 'height': 48} for n in range(8)]"
    said = cell.run(f"batch = portrait.map({rows}, name='one bar', wait=False)\nbatch.wait()")
    [shown] = displays([*said, *cell.listen(1.0)]).values()
    assert "8 succeeded" in read(shown[-1].data["text/html"])


@pytest.mark.slow
def test_a_thousand_submits_are_no_thousand_widgets(cell: Kernel) -> None:
    """Twelve are shown at once, and that there are more; each cell begins anew."""
    drawn = displays(cell.run(f"runs = [portrait.submit(prompt=str(n), {LONG}) for n in range(20)]"))
    [note] = drawn.pop("")
    assert (
        note.data["text/plain"] == "More runs are under way than are shown here: st.runs.list() tells of all."
    )
    assert len(drawn) == 12
    assert len(displays(cell.run(f"more = portrait.submit(prompt='another cell', {LONG})"))) == 1
    cell.run("for run in [*runs, more]:\n    run.cancel()")
    cell.listen(2.0)


@pytest.mark.slow
def test_a_loop_of_calls_is_seen_to_its_end(cell: Kernel) -> None:
    """What has ended gives its room back: the fifteenth call shows its bar and picture as the first does."""
    drawn = displays(cell.run(f"for n in range(15):\n    portrait(prompt=str(n), {SMALL})"))
    assert "" not in drawn
    assert len(drawn) == 15
    assert all("data:image/webp" in shown[-1].data["text/html"] for shown in drawn.values())


def test_a_bar_goes_on_for_who_waits(st: StationThis) -> None:
    """One of tqdm's that was begun by submit is the one that wait moves to its end."""
    bars: list[Any] = []

    def bar(**given: Any) -> Any:
        bars.append(tqdm(**given, file=io.StringIO()))
        return bars[-1]

    portrait = st.deployments["text-to-picture"].options(progress=bar)
    portrait.submit(prompt="a bar", steps=20, width=256, height=256).wait()
    assert [(one.n, one.disable) for one in bars] == [(100, True)]


def test_room_is_given_back(monkeypatch: pytest.MonkeyPatch) -> None:
    """Twelve at once and not in all; that there are more is told once."""
    monkeypatch.setattr(sys.modules[Crowd.__module__], "_tell", told := Mock())
    here = Crowd()
    ends = [ExitStack() for _ in range(12)]
    assert all(here.joined(one) for one in ends)
    assert not told.called
    assert not here.joined(ExitStack())
    ends[0].close()
    assert here.joined(ends[0])
    assert not here.joined(ExitStack())
    told.assert_called_once_with()
