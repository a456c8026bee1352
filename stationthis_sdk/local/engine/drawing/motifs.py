"""Things a prompt may name that the procedural picture can draw: a lighthouse, a sailing boat, falling snow."""

import numpy as np

from stationthis_sdk.local.engine.drawing.noise import Plane, blend, distance, scattered, smooth
from stationthis_sdk.local.engine.drawing.sky import Sky

__all__ = ["paint_boat", "paint_lighthouse", "paint_snow"]


def paint_lighthouse(out: Plane, sky: Sky, place: float, x: Plane, y: Plane, sharp: float) -> None:
    """A striped tower on a rock, its lamp lit."""
    near = np.flatnonzero((np.abs(x - np.float32(place)) < 0.36).any(axis=0))
    if near.size:
        columns = slice(int(near[0]), int(near[-1]) + 1)
        _paint_tower(out[..., columns], sky, place, x[:, columns], y[:, columns], sharp)
    lamp = np.float32(sky.horizon - 0.298)
    off = np.abs(x - np.float32(place))
    wide = (y - lamp + 0.14 * off) / (0.055 * off + 0.004)
    away = distance(off, y - lamp)
    shine = np.exp(-wide * wide - away * 1.8) * 0.55 + np.exp(away * -24) * 0.9
    out += sky.paint.glow * shine


def _paint_tower(out: Plane, sky: Sky, place: float, x: Plane, y: Plane, sharp: float) -> None:
    paint, foot = sky.paint, np.float32(sky.horizon - 0.04)
    head = foot - np.float32(0.24)
    side = x - np.float32(place)
    off = np.abs(side)
    lumps = sky.cloudy.at(x * 0.9, y * 0.4) * 0.05
    rock = smooth(-sharp, sharp, y - (sky.horizon + 0.032 - 0.075 * np.exp(-((side / 0.12) ** 2)) - lumps))
    stone = blend(paint.near, paint.far, 0.12) * (0.6 + sky.rough.at(x * 1.1, y * 1.1))
    out += (stone - out) * (rock * smooth(0.34, 0.22, off + lumps * 2))
    rise = np.clip((foot - y) / (foot - head), 0, 1)
    half = 0.03 - 0.012 * rise
    tower = (
        smooth(sharp, -sharp, off - half) * smooth(-sharp, sharp, y - head) * smooth(sharp, -sharp, y - foot)
    )
    light = np.clip(0.6 + side / half * (0.4 if sky.sun_x > place else -0.4), 0.14, 1.1)
    stripe = smooth(-0.08, 0.08, np.sin(rise * 15.7))
    body = blend(blend(paint.accent, paint.near, 0.3), blend(paint.glow, paint.far, 0.25), stripe) * light
    out += (body - out) * tower
    lamp = head - np.float32(0.018)
    room = smooth(sharp, -sharp, off - 0.013) * smooth(sharp, -sharp, np.abs(y - lamp) - 0.018)
    out += (paint.glow * np.float32(1.6) - out) * room
    roof = smooth(sharp, -sharp, off - np.clip((y - head + 0.062) * 0.75, -1, 0.021))
    roof *= smooth(sharp, -sharp, y - head + 0.034)
    rail = smooth(sharp, -sharp, off - 0.023) * smooth(sharp, -sharp, np.abs(y - head) - 0.005)
    out += (paint.near - out) * np.maximum(roof, rail)


def paint_boat(out: Plane, sky: Sky, place: float, x: Plane, y: Plane, sharp: float) -> None:
    """A small boat under sail, and its mirror image."""
    size = 0.085
    up = (np.float32(sky.horizon + 0.055) - y) / size
    side = (x - np.float32(place)) / size
    edge = sharp / size
    above = smooth(-edge, edge, up - 0.17)
    sail = above * smooth(-edge, edge, side - 0.03) * smooth(edge, -edge, side - 0.62 * (1.3 - up))
    jib = above * smooth(edge, -edge, side + 0.04) * smooth(-edge, edge, side + 0.42 * (1.1 - up))
    hull = (
        smooth(edge, -edge, up - 0.13)
        * smooth(-edge, edge, up + 0.09)
        * smooth(edge, -edge, np.abs(side) - 0.5 - 0.9 * up)
    )
    mirror = (
        smooth(edge, -edge, up + 0.09)
        * smooth(-1.0, -0.1, up)
        * smooth(edge, -edge, np.abs(side) - 0.34 * (1 + up))
    )
    white = blend(sky.paint.glow, sky.paint.far, 0.12)
    red = blend(sky.paint.accent, sky.paint.near, 0.12)
    for mask, colour in (
        (mirror * 0.3, red),
        (sail, white * (1 - 0.35 * np.clip(side, 0, 1))),
        (jib, red),
        (hull, sky.paint.near),
    ):
        out += (colour - out) * mask


def paint_snow(out: Plane, sky: Sky, x: Plane, y: Plane) -> None:
    """Flakes near and far."""
    white = blend(sky.paint.low, sky.paint.glow, 0.5)
    for cells, size, much in ((34.0, 0.11, 0.6), (15.0, 0.08, 0.85)):
        flakes = scattered(sky.rough, x + cells, y + x * 0.12 + cells * 0.3, cells, 0.45, size)
        out += (white - out) * np.clip(flakes * np.float32(2 * much), 0, np.float32(much))
