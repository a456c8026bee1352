"""Our own sending: one request, its answer or its error; retries for calls that may be repeated.

The generated modules give their two pure halves, ``_get_kwargs`` and ``_parse_response``; nothing else of them is
used.
"""

import asyncio
import contextlib
import functools
import platform
import secrets
import time
from collections import deque
from collections.abc import AsyncIterator, Awaitable, Callable, Mapping
from email.utils import parsedate_to_datetime
from types import ModuleType
from typing import Any, Final, TypeVar
from urllib.parse import urlencode, urljoin, urlsplit

import attrs
import orjson
import stamina

from stationthis_sdk import __version__
from stationthis_sdk.api.answers import error_of, json_of
from stationthis_sdk.api.breaker import OUTAGES, Breakers, is_outage
from stationthis_sdk.api.capabilities import Capabilities
from stationthis_sdk.api.endpoint import body_of, endpoint, query_of, starts_run
from stationthis_sdk.api.families import flag_of, touched_by
from stationthis_sdk.api.transport import Incoming, Outgoing, Transport, Upload
from stationthis_sdk.config import Secret
from stationthis_sdk.entities import Timeouts
from stationthis_sdk.errors import (
    ApiError,
    ConnectionFailed,
    Exchange,
    InvalidInput,
    RateLimited,
    ServerError,
    StationThisError,
    TimedOut,
    UnexpectedResponse,
)
from stationthis_sdk.flags import Flags
from stationthis_sdk.logs import logger

__all__ = ["Edge"]

# stamina would log each retry itself, and import what else may count them; ours are in this package's own log.
stamina.instrumentation.set_on_retry_hooks([])

T = TypeVar("T")
MAX_JSON_BYTES: Final = 64 << 20
LARGE: Final = 1 << 20
MAX_REDIRECTS: Final = 3
ATTEMPTS: Final = 6
# For one try of a call without a limit of its own: an answer that drips byte by byte ends, too.
CALL_SECONDS: Final = 300.0
UPLOAD_SECONDS: Final = 3600.0
RETRY_AFTER_CAP: Final = 120.0
EVENTS: Final = "text/event-stream"
USER_AGENT: Final = f"stationthis-sdk/{__version__} python/{platform.python_version()}"


