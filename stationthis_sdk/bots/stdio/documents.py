"""Runs, their events and deployments as JSON: the same for ``serve-stdio`` and for what the command prints."""

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from stationthis_sdk import (
        AsyncDeployment,
        AsyncRun,
        Deployment,
        InputField,
        OutputItem,
        Run,
        RunEvent,
    )

__all__ = [
    "deployment_document",
    "event_document",
    "field_document",
    "output_document",
    "run_document",
]


def run_document(
    run: "Run | AsyncRun", *, deployment: str | None = None, saved: Sequence[object] = ()
) -> dict[str, Any]:
    """A run as data. ``saved`` are the paths of its outputs, in order, as far as they were saved."""
    record = run.record
    paths = [str(path) for path in saved]
    return {
        "run_id": run.id,
        "state": str(run.state),
        "final": run.state.final,
        "reason": run.reason,
        "deployment": deployment,
        "inputs": run.inputs,
        "outputs": [
            output_document(item, paths[place] if place < len(paths) else None)
            for place, item in enumerate(record.outputs)
        ],
        "timings": {
            **{
                name: moment.isoformat() if (moment := getattr(record, name)) else None
                for name in ("created_at", "queued_at", "started_at", "ended_at")
            },
            "duration": record.duration,
            "run_duration": record.run_duration,
        },
        "cost": run.cost.estimated,
        "cost_why": run.cost.why,
        "from_cache": run.from_cache,
    }


def event_document(event: "RunEvent") -> dict[str, Any]:
    """One event of a run as data."""
    heard = event.progress
    return {
        "event": event.kind,
        "run_id": event.run_id,
        "state": str(heard.state),
        "fraction": heard.fraction,
        "queue_position": heard.queue_position,
        "message": heard.message,
        "output": None if event.output is None else output_document(event.output, None),
    }


def output_document(item: "OutputItem", saved: str | None) -> dict[str, Any]:
    """One thing that a run made, as data."""
    return {
        "kind": item.kind,
        "name": item.output_id,
        "url": item.url,
        "text": item.text,
        "filename": item.filename or None,
        "saved": saved,
    }


def deployment_document(found: "Deployment | AsyncDeployment") -> dict[str, Any]:
    """A deployment as data, its inputs by their names alone."""
    return {
        "name": found.name,
        "environment": found.environment,
        "version": found.version,
        "id": found.id,
        "description": found.description,
        "source": found.source.kind,
        "asked_at": found.source.at.isoformat(),
        "inputs": [field.name for field in found.inputs.values()],
    }


def field_document(field: "InputField") -> dict[str, Any]:
    """An input of a deployment as data."""
    return {
        "name": field.name,
        "kind": field.kind,
        "required": field.required,
        "default": field.default,
        "minimum": field.minimum,
        "maximum": field.maximum,
        "step": field.step,
        "options": list(field.options) if field.options is not None else None,
        "label": field.label,
        "description": field.description,
    }
