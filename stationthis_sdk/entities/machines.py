"""Machines as data."""

import attrs

__all__ = ["MachineRecord"]


@attrs.frozen
class MachineRecord:
    """What runs graphs, as lists tell of it; ``gpu`` is None for machines of one's own."""

    id: str
    name: str
    type: str
    status: str
    gpu: str | None = None
