"""The two ways up: straight into storage by a signed address, or as a form through the service.

A form is one request, and leaves nothing but the file; the signed address takes three (ask for it, PUT, tell of it),
and spares the service the bytes. So what is small goes as a form, what is big into storage, and what storage
refuses or can't be reached for goes as a form after all. A self-hosted server of old has no forms, but signed addresses
of its own: they are the third way, where the flag allows it.
"""

from collections.abc import Awaitable, Callable, Mapping
from typing import Any, Final, TypeVar
from urllib.parse import parse_qsl, urlsplit

import attrs

from stationthis_sdk.api.bodies import Upload
from stationthis_sdk.api.capabilities import is_absent
from stationthis_sdk.api.retries import tried
from stationthis_sdk.api.service import Service
from stationthis_sdk.api.storage import Stored, put_to_storage
from stationthis_sdk.entities import AssetRecord, Media, UploadUrl
from stationthis_sdk.errors import (
    ApiError,
    ConnectionFailed,
    ConnectionLost,
    NotFound,
    Refused,
    ServerError,
    StationThisError,
    TimedOut,
    UnexpectedResponse,
)
from stationthis_sdk.logs import logger
from stationthis_sdk.uploads.transfer import Transfer

__all__ = ["BIG", "FORM", "PRESIGNED", "Ways", "headers_for"]

R = TypeVar("R")
BIG: Final = 32 << 20
"""Bytes from which on a file goes straight into storage."""
PRESIGNED: Final = "presigned uploads"
FORM: Final = "file uploads of today"
TRIES: Final = 3


