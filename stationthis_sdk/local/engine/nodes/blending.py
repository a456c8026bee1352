"""Core nodes that mix two pictures, or put one onto another."""

import numpy as np

from stationthis_sdk.local.engine.blending import BLENDS, COMPOSITES, composited
from stationthis_sdk.local.engine.channels import as_many, broadcast
from stationthis_sdk.local.engine.images import Mask, Picture, allow, bands
from stationthis_sdk.local.engine.node import (
    IMAGE,
    MASK,
    Slot,
    Work,
    needed,
    node_class,
    one_of,
    real,
    switch,
    whole,
)
from stationthis_sdk.local.engine.scaling import fitted, mask_resized, resized
from stationthis_sdk.local.engines import NodeFailed

__all__: list[str] = []


@node_class(
    "ImageBlend",
    outputs=("IMAGE",),
    image1=IMAGE,
    image2=IMAGE,
    blend_factor=needed(real(0, 1, 0.5)),
    blend_mode=one_of(*BLENDS),
)
def _blend(
    work: Work, image1: Picture, image2: Picture, blend_factor: float, blend_mode: str
) -> tuple[Picture]:
    image1, image2 = as_many(image1, image2)
    if image1.shape[1:3] != image2.shape[1:3]:
        image2 = fitted(image2, image1.shape[2], image1.shape[1], "bicubic", work.check)
    allow(max(len(image1), len(image2)), image1.shape[1], image1.shape[2])
    image1, image2 = broadcast(image1, image2)
    out = np.empty_like(image1)
    first, second = np.float32(1 - blend_factor), np.float32(blend_factor)
    for one, two, mixed in zip(image1, image2, out, strict=True):
        for rows in bands(one[0], len(one), work.check):
            mixed[rows] = one[rows] * first + BLENDS[blend_mode](one[rows], two[rows]) * second
    return (np.clip(out, 0, 1, out=out),)


@node_class(
    "ImageCompositeMasked",
    outputs=("IMAGE",),
    destination=IMAGE,
    source=IMAGE,
    x=needed(whole(0, 16384, 0)),
    y=needed(whole(0, 16384, 0)),
    resize_source=switch(default=False),
    mask=Slot("MASK", required=False),
)
def _composite(
    work: Work, destination: Picture, source: Picture, x: int, y: int, resize_source: bool, mask: Mask | None
) -> tuple[Picture]:
    destination, source = as_many(destination, source)
    _, height, width, _ = destination.shape
    if resize_source:
        source = resized(source, width, height, "bilinear", work.check)
    left, top = min(x, width), min(y, height)
    _, source_height, source_width, _ = source.shape
    if mask is None:
        mask = np.ones((1, source_height, source_width), np.float32)
    else:
        mask = mask_resized(mask, source_width, source_height, work.check)
    out = destination.copy()
    place = out[:, top : top + source_height, left : left + source_width]
    shown_height, shown_width = place.shape[1:3]
    for index, target in enumerate(place):
        pasted = source[index % len(source), :shown_height, :shown_width]
        part = mask[index % len(mask), :shown_height, :shown_width, None]
        for rows in bands(target[:1], shown_height, work.check):
            target[rows] = part[rows] * pasted[rows] + (1 - part[rows]) * target[rows]
    return (out,)


@node_class(
    "PorterDuffImageComposite",
    outputs=("IMAGE", "MASK"),
    source=IMAGE,
    source_alpha=MASK,
    destination=IMAGE,
    destination_alpha=MASK,
    mode=needed(one_of(*COMPOSITES, default="DST")),
)
def _porter_duff(
    work: Work, source: Picture, source_alpha: Mask, destination: Picture, destination_alpha: Mask, mode: str
) -> tuple[Picture, Mask]:
    """As many results as the shortest of the four has; whatever has another size is fitted."""
    if source.shape[3] != destination.shape[3]:
        raise NodeFailed(
            f"source has {source.shape[3]} channels and destination {destination.shape[3]}: "
            "give both with alpha or both without (SplitImageWithAlpha)"
        )
    count = min(len(source), len(source_alpha), len(destination), len(destination_alpha))
    _, height, width, _ = destination.shape
    given = source, source_alpha[..., None], destination, destination_alpha[..., None]
    source, s, destination, d = (
        each[:count]
        if each.shape[1:3] == (height, width)
        else fitted(each[:count], width, height, "bicubic", work.check)
        for each in given
    )
    out, alpha = np.empty_like(destination), np.empty_like(d)
    for index in range(count):
        for rows in bands(destination[0, 0], height, work.check):
            at = index, rows
            out[at], alpha[at] = composited(mode, source[at], 1 - s[at], destination[at], 1 - d[at])
    return out, 1 - alpha[..., 0]


@node_class("JoinImageWithAlpha", outputs=("IMAGE",), image=IMAGE, alpha=MASK)
def _join(work: Work, image: Picture, alpha: Mask) -> tuple[Picture]:
    _, height, width, _ = image.shape
    count = min(len(image), len(alpha))
    opaque = 1 - mask_resized(alpha[:count], width, height, work.check)
    return (np.concatenate([image[:count, ..., :3], opaque[..., None]], axis=3),)


@node_class("SplitImageWithAlpha", outputs=("IMAGE", "MASK"), image=IMAGE)
def _split(_work: Work, image: Picture) -> tuple[Picture, Mask]:
    clear = 1 - image[..., 3] if image.shape[3] > 3 else np.zeros(image.shape[:3], np.float32)
    return image[..., :3].copy(), clear
