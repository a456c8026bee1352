"""Files that runs take as inputs."""

import asyncio
from functools import partial

from aiohttp import web

from stationthis_sdk.local.requests.caller import CALLER
from stationthis_sdk.local.requests.responses import reply
from stationthis_sdk.local.rows.accounts import is_private
from stationthis_sdk.local.rows.files import Upload
from stationthis_sdk.local.services import SERVICES
from stationthis_sdk.local.storage.file_store import file_id, suffix_of
from stationthis_sdk.local.storage.uploads import received_file

__all__ = ["routes"]


async def _upload(request: web.Request) -> web.StreamResponse:
    services, caller = request.app[SERVICES], request[CALLER]
    store = services.file_store
    async with received_file(request, store) as received:
        private = await services.database.do(partial(is_private, owner=caller))
        row = Upload(
            id=(new_id := file_id(received.content_type)),
            user_id=caller.user_id,
            org_id=caller.org_id,
            name=received.name,
            stored=new_id + suffix_of(received.name),
            kind="private" if private else "inputs",
        )
        path = await asyncio.to_thread(store.keep, received.path, row.kind, row.stored)
    await services.database.do(lambda tables: tables.add(row))
    answer = {"message": "File uploaded successfully", "file_id": row.id, "file_name": row.name}
    return reply({**answer, "file_url": f"{services.base}{store.links.readable(path)}"})


def routes() -> list[web.RouteDef]:
    """The paths of this module."""
    return [web.post("/api/file/upload", _upload)]
