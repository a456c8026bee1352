"""As what an output is sent: by its media type, else its name's ending, else its kind; then by what the platform takes. Pure."""

from typing import Final

from stationthis_sdk.bots.people import Platform
from stationthis_sdk.bots.render.limits import Limits
from stationthis_sdk.bots.render.steps import Made, StepKind
from stationthis_sdk.outputs.normalise import type_of

__all__ = ["is_known", "kind_of", "mime_of", "shown_text"]

_TEXT_FILE: Final = 64 << 10
_VAGUE: Final = frozenset({"application/octet-stream", "binary/octet-stream", "application/unknown"})
_ANIMATED: Final = frozenset({"image/gif", "image/webp", "video/mp4"})
# What the apps show in place; all else is a file to them. Telegram takes nothing but these as such.
_SHOWN: Final[dict[Platform, dict[str, StepKind]]] = {
    "telegram": {
        "image/jpeg": "photo", "image/png": "photo", "image/webp": "photo", "image/gif": "animation",
        "video/mp4": "video",
        "audio/mpeg": "audio", "audio/mp4": "audio", "audio/mp3": "audio", "audio/x-m4a": "audio", "audio/m4a": "audio",
    },
    "discord": {
        "image/jpeg": "photo", "image/png": "photo", "image/webp": "photo", "image/avif": "photo", "image/gif": "animation",
        "video/mp4": "video", "video/webm": "video", "video/quicktime": "video",
        "audio/mpeg": "audio", "audio/mp4": "audio", "audio/mp3": "audio", "audio/x-m4a": "audio", "audio/m4a": "audio",
        "audio/ogg": "audio", "audio/opus": "audio", "audio/wav": "audio", "audio/x-wav": "audio", "audio/flac": "audio",
    },
}  # fmt: skip
_BY_KIND: Final[dict[str, StepKind]] = {
    "image": "photo",
    "animation": "animation",
    "video": "video",
    "audio": "audio",
}


def mime_of(made: Made) -> str | None:
    """The media type of an output, as far as anything tells it.

    >>> mime_of(Made(0, "file", "a.bin", "image/png")), mime_of(Made(0, "file", "v.mp4")), mime_of(Made(0, "mesh"))
    ('image/png', 'video/mp4', None)
    """
    told = (made.mime or "").partition(";")[0].strip().lower()
    if "/" in told and told not in _VAGUE:
        return told
    named = type_of(made.filename) or type_of(made.url or "")
    return "text/plain" if named is None and made.kind == "text" else named


def shown_text(made: Made) -> str | None:
    """The text to be shown for an output: of a text, and of a small text file that was read; None for all else."""
    if made.text is None:
        return "" if made.kind == "text" and not (made.url or made.filename) else None
    if made.kind == "text":
        return made.text
    small = len(made.text) <= _TEXT_FILE and (made.size or 0) <= _TEXT_FILE
    return made.text if small and mime_of(made) == "text/plain" else None


def kind_of(made: Made, limits: Limits, *, as_photo: bool = False) -> StepKind:
    """As what a file is sent; ``as_photo`` even where something shows through it, which photos lose on Telegram.

    >>> from stationthis_sdk.bots.render.limits import TELEGRAM
    >>> fox = Made(0, "image", "fox.png", "image/png", 2_000_000, 1024, 1024)
    >>> kind_of(fox, TELEGRAM), kind_of(Made(0, "image", "fox.tiff", size=10), TELEGRAM)
    ('photo', 'document')
    """
    mime = mime_of(made)
    kind: StepKind = "document"
    if mime is None:
        kind = _BY_KIND.get(made.kind, "document") if not _ending(made) else "document"
    elif made.kind == "animation":
        kind = "animation" if mime in _ANIMATED else "document"
    else:
        kind = _SHOWN[limits.platform].get(mime, "document")
    return "document" if kind == "photo" and not _is_photo(made, limits, as_photo) else kind


def is_known(made: Made) -> bool:
    """Whether anything tells what an output is."""
    return mime_of(made) is not None or bool(_ending(made)) or made.kind in _BY_KIND


def _ending(made: Made) -> str:
    return made.filename.rpartition(".")[2] if "." in made.filename else ""


def _is_photo(made: Made, limits: Limits, as_photo: bool) -> bool:
    """Whether the platform takes a picture as a photo. Of unknown size it may be too large; pixels mostly are not."""
    if limits.photo is not None and (made.size is None or made.size > limits.photo):
        return False
    if made.transparent and not as_photo and limits.photo is not None:
        return False
    if not made.width or not made.height:
        return True
    if limits.photo_side is not None and made.width + made.height > limits.photo_side:
        return False
    long, short = max(made.width, made.height), min(made.width, made.height)
    return limits.photo_ratio is None or long <= limits.photo_ratio * short
