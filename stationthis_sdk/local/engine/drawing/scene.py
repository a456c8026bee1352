"""What the procedural picture shows: a landscape composed from the words and the seed, in linear light."""

import hashlib
import re
from collections.abc import Sequence
from typing import Any, Final

import attrs
import numpy as np

from stationthis_sdk.local.engine.drawing import motifs
from stationthis_sdk.local.engine.drawing.land import Ridge, paint_ridge, ripples, tinged
from stationthis_sdk.local.engine.drawing.noise import Field, Line, Plane, hills, houses, peaks, woods
from stationthis_sdk.local.engine.drawing.paint import mixed
from stationthis_sdk.local.engine.drawing.palettes import chosen
from stationthis_sdk.local.engine.drawing.sky import Sky

__all__ = ["Scene", "compose"]

_LANDS: Final = {
    "sea": "sea ocean harbour harbor water lake boat ship beach wave waves river lighthouse island coast bay bridge sail",
    "forest": "forest tree trees wood woods jungle fox deer wolf bear owl snow winter cabin moss",
    "mountains": "mountain mountains hill hills alps peak rock valley cliff canyon dragon castle eagle",
    "city": "city street skyline town house houses building robot car neon cyberpunk tokyo station train",
    "meadow": "desert dune dunes sand camel meadow field grass garden flower flowers horse cat dog portrait",
    "space": "space galaxy planet star stars cosmos rocket moon astronaut alien nebula",
}
_HORIZONS: Final = {"sea": 0.6, "space": 0.9, "meadow": 0.62, "city": 0.78, "forest": 0.7, "mountains": 0.72}
_BOATS: Final = frozenset({"boat", "sail", "ship", "harbour", "harbor"})
_SNOWS: Final = frozenset({"snow", "snowy", "winter", "snowflake"})
_FLOWERS: Final = frozenset({"flower", "flowers", "meadow", "garden", "blossom"})


@attrs.frozen(eq=False)
class Scene:
    """A composed landscape. Places are in picture heights: y from 0 at the top to 1, x from the middle."""

    sky: Sky
    ridges: tuple[Ridge, ...]
    is_water: bool
    flow: float
    lighthouse: float | None
    boat: float | None
    snows: bool

    def colours(self, x: Plane, y: Plane, along: float, sharp: float) -> Plane:
        """Linear light, shape (3, rows, columns), at the places of a grid whose rows have one y each.

        ``along`` is how far a brush has moved from there, ``sharp`` a pixel's size.
        """
        brush_x, brush_y = self.brushed(x, y, along)
        wet = int(np.searchsorted(y[:, 0], self.sky.horizon)) if self.is_water else len(y)
        out = np.empty((3, *x.shape), np.float32)
        if wet:
            out[:, :wet] = self._dry(x[:wet], y[:wet], brush_x[:wet], brush_y[:wet], sharp)
        if wet < len(y):
            out[:, wet:] = self._wet(x[wet:], y[wet:], brush_x[wet:], sharp)
        if self.boat is not None:
            motifs.paint_boat(out, self.sky, self.boat, x, y, sharp)
        if self.snows:
            motifs.paint_snow(out, self.sky, x, y)
        return out

    def brushed(self, x: Plane, y: Plane, along: float) -> tuple[Plane, Plane]:
        """Where a brush that follows the wind has got to."""
        turn = (self.sky.soft.at(x * 0.21 + self.sky.shift_x, y * 0.21 + 0.37) - 0.5) * np.float32(
            9 * self.flow
        )
        return x + np.cos(turn) * np.float32(along), y + np.sin(turn) * np.float32(along * 0.8)

    def _dry(self, x: Plane, y: Plane, brush_x: Plane, brush_y: Plane, sharp: float) -> Plane:
        out = self.sky.colours(x, y, brush_x, brush_y, sharp)
        for ridge in self.ridges:
            paint_ridge(out, ridge, self.sky, x, y, sharp)
        if self.lighthouse is not None:
            motifs.paint_lighthouse(out, self.sky, self.lighthouse, x, y, sharp)
        return out

    def _wet(self, x: Plane, y: Plane, brush_x: Plane, sharp: float) -> Plane:
        mirror_x, mirror_y, wave, near = ripples(self.sky, self.sky.horizon, x, y, brush_x)
        mirrored = self._dry(mirror_x, mirror_y, mirror_x, mirror_y, sharp * 2)
        return tinged(mirrored, self.sky, x, wave, near)


