"""Uploading a file into the volume: whole when it is small, else in parts that survive a broken connection or process."""

import asyncio
import contextlib
from collections.abc import Awaitable, Callable
from pathlib import Path
from typing import Final

import attrs

from stationthis_sdk.api.calls.volumes import CONTENT_TYPE, UploadLink, VolumeCalls
from stationthis_sdk.api.edge import Edge
from stationthis_sdk.api.retries import tried
from stationthis_sdk.api.storage import Stored, put_to_storage
from stationthis_sdk.errors import (
    ApiError,
    ConnectionFailed,
    InvalidInput,
    NotFound,
    ServerError,
    StationThisError,
    UnexpectedResponse,
)
from stationthis_sdk.interrupts import finish
from stationthis_sdk.logs import logger
from stationthis_sdk.store.unfinished import FileIdentity, Unfinished, UnfinishedUploads

__all__ = ["ModelUpload", "Uploaded"]

MIB: Final = 1 << 20
SMALL: Final = 8 * MIB
"""Bytes up to which a file goes up in one piece."""

AT_ONCE: Final = 4
"""Parts on their way at the same time; of each no more than a chunk is in memory."""

_OUR_PARTS: Final = 16 * MIB
_MOST_PARTS: Final = 10_000
_TRIES: Final = 5
_log = logger("uploads")


class _Gone(Exception):
    """Storage does not know the upload any more: it was given up, or is too old."""


@attrs.frozen
class Uploaded:
    """A file that storage holds for the volume: the key it is known by, and where it lies, without a signature."""

    key: str
    link: str


