"""What a node is to the engine: its slots, the work it does, and what it may ask of the run around it."""

from collections import Counter
from collections.abc import Callable, Mapping
from types import MappingProxyType
from typing import Any, Final

import attrs

from stationthis_sdk.local.engines import Files, NodeOutput, NodeStepped, Report, Stopped

__all__ = [
    "CLASSES",
    "NodeClass",
    "Slot",
    "Work",
    "node_class",
]


@attrs.frozen
class Slot:
    """One input of a node class. ``type`` is ComfyUI's word; COMBO takes one of ``options``."""

    type: str
    required: bool = True
    default: Any = None
    minimum: float | None = None
    maximum: float | None = None
    options: tuple[str, ...] = ()

    @property
    def names_file(self) -> bool:
        """Whether it takes one of the uploaded files: ComfyUI's choices are those it has."""
        return self.type == "COMBO" and self.required and not self.options


@attrs.frozen
class NodeClass:
    """A class of nodes. ``weight`` is its share of a run's progress."""

    name: str
    slots: Mapping[str, Slot]
    outputs: tuple[str, ...]
    work: Callable[..., tuple[Any, ...]]
    is_output: bool = False
    weight: int = 1


@attrs.frozen
class Work:
    """What a node at work may ask for."""

    node_id: str
    class_type: str
    files: Files
    metadata: Mapping[str, Any]
    report: Report
    stopped: Callable[[], bool]
    share: Callable[[float], float]
    names: Counter[str]

    def check(self) -> None:
        """Raise Stopped when the run was asked to end."""
        if self.stopped():
            raise Stopped

    def step(self, value: int, maximum: int, says: str = "") -> None:
        """Report a step done, after checking whether to go on; ``says`` are words of its own for the log."""
        self.check()
        share = self.share(value / maximum)
        self.report(NodeStepped(self.node_id, self.class_type, value, maximum, share, says))

    def number(self, name: str) -> int:
        """Count the files of one name in this run, from 1."""
        self.names[name] += 1
        return self.names[name]

    def put(self, data: dict[str, list[Any]], *, uploaded: bool) -> None:
        """Put out what the run is for."""
        self.report(NodeOutput(self.node_id, self.class_type, data, uploaded))


CLASSES: Final[dict[str, NodeClass]] = {}
"""The classes the engine has, by name; each module of nodes adds its own."""


def node_class(
    *names: str,
    outputs: tuple[str, ...] = (),
    is_output: bool = False,
    weight: int = 1,
    also: Mapping[str, Slot] = MappingProxyType({}),
    **slots: Slot,
) -> Callable[[Callable[..., tuple[Any, ...]]], Callable[..., tuple[Any, ...]]]:
    """Add a function as the work of one or more node classes; ``also`` holds slots that many share."""

    def add(work: Callable[..., tuple[Any, ...]]) -> Callable[..., tuple[Any, ...]]:
        for name in names:
            CLASSES[name] = NodeClass(name, {**slots, **also}, outputs, work, is_output, weight)
        return work

    return add


def whole(minimum: int, maximum: int, default: int | None = None) -> Slot:
    """An INT slot; required unless it has a default."""
    return Slot("INT", default is None, default, minimum, maximum)


def real(minimum: float, maximum: float, default: float | None = None) -> Slot:
    """A FLOAT slot; required unless it has a default."""
    return Slot("FLOAT", default is None, default, minimum, maximum)


def one_of(*options: str, default: str | None = None) -> Slot:
    """A COMBO slot; required unless it has a default."""
    return Slot("COMBO", default is None, default, options=options)


TEXT: Final = Slot("STRING")
IMAGE: Final = Slot("IMAGE")
ANY: Final = Slot("*")
MASK: Final = Slot("MASK")


def needed(slot: Slot) -> Slot:
    """The slot with its default, but required: ComfyUI's editor fills such an input, its server insists on it."""
    return attrs.evolve(slot, required=True)


def switch(default: bool) -> Slot:
    """A BOOLEAN slot that is required, with the editor's default."""
    return Slot("BOOLEAN", default=default)
