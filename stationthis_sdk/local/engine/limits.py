"""What one run of the built-in engine may use, so that no graph takes the machine with it."""

import os
from typing import Final

import attrs

__all__ = ["LIMITS", "Limits"]

_MEGA: Final = 2**20


@attrs.frozen(kw_only=True)
class Limits:
    """All of them are generous for a person's graphs, and small beside a machine.

    ``pixels`` are those of one value, all of its batch together; ``held`` the bytes of a run's results between its
    nodes; ``cached`` the bytes of results kept for later runs by each worker process; ``memory`` a worker's address
    space; ``seconds`` the time a run may work; ``workers`` how many runs are at work at once; ``nice`` how far they
    step back behind the machine's other work.
    """

    nodes: int = 2000
    pixels: int = 2**24
    held: int = 1024 * _MEGA
    cached: int = 256 * _MEGA
    memory: int = 3 * 1024 * _MEGA
    seconds: float = 3600.0
    workers: int = attrs.field(factory=lambda: max(2, os.cpu_count() or 2))
    nice: int = 5


LIMITS: Final = Limits()
