"""What one run of the built-in engine may use, so that no graph takes the machine with it."""

import os
from contextvars import ContextVar
from typing import Final

import attrs

__all__ = ["IN_FORCE", "LIMITS", "Limits"]

_MEGA: Final = 2**20


@attrs.frozen(kw_only=True)
class Limits:
    """All of them are generous for a person's graphs, and small beside a machine.

    ``pixels`` are those of one value, all of its batch together: 16.7 million, about 200 MB; ``held`` the bytes of a
    run's results between its nodes; ``kept`` the bytes of its output files; ``told`` the characters of what its nodes
    put out, names of files among them; ``cached`` the bytes of results kept for later runs by each worker process; ``memory`` a worker's address
    space; ``seconds`` the time a run may work; ``workers`` how many runs are at work at once; ``nice`` how far they
    step back behind the machine's other work.
    """

    nodes: int = 2000
    pixels: int = 2**24
    held: int = 1024 * _MEGA
    kept: int = 4096 * _MEGA
    told: int = 32 * _MEGA
    cached: int = 256 * _MEGA
    memory: int = 3 * 1024 * _MEGA
    seconds: float = 3600.0
    workers: int = attrs.field(factory=lambda: max(2, os.cpu_count() or 2))
    nice: int = 5


LIMITS: Final = Limits()

IN_FORCE: Final[ContextVar[Limits]] = ContextVar("limits of the run", default=LIMITS)
"""Those of the run that the thread is at."""
