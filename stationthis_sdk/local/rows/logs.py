"""Rows of logs."""

import attrs

from stationthis_sdk.local.rows.table import new_id, now, table

__all__ = ["LogLine"]


@table("logs", index=("run_id",))
@attrs.frozen(kw_only=True)
class LogLine:
    """A line of a log; ``run_id`` is the run, machine's version or session it is about, ``at`` when it was said.

    ``level`` is info, warning, error or webhook (a delivery, its ``message`` JSON text).
    """

    id: str = attrs.field(factory=new_id)
    run_id: str
    level: str = "info"
    message: str
    at: int = attrs.field(factory=now)
