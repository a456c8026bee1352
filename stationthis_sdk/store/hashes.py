"""Hashes of files, which are read once as long as they stay as they are. Blocks."""

import hashlib
import os
import time
from collections import OrderedDict
from pathlib import Path
from threading import Lock
from typing import Final

from stationthis_sdk.errors import InvalidInput

__all__ = ["sha256_of_file"]

_MOST: Final = 4096
_SETTLED_SECONDS: Final = 2.0
"""A file that was changed just now may change again within one tick of its disk's clock: it is not remembered."""

_Stamp = tuple[int, int, int, int]
_known: OrderedDict[str, tuple[_Stamp, str]] = OrderedDict()
_lock = Lock()


def sha256_of_file(path: Path) -> str:
    """The hash of a file's bytes; remembered by path, inode, size and times.

    Raises:
        InvalidInput: it can't be read.
    """
    name = os.fspath(path)
    try:
        with path.open("rb") as file:
            seen = os.fstat(file.fileno())
            stamp = (seen.st_ino, seen.st_size, seen.st_mtime_ns, seen.st_ctime_ns)
            with _lock:
                known = _known.get(name)
                if known is not None and known[0] == stamp:
                    _known.move_to_end(name)
                    return known[1]
            digest = hashlib.file_digest(file, "sha256").hexdigest()
    except OSError as error:
        raise InvalidInput(f"{name!r} can't be read any more: {error.strerror}.") from None
    if time.time() - max(seen.st_mtime, seen.st_ctime) > _SETTLED_SECONDS:
        with _lock:
            _known[name] = (stamp, digest)
            while len(_known) > _MOST:
                _known.popitem(last=False)
    return digest
