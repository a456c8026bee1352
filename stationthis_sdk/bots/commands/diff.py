"""What has to be sent so that a platform has the commands that are wanted; nothing when it has them. Pure."""

from collections.abc import Collection, Mapping, Sequence
from typing import Any

import attrs

from stationthis_sdk.bots.commands.command import Command
from stationthis_sdk.bots.commands.payload import MENU, SLASH, payload
from stationthis_sdk.shown import Shown

__all__ = ["Change", "Diff", "diff"]


@attrs.frozen
class Change(Shown):
    """A command that is registered, and differs: ``registered`` is as the platform told it, its id included."""

    command: Command
    registered: Mapping[str, Any]


@attrs.frozen
class Diff(Shown):
    """What to add, what to change, and what to remove, as the platform told it. False when there is nothing to do."""

    add: tuple[Command, ...] = ()
    change: tuple[Change, ...] = ()
    remove: tuple[Mapping[str, Any], ...] = ()

    def __bool__(self) -> bool:
        return bool(self.add or self.change or self.remove)


def diff(
    wanted: Sequence[Command], registered: Sequence[Mapping[str, Any]], *, keep: Collection[str] = ()
) -> Diff:
    """Compare what is wanted with what the platform says is registered; what its server adds to each makes no difference.

    registered: dicts as Telegram's getMyCommands or Discord's API return them. keep: names that are the host's own, and
    neither changed nor removed.

    >>> there = [{"command": "status", "description": "What you have under way"}, {"command": "old", "description": "Gone"}]
    >>> found = diff([Command("status", "What you have under way"), Command("help", "Help")], there)
    >>> [one.name for one in found.add], found.change, [one["command"] for one in found.remove]
    (['help'], (), ['old'])
    """
    known = {_key(one): one for one in registered}
    add, change = [], []
    for command in wanted:
        if command.name in keep:
            continue
        telegram = next((one for one in registered), {}).get("command") is not None
        form = payload(command, "telegram" if telegram else "discord")
        there = known.pop(_key(form), None)
        if there is None:
            add.append(command)
        elif _essence(there) != _essence(form):
            change.append(Change(command, there))
    # Of other kinds (menus of users, what starts an activity) none is ever ours.
    gone = tuple(one for key, one in known.items() if key[0] in {SLASH, MENU} and key[1] not in keep)
    return Diff(tuple(add), tuple(change), gone)


def _key(one: Mapping[str, Any]) -> tuple[int, str]:
    """On Discord a command and a menu may have one name."""
    return int(one.get("type") or SLASH), str(one.get("command") or one.get("name"))


def _essence(one: Mapping[str, Any]) -> tuple[Any, ...]:
    """What we say of a command, without what the server adds or leaves out."""
    return (
        *_key(one),
        str(one.get("description") or ""),
        tuple(_option(option) for option in one.get("options") or ()),
    )


def _option(option: Mapping[str, Any]) -> tuple[Any, ...]:
    return (
        option.get("type"),
        option.get("name"),
        option.get("description"),
        bool(option.get("required")),
        tuple((choice.get("name"), choice.get("value")) for choice in option.get("choices") or ()),
        option.get("min_value"),
        option.get("max_value"),
        option.get("min_length"),
        option.get("max_length"),
        bool(option.get("autocomplete")),
    )
