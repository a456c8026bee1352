"""How long a copy of what the service said is good, by kind. Pure."""

from collections.abc import Mapping
from typing import Final

import attrs

__all__ = ["LIFETIMES", "Lifetime", "lifetime_of"]

_MINUTE: Final = 60.0
_DAY: Final = 86_400.0
_YEAR: Final = 365 * _DAY


@attrs.frozen
class Lifetime:
    """Seconds. ``fresh``: answered without asking. ``usable``: answered at once, and asked behind; then it is asked."""

    fresh: float
    usable: float


LIFETIMES: Final[Mapping[str, Lifetime]] = {
    "deployments": Lifetime(_MINUTE, 10 * _MINUTE),
    "workflows": Lifetime(_MINUTE, 10 * _MINUTE),
    "machines": Lifetime(_MINUTE, 10 * _MINUTE),
    "versions": Lifetime(_YEAR, _YEAR),  # a version never changes
    "models": Lifetime(5 * _MINUTE, 30 * _MINUTE),
    "account": Lifetime(5 * _MINUTE, 30 * _MINUTE),
    "pricing": Lifetime(_DAY, 2 * _DAY),
}


_OF_A_LIST: Final = LIFETIMES["deployments"]


def lifetime_of(kind: str) -> Lifetime:
    """The lifetime of a kind; of one that is not named here, that of a list.

    >>> lifetime_of("deployments").fresh, lifetime_of("versions").fresh > 86400
    (60.0, True)
    """
    return LIFETIMES.get(kind, _OF_A_LIST)
