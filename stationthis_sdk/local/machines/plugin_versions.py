"""The comfyui-deploy plugin among a machine's custom nodes, and the newest one there is.

The newest is asked of GitHub, or of ComfyUI's registry for a machine that installs it from there.
"""

import json
import re
from collections.abc import Mapping
from typing import Any, Final

import aiohttp

from stationthis_sdk.local.machines.builds import steps_of
from stationthis_sdk.local.reach import Reach
from stationthis_sdk.local.requests.responses import Refusal
from stationthis_sdk.local.requests.validation import storable

__all__ = ["commit_of", "newest_commit", "newest_release", "plugin_step", "release_of", "with_plugin"]

GITHUB: Final = "https://api.github.com"
REGISTRY: Final = "https://api.comfy.org"
PLUGIN: Final = "comfyui-deploy"
_REPOSITORY: Final = "BennyKok/comfyui-deploy"
_COMMIT: Final = re.compile(r"[0-9a-fA-F]{7,40}")
_SECONDS: Final = 10.0
_ANSWER_LIMIT: Final = 4 * 1024 * 1024

Commit = dict[str, str | None]


def plugin_step(settings: Mapping[str, Any]) -> dict[str, Any] | None:
    """The step that installs the plugin, with an object as its data."""
    for step in steps_of(settings):
        data = step.get("data")
        if not isinstance(data, dict):
            continue
        if step.get("type") == "custom-node-manager" and data.get("node_id") == PLUGIN:
            return step
        url = str(data.get("url")).lower().rstrip("/").removesuffix(".git")
        if step.get("type") == "custom-node" and url.endswith(f"/{_REPOSITORY.lower()}"):
            return step
    return None


def with_plugin(settings: Mapping[str, Any], newest: Commit) -> dict[str, Any]:
    """The settings with the plugin at this commit or release; last among the steps if it was not there."""
    old = plugin_step(settings)
    if old is not None and old["type"] == "custom-node-manager":
        new = {**old, "data": {**old["data"], "version": newest["version"]}}
    else:
        plain = {"name": PLUGIN, "url": f"https://github.com/{_REPOSITORY}"}
        old_data = plain if old is None else old["data"]
        start = {"type": "custom-node", "id": PLUGIN} if old is None else old
        new = {**start, "data": {**old_data, "hash": newest["hash"]}}
    steps = [new if step is old else step for step in steps_of(settings)]
    return {**settings, "docker_command_steps": {"steps": steps if old is not None else [*steps, new]}}


async def commit_of(reach: Reach, step: Mapping[str, Any]) -> Commit:
    """The commit of the plugin that a step installs, with what GitHub knows of it; unknown when it names none."""
    given = str(step["data"].get("hash") or "")
    if not _COMMIT.fullmatch(given):
        return {"hash": None, "message": "no commit is named", "date": None}
    return await _commit(reach, given)


async def newest_commit(reach: Reach) -> Commit:
    """The newest commit; 500 when GitHub doesn't answer."""
    return await _commit(reach, "HEAD")


async def _commit(reach: Reach, name: str) -> Commit:
    found = await _asked(reach, f"{GITHUB}/repos/{_REPOSITORY}/commits/{name}")
    about = found.get("commit")
    about = about if isinstance(about, dict) else {}
    author = about.get("committer")
    date = author.get("date") if isinstance(author, dict) else None
    return {"hash": _text(found.get("sha")), "message": _text(about.get("message")), "date": _text(date)}


def release_of(step: Mapping[str, Any]) -> Commit:
    """The release of the plugin that a step installs."""
    version = step["data"].get("version")
    return {"hash": None, "message": f"version {version}", "date": None, "version": _text(version)}


async def newest_release(reach: Reach) -> Commit:
    """The newest release; 500 when the registry doesn't answer."""
    found = (await _asked(reach, f"{REGISTRY}/nodes/{PLUGIN}")).get("latest_version")
    version = found.get("version") if isinstance(found, dict) else None
    return {"hash": None, "message": f"version {version}", "date": None, "version": _text(version)}


def _text(given: Any) -> str | None:
    return given if isinstance(given, str) and storable(given) else None


async def _asked(reach: Reach, url: str) -> dict[str, Any]:
    host = url.split("/")[2]
    try:
        async with (
            reach.session(silence=_SECONDS, total=_SECONDS) as session,
            reach.answer(session, "GET", url) as answer,
        ):
            answer.raise_for_status()
            body = json.loads(await _content(answer))
    except (aiohttp.ClientError, OSError, ValueError, RecursionError) as problem:
        reason = str(problem) if isinstance(problem, ValueError) else type(problem).__name__
        raise Refusal.detail(500, f"{host} did not say what the newest plugin is ({reason})") from None
    if not isinstance(body, dict):
        raise Refusal.detail(500, f"{host} did not say what the newest plugin is")
    return body


async def _content(answer: aiohttp.ClientResponse) -> bytes:
    content = bytearray()
    async for piece in answer.content.iter_chunked(65536):
        content += piece
        if len(content) > _ANSWER_LIMIT:
            raise ValueError(f"its answer is larger than {_ANSWER_LIMIT} bytes")
    return bytes(content)
