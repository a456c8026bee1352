"""Downloads to a volume: from a link, from Civitai, from Hugging Face."""

import asyncio
import re
from collections.abc import Mapping, Sequence
from typing import Any, Final
from urllib.parse import unquote, urlsplit

import attrs
from aiohttp import web

from stationthis_sdk.local.answers.volume import download_json
from stationthis_sdk.local.clock import now
from stationthis_sdk.local.database import Tables
from stationthis_sdk.local.requests import validation
from stationthis_sdk.local.requests.caller import CALLER, Caller
from stationthis_sdk.local.requests.responses import Refusal, reply
from stationthis_sdk.local.rows.volumes import Download
from stationthis_sdk.local.services import SERVICES, Services
from stationthis_sdk.local.storage.paths import clean_name, clean_path, is_clean
from stationthis_sdk.local.strictness import strict
from stationthis_sdk.local.volumes.downloads import Source
from stationthis_sdk.local.volumes.requests import answered, moved, token_header, volume_of

__all__ = ["routes"]

_SOURCES: Final = ("huggingface", "civitai", "link")
_TEXT: Final = 4096
_DAY: Final = 24 * 3600 * 1_000_000
_FILENAME: Final = re.compile(r"[A-Za-z0-9._-]{1,255}", re.ASCII)
_KINDS: Final = {"checkpoints": "checkpoint", "loras": "lora", "embeddings": "embedding", "vae": "vae"}
_STARTED: Final = {
    "civitai": "Civitai model download started",
    "huggingface": "Hugging Face model download started",
    "download-url": "Generic model download started",
}


@attrs.frozen
class _Wish:
    """A download as it was asked for: its row to be, and where its files come from."""

    row: Download
    sources: Sequence[Source]


async def _list_downloads(request: web.Request) -> web.StreamResponse:
    caller = request[CALLER]
    where = (
        f"{caller.own} AND status NOT IN ('success', 'cancelled') AND created_at > ?"
        " ORDER BY created_at DESC, rowid DESC"
    )
    since = now() - _DAY
    found = await request.app[SERVICES].database.do(
        lambda tables: tables.find(Download, where, caller.owner, since)
    )
    return reply([download_json(download) for download in found])


async def _add_model(request: web.Request) -> web.StreamResponse:
    body = await validation.json_body(request)
    source = body.choice("source", _SOURCES)
    folder = body.text("folderPath", required=True) or ""
    filename = body.text("filename", limit=_TEXT)
    repo, page = body.object("huggingface"), body.object("civitai")
    link = body.text("downloadLink", limit=_TEXT)
    taken_over, key = body.flag_or_null("isTemporaryUpload"), body.text("s3ObjectKey", limit=_TEXT)
    body.check()
    if source is None:
        raise _missing("source")
    folder = clean_path(folder, "body", "folderPath", empty=True)
    services, caller = request.app[SERVICES], request[CALLER]
    if source == "link":
        if not link:
            raise Refusal.detail(400, "Download link is required")
        if taken_over and key:
            return reply(await _take_over(services, caller, folder, filename, key))
        wish = await _link_wish(services, caller, link, folder, filename)
    elif source == "civitai":
        if page is None:
            raise Refusal.detail(400, "Civitai URL is required")
        url = _inner(page, "civitai", "url")
        wish = await _civitai_wish(services, caller, url, folder, filename)
    else:
        if repo is None:
            raise Refusal.detail(400, "Hugging Face repository is required")
        named = _inner(repo, "huggingface", "repoId")
        if not filename:
            return reply(await _add_repository(services, caller, named, folder))
        wish = await _huggingface_wish(services, caller, named, folder, filename)
    await _begin(services, caller, wish)
    return reply({"message": _STARTED[wish.row.upload_type]})


def _missing(name: str) -> Refusal:
    return validation.refuse(validation.fault("missing", ["body", name], "Field required", None))


def _inner(given: Mapping[str, Any], outer: str, name: str) -> str:
    """A text inside an object of the body."""
    inner = validation.Body(given)
    value = inner.text(name, required=True, limit=_TEXT) or ""
    try:
        inner.check()
    except Refusal as refusal:
        for fault in refusal.body["detail"]:
            fault["loc"][1:1] = [outer]
        raise
    return value


