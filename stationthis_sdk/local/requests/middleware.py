"""What happens to every request before and after its handler: keys, unknown paths, faults, as the service does."""

import logging
import re
from collections.abc import Awaitable, Callable
from functools import partial
from typing import Final

from aiohttp import web

from stationthis_sdk.local.clock import CLOCK
from stationthis_sdk.local.faulty import answer_wrongly, broken
from stationthis_sdk.local.requests.caller import CALLER, NOBODY, Caller
from stationthis_sdk.local.requests.responses import Refusal, reply
from stationthis_sdk.local.requests.validation import BODY_LIMIT
from stationthis_sdk.local.services import SERVICES
from stationthis_sdk.local.storage.links import LINKS
from stationthis_sdk.local.strictness import STRICT

__all__ = ["middleware"]

Handler = Callable[[web.Request], Awaitable[web.StreamResponse]]
_log = logging.getLogger(__name__)


_OPEN: Final = re.compile(
    r"/files/.*|/api/(share/.+|shared-workflows(/.*)?|models|deployments/community"
    r"|platform/gpu-(pricing|credit-schema))|/openapi\.json"
)
"""Paths that need no key; one that is given there all the same must be right."""

_KEYLESS: Final = re.compile(r"/files/.*|/|/local/page/.*|/api/update-run|/api/file-upload(/.*)?", re.DOTALL)
"""Paths where no key is looked at, so that a cookie of another program on this machine changes nothing."""


@web.middleware
async def middleware(request: web.Request, handler: Handler) -> web.StreamResponse:
    """Check the key (before routing, so an unknown path without one is 401), then answer whatever happens."""
    faults = request.app[SERVICES].faults
    plan = faults.of_request(request.method, request.path)
    if plan is not None:
        return await answer_wrongly(request, plan, partial(_safely, handler), faults)
    return await _safely(handler, request)


async def _safely(handler: Handler, request: web.Request) -> web.StreamResponse:
    try:
        return await _answered(request, handler)
    except ConnectionError:
        _log.debug("%s %s: the one who asked has gone", request.method, request.path)
        return web.Response(status=400)  # nobody reads it
    except Exception:  # noqa: BLE001  a hostile request must not end the gateway
        _log.exception("%s %s failed", request.method, request.path)
        return await broken(request)


async def _answered(request: web.Request, handler: Handler) -> web.StreamResponse:
    try:
        CLOCK.set(request.app[SERVICES].clock)
        STRICT.set(request.app[SERVICES].strict)
        LINKS.set(request.app[SERVICES].file_store.links)
        request[CALLER] = NOBODY if _KEYLESS.fullmatch(request.path) else _who(request)
        return await handler(request)
    except Refusal as refusal:
        return reply(refusal.body, refusal.status)
    except web.HTTPRequestEntityTooLarge:
        return reply(
            {"detail": f"The body is larger than {BODY_LIMIT // 2**20} MiB: send files to /file/upload"}, 413
        )
    except web.HTTPNotFound:
        if (there := await _slashless(request)) is not None:
            return there
        return reply({"detail": "Not Found"}, 404)
    except web.HTTPMethodNotAllowed as refusal:
        answer = reply({"detail": "Method Not Allowed"}, 405)
        answer.headers["Allow"] = refusal.headers["Allow"]
        return answer
    except web.HTTPException as refusal:
        return reply({"detail": refusal.reason}, refusal.status)


def _who(request: web.Request) -> Caller:
    key = request.cookies.get("__session") or request.query.get("cd_token") or _bearer(request)
    key = key or request.headers.get("x-api-key")
    if key:
        return request.app[SERVICES].keys.caller(key)
    if _OPEN.fullmatch(request.path):
        return NOBODY
    raise Refusal.detail(401, "Invalid or missing token")


def _bearer(request: web.Request) -> str | None:
    scheme, _, key = request.headers.get("Authorization", "").partition(" ")
    return key.strip() if scheme.lower() == "bearer" else None


async def _slashless(request: web.Request) -> web.Response | None:
    """Where a path with a trailing slash should have gone."""
    if not request.path.endswith("/") or request.path == "/":
        return None
    url = request.rel_url.with_path(request.rel_url.raw_path.rstrip("/"), encoded=True).with_query(
        request.query
    )
    match = await request.app.router.resolve(request.clone(rel_url=url))
    if isinstance(match.http_exception, web.HTTPNotFound):
        return None
    return web.Response(status=307, headers={"Location": f"http://{request.host}{url}"})
