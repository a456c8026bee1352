"""Pictures as numbers: float32 arrays of batch, height, width, channels, 0..1; masks have no channels."""

import io
import struct
from collections.abc import Callable, Iterator
from typing import Any, Final

import numpy as np
import numpy.typing as npt
from PIL import Image, ImageOps, UnidentifiedImageError

from stationthis_sdk.local.engine.limits import IN_FORCE
from stationthis_sdk.local.engines import NodeFailed

__all__ = [
    "FORMATS",
    "Mask",
    "Picture",
    "allow",
    "as_file",
    "bands",
    "converted",
    "from_bytes",
    "from_pillow",
    "repeated",
    "to_pillow",
    "unreadable",
]

Picture = npt.NDArray[np.floating[Any]]
Mask = npt.NDArray[np.floating[Any]]

_BAND: Final = 2**20  # numbers at a time

FORMATS: Final = ("PNG", "JPEG", "WEBP", "GIF", "BMP", "TIFF")
"""What Pillow may open."""


def allow(count: int, height: int, width: int) -> None:
    """Refuse a size this gateway does not hold in memory."""
    limit = IN_FORCE.get().pixels
    if count * height * width > limit:
        raise NodeFailed(
            f"{count} picture(s) of {width} x {height} pixels are more than the {limit:,} this gateway holds: "
            "ask for a smaller width, height or batch"
        )


def bands(row: Picture, height: int, check: Callable[[], None]) -> Iterator[slice]:
    """Stretches of rows like this one, so that large pictures need little more than their own memory.

    >>> list(bands(np.zeros(2**19), 5, lambda: None))
    [slice(0, 2, None), slice(2, 4, None), slice(4, 5, None)]
    """
    step = max(1, _BAND // max(1, row.size))
    for top in range(0, height, step):
        check()
        yield slice(top, min(top + step, height))


def unreadable(problem: Exception) -> NodeFailed:
    """What to say of a file that holds no picture."""
    if isinstance(problem, UnidentifiedImageError):  # its own words name an object of Python's
        return NodeFailed("the picture can't be read: the file is none; give a PNG, JPEG or WebP file")
    return NodeFailed(f"the picture can't be read: {problem}; give a PNG, JPEG or WebP file")


def from_bytes(content: bytes, mode: str) -> Picture:
    """Read a picture file into a batch of one; raises NodeFailed for what is none."""
    try:
        with Image.open(io.BytesIO(content), formats=FORMATS) as picture:
            allow(1, picture.height, picture.width)
            return from_pillow(converted(ImageOps.exif_transpose(picture), mode))
    except NodeFailed:
        raise
    except Exception as problem:  # Pillow's readers raise all kinds for broken files
        raise unreadable(problem) from problem


def converted(picture: Image.Image, mode: str) -> Image.Image:
    """In another mode; Pillow wants a palette with a table of alphas unfolded first."""
    if picture.mode == "P" and isinstance(picture.info.get("transparency"), bytes):
        picture = picture.convert("RGBA")
    return picture.convert(mode)


def from_pillow(picture: Image.Image) -> Picture:
    """A Pillow picture as a batch of one."""
    return (np.asarray(picture, dtype=np.float32) / np.float32(255))[None]


def to_pillow(picture: Picture) -> Image.Image:
    """One picture of a batch (height, width, channels) as a Pillow picture; fractions are cut off, as ComfyUI does."""
    levels = np.clip(picture * np.float32(255), 0, 255).astype(np.uint8)
    return Image.fromarray(levels[..., 0] if levels.shape[-1] == 1 else levels)


def as_file(picture: Image.Image, form: str, **options: Any) -> bytes:
    """A picture as a file of a form of Pillow's; what the form can't hold is told in one line."""
    out = io.BytesIO()
    try:
        picture.save(out, form, **options)
    except (OSError, ValueError, struct.error) as problem:
        raise NodeFailed(
            f"a picture of {picture.width} x {picture.height} pixels can't be saved as {form}: {problem}; "
            "use another size or file type"
        ) from problem
    return out.getvalue()


def repeated(values: Picture, count: int) -> Picture:
    """A batch brought to a length: cut off, or begun again from its start.

    >>> repeated(np.arange(3.0), 5).tolist(), repeated(np.arange(3.0), 2).tolist()
    ([0.0, 1.0, 2.0, 0.0, 1.0], [0.0, 1.0])
    """
    return values if len(values) == count else values[np.arange(count) % len(values)]
