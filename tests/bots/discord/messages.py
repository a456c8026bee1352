"""The messages of the stand-in's channels: posted, read, changed, taken away, within Discord's limits."""

from typing import TYPE_CHECKING, Any

import attrs
from aiohttp import web

from tests.bots.discord.rules import Refused, check_message
from tests.bots.discord.wire import body_of, said
from tests.bots.discord.world import EPHEMERAL, Interaction, World

if TYPE_CHECKING:
    from tests.bots.discord.served import Discord

HISTORY = 100
NONCE_HELD = 300.0
"""Seconds for which Discord makes no second message of a nonce: "the past few minutes"."""


@attrs.define
class Messages:
    """All of them."""

    world: World
    discord: "Discord"

    def say(
        self,
        channel: str,
        payload: dict[str, Any],
        files: list[tuple[str, bytes]],
        *,
        flags: int = 0,
        of: Interaction | None = None,
    ) -> dict[str, Any]:
        told = [one.get("description") for one in payload.get("attachments") or []]
        told += [None] * (len(files) - len(told))
        attached = [
            self.world.attachment(self.discord.url, channel, name, data, why)
            for (name, data), why in zip(files, told, strict=True)
        ]
        more: dict[str, Any] = {"for": of.user} if of is not None and flags & EPHEMERAL else {}
        if payload.get("message_reference"):
            more["message_reference"] = {"type": 0, "channel_id": channel, **payload["message_reference"]}
        return self.world.message(
            channel,
            self.world.me["id"],
            content=payload.get("content") or "",
            attachments=attached,
            components=payload.get("components") or [],
            nonce=payload.get("nonce"),
            flags=flags,
            allowed=payload.get("allowed_mentions"),
            **more,
        )

    def becomes(
        self, found: dict[str, Any], payload: dict[str, Any], files: list[tuple[str, bytes]], how: str
    ) -> dict[str, Any]:
        check_message(payload, files, self.world.upload, had=True)
        if "content" in payload:
            found["content"] = payload["content"] or ""
        if "components" in payload:
            found["components"] = payload["components"] or []
        if files:
            found["attachments"] = [
                self.world.attachment(self.discord.url, found["channel_id"], name, data)
                for name, data in files
            ]
        found["flags"] &= ~128
        self.world.edits.append((found["id"], found["content"], how))
        return found

    async def post(self, request: web.Request) -> web.Response:
        channel = request.match_info["channel"]
        self.world.open_to_bot(channel)
        payload, files = await body_of(request)
        check_message(payload, files, self.world.upload)
        nonce = payload.get("nonce")
        if nonce and payload.get("enforce_nonce"):
            for one in self.world.messages.values():
                fresh = self.world.now() - one["at"] < NONCE_HELD
                if fresh and one.get("nonce") == nonce and one["channel_id"] == channel and not one["gone"]:
                    return said(self.discord.gateway.shown(one))
        return said(self.discord.gateway.shown(self.say(channel, payload, files)))

    async def history(self, request: web.Request) -> web.Response:
        channel = request.match_info["channel"]
        self.world.open_to_bot(channel)
        asked = request.query
        rows = [
            one
            for one in self.world.messages.values()
            if one["channel_id"] == channel and not one["gone"] and not one["flags"] & EPHEMERAL
            and int(one["id"]) < int(asked.get("before") or 1 << 63)
            and int(one["id"]) > int(asked.get("after") or 0)
        ]  # fmt: skip
        rows.sort(key=lambda one: int(one["id"]), reverse="after" not in asked)
        rows = sorted(rows[: int(asked.get("limit", HISTORY))], key=lambda one: int(one["id"]), reverse=True)
        return said([{**self.discord.gateway.shown(one), "nonce": None} for one in rows])

    async def one(self, request: web.Request) -> web.Response:
        self.world.open_to_bot(request.match_info["channel"])
        found = self.world.find(request.match_info["message"], request.match_info["channel"])
        return said(self.discord.gateway.shown(found))

    async def edit(self, request: web.Request) -> web.Response:
        self.world.open_to_bot(request.match_info["channel"])
        found = self.world.find(request.match_info["message"], request.match_info["channel"])
        if found["flags"] & EPHEMERAL:
            raise Refused(404, 10008, "Unknown Message")
        if found["author"]["id"] != self.world.me["id"]:
            raise Refused(403, 50005, "Cannot edit a message authored by another user")
        payload, files = await body_of(request)
        return said(self.discord.gateway.shown(self.becomes(found, payload, files, "channel")))

    async def delete(self, request: web.Request) -> web.Response:
        self.world.open_to_bot(request.match_info["channel"])
        found = self.world.find(request.match_info["message"], request.match_info["channel"])
        if found["flags"] & EPHEMERAL:
            raise Refused(404, 10008, "Unknown Message")
        found["gone"] = True
        return web.Response(status=204)
