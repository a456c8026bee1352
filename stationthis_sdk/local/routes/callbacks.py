"""What classic machines tell and bring: the callbacks of the comfyui-deploy plugin."""

import asyncio
import json
from typing import Any, Final

from aiohttp import web

from stationthis_sdk.local.comfyui.callbacks import FILES_LIMIT
from stationthis_sdk.local.database import Tables
from stationthis_sdk.local.requests.caller import Caller
from stationthis_sdk.local.requests.responses import Refusal, reply
from stationthis_sdk.local.rows.accounts import is_private
from stationthis_sdk.local.rows.runs import GRAPHS, Run
from stationthis_sdk.local.services import SERVICES
from stationthis_sdk.local.storage.uploads import UPLOAD_LIMIT, TooLarge, received_body

__all__ = ["routes"]

_DONE: Final = {"message": "success"}


def _token(request: web.Request) -> str:
    scheme, _, token = request.headers.get("Authorization", "").partition(" ")
    return token.strip() if scheme.lower() == "bearer" else ""


async def _update(request: web.Request) -> web.StreamResponse:
    services = request.app[SERVICES]
    try:
        body: Any = json.loads(await request.read())
    except (ValueError, RecursionError):
        raise Refusal.detail(422, "The body must be a JSON object") from None
    run_id = body.get("run_id") if isinstance(body, dict) else None
    if not isinstance(run_id, str):
        raise Refusal.detail(422, "run_id is required")
    callbacks = services.machinery.callbacks
    if callbacks.admits(run_id, _token(request)):
        callbacks.take(run_id, body)
        return reply(_DONE)
    # What comes after the end changes nothing, and must not be sent again.
    if await services.database.do(
        lambda tables: tables.count(Run, "id = ? AND ended_at IS NOT NULL", run_id)
    ):
        return reply(_DONE)
    raise Refusal.detail(401, "Invalid or expired token")


async def _place(request: web.Request) -> web.StreamResponse:
    services = request.app[SERVICES]
    run_id, file_name = request.query.get("run_id", ""), request.query.get("file_name", "")
    if not services.machinery.callbacks.admits(run_id, _token(request)):
        raise Refusal.detail(401, "Invalid or expired token")
    if not file_name:
        raise Refusal.detail(422, "file_name is required")

    def kind(tables: Tables) -> str:
        run = tables.get(Run, run_id, without=GRAPHS)
        return "private" if run and is_private(tables, Caller(run.user_id, run.org_id)) else "outputs"

    ticket = services.machinery.tickets.give(
        run_id, file_name, await services.database.do(kind), services.clock.monotonic()
    )
    if not services.machinery.callbacks.expect_file(run_id, ticket.path):
        raise Refusal.detail(400, f"A run may bring {FILES_LIMIT} files")
    return reply(ticket.answer(services.base))


async def _put(request: web.Request) -> web.StreamResponse:
    services = request.app[SERVICES]
    secret = request.match_info["secret"]
    ticket = services.machinery.tickets.find(secret, services.clock.monotonic())
    if ticket is None:
        raise Refusal.detail(403, "This address is not good any more")
    try:
        async with received_body(request, services.file_store, UPLOAD_LIMIT) as received:
            await asyncio.to_thread(services.file_store.keep, received.path, ticket.kind, ticket.stored)
    except TooLarge:
        raise Refusal.detail(400, "File size exceeds 250MB limit") from None
    return web.Response()


def routes() -> list[web.RouteDef]:
    """The paths of this module."""
    return [
        web.post("/api/update-run", _update),
        web.get("/api/file-upload", _place, allow_head=False),
        web.put("/api/file-upload/{secret}", _put),
    ]
