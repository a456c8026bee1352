"""Core nodes on masks."""

from collections.abc import Callable
from typing import Final

import numpy as np

from stationthis_sdk.local.engine.channels import broadcast
from stationthis_sdk.local.engine.images import Mask, Picture, allow
from stationthis_sdk.local.engine.morphology import grown
from stationthis_sdk.local.engine.node import (
    IMAGE,
    MASK,
    Work,
    needed,
    node_class,
    one_of,
    real,
    switch,
    whole,
)
from stationthis_sdk.local.engines import NodeFailed

__all__: list[str] = []

_SIDE: Final = needed(whole(1, 16384, 512))
_PLACE: Final = needed(whole(0, 16384, 0))
_CHANNELS: Final = ("red", "green", "blue", "alpha")


@node_class("SolidMask", outputs=("MASK",), value=needed(real(0, 1, 1.0)), width=_SIDE, height=_SIDE)
def _solid(_work: Work, value: float, width: int, height: int) -> tuple[Mask]:
    allow(1, height, width)
    return (np.full((1, height, width), value, np.float32),)


@node_class("InvertMask", outputs=("MASK",), mask=MASK)
def _invert(_work: Work, mask: Mask) -> tuple[Mask]:
    return (1 - mask,)


@node_class("CropMask", outputs=("MASK",), mask=MASK, x=_PLACE, y=_PLACE, width=_SIDE, height=_SIDE)
def _crop(_work: Work, mask: Mask, x: int, y: int, width: int, height: int) -> tuple[Mask]:
    cut = mask[:, y : y + height, x : x + width].copy()
    if not cut.size:
        raise NodeFailed(f"x {x}, y {y} is beyond the mask of {mask.shape[2]} x {mask.shape[1]} pixels")
    return (cut,)


@node_class("ThresholdMask", outputs=("MASK",), mask=MASK, value=needed(real(0, 1, 0.5)))
def _threshold(_work: Work, mask: Mask, value: float) -> tuple[Mask]:
    return ((mask > np.float32(value)).astype(np.float32),)


@node_class(
    "GrowMask",
    outputs=("MASK",),
    mask=MASK,
    expand=needed(whole(-16384, 16384, 0)),
    tapered_corners=switch(default=True),
)
def _grow(work: Work, mask: Mask, expand: int, tapered_corners: bool) -> tuple[Mask]:
    return (
        np.stack([grown(each, expand, round_corners=tapered_corners, check=work.check) for each in mask]),
    )


@node_class("FeatherMask", outputs=("MASK",), mask=MASK, left=_PLACE, top=_PLACE, right=_PLACE, bottom=_PLACE)
def _feather(_work: Work, mask: Mask, left: int, top: int, right: int, bottom: int) -> tuple[Mask]:
    _, height, width = mask.shape
    columns, rows = _fading(width, left, right), _fading(height, top, bottom)
    return (mask * columns * rows[:, None],)


def _fading(size: int, before: int, after: int) -> Mask:
    """What is left of each row or column.

    Counted from the end, the first weight falls on row 0 and the others on the last rows: ComfyUI's own slip.
    """
    left = np.ones(size, np.float32)
    before, after = min(before, size), min(after, size)
    for step in range(before):
        left[step] *= (step + 1) / before
    for step in range(after):
        left[-step] *= (step + 1) / after
    return left


def _logical(operation: Callable[[Mask, Mask], Mask]) -> Callable[[Mask, Mask], Mask]:
    """On masks rounded to no and yes."""
    return lambda one, two: operation(np.round(one) != 0, np.round(two) != 0).astype(np.float32)


_OPERATIONS: Final[dict[str, Callable[[Mask, Mask], Mask]]] = {
    "multiply": np.multiply,
    "add": np.add,
    "subtract": np.subtract,
    "and": _logical(np.logical_and),
    "or": _logical(np.logical_or),
    "xor": _logical(np.logical_xor),
}


@node_class(
    "MaskComposite",
    outputs=("MASK",),
    destination=MASK,
    source=MASK,
    x=_PLACE,
    y=_PLACE,
    operation=one_of(*_OPERATIONS),
)
def _composite(_work: Work, destination: Mask, source: Mask, x: int, y: int, operation: str) -> tuple[Mask]:
    if len(source) > len(destination):
        raise NodeFailed(
            f"{len(source)} source masks don't go onto {len(destination)}: give one, or as many as destination has"
        )
    out, source = broadcast(destination.copy(), source)
    place = out[:, y : y + source.shape[1], x : x + source.shape[2]]
    place[...] = _OPERATIONS[operation](place, source[:, : place.shape[1], : place.shape[2]])
    return (np.clip(out, 0, 1, out=out),)


@node_class("MaskToImage", outputs=("IMAGE",), mask=MASK)
def _to_image(_work: Work, mask: Mask) -> tuple[Picture]:
    return (np.repeat(mask[..., None], 3, axis=3),)


@node_class("ImageToMask", outputs=("MASK",), image=IMAGE, channel=one_of(*_CHANNELS))
def _from_image(_work: Work, image: Picture, channel: str) -> tuple[Mask]:
    index = _CHANNELS.index(channel)
    if index >= image.shape[3]:
        raise NodeFailed(f"the picture has no {channel} channel: choose one of {', '.join(_CHANNELS[:3])}")
    return (image[..., index].copy(),)


@node_class("ImageColorToMask", outputs=("MASK",), image=IMAGE, color=needed(whole(0, 0xFFFFFF, 0)))
def _from_colour(_work: Work, image: Picture, color: int) -> tuple[Mask]:
    wanted = [color >> 16 & 255, color >> 8 & 255, color & 255]
    levels = np.round(np.clip(image[..., :3], 0, 1) * np.float32(255))
    return ((levels == np.array(wanted, np.float32)).all(axis=3).astype(np.float32),)
