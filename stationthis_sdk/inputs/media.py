"""Paths, bytes, pictures and arrays on their way to becoming uploads.

What a file is, is told by its first bytes, not by its name; its name then gets the ending that fits.
"""

import base64
import contextlib
import inspect
import io
import mimetypes
import os
import re
from pathlib import Path
from typing import Any, Final
from urllib.parse import unquote, urlsplit

import attrs
import orjson

from stationthis_sdk.entities import Media, WebFile
from stationthis_sdk.errors import InvalidInput, MissingExtra
from stationthis_sdk.inputs.file_types import EXTENSIONS, HEAD, UNKNOWN, ending_of, is_text, safe_name, sniff
from stationthis_sdk.inputs.spool import Spool

__all__ = [
    "MAX_UPLOAD_BYTES",
    "holds_token",
    "is_passing",
    "list_in",
    "media_for",
    "media_from",
    "media_of",
    "name_in",
    "too_large",
]

MAX_UPLOAD_BYTES: Final = 250 * 1024 * 1024
_PIECE: Final = 1 << 20
# A Telegram bot's files: https://api.telegram.org/file/bot<id>:<token>/photos/file_1.jpg, or its own server's.
_TOKEN: Final = re.compile(r"/bot\d+:[^/]+", re.IGNORECASE)
# Discord's attachments: https://cdn.discordapp.com/attachments/<channel>/<id>/cat.png?ex=…&is=…&hm=…, good for a day.
_SIGNED: Final = re.compile(
    r"https?://(cdn|media)\.discordapp\.(com|net)(:\d+)?/(ephemeral-)?attachments/", re.IGNORECASE
)
# What keeps transparency and depth on the way into a PNG; all else becomes RGB.
_MODE_FOR_PNG: Final = {
    "La": "LA", "PA": "RGBA", "RGBa": "RGBA", "I": "I;16", "I;16B": "I;16", "I;16L": "I;16", "I;16N": "I;16",
}  # fmt: skip
_DATA_URL: Final = re.compile(r"data:([\w.+-]+/[\w.+-]+)?(;[\w=.-]+)*;base64,", re.IGNORECASE)


def media_of(value: Any, kind: str, name: str | None = None) -> Media | str:
    """What to send for an input of this kind: a web address as it is, anything else as bytes to upload.

    Takes a path, text that is a path, a web address or a data URL, bytes, an open binary file or another binary
    stream (which is read from where it is to its end), a Pillow image, a numpy array of shape (h, w), (h, w, 1),
    (h, w, 3) or (h, w, 4), uint8 0–255 or float 0–1. A web address that ``is_passing`` is never passed on: its file
    is fetched and uploaded. ``name`` is what to call it instead of its own name.

    Raises:
        InvalidInput: no such file, empty, too large, of another kind than the input wants, or text that no name
            says to be something else.
        SaveFailed: a long stream did not fit on the disk.

    >>> media_of("https://example.org/cat.png", "image")
    'https://example.org/cat.png'
    """
    if isinstance(value, Media):
        return value
    unnamed = _named(name, "picture" if kind == "image" else kind)
    if isinstance(value, str):
        if re.fullmatch(r"https?://[^\s/]\S*", value.strip(), re.IGNORECASE):
            url = value.strip()
            called = _named(name, name_in(url))
            return Media(WebFile(url, kind), called, "") if is_passing(url) else url
        if value[:5].lower() == "data:":
            content, ending = _data_url(value)
            return media_from(content, _named(name, f"{unnamed}{ending}"), kind)
        return _from_path(value, kind, name)
    if isinstance(there := getattr(value, "url", None), str) and kind != "text":
        return media_of(there, kind, name)  # an output of another run, or a file uploaded before
    if isinstance(value, os.PathLike):
        return _from_path(os.fsdecode(value), kind, name)
    if isinstance(value, bytes | bytearray | memoryview):
        return media_from(bytes(value), unnamed, kind)
    if hasattr(value, "read") and not isinstance(value, type):
        return _from_stream(value, kind, name)
    if kind in {"image", "file"}:
        drawn = _from_picture(value)
        if drawn is not None:
            return drawn if name is None else attrs.evolve(drawn, filename=safe_name(name, drawn.mime))
    wanted = (
        "a picture (path, bytes, PIL image, numpy array or URL)"
        if kind == "image"
        else "a path, bytes or a URL"
    )
    raise InvalidInput(f"wants {wanted}, got {type(value).__name__}")


