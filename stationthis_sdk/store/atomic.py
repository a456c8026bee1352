"""Writing files whole: a reader sees the old file or the new one, never half of one."""

import contextlib
import errno
import os
import secrets
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import BinaryIO

from stationthis_sdk.errors import SaveFailed, StationThisError

__all__ = ["atomic_file", "put_new", "write_atomically"]


@contextlib.contextmanager
def atomic_file(
    path: Path, *, mode: int = 0o666, place: Callable[[Path], object] | None = None
) -> Iterator[BinaryIO]:
    """Write to a temporary file beside ``path`` and put it in place when the block ends well.

    ``mode`` is lowered by the process's umask. ``place`` may move the finished file elsewhere in the folder; by
    default it replaces ``path``. When anything goes wrong nothing is left behind.

    Raises:
        SaveFailed: disk full, no permission, no such folder.
    """
    if "\0" in str(path):
        raise SaveFailed(f"Can't save {str(path)!r}: there is a NUL in the name.")
    temporary = path.parent / f".stationthis-{secrets.token_hex(8)}.part"
    try:
        with os.fdopen(os.open(temporary, os.O_CREAT | os.O_EXCL | os.O_WRONLY, mode), "wb") as file:
            yield file
            file.flush()
            os.fsync(file.fileno())
        if place is None:
            temporary.replace(path)
        else:
            place(temporary)
    except StationThisError:
        raise
    except OSError as error:
        raise _failure(path, error) from None
    finally:
        with contextlib.suppress(OSError, ValueError):
            temporary.unlink(missing_ok=True)


def put_new(file: Path, path: Path) -> None:
    """Move a finished file to ``path``, where nothing may be.

    Raises:
        FileExistsError: something is there; it stays, and so does ``file``.
    """
    try:
        path.hardlink_to(file)
    except FileExistsError:
        raise
    except OSError:
        # No hard links on this file system: hold the name with an empty file for a moment.
        os.close(os.open(path, os.O_CREAT | os.O_EXCL | os.O_WRONLY))
        try:
            file.replace(path)
        except OSError:
            path.unlink()
            raise
    else:
        file.unlink()


def write_atomically(path: Path, content: bytes, *, mode: int = 0o666) -> None:
    """Write a small file whole."""
    with atomic_file(path, mode=mode) as file:
        file.write(content)


def _failure(path: Path, error: OSError) -> SaveFailed:
    if error.errno in {errno.ENOSPC, errno.EDQUOT}:
        what = "the disk is full; free some space and save again"
    elif error.errno in {errno.EACCES, errno.EPERM, errno.EROFS}:
        what = "writing there is not allowed; choose another folder"
    elif error.errno == errno.ENOENT:
        what = "there is no such folder"
    else:
        what = error.strerror or str(error)
    return SaveFailed(f"Can't save {path}: {what}. Nothing was left half-written.")
