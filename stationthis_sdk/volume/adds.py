"""Asking the service for a model: what the hub says first, the request, and which download came of it."""

from collections.abc import Awaitable, Callable
from typing import Any

from stationthis_sdk.context import Context
from stationthis_sdk.entities import DownloadRecord
from stationthis_sdk.errors import (
    ConnectionLost,
    InvalidInput,
    NotFound,
    ServerError,
    StationThisError,
    TimedOut,
)
from stationthis_sdk.volume.downloads import AsyncModelDownload, taken
from stationthis_sdk.volume.sources import ModelSource

__all__ = ["already_there", "ask", "begin", "file_name"]


async def file_name(context: Context, source: ModelSource) -> str | None:
    """Ask the hub whether it has that, and what the file is called.

    Raises:
        NotFound: it has not.
    """
    volumes = context.service.volumes
    name = source.name
    if source.check is None:
        return name
    try:
        if source.kind == "civitai":
            exists, name = await volumes.civitai_filename(source.check)
        else:
            exists = await volumes.has_repository(source.check)
    except NotFound:
        exists = False
    if exists is False:
        hub = "Civitai" if source.kind == "civitai" else "Hugging Face"
        raise NotFound(f"{hub} has no {source.check}, or not for this account.")
    if source.kind == "repository":
        return source.address.rpartition("/")[2]
    return name


async def ask(context: Context, source: ModelSource, folder: str, name: str, given: str | None) -> str | None:
    """Ask the service for a download, in the way that suits its source."""
    volumes = context.service.volumes
    if source.kind == "hub file":
        return await volumes.add_file(source.address, folder, name)
    wish: dict[str, Any] = {"folderPath": folder, "filename": name}
    if source.kind == "civitai":
        wish |= {"source": "civitai", "civitai": {"url": source.address}}
    elif source.kind == "link":
        wish |= {"source": "link", "downloadLink": source.address}
    else:
        # A repository without a name is fetched whole, into a folder of its name.
        whole = source.kind == "repository" and given is None
        wish |= {"source": "huggingface", "huggingface": {"repoId": source.address}}
        wish |= {"filename": None} if whole else {}
    return await volumes.add(wish)


async def begin(
    context: Context,
    path: str,
    before: tuple[DownloadRecord, ...],
    request: Callable[[], Awaitable[str | None]],
) -> AsyncModelDownload:
    """Ask for a download and find it: the service tells the id of few.

    When the answer is lost, the list says whether it was begun; it is not asked for twice.
    """
    older = frozenset(one.id for one in before)
    lost: StationThisError | None = None
    told: str | None = None
    try:
        told = await request()
    except StationThisError as error:
        if getattr(error, "status", None) == 409:
            raise already_there(path) from None
        if isinstance(error, NotFound):
            said = error.said.rstrip(".") or "not found"
            raise NotFound(
                f"There is nothing to fetch for {path!r}: {said}.", said=said, request=error.request
            ) from None
        if not _is_lost(error):
            raise
        lost = error
    listed = await context.service.volumes.downloads()
    new = [one for one in listed if one.id not in older and (one.id == told or one.path == path)]
    if not new and lost is not None and taken(await context.service.volumes.files(), path) is None:
        raise lost
    record = new[0] if new else DownloadRecord(told or "", path, "started")
    return AsyncModelDownload(context, record, older=older)


def already_there(path: str) -> InvalidInput:
    """The error for a name that something has."""
    return InvalidInput(f"{path!r} is in the volume already: delete it first, or choose another name.")


def _is_lost(error: StationThisError) -> bool:
    """Whether a request may have been carried out although no answer came."""
    if isinstance(error, TimedOut):
        return error.phase != "connect"
    return isinstance(error, ConnectionLost) or (
        isinstance(error, ServerError) and error.status in {502, 503, 504}
    )