def media_for(file: Any, name: str | None = None) -> Media:
    """What to upload, called ``name``; web addresses are fetched, whatever they hold.

    Raises:
        InvalidInput: nothing that can be uploaded; see ``media_of``.

    >>> media_for(b"{}", "notes.json").mime, media_for(b"fLaC", "a song").filename
    ('application/json', 'a song.flac')
    >>> media_for(b"hello", "notes.txt")
    Traceback (most recent call last):
    ...
    stationthis_sdk.errors.InvalidInput: 'notes.txt' is text/plain, which the service does not take; pack it as .zip
    """
    if name is not None and (not isinstance(name, str) or not name.strip()):
        raise InvalidInput(f"name is what the file is to be called, not {name!r}.")
    try:
        media = media_of(file, "file", name)
    except InvalidInput as error:
        raise InvalidInput(
            f"The file {error.message}." if error.message[:1].islower() else error.message
        ) from None
    # What is fetched gets the ending of its type once it is here.
    return Media(WebFile(media), _named(name, name_in(media)), "") if isinstance(media, str) else media


def media_from(content: bytes | Path, name: str, kind: str, *, keeper: Any = None) -> Media:
    """Bytes, or a file that has them, under a name that only helps to tell what they are.

    Raises:
        InvalidInput: empty, too large, damaged, or of another kind than the input wants.
    """
    if isinstance(content, Path):
        try:
            size = content.stat().st_size
            with content.open("rb") as file:
                head = file.read(HEAD)
        except OSError as error:
            raise InvalidInput(f"{name!r} can't be read: {error.strerror}") from None
    else:
        size, head = len(content), content[:HEAD]
    mime = _accept(head, size, name, kind)
    _refuse_broken(content if isinstance(content, Path) else io.BytesIO(content), name, mime)
    return Media(content, safe_name(name, mime), mime, keeper)


def holds_token(url: str) -> bool:
    """Whether whoever gets this address gets a bot's token with it.

    >>> holds_token("https://api.telegram.org/file/bot110201543:AAHdqTcvCH1vGWJxfSeofSAs0K5PALDsaw/photos/file_1.jpg")
    True
    """
    return _TOKEN.search(unquote(unquote(url))) is not None


def is_passing(url: str) -> bool:
    """Whether an address is for us alone: it holds a bot's token, or it is a Discord attachment's, signed for a day.

    >>> is_passing("https://cdn.discordapp.com/attachments/1/2/cat.png?ex=1&is=2&hm=3")
    True
    """
    return holds_token(url) or _SIGNED.match(url.strip()) is not None


def name_in(url: str) -> str:
    """The file name that an address ends in; empty when it ends in none.

    >>> name_in("https://example.org/a/fox%20one.png?size=3")
    'fox one.png'
    """
    try:
        name = unquote(urlsplit(url).path.rpartition("/")[2])
    except ValueError:
        return ""
    return "" if _TOKEN.search(f"/{name}") else name


def too_large(name: str, size: int | None = None) -> str:
    """What to say of a file over the limit."""
    if size is None:
        return f"{name!r} is larger than the 250 MiB that the service takes"
    return f"{name!r} has {size / 2**20:.0f} MiB; the service takes 250 MiB at most"


def list_in(value: Any) -> Any:
    """The list that a text says in JSON, the form in which one is sent and comes back from a run; anything else as it is.

    >>> list_in('["a.png", "b.png"]'), list_in("a.png"), list_in("[a].png")
    (['a.png', 'b.png'], 'a.png', '[a].png')
    """
    if isinstance(value, str) and value.lstrip().startswith("["):
        with contextlib.suppress(orjson.JSONDecodeError):
            return orjson.loads(value)
    return value


