"""Runs as the lists show them: each list has its own fields, and durations as text."""

from collections.abc import Iterable
from typing import Any, Final

from stationthis_sdk.local.answers.run import float32, raw_output_json, with_urls
from stationthis_sdk.local.answers.timestamps import naive, short
from stationthis_sdk.local.answers.workflow import version_json, workflow_row_json
from stationthis_sdk.local.clock import now
from stationthis_sdk.local.rows.runs import ENDED, Output, Run
from stationthis_sdk.local.rows.workflows import Version, Workflow
from stationthis_sdk.local.strictness import strict

__all__ = [
    "brief_run_json",
    "deployment_run_json",
    "gallery_json",
    "light_run_json",
    "shown_status",
    "status_shown",
    "whole_run_json",
]

_DAY: Final = 24 * 3600 * 1_000_000


def shown_status(run: Run) -> str:
    """A run's status to its readers: one that nothing has touched for a day is shown as timeout."""
    stale = run.status not in ENDED and run.updated_at < now() - _DAY
    return "timeout" if stale else run.status


def status_shown() -> str:
    """The same as a piece of SQL."""
    ended = ", ".join(f"'{status}'" for status in sorted(ENDED))
    stale = f"status NOT IN ({ended}) AND updated_at < {now() - _DAY}"
    return f"CASE WHEN {stale} THEN 'timeout' ELSE status END"


def whole_run_json(
    run: Run,
    outputs: Iterable[Output] | None,
    base: str,
    *,
    inputs: bool = True,
    workflow: Workflow | None = None,
    version: Version | None = None,
) -> dict[str, Any]:
    """A run's row with its workflow and version; its outputs as they were stored, nothing dropped."""
    shown = {
        **_row(run),
        "machine_id": run.machine_id,
        "webhook": run.webhook,
        "workflow_api": {} if run.workflow_version_id else run.graph,
        "model_id": None,
        "gpu_event_id": run.gpu_event_id,
        "live_status": run.live_status,
        "progress": float32(run.progress),
        "is_realtime": False,
    }
    if inputs:
        shown["workflow_inputs"] = run.workflow_inputs
    if outputs is not None:
        shown["outputs"] = [raw_output_json(output, base) for output in outputs]
    if workflow is not None:
        shown["workflow"] = workflow_row_json(workflow, short, short)
        shown["version"] = version and version_json(version)
    return shown


def light_run_json(run: Run) -> dict[str, Any]:
    """A run without what is heavy, and without its machine."""
    return _row(run)


def brief_run_json(run: Run) -> dict[str, Any]:
    """Which run, and how it stands."""
    return {"id": run.id, "created_at": short(run.created_at), "status": shown_status(run)}


def deployment_run_json(run: Run) -> dict[str, Any]:
    """A run among those of its deployment."""
    return {
        "id": run.id,
        "status": shown_status(run),
        "created_at": naive(run.created_at),
        "started_at": None if run.started_at is None else naive(run.started_at),
        "ended_at": None if run.ended_at is None else naive(run.ended_at),
        "workflow_id": run.workflow_id,
        "workflow_version_id": run.workflow_version_id,
        "machine_id": run.machine_id,
        "gpu": run.gpu,
        "origin": run.origin,
        "user_id": run.user_id,
        "deployment_id": run.deployment_id,
        "duration": _lasted(run.ended_at, run.started_at),
    }


def gallery_json(output: Output, run: Run, base: str) -> dict[str, Any]:
    """An output and how long its run took; ``output_id`` is the output's id here, unlike elsewhere."""
    return {
        "output_id": output.id,
        "run_id": run.id,
        "user_id": run.user_id,
        "origin": run.origin,
        "data": with_urls(output.data, base),
        "node_meta": output.node_meta,
        "run_duration": _lasted(run.ended_at, run.started_at),
        "cold_start": _lasted(run.started_at, run.queued_at),
        "queue_time": _lasted(run.queued_at, run.created_at),
    }


def _row(run: Run) -> dict[str, Any]:
    return {
        "id": run.id,
        "status": shown_status(run),
        "created_at": short(run.created_at),
        "updated_at": short(run.updated_at),
        "ended_at": short(run.ended_at),
        "queued_at": short(run.queued_at),
        "started_at": short(run.started_at),
        "workflow_id": run.workflow_id,
        "user_id": run.user_id,
        "org_id": run.org_id,
        "origin": run.origin,
        "gpu": run.gpu,
        "machine_version": None,
        "machine_type": run.machine_type,
        "modal_function_call_id": run.call_id,
        "webhook_status": None,
        "webhook_intermediate_status": bool(run.webhook_intermediate_status),
        "batch_id": run.batch_id,
        "workflow_version_id": run.workflow_version_id,
        "deployment_id": run.deployment_id,
        "duration": _lasted(run.ended_at, run.created_at),
        "comfy_deploy_cold_start": _lasted(run.queued_at, run.created_at),
        "cold_start_duration": _lasted(run.started_at, run.queued_at),
        "cold_start_duration_total": _lasted(run.started_at, run.created_at),
        "run_duration": _lasted(run.ended_at, run.started_at),
    }


def _lasted(end: int | None, start: int | None) -> str | float | None:
    """Seconds, as text; a strict gateway says numbers here too."""
    if end is None or start is None:
        return None
    seconds = (end - start) / 1_000_000
    return seconds if strict() else f"{seconds:.6f}"
