"""A receiver behind aiohttp: as an application to mount, or served by itself."""

import contextlib
from collections.abc import AsyncIterator, Awaitable, Callable

from aiohttp import web

from stationthis_sdk.errors import ConfigError
from stationthis_sdk.webhooks.parsing import MOST_BYTES
from stationthis_sdk.webhooks.receiver import AsyncReceiver, take

__all__ = ["aiohttp_app", "serving"]


def aiohttp_app(receiver: AsyncReceiver) -> web.Application:
    """The receiver as an aiohttp application, alone or under a prefix (``add_subapp``); it works while that runs.

    Every path is its own: the token decides.

    Example:
        >>> from stationthis_sdk import AsyncStationThis
        >>> from stationthis_sdk.webhooks import AsyncReceiver
        >>> receiver = AsyncReceiver(AsyncStationThis("an-api-key", "http://127.0.0.1:1"))
        >>> app = web.Application()
        >>> app.add_subapp("/hooks", aiohttp_app(receiver)).canonical
        '/hooks'
    """

    async def working(_app: web.Application) -> AsyncIterator[None]:
        async with receiver:
            yield

    app = _bare(receiver)
    app.cleanup_ctx.append(working)
    return app


@contextlib.asynccontextmanager
async def serving(receiver: AsyncReceiver, host: str, port: int) -> AsyncIterator[str]:
    """Listen there within the block, and tell the address; the work is somebody else's.

    Raises:
        ConfigError: it can't.
    """
    # An access log would have the token in each line.
    runner = web.AppRunner(_bare(receiver), access_log=None, shutdown_timeout=2.0)
    await runner.setup()
    try:
        try:
            await web.TCPSite(runner, host, port).start()
        except (OSError, OverflowError) as error:
            raise ConfigError(f"Can't listen on {host}:{port}: {error}.") from None
        taken = runner.addresses[0][1]
        yield f"http://{f'[{host}]' if ':' in host else host}:{taken}"
    finally:
        await runner.cleanup()


def _bare(receiver: AsyncReceiver) -> web.Application:
    app = web.Application(client_max_size=MOST_BYTES)
    app.router.add_route("*", "/{anything:.*}", _handler(receiver))
    return app


def _handler(receiver: AsyncReceiver) -> Callable[[web.Request], Awaitable[web.Response]]:
    async def handle(request: web.Request) -> web.Response:
        address = str(request.rel_url)
        answer = await take(
            receiver, request.method, address, request.content_length, request.content.iter_any()
        )
        return web.json_response(answer.body, status=answer.status)

    return handle
