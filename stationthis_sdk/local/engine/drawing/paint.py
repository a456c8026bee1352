"""A palette as the light that the procedural picture is painted with."""

from typing import Any

import attrs
import numpy as np
import numpy.typing as npt

from stationthis_sdk.local.engine.drawing.palettes import Palette

__all__ = ["Colour", "Paint", "mixed"]

Colour = npt.NDArray[np.floating[Any]]
"""Linear light, shape (3, 1, 1): channels come first, so that planes multiply quickly."""


@attrs.frozen(eq=False)
class Paint:
    """Colours named by what they paint."""

    top: Colour
    middle: Colour
    low: Colour
    glow: Colour
    far: Colour
    near: Colour
    accent: Colour
    stars: float

    def tinted(self, tint: Colour) -> "Paint":
        """The same paint under a light of another colour."""
        names = ("top", "middle", "low", "far", "near")
        return attrs.evolve(self, **{name: np.clip(getattr(self, name) * tint, 0, 1) for name in names})


def mixed(palette: Palette) -> Paint:
    """The paint of a palette."""
    top, middle, low, glow, far, near, accent = (_linear(text) for text in palette.colours)
    return Paint(top, middle, low, glow, far, near, accent, palette.stars)


def _linear(text: str) -> Colour:
    """A colour as linear light, from its six hexadecimal digits."""
    levels = np.array([int(text[at : at + 2], 16) for at in (0, 2, 4)], np.float32) / np.float32(255)
    return (levels ** np.float32(2.2))[:, None, None]
