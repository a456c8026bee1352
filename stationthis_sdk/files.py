"""Files on the service: uploads."""

import asyncio
from typing import Any

from stationthis_sdk.api.capabilities import is_absent
from stationthis_sdk.assets import AsyncAssets
from stationthis_sdk.context import Context
from stationthis_sdk.entities import OnBytes, UploadedFile
from stationthis_sdk.errors import NotFound, StationThisError
from stationthis_sdk.inputs.media import media_for
from stationthis_sdk.shown import Shown
from stationthis_sdk.uploads.presigned import AsyncPresignedUpload, checked

__all__ = ["AsyncFiles"]


class AsyncFiles(Shown):
    """Uploads by hand; inputs that are files are uploaded by being passed."""

    def __init__(self, context: Context) -> None:
        self._context = context

    def __repr__(self) -> str:
        return "<files: upload(file), presign(name, mime, size), assets>"

    @property
    def assets(self) -> AsyncAssets:
        """The files and folders that the account keeps.

        Example:
            >>> st.files.assets
            <assets: list(folder), search(name), upload(file, folder)>
        """
        return AsyncAssets(self._context)

    async def upload(
        self,
        file: Any,
        *,
        name: str | None = None,
        on_progress: OnBytes | None = None,
        cache: bool = True,
    ) -> UploadedFile:
        """Upload a file, and learn the address it has then.

        file: a path, bytes, an open binary file or stream (read from where it is to its end), a Pillow image, a
        numpy array, a data URL, or a web address, which is fetched without the key. Its type is told by its first
        bytes; ``name`` is what it is to be called, and gets the ending of that type. Nothing is read into memory
        whole: what is long and no file on disk waits in a temporary one. Text is taken when its name says that it is
        something else, such as notes.json.

        on_progress: called with the bytes sent and all there are, as often as it keeps up with.

        The same bytes are uploaded once, under whatever name, and remembered in the data folder: for 30 days, and
        tried before they are used again when that was not done for ten minutes; links of private accounts, which the
        service signs for an hour, for 50 minutes. ``cache=False`` uploads in any case. Files of 32 MiB and more go straight into storage,
        and are among the account's assets then; where that fails they go through the service as the others do.

        Raises:
            InvalidInput: no such file, empty, over 250 MiB, a damaged picture, or of a type that the service
                refuses (text, for one); nothing was sent.
            DownloadFailed: a web address could not be fetched; nothing was sent to the service.
            FeatureDisabled: the flag uploads is off; nothing was sent.

        Example:
            >>> (await st.files.upload(bytes.fromhex("504b0304"), name="two models")).name
            'two models.zip'
        """
        self._context.settings.flags.need("uploads")
        media = await asyncio.to_thread(media_for, file, name)
        return await self._context.uploads.send(media, on_progress=on_progress, cache=cache)

    async def presign(self, name: str, mime: str, size: int) -> AsyncPresignedUpload:
        """Ask for a signed address to put one file to: ``put()`` it, or hand the address to who has no key.

        ``name`` is what the file is to be called, ``mime`` its media type, ``size`` its bytes. The address is good
        for an hour, and for such a file only; what is put there is among the account's assets once it is registered.
        ``upload`` does all this by itself for big files.

        Raises:
            InvalidInput: no name, a type the service refuses, or no size up to 250 MiB; nothing was sent.
            NotFound: this server has no signed addresses.
            FeatureDisabled: the flag uploads is off; nothing was sent.

        Example:
            >>> presigned = await st.files.presign("fox", "image/png", 1234)
            >>> presigned
            <presigned upload of 'fox.png': image/png, 1,234 bytes>
            >>> sorted(presigned.headers)
            ['content-type', 'x-amz-acl']
        """
        self._context.settings.flags.need("uploads")
        name, mime, size = checked(name, mime, size)
        try:
            address = await self._context.service.assets.presign(name, mime, "", size)
        except StationThisError as error:
            if is_absent(error):
                raise NotFound(
                    "This server has no signed addresses for uploads: upload() sends files another way.",
                    request=error.request,
                ) from None
            raise
        return AsyncPresignedUpload(self._context.uploads, address, name, mime, size)
