"""Core nodes on sound, and the plugin's external audio."""

from collections.abc import Callable
from typing import Any, Final

import numpy as np

from stationthis_sdk.local.engine.decoding import read_audio
from stationthis_sdk.local.engine.encoding import flac, mp3
from stationthis_sdk.local.engine.files import WORDS, or_default
from stationthis_sdk.local.engine.media import AUDIO, Audio, allow_samples
from stationthis_sdk.local.engine.node import TEXT, Slot, Work, node_class
from stationthis_sdk.local.engine.output_files import as_words, kept, place, put_files
from stationthis_sdk.local.engines import NodeFailed

__all__: list[str] = []

_FAR: Final = 2.0**64
_SECONDS: Final = Slot("FLOAT", default=60.0, minimum=0.0, maximum=_FAR)
_PREFIX: Final = Slot("STRING", default="audio/ComfyUI")
_QUALITY: Final = Slot("COMBO", default="V0", options=("V0", "128k", "320k"))


@node_class("LoadAudio", outputs=("AUDIO",), audio=Slot("COMBO"))
def _load(work: Work, audio: str) -> tuple[Audio]:
    content = work.files.read(audio)
    if content is None:
        raise NodeFailed(
            f"invalid audio file: {audio[:200]}; upload it first and give its URL or its file name"
        )
    return (_sound(work, content),)


@node_class(
    "ComfyUIDeployExternalAudio",
    outputs=("AUDIO",),
    input_id=TEXT,
    audio_file=Slot("STRING", default=""),
    default_value=Slot("AUDIO", required=False),
    also=WORDS,
)
def _external(work: Work, audio_file: str, default_value: Audio | None, **_rest: Any) -> tuple[Audio | None]:
    def given() -> Audio | None:
        content = work.files.read(audio_file) if audio_file else None
        return None if content is None else _sound(work, content)

    return (or_default(work, given, default_value),)


def _sound(work: Work, content: bytes) -> Audio:
    sound = read_audio(content, work.check)
    if sound is None:
        raise NodeFailed("the file holds no sound: give a WAV, FLAC, MP3, OGG or MP4 file that has some")
    return sound


@node_class("SaveAudio", is_output=True, audio=AUDIO, filename_prefix=_PREFIX)
def _save(work: Work, audio: Audio, filename_prefix: str) -> tuple[()]:
    words = as_words(work.metadata)
    _save_all(
        work, audio, filename_prefix, "flac", lambda sound: flac(sound, audio.sample_rate, words, work.check)
    )
    return ()


@node_class("SaveAudioMP3", is_output=True, audio=AUDIO, filename_prefix=_PREFIX, quality=_QUALITY)
def _save_mp3(work: Work, audio: Audio, filename_prefix: str, quality: str) -> tuple[()]:
    words = as_words(work.metadata)
    _save_all(
        work,
        audio,
        filename_prefix,
        "mp3",
        lambda sound: mp3(sound, audio.sample_rate, quality, words, work.check),
    )
    return ()


@node_class("PreviewAudio", is_output=True, audio=AUDIO)
def _preview(_work: Work, audio: Audio) -> tuple[()]:  # noqa: ARG001  temporary files are never uploaded
    return ()


def _save_all(work: Work, audio: Audio, prefix: str, suffix: str, encoded: Callable[[Any], bytes]) -> None:
    at = place(prefix)
    if not audio.waveform.size:
        raise NodeFailed("the sound holds no samples: make it longer than 0 s")
    put_files(
        work,
        [
            kept(work, encoded(sound), at, suffix, batch_number=number)
            for number, sound in enumerate(audio.waveform)
        ],
    )


@node_class(
    "EmptyAudio",
    outputs=("AUDIO",),
    duration=_SECONDS,
    sample_rate=Slot("INT", default=44100),
    channels=Slot("INT", default=2, minimum=1, maximum=2),
)
def _empty(_work: Work, duration: float, sample_rate: int, channels: int) -> tuple[Audio]:
    allow_samples(0, channels, sample_rate)  # a rate beyond all numbers is no factor
    samples = round(duration * sample_rate)
    allow_samples(samples, channels, sample_rate)
    return (Audio(np.zeros((1, channels, samples), np.float32), sample_rate),)


@node_class(
    "TrimAudioDuration",
    outputs=("AUDIO",),
    audio=AUDIO,
    start_index=Slot("FLOAT", default=0.0, minimum=-_FAR, maximum=_FAR),
    duration=Slot("FLOAT", default=60.0, minimum=0.0),
)
def _trim(_work: Work, audio: Audio, start_index: float, duration: float) -> tuple[Audio]:
    """From the start, or, with a negative index, from that far before the end."""
    rate, length = audio.sample_rate, audio.waveform.shape[2]
    start = round(start_index * rate) + (length if start_index < 0 else 0)
    start = max(0, min(start, length - 1))
    end = min(start + round(min(duration, _FAR) * rate), length)
    if start >= end:
        raise NodeFailed(
            "the start must lie before the end, within the sound: change start_index or duration"
        )
    return (Audio(audio.waveform[..., start:end], rate),)
