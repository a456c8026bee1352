"""Runs as data: states, progress, outputs."""

from collections.abc import Mapping
from datetime import datetime
from typing import Any, ClassVar, Final

import attrs

from stationthis_sdk.shown import Shown

__all__ = ["SUBMIT_INPUT", "OutputItem", "Progress", "RunRecord", "RunState", "without_submit"]

SUBMIT_INPUT: Final = "__stationthis_submit"
"""The reserved input that carries our submit id: the service keeps inputs it does not know and ignores them."""


class RunState(str):
    """The state of a run, as the service says it; one it has not said before is a live state.

    >>> RunState("success").final, RunState("running").final, RunState("defrosting").final
    (True, False, False)
    """

    __slots__ = ()

    FINAL: ClassVar[frozenset[str]] = frozenset({"success", "failed", "timeout", "cancelled"})
    ORDER: ClassVar[Mapping[str, int]] = {
        "not-started": 0,
        "queued": 1,
        "started": 2,
        "running": 3,
        "uploading": 4,
    }

    @property
    def final(self) -> bool:
        """Whether the run has ended; the end sticks."""
        return str(self) in self.FINAL

    @property
    def rank(self) -> int:
        """How far along this state is; a state we do not know counts as running."""
        return 9 if self.final else self.ORDER.get(str(self), 3)

    @property
    def phase(self) -> str:
        """The phase that time limits are named by: queue, cold start, execution or done."""
        if self.final:
            return "done"
        return {0: "queue", 1: "queue", 2: "cold start"}.get(self.rank, "execution")


@attrs.frozen
class Progress(Shown):
    """How far a run is. ``fraction`` is 0–1 and never goes back; ``message`` is the service's own word.

    ``eta`` is in seconds: what is left by the deployment's earlier runs, else by the fraction; None where nobody can tell.
    """

    state: RunState
    fraction: float = 0.0
    queue_position: int | None = None
    message: str = ""
    eta: float | None = attrs.field(default=None, eq=False)

    @property
    def phase(self) -> str:
        """queue, cold start, execution or done."""
        return self.state.phase

    def __str__(self) -> str:
        if self.state.phase == "queue":
            place = "" if self.queue_position is None else f", {self.queue_position} ahead"
            return f"{self.state}{place}"
        if self.state.final:
            return str(self.state)
        left = "" if self.eta is None else f", about {self.eta:.0f} s left"
        return f"{self.state} {self.fraction:.0%} {self.message}".rstrip() + left


@attrs.frozen
class OutputItem:
    """One thing a run made: a file at ``url``, or ``text``.

    ``kind`` is image, animation, video, audio, mesh, text or file. ``output_id`` is the name the workflow's
    author gave it. ``filename`` is the service's word and never chooses a path here.
    """

    kind: str
    url: str | None = None
    text: str | None = None
    filename: str = ""
    mime: str | None = None
    output_id: str | None = None
    node_id: str | None = None
    node_class: str | None = None
    entry_id: str | None = None
    is_public: bool | None = None

    @property
    def identity(self) -> tuple[str | None, str | None, str, str]:
        """What makes this item the same in two answers: a renewed signature is no new output."""
        where = self.url.partition("?")[0] if self.url else self.text
        return (self.entry_id, where, self.filename, self.kind)


@attrs.frozen
class RunRecord:
    """What is known of a run. Times are aware UTC; durations are seconds.

    The ids are those it was submitted with: a deployment's id, version and machine change when it is deployed anew.
    ``tags`` are kept on this machine only.
    """

    id: str
    state: RunState = RunState("not-started")  # noqa: RUF009 - a text, never changed
    fraction: float = 0.0
    live_status: str = ""
    queue_position: int | None = None
    inputs: Mapping[str, Any] = attrs.field(factory=dict)
    outputs: tuple[OutputItem, ...] = ()
    workflow_id: str | None = None
    workflow_version_id: str | None = None
    machine_id: str | None = None
    gpu: str | None = None
    origin: str | None = None
    created_at: datetime | None = None
    queued_at: datetime | None = None
    started_at: datetime | None = None
    ended_at: datetime | None = None
    duration: float | None = None
    run_duration: float | None = None
    submit_id: str | None = None
    deployment_id: str | None = None
    deployment_name: str | None = None
    tags: tuple[str, ...] = ()


def without_submit(inputs: Mapping[str, Any]) -> dict[str, Any]:
    """The inputs a person gave, without the one that is ours."""
    return {name: value for name, value in inputs.items() if name != SUBMIT_INPUT}
