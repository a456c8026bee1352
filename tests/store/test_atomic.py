"""Files are written whole or not at all, whatever goes wrong."""

import errno
import os
import signal
import stat
import subprocess
import sys
import tempfile
import textwrap
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as some

from stationthis_sdk.errors import DownloadFailed, SaveFailed
from stationthis_sdk.store.atomic import atomic_file, put_new, write_atomically


def fresh_folder(tmp_path_factory) -> Path:
    """A folder for one example; numbering them as pytest does would take longer than the test."""
    return Path(tempfile.mkdtemp(dir=tmp_path_factory.getbasetemp()))


def run(code: str, *arguments: str) -> subprocess.CompletedProcess[str]:
    """Run code in a process of its own."""
    command = [sys.executable, "-c", textwrap.dedent(code), *arguments]
    return subprocess.run(command, capture_output=True, text=True, timeout=50, check=False)


@given(some.binary(), some.binary())
def test_the_content_is_what_was_written(tmp_path_factory, old, new):
    """A file holds the new content to the byte, and nothing else is left in the folder."""
    path = fresh_folder(tmp_path_factory) / "a file"
    write_atomically(path, old)
    write_atomically(path, new)
    assert path.read_bytes() == new
    assert list(path.parent.iterdir()) == [path]


@pytest.mark.parametrize("error", [ValueError("x"), KeyboardInterrupt(), DownloadFailed("x"), OSError("x")])
def test_an_error_in_between(tmp_path, error):
    """When the writing breaks off, the old file stays and nothing is left behind."""
    path = tmp_path / "a"
    path.write_bytes(b"old")

    def write_half():
        with atomic_file(path) as file:
            file.write(b"new")
            raise error

    with pytest.raises(SaveFailed if type(error) is OSError else type(error)):
        write_half()
    assert path.read_bytes() == b"old"
    assert list(tmp_path.iterdir()) == [path]


def test_the_disk_is_full(tmp_path):
    """When the system takes no more bytes, that is a SaveFailed of one line; the old file stays, alone."""
    (tmp_path / "a").write_bytes(b"old")
    done = run(
        """
        import resource, signal, sys
        from pathlib import Path
        from stationthis_sdk.errors import SaveFailed
        from stationthis_sdk.store.atomic import write_atomically
        signal.signal(signal.SIGXFSZ, signal.SIG_IGN)
        resource.setrlimit(resource.RLIMIT_FSIZE, (100_000, 100_000))
        for size in (1_000_000, 100_001):
            try:
                write_atomically(Path(sys.argv[1]), b"x" * size)
            except SaveFailed as error:
                print(error)
        """,
        str(tmp_path / "a"),
    )
    assert done.stderr == ""
    assert (
        done.stdout.splitlines()
        == [f"Can't save {tmp_path}/a: File too large. Nothing was left half-written."] * 2
    )
    assert (tmp_path / "a").read_bytes() == b"old"
    assert list(tmp_path.iterdir()) == [tmp_path / "a"]


@pytest.mark.parametrize(
    ("number", "says"),
    [
        (errno.ENOSPC, "disk is full; free some space"),
        (errno.EDQUOT, "disk is full"),
        (errno.EACCES, "not allowed; choose another folder"),
        (errno.EROFS, "not allowed"),
        (errno.EIO, "Input/output error"),
    ],
)
def test_what_the_system_says_in_words(tmp_path, number, says):
    """Each failure of the system is told with what to do about it."""
    with pytest.raises(SaveFailed, match=says), atomic_file(tmp_path / "a"):
        raise OSError(number, os.strerror(number))
    assert list(tmp_path.iterdir()) == []


def test_places_that_are_none(tmp_path):
    """A missing folder, a file in a folder's place, a folder in the file's place and a NUL are SaveFailed in one line."""
    (tmp_path / "file").touch()
    (tmp_path / "folder").mkdir()
    (tmp_path / "folder" / "inside").touch()
    places = {
        "none/a": "no such folder",
        "file/a": "Not a directory",
        "folder": "Is a directory",
        "a\x00b": "NUL",
        "a" * 300: "too long",
    }
    for name, says in places.items():
        with pytest.raises(SaveFailed, match=says) as caught:
            write_atomically(tmp_path / name, b"x")
        assert "\n" not in str(caught.value)
    assert sorted(path.name for path in tmp_path.iterdir()) == ["file", "folder"]


