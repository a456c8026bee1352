"""One picture of a dataset: opened whole, turned as its camera says, and made as large as the recipe wants it."""

import hashlib
import io
import os
import warnings
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final, Literal
from urllib.parse import urlsplit

import attrs

from stationthis_sdk.errors import InvalidInput, MissingExtra
from stationthis_sdk.inputs.media import name_in

if TYPE_CHECKING:
    from PIL.Image import Image

__all__ = ["ENDINGS", "MOST_BYTES", "Looked", "Resize", "is_address", "look", "name_of", "prepared"]

ENDINGS: Final = (".png", ".jpg", ".jpeg", ".webp")
MOST_BYTES: Final = 64 << 20
"""Of one picture's file."""
_FORMATS: Final = ("PNG", "JPEG", "WEBP")
_QUALITY: Final = 95
_GLANCE: Final = 8
_ROWS: Final = 256

Resize = Literal["crop", "fit"]
"""How pictures get the size of a training: cut to a square, or made to fit with their own form."""


@attrs.frozen
class Looked:
    """What a look at a picture found: its size in pixels, or what is wrong with it, as a code and in words.

    ``exact`` is the same for the same pixels, ``near`` a perceptual hash of 64 bits, ``colours`` the picture at 8 × 8.
    """

    width: int = 0
    height: int = 0
    code: str = ""
    trouble: str = ""
    exact: str = ""
    near: int = 0
    colours: bytes = b""


def is_address(picture: Any) -> bool:
    """Whether it is a web address, to be fetched first."""
    return isinstance(picture, str) and picture.lower().startswith(("https://", "http://"))


def name_of(picture: Any) -> str:
    """What a picture is called in messages: its file's name; of an address the host, as the rest may be a secret."""
    if is_address(picture):
        try:
            return f"{name_in(picture) or 'a picture'} at {urlsplit(picture).hostname}"
        except ValueError:
            return "an address"
    if isinstance(picture, str | os.PathLike):
        return Path(os.fsdecode(picture)).name
    return ""


def look(picture: Any) -> Looked:
    """Decode a picture whole, and tell what it is.

    Raises:
        MissingExtra: Pillow or imagehash is not installed.
    """
    imagehash = _imagehash()
    from PIL import Image  # noqa: PLC0415 - only who trains needs it

    try:
        image = _opened(picture)
        width, height = image.size
        pixels = _digest(image)
        small = image.resize((_GLANCE, _GLANCE), Image.Resampling.BOX).tobytes()
        return Looked(width, height, "", "", pixels, int(str(imagehash.phash(image)), 16), small)
    except InvalidInput as error:
        return Looked(code=error.problems[0], trouble=error.message)


def _digest(image: "Image") -> str:
    """The same for the same pixels; a part of a large picture at a time."""
    digest = hashlib.sha256(f"{image.width}×{image.height}".encode())
    for top in range(0, image.height, _ROWS):
        digest.update(image.crop((0, top, image.width, min(top + _ROWS, image.height))).tobytes())
    return digest.hexdigest()


def prepared(picture: Any, resolution: int, resize: Resize) -> bytes:
    """The picture as a JPEG of the recipe's resolution, without what its file told besides.

    crop: a square from its middle. fit: all of it, the longer side as long.

    Raises:
        InvalidInput: it can't be opened.
    """
    from PIL import Image, ImageOps  # noqa: PLC0415 - likewise

    image = _opened(picture)
    way = Image.Resampling.LANCZOS
    if resize == "crop":
        image = ImageOps.fit(image, (resolution, resolution), way)
    else:
        image = ImageOps.contain(image, (resolution, resolution), way)
    buffer = io.BytesIO()
    image.save(buffer, "JPEG", quality=_QUALITY, subsampling=0)
    return buffer.getvalue()


def _opened(picture: Any) -> "Image":
    """The picture decoded, upright and in RGB, on white where it was transparent.

    Raises:
        InvalidInput: it can't be; the first of its problems is a code.
    """
    try:
        from PIL import Image, ImageOps, UnidentifiedImageError  # noqa: PLC0415 - likewise
    except ImportError:
        raise MissingExtra("Training needs Pillow: pip install 'stationthis-sdk[training]'.") from None
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("error", Image.DecompressionBombWarning)
            with (
                Image.open(_source(picture), formats=_FORMATS)
                if not _is_pillow(picture)
                else picture as image
            ):
                image.load()
                profile = image.info.get("icc_profile")
                upright = ImageOps.exif_transpose(image)
                if upright.mode.startswith("I"):
                    upright = _in_eight_bits(upright)
                if upright.has_transparency_data:
                    ground = Image.new("RGBA", upright.size, "white")
                    upright = Image.alpha_composite(ground, upright.convert("RGBA"))
                return _in_srgb(upright, profile)
    except InvalidInput:
        raise
    except (Image.DecompressionBombWarning, Image.DecompressionBombError):
        raise InvalidInput("it has too many pixels", problems=["picture_too_large"]) from None
    except UnidentifiedImageError:
        raise InvalidInput("it is no PNG, JPEG or WebP", problems=["format_not_supported"]) from None
    except Exception as error:  # noqa: BLE001 - Pillow raises whatever a damaged file leads to
        said = getattr(error, "strerror", None) or error
        raise InvalidInput(f"it can't be opened: {said}", problems=["picture_damaged"]) from None


def _in_eight_bits(image: "Image") -> "Image":
    """A grey picture of 16 bits, whose highest byte is what there is to see."""
    wide = image if image.mode == "I" else image.convert("I")
    highest: Any = wide.getextrema()[1]
    return wide.point(lambda value: value * (1 / 257 if highest > 255 else 1.0) + 0.5).convert("L")


def _in_srgb(image: "Image", profile: bytes | None) -> "Image":
    """The picture in RGB, its colours as its own profile means them; one that can't be read is passed over."""
    if not profile:
        return image.convert("RGB")
    from PIL import ImageCms  # noqa: PLC0415 - likewise

    plain = image if image.mode in {"L", "CMYK", "RGB"} else image.convert("RGB")
    try:
        own = ImageCms.ImageCmsProfile(io.BytesIO(profile))
        if "srgb" in ImageCms.getProfileDescription(own).lower():
            return plain.convert("RGB")
        changed = ImageCms.profileToProfile(plain, own, ImageCms.createProfile("sRGB"), outputMode="RGB")
    except (ImageCms.PyCMSError, OSError, ValueError, TypeError):
        changed = None
    return plain.convert("RGB") if changed is None else changed


def _source(picture: Any) -> Any:
    if isinstance(picture, bytes | bytearray | memoryview):
        size = len(picture)
    elif isinstance(picture, str | os.PathLike):
        size = Path(picture).stat().st_size
    else:
        raise InvalidInput(
            f"a picture is a path, bytes, a web address or a Pillow image, not {type(picture).__name__}",
            problems=["format_not_supported"],
        )
    if size > MOST_BYTES:
        raise InvalidInput(
            f"its file has {size / 2**20:.0f} MiB, more than {MOST_BYTES >> 20}",
            problems=["picture_too_large"],
        )
    return io.BytesIO(picture) if isinstance(picture, bytes | bytearray | memoryview) else Path(picture)


def _is_pillow(picture: Any) -> bool:
    return hasattr(picture, "getbands") and hasattr(picture, "convert")


def _imagehash() -> Any:
    try:
        import imagehash  # noqa: PLC0415 - it takes scipy with it
    except ImportError:
        raise MissingExtra(
            "Looking for pictures that are nearly the same needs imagehash: pip install 'stationthis-sdk[training]'."
        ) from None
    return imagehash
