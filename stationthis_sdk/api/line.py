"""A line to one service: a request goes out, its answer or its error comes back, and a safe note of both is kept.

Nothing is repeated here. Redirects are followed within the service's own origin only, as the key goes along.
"""

import asyncio
import functools
import os
import random
import time
from collections import deque
from collections.abc import Callable
from contextlib import AbstractAsyncContextManager
from email.utils import parsedate_to_datetime
from types import TracebackType
from typing import Any, Final, Self, TypeVar
from urllib.parse import urljoin, urlsplit

import attrs

from stationthis_sdk.api.answers import error_of, json_of
from stationthis_sdk.api.breaker import OUTAGES, Breaker, Breakers, is_outage
from stationthis_sdk.api.endpoint import starts_run
from stationthis_sdk.api.transport import Incoming, Outgoing, Transport
from stationthis_sdk.errors import ApiError, Exchange, StationThisError, TimedOut, UnexpectedResponse
from stationthis_sdk.flags import Flags
from stationthis_sdk.logs import logger

__all__ = ["EVENTS", "MAX_REDIRECTS", "Answer", "Line", "host_of", "off_loop", "read_whole", "safe_url"]

T = TypeVar("T")
MAX_JSON_BYTES: Final = 64 << 20
LARGE: Final = 1 << 20
MAX_REDIRECTS: Final = 3
EVENTS: Final = "text/event-stream"
_names: Final = random.Random()  # noqa: S311 - of requests; the system's own takes as long as all of a note
os.register_at_fork(after_in_child=_names.seed)


class Line:
    """Sends requests to one service, each once, and notes what came of them."""

    def __init__(self, base_url: str, transport: Transport, flags: Flags) -> None:
        self.base_url = base_url
        self.flags = flags
        self.clock_offset: float | None = None
        """Seconds by which the service's clock is ahead of this machine's; None before its first answer that tells."""
        self.exchanges: deque[Exchange] = deque(maxlen=50)
        self._breakers = Breakers()
        self._transport = transport
        self._log = logger("http")

    async def aclose(self) -> None:
        """Close the running loop's connections."""
        await self._transport.aclose()

    async def _send(self, request: Outgoing, *, plain: bool) -> "Answer":
        """``plain`` is for requests that may start no run, wherever they are led, and whose answer may be empty."""
        for _ in range(MAX_REDIRECTS + 1):
            async with self._exchange(request) as sending:
                answer = sending.answer
                status, kind = answer.status, answer.headers.get("Content-Type", "")
                events = kind.lower().startswith(EVENTS)
                body = b"" if events else await read_whole(answer)
                exchange = sending.exchange
                if events:
                    raise UnexpectedResponse(
                        f"{exchange.url} answers with a stream of events, which is not read here.",
                        status=status,
                        request=exchange,
                    )
                if status == 204 or (plain and 200 <= status < 300 and not body):
                    return Answer(status, None, body, exchange)
                if 200 <= status < 300:
                    read = functools.partial(json_of, status, kind, body, exchange)
                    return Answer(status, await off_loop(read, len(body)), body, exchange)
                target = self._redirect(request, answer)
                if target is None:
                    raise error_of(status, answer.headers, body, exchange)
                if plain and target.method != "GET" and starts_run(urlsplit(target.url).path):
                    raise UnexpectedResponse(
                        f"{exchange.url} redirects to what starts a run, which was not followed.",
                        status=status,
                        request=exchange,
                    )
                request = target
        raise UnexpectedResponse(
            f"{exchange.url} redirects in a circle: check the base URL.", request=exchange
        )

    def _redirect(self, request: Outgoing, answer: Incoming) -> Outgoing | None:
        """Where a redirect within the API's own origin leads; None when it is none or leads elsewhere."""
        location = answer.headers.get("Location")
        if answer.status not in {301, 302, 307, 308} or not location:
            return None
        if answer.status in {301, 302} and request.method != "GET":
            return None
        ours = urlsplit(self.base_url)
        try:
            target = urlsplit(urljoin(request.url, location))
            # Behind a proxy the service names its own scheme; only the host must be the same, ours is kept.
            same = target.hostname == ours.hostname and target.port in {ours.port, None}
        except ValueError:
            return None
        if not same:
            return None
        query = f"?{target.query}" if target.query else ""
        return attrs.evolve(request, url=f"{ours.scheme}://{ours.netloc}{target.path}{query}")

    def _exchange(self, request: Outgoing) -> "Sending":
        """Send, and keep a safe note of it for ``last_requests`` and the log."""
        self.flags.need("comfy_deploy")
        name = f"{_names.getrandbits(32):08x}"
        breaker = self._breakers.of(host_of(request.url))
        return Sending(self, request, name, breaker, self._transport.open(request, name))

    def keep(self, note: Exchange) -> None:
        """Remember what came of a request."""
        self.exchanges.append(note)
        self._log.debug("%s", note)

    def compare_clocks(self, date: str | None) -> None:
        """Learn from the service's answer what time it is there."""
        try:
            self.clock_offset = _moment(date or "") - time.time()
        except (TypeError, ValueError, OverflowError):
            return


