"""What somebody takes along from the bot to a notebook: settings, last run, history; never a key."""

import asyncio
import contextlib
import os
from typing import TYPE_CHECKING, Any, Final
from urllib.parse import urlsplit

from stationthis_sdk.bots.answers.reply import Reply
from stationthis_sdk.bots.answers.texts import say
from stationthis_sdk.errors import ConfigError, FeatureDisabled, InvalidInput
from stationthis_sdk.names import loosely
from stationthis_sdk.shared_session import SECRET_VARIABLE, SharedSession
from stationthis_sdk.store.preferences import PreferenceLedger

if TYPE_CHECKING:
    from stationthis_sdk.bots.commands.catalogue import Catalogue
    from stationthis_sdk.bots.desk.desk import Desk
    from stationthis_sdk.bots.people import Asked

__all__ = ["session"]

_SECONDS: Final = 3600.0
_READABLE: Final = 1500
"""Characters of a token that people copy; of more a code is made, which is good on the bot's machine alone."""


async def session(desk: "Desk", catalogue: "Catalogue", asked: "Asked") -> Reply:
    """A token where the secret is shared with other machines, else a code that is good on this one."""
    user = asked.user
    runs = [job.run_id for job in await desk.jobs(user, live=False) if job.run_id is not None]
    shared = SharedSession(
        user.key, await _preferences(desk, catalogue, user.key), runs[0] if runs else None, tuple(runs)
    )
    told = [say("session", user.language, code=await asyncio.to_thread(_opened, shared))]
    if link := _link(desk, runs):
        told.append(say("session_link", user.language, link=link))
    return Reply("\n\n".join(told), private=True)


def _opened(shared: SharedSession) -> str:
    """How to open it."""
    if os.environ.get(SECRET_VARIABLE):
        with contextlib.suppress(InvalidInput):
            token = shared.token(expires_in=_SECONDS)
            if len(token) <= _READABLE:
                return _code(f'SharedSession.from_token("{token}")')
    return _code(f'SharedSession.load("{shared.save(expires_in=_SECONDS)}")')


def _code(call: str) -> str:
    return f"from stationthis_sdk import SharedSession\nshared = {call}"


async def _preferences(desk: "Desk", catalogue: "Catalogue", user: str) -> dict[str, Any]:
    """What is preferred for all workflows, and under ``workflows`` what is for one."""
    general = await desk.st.preferences.get(user=user)
    kept = PreferenceLedger(desk.st._ready.context.ledger)  # noqa: SLF001 - one house
    own = {*await kept.of_user(user), *await kept.of_user("")}
    of_one = {}
    for name in dict.fromkeys(command.workflow for command in catalogue.deployments):
        if loosely(name) in own:
            of_one[name] = await desk.st.preferences.get(name, user=user)
    return {**general, "workflows": of_one} if of_one else general


def _link(desk: "Desk", runs: list[str]) -> str | None:
    """The page of the last run, where there is one that others can open."""
    if not runs:
        return None
    try:
        link = desk.st.ui.run(runs[0])
    except (ConfigError, FeatureDisabled, InvalidInput):
        return None
    host = urlsplit(link).hostname or ""
    return None if host in {"localhost", "::1"} or host.startswith("127.") else link