class Edge:
    """Sends to one API with one key. Retries only what may be repeated: reads, and what never left."""

    def __init__(
        self,
        base_url: str,
        key: Secret,
        transport: Transport,
        timeouts: Timeouts,
        flags: Flags | None = None,
    ) -> None:
        self.base_url = base_url
        self.flags = flags or Flags()
        self.wrote: Callable[..., Awaitable[None]] | None = None
        """Told which kinds of copies a request has outdated; set by the client."""
        self.clock_offset: float | None = None
        """Seconds by which the service's clock is ahead of this machine's; None before its first answer that tells."""
        self.timeouts = timeouts
        self.exchanges: deque[Exchange] = deque(maxlen=50)
        self.capabilities = Capabilities()
        self._breakers = Breakers()
        self._key = key
        self._transport = transport
        self._log = logger("http")

    async def call(
        self,
        operation: ModuleType,
        *args: Any,
        into: Callable[[Any], T],
        upload: Upload | None = None,
        repeatable: Callable[[StationThisError], bool] | None = None,
        limits: Timeouts | None = None,
        **kwargs: Any,
    ) -> T:
        """Make one call of the contract, parse its answer and translate it.

        ``operation`` is a generated module; ``into`` makes our data of its model. ``repeatable`` decides which
        errors are tried again; by default those of reads that say they may be. ``limits`` are the time limits,
        else the client's; their ``total`` bounds each try, and all retries.

        Raises:
            UnexpectedResponse: the answer has another shape.
        """
        wanted = operation._get_kwargs(*args, **kwargs)  # noqa: SLF001 - the half we are given
        limits = limits or self.timeouts
        request = self._request(wanted, upload, limits)
        answer = await self._with_retries(
            request,
            limits.total,
            repeatable or (_safe if request.method == "GET" else _unsent),
        )

        def read() -> T:
            model = operation._parse_response(client=_CLIENT, response=answer)  # noqa: SLF001 - the other half
            if model is None:
                raise ValueError(f"status {answer.status_code}")
            return into(model)

        try:
            return await _off_loop(read, len(answer.content))
        except StationThisError:
            raise
        except Exception as error:  # noqa: BLE001 - generated code raises whatever an odd shape leads to
            raise answer.unexpected(f"{type(error).__name__}: {error}") from None

    async def ask(
        self, method: str, path: str, *, json: Any = None, params: Mapping[str, Any] | None = None
    ) -> Any:
        """Call any endpoint that starts no run; the answer is its JSON, None when it is empty.

        Raises:
            InvalidInput: nothing was sent: see ``endpoint``.
            UnexpectedResponse: the service redirects to what starts a run, or its answer is no JSON.
        """
        verb, url = endpoint(method, path, self.base_url)
        request = self._request({"method": verb, "url": url, "params": query_of(params)}, None, self.timeouts)
        if json is not None:
            headers = {**request.headers, "Content-Type": "application/json"}
            request = attrs.evolve(request, body=body_of(json), headers=headers)
        repeatable = _safe if verb == "GET" else _unsent
        answer = await self._with_retries(request, self.timeouts.total, repeatable, plain=True)
        return answer.value

    @contextlib.asynccontextmanager
    async def download(
        self, url: str, *, headers: Mapping[str, str] | None = None
    ) -> AsyncIterator[Incoming]:
        """Open any URL without the key, following redirects; the status is the caller's to judge."""
        wanted = {"User-Agent": USER_AGENT, "Accept": "*/*", **(headers or {})}
        if _joined(url, "") is None or not url.isprintable():
            raise UnexpectedResponse("The service gave something for a file that is no web address.")
        for _ in range(MAX_REDIRECTS + 1):
            request = Outgoing(
                "GET", url, wanted, connect_timeout=self.timeouts.connect, read_timeout=self.timeouts.read
            )
            async with self._exchange(request) as (answer, exchange):
                location = answer.headers.get("Location")
                if not (300 <= answer.status < 400 and location):
                    yield answer
                    return
                target = _joined(url, location)
                if target is None:
                    raise UnexpectedResponse(
                        "A file redirects to something that is no web address.", request=exchange
                    )
                url = target
        raise UnexpectedResponse("A file redirects in a circle.", request=exchange)

    @contextlib.asynccontextmanager
    async def stream(
        self,
        operation: ModuleType,
        *args: Any,
        repeatable: Callable[[StationThisError], bool] | None = None,
        limits: Timeouts | None = None,
        **kwargs: Any,
    ) -> AsyncIterator[Incoming]:
        """Open an operation's stream of events. Opening is tried again as any read is; what breaks later is not.

        ``limits``, else the client's, are those of opening it, and of the silence between two events. The stream itself
        may last for ever.

        Raises:
            UnexpectedResponse: the answer is no stream of events.
        """
        limits = limits or self.timeouts
        request = self._request(operation._get_kwargs(*args, **kwargs), None, limits)  # noqa: SLF001 - as in call
        request = attrs.evolve(request, headers={**request.headers, "Accept": EVENTS}, total_timeout=None)
        async with contextlib.AsyncExitStack() as opened:

            async def open_it() -> Incoming:
                async with asyncio.timeout(limits.total or CALL_SECONDS):
                    return await self._opened(request, opened)

            try:
                answer = await self._retried(request, limits.total, repeatable or _safe, open_it)
            except TimeoutError as error:
                if isinstance(error, StationThisError):
                    raise
                raise TimedOut(
                    f"No stream from {_safe_url(request.url)} within {limits.total or CALL_SECONDS:g} s.",
                    phase="total",
                    limit=limits.total,
                ) from None
            yield answer

    async def _opened(self, request: Outgoing, keep: contextlib.AsyncExitStack) -> Incoming:
        """An answer that is a stream of events; ``keep`` ends it."""
        for _ in range(MAX_REDIRECTS + 1):
            async with contextlib.AsyncExitStack() as this:
                answer, exchange = await this.enter_async_context(self._exchange(request))
                kind = answer.headers.get("Content-Type", "")
                if 200 <= answer.status < 300:
                    if not kind.lower().startswith(EVENTS):
                        raise UnexpectedResponse(
                            f"{exchange.url} answers with {kind or 'nothing'} where a stream of events is due.",
                            status=answer.status,
                            request=exchange,
                        )
                    keep.push_async_exit(this.pop_all())
                    return answer
                target = self._redirect(request, answer)
                if target is None:
                    raise error_of(answer.status, answer.headers, await _read(answer), exchange)
                request = target
        raise UnexpectedResponse(
            f"{exchange.url} redirects in a circle: check the base URL.", request=exchange
        )

    async def aclose(self) -> None:
        """Close the running loop's connections."""
        await self._transport.aclose()

    def _request(self, wanted: Mapping[str, Any], upload: Upload | None, limits: Timeouts) -> Outgoing:
        headers = {"Accept": "application/json", "User-Agent": USER_AGENT}
        body: bytes | None = None
        if "json" in wanted:
            try:
                body = orjson.dumps(wanted["json"])
            except orjson.JSONEncodeError as error:
                raise InvalidInput(f"Nothing was sent: what was given is no JSON ({error}).") from None
            headers["Content-Type"] = "application/json"
        query = {name: _plain(value) for name, value in wanted.get("params", {}).items()}
        url = self.base_url + wanted["url"] + (f"?{urlencode(query, doseq=True)}" if query else "")
        return Outgoing(
            wanted["method"].upper(),
            url,
            headers,
            body,
            upload,
            self._key,
            _connect_limit(limits),
            limits.read,
            limits.total or (UPLOAD_SECONDS if upload else CALL_SECONDS),
        )

    async def _with_retries(
        self,
        request: Outgoing,
        left: float | None,
        repeatable: Callable[[StationThisError], bool],
        *,
        plain: bool = False,
    ) -> "_Answer":
        return await self._retried(request, left, repeatable, lambda: self._send(request, plain=plain))

    async def _retried(
        self,
        request: Outgoing,
        left: float | None,
        repeatable: Callable[[StationThisError], bool],
        send: Callable[[], Awaitable[T]],
    ) -> T:
        path = request.url.removeprefix(self.base_url).partition("?")[0]
        breaker = self._breakers.of(_host(request.url))
        if flag := flag_of(path):
            self.flags.need(flag)

        def again(error: Exception) -> bool | float:
            if not isinstance(error, StationThisError) or not repeatable(error):
                return False
            if breaker.open:
                return False  # trying on is what it is there to stop
            asked = getattr(error, "retry_after", None)
            if asked is None:
                return True
            # A wait longer than the caller's patience is an answer, not a pause.
            return asked if asked <= min(RETRY_AFTER_CAP, left or RETRY_AFTER_CAP) else False

        try:
            async for attempt in stamina.retry_context(
                on=again,
                attempts=ATTEMPTS,
                timeout=left,
                wait_initial=0.2,
                wait_max=8.0,
                wait_jitter=0.3,
            ):
                with attempt:
                    return await send()
        finally:
            # Whatever came of it: a write whose answer was lost may have been done.
            kinds = touched_by(request.method, path)
            if kinds and self.wrote is not None:
                await self.wrote(*kinds)
        raise AssertionError("stamina raises the last error")

    async def _send(self, request: Outgoing, *, plain: bool) -> "_Answer":
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
                body = await _read(answer)
                if answer.status == 204 or (plain and 200 <= answer.status < 300 and not body):
                    return _Answer(answer.status, None, body, exchange)
                if 200 <= answer.status < 300:
                    read = functools.partial(json_of, answer.status, kind, body, exchange)
                    value = await _off_loop(read, len(body))
                    return _Answer(answer.status, value, body, exchange)
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

    def _compare_clocks(self, date: str | None) -> None:
        with contextlib.suppress(TypeError, ValueError, OverflowError):
            self.clock_offset = parsedate_to_datetime(date or "").timestamp() - time.time()

    @contextlib.asynccontextmanager
    async def _exchange(self, request: Outgoing) -> AsyncIterator[tuple[Incoming, Exchange]]:
        """Send, and keep a safe note of it for ``last_requests`` and the log."""
        self.flags.need("comfy_deploy")
        note = Exchange(secrets.token_hex(4), request.method, _safe_url(request.url))
        breaker = self._breakers.of(_host(request.url))
        breaker.ask(note)
        started = time.monotonic()
        if request.bearer is not None:
            request = attrs.evolve(request, headers={**request.headers, "X-Request-Id": note.id})

        def finished(status: int | None, error: str | None) -> Exchange:
            return attrs.evolve(
                note, status=status, error=error, milliseconds=round((time.monotonic() - started) * 1000, 1)
            )

        try:
            async with asyncio.timeout(request.total_timeout), self._transport.open(request) as answer:
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


