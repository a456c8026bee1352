"""Files on the service: uploads."""

import asyncio
from typing import Any

from stationthis_sdk.assets import AsyncAssets
from stationthis_sdk.context import Context
from stationthis_sdk.entities import OnBytes, UploadedFile
from stationthis_sdk.inputs.media import media_for

__all__ = ["AsyncFiles"]


class AsyncFiles:
    """Uploads by hand; inputs that are files are uploaded by being passed."""

    def __init__(self, context: Context) -> None:
        self._context = context

    def __repr__(self) -> str:
        return "<files: upload(file), assets>"

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
        whole: what is long and no file on disk waits in a temporary one.

        on_progress: called with the bytes sent and all there are, as often as it keeps up with.

        The same bytes are uploaded once, and remembered in the data folder: for 30 days, and tried before they are
        used again when that was not done for ten minutes; links of private accounts, which the service signs for an
        hour, for 50 minutes. ``cache=False`` uploads in any case. Files of 32 MiB and more go straight into storage,
        and are among the account's assets then; where that fails they go through the service as the others do.

        Raises:
            InvalidInput: no such file, empty, over 250 MiB, or of a type the service refuses (text, for one);
                nothing was sent.
            DownloadFailed: a web address could not be fetched.
            FeatureDisabled: the flag uploads is off; nothing was sent.

        Example:
            >>> (await st.files.upload(bytes.fromhex("504b0304"), name="two models")).name
            'two models.zip'
        """
        self._context.settings.flags.need("uploads")
        media = await asyncio.to_thread(media_for, file, name)
        return await self._context.uploads.send(media, on_progress=on_progress, cache=cache)