def compose(prompt: str, seed: int, palette: str = "") -> Scene:
    """Compose a landscape: the words choose what it shows, the seed how."""
    words = re.findall(r"[^\W_]+", prompt.casefold())
    digest = hashlib.sha256(" ".join(words).encode("utf-8", "replace")).digest()
    taste = np.random.default_rng(list(digest))  # of the words alone
    rng = np.random.default_rng([*digest, *abs(seed).to_bytes(16, "little"), seed < 0])
    tint = (1 + taste.uniform(-0.14, 0.14, 3)).astype(np.float32)[:, None, None]
    paint = mixed(chosen(palette, words, digest[0])).tinted(tint)
    scores = {land: sum(word in known.split() for word in words) for land, known in _LANDS.items()}
    best = max(scores, key=lambda land: scores[land])
    land = best if scores[best] else list(_LANDS)[digest[1] % len(_LANDS)]
    horizon = float(_HORIZONS[land] + rng.uniform(-0.05, 0.05))
    is_moon = paint.stars > 0.5 or "moon" in words
    high = (0.22, 0.55) if is_moon else (0.35, 0.88)
    sky = Sky(
        paint=paint,
        horizon=horizon,
        sun_x=float(rng.uniform(-0.4, 0.4)),
        sun_y=float(horizon * rng.uniform(*high)),
        radius=float(rng.uniform(0.035, 0.075) * (2.4 if land == "space" else 1)),
        is_moon=is_moon,
        clouds=float(rng.uniform(0.4, 0.62) - (0.16 if paint.stars > 0.5 else 0)),
        nebula=land == "space",
        soft=Field(rng, 1.9),
        cloudy=Field(rng, 1.35),
        rough=Field(rng, 0.3),
        shift_x=float(rng.uniform()),
        shift_y=float(rng.uniform()),
    )
    return Scene(
        sky=sky,
        ridges=tuple(_ridges(land, horizon, rng, frozenset(words))),
        is_water=land == "sea" or bool({"lake", "sea", "harbour", "harbor"} & set(words)),
        flow=float(taste.uniform(0.35, 1.0)),
        lighthouse=float(rng.uniform(-0.3, 0.3)) if "lighthouse" in words else None,
        boat=float(rng.uniform(-0.35, 0.35)) if land == "sea" and _BOATS & set(words) else None,
        snows=bool(_SNOWS & set(words)),
    )


def _ridges(land: str, horizon: float, rng: np.random.Generator, words: frozenset[str]) -> Sequence[Ridge]:
    white = 0.85 if _SNOWS & words else 0.0

    def ridge(line: Line, below: float, low: float, high: float, depth: float, **more: Any) -> Ridge:
        height, offset, spread = rng.uniform(low, high), rng.uniform(0, 4), rng.uniform(0.85, 1.25)
        return Ridge(line, horizon + below, float(height), depth, float(offset), float(spread), **more)

    match land:
        case "sea":
            return [ridge(hills(rng, 1.4), 0.004, 0.05, 0.14, 0.2, snow=white)]
        case "forest":
            return [
                ridge(peaks(rng, 1.9), 0.0, 0.14, 0.28, 0.08, snow=white),
                ridge(woods(rng, 170), 0.03, 0.1, 0.15, 0.35, snow=white),
                ridge(woods(rng, 100), 0.12, 0.2, 0.28, 0.65, snow=white),
                ridge(woods(rng, 56), 0.29, 0.36, 0.5, 0.97, snow=white * 0.9),
            ]
        case "mountains":
            return [
                ridge(peaks(rng, 1.9), 0.0, 0.4, 0.56, 0.1, snow=0.9),
                ridge(peaks(rng, 1.9), 0.1, 0.3, 0.42, 0.42, snow=white),
                ridge(hills(rng, 1.5), 0.17, 0.14, 0.22, 0.72, snow=white),
                ridge(woods(rng, 90), 0.3, 0.18, 0.26, 1.0, snow=white),
            ]
        case "city":
            return [
                ridge(houses(rng, 150), 0.0, 0.3, 0.42, 0.2, is_lit=True),
                ridge(houses(rng, 105), 0.07, 0.34, 0.46, 0.55, is_lit=True),
                ridge(houses(rng, 62), 0.22, 0.28, 0.4, 0.95, is_lit=True),
            ]
        case "space":
            return [ridge(peaks(rng, 1.6), 0.12, 0.14, 0.24, 0.9)]
    flowers = bool(_FLOWERS & words)
    return [
        ridge(peaks(rng, 1.9), -0.01, 0.08, 0.18, 0.1),
        ridge(hills(rng, 1.8), 0.09, 0.1, 0.17, 0.3),
        ridge(hills(rng, 1.8), 0.2, 0.12, 0.2, 0.58),
        ridge(hills(rng, 1.9), 0.36, 0.14, 0.2, 0.85, flowers=flowers),
    ]
