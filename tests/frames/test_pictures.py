"""Frames that know their pictures keep them, whatever is done to them."""

import copy
import pickle
import sys
import types
from typing import Any

import attrs
import pandas as pd
import pytest

from stationthis_sdk.entities import OutputItem, RunRecord
from stationthis_sdk.frames.columns import picture_in
from stationthis_sdk.frames.pictures import PictureFrame, picture_frame
from tests.frames.parquet import check_parquet


@attrs.frozen
class _Run:
    record: RunRecord
    outputs: tuple[str, ...]

    @property
    def id(self) -> str:
        return self.record.id


def _run(name: str, *kinds: str) -> _Run:
    items = tuple(OutputItem(kind, f"https://files/{name}-{at}") for at, kind in enumerate(kinds))
    return _Run(RunRecord(name, outputs=items), tuple(f"{name}-{at}" for at in range(len(kinds))))


def _frame(*names: str) -> PictureFrame:
    runs = [_run(name, "text", "image", "image") for name in names]
    plain = pd.DataFrame({"n": range(len(runs)), "picture": [picture_in(run.record) for run in runs]})
    return picture_frame(plain, {run.id: run for run in runs})


def test_which_picture() -> None:
    """A run's first picture, or the one at a place; None for what is no picture."""
    run = _run("r", "text", "animation", "image").record
    assert (picture_in(run), picture_in(run, 2), picture_in(run, 0)) == ("r/1", "r/2", None)
    assert picture_in(_run("r", "video", "text").record) is None
    assert picture_in(_run("r").record) is None


@pytest.mark.parametrize(
    "change",
    [
        lambda frame: frame.query("n > 0"),
        lambda frame: frame.head(2),
        lambda frame: frame.sort_values("n", ascending=False),
        lambda frame: frame[frame["n"] > 0],
        lambda frame: frame.filter(["picture"]),
        lambda frame: frame.assign(more=1).drop(columns="n"),
        lambda frame: frame.set_index("n"),
        lambda frame: frame.copy(),
        copy.deepcopy,
        lambda frame: frame.iloc[::-1].reset_index(drop=True),
        lambda frame: frame.merge(pd.DataFrame({"n": [0, 1, 2], "m": [1, 2, 3]})),
        lambda frame: frame.groupby("n").head(1),
    ],
)
def test_what_is_cut_out_keeps_its_pictures(change: Any) -> None:
    """Whatever pandas makes of it knows the pictures that it shows."""
    changed = change(_frame("a", "b", "c"))
    assert type(changed) is PictureFrame
    assert [changed.picture_of(cell) for cell in changed["picture"]] == [
        f"{cell[0]}-1" for cell in changed["picture"]
    ]


def test_frames_put_together_know_the_pictures_of_all() -> None:
    """Above each other and beside each other."""
    one, other = _frame("a", "b"), _frame("c")
    both = pd.concat([one, other])
    assert [both.picture_of(cell) for cell in both["picture"]] == ["a-1", "b-1", "c-1"]
    joined = one.merge(other, on="n")
    assert [joined.picture_of(joined.loc[0, name]) for name in ("picture_x", "picture_y")] == ["a-1", "c-1"]
    assert one.picture_of("c/1") is None  # itself is as it was


@pytest.mark.parametrize("cell", [None, float("nan"), pd.NA, 7, "", "a", "a/9", "a/x", "z/0", "a/-9"])
def test_other_cells_have_no_picture(cell: Any) -> None:
    """What somebody has written into the column is no error."""
    assert _frame("a").picture_of(cell) is None


def test_pickled_it_is_a_frame_without_pictures() -> None:
    """Clients and keys do not go along; what is in the table does, and Parquet has it, too."""
    frame = _frame("a", "b")
    back = pickle.loads(pickle.dumps(frame))
    pd.testing.assert_frame_equal(back, frame)
    assert (type(back), back.picture_of("a/1")) == (PictureFrame, None)
    check_parquet(frame)


def test_notebooks_show_it_with_what_shows_pictures(monkeypatch: pytest.MonkeyPatch) -> None:
    """The notebook package is asked; where it has nothing to show or is not there, it is pandas' own table."""
    frame = _frame("a")
    module = types.ModuleType("stationthis_sdk.notebook.frames_html")
    asked = []
    monkeypatch.setitem(sys.modules, module.__name__, module)
    module.frame_html = lambda shown: asked.append(shown) or "<table>ours"  # type: ignore[attr-defined]
    assert frame._repr_html_() == "<table>ours"
    assert asked[0] is frame
    module.frame_html = lambda _: None  # type: ignore[attr-defined]
    assert frame._repr_html_() == pd.DataFrame(frame)._repr_html_()
    monkeypatch.setitem(sys.modules, module.__name__, None)  # as if it could not be imported
    assert frame._repr_html_() == pd.DataFrame(frame)._repr_html_()
