"""Calls of the contract: built, sent over the line, tried again where they may be, and read.

The generated modules give their two pure halves, ``_get_kwargs`` and ``_parse_response``; nothing else of them is
used.
"""

import asyncio
import contextlib
import functools
import platform
from collections.abc import AsyncIterator, Awaitable, Callable, Mapping
from types import ModuleType
from typing import TYPE_CHECKING, Any, Final, TypeVar
from urllib.parse import urlencode, urljoin, urlsplit

import attrs
import orjson

from stationthis_sdk import __version__
from stationthis_sdk.api.answers import error_of
from stationthis_sdk.api.capabilities import Capabilities
from stationthis_sdk.api.endpoint import body_of, endpoint, query_of
from stationthis_sdk.api.families import flag_of, touched_by
from stationthis_sdk.api.line import (
    EVENTS,
    MAX_REDIRECTS,
    Line,
    host_of,
    off_loop,
    read_whole,
    safe_url,
)
from stationthis_sdk.api.retries import tried
from stationthis_sdk.api.transport import Incoming, Outgoing, Transport
from stationthis_sdk.entities import Timeouts
from stationthis_sdk.errors import (
    ApiError,
    ConnectionFailed,
    InvalidInput,
    RateLimited,
    ServerError,
    StationThisError,
    TimedOut,
    UnexpectedResponse,
)
from stationthis_sdk.flags import Flags
from stationthis_sdk.secret import Secret

if TYPE_CHECKING:
    from stationthis_sdk.api.bodies import Upload

__all__ = ["Edge"]

T = TypeVar("T")
ATTEMPTS: Final = 6
# For one try of a call without a limit of its own: an answer that drips byte by byte ends, too.
CALL_SECONDS: Final = 300.0
UPLOAD_SECONDS: Final = 3600.0
RETRY_AFTER_CAP: Final = 120.0
USER_AGENT: Final = f"stationthis-sdk/{__version__} python/{platform.python_version()}"
_HEADERS: Final[Mapping[str, str]] = {"Accept": "application/json", "User-Agent": USER_AGENT}


