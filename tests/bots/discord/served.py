"""A Discord of our own on loopback: REST, gateway and files, behind real HTTP, in a thread of its own."""

import asyncio
import json
import threading
from collections.abc import Awaitable, Callable, Coroutine, Iterator
from contextlib import contextmanager
from typing import Any, TypeVar

from aiohttp import web

from tests.bots.discord.gateway import Gateway
from tests.bots.discord.messages import Messages
from tests.bots.discord.rules import (
    MOST_COMMANDS,
    Refused,
    check_command,
    check_message,
    check_modal,
)
from tests.bots.discord.wire import body_of, said
from tests.bots.discord.world import EPHEMERAL, Fault, World

Answer = TypeVar("Answer")


class Discord:
    """The stand-in; what a test does as people do is in :mod:`tests.bots.discord.people`."""

    def __init__(self, world: World | None = None) -> None:
        self.world = world or World()
        self.gateway = Gateway(self.world, self)
        self.messages = Messages(self.world, self)
        self.held = asyncio.Event()
        self.url = ""

    @property
    def rest(self) -> str:
        return f"{self.url}/api/v10"

    @property
    def socket(self) -> str:
        return self.url.replace("http", "ws", 1) + "/gateway"

    def application(self) -> web.Application:
        app = web.Application(client_max_size=1 << 30, middlewares=[self._guarded])
        api, hook = "/api/v10", "/api/v10/webhooks/{app}/{token}"
        app.add_routes(
            [
                web.get("/gateway", self.gateway.serve),
                web.get("/gateway/", self.gateway.serve),
                web.get("/attachments/{channel}/{file}/{name}", self._file),
                web.get(f"{api}/users/@me", self._me),
                web.post(f"{api}/users/@me/channels", self._direct),
                web.get(f"{api}/oauth2/applications/@me", self._application),
                web.get(f"{api}/applications/@me", self._application),
                web.get(f"{api}/gateway/bot", self._gateway_bot),
                web.get(f"{api}/guilds/{{guild}}", self._guild),
                web.get(f"{api}/applications/{{app}}/commands", self._commands),
                web.post(f"{api}/applications/{{app}}/commands", self._upsert),
                web.put(f"{api}/applications/{{app}}/commands", self._overwrite),
                web.patch(f"{api}/applications/{{app}}/commands/{{id}}", self._change),
                web.delete(f"{api}/applications/{{app}}/commands/{{id}}", self._remove),
                web.post(f"{api}/interactions/{{id}}/{{token}}/callback", self._callback),
                web.post(hook, self._follow),
                web.get(f"{hook}/messages/{{message}}", self._hooked),
                web.patch(f"{hook}/messages/{{message}}", self._hooked),
                web.delete(f"{hook}/messages/{{message}}", self._hooked),
                web.get(f"{api}/channels/{{channel}}", self._channel),
                web.post(f"{api}/channels/{{channel}}/messages", self.messages.post),
                web.get(f"{api}/channels/{{channel}}/messages", self.messages.history),
                web.get(f"{api}/channels/{{channel}}/messages/{{message}}", self.messages.one),
                web.patch(f"{api}/channels/{{channel}}/messages/{{message}}", self.messages.edit),
                web.delete(f"{api}/channels/{{channel}}/messages/{{message}}", self.messages.delete),
            ]
        )
        return app

    # -- what surrounds every request

    @web.middleware
    async def _guarded(
        self, request: web.Request, handler: Callable[[web.Request], Awaitable[web.StreamResponse]]
    ) -> web.StreamResponse:
        if request.path.rstrip("/") == "/gateway" or request.path.startswith("/attachments/"):
            return await handler(request)
        path = request.path.removeprefix("/api/v10")
        fault = self._fault(request.method, path)
        if fault is not None and fault.kind in {"drop", "hang", "flood", "refuse"}:
            await request.read()
            self.world.requests.append((request.method, path, 0))
            return await self._faulty(request, fault)
        try:
            self._authorised(request)
            answer = await handler(request)
        except Refused as refused:
            answer = said({"message": refused.message, "code": refused.code}, refused.status)
        self.world.requests.append((request.method, path, answer.status))
        if fault is not None and fault.kind == "hold":
            await self.held.wait()
        if fault is not None and fault.kind in {"lose", "hold"}:
            return self._cut(request)
        return answer

    def _fault(self, method: str, path: str) -> Fault | None:
        for fault in self.world.faults:
            if fault.times > 0 and fault.method == method and fault.path in path:
                if fault.after > 0:
                    fault.after -= 1
                    continue
                fault.times -= 1
                return fault
        return None

    async def _faulty(self, request: web.Request, fault: Fault) -> web.StreamResponse:
        if fault.kind == "hang":
            await self.held.wait()
        if fault.kind == "flood":
            body = {
                "message": "You are being rate limited.",
                "retry_after": fault.retry_after,
                "global": False,
            }
            left = {"X-RateLimit-Remaining": "0", "Retry-After": str(fault.retry_after)}
            return said(body, 429, left)
        if fault.kind == "refuse":
            return said({"message": "Refused by the test", "code": fault.code}, fault.status)
        return self._cut(request)

    @staticmethod
    def _cut(request: web.Request) -> web.Response:
        if request.transport is not None:
            request.transport.abort()
        return web.Response()

    def _authorised(self, request: web.Request) -> None:
        by_token = "/interactions/" in request.path or "/webhooks/" in request.path
        if not by_token and request.headers.get("Authorization") != f"Bot {self.world.token}":
            raise Refused(401, 0, "401: Unauthorized")

    # -- who and where

    async def _me(self, _: web.Request) -> web.Response:
        return said({**self.world.me, "verified": True, "mfa_enabled": False, "flags": 0, "locale": "en-US"})

    async def _application(self, _: web.Request) -> web.Response:
        return said(
            {"id": self.world.application, "name": "Station", "description": "", "icon": None, "bot_public": True,
             "bot_require_code_grant": False, "verify_key": "0" * 64, "flags": 0, "team": None,
             "owner": self.world.user("ada"), "interactions_endpoint_url": None}
        )  # fmt: skip

    async def _gateway_bot(self, _: web.Request) -> web.Response:
        start = {"total": 1000, "remaining": 999, "reset_after": 0, "max_concurrency": 1}
        return said({"url": self.socket, "shards": self.world.shards, "session_start_limit": start})

    async def _guild(self, _: web.Request) -> web.Response:
        return said(self.world.guild_payload())

    async def _direct(self, request: web.Request) -> web.Response:
        payload, _ = await body_of(request)
        return said(self.world.direct(str(payload["recipient_id"])))

    async def _channel(self, request: web.Request) -> web.Response:
        return said(self.world.open_to_bot(request.match_info["channel"]))

    async def _file(self, request: web.Request) -> web.Response:
        data = self.world.files.get(request.match_info["file"])
        expires = int(request.query.get("ex", "0"), 16)
        if data is None or self.world.now() > expires:
            return web.Response(
                status=404 if data is None else 403, text="This content is no longer available."
            )
        return web.Response(body=data)

    # -- commands

    def _put(self, body: dict[str, Any], known: str | None = None) -> dict[str, Any]:
        check_command(body)
        kind = body.get("type", 1)
        same = [
            one for one in self.world.commands.values() if one["name"] == body["name"] and one["type"] == kind
        ]
        if known is None and same:
            known = same[0]["id"]
        made = {"application_id": self.world.application, "default_member_permissions": None, "nsfw": False,
                "dm_permission": True, "contexts": None, "integration_types": [0, 1], "version": self.world.snowflake(),
                "name_localizations": None, "description_localizations": None, **body, "type": kind,
                "description": body.get("description", ""), "id": known or self.world.snowflake()}  # fmt: skip
        if not made.get("options"):
            made.pop("options", None)  # as Discord does
        if made["id"] not in self.world.commands and self._count(kind) >= (
            MOST_COMMANDS if kind == 1 else 15
        ):
            raise Refused(400, 30032, "Maximum number of application commands reached")
        self.world.commands[made["id"]] = made
        return made

    def _count(self, kind: int) -> int:
        return sum(one["type"] == kind for one in self.world.commands.values())

    async def _commands(self, _: web.Request) -> web.Response:
        return said(list(self.world.commands.values()))

    async def _upsert(self, request: web.Request) -> web.Response:
        return said(self._put((await body_of(request))[0]), 201)

    async def _overwrite(self, request: web.Request) -> web.Response:
        bodies = json.loads(await request.text())
        for body in bodies:
            check_command(body)
        self.world.commands.clear()
        return said([self._put(body) for body in bodies])

    async def _change(self, request: web.Request) -> web.Response:
        old = self.world.commands.get(request.match_info["id"])
        if old is None:
            raise Refused(404, 10063, "Unknown application command")
        return said(self._put({**old, **(await body_of(request))[0]}, old["id"]))

    async def _remove(self, request: web.Request) -> web.Response:
        if self.world.commands.pop(request.match_info["id"], None) is None:
            raise Refused(404, 10063, "Unknown application command")
        return web.Response(status=204)

    # -- interactions

    async def _callback(self, request: web.Request) -> web.Response:
        body, files = await body_of(request)
        data = body.get("data") or {}
        if body["type"] == 9:
            check_modal(data)
        elif body["type"] in {4, 7}:
            check_message(data, files, self.world.upload)
        one = self.world.acknowledge(request.match_info["id"], request.match_info["token"], body["type"])
        told: dict[str, Any] = {"interaction": {"id": one.id, "type": one.body["type"]}}
        if body["type"] in {4, 5}:
            one.flags = data.get("flags") or 0
            loading = body["type"] == 5
            made = self.messages.say(
                one.channel, data, files, flags=one.flags | (128 if loading else 0), of=one
            )
            one.original = made["id"]
            told["interaction"] |= {"response_message_id": made["id"], "response_message_loading": loading,
                                    "response_message_ephemeral": bool(one.flags & EPHEMERAL)}  # fmt: skip
            told["resource"] = {"type": body["type"], "message": self.gateway.shown(made)}
        elif body["type"] in {6, 7}:
            one.original = (one.body.get("message") or {}).get("id")
            if body["type"] == 7 and one.original:
                self.messages.becomes(self.world.find(one.original), data, files, "webhook")
        elif body["type"] == 9:
            one.modal = data
        return said(told)

    async def _follow(self, request: web.Request) -> web.Response:
        one = self.world.of_token(request.match_info["token"])
        payload, files = await body_of(request)
        check_message(payload, files, self.world.upload)
        original = self.world.messages.get(one.original or "")
        if (
            one.acknowledged == 5
            and original is not None
            and not original["gone"]
            and original["flags"] & 128
        ):
            made = self.messages.becomes(
                original, payload, files, "webhook"
            )  # the first one takes the deferral's place
        else:
            made = self.messages.say(one.channel, payload, files, flags=payload.get("flags") or 0, of=one)
        return said(self.gateway.shown(made))

    async def _hooked(self, request: web.Request) -> web.Response:
        one = self.world.of_token(request.match_info["token"])
        named = request.match_info["message"]
        found = self.world.find((one.original or "") if named == "@original" else named)
        if request.method == "DELETE":
            found["gone"] = True
            return web.Response(status=204)
        if request.method == "PATCH":
            payload, files = await body_of(request)
            self.messages.becomes(found, payload, files, "webhook")
        return said(self.gateway.shown(found))


