"""What the stand-in for Discord knows: people, channels, messages, interactions; and its clock."""

import time
from typing import Any

import attrs

from tests.bots.discord.rules import MIB, Refused

EPOCH = 1420070400000
TOKEN_LIVES, ACKNOWLEDGE_WITHIN = 15 * 60.0, 3.0
EPHEMERAL = 64


@attrs.define
class Interaction:
    """One interaction, and what became of it. ``original``: the id of its response's message."""

    id: str
    token: str
    body: dict[str, Any]
    channel: str
    user: str
    at: float
    acknowledged: int | None = None
    flags: int = 0
    original: str | None = None
    modal: dict[str, Any] | None = None


@attrs.define
class Fault:
    """What goes wrong with the next requests that fit.

    lose: done, but the answer is lost. hold: done, and never answered. drop, hang: neither done nor answered. flood, refuse:
    an answer that says no.
    """

    kind: str
    method: str
    path: str
    times: int = 1
    after: int = 0
    """How many go well before."""
    retry_after: float = 0.05
    status: int = 500
    code: int = 0


@attrs.define
class World:
    """Everything, and a clock that only the test moves."""

    application: str = "1000000000000000001"
    guild: str = "2000000000000000001"
    token: str = "MTAwMDAwMDAwMDAwMDAwMDAwMQ.standin.secret"
    upload: int = 10 * MIB
    shards: int = 1
    advanced: float = 0.0
    began: float = attrs.field(factory=time.time)
    counter: int = 0
    content_intent: bool = True
    users: dict[str, dict[str, Any]] = attrs.Factory(dict)
    channels: dict[str, dict[str, Any]] = attrs.Factory(dict)
    messages: dict[str, dict[str, Any]] = attrs.Factory(dict)
    files: dict[str, bytes] = attrs.Factory(dict)
    interactions: dict[str, Interaction] = attrs.Factory(dict)
    commands: dict[str, dict[str, Any]] = attrs.Factory(dict)
    faults: list[Fault] = attrs.Factory(list)
    requests: list[tuple[str, str, int]] = attrs.Factory(list)
    closed: set[str] = attrs.Factory(set)
    """Channels that the bot may not see; ``no_dms``: people whom it may not write to."""
    no_dms: set[str] = attrs.Factory(set)
    edits: list[tuple[str, str, str]] = attrs.Factory(list)
    """(message, what it says now, webhook or channel): every edit there was."""

    def now(self) -> float:
        return self.began + self.advanced

    def snowflake(self) -> str:
        self.counter += 1
        return str(((int(self.now() * 1000) - EPOCH) << 22) + self.counter)

    def user(self, name: str, *, bot: bool = False, known: str = "") -> dict[str, Any]:
        """Somebody, made when first named."""
        found = next((one for one in self.users.values() if one["username"] == name), None)
        if found is None:
            found = {"id": known or self.snowflake(), "username": name, "discriminator": "0",
                     "global_name": name.title(), "avatar": None, "bot": bot}  # fmt: skip
            self.users[found["id"]] = found
        return found

    @property
    def me(self) -> dict[str, Any]:
        return self.user("stationthis", bot=True, known=self.application)

    def channel(self, name: str) -> dict[str, Any]:
        """A text channel of the guild, made when first named."""
        found = next((one for one in self.channels.values() if one.get("name") == name), None)
        if found is None:
            found = {"id": self.snowflake(), "name": name, "type": 0, "guild_id": self.guild, "position": 0,
                     "permission_overwrites": [], "nsfw": False, "parent_id": None, "topic": None,
                     "rate_limit_per_user": 0, "last_message_id": None}  # fmt: skip
            self.channels[found["id"]] = found
        return found

    def direct(self, user: str) -> dict[str, Any]:
        """The channel between the bot and somebody."""
        found = next((one for one in self.channels.values() if one.get("with") == user), None)
        if found is None:
            found = {"id": self.snowflake(), "type": 1, "with": user, "recipients": [self.users[user]],
                     "last_message_id": None}  # fmt: skip
            self.channels[found["id"]] = found
        return found

    def guild_payload(self) -> dict[str, Any]:
        everyone = {"id": self.guild, "name": "@everyone", "color": 0, "hoist": False, "position": 0,
                    "permissions": "2248473465835073", "managed": False, "mentionable": False, "flags": 0,
                    "colors": {"primary_color": 0, "secondary_color": None, "tertiary_color": None}}  # fmt: skip
        return {"id": self.guild, "name": "Studio", "owner_id": "1", "member_count": 3, "large": False,
                "roles": [everyone], "emojis": [], "stickers": [], "features": [], "premium_tier": 0,
                "channels": [one for one in self.channels.values() if one["type"] == 0], "threads": [],
                "members": [self.member(self.me["id"])], "voice_states": [], "presences": [],
                "preferred_locale": "en-US", "verification_level": 0, "explicit_content_filter": 0,
                "default_message_notifications": 0, "mfa_level": 0, "nsfw_level": 0, "system_channel_flags": 0,
                "afk_timeout": 300, "unavailable": False, "joined_at": "2025-01-01T00:00:00+00:00"}  # fmt: skip

    def member(self, user: str) -> dict[str, Any]:
        return {"user": self.users[user], "roles": [], "joined_at": "2025-01-01T00:00:00+00:00", "nick": None,
                "deaf": False, "mute": False, "flags": 0, "permissions": "2248473465835073"}  # fmt: skip

    def attachment(
        self, base: str, channel: str, filename: str, data: bytes, description: str | None = None
    ) -> dict[str, Any]:
        """A file as Discord tells of it: its link is signed, and dies."""
        made = self.snowflake()
        self.files[made] = data
        mime = {
            "png": "image/png",
            "mp4": "video/mp4",
            "gif": "image/gif",
            "txt": "text/plain",
            "wav": "audio/wav",
        }.get(filename.rpartition(".")[2], "application/octet-stream")
        url = f"{base}/attachments/{channel}/{made}/{filename}?ex={int(self.now()) + 86400:x}&is=1&hm=c0ffee"
        return {"id": made, "filename": filename, "size": len(data), "url": url, "proxy_url": url,
                "content_type": mime, "description": description}  # fmt: skip

    def message(self, channel: str, author: str, **more: Any) -> dict[str, Any]:
        """Put a message into a channel."""
        made = {"id": self.snowflake(), "channel_id": channel, "author": self.users[author], "content": "",
                "timestamp": "2026-01-01T00:00:00+00:00", "edited_timestamp": None, "tts": False, "type": 0,
                "mention_everyone": False, "mentions": [], "mention_roles": [], "attachments": [], "embeds": [],
                "pinned": False, "components": [], "flags": 0, "gone": False, "at": self.now(), **more}  # fmt: skip
        self.messages[made["id"]] = made
        return made

    def of_token(self, token: str) -> Interaction:
        """The interaction behind a token that still lives."""
        found = next((one for one in self.interactions.values() if one.token == token), None)
        if found is None or found.acknowledged is None:
            raise Refused(404, 10015, "Unknown Webhook")
        if self.now() - found.at >= TOKEN_LIVES:
            raise Refused(401, 50027, "Invalid Webhook Token")
        return found

    def acknowledge(self, interaction: str, token: str, how: int) -> Interaction:
        """Take the first answer to an interaction: within three seconds, and once."""
        found = self.interactions.get(interaction)
        if found is None or found.token != token:
            raise Refused(404, 10062, "Unknown interaction")
        if found.acknowledged is not None:
            raise Refused(400, 40060, "Interaction has already been acknowledged.")
        if self.now() - found.at > ACKNOWLEDGE_WITHIN:
            raise Refused(404, 10062, "Unknown interaction")
        found.acknowledged = how
        return found

    def open_to_bot(self, channel: str) -> dict[str, Any]:
        """A channel that the bot may use."""
        if channel not in self.channels:
            raise Refused(404, 10003, "Unknown Channel")
        if channel in self.closed:
            raise Refused(403, 50001, "Missing Access")
        if self.channels[channel].get("with") in self.no_dms:
            raise Refused(403, 50007, "Cannot send messages to this user")
        return self.channels[channel]

    def find(self, message: str, channel: str | None = None) -> dict[str, Any]:
        """A message that is there."""
        found = self.messages.get(message)
        if found is None or found["gone"] or (channel is not None and found["channel_id"] != channel):
            raise Refused(404, 10008, "Unknown Message")
        return found
