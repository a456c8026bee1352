"""What stands and lies under the sky: ridges one before the other, and water that mirrors them."""

import attrs
import numpy as np

from stationthis_sdk.local.engine.drawing.noise import Field, Line, Plane, blend, distance, scattered, smooth
from stationthis_sdk.local.engine.drawing.paint import Paint
from stationthis_sdk.local.engine.drawing.sky import Sky

__all__ = ["Ridge", "paint_ridge", "ripples", "tinged"]


@attrs.frozen(eq=False)
class Ridge:
    """A line of hills, trees or houses; ``depth`` is 0 for the farthest and 1 for the nearest."""

    line: Line
    level: float
    height: float
    depth: float
    offset: float
    spread: float
    is_lit: bool = False
    snow: float = 0.0
    flowers: bool = False


def paint_ridge(out: Plane, ridge: Ridge, sky: Sky, x: Plane, y: Plane, sharp: float) -> None:
    """Paint a ridge over what is behind it."""
    if float(y.max()) < ridge.level - ridge.height * ridge.line.highest - sharp:
        return
    paint: Paint = sky.paint
    top = np.float32(ridge.level) - np.float32(ridge.height) * ridge.line.at(
        x / np.float32(ridge.spread) + ridge.offset
    )
    under = y - top
    mask = smooth(-sharp, sharp, under)
    if not mask.any():
        return
    grain = sky.cloudy.at(x * 0.8 + under * 0.5 + ridge.offset, y * 0.9 - x * 0.2 + ridge.offset)
    rough = sky.rough.at(x * 0.8 + ridge.offset, y * 0.8)
    body = blend(paint.far, paint.near, ridge.depth) * (0.62 + 0.6 * grain + 0.16 * rough)
    if ridge.snow:
        cap = smooth(0.2, 0.08, under / np.float32(ridge.height) + (grain - 0.42) * 0.8) * np.float32(
            ridge.snow
        )
        body += (blend(blend(paint.low, paint.glow, 0.4), paint.far, 0.35) * (0.6 + 0.5 * grain) - body) * cap
    near_sun = np.exp(distance(x - np.float32(sky.sun_x), top - np.float32(sky.sun_y)) * -2.6)
    body += paint.glow * (near_sun * np.exp(np.clip(under, 0, 1) * -26) * np.float32(0.4))
    mist = np.float32(0.62 * (1 - ridge.depth) ** 1.5) * smooth(0.0, max(0.12, ridge.height), under)
    body += (blend(paint.low, paint.far, 0.45) - body) * mist
    if ridge.is_lit:
        _light_windows(body, sky.rough, paint, x, y, under)
    if ridge.flowers:
        _scatter_flowers(body, sky.rough, paint, x, y, under)
    out += (body - out) * mask


def _light_windows(body: Plane, dice: Field, paint: Paint, x: Plane, y: Plane, under: Plane) -> None:
    column, row = np.floor(x * 74), np.floor(y * 62)
    across, down = x * 74 - column, y * 62 - row
    inside = (across > 0.3) & (across < 0.75) & (down > 0.25) & (down < 0.75) & (under > 0.014)
    bright = np.clip(dice.dice(column, row, 5) * 2.4 - 1.35, 0, 1) * inside
    body += paint.accent * (bright * np.float32(0.95))


def _scatter_flowers(body: Plane, dice: Field, paint: Paint, x: Plane, y: Plane, under: Plane) -> None:
    rose = np.array([0.85, 0.1, 0.2], np.float32)[:, None, None]
    shown = smooth(0.0, 0.06, under) * np.float32(0.95)
    for cells, colour in ((44.0, rose), (37.0, paint.accent), (29.0, paint.glow), (17.0, rose)):
        spots = scattered(dice, x + cells, y * 1.5, cells, 0.35, 0.17)
        body += (colour - body) * (np.clip(spots * 3, 0, 1) * shown)


def ripples(sky: Sky, line: float, x: Plane, y: Plane, brush_x: Plane) -> tuple[Plane, Plane, Plane, Plane]:
    """Where the water at these places mirrors the world, its waves, and how near it is (0..1)."""
    near = np.clip((y - np.float32(line)) / np.float32(1 - line), 1e-3, 1)
    across = (x + (brush_x - x) * 0.5) / (0.25 + near * 1.3)
    far = 1 / np.sqrt(near)
    wave = sky.cloudy.at(across * 0.5 + sky.shift_x, far * 0.9) - np.float32(0.5)
    wave += (sky.rough.at(across * 0.3, far * 1.1 + 0.3) - np.float32(0.5)) * 0.35
    mirror_x = x + wave * 0.06 * (0.3 + near)
    mirror_y = np.minimum(2 * np.float32(line) - y + wave * 0.2 * (0.12 + near), np.float32(line - 0.002))
    return mirror_x, mirror_y, wave, near


def tinged(out: Plane, sky: Sky, x: Plane, wave: Plane, near: Plane) -> Plane:
    """A mirrored world as water shows it: darker toward us, with the sun's path on it."""
    paint = sky.paint
    deep = blend(paint.near, paint.top, 0.45)
    out = blend(out * np.float32(0.88), deep, np.clip(0.1 + near * 0.55 - wave * 0.8, 0, 0.85))
    wide = (x - np.float32(sky.sun_x)) / (sky.radius * 1.1 + near * 0.24)
    path = np.exp(-(wide * wide)) * smooth(0.02, 0.3, wave)
    out += paint.glow * (path * (0.9 - 0.4 * near) * np.float32(0.45 if sky.is_moon else 1))
    out += (blend(paint.low, paint.glow, 0.3) - out) * (np.exp(near * -26) * 0.4)
    return out