class Edge(Line):
    """Sends to one API with one key. Retries only what may be repeated: reads, and what never left."""

    def __init__(
        self,
        base_url: str,
        key: Secret,
        transport: Transport,
        timeouts: Timeouts,
        flags: Flags | None = None,
    ) -> None:
        super().__init__(base_url, transport, flags or Flags())
        self.wrote: Callable[..., Awaitable[None]] | None = None
        """Told which kinds of copies a request has outdated; set by the client."""
        self.timeouts = timeouts
        self.capabilities = Capabilities()
        self._key = key

    async def call(
        self,
        operation: ModuleType,
        *args: Any,
        into: Callable[[Any], T],
        bare: bool = False,
        upload: "Upload | None" = None,
        repeatable: Callable[[StationThisError], bool] | None = None,
        limits: Timeouts | None = None,
        **kwargs: Any,
    ) -> T:
        """Make one call of the contract, parse its answer and translate it.

        ``operation`` is a generated module; ``into`` makes our data of its model, or where ``bare`` of the JSON itself:
        making a model of a run takes longer than reading its JSON twice. ``repeatable`` decides which errors are
        tried again; by default those of reads that say they may be. ``limits`` are the time limits, else the
        client's; their ``total`` bounds each try, and all retries.

        Raises:
            UnexpectedResponse: the answer has another shape.
        """
        wanted = operation._get_kwargs(*args, **kwargs)  # noqa: SLF001 - the half we are given
        limits = limits or self.timeouts
        request = self._request(wanted, upload, limits)
        answer = await self._retried(
            request,
            limits.total,
            repeatable or (_safe if request.method == "GET" else _unsent),
            functools.partial(self._send, request, plain=False),
        )

        def read() -> T:
            if bare and answer.status_code == 200:
                return into(answer.value)
            model = operation._parse_response(client=_CLIENT, response=answer)  # noqa: SLF001 - the other half
            if model is None:
                raise ValueError(f"status {answer.status_code}")
            return into(model)

        try:
            return await off_loop(read, len(answer.content))
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
        send = functools.partial(self._send, request, plain=True)
        answer = await self._retried(request, self.timeouts.total, repeatable, send)
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
            async with self._exchange(request) as sending:
                answer = sending.answer
                location = answer.headers.get("Location")
                if not (300 <= answer.status < 400 and location):
                    yield answer
                    return
                target = _joined(url, location)
                if target is None:
                    raise UnexpectedResponse(
                        "A file redirects to something that is no web address.", request=sending.exchange
                    )
                url = target
        raise UnexpectedResponse("A file redirects in a circle.", request=sending.exchange)

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
                    f"No stream from {safe_url(request.url)} within {limits.total or CALL_SECONDS:g} s.",
                    phase="total",
                    limit=limits.total,
                ) from None
            yield answer

    async def _opened(self, request: Outgoing, keep: contextlib.AsyncExitStack) -> Incoming:
        """An answer that is a stream of events; ``keep`` ends it."""
        for _ in range(MAX_REDIRECTS + 1):
            async with contextlib.AsyncExitStack() as this:
                sending = await this.enter_async_context(self._exchange(request))
                answer = sending.answer
                kind = answer.headers.get("Content-Type", "")
                if 200 <= answer.status < 300:
                    if not kind.lower().startswith(EVENTS):
                        exchange = sending.exchange
                        raise UnexpectedResponse(
                            f"{exchange.url} answers with {kind or 'nothing'} where a stream of events is due.",
                            status=answer.status,
                            request=exchange,
                        )
                    keep.push_async_exit(this.pop_all())
                    return answer
                target = self._redirect(request, answer)
                if target is None:
                    raise error_of(answer.status, answer.headers, await read_whole(answer), sending.exchange)
                request = target
        raise UnexpectedResponse(
            f"{sending.exchange.url} redirects in a circle: check the base URL.", request=sending.exchange
        )

    def _request(self, wanted: Mapping[str, Any], upload: "Upload | None", limits: Timeouts) -> Outgoing:
        headers = _HEADERS
        body: bytes | None = None
        if "json" in wanted:
            try:
                body = orjson.dumps(wanted["json"])
            except orjson.JSONEncodeError as error:
                raise InvalidInput(f"Nothing was sent: what was given is no JSON ({error}).") from None
            headers = {**headers, "Content-Type": "application/json"}
        url = self.base_url + wanted["url"]
        if params := wanted.get("params"):
            url += f"?{_encoded(tuple((name, _plain(value)) for name, value in params.items()))}"
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

    def _retried(
        self,
        request: Outgoing,
        left: float | None,
        repeatable: Callable[[StationThisError], bool],
        send: Callable[[], Awaitable[T]],
    ) -> Awaitable[T]:
        """Sent, and sent again while ``repeatable`` says so; ``left`` are the seconds for all of it."""
        path = request.url.removeprefix(self.base_url).partition("?")[0]
        if flag := flag_of(path):
            self.flags.need(flag)

        def again(error: Exception) -> bool | float:
            if not isinstance(error, StationThisError) or not repeatable(error):
                return False
            if self._breakers.of(host_of(request.url)).open:
                return False  # trying on is what it is there to stop
            asked = getattr(error, "retry_after", None)
            if asked is None:
                return True
            # A wait longer than the caller's patience is an answer, not a pause.
            return asked if asked <= min(RETRY_AFTER_CAP, left or RETRY_AFTER_CAP) else False

        trying = tried(send, again, attempts=ATTEMPTS, timeout=left, wait_max=8.0, wait_jitter=0.3)
        kinds = touched_by(request.method, path)
        return self._telling(kinds, trying) if kinds else trying

    async def _telling(self, kinds: tuple[str, ...], trying: Awaitable[T]) -> T:
        try:
            return await trying
        finally:
            # Whatever came of it: a write whose answer was lost may have been done.
            if self.wrote is not None:
                await self.wrote(*kinds)


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


def _plain(value: Any) -> str | tuple[str, ...]:
    if isinstance(value, list | tuple):
        return tuple(str(_plain(one)) for one in value)
    return str(value).lower() if isinstance(value, bool) else str(value)


@functools.lru_cache(maxsize=256)
def _encoded(query: tuple[tuple[str, str | tuple[str, ...]], ...]) -> str:
    """Polls ask with the same query again and again."""
    return urlencode(query, doseq=True)


def _joined(url: str, location: str) -> str | None:
    """Where a redirect of a file leads, if that is a web address."""
    try:
        target = urljoin(url, location)
        parts = urlsplit(target)
        usable = parts.scheme in {"http", "https"} and bool(parts.hostname) and parts.port != 0
    except ValueError:
        return None
    return target if usable else None
