"""The guide to a first picture does what it says."""

import pytest
from PIL import Image

from tests.notebooks.claims import GUIDES, all_differ, check_kept, home_of, runs_of, work_of
from tests.notebooks.executing import cell_with, html, pictures, text

pytestmark = [pytest.mark.slow, pytest.mark.timeout(240)]

GUIDE = GUIDES / "1-first-picture.ipynb"


def test_a_first_picture(executed):
    """Four pictures that differ, shown where the bar was; the file that is saved tells how it was made."""
    done = executed(GUIDE)
    drawn = [cell_with(done, f"{name} = ") for name in ("run", "forest", "surprise", "winter")]
    shown = [one for cell in drawn for one in pictures(cell)]
    assert [picture.size for picture in shown] == [(384, 384)] * 4
    assert all_differ(shown)
    [catalogue] = [cell for cell in done.cells if cell.source == "st.deployments"]
    assert all(name in html(catalogue) for name in ("text-to-picture", "picture-to-picture", "production"))
    assert all(
        name in html(cell_with(done, "drawing.inputs")) for name in ("prompt", "1–60", "a new one each")
    )
    check_kept(done, home_of(executed.folder))

    made = work_of(executed.folder) / "files" / "first-picture" / "text-to-picture-7.png"
    with Image.open(made) as file:
        assert file.size == (384, 384)
    assert "'seed': 7" in text(cell_with(done, "from_file"))


def test_faults_are_told_and_cost_nothing(executed):
    """Both faults are named, nothing is raised, and of what was wrong no run was made; other sizes are taken."""
    done = executed(GUIDE, size=64, steps=2, folder="elsewhere")
    told = cell_with(done, "except InvalidInput")
    assert "InvalidInput" in html(told)
    assert all(word in text(told) for word in ("steps", "500", "colour"))
    home = home_of(executed.folder)
    assert sorted(run.inputs["steps"] for run in runs_of(home, "text-to-picture")) == [2] * 4
    assert (work_of(executed.folder) / "elsewhere" / "text-to-picture-7.png.json").exists()
    assert pictures(cell_with(done, "forest = "))[0].size == (64, 64)
