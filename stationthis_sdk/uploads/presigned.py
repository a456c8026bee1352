"""A signed address to put one file to, for whoever has it."""

import asyncio
import re
from collections.abc import Mapping
from datetime import UTC, datetime, timedelta
from typing import Any, Final
from urllib.parse import parse_qsl, urlsplit

from stationthis_sdk.entities import OnBytes, UploadedFile, UploadUrl
from stationthis_sdk.errors import InvalidInput, UnexpectedResponse
from stationthis_sdk.inputs.file_types import safe_name
from stationthis_sdk.inputs.media import MAX_UPLOAD_BYTES, media_for, too_large
from stationthis_sdk.shown import Shown
from stationthis_sdk.uploads.sender import Uploads
from stationthis_sdk.uploads.ways import headers_for

__all__ = ["AsyncPresignedUpload", "checked"]

_TYPE: Final = re.compile(r"(image|video|audio|application)/[\w.+-]+", re.ASCII)


class AsyncPresignedUpload(Shown):
    """A signed address for one file. Whoever has it may put that file there, without a key."""

    def __init__(self, uploads: Uploads, address: UploadUrl, name: str, mime: str, size: int) -> None:
        headers = headers_for(address, mime)
        if headers is None:
            raise UnexpectedResponse(
                "Storage wants headers that nobody told: upload() sends files another way."
            )
        self._uploads = uploads
        self._address = address
        self._headers = headers
        self._name = name
        self._mime = mime
        self._size = size

    def __repr__(self) -> str:
        return f"<presigned upload of {self.name!r}: {self.mime}, {self.size:,} bytes>"

    @property
    def name(self) -> str:
        """What the file will be called."""
        return self._name

    @property
    def mime(self) -> str:
        """Its media type."""
        return self._mime

    @property
    def size(self) -> int:
        """Its size in bytes."""
        return self._size

    @property
    def url(self) -> str:
        """Where to PUT the file. It is a secret until it expires: whoever has it may write there."""
        return self._address.url

    @property
    def headers(self) -> Mapping[str, str]:
        """Exactly the headers that the PUT must bring, besides the length; a key must not be among them."""
        return dict(self._headers)

    @property
    def expires_at(self) -> datetime | None:
        """Until when the address is good, as it says itself; None when it does not."""
        return _expiry(self._address.url)

    async def put(self, file: Any, *, on_progress: OnBytes | None = None) -> UploadedFile:
        """Put the file, tell the service of it, and learn the address it has then; anything ``files.upload`` takes.

        An address that is too old is asked for anew, once. Where storage refuses or is not to be reached, the file
        goes through the service.

        Raises:
            InvalidInput: see ``files.upload``; or it has another size than was asked for. Nothing was sent.

        Example:
            >>> presigned = await st.files.presign("two models", "application/zip", 4)
            >>> file = await presigned.put(bytes.fromhex("504b0304"))
            >>> file.name, file.size
            ('two models.zip', 4)
        """
        media = await asyncio.to_thread(media_for, file, self.name)
        return await self._uploads.put(
            media, self._address, self.name, self.mime, self.size, on_progress=on_progress
        )

    async def register(self) -> UploadedFile:
        """Tell the service that somebody else has put the file, and learn the address it has then.

        The service takes our word for it: it does not look. Twice is a failure there.

        Example:
            >>> import urllib.request
            >>> presigned = await st.files.presign("two models", "application/zip", 4)
            >>> request = urllib.request.Request(
            ...     presigned.url, bytes.fromhex("504b0304"), dict(presigned.headers), method="PUT"
            ... )
            >>> urllib.request.urlopen(request).close()  # whoever has the address: it needs no key
            >>> (await presigned.register()).size
            4
        """
        return await self._uploads.registered(self._address, self.name, self.mime, self.size)


def checked(name: Any, mime: Any, size: Any) -> tuple[str, str, int]:
    """What an address is to be asked for.

    Raises:
        InvalidInput: no name, a type that the service refuses, or no size that it takes.

    >>> checked("two models", "application/zip", 4)
    ('two models.zip', 'application/zip', 4)
    """
    if not isinstance(name, str) or not name.strip():
        raise InvalidInput(f"name is what the file is to be called, not {name!r}.")
    if not isinstance(mime, str) or not _TYPE.fullmatch(mime):
        raise InvalidInput(
            f"mime is a media type that the service takes, such as image/png or application/zip, not {mime!r}."
        )
    if not isinstance(size, int) or isinstance(size, bool) or size < 1:
        raise InvalidInput(f"size is the file's bytes, 1 or more; got {size!r}.")
    if size > MAX_UPLOAD_BYTES:
        raise InvalidInput(f"{too_large(name, size)}.")
    return safe_name(name, mime), mime, size


def _expiry(url: str) -> datetime | None:
    fields = {name.lower(): value for name, value in parse_qsl(urlsplit(url).query)}
    for by in ("x-amz", "x-goog"):
        lives = fields.get(f"{by}-expires", "")
        if re.fullmatch(r"\d{1,9}", lives, re.ASCII):
            try:
                made = datetime.strptime(fields.get(f"{by}-date", ""), "%Y%m%dT%H%M%SZ").replace(tzinfo=UTC)
            except ValueError:
                return None
            return made + timedelta(seconds=int(lives))
    return None
