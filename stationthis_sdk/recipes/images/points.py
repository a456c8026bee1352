"""What StationThis charges for an image in its own points, and its bounds. Pure, for hosts that count in them.

Nothing here decides what ``make_image`` sends: a workflow's own defaults and bounds do.
"""

import math
from collections.abc import Mapping
from typing import Final

from stationthis_sdk.errors import InvalidInput

__all__ = ["LIMITS", "price_estimate"]

LIMITS: Final[Mapping[str, tuple[float, float]]] = {"cfg": (0, 30), "strength": (0, 1)}
"""The bounds that its settings have for everybody."""
_TILE: Final = 512 * 512
_FREE_STEPS: Final = 20
_LARGEST: Final = 10.0**15


def price_estimate(
    width: float = 512, height: float = 512, steps: float = 20, *, workflow: str = "standard"
) -> float:
    """The points one image costs: 10, other workflows than standard 20; 5 for each 512² begun; half one a step above 20.

    Raises:
        InvalidInput: a size or number of steps that no image has.

    >>> price_estimate(), price_estimate(1024, 1024, 30), price_estimate(513, 512, workflow="flux")
    (15.0, 35.0, 30.0)
    """
    measures = (width, height, steps)
    if not all(map(_is_measure, measures)) or width * height > _LARGEST or steps > _LARGEST:
        raise InvalidInput(
            f"A price is of pixels and steps above 0, not {width!r} × {height!r}, {steps!r} steps."
        )
    base = 10 if workflow == "standard" else 20
    return float(base + 5 * math.ceil(width * height / _TILE) + 0.5 * max(0, steps - _FREE_STEPS))


def _is_measure(value: object) -> bool:
    return (
        isinstance(value, int | float) and not isinstance(value, bool) and math.isfinite(value) and value > 0
    )
