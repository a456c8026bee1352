"""The standard streams for the protocol alone: whatever else prints does so to standard error."""

import contextlib
import os
import sys
from collections.abc import Iterator

__all__ = ["own_streams"]


@contextlib.contextmanager
def own_streams() -> Iterator[tuple[int, int]]:
    """File descriptors of standard input and output as they were; meanwhile nothing else reads or writes them."""
    incoming, outgoing = os.dup(0), os.dup(1)
    nothing = os.open(os.devnull, os.O_RDONLY)
    try:
        os.dup2(nothing, 0)
        os.dup2(2, 1)
        yield incoming, outgoing
    finally:
        os.close(nothing)
        with contextlib.suppress(OSError, ValueError):
            sys.stdout.flush()  # what was printed meanwhile is no message
        os.dup2(incoming, 0)
        os.dup2(outgoing, 1)
        # The copies stay open: a thread may still wait for input at one of them.
