"""A whole Discord bot: ``DISCORD_BOT_TOKEN=… python scripts/discord_bot.py``; ``--local`` needs no ComfyUI Deploy account."""

import argparse
import asyncio
import os
import signal
import sys

try:
    import discord
    import yarl
    from discord.ext import commands
except ModuleNotFoundError:
    sys.exit("discord.py is not installed: pip install 'stationthis-sdk[discord]'")

from stationthis_sdk import AsyncStationThis
from stationthis_sdk.errors import StationThisError


class Bot(commands.Bot):
    """One that has no commands but those of the extension."""

    async def on_ready(self) -> None:
        """Say that people may begin."""
        print(f"{self.user} is ready", flush=True)

    async def on_message(self, message: discord.Message) -> None:
        """Take no commands with a prefix; the extension hears mentions by itself."""


async def serve(token: str, *, local: bool, message_content: bool) -> None:
    """Serve until a signal comes; runs go on then, and are taken up at the next start."""
    intents = discord.Intents.default()
    intents.message_content = message_content
    async with (
        AsyncStationThis(local=local) as st,
        Bot("/", intents=intents, help_command=None, max_ratelimit_timeout=60) as bot,
    ):
        bot.stationthis = st  # type: ignore[attr-defined]
        loop = asyncio.get_running_loop()
        stopped = asyncio.Event()
        for number in (signal.SIGINT, signal.SIGTERM):
            loop.add_signal_handler(number, stopped.set)
        await bot.load_extension("stationthis_sdk.bots.discord")
        serving = asyncio.ensure_future(bot.start(token))
        waiting = asyncio.ensure_future(stopped.wait())
        await asyncio.wait({serving, waiting}, return_when=asyncio.FIRST_COMPLETED)
        waiting.cancel()
        await bot.close()
        if stopped.is_set():  # also amid a login, which then fails
            serving.cancel()
            await asyncio.wait({serving})
        else:
            await serving


def main() -> str | None:
    """Serve, and return what went wrong as one sentence."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--local", action="store_true", help="run on this machine, without an account")
    parser.add_argument("--message-content", action="store_true", help="use the message content intent")
    parser.add_argument(
        "--api-url", help="another address of Discord's API, such as http://127.0.0.1:8080/api/v10"
    )
    parser.add_argument(
        "--gateway-url", help="another address of Discord's gateway, such as ws://127.0.0.1:8080/gateway"
    )
    asked = parser.parse_args()
    token = os.environ.get("DISCORD_BOT_TOKEN", "").strip()
    if not token:
        return "DISCORD_BOT_TOKEN is not set: make a bot at https://discord.com/developers and put its token there."
    if asked.api_url:
        discord.http.Route.BASE = asked.api_url
    if asked.gateway_url:
        discord.gateway.DiscordWebSocket.DEFAULT_GATEWAY = yarl.URL(asked.gateway_url)
    discord.utils.setup_logging()
    try:
        asyncio.run(serve(token, local=asked.local, message_content=asked.message_content))
    except discord.LoginFailure:
        return "Discord does not know the token in DISCORD_BOT_TOKEN: copy it anew from the developer portal."
    except discord.PrivilegedIntentsRequired:
        return "The message content intent is off: switch it on in the developer portal, or leave --message-content out."
    except commands.ExtensionFailed as error:
        return f"The bot was not started: {error.original}"
    except (StationThisError, discord.DiscordException, OSError) as error:
        return f"The bot has ended: {error}"
    return None


if __name__ == "__main__":
    sys.exit(main())
