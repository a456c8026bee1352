"""Whether anything in a folder was changed, by whatever process: a file that each change makes a byte longer."""

import itertools
import os
import weakref
from pathlib import Path
from typing import Final

__all__ = ["Changes", "Moment"]

Moment = tuple[int, int]
"""Which opening of the file, in this process, and how long it was."""

_openings: Final = itertools.count()


class Changes:
    """The file, opened. Of what was read after one moment nothing has changed while the moment is an equal one.

    >>> import tempfile
    >>> changes = Changes(Path(tempfile.mkdtemp()) / "changes")
    >>> before = changes.moment()
    >>> changes.moment() == before, changes.note(), changes.moment() == before
    (True, None, False)
    """

    def __init__(self, path: Path) -> None:
        self._file = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_APPEND, 0o600)
        self._opening = next(_openings)
        # Not closed before the last of those who look has let go of it: its number may be another file's by then.
        weakref.finalize(self, os.close, self._file).atexit = False

    def note(self) -> None:
        """There was a change, and it is on the disk."""
        os.write(self._file, b".")

    def moment(self) -> Moment | None:
        """This moment, on any thread, also an event loop's: one look at an open file. None when the file is gone."""
        try:
            found = os.fstat(self._file)
        except OSError:  # the disk is gone, too
            return None
        return (self._opening, found.st_size) if found.st_nlink else None
