"""Bytes through a user's own httpx client, with its proxies, certificates and transports."""

import asyncio
import contextlib
from collections.abc import AsyncIterator, Mapping
from typing import Any

import attrs
import httpx

from stationthis_sdk.api.bodies import Form
from stationthis_sdk.api.transport import Outgoing
from stationthis_sdk.errors import ConnectionFailed, ConnectionLost, StationThisError, TimedOut

__all__ = ["HttpxTransport"]


class HttpxTransport:
    """Sends through an ``httpx.AsyncClient``, or an ``httpx.Client`` in a worker thread; never closes either."""

    def __init__(self, client: httpx.AsyncClient | httpx.Client) -> None:
        self._client = client

    @contextlib.asynccontextmanager
    async def open(self, request: Outgoing, request_id: str) -> AsyncIterator["_Answer"]:
        """Send one request; see ``Transport.open``."""
        response: httpx.Response | None = None
        failure: StationThisError | None = None
        form = await request.upload.form() if request.upload is not None else None
        streamed = request.stream or form
        try:
            response = await self._send(request, request_id, form)
        except StationThisError as error:
            failure = error
        except (httpx.HTTPError, httpx.InvalidURL, httpx.StreamError, RuntimeError, ValueError) as error:
            failure = (streamed.failure if streamed is not None else None) or _translate(error, request)
        if failure is not None or response is None:
            raise failure or ConnectionLost("The connection broke.")
        try:
            yield _Answer(response, request)
        finally:
            await (response.aclose() if self._is_async else asyncio.to_thread(response.close))

    async def aclose(self) -> None:
        """Leave the client open: it is its maker's."""

    @property
    def _is_async(self) -> bool:
        return isinstance(self._client, httpx.AsyncClient)

    async def _send(self, request: Outgoing, request_id: str, form: Form | None) -> httpx.Response:
        if request.stream is not None:
            timeout = httpx.Timeout(request.read_timeout, connect=request.connect_timeout)
            # Not the client's build_request: its own headers, cookies and login are no business of a signed URL.
            built = httpx.Request(
                request.method,
                request.url,
                headers=request.all_headers(request_id),
                content=request.stream.chunks() if self._is_async else iter(request.stream),
                extensions={"timeout": timeout.as_dict()},
            )
            return await self._sent(built, auth=None)
        if form is None:
            return await self._send_with(request, request_id, content=request.body)
        request = attrs.evolve(request, headers={**request.headers, **form.headers})
        return await self._send_with(request, request_id, content=form.chunks() if self._is_async else form)

    async def _send_with(self, request: Outgoing, request_id: str, **body: Any) -> httpx.Response:
        timeout = httpx.Timeout(request.read_timeout, connect=request.connect_timeout)
        built = self._client.build_request(
            request.method, request.url, headers=request.all_headers(request_id), timeout=timeout, **body
        )
        return await self._sent(built)

    async def _sent(self, built: httpx.Request, **more: Any) -> httpx.Response:
        client = self._client
        if isinstance(client, httpx.AsyncClient):
            return await client.send(built, stream=True, follow_redirects=False, **more)
        sending = asyncio.ensure_future(
            asyncio.to_thread(client.send, built, stream=True, follow_redirects=False, **more)
        )
        try:
            return await asyncio.shield(sending)
        except asyncio.CancelledError:
            # The thread goes on; its answer must give its connection back.
            sending.add_done_callback(_close_unwanted)
            raise


def _close_unwanted(sending: "asyncio.Future[httpx.Response]") -> None:
    if not sending.cancelled() and sending.exception() is None:
        sending.get_loop().run_in_executor(None, sending.result().close)


class _Answer:
    def __init__(self, response: httpx.Response, request: Outgoing) -> None:
        self._response = response
        self._request = request

    @property
    def status(self) -> int:
        return self._response.status_code

    @property
    def headers(self) -> Mapping[str, str]:
        return self._response.headers

    async def chunks(self) -> AsyncIterator[bytes]:
        parts = self._parts()
        while True:
            failure: StationThisError | None = None
            chunk: bytes | None = None
            try:
                chunk = await anext(parts, None)
            except (httpx.HTTPError, httpx.StreamError) as error:
                failure = _translate(error, self._request)
            if failure is not None:
                raise failure
            if chunk is None:
                return
            yield chunk

    async def _parts(self) -> AsyncIterator[bytes]:
        if isinstance(self._response.stream, httpx.AsyncByteStream) and not isinstance(
            self._response.stream, httpx.SyncByteStream
        ):
            async for chunk in self._response.aiter_bytes():
                yield chunk
            return
        iterator = self._response.iter_bytes()
        while chunk := await asyncio.to_thread(next, iterator, b""):
            yield chunk


def _translate(error: Exception, request: Outgoing) -> StationThisError:
    host = request.host
    if isinstance(error, httpx.ConnectTimeout | httpx.PoolTimeout):
        return TimedOut(f"No connection to {host} in time.", phase="connect", limit=request.connect_timeout)
    if isinstance(error, httpx.TimeoutException):
        return TimedOut(
            f"{host} said nothing for {request.read_timeout or 0:g} s.",
            phase="read",
            limit=request.read_timeout,
        )
    if isinstance(
        error, httpx.ConnectError | httpx.UnsupportedProtocol | httpx.ProxyError | httpx.InvalidURL
    ):
        return ConnectionFailed(f"Can't connect to {host}: {error}.")
    return ConnectionLost(f"{host} broke the connection ({type(error).__name__}).")
