"""The colours of the procedural picture: which palette, and how a palette is told."""

from collections.abc import Iterable
from typing import Any, Final

import attrs
import numpy as np
import numpy.typing as npt

__all__ = ["PALETTES", "Colour", "Palette", "chosen"]

Colour = npt.NDArray[np.floating[Any]]
"""Linear light, shape (3, 1, 1): channels come first, so that planes multiply quickly."""


def _linear(text: str) -> Colour:
    """A colour as linear light, from its six hexadecimal digits."""
    levels = np.array([int(text[at : at + 2], 16) for at in (0, 2, 4)], np.float32) / np.float32(255)
    return (levels ** np.float32(2.2))[:, None, None]


@attrs.frozen(eq=False)
class Palette:
    """Colours named by what they paint.

    ``times`` are the words that ask for the palette outright, ``things`` those it merely suits.
    """

    times: frozenset[str]
    things: frozenset[str]
    top: Colour
    middle: Colour
    low: Colour
    glow: Colour
    far: Colour
    near: Colour
    accent: Colour
    stars: float

    def tinted(self, tint: Colour) -> "Palette":
        """The same palette under a light of another colour."""
        names = ("top", "middle", "low", "far", "near")
        return attrs.evolve(self, **{name: np.clip(getattr(self, name) * tint, 0, 1) for name in names})


def _palette(times: str, things: str, colours: str, stars: float = 0.0) -> Palette:
    top, middle, low, glow, far, near, accent = (_linear(text) for text in colours.split())
    return Palette(
        frozenset(times.split()), frozenset(things.split()), top, middle, low, glow, far, near, accent, stars
    )


PALETTES: Final[dict[str, Palette]] = {
    "dusk": _palette(
        "dusk sunset evening twilight autumn fire orange warm golden",
        "lighthouse desert dune dunes horse dragon",
        "1b1a4a 8a3f7d f7894a ffdf9f 74446f 150d2b ff9d4d",
        0.2,
    ),
    "sea": _palette(
        "day noon blue sunny summer bright",
        "sea ocean harbour harbor water lake boat ship beach wave waves river island bay coast",
        "155a9c 62b4d8 e6f1e6 fff5d2 4f8aa6 0a2a40 ff8552",
    ),
    "forest": _palette(
        "green spring fresh lush",
        "forest tree trees wood woods jungle garden meadow moss field leaf leaves flower flowers deer fox",
        "2f6f7a 93c3a2 f3eabc fff1b8 4f8672 0b1f18 f29e4c",
    ),
    "ink": _palette(
        "ink drawing sketch fog mist misty grey gray black white monochrome pencil paper",
        "ghost portrait bamboo temple",
        "74787d bcbcb8 efece2 fbf7ea 70757b 0d0f13 c2402a",
    ),
    "winter": _palette(
        "winter snow snowy ice frost frozen cold",
        "wolf bear polar glacier alps",
        "34578f 94b6dc f6dccb ffe9cf 7f9cc4 16233f e8684a",
    ),
    "night": _palette(
        "night midnight dark neon moonlight stars",
        "moon star space galaxy planet cosmos nebula city cyberpunk dream owl rocket alien",
        "03041a 131c52 3d3f86 dfe8ff 232a5c 04050d ffc163",
        1.0,
    ),
    "dawn": _palette(
        "dawn morning sunrise rose pink pastel",
        "cat portrait love blossom cherry mountain mountains hills",
        "4d74b3 e3a0b4 ffd7ac fff0cd 9c80a4 2a2038 ff7d68",
    ),
}


def chosen(name: str, words: Iterable[str], draw: int) -> Palette:
    """The palette of this name, else the one the words ask for most, else one by ``draw``."""
    if name in PALETTES:
        return PALETTES[name]
    wanted = list(words)
    score = {
        key: sum(3 * (word in palette.times) + (word in palette.things) for word in wanted)
        for key, palette in PALETTES.items()
    }
    best = max(score, key=lambda key: score[key])
    return PALETTES[best] if score[best] else list(PALETTES.values())[draw % len(PALETTES)]
