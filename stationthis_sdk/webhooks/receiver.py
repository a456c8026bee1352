"""Receiving webhooks: checked, written down, answered; the work comes after the answer."""

import asyncio
import contextlib
import functools
import hmac
import inspect
import os
import time
from collections.abc import AsyncIterable, Awaitable, Callable
from types import TracebackType
from typing import TYPE_CHECKING, Final, NamedTuple, Self

import attrs

from stationthis_sdk.entities import is_seconds
from stationthis_sdk.errors import InvalidInput
from stationthis_sdk.logs import logger
from stationthis_sdk.options import check_tags
from stationthis_sdk.shown import Shown
from stationthis_sdk.store.deliveries import NotNow, Undelivered
from stationthis_sdk.webhooks.addresses import Address, read_address, token_of, url_for
from stationthis_sdk.webhooks.parsing import MOST_BYTES, parse
from stationthis_sdk.webhooks.telling import OnRun, Telling

if TYPE_CHECKING:
    from stationthis_sdk.client import AsyncStationThis

__all__ = ["PING", "REFUSED", "Answer", "AsyncReceiver", "OnReady", "OnRun", "take"]

OnReady = Callable[[str], Awaitable[None] | None]

PING: Final = "stationthis.ping"
"""The event of a webhook that only asks whether anybody is there."""
BODY_SECONDS: float = 10.0
STOPPING_SECONDS: float = 5.0
BEGIN_AGAIN: float = 1.0
"""Seconds after which work that broke off begins anew."""
_BURST: Final = 10.0
_WARN_EVERY: Final = 60.0
_log = logger("webhooks")


class Answer(NamedTuple):
    """What to answer a webhook with: HTTP's status, and a JSON object."""

    status: int
    body: dict[str, str]


