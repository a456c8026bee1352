"""The standard streams for the protocol alone: whatever else prints does so to standard error."""

import contextlib
import os
import sys
from collections.abc import Iterator

__all__ = ["own_streams"]


@contextlib.contextmanager
def own_streams() -> Iterator[tuple[int, int]]:
    """File descriptors of standard input and output as they were; meanwhile nothing else reads or writes them.

    To be entered before anything is opened that could take the number of a stream that was closed: one that was is empty.
    The two stay open at the end, for a thread may still be waiting at one of them.
    """
    incoming = os.open(os.devnull, os.O_RDONLY) if sys.__stdin__ is None else os.dup(0)
    outgoing = os.open(os.devnull, os.O_WRONLY) if sys.__stdout__ is None else os.dup(1)
    if sys.__stdin__ is not None:
        nothing = os.open(os.devnull, os.O_RDONLY)
        os.dup2(nothing, 0)
        os.close(nothing)
    if sys.__stdout__ is not None and sys.__stderr__ is not None:
        os.dup2(2, 1)
    try:
        yield incoming, outgoing
    finally:
        with contextlib.suppress(OSError, ValueError):
            sys.stdout.flush()  # what was printed meanwhile is no message
        if sys.__stdin__ is not None:
            os.dup2(incoming, 0)
        if sys.__stdout__ is not None:
            os.dup2(outgoing, 1)