@attrs.frozen
class _Answer:
    """What the generated parsers want of a response."""

    status_code: int
    value: Any
    content: bytes
    exchange: Exchange

    def json(self) -> Any:
        return self.value

    def unexpected(self, why: str) -> ApiError:
        return UnexpectedResponse(
            f"{self.exchange.url} answered JSON of another shape than expected ({why}).",
            status=self.status_code,
            body=self.value,
            request=self.exchange,
        )


class _Client:
    raise_on_unexpected_status = False


_CLIENT: Final = _Client()


def _connect_limit(limits: Timeouts) -> float | None:
    """Within the total limit the connection speaks first: its failure is certain, that of the whole is not."""
    if limits.total is None:
        return limits.connect
    return min(limits.connect or limits.total, limits.total * 0.8)


def _safe(error: StationThisError) -> bool:
    """Whether a read may be tried again after this."""
    if isinstance(error, TimedOut) and error.phase == "total":
        return False
    return isinstance(error, RateLimited | ServerError) or (
        error.retryable and not isinstance(error, ApiError)
    )


def _unsent(error: StationThisError) -> bool:
    """Whether the request certainly never left."""
    return isinstance(error, ConnectionFailed) or (isinstance(error, TimedOut) and error.phase == "connect")


def _plain(value: Any) -> str | list[str]:
    if isinstance(value, list | tuple):
        return [str(_plain(one)) for one in value]
    return str(value).lower() if isinstance(value, bool) else str(value)


def _safe_url(url: str) -> str:
    """A URL that may be shown: signatures and tokens live in queries, passwords before the host."""
    scheme, _, rest = url.partition("?")[0].partition("://")
    host, slash, path = rest.partition("/")
    return f"{scheme}://{host.rpartition('@')[2]}{slash}{path}"


def _host(url: str) -> str:
    return url.partition("://")[2].partition("/")[0].rpartition("@")[2]


def _joined(url: str, location: str) -> str | None:
    """Where a redirect of a file leads, if that is a web address."""
    try:
        target = urljoin(url, location)
        parts = urlsplit(target)
        usable = parts.scheme in {"http", "https"} and bool(parts.hostname) and parts.port != 0
    except ValueError:
        return None
    return target if usable else None


async def _off_loop(work: Callable[[], T], size: int) -> T:
    """Long work on a large answer leaves the loop to others."""
    return await asyncio.to_thread(work) if size > LARGE else work()


async def _read(answer: Incoming) -> bytes:
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
