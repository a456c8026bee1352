"""One ComfyUI server: what is asked of it over HTTP, and what can go wrong on the way."""

import asyncio
import io
import json
from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any, Final, NoReturn

import aiohttp
import attrs
from yarl import URL

from stationthis_sdk.local.engines import NodeFailed
from stationthis_sdk.local.reach import OutOfReach, Reach
from stationthis_sdk.local.storage.unfinished import growing

__all__ = ["Answer", "Client", "Schema", "ServerLost", "TooLarge"]

_CONNECT_SECONDS: Final = 5.0
_ANSWER_SECONDS: Final = 30.0
_SILENT_SECONDS: Final = 60.0
_GOODBYE_SECONDS: Final = 0.5  # a stopped run waits for it
_JSON_LIMIT: Final = 64 * 1024 * 1024
_FRAME_LIMIT: Final = 32 * 1024 * 1024
_PIECE: Final = 2**20
_SECRET: Final = 4  # what is shorter would be hidden in any word


class ServerLost(NodeFailed):
    """ComfyUI can't be reached, or has lost the run: no node is to blame."""


class TooLarge(Exception):
    """A file is larger than allowed."""


@attrs.frozen
class Answer:
    """What ComfyUI said; ``body`` is None unless it is JSON."""

    status: int
    body: Any


@attrs.frozen
class Schema:
    """What is used of a node class that a ComfyUI has."""

    required: frozenset[str]
    is_output: bool


