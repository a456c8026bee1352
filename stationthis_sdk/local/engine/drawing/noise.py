"""Noise to paint with: fields that repeat without a seam, lines of hills, woods and houses, and scattered points."""

from typing import Any, Final

import numpy as np
import numpy.typing as npt

__all__ = [
    "Field",
    "Line",
    "Plane",
    "blend",
    "distance",
    "hills",
    "houses",
    "peaks",
    "scattered",
    "smooth",
    "woods",
]

Plane = npt.NDArray[np.floating[Any]]
"""Numbers, float32; numpy's types can't follow arithmetic with Python's floats."""

_SIZE: Final = 512
_LENGTH: Final = 8192
PERIOD: Final = 4.0
"""Widths of a line before it repeats, in picture heights."""


class Field:
    """A square of noise, 0..1 around 0.5, that repeats in both directions; ``slope`` says how smooth it is."""

    def __init__(self, rng: np.random.Generator, slope: float) -> None:
        across = np.fft.rfftfreq(_SIZE)[None]
        down = np.fft.fftfreq(_SIZE)[:, None]
        strength = np.hypot(across, down).astype(np.float32)
        strength[0, 0] = 1
        spectrum = np.fft.rfft2(rng.standard_normal((_SIZE, _SIZE), np.float32)) * strength ** np.float32(
            -slope
        )
        spectrum[0, 0] = 0
        values = np.fft.irfft2(spectrum, s=(_SIZE, _SIZE))
        self._values = (0.5 + 0.2 * values / values.std()).astype(np.float32).ravel()
        self._thrown = rng.random(_SIZE * _SIZE, np.float32)

    def at(self, x: Plane, y: Plane) -> Plane:
        """The noise at these places; one unit is one repetition."""
        column = (x * np.float32(_SIZE)).astype(np.int32)
        column &= _SIZE - 1
        row = (y * np.float32(_SIZE)).astype(np.int32)
        row &= _SIZE - 1
        row *= _SIZE
        values: Plane = self._values.take(row + column)
        return values

    def dice(self, column: Plane, row: Plane, throw: int) -> Plane:
        """A random number, 0..1, for each cell of a grid and each ``throw``."""
        index = column.astype(np.int32) * 7919 + row.astype(np.int32) * 104_729 + throw * 31_337
        return self._thrown.take(index & (_SIZE * _SIZE - 1))


class Line:
    """Heights along the picture's width, 0..1, repeating after PERIOD."""

    def __init__(self, heights: npt.NDArray[np.floating]) -> None:
        self._heights = heights.astype(np.float32)
        self.highest = float(heights.max())

    def at(self, x: Plane) -> Plane:
        """The height at these places."""
        heights: Plane = self._heights.take(
            (x * np.float32(_LENGTH / PERIOD)).astype(np.int32) & (_LENGTH - 1)
        )
        return heights


def hills(rng: np.random.Generator, slope: float) -> Line:
    """Rolling hills; the larger ``slope``, the longer and smoother."""
    return Line(_rolling(rng, slope))


def peaks(rng: np.random.Generator, slope: float) -> Line:
    """Mountains: a few broad crests, broken on their flanks."""
    crests = 1 - np.abs(2 * _rolling(rng, slope) - 1)
    return Line(_from_0_to_1(crests**1.4 + 0.3 * _rolling(rng, 1.5) + 0.07 * _rolling(rng, 1.05)))


def woods(rng: np.random.Generator, count: int) -> Line:
    """Conifers side by side, each a jagged spike, on rolling ground."""
    heights = 0.2 * _rolling(rng, 1.6)
    for _ in range(count):
        middle = int(rng.integers(_LENGTH))
        tall = 0.3 + 0.7 * rng.uniform() ** 1.6
        half = max(6, int(_LENGTH / count * (0.3 + 0.7 * tall)))
        along = np.arange(2 * half + 1)
        away = np.abs(along - half) / half
        branch = (away * rng.uniform(4, 7) + rng.uniform()) % 1
        spike = tall * np.clip((1 - away) ** 1.5 - 0.16 * np.sqrt(away) * branch, 0, 1)
        at = (middle - half + along) % _LENGTH
        heights[at] = np.maximum(heights[at], spike)
    return Line(heights)


def _rolling(rng: np.random.Generator, slope: float) -> npt.NDArray[np.float64]:
    frequency = np.fft.rfftfreq(_LENGTH)
    frequency[0] = 1
    spectrum = np.fft.rfft(rng.standard_normal(_LENGTH)) * frequency**-slope
    spectrum[:4] = 0  # no line is one slope from end to end
    return _from_0_to_1(np.fft.irfft(spectrum, n=_LENGTH))


def _from_0_to_1(heights: npt.NDArray[np.float64]) -> npt.NDArray[np.float64]:
    low, high = float(heights.min()), float(heights.max())
    return (heights - low) / (high - low)


def houses(rng: np.random.Generator, count: int) -> Line:
    """A skyline of flat roofs, some with a mast."""
    heights = np.zeros(_LENGTH)
    edges = np.sort(rng.integers(0, _LENGTH, count))
    for left, right in zip(edges, np.append(edges[1:], _LENGTH), strict=True):
        tall = 0.18 + 0.82 * rng.uniform() ** 2.2
        heights[left:right] = tall
        if tall > 0.5 and right - left > 20:
            middle = (left + right) // 2
            heights[middle - 1 : middle + 2] = tall + 0.14
    return Line(heights)


def scattered(field: Field, x: Plane, y: Plane, cells: float, share: float, size: float) -> Plane:
    """Soft points, 0..1, at random places: at most one in each of ``cells`` squares a unit."""
    grid_x, grid_y = x * np.float32(cells), y * np.float32(cells)
    column, row = np.floor(grid_x), np.floor(grid_y)
    away_x = grid_x - column - 0.15 - 0.7 * field.dice(column, row, 1)
    away_y = grid_y - row - 0.15 - 0.7 * field.dice(column, row, 2)
    bright = np.clip((field.dice(column, row, 3) - np.float32(1 - share)) / np.float32(share), 0, 1)
    points: Plane = bright * np.exp((away_x * away_x + away_y * away_y) * np.float32(-1 / (size * size)))
    return points


def distance(across: Plane, down: Plane) -> Plane:
    """How far away places are."""
    return np.sqrt(across * across + down * down)


def smooth(low: float, high: float, value: Plane) -> Plane:
    """From 0 to 1 as the value goes from ``low`` to ``high``, gently at both ends."""
    part = np.clip((value - np.float32(low)) * np.float32(1 / (high - low)), 0, 1)
    eased: Plane = part * part * (3 - 2 * part)
    return eased


def blend(one: Plane, two: Plane, part: Plane | float) -> Plane:
    """From ``one`` at 0 to ``two`` at 1."""
    return one + (two - one) * (np.float32(part) if isinstance(part, float) else part)
