"""The interactions that may still be answered, and what has become of each; in memory only, for they hold tokens."""

import time
from collections.abc import Callable
from typing import TYPE_CHECKING, Final, TypeAlias

import attrs

from stationthis_sdk.bots.interactions import EDIT_UNTIL, Answering
from stationthis_sdk.bots.people import Place

if TYPE_CHECKING:
    import discord
    from discord.ext import commands

__all__ = ["AnyBot", "AnyInteraction", "Opened", "OpenedOnes"]

AnyBot: TypeAlias = "commands.Bot | commands.AutoShardedBot"
AnyInteraction: TypeAlias = "discord.Interaction[discord.Client]"
_KEPT: Final = EDIT_UNTIL + 60.0


@attrs.define
class Opened:
    """One interaction. ``hidden``: only who asked sees its answer. ``used``: its answer says something already."""

    interaction: AnyInteraction = attrs.field(repr=False)
    answering: Answering
    hidden: bool
    used: bool = False
    gone: bool = False
    """Its answer was taken away; what comes is a message of its own."""


@attrs.define
class OpenedOnes:
    """All interactions of the last quarter of an hour, and which messages are answers to which."""

    clock: Callable[[], float] = time.monotonic
    _by_id: dict[str, Opened] = attrs.Factory(dict)
    _by_message: dict[str, Opened] = attrs.Factory(dict)

    def open(self, interaction: AnyInteraction, *, hidden: bool) -> Opened | None:
        """Take one up; None when it is here already: Discord, or a resumed connection, has told of it twice."""
        self._forget_old()
        if str(interaction.id) in self._by_id:
            return None
        opened = Opened(interaction, Answering(self.clock()), hidden)
        self._by_id[str(interaction.id)] = opened
        return opened

    def at(self, place: Place) -> Opened | None:
        """The interaction that is answered at a place, while its token lives."""
        return self._alive(self._by_id.get(str(place.more.get("interaction"))))

    def of_message(self, message: str) -> Opened | None:
        """The interaction that a message of ours is an answer to, while its token lives."""
        return self._alive(self._by_message.get(message))

    def was_hidden(self, message: str) -> bool:
        """Whether a message was for one person's eyes, as far as it is remembered."""
        opened = self._by_message.get(message)
        return opened is not None and opened.hidden

    def said(self, opened: Opened, message: str) -> None:
        """A message answers it."""
        self._by_message[message] = opened

    def _alive(self, opened: Opened | None) -> Opened | None:
        return opened if opened is not None and opened.answering.way(now=self.clock()) == "edit" else None

    def _forget_old(self) -> None:
        before = self.clock() - _KEPT
        for kept in (self._by_id, self._by_message):
            for key in [key for key, one in kept.items() if one.answering.received < before]:
                del kept[key]