async def _add_file_again(request: web.Request) -> web.StreamResponse:
    if request.content_type.startswith("multipart/") and not strict():
        raise ValueError("this path takes no uploads")  # a fault inside, as in the service
    return await _add_file(request)


async def _add_file(request: web.Request) -> web.StreamResponse:
    body = await validation.json_body(request)
    url = body.text("url", required=True, limit=_TEXT) or ""
    filename = body.text("filename", required=True, nullable=True, limit=_TEXT)
    folder = body.text("folder_path", required=True) or ""
    body.check()
    folder = clean_path(folder, "body", "folder_path", empty=True)
    services, caller = request.app[SERVICES], request[CALLER]
    hubs = services.downloads.hubs
    kind = (
        "civitai" if hubs.is_civitai(url) else "huggingface" if hubs.is_huggingface(url) else "download-url"
    )
    try:
        if kind == "civitai" and "/api/download/" not in url:
            wish = await _civitai_wish(services, caller, url, folder, filename)
        else:
            wish = await _link_wish(services, caller, url, folder, filename, kind)
        await _begin(services, caller, wish)
    except Refusal as refusal:
        if refusal.status != 422:
            await _keep_failed(services, caller, url, folder, filename, kind, str(refusal.body["detail"]))
        raise
    return reply({"message": _STARTED[kind]})


async def _keep_failed(
    services: Services, caller: Caller, url: str, folder: str, filename: str | None, kind: str, reason: str
) -> None:
    name = filename or _last(url) or "unnamed"
    row = await _row(services, caller, folder, name, kind, user_url=url, status="failed", error_log=reason)
    await services.database.do(lambda tables: tables.add(row))


async def _link_wish(
    services: Services,
    caller: Caller,
    url: str,
    folder: str,
    filename: str | None,
    kind: str = "download-url",
) -> _Wish:
    name = filename or _last(url)
    if not name:
        raise Refusal.detail(400, "Filename is required: the link tells none")
    headers: dict[str, str] = {}
    if kind == "huggingface":
        url = services.downloads.hubs.file_link(url)
        headers = await token_header(services, caller)
    hf_url = url if kind == "huggingface" else None
    row = await _row(services, caller, folder, clean_name(name, "body", "filename"), kind, user_url=url)
    row = attrs.evolve(row, hf_url=hf_url)
    return _Wish(row, [Source(url, row.path, headers)])


async def _civitai_wish(
    services: Services, caller: Caller, url: str, folder: str, filename: str | None
) -> _Wish:
    found = await answered(services.downloads.hubs.civitai_model(url))
    if found is None:
        raise Refusal.detail(400, "Invalid Civitai URL")
    name = filename or found.filename
    row = await _row(services, caller, folder, clean_name(name, "body", "filename"), "civitai", user_url=url)
    row = attrs.evolve(
        row,
        civitai_id=found.model_id,
        civitai_version_id=found.version_id,
        civitai_url=url,
        civitai_download_url=found.download_url,
        civitai_model_response=found.response,
        model_type=found.kind,
    )
    return _Wish(row, [Source(found.download_url, row.path)])


async def _huggingface_wish(
    services: Services, caller: Caller, named: str, folder: str, filename: str
) -> _Wish:
    parts = clean_path(named, "body", "huggingface", "repoId").split("/")
    if len(parts) < 2:
        raise Refusal.detail(400, "Hugging Face repository must be given as owner/name")
    hubs = services.downloads.hubs
    url = hubs.repository_file("/".join(parts[:2]), "/".join(parts[2:]) or filename)
    row = await _row(
        services, caller, folder, clean_name(filename, "body", "filename"), "huggingface", user_url=url
    )
    row = attrs.evolve(row, hf_url=url)
    return _Wish(row, [Source(url, row.path, await token_header(services, caller))])


async def _add_repository(services: Services, caller: Caller, named: str, folder: str) -> dict[str, Any]:
    hubs, headers = services.downloads.hubs, await token_header(services, caller)
    token = headers.get("Authorization", "").removeprefix("Bearer ") or None
    files = [path for path in await answered(hubs.repository_files(named, token)) if is_clean(path)]
    if not files:
        raise Refusal.detail(404, "The repository has no files")
    name = named.rpartition("/")[2]
    row = await _row(services, caller, folder, name, "huggingface", user_url=f"{hubs.huggingface}/{named}")
    row = attrs.evolve(row, hf_url=row.user_url)
    sources = [Source(hubs.repository_file(named, path), f"{row.path}/{path}", headers) for path in files]
    await _begin(services, caller, _Wish(row, sources))
    return {"message": "HuggingFace repository download started", "model_id": row.id}


