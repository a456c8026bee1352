"""Blurring with ComfyUI's bell curve, which is spread over -1..1 whatever the radius."""

from collections.abc import Callable

import numpy as np

from stationthis_sdk.local.engine.images import Picture, bands

__all__ = ["blurred"]


def blurred(picture: Picture, radius: int, sigma: float, check: Callable[[], None]) -> Picture:
    """One picture (height, width, channels), mirrored at its borders; ``check`` is called between bands of rows."""
    offsets = np.linspace(-1, 1, 2 * radius + 1)
    bell = np.exp(-(offsets**2) / (2 * sigma**2))
    weights = (bell / bell.sum()).astype(np.float32)
    height, width, _ = picture.shape
    padded = np.pad(picture, ((radius, radius), (radius, radius), (0, 0)), mode="reflect")
    out = np.empty_like(picture)
    for at in bands(padded[0], height, check):
        band = out[at]
        band[...] = 0
        rows = np.zeros((len(band), *padded.shape[1:]), np.float32)
        for shift, weight in enumerate(weights):
            rows += padded[at.start + shift : at.stop + shift] * weight
        for shift, weight in enumerate(weights):
            band += rows[:, shift : shift + width] * weight
    return out
