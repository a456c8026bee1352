"""A line to one service: a request goes out, its answer or its error comes back, and a safe note of both is kept.

Nothing is repeated here. Redirects are followed within the service's own origin only, as the key goes along.
"""

import asyncio
import contextlib
import functools
import os
import random
import time
from collections import deque
from collections.abc import AsyncIterator, Callable
from email.utils import parsedate_to_datetime
from typing import Any, Final, TypeVar
from urllib.parse import urljoin, urlsplit

import attrs

from stationthis_sdk.api.answers import error_of, json_of
from stationthis_sdk.api.breaker import OUTAGES, Breakers, is_outage
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
            async with self._exchange(request) as (answer, exchange):
                kind = answer.headers.get("Content-Type", "")
                if kind.lower().startswith(EVENTS):
                    raise UnexpectedResponse(
                        f"{exchange.url} answers with a stream of events, which is not read here.",
                        status=answer.status,
                        request=exchange,
                    )
                body = await read_whole(answer)
                if answer.status == 204 or (plain and 200 <= answer.status < 300 and not body):
                    return Answer(answer.status, None, body, exchange)
                if 200 <= answer.status < 300:
                    read = functools.partial(json_of, answer.status, kind, body, exchange)
                    value = await off_loop(read, len(body))
                    return Answer(answer.status, value, body, exchange)
                target = self._redirect(request, answer)
                if target is None:
                    raise error_of(answer.status, answer.headers, body, exchange)
                if plain and target.method != "GET" and starts_run(urlsplit(target.url).path):
                    raise UnexpectedResponse(
                        f"{exchange.url} redirects to what starts a run, which was not followed.",
                        status=answer.status,
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

    @contextlib.asynccontextmanager
    async def _exchange(self, request: Outgoing) -> AsyncIterator[tuple[Incoming, Exchange]]:
        """Send, and keep a safe note of it for ``last_requests`` and the log."""
        self.flags.need("comfy_deploy")
        note = Exchange(f"{_names.getrandbits(32):08x}", request.method, safe_url(request.url))
        breaker = self._breakers.of(host_of(request.url))
        breaker.ask(note)
        started = time.monotonic()

        def finished(status: int | None, error: str | None) -> Exchange:
            took = round((time.monotonic() - started) * 1000, 1)
            return Exchange(note.id, note.method, note.url, status, took, error)

        try:
            async with (
                asyncio.timeout(request.total_timeout),
                self._transport.open(request, note.id) as answer,
            ):
                note = finished(answer.status, None)
                if request.bearer is not None:
                    self._compare_clocks(answer.headers.get("Date"))
                breaker.failed() if answer.status in OUTAGES else breaker.answered()
                yield answer, note
                note = finished(answer.status, None)
        except StationThisError as error:
            if note.status is None and is_outage(error):
                breaker.failed()
            if error.request is None:
                error.request = finished(note.status, type(error).__name__)
                note = error.request
            raise
        except TimeoutError:
            note = finished(note.status, "TimedOut")
            raise TimedOut(
                f"No whole answer from {note.url} within {request.total_timeout or 0:g} s.",
                phase="total",
                limit=request.total_timeout,
                request=note,
            ) from None
        except BaseException as error:
            note = finished(note.status, type(error).__name__)
            raise
        finally:
            self.exchanges.append(note)
            self._log.debug("%s", note)

    def _compare_clocks(self, date: str | None) -> None:
        with contextlib.suppress(TypeError, ValueError, OverflowError):
            self.clock_offset = _moment(date or "") - time.time()


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
