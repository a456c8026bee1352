"""Since when, until when: moments as people say them. All of UTC."""

import re
from datetime import UTC, date, datetime, timedelta
from typing import Any, Final

from stationthis_sdk.money.cap import month_began

__all__ = ["Moment", "period"]

Moment = datetime | date | timedelta | str
"""A moment: itself, a day, how long ago it is, or a text like "2026-11-01" or "7 days"."""
_AGO: Final = re.compile(r"(?:last )?(\d{1,5}) ?(d|days?|h|hours?|w|weeks?)")
_UNITS: Final = {"d": timedelta(days=1), "h": timedelta(hours=1), "w": timedelta(weeks=1)}


def period(
    since: Moment | None, until: Moment | None, now: datetime
) -> tuple[datetime | None, datetime | None, list[str]]:
    """From when, until before when, and what is wrong with them. Without ``since`` from the first of this month on.

    >>> now = datetime(2026, 11, 29, 13, tzinfo=UTC)
    >>> [str(one) for one in period("2026-11-01", "2026-11-28", now)[:2]]
    ['2026-11-01 00:00:00+00:00', '2026-11-29 00:00:00+00:00']
    >>> str(period("7d", None, now)[0]), period("soon", None, now)[2]
    ('2026-11-22 13:00:00+00:00', ["since is no time: 'soon'"])
    """
    problems = []
    begin = month_began(now) if since is None else _moment(since, now, last=False)
    end = now if until is None else _moment(until, now, last=True)
    for name, given, found in (("since", since, begin), ("until", until, end)):
        if found is None:
            problems.append(f"{name} is no time: {given!r}")
    if begin is not None and end is not None and begin > end:
        problems.append(f"since ({begin:%Y-%m-%d %H:%M}) is after until ({end:%Y-%m-%d %H:%M})")
    return begin, end, problems


def _moment(given: Any, now: datetime, *, last: bool) -> datetime | None:
    """One moment; a day that is an end counts whole."""
    try:
        if isinstance(given, timedelta):
            return now - abs(given)
        if isinstance(given, str):
            words = given.strip().lower()
            if ago := _AGO.fullmatch(words):
                return now - int(ago[1]) * _UNITS[ago[2][0]]
            given = (
                date.fromisoformat(words)
                if re.fullmatch(r"\d{4}-\d\d-\d\d", words)
                else datetime.fromisoformat(words)
            )
        if isinstance(given, datetime):
            return given.replace(tzinfo=UTC) if given.tzinfo is None else given.astimezone(UTC)
        if isinstance(given, date):
            midnight = datetime(given.year, given.month, given.day, tzinfo=UTC)
            return midnight + timedelta(days=1) if last else midnight
    except (ValueError, OverflowError):
        return None
    return None
