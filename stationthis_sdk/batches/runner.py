"""Running a batch: rows on their way, at a pace, within a budget, until nothing is missing or something says stop.

Whatever happens is written before it is acted upon, so that a process that is killed at any moment leaves nothing that the
next one can't take up: a row that was sent and not answered is looked for, one that lives is waited for, one that ended
well and is not saved is saved, and none of them is run again.
"""

import asyncio
import contextlib
import secrets
import shlex
import time
from collections.abc import AsyncGenerator, AsyncIterator, Awaitable, Callable, Mapping
from typing import TYPE_CHECKING, Any, Final

import attrs

from stationthis_sdk.batches.identity import batch_mark, submit_id
from stationthis_sdk.batches.kept_files import found_again
from stationthis_sdk.batches.pace import Pace
from stationthis_sdk.batches.saved import SavedRow
from stationthis_sdk.context import Context
from stationthis_sdk.entities import BatchProgress, DeploymentRecord, RunRecord
from stationthis_sdk.entities.costs import dollars
from stationthis_sdk.errors import (
    AmbiguousSubmit,
    AuthError,
    BatchBusy,
    CapReached,
    ConnectionFailed,
    ConnectionLost,
    DownloadFailed,
    NotFound,
    RateLimited,
    Refused,
    RunFailed,
    SaveFailed,
    ServerError,
    StationThisError,
    TimedOut,
    UnexpectedResponse,
)
from stationthis_sdk.interrupts import tell
from stationthis_sdk.logs import logger
from stationthis_sdk.money.budget import Budget
from stationthis_sdk.money.estimates import estimate_of
from stationthis_sdk.runs import AsyncRun
from stationthis_sdk.settling import settle_many, settle_now
from stationthis_sdk.store.batches import (
    HELD_SECONDS,
    BatchLedger,
    BatchRecord,
    Counts,
    RowRecord,
    Spent,
)
from stationthis_sdk.submits import Submit, Target
from stationthis_sdk.tracing import traced_batch

if TYPE_CHECKING:
    from stationthis_sdk.batches.beginning import OnChange
    from stationthis_sdk.batches.out import Out
    from stationthis_sdk.options import Options

__all__ = ["CLEANUP_SECONDS", "Runner", "Stop"]

CLEANUP_SECONDS: Final = 9.0
"""So long an interrupted batch may take to put things in order."""
_POST_SECONDS: Final = 4.0
"""Of these, for submits that are under way to be answered."""
_CANCEL_SECONDS: Final = 8.0
"""From the beginning, until runs that still live are left."""
_BEAT: float = 3.0
_SAVES: Final = 8
"""Rows whose files are saved at once."""
_SAVES_WAITING: Final = 64
"""So many rows may wait to be saved before no more is run."""
_CANCELS: Final = 16
_UNREACHABLE: Final = 8
"""So many submits in a row that came to nothing for lack of an answer, and the batch stops."""
_TELLS: Final = 0.1
_LIVE: Final = ("sending", "live")
_KNOWN: Final = 2
"""With a budget, so many runs at once for each whose cost is known: what the first ones cost is learnt from a few."""
_log = logger("batches")


@attrs.frozen
class Stop:
    """Why no more is run: a word, and a sentence."""

    why: str
    message: str


