"""What all data is made of: times, ids, time limits."""

import re
from datetime import UTC, datetime
from typing import Any, Final

import attrs

from stationthis_sdk.errors import InvalidInput

__all__ = ["Timeouts", "is_seconds", "is_uuid", "parse_time"]

_ID: Final = re.compile(r"[0-9A-Fa-f]{8}(-[0-9A-Fa-f]{4}){3}-[0-9A-Fa-f]{12}")


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


def parse_time(text: object) -> datetime | None:
    """Read any of the service's forms of a time; all are UTC, whether they say so or not.

    Forms seen: padded milliseconds with Z, milliseconds with Z, naive with T, naive with a space, an offset
    ``+00:00``, the malformed offset ``+00Z``, and times that lost their seconds. Anything else is None.

    >>> str(parse_time("2026-11-22T06:29:10.276224+00Z")), parse_time("soon")
    ('2026-11-22 06:29:10.276224+00:00', None)
    """
    if not isinstance(text, str):
        return None
    try:
        moment = datetime.fromisoformat(text)
    except ValueError:
        pass
    else:
        if moment.tzinfo is UTC:
            return moment
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
    return isinstance(text, str) and _ID.fullmatch(text) is not None
