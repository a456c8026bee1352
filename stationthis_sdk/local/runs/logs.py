"""The logs of runs, of machines' builds and of sessions: kept, and told to whoever follows them."""

from collections.abc import Callable
from contextlib import AbstractContextManager

import attrs

from stationthis_sdk.local.database import Database, Tables
from stationthis_sdk.local.rows.logs import LogLine
from stationthis_sdk.local.runs.feeds import Audience, Listener

__all__ = ["LogNews", "Logs", "lines_of", "new_line"]

_LONGEST = 20_000


@attrs.frozen
class LogNews:
    """A new line of a log, or its end (None)."""

    about: str
    line: LogLine | None


class Logs:
    """Every log; ``about`` is the id of a run, of a machine's version or of a session."""

    def __init__(self, database: Database) -> None:
        self._database = database
        self._audience: Audience[LogNews] = Audience()

    async def say(self, about: str, message: str, level: str = "info") -> LogLine:
        """Keep a line and tell it."""
        row = new_line(about, message, level)
        await self._database.do(lambda tables: tables.add(row))
        self.tell(row)
        return row

    def tell(self, row: LogLine) -> None:
        """Tell a line that was kept together with something else."""
        self._audience.tell(LogNews(row.run_id, row))

    def end(self, about: str) -> None:
        """Tell whoever follows this log that it is whole; late lines are kept all the same."""
        self._audience.tell(LogNews(about, None))

    def listening(self, about: str) -> AbstractContextManager[Listener[LogNews]]:
        """Hear one log's lines from now on."""
        return self._audience.listening(lambda news: news.about == about)

    def close(self) -> None:
        """End whoever listens: the gateway stops."""
        self._audience.close()


def new_line(about: str, message: str, level: str = "info") -> LogLine:
    """A row for a line, cut where nobody reads on."""
    if len(message) > _LONGEST:
        message = f"{message[:_LONGEST]}… ({len(message)} characters)"
    # What is no text in UTF-8 (half a surrogate pair) can't be kept.
    return LogLine(run_id=about, level=level, message=message.encode("utf-8", "replace").decode())


def lines_of(about: str) -> Callable[[Tables], list[LogLine]]:
    """A log's lines, oldest first."""
    return lambda tables: tables.find(LogLine, "run_id = ?", about)
