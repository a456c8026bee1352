"""Core nodes that make a picture larger: by a border to paint on, or by another picture beside it."""

from typing import Any, Final

import numpy as np

from stationthis_sdk.local.engine.channels import with_channels
from stationthis_sdk.local.engine.images import Mask, Picture, allow
from stationthis_sdk.local.engine.node import IMAGE, Slot, Work, needed, node_class, one_of, switch, whole
from stationthis_sdk.local.engine.scaling import resized

__all__: list[str] = []

_BORDER: Final = needed(whole(0, 16384, 0))
_COLOURS: Final = {
    "white": (1, 1, 1),
    "black": (0, 0, 0),
    "red": (1, 0, 0),
    "green": (0, 1, 0),
    "blue": (0, 0, 1),
}


@node_class(
    "ImagePadForOutpaint",
    outputs=("IMAGE", "MASK"),
    image=IMAGE,
    left=_BORDER,
    top=_BORDER,
    right=_BORDER,
    bottom=_BORDER,
    feathering=needed(whole(0, 16384, 40)),
)
def _pad(
    _work: Work, image: Picture, left: int, top: int, right: int, bottom: int, feathering: int
) -> tuple[Picture, Mask]:
    count, height, width, channels = image.shape
    new_height, new_width = top + height + bottom, left + width + right
    allow(count, new_height, new_width)
    out = np.full((count, new_height, new_width, channels), 0.5, np.float32)
    out[:, top : top + height, left : left + width] = image
    mask = np.ones((1, new_height, new_width), np.float32)
    inner = mask[0, top : top + height, left : left + width]
    inner[...] = 0
    if 0 < 2 * feathering < min(height, width):
        rows = _nearest_border(height, before=top > 0, after=bottom > 0)
        columns = _nearest_border(width, before=left > 0, after=right > 0)
        distance = np.minimum(rows[:, None], columns[None])
        inner[...] = np.clip((feathering - distance) / feathering, 0, None) ** 2
    return out, mask


def _nearest_border(size: int, *, before: bool, after: bool) -> Any:
    """How far each row or column is from a border that grows."""
    places = np.arange(size, dtype=np.float64)
    far = np.full(size, float(size))
    return np.minimum(places if before else far, size - places if after else far)


@node_class(
    "ImageStitch",
    outputs=("IMAGE",),
    image1=IMAGE,
    direction=needed(one_of("right", "down", "left", "up", default="right")),
    match_image_size=switch(default=True),
    spacing_width=needed(whole(0, 1024, 0)),
    spacing_color=needed(one_of(*_COLOURS, default="white")),
    image2=Slot("IMAGE", required=False),
)
def _stitch(
    work: Work,
    image1: Picture,
    direction: str,
    match_image_size: bool,
    spacing_width: int,
    spacing_color: str,
    image2: Picture | None,
) -> tuple[Picture]:
    if image2 is None:
        return (image1,)
    across = direction in {"right", "left"}
    count = max(len(image1), len(image2))
    _, height, width, _ = image1.shape
    if match_image_size:
        proportion = image2.shape[2] / image2.shape[1]
        if across:
            width = int(height * proportion)
        else:
            height = int(width / proportion)
        image2 = resized(image2, width, height, "lanczos", work.check)
    gap = spacing_width + spacing_width % 2
    _check_size(image1, image2, count, gap, across=across)
    one, two = _held(image1, count), _held(image2, count)
    level = float(spacing_color == "white")
    breadth = max(one.shape[1 if across else 2], two.shape[1 if across else 2])
    channels = max(one.shape[3], two.shape[3])
    one, two = (
        with_channels(_broadened(each, breadth, level, across=across), channels) for each in (one, two)
    )
    parts = [two, one] if direction in {"left", "up"} else [one, two]
    if gap:
        colour = np.array([*_COLOURS[spacing_color], 1], np.float32)[:channels]
        shape = (count, breadth, gap, channels) if across else (count, gap, breadth, channels)
        parts.insert(1, np.broadcast_to(colour, shape))
    return (np.concatenate(parts, axis=2 if across else 1),)


def _check_size(one: Picture, two: Picture, count: int, gap: int, *, across: bool) -> None:
    (_, height, width, _), (_, other_height, other_width, _) = one.shape, two.shape
    if across:
        allow(count, max(height, other_height), width + gap + other_width)
    else:
        allow(count, height + gap + other_height, max(width, other_width))


def _held(picture: Picture, count: int) -> Picture:
    """A batch made longer by its last picture."""
    return picture[np.minimum(np.arange(count), len(picture) - 1)]


def _broadened(picture: Picture, breadth: int, level: float, *, across: bool) -> Picture:
    """In the middle of a strip of that breadth."""
    axis = 1 if across else 2
    missing = breadth - picture.shape[axis]
    if not missing:
        return picture
    pad = [(0, 0)] * 4
    pad[axis] = (missing // 2, missing - missing // 2)
    return np.pad(picture, pad, constant_values=level)
