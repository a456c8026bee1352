"""Discord: an extension for discord.py."""

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

from stationthis_sdk.bots.hooks import Authorize, Hooks, Review, Settle
from stationthis_sdk.client import AsyncStationThis
from stationthis_sdk.errors import ConfigError, MissingExtra

if TYPE_CHECKING:
    from stationthis_sdk.bots.discord.cog import StationThisCog
    from stationthis_sdk.bots.discord.opened import AnyBot

__all__ = ["install", "setup", "teardown"]


async def setup(bot: "AnyBot") -> None:
    """Mount the commands: ``await bot.load_extension("stationthis_sdk.bots.discord")``, after the host's own.

    ``bot.stationthis`` may be an ``AsyncStationThis``, or a dict of what ``install`` takes (``st`` among it); without it a
    client is made from the environment, and closed with the bot.

    Raises:
        NoKey, ConfigError: there is no key, or a setting is wrong; discord.py shows them within its ExtensionFailed.
    """
    given: Any = getattr(bot, "stationthis", None)
    options = dict(given) if isinstance(given, Mapping) else {} if given is None else {"st": given}
    st = options.pop("st", None)
    if st is not None and not isinstance(st, AsyncStationThis):
        raise ConfigError(
            f"bot.stationthis is {type(st).__name__}: set an AsyncStationThis, or a dict of what install takes."
        )
    if st is not None:
        await install(bot, st, **options)
        return
    made = await AsyncStationThis().__aenter__()
    try:
        await install(bot, made, **options, own=True)
    except BaseException:
        await made.close()
        raise


async def teardown(bot: "AnyBot") -> None:
    """Take the commands out of the bot again; what runs goes on, and is taken up at the next start."""
    await bot.remove_cog("StationThis")


async def install(
    bot: "AnyBot",
    st: AsyncStationThis,
    *,
    authorize: Authorize | None = None,
    review: Review | None = None,
    settle: Settle | None = None,
    at_once: int = 8,
    catalogue_seconds: float = 300.0,
    own: bool = False,
) -> "StationThisCog":
    """Mount the commands into a bot of discord.py, beside its own, and return the cog that they live in.

    A command for each deployment, and those every bot has, are put into ``bot.tree``; only ours are registered, and only
    what has changed. Commands that the host has already under the same name stay the host's. authorize, review, settle: see
    ``Hooks``. at_once: runs that are under way at the same time, for all users. catalogue_seconds: how often it is looked
    what is deployed. own: close ``st`` when the bot is closed.

    Raises:
        MissingExtra: discord.py is not installed.
        ConfigError: ``bot`` is no ``discord.ext.commands.Bot``.
    """
    try:
        from discord.ext import commands  # noqa: PLC0415 - the extra's

        from stationthis_sdk.bots.discord.cog import StationThisCog  # noqa: PLC0415 - likewise
    except ModuleNotFoundError as error:
        if (error.name or "").partition(".")[0] != "discord":
            raise
        raise MissingExtra("discord.py is not installed: pip install 'stationthis-sdk[discord]'.") from None
    if not isinstance(bot, commands.Bot | commands.AutoShardedBot):
        raise ConfigError(f"{type(bot).__name__} has no commands: make a discord.ext.commands.Bot.")
    cog = StationThisCog(
        bot,
        st,
        Hooks(authorize, review, settle),
        at_once=at_once,
        catalogue_seconds=catalogue_seconds,
        own=own,
    )
    await bot.add_cog(cog)
    return cog
