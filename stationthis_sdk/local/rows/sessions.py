"""Rows of sessions. One is open until its time is over by the gateway's clock, or somebody has ended it."""

from typing import TYPE_CHECKING, Any, Final

import attrs

from stationthis_sdk.local.requests.caller import Caller
from stationthis_sdk.local.rows.runs import ENDED, Run
from stationthis_sdk.local.rows.table import JSON, new_id, now, table

if TYPE_CHECKING:
    from stationthis_sdk.local.database import Tables  # it imports the rows itself

__all__ = ["OPEN", "Session", "session_is_over"]

OPEN: Final = "ended_at IS NULL AND timeout_end + runner_minutes * 60000000 > ?"
"""Which sessions are open, as SQL; its one value is the present."""


@table("sessions", index=("machine_id", "gpu_event_id"))
@attrs.frozen(kw_only=True)
class Session:
    """ComfyUI on a machine, for someone to work in it.

    ``timeout`` is in minutes as first asked for. ``runner_minutes`` were added by the machine's runner, which the
    service does not tell in ``timeout_end``. A ``dynamic`` one has a container of its own, described in
    ``container``.
    """

    id: str = attrs.field(factory=new_id)
    user_id: str
    org_id: str | None = None
    gpu_event_id: str = attrs.field(factory=new_id)
    machine_id: str | None = None
    machine_version_id: str | None = None
    gpu: str
    timeout: int
    timeout_end: int
    runner_minutes: int = 0
    dynamic: int = 0
    container: dict[str, Any] = attrs.field(default={}, metadata=JSON)
    ended_at: int | None = None
    created_at: int = attrs.field(factory=now)

    @property
    def end(self) -> int | None:
        """When it ended; None while it is open."""
        over = self.timeout_end + self.runner_minutes * 60_000_000
        if self.ended_at is not None:
            return min(self.ended_at, over)
        return over if over <= now() else None


def session_is_over(tables: "Tables", run: Run) -> bool:
    """Whether a run that has not ended was part of a session of its owner's that has."""
    if run.gpu_event_id is None or run.status in ENDED:
        return False
    found = tables.find(Session, "gpu_event_id = ?", run.gpu_event_id)
    return bool(found) and found[0].end is not None and Caller(run.user_id, run.org_id).owns(found[0])
