"""Core nodes that cut, turn and mirror a picture, and tell its size."""

from typing import Final

import numpy as np

from stationthis_sdk.local.engine.images import Picture
from stationthis_sdk.local.engine.node import IMAGE, Work, needed, node_class, one_of, whole

__all__: list[str] = []

_TURNS: Final = ("none", "90 degrees", "180 degrees", "270 degrees")


@node_class(
    "ImageCrop",
    outputs=("IMAGE",),
    image=IMAGE,
    width=needed(whole(1, 16384, 512)),
    height=needed(whole(1, 16384, 512)),
    x=needed(whole(0, 16384, 0)),
    y=needed(whole(0, 16384, 0)),
)
def _crop(_work: Work, image: Picture, width: int, height: int, x: int, y: int) -> tuple[Picture]:
    left, top = min(x, image.shape[2] - 1), min(y, image.shape[1] - 1)
    return (image[:, top : top + height, left : left + width].copy(),)


@node_class(
    "ImageFlip",
    outputs=("IMAGE",),
    image=IMAGE,
    flip_method=one_of("x-axis: vertically", "y-axis: horizontally"),
)
def _flip(_work: Work, image: Picture, flip_method: str) -> tuple[Picture]:
    return (np.ascontiguousarray(np.flip(image, 1 if flip_method.startswith("x") else 2)),)


@node_class("ImageRotate", outputs=("IMAGE",), image=IMAGE, rotation=one_of(*_TURNS))
def _rotate(_work: Work, image: Picture, rotation: str) -> tuple[Picture]:
    return (np.ascontiguousarray(np.rot90(image, _TURNS.index(rotation), axes=(2, 1))),)  # clockwise


@node_class("GetImageSize", outputs=("INT", "INT", "INT"), image=IMAGE)
def _size(_work: Work, image: Picture) -> tuple[int, int, int]:
    count, height, width, _ = image.shape
    return width, height, count
