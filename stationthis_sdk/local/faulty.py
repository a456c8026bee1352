"""Answering a request wrongly, as a plan of the faults says."""

import asyncio
from collections.abc import Awaitable, Callable
from typing import Final

from aiohttp import web

from stationthis_sdk.local.faults import Faults, Plan
from stationthis_sdk.local.requests.responses import BEGUN, EVENTS_LEFT, reply

__all__ = ["answer_wrongly", "broken"]

_EXPIRED: Final = (
    '<?xml version="1.0" encoding="UTF-8"?>\n'
    "<Error><Code>AccessDenied</Code><Message>Request has expired</Message></Error>"
)


async def answer_wrongly(
    request: web.Request,
    plan: Plan,
    work: Callable[[web.Request], Awaitable[web.StreamResponse]],
    faults: Faults,
) -> web.StreamResponse:
    """Answer, or don't, as planned; ``work`` is the right answer."""
    if plan.after:
        request[EVENTS_LEFT] = plan.events
    answer = await _instead(request, plan) if plan.before else await work(request)
    if plan.seconds:
        await faults.pause(plan.seconds)
    begun = answer.prepared or BEGUN in request
    if plan.before in {"drop_requests", "lose_polls"} or plan.after == "drop_answers":
        return _gone(request, answer)
    if plan.before == "errors" or plan.after == "errors_after":
        return _gone(request, answer) if begun else await broken(request)
    if plan.after == "cut_answers":
        if not begun:
            await _begin_only(request, answer)
        return _gone(request, answer)
    return answer


async def _instead(_: web.Request, plan: Plan) -> web.StreamResponse:
    match plan.before:
        case "refuse":
            answer = reply(
                {"detail": "Too many requests" if plan.status == 429 else "Try again later"}, plan.status
            )
            if plan.retry_after is not None:
                answer.headers["Retry-After"] = f"{plan.retry_after:g}"
            return answer
        case "expire_links":
            return web.Response(status=403, text=_EXPIRED, content_type="application/xml")
    return web.Response(status=500)  # nobody gets this one


def _gone(request: web.Request, answer: web.StreamResponse) -> web.StreamResponse:
    """Close the connection; what is returned is never read."""
    if request.transport is not None:
        request.transport.close()
    return answer


async def _begin_only(request: web.Request, answer: web.StreamResponse) -> None:
    """Send the first half of an answer that promises the whole."""
    if isinstance(answer, web.FileResponse):
        content = await asyncio.to_thread(answer._path.read_bytes)  # noqa: SLF001  small files of a test
    else:
        content = answer.body if isinstance(answer, web.Response) and isinstance(answer.body, bytes) else b""
    half = web.StreamResponse(status=answer.status, headers=answer.headers)
    half.content_length = len(content)
    await half.prepare(request)
    await half.write(content[: len(content) // 2])


async def broken(request: web.Request) -> web.StreamResponse:
    """The service's answer to a fault inside: plain text, then the connection closes without having said so."""
    answer = web.Response(status=500, text="Internal Server Error")
    await answer.prepare(request)
    await answer.write_eof()
    if request.transport is not None:
        request.transport.close()
    return answer