def _named(name: str | None, own: str) -> str:
    """The name that was asked for, with the ending of its own where it has none.

    >>> _named(None, "a.json"), _named("b", "a.json"), _named("b.bin", "a.json")
    ('a.json', 'b.json', 'b.bin')
    """
    if name is None:
        return own
    return name if ending_of(name) else name + ending_of(own)


def _from_path(written: str, kind: str, name: str | None) -> Media:
    shown = repr(written if len(written) <= 200 else f"{written[:199]}…")
    if not written:
        raise InvalidInput("is an empty text where a file is wanted")
    try:
        path = Path(written).expanduser()
        path.stat()
        if not path.is_file():
            raise InvalidInput(f"{shown} is no file")
        path.open("rb").close()
    except FileNotFoundError:
        raise InvalidInput(f"there is no file {shown}, and it is no web address either") from None
    except (OSError, ValueError, RuntimeError) as error:  # RuntimeError: ~ of nobody
        if isinstance(error, InvalidInput):
            raise
        raise InvalidInput(f"{shown} can't be read: {getattr(error, 'strerror', None) or error}") from None
    return media_from(path, _named(name, path.name), kind)


def _from_stream(stream: Any, kind: str, name: str | None) -> Media:
    """Never more than a few MiB of it are in memory; one of unknown length is refused once it is too long."""
    name = _named(name, str(getattr(stream, "name", "") or "file"))
    spool = Spool(MAX_UPLOAD_BYTES, lambda: too_large(name))
    try:
        while chunk := _read(stream):
            spool.write(chunk)
        return media_from(spool.content(), name, kind, keeper=spool.keeper)
    except BaseException:
        spool.close()
        raise


def _read(stream: Any) -> bytes:
    try:
        chunk = stream.read(_PIECE)
    except (OSError, ValueError) as error:  # closed, or opened for writing
        raise InvalidInput(f"is a file that can't be read: {error}") from None
    if inspect.iscoroutine(chunk):
        chunk.close()
        raise InvalidInput("is a stream that is read with await: read it, and pass its bytes or a file")
    if not isinstance(chunk, bytes):
        raise InvalidInput("wants a file opened in binary mode: open(path, 'rb')")
    return chunk


def _refuse_broken(source: Path | io.BytesIO, name: str, mime: str) -> None:
    """Where Pillow is there anyway, a damaged picture is refused here and not by a machine that costs."""
    if mime not in {"image/png", "image/jpeg", "image/webp", "image/gif"}:
        return
    try:
        from PIL import Image, UnidentifiedImageError  # noqa: PLC0415 - only who passes a picture needs it
    except ImportError:
        return
    try:
        with Image.open(source) as image:
            if mime == "image/png":
                image.verify()  # checksums, nothing is unpacked
            else:
                image.draft("RGB", (1, 1))  # JPEG: an eighth of the size is enough to see that all is there
                image.load()
    except (Image.DecompressionBombError, Image.DecompressionBombWarning):
        raise InvalidInput(f"{name!r} has too many pixels") from None
    except UnidentifiedImageError:
        raise InvalidInput(f"{name!r} is damaged: it only begins as {mime} does") from None
    except Exception as error:  # noqa: BLE001 - Pillow raises whatever a damaged file leads to
        raise InvalidInput(f"{name!r} is damaged: {error}") from None