class AsyncReceiver(Shown):
    """Receives the webhooks of one account, and tells of its runs: of each end once.

    on_final: called with the run when it has ended, by the service's own word: a webhook only leads to a look at the
    run. on_progress: called with the run when it has got further; not repeated, and not for what came too late.
    tag: tell also of runs of this machine that were submitted with this tag, webhook or not. rate: how many webhooks a
    second are taken; ten times as many at once.

    A webhook is written into the ledger before it is answered, and an end is called back until on_final has returned,
    also after a restart; one that raises is called again, later each time, eight times and at the next start. So
    on_final is called once for each run, unless it raises or its process dies while it is at work: then again. What
    it must not do twice (charging somebody) is to be keyed by ``run.id``. Several processes may receive for one account with
    one data folder: one of them calls. Runs submitted from here with an address of ``url_for`` are asked about when
    no webhook comes. ``undelivered`` lists what is still to be told.

    The work is done by ``work`` or ``serve``, or by ``resume`` now and then; callbacks of the plain class run on the
    thread that called these. The asynchronous class may be entered instead, and works as long as the block lasts.

    Raises:
        FeatureDisabled: the flag ``webhooks`` is off.

    Example:
        >>> from stationthis_sdk.webhooks import AsyncReceiver
        >>> receiver = AsyncReceiver(st, on_final=lambda run: print(run.id, run.state))
        >>> url = await receiver.url_for("http://127.0.0.1:8788/hook")
        >>> (await receiver.handle(b"no JSON", url)).status, (await receiver.handle(b"{}", "somebody's guess")).status
        (400, 401)
    """

    def __init__(
        self,
        st: "AsyncStationThis",
        *,
        on_final: OnRun | None = None,
        on_progress: OnRun | None = None,
        tag: str | None = None,
        rate: float = 500.0,
    ) -> None:
        st.settings.flags.need("webhooks")
        if not is_seconds(rate):
            raise InvalidInput(f"rate is webhooks a second, more than 0; got {rate!r}.")
        self._st = st
        self._make = functools.partial(
            Telling,
            st._ready.context,  # noqa: SLF001 - the two know each other
            on_final=on_final,
            on_progress=on_progress,
            tag=None if tag is None else check_tags(tag)[0],
        )
        self._pid, self._made = os.getpid(), self._make()
        self._rate = _Rate(rate)
        self._token: str | None = None
        self._warned = float("-inf")
        self._task: asyncio.Task[None] | None = None

    def __repr__(self) -> str:
        return f"<receiver of webhooks from {self._st.base_url}>"

    @property
    def _telling(self) -> Telling:
        """What this process has to tell: a forked child begins anew, with claims and a ledger of its own."""
        if self._pid != os.getpid():
            self._pid, self._made, self._task = os.getpid(), self._make(), None
        return self._made

    async def url_for(self, base: str, *, progress: bool = False) -> str:
        """The address to give as ``options(webhook=…)``: see ``webhooks.url_for``.

        Raises:
            InvalidInput: the service can't call ``base``.

        Example:
            >>> from stationthis_sdk.webhooks import AsyncReceiver
            >>> (await AsyncReceiver(st).url_for("http://127.0.0.1:8788/hook")).partition("=")[0]
            'http://127.0.0.1:8788/hook?stationthis_token'
        """
        return await asyncio.to_thread(url_for, base, self._st, progress=progress)

    async def handle(self, body: bytes, address: str) -> Answer:
        """Take one webhook: its body, and the URL it came to, or its path and query, or the token alone.

        Answers 200 once it is written down (``status`` is ok, or duplicate when its end was told of already), 400 to what
        is no webhook, 401 to a wrong token, 413 to more than 1 MiB, 429 when there are too many, 503 when it can't be
        written down just now, or whoever works here was cancelled; only 200 keeps anything.

        Example:
            >>> from stationthis_sdk.webhooks import AsyncReceiver
            >>> receiver = AsyncReceiver(st)
            >>> url = await receiver.url_for("http://127.0.0.1:8788/hook")
            >>> await receiver.handle(b'{"run_id": "5ea8723e-4701-4d69-8604-8932801f2083", "status": "queued"}', url)
            Answer(status=200, body={'status': 'ok'})
        """
        return await self._refusal(address) or await self._taken(body, address)

    async def work(self) -> None:
        """Tell of runs until cancelled (Ctrl-C, in the plain class), first of what a process before has left.

        Raises:
            InvalidInput: it is at work already.
        """
        await self._telling.work()

    async def stop(self) -> None:
        """Have ``work`` or ``serve`` end, once the callbacks under way have; from a callback, or elsewhere."""
        self._telling.stop()

    async def resume(self) -> int:
        """Look once at every run whose end nobody was told of, call back for those that have ended, return how many.

        ``work`` begins with it; a job that runs now and then may do with this alone.

        Raises:
            SaveFailed: the ledger can't be used just now.

        Example:
            >>> from stationthis_sdk.webhooks import AsyncReceiver
            >>> await AsyncReceiver(st, on_final=print).resume()
            0
        """
        return await self._telling.resume()

    async def undelivered(self) -> list[Undelivered]:
        """The runs whose end on_final was not called back about yet, oldest first; nothing is asked or called.

        Read from the ledger of this machine: after a crash, what the process before has left. Those of which it is not
        known here that they have ended are among them: ``ended`` tells. ``resume`` looks at all and calls back.

        Raises:
            SaveFailed: the ledger can't be used just now.

        Example:
            >>> from stationthis_sdk.webhooks import AsyncReceiver
            >>> receiver = AsyncReceiver(st, on_final=print, tag="for-the-bot")
            >>> run = await portrait.options(tags="for-the-bot")(prompt="a fox", steps=1, width=64, height=64)
            >>> left = {one.run_id: one for one in await receiver.undelivered()}
            >>> left[run.id].state, left[run.id].attempts
            ('success', 0)
        """
        return await self._telling.undelivered()

    async def serve(
        self, host: str = "127.0.0.1", port: int = 8788, *, on_ready: OnReady | None = None
    ) -> None:
        """Serve at every path of ``http://host:port``, and work, until cancelled (Ctrl-C, in the plain class).

        The service must reach it: through a tunnel or a proxy with HTTPS. port: 0 for a free one. on_ready: called
        with the address when it listens.

        Raises:
            ConfigError: it can't listen there.
        """
        from stationthis_sdk.webhooks.aiohttp_server import serving  # noqa: PLC0415 - who serves pays

        async with serving(self, host, port) as address:
            if on_ready is not None:
                heard = on_ready(address)
                if inspect.isawaitable(heard):
                    await heard
            await self.work()

    async def __aenter__(self) -> Self:
        """Begin to work, in a task of its own."""
        telling = self._telling
        if self._task is not None or telling.working:
            raise InvalidInput("This receiver is at work already: one is enough.")
        self._task = asyncio.get_running_loop().create_task(self._work_on(telling))
        return self

    async def __aexit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        """End what is under way, for five seconds at most; the rest is told at the next start."""
        telling, task = self._telling, self._task
        self._task = None
        if task is None:
            return
        telling.stop()
        await asyncio.wait({task}, timeout=STOPPING_SECONDS)
        task.cancel()
        with contextlib.suppress(asyncio.CancelledError):
            await asyncio.gather(task)

    async def _work_on(self, telling: Telling) -> None:
        """Work, and begin anew when that breaks off: nobody waits for this task, so nobody would hear of it."""
        while True:
            try:
                return await telling.work()
            except Exception:  # noqa: BLE001 - whatever it is
                _log.exception("Telling of runs broke off, and begins anew: please report it.")
            await asyncio.sleep(BEGIN_AGAIN)

    async def _refusal(self, address: str) -> Answer | None:
        """Why a webhook is not even read, if it is not."""
        if not await self._is_ours(read_address(address)):
            return REFUSED
        if not self._rate.take():
            return Answer(429, {"error": "Too many webhooks."})
        return None

    async def _is_ours(self, address: Address) -> bool:
        if self._token is None:
            self._token = await asyncio.to_thread(token_of, self._st.settings)
        if hmac.compare_digest(address.token.encode(), self._token.encode()):
            return True
        if time.monotonic() >= self._warned + _WARN_EVERY:
            self._warned = time.monotonic()
            _log.warning(
                "A webhook came with a wrong token, or none, and was refused. When it was your own: its address was "
                "made with another secret, account or base URL."
            )
        return False

    async def _taken(self, body: bytes, address: str) -> Answer:
        if len(body) > MOST_BYTES:
            return _TOO_LARGE
        try:
            webhook = parse(body)
        except InvalidInput as error:
            _log.warning("What came is no webhook: %s", error.message)
            return Answer(400, {"error": error.message})
        if webhook.event == PING:
            return Answer(200, {"status": "pong"})
        submit_id, telling = read_address(address).submit_id, self._telling
        if self._task is not None and self._task.cancelled():
            _log.error("A webhook is not taken: whoever works for this receiver was cancelled.")
            return Answer(503, {"error": "Nobody is at work here: send it again."})
        try:
            known = telling.only_progress(webhook.record)
            if not known and not await telling.deliveries.told(webhook.record, submit_id):
                return Answer(200, {"status": "duplicate"})
        except NotNow as error:
            _log.warning("A webhook is not taken: %s", error.message)
            return Answer(503, {"error": "It can't be written down just now: send it again."})
        telling.hear(webhook.record, submit_id)
        return Answer(200, {"status": "ok"})


