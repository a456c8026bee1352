"""A command of ours as one of discord.py, which the host's tree can hold beside its own."""

import inspect
from collections.abc import Awaitable, Callable, Mapping
from typing import Any, Final, Optional, TypeAlias

import discord
from discord import app_commands

from stationthis_sdk.bots.commands.command import Command
from stationthis_sdk.bots.commands.payload import payload
from stationthis_sdk.bots.discord.opened import AnyInteraction
from stationthis_sdk.bots.discord.reading import attachment_of, language_of

__all__ = ["OnCommand", "OnError", "Registrable", "registrable"]

Registrable: TypeAlias = "app_commands.Command[Any, ..., None] | app_commands.ContextMenu"
OnCommand: TypeAlias = Callable[
    [AnyInteraction, Command, Mapping[str, Any], "discord.Message | None"], Awaitable[None]
]
"""Called with the options that were given, files as attachments; and with the message, for a menu's command."""
OnError: TypeAlias = Callable[[AnyInteraction, Command, app_commands.AppCommandError], Awaitable[None]]
_ANNOTATIONS: Final[Mapping[int, Any]] = {3: str, 4: int, 5: bool, 10: float, 11: discord.Attachment}


def registrable(command: Command, run: OnCommand, failed: OnError) -> Registrable:
    """Make it; what discord.py would register of it is what :func:`payload` says, no more and no less."""

    async def on_error(interaction: AnyInteraction, error: app_commands.AppCommandError) -> None:
        await failed(interaction, command, error)

    made: Registrable = _menu(command, run) if command.menu else _slash(command, run)
    made.error(on_error)
    return made


def _menu(command: Command, run: OnCommand) -> app_commands.ContextMenu:
    async def chosen(interaction: AnyInteraction, message: discord.Message) -> None:
        await run(interaction, command, {}, message)

    return app_commands.ContextMenu(name=command.name, callback=chosen)


def _slash(command: Command, run: OnCommand) -> "app_commands.Command[Any, ..., None]":
    options = payload(command, "discord").get("options", [])
    names = {f"option_{place}": option["name"] for place, option in enumerate(options)}

    async def called(interaction: AnyInteraction, **given: Any) -> None:
        values = {names[key]: value for key, value in given.items() if value is not None}
        await run(
            interaction, command, {name: _value(value, interaction) for name, value in values.items()}, None
        )

    parameters = [_parameter("interaction", discord.Interaction)]
    parameters += [_parameter(key, *_annotation(option)) for key, option in zip(names, options, strict=True)]
    called.__signature__ = inspect.Signature(parameters)  # type: ignore[attr-defined]
    described = {key: option["description"] for key, option in zip(names, options, strict=True)}
    choices = {
        key: [app_commands.Choice(name=one["name"], value=one["value"]) for one in option["choices"]]
        for key, option in zip(names, options, strict=True)
        if option.get("choices")
    }
    callback: Any = app_commands.describe(**described)(app_commands.rename(**names)(called))
    if choices:
        callback = app_commands.choices(**choices)(callback)
    return app_commands.Command(name=command.name, description=command.description, callback=callback)


def _parameter(name: str, annotation: Any, default: Any = inspect.Parameter.empty) -> inspect.Parameter:
    kind = inspect.Parameter.POSITIONAL_OR_KEYWORD
    return inspect.Parameter(name, kind, annotation=annotation, default=default)


def _annotation(option: Mapping[str, Any]) -> tuple[Any, Any]:
    """What discord.py reads the option's type from, and its default."""
    made = _ANNOTATIONS[option["type"]]
    low, high = (
        None if option.get(name) is None else made(option[name]) for name in ("min_value", "max_value")
    )
    if low is not None or high is not None:
        made = app_commands.Range[made, low, high]
    if option.get("required"):
        return made, inspect.Parameter.empty
    return Optional[made], None  # noqa: UP045  a range is no type


def _value(value: Any, interaction: AnyInteraction) -> Any:
    if isinstance(value, discord.Attachment):
        return attachment_of(value, language_of(interaction))
    return value.value if isinstance(value, app_commands.Choice) else value
