"""The folder of a recording: whole, and never over somebody's files."""

import errno
import json
import os
from pathlib import Path

import pytest

from stationthis_sdk.contract.record import Recording
from stationthis_sdk.errors import InvalidInput, SaveFailed

REQUEST = {"method": "GET", "path": "/things", "params": {}}


def recorded(folder: Path, *names: str) -> int:
    recording = Recording(folder)
    for name in names:
        recording.add(name, REQUEST, 200, [{"name": name}])
    return recording.finish()


def test_it_makes_the_folder_and_a_file_each(tmp_path: Path) -> None:
    """Only at the end, and with nothing beside them."""
    folder = tmp_path / "new" / "answers"
    recording = Recording(folder)
    recording.add("things_list", REQUEST, 200, [])
    assert not folder.exists()
    assert recording.finish() == 1
    assert [one.name for one in folder.iterdir()] == ["things_list.json"]
    assert json.loads((folder / "things_list.json").read_text("utf-8")) == {
        "operation": "things_list",
        "request": REQUEST,
        "status": 200,
        "body": [],
    }


def test_an_earlier_recording_is_replaced_as_a_whole(tmp_path: Path) -> None:
    """What is not answered any more goes; without any answer all stays."""
    recorded(tmp_path, "a", "b")
    assert recorded(tmp_path, "b", "c") == 2
    assert sorted(one.name for one in tmp_path.iterdir()) == ["b.json", "c.json"]
    assert recorded(tmp_path) == 0
    assert len(list(tmp_path.iterdir())) == 2


@pytest.mark.parametrize(
    ("name", "content"),
    [
        ("notes.txt", "mine"),
        ("things.json", "[]"),
        ("things.json", "{"),
        ("things.json", '{"operation": "things", "status": 200}'),
        ("other.json", '{"operation": "things", "request": {}, "status": 200, "body": []}'),
    ],
)
def test_other_files_are_never_touched(tmp_path: Path, name: str, content: str) -> None:
    """A folder with anything else in it is refused before anything is asked."""
    recorded(tmp_path, "a")
    (tmp_path / name).write_text(content, "utf-8")
    with pytest.raises(InvalidInput, match="Choose a new or empty folder") as refused:
        Recording(tmp_path)
    assert name in str(refused.value)
    assert (tmp_path / name).read_text("utf-8") == content


def test_a_file_that_comes_meanwhile_is_kept(tmp_path: Path) -> None:
    """The folder is looked at again before it is written to."""
    recording = Recording(tmp_path)
    recording.add("a", REQUEST, 200, [])
    (tmp_path / "a.json").write_text("mine", "utf-8")
    with pytest.raises(InvalidInput, match=r"a\.json"):
        recording.finish()
    assert (tmp_path / "a.json").read_text("utf-8") == "mine"


def test_links_and_files_are_no_folder_of_ours(tmp_path: Path) -> None:
    """A link that looks like a recorded file, a link to nowhere, a file in the folder's place."""
    elsewhere, folder = tmp_path / "elsewhere", tmp_path / "folder"
    recorded(elsewhere, "a")
    folder.mkdir()
    (folder / "a.json").symlink_to(elsewhere / "a.json")
    (tmp_path / "nowhere").symlink_to(tmp_path / "gone")
    (tmp_path / "file").write_text("", "utf-8")
    for odd in (folder, tmp_path / "nowhere", tmp_path / "file", Path("a\0b")):
        with pytest.raises(InvalidInput):
            Recording(odd)


def test_what_a_killed_recording_left_is_no_hindrance(tmp_path: Path) -> None:
    """Its half is no answer and stands in nobody's way."""
    (tmp_path / ".stationthis-1234.part").mkdir()
    assert recorded(tmp_path, "a") == 1


@pytest.mark.parametrize("fatal", [KeyboardInterrupt, OSError(errno.EIO, "I/O error")])
@pytest.mark.parametrize("which", [1, 2])
def test_half_a_recording_is_none(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, fatal: type[BaseException] | OSError, which: int
) -> None:
    """Interrupted while the files are put in place, the folder holds what it held before."""
    recorded(tmp_path, "a", "b")
    before = {path.name: path.read_bytes() for path in tmp_path.iterdir()}
    recording = Recording(tmp_path)
    for name in ("b", "c", "d"):
        recording.add(name, REQUEST, 200, "new")
    replace, moved = Path.replace, []

    def faulty(self: Path, target: Path) -> Path:
        if target.parent == tmp_path:
            moved.append(target)
            if len(moved) == which + 1:
                raise fatal
        return replace(self, target)

    with monkeypatch.context() as patch:
        patch.setattr(Path, "replace", faulty)
        with pytest.raises((KeyboardInterrupt, SaveFailed)):
            recording.finish()
    assert {path.name: path.read_bytes() for path in tmp_path.iterdir()} == before


def test_a_full_disk_leaves_nothing(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """No folder that was not there, and a line that names the file by its place, not by where it was staged."""

    def full(_: int) -> None:
        raise OSError(errno.ENOSPC, "No space left on device")

    monkeypatch.setattr(os, "fsync", full)
    with pytest.raises(SaveFailed, match=r"new/answers/a\.json: the disk is full") as failed:
        recorded(tmp_path / "new" / "answers", "a")
    assert ".part" not in str(failed.value)
    assert list(tmp_path.iterdir()) == []


def test_where_nothing_can_be_written_is_told_before(tmp_path: Path) -> None:
    """A file on the way, or a place for readers only: nobody waits minutes for that."""
    (tmp_path / "file").write_text("", "utf-8")
    with pytest.raises(InvalidInput, match="Not a directory"):
        Recording(tmp_path / "file" / "answers")
    with pytest.raises(InvalidInput, match="Can't record in"):
        Recording(Path("/proc/self/answers"))


def test_a_link_to_a_folder_is_that_folder(tmp_path: Path) -> None:
    """Recorded through it, and it stays a link."""
    (tmp_path / "there").mkdir()
    (tmp_path / "link").symlink_to(tmp_path / "there")
    assert recorded(tmp_path / "link", "a") == recorded(tmp_path / "link", "b") == 1
    assert (tmp_path / "link").is_symlink()
    assert [path.name for path in (tmp_path / "there").iterdir()] == ["b.json"]


def test_a_folder_that_can_t_be_made_is_told(tmp_path: Path) -> None:
    """In one line, with the reason."""
    recording = Recording(tmp_path / "file" / "answers")
    recording.add("a", REQUEST, 200, [])
    (tmp_path / "file").write_text("", "utf-8")
    with pytest.raises(SaveFailed, match="Can't record in"):
        recording.finish()
