"""A complete bot for Telegram: a command for each deployment. The token comes from TELEGRAM_BOT_TOKEN.

    TELEGRAM_BOT_TOKEN=123:abc python scripts/telegram_bot.py --local

``--local`` needs no ComfyUI Deploy account. Ctrl-C or SIGTERM ends it; runs go on, and are taken up at the next start.
"""

import argparse
import asyncio
import logging
import os
import sys
from typing import Any
from urllib.parse import urlsplit

from stationthis_sdk import AsyncStationThis, StationThisError
from stationthis_sdk.bots import telegram
from stationthis_sdk.logs import redact


def main(arguments: list[str] | None = None) -> int:
    """Run the bot until it is told to end; 2 where it can't begin."""
    parser = argparse.ArgumentParser(description="A bot for Telegram: a command for each deployment.")
    parser.add_argument("--local", action="store_true", help="run on this machine, without an account")
    parser.add_argument("--profile", help="the profile whose key is used")
    parser.add_argument("--base-url", help="a Bot API server of your own, such as http://127.0.0.1:8081")
    parser.add_argument("--at-once", type=int, default=8, help="runs under way for all users together")
    options = parser.parse_args(arguments)
    logging.basicConfig(level=logging.WARNING, format="%(asctime)s %(levelname)s %(name)s: %(message)s")
    token = os.environ.get("TELEGRAM_BOT_TOKEN", "").strip()
    if not token:
        return _say("TELEGRAM_BOT_TOKEN is not set: @BotFather on Telegram gives you a token.")
    if options.base_url and urlsplit(options.base_url).scheme not in {"http", "https"}:
        return _say("--base-url begins with http:// or https://, such as http://127.0.0.1:8081.")
    try:
        from telegram.error import InvalidToken  # noqa: PLC0415 - the extra may be missing
        from telegram.ext import Application  # noqa: PLC0415 - likewise
    except ModuleNotFoundError:
        return _say("python-telegram-bot is missing: pip install 'stationthis-sdk[telegram]'.")
    try:
        st = AsyncStationThis(profile=options.profile, local=options.local)
        builder = Application.builder().token(token).concurrent_updates(True).post_shutdown(_closing(st))
        if options.base_url:
            address = options.base_url.rstrip("/")
            builder = builder.base_url(f"{address}/bot").base_file_url(f"{address}/file/bot")
        application = builder.build()
        telegram.install(application, st, at_once=options.at_once, answer_unknown=True)
        loop = asyncio.new_event_loop()
        asyncio.set_event_loop(loop)  # the library goes on with it
        loop.run_until_complete(_reach(application))
        application.run_polling(bootstrap_retries=-1)
    except InvalidToken:
        return _say("Telegram does not take the token in TELEGRAM_BOT_TOKEN.")
    except StationThisError as error:
        return _say(str(error))
    return 0


async def _reach(application: Any) -> None:
    """A first look, so that whoever waits knows why: the library tries again in silence."""
    from telegram.error import InvalidToken, NetworkError  # noqa: PLC0415 - likewise

    try:
        await application.initialize()
    except InvalidToken:
        raise
    except NetworkError as error:
        _say(f"Telegram can't be reached ({error}). It is tried again until Ctrl-C.")


def _closing(st: AsyncStationThis) -> Any:
    async def close(_: object) -> None:
        await asyncio.wait_for(st.close(), 20)

    return close


def _say(problem: str) -> int:
    print(redact(problem), file=sys.stderr)
    return 2


if __name__ == "__main__":
    sys.exit(main())
