"""How two pictures mix, number by number: ComfyUI's blend modes, and those of Porter and Duff."""

from collections.abc import Callable
from typing import Final

import numpy as np

from stationthis_sdk.local.engine.images import Picture

__all__ = ["BLENDS", "COMPOSITES", "composited"]

_TINY: Final = np.float32(1e-5)  # alpha below it has no colour


def _overlay(one: Picture, two: Picture) -> Picture:
    return np.where(one <= 0.5, 2 * one * two, 1 - 2 * (1 - one) * (1 - two))


def _soft_light(one: Picture, two: Picture) -> Picture:
    root = np.sqrt(np.maximum(one, 0))  # scaling may leave a little less than nothing
    bright = np.where(one <= 0.25, ((16 * one - 12) * one + 4) * one, root)
    darker = one - (1 - 2 * two) * one * (1 - one)
    return np.where(two <= 0.5, darker, one + (2 * two - 1) * (bright - one))


BLENDS: Final[dict[str, Callable[[Picture, Picture], Picture]]] = {
    "normal": lambda _one, two: two,
    "multiply": lambda one, two: one * two,
    "screen": lambda one, two: 1 - (1 - one) * (1 - two),
    "overlay": _overlay,
    "soft_light": _soft_light,
    "difference": lambda one, two: one - two,
}

_Mix = Callable[[Picture, Picture, Picture, Picture], Picture]


def _union(s: Picture, d: Picture) -> Picture:
    return s + d - s * d


def _both(s: Picture, d: Picture, source: Picture, target: Picture) -> Picture:
    """Where only one of them covers."""
    return (1 - d) * source + (1 - s) * target


def _overlaid(s: Picture, d: Picture, source: Picture, target: Picture) -> Picture:
    return np.where(2 * target < d, 2 * source * target, s * d - 2 * (d - source) * (s - target))


# Of each mode the resulting alpha, from those of source and target (s, d), and the resulting colour, from these and
# from the colours of source and target multiplied by them (p, q).
_MIXES: Final[dict[str, tuple[Callable[[Picture, Picture], Picture], _Mix]]] = {
    "ADD": (lambda s, d: np.clip(s + d, 0, 1), lambda _s, _d, p, q: np.clip(p + q, 0, 1)),
    "CLEAR": (lambda s, _d: np.zeros_like(s), lambda _s, _d, p, _q: np.zeros_like(p)),
    "DARKEN": (_union, lambda s, d, p, q: _both(s, d, p, q) + np.minimum(p, q)),
    "DST": (lambda _s, d: d, lambda _s, _d, _p, q: q),
    "DST_ATOP": (lambda s, _d: s, lambda s, d, p, q: s * q + (1 - d) * p),
    "DST_IN": (lambda s, d: s * d, lambda s, _d, _p, q: s * q),
    "DST_OUT": (lambda s, d: (1 - s) * d, lambda s, _d, _p, q: (1 - s) * q),
    "DST_OVER": (_union, lambda _s, d, p, q: q + (1 - d) * p),
    "LIGHTEN": (_union, lambda s, d, p, q: _both(s, d, p, q) + np.maximum(p, q)),
    "MULTIPLY": (lambda s, d: s * d, lambda _s, _d, p, q: p * q),
    "OVERLAY": (_union, _overlaid),
    "SCREEN": (_union, lambda _s, _d, p, q: p + q - p * q),
    "SRC": (lambda s, _d: s, lambda _s, _d, p, _q: p),
    "SRC_ATOP": (lambda _s, d: d, lambda s, d, p, q: d * p + (1 - s) * q),
    "SRC_IN": (lambda s, d: s * d, lambda _s, d, p, _q: d * p),
    "SRC_OUT": (lambda s, d: (1 - d) * s, lambda _s, d, p, _q: (1 - d) * p),
    "SRC_OVER": (_union, lambda s, _d, p, q: p + (1 - s) * q),
    "XOR": (lambda s, d: (1 - d) * s + (1 - s) * d, _both),
}

COMPOSITES: Final = tuple(_MIXES)


def composited(
    mode: str, source: Picture, source_alpha: Picture, target: Picture, target_alpha: Picture
) -> tuple[Picture, Picture]:
    """The colour and alpha of a source over a target.

    OVERLAY is ComfyUI's: without what only one of them covers, and each colour against the other's alpha.
    """
    alpha_of, colour_of = _MIXES[mode]
    alpha = alpha_of(source_alpha, target_alpha)
    premultiplied = colour_of(source_alpha, target_alpha, source * source_alpha, target * target_alpha)
    covered = alpha > _TINY
    colour = np.where(covered, premultiplied / np.where(covered, alpha, 1), 0)
    return np.clip(colour, 0, 1), alpha
