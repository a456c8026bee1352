"""Telling of runs: what webhooks say is heard, a look at the run decides, and each end is told once.

Runs whose webhook never comes are looked at now and then, together with all others of their client.
"""

import asyncio
import contextlib
import functools
import inspect
from collections.abc import Awaitable, Callable
from typing import Final

import attrs

from stationthis_sdk.context import Context
from stationthis_sdk.entities import RunRecord
from stationthis_sdk.errors import InvalidInput, NotFound, Refused, StationThisError
from stationthis_sdk.logs import logger
from stationthis_sdk.runs import AsyncRun
from stationthis_sdk.store.deliveries import CLAIM_SECONDS, Deliveries, NotNow, Undelivered
from stationthis_sdk.tracker import merge
from stationthis_sdk.webhooks.calling import call_final
from stationthis_sdk.webhooks.waited import News, Waited

__all__ = ["OnRun", "Telling"]

OnRun = Callable[[AsyncRun], Awaitable[None] | None]

SWEEP: float = 2.0
"""Seconds between two looks into the ledger, for what other processes have put there."""
SWEEP_NEARBY: float = 0.25
FIRST_LOOK: float = 15.0
"""Seconds without word of a run after which it is looked at; then longer each time."""
FIRST_LOOK_NEARBY: float = 1.0
LONGEST_LOOK: Final = 120.0
LONGEST_LOOK_NEARBY: Final = 5.0
FIRST_AGAIN: float = 0.5
"""Seconds after which a callback that failed is tried again, or a run looked at that has not ended, though it was said."""
BETWEEN_SCANS: Final = 0.1
"""Seconds at the least between two scans of all that is waited for: each webhook wakes who works."""
TRIES: Final = 8
"""How often one process calls back about the same end, while that fails."""
_AT_ONCE: Final = 8
_KEPT: Final = 10_000
_log = logger("webhooks")


