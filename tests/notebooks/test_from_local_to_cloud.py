"""The guide from local to cloud does what it says."""

import pytest

from stationthis_sdk.testing import local_gateway
from tests.notebooks.claims import GUIDES, all_differ, check_kept, home_of, runs_of, work_of
from tests.notebooks.executing import cell_with, html, pictures, text

pytestmark = [pytest.mark.slow, pytest.mark.timeout(240)]

GUIDE = GUIDES / "6-from-local-to-cloud.ipynb"


def test_from_local_to_cloud(executed):
    """Both services draw the same picture; versions go to staging, to production and back; the key is forgotten."""
    done = executed(GUIDE, size=128, steps=4)
    [here], [there] = pictures(cell_with(done, "draft = ")), pictures(cell_with(done, "same = "))
    assert here.convert("RGB").tobytes() == there.convert("RGB").tobytes()
    trials = [picture for cell in done.cells if "trial = " in cell.source for picture in pictures(cell)]
    [first, second], [live] = trials, pictures(cell_with(done, "live = "))
    assert all_differ([there, first, second])
    assert first.convert("RGB").tobytes() == live.convert("RGB").tobytes()

    assert "key from profile cloud" in text(cell_with(done, "cloud = StationThis("))
    assert "ready" in html(cell_with(done, "create_serverless"))
    assert "moved from version 1 to 2" in text(cell_with(done, "production = staged.promote()"))
    assert "moved from version 2 to 1" in text(cell_with(done, "roll_back"))
    assert "at night" in html(cell_with(done, "workflow.versions()"))

    home = home_of(executed.folder)
    assert [run.state for run in runs_of(home, "text-to-picture")] == ["success"]
    profiles = work_of(executed.folder) / "files" / "local-to-cloud" / "config.toml"
    assert "eyJ" not in (profiles.read_text("utf-8") if profiles.exists() else "")
    check_kept(done, home)


def test_on_a_service_of_ones_own(executed, monkeypatch):
    """With an address and the key in the environment nothing stands in: the runs are there, and what was made is gone."""
    with local_gateway() as service:
        monkeypatch.setenv("STATIONTHIS_API_KEY", service.key)
        done = executed(GUIDE, base_url=service.base_url, size=64, steps=2)
        assert [(run.deployment, run.state) for run in service.runs()][:1] == [("text-to-picture", "success")]
        assert len(service.runs()) == 4
        assert "poster" not in {one.name for one in service.client().workflows.list()}
        assert service.key not in str(done)
