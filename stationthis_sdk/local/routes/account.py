"""The account: its settings, its keys, and what things cost here, which is nothing unless it was told otherwise."""

from typing import Any, Final

import attrs
from aiohttp import web

from stationthis_sdk.local.answers.account import key_json, settings_json
from stationthis_sdk.local.answers.timestamps import short
from stationthis_sdk.local.clock import now
from stationthis_sdk.local.database import Tables
from stationthis_sdk.local.machines.settings import LONG, SHORT
from stationthis_sdk.local.requests import validation
from stationthis_sdk.local.requests.caller import CALLER
from stationthis_sdk.local.requests.responses import Refusal, reply
from stationthis_sdk.local.rows.accounts import Settings, settings_of
from stationthis_sdk.local.rows.keys import Key
from stationthis_sdk.local.rows.table import new_id
from stationthis_sdk.local.services import SERVICES
from stationthis_sdk.local.strictness import strict

__all__ = ["routes"]

_VISIBILITIES: Final = ("public", "private")
_VERSIONS: Final = ("v1", "v2")


async def _settings(request: web.Request) -> web.StreamResponse:
    caller = request[CALLER]
    found = await request.app[SERVICES].database.do(lambda tables: settings_of(tables, caller))
    return reply(settings_json(found))


async def _change_settings(request: web.Request) -> web.StreamResponse:
    body = await validation.json_body(request)
    read: dict[str, Any] = {
        "output_visibility": body.choice("output_visibility", _VISIBILITIES),
        "s3_bucket_name": body.text("s3_bucket_name", limit=SHORT),
        "s3_region": body.text("s3_region", limit=SHORT),
        "s3_access_key_id": body.text("s3_access_key_id", limit=SHORT),
        "s3_secret_access_key": body.text("s3_secret_access_key", limit=LONG),
        "assumed_role_arn": body.text("assumed_role_arn", limit=SHORT),
        "use_cloudfront": body.flag_or_null("use_cloudfront"),
        "cloudfront_domain": body.text("cloudfront_domain", limit=SHORT),
        "hugging_face_token": body.text("hugging_face_token", limit=LONG),
        "api_version": body.choice("api_version", _VERSIONS),
        "spend_limit": body.number("spend_limit", minimum=0),
    }
    own_bucket = body.flag_or_null("custom_output_bucket")
    body.check()
    if own_bucket:
        raise Refusal.detail(
            400, "This gateway keeps files on its own disk: leave custom_output_bucket false"
        )
    given = {name: value for name, value in read.items() if value is not None}
    if not given and own_bucket is None:
        raise Refusal.detail(400, "There is nothing to change in this body")
    caller = request[CALLER]

    def work(tables: Tables) -> Settings:
        before = settings_of(tables, caller)
        changed = attrs.evolve(before, **given, id=before.id or new_id(), updated_at=now())
        (tables.add if before.id is None else tables.save)(changed)
        return changed

    return reply(settings_json(await request.app[SERVICES].database.do(work), short))


async def _keys(request: web.Request) -> web.StreamResponse:
    search = request.query.get("search", "").lower()
    limit, offset = _number(request, "limit"), max(_number(request, "offset") or 0, 0)
    caller = request[CALLER]
    where = f"{caller.own} AND revoked_at IS NULL ORDER BY created_at DESC, rowid DESC"
    kept = await request.app[SERVICES].database.do(lambda tables: tables.find(Key, where, caller.owner))
    found = [key for key in kept if search in key.name.lower()]
    return reply([key_json(key) for key in found[offset : None if limit is None else offset + max(limit, 0)]])


def _number(request: web.Request, name: str) -> int | None:
    """A number that the service doesn't check: what is none is an error deep inside; a strict gateway says 422."""
    if strict():
        return validation.query_int(request, name, None)
    return int(request.query[name]) if name in request.query else None


async def _make_key(request: web.Request) -> web.StreamResponse:
    name = await _name(request)
    _, key = await request.app[SERVICES].keys.make(request[CALLER], name)
    return reply({"key": key})


async def _name(request: web.Request) -> str:
    """The name in the body; whatever is wrong with it is a 400 of this operation's own shape."""
    try:
        body = await validation.json_body(request)
        name = body.text("name", limit=SHORT)
        body.check()
    except Refusal as refusal:
        if refusal.status != 422:
            raise
        said = f"Name is a text of {SHORT} characters at most, in a JSON object"
        raise Refusal(400, {"error": said}) from None
    if not name:
        raise Refusal(400, {"error": "Name is required"})
    return name


async def _revoke_key(request: web.Request) -> web.StreamResponse:
    key = await request.app[SERVICES].keys.revoke(request[CALLER], request.match_info["key_id"])
    return reply(key_json(key, short))


async def _pricing(request: web.Request) -> web.StreamResponse:
    return reply(request.app[SERVICES].prices)


async def _credits(_: web.Request) -> web.StreamResponse:
    return reply({})  # no kind of credit: nobody bills here


def routes() -> list[web.RouteDef]:
    """The paths of this module."""
    platform = "/api/platform"
    return [
        web.get(f"{platform}/user-settings", _settings, allow_head=False),
        web.put(f"{platform}/user-settings", _change_settings),
        web.get(f"{platform}/api-keys", _keys, allow_head=False),
        web.post(f"{platform}/api-keys", _make_key),
        web.delete(f"{platform}/api-keys/{{key_id}}", _revoke_key),
        web.get(f"{platform}/gpu-pricing", _pricing, allow_head=False),
        web.get(f"{platform}/gpu-credit-schema", _credits, allow_head=False),
    ]
