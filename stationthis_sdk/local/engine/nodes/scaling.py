"""Core nodes that give a picture another size."""

import math
from typing import Final

import numpy as np

from stationthis_sdk.local.engine.images import Picture, allow
from stationthis_sdk.local.engine.node import IMAGE, Work, needed, node_class, one_of, real, whole
from stationthis_sdk.local.engine.scaling import METHODS, fitted, resized

__all__: list[str] = []

_METHOD: Final = one_of(*METHODS)
_MEGAPIXEL: Final = 1024 * 1024


@node_class(
    "ImageScale",
    outputs=("IMAGE",),
    image=IMAGE,
    upscale_method=_METHOD,
    width=needed(whole(0, 16384, 512)),
    height=needed(whole(0, 16384, 512)),
    crop=one_of("disabled", "center"),
)
def _scale(
    work: Work, image: Picture, upscale_method: str, width: int, height: int, crop: str
) -> tuple[Picture]:
    """A side of 0 follows the other one; both 0 change nothing."""
    _, old_height, old_width, _ = image.shape
    if width == height == 0:
        return (image,)
    width = width or max(1, round(old_width * height / old_height))
    height = height or max(1, round(old_height * width / old_width))
    scale = fitted if crop == "center" else resized
    return (scale(image, width, height, upscale_method, work.check),)


@node_class(
    "ImageScaleBy",
    outputs=("IMAGE",),
    image=IMAGE,
    upscale_method=_METHOD,
    scale_by=needed(real(0.01, 8, 1.0)),
)
def _scale_by(work: Work, image: Picture, upscale_method: str, scale_by: float) -> tuple[Picture]:
    _, height, width, _ = image.shape
    return (resized(image, round(width * scale_by), round(height * scale_by), upscale_method, work.check),)


@node_class(
    "ImageScaleToTotalPixels",
    outputs=("IMAGE",),
    image=IMAGE,
    upscale_method=_METHOD,
    megapixels=needed(real(0.01, 16, 1.0)),
)
def _scale_to(work: Work, image: Picture, upscale_method: str, megapixels: float) -> tuple[Picture]:
    _, height, width, _ = image.shape
    by = math.sqrt(int(megapixels * _MEGAPIXEL) / (width * height))
    return (resized(image, round(width * by), round(height * by), upscale_method, work.check),)


@node_class(
    "ResizeAndPadImage",
    outputs=("IMAGE",),
    image=IMAGE,
    target_width=needed(whole(1, 16384, 512)),
    target_height=needed(whole(1, 16384, 512)),
    padding_color=one_of("white", "black"),
    interpolation=one_of("area", "bicubic", "nearest-exact", "bilinear", "lanczos"),
)
def _resize_and_pad(
    work: Work, image: Picture, target_width: int, target_height: int, padding_color: str, interpolation: str
) -> tuple[Picture]:
    count, height, width, channels = image.shape
    allow(count, target_height, target_width)
    by = min(target_width / width, target_height / height)
    inner = resized(image, int(width * by), int(height * by), interpolation, work.check)
    _, height, width, _ = inner.shape
    top, left = (target_height - height) // 2, (target_width - width) // 2
    out = np.full((count, target_height, target_width, channels), float(padding_color == "white"), np.float32)
    out[:, top : top + height, left : left + width] = inner
    return (out,)
