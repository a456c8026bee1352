"""What is sent for a finished run, as data: an ordered plan of messages that survives a crash as JSON."""

from typing import Literal

import attrs

from stationthis_sdk.shown import Shown

__all__ = ["Button", "Made", "SentFile", "Step", "StepKind"]

StepKind = Literal["photo", "album", "animation", "video", "audio", "document", "text"]


@attrs.frozen
class Made(Shown):
    """One output of a run, as far as rendering has to know it.

    kind: the output's kind (image, animation, video, audio, mesh, text, file). size: bytes, None where unknown. width,
    height: pixels of a picture. text: of a text output. url: where people may fetch it; place: its place in ``run.outputs``.
    """

    place: int
    kind: str
    filename: str = ""
    mime: str | None = None
    size: int | None = None
    width: int | None = None
    height: int | None = None
    text: str | None = None
    url: str | None = None
    transparent: bool = False


@attrs.frozen
class SentFile(Shown):
    """A file in a step: the output's place in the run, and what it is called there. ``kind`` is photo, video, …, for albums."""

    place: int
    filename: str
    kind: StepKind = "photo"
    mime: str | None = None


@attrs.frozen
class Button(Shown):
    """A button: what it says, and what it carries (64 bytes at the most), or where it leads."""

    label: str
    data: str = ""
    url: str = ""


@attrs.frozen
class Step(Shown):
    """One message, or one album, in the order it is to be sent. ``private``: to the user alone, not into the group."""

    kind: StepKind
    files: tuple[SentFile, ...] = ()
    text: str = ""
    buttons: tuple[tuple[Button, ...], ...] = ()
    private: bool = False