@attrs.define(eq=False)
class Runner:
    """One batch at work, on one loop. ``heard`` is told of each row that has ended, and of progress."""

    context: Context
    store: BatchLedger
    batch: BatchRecord
    record: DeploymentRecord
    target: Callable[[], Target]
    run_of: Callable[..., AsyncRun]
    options: "Options"
    out: "Out | None"
    pace: Pace
    heard: "Callable[[RowRecord | None], Awaitable[None] | None]"
    on_change: "OnChange" = "stop"
    """What to do when another version than the plan's has run."""
    nothing_new: bool = False
    """Only cancel what lives."""
    stop: Stop | None = None
    left_as: tuple[str, str | None] = ("paused", "it ended unexpectedly")
    holder: str = attrs.field(factory=lambda: secrets.token_hex(8))
    counts: dict[str, int] = attrs.field(factory=dict)
    saved: int = 0
    cost: float | None = None
    unknown: int = 0
    began: float = attrs.field(factory=time.monotonic)
    done_here: int = 0
    _budget: Budget | None = None
    _estimate: float | None = None
    _known: int = 0
    _held_until: float = 0.0
    _rows_at_work: set[str] = attrs.field(factory=set)
    _taken_up: set[str] = attrs.field(factory=set)
    """Rows whose runs another start has begun."""
    _saving: set["asyncio.Task[None]"] = attrs.field(factory=set)
    _working: dict["asyncio.Task[None]", str] = attrs.field(factory=dict)
    _posting: set["asyncio.Task[None]"] = attrs.field(factory=set)
    _live: dict[str, tuple[RowRecord, AsyncRun]] = attrs.field(factory=dict)
    _woken: asyncio.Event = attrs.field(factory=asyncio.Event)
    _in_vain: int = 0
    _in_vain_since: float = 0.0
    _too_many_since: float = 0.0
    _slow_until: float = 0.0
    _winding: asyncio.Event | None = None
    _left_live: set[str] = attrs.field(factory=set)
    _failed_here: int = 0
    unsaved: int = 0
    _few_saves: asyncio.Semaphore = attrs.field(factory=lambda: asyncio.Semaphore(_SAVES))

    def __attrs_post_init__(self) -> None:
        self.store = self.store.held_by(self.holder)

    @contextlib.asynccontextmanager
    async def held(self) -> AsyncIterator[None]:
        """Within the block nobody else runs this batch.

        Raises:
            BatchBusy: somebody does.
        """
        found = await self.store.take(self.batch.id, self.holder)
        if found is not None and found.holder != self.holder:
            since = "" if found.holder_pid is None else f", process {found.holder_pid} on {found.holder_host}"
            raise BatchBusy(
                f"Batch {self.batch.name!r} is being run by somebody else{since}: wait for it, or stop it with "
                f"`stationthis batches cancel {shlex.quote(self.batch.name)}`. Nothing was sent."
            )
        self._held_until = time.monotonic() + HELD_SECONDS
        beating = asyncio.get_running_loop().create_task(self._beat())
        try:
            yield
        finally:
            beating.cancel()
            await asyncio.wait({beating})
            await self.store.leave(self.batch.id, self.holder, *self.left_as)

    @traced_batch
    async def work(self) -> None:
        """Run what is missing. When it returns, ``stop`` says why anything still is.

        Raises:
            StationThisError: the rates can't be read, or the like, before anything was sent.
        """
        await self.store.unsent(self.batch.id)
        self._count(await self.store.counts(self.batch.id))
        await self._tell(None)
        if self.nothing_new:
            await self._cancel_all()
            return
        await self._open_budget()
        recovering = asyncio.get_running_loop().create_task(self._recover())
        try:
            async with contextlib.aclosing(self._missing(recovering)) as rows:
                async for row, run in rows:
                    self._begin(row, run)
            await self._drain()
        finally:
            recovering.cancel()
            await asyncio.wait({recovering})
        if not recovering.cancelled() and (error := recovering.exception()) is not None:
            raise error
        if self._winding is not None:
            await self._winding.wait()
        elif self.stop is not None and self.stop.why == "cancelled":
            await self.wind_up(cancel=True)
        if self.stop is not None and self.stop.why == "busy":
            return
        if self.stop is None and self._left_live:
            count = len(self._left_live)
            self.stop = Stop(
                "live", f"{count} runs go on past their time limits, and are waited for at the next start"
            )
        if self.stop is None and self.counts.get("sending"):
            count = self.counts["sending"]
            self.stop = Stop(
                "unsettled", f"nobody knows yet what came of {count} submits; the next start looks for them"
            )
        await self._tell(None)

    async def wind_up(self, *, cancel: bool) -> None:
        """Interrupted: start nothing, cancel what lives or leave it, and keep the ledger true; within a few seconds."""
        if self._winding is not None:
            await self._winding.wait()
            return
        self._winding = asyncio.Event()
        try:
            await self._wind_up(cancel=cancel)
        finally:
            self._winding.set()

    async def _wind_up(self, *, cancel: bool) -> None:
        began = time.monotonic()
        message = "it was interrupted" if self.stop is None else self.stop.message
        self.stop = Stop("cancelled" if cancel else "detached", message)
        self._woken.set()
        for task in [*(self._working.keys() - self._posting), *self._saving]:
            task.cancel()
        while self._posting and (left := began + _POST_SECONDS - time.monotonic()) > 0:
            await self._something(left)  # a run that was made just now is to be cancelled, too
        for task in self._working:
            task.cancel()
        if rest := {*self._working, *self._saving}:
            await asyncio.wait(rest, timeout=1.0)
        if cancel:
            few = asyncio.Semaphore(_CANCELS)
            with contextlib.suppress(TimeoutError):
                async with (
                    asyncio.timeout(began + _CANCEL_SECONDS - time.monotonic()),
                    asyncio.TaskGroup() as group,
                ):
                    for row, run in list(self._live.values()):
                        group.create_task(self._cancel(row, run, few))
        if self._live:
            tell(
                f"Left running: {len(self._live)} runs of batch {self.batch.name!r}; the next start waits for them."
            )

    @property
    def progress(self) -> BatchProgress:
        """How far it is."""
        return BatchProgress(
            total=self.batch.total,
            states=dict(self.counts),
            saved=self.saved,
            cost=self.cost,
            unknown_costs=self.unknown,
            per_minute=self._per_minute,
            eta=self._eta,
            budget=self.batch.budget,
        )

    # --- what is missing ----------------------------------------------------------------------------------------------

    async def _missing(
        self, recovering: "asyncio.Task[None]"
    ) -> AsyncGenerator[tuple[RowRecord, RunRecord | None]]:
        """Rows to go on with, each when there is room for it: first those that live, then those that wait."""
        if self.out is not None:
            async for row in self.store.rows(self.batch.id, ["success"], unsaved=True):
                if not await self._room(recovering, live=True):  # it costs nothing
                    return
                yield row, None
        async for row in self.store.rows(self.batch.id, ["live"]):
            if not await self._room(recovering, live=True):
                return
            yield row, RunRecord(row.run_id or "", submit_id=row.submit_id)
        for row in await self.store.dropped(self.batch.id):
            if not await self._room(recovering, live=True):
                return
            yield row, RunRecord(row.run_id or "", submit_id=row.submit_id)
        while True:
            # Rows may come back (a 429, a submit that made no run): as long as anything is under way.
            over = recovering.done() and not self._working
            found = False
            async for row in self.store.rows(self.batch.id, ["pending"]):
                if row.id in self._rows_at_work:
                    continue
                found = True
                if not await self._room(recovering):
                    return
                yield row, None
            if not found:
                if over:
                    return
                await self._something()
            if self.stop is not None:
                return

    async def _room(self, recovering: "asyncio.Task[None]", *, live: bool = False) -> bool:
        """Wait until one more may be begun; False when none will be."""
        while self.stop is None:
            if recovering.done() and not recovering.cancelled() and recovering.exception() is not None:
                return False
            pause = self._slow_until - time.monotonic()
            if len(self._working) < self.pace.limit and len(self._saving) < _SAVES_WAITING and pause <= 0:
                if live or self._may_spend():
                    return True
                if not self._working and recovering.done():
                    self._stop_for_budget()
                    return False
            await self._something(pause)
        return False

    async def _something(self, seconds: float = 0.0) -> None:
        """Wait until something has happened, or for so long."""
        self._woken.clear()
        with contextlib.suppress(TimeoutError):
            async with asyncio.timeout(seconds if seconds > 0 else _BEAT):
                await self._woken.wait()

    async def _recover(self) -> None:
        """Find out what came of submits that a process left open."""
        left = await self.store.submits(self.batch.id)
        async for submit, found in settle_many(self.context, left):
            row = await self.store.by_submit(self.batch.id, submit.id)
            if row is None:
                continue
            if found is None:
                self.store.note(self.batch.id, row.id, state="pending", submit_id=None)
                self._moved(row, "sending", "pending")
                if self._budget is not None:
                    self._budget.release(row.id)
            else:
                self.store.note(self.batch.id, row.id, state="live", run_id=found.id)
                self._moved(row, "sending", "live")
                self._begin(attrs.evolve(row, state="live", run_id=found.id), found)
            self._woken.set()

    # --- one row ------------------------------------------------------------------------------------------------------

    def _begin(self, row: RowRecord, run: RunRecord | None) -> None:
        loop = asyncio.get_running_loop()
        if row.state == "success":
            self._save_later(row, None)
            return
        if self._budget is not None:
            self._budget.reserve(row.id, self._estimate)
        self._rows_at_work.add(row.id)
        if run is not None:
            self._taken_up.add(row.id)
        work = self._wait_for(row, run) if run is not None else self._run(row)
        task = loop.create_task(work)
        self._working[task] = row.id
        task.add_done_callback(self._over)

    def _over(self, task: "asyncio.Task[None]") -> None:
        row = self._working.pop(task)
        self._taken_up.discard(row)
        self._posting.discard(task)
        self._rows_at_work.discard(row)
        if self._budget is not None and row not in self._left_live:
            self._budget.release(row)
        self._woken.set()
        if not task.cancelled() and (error := task.exception()) is not None:
            self.stop = self.stop or Stop("failed", f"{type(error).__name__}: {error}")
            _log.error("A row of batch %r could not be run.", self.batch.name, exc_info=error)

    async def _run(self, row: RowRecord) -> None:
        """Submit a row and wait for its run."""
        try:
            inputs = await asyncio.to_thread(
                lambda: {name: found_again(one) for name, one in row.inputs.items()}
            )
        except StationThisError as error:
            await self._refused(row, error.message)
            return
        name = submit_id(batch_mark(self.batch.name), row.id, row.attempt)
        try:
            mine = self._is_held and await self.store.sending(self.batch.id, row.id, name)
        except SaveFailed as error:
            self.stop = self.stop or Stop("refused", error.message)
            return
        if not mine:
            self._is_taken_over()
            return
        self._moved(row, "pending", "sending")
        this = asyncio.current_task()
        assert this is not None  # noqa: S101 - it is one
        self._posting.add(this)
        began = time.monotonic()
        submit = Submit(
            self.context,
            self._guarded(self.target()),
            self.options,
            self.run_of,
            id=name,
            hears_sigterm=False,
        )
        try:
            run = await submit.run(inputs, {})
        except StationThisError as error:
            await self._not_submitted(row, error, began)
            return
        finally:
            self._posting.discard(this)
            self._woken.set()
        self._in_vain = 0
        self.pace.went_well()
        self.store.note(self.batch.id, row.id, state="live", run_id=run.id)
        self.store.note_run(self.batch.id, run.id)
        self._moved(row, "sending", "live")
        row = attrs.evolve(row, state="live", submit_id=name, run_id=run.id)
        await self._follow(row, run)

    @property
    def _is_held(self) -> bool:
        return time.monotonic() <= self._held_until

    def _is_taken_over(self) -> None:
        self.stop = self.stop or Stop("busy", "it is somebody else's by now: it was not renewed in time")

    def _guarded(self, target: Target) -> Target:
        """The same target, which sends nothing when this process was held up for so long that the batch may be another's."""

        async def queue(values: Mapping[str, Any], options: "Options") -> str:
            if not self._is_held:
                self._is_taken_over()
                raise BatchBusy(f"Batch {self.batch.name!r} is somebody else's by now. Nothing was sent.")
            return await target.queue(values, options)

        async def anew() -> Target | None:
            found = None if target.anew is None else await target.anew()
            return None if found is None else self._guarded(found)

        return attrs.evolve(target, queue=queue, anew=None if target.anew is None else anew)

    async def _wait_for(self, row: RowRecord, record: RunRecord) -> None:
        """Take up a run that lives, as far as anybody knows."""
        run = self.run_of(record)
        try:
            await run.refresh()
        except NotFound:
            await self._ended(row, "failed", "the service does not know its run any more", None)
            return
        except StationThisError as error:
            self._leave_live(row, error.message)
            return
        self.store.note_run(self.batch.id, run.id)
        if run.state == "cancelled":
            # Whoever was interrupted has cancelled it, and could not write it down any more.
            await run._learn_cost()  # noqa: SLF001 - likewise
            self._begin_again(row, run)
            return
        await self._follow(row, run)

    async def _follow(self, row: RowRecord, run: AsyncRun) -> None:
        self._live[row.id] = (row, run)
        await self._tell(None)
        try:
            async for _ in run._watch(None, progress=False):  # noqa: SLF001 - no promise of its own: the batch cleans up for all
                if self._budget is not None and run.cost.estimated is not None:
                    self._budget.grown(row.id, run.cost.estimated)
            await run._learn_reason()  # noqa: SLF001 - likewise
        except TimedOut as error:
            self._leave_live(row, error.message)
            return
        except NotFound:
            self._live.pop(row.id, None)
            await self._ended(row, "failed", "the service does not know its run any more", None)
            return
        except StationThisError as error:
            self._leave_live(row, error.message)
            return
        self._live.pop(row.id, None)
        await self._ended(row, str(run.state), run.reason, run)

    def _leave_live(self, row: RowRecord, why: str) -> None:
        """Its run goes on, and costs: never "failed"; whoever starts the batch again waits for it."""
        self._left_live.add(row.id)
        self.store.note(self.batch.id, row.id, reason=why)
        _log.warning("Run %s of batch %r is left running: %s", row.run_id, self.batch.name, why)

    async def _ended(self, row: RowRecord, state: str, reason: str | None, run: AsyncRun | None) -> None:
        spent = self._spent(run)
        if run is not None and self._is_other_version(run):
            taken_up = row.id in self._taken_up
            if taken_up and self.on_change == "rerun":
                self._begin_again(row, run)  # it was under way when all were to be run anew
                return
            if not taken_up and self.on_change != "continue":
                self.stop = self.stop or Stop(
                    "redeployed",
                    f"{self.batch.deployment_name!r} was deployed anew: its runs are of another version than planned. "
                    "on_change='continue' goes on with that, 'rerun' runs all rows anew",
                )
        ended_at = time.time()
        self.store.note(self.batch.id, row.id, spent=spent, state=state, reason=reason, ended_at=ended_at)
        self._moved(row, "live", state)
        self.done_here += 1
        self._failed_here += state != "success"
        self._settle(row.id, spent.cost, well=state == "success")
        self._look_at_failures()
        row = attrs.evolve(
            row,
            state=state,
            reason=reason,
            seconds=spent.seconds,
            gpu=spent.gpu,
            cost=spent.cost,
            ended_at=ended_at,
        )
        if state == "success" and self.out is not None and run is not None and row.place is not None:
            self._save_later(row, run)
            await self._tell(None)
        else:
            await self._tell(row)

    def _spent(self, run: AsyncRun | None) -> Spent:
        if run is None:
            return Spent()
        return Spent(run.cost.seconds, run.record.gpu, 0.0 if run.from_cache else run.cost.estimated)

    def _begin_again(self, row: RowRecord, run: AsyncRun) -> None:
        """Its run came to nothing that counts: the row is pending, and what the run has cost is kept."""
        spent = self._spent(run)
        fresh = {"state": "pending", "attempt": row.attempt + 1, "submit_id": None, "run_id": None}
        self.store.note(self.batch.id, row.id, spent=spent, **fresh)
        self._moved(row, "live", "pending")
        self._settle(row.id, spent.cost, well=False)

    async def _refused(self, row: RowRecord, why: str) -> None:
        self.store.note(self.batch.id, row.id, state="refused", reason=why, ended_at=time.time())
        self._moved(row, row.state, "refused")
        self.done_here += 1
        self._failed_here += 1
        self._look_at_failures()
        await self._tell(attrs.evolve(row, state="refused", reason=why, ended_at=time.time()))

    async def _not_submitted(self, row: RowRecord, error: StationThisError, began: float) -> None:
        """No run came of a row, as far as is known: what that means for the row, and for the batch."""
        if isinstance(error, AmbiguousSubmit):
            self.stop = self.stop or Stop("unsettled", error.message)
            return
        if isinstance(error, RunFailed):
            # It was made and failed at once, and its id is not told: looked for at the next start.
            self.store.note(self.batch.id, row.id, reason=error.message)
            return
        if isinstance(error, RateLimited):
            if began >= self._too_many_since:  # those that were sent before were refused for the same reason
                self.pace.too_many()
                self._too_many_since = time.monotonic()
            self._slow_until = max(self._slow_until, time.monotonic() + min(error.retry_after or 1.0, 120.0))
        elif isinstance(error, AuthError | Refused | CapReached | SaveFailed):
            self.stop = self.stop or Stop("refused", error.message)
        elif isinstance(
            error, ConnectionFailed | ConnectionLost | ServerError | UnexpectedResponse | TimedOut
        ):
            if began >= self._in_vain_since:  # likewise
                self._in_vain += 1
                self._in_vain_since = time.monotonic()
                self._slow_until = self._in_vain_since + min(0.5 * 2 ** min(self._in_vain, 8), 30.0)
            if self._in_vain >= _UNREACHABLE:
                self.stop = self.stop or Stop("unreachable", error.message)
        elif isinstance(error, NotFound):
            self.stop = self.stop or Stop("refused", error.message)
        elif not isinstance(error, BatchBusy):
            self._moved(row, "sending", "pending")
            await self._refused(attrs.evolve(row, state="pending"), error.message)
            return
        self.store.note(self.batch.id, row.id, state="pending", submit_id=None)
        self._moved(row, "sending", "pending")

    async def _cancel_all(self) -> None:
        """Cancel what a process has left running that ended; submits of it that made a run, as far as it shows by now."""
        for submit, found in await settle_now(self.context, await self.store.submits(self.batch.id)):
            row = await self.store.by_submit(self.batch.id, submit.id)
            if row is not None:
                self.store.note(self.batch.id, row.id, state="live", run_id=found.id)
                self._moved(row, "sending", "live")
        rows = [row async for row in self.store.rows(self.batch.id, ["live"])]
        rows += await self.store.dropped(self.batch.id)
        for row in rows:
            run = self.run_of(RunRecord(row.run_id or "", submit_id=row.submit_id))
            with contextlib.suppress(StationThisError):
                await run.refresh()
            self._live[row.id] = (row, run)
        await self.wind_up(cancel=True)

    async def _cancel(self, row: RowRecord, run: AsyncRun, few: asyncio.Semaphore) -> None:
        """A run that is not wanted: begun anew at the next start, once it is certain that it was cancelled."""
        async with few:
            try:
                await run.cancel()
            except StationThisError as error:
                _log.warning("Run %s is left running: %s", run.id, error.message)
                return
        if not run.state.final:
            return
        await run._learn_cost()  # noqa: SLF001 - the two know each other
        if self._live.pop(row.id, None) is None:
            return
        if run.state == "cancelled":
            self._begin_again(row, run)
            return
        spent = self._spent(run)
        self.store.note(self.batch.id, row.id, spent=spent, state=str(run.state), ended_at=time.time())
        self._moved(row, "live", str(run.state))
        self._settle(row.id, spent.cost, well=run.state == "success")

    # --- files --------------------------------------------------------------------------------------------------------

    def _save_later(self, row: RowRecord, run: AsyncRun | None) -> None:
        task = asyncio.get_running_loop().create_task(self._save(row, run))
        self._saving.add(task)
        task.add_done_callback(self._is_saved)

    def _is_saved(self, task: "asyncio.Task[None]") -> None:
        self._saving.discard(task)
        self._woken.set()
        if not task.cancelled() and (error := task.exception()) is not None:
            _log.error("A row of batch %r could not be saved.", self.batch.name, exc_info=error)

    async def _save(self, row: RowRecord, run: AsyncRun | None) -> None:
        """Save the files of a row; what fails is tried again at the next start, and never run again."""
        assert self.out is not None  # noqa: S101 - whoever calls knows
        async with self._few_saves:
            try:
                if run is None:
                    run = await self.run_of(RunRecord(row.run_id or "")).refresh()
                files = await self.out.save(saved_row(self.batch, row), run)
            except (DownloadFailed, SaveFailed, StationThisError) as error:
                self.unsaved += 1
                self.store.note(self.batch.id, row.id, reason=f"not saved: {error.message}")
                _log.warning("Row %s of batch %r is not saved: %s", row.place, self.batch.name, error.message)
                await self._tell(row)
                return
        kept = [attrs.asdict(file) for file in files]
        self.store.note(self.batch.id, row.id, saved_at=time.time(), files=kept, reason=None)
        self.saved += 1
        await self._tell(row)

    # --- money, counts, stops -----------------------------------------------------------------------------------------

    async def _open_budget(self) -> None:
        estimate = await estimate_of(self.context, self.record)
        self._estimate = estimate.most if estimate.most is not None else estimate.dollars
        self._known = estimate.runs
        if self.batch.budget is None:
            return
        # Runs that ended without telling what they cost were reserved for, too.
        unknown = self.unknown * (self._estimate or 0.0)
        self._budget = Budget(self.batch.budget, (self.cost or 0.0) + unknown)
        if self.unknown and self._estimate is None:
            self._budget.reserve("", None)
            self._budget.settle("", None)
        async for row in self.store.rows(self.batch.id, _LIVE):
            self._budget.reserve(row.id, self._estimate)

    def _may_spend(self) -> bool:
        """Whether one more run is within the budget: few at once while it has shown of few what they cost."""
        if self._budget is None:
            return True
        free = self._estimate == 0.0
        few = free or self._estimate is None or len(self._working) < max(1, _KNOWN * self._known)
        return few and self._budget.may(self._estimate)

    def _settle(self, row: str, cost: float | None, *, well: bool) -> None:
        if self._budget is not None:
            self._budget.settle(row, cost)
        if cost is None:
            self.unknown += 1
        else:
            self.cost = (self.cost or 0.0) + cost
            # What is to be reserved for the next ones: never less than the dearest so far. One that failed at once tells
            # nothing of what others will cost.
            if well or self._estimate is not None:
                self._estimate = max(self._estimate or 0.0, cost)
            self._known += well

    def _stop_for_budget(self) -> None:
        spent, limit = dollars(self.cost or 0.0), dollars(self.batch.budget or 0.0)
        need = (
            "what one more costs is not known"
            if self._estimate is None
            else f"one more costs about {dollars(self._estimate)}"
        )
        self.stop = Stop("budget", f"{spent} of {limit} are spent, and {need}")

    def _look_at_failures(self) -> None:
        allowed = most_failures(self.batch.max_failures, self.batch.total)
        if allowed is not None and self._failed_here > allowed and self.stop is None:
            cost = "" if self.cost is None else f"; {dollars(self.cost)} are spent"
            self.stop = Stop(
                "failures", f"{self._failed_here} rows failed, max_failures allows {allowed}{cost}"
            )

    def _is_other_version(self, run: AsyncRun) -> bool:
        planned, ran = self.batch.workflow_version_id, run.record.workflow_version_id
        return planned is not None and ran is not None and planned != ran

    def _count(self, counts: Counts) -> None:
        self.counts = dict(counts.states)
        self.saved, self.cost, self.unknown = counts.saved, counts.cost, counts.unknown

    def _moved(self, row: RowRecord, before: str, now: str) -> None:
        if row.place is None:
            return  # it is in the plan no longer
        self.counts[before] = max(0, self.counts.get(before, 0) - 1)
        self.counts[now] = self.counts.get(now, 0) + 1

    @property
    def _per_minute(self) -> float | None:
        seconds = time.monotonic() - self.began
        return None if self.done_here < 2 or seconds <= 0 else self.done_here / seconds * 60

    @property
    def _eta(self) -> float | None:
        rate = self._per_minute
        left = sum(self.counts.get(state, 0) for state in ("pending", *_LIVE))
        return None if not rate else left / rate * 60

    async def _drain(self) -> None:
        """Wait for what is under way, and is to be saved; not where it is to be cancelled."""
        while self._working or self._saving:
            if self.stop is not None and self.stop.why in {"cancelled", "detached"}:
                return
            if self.stop is not None and self.stop.why == "busy":
                for task in [*self._working, *self._saving]:
                    task.cancel()
            await asyncio.wait(
                {*self._working, *self._saving}, timeout=_BEAT, return_when=asyncio.FIRST_COMPLETED
            )

    async def _beat(self) -> None:
        """Hold the batch on, and hear of others' wishes."""
        while True:
            await asyncio.sleep(_BEAT)
            state = await self.store.renew(self.batch.id, self.holder)
            if state is None:
                self._is_taken_over()
            elif state:
                self._held_until = time.monotonic() + HELD_SECONDS
                if state == "cancelling":
                    self.stop = self.stop or Stop("cancelled", "somebody has cancelled it")
            self._woken.set()

    async def _tell(self, row: RowRecord | None) -> None:
        told = self.heard(row)
        if told is not None:
            await told


def saved_row(batch: BatchRecord, row: RowRecord) -> SavedRow:
    """What is told of a row when its files are saved."""
    seeds = [value for name, value in row.inputs.items() if name.endswith("seed") and type(value) is int]
    inputs = {
        name: value["$file"] if isinstance(value, Mapping) else value for name, value in row.inputs.items()
    }
    return SavedRow(
        batch.name,
        row.place or 0,
        row.key,
        inputs,
        row.extra,
        seeds[0] if len(seeds) == 1 else None,
        row.run_id or "",
        batch.deployment_name,
        batch.version,
        row.cost,
    )


def most_failures(given: float | None, total: int) -> int | None:
    """How many rows may fail: a count, or below 1 a share of all rows; None: any number.

    >>> most_failures(25, 1000), most_failures(0.1, 1000), most_failures(None, 1000)
    (25, 100, None)
    """
    if given is None:
        return None
    return int(given) if given >= 1 or given == 0 else int(given * total)
