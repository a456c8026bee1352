"""Sound and video as values between nodes, what this gateway holds of them, and the way to PyAV."""

from fractions import Fraction
from typing import Any, Final

import attrs
import numpy as np
import numpy.typing as npt

from stationthis_sdk.local.engine.images import Picture
from stationthis_sdk.local.engine.node import Slot
from stationthis_sdk.local.engines import NodeFailed

__all__ = [
    "AUDIO",
    "SAMPLE_LIMIT",
    "VIDEO",
    "Audio",
    "MadeVideo",
    "Video",
    "VideoFile",
    "allow_samples",
    "pyav",
    "reason_of",
]

AUDIO: Final = Slot("AUDIO")
VIDEO: Final = Slot("VIDEO")

SAMPLE_LIMIT: Final = 2**26
"""Samples of one sound, all of its channels together: a quarter of an hour in stereo, 268 MB."""

RATE_LIMIT: Final = 384_000

_HINT: Final = "sound, video and EXR need PyAV: pip install 'stationthis-sdk[media]'"


@attrs.frozen(eq=False)
class Audio:
    """A batch of sounds: ``waveform`` is batch, channels, samples, mostly within -1..1."""

    waveform: npt.NDArray[np.float32]
    sample_rate: int


@attrs.frozen(eq=False)
class MadeVideo:
    """A video that the graph put together from pictures."""

    images: Picture
    fps: Fraction
    audio: Audio | None = None


@attrs.frozen(eq=False)
class VideoFile:
    """A video as its file; decoded only by a node that looks at its pictures."""

    content: bytes


Video = MadeVideo | VideoFile


def allow_samples(samples: int, channels: int, rate: int) -> None:
    """Refuse a sound longer than this gateway holds in memory."""
    if not 1 <= rate <= RATE_LIMIT:
        raise NodeFailed(
            f"a sample rate of {rate} is not served: give one of 1 to {RATE_LIMIT:,}, such as 44100"
        )
    if samples * channels > SAMPLE_LIMIT:
        seconds = SAMPLE_LIMIT // (channels * rate)
        raise NodeFailed(
            f"the sound is longer than the {seconds:,} s this gateway holds of {channels} channel(s) "
            f"at {rate:,} Hz: use a shorter one"
        )


def pyav() -> Any:
    """PyAV, loaded when a node first needs it; raises NodeFailed that says what to install."""
    try:
        import av  # noqa: PLC0415 - a tenth of a second that other graphs need not pay
    except ImportError:
        raise NodeFailed(_HINT) from None
    return av


def reason_of(problem: Exception) -> str:
    """What PyAV says of a problem, without the names of its own functions."""
    return str(getattr(problem, "strerror", None) or problem)
