"""T14: links die. A picture that came along can be used again when its link is dead, and is not kept where links live."""

import asyncio
import shutil

import pytest

from stationthis_sdk.bots.desk import course, folder
from stationthis_sdk.errors import InvalidInput
from stationthis_sdk.testing import LocalGateway
from tests.bots.desk.conftest import ADA, HERE, SMALL, ended, runs_of
from tests.bots.desk.platform import Platform


@pytest.fixture(autouse=True)
def _memory(tmp_path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("STATIONTHIS_HOME", str(tmp_path / "home"))


async def picture_of(desk, platform: Platform) -> bytes:
    """A picture that a run has made."""
    await ended(desk, (await desk.ask(ADA, HERE, "text-to-picture", {"prompt": "a", **SMALL}, key="p")).id)
    return platform.sent[-1].contents[0]


async def an_hour_passes(own: LocalGateway, desk) -> None:
    """Signed links are dead, and no upload is remembered."""
    own.clock.advance(4000)
    await asyncio.to_thread(shutil.rmtree, desk.st.settings.home / "uploads")


async def test_again_when_its_links_are_dead(open_desk, own: LocalGateway, platform: Platform, st) -> None:
    """Again, hours later, in an account whose links die: the picture is uploaded anew, and the run is made of it."""
    await st.account.update_settings(visibility="private")
    desk = await open_desk()
    content = await picture_of(desk, platform)
    job = await desk.ask(
        ADA, HERE, "picture-to-picture", {"prompt": "a", "input_image": content, "steps": 1}, key="u1"
    )
    assert (await ended(desk, job.id)).state == "done"
    await an_hour_passes(own, desk)
    again = await desk.again(job.id, ADA, HERE, key="u2")
    assert again.inputs["input_image"] != job.inputs["input_image"]
    assert (await ended(desk, again.id)).state == "done"
    [kept] = (desk._folder.path / "inputs").iterdir()
    assert kept.stat().st_mode & 0o077 == 0
    assert kept.read_bytes() == content


async def test_one_that_waited_too_long(
    open_desk, own: LocalGateway, platform: Platform, st, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A job whose turn comes when its links are dead is run with fresh ones."""
    await st.account.update_settings(visibility="private")
    desk = await open_desk()
    content = await picture_of(desk, platform)
    await desk.close()
    job = await desk.ask(
        ADA, HERE, "picture-to-picture", {"prompt": "a", "input_image": content, "steps": 1}, key="u1"
    )
    await an_hour_passes(own, desk)
    monkeypatch.setattr(course, "GOOD_FOR", 0.0)
    await desk.start()
    assert (await ended(desk, job.id)).state == "done"
    assert len(await runs_of(own)) == 2


async def test_what_is_gone_is_asked_for(
    open_desk, own: LocalGateway, platform: Platform, st, monkeypatch: pytest.MonkeyPatch
) -> None:
    """After a week the file is swept: whoever wants it again is told to send it again, and nothing is run."""
    await st.account.update_settings(visibility="private")
    desk = await open_desk()
    content = await picture_of(desk, platform)
    job = await desk.ask(
        ADA, HERE, "picture-to-picture", {"prompt": "a", "input_image": content, "steps": 1}, key="u1"
    )
    await ended(desk, job.id)
    await desk.close()
    monkeypatch.setattr(folder, "_KEPT_SECONDS", -1.0)
    await desk.start()
    with pytest.raises(InvalidInput, match="send it once more"):
        await desk.again(job.id, ADA, HERE, key="u2")
    other = await desk.again(job.id, ADA, HERE, key="u3", changes={"input_image": content})
    assert (await ended(desk, other.id)).state == "done"
    assert len(await runs_of(own)) == 3


async def test_nothing_is_kept_where_links_live(open_desk, platform: Platform) -> None:
    """In an account whose links don't die no file of anybody is kept."""
    desk = await open_desk()
    content = await picture_of(desk, platform)
    job = await desk.ask(
        ADA, HERE, "picture-to-picture", {"prompt": "a", "input_image": content, "steps": 1}, key="u1"
    )
    await ended(desk, job.id)
    assert not (desk._folder.path / "inputs").exists()
