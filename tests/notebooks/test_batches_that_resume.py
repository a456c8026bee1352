"""The guide to batches does what it says: nothing is made twice, whatever stops it."""

import json
import re
from collections import Counter

import pytest

from stationthis_sdk import StationThis
from tests.notebooks.claims import GUIDES, all_differ, check_kept, home_of, runs_of, work_of
from tests.notebooks.executing import cell_with, html, pictures, text

pytestmark = [pytest.mark.slow, pytest.mark.timeout(300)]

GUIDE = GUIDES / "4-batches-that-resume.ipynb"


@pytest.fixture
def done(executed):
    return executed(GUIDE, size=128)


@pytest.fixture
def home(done, executed):
    return home_of(executed.folder)


def numbers(cell):
    """What a cell says of rows: how many were done before, and whether they are the same runs."""
    count, same = re.fullmatch(r"\((\d+), (True|False)\)", text(cell)).groups()
    return int(count), same == "True"


def test_batches_that_resume(done, home, executed):
    """Stops cost nothing twice, counted on the service; files, failures and budgets are as they are told."""
    check_kept(done, home)
    made = Counter(
        (run.inputs["prompt"], run.state, run.inputs["seed"]) for run in runs_of(home, "text-to-picture")
    )

    catalogue = [prompt for prompt, *_ in made.elements() if re.search("winter|autumn|summer|spring", prompt)]
    assert Counter(catalogue)["a forest in autumn"] == 1
    assert len(catalogue) == 6 + 2  # the frame's own batch makes its two anew
    files = work_of(executed.folder) / "files" / "batches"
    assert {path.name for path in files.glob("*.png")} == {f"{one}-1.png" for one in "HFMLCW"}
    assert len([json.loads(line) for line in (files / "metadata.jsonl").read_text("utf-8").splitlines()]) == 6
    tried = pictures(cell_with(done, "limit=2"))
    assert len(tried) == 2
    assert all_differ(tried)

    # What was cancelled is made again; what was done, and what was under way when the process was killed, is not.
    for prompts, cell in (
        (("a lighthouse", "a forest"), "before.loc"),
        (("a city at night", "a harbour"), "killed.loc"),
    ):
        succeeded = {one: count for one, count in made.items() if one[0] in prompts and one[1] == "success"}
        assert len(succeeded) == 8
        assert set(succeeded.values()) == {1}
        before, same = numbers(cell_with(done, cell))
        assert 1 <= before < 8
        assert same
    night = [one for one in made.elements() if one[0] in {"a city at night", "a harbour"}]
    assert len(night) == 8

    assert "V-1: failed" in text(cell_with(done, 'rows("failed")'))
    assert "shop.invalid" in text(cell_with(done, 'rows("failed")'))
    assert Counter(run.state for run in runs_of(home, "guide-photos")) == {"success": 3, "failed": 1}
    mended = html(cell_with(done, "mended = "))
    assert mended.count("success") >= 3
    with StationThis(local=True, home=home) as st:
        states = {batch.name: (batch.state, batch.progress.succeeded) for batch in st.batches.list()}
    assert states == {
        "guide-catalogue": ("done", 6),
        "guide-photos": ("done", 3),
        "guide-stopped": ("done", 8),
        "guide-night": ("done", 8),
        "guide-winter": ("done", 2),
    }

    stopped = text(cell_with(done, "except BatchStopped"))
    spent, budget = re.search(r"\$([\d.]+) of \$([\d.]+) are spent", stopped).groups()
    assert float(spent) <= float(budget)
    assert "8/8 · 8 well" in text(cell_with(done, "5 * estimate.dollars"))
    table = html(cell_with(done, "frame = "))
    assert all(
        f"<th>{name}</th>" in table for name in ("picture", "key", "prompt", "seed", "state", "duration")
    )
