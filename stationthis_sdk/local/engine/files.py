"""Files that a graph hands from node to node, and how a graph gets at files at all: never by a path of this machine."""

import base64
import binascii
import hashlib
import re
from collections.abc import Callable, Mapping
from pathlib import PurePosixPath
from typing import Final, TypeVar
from urllib.parse import urlsplit

import attrs

from stationthis_sdk.local.engine.node import Slot, Work
from stationthis_sdk.local.engines import NodeFailed, Said

__all__ = ["WORDS", "FetchedFile", "fetched", "from_data_url", "is_url", "or_default"]

_T = TypeVar("_T")

WORDS: Final[Mapping[str, Slot]] = {
    "display_name": Slot("STRING", required=False, default=""),
    "description": Slot("STRING", required=False, default=""),
}
"""What most external inputs have beside their own fields."""

_DATA_URL: Final = re.compile(r"data:image/(png|jpeg|jpg);base64,", re.ASCII)
_SUFFIX: Final = re.compile(r"\.[A-Za-z0-9]{1,12}", re.ASCII)


@attrs.frozen
class FetchedFile:
    """A file's bytes; where a graph wants its path, it is a path of no real file.

    >>> str(FetchedFile("a.mp4", b""))
    'temp/a.mp4'
    """

    name: str
    content: bytes
    folder: str = "temp"

    def __str__(self) -> str:
        return f"{self.folder}/{self.name}"


def is_url(text: str) -> bool:
    """Tell a URL that may be fetched from any other text."""
    return text.startswith(("http://", "https://"))


def fetched(work: Work, place: str, no_suffix: str = ".bin") -> FetchedFile | None:
    """The file behind a URL or an upload's name, with the suffix it has there; None when there is none."""
    content = work.files.read(place) if place else None
    if content is None:
        return None
    try:
        path = urlsplit(place).path if is_url(place) else place
    except ValueError:
        path = ""
    suffix = PurePosixPath(path).suffix
    digest = hashlib.sha256(content).hexdigest()[:32]  # the same bytes keep their name, so that caches hold
    return FetchedFile(f"{digest}{suffix if _SUFFIX.fullmatch(suffix) else no_suffix}", content)


def from_data_url(text: str) -> bytes | None:
    """The bytes of a PNG or JPEG data URL, the only ones the plugin knows; None for all else."""
    if (start := _DATA_URL.match(text)) is None:
        return None
    try:
        return base64.b64decode(text[start.end() :])  # passes over what is no base64, as the plugin does
    except binascii.Error:
        return None


def or_default(work: Work, given: Callable[[], _T | None], default: _T | None) -> _T | None:
    """What was given; the default in the place of nothing, and of what can't be read.

    The plugin takes the default without a word; here the run's log says why, and so does the error when there is none.
    """
    try:
        value = given()
    except NodeFailed as problem:
        if default is None:
            raise
        work.report(
            Said(f"node {work.node_id} ({work.class_type}): {problem}; its default is used", "warning")
        )
        return default
    return default if value is None else value
