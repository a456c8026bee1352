"""The guide to sweeps and grids does what it says."""

import pytest
from PIL import Image

from stationthis_sdk import StationThis
from tests.notebooks.claims import GUIDES, all_differ, check_kept, home_of, once_more, runs_of, work_of
from tests.notebooks.executing import cell_with, html, pictures, text

pytestmark = [pytest.mark.slow, pytest.mark.timeout(240)]

GUIDE = GUIDES / "3-sweeps-and-grids.ipynb"


def test_sweeps_and_grids(executed):
    """Grids show every row once, picks are in the ledger and the table, the sheet is a file, the code is the call."""
    done = executed(GUIDE, size=64)
    grids = [pictures(cell_with(done, words)) for words in ("board = ", 'page="style"')]
    assert [len(one) for one in grids] == [12, 12]
    assert all_differ(grids[0])
    assert "seed 2" in html(cell_with(done, "board = "))
    assert len(pictures(cell_with(done, "gallery("))) == 9

    compared = cell_with(done, "compare(")
    assert len(pictures(compared)) == 4
    assert all(words in html(compared) for words in ("guide-looks-dusk", "guide-looks-winter", "style"))

    home = home_of(executed.folder)
    with StationThis(local=True, home=home) as st:
        kept = {batch.name: batch.to_frame() for batch in st.batches.list()}
    best = kept["guide-looks"].query("picked")
    assert [*best.index] == [0, 5, 7]
    assert text(cell_with(done, "batch.pick(")) == str(best["style"].tolist())
    table = html(cell_with(done, "best = "))
    assert all(f"<th>{name}</th>" in table for name in ("picture", "prompt", "style", "seed"))
    assert len(pictures(cell_with(done, "best = "))) == 3
    final = kept["guide-looks-final"]
    assert (
        final[["prompt", "style", "seed"]].values.tolist()
        == best[["prompt", "style", "seed"]].values.tolist()
    )
    assert set(final["width"]) == {128}
    pairs = kept["guide-looks-scenes"][["prompt", "style"]].drop_duplicates().values.tolist()
    assert pairs == [["a harbour", "sea"], ["a meadow", "dawn"]]

    with Image.open(work_of(executed.folder) / "files" / "sweeps" / "looks.png") as sheet:
        assert sheet.width >= 3 * 160
    code = text(cell_with(done, "studio.code"))
    assert 'st.deployments["text-to-picture"](prompt="a lighthouse", width=64, height=64)' in code
    check_kept(done, home)


def test_it_begins_anew_each_time(executed):
    """Run twice in the same folders it makes all of its batches again, and what was picked before is not picked."""
    executed(GUIDE, size=64)
    home = home_of(executed.folder)
    with StationThis(local=True, home=home) as st:
        st.batches.get("guide-looks").pick([1])
    before = len(runs_of(home, "text-to-picture"))
    once_more(GUIDE, home, size=64)
    assert len(runs_of(home, "text-to-picture")) == 2 * before
    with StationThis(local=True, home=home) as st:
        assert [row.place for row in st.batches.get("guide-looks") if row.picked] == [0, 5, 7]