@attrs.define(eq=False)
class Sending:
    """One request: sent when it is entered, noted when it is left."""

    _line: Line
    _request: Outgoing
    _name: str
    _breaker: Breaker
    _opening: AbstractAsyncContextManager[Incoming]
    answer: Incoming = attrs.field(init=False)
    _limit: asyncio.Timeout = attrs.field(init=False)
    _began: float = attrs.field(init=False, factory=time.monotonic)
    _status: int | None = attrs.field(init=False, default=None)
    _note: Exchange | None = attrs.field(init=False, default=None)

    @property
    def exchange(self) -> Exchange:
        """The note of it, as things stood when it was first asked for."""
        if self._note is None:
            self._note = self._noted()
        return self._note

    async def __aenter__(self) -> Self:
        breaker = self._breaker
        if breaker.tripped:
            breaker.ask(self._noted())
        self._limit = await asyncio.timeout(self._request.total_timeout).__aenter__()
        try:
            self.answer = answer = await self._opening.__aenter__()
        except BaseException as error:
            await self._ended(error)
            raise
        self._status = answer.status
        if self._request.bearer is not None:
            self._line.compare_clocks(answer.headers.get("Date"))
        breaker.failed() if answer.status in OUTAGES else breaker.answered()
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        try:
            await self._opening.__aexit__(kind, error, trace)
        except BaseException as later:
            await self._ended(later)
            raise
        await self._ended(error)

    async def _ended(self, error: BaseException | None) -> None:
        """Note what came of it. Errors learn which request they are of, and a limit that ran out becomes one."""
        ran_out = isinstance(error, TimeoutError)
        try:
            await self._limit.__aexit__(None if error is None else type(error), error, None)
        except TimeoutError:
            ran_out = True
        if isinstance(error, StationThisError):
            ran_out = False
            if self._status is None and is_outage(error):
                self._breaker.failed()
            if error.request is None:
                error.request = self._note = self._noted(type(error).__name__)
        elif error is not None:
            self._note = self._noted("TimedOut" if ran_out else type(error).__name__)
        self._line.keep(self.exchange)
        if ran_out:
            limit = self._request.total_timeout
            raise TimedOut(
                f"No whole answer from {self.exchange.url} within {limit or 0:g} s.",
                phase="total",
                limit=limit,
                request=self.exchange,
            ) from None

    def _noted(self, error: str | None = None) -> Exchange:
        took = int((time.monotonic() - self._began) * 10_000) / 10  # round() takes longer than all else here
        return Exchange(
            self._name, self._request.method, safe_url(self._request.url), self._status, took, error
        )


@functools.lru_cache(maxsize=8)
def _moment(date: str) -> float:
    """Seconds since 1970; many answers in a row tell the same."""
    return parsedate_to_datetime(date).timestamp()


@attrs.frozen
class Answer:
    """What the generated parsers want of a response."""

    status_code: int
    value: Any
    content: bytes
    exchange: Exchange

    def json(self) -> Any:
        """The body, read already."""
        return self.value

    def unexpected(self, why: str) -> ApiError:
        """The error of a body that is of another shape."""
        return UnexpectedResponse(
            f"{self.exchange.url} answered JSON of another shape than expected ({why}).",
            status=self.status_code,
            body=self.value,
            request=self.exchange,
        )


def safe_url(url: str) -> str:
    """A URL that may be shown: signatures and tokens live in queries, passwords before the host."""
    scheme, _, rest = url.partition("?")[0].partition("://")
    host, slash, path = rest.partition("/")
    return f"{scheme}://{host.rpartition('@')[2]}{slash}{path}"


def host_of(url: str) -> str:
    """The host of a URL, ``name:port``."""
    return url.partition("://")[2].partition("/")[0].rpartition("@")[2]


async def off_loop(work: Callable[[], T], size: int) -> T:
    """Long work on a large answer leaves the loop to others."""
    return await asyncio.to_thread(work) if size > LARGE else work()


async def read_whole(answer: Incoming) -> bytes:
    """An answer's body.

    Raises:
        UnexpectedResponse: it is larger than what is taken for JSON.
    """
    parts: list[bytes] = []
    size = 0
    async for chunk in answer.chunks():
        size += len(chunk)
        if size > MAX_JSON_BYTES:
            raise UnexpectedResponse(
                f"An answer is larger than {MAX_JSON_BYTES >> 20} MiB.", status=answer.status
            )
        parts.append(chunk)
    return b"".join(parts)
