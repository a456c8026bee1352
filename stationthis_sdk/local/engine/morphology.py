"""Masks that grow and shrink, a pixel at a time."""

from collections.abc import Callable

import numpy as np

from stationthis_sdk.local.engine.images import Mask

__all__ = ["grown"]


def grown(mask: Mask, steps: int, *, round_corners: bool, check: Callable[[], None]) -> Mask:
    """One mask (height, width) with each pixel the largest of its neighbours', ``steps`` times; the least if negative.

    Diagonal neighbours count unless ``round_corners``. ``check`` is called each step.
    """
    chosen = np.maximum if steps > 0 else np.minimum
    for _ in range(abs(steps)):
        check()
        grew = (
            _spread(_spread(mask, mask, 0, chosen), mask, 1, chosen)
            if round_corners
            else _square(mask, chosen)
        )
        if np.array_equal(grew, mask):
            break
        mask = grew
    return mask


def _square(mask: Mask, chosen: np.ufunc) -> Mask:
    rows = _spread(mask, mask, 0, chosen)
    return _spread(rows, rows, 1, chosen)


def _spread(mask: Mask, source: Mask, axis: int, chosen: np.ufunc) -> Mask:
    """The mask, and both neighbours of the source along an axis."""
    out = mask.copy()
    after, before = (slice(1, None), slice(None)), (slice(None, -1), slice(None))
    if axis == 1:
        after, before = after[::-1], before[::-1]
    chosen(out[after], source[before], out=out[after])
    chosen(out[before], source[after], out=out[before])
    return out
