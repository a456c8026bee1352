"""Frozen data that everyone shares: no HTTP, no disk, no behaviour beyond reading itself."""

import uuid
from collections.abc import Mapping
from datetime import UTC, datetime
from typing import Any, ClassVar, Final

import attrs

from stationthis_sdk.errors import InvalidInput

__all__ = [
    "SUBMIT_INPUT",
    "DeploymentRecord",
    "InputField",
    "Machine",
    "Media",
    "OutputItem",
    "Progress",
    "RunRecord",
    "RunState",
    "Timeouts",
    "UploadedFile",
    "is_seconds",
    "is_uuid",
    "parse_time",
    "without_submit",
]

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
class Progress:
    """How far a run is. ``fraction`` is 0–1 and never goes back; ``message`` is the service's own word."""

    state: RunState
    fraction: float = 0.0
    queue_position: int | None = None
    message: str = ""

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
        return f"{self.state} {self.fraction:.0%} {self.message}".rstrip()


def is_seconds(value: object) -> bool:
    """Whether this can be a time limit: a number above 0.

    >>> is_seconds(1.5), is_seconds(0), is_seconds(True), is_seconds("5")
    (True, False, False, False)
    """
    return isinstance(value, int | float) and not isinstance(value, bool) and value > 0


def _check_seconds(_limits: Any, limit: Any, value: Any) -> None:
    if value is not None and not is_seconds(value):
        raise InvalidInput(f"The {limit.name} limit is seconds, more than 0, or None; got {value!r}.")


@attrs.frozen
class Timeouts:
    """Time limits in seconds, named by phase; None means no limit.

    connect: until a connection stands. read: between two bytes of an answer. queue: until a machine takes the
    run. cold_start: until it begins to work. execution: until it ends. total: all of it.
    """

    connect: float | None = attrs.field(default=10.0, validator=_check_seconds)
    read: float | None = attrs.field(default=60.0, validator=_check_seconds)
    queue: float | None = attrs.field(default=3600.0, validator=_check_seconds)
    cold_start: float | None = attrs.field(default=1800.0, validator=_check_seconds)
    execution: float | None = attrs.field(default=7200.0, validator=_check_seconds)
    total: float | None = attrs.field(default=None, validator=_check_seconds)

    def limit(self, phase: str) -> float | None:
        """The limit of one phase of a run."""
        limits = {"queue": self.queue, "cold start": self.cold_start, "execution": self.execution}
        return limits.get(phase)


@attrs.frozen(repr=False)
class InputField:
    """One input of a deployment: what it is called and what may be put into it.

    ``kind`` is text, number, integer, boolean, enum, seed, image, images, audio, video, file, lora or
    checkpoint. ``required`` is True where the graph has nothing to fall back on. ``also`` are other nodes of the
    graph that take the same value; it must suit them, too.
    """

    name: str
    kind: str
    default: Any = None
    minimum: float | None = None
    maximum: float | None = None
    step: float | None = None
    options: tuple[str, ...] | None = None
    label: str = ""
    description: str = ""
    required: bool = False
    class_type: str = ""
    also: tuple["InputField", ...] = ()

    def __repr__(self) -> str:
        return f"<{self}>"

    def __str__(self) -> str:
        if self.options:
            what = "|".join(self.options)
        elif self.minimum is not None and self.maximum is not None and self.kind != "seed":
            what = f"{self.minimum:g}–{self.maximum:g}"
        else:
            what = self.kind
        default = ""
        if self.kind not in {"seed", "text"} and self.default not in (None, ""):
            default = f" = {self.default}"
        return f"{self.name} {what}{default}" + (" (required)" if self.required else "")


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
    """What is known of a run. Times are aware UTC; durations are seconds."""

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


@attrs.frozen
class DeploymentRecord:
    """A deployment as the service describes it; ``graph`` is the API-format graph of its version."""

    id: str
    name: str
    environment: str
    workflow_id: str | None = None
    workflow_version_id: str | None = None
    machine_id: str | None = None
    share_slug: str | None = None
    description: str = ""
    version: int | None = None
    graph: Mapping[str, Any] | None = None
    input_types: tuple[Mapping[str, Any], ...] = ()
    gpu: str | None = None
    run_timeout: int | None = None
    concurrency_limit: int | None = None
    updated_at: datetime | None = None


@attrs.frozen
class UploadedFile:
    """A file the service holds. ``url`` of a private account is signed and dies after an hour."""

    id: str
    name: str
    url: str


@attrs.frozen
class Machine:
    """What runs graphs, as lists tell of it; ``gpu`` is None for machines of one's own."""

    id: str
    name: str
    type: str
    status: str
    gpu: str | None = None


@attrs.frozen
class Media:
    """Bytes on their way up: ``content`` is the bytes themselves or the path of a file that holds them."""

    content: Any = attrs.field(repr=False)
    filename: str
    mime: str


def without_submit(inputs: Mapping[str, Any]) -> dict[str, Any]:
    """The inputs a person gave, without the one that is ours."""
    return {name: value for name, value in inputs.items() if name != SUBMIT_INPUT}


def parse_time(text: object) -> datetime | None:
    """Read any of the service's forms of a time; all are UTC, whether they say so or not.

    Forms seen: padded milliseconds with Z, milliseconds with Z, naive with T, naive with a space, an offset
    ``+00:00``, the malformed offset ``+00Z``, and times that lost their seconds. Anything else is None.

    >>> str(parse_time("2026-11-22T06:29:10.276224+00Z")), parse_time("soon")
    ('2026-11-22 06:29:10.276224+00:00', None)
    """
    if not isinstance(text, str):
        return None
    text = text.strip().removesuffix("Z")
    if text.endswith("+00"):
        text += ":00"
    try:
        moment = datetime.fromisoformat(text)
        return moment.replace(tzinfo=UTC) if moment.tzinfo is None else moment.astimezone(UTC)
    except (ValueError, OverflowError):
        return None


def is_uuid(text: object) -> bool:
    """Whether this is an id as the service makes them.

    >>> is_uuid("5ea8723e-4701-4d69-8604-8932801f2083"), is_uuid("../x"), is_uuid(None)
    (True, False, False)
    """
    try:
        return isinstance(text, str) and str(uuid.UUID(text)) == text.lower()
    except ValueError:
        return False
