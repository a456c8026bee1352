"""Bytes through aiohttp: one pool for each running event loop, closed with that loop."""

import asyncio
import contextlib
import errno
import functools
import io
import os
import socket
import urllib.request
import weakref
from collections.abc import AsyncGenerator, AsyncIterator, Mapping
from typing import TYPE_CHECKING, Any, Final, Self
from urllib.parse import urlsplit

import aiohttp
import attrs
import yarl

from stationthis_sdk.api.transport import Outgoing
from stationthis_sdk.errors import ConnectionFailed, ConnectionLost, StationThisError, TimedOut

if TYPE_CHECKING:
    from stationthis_sdk.api.bodies import Form, Slice

__all__ = ["AiohttpTransport"]

# uvicorn closes idle connections after 5 s, unannounced; we let go first.
IDLE_SECONDS: Final = 3.0
CHUNK: Final = 1 << 16


@attrs.define
class _Pool:
    session: aiohttp.ClientSession
    keeper: AsyncGenerator[None]
    process: int


_WHOLE = 2**20
"""Bytes of a body that are sent in one piece."""

_EXTRA_HEADERS: Final = ("Accept", "Accept-Encoding", "Content-Type", "User-Agent")


class AiohttpTransport:
    """One object for many loops: ``asyncio.run`` may be called again and again, also after a fork."""

    def __init__(self, *, proxies: bool = True, connections: int = 100) -> None:
        self._proxies = urllib.request.getproxies() if proxies else {}
        self._connections = connections
        self._pools: dict[asyncio.AbstractEventLoop, _Pool] = {}
        # Holds the pools for itself: a client that dies in a reference cycle leaves no open connection behind.
        weakref.finalize(self, _close_all, self._pools).atexit = False

    def open(self, request: Outgoing, request_id: str) -> "_Answer":
        """Send one request; see ``Transport.open``."""
        return _Answer(self, request, request_id)

    async def aclose(self) -> None:
        """Close the running loop's pool."""
        pool = self._pools.pop(asyncio.get_running_loop(), None)
        if pool is not None and pool.process == os.getpid():
            await pool.keeper.aclose()

    def proxy_of(self, url: str) -> str | None:
        """The environment's proxy for a URL. aiohttp's own way would also send passwords out of ~/.netrc."""
        if not self._proxies:
            return None
        parts = urlsplit(url)
        if urllib.request.proxy_bypass(parts.hostname or ""):
            return None
        return self._proxies.get(parts.scheme) or self._proxies.get("all")

    async def session(self) -> aiohttp.ClientSession:
        """The running loop's pool."""
        loop = asyncio.get_running_loop()
        pool = self._pools.get(loop)
        if pool is None or pool.session.closed:
            for other in [one for one in self._pools if one.is_closed()]:
                del self._pools[other]
            connector = aiohttp.TCPConnector(
                limit=self._connections,
                keepalive_timeout=IDLE_SECONDS,
                family=socket.AF_UNSPEC,
            )
            session = aiohttp.ClientSession(
                connector=connector,
                cookie_jar=aiohttp.DummyCookieJar(),  # a stray __session cookie would beat the key
                response_class=_Response,
            )
            # asyncio.run ends every async generator before it closes its loop: ours closes the pool.
            keeper = _keep(session)
            await anext(keeper)
            pool = self._pools[loop] = _Pool(session, keeper, os.getpid())
        return pool.session


def _close_all(pools: dict[asyncio.AbstractEventLoop, _Pool]) -> None:
    for loop, pool in pools.items():
        if pool.process == os.getpid() and not loop.is_closed():
            with contextlib.suppress(RuntimeError):
                asyncio.run_coroutine_threadsafe(pool.keeper.aclose(), loop)


async def _keep(session: aiohttp.ClientSession) -> AsyncGenerator[None]:
    try:
        yield
    finally:
        await session.close()


class _Response(aiohttp.ClientResponse):
    """After a 500 the server closes the connection without saying so: it must not be used again.

    A short answer is whole before anybody sees its status, and its connection back in the pool: it is ended there,
    before the next request can take it.
    """

    async def start(self, connection: Any) -> aiohttp.ClientResponse:
        protocol = connection.protocol
        started = await super().start(connection)
        if self.status >= 500 and protocol is not None:
            protocol.close() if connection.protocol is None else protocol.force_close()
        return started


