"""A Bot API server of our own on loopback, in a thread of its own: Telegram's limits, and faults in hand."""

import asyncio
import threading
from typing import Any, Final, Self

import attrs
from aiohttp import web

from tests.bots.telegram.chats import BOT_ID, World
from tests.bots.telegram.methods import SENDS, Call, call
from tests.bots.telegram.rules import Refused

__all__ = ["TOKEN", "BotApi", "Fault"]

TOKEN: Final = f"{BOT_ID}:AAE1abcdefghijklmnopqrstuvwxyz-ABCDE_f"
_MOST: Final = 256 << 20


@attrs.define(eq=False)
class Fault:
    """What goes wrong with the next ``times`` calls, after the first ``after``, of these methods.

    lose: it is done, and the connection breaks before the answer. drop: the connection breaks and nothing is done.
    hang: it is done, and no answer ever comes. refuse: ``refusal`` is answered, and nothing is done.
    """

    kind: str
    methods: frozenset[str] = SENDS
    after: int = 0
    times: int = 1
    refusal: Refused | None = None
    chat: int | None = None

    def strikes(self, method: str, given: Any) -> bool:
        if method not in self.methods or self.times <= 0:
            return False
        if self.chat is not None and str(given.get("chat_id")) != str(self.chat):
            return False
        if self.after > 0:
            self.after -= 1
            return False
        self.times -= 1
        return True


class BotApi:
    """``world`` is what is there; ``calls`` are all calls with what was given, ``refused`` those that got a no."""

    def __init__(self, *, rated: bool = False) -> None:
        self.world = World()
        self.world.told = self._tell
        self.faults: list[Fault] = []
        self.calls: list[tuple[str, dict[str, Any]]] = []
        self.refused: list[tuple[str, Refused]] = []
        self.rated = rated
        self.pause = 0.0
        self._loop: asyncio.AbstractEventLoop | None = None
        self._news: asyncio.Event | None = None
        self._over: asyncio.Event | None = None
        self._thread = threading.Thread(target=lambda: asyncio.run(self._serve()), daemon=True)
        self._ready = threading.Event()
        self.port = 0

    @property
    def base_url(self) -> str:
        return f"http://127.0.0.1:{self.port}/bot"

    @property
    def file_url(self) -> str:
        return f"http://127.0.0.1:{self.port}/file/bot"

    def __enter__(self) -> Self:
        self._thread.start()
        self._ready.wait()
        return self

    def __exit__(self, *_: object) -> None:
        assert self._loop is not None
        assert self._over is not None
        self._loop.call_soon_threadsafe(self._over.set)
        self._thread.join(45)

    def named(self, method: str) -> list[dict[str, Any]]:
        """What was given with each call of a method."""
        return [given for name, given in self.calls if name == method]

    def _tell(self) -> None:
        if self._loop is not None and self._news is not None:
            self._loop.call_soon_threadsafe(self._news.set)

    async def _serve(self) -> None:
        self._loop, self._news, self._over = asyncio.get_running_loop(), asyncio.Event(), asyncio.Event()
        app = web.Application(client_max_size=_MOST)
        app.router.add_route("*", "/bot{token}/{method}", self._call)
        app.router.add_get("/file/bot{token}/documents/{file}", self._file)
        runner = web.AppRunner(app, access_log=None, shutdown_timeout=0.2)
        await runner.setup()
        await web.TCPSite(runner, "127.0.0.1", 0, backlog=512).start()
        self.port = runner.addresses[0][1]
        self._ready.set()
        await self._over.wait()
        self._news.set()
        await runner.cleanup()

    async def _call(self, request: web.Request) -> web.StreamResponse:
        name = request.match_info["method"]
        given: dict[str, Any] = dict(request.query)
        files: dict[str, tuple[str, bytes]] = {}
        for key, value in (await request.post()).items():
            if isinstance(value, web.FileField):
                files[key] = (value.filename, value.file.read())
            else:
                given[key] = value
        if request.match_info["token"] != TOKEN:
            return _json(Refused(401, "Unauthorized").json, 401)
        if name == "getUpdates":
            return await self._updates(given)
        self.calls.append((name, given))
        fault = next((fault for fault in list(self.faults) if fault.strikes(name, given)), None)
        if self.pause and name in SENDS:
            await asyncio.sleep(self.pause)
        return await self._answered(request, name, Call(self.world, given, files, self.rated), fault)

    async def _answered(
        self, request: web.Request, name: str, made: Call, fault: Fault | None
    ) -> web.StreamResponse:
        kind = fault.kind if fault else ""
        try:
            if fault is not None and fault.refusal is not None:
                raise fault.refusal
            if kind != "drop":
                result = call(name, made)
        except Refused as refused:
            self.refused.append((name, refused))
            return _json(refused.json, refused.code)
        if kind == "hang":
            assert self._over is not None
            await self._over.wait()
        if kind and request.transport is not None:
            request.transport.abort()
            return web.Response()
        return _json({"ok": True, "result": result})

    async def _updates(self, given: dict[str, Any]) -> web.StreamResponse:
        """Long polling: what is before the offset was taken, and is forgotten."""
        assert self._news is not None
        assert self._over is not None
        wait, offset = float(given.get("timeout", 0)), int(given.get("offset", 0))
        end = asyncio.get_running_loop().time() + wait
        while True:
            self._news.clear()
            with self.world.lock:
                self.world.updates = [one for one in self.world.updates if one["update_id"] >= offset]
                found = self.world.updates[: int(given.get("limit", 100))]
            left = end - asyncio.get_running_loop().time()
            if found or left <= 0 or self._over.is_set():
                return _json({"ok": True, "result": found})
            try:
                async with asyncio.timeout(left):
                    await self._news.wait()
            except TimeoutError:
                continue

    async def _file(self, request: web.Request) -> web.StreamResponse:
        if request.match_info["token"] != TOKEN or request.match_info["file"] not in self.world.files:
            return _json(Refused(404, "Not Found").json, 404)
        return web.Response(body=self.world.files[request.match_info["file"]][1])


def _json(told: Any, status: int = 200) -> web.Response:
    return web.json_response(told, status=status)
