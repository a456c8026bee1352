"""Writing files whole: a reader sees the old file or the new one, never half of one."""

import contextlib
import errno
import os
import secrets
from collections.abc import Iterator
from pathlib import Path
from typing import BinaryIO

from ..errors import SaveFailed, StationThisError

__all__ = ["atomic_file", "write_atomically"]


@contextlib.contextmanager
def atomic_file(path: Path, *, mode: int = 0o666, overwrite: bool = True) -> Iterator[BinaryIO]:
    """Write to a temporary file beside ``path`` and put it in place when the block ends well.

    ``mode`` is lowered by the process's umask. With ``overwrite=False`` a file that is already there stays, and
    ``FileExistsError`` is raised. When anything goes wrong nothing is left behind.

    Raises:
        SaveFailed: disk full, no permission, no such folder.
    """
    temporary = path.parent / f".stationthis-{secrets.token_hex(8)}.part"
    try:
        with open(os.open(temporary, os.O_CREAT | os.O_EXCL | os.O_WRONLY, mode), "wb") as file:
            yield file
            file.flush()
            os.fsync(file.fileno())
        if overwrite:
            temporary.replace(path)
        else:
            path.hardlink_to(temporary)
    except (StationThisError, FileExistsError):
        raise
    except OSError as error:
        raise _failure(path, error) from None
    finally:
        temporary.unlink(missing_ok=True)


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
