"""Who uses the gateway: each lease is one open connection, so that a killed user frees it too."""

import asyncio
from collections.abc import Callable
from typing import Final

from aiohttp import web

__all__ = ["Leases"]

_LOOK: Final = 0.2
FIRST_LEASE_SECONDS: Final = 20.0


class Leases:
    """The leases held now."""

    def __init__(self) -> None:
        self._held = 0
        self._ever = False
        self.closing = False

    async def hold(self, request: web.Request) -> web.StreamResponse:
        """Answer a lease and keep it until its connection is gone."""
        if self.closing:
            return web.json_response({"detail": "the gateway is ending; start another"}, status=503)
        self._held += 1
        self._ever = True
        try:
            response = web.StreamResponse(headers={"Content-Type": "application/json"})
            await response.prepare(request)
            await response.write(b'{"lease": "held"}\n')
            while not self._is_over(request):  # noqa: ASYNC110  aiohttp wakes no handler whose client has gone
                await asyncio.sleep(_LOOK)
            return response
        finally:
            self._held -= 1

    def _is_over(self, request: web.Request) -> bool:
        return self.closing or request.transport is None or request.transport.is_closing()

    async def unused(self, linger: float, live: Callable[[], int]) -> None:
        """Wait until no lease has been held and no run has lived for ``linger`` seconds; then take none any more."""
        loop = asyncio.get_running_loop()
        since = loop.time()
        while loop.time() - since < (linger if self._ever else FIRST_LEASE_SECONDS):
            await asyncio.sleep(min(_LOOK, linger))
            if self._held or live():
                since = loop.time()
        self.closing = True
