"""Uploads that were broken off: remembered for the same file only, and never in the way."""

import multiprocessing
import os
import stat

import attrs
import pytest
from hypothesis import given
from hypothesis import strategies as some

from stationthis_sdk import InvalidInput
from stationthis_sdk.store.unfinished import FileIdentity, Unfinished, UnfinishedUploads

FILE = FileIdentity("/models/ink.pt", 40, 7, "d" * 64)
UPLOAD = Unfinished("secret-id", "key", 10, "https://h/key", complete=False, etags={1: '"a"', 3: '"c"'})


@pytest.fixture
def notes(tmp_path):
    return UnfinishedUploads(tmp_path / "unfinished", "http://h/api\nada")


def test_an_upload_comes_back_as_it_was(notes):
    """With its parts, for its file, target and account only; forgotten it is gone."""
    notes.write(FILE, "loras/ink.pt", UPLOAD)
    assert notes.read(FILE, "loras/ink.pt") == (UPLOAD, True)
    assert notes.read(FILE, "vae/ink.pt") == (None, False)
    other = UnfinishedUploads(notes._folder, "http://h/api\nbob")
    assert other.read(FILE, "loras/ink.pt") == (None, False)
    notes.forget(FILE, "loras/ink.pt")
    notes.forget(FILE, "loras/ink.pt")
    assert notes.read(FILE, "loras/ink.pt") == (None, False)


@pytest.mark.parametrize("change", [{"size": 41}, {"modified_ns": 8}, {"digest": "e" * 64}])
def test_a_file_that_changed_is_another(notes, change):
    """The old upload is told of, so that it can be given up, but not gone on with."""
    notes.write(FILE, "loras/ink.pt", UPLOAD)
    assert notes.read(attrs.evolve(FILE, **change), "loras/ink.pt") == (UPLOAD, False)


def test_it_is_its_owners_and_shows_no_id(notes):
    """Who has the id may write into the upload."""
    notes.write(FILE, "loras/ink.pt", UPLOAD)
    path = notes.path_of(FILE, "loras/ink.pt")
    assert stat.S_IMODE(path.stat().st_mode) == 0o600
    assert stat.S_IMODE(path.parent.stat().st_mode) == 0o700
    assert "secret-id" not in repr(UPLOAD)


@given(some.binary(max_size=60) | some.sampled_from([b"null", b"[]", b'{"form":1}', b'{"form":2}']))
def test_what_is_damaged_begins_anew(tmp_path_factory, content):
    """Whatever is in the note: nothing is known, nothing raises."""
    notes = UnfinishedUploads(tmp_path_factory.mktemp("unfinished"), "a")
    notes.path_of(FILE, "x").write_bytes(content)
    assert notes.read(FILE, "x") == (None, False)


@pytest.mark.parametrize("parts", [{0: "a"}, {5: "a"}, {-1: "a"}])
def test_parts_that_can_not_be_are_not_gone_on_with(notes, parts):
    """Numbers beyond the file."""
    notes.write(FILE, "x", attrs.evolve(UPLOAD, etags=parts))
    assert not notes.read(FILE, "x")[1]


def test_a_folder_that_can_not_be_written_loses_the_resuming_only(tmp_path, caplog):
    """A file in its place: a line in the log, no error."""
    (tmp_path / "unfinished").write_text("in the way")
    notes = UnfinishedUploads(tmp_path / "unfinished", "a")
    notes.write(FILE, "x", UPLOAD)
    assert "would begin anew" in caplog.text
    with notes.held(FILE, "x"):
        assert notes.read(FILE, "x") == (None, False)
    notes.forget(FILE, "x")


def _hold(folder, begun, go_on):
    with UnfinishedUploads(folder, "a").held(FILE, "x"):
        begun.set()
        go_on.wait(45)
        os._exit(0)  # as a kill would: the lock goes with the process


def test_one_process_at_a_time(tmp_path):
    """Another one is refused while the first lives, and let in once it is gone, however it went."""
    fresh = multiprocessing.get_context("spawn")
    begun, go_on = fresh.Event(), fresh.Event()
    process = fresh.Process(target=_hold, args=(tmp_path, begun, go_on))
    process.start()
    begun.wait(45)
    notes = UnfinishedUploads(tmp_path, "a")
    with pytest.raises(InvalidInput, match="is being uploaded"), notes.held(FILE, "x"):
        raise AssertionError("it is held")
    with notes.held(FILE, "y"):
        go_on.set()
        process.join()
    with notes.held(FILE, "x"):
        pass
    process.close()


def test_a_file_is_known_by_its_ends(tmp_path):
    """Size, time, and the first and last MiB."""
    path = tmp_path / "a.pt"
    path.write_bytes(bytes(3 << 20))
    before = FileIdentity.of(path)
    assert (before.size, before.path) == (3 << 20, str(path.resolve()))
    for place in (0, (3 << 20) - 1):
        with path.open("r+b") as file:
            file.seek(place)
            file.write(b"x")
        os.utime(path, ns=(0, before.modified_ns))
        assert FileIdentity.of(path).digest != before.digest
        before = attrs.evolve(before, digest=FileIdentity.of(path).digest)


@pytest.mark.parametrize("name", ["nothing.pt", ".", "a\x00b", "~nobody-of-that-name/a.pt"])
def test_what_is_no_file_is_said(tmp_path, name):
    """A folder, nothing, or a name that can't be one."""
    with pytest.raises(InvalidInput):
        FileIdentity.of(tmp_path / name if not name.startswith("~") else type(tmp_path)(name))
