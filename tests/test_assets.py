"""Assets: folders and files that the account keeps."""

import asyncio
import os

import pytest

from stationthis_sdk import InvalidInput, NotFound, StationThisError, ValidationFailed
from stationthis_sdk.testing import LocalGateway
from tests.uploading import MP4, ZIP, fetched, png, sent

ODD = ["..", "a/../b", "a//b", "./a", "a\\b", "a\nb", "a\x00b", "\ud800", "a/ /b", 3, None]


@pytest.fixture(autouse=True)
def _memory(tmp_path, monkeypatch):
    """Each test remembers its own uploads only."""
    monkeypatch.setenv("STATIONTHIS_HOME", str(tmp_path / "home"))


@pytest.fixture
def own():
    """A gateway of the test's own."""
    with LocalGateway() as gateway:
        yield gateway


@pytest.fixture
def st(own):
    return own.client()


def paths(found):
    return [one.path for one in found]


def test_folders_are_made_with_their_parents(st):
    """With a leading slash and without, one is one; what is there already is said."""
    folder = st.files.assets.create_folder("/refs/cats/")
    assert (folder.path, folder.name, folder.folder, folder.is_folder) == ("refs/cats", "cats", "refs", True)
    assert (folder.url, folder.size) == (None, None)
    assert repr(folder) == "<folder 'refs/cats'>"
    assert folder.source.kind == "api"
    assert paths(st.files.assets.list()) == ["refs"]
    for way in ("refs", "/refs", "refs/", "/refs/"):
        assert paths(st.files.assets.list(way)) == ["refs/cats"]
    st.files.assets.create_folder("refs/dogs")
    with pytest.raises(ValidationFailed, match="already exists"):
        st.files.assets.create_folder("/refs/dogs")
    with pytest.raises(InvalidInput, match="root is there already"):
        st.files.assets.create_folder("/")


def test_a_file_is_kept_in_a_folder(st, tmp_path):
    """Uploaded twice it is there twice; anything files.upload takes; with progress; listed after the folders."""
    told = []
    (tmp_path / "a walk.mp4").write_bytes(MP4)
    first = st.files.assets.upload(
        tmp_path / "a walk.mp4", "/refs", on_progress=lambda *one: told.append(one)
    )
    assert (first.name, first.folder, first.size, first.mime) == ("a walk.mp4", "refs", len(MP4), "video/mp4")
    assert told[-1] == (len(MP4), len(MP4))
    assert fetched(first.url) == (MP4, "video/mp4")
    assert repr(first) == "<asset 'a walk.mp4' in 'refs': video/mp4>"
    second = st.files.assets.upload(MP4, "refs")
    assert second.id != first.id
    st.files.assets.create_folder("refs/zoo")
    assert [one.is_folder for one in st.files.assets.list("refs")] == [True, False, False]
    assert repr(st.files.assets.upload(ZIP)) == "<asset 'file.zip' in '/': application/zip>"


def test_a_file_moves_between_folders(st):
    """To another folder and to the root, and it is the same file with the same link."""
    st.files.assets.create_folder("there/deep")
    asset = st.files.assets.upload(png(), "here", name="fox")
    url = asset.url
    assert asset.move("/there/deep/") is asset
    assert (asset.folder, asset.name, asset.url) == ("there/deep", "fox.png", url)
    assert paths(st.files.assets.list("there/deep")) == [asset.path]
    assert st.files.assets.list("here") == []
    assert asset.move("/").folder == ""
    assert fetched(asset.url)[0] == png()


def test_where_no_folder_is_that_is_said(st):
    """In words that say what to do, not as a line of HTTP; the asset stays where it is."""
    asset = st.files.assets.upload(png(), "here")
    for work in (lambda: asset.move("nowhere/deep"), lambda: st.files.assets.add(asset.url, "nowhere/deep")):
        with pytest.raises(NotFound, match=r"no folder 'nowhere/deep': make it with create_folder") as told:
            work()
        assert "http" not in str(told.value)
        assert told.value.request.status == 404
    assert asset.refresh().folder == "here"


def test_a_folder_is_not_moved(st):
    """The service can't: nothing is sent."""
    folder = st.files.assets.create_folder("refs")
    before = len(st.last_requests)
    with pytest.raises(InvalidInput, match="moves files only"):
        folder.move("/")
    assert len(st.last_requests) == before


def test_what_is_deleted_is_gone(st):
    """A file with its bytes, a folder with all that is in it; what is gone is told as such."""
    folder = st.files.assets.create_folder("refs/cats")
    inside = st.files.assets.upload(png(), "refs/cats")
    alone = st.files.assets.upload(ZIP)
    alone.delete()
    folder.delete()
    assert paths(st.files.assets.list()) == ["refs"]
    for asset in (alone, inside, folder):
        for work in (asset.refresh, asset.delete, lambda one=asset: st.files.assets.get(one.id)):
            with pytest.raises(NotFound, match=f"No asset '{asset.id}' for this key") as gone:
                work()
            assert "http" not in str(gone.value)
    with pytest.raises(NotFound, match="No asset"):
        inside.move("/")


