"""The palettes of the procedural picture as they are told: words that ask for them, and hexadecimal colours.

The gateway offers their names, so this knows no numpy; paint.py makes light of them.
"""

from collections.abc import Iterable
from typing import Final

import attrs

__all__ = ["PALETTES", "Palette", "chosen"]


@attrs.frozen(eq=False)
class Palette:
    """``times`` are the words that ask for the palette outright, ``things`` those it merely suits.

    ``colours`` are those of :class:`Paint`, in its order; ``stars`` says how many there are in its sky.
    """

    times: frozenset[str]
    things: frozenset[str]
    colours: tuple[str, ...]
    stars: float


def _palette(times: str, things: str, colours: str, stars: float = 0.0) -> Palette:
    return Palette(frozenset(times.split()), frozenset(things.split()), tuple(colours.split()), stars)


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
