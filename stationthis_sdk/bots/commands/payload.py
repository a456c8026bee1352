"""Commands as the platforms write them. Pure. Source: core.telegram.org/bots/api#botcommand, discord.com/developers/docs."""

from collections.abc import Mapping
from typing import Any, Final

import attrs

from stationthis_sdk.bots.commands.command import Command, Option
from stationthis_sdk.bots.commands.options import lengths
from stationthis_sdk.bots.people import Platform

__all__ = ["DISCORD_KINDS", "MENU", "SLASH", "payload"]

SLASH: Final = 1
MENU: Final = 3
"""Discord's numbers for a command that is typed, and one in the menu of a message."""
DISCORD_KINDS: Final[Mapping[str, int]] = {
    "text": 3,
    "integer": 4,
    "boolean": 5,
    "number": 10,
    "attachment": 11,
}
_ALL_CHARACTERS: Final = 8000
"""Of one command on Discord: names, descriptions and values together."""


def payload(command: Command, platform: Platform) -> dict[str, Any]:
    """What is sent to register a command.

    >>> payload(Command("status", "What you have under way"), "telegram")
    {'command': 'status', 'description': 'What you have under way'}
    >>> payload(Command("upscale", "Larger", (Option("image", "attachment", "A picture", required=True),)), "discord")["options"]
    [{'type': 11, 'name': 'image', 'description': 'A picture', 'required': True}]
    """
    if platform == "telegram":
        return {"command": command.name, "description": command.description}
    if command.menu:
        return {"type": MENU, "name": command.name}
    made: dict[str, Any] = {"type": SLASH, "name": command.name, "description": command.description}
    if command.options:
        made["options"] = [_option(one) for one in _fitting(command)]
    return made


def _fitting(command: Command) -> list[Option]:
    """Options without choices where all would be too long: the longest lists go first, they can be typed."""
    options = list(command.options)
    room = _ALL_CHARACTERS - len(command.name) - len(command.description)
    while lengths(options) > room and any(one.choices for one in options):
        longest = max(
            range(len(options)), key=lambda place: lengths([attrs.evolve(options[place], description="")])
        )
        options[longest] = attrs.evolve(options[longest], choices=())
    return options


def _option(option: Option) -> dict[str, Any]:
    made: dict[str, Any] = {
        "type": DISCORD_KINDS[option.kind],
        "name": option.name,
        "description": option.description or option.name,
    }
    if option.required:
        made["required"] = True
    if option.choices:
        made["choices"] = [{"name": one, "value": one} for one in option.choices]
    if option.kind in {"integer", "number"}:
        bounds = {"min_value": option.minimum, "max_value": option.maximum}
        made |= {name: bound for name, bound in bounds.items() if bound is not None}
    return made