REFUSED: Final = Answer(401, {"error": "The token is missing or wrong."})
_TOO_LARGE: Final = Answer(413, {"error": f"A webhook has up to {MOST_BYTES >> 20} MiB."})


async def take(
    receiver: AsyncReceiver, method: str, address: str, length: int | None, chunks: AsyncIterable[bytes]
) -> Answer:
    """One request, of whichever server: nothing is read of a body that nobody wants."""
    if method != "POST":
        return Answer(405, {"error": "Webhooks are sent with POST."})
    refusal = await receiver._refusal(address)  # noqa: SLF001 - the two know each other
    if refusal is not None:
        return refusal
    if length is not None and length > MOST_BYTES:
        return _TOO_LARGE
    body = bytearray()
    try:
        async with asyncio.timeout(BODY_SECONDS):
            async for chunk in chunks:
                body += chunk
                if len(body) > MOST_BYTES:
                    return _TOO_LARGE
    except TimeoutError:
        return Answer(408, {"error": "The body did not come in time."})
    return await receiver._taken(bytes(body), address)  # noqa: SLF001 - likewise


@attrs.define
class _Rate:
    """So many a second; ten times as many at once, after a rest."""

    per_second: float
    most: float = attrs.field(
        default=attrs.Factory(lambda self: max(1.0, self.per_second * _BURST), takes_self=True)
    )
    left: float = attrs.field(default=attrs.Factory(lambda self: self.most, takes_self=True))
    since: float = attrs.field(factory=time.monotonic)

    def take(self) -> bool:
        """Whether there is one more."""
        now = time.monotonic()
        self.left = min(self.most, self.left + (now - self.since) * self.per_second)
        self.since = now
        if self.left < 1:
            return False
        self.left -= 1
        return True