class Ways:
    """Sends one file of one account."""

    def __init__(self, service: Service) -> None:
        self._service = service

    async def send(
        self,
        media: Media,
        folder: str,
        transfer: Transfer[Any],
        *,
        form: Callable[[Upload], Awaitable[R]],
        of_asset: Callable[[AssetRecord, bool], R],
        of_old: Callable[[UploadUrl], R] | None = None,
        first: UploadUrl | None = None,
    ) -> R:
        """Send a file the way that suits its size, and the other one where that fails.

        ``form`` sends it through the service; ``of_asset`` makes the same of what storage took, and is told whether
        anybody may read that; ``of_old`` does it for a server of old. ``first`` is a signed address that is at hand.
        """
        refused: StationThisError | None = None
        capabilities = self._service.edge.capabilities
        if first is not None or (transfer.total >= BIG and not capabilities.lacks(PRESIGNED)):
            try:
                return of_asset(*await self._into_storage(media, folder, transfer, first))
            except _NoWay as no:
                refused = no.error
                if no.lasting:
                    capabilities.learn(PRESIGNED)
                logger("http").warning("%s goes through the service: %s", media.filename, refused.message)

        def as_form() -> Awaitable[R]:
            transfer.start_over()
            return form(Upload("file", media.filename, media.mime, media.content, transfer.told))

        try:
            if of_old is None or not self._service.edge.flags.legacy_endpoints:
                return await as_form()
            return await capabilities.either(FORM, as_form, lambda: self._as_of_old(media, transfer, of_old))
        except StationThisError as error:
            raise error if refused is None else error.told(f"Before that: {refused.message}") from None

    async def register(self, put: UploadUrl, media: Media, size: int) -> AssetRecord:
        """Tell of a file that was put. Where the answer was lost, see first whether it is known: twice is a fault there."""
        assets = self._service.assets
        for last in (False, True):
            try:
                asset = await assets.register(put, media.filename, media.mime, size)
                break
            except (ServerError, ConnectionLost, TimedOut, UnexpectedResponse) as error:
                try:
                    asset = await assets.get(put.file_id)
                    break
                except NotFound:
                    if last:
                        raise error from None
        return attrs.evolve(asset, url=put.download_url) if asset.url is None and put.is_public else asset

    async def _into_storage(
        self, media: Media, folder: str, transfer: Transfer[Any], first: UploadUrl | None
    ) -> tuple[AssetRecord, bool]:
        async def address() -> UploadUrl:
            try:
                return await self._service.assets.presign(media.filename, media.mime, folder, transfer.total)
            except StationThisError as error:
                if is_absent(error):
                    raise _NoWay(error, lasting=True) from None
                if isinstance(error, ServerError | UnexpectedResponse | NotFound):
                    raise _NoWay(error) from None
                raise

        put = await self._placed(media, transfer, address, first)
        try:
            return await self.register(put, media, transfer.total), put.is_public
        except StationThisError as error:
            if isinstance(error, ServerError | UnexpectedResponse) or is_absent(error):
                raise _NoWay(
                    error, lasting=is_absent(error)
                ) from None  # nobody was told: a form tells itself
            raise

    async def _as_of_old(self, media: Media, transfer: Transfer[Any], of_old: Callable[[UploadUrl], R]) -> R:
        """By ``GET /upload-url``: what was put is there, nobody has to be told."""
        from stationthis_sdk.api.calls.legacy import LegacyCalls  # noqa: PLC0415 - hardly anybody needs it

        old = LegacyCalls(self._service.edge)
        try:
            return of_old(
                await self._placed(
                    media, transfer, lambda: old.upload_url(media.filename, media.mime, transfer.total)
                )
            )
        except _NoWay as no:
            raise no.error from None

    async def _placed(
        self,
        media: Media,
        transfer: Transfer[Any],
        address: Callable[[], Awaitable[UploadUrl]],
        first: UploadUrl | None = None,
    ) -> UploadUrl:
        """Put the file to a signed address, and to another one where the first is too old: where it is then."""
        stored: Stored | None = None
        for _ in range(2):
            put = first or await address()
            first = None
            headers = headers_for(put, media.mime)
            if headers is None:
                raise _NoWay(UnexpectedResponse("Storage wants headers that nobody told."), lasting=True)
            stored = await self._put(put, headers, media, transfer)
            if stored.ok:
                return put
            if not (stored.expired or stored.status == 400):
                break
        raise _NoWay(_refusal(stored), lasting=True)

    async def _put(
        self, put: UploadUrl, headers: Mapping[str, str], media: Media, transfer: Transfer[Any]
    ) -> Stored:
        """The same bytes to the same place: again where storage is busy or the connection broke."""

        async def put_once() -> Stored:
            transfer.start_over()
            return _taken(
                await put_to_storage(
                    self._service.edge, put.url, media.content, headers=headers, told=transfer.told
                )
            )

        try:
            return await tried(
                put_once, lambda error: isinstance(error, ServerError | ConnectionLost), attempts=TRIES
            )
        except (ServerError, ConnectionFailed, ConnectionLost, TimedOut, UnexpectedResponse) as error:
            raise _NoWay(error) from None


class _NoWay(Exception):
    """Storage can't be used; ``lasting`` when that is not likely to change soon."""

    def __init__(self, error: StationThisError, *, lasting: bool = False) -> None:
        super().__init__(error.message)
        self.error = error
        self.lasting = lasting


def headers_for(put: UploadUrl, mime: str) -> dict[str, str] | None:
    """Exactly the headers that were signed; None when there is one whose value nobody told.

    >>> headers_for(UploadUrl("https://h/a?X-Amz-SignedHeaders=content-type;host", "", "", "", True), "image/png")
    {'content-type': 'image/png'}
    """
    query = {name.lower(): value for name, value in parse_qsl(urlsplit(put.url).query)}
    known = {"content-type": mime, "x-amz-acl": "public-read" if put.is_public else "private"}
    signed = query.get("x-amz-signedheaders") or query.get("x-goog-signedheaders")
    if signed is None:
        return {"Content-Type": mime}
    wanted = [name for name in signed.lower().split(";") if name not in {"", "host", "content-length"}]
    if any(name not in known for name in wanted):
        return None
    return {name: known[name] for name in wanted}


def _taken(stored: Stored) -> Stored:
    if stored.busy:
        raise ServerError(f"Storage is busy ({stored.status}).", status=stored.status)
    return stored


def _refusal(stored: Stored | None) -> ApiError:
    status = stored.status if stored is not None else None
    code = f" {stored.code}" if stored is not None and stored.code else ""
    return Refused(f"Storage refused the upload ({status}{code}).", status=status)
