"""Writing sound and video files, with the graph inside, as ComfyUI does."""

import io
import math
import os
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager, suppress
from fractions import Fraction
from pathlib import Path
from typing import Any, Final

import numpy as np
import numpy.typing as npt

from stationthis_sdk.local.engine.images import Picture
from stationthis_sdk.local.engine.media import Audio, MadeVideo, pyav, reason_of
from stationthis_sdk.local.engines import NodeFailed

__all__ = ["flac", "mp3", "mp4", "webm"]

_LAYOUTS: Final = ("", "mono", "stereo", "3.0", "quad", "5.0", "5.1", "6.1", "7.1")
_PIECE: Final = 2**16
_AV1: Final = "libsvtav1"

Words = Mapping[str, str]
Check = Callable[[], None]
Sound = npt.NDArray[np.float32]


def flac(sound: Sound, rate: int, words: Words, check: Check) -> bytes:
    """One sound (channels, samples) as FLAC of 16 bits."""
    return _audio_file("flac", "flac", sound, rate, words, check)


def mp3(sound: Sound, rate: int, quality: str, words: Words, check: Check) -> bytes:
    """One sound as MP3; ``quality`` is V0, 128k or 320k."""
    return _audio_file("mp3", "libmp3lame", sound, rate, words, check, quality)


def mp4(video: MadeVideo, words: Words, check: Check) -> bytes:
    """Pictures, and sound if there is any, as H.264 and AAC."""
    _, height, width, _ = video.images.shape
    if width % 2 or height % 2:
        raise NodeFailed(
            f"H.264 takes even widths and heights only, not {width} x {height}: "
            f"scale or crop the pictures to {max(2, width - width % 2)} x {max(2, height - height % 2)}"
        )
    sound = video.audio and _shortened(video.audio, len(video.images) / video.fps)
    return _video_file(
        "mp4", "libx264", video.images, video.fps, sound, words, check, movflags="use_metadata_tags"
    )


def webm(images: Picture, fps: Fraction, codec: str, crf: float, words: Words, check: Check) -> bytes:
    """Pictures as VP9 or AV1."""
    if codec == "av1":
        os.environ.setdefault(
            "SVT_LOG", "1"
        )  # errors only: it would fill the standard error with its settings
        name, more = _AV1, {"crf": str(crf), "preset": "6"}
    else:
        name, more = "libvpx-vp9", {"crf": str(crf)}
    return _video_file("webm", name, images, fps, None, words, check, stream_options=more)


def _shortened(audio: Audio, seconds: Fraction) -> Audio:
    return Audio(audio.waveform[:1, :, : math.ceil(audio.sample_rate * seconds)], audio.sample_rate)


def _audio_file(
    form: str, codec: str, sound: Sound, rate: int, words: Words, check: Check, quality: str = ""
) -> bytes:
    out = io.BytesIO()
    av = pyav()
    with _told(av), av.open(out, "w", format=form) as container:
        container.metadata.update(words)
        stream = _audio_stream(container, codec, sound, rate)
        if quality == "V0":
            stream.codec_context.qscale = 1
        elif quality:
            stream.codec_context.bit_rate = int(quality.removesuffix("k")) * 1000
        _mux_sound(container, stream, sound, rate, check)
    return out.getvalue()


def _audio_stream(container: Any, codec: str, sound: Sound, rate: int) -> Any:
    channels = len(sound)
    if not 1 <= channels < len(_LAYOUTS):
        raise NodeFailed(f"a sound of {channels} channels can't be saved: use up to {len(_LAYOUTS) - 1}")
    rates = pyav().Codec(codec, "w").audio_rates
    if rates and rate not in rates:
        rate = min((one for one in rates if one >= rate), default=max(rates))
    layout = _LAYOUTS[min(channels, 2) if codec == "libmp3lame" else channels]  # MP3 knows no more than two
    return container.add_stream(codec, rate=rate, layout=layout)


def _mux_sound(container: Any, stream: Any, sound: Sound, rate: int, check: Check) -> None:
    av = pyav()
    context = stream.codec_context
    resampler = av.AudioResampler(format=context.format, layout=context.layout, rate=context.sample_rate)
    for at in range(0, sound.shape[1], _PIECE):
        check()
        piece = sound[:, at : at + _PIECE].T.reshape(1, -1)  # interleaved: PyAV miscounts eight planes
        frame = av.AudioFrame.from_ndarray(
            np.ascontiguousarray(piece, np.float32), format="flt", layout=_LAYOUTS[len(sound)]
        )
        frame.sample_rate, frame.pts, frame.time_base = rate, at, Fraction(1, rate)
        for ready in resampler.resample(frame):
            container.mux(stream.encode(ready))
    for ready in resampler.resample(None):
        container.mux(stream.encode(ready))
    container.mux(stream.encode(None))


def _video_file(
    form: str,
    codec: str,
    images: Picture,
    fps: Fraction,
    audio: Audio | None,
    words: Words,
    check: Check,
    stream_options: Mapping[str, str] | None = None,
    **options: str,
) -> bytes:
    out = io.BytesIO()
    av = pyav()
    _, height, width, channels = images.shape
    with _told(av), av.open(out, "w", format=form, options=options) as container:
        container.metadata.update(words)
        stream = container.add_stream(codec, rate=fps)
        stream.width, stream.height = width, height
        stream.pix_fmt = "yuv420p10le" if codec == _AV1 else "yuv420p"
        if stream_options is not None:
            stream.bit_rate = 0  # quality by crf alone
            stream.options = dict(stream_options)
        sound = None
        if audio is not None and audio.waveform.shape[2]:
            sound = _audio_stream(container, "aac", audio.waveform[0], audio.sample_rate)
        if codec == _AV1:
            stream.codec_context.open()
            _take_turns()
        for picture in images:
            check()
            coloured = picture[..., :3] if channels >= 3 else np.repeat(picture[..., :1], 3, axis=-1)
            levels = np.clip(coloured * np.float32(255), 0, 255).astype(np.uint8)
            frame = av.VideoFrame.from_ndarray(levels, format="rgb24")
            container.mux(stream.encode(frame))
        container.mux(stream.encode(None))
        if sound is not None and audio is not None:
            _mux_sound(container, sound, audio.waveform[0], audio.sample_rate, check)
    return out.getvalue()


def _take_turns() -> None:
    """Take back the real-time priority that SVT-AV1 gives its threads and its caller's, where it may (as root).

    Nothing else on the machine would get a turn while it works, and nothing beside this process afterwards.
    """
    if not hasattr(os, "sched_setscheduler"):
        return
    for task in Path("/proc/self/task").glob("[0-9]*"):
        with suppress(OSError):  # it may have ended
            if os.sched_getscheduler(int(task.name)) in {os.SCHED_FIFO, os.SCHED_RR}:
                os.sched_setscheduler(int(task.name), os.SCHED_OTHER, os.sched_param(0))


@contextmanager
def _told(av: Any) -> Iterator[None]:
    """Tells in one line what the encoder refused."""
    try:
        yield
    except (av.error.FFmpegError, ValueError) as problem:
        raise NodeFailed(
            f"the file can't be encoded: {reason_of(problem)}; try another size, rate or format"
        ) from problem
