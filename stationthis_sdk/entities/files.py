"""Files on their way up, and where they are then."""

from typing import Any

import attrs

__all__ = ["Media", "UploadedFile"]


@attrs.frozen
class Media:
    """Bytes on their way up: ``content`` is the bytes themselves or the path of a file that holds them."""

    content: Any = attrs.field(repr=False)
    filename: str
    mime: str


@attrs.frozen
class UploadedFile:
    """A file the service holds. ``url`` of a private account is signed and dies after an hour."""

    id: str
    name: str
    url: str
