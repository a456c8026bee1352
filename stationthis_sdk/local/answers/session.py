"""Sessions as JSON."""

from typing import Any

from stationthis_sdk.local.answers.timestamps import naive
from stationthis_sdk.local.rows.machines import Machine
from stationthis_sdk.local.rows.sessions import Session
from stationthis_sdk.local.strictness import strict

__all__ = ["session_json", "session_url"]


def session_url(session: Session, machine: Machine | None, base: str) -> str:
    """Where to work: the ComfyUI of the machine, else this gateway's own page of the session."""
    return (machine and machine.endpoint) or f"{base}/#session={session.id}"


def session_json(session: Session, machine: Machine | None, base: str) -> dict[str, Any]:
    """A session that runs; without an organisation the service says the word "None"."""
    return {
        "id": session.id,
        "session_id": session.id,
        "gpu_event_id": session.gpu_event_id,
        "url": session_url(session, machine, base),
        "gpu": session.gpu,
        "created_at": naive(session.created_at),
        "timeout": session.timeout,
        "timeout_end": naive(session.timeout_end),
        "machine_id": session.machine_id,
        "machine_version_id": session.machine_version_id,
        "status": "running",
        "user_id": session.user_id,
        "org_id": session.org_id if strict() else str(session.org_id),
    }
