"""The stand-in's gateway: hello, identify, resume, heartbeats, and what is told of people's doings."""

import asyncio
import json
from typing import TYPE_CHECKING, Any

import attrs
from aiohttp import WSMsgType, web

from tests.bots.discord.world import World

if TYPE_CHECKING:
    from tests.bots.discord.served import Discord

CONTENT, MESSAGES, DIRECT = 1 << 15, 1 << 9, 1 << 12


@attrs.define
class Session:
    """One bot that has identified itself, and all that it was told, for a resume."""

    id: str
    intents: int
    told: list[dict[str, Any]] = attrs.Factory(list)
    socket: web.WebSocketResponse | None = None


@attrs.define
class Gateway:
    """Every session there was."""

    world: World
    discord: "Discord"
    sessions: list[Session] = attrs.Factory(list)

    async def serve(self, request: web.Request) -> web.WebSocketResponse:
        socket = web.WebSocketResponse()
        await socket.prepare(request)
        await socket.send_json({"op": 10, "d": {"heartbeat_interval": 41250}, "s": None, "t": None})
        session: Session | None = None
        async for message in socket:
            if message.type is not WSMsgType.TEXT:
                break
            said = json.loads(message.data)
            if said["op"] == 1:
                await socket.send_json({"op": 11, "d": None, "s": None, "t": None})
            elif said["op"] == 2:
                session = await self._identify(socket, said["d"])
            elif said["op"] == 6:
                session = await self._resume(socket, said["d"])
        if session is not None and session.socket is socket:
            session.socket = None
        return socket

    async def _identify(self, socket: web.WebSocketResponse, said: dict[str, Any]) -> Session | None:
        if said["token"] != self.world.token:
            await socket.close(code=4004, message=b"Authentication failed.")
            return None
        if said["intents"] & CONTENT and not self.world.content_intent:
            await socket.close(code=4014, message=b"Disallowed intent(s).")
            return None
        session = Session(self.world.snowflake(), said["intents"], socket=socket)
        self.sessions.append(session)
        ready = {"v": 10, "user": self.world.me, "session_id": session.id, "resume_gateway_url": self.discord.socket,
                 "application": {"id": self.world.application, "flags": 0}, "shard": said.get("shard") or [0, 1],
                 "guilds": [{"id": self.world.guild, "unavailable": True}]}  # fmt: skip
        await self._send(session, "READY", ready)
        await self._send(session, "GUILD_CREATE", self.world.guild_payload())
        return session

    async def _resume(self, socket: web.WebSocketResponse, said: dict[str, Any]) -> Session | None:
        session = next((one for one in self.sessions if one.id == said["session_id"]), None)
        if session is None or said["token"] != self.world.token:
            await socket.send_json({"op": 9, "d": False, "s": None, "t": None})
            return None
        session.socket = socket
        for one in session.told[said["seq"] :]:
            await socket.send_json(one)
        await self._send(session, "RESUMED", {})
        return session

    async def _send(self, session: Session, event: str, data: Any) -> None:
        told = {"op": 0, "t": event, "d": data, "s": len(session.told) + 1}
        session.told.append(told)
        if session.socket is not None and not session.socket.closed:
            await session.socket.send_json(told)

    async def tell(self, event: str, data: dict[str, Any]) -> None:
        """Tell the newest session, as Discord tells one that has not resumed."""
        if self.sessions:
            await self._send(self.sessions[-1], event, data)

    async def tell_message(self, message: dict[str, Any]) -> None:
        """Tell of a message, without what its reader may not read."""
        session = self.sessions[-1]
        direct = self.world.channels[message["channel_id"]]["type"] == 1
        if not session.intents & (DIRECT if direct else MESSAGES):
            return
        await self._send(session, "MESSAGE_CREATE", self.seen(message, session.intents))

    def seen(self, message: dict[str, Any], intents: int) -> dict[str, Any]:
        """A message as a bot with these intents sees it."""
        shown = self.shown(message)
        direct = self.world.channels[message["channel_id"]]["type"] == 1
        me = self.world.me["id"]
        named = any(one["id"] == me for one in message["mentions"])
        if not (direct or named or message["author"]["id"] == me or intents & CONTENT):
            shown |= {"content": "", "embeds": [], "attachments": [], "components": []}
        if not direct:
            shown["guild_id"] = self.world.guild
            shown["member"] = {
                name: value
                for name, value in self.world.member(message["author"]["id"]).items()
                if name != "user"
            }
        answered = message.get("message_reference")
        if answered is not None and message["type"] == 19:
            original = self.world.messages.get(answered["message_id"])
            shown["referenced_message"] = None if original is None else self.seen(original, intents)
        return shown

    @staticmethod
    def shown(message: dict[str, Any]) -> dict[str, Any]:
        """A message without what is the stand-in's own."""
        return {
            name: value
            for name, value in message.items()
            if name not in {"gone", "at", "for", "allowed", "nonce"}
        }

    async def drop(self) -> None:
        """Cut the connections, as networks do; a bot resumes."""
        for session in self.sessions:
            if session.socket is not None:
                await session.socket.close(code=4000)

    async def close(self) -> None:
        await asyncio.gather(
            *(
                one.socket.close(code=4000)
                for one in self.sessions
                if one.socket is not None and not one.socket.closed
            )
        )
