"""Core nodes on batches of pictures."""

import numpy as np

from stationthis_sdk.local.engine.channels import with_channels
from stationthis_sdk.local.engine.images import Picture, allow
from stationthis_sdk.local.engine.node import IMAGE, Work, needed, node_class, whole
from stationthis_sdk.local.engine.scaling import fitted

__all__: list[str] = []


@node_class("ImageBatch", outputs=("IMAGE",), image1=IMAGE, image2=IMAGE)
def _batch(work: Work, image1: Picture, image2: Picture) -> tuple[Picture]:
    _, height, width, _ = image1.shape
    allow(len(image1) + len(image2), height, width)
    channels = max(image1.shape[3], image2.shape[3])
    image1, image2 = with_channels(image1, channels), with_channels(image2, channels)
    if image1.shape[1:3] != image2.shape[1:3]:
        image2 = fitted(image2, width, height, "bilinear", work.check)
    return (np.concatenate([image1, image2]),)


@node_class(
    "ImageFromBatch",
    outputs=("IMAGE",),
    image=IMAGE,
    batch_index=needed(whole(0, 4095, 0)),
    length=needed(whole(1, 4096, 1)),
)
def _from_batch(_work: Work, image: Picture, batch_index: int, length: int) -> tuple[Picture]:
    first = min(batch_index, len(image) - 1)
    return (image[first : first + length].copy(),)


@node_class("RepeatImageBatch", outputs=("IMAGE",), image=IMAGE, amount=needed(whole(1, 4096, 1)))
def _repeat(_work: Work, image: Picture, amount: int) -> tuple[Picture]:
    count, height, width, _ = image.shape
    allow(count * amount, height, width)
    return (np.tile(image, (amount, 1, 1, 1)),)


@node_class("RebatchImages", outputs=("IMAGE",), images=IMAGE, batch_size=needed(whole(1, 4096, 1)))
def _rebatch(_work: Work, images: Picture, batch_size: int) -> tuple[Picture]:  # noqa: ARG001  see below
    """The pictures as they are: this engine has no lists of batches, and whatever follows takes them all at once."""
    return (images,)