@attrs.define
class ModelUpload:
    """One file on its way to one place of the volume.

    ``told`` hears how many bytes are up, part by part: one call at a time, never fewer than before.
    """

    edge: Edge
    calls: VolumeCalls
    file: FileIdentity
    target: str
    notes: UnfinishedUploads
    resume: bool = True
    told: Callable[[int], Awaitable[None]] | None = None
    _telling: asyncio.Lock = attrs.field(factory=asyncio.Lock, init=False)

    async def run(self) -> Uploaded:
        """Send what storage has not yet, and return where the file is there.

        Raises:
            StationThisError: it broke off. With ``resume`` the next try goes on from here.
        """
        if self.file.size <= SMALL:
            return await self._whole()
        for _ in range(2):
            unfinished = await self._begun()
            try:
                return await self._in_parts(unfinished)
            except _Gone:
                _log.warning("Storage lost the upload of %s: it begins anew.", self.file.path)
                await self.forget()
        raise ServerError(f"Storage lost the upload of {self.file.path!r} twice: upload it again later.")

    async def known(self) -> Unfinished | None:
        """The upload of this very file that was broken off."""
        found, same = await asyncio.to_thread(self.notes.read, self.file, self.target)
        return found if same else None

    async def forget(self) -> None:
        """What is remembered of the upload is of no use any more."""
        await asyncio.to_thread(self.notes.forget, self.file, self.target)

    async def _whole(self) -> Uploaded:
        name, size = self.target.rpartition("/")[2], self.file.size
        try:
            link, _ = await self._put(
                lambda: self.calls.upload_link(name, size), 0, size, {"Content-Type": CONTENT_TYPE}
            )
        except _Gone:
            raise ServerError(f"Storage did not take {self.file.path!r}: upload it again later.") from None
        await self._check_unchanged()
        await self._tell()
        return Uploaded(link.key, _unsigned(link.url))

    async def _begun(self) -> Unfinished:
        """The upload that was broken off, if the file is still the same, else a new one."""
        found, same = await asyncio.to_thread(self.notes.read, self.file, self.target)
        if found is not None and same and self.resume:
            return found
        if found is not None:
            await self._abort(found)
        begun = await self.calls.start_upload(self.target.rpartition("/")[2], self.file.size)
        fewest = -(-self.file.size // _MOST_PARTS)
        part_size = begun.part_size if begun.part_size is not None else max(_OUR_PARTS, fewest)
        if part_size < max(fewest, 1):
            raise UnexpectedResponse(
                f"The service wants parts of {part_size} bytes, which are too many for {self.file.path!r}."
            )
        made = Unfinished(begun.id, begun.key, part_size)
        await self._note(made)
        return made

    async def _in_parts(self, unfinished: Unfinished) -> Uploaded:
        if not unfinished.complete:
            try:
                await self._send_missing(unfinished)
                await self._check_unchanged()
                await self._complete(unfinished)
            except BaseException:
                if not self.resume:
                    await finish(self._abort(unfinished), f"the upload of {self.file.path!r}")
                raise
        await self._tell()
        return Uploaded(unfinished.key, unfinished.link)

    async def _send_missing(self, unfinished: Unfinished) -> None:
        count = -(-self.file.size // unfinished.part_size)
        missing = iter([number for number in range(1, count + 1) if number not in unfinished.etags])
        await self._tell(unfinished)

        async def work() -> None:
            for number in missing:
                await self._part(unfinished, number)

        try:
            async with asyncio.TaskGroup() as group:
                for _ in range(AT_ONCE):
                    group.create_task(work())
        except BaseExceptionGroup as several:
            # One failure stops the others; what they did is remembered.
            raise _first(several) from None

    async def _part(self, unfinished: Unfinished, number: int) -> None:
        link, stored = await self._put(
            lambda: self.calls.part_link(unfinished.upload_id, unfinished.key, number),
            (number - 1) * unfinished.part_size,
            self._size_of(number, unfinished),
        )
        if not stored.etag:
            raise UnexpectedResponse("Storage took a part without an ETag, so that it can't be used.")
        unfinished.etags[number] = stored.etag
        unfinished.link = unfinished.link or _unsigned(link.url)
        await self._note(unfinished)
        await self._tell(unfinished)

    def _size_of(self, number: int, unfinished: Unfinished) -> int:
        return min(unfinished.part_size, self.file.size - (number - 1) * unfinished.part_size)

    def _bytes_of(self, unfinished: Unfinished) -> int:
        return sum(self._size_of(number, unfinished) for number in unfinished.etags)

    async def _put(
        self,
        new_link: Callable[[], Awaitable[UploadLink]],
        offset: int,
        size: int,
        headers: dict[str, str] | None = None,
    ) -> tuple[UploadLink, Stored]:
        """Put bytes until storage has taken them: again when it fails, once by a new link when that has expired."""
        link = await new_link()
        renewed = False

        async def put() -> tuple[UploadLink, Stored]:
            nonlocal link, renewed
            stored = await self._put_once(link, offset, size, headers)
            if stored.expired and not renewed:
                renewed = True
                link = await new_link()
                stored = await self._put_once(link, offset, size, headers)
            if stored.ok:
                return link, stored
            raise self._refusal(stored)

        return await tried(put, _again, attempts=_TRIES, wait_max=10.0, wait_jitter=0.3)

    async def _put_once(
        self, link: UploadLink, offset: int, size: int, headers: dict[str, str] | None
    ) -> Stored:
        return await put_to_storage(
            self.edge, link.url, Path(self.file.path), headers=headers, offset=offset, size=size
        )

    def _refusal(self, stored: Stored) -> Exception:
        if stored.status == 404:
            return _Gone()
        kind = ServerError if stored.busy else ApiError
        why = f"{stored.status} {stored.code or ''}".strip()
        return kind(f"Storage did not take {self.file.path!r}: {why}.", status=stored.status)

    async def _complete(self, unfinished: Unfinished) -> None:
        """Have the parts put together.

        When the answer is lost, nobody knows whether that was done, and asked again the service only says that it
        failed: then the next step finds out.
        """
        for last in (False, True):
            try:
                await self.calls.complete_upload(unfinished.upload_id, unfinished.key, unfinished.etags)
                break
            except StationThisError as error:
                if not error.retryable or isinstance(error, ConnectionFailed):
                    raise
                if last:
                    _log.info("Whether the parts of %s were put together is not known yet.", self.file.path)
                else:
                    await asyncio.sleep(0.5)
        unfinished.complete = True
        await self._note(unfinished)

    async def _check_unchanged(self) -> None:
        """What went up must be one file, not the halves of two.

        Raises:
            InvalidInput: it was changed meanwhile; nothing of it reaches the volume.
        """
        now = await asyncio.to_thread(FileIdentity.of, Path(self.file.path))
        if now != self.file:
            await self.forget()
            raise InvalidInput(f"{self.file.path!r} was changed while it was uploaded: upload it again.")

    async def _abort(self, unfinished: Unfinished) -> None:
        # The service says 500 of an upload that is not known any more.
        with contextlib.suppress(ServerError, NotFound):
            await self.calls.abort_upload(unfinished.upload_id, unfinished.key)
        await self.forget()

    async def _note(self, unfinished: Unfinished) -> None:
        if self.resume:
            await asyncio.to_thread(self.notes.write, self.file, self.target, unfinished)

    async def _tell(self, unfinished: Unfinished | None = None) -> None:
        """What is up of it; of a finished one, all."""
        if self.told is not None:
            async with self._telling:  # parts are done at once; counted only when it is their turn
                await self.told(self.file.size if unfinished is None else self._bytes_of(unfinished))


def _again(error: Exception) -> bool:
    return isinstance(error, StationThisError) and error.retryable


def _first(several: BaseExceptionGroup[BaseException]) -> BaseException:
    """The one that says most: parts fail together, and one of them knows that the upload is gone."""
    each = list(several.exceptions)
    return next((one for one in each if isinstance(one, _Gone)), each[0])


def _unsigned(url: str) -> str:
    return url.partition("?")[0]
