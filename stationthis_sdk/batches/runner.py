"""Running a batch: rows on their way, at a pace, within a budget, until nothing is missing or something says stop.

Whatever happens is written before it is acted upon, so that a process that is killed at any moment leaves nothing that the
next one can't take up: a row that was sent and not answered is looked for, one that lives is waited for, one that ended
well and is not saved is saved, and none of them is run again.
"""

import asyncio
import contextlib
import secrets
import time
from collections.abc import AsyncGenerator, AsyncIterator, Awaitable, Callable
from typing import TYPE_CHECKING, Final

import attrs

from stationthis_sdk.batches.identity import batch_mark, submit_id
from stationthis_sdk.batches.kept_files import found_again, has_no_files
from stationthis_sdk.batches.pace import Pace, Pauses
from stationthis_sdk.batches.saving import Saving
from stationthis_sdk.batches.spending import Spending
from stationthis_sdk.batches.tally import Tally, most_failures
from stationthis_sdk.context import Context
from stationthis_sdk.entities import BatchProgress, DeploymentRecord, RunRecord
from stationthis_sdk.entities.costs import dollars
from stationthis_sdk.errors import (
    AmbiguousSubmit,
    AuthError,
    BatchBusy,
    BatchStopped,
    CapReached,
    ConnectionFailed,
    ConnectionLost,
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
from stationthis_sdk.runs import AsyncRun
from stationthis_sdk.settling import settle_many, settle_now
from stationthis_sdk.store.batch_records import BatchRecord, RowRecord, Spent
from stationthis_sdk.store.batches import HELD_SECONDS, BatchLedger
from stationthis_sdk.submits import Submit, Target
from stationthis_sdk.tracing import traced_batch

if TYPE_CHECKING:
    from stationthis_sdk.batches.out import Out
    from stationthis_sdk.batches.versions import OnChange
    from stationthis_sdk.options import Options

__all__ = ["CLEANUP_SECONDS", "Runner", "Stop"]

CLEANUP_SECONDS: Final = 9.0
"""So long an interrupted batch may take to put things in order."""
_POST_SECONDS: Final = 4.0
"""Of these, for submits that are under way to be answered."""
_CANCEL_SECONDS: Final = 8.0
"""From the beginning, until runs that still live are left."""
_BEAT: float = 3.0
_CANCELS: Final = 16
_NOT_OURS: Final = frozenset({"busy", "lost"})
"""Why nothing of it is touched any more."""
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
    tally: Tally = attrs.field(factory=Tally)
    _spending: Spending = attrs.field(
        init=False, default=attrs.Factory(lambda self: Spending(self.tally), takes_self=True)
    )
    _pauses: Pauses = attrs.field(
        init=False, default=attrs.Factory(lambda self: Pauses(self.pace), takes_self=True)
    )
    _mark: str = attrs.field(
        init=False, default=attrs.Factory(lambda self: batch_mark(self.batch.name), takes_self=True)
    )
    _held_until: float = 0.0
    _rows_at_work: set[str] = attrs.field(factory=set)
    _taken_up: set[str] = attrs.field(factory=set)
    """Rows whose runs another start has begun."""
    _saving: Saving = attrs.field(init=False)
    _working: dict["asyncio.Task[None]", str] = attrs.field(factory=dict)
    _posting: set["asyncio.Task[None]"] = attrs.field(factory=set)
    _live: dict[str, tuple[RowRecord, AsyncRun]] = attrs.field(factory=dict)
    _woken: asyncio.Event = attrs.field(factory=asyncio.Event)
    _winding: asyncio.Event | None = None
    _left_live: set[str] = attrs.field(factory=set)

    def __attrs_post_init__(self) -> None:
        self.store = self.store.held_by(self.holder)
        self._saving = Saving(
            self.store, self.batch, self.out, self.run_of, self.tally, self._tell, self._woken
        )

    @contextlib.asynccontextmanager
    async def held(self) -> AsyncIterator[None]:
        """Within the block nobody else runs this batch.

        Raises:
            BatchBusy: somebody does.
        """
        found = await self.store.take(self.batch.id, self.holder)
        if found is not None and found.holder != self.holder:
            raise found.busy()
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
        self.tally.begin(await self.store.counts(self.batch.id))
        await self._tell(None)
        if self.nothing_new:
            await self._cancel_all()
            return
        await self._spending.open(self.context, self.store, self.batch, self.record)
        recovering = asyncio.get_running_loop().create_task(self._recover())
        try:
            await self._begin_missing(recovering)
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
        if self.stop is not None and self.stop.why in _NOT_OURS:
            return
        if self.stop is None and self._left_live:
            count = len(self._left_live)
            self.stop = Stop(
                "live", f"{count} runs go on past their time limits, and are waited for at the next start"
            )
        if self.stop is None and self.tally.states.get("sending"):
            count = self.tally.states["sending"]
            self.stop = Stop(
                "unsettled", f"nobody knows yet what came of {count} submits; the next start looks for them"
            )
        await self._tell(None)

    async def wind_up(self, *, cancel: bool, why: str | None = None) -> None:
        """Interrupted: start nothing, cancel what lives or leave it, and keep the ledger true; within a few seconds."""
        if self._winding is not None:
            await self._winding.wait()
            return
        self._winding = asyncio.Event()
        try:
            await self._wind_up(cancel=cancel, why=why)
        finally:
            self._winding.set()

    async def _wind_up(self, *, cancel: bool, why: str | None) -> None:
        began = time.monotonic()
        message = why or ("it was interrupted" if self.stop is None else self.stop.message)
        self.stop = Stop("cancelled" if cancel else "detached", message)
        self._woken.set()
        for task in [*(self._working.keys() - self._posting), *self._saving.tasks]:
            task.cancel()
        while self._posting and (left := began + _POST_SECONDS - time.monotonic()) > 0:
            await self._something(left)  # a run that was made just now is to be cancelled, too
        for task in self._working:
            task.cancel()
        if rest := {*self._working, *self._saving.tasks}:
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
        return self.tally.progress(self.batch)

    # --- what is missing ----------------------------------------------------------------------------------------------

    async def _begin_missing(self, recovering: "asyncio.Task[None]") -> None:
        try:
            async with contextlib.aclosing(self._missing(recovering)) as rows:
                async for row, run in rows:
                    self._begin(row, run)
        except SaveFailed as unread:  # just now
            self.stop = self.stop or Stop("refused", unread.message)

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
            pause = self._pauses.left
            if len(self._working) < self.pace.limit and not self._saving.full and pause <= 0:
                if live or self._spending.may(len(self._working)):
                    return True
                if not self._working and recovering.done():
                    self.stop = Stop("budget", self._spending.why_not)
                    return False
            await self._something(pause)
        return False

    async def _something(self, seconds: float = 0.0) -> None:
        """Wait until something has happened since the last time, or for so long."""
        with contextlib.suppress(TimeoutError):
            async with asyncio.timeout(seconds if seconds > 0 else _BEAT):
                await self._woken.wait()
        self._woken.clear()  # and not before: what happened while the caller looked would be waited for in vain

    async def _recover(self) -> None:
        """Find out what came of submits that a process left open."""
        left = await self.store.submits(self.batch.id)
        async for submit, found in settle_many(self.context, left):
            row = await self.store.by_submit(self.batch.id, submit.id)
            if row is None:
                continue
            if found is None:
                self.store.note(self.batch.id, row.id, state="pending", submit_id=None)
                self.tally.moved(row, "sending", "pending")
                self._spending.release(row.id)
            else:
                self.store.note(self.batch.id, row.id, state="live", run_id=found.id)
                self.tally.moved(row, "sending", "live")
                self._begin(attrs.evolve(row, state="live", run_id=found.id), found)
            self._woken.set()

    # --- one row ------------------------------------------------------------------------------------------------------

    def _begin(self, row: RowRecord, run: RunRecord | None) -> None:
        loop = asyncio.get_running_loop()
        if row.state == "success":
            self._saving.later(row, None)
            return
        self._spending.reserve(row.id)
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
        if row not in self._left_live:
            self._spending.release(row)
        self._woken.set()
        if not task.cancelled() and (error := task.exception()) is not None:
            self.stop = self.stop or Stop("failed", f"{type(error).__name__}: {error}")
            _log.error("A row of batch %r could not be run.", self.batch.name, exc_info=error)

    async def _run(self, row: RowRecord) -> None:
        """Submit a row and wait for its run."""
        try:
            inputs = (
                row.inputs if has_no_files(row.inputs) else await asyncio.to_thread(found_again, row.inputs)
            )
        except StationThisError as error:
            await self._refused(row, error.message)
            return
        if not self._is_held:
            self._is_taken_over()
            return
        name = submit_id(self._mark, row.id, row.attempt)
        claim = self.store.claim(self.batch.id, row.id, row.attempt, name, self._check_may_send)
        self.tally.moved(row, "pending", "sending")
        this = asyncio.current_task()
        assert this is not None  # noqa: S101 - it is one
        self._posting.add(this)
        began = time.monotonic()
        submit = Submit(
            self.context,
            self.target(),
            self.options,
            self.run_of,
            id=name,
            cleans_up=False,
            claim=claim,
        )
        try:
            run = await submit.run(inputs, {})
        except StationThisError as error:
            if claim.is_mine is False:  # begun since it was read, or the batch is not held any more
                self.tally.moved(row, "sending", "pending")
                if await self.store.renew(self.batch.id, self.holder) is None:
                    await self._is_not_ours()
            else:
                await self._not_submitted(row, error, began)
            return
        finally:
            self._posting.discard(this)
            self._woken.set()
        self._pauses.went_well()
        if run.from_cache:
            self.store.note(self.batch.id, row.id, whose=run.id, state="live", run_id=run.id)
        self.tally.moved(row, "sending", "live")
        row = attrs.evolve(row, state="live", submit_id=name, run_id=run.id)
        await self._follow(row, run)

    @property
    def _is_held(self) -> bool:
        return time.monotonic() <= self._held_until

    def _is_taken_over(self) -> None:
        self.stop = self.stop or Stop("busy", "it is somebody else's by now: it was not renewed in time")

    async def _is_not_ours(self) -> None:
        """The ledger does not say any more that it is held here: somebody else holds it, or it is another ledger."""
        if await self.store.find(self.batch.name) is not None:
            self._is_taken_over()
        elif self.context.ledger.why is None:
            self.stop = self.stop or Stop(
                "lost",
                "the ledger knows nothing of it any more, as if its file had been deleted; begun anew it would pay for all "
                f"rows again, while st.batches.rebuild({self.batch.name!r}, deployment) finds its runs",
            )

    def _check_may_send(self) -> None:
        """Nothing is sent once it is wound up, or when this process was held up for so long that it may be another's."""
        if self._winding is not None:
            raise BatchStopped(f"Batch {self.batch.name!r} is wound up. Nothing was sent.", why="cancelled")
        if not self._is_held:
            self._is_taken_over()
            raise BatchBusy(f"Batch {self.batch.name!r} is somebody else's by now. Nothing was sent.")

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
        self.store.note(self.batch.id, row.id, whose=run.id, run_id=run.id)
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
                self._spending.grown(row.id, run.cost.estimated)
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
        self.store.note(
            self.batch.id,
            row.id,
            spent=spent,
            state=state,
            reason=reason,
            run_id=row.run_id,  # again: the ledger may have been held when the run was made
            ended_at=time.time(),
        )
        self.tally.moved(row, "live", state)
        self.tally.ended(well=state == "success")
        self._spending.settle(row.id, spent.cost, well=state == "success")
        self._look_at_failures()
        if state == "success" and self.out is not None and run is not None and row.place is not None:
            self._saving.later(attrs.evolve(row, state=state, cost=spent.cost), run)
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
        self.store.note(
            self.batch.id,
            row.id,
            spent=spent,
            state="pending",
            attempt=row.attempt + 1,
            submit_id=None,
            run_id=None,
        )
        self.tally.moved(row, "live", "pending")
        self._spending.settle(row.id, spent.cost, well=False)

    async def _refused(self, row: RowRecord, why: str) -> None:
        self.store.note(self.batch.id, row.id, state="refused", reason=why, ended_at=time.time())
        self.tally.moved(row, row.state, "refused")
        self.tally.ended(well=False)
        self._look_at_failures()
        await self._tell(row)

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
            self._pauses.too_many(began, error.retry_after)
        elif isinstance(error, AuthError | Refused | CapReached | SaveFailed):
            self.stop = self.stop or Stop("refused", error.message)
        elif isinstance(
            error, ConnectionFailed | ConnectionLost | ServerError | UnexpectedResponse | TimedOut
        ):
            self._pauses.in_vain(began)
            if self._pauses.is_unreachable:
                self.stop = self.stop or Stop("unreachable", error.message)
        elif isinstance(error, NotFound):
            self.stop = self.stop or Stop("refused", error.message)
        elif not isinstance(error, BatchBusy | BatchStopped):
            self.tally.moved(row, "sending", "pending")
            await self._refused(attrs.evolve(row, state="pending"), error.message)
            return
        self.store.note(self.batch.id, row.id, state="pending", submit_id=None)
        self.tally.moved(row, "sending", "pending")

    async def _cancel_all(self) -> None:
        """Cancel what a process has left running that ended; submits of it that made a run, as far as it shows by now."""
        for submit, found in await settle_now(self.context, await self.store.submits(self.batch.id)):
            row = await self.store.by_submit(self.batch.id, submit.id)
            if row is not None:
                self.store.note(self.batch.id, row.id, state="live", run_id=found.id)
                self.tally.moved(row, "sending", "live")
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
        self.store.note(
            self.batch.id, row.id, spent=spent, state=str(run.state), run_id=run.id, ended_at=time.time()
        )
        self.tally.moved(row, "live", str(run.state))
        self._spending.settle(row.id, spent.cost, well=run.state == "success")

    # --- stops --------------------------------------------------------------------------------------------------------

    def _look_at_failures(self) -> None:
        allowed = most_failures(self.batch.max_failures, self.batch.total)
        if allowed is not None and self.tally.failed > allowed and self.stop is None:
            cost = "" if self.tally.cost is None else f"; {dollars(self.tally.cost)} are spent"
            self.stop = Stop(
                "failures", f"{self.tally.failed} rows failed, max_failures allows {allowed}{cost}"
            )

    def _is_other_version(self, run: AsyncRun) -> bool:
        planned, ran = self.batch.workflow_version_id, run.record.workflow_version_id
        return planned is not None and ran is not None and planned != ran

    async def _drain(self) -> None:
        """Wait for what is under way, and is to be saved; not where it is to be cancelled."""
        while self._working or self._saving.tasks:
            if self.stop is not None and self.stop.why in {"cancelled", "detached"}:
                return
            if self.stop is not None and self.stop.why in _NOT_OURS:
                for task in [*self._working, *self._saving.tasks]:
                    task.cancel()
            await asyncio.wait(
                {*self._working, *self._saving.tasks}, timeout=_BEAT, return_when=asyncio.FIRST_COMPLETED
            )

    async def _beat(self) -> None:
        """Hold the batch on, and hear of others' wishes."""
        while True:
            await asyncio.sleep(_BEAT)
            state = await self.store.renew(self.batch.id, self.holder)
            if state is None:
                await self._is_not_ours()
            elif state:
                self._held_until = time.monotonic() + HELD_SECONDS
                if state == "cancelling":
                    self.stop = self.stop or Stop("cancelled", "somebody has cancelled it")
            self._woken.set()

    async def _tell(self, row: RowRecord | None) -> None:
        told = self.heard(row)
        if told is not None:
            await told