class Client:
    """Requests to one ComfyUI; raises ServerLost whenever it can't be talked to.

    ``address`` is its base, such as ``http://127.0.0.1:8188``; ``headers`` go with every request. With a ``reach``, which
    is for addresses that people may choose, only what that allows is talked to.

    >>> Client("localhost:8188/api/").shown
    'http://localhost:8188'
    >>> Client("ftp://localhost")
    Traceback (most recent call last):
    ValueError: 'ftp://localhost' is no address of a ComfyUI server: use one like http://127.0.0.1:8188
    """

    def __init__(
        self, address: str, headers: Mapping[str, str] | None = None, reach: Reach | None = None
    ) -> None:
        self._base, self.shown = _base_of(address)
        self._headers = dict(headers or {})
        if not all(value.isprintable() for value in self._headers.values()):
            raise ValueError(
                f"what {self.shown} is to be let in with holds a line break or the like: correct it"
            )
        self._reach = reach
        self._session: aiohttp.ClientSession | None = None

    @property
    def hidden(self) -> tuple[str, ...]:
        """What is the server's and ours alone: the token or password that it lets us in with, in all its forms."""
        held = [self._base.password or ""]
        for value in self._headers.values():
            held += [value, value.partition(" ")[2]]
        return tuple(sorted({one for one in held if len(one) >= _SECRET}, key=len, reverse=True))

    async def close(self) -> None:
        """Close the connections."""
        session, self._session = self._session, None
        if session is not None:
            await session.close()

    async def schemas(self) -> dict[str, Schema]:
        """Every node class the server has."""
        answer = await self._get("object_info")
        if not isinstance(answer, dict):
            raise ServerLost(f"{self.shown} answers, but not as a ComfyUI does: correct its address")
        return {name: _schema(entry) for name, entry in answer.items() if isinstance(entry, dict)}

    async def queue(self, body: Mapping[str, Any]) -> Answer:
        """Ask for a prompt; whatever is answered is the caller's to judge."""
        return await self.post("prompt", body)

    async def history(self, prompt_id: str) -> dict[str, Any] | None:
        """The entry of a prompt that is over; None for one that is not, or is not known."""
        answer = await self._get("history", prompt_id)
        entry = answer.get(prompt_id) if isinstance(answer, dict) else None
        return entry if isinstance(entry, dict) else None

    async def place_of(self, prompt_id: str) -> str | None:
        """Whether a prompt is ``running`` or ``pending``; None when it is neither."""
        answer = await self._get("queue")
        for place in ("running", "pending"):
            items = answer.get(f"queue_{place}", []) if isinstance(answer, dict) else []
            if any(isinstance(item, list) and prompt_id in item[1:2] for item in items):
                return place
        return None

    async def drop(self, prompt_id: str) -> None:
        """Take a pending prompt out of the queue."""
        await self.post("queue", {"delete": [prompt_id]})

    async def interrupt(self, prompt_id: str) -> None:
        """Ask the running prompt to end; it does so between nodes or steps."""
        await self.post("interrupt", {"prompt_id": prompt_id})

    async def upload(self, folder: str, name: str, content: bytes) -> str:
        """Put a file into ComfyUI's input folder; returns the name that loading nodes know it by."""
        form = aiohttp.FormData({"type": "input", "subfolder": folder})
        form.add_field("image", io.BytesIO(content), filename=name, content_type="application/octet-stream")
        async with self._asked("POST", "upload/image", data=form) as answer:
            if answer.status == 413:
                raise TooLarge
            placed = await _json(answer)
        if answer.status != 200 or not isinstance(placed, dict) or not isinstance(placed.get("name"), str):
            raise ServerLost(f"ComfyUI at {self.shown} would not take an input file (status {answer.status})")
        inside = placed.get("subfolder")
        return f"{inside}/{placed['name']}" if inside else placed["name"]

    async def fetch(self, item: Mapping[str, Any], path: Path, limit: int) -> bool:
        """Write an output file to ``path``, in pieces; False when there is none. Raises TooLarge."""
        query = {name: str(item.get(name) or "") for name in ("filename", "subfolder", "type")}
        async with self._asked("GET", "view", params=query) as answer:
            if answer.status != 200:
                return False
            if (answer.content_length or 0) > limit:
                raise TooLarge
            size = 0
            async with growing(path) as file:
                async for piece in answer.content.iter_chunked(_PIECE):
                    size += len(piece)
                    if size > limit:
                        raise TooLarge
                    await asyncio.to_thread(file.write, piece)
        return True

    @asynccontextmanager
    async def listen(self, client_id: str) -> AsyncIterator[aiohttp.ClientWebSocketResponse]:
        """A WebSocket on which ComfyUI tells of the prompts queued with ``client_id``."""
        url = (self._base / "ws").with_query(clientId=client_id)
        try:
            connecting = self._open(url).ws_connect(
                url,
                headers=self._headers,
                max_msg_size=_FRAME_LIMIT,
                timeout=aiohttp.ClientWSTimeout(ws_close=_GOODBYE_SECONDS),
            )
            async with asyncio.timeout(_ANSWER_SECONDS):
                socket = await connecting
            async with socket:
                flags = {"type": "feature_flags", "data": {"supports_preview_metadata": True}}
                await socket.send_json(flags)
                yield socket
        except (aiohttp.ClientError, ConnectionError, TimeoutError, OutOfReach) as problem:
            self._lose(problem)

    async def post(self, path: str, body: Mapping[str, Any]) -> Answer:
        """POST some JSON to a path of the server."""
        data = io.BytesIO(json.dumps(body).encode())  # seeds may be larger than orjson's numbers
        headers = {"Content-Type": "application/json"}
        async with self._asked("POST", path, data=data, headers=headers) as answer:
            return Answer(answer.status, await _json(answer))

    async def _get(self, *path: str) -> Any:
        async with self._asked("GET", *path) as answer:
            if answer.status in {401, 403}:
                raise ServerLost(f"ComfyUI at {self.shown} lets nobody in (status {answer.status})")
            if answer.status != 200:
                raise ServerLost(
                    f"{self.shown} answers, but not as a ComfyUI does (status {answer.status} for "
                    f"/{path[0]}): correct its address"
                )
            return await _json(answer)

    @asynccontextmanager
    async def _asked(self, method: str, *path: str, **more: Any) -> AsyncIterator[aiohttp.ClientResponse]:
        url = self._base.joinpath(*path)
        more["headers"] = {**self._headers, **more.get("headers", {})}
        try:
            async with self._open(url).request(method, url, allow_redirects=False, **more) as answer:
                yield answer
        except (aiohttp.ClientError, ConnectionError, TimeoutError, OutOfReach) as problem:
            self._lose(problem)

    def _open(self, url: URL) -> aiohttp.ClientSession:
        if self._reach is not None:
            self._reach.check(url, sending=True)
            if self._session is None:
                self._session = self._reach.session(
                    sending=True, silence=_ANSWER_SECONDS, middlewares=[self._stay]
                )
        if self._session is None:
            timeout = aiohttp.ClientTimeout(
                total=None, sock_connect=_CONNECT_SECONDS, sock_read=_SILENT_SECONDS
            )
            self._session = aiohttp.ClientSession(
                connector=aiohttp.TCPConnector(limit=0), timeout=timeout, middlewares=[self._stay]
            )
        return self._session

    async def _stay(
        self, request: aiohttp.ClientRequest, send: aiohttp.ClientHandlerType
    ) -> aiohttp.ClientResponse:
        """Go nowhere else: aiohttp follows redirects of WebSockets, with all headers but one."""
        if request.url.origin() != self._base.origin():
            raise ServerLost(f"{self.shown} sends its visitors on to another server: correct its address")
        return await send(request)

    def _lose(self, problem: Exception) -> NoReturn:
        told = str(problem) or type(problem).__name__
        if isinstance(problem, OutOfReach):
            raise ServerLost(
                f"ComfyUI at {self.shown} is not asked, since it is not on this machine: let the gateway go there "
                f"with --allow-host {self._base.host}"
            ) from problem
        raise ServerLost(
            f"ComfyUI at {self.shown} can't be reached ({told}): start it, or correct its address"
        ) from problem


async def _json(answer: aiohttp.ClientResponse) -> Any:
    body = bytearray()
    async for piece in answer.content.iter_chunked(_PIECE):
        body += piece
        if len(body) > _JSON_LIMIT:
            return None
    try:  # not by orjson: Python's servers write NaN
        return json.loads(body) if len(body) < _PIECE else await asyncio.to_thread(json.loads, body)
    except (ValueError, RecursionError):
        return None


def _base_of(address: str) -> tuple[URL, str]:
    """The base URL, and how it may be shown: without a password."""
    try:
        url = URL(address.strip() if "://" in address else f"http://{address.strip()}")
        is_usable = url.scheme in {"http", "https"} and bool(url.host) and bool(url.port)
    except ValueError:
        is_usable = False
    if not is_usable:
        told = address.rpartition("@")[2][:100]
        raise ValueError(f"{told!r} is no address of a ComfyUI server: use one like http://127.0.0.1:8188")
    path = url.path.rstrip("/").removesuffix("/api")
    url = url.with_path(path).with_query(None).with_fragment(None)
    return url, str(url.with_user(None)).rstrip("/")


def _schema(entry: Mapping[str, Any]) -> Schema:
    inputs = entry.get("input")
    required = inputs.get("required") if isinstance(inputs, dict) else None
    return Schema(frozenset(required if isinstance(required, dict) else ()), bool(entry.get("output_node")))
