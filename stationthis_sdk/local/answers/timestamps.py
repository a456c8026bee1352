"""The service's five timestamp formats, each used in its own places. All are UTC; rows keep microseconds.

A strict gateway writes one everywhere: RFC 3339 with microseconds and ``Z``.
"""

from datetime import UTC, datetime

from stationthis_sdk.local.strictness import strict

__all__ = ["exact", "malformed", "naive", "offset", "padded", "short", "spaced"]


def _utc(micros: int) -> datetime:
    return datetime.fromtimestamp(micros // 1_000_000, UTC).replace(microsecond=micros % 1_000_000)


def _regular(micros: int) -> str:
    return f"{_utc(micros):%Y-%m-%dT%H:%M:%S.%f}Z"


def padded(micros: int | None) -> str | None:
    """As in GET run and deployments: milliseconds, padded.

    >>> padded(1795329021465123)
    '2026-11-22T06:30:21.465000Z'
    """
    if micros is None:
        return None
    if strict():
        return _regular(micros)
    return f"{_utc(micros):%Y-%m-%dT%H:%M:%S}.{micros // 1000 % 1000:03d}000Z"


def short(micros: int | None) -> str | None:
    """As in webhooks and versions; a whole second loses its seconds there, as the service does.

    >>> short(1795329021465123), short(1795329021000000)
    ('2026-11-22T06:30:21.465Z', '2026-11-22T06:30Z')
    """
    if micros is None:
        return None
    return _regular(micros) if strict() else _utc(micros).replace(tzinfo=None).isoformat()[:-3] + "Z"


def naive(micros: int) -> str:
    """As in machines: microseconds, no zone.

    >>> naive(1795329021465123)
    '2026-11-22T06:30:21.465123'
    """
    return _regular(micros) if strict() else _utc(micros).replace(tzinfo=None).isoformat()


def spaced(micros: int) -> str:
    """As in GET workflow: a space, no zone.

    >>> spaced(1795329021465123)
    '2026-11-22 06:30:21.465123'
    """
    return _regular(micros) if strict() else str(_utc(micros).replace(tzinfo=None))


def malformed(micros: int) -> str:
    """As in a new version's row: an offset cut short.

    >>> malformed(1795329021465123)
    '2026-11-22T06:30:21.465123+00Z'
    """
    return _regular(micros) if strict() else _utc(micros).isoformat()[:-3] + "Z"


def offset(micros: int) -> str:
    """As in clones: microseconds and an offset.

    >>> offset(1795329021465123)
    '2026-11-22T06:30:21.465123+00:00'
    """
    return _regular(micros) if strict() else _utc(micros).isoformat()


def exact(micros: int) -> str:
    """As in a workflow that was just changed, and everywhere in a strict gateway.

    >>> exact(1795329021465123)
    '2026-11-22T06:30:21.465123Z'
    """
    return _regular(micros)