def test_files_are_found_by_name(st):
    """Any part of it, in any folder, the newest first; folders are not among them."""
    st.files.assets.create_folder("fox")
    made = [st.files.assets.upload(png(), f"{number}", name=f"red Fox {number}") for number in range(3)]
    assert [one.id for one in st.files.assets.search("fox")] == [one.id for one in reversed(made)]
    assert [one.id for one in st.files.assets.search("fox", limit=1)] == [made[-1].id]
    assert st.files.assets.search("badger") == []
    before = len(st.last_requests)
    for name, limit in (("", 3), ("  ", 3), (None, 3), ("fox", 0), ("fox", True), ("fox", "3")):
        with pytest.raises(InvalidInput):
            st.files.assets.search(name, limit=limit)
    for odd in ("", None, 3):
        with pytest.raises(InvalidInput, match="by its id"):
            st.files.assets.get(odd)
    assert len(st.last_requests) == before


def test_a_link_is_kept_as_an_asset(st, own):
    """The bytes stay where they are; a link that nobody answers at is refused by the service."""
    sent_file = st.files.upload(png())
    st.files.assets.create_folder("refs")
    link = st.files.assets.add(f" {sent_file.url} ", "/refs")
    assert (link.folder, link.size, link.mime, link.url) == ("refs", len(png()), "image/png", sent_file.url)
    with pytest.raises(ValidationFailed, match="Could not access URL"):
        st.files.assets.add("http://127.0.0.1:1/fox.png")
    before = len(st.last_requests)
    for odd in ("", "fox.png", "ftp://h/a", "http://", None, 3):
        with pytest.raises(InvalidInput, match="begins with http"):
            st.files.assets.add(odd)
    with pytest.raises(InvalidInput, match="bot's token"):
        st.files.assets.add("https://api.telegram.org/file/bot1:AAHdqTcvCH1vGWJxfSeofSAs0K5/p/a.jpg")
    assert len(st.last_requests) == before


@pytest.mark.parametrize("odd", ODD)
def test_what_is_no_path_is_not_sent(st, odd):
    """Nothing leads out of the tree, and nothing odd reaches the service."""
    work = (
        lambda: st.files.assets.list(odd),
        lambda: st.files.assets.create_folder(odd),
        lambda: st.files.assets.upload(ZIP, odd),
        lambda: st.files.assets.add("http://127.0.0.1/a.png", odd),
    )
    for one in work:
        with pytest.raises(InvalidInput):
            one()
    assert sent(st) == []


def test_private_accounts_get_fresh_links(st, own):
    """An hour later the link is dead, and refresh brings one that lives; the age starts anew."""
    st.account.update_settings(visibility="private")
    asset = st.files.assets.upload(png())
    asset.refresh()
    first, learnt = asset.url, asset.source.at
    assert fetched(first)[0] == png()
    own.clock.advance(3601)
    with pytest.raises(OSError, match="403"):
        fetched(first)
    asset.refresh()
    assert fetched(asset.url)[0] == png()
    assert asset.source.at >= learnt


def test_an_asset_is_an_input(st):
    """Passed as it is: its link goes to the run, nothing is uploaded."""
    asset = st.files.assets.upload(png(size=(64, 64)))
    before = len(st.last_requests)
    run = st.deployments["picture-to-picture"].submit(input_image=asset, strength=0.4)
    assert run.inputs["input_image"] == asset.url
    assert not any("upload" in one for one in sent(st, before))
    run.cancel()


def test_others_see_nothing_of_it(st, own):
    """Walls between accounts are the service's; ours say "no such asset"."""
    asset = st.files.assets.upload(png(), "refs")
    other = own.client(own.add_key("ada"))
    assert other.files.assets.list("refs") == []
    assert other.files.assets.search("file") == []
    with pytest.raises(NotFound, match="No asset"):
        other.files.assets.get(asset.id)


def test_a_lost_answer_is_told(st, own):
    """A folder that may have been made: a typed error, and it is there or not when one looks."""
    own.faults.drop_answers(path="/assets/folder", times=1)
    with pytest.raises(StationThisError):
        st.files.assets.create_folder("refs")
    assert paths(st.files.assets.list()) == ["refs"]


async def test_in_the_other_colour(own):
    """The same with await."""
    async with own.async_client() as st:
        folder = await st.files.assets.create_folder("refs")
        asset = await st.files.assets.upload(png(), "refs", name=os.fspath("fox"))
        assert (await st.files.assets.search("fox"))[0].id == asset.id
        assert (await asset.move("/")).folder == ""
        await asyncio.gather(asset.delete(), folder.delete())
        assert await st.files.assets.list() == []