def _accept(head: bytes, size: int, name: str, kind: str) -> str:
    """The type of what is to be uploaded, if the input and the service take it."""
    if size == 0:
        raise InvalidInput(f"{name!r} is empty")
    if size > MAX_UPLOAD_BYTES:
        raise InvalidInput(too_large(name, size))
    seen = sniff(head)
    if kind in {"image", "audio", "video"}:
        if seen is None or seen.partition("/")[0] != kind:
            what = f"looks like {seen}" if seen else "is none that can be recognised"
            article = "an" if kind[0] in "aeiou" else "a"
            raise InvalidInput(f"wants {article} {kind} file; {name!r} {what}")
        return seen
    told = mimetypes.guess_type(safe_name(name, ""))[0]
    mime = seen or told or UNKNOWN
    if mime.partition("/")[0] not in {"image", "video", "audio", "application"}:
        raise InvalidInput(f"{name!r} is {mime}, which the service does not take; pack it as .zip")
    if seen is None and is_text(head):
        if told in EXTENSIONS:
            raise InvalidInput(
                f"{name!r} is text, not {told}: was it saved from a page that says what went wrong?"
            )
        if not ending_of(name):
            raise InvalidInput(
                f"{name!r} is text, which the service does not take; say by its name what it is, such as "
                "notes.json, or pack it as .zip"
            )
    return mime


def _data_url(value: str) -> tuple[bytes, str]:
    """Its bytes, and the ending of the type that it tells."""
    head = _DATA_URL.match(value)
    if head is None:
        raise InvalidInput("is a data URL that is not base64")
    if (len(value) - head.end()) * 3 // 4 > MAX_UPLOAD_BYTES + 3:
        raise InvalidInput(too_large("a data URL", len(value) * 3 // 4))
    try:
        return base64.b64decode(value[head.end() :], validate=True), mimetypes.guess_extension(
            head[1] or ""
        ) or ""
    except ValueError:  # binascii.Error is one
        raise InvalidInput("is a data URL whose base64 is broken") from None


def _from_picture(value: Any) -> Media | None:
    if isinstance(value, type):
        return None
    module = type(value).__module__.partition(".")[0]
    if module == "PIL" or (hasattr(value, "save") and hasattr(value, "getbands")):
        return _from_pillow(value) if hasattr(value, "mode") else None
    if hasattr(value, "__array_interface__"):
        return _from_pillow(_pillow_of(value))
    return None


def _from_pillow(image: Any) -> Media:
    if image.mode == "F":
        image = _pillow_of(image)
    buffer = io.BytesIO()
    try:
        if image.mode not in {"1", "L", "LA", "P", "RGB", "RGBA", "I;16"}:
            image = image.convert(_MODE_FOR_PNG.get(image.mode, "RGB"))
        image.save(buffer, "PNG", compress_level=3)
    except (
        OSError,
        ValueError,
    ) as error:  # a lazy picture whose file is damaged, one without pixels, a closed one
        raise InvalidInput(f"is a picture that can't be written as PNG: {error}") from None
    return media_from(buffer.getvalue(), "picture.png", "image")


def _pillow_of(array: Any) -> Any:
    try:
        import numpy  # noqa: ICN001, PLC0415 - only who passes an array needs it
        from PIL import Image  # noqa: PLC0415 - likewise
    except ImportError:
        raise MissingExtra(
            "Passing arrays needs Pillow and numpy: pip install 'stationthis-sdk[images]'"
        ) from None
    pixels = numpy.asarray(array)
    if pixels.ndim == 3 and pixels.shape[2] == 1:
        pixels = pixels[:, :, 0]
    if pixels.ndim not in {2, 3} or (pixels.ndim == 3 and pixels.shape[2] not in {3, 4}) or pixels.size == 0:
        raise InvalidInput(f"wants an array of shape (h, w), (h, w, 3) or (h, w, 4), got {pixels.shape}")
    if pixels.dtype.kind == "f":
        if not numpy.isfinite(pixels).all() or pixels.min() < 0 or pixels.max() > 1:
            raise InvalidInput("wants floats from 0 to 1; divide by 255 first, or pass uint8")
        pixels = (pixels * 255).round()
    elif pixels.dtype.kind == "b":
        pixels = pixels * 255
    elif pixels.dtype.kind not in "iu" or pixels.min() < 0 or pixels.max() > 255:
        raise InvalidInput(f"wants whole numbers from 0 to 255, got {pixels.dtype}")
    return Image.fromarray(pixels.astype(numpy.uint8))
