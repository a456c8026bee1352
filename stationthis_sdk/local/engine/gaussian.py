"""The normally distributed numbers that torch draws on a processor for a seed, so that noise is ComfyUI's noise."""

import math
from collections.abc import Callable
from typing import Final

import numpy as np
import numpy.typing as npt

__all__ = ["gaussian"]

_BLOCK: Final = 16  # half of a block gives the radii, the other half the angles
_BLOCKS_AT_ONCE: Final = 2**16


def gaussian(seed: int, count: int, check: Callable[[], None]) -> npt.NDArray[np.float32]:
    """``count`` numbers of mean 0 and deviation 1; ``check`` is called between stretches.

    The generator is the Mersenne Twister, which takes the low half of the seed. From 16 numbers on they are made in
    blocks of 16; a rest that fills no block is drawn anew as the last 16.
    """
    drawn = np.random.RandomState(seed & 0xFFFFFFFF)  # the old generator, seeded in the old way
    if count < _BLOCK:
        return _one_by_one(drawn, count)
    out = np.empty(count, np.float32)
    whole = count - count % _BLOCK
    # A rest's uniform numbers are drawn before those of the last block, and thrown away.
    for begin in range(0, whole, _BLOCK * _BLOCKS_AT_ONCE):
        check()
        end = min(begin + _BLOCK * _BLOCKS_AT_ONCE, whole)
        out[begin:end] = _blocks(_uniform(drawn, end - begin))
    if count > whole:
        _uniform(drawn, count - whole)
        out[-_BLOCK:] = _blocks(_uniform(drawn, _BLOCK))
    return out


def _uniform(drawn: np.random.RandomState, count: int) -> npt.NDArray[np.float32]:
    """24 bits of each draw, as 0..1."""
    bits = np.frombuffer(drawn.bytes(4 * count), "<u4") & np.uint32(2**24 - 1)
    return bits.astype(np.float32) * np.float32(2.0**-24)


def _blocks(uniform: npt.NDArray[np.float32]) -> npt.NDArray[np.float32]:
    """By Box and Muller."""
    half = _BLOCK // 2
    halves = uniform.reshape(-1, 2, half)
    radius = np.sqrt(np.float32(-2) * np.log(1 - halves[:, 0]))
    angle = np.float32(2 * math.pi) * halves[:, 1]
    return np.concatenate([radius * np.cos(angle), radius * np.sin(angle)], axis=1).reshape(-1)


def _one_by_one(drawn: np.random.RandomState, count: int) -> npt.NDArray[np.float32]:
    """Few numbers are drawn in pairs, in double precision."""
    out: list[float] = []
    while len(out) < count:
        high, low, other_high, other_low = (int(word) for word in np.frombuffer(drawn.bytes(16), "<u4"))
        angle = 2 * math.pi * ((high << 32 | low) & (2**53 - 1)) * 2.0**-53
        radius = math.sqrt(-2 * math.log1p(-((other_high << 32 | other_low) & (2**53 - 1)) * 2.0**-53))
        out += [radius * math.cos(angle), radius * math.sin(angle)]
    return np.array(out[:count], np.float32)
