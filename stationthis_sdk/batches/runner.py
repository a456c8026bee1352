"""Running a batch: rows on their way, at a pace, within a budget, until nothing is missing or something says stop.

Whatever happens is written before it is acted upon, so that a process that is killed at any moment leaves nothing that the
next one can't take up: a row that was sent and not answered is looked for, one that lives is waited for, one that ended
well and is not saved is saved, and none of them is run again.
"""

import asyncio
import contextlib
import secrets
import time
from collections.abc import AsyncGenerator, AsyncIterator, Awaitable, Callable, Mapping
from typing import TYPE_CHECKING, Final

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
from stationthis_sdk.settling import settle_many
from stationthis_sdk.store.batches import HELD_SECONDS, BatchLedger, BatchRecord, Counts, RowRecord
from stationthis_sdk.submits import Submit, Target

if TYPE_CHECKING:
    from stationthis_sdk.batches.out import Out
    from stationthis_sdk.options import Options

__all__ = ["CLEANUP_SECONDS", "Runner", "Stop"]

CLEANUP_SECONDS: Final = 9.0
"""So long an interrupted batch may take to put things in order."""
_POST_SECONDS: Final = 4.0
"""Of these, for submits that are under way to be answered."""
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
    keep_on: bool = False
    """Whether another version than the plan's may run on."""
    stop: Stop | None = None
    holder: str = attrs.field(factory=lambda: secrets.token_hex(8))
    counts: dict[str, int] = attrs.field(factory=dict)
    saved: int = 0
    cost: float | None = None
    unknown: int = 0
    began: float = attrs.field(factory=time.monotonic)
    done_here: int = 0
    _budget: Budget | None = None
    _estimate: float | None = None
    _held_until: float = 0.0
    _rows_at_work: set[str] = attrs.field(factory=set)
    _saving: set["asyncio.Task[None]"] = attrs.field(factory=set)
    _working: dict["asyncio.Task[None]", str] = attrs.field(factory=dict)
    _posting: set["asyncio.Task[None]"] = attrs.field(factory=set)
    _live: dict[str, tuple[RowRecord, AsyncRun]] = attrs.field(factory=dict)
    _woken: asyncio.Event = attrs.field(factory=asyncio.Event)
    _in_vain: int = 0
    _slow_until: float = 0.0
    _winding: asyncio.Event | None = None
    _left_live: set[str] = attrs.field(factory=set)
    _failed_here: int = 0
    unsaved: int = 0
    _few_saves: asyncio.Semaphore = attrs.field(factory=lambda: asyncio.Semaphore(_SAVES))

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
                f"`stationthis batches cancel {self.batch.name}`. Nothing was sent."
            )
        self._held_until = time.monotonic() + HELD_SECONDS
        beating = asyncio.get_running_loop().create_task(self._beat())
        try:
            yield
        finally:
            beating.cancel()
            await asyncio.wait({beating})

    async def work(self) -> None:
        """Run what is missing. When it returns, ``stop`` says why anything still is.

        Raises:
            StationThisError: the rates can't be read, or the like, before anything was sent.
        """
        await self.store.unsent(self.batch.id)
        self._count(await self.store.counts(self.batch.id))
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
        self._winding = asyncio.Event()
        try:
            await self._wind_up(cancel=cancel)
        finally:
            self._winding.set()

    async def _wind_up(self, *, cancel: bool) -> None:
        self.stop = Stop("cancelled", "it was interrupted" if self.stop is None else self.stop.message)
        self._woken.set()
        for task in [*(self._working.keys() - self._posting), *self._saving]:
            task.cancel()
        deadline = time.monotonic() + _POST_SECONDS
        while self._posting and (left := deadline - time.monotonic()) > 0:
            await self._something(left)  # a run that was made just now is to be cancelled, too
        for task in self._working:
            task.cancel()
        if rest := {*self._working, *self._saving}:
            await asyncio.wait(rest, timeout=1.0)
        if cancel:
            few = asyncio.Semaphore(_CANCELS)
            async with asyncio.TaskGroup() as group:
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
                if not await self._room(recovering):
                    return
                yield row, None
        async for row in self.store.rows(self.batch.id, ["live"]):
            if not await self._room(recovering, live=True):
                return
            yield row, RunRecord(row.run_id or "", submit_id=row.submit_id)
        while True:
            # Rows may come back (a 429, a submit that made no run): as long as anything is under way.
            found = False
            async for row in self.store.rows(self.batch.id, ["pending"]):
                if row.id in self._rows_at_work:
                    continue
                found = True
                if not await self._room(recovering):
                    return
                yield row, None
            if not found:
                if recovering.done() and not self._working:
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
                if live or self._budget is None or self._budget.may(self._estimate):
                    return True
                if not self._working:
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
                self._moved("sending", "pending")
            else:
                self.store.note(self.batch.id, row.id, state="live", run_id=found.id)
                self._moved("sending", "live")
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
        work = self._wait_for(row, run) if run is not None else self._run(row)
        task = loop.create_task(work)
        self._working[task] = row.id
        task.add_done_callback(self._over)

    def _over(self, task: "asyncio.Task[None]") -> None:
        row = self._working.pop(task)
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
        if time.monotonic() > self._held_until:
            self.stop = self.stop or Stop(
                "busy", "it was not renewed in time, and may be somebody else's by now"
            )
            return
        name = submit_id(batch_mark(self.batch.name), row.id, row.attempt)
        self.store.note(self.batch.id, row.id, state="sending", submit_id=name)
        self._moved("pending", "sending")
        this = asyncio.current_task()
        assert this is not None  # noqa: S101 - it is one
        self._posting.add(this)
        submit = Submit(self.context, self.target(), self.options, self.run_of, id=name)
        try:
            run = await submit.run(inputs, {})
        except StationThisError as error:
            await self._not_submitted(row, error)
            return
        finally:
            self._posting.discard(this)
            self._woken.set()
        self._in_vain = 0
        self.pace.went_well()
        self.store.note(self.batch.id, row.id, state="live", run_id=run.id)
        self.store.note_run(self.batch.id, run.id)
        self._moved("sending", "live")
        row = attrs.evolve(row, state="live", submit_id=name, run_id=run.id)
        await self._follow(row, run)

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
        await self._follow(row, run)

    async def _follow(self, row: RowRecord, run: AsyncRun) -> None:
        self._live[row.id] = (row, run)
        try:
            async for _ in run._watch(None):  # noqa: SLF001 - no promise of its own: the batch cleans up for all
                if self._budget is not None and run.cost.estimated is not None:
                    self._budget.grown(row.id, run.cost.estimated)
            await run._learn_reason()  # noqa: SLF001 - likewise
        except TimedOut as error:
            self._leave_live(row, error.message)
            return
        except NotFound:
            await self._ended(row, "failed", "the service does not know its run any more", None)
            return
        except StationThisError as error:
            self._leave_live(row, error.message)
            return
        del self._live[row.id]
        await self._ended(row, str(run.state), run.reason, run)

    def _leave_live(self, row: RowRecord, why: str) -> None:
        """Its run goes on, and costs: never "failed"; whoever starts the batch again waits for it."""
        self._left_live.add(row.id)
        self.store.note(self.batch.id, row.id, reason=why)
        _log.warning("Run %s of batch %r is left running: %s", row.run_id, self.batch.name, why)

    async def _ended(self, row: RowRecord, state: str, reason: str | None, run: AsyncRun | None) -> None:
        cost, seconds, gpu = None, None, None
        if run is not None:
            cost = 0.0 if run.from_cache else run.cost.estimated
            seconds, gpu = run.cost.seconds, run.record.gpu
        self.store.note(self.batch.id, row.id, state=state, reason=reason, ended_at=time.time())
        self.store.spent(self.batch.id, row.id, seconds, gpu, cost)
        self._moved("live", state)
        self.done_here += 1
        self._failed_here += state != "success"
        self._settle(row.id, cost)
        if run is not None and not self.keep_on and self._is_other_version(run):
            self.stop = self.stop or Stop(
                "redeployed",
                f"{self.batch.deployment_name!r} was deployed anew: its runs are of another version than planned. "
                "on_change='continue' goes on with that, 'rerun' runs all rows anew",
            )
        self._look_at_failures()
        row = attrs.evolve(
            row, state=state, reason=reason, seconds=seconds, gpu=gpu, cost=cost, ended_at=time.time()
        )
        if state == "success" and self.out is not None and run is not None:
            self._save_later(row, run)
        await self._tell(row)

    async def _refused(self, row: RowRecord, why: str) -> None:
        self.store.note(self.batch.id, row.id, state="refused", reason=why, ended_at=time.time())
        self._moved(row.state, "refused")
        self.done_here += 1
        self._failed_here += 1
        self._look_at_failures()
        await self._tell(attrs.evolve(row, state="refused", reason=why, ended_at=time.time()))

    async def _not_submitted(self, row: RowRecord, error: StationThisError) -> None:
        """No run came of a row, as far as is known: what that means for the row, and for the batch."""
        if isinstance(error, AmbiguousSubmit):
            self.stop = self.stop or Stop("unsettled", error.message)
            return
        if isinstance(error, RunFailed):
            # It was made and failed at once, and its id is not told: looked for at the next start.
            self.store.note(self.batch.id, row.id, reason=error.message)
            return
        if isinstance(error, RateLimited):
            self.pace.too_many()
            self._slow_until = max(self._slow_until, time.monotonic() + min(error.retry_after or 1.0, 120.0))
        elif isinstance(error, AuthError | Refused | CapReached | SaveFailed):
            self.stop = self.stop or Stop("refused", error.message)
        elif isinstance(
            error, ConnectionFailed | ConnectionLost | ServerError | UnexpectedResponse | TimedOut
        ):
            self._in_vain += 1
            self._slow_until = time.monotonic() + min(0.5 * 2 ** min(self._in_vain, 8), 30.0)
            if self._in_vain >= _UNREACHABLE:
                self.stop = self.stop or Stop("unreachable", error.message)
        elif isinstance(error, NotFound):
            self.stop = self.stop or Stop("refused", error.message)
        else:
            self._moved("sending", "pending")
            await self._refused(attrs.evolve(row, state="pending"), error.message)
            return
        self.store.note(self.batch.id, row.id, state="pending", submit_id=None)
        self._moved("sending", "pending")

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
        del self._live[row.id]
        cost = run.cost.estimated
        self.store.spent(self.batch.id, row.id, run.cost.seconds, run.record.gpu, cost)
        if run.state == "cancelled":
            self.store.note(
                self.batch.id, row.id, state="pending", attempt=row.attempt + 1, submit_id=None, run_id=None
            )
            self._moved("live", "pending")
        else:
            self.store.note(self.batch.id, row.id, state=str(run.state), ended_at=time.time())
            self._moved("live", str(run.state))

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
                return
        kept = [attrs.asdict(file) for file in files]
        self.store.note(self.batch.id, row.id, saved_at=time.time(), files=kept, reason=None)
        self.saved += 1
        await self._tell(None)

    # --- money, counts, stops -----------------------------------------------------------------------------------------

    async def _open_budget(self) -> None:
        estimate = await estimate_of(self.context, self.record)
        self._estimate = estimate.most if estimate.most is not None else estimate.dollars
        if self.batch.budget is not None:
            self._budget = Budget(self.batch.budget, self.cost or 0.0)

    def _settle(self, row: str, cost: float | None) -> None:
        if self._budget is not None:
            self._budget.settle(row, cost)
        if cost is None:
            self.unknown += 1
        else:
            self.cost = (self.cost or 0.0) + cost
            # What is to be reserved for the next ones: never less than the dearest so far.
            self._estimate = max(self._estimate or 0.0, cost)

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

    def _moved(self, before: str, now: str) -> None:
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
            if self.stop is not None and self.stop.why == "cancelled":
                return
            await asyncio.wait(
                {*self._working, *self._saving}, timeout=_BEAT, return_when=asyncio.FIRST_COMPLETED
            )

    async def _beat(self) -> None:
        """Hold the batch on, and hear of others' wishes."""
        while True:
            await asyncio.sleep(_BEAT)
            state = await self.store.renew(self.batch.id, self.holder)
            if state is None:
                self.stop = self.stop or Stop("busy", "somebody else has taken it over")
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
