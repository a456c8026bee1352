"""The receiver behind aiohttp and as an ASGI application: alone, under a prefix, against slow and broken senders."""

import asyncio
import json
import socket
from collections.abc import AsyncIterator, Awaitable, Callable, Iterable
from typing import Any
from urllib.parse import urlsplit

import pytest
from aiohttp import web

from stationthis_sdk import AsyncDeployment, AsyncStationThis, ConfigError
from stationthis_sdk.webhooks import AsyncReceiver, aiohttp_app, asgi_app
from stationthis_sdk.webhooks import receiver as module
from stationthis_sdk.webhooks.aiohttp_server import serving
from stationthis_sdk.webhooks.parsing import MOST_BYTES
from tests.webhooks.conftest import Heard, Hooked, body, post, rows, until

App = Callable[
    [dict[str, Any], Callable[[], Awaitable[Any]], Callable[[Any], Awaitable[None]]], Awaitable[None]
]


async def ask(
    app: App, query: str, chunks: Iterable[bytes], *, method: str = "POST", hang: bool = False, **more: Any
) -> tuple[int, Any]:
    """One request, as an ASGI server passes it on."""
    left = [*chunks]
    sent: list[dict[str, Any]] = []

    async def receive() -> dict[str, Any]:
        if left:
            chunk = left.pop(0)
            return {"type": "http.request", "body": chunk, "more_body": bool(left) or hang}
        if hang:
            await asyncio.Event().wait()
        return {"type": "http.disconnect"}

    async def send(message: dict[str, Any]) -> None:
        sent.append(message)

    scope = {"type": "http", "method": method, "path": "/x/y", "root_path": "/x", "query_string": query.encode(),
             "headers": [], **more}  # fmt: skip
    await app(scope, receive, send)
    if not sent:
        return 0, None
    assert sent[0]["type"] == "http.response.start"
    return sent[0]["status"], json.loads(sent[1]["body"])


@pytest.fixture
async def receiver(st: AsyncStationThis, heard: Heard) -> AsyncIterator[AsyncReceiver]:
    """Not at work yet; left when the test is over."""
    made = AsyncReceiver(st, on_final=heard.finals.append)
    yield made
    await made.__aexit__(None, None, None)


async def test_asgi_begins_to_work_with_the_first_webhook(
    receiver: AsyncReceiver, echo: AsyncDeployment, heard: Heard
) -> None:
    """Mounted, where nobody tells it of a start; the body may come in pieces, the path does not matter."""
    url = await receiver.url_for("http://127.0.0.1:1/x/y")
    run = await echo.submit(words="fox")
    content = body(run.id, "success")
    app = asgi_app(receiver)
    assert await ask(app, urlsplit(url).query, [content[:7], b"", content[7:]]) == (200, {"status": "ok"})
    await until(lambda: heard.finals)
    assert heard.ends == {run.id: 1}
    assert await ask(app, urlsplit(url).query, [content]) == (200, {"status": "duplicate"})


async def test_asgi_works_while_its_server_runs(receiver: AsyncReceiver, heard: Heard) -> None:
    """The lifespan begins and ends the work."""
    sent: asyncio.Queue[str] = asyncio.Queue()
    told: asyncio.Queue[dict[str, str]] = asyncio.Queue()

    async def send(message: dict[str, Any]) -> None:
        sent.put_nowait(message["type"])

    app = asgi_app(receiver)
    serving_it = asyncio.create_task(app({"type": "lifespan"}, told.get, send))
    told.put_nowait({"type": "lifespan.startup"})
    assert await sent.get() == "lifespan.startup.complete"
    await until(lambda: receiver._telling.working)
    told.put_nowait({"type": "lifespan.shutdown"})
    assert await sent.get() == "lifespan.shutdown.complete"
    await serving_it
    assert not receiver._telling.working


