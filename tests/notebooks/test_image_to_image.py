"""The guide to image to image does what it says."""

import re

import pytest

from tests.notebooks.claims import GUIDES, all_differ, check_kept, home_of, runs_of
from tests.notebooks.executing import cell_with, html, pictures, text

pytestmark = [pytest.mark.slow, pytest.mark.timeout(240)]

GUIDE = GUIDES / "2-image-to-image.ipynb"


def test_image_to_image(executed):
    """A picture comes from each kind of start, the gallery has all strengths, and the stronger the further away."""
    done = executed(GUIDE, size=128, steps=4)
    starts = ["start", "dawn", "winter", "turned", "warmer"]
    drawn = [picture for name in starts for picture in pictures(cell_with(done, f"{name} = "))]
    assert [picture.size for picture in drawn] == [(128, 128)] * 5
    assert all_differ(drawn)

    swept = pictures(cell_with(done, "gallery("))
    assert len(swept) == 5
    assert all_differ(swept)
    apart = [float(number) for number in re.findall(r": +([\d.]+) of 255", text(cell_with(done, "abs(")))]
    assert len(apart) == 5
    assert apart == sorted(apart)

    told = text(cell_with(done, "except InvalidInput"))
    assert "input_image" in told
    assert "strength" in told
    assert "InvalidInput" in html(cell_with(done, "except InvalidInput"))
    home = home_of(executed.folder)
    check_kept(done, home)
    runs = runs_of(home, "picture-to-picture")
    assert sorted(run.inputs["strength"] for run in runs) == [0.0, 0.2, 0.25, 0.3, 0.5, 0.5, 0.5, 0.75, 1.0]
    assert {run.state for run in runs} == {"success"}
