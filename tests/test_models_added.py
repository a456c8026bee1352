"""Models that the service fetches: from links, Civitai and Hugging Face; waited for, cancelled, failing."""

import asyncio

import attrs
import pytest

from stationthis_sdk import AsyncStationThis, ConnectionLost, DownloadFailed, InvalidInput, NotFound, TimedOut
from stationthis_sdk.local.reach import Reach
from stationthis_sdk.local.volumes.hubs import Hubs
from stationthis_sdk.testing import LocalGateway
from tests.local.routes.hub import MODEL, hub_here
from tests.uploading import sent
from tests.wire import Wire, answer


@attrs.frozen
class Nearby(Hubs):
    """Both hubs under their own names, though they are on this machine."""

    def is_civitai(self, url):
        return "//civitai.com/" in url

    def is_huggingface(self, url):
        return "//huggingface.co/" in url

    def file_link(self, url):
        return super().file_link(url).replace("https://huggingface.co", self.huggingface)


@pytest.fixture
def own():
    """A gateway of the test's own."""
    with LocalGateway() as gateway:
        yield gateway


@pytest.fixture
async def hub(own):
    """A server of models on this machine, which is both hubs for the gateway."""
    async with hub_here() as here:
        own._gateway.services.downloads.hubs = Nearby(Reach(), here.url, here.url)
        yield here


@pytest.fixture
async def st(own):
    async with own.async_client() as client:
        yield client


def gets(hub, ending):
    """How often the hub was asked for a file."""
    return sum(path.endswith(ending) for path, _ in hub.asked)


async def test_a_model_from_a_link_is_waited_for(own, hub, st):
    """Begun at once, followed while it comes, in the volume at the end; what is there or coming is not asked for."""
    url = f"{hub.url}/slow.safetensors?token=secret"
    download = await st.models.add(url, folder="/loras/", name="ink.safetensors")
    assert (download.path, download.state, download.id != "") == ("loras/ink.safetensors", "started", True)
    assert "secret" not in repr(download)
    with pytest.raises(InvalidInput, match="being downloaded already"):
        await st.models.add(url, folder="loras", name="ink.safetensors")
    while download.progress < 0.5:
        await download.refresh()
    assert repr(download) == "<download of 'loras/ink.safetensors': 50 %>"
    assert [one.path for one in await st.models.downloads()] == ["loras/ink.safetensors"]
    with pytest.raises(TimedOut, match="It goes on") as late:
        await download.wait(timeout=0.01)
    assert (late.value.phase, late.value.limit) == ("total", 0.01)
    hub.go_on.set()
    heard = []

    async def listen(progress):
        heard.append((progress.state, progress.fraction))

    assert await download.wait(on_progress=listen) is download
    assert (download.state, download.progress, heard[-1]) == ("success", 1.0, ("done", 1.0))
    assert [share for _, share in heard] == sorted(share for _, share in heard)
    model = await st.models.get("ink.safetensors")
    assert (model.path, model.size) == ("loras/ink.safetensors", len(MODEL))
    assert await st.models.downloads() == []
    with pytest.raises(InvalidInput, match="in the volume already"):
        await st.models.add(url, folder="loras", name="ink.safetensors")
    assert gets(hub, "slow.safetensors") == 1
    assert (await download.cancel()).state == "success"


async def test_a_link_tells_the_name(hub, st):
    """As its path ends; where it tells none it is asked for, before anything is sent."""
    await (await st.models.add(f"{hub.url}/moved.safetensors", folder="vae")).wait()
    assert [one.path for one in await st.models.list()] == ["vae/moved.safetensors"]
    before = len(st.last_requests)
    with pytest.raises(InvalidInput, match="say name="):
        await st.models.add(f"{hub.url}/download", folder="vae")
    assert len(st.last_requests) == before


async def test_a_page_of_civitai(hub, st):
    """Its file is called as there; a version may be named; what it does not have is not found."""
    download = await st.models.add("https://civitai.com/models/4711/inkwash", folder="loras")
    assert download.path == "loras/ink4712.safetensors"
    await download.wait()
    page = "https://civitai.com/models/4711?modelVersionId=4712&utm=x"
    named = await st.models.add(page, folder="loras", name="wash.safetensors")
    await named.wait()
    assert {one.name for one in await st.models.list()} == {"ink4712.safetensors", "wash.safetensors"}
    for page in ("https://civitai.com/models/9", "https://civitai.com/models/4711?modelVersionId=1"):
        with pytest.raises(NotFound, match="Civitai has no"):
            await st.models.add(page, folder="loras")


@pytest.mark.parametrize(
    ("what", "name", "paths"),
    [
        ("ada/ink", None, ["vae/ink/a.json", "vae/ink/sub/b.bin"]),
        ("https://huggingface.co/ada/ink", None, ["vae/ink/a.json", "vae/ink/sub/b.bin"]),
        ("ada/ink/sub/b.bin", None, ["vae/b.bin"]),
        ("ada/ink/sub/b.bin", "c.bin", ["vae/c.bin"]),
        ("https://huggingface.co/ada/ink/blob/main/ink.safetensors", None, ["vae/ink.safetensors"]),
        (
            "https://huggingface.co/ada/ink/resolve/main/ink.safetensors?download=1",
            None,
            ["vae/ink.safetensors"],
        ),
    ],
)
async def test_models_of_hugging_face(hub, st, what, name, paths):
    """A repository whole, one of its files, a link to one, its page: bytes of the file in each case."""
    await (await st.models.add(what, folder="vae", name=name)).wait()
    found = await st.models.list(refresh=True)
    assert [one.path for one in found] == paths
    assert {one.size for one in found} == {len(MODEL)}


