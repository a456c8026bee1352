"""What a file is, told by its first bytes, and the name that fits: the service tells types by the name alone. Pure."""

import codecs
import mimetypes
import re
import unicodedata
from typing import Final

__all__ = ["EXTENSIONS", "HEAD", "UNKNOWN", "ending_of", "is_text", "safe_name", "sniff"]

HEAD: Final = 512
"""Bytes of the beginning that say what a file is."""

_SIGNATURES: Final = (
    (re.compile(rb"\x89PNG\r\n\x1a\n"), "image/png"),
    (re.compile(rb"\xff\xd8\xff"), "image/jpeg"),
    (re.compile(rb"GIF8[79]a"), "image/gif"),
    (re.compile(rb"RIFF.{4}WEBP", re.DOTALL), "image/webp"),
    (re.compile(rb"RIFF.{4}WAVE", re.DOTALL), "audio/x-wav"),
    (re.compile(rb"RIFF.{4}AVI ", re.DOTALL), "video/x-msvideo"),
    (re.compile(rb"BM.{4}\x00\x00\x00\x00", re.DOTALL), "image/bmp"),
    (re.compile(rb"II\*\x00|MM\x00\*"), "image/tiff"),
    (re.compile(rb".{4}ftyp(avif|avis)", re.DOTALL), "image/avif"),
    (re.compile(rb".{4}ftyp(heic|heix|mif1)", re.DOTALL), "image/heic"),
    (re.compile(rb".{4}ftypqt  ", re.DOTALL), "video/quicktime"),
    (re.compile(rb".{4}ftypM4A", re.DOTALL), "audio/mp4"),
    (re.compile(rb".{4}ftyp3g", re.DOTALL), "video/3gpp"),
    (re.compile(rb".{4}ftyp", re.DOTALL), "video/mp4"),
    (re.compile(rb"\x1aE\xdf\xa3.{0,56}?matroska", re.DOTALL), "video/x-matroska"),
    (re.compile(rb"\x1aE\xdf\xa3"), "video/webm"),
    (re.compile(rb"\x00\x00\x01[\xba\xb3]"), "video/mpeg"),
    (re.compile(rb"FLV\x01"), "video/x-flv"),
    (re.compile(rb"OggS.{24,32}\x80theora", re.DOTALL), "video/ogg"),
    (re.compile(rb"FORM.{4}AIF[FC]", re.DOTALL), "audio/x-aiff"),
    (re.compile(rb"\xff[\xf0\xf1\xf8\xf9]"), "audio/aac"),
    (re.compile(rb"fLaC"), "audio/flac"),
    (re.compile(rb"OggS"), "audio/ogg"),
    (re.compile(rb"ID3|\xff[\xfb\xf3\xf2]"), "audio/mpeg"),
    (re.compile(rb"\x76\x2f\x31\x01"), "image/x-exr"),
    (re.compile(rb"PK\x03\x04"), "application/zip"),
)
EXTENSIONS: Final = {
    "image/png": ".png", "image/jpeg": ".jpg", "image/gif": ".gif", "image/webp": ".webp", "image/bmp": ".bmp",
    "image/tiff": ".tiff", "image/avif": ".avif", "image/heic": ".heic", "image/x-exr": ".exr",
    "video/mp4": ".mp4", "video/webm": ".webm", "video/quicktime": ".mov", "video/x-msvideo": ".avi",
    "audio/x-wav": ".wav", "audio/flac": ".flac", "audio/ogg": ".ogg", "audio/mpeg": ".mp3", "audio/mp4": ".m4a",
    "video/x-matroska": ".mkv", "video/mpeg": ".mpg", "video/x-flv": ".flv", "video/ogg": ".ogv", "video/3gpp": ".3gp",
    "audio/x-aiff": ".aiff", "audio/aac": ".aac",
    "application/zip": ".zip",
}  # fmt: skip
UNKNOWN: Final = "application/octet-stream"


def sniff(head: bytes) -> str | None:
    """The type of a file by its first bytes; None when they say nothing.

    >>> sniff(b"GIF89a"), sniff(b"hello")
    ('image/gif', None)
    """
    return next((mime for signature, mime in _SIGNATURES if signature.match(head)), None)


def ending_of(name: str) -> str:
    """The ending of a file's name, with its dot: a few letters and digits.

    >>> ending_of("fox.PNG"), ending_of("v1.0 weights"), ending_of("model v1.0"), ending_of(".png")
    ('.PNG', '', '', '')
    """
    found = re.search(r"(?<=[^./\\])\.(?=\d*[a-z])\w{1,12}$", name, re.ASCII | re.IGNORECASE)
    return found[0] if found else ""


def safe_name(name: str, mime: str) -> str:
    r"""A file name for an upload: no path, no odd characters, and the ending of its type.

    >>> safe_name("../a b\n.PNG", "image/png"), safe_name("photo.png", "image/jpeg"), safe_name("", "image/png")
    ('a b_.png', 'photo.jpg', 'file.png')
    """
    name = name.replace("\\", "/").rpartition("/")[2]
    kept = ending_of(name)
    stem = name[: len(name) - len(kept)]
    stem = re.sub(r"[^\w .()-]", "_", stem, flags=re.ASCII).strip(" .")[:100] or "file"
    wanted = EXTENSIONS.get(mime)
    kept = kept.lower()
    # Torch's files, documents and more are zips by their bytes: their own ending says more.
    fits = (
        wanted is None or (mime == "application/zip" and kept) or mimetypes.guess_type(f"x{kept}")[0] == mime
    )
    return stem + (kept if fits else wanted or "") if kept or mime != UNKNOWN else f"{stem}.bin"


def is_text(head: bytes) -> bool:
    r"""Whether a file begins as a text does.

    >>> is_text("für".encode()), is_text("für".encode()[:2]), is_text(b"GIF89a\x00")
    (True, True, False)
    """
    try:
        text = codecs.getincrementaldecoder("utf-8")().decode(head)  # the last letter may be cut
    except UnicodeDecodeError:
        return False
    return all(
        letter in "\t\n\r\f" or unicodedata.category(letter) not in {"Cc", "Cn", "Co"} for letter in text
    )
