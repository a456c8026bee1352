"""What the operations on volumes share: the account's volume, and what stands in a request's way."""

import asyncio
from collections.abc import Awaitable, Callable
from typing import TypeVar

from stationthis_sdk.local.database import Tables
from stationthis_sdk.local.requests.caller import Caller
from stationthis_sdk.local.requests.responses import Refusal
from stationthis_sdk.local.rows.accounts import settings_of
from stationthis_sdk.local.rows.volumes import Volume
from stationthis_sdk.local.services import Services
from stationthis_sdk.local.volumes.hubs import HubRefused, HubSilent
from stationthis_sdk.local.volumes.volume import NoFile, NotThere, OutsideVolume, Taken

__all__ = ["answered", "moved", "token_header", "volume_of"]

T = TypeVar("T")


async def volume_of(services: Services, caller: Caller) -> Volume:
    """The account's volume, which is made when it is first asked for."""

    def work(tables: Tables) -> Volume:
        found = tables.find(Volume, caller.own, caller.owner)
        if found:
            return found[0]
        made = Volume(
            user_id=caller.user_id, org_id=caller.org_id, name=services.downloads.volumes.name_of(caller)
        )
        tables.add(made)
        return made

    volume = await services.database.do(work)
    await asyncio.to_thread(services.downloads.volumes.of(caller).make)
    return volume


async def answered(asked: Awaitable[T]) -> T:
    """What a hub said; its own 404 is passed on, any other trouble is a 500."""
    try:
        return await asked
    except HubRefused as refused:
        status = refused.status if refused.status in {400, 401, 403, 404} else 500
        raise Refusal.detail(status, str(refused)) from None
    except HubSilent as silent:
        raise Refusal.detail(500, str(silent)) from None


async def token_header(services: Services, caller: Caller) -> dict[str, str]:
    """The header that shows Hugging Face the account's token, if it has one."""
    token = (await services.database.do(lambda tables: settings_of(tables, caller))).hugging_face_token
    return {"Authorization": f"Bearer {token}"} if token and token.isascii() and token.isprintable() else {}


async def moved(work: Callable[[], T], *, taken: int = 409) -> T:
    """Work on a volume, in a thread; what stands in its way as the service says it."""
    try:
        return await asyncio.to_thread(work)
    except NotThere:
        raise Refusal.detail(404, "File not found") from None
    except NoFile:
        raise Refusal.detail(400, "That is a folder; only files can be moved or replaced") from None
    except Taken:
        raise Refusal.detail(taken, "File already exists") from None
    except OutsideVolume:
        raise Refusal.detail(400, "The path leads out of the volume") from None
