"""Uploads of one client: each of the same bytes once, however many ask for it and however often."""

import asyncio
import hashlib
import weakref
from collections.abc import Callable, Coroutine
from pathlib import Path
from typing import Any, TypeVar

import attrs

from stationthis_sdk.api.service import Service
from stationthis_sdk.config import Settings
from stationthis_sdk.entities import AssetRecord, Media, OnBytes, Timeouts, UploadedFile, UploadUrl, WebFile
from stationthis_sdk.errors import InvalidInput, UnexpectedResponse
from stationthis_sdk.inputs.media import MAX_UPLOAD_BYTES, too_large
from stationthis_sdk.interrupts import carried_through
from stationthis_sdk.store.uploads import UploadMemory
from stationthis_sdk.uploads.fetch import fetch, is_there
from stationthis_sdk.uploads.transfer import Transfer
from stationthis_sdk.uploads.ways import Ways

__all__ = ["Uploads"]

T = TypeVar("T")


class Uploads:
    """What one client uploads."""

    def __init__(self, settings: Settings, service: Service, memory: UploadMemory | None = None) -> None:
        self._settings = settings
        self._service = service
        self._memory = memory or UploadMemory()
        self._under_way: weakref.WeakKeyDictionary[Any, dict[str, Transfer[UploadedFile]]] = (
            weakref.WeakKeyDictionary()
        )

    async def send(
        self,
        media: Media,
        *,
        limits: Timeouts | None = None,
        on_progress: OnBytes | None = None,
        cache: bool = True,
    ) -> UploadedFile:
        """Upload a file as an input of runs; what was uploaded before is not uploaded again.

        ``cache=False`` uploads in any case, and remembers nothing.

        Raises:
            FeatureDisabled: uploads are switched off; nothing was sent, nor fetched.
            InvalidInput: the file is gone, or became another on the way.
        """
        media, started = await self._here(media), False
        try:
            stamp = await asyncio.to_thread(_stamp_of, media)
            key = None
            if cache:
                digest = await asyncio.to_thread(_digest, media.content)
                scope = (self._settings.base_url, self._settings.account)
                key = self._memory.key(*scope, digest, Path(media.filename).suffix)
            present = self._under_way.setdefault(asyncio.get_running_loop(), {})
            transfer = present.get(key) if key is not None else None
            if transfer is None or not transfer.under_way:
                transfer, started = Transfer(stamp[0]), True
                transfer.start(self._sent(key, media, stamp, limits, transfer))
                if key is not None:
                    present[key] = transfer
            file = await transfer.wait(on_progress)
            return attrs.evolve(file, name=media.filename)  # whoever else sends or has sent these bytes
        finally:
            if not started:
                await _cleared(media)

    async def place(self, media: Media, folder: str, *, on_progress: OnBytes | None = None) -> AssetRecord:
        """Upload a file into a folder of the account, as often as one is asked to; see ``send``."""
        media = await self._here(media)

        def work(transfer: Transfer[AssetRecord]) -> Coroutine[Any, Any, AssetRecord]:
            return Ways(self._service).send(
                media,
                folder,
                transfer,
                form=lambda upload: self._service.assets.upload(upload, folder),
                of_asset=lambda asset, _: asset,
            )

        return await self._once(media, work, on_progress)

    async def put(
        self,
        media: Media,
        address: UploadUrl,
        name: str,
        mime: str,
        size: int,
        *,
        on_progress: OnBytes | None = None,
    ) -> UploadedFile:
        """Put a file to a signed address that was made for it; see ``send``. Nothing is remembered.

        Raises:
            InvalidInput: it is not as long as the address was asked for.
        """
        media = attrs.evolve(await self._here(media), filename=name, mime=mime)

        def work(transfer: Transfer[UploadedFile]) -> Coroutine[Any, Any, UploadedFile]:
            if transfer.total != size:
                raise InvalidInput(
                    f"The address was asked for {size:,} bytes, and {name!r} has {transfer.total:,}: ask for another one."
                )
            return Ways(self._service).send(
                media,
                "",
                transfer,
                form=self._service.files.upload,
                of_asset=lambda asset, _: _file_of(asset),
                first=address,
            )

        file = await self._once(media, work, on_progress)
        return attrs.evolve(file, name=name, size=size, mime=mime)

    async def registered(self, address: UploadUrl, name: str, mime: str, size: int) -> UploadedFile:
        """Tell the service of a file that somebody has put to a signed address."""
        asset = await Ways(self._service).register(address, Media(b"", name, mime), size)
        return attrs.evolve(_file_of(asset), name=name, size=size, mime=mime)

    async def doubt(self) -> None:
        """Something was deleted on the service: links that are remembered are tried before they are used."""
        await asyncio.to_thread(self._memory.doubt)

    async def _here(self, media: Media) -> Media:
        """The file itself, fetched first where it is elsewhere."""
        flags = self._settings.flags
        flags.need("comfy_deploy")
        flags.need("uploads")
        if isinstance(media.content, WebFile):
            return await fetch(self._service.edge, media)
        return media

    async def _once(
        self,
        media: Media,
        work: Callable[[Transfer[T]], Coroutine[Any, Any, T]],
        on_progress: OnBytes | None,
    ) -> T:
        """A transfer that nobody joins, and the file the same at its end."""
        try:
            stamp = await asyncio.to_thread(_stamp_of, media)
            transfer: Transfer[T] = Transfer(stamp[0])
            transfer.start(work(transfer))
            done = await transfer.wait(on_progress)
            await asyncio.to_thread(_check_same, media, stamp)
            return done
        finally:
            await _cleared(media)

    async def _sent(
        self,
        key: str | None,
        media: Media,
        stamp: "_Stamp",
        limits: Timeouts | None,
        transfer: Transfer[UploadedFile],
    ) -> UploadedFile:
        is_public = True

        def of_asset(asset: AssetRecord, public: bool) -> UploadedFile:
            nonlocal is_public
            is_public = public
            return _file_of(asset)

        try:
            if key is not None and (found := await self._recalled(key)) is not None:
                return found
            file = await Ways(self._service).send(
                media,
                "",
                transfer,
                form=lambda upload: self._service.files.upload(upload, limits=limits),
                of_asset=of_asset,
                of_old=lambda put: UploadedFile(put.file_id, media.filename, put.download_url),
            )
            await asyncio.to_thread(_check_same, media, stamp)
            file = attrs.evolve(file, size=stamp[0], mime=media.mime)
            if key is not None and self._settings.flags.cache:
                await asyncio.to_thread(self._memory.remember, key, file, is_public=is_public)
            return file
        finally:
            await _cleared(media)

    async def _recalled(self, key: str) -> UploadedFile | None:
        """The upload of before, where its link still works."""
        if not self._settings.flags.cache:
            return None
        found = await asyncio.to_thread(self._memory.recall, key)
        if found is None:
            return None
        if await asyncio.to_thread(self._memory.needs_check, found):
            if not await is_there(self._service.edge, found.url, found.size):
                await asyncio.to_thread(self._memory.forget, key)
                return None
            await asyncio.to_thread(self._memory.checked, key, found)
        return found.file()


