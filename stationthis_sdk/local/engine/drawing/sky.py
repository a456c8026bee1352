"""The sky of the procedural picture: colours, sun or moon, stars, nebulae and clouds."""

import attrs
import numpy as np

from stationthis_sdk.local.engine.drawing.noise import Field, Plane, blend, distance, scattered, smooth
from stationthis_sdk.local.engine.drawing.paint import Paint

__all__ = ["Sky"]


@attrs.frozen(eq=False)
class Sky:
    """Places are in picture heights: y from 0 at the top to 1, x from the middle."""

    paint: Paint
    horizon: float
    sun_x: float
    sun_y: float
    radius: float
    is_moon: bool
    clouds: float
    nebula: bool
    soft: Field
    cloudy: Field
    rough: Field
    shift_x: float
    shift_y: float

    def colours(self, x: Plane, y: Plane, brush_x: Plane, brush_y: Plane, sharp: float) -> Plane:
        """Linear light at these places; clouds are sampled where the brush has moved, all else stays crisp."""
        paint = self.paint
        warp = self.soft.at(brush_x * 0.3 + self.shift_x, brush_y * 0.45 + self.shift_y) - np.float32(0.5)
        fall = np.clip(y * np.float32(1 / self.horizon) + warp * 0.3, 0, 1)
        out = blend(paint.top, paint.middle, smooth(0.0, 0.62, fall))
        out = blend(out, paint.low, smooth(0.5, 1.05, fall))
        if paint.stars:
            self._add_stars(out, x, y, fall)
        if self.nebula:
            self._add_nebula(out, brush_x, brush_y, warp)
        away = distance(x - np.float32(self.sun_x), y - np.float32(self.sun_y))
        halo = np.exp(away * -3.4) * 0.5 + np.exp(away * -11) * 0.5
        if self.is_moon:
            halo *= np.float32(0.5)
        drift = warp * 0.16
        clouds = self.cloudy.at(brush_x * 0.33 + drift + self.shift_y, brush_y * 0.95 + drift + self.shift_x)
        toward = self.cloudy.at(
            (brush_x * 0.95 + self.sun_x * 0.05) * 0.33 + drift + self.shift_y,
            (brush_y * 0.95 + self.sun_y * 0.05) * 0.95 + drift + self.shift_x,
        )
        cover = smooth(1 - self.clouds, 1.36 - self.clouds, clouds) * (1.2 - 0.6 * fall)
        lit = np.clip(0.4 + (clouds - toward) * 3.4 + halo * 0.9, 0, 1.35)
        shade = blend(blend(paint.far, paint.middle, 0.5), paint.top, 0.2)
        cloud = blend(shade, blend(paint.glow, paint.low, 0.4), lit)
        out += (cloud - out) * (cover * np.float32(0.85))
        out += paint.glow * (halo * (1 - 0.3 * cover) * np.float32(0.7))
        disc = smooth(self.radius + sharp, self.radius - sharp, away) * (1 - 0.6 * cover)
        if disc.any():
            out += (self._face(x, y) - out) * disc
        return out

    def _face(self, x: Plane, y: Plane) -> Plane:
        if not self.is_moon:
            return self.paint.glow * np.float32(1.25)
        across, down = (x - np.float32(self.sun_x)) / self.radius, (y - np.float32(self.sun_y)) / self.radius
        height = np.sqrt(np.clip(1 - across * across - down * down, 0, 1))
        light = np.clip(0.42 * across - 0.4 * down + 0.85 * height, 0.02, 1)
        seas = self.cloudy.at(across * 0.09 + 0.3, down * 0.09 + 0.1) + 0.4 * self.rough.at(
            across * 0.06, down * 0.06
        )
        face = blend(self.paint.middle, self.paint.glow, np.clip(seas * 1.5 - 0.25, 0.1, 1))
        shaded: Plane = face * (light * np.float32(1.25))
        return shaded

    def _add_stars(self, out: Plane, x: Plane, y: Plane, fall: Plane) -> None:
        dust = scattered(self.rough, x, y, 110.0, 0.22, 0.16) * 0.5
        bright = scattered(self.rough, x + 0.37, y + 0.11, 26.0, 0.2, 0.06) * 1.6
        out += (dust + bright) * (np.clip(0.95 - fall, 0, 1) * np.float32(self.paint.stars))

    def _add_nebula(self, out: Plane, x: Plane, y: Plane, warp: Plane) -> None:
        band = np.exp(-(((y - 0.4 + 0.5 * x * (self.shift_x - 0.5) + warp * 0.9) / 0.24) ** 2))
        gas = self.cloudy.at(x * 0.4 + warp * 0.5, y * 0.4 + warp * 0.4 + self.shift_y)
        veil = self.cloudy.at(x * 0.7 + 0.4, y * 0.7 + warp * 0.6)
        much = smooth(0.3, 0.95, gas) * (0.25 + band)
        rose = np.array([0.85, 0.16, 0.42], np.float32)[:, None, None]
        teal = np.array([0.08, 0.42, 0.72], np.float32)[:, None, None]
        out += blend(teal, rose, np.clip(warp * 2.6 + 0.5, 0, 1)) * (much * np.float32(0.75))
        out += self.paint.glow * (band * smooth(0.45, 1.0, gas) * np.float32(0.42))
        out *= 1 - 0.62 * smooth(0.5, 0.8, veil) * band
