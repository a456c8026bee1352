"""Files on their way up, and where they are then."""

from collections.abc import Awaitable, Callable
from datetime import datetime
from typing import Any

import attrs

from stationthis_sdk.entities.source import Source
from stationthis_sdk.shown import Shown

__all__ = ["AssetRecord", "Media", "OnBytes", "UploadUrl", "UploadedFile", "WebFile"]

OnBytes = Callable[[int, int], Awaitable[None] | object]
"""Called with the bytes that are sent and with all there are; may be asynchronous."""


@attrs.frozen
class Media:
    """Bytes on their way up: ``content`` is the bytes themselves, the path of a file that holds them, or a WebFile.

    ``keeper`` is what takes a temporary file away when nobody needs it any more.
    """

    content: Any = attrs.field(repr=False)
    filename: str
    mime: str
    keeper: Any = attrs.field(default=None, repr=False, eq=False)


@attrs.frozen
class WebFile:
    """A file that is fetched here and uploaded, because its address must not be passed on or need not stay.

    ``kind`` is what it has to be once it is here: image, audio, video or file.
    """

    url: str = attrs.field(repr=False)
    kind: str = "file"


@attrs.frozen
class UploadedFile(Shown):
    """A file the service holds. ``url`` of a private account is signed and dies after an hour.

    ``size`` is in bytes. ``reused`` says that the very same bytes had been uploaded before, and nothing was sent:
    ``source`` is then the memory of that upload, and tells how old it is. ``name`` is what was asked for in any case.
    """

    id: str
    name: str
    url: str
    size: int | None = None
    mime: str | None = None
    reused: bool = False
    source: Source = attrs.field(factory=Source.now, eq=False, repr=False)


@attrs.frozen
class UploadUrl:
    """Where a file may be put: a signed address good for an hour, and where the file is to be found afterwards."""

    url: str = attrs.field(repr=False)
    download_url: str = attrs.field(repr=False)
    file_id: str
    db_path: str
    is_public: bool


@attrs.frozen
class AssetRecord:
    """A file or folder that an account keeps. ``path`` has no leading slash; ``size`` is in bytes.

    ``url`` is None for folders; in accounts with private files it is signed and dies after an hour.
    """

    id: str
    name: str
    path: str
    is_folder: bool = False
    size: int | None = None
    url: str | None = attrs.field(default=None, repr=False)
    mime: str | None = None
    created_at: datetime | None = None
    updated_at: datetime | None = None
