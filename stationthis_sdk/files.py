"""Files on the service: uploads."""

import asyncio
from typing import Any

from stationthis_sdk.api.service import Service
from stationthis_sdk.api.transport import Upload
from stationthis_sdk.context import Context
from stationthis_sdk.entities import Media, Timeouts, UploadedFile
from stationthis_sdk.errors import InvalidInput
from stationthis_sdk.inputs.media import media_of

__all__ = ["AsyncFiles", "send_media"]


class AsyncFiles:
    """Uploads by hand; inputs that are files are uploaded by being passed."""

    def __init__(self, context: Context) -> None:
        self._context = context

    def __repr__(self) -> str:
        return "<files: upload(file)>"

    async def upload(self, file: Any) -> UploadedFile:
        """Upload a path, bytes, an open binary file, a Pillow image or a numpy array.

        Raises:
            InvalidInput: no such file, empty, over 250 MiB, or of a type the service refuses (text, for one).

        Example:
            >>> (await st.files.upload(bytes.fromhex("504b0304"))).name
            'file.zip'
        """
        media = await asyncio.to_thread(media_of, file, "file")
        if isinstance(media, str):
            raise InvalidInput("That is a web address already: pass it as the input, it needs no upload.")
        return await send_media(self._context.service, media)


async def send_media(service: Service, media: Media, limits: Timeouts | None = None) -> UploadedFile:
    """Upload what ``media_of`` found; a file on disk is streamed."""
    return await service.files.upload(
        Upload("file", media.filename, media.mime, media.content), limits=limits
    )
