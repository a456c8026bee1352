"""Frames show the pictures of their rows in a notebook, and stay plain tables everywhere else."""

import io

import pandas as pd
import pytest

from stationthis_sdk import StationThis
from stationthis_sdk.notebook.frames_html import frame_html
from tests.notebook.safe import HOSTILE, read


def test_a_frame_of_a_batch_shows_its_pictures(st: StationThis) -> None:
    """Those rows that pandas shows have theirs, also after a query; hostile cells and columns are text."""
    rows = [
        {"prompt": HOSTILE[n % 4], "steps": 1, "width": 32, "height": 32, "seed": n, HOSTILE[1]: n}
        for n in range(6)
    ]
    batch = st.deployments["text-to-picture"].map(rows, name="framed")
    frame = batch.pick([1, 4]).to_frame()
    html = frame._repr_html_()
    assert html.count("data:image/webp") == 6
    assert HOSTILE[0] in read(html)
    picked = frame.query("picked")
    assert picked._repr_html_().count("data:image/webp") == 2
    with pd.option_context("display.max_rows", 4, "display.min_rows", 4):
        assert frame._repr_html_().count("data:image/webp") == 4
    file = io.BytesIO()
    frame.to_parquet(file)
    again = pd.read_parquet(file)
    pd.testing.assert_frame_equal(pd.DataFrame(frame), again, check_dtype=False, check_column_type=False)
    assert "data:image" not in again._repr_html_()


def test_a_list_of_runs_shows_its_pictures(st: StationThis) -> None:
    """A frame of runs has the first picture of each, one of outputs each output's own."""
    run = st.deployments["text-to-picture"](prompt="framed", steps=1, width=32, height=32)
    for per in ("run", "output"):
        assert run.to_frame(per=per)._repr_html_().count("data:image/webp") == 1


@pytest.mark.parametrize("columns", [["a"], ["picture", "picture"], ["picture"]])
def test_other_frames_are_left_alone(st: StationThis, columns: list[str]) -> None:
    """Without pictures that are known, pandas shows the frame as it always does."""
    run = st.deployments["text-to-picture"](prompt="framed", steps=1, width=32, height=32)
    frame = run.to_frame()
    other = type(frame)([["x"] * len(columns)], columns=columns)
    assert frame_html(other) is None
    assert "<table" in other._repr_html_()
