"""Core nodes that make pictures: from files, and from nothing."""

import io
from collections.abc import Iterator
from typing import Final

import numpy as np
from PIL import Image, ImageOps, ImageSequence

from stationthis_sdk.local.engine.images import (
    FORMATS,
    Mask,
    Picture,
    allow,
    converted,
    from_pillow,
    unreadable,
)
from stationthis_sdk.local.engine.node import Slot, Work, needed, node_class, one_of, whole
from stationthis_sdk.local.engines import NodeFailed, Stopped

__all__: list[str] = []

_FILE: Final = Slot("COMBO")  # ComfyUI's choices are the files it has; here what was uploaded, by name or URL
_SIDE: Final = needed(whole(1, 16384, 512))
_NO_MASK: Final = 64  # the side of the mask of a picture that has no alpha


@node_class(
    "EmptyImage",
    outputs=("IMAGE",),
    width=_SIDE,
    height=_SIDE,
    batch_size=needed(whole(1, 4096, 1)),
    color=needed(whole(0, 0xFFFFFF, 0)),
)
def _empty(_work: Work, width: int, height: int, batch_size: int, color: int) -> tuple[Picture]:
    allow(batch_size, height, width)
    colour = np.array([color >> 16 & 255, color >> 8 & 255, color & 255], np.float32) / np.float32(255)
    return (np.broadcast_to(colour, (batch_size, height, width, 3)).copy(),)


@node_class("LoadImage", "LoadImageOutput", outputs=("IMAGE", "MASK"), image=_FILE)
def _load(work: Work, image: str) -> tuple[Picture, Mask]:
    """A moving picture is a batch of its frames; those of another size than the first are left out."""
    pictures: list[Picture] = []
    masks: list[Mask] = []
    for frame in _frames(work, image):
        coloured = from_pillow(converted(frame, "RGB"))
        if pictures and coloured.shape != pictures[0].shape:
            continue
        allow(len(pictures) + 1, frame.height, frame.width)
        pictures.append(coloured)
        masks.append(1 - from_pillow(alpha) if (alpha := _alpha(frame)) else _plain())
        allow(len(masks), *masks[-1].shape[1:])  # of tiny frames the masks are what is large
    shape = masks[0].shape
    return np.concatenate(pictures), np.concatenate([mask for mask in masks if mask.shape == shape])


@node_class(
    "LoadImageMask",
    outputs=("MASK",),
    image=_FILE,
    channel=one_of("alpha", "red", "green", "blue"),
)
def _load_mask(work: Work, image: str, channel: str) -> tuple[Mask]:
    frame = next(_frames(work, image))
    values = from_pillow(frame.convert("RGBA").getchannel(channel[0].upper()))
    return (1 - values if channel == "alpha" else values,)


def _frames(work: Work, name: str) -> Iterator[Image.Image]:
    content = work.files.read(name)
    if content is None:
        raise NodeFailed(
            f"invalid image file: {name[:200]}; upload it first and give its URL or its file name"
        )
    try:
        with Image.open(io.BytesIO(content), formats=FORMATS) as picture:
            first_only = picture.format == "MPO"  # the other frames of a camera's file are other views
            for frame in ImageSequence.Iterator(picture):
                work.check()
                allow(1, frame.height, frame.width)
                turned = ImageOps.exif_transpose(frame)
                yield turned.point(lambda level: level / 255) if turned.mode == "I" else turned
                if first_only:
                    return
    except (NodeFailed, Stopped):
        raise
    except Exception as problem:  # Pillow's readers raise all kinds for broken files
        raise unreadable(problem) from problem


def _alpha(picture: Image.Image) -> Image.Image | None:
    if "A" in picture.getbands():
        return picture.getchannel("A")
    if picture.mode == "P" and "transparency" in picture.info:
        return picture.convert("RGBA").getchannel("A")
    return None


def _plain() -> Mask:
    return np.zeros((1, _NO_MASK, _NO_MASK), np.float32)
