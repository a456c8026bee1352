"""Two pictures brought to as many channels and pictures as each other."""

import numpy as np

from stationthis_sdk.local.engine.images import Picture, repeated
from stationthis_sdk.local.engines import NodeFailed

__all__ = ["as_many", "broadcast", "with_channels"]


def with_channels(picture: Picture, channels: int) -> Picture:
    """The pictures with more channels, the new ones full: opaque, when it is alpha that was missing."""
    missing = channels - picture.shape[3]
    if missing <= 0:
        return picture
    full = np.ones((*picture.shape[:3], missing), np.float32)
    return np.concatenate([picture, full], axis=3)


def as_many(destination: Picture, source: Picture) -> tuple[Picture, Picture]:
    """What is put onto a picture has its channels: those it lacks are cut off, and alpha it has is added, opaque."""
    channels = destination.shape[3]
    return destination, with_channels(source[..., :channels], channels)


def broadcast(one: Picture, two: Picture) -> tuple[Picture, Picture]:
    """Two batches of one length; a single picture serves a whole batch."""
    if len(one) != len(two) and 1 not in (len(one), len(two)):
        raise NodeFailed(
            f"batches of {len(one)} and {len(two)} don't go together: "
            "give as many of both, or one of either (ImageFromBatch, RepeatImageBatch)"
        )
    count = max(len(one), len(two))
    return repeated(one, count), repeated(two, count)
