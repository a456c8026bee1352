"""Where a training's pictures are while it is made ready, and the work on them off the loop."""

import asyncio
import contextlib
import os
import shutil
import tempfile
import threading
from collections.abc import Callable
from pathlib import Path
from typing import Any, Final, TypeVar

from stationthis_sdk.errors import SaveFailed, StationThisError

try:
    import fcntl
except ImportError:  # Windows
    fcntl = None  # type: ignore[assignment]

__all__ = ["Check", "clear", "made", "off_loop"]

T = TypeVar("T")

Check = Callable[[], None]
"""Called between two pictures: it raises when nobody waits for them any more."""
_PREFIX: Final = "stationthis-training-"
_LOCK: Final = ".held"
_held: dict[Path, int] = {}


class _GivenUp(Exception):
    """Whoever wanted it is gone."""


async def off_loop(work: Callable[..., T], *given: Any, **more: Any) -> T:
    """``work(*given, check=…, **more)`` in a thread; whoever breaks it off waits for the picture under way only.

    Raises:
        SaveFailed: the disk is full, or the memory.
    """
    stop = threading.Event()

    def check() -> None:
        if stop.is_set():
            raise _GivenUp

    working = asyncio.ensure_future(asyncio.to_thread(work, *given, check=check, **more))
    try:
        return await asyncio.shield(working)
    except asyncio.CancelledError:
        stop.set()
        await asyncio.wait({working})
        with contextlib.suppress(BaseException):
            working.result()  # nobody wants it
        raise
    except StationThisError:
        raise
    except OSError as error:
        raise SaveFailed(
            f"The pictures can't be made ready in {tempfile.gettempdir()}: {error.strerror or error}. Make room there, or "
            "have TMPDIR name another folder. Nothing was sent."
        ) from None
    except MemoryError:
        raise SaveFailed(
            "The pictures can't be made ready: there is not enough memory. Ask for a smaller resolution. Nothing was sent."
        ) from None


def made() -> Path:
    """A new folder; those that processes which were killed have left are taken away.

    Raises:
        SaveFailed: there can be none.
    """
    try:
        folder = Path(tempfile.mkdtemp(prefix=_PREFIX))
        _hold(folder)
    except OSError as error:
        raise SaveFailed(f"No temporary folder can be made: {error.strerror}. Nothing was sent.") from None
    for other in folder.parent.glob(f"{_PREFIX}*"):
        if other not in _held and _is_left(other):
            shutil.rmtree(other, ignore_errors=True)
    return folder


def clear(folder: Path) -> None:
    """Take it away."""
    if (lock := _held.pop(folder, None)) is not None:
        os.close(lock)
    shutil.rmtree(folder, ignore_errors=True)


def _hold(folder: Path) -> None:
    """As long as this process lives, everybody sees that it has the folder."""
    lock = os.open(folder / _LOCK, os.O_RDWR | os.O_CREAT, 0o600)
    _held[folder] = lock
    if fcntl is not None:
        with contextlib.suppress(OSError):  # a file system without locks
            fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)


def _is_left(folder: Path) -> bool:
    """Whether nobody holds it: its lock is there, and free."""
    try:
        lock = os.open(folder / _LOCK, os.O_RDWR)
    except OSError:
        return False  # somebody else's, or only just made
    try:
        if fcntl is not None:
            fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except OSError:
        return False
    else:
        return fcntl is not None
    finally:
        os.close(lock)
