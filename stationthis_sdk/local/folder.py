"""The data folder of a gateway: its lock, its key, and the note that says where it answers.

Standard library only: whoever joins a gateway imports this, and must not pay for a server.
"""

import fcntl
import importlib.util
import json
import os
import secrets
import tempfile
import time
from pathlib import Path
from typing import Any, Final

__all__ = [
    "FolderInUse",
    "GatewayError",
    "Lock",
    "check_images",
    "is_served",
    "key_of",
    "killed_since",
    "prepare",
    "read_note",
    "write_note",
]

IMAGES_HINT: Final = "the local gateway draws with numpy and Pillow: pip install 'stationthis-sdk[images]'"
_LOCK: Final = "gateway.lock"
_NOTE: Final = "gateway.json"
_KEY: Final = "key"
_PORT: Final = "port"
_PATIENCE: Final = 0.5


class GatewayError(RuntimeError):
    """The local gateway could not be started, joined or kept."""


class FolderInUse(GatewayError):
    """Another gateway already serves the data folder."""


def check_images() -> None:
    """Say in one line what to install when numpy or Pillow is missing."""
    if any(importlib.util.find_spec(name) is None for name in ("numpy", "PIL")):
        raise GatewayError(IMAGES_HINT)


def prepare(folder: Path) -> Path:
    """Make the data folder, readable by its owner alone (mode 0700), and give its absolute path.

    The mode of a folder that holds somebody's other things is left alone.
    """
    folder = Path(os.path.abspath(folder))  # noqa: PTH100  keeps symlinks as the user wrote them
    try:
        folder.mkdir(mode=0o700, parents=True, exist_ok=True)
        if (folder / _LOCK).exists() or not any(folder.iterdir()):
            folder.chmod(0o700)
    except OSError as problem:
        raise GatewayError(
            f"the data folder {folder} can't be used: {problem}; choose another one"
        ) from problem
    return folder


class Lock:
    """The right to serve a folder, held by one gateway at a time and dropped by the kernel when it dies."""

    def __init__(self, folder: Path) -> None:
        self._path = folder / _LOCK
        self._file: int | None = None

    def take(self) -> None:
        """Take the lock, waiting a moment for people who only look; raises FolderInUse."""
        file = os.open(self._path, os.O_RDWR | os.O_CREAT, 0o600)
        end = time.monotonic() + _PATIENCE
        while True:
            try:
                fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
            except BlockingIOError:
                if time.monotonic() < end:
                    time.sleep(0.02)
                    continue
                os.close(file)
                pid = (read_note(self._path.parent) or {}).get("pid", "unknown")
                raise FolderInUse(
                    f"another gateway (pid {pid}) already serves {self._path.parent}: "
                    "join it, stop it, or use another data folder"
                ) from None
            self._file = file
            return

    def drop(self) -> None:
        """Give the folder free."""
        if self._file is not None:
            os.close(self._file)
            self._file = None


def is_served(folder: Path) -> bool:
    """Tell whether a living gateway holds the folder's lock."""
    try:
        file = os.open(folder / _LOCK, os.O_RDWR)
    except FileNotFoundError:
        return False
    try:
        fcntl.flock(file, fcntl.LOCK_SH | fcntl.LOCK_NB)
    except BlockingIOError:
        return True
    finally:
        os.close(file)
    return False


def key_of(folder: Path, key: str | None = None) -> str:
    """Give the folder's API key: the given one, else the one kept there, else a new random one (mode 0600)."""
    path = folder / _KEY
    if key is None and path.exists():
        kept = path.read_text("utf-8").strip()
        if kept:
            return kept
    key = key or f"local_{secrets.token_urlsafe(32)}"
    _write(path, key)
    return key


def read_note(folder: Path) -> dict[str, Any] | None:
    """Read where the folder's gateway says it answers: base_url, key, pid; None when there is no such note."""
    try:
        note = json.loads((folder / _NOTE).read_text("utf-8"))
    except (OSError, ValueError):
        return None
    if not isinstance(note, dict) or not {"base_url", "key", "pid"} <= note.keys():
        return None
    return note


def killed_since(folder: Path) -> int | None:
    """When the last gateway began to answer (microseconds since 1970), if it ended without removing its note."""
    try:
        return (folder / _NOTE).stat().st_mtime_ns // 1000
    except OSError:
        return None


def write_note(folder: Path, base_url: str, key: str) -> None:
    """Say where this process answers (atomically, mode 0600)."""
    _write(folder / _NOTE, json.dumps({"base_url": base_url, "key": key, "pid": os.getpid()}))


def forget_note(folder: Path) -> None:
    """Remove the note, once nothing answers any more."""
    (folder / _NOTE).unlink(missing_ok=True)


def last_port(folder: Path) -> int | None:
    """The port a gateway of this folder listened on last."""
    try:
        return int((folder / _PORT).read_text("ascii"))
    except (OSError, ValueError):
        return None


def remember_port(folder: Path, port: int) -> None:
    """Keep the port for the next start."""
    _write(folder / _PORT, str(port))


def _write(path: Path, text: str) -> None:
    handle, name = tempfile.mkstemp(dir=path.parent, prefix=f".{path.name}-")  # mode 0600 from the start
    try:
        with os.fdopen(handle, "w", encoding="utf-8") as file:
            file.write(text)
        os.replace(name, path)  # noqa: PTH105  atomic, and says so
    except BaseException:
        Path(name).unlink(missing_ok=True)
        raise