async def test_asgi_refuses_what_is_no_webhook(
    receiver: AsyncReceiver, st: AsyncStationThis, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Other methods, wrong tokens, too much (told or not), too slow, hung up, websockets: nothing is kept."""
    monkeypatch.setattr(module, "BODY_SECONDS", 1.0)
    query = urlsplit(await receiver.url_for("http://127.0.0.1:1/")).query
    app = asgi_app(receiver)
    assert (await ask(app, query, [b""], method="GET"))[0] == 405
    assert (await ask(app, "", [body()]))[0] == 401
    assert (await ask(app, query, [b"x" * 1000] * 1100))[0] == 413
    assert (await ask(app, query, [b""], headers=[(b"Content-Length", b"9" * 12)]))[0] == 413
    assert (await ask(app, query, [b"{"], hang=True))[0] == 408
    assert (await ask(app, query, [])) == (0, None)
    closed: list[str] = []

    async def receive() -> dict[str, str]:
        return {"type": "websocket.connect"}

    async def send(message: dict[str, Any]) -> None:
        closed.append(message["type"])

    await app({"type": "websocket"}, receive, send)
    assert closed == ["websocket.close"]
    assert await rows(st) == []


async def test_aiohttp_under_a_prefix(receiver: AsyncReceiver, echo: AsyncDeployment, heard: Heard) -> None:
    """It works while the application that it is mounted in runs."""
    outer = web.Application()
    outer.add_subapp("/hooks", aiohttp_app(receiver))
    runner = web.AppRunner(outer, shutdown_timeout=1)
    await runner.setup()
    await web.TCPSite(runner, "127.0.0.1", 0).start()
    base = f"http://127.0.0.1:{runner.addresses[0][1]}"
    url = await receiver.url_for(f"{base}/hooks/deep/down")
    run = await echo.options(webhook=url).submit(words="fox")
    await until(lambda: heard.finals)
    assert heard.ends == {run.id: 1}
    await runner.cleanup()
    assert not receiver._telling.working


async def test_a_slow_or_broken_sender_holds_nobody_up(
    hooked: Hooked, st: AsyncStationThis, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Half a body is waited for a while; too much is not read to its end; others are served meanwhile."""
    monkeypatch.setattr(module, "BODY_SECONDS", 2.0)
    parts = urlsplit(hooked.url)
    head = f"POST {parts.path}?{parts.query} HTTP/1.1\r\nHost: h\r\nContent-Type: application/json\r\n"

    async def raw(text: str, *, close: bool = False) -> bytes:
        reader, writer = await asyncio.open_connection("127.0.0.1", parts.port)
        writer.write(text.encode())
        await writer.drain()
        answer = b"" if close else await reader.readline()
        writer.close()
        return answer

    slow = asyncio.create_task(raw(head + 'Content-Length: 50\r\n\r\n{"run_id'))
    assert await asyncio.to_thread(post, hooked.url, body()) == (200, {"status": "ok"})
    assert b" 408 " in await slow
    assert b" 413 " in await raw(head + f"Content-Length: {MOST_BYTES + 1}\r\n\r\n")
    assert b" 413 " in await raw(
        head + "Transfer-Encoding: chunked\r\n\r\n" + f"{1 << 20:x}\r\n" + "x" * (1 << 20) + "\r\n2\r\nxx\r\n"
    )
    assert await raw(head + 'Content-Length: 50\r\n\r\n{"run_id', close=True) == b""
    assert b" 405 " in await raw(head.replace("POST", "GET") + "\r\n")
    assert len(await rows(st)) == 1


async def test_a_port_that_is_taken_is_told(receiver: AsyncReceiver) -> None:
    """ConfigError names it."""
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = taken.getsockname()[1]
        with pytest.raises(ConfigError, match=f"Can't listen on 127.0.0.1:{port}"):
            await receiver.serve(port=port)
    with pytest.raises(ConfigError, match="Can't listen"):
        await receiver.serve(port=700_000)


async def test_serve_until_stopped(receiver: AsyncReceiver, echo: AsyncDeployment, heard: Heard) -> None:
    """on_ready hears the address; stop ends it; it may be begun again."""
    for _ in range(2):
        ready: asyncio.Queue[str] = asyncio.Queue()
        at_work = asyncio.create_task(receiver.serve(port=0, on_ready=ready.put))
        url = await receiver.url_for(await ready.get())
        before = len(heard.finals)
        await echo.options(webhook=url).submit(words="fox")
        await until(lambda before=before: len(heard.finals) > before)
        await receiver.stop()
        await at_work
    assert set(heard.ends.values()) == {1}


async def test_no_log_has_the_token(hooked: Hooked, caplog: pytest.LogCaptureFixture) -> None:
    """T30: neither of what is taken, nor of what is refused."""
    caplog.set_level("DEBUG")
    await asyncio.to_thread(post, hooked.url, body())
    await asyncio.to_thread(post, hooked.url, b"no JSON")
    async with serving(hooked.receiver, "127.0.0.1", 0) as address:
        await asyncio.to_thread(post, f"{address}/?{urlsplit(hooked.url).query}", b"[]")
    assert caplog.text
    assert hooked.url.partition("token=")[2] not in caplog.text