class _Answer:
    """One request, sent when it is entered, and its answer, ended when it is left."""

    def __init__(self, transport: AiohttpTransport, request: Outgoing, request_id: str) -> None:
        self._transport = transport
        self._request = request
        self._request_id = request_id
        self._streamed: Slice | Form | None = request.stream

    async def __aenter__(self) -> Self:
        request = self._request
        session = await self._transport.session()
        failure: StationThisError | None = None
        form = await request.upload.form() if request.upload is not None else None
        streamed = self._streamed = request.stream or form
        try:
            self._response = await session.request(
                request.method,
                # A signed URL must arrive as it was written.
                yarl.URL(request.url, encoded=request.url.isascii()),
                # Bound to no name here: the key is in them, and tracebacks may show our variables.
                headers=request.all_headers(self._request_id) | ({} if form is None else form.headers),
                data=streamed.chunks() if streamed is not None else _payload(request.body),
                allow_redirects=False,
                proxy=self._transport.proxy_of(request.url),
                skip_auto_headers=_EXTRA_HEADERS if request.stream is not None else None,
                timeout=_limits(request.connect_timeout, request.read_timeout),
            )
        except StationThisError:
            raise
        except (aiohttp.ClientError, OSError, ValueError) as error:
            failure = (streamed.failure if streamed is not None else None) or _translate(error, request)
        # Raised out here, the error carries no aiohttp frame, whose variables hold the key.
        if failure is not None:
            raise failure
        return self

    async def __aexit__(self, *_: object) -> None:
        response, streamed = self._response, self._streamed
        # After a 500 the server closes the connection without saying so; a refusal may come before all was sent.
        unsent = streamed is not None and not streamed.done
        if response.status >= 500 or unsent or not response.content.at_eof():
            response.close()
        else:
            response.release()

    @property
    def status(self) -> int:
        return self._response.status

    @property
    def headers(self) -> Mapping[str, str]:
        return self._response.headers

    def chunks(self) -> AsyncIterator[bytes]:
        return self

    def __aiter__(self) -> Self:
        return self

    async def __anext__(self) -> bytes:
        content = self._response.content
        failure: StationThisError | None = None
        chunk = b""
        try:
            if content.is_eof():
                chunk = content.read_nowait()  # all of it is here
            else:
                # aiohttp's own limit is not kept after bytes that are no HTTP, and then it would wait for ever.
                async with asyncio.timeout(self._request.read_timeout):
                    chunk = await content.readany()
        except (aiohttp.ClientError, OSError) as error:
            failure = _translate(error, self._request)
        if failure is not None:
            raise failure
        if not chunk:
            raise StopAsyncIteration
        return chunk


@functools.lru_cache(maxsize=8)
def _limits(connect: float | None, read: float | None) -> aiohttp.ClientTimeout:
    return aiohttp.ClientTimeout(total=None, sock_connect=connect, sock_read=read)


def _payload(body: bytes | None) -> Any:
    # In pieces when it is large: aiohttp would warn otherwise.
    return io.BytesIO(body) if body is not None and len(body) > _WHOLE else body


def _translate(error: Exception, request: Outgoing) -> StationThisError:
    host = request.host
    address = "address" if request.bearer is None else "base URL"  # a file's, or the API's
    if isinstance(error, aiohttp.ConnectionTimeoutError):
        return TimedOut(
            f"No connection to {host} within {request.connect_timeout:g} s: check the network and the {address}.",
            phase="connect",
            limit=request.connect_timeout,
        )
    if isinstance(error, TimeoutError):
        return TimedOut(
            f"{host} said nothing for {request.read_timeout or 0:g} s.",
            phase="read",
            limit=request.read_timeout,
        )
    if isinstance(error, aiohttp.ClientConnectorCertificateError | aiohttp.ClientConnectorSSLError):
        return ConnectionFailed(f"No trusted connection to {host}: its certificate was not accepted.")
    if isinstance(error, aiohttp.ClientConnectorDNSError):
        return ConnectionFailed(f"No host called {host}: check the {address} and the network.")
    if isinstance(error, aiohttp.ClientConnectorError):
        number = error.os_error.errno
        refused = number == errno.ECONNREFUSED
        why = "nothing answers there" if refused else os.strerror(number) if number else str(error.os_error)
        return ConnectionFailed(f"Can't connect to {host}: {why}. Check the {address} and the network.")
    if isinstance(error, aiohttp.ClientHttpProxyError):
        return ConnectionFailed(f"The proxy on the way to {host} answered {error.status}; nothing was sent.")
    if isinstance(error, aiohttp.InvalidURL | ValueError):
        return ConnectionFailed(f"{host!r} is no host that can be connected to: check the address.")
    return ConnectionLost(f"{host} broke the connection ({type(error).__name__}).")
