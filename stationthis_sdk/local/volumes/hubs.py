"""Where models are published: what a link to Civitai or Hugging Face stands for."""

import json
import re
from collections.abc import Mapping
from typing import Any, Final
from urllib.parse import parse_qs, quote, urlsplit

import aiohttp
import attrs

from stationthis_sdk.local.reach import OutOfReach, Reach

__all__ = ["CivitaiModel", "HubRefused", "HubSilent", "Hubs", "host_of"]

_SECONDS: Final = 20.0
_ANSWER_LIMIT: Final = 16 * 1024 * 1024
_REPO: Final = re.compile(r"[\w-][\w.-]{0,95}/[\w-][\w.-]{0,95}", re.ASCII)


class HubRefused(Exception):
    """A hub answered with a status of its own."""

    def __init__(self, hub: str, status: int) -> None:
        super().__init__(f"{hub} answered {status}")
        self.status = status


class HubSilent(Exception):
    """A hub could not be asked, or what it said made no sense."""


@attrs.frozen
class CivitaiModel:
    """A model of Civitai: the version that a link names, else the newest."""

    model_id: str
    version_id: str
    named_version_id: str | None
    title: str | None
    preview_url: str | None
    filename: str
    download_url: str
    kind: str
    response: Any


@attrs.frozen
class Hubs:
    """The hubs, asked within reach."""

    reach: Reach
    civitai: str = "https://civitai.com"
    huggingface: str = "https://huggingface.co"

    def is_civitai(self, url: str) -> bool:
        """Whether a link is one of Civitai's."""
        return host_of(url) in {host_of(self.civitai), f"www.{host_of(self.civitai)}"}

    def is_huggingface(self, url: str) -> bool:
        """Whether a link is one of Hugging Face's."""
        return host_of(url) == host_of(self.huggingface)

    async def civitai_model(self, url: str) -> CivitaiModel | None:
        """What a link to Civitai stands for; None when it names no model. Raises HubRefused or HubSilent."""
        if not self.is_civitai(url):
            return None
        parts = urlsplit(url)
        named = re.match(r"/models/(\d{1,18})(/|$)", parts.path, re.ASCII)
        if named is None:
            return None
        wanted = parse_qs(parts.query).get("modelVersionId", [None])[0]
        said = await self._asked("Civitai", f"{self.civitai}/api/v1/models/{named[1]}", {})
        try:
            versions = said["modelVersions"]
            version = next(one for one in versions if wanted is None or str(one["id"]) == wanted)
            file = next((one for one in version["files"] if one.get("primary")), version["files"][0])
            images = version.get("images") or [{}]
            return CivitaiModel(
                model_id=str(said.get("id", named[1])),
                version_id=str(version["id"]),
                named_version_id=wanted,
                title=_text(said.get("name")),
                preview_url=_text(images[0].get("url")),
                filename=str(file["name"]),
                download_url=str(file["downloadUrl"]),
                kind=str(said.get("type", "custom")).lower(),
                response=said,
            )
        except StopIteration:
            raise HubRefused("Civitai", 404) from None
        except (KeyError, IndexError, TypeError, AttributeError):
            raise HubSilent("Civitai's answer can't be read") from None

    async def has_repository(self, repo: str, token: str | None) -> bool:
        """Whether Hugging Face has a repository; raises HubRefused or HubSilent for any other trouble."""
        if not _REPO.fullmatch(repo):
            return False
        try:
            await self._repository(repo, token)
        except HubRefused as refused:
            if refused.status in {401, 404}:
                return False
            raise
        return True

    async def repository_files(self, repo: str, token: str | None) -> list[str]:
        """The paths of a repository's files; raises HubRefused or HubSilent."""
        if not _REPO.fullmatch(repo):
            raise HubRefused("Hugging Face", 404)
        try:
            return [str(one["rfilename"]) for one in (await self._repository(repo, token))["siblings"]]
        except (KeyError, TypeError):
            raise HubSilent("Hugging Face's answer can't be read") from None

    def repository_file(self, repo: str, path: str) -> str:
        """The link to a file of a repository."""
        return f"{self.huggingface}/{repo}/resolve/main/{quote(path)}"

    def file_link(self, url: str) -> str:
        """A link of Hugging Face to the page of a file, as one to the file."""
        return re.sub(r"^([^?#]*?/[^/?#]+/[^/?#]+)/blob/", r"\1/resolve/", url)

    async def _repository(self, repo: str, token: str | None) -> Any:
        headers = {"Authorization": f"Bearer {token}"} if token else {}
        return await self._asked("Hugging Face", f"{self.huggingface}/api/models/{repo}", headers)

    async def _asked(self, hub: str, url: str, headers: Mapping[str, str]) -> Any:
        try:
            async with (
                self.reach.session(silence=_SECONDS, total=_SECONDS) as session,
                self.reach.answer(session, "GET", url, headers=headers) as answer,
            ):
                if answer.status >= 400:
                    raise HubRefused(hub, answer.status)
                content = bytearray()
                async for piece in answer.content.iter_chunked(65536):
                    content += piece
                    if len(content) > _ANSWER_LIMIT:
                        raise HubSilent(f"{hub}'s answer is larger than {_ANSWER_LIMIT} bytes")
            return json.loads(content)
        except OutOfReach as problem:
            raise HubSilent(f"{hub} is not asked: {problem}") from None
        except (aiohttp.ClientError, OSError, ValueError, RecursionError) as problem:
            raise HubSilent(f"{hub} could not be asked ({type(problem).__name__})") from None


def host_of(url: str) -> str:
    """The host of a link; empty when it has none."""
    try:
        return urlsplit(url).hostname or ""
    except ValueError:
        return ""


def _text(value: Any) -> str | None:
    return value if isinstance(value, str) else None
