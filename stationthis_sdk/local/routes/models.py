"""Models: the service's ready-made ones, of which this machine has none, and a search of those on its disk."""

import asyncio
from typing import Any, Final

from aiohttp import web

from stationthis_sdk.local.database import Tables
from stationthis_sdk.local.requests import validation
from stationthis_sdk.local.requests.caller import CALLER
from stationthis_sdk.local.requests.responses import reply
from stationthis_sdk.local.rows.volumes import Download
from stationthis_sdk.local.services import SERVICES

__all__ = ["routes"]

_PROVIDERS: Final = ("all", "civitai", "huggingface", "comfyui")
_SUFFIXES: Final = (".safetensors", ".ckpt", ".pt", ".pth", ".bin", ".gguf", ".onnx", ".sft", ".pkl")
_TYPES: Final = {
    "checkpoints": "checkpoint",
    "clip_vision": "clip_vision",
    "controlnet": "controlnet",
    "diffusion_models": "diffusion_model",
    "embeddings": "embedding",
    "loras": "lora",
    "text_encoders": "clip",
    "upscale_models": "upscale",
    "vae": "vae",
}


async def _list(request: web.Request) -> web.StreamResponse:
    _ = request
    return reply([])  # ready-made models run at the service alone


async def _search(request: web.Request) -> web.StreamResponse:
    words = validation.query_text(request, "query")
    if words is None:
        raise validation.refuse(validation.fault("missing", ["query", "query"], "Field required", None))
    provider = validation.query_text(request, "provider") or "all"
    if provider not in _PROVIDERS:
        return reply({"models": []})
    services, caller = request.app[SERVICES], request[CALLER]
    volumes = services.downloads.volumes
    own = await asyncio.to_thread(volumes.of(caller).entries)
    shared = await asyncio.to_thread(volumes.public.entries)

    def work(tables: Tables) -> dict[str, Download]:
        found = tables.find(Download, f"{caller.own} AND status = 'success'", caller.owner)
        return {download.path: download for download in found}

    downloads = await services.database.do(work)
    models = [
        _found(entry.path, entry.size, origins.get(entry.path))
        for entries, origins in ((own, downloads), (shared, {}))
        for entry in entries
        if not entry.is_folder
        and entry.path.lower().endswith(_SUFFIXES)
        and all(word in entry.path.casefold() for word in words.casefold().split())
    ]
    return reply({"models": [model for model in models if provider in {"all", model["provider"]}]})


def _found(path: str, size: int, download: Download | None) -> dict[str, Any]:
    folder, _, filename = path.rpartition("/")
    known = download is not None and download.upload_type in _PROVIDERS
    return {
        "name": filename.rpartition(".")[0],
        "type": _TYPES.get(folder.partition("/")[0]),
        "provider": download.upload_type if download is not None and known else "comfyui",
        "filename": filename,
        "save_path": folder,
        "size": size,
        "download_url": None,
        "reference_url": download.user_url if download is not None and known else None,
    }


def routes() -> list[web.RouteDef]:
    """The paths of this module."""
    return [
        web.get("/api/models", _list, allow_head=False),
        web.get("/api/search/model", _search, allow_head=False),
    ]
