"""Several outputs of a run: fetched at the same time, from links that are renewed when they have died."""

import threading
import urllib.error

import pytest

from stationthis_sdk import AsyncStationThis, DownloadFailed
from stationthis_sdk.testing import LocalGateway
from tests.uploading import fetched
from tests.wire import Wire, answer

RUN = "5ea8723e-4701-4d69-8604-8932801f2083"
PICTURES = {
    "1": {"class_type": "EmptyImage", "inputs": {"width": 16, "height": 16, "batch_size": 3, "color": 9}},
    "2": {"class_type": "SaveImage", "inputs": {"images": ["1", 0], "filename_prefix": "one"}},
}


async def test_outputs_are_fetched_at_the_same_time(tmp_path):
    """Three files that only answer once all three are asked for: all arrive, each under its own bytes."""
    together = threading.Barrier(3)

    def files(asked):
        if not asked.path.startswith("/files/"):
            items = [
                {"url": f"http://127.0.0.1:{wire.port}/files/{number}.png", "type": "output", "filename": f"{number}.png"}
                for number in range(3)
            ]  # fmt: skip
            return answer(
                200, {"id": RUN, "status": "success", "outputs": [{"id": "o", "data": {"images": items}}]}
            )
        together.wait(45)
        return answer(200, asked.path.encode() * 1000, content_type="image/png")

    with Wire(files) as wire:
        async with AsyncStationThis("k", wire.base_url) as st:
            paths = await (await st.runs.get(RUN)).save(tmp_path, sidecar=False)
    contents = sorted(path.read_bytes() for path in paths)
    assert contents == [f"/files/{number}.png".encode() * 1000 for number in range(3)]


@pytest.fixture
def run_of():
    """A run with three pictures, on a gateway whose account keeps its files private."""
    with LocalGateway() as gateway:
        st = gateway.client()
        st.account.update_settings(visibility="private")
        gateway.deploy("pictures", PICTURES)
        yield gateway, st, st.deployments["pictures"]()


def test_links_that_died_are_renewed_by_reading_the_run(run_of, tmp_path):
    """An hour later every link is dead: the run is read again, and every file is saved whole."""
    gateway, st, run = run_of
    links = [output.url for output in run.outputs]
    assert len(links) == 3
    gateway.clock.advance(3601)
    for link in links:
        with pytest.raises(urllib.error.HTTPError, match="403"):
            fetched(link)
    paths = run.save(tmp_path, sidecar=False)
    assert len({path.name for path in paths}) == 3
    assert [path.read_bytes()[:4] for path in paths] == [b"\x89PNG"] * 3
    assert not set(links) & {output.url for output in run.outputs}
    assert "Signature" not in str(st.last_requests)


def test_a_link_that_dies_again_and_again_is_told(run_of, tmp_path):
    """Renewed once; when that one is refused as well, an error says what to do, and nothing half is left."""
    gateway, _, run = run_of
    gateway.faults.expire_links()
    with pytest.raises(DownloadFailed, match="Read the run again"):
        run.save(tmp_path)
    assert list(tmp_path.iterdir()) == []
    gateway.faults.clear()
    assert len(run.save(tmp_path, sidecar=False)) == 3
