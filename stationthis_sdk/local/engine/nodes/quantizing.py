"""The core node that leaves a picture few colours."""

from typing import Final

import numpy as np
import numpy.typing as npt
from PIL import Image

from stationthis_sdk.local.engine.images import Picture, from_pillow
from stationthis_sdk.local.engine.node import IMAGE, Work, needed, node_class, one_of, whole

__all__ = ["bayer"]

_DITHERS: Final = ("none", "floyd-steinberg", "bayer-2", "bayer-4", "bayer-8", "bayer-16")


@node_class(
    "ImageQuantize",
    outputs=("IMAGE",),
    image=IMAGE,
    colors=needed(whole(1, 256, 256)),
    dither=one_of(*_DITHERS),
)
def _quantize(work: Work, image: Picture, colors: int, dither: str) -> tuple[Picture]:
    out = np.empty((*image.shape[:3], 3), np.float32)
    for picture, few in zip(image, out, strict=True):
        work.check()
        levels = np.clip(picture[..., :3] * np.float32(255), 0, 255).astype(np.uint8)
        few[...] = from_pillow(_quantized(levels, colors, dither).convert("RGB"))[0]
    return (out,)


def _quantized(levels: npt.NDArray[np.uint8], colors: int, dither: str) -> Image.Image:
    picture = Image.fromarray(levels)
    palette = picture.quantize(colors=colors)
    way = Image.Dither.NONE
    if dither == "floyd-steinberg":
        way = Image.Dither.FLOYDSTEINBERG
    elif dither.startswith("bayer-"):
        picture = _dithered(levels, len(palette.getpalette() or ()) // 3, int(dither.removeprefix("bayer-")))
    return picture.quantize(palette=palette, dither=way)


def _dithered(levels: npt.NDArray[np.uint8], colours: int, order: int) -> Image.Image:
    """Each pixel moved by its place in the pattern; the fewer colours there are, the further."""
    height, width, _ = levels.shape
    pattern = np.float32(2 * 256 / colours) * bayer(order) + np.float32(0.5)
    tiled = np.tile(pattern, (-(-height // order), -(-width // order)))[:height, :width, None]
    return Image.fromarray(np.clip(levels + tiled, 0, 255).astype(np.uint8))


def bayer(order: int) -> npt.NDArray[np.float32]:
    """Bayer's pattern of ``order`` x ``order``, its values evenly around 0.

    >>> bayer(2).tolist()
    [[-0.375, 0.125], [0.375, -0.125]]
    """
    if order == 1:
        return np.zeros((1, 1), np.float32)
    inner, step = bayer(order // 2), 1 / order**2
    rows = [[inner - 1.5 * step, inner + 0.5 * step], [inner + 1.5 * step, inner - 0.5 * step]]
    return np.block(rows).astype(np.float32)
