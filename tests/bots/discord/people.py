"""What people do on the stand-in, for tests: commands, presses, menus, forms, messages; and what a channel shows."""

import asyncio
import secrets
import time
from collections.abc import Callable, Mapping
from typing import Any

from tests.bots.discord.rules import MIB
from tests.bots.discord.served import Served
from tests.bots.discord.world import Fault, Interaction, World

PATIENCE = 45.0
FILE = 11


class Studio:
    """A server with people in it."""

    def __init__(self, served: Served) -> None:
        self.served = served
        self.world: World = served.discord.world
        self.world.me  # noqa: B018  the bot is somebody
        self.general = self.world.channel("general")["id"]
        self.ada = self.world.user("ada")["id"]
        self.bob = self.world.user("bob")["id"]

    # -- doing

    def _interaction(
        self, kind: int, channel: str, user: str, data: dict[str, Any], **more: Any
    ) -> Interaction:
        world = self.world
        at = world.channels[channel]
        made = world.snowflake()
        who: dict[str, Any] = (
            {"user": world.users[user]} if at["type"] == 1 else {"member": world.member(user), "guild_id": world.guild,
                                                                  "guild": {"id": world.guild, "features": [], "locale": "en-US"}}
        )  # fmt: skip
        body = {"id": made, "application_id": world.application, "type": kind, "token": secrets.token_urlsafe(40),
                "version": 1, "data": data, "channel": at, "channel_id": channel, "locale": "en-US",
                "app_permissions": "2248473465835073", "entitlements": [], "attachment_size_limit": world.upload,
                "authorizing_integration_owners": {}, "context": 0, **who, **more}  # fmt: skip
        one = Interaction(made, body["token"], body, channel, user, world.now())
        world.interactions[made] = one
        return one

    def tell(self, one: Interaction) -> None:
        """Tell the bot of it; again, when called again."""
        self.served.call(self.served.discord.gateway.tell("INTERACTION_CREATE", one.body))

    def command(
        self,
        name: str,
        *,
        user: str = "",
        channel: str = "",
        tell: bool = True,
        files: Mapping[str, tuple[str, bytes]] | None = None,
        **options: Any,
    ) -> Interaction:
        """Somebody chooses a slash command, as Discord's own app would send it."""
        channel, user = channel or self.general, user or self.ada
        found = next(one for one in self.world.commands.values() if one["name"] == name and one["type"] == 1)
        kinds = {one["name"]: one["type"] for one in found.get("options") or []}
        missing = [
            one["name"]
            for one in found.get("options") or []
            if one.get("required") and one["name"] not in {*options, *(files or {})}
        ]
        assert not missing, f"Discord's app would ask for {missing}"
        sent = [{"name": key, "type": kinds[key], "value": value} for key, value in options.items()]
        resolved: dict[str, Any] = {}
        for key, (filename, data) in (files or {}).items():
            assert kinds[key] == FILE
            made = self.world.attachment(self.served.discord.url, channel, filename, data)
            resolved.setdefault("attachments", {})[made["id"]] = made
            sent.append({"name": key, "type": FILE, "value": made["id"]})
        data = {"id": found["id"], "name": name, "type": 1, "options": sent, "resolved": resolved}
        one = self._interaction(2, channel, user, data)
        if tell:
            self.tell(one)
        return one

    def press(self, message: dict[str, Any], label: str, *, user: str = "") -> Interaction:
        """Somebody presses the button that says this (or something that ends or begins so)."""
        custom = next(
            one["custom_id"]
            for row in message["components"]
            for one in row["components"]
            if one.get("custom_id") and label in f"{one.get('label')} {one['custom_id']}"
        )
        data = {"custom_id": custom, "component_type": 2}
        shown = self.served.discord.gateway.shown(message)
        one = self._interaction(3, message["channel_id"], user or self.ada, data, message=shown)
        self.tell(one)
        return one

    def menu(self, name: str, message: dict[str, Any], *, user: str = "") -> Interaction:
        """Somebody chooses an entry of a message's menu."""
        found = next(one for one in self.world.commands.values() if one["name"] == name and one["type"] == 3)
        shown = self.served.discord.gateway.shown(message)
        data = {"id": found["id"], "name": name, "type": 3, "target_id": message["id"],
                "resolved": {"messages": {message["id"]: shown}}}  # fmt: skip
        one = self._interaction(2, message["channel_id"], user or self.ada, data)
        self.tell(one)
        return one

    def submit(self, asked: Interaction, **values: Any) -> Interaction:
        """Somebody fills in the form that was shown: values by the fields' ids; the rest stays as it was."""
        assert asked.modal is not None
        rows = []
        for row in asked.modal["components"]:
            inside = row["component"] if row["type"] == 18 else row["components"][0]
            value = values.pop(inside["custom_id"], inside.get("value") or "")
            filled: dict[str, Any] = {"type": inside["type"], "custom_id": inside["custom_id"]}
            filled |= {"values": [value] if value else []} if inside["type"] == 3 else {"value": value}
            rows.append(
                {"type": 18, "component": filled}
                if row["type"] == 18
                else {"type": 1, "components": [filled]}
            )
        assert not values, f"the form has no {list(values)}"
        data = {"custom_id": asked.modal["custom_id"], "components": rows}
        more = {"message": asked.body["message"]} if "message" in asked.body else {}
        one = self._interaction(5, asked.channel, asked.user, data, **more)
        self.tell(one)
        return one

    def say(
        self,
        content: str = "",
        *,
        user: str = "",
        channel: str = "",
        files: list[tuple[str, bytes]] | None = None,
        to: dict[str, Any] | None = None,
        ping: bool = True,
        tell: bool = True,
    ) -> dict[str, Any]:
        """Somebody writes a message; ``@bot`` in it names the bot; ``to`` is what it answers, with a ping or without."""
        world, channel = self.world, channel or self.general
        me = world.me
        named = (
            [me] if "@bot" in content or (to is not None and ping and to["author"]["id"] == me["id"]) else []
        )
        more: dict[str, Any] = {}
        if to is not None:
            more = {
                "type": 19,
                "message_reference": {"type": 0, "channel_id": channel, "message_id": to["id"]},
            }
        made = world.message(
            channel,
            user or self.ada,
            content=content.replace("@bot", f"<@{me['id']}>"),
            mentions=named,
            attachments=[
                world.attachment(self.served.discord.url, channel, name, data) for name, data in files or []
            ],
            **more,
        )
        if tell:
            self.served.call(self.served.discord.gateway.tell_message(made))
        return made

    def fail(self, kind: str, method: str, path: str, **more: Any) -> Fault:
        """Let the next requests that fit go wrong."""
        fault = Fault(kind, method, path, **more)
        self.world.faults.append(fault)
        return fault

    # -- seeing

    def messages(self, channel: str = "", *, user: str = "") -> list[dict[str, Any]]:
        """What somebody sees of the bot in a channel, oldest first."""
        reader = user or self.ada
        return [
            one
            for one in list(self.world.messages.values())
            if one["channel_id"] == (channel or self.general)
            and not one["gone"]
            and one["author"]["id"] == self.world.me["id"]
            and one.get("for", reader) == reader
        ]

    def files(self, channel: str = "") -> list[str]:
        """The names of all files that the bot sent there, in their order."""
        return [one["filename"] for message in self.messages(channel) for one in message["attachments"]]

    def with_files(self, channel: str = "") -> list[dict[str, Any]]:
        return [one for one in self.messages(channel) if one["attachments"]]

    def answer(self, one: Interaction) -> dict[str, Any] | None:
        """What the answer to an interaction says now, if there is one."""
        found = self.world.messages.get(one.original or "")
        return None if found is None or found["gone"] else found

    async def until(self, reached: Callable[[], Any]) -> Any:
        """Wait until it is so, and return what it is."""
        async with asyncio.timeout(PATIENCE):
            while not (got := reached()):  # noqa: ASYNC110 - a condition of the test's own
                await asyncio.sleep(0.02)
        return got

    def wait(self, reached: Callable[[], Any]) -> Any:
        """The same for tests that are not asynchronous."""
        deadline = time.monotonic() + PATIENCE
        while not (got := reached()):
            assert time.monotonic() < deadline, [one["content"] for one in self.messages()]
            time.sleep(0.05)
        return got


__all__ = ["MIB", "Studio"]
