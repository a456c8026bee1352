"""When a machine worked, as JSON: for a run, or for a session, by the prices the gateway was told."""

from collections.abc import Mapping
from typing import Any

from stationthis_sdk.local.answers.session import session_url
from stationthis_sdk.local.answers.timestamps import short
from stationthis_sdk.local.rows.machines import Machine
from stationthis_sdk.local.rows.runs import Run
from stationthis_sdk.local.rows.sessions import Session
from stationthis_sdk.local.rows.workflows import Deployment

__all__ = ["run_event_json", "session_event_json"]


def run_event_json(run: Run, deployment: Deployment | None, prices: Mapping[str, float]) -> dict[str, Any]:
    """The time a run took."""
    return {
        **_event(run.id, run, run.started_at, run.ended_at, prices),
        "modal_function_id": run.call_id,
        "environment": deployment and deployment.environment,
    }


def session_event_json(
    session: Session, machine: Machine | None, base: str, prices: Mapping[str, float]
) -> dict[str, Any]:
    """The time a session lasts."""
    return {
        **_event(session.gpu_event_id, session, session.created_at, session.end, prices),
        "session_timeout": session.timeout,
        "session_id": session.id,
        "tunnel_url": session_url(session, machine, base),
        "machine_version_id": session.machine_version_id,
    }


def _event(
    event_id: str, row: Run | Session, start: int | None, end: int | None, prices: Mapping[str, float]
) -> dict[str, Any]:
    seconds = max(0, end - start) / 1_000_000 if start is not None and end is not None else 0
    return {
        "id": event_id,
        "user_id": row.user_id,
        "org_id": row.org_id,
        "machine_id": row.machine_id,
        "start_time": short(start),
        "end_time": short(end),
        "gpu": row.gpu,
        "ws_gpu": None,
        "gpu_provider": "local",
        "created_at": short(row.created_at),
        "updated_at": short(end or row.created_at),
        "cost_item_title": None,
        "cost": seconds * prices.get(row.gpu or "", 0.0),
        "session_timeout": None,
        "session_id": None,
        "modal_function_id": None,
        "tunnel_url": None,
        "machine_version_id": None,
        "environment": None,
    }