async def test_what_hugging_face_does_not_have(hub, st):
    """Unknown, or not for this account: NotFound, and no download."""
    for what in ("ada/none", "ada/locked", "ada/none/a.bin"):
        with pytest.raises(NotFound, match="Hugging Face has no ada/"):
            await st.models.add(what, folder="vae")
    assert await st.models.downloads() == []
    assert "POST /volume/model" not in sent(st)


async def test_what_a_search_found_is_added(hub, st):
    """With the folder and the name that the search told."""
    found = {
        "name": "Ink", "type": "LORA", "provider": "civitai", "filename": "ink.safetensors", "save_path": "loras",
        "size": 3, "download_url": f"{hub.url}/ink.safetensors", "reference_url": None,
    }  # fmt: skip
    with Wire(answer(200, {"models": [found]})) as wire:
        async with AsyncStationThis("k", wire.base_url) as other:
            (ink,) = await other.models.search("ink")
    download = await (await st.models.add(ink)).wait()
    assert download.path == "loras/ink.safetensors"


async def test_a_download_is_cancelled(hub, st):
    """It is no longer listed; waiting for it says what became of it; again changes nothing."""
    download = await st.models.add(f"{hub.url}/slow.safetensors", folder="loras")
    assert await download.cancel() is download
    assert download.state == "cancelled"
    assert await st.models.downloads() == []
    with pytest.raises(DownloadFailed, match="was cancelled"):
        await download.wait()
    assert (await download.cancel()).state == "cancelled"


async def test_what_somebody_else_cancels_is_noticed(hub, st):
    """A download that is listed no more, and not in the volume either, was cancelled."""
    download = await st.models.add(f"{hub.url}/slow.safetensors", folder="loras")
    (same,) = await st.models.downloads()
    assert same.id == download.id
    await same.cancel()
    with pytest.raises(DownloadFailed, match="was cancelled"):
        await download.wait()


@pytest.mark.parametrize(
    ("link", "why"),
    [
        ("{hub}/nothing.safetensors", "the link answered 404"),
        ("{hub}/short.safetensors", "broke off"),
        ("http://169.254.169.254/a.bin", "is no public address"),
        ("http://127.0.0.1:1/a.bin", "broke off"),
    ],
)
async def test_why_a_download_failed_is_told(hub, st, link, why):
    """In the service's words, and nothing is in the volume."""
    download = await st.models.add(link.format(hub=hub.url), folder="loras")
    with pytest.raises(DownloadFailed, match=f"could not fetch.*{why}"):
        await download.wait()
    assert (download.state, why in download.error) == ("failed", True)
    assert [one.state for one in await st.models.downloads()] == ["failed"]
    assert await st.models.list() == []


async def test_a_lost_answer_is_one_download(own, hub, st):
    """The service's answer gets lost: the list says that it was begun; it is not asked for twice."""
    own.faults.drop_answers(path="/volume/model", times=1)
    download = await st.models.add(f"{hub.url}/slow.safetensors", folder="loras")
    assert (download.state, download.id != "") == ("started", True)
    hub.go_on.set()
    await download.wait()
    assert gets(hub, "slow.safetensors") == 1
    assert sent(st).count("POST /volume/model") == 1


async def test_a_lost_request_is_told(own, hub, st):
    """It never arrived: the error is raised, and the same call works afterwards."""
    own.faults.drop_requests(path="/volume/model", times=1)
    with pytest.raises(ConnectionLost):
        await st.models.add(f"{hub.url}/ink.safetensors", folder="loras")
    assert (
        await (await st.models.add(f"{hub.url}/ink.safetensors", folder="loras")).wait()
    ).state == "success"


async def test_looks_that_fail_are_tried_again(own, hub, st):
    """A service that fails for a while does not end the waiting."""
    download = await st.models.add(f"{hub.url}/slow.safetensors", folder="loras")
    own.faults.errors(path="/volume/downloading-models", times=3)
    hub.go_on.set()
    assert (await download.wait()).state == "success"


@pytest.mark.parametrize(
    ("what", "folder", "name"),
    [
        ("not a link", "loras", None),
        ("", "loras", None),
        (3, "loras", None),
        ("ftp://h/a.bin", "loras", None),
        ("https:///a.bin", "loras", None),
        ("https://h/a b.bin", "loras", None),
        ("https://civitai.com/user/ada", "loras", None),
        ("https://huggingface.co/datasets/ada/ink", "loras", None),
        ("https://huggingface.co/ada", "loras", None),
        ("https://h/a.bin", None, None),
        ("https://h/a.bin", "", None),
        ("https://h/a.bin", "../up", None),
        ("https://h/a.bin", "loras", "../a.bin"),
        ("https://h/a.bin", "loras", ""),
    ],
)
async def test_what_can_not_be_added_is_not_asked_for(st, what, folder, name):
    """A typed error that says what to give, and not one request."""
    with pytest.raises(InvalidInput):
        await st.models.add(what, folder=folder, name=name)
    assert sent(st) == []


async def test_how_long_to_wait_is_seconds(hub, st):
    """Anything else is refused before a look."""
    download = await st.models.add(f"{hub.url}/slow.safetensors", folder="loras")
    for odd in (0, -1, float("nan"), "soon", True):
        with pytest.raises(InvalidInput, match="timeout is seconds"):
            await download.wait(timeout=odd)


async def test_interrupted_waiting_leaves_the_download_going(hub, st):
    """Whoever stops waiting stops nothing."""
    download = await st.models.add(f"{hub.url}/slow.safetensors", folder="loras")
    heard = asyncio.Event()
    waiting = asyncio.create_task(download.wait(on_progress=lambda _: heard.set()))
    await heard.wait()
    waiting.cancel()
    await asyncio.wait({waiting})
    hub.go_on.set()
    assert (await download.wait()).state == "success"
