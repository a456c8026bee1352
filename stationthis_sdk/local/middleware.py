"""What happens to every request before and after its handler: keys, unknown paths, faults, as the service does."""

import hashlib
import logging
from collections.abc import Awaitable, Callable

from aiohttp import web

from stationthis_sdk.local.responses import Refusal, reply
from stationthis_sdk.local.services import SERVICES, USER

__all__ = ["key_hash", "middleware"]

Handler = Callable[[web.Request], Awaitable[web.StreamResponse]]
_log = logging.getLogger(__name__)


def key_hash(key: str) -> str:
    """What is kept of a key."""
    return hashlib.sha256(key.encode("utf-8", "replace")).hexdigest()


@web.middleware
async def middleware(request: web.Request, handler: Handler) -> web.StreamResponse:
    """Check the key (before routing, so an unknown path without one is 401), then answer whatever happens."""
    try:
        return await _answered(request, handler)
    except ConnectionError:
        _log.debug("%s %s: the one who asked has gone", request.method, request.path)
        return web.Response(status=400)  # nobody reads it
    except Exception:  # noqa: BLE001  a hostile request must not end the gateway
        _log.exception("%s %s failed", request.method, request.path)
        return await _broken(request)


async def _answered(request: web.Request, handler: Handler) -> web.StreamResponse:
    try:
        if not request.path.startswith("/files/"):
            request[USER] = _who(request)
        return await handler(request)
    except Refusal as refusal:
        return reply(refusal.body, refusal.status)
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


def _who(request: web.Request) -> str:
    key = request.cookies.get("__session") or request.query.get("cd_token") or _bearer(request)
    key = key or request.headers.get("x-api-key")
    if not key:
        raise Refusal.detail(401, "Invalid or missing token")
    user = request.app[SERVICES].user_of_key(key_hash(key))
    if user is None:
        raise Refusal.detail(401, "Invalid or expired token")
    return user


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


async def _broken(request: web.Request) -> web.StreamResponse:
    """The service's answer to a fault inside: plain text, then the connection closes without having said so."""
    answer = web.Response(status=500, text="Internal Server Error")
    await answer.prepare(request)
    await answer.write_eof()
    if request.transport is not None:
        request.transport.close()
    return answer
