"""Pictures on their way to ComfyUI and back: looked at before they go, converted when they come."""

import io
from pathlib import Path
from typing import Final

import attrs
from PIL import Image, ImageOps

from stationthis_sdk.local.engines import NodeFailed

__all__ = ["PIXEL_LIMIT", "Prepared", "converted", "prepared"]

PIXEL_LIMIT: Final = 2**26
"""Pixels of one picture: 67 million."""

_SUFFIXES: Final = {
    "PNG": ".png",
    "JPEG": ".jpg",
    "MPO": ".jpg",
    "WEBP": ".webp",
    "GIF": ".gif",
    "BMP": ".bmp",
    "TIFF": ".tiff",
}
_READERS: Final = tuple(name for name in _SUFFIXES if name != "MPO")
"""Pillow has no reader called MPO: its JPEG reader finds out."""
_ROTATED: Final = frozenset(range(5, 9))
_ORIENTATION: Final = 0x0112
_MAKE: Final = 0x010F
_MODEL: Final = 0x0110


@attrs.frozen
class Prepared:
    """A picture file that ComfyUI can load, and its size once it is turned as its file says."""

    content: bytes
    suffix: str
    width: int
    height: int


def prepared(content: bytes) -> Prepared:
    """Look at a picture before it goes to ComfyUI; of an animated one the first frame goes, as in the plugin."""
    try:
        with Image.open(io.BytesIO(content), formats=_READERS) as picture:
            _check_size(picture)
            suffix = _SUFFIXES[str(picture.format)]
            width, height = picture.size
            if picture.getexif().get(_ORIENTATION) in _ROTATED:
                width, height = height, width
            if picture.format != "MPO" and getattr(picture, "n_frames", 1) > 1:
                out = io.BytesIO()
                ImageOps.exif_transpose(picture).save(out, "PNG", compress_level=1)
                content, suffix = out.getvalue(), ".png"
    except NodeFailed:
        raise
    except Exception as problem:  # Pillow's readers raise all kinds for broken files
        raise NodeFailed(f"the picture can't be read: {problem}; give a PNG, JPEG or WebP file") from problem
    return Prepared(content, suffix, width, height)


def _check_size(picture: Image.Image) -> None:
    if picture.width * picture.height > PIXEL_LIMIT:
        raise NodeFailed(
            f"the picture has {picture.width} x {picture.height} pixels; up to {PIXEL_LIMIT:,} are taken: "
            "give a smaller one"
        )


def converted(source: Path, target: Path, file_type: str, quality: int) -> None:
    """Write ComfyUI's PNG anew as ``jpg`` or ``webp``, with the graph it carries where the format has a place."""
    with Image.open(source, formats=("PNG",)) as picture:
        texts = {name: text for name, text in getattr(picture, "text", {}).items() if isinstance(text, str)}
        if file_type == "jpg":
            picture.convert("RGB").save(target, "JPEG", quality=quality, optimize=True)
            return
        exif = Image.Exif()
        for tag, name in ((_MODEL, "prompt"), (_MAKE, "workflow")):
            if name in texts:
                exif[tag] = f"{name}:{texts[name]}"
        picture.save(target, "WEBP", quality=quality, exif=exif)
