"""The guide to collections does what it says: each piece is made once, reviewed, and exported with what is told of it."""

import json
import re
import zipfile

import pytest

from stationthis_sdk import StationThis
from tests.notebooks.claims import GUIDES, all_differ, check_kept, home_of, once_more, runs_of, work_of
from tests.notebooks.executing import cell_with, html, pictures, text

pytestmark = [pytest.mark.slow, pytest.mark.timeout(300)]

GUIDE = GUIDES / "8-a-collection.ipynb"
FIVE = ("unresolved", "unused", "supply-beyond", "unknown-input", "out-of-range")


def test_a_collection(executed):
    """Eight pieces, two made again; nothing twice; what is drawn, reviewed and exported is the same, also the next time."""
    done = executed(GUIDE, size=64, steps=1)
    home = home_of(executed.folder)
    check_kept(done, home)
    drawn = re.findall(r"'(a \w+ fox [^']+)'", text(cell_with(done, "foxes.draw(seed)")))
    assert len(drawn) == len(set(drawn)) == 8
    wrong = html(cell_with(done, "wrong.validate"))
    assert all(code in wrong for code in FIVE)
    assert "8 of 8 rows to run" in html(cell_with(done, "estimate(foxes"))
    assert text(cell_with(done, "foxes.save(")).endswith("True")
    assert text(cell_with(done, "again = ")).endswith("(8, True)")

    runs = runs_of(home, "text-to-picture")
    assert len(runs) == 10
    prompts = [run.inputs["prompt"] for run in runs]
    assert set(prompts) == set(drawn)
    assert sorted(prompts.count(one) for one in drawn) == [1] * 6 + [2] * 2
    assert "3.2: accepted" in text(cell_with(done, "cook.regenerate()"))
    made = pictures(cell_with(done, "cook.review()"))
    assert len(made) == 8
    assert all_differ(made)
    assert "Fur" in html(cell_with(done, "cook.rarity()"))

    work = work_of(executed.folder) / "files" / "collection"
    with zipfile.ZipFile(work / "foxes.zip") as file:
        told = [json.loads(file.read(f"metadata/{number:03}.json")) for number in range(1, 9)]
        before = file.read("images/003.png")
    assert [one["inputs"]["prompt"] for one in told] == drawn
    assert (work / "foxes.png").stat().st_size > 1000
    assert "a poster with the number" in text(cell_with(done, "guide-numbers"))

    with StationThis(local=True, home=home) as st:
        assert [(one.name, one.progress.succeeded) for one in st.collections.list()] == [("guide-foxes", 10)]
    once_more(GUIDE, home, size=64, steps=1)
    with zipfile.ZipFile(work / "foxes.zip") as file:
        assert file.read("images/003.png") == before