class Telling:
    """What one receiver has to tell, of the runs of one account."""

    def __init__(
        self, context: Context, *, on_final: OnRun | None, on_progress: OnRun | None, tag: str | None
    ) -> None:
        settings = context.settings
        self._context = context
        self._on_final = on_final
        self._on_progress = on_progress
        self._tag = tag
        self.deliveries = Deliveries(lambda: context.ledger)
        self._sweep = SWEEP_NEARBY if settings.nearby else SWEEP
        self._first = FIRST_LOOK_NEARBY if settings.nearby else FIRST_LOOK
        self._longest = LONGEST_LOOK_NEARBY if settings.nearby else LONGEST_LOOK
        self._waited: dict[str, Waited] = {}
        self._news: dict[str, News] = {}
        self._busy: set[str] = set()
        self._left: dict[str, None] = {}
        self._woken: asyncio.Event | None = None
        self._next_scan = 0.0
        self._slots = asyncio.Semaphore(_AT_ONCE)
        self._reads = asyncio.Semaphore(_AT_ONCE)
        self._stopping = False
        self._at_work = 0
        self._calling = 0
        self.count = 0

    @property
    def working(self) -> bool:
        """Whether somebody is at it."""
        return self._woken is not None

    def hear(self, record: RunRecord, submit_id: str | None) -> None:
        """A webhook has come and is written down; whoever works goes on from here."""
        if self._woken is None:
            return  # whoever begins to work finds it in the ledger
        news = News(record, submit_id)
        before = self._news.get(record.id)
        self._news[record.id] = before.joined(news) if before else news
        self._woken.set()

    def only_progress(self, record: RunRecord) -> bool:
        """Whether a webhook tells nothing that has to outlive this process."""
        known = self._waited.get(record.id)
        return (
            known is not None
            and known.loaded
            and known.record.state == record.state
            and not record.state.final
        )

    def stop(self) -> None:
        """Begin nothing new; what is under way is ended."""
        self._stopping = True
        if self._woken is not None:
            self._woken.set()

    async def work(self) -> None:
        """Tell what there is to tell, until cancelled or stopped.

        Raises:
            InvalidInput: it is at work already.
        """
        if self._woken is not None:
            raise InvalidInput("This receiver is at work already: one is enough.")
        self._woken, self._stopping = asyncio.Event(), False
        self._begin()
        try:
            async with asyncio.TaskGroup() as group:
                begun = await self._take_up(at_once=True)
                loop = asyncio.get_running_loop()
                swept = loop.time()
                while not self._stopping:
                    self._woken.clear()
                    for run_id in self._due():
                        group.create_task(self._attend(run_id))
                    with contextlib.suppress(TimeoutError):
                        async with asyncio.timeout_at(min(self._next_scan, swept + self._sweep)):
                            await self._woken.wait()
                    if loop.time() >= swept + self._sweep:
                        begun = await self._take_up(at_once=not begun) or begun
                        swept = loop.time()
        finally:
            self._woken = None
            self._end_work()

    async def resume(self) -> int:
        """Look once at all that is open, and tell of what has ended; how many were told of.

        Raises:
            NotNow: what is open can't be read just now.
        """
        before = self.count
        self._begin()
        try:
            opened = await self._opened()
            async with asyncio.TaskGroup() as group:
                for one in opened:
                    if one.run_id not in self._busy:
                        self._wait_for(one.run_id, ended=one.ended).next_look = 0.0
                        self._busy.add(one.run_id)
                        group.create_task(self._attend(one.run_id))
        finally:
            self._end_work()
        return self.count - before

    async def undelivered(self) -> list[Undelivered]:
        """The runs whose ends nobody was told of yet.

        Raises:
            NotNow: that can't be read just now.
        """
        return await self.deliveries.open(self._tag)

    def _begin(self) -> None:
        """Somebody begins to work, maybe on another loop than who did before."""
        if not self._at_work:
            self._slots, self._reads = asyncio.Semaphore(_AT_ONCE), asyncio.Semaphore(_AT_ONCE)
        self._at_work += 1

    def _end_work(self) -> None:
        """The last one who worked here leaves what is claimed to others."""
        self._at_work -= 1
        if not self._at_work:
            self.deliveries.leave()

    async def _opened(self) -> list[Undelivered]:
        return await self.deliveries.open(self._tag, seen=self._on_final is not None)

    def _due(self) -> list[str]:
        """The runs to attend to now, each marked as being attended to."""
        now = asyncio.get_running_loop().time()
        due = dict.fromkeys(self._news)
        scans = now >= self._next_scan
        if scans:
            due |= dict.fromkeys(run_id for run_id, one in self._waited.items() if one.next_look <= now)
        found = [run_id for run_id in due if run_id not in self._busy]
        self._busy.update(found)
        if scans:
            looks = (one.next_look for run_id, one in self._waited.items() if run_id not in self._busy)
            self._next_scan = max(min(looks, default=float("inf")), now + BETWEEN_SCANS)
        return found

    async def _take_up(self, *, at_once: bool) -> bool:
        """Learn from the ledger what is open, and keep what is claimed; False when that can't be read just now."""
        if self._calling:
            await self.deliveries.renew()
        try:
            opened = await self._opened()
        except NotNow:
            return False
        for one in opened:
            if one.run_id not in self._waited and one.run_id not in self._left:
                waited = self._wait_for(one.run_id, ended=one.ended)
                if at_once or one.ended:
                    waited.next_look = 0.0
        if self._context.ledger.why is None:
            # What others have told of meanwhile is nobody's business any more.
            still = {one.run_id for one in opened} | self._busy | self._news.keys()
            self._waited = {run_id: one for run_id, one in self._waited.items() if run_id in still}
        self._next_scan = 0.0
        return True

    def _wait_for(self, run_id: str, *, ended: bool = False) -> Waited:
        if run_id not in self._waited:
            first = asyncio.get_running_loop().time() + self._first
            self._waited[run_id] = Waited(RunRecord(run_id), first, self._first, FIRST_AGAIN)
        waited = self._waited[run_id]
        waited.ended = waited.ended or ended
        return waited

    async def _attend(self, run_id: str) -> None:
        """Do what is to be done about one run now; one task at a time does."""
        try:
            while not self._stopping or not self.working:
                news = self._news.pop(run_id, None)
                if run_id not in self._left:
                    await self._attend_once(self._wait_for(run_id), news)
                if run_id not in self._news:
                    return
        except NotNow as error:
            _log.info("Run %s is put off: %s", run_id, error.message)
            self._wait_for(run_id).put_off(asyncio.get_running_loop().time())
        except Exception:  # noqa: BLE001 - the others' ends are to be told all the same
            _log.exception("Run %s can't be told of, which is a fault of the SDK: please report it.", run_id)
            if run_id in self._waited:
                self._waited[run_id].put_off(asyncio.get_running_loop().time())
        finally:
            self._busy.discard(run_id)
            if run_id in self._waited:
                self._next_scan = min(self._next_scan, self._waited[run_id].next_look)

    async def _attend_once(self, run: Waited, news: News | None) -> None:
        if not run.loaded:
            kept = await self._context.ledger.run(run.record.id)
            run.record = kept.record if kept is not None else run.record
            run.loaded = True
        if news is not None:
            run.submit_id = run.submit_id or news.submit_id
            if news.record.state.final:
                run.said_to_have_ended()
            else:
                await self._show(run, news.record)
        if asyncio.get_running_loop().time() >= run.next_look:
            await self._look(run)

    async def _show(self, run: Waited, told: RunRecord) -> None:
        """Something was heard of a live run."""
        before = run.record
        run.heard(told, asyncio.get_running_loop().time())
        if (run.record.state, run.record.outputs) != (before.state, before.outputs):
            self._context.ledger.heard_soon(run.record)
            self._context.polling.nudge(run.record.id)
        step = (run.record.state, run.record.fraction, run.record.live_status)
        if self._on_progress is None or step == (before.state, before.fraction, before.live_status):
            return
        try:
            await self._call(self._on_progress, run.record)
        except Exception:  # noqa: BLE001 - somebody's own code
            _log.exception("on_progress failed for run %s; it is not repeated.", run.record.id)

    async def _look(self, run: Waited) -> None:
        run.last_look = asyncio.get_running_loop().time()
        try:
            record = await self._read(run)
        except (NotFound, Refused) as error:
            run.found = False
            if not await self.deliveries.missing(run.record.id):
                run.put_off(asyncio.get_running_loop().time())
                return
            _log.warning("Nobody is told of run %s: %s", run.record.id, error.message)
            self._waited.pop(run.record.id, None)
        except StationThisError as error:
            _log.info("Run %s can't be read (%s): it is looked at again.", run.record.id, error.message)
            run.put_off(asyncio.get_running_loop().time())
        else:
            if not run.found:
                self.deliveries.found(run.record.id)
                run.found = True
            if record.state.final:
                run.record = merge(run.record, record)
                await self._end(run)
                return
            await self._show(run, record)
            if run.ended:
                run.put_off(asyncio.get_running_loop().time())
            else:
                run.look_later(asyncio.get_running_loop().time(), self._longest)

    async def _read(self, run: Waited) -> RunRecord:
        """The run, from the service; of many that have not ended their list is read."""
        known, polling = run.record, self._context.polling
        if not run.ended and known.workflow_id is not None:
            async with polling.watching(known.id) as watch:
                seen = await watch.look(known, self._context.timeouts)
            if seen.whole or not seen.record.state.final:
                return seen.record
        async with self._reads:
            async with polling.watching(known.id) as watch:
                # Without its workflow it is read by itself.
                seen = await watch.look(attrs.evolve(known, workflow_id=None), self._context.timeouts)
            return seen.record

    async def _end(self, run: Waited) -> None:
        """The run has ended, by the service's own word."""
        record = await self._as_submitted(run.record)
        self._context.polling.nudge(record.id)
        run.ended = True
        submit_id = run.submit_id or record.submit_id
        if self._on_final is None:
            await self.deliveries.seen(record.id, str(record.state), submit_id)
            self._leave(run)
            return
        self._calling += 1
        try:
            async with self._slots:
                # Not before it is its turn: meanwhile others may have told, or this machine may have slept.
                claim = await self.deliveries.claim(record.id, str(record.state), submit_id)
                problem = await self._told(record) if claim == "mine" else None
        finally:
            self._calling -= 1
        if claim == "others":
            run.next_look = asyncio.get_running_loop().time() + CLAIM_SECONDS / 4
            return
        if claim == "called":
            self._leave(run)
            return
        if problem is None:
            await self.deliveries.called(record.id)
            self._leave(run)
            self.count += 1
            return
        run.tries += 1
        await self.deliveries.failed(record.id, problem)
        if run.tries >= TRIES:
            _log.error(
                "on_final failed %d times for run %s: it is tried again at the next start.", TRIES, record.id
            )
            self._leave(run)
        else:
            run.put_off(asyncio.get_running_loop().time())

    async def _told(self, record: RunRecord) -> str | None:
        """Call back; what went wrong, or None."""
        if self._on_final is None:
            return None
        return await call_final(record.id, functools.partial(self._call, self._on_final, record))

    async def _call(self, function: OnRun, record: RunRecord) -> None:
        heard = function(AsyncRun(self._context, record))
        if inspect.isawaitable(heard):
            await heard

    async def _as_submitted(self, record: RunRecord) -> RunRecord:
        """The ended run, with what only the ledger knows; a submit whose answer is lost has its run now."""
        ledger = self._context.ledger
        row = None if record.submit_id is None else await ledger.submit(record.submit_id)
        if row is not None:
            named = record.deployment_name or (row.name if row.deployment_id else None)
            record = attrs.evolve(record, deployment_name=named, tags=row.tags)
            if row.state in {"sending", "lost"} and not row.under_way:
                await ledger.accepted(row.id, record)
        await ledger.heard([record])
        return record

    def _leave(self, run: Waited) -> None:
        self._waited.pop(run.record.id, None)
        self._left[run.record.id] = None
        if len(self._left) > _KEPT:
            del self._left[next(iter(self._left))]
