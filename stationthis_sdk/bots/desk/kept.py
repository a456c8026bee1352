"""Files that came along, kept for as long as somebody may ask for the same again: links of private accounts die after an hour."""

import asyncio
import hashlib
from collections.abc import Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

import orjson

from stationthis_sdk.entities import Media
from stationthis_sdk.errors import InvalidInput, SaveFailed
from stationthis_sdk.store.uploads import is_signed

if TYPE_CHECKING:
    from stationthis_sdk.bots.desk.folder import Folder
    from stationthis_sdk.inputs.check import Checked
    from stationthis_sdk.uploads.sender import Uploads

__all__ = ["GOOD_FOR", "asked_again", "renewed", "signed_at", "uploaded"]

GOOD_FOR: Final = 2700.0
"""Seconds for which a signed link is relied upon: it dies after an hour, and the run takes its time."""
_LARGEST: Final = 64 << 20

Kept = Mapping[str, "list[dict[str, str] | str]"]
"""For each input with files their links, or where what they were made of is kept: its name in the folder, its own, its type."""


async def uploaded(
    uploads: "Uploads", folder: "Folder", ready: "Checked"
) -> tuple[dict[str, Any], dict[str, Any]]:
    """The inputs with links in place of files, and what is kept of those whose links will die.

    Raises:
        StationThisError: a file could not be uploaded; no run was started.
    """
    sent: dict[str, Any] = {}
    kept: dict[str, Any] = {}
    for name, media in ready.uploads.items():
        several = isinstance(media, list)
        pairs = [
            await _link_of(uploads, folder, one) for one in (media if isinstance(media, list) else [media])
        ]
        links = [link for link, _ in pairs]
        sent[name] = orjson.dumps(links).decode() if several else links[0]
        if any(note for _, note in pairs):
            kept[name] = [note or link for link, note in pairs]
    return {**ready.values, **sent}, kept


async def renewed(
    uploads: "Uploads", folder: "Folder", inputs: Mapping[str, Any], kept: Kept
) -> tuple[dict[str, Any], dict[str, Any]]:
    """The inputs with fresh links, and what is kept of them: those of before may have died while it waited.

    All are uploaded anew: an upload that is remembered may be as old as the link.

    Raises:
        InvalidInput: a file is gone.
        StationThisError: a file could not be uploaded.
    """
    fresh, noted = dict(inputs), dict[str, Any]()
    for name, files in kept.items():
        links: list[str] = []
        notes: list[dict[str, str] | str] = []
        for one in files:
            if isinstance(one, str):
                links.append(one)
                notes.append(one)
                continue
            path = await asyncio.to_thread(_there, folder, name, one)
            file = await uploads.send(Media(path, one["name"], one["mime"]), cache=False)
            links.append(file.url)
            notes.append({**one, "signed": str(file.source.at.timestamp())})
        several = isinstance(inputs[name], str) and inputs[name].startswith("[")
        fresh[name] = orjson.dumps(links).decode() if several else links[0]
        noted[name] = notes
    return fresh, noted


def signed_at(kept: Kept, made_at: float) -> float:
    """When the oldest of the links was made, in seconds since 1970: one that was remembered is older than its job.

    >>> signed_at({"image": [{"file": "a.png", "name": "a.png", "mime": "image/png", "signed": "5.0"}]}, 9.0)
    5.0
    """
    notes = [one for files in kept.values() for one in files if not isinstance(one, str)]
    return min((float(one.get("signed", made_at)) for one in notes), default=made_at)


def asked_again(folder: "Folder", inputs: Mapping[str, Any], kept: Kept, age: float) -> dict[str, Any]:
    """The inputs as somebody would give them anew: files themselves where their links have died. Reads the disk.

    ``age`` is seconds since they were uploaded.

    Raises:
        InvalidInput: a file is gone.
    """
    given = dict(inputs)
    for name, files in kept.items():
        again = [one if isinstance(one, str) else _there(folder, name, one) for one in files]
        several = isinstance(inputs.get(name), str) and inputs[name].startswith("[")
        given[name] = again if several else again[0]
    if age > GOOD_FOR:
        dead = [
            name
            for name, value in given.items()
            if isinstance(value, str) and value.startswith("http") and is_signed(value)
        ]
        if dead:
            raise _gone(dead[0])
    return given


async def _link_of(
    uploads: "Uploads", folder: "Folder", media: Media | str
) -> tuple[str, dict[str, str] | None]:
    if isinstance(media, str):
        return media, None
    content = await asyncio.to_thread(_content_of, media)
    file = await uploads.send(media)
    link = file.url
    if content is None or not is_signed(link):
        return link, None
    key = hashlib.sha256(content).hexdigest() + Path(media.filename).suffix
    try:
        await asyncio.to_thread(folder.keep, key, content)
    except SaveFailed:
        return link, None
    return link, {
        "file": key,
        "name": media.filename,
        "mime": media.mime,
        "signed": str(file.source.at.timestamp()),
    }


def _content_of(media: Media) -> bytes | None:
    """What is uploaded, where it is here and of a size that may be kept."""
    content = media.content
    if isinstance(content, Path):
        return content.read_bytes() if content.stat().st_size <= _LARGEST else None
    return content if isinstance(content, bytes) and len(content) <= _LARGEST else None


def _there(folder: "Folder", name: str, note: Mapping[str, str]) -> Path:
    path = folder.kept(note["file"])
    if not path.is_file():
        raise _gone(name)
    return path


def _gone(name: str) -> InvalidInput:
    problem = f"{name}: the file of then is gone, send it once more"
    return InvalidInput(f"It was not run again: {problem}.", problems=[problem])
