"""Lists of deployments, workflows, versions, machines, batches, models and sessions as frames."""

from collections.abc import Callable, Iterable, Mapping
from typing import TYPE_CHECKING, Any, Final

from stationthis_sdk.entities.batches import moment
from stationthis_sdk.errors import StationThisError
from stationthis_sdk.frames.making import frame_of
from stationthis_sdk.twins import twin

if TYPE_CHECKING:
    import pandas as pd

__all__ = [
    "frame_of_batches",
    "frame_of_deployments",
    "frame_of_machines",
    "frame_of_models",
    "frame_of_sessions",
    "frame_of_versions",
    "frame_of_workflows",
]

Columns = Mapping[str, tuple[str, Callable[[Any], Any]]]
"""What each column holds, and how a thing tells it."""


def frame_of_deployments(deployments: Iterable[Any]) -> "pd.DataFrame":
    """One row a deployment. ``inputs`` is what it takes, in words; time limits are durations."""
    return _frame(deployments, _DEPLOYMENT)


def frame_of_workflows(workflows: Iterable[Any]) -> "pd.DataFrame":
    """One row a workflow; ``version`` and ``inputs`` of the newest version are missing where a list tells no versions."""
    return _frame(workflows, _WORKFLOW)


def frame_of_versions(versions: Iterable[Any]) -> "pd.DataFrame":
    """One row a version of a workflow."""
    return _frame(versions, _VERSION)


def frame_of_machines(machines: Iterable[Any]) -> "pd.DataFrame":
    """One row a machine; settings are missing where a list does not tell them."""
    return _frame(machines, _MACHINE)


def frame_of_batches(batches: Iterable[Any]) -> "pd.DataFrame":
    """One row a batch. ``cost`` and ``budget`` are in US dollars; ``ended_at`` is missing until it is done or cancelled."""
    return _frame(batches, _BATCH)


def frame_of_models(models: Iterable[Any]) -> "pd.DataFrame":
    """One row a model file; ``size`` is in bytes."""
    return _frame(models, _MODEL)


def frame_of_sessions(sessions: Iterable[Any]) -> "pd.DataFrame":
    """One row a session."""
    return _frame(sessions, _SESSION)


def _frame(things: Iterable[Any], columns: Columns) -> "pd.DataFrame":
    ways = [way for _, way in columns.values()]
    rows = [[way(thing) for way in ways] for thing in map(twin, things)]
    return frame_of({name: kind for name, (kind, _) in columns.items()}, rows)


def _told(name: str) -> Callable[[Any], Any]:
    return lambda thing: getattr(thing.record, name)


def _setting(name: str, kind: type | tuple[type, ...] = int) -> Callable[[Any], Any]:
    """A setting of a machine, if it is what it should be."""

    def read(machine: Any) -> Any:
        value = machine.settings.get(name)
        return value if isinstance(value, kind) and not isinstance(value, bool) else None

    return read


def _batch(name: str) -> Callable[[Any], Any]:
    return lambda batch: getattr(batch._record, name)  # noqa: SLF001 - the two know each other


def _progress(name: str) -> Callable[[Any], Any]:
    return lambda batch: getattr(batch.progress, name)


def _ended(batch: Any) -> Any:
    return moment(_batch("updated_at")(batch)) if batch.state in {"done", "cancelled"} else None


def _inputs(thing: Any) -> str | None:
    """What a deployment or the newest version of a workflow takes, in words; None where nobody can tell."""
    try:
        return None if thing is None else str(thing.inputs)
    except StationThisError:  # a version without a graph
        return None


_DEPLOYMENT: Final[Columns] = {
    "deployment_id": ("text", _told("id")),
    "name": ("text", _told("name")),
    "environment": ("category", _told("environment")),
    "version": ("whole", _told("version")),
    "machine": ("text", _told("machine_name")),
    "gpu": ("category", _told("gpu")),
    "concurrency_limit": ("whole", _told("concurrency_limit")),
    "keep_warm": ("whole", _told("keep_warm")),
    "run_timeout": ("duration", _told("run_timeout")),
    "idle_timeout": ("duration", _told("idle_timeout")),
    "inputs": ("text", _inputs),
    "description": ("text", _told("description")),
    "created_at": ("time", _told("created_at")),
    "updated_at": ("time", _told("updated_at")),
    "activated_at": ("time", _told("activated_at")),
}
_WORKFLOW: Final[Columns] = {
    "workflow_id": ("text", _told("id")),
    "name": ("text", _told("name")),
    "description": ("text", _told("description")),
    "pinned": ("truth", _told("pinned")),
    "version": ("whole", lambda workflow: None if workflow.newest is None else workflow.newest.number),
    "inputs": ("text", lambda workflow: _inputs(workflow.newest)),
    "created_at": ("time", _told("created_at")),
    "updated_at": ("time", _told("updated_at")),
}
_VERSION: Final[Columns] = {
    "version_id": ("text", _told("id")),
    "number": ("whole", _told("number")),
    "comment": ("text", _told("comment")),
    "created_at": ("time", _told("created_at")),
}
_MACHINE: Final[Columns] = {
    "machine_id": ("text", _told("id")),
    "name": ("text", _told("name")),
    "kind": ("category", _told("type")),
    "status": ("category", _told("status")),
    "gpu": ("category", _told("gpu")),
    "concurrency_limit": ("whole", _setting("concurrency_limit")),
    "keep_warm": ("whole", _setting("keep_warm")),
    "run_timeout": ("duration", _setting("run_timeout", (int, float))),
    "idle_timeout": ("duration", _setting("idle_timeout", (int, float))),
    "created_at": ("time", _told("created_at")),
    "updated_at": ("time", _told("updated_at")),
}
_BATCH: Final[Columns] = {
    "name": ("text", lambda batch: batch.name),
    "deployment": ("text", lambda batch: batch.deployment_name),
    "environment": ("category", _batch("environment")),
    "version": ("whole", _batch("version")),
    "state": ("category", lambda batch: batch.state),
    "why": ("text", lambda batch: batch.why),
    "total": ("whole", _progress("total")),
    "succeeded": ("whole", _progress("succeeded")),
    "failed": ("whole", _progress("failed")),
    "live": ("whole", _progress("live")),
    "pending": ("whole", _progress("pending")),
    "saved": ("whole", _progress("saved")),
    "cost": ("number", _progress("cost")),
    "unknown_costs": ("whole", _progress("unknown_costs")),
    "budget": ("number", _batch("budget")),
    "out": ("text", lambda batch: batch.out),
    "created_at": ("time", lambda batch: moment(_batch("created_at")(batch))),
    "ended_at": ("time", _ended),
}
_MODEL: Final[Columns] = {
    "path": ("text", _told("path")),
    "folder": ("text", _told("folder")),
    "name": ("text", _told("name")),
    "kind": ("category", _told("kind")),
    "size": ("whole", _told("size")),
    "modified": ("time", _told("modified")),
    "public": ("truth", lambda model: model.public),
}
_SESSION: Final[Columns] = {
    "session_id": ("text", _told("id")),
    "machine_id": ("text", _told("machine_id")),
    "gpu": ("category", _told("gpu")),
    "asked_for": (
        "duration",
        lambda session: None if session.record.minutes is None else session.record.minutes * 60,
    ),
    "created_at": ("time", _told("created_at")),
    "ends_at": ("time", _told("ends_at")),
}
