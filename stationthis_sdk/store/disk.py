"""How rows of the cache are written: text keys, bytes. Nothing is ever pickled or unpickled (CVE-2025-69872)."""

import sqlite3
from pathlib import PurePath
from typing import Any, Final

from diskcache import Disk

__all__ = ["BINARY", "RAW", "PlainDisk", "is_inside"]

RAW: Final = 1
BINARY: Final = 2
"""diskcache's modes of a value in the row and of one in a file; 3 is text, 4 is pickle."""


class PlainDisk(Disk):  # type: ignore[misc]  # diskcache has no types
    """diskcache's disk without its pickles: what is not bytes under a text key is refused, both ways.

    A row that somebody planted is as if it were not there: diskcache takes an OSError for a value that is gone.
    """

    def put(self, key: Any) -> tuple[str, bool]:
        """The key as it is kept."""
        if type(key) is not str:
            raise TypeError(f"a key of the cache is text, not {type(key).__name__}")
        return key, True

    def get(self, key: Any, raw: Any) -> str:
        """The key that was kept; a pickled one is an empty text, and no key of ours."""
        return key if raw and isinstance(key, str) else ""

    def store(self, value: Any, read: Any, key: Any = None) -> tuple[int, int, str | None, Any]:  # noqa: ARG002
        """The value as it is kept."""
        if type(value) is not bytes or read:
            raise TypeError(f"a value of the cache is bytes, not {type(value).__name__}")
        kept: tuple[int, int, str | None, Any] = super().store(value, read=False)
        return kept

    def fetch(self, mode: Any, filename: Any, value: Any, read: Any) -> bytes:
        """The value that was kept.

        Raises:
            OSError: it is none of ours, or its file is gone.
        """
        if mode == RAW and isinstance(value, bytes | sqlite3.Binary) and not read:
            return bytes(value)
        if mode == BINARY and is_inside(filename) and not read:
            kept: bytes = super().fetch(mode, filename, value, read=False)
            return kept
        raise OSError("no row of ours")

    def remove(self, file_path: Any) -> None:
        """Take a value's file away, if it is one of ours."""
        if is_inside(file_path):
            super().remove(file_path)


def is_inside(filename: Any) -> bool:
    """Whether a value's file name stays in the cache's folder.

    >>> is_inside("a0/1b/77.val"), is_inside("../../config.toml"), is_inside("/etc/passwd")
    (True, False, False)
    """
    if not isinstance(filename, str) or "\0" in filename:
        return False
    path = PurePath(filename)
    return bool(path.parts) and not path.is_absolute() and ".." not in path.parts
