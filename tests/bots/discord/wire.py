"""How the stand-in reads bodies and answers: as discord.py wants it."""

import json
from typing import Any

from aiohttp import web


async def body_of(request: web.Request) -> tuple[dict[str, Any], list[tuple[str, bytes]]]:
    if not request.content_type.startswith("multipart/"):
        text = await request.text()
        return (json.loads(text) if text else {}), []
    payload: dict[str, Any] = {}
    files = []
    async for part in await request.multipart():
        if part.name == "payload_json":
            payload = json.loads(await part.text())
        else:
            files.append((part.filename, bytes(await part.read())))
    return payload, files


def said(body: Any, status: int = 200, headers: dict[str, str] | None = None) -> web.Response:
    """An answer as discord.py wants it: exactly ``application/json``, with what is left of the rate."""
    rate = {"X-RateLimit-Limit": "50", "X-RateLimit-Remaining": "49", "X-RateLimit-Reset-After": "0.1",
            "X-RateLimit-Reset": "0", "X-RateLimit-Bucket": "all", "Via": "1.1 google",
            "Content-Type": "application/json"}  # fmt: skip
    return web.Response(body=json.dumps(body).encode(), status=status, headers={**rate, **(headers or {})})
