"""The guide to progress, logs and cost does what it says."""

import re

import pytest

from stationthis_sdk import StationThis
from tests.notebooks.claims import GUIDES, check_kept, home_of
from tests.notebooks.executing import cell_with, html, pictures, text

pytestmark = [pytest.mark.slow, pytest.mark.timeout(240)]

GUIDE = GUIDES / "5-progress-logs-cost.ipynb"


def test_progress_logs_and_cost(executed):
    """What goes on in the background becomes a picture where it is waited for; events, log, reason, limit and bill are as they are told."""
    done = executed(GUIDE, size=256, steps=20)
    assert pictures(cell_with(done, "harbour.wait()"))[0].size == (256, 256)
    events = text(cell_with(done, ".follow()")).splitlines()
    assert events[-2:] == ["output: picture_00001_.png", "end: success"]
    assert events[0].startswith("state: ")
    assert text(cell_with(done, "for line in")).strip().endswith("info: success")
    assert all(f"<th>{name}</th>" in html(cell_with(done, "log = ")) for name in ("message", "took"))
    assert "StationThisPicture" in html(cell_with(done, "log = "))

    assert "FancyUpscaler does not exist" in text(cell_with(done, "failed.reason"))
    late = cell_with(done, "except TimedOut")
    assert "0.3 s ran out" in text(late)
    assert text(cell_with(done, ".cancel()")) == "'cancelled'"
    home = home_of(executed.folder)
    with StationThis(local=True, home=home) as st:
        assert st.runs.get(re.search(r"Run ([\w-]{36}) ", text(late))[1]).state == "cancelled"
        assert "guide-broken" not in {one.name for one in st.workflows.list()}
    listed = html(cell_with(done, "runs = "))
    assert all(f"<th>{name}</th>" in listed for name in ("picture", "state", "steps", "queued", "duration"))
    assert len(pictures(cell_with(done, "runs = "))) == 2
    for words in ('subset="seconds"', 'subset="estimated"'):
        assert "linear-gradient" in html(cell_with(done, words))

    bill = html(cell_with(done, "bill = "))
    assert re.search(r"posters</td><td>1<.*tests</td><td>3<", bill)
    assert re.search(r"\$0\.\d*[1-9]", bill)
    assert "No run of 'text-to-picture' was started" in text(cell_with(done, "except CapReached"))
    check_kept(done, home)