def test_a_kill_in_the_middle(tmp_path):
    """SIGKILL while writing leaves the old file as it was."""
    path = tmp_path / "a"
    path.write_bytes(b"old")
    done = run(
        """
        import os, signal, sys
        from pathlib import Path
        from stationthis_sdk.store.atomic import atomic_file
        with atomic_file(Path(sys.argv[1])) as file:
            file.write(b"x" * 1_000_000)
            file.flush()
            os.kill(os.getpid(), signal.SIGKILL)
        """,
        str(path),
    )
    assert done.returncode == -signal.SIGKILL
    assert path.read_bytes() == b"old"
    assert all(other.name.startswith(".stationthis-") for other in tmp_path.iterdir() if other != path)


@pytest.mark.parametrize(
    ("umask", "mode", "wanted"),
    [("022", "666", "644"), ("077", "666", "600"), ("000", "600", "600"), ("027", "666", "640")],
)
def test_mode_and_umask(tmp_path, umask, mode, wanted):
    """The mode is lowered by the umask, as for any file, also when it replaces one."""
    code = """
        import os, sys
        from pathlib import Path
        from stationthis_sdk.store.atomic import write_atomically
        os.umask(int(sys.argv[2], 8))
        for _ in range(2):
            write_atomically(Path(sys.argv[1]), b"x", mode=int(sys.argv[3], 8))
        """
    assert run(code, str(tmp_path / "a"), umask, mode).stderr == ""
    assert stat.S_IMODE((tmp_path / "a").stat().st_mode) == int(wanted, 8)


def test_a_link_is_replaced_not_followed(tmp_path):
    """A symbolic link in the file's place is replaced; what it points to stays."""
    (tmp_path / "target").write_bytes(b"kept")
    (tmp_path / "a").symlink_to(tmp_path / "target")
    write_atomically(tmp_path / "a", b"new")
    assert (tmp_path / "target").read_bytes() == b"kept"
    assert (tmp_path / "a").read_bytes() == b"new"
    assert not (tmp_path / "a").is_symlink()


def test_readers_see_whole_files(tmp_path):
    """Whoever reads while others write sees one of the whole contents."""
    path = tmp_path / "a"
    contents = [bytes([letter]) * 50_000 for letter in b"abc"]
    write_atomically(path, contents[0])
    with ThreadPoolExecutor(4) as pool:
        writing = [pool.submit(write_atomically, path, contents[number % 3]) for number in range(30)]
        seen = {path.read_bytes() for _ in range(100)}
        for one in writing:
            one.result()
    assert seen <= set(contents)
    assert list(tmp_path.iterdir()) == [path]


@pytest.mark.parametrize("links", [True, False])
def test_putting_where_nothing_is(tmp_path, monkeypatch, links):
    """A file moves to a free name, never over what is there: a file, a folder or a dead link."""
    if not links:
        monkeypatch.setattr(os, "link", lambda *_: (_ for _ in ()).throw(PermissionError(1, "no links here")))
    file = tmp_path / "file"
    file.write_bytes(b"x")
    (tmp_path / "there").write_bytes(b"kept")
    (tmp_path / "folder").mkdir()
    (tmp_path / "dead").symlink_to(tmp_path / "nowhere")
    for name in ("there", "folder", "dead"):
        with pytest.raises(FileExistsError):
            put_new(file, tmp_path / name)
    put_new(file, tmp_path / "free")
    assert (tmp_path / "free").read_bytes() == b"x"
    assert (tmp_path / "there").read_bytes() == b"kept"
    assert sorted(path.name for path in tmp_path.iterdir()) == ["dead", "folder", "free", "there"]
    with pytest.raises(FileNotFoundError):
        put_new(file, tmp_path / "other")
    assert not (tmp_path / "other").exists()