@contextmanager
def serving(world: World | None = None) -> Iterator["Served"]:
    """The stand-in at work on loopback, in a thread of its own."""
    loop = asyncio.new_event_loop()
    thread = threading.Thread(target=loop.run_forever, daemon=True)
    thread.start()
    served = Served(loop, world)
    runner = served.call(served.begin())
    try:
        yield served
    finally:
        served.discord.held.set()
        served.call(served.discord.gateway.close())
        served.call(runner.cleanup())
        loop.call_soon_threadsafe(loop.stop)
        thread.join()
        loop.close()


class Served:
    """The stand-in and the loop it lives on; ``call`` does something there."""

    def __init__(self, loop: asyncio.AbstractEventLoop, world: World | None) -> None:
        self.loop = loop
        self.discord = Discord(world)

    async def begin(self) -> web.AppRunner:
        runner = web.AppRunner(self.discord.application(), shutdown_timeout=0.1)
        await runner.setup()
        site = web.TCPSite(runner, "127.0.0.1", 0)
        await site.start()
        host, port = runner.addresses[0][:2]
        self.discord.url = f"http://{host}:{port}"
        return runner

    def call(self, doing: Coroutine[Any, Any, Answer]) -> Answer:
        return asyncio.run_coroutine_threadsafe(doing, self.loop).result(30)
