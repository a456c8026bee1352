"""Reading sound and video files: nothing is decoded that claims more than this gateway holds, nothing else is opened."""

import io
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from fractions import Fraction
from itertools import chain
from typing import Any, Final

import numpy as np
import numpy.typing as npt

from stationthis_sdk.local.engine.images import Picture, allow
from stationthis_sdk.local.engine.limits import IN_FORCE
from stationthis_sdk.local.engine.media import Audio, MadeVideo, allow_samples, pyav, reason_of
from stationthis_sdk.local.engines import NodeFailed

__all__ = ["Levels", "VideoReader", "as_floats", "has_video", "is_mp4", "opened", "read_audio", "read_video"]

# Containers that hold their streams themselves: no playlist, which could name other files and addresses.
_FORMATS: Final = (
    "mov,mp4,m4a,3gp,3g2,mj2,matroska,webm,avi,flv,asf,mpeg,mpegts,gif,"
    "wav,w64,flac,mp3,ogg,aac,aiff,au,caf,amr"
)
_OPTIONS: Final = {
    "format_whitelist": _FORMATS,
    "protocol_whitelist": "none",
    "max_streams": "32",
}

Levels = npt.NDArray[np.uint8]


@contextmanager
def opened(content: bytes) -> Iterator[Any]:
    """A container of PyAV's; whatever is wrong with the file is told in one line."""
    av = pyav()
    try:
        with av.open(io.BytesIO(content), options={**_OPTIONS, **_most_pixels()}) as container:
            yield container
    except (av.error.FFmpegError, ValueError, EOFError) as problem:
        raise NodeFailed(
            f"the sound or video can't be read: {reason_of(problem)}; give an MP4, WebM, WAV, FLAC or MP3 file"
        ) from problem


def _most_pixels() -> dict[str, str]:
    return {"max_pixels": str(IN_FORCE.get().pixels)}


def _first(streams: Sequence[Any]) -> Any:
    """The first stream in a form that is known, else None."""
    return next((stream for stream in streams if stream.codec_context is not None), None)


def read_audio(
    content: bytes, check: Callable[[], None], start: Fraction = Fraction(0), duration: Fraction = Fraction(0)
) -> Audio | None:
    """The first sound of a file as a batch of one, or that part of it; None when it has none.

    A ``duration`` of 0 goes on to the end.
    """
    with opened(content) as container:
        stream = _first(container.streams.audio)
        if stream is None:
            return None
        rate = stream.codec_context.sample_rate
        allow_samples(0, 1, rate)
        first = round(start * rate)
        end = first + round(duration * rate) if duration else None
        pieces: list[npt.NDArray[np.float32]] = []
        held = 0
        for piece in _sound(container, stream):
            check()
            pieces.append(piece)
            held += piece.shape[1]
            allow_samples(held, piece.shape[0], rate)
            if end is not None and held >= end:
                break
        if not pieces:
            raise NodeFailed("the file's sound holds no samples: give another one")
        if len({piece.shape[0] for piece in pieces}) > 1:
            raise NodeFailed("the file's sound changes its number of channels on the way: convert it first")
        part = np.concatenate(pieces, axis=1)[None, :, first:end]
        return Audio(np.ascontiguousarray(part), rate)


def _sound(container: Any, stream: Any) -> Iterator[npt.NDArray[np.float32]]:
    """Pieces of channels and samples; asked for interleaved, for PyAV can't show more than eight planes."""
    resampler = pyav().AudioResampler(format="flt")
    for frame in chain(container.decode(stream), [None]):
        for piece in resampler.resample(frame):
            yield piece.to_ndarray().reshape(-1, piece.layout.nb_channels).T


class VideoReader:
    """The pictures of a file's first video, one after the other."""

    def __init__(self, container: Any, check: Callable[[], None]) -> None:
        self._container = container
        self._stream = _first(container.streams.video)
        if self._stream is None:
            raise NodeFailed("the file holds no video: give an MP4 or WebM file")
        self._check = check
        context = self._stream.codec_context
        self.width, self.height = context.width, context.height
        allow(1, self.height, self.width)
        context.options = _most_pixels()  # a frame may be larger than the file says

    @property
    def fps(self) -> Fraction:
        """Frames a second; 1 when the file doesn't tell."""
        return Fraction(self._stream.average_rate or 1)

    @property
    def count(self) -> int:
        """How many frames the file says it has, 0 when it doesn't tell."""
        return int(self._stream.frames)

    @property
    def seconds(self) -> float:
        """How long the file says it is, 0 when it doesn't tell."""
        return float((self._container.duration or 0) / pyav().time_base)

    def frames(self) -> Iterator[Any]:
        """Each frame of PyAV's; those passed over need not be turned into levels."""
        for frame in self._container.decode(self._stream):
            self._check()
            yield frame

    def levels(self, frame: Any) -> Levels:
        """A frame as height, width, RGB, turned as its file asks for."""
        allow(1, frame.height, frame.width)
        return np.rot90(frame.to_ndarray(format="rgb24"), round(frame.rotation / 90))


def as_floats(frames: list[Levels]) -> Picture:
    """Frames as one batch."""
    if not frames:
        raise NodeFailed("the video gave no frame: give another one, or skip fewer frames")
    if len({frame.shape for frame in frames}) > 1:
        raise NodeFailed("the video changes its size on the way: convert it first")
    return np.stack(frames).astype(np.float32) / np.float32(255)


def has_video(content: bytes) -> bool:
    """Whether a file can be opened and holds a video."""
    with opened(content) as container:
        return _first(container.streams.video) is not None


def is_mp4(content: bytes) -> tuple[int, int] | None:
    """Width and height of an MP4 of H.264, None for any other file."""
    with opened(content) as container:
        stream = _first(container.streams.video)
        if stream and "mp4" in container.format.name and stream.codec_context.name == "h264":
            return int(stream.codec_context.width), int(stream.codec_context.height)
    return None


def read_video(content: bytes, check: Callable[[], None]) -> MadeVideo:
    """All frames of a file, and its sound."""
    frames: list[Levels] = []
    with opened(content) as container:
        reader = VideoReader(container, check)
        for frame in reader.frames():
            allow(len(frames) + 1, reader.height, reader.width)
            frames.append(reader.levels(frame))
        fps = reader.fps
    return MadeVideo(as_floats(frames), fps, read_audio(content, check))
