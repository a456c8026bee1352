"""Core nodes that change a picture's pixels and keep its size."""

from typing import Final

import numpy as np

from stationthis_sdk.local.engine.blurring import blurred
from stationthis_sdk.local.engine.gaussian import gaussian
from stationthis_sdk.local.engine.images import Picture
from stationthis_sdk.local.engine.node import IMAGE, Work, needed, node_class, real, whole

__all__: list[str] = []

_RADIUS: Final = needed(whole(1, 31, 1))
_SIGMA: Final = needed(real(0.1, 10, 1.0))


@node_class("ImageInvert", outputs=("IMAGE",), image=IMAGE)
def _invert(_work: Work, image: Picture) -> tuple[Picture]:
    return (1 - image,)


@node_class("ImageBlur", outputs=("IMAGE",), image=IMAGE, blur_radius=_RADIUS, sigma=_SIGMA)
def _blur(work: Work, image: Picture, blur_radius: int, sigma: float) -> tuple[Picture]:
    out = np.empty_like(image)
    for picture, soft in zip(image, out, strict=True):
        soft[...] = blurred(picture, blur_radius, sigma, work.check)
    return (out,)


@node_class(
    "ImageSharpen",
    outputs=("IMAGE",),
    image=IMAGE,
    sharpen_radius=_RADIUS,
    sigma=_SIGMA,
    alpha=needed(real(0, 5, 1.0)),
)
def _sharpen(work: Work, image: Picture, sharpen_radius: int, sigma: float, alpha: float) -> tuple[Picture]:
    """What blurring would take away is added, ten times ``alpha``."""
    out = np.empty_like(image)
    for picture, sharp in zip(image, out, strict=True):
        changed = blurred(picture, sharpen_radius, sigma, work.check)
        np.subtract(picture, changed, out=changed)
        changed *= np.float32(10 * alpha)
        changed += picture
        np.clip(changed, 0, 1, out=sharp)
    return (out,)


@node_class(
    "ImageAddNoise",
    outputs=("IMAGE",),
    image=IMAGE,
    seed=needed(whole(0, 2**64 - 1, 0)),
    strength=needed(real(0, 1, 0.5)),
)
def _add_noise(work: Work, image: Picture, seed: int, strength: float) -> tuple[Picture]:
    noisy = gaussian(seed, image.size, work.check).reshape(image.shape)
    noisy *= np.float32(strength)
    noisy += image
    return (np.clip(noisy, 0, 1, out=noisy),)
