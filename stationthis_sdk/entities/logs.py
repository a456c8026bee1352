"""Lines of logs."""

from datetime import datetime

import attrs

from stationthis_sdk.shown import Shown

__all__ = ["LogLine"]


@attrs.frozen
class LogLine(Shown):
    """One line of a log, without keys and tokens: ``time`` in aware UTC, None where nobody told it.

    ``level`` is info, warning, error, or webhook for a delivery, whose ``message`` is JSON; ``message`` may have several
    lines. It comes from whoever wrote the nodes: do not print it to a terminal as it is.
    """

    time: datetime | None
    level: str
    message: str

    def __str__(self) -> str:
        when = "" if self.time is None else f"{self.time:%H:%M:%S} "
        return f"{when}{self.level}: {self.message}"