def _file_of(asset: AssetRecord) -> UploadedFile:
    if asset.url is None:
        raise UnexpectedResponse(f"The service has {asset.name}, but does not tell where.")
    return UploadedFile(asset.id, asset.name, asset.url)


_Stamp = tuple[int, int, int]
"""Size, time of change, and number of a file: what is another in one of them is another file."""


def _stamp_of(media: Media) -> _Stamp:
    content: bytes | Path = media.content
    if isinstance(content, bytes):
        return len(content), 0, 0
    try:
        seen = content.stat()
    except OSError as error:
        raise InvalidInput(f"{media.filename!r} can't be read any more: {error.strerror}.") from None
    if seen.st_size > MAX_UPLOAD_BYTES:
        raise InvalidInput(f"{too_large(media.filename, seen.st_size)}.")
    return seen.st_size, seen.st_mtime_ns, seen.st_ino


def _check_same(media: Media, stamp: _Stamp) -> None:
    if _stamp_of(media) != stamp:
        raise InvalidInput(f"{media.filename!r} was written to while it was uploaded: upload it again.")


def _digest(content: bytes | Path) -> str:
    if isinstance(content, bytes):
        return hashlib.sha256(content).hexdigest()
    try:
        with content.open("rb") as file:
            return hashlib.file_digest(file, "sha256").hexdigest()
    except OSError as error:
        raise InvalidInput(f"{str(content)!r} can't be read any more: {error.strerror}.") from None


async def _cleared(media: Media) -> None:
    if media.keeper is not None:
        await carried_through(asyncio.to_thread(media.keeper.remove))