async def _take_over(
    services: Services, caller: Caller, folder: str, filename: str | None, key: str
) -> dict[str, Any]:
    """Move a file that was uploaded for the volume into it."""
    name = clean_name(filename or key.rpartition("/")[2], "body", "filename")
    found = (
        await asyncio.to_thread(services.objects.find, key) if services.objects.owns(caller, key) else None
    )
    if found is None:
        raise Refusal.detail(404, "Uploaded file not found")
    row = await _row(services, caller, folder, name, "other")
    size = (await asyncio.to_thread(found.stat)).st_size
    volume = services.downloads.volumes.of(caller)
    await moved(lambda: volume.place(found, row.path))
    row = attrs.evolve(row, status="success", download_progress=100, size=size)
    await services.database.do(lambda tables: tables.add(row))
    return {"message": _STARTED["download-url"]}


async def _row(
    services: Services, caller: Caller, folder: str, name: str, kind: str, **more: Any
) -> Download:
    volume = await volume_of(services, caller)
    return Download(
        user_id=caller.user_id,
        org_id=caller.org_id,
        user_volume_id=volume.id,
        model_name=name,
        folder_path=folder,
        upload_type=kind,
        model_type=_KINDS.get(folder.partition("/")[0], "custom"),
        **more,
    )


async def _begin(services: Services, caller: Caller, wish: _Wish) -> None:
    """Keep a download and start it; 409 when its path is taken."""
    path = wish.row.path
    volume = services.downloads.volumes.of(caller)
    if await moved(lambda: volume.holds(path)):
        raise Refusal.detail(409, "File already exists")

    def work(tables: Tables) -> None:
        if services.downloads.is_coming(caller, path)(tables):
            raise Refusal.detail(409, "File already exists: it is being downloaded")
        tables.add(wish.row)

    await services.database.do(work)
    services.downloads.start(wish.row, wish.sources)


def _last(url: str) -> str:
    try:
        return unquote(urlsplit(url).path.rpartition("/")[2])
    except ValueError:
        return ""


async def _rename(request: web.Request) -> web.StreamResponse:
    body = await validation.json_body(request)
    name = body.text("filename", required=True) or ""
    body.check()
    if not _FILENAME.fullmatch(name) or name in {".", ".."}:
        raise Refusal.detail(400, "A file's name has letters, digits, hyphens, dots and underscores only")
    services, caller = request.app[SERVICES], request[CALLER]
    download = await _download(request)
    if download is None:
        if strict():
            raise Refusal.detail(404, "File not found")
        raise ValueError("no download has this id")  # a fault inside, as in the service
    renamed = attrs.evolve(download, model_name=name, updated_at=now())
    volume = services.downloads.volumes.of(caller)
    await moved(lambda: volume.move(download.path, renamed.path), taken=400)
    await services.database.do(
        lambda tables: tables.change(Download, renamed.id, model_name=name, updated_at=renamed.updated_at)
    )
    return reply(download_json(renamed))


async def _cancel(request: web.Request) -> web.StreamResponse:
    download = await _download(request)
    if download is None:
        raise Refusal.detail(404, "File not found")
    await request.app[SERVICES].downloads.cancel(download)
    return reply({"success": True, "message": "Download cancelled successfully"})


async def _download(request: web.Request) -> Download | None:
    caller, file_id = request[CALLER], request.match_info["file_id"]
    if not validation.storable(file_id):
        return None
    found = await request.app[SERVICES].database.do(lambda tables: tables.get(Download, file_id))
    return found if caller.owns(found) else None


def routes() -> list[web.RouteDef]:
    """The paths of this module."""
    return [
        web.get("/api/volume/downloading-models", _list_downloads, allow_head=False),
        web.post("/api/volume/model", _add_model),
        web.post("/api/volume/file", _add_file),
        web.post("/api/file", _add_file_again),
        web.post("/api/file/{file_id}/rename", _rename),
        web.delete("/api/file/{file_id}/cancel", _cancel),
    ]
