"""Files that nodes put out: their names as ComfyUI gives them, and the kinds the comfyui-deploy plugin tells them under."""

import json
import posixpath
import re
import time
from collections.abc import Iterable, Mapping
from pathlib import PurePosixPath
from typing import Any, Final

import attrs

from stationthis_sdk.local.engine.node import Work
from stationthis_sdk.local.engines import NodeFailed

__all__ = ["Place", "as_words", "kept", "place", "put_files"]

_IMAGE_SUFFIXES: Final = frozenset({"png", "jpg", "jpeg", "webp", "gif", "bmp", "tiff", "exr", "hdr"})
_NAME_LIMIT: Final = 200
_PREFIX_LIMIT: Final = 1000
_LETTERS: Final = re.compile(r"[a-z0-9]{1,12}")  # safetensors is the longest


@attrs.frozen
class Place:
    """Subfolder and file name as the answer tells them; on disk the file has a name of ours."""

    subfolder: str
    name: str


def place(prefix: str, width: int = 0, height: int = 0) -> Place:
    """Where ``filename_prefix`` leads, with ComfyUI's words for size and time put in.

    >>> place("shots/%width%x%height%", 640, 480)
    Place(subfolder='shots', name='640x480')
    """
    if len(prefix) > _PREFIX_LIMIT:
        raise NodeFailed(f"filename_prefix has more than {_PREFIX_LIMIT} characters: use a shorter one")
    if "%" in prefix:
        now = time.localtime()
        words = {"width": str(width), "height": str(height), "year": str(now.tm_year)}
        words |= {
            name: f"{value:02}"
            for name, value in zip(("month", "day", "hour", "minute", "second"), now[1:6], strict=True)
        }
        for name, value in words.items():
            prefix = prefix.replace(f"%{name}%", value)
    path = PurePosixPath(posixpath.normpath(prefix.replace("\\", "/")))
    if path.is_absolute() or ".." in path.parts or re.search(r"[\x00-\x1f:]", str(path)):
        raise NodeFailed(
            f"filename_prefix {prefix[:_NAME_LIMIT]!r} leaves the output folder: "
            "use a plain name or a/folder/name"
        )
    if any(len(part) > _NAME_LIMIT for part in path.parts):
        raise NodeFailed(
            f"filename_prefix has a part of more than {_NAME_LIMIT} characters: use a shorter one"
        )
    return Place("" if path.parent == PurePosixPath() else str(path.parent), path.name or "ComfyUI")


def kept(
    work: Work, content: bytes, at: Place, suffix: str, *, batch_number: int = 0, output_id: str = ""
) -> dict[str, Any]:
    """Keep a file and give the item that tells of it; ``suffix`` has no dot.

    Files of one prefix are counted together, whatever their suffix.
    """
    number = work.number(f"{at.subfolder}/{at.name}")
    name = at.name.replace("%batch_num%", str(batch_number))
    return told(work, content, f"{name}_{number:05d}_.{suffix}", at.subfolder, output_id)


def told(work: Work, content: bytes, filename: str, subfolder: str, output_id: str = "") -> dict[str, Any]:
    """Keep a file under the very name given and give its item."""
    suffix = suffix_of(filename)
    begun = time.perf_counter()
    url = work.files.keep(content, f".{suffix}" if _LETTERS.fullmatch(suffix) else "")
    return {
        "url": url,
        "type": "output",
        "filename": filename,
        "is_public": True,
        "subfolder": subfolder,
        "upload_duration": time.perf_counter() - begun,
        **({"output_id": output_id} if output_id else {}),
    }


def put_files(work: Work, items: Iterable[dict[str, Any]], **more: list[Any]) -> None:
    """Put files out as the plugin does after its upload: pictures under ``images``, all others under ``files``.

    ``more`` is told with them.
    """
    kinds: dict[str, list[Any]] = {}
    for item in items:
        is_image = suffix_of(item["filename"]) in _IMAGE_SUFFIXES
        kinds.setdefault("images" if is_image else "files", []).append(item)
    for kind, found in kinds.items():
        work.put({kind: found, **more}, uploaded=True)


def suffix_of(name: str) -> str:
    """What follows a file name's last dot, in small letters.

    >>> suffix_of("a.tar.GZ"), suffix_of("plain")
    ('gz', '')
    """
    return PurePosixPath(name).suffix[1:].lower()


def as_words(metadata: Mapping[str, Any]) -> dict[str, str]:
    """What a file says of the graph that made it, each value as text."""
    return {name: value if isinstance(value, str) else json.dumps(value) for name, value in metadata.items()}
