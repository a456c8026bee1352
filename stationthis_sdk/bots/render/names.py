"""What files are called where they are sent: safe, short, each its own, with the ending of what they are. Pure."""

import re
import unicodedata
from collections.abc import Sequence
from pathlib import PurePosixPath
from typing import Final

from stationthis_sdk.bots.render.kinds import mime_of
from stationthis_sdk.bots.render.steps import Made
from stationthis_sdk.bots.render.text import clean
from stationthis_sdk.outputs.normalise import type_of

__all__ = ["file_names", "safe_name"]

_MOST: Final = 60
_FORBIDDEN: Final = re.compile(r"""[/\\:*?"<>|]+""")
_ENDING: Final = re.compile(r"\.[A-Za-z0-9]{1,12}")
_UNSEEN: Final = frozenset({"Cc", "Cf", "Co", "Cn", "Zl", "Zp"})
_ENDINGS: Final = {
    "image/png": ".png", "image/jpeg": ".jpg", "image/webp": ".webp", "image/gif": ".gif", "image/tiff": ".tiff",
    "image/bmp": ".bmp", "image/avif": ".avif", "image/svg+xml": ".svg", "image/x-exr": ".exr", "image/apng": ".apng",
    "image/vnd.adobe.photoshop": ".psd",
    "video/mp4": ".mp4", "video/webm": ".webm", "video/quicktime": ".mov", "video/x-matroska": ".mkv",
    "audio/mpeg": ".mp3", "audio/mp4": ".m4a", "audio/wav": ".wav", "audio/flac": ".flac", "audio/ogg": ".ogg",
    "model/gltf-binary": ".glb", "model/obj": ".obj", "model/stl": ".stl", "model/ply": ".ply",
    "text/plain": ".txt", "text/markdown": ".md", "application/json": ".json", "text/csv": ".csv", "application/zip": ".zip",
}  # fmt: skip


def file_names(files: Sequence[Made], *, hint: str = "", name: str = "") -> list[str]:
    """The names of these files: by the workflow's hint (``{n}`` is a file's number), else their own, else by ``name``.

    >>> pictures = [Made(0, "image", "../a.png"), Made(1, "image", mime="image/jpeg")]
    >>> file_names(pictures, name="portrait"), file_names(pictures, hint="fox")
    (['a.png', 'portrait-2.jpg'], ['fox.png', 'fox.jpg'])
    """
    names: list[str] = []
    used: set[str] = set()
    for number, made in enumerate(files, 1):
        ending = _ending_of(made)
        asked = _stem(hint.replace("{n}", str(number)), known=True)
        own = _stem(PurePosixPath(made.filename.replace("\\", "/")).name)
        wanted = asked or own or f"{safe_name(name) or safe_name(made.kind) or 'file'}-{number}"
        chosen, again = _fitted(wanted, ending), 1
        while chosen.casefold() in used:
            again += 1
            chosen = _fitted(wanted, f"-{again}{ending}")
        used.add(chosen.casefold())
        names.append(chosen)
    return names


def safe_name(text: str, most: int = _MOST) -> str:
    r"""A text as a part of a name: nothing in it chooses a path, hides, or turns what stands behind it around.

    >>> safe_name("../../etc/pass\x00wd"), safe_name("...")
    ('etc-passwd', '')
    """
    seen = "".join(one for one in clean(text) if unicodedata.category(one) not in _UNSEEN)
    plain = " ".join(_FORBIDDEN.sub("-", seen).split()).strip(".- ")
    return _cut(plain, most).strip(".- ")


def _stem(text: str, *, known: bool = False) -> str:
    """A name without its ending, or without one that is ``known``: "fox v1.5" has none."""
    ending = PurePosixPath(text).suffix
    cut_off = type_of(f"a{ending}") if known else _ENDING.fullmatch(ending)
    return safe_name(text.removesuffix(ending) if cut_off else text)


def _ending_of(made: Made) -> str:
    """The ending by which apps know what a file is: its own unless that claims something else."""
    own = PurePosixPath(made.filename).suffix
    own = own.lower() if _ENDING.fullmatch(own) else ""
    if made.kind == "text":
        return own or ".txt"
    mime = mime_of(made)
    if mime is None or (claimed := type_of(f"a{own}")) == mime:
        return own
    if claimed and claimed.partition("/")[0] == mime.partition("/")[0]:
        return own
    return _ENDINGS.get(mime, own)


def _fitted(stem: str, ending: str) -> str:
    return _cut(stem, _MOST - len(ending.encode())) + ending


def _cut(text: str, most: int) -> str:
    return text.encode()[:most].decode("utf-8", "ignore")
