"""A batch: many runs of one deployment from one table, planned, paid for once, taken up again whatever happens."""

import asyncio
import contextlib
import inspect
import shlex
import time
from collections.abc import AsyncIterator, Awaitable, Callable, Iterable
from typing import TYPE_CHECKING, Any, Final
from weakref import WeakValueDictionary

import attrs

from stationthis_sdk.batches.pace import Pace
from stationthis_sdk.batches.plain import need_plain
from stationthis_sdk.batches.runner import CLEANUP_SECONDS, Runner, Stop
from stationthis_sdk.batches.saving import saved
from stationthis_sdk.batches.shown_rows import shown_row
from stationthis_sdk.batches.telling import Telling
from stationthis_sdk.batches.versions import OnChange, agreed_version
from stationthis_sdk.context import Context
from stationthis_sdk.entities import BatchProgress, BatchRow, RunRecord
from stationthis_sdk.entities.batches import FAILED
from stationthis_sdk.errors import BatchBusy, BatchStopped, InvalidInput, NotFound, StationThisError
from stationthis_sdk.interrupts import cleaning_up_takes, finish, sigterm_cancels, tell
from stationthis_sdk.logs import logger
from stationthis_sdk.runs import AsyncRun
from stationthis_sdk.showing import Showing, ShownBatch, View, showing, view_of
from stationthis_sdk.store.batch_records import BatchRecord, RowRecord
from stationthis_sdk.store.batches import BatchLedger

if TYPE_CHECKING:
    import pandas as pd

    from stationthis_sdk.batches.out import Out, SavedFile
    from stationthis_sdk.deployment import AsyncDeployment

__all__ = ["AsyncBatch", "OnBatchProgress", "OnBatchRow", "at_work"]

OnBatchProgress = Callable[[BatchProgress], Awaitable[None] | None]
OnBatchRow = Callable[[BatchRow], Awaitable[None] | None]
_TICK: Final = 1.0
"""Seconds between two calls of on_progress, at the most."""
_WISHES: Final = 30.0
_AT_ONCE: Final = 500
"""Runs that are read from the ledger in one go."""
_log = logger("batches")


class AsyncBatch(ShownBatch):
    """One batch. What it shows is what the ledger has: this machine's knowledge, also of batches of other processes.

    A loop over it yields its rows in their order, as they are; ``as_completed`` yields each when it has ended.

    Example:
        >>> batch = await portrait.map([{"prompt": "a fox"}, {"prompt": "a hare"}], name="example-animals")
        >>> batch.progress.succeeded, [row.state async for row in batch]
        (2, ['success', 'success'])
    """

    def __init__(
        self,
        context: Context,
        record: BatchRecord,
        *,
        deployment: "AsyncDeployment | None" = None,
        progress: BatchProgress | None = None,
        concurrency: int | None = None,
        out: "Out | None" = None,
        on_change: "OnChange" = "stop",
    ) -> None:
        self._context = context
        self._store = BatchLedger(context.ledger)
        self._record = record
        self._deployment = deployment
        self._progress = progress or BatchProgress(record.total)
        self._concurrency = concurrency
        self._out = out
        self._on_change = on_change
        self._runner: Runner | None = None
        self._task: asyncio.Task[Stop | None] | None = None
        self._telling = Telling(self._counted)
        self._picks = 0  # rows that are picked, as refresh() has found them
        self._is_cook = False  # of a collection, whose pieces it makes

    def __repr__(self) -> str:
        return f"<batch {self.name!r} of {self._record.deployment_name!r}: {self.state}, {self.progress}>"

    def __len__(self) -> int:
        return self._record.total

    @property
    def name(self) -> str:
        """Its name, unique for this account on this machine."""
        return self._record.name

    @property
    def deployment_name(self) -> str:
        """The deployment that it runs."""
        return self._record.deployment_name

    @property
    def state(self) -> str:
        """planned, running, cancelling, paused, done or cancelled: as it was when it was looked at last."""
        if self._runner is not None and self._task is not None and not self._task.done():
            return "running"
        return "paused" if self._left else self._record.state

    @property
    def why(self) -> str | None:
        """Why it is paused."""
        return "the process that ran it has ended" if self._left else self._record.why

    @property
    def _left(self) -> bool:
        """Whether whoever ran it was killed, when it was looked at last: nobody has said that it is no more at work."""
        return self._record.state == "running" and not self._record.held

    @property
    def out(self) -> str | None:
        """Where its files go, as it was given; None where they are not saved."""
        return self._record.options.get("out")

    @property
    def progress(self) -> BatchProgress:
        """How far it is: as it is now where it is run by this process, else as ``refresh`` has found it."""
        return self._progress if self._runner is None else self._runner.progress

    async def refresh(self) -> "AsyncBatch":
        """Look at what the ledger has of it now, and return it.

        Raises:
            NotFound: it is gone.
        """
        found = await self._store.find(self.name)
        if found is None:
            raise NotFound(f"No batch {self.name!r} on this machine.")
        self._record = found
        counts = await self._store.counts(found.id)
        self._picks = counts.picked
        self._progress = BatchProgress(
            found.total,
            counts.states,
            counts.saved,
            counts.cost,
            counts.unknown,
            budget=found.budget,
        )
        return self

    # --- rows ---------------------------------------------------------------------------------------------------------

    def __aiter__(self) -> AsyncIterator[BatchRow]:
        return self.rows()

    async def rows(self, state: str | None = None) -> AsyncIterator[BatchRow]:
        """Yield its rows in their order, as they are; ``state`` is one of a row's, or failed for all that came to nothing.

        Raises:
            SaveFailed: they can't be read just now.

        Example:
            >>> batch = await portrait.map([{"prompt": "a fox"}], name="example-fox")
            >>> [row.inputs["prompt"] async for row in batch.rows("success")]
            ['a fox']
        """
        wanted = () if state is None else FAILED if state == "failed" else (state,)
        async for row in self._store.rows(self._record.id, wanted):
            yield shown_row(row)

    async def row(self, where: int | str) -> BatchRow:
        """One row: by its place, from 0, or by its key.

        Raises:
            NotFound: it has no such row.
        """
        found = await self._store.row(self._record.id, where)
        if found is None:
            kind = "at place" if isinstance(where, int) else "with the key"
            raise NotFound(f"Batch {self.name!r} has no row {kind} {where!r}: it has {len(self)} rows.")
        return shown_row(found)

    async def run(self, where: "BatchRow | int | str") -> AsyncRun:
        """The run of a row, as the ledger knows it, with its outputs; ``refresh`` renews their links.

        Raises:
            NotFound: it has no such row, or no run came of it yet.

        Example:
            >>> batch = await portrait.map([{"prompt": "a fox"}], name="example-fox")
            >>> (await batch.run(0)).outputs[0].kind
            'image'
        """
        row = where if isinstance(where, BatchRow) else await self.row(where)
        if row.run_id is None:
            raise NotFound(f"No run came of {row} yet.")
        kept = await self._context.ledger.run(row.run_id)
        if kept is None:
            return await self._run_of(RunRecord(row.run_id)).refresh()
        return self._run_of(kept.record, kept.reason)

    async def as_completed(self) -> AsyncIterator[BatchRow]:
        """Yield each row when it has ended, those that have already first; until the batch has stopped.

        Example:
            >>> batch = await portrait.map([{"prompt": "a fox"}], name="example-fox", wait=False)
            >>> [row.succeeded async for row in batch.as_completed()]
            [True]
        """
        told: set[int] = set()
        with self._telling.heard() as places:
            async for row in self._store.rows(self._record.id, ("success", *FAILED)):
                if self._saves(row):
                    continue  # told when its files are there
                told.add(row.place or 0)
                yield shown_row(row)
            while self._task is not None and not (self._task.done() and places.empty()):
                place = await places.get()
                if place is None:
                    break
                if place not in told:
                    told.add(place)
                    yield await self.row(place)

    async def pick(
        self, rows: "int | str | BatchRow | Iterable[int | str | BatchRow]", *, picked: bool = True
    ) -> "AsyncBatch":
        """Note on this machine that these rows are picked, or with ``picked=False`` no longer, and return the batch.

        rows: one or several, by place, key or themselves. Frames have them as the column ``picked``; a row that is run
        anew is picked no longer.

        Raises:
            NotFound: it has no such row; nothing was noted.

        Example:
            >>> batch = await portrait.map([{"prompt": "a fox"}, {"prompt": "a hare"}], name="example-animals")
            >>> _ = await batch.pick(1)
            >>> [row.inputs["prompt"] async for row in batch if row.picked]
            ['a hare']
        """
        given = (rows,) if isinstance(rows, int | str | BatchRow) else rows
        wanted = [row.place if isinstance(row, BatchRow) else row for row in given]
        if unknown := await self._store.pick(self._record.id, wanted, picked=picked):
            raise NotFound(f"Batch {self.name!r} has no row {unknown[0]!r}: it has {len(self)} rows.")
        return self

    async def to_frame(self) -> "pd.DataFrame":
        """Its rows as a pandas frame: place, key, state, inputs, the columns that ride along, run, duration, cost, files.

        ``cost`` is in US dollars; ``picked`` is what ``pick`` noted; ``picture`` is where the row's run has its first
        picture: ``RUN_ID/PLACE``. An input that is called like one of these columns is ``input_…``, what rides along then
        ``extra_…``. Seeds of any size stay exact: UInt64 where Int64 is too small, else texts.

        Raises:
            MissingExtra: pandas is not installed.

        Example:
            >>> batch = await portrait.map([{"prompt": "a fox", "shelf": 7}], name="example-shelf")
            >>> (await batch.to_frame()).loc[0, ["prompt", "state"]].tolist()
            ['a fox', 'success']
        """
        from stationthis_sdk.frames.batches import frame_of_rows  # noqa: PLC0415 - frames are the exception
        from stationthis_sdk.frames.columns import picture_in  # noqa: PLC0415 - likewise
        from stationthis_sdk.frames.packed import PackedRuns  # noqa: PLC0415 - likewise

        rows = [row async for row in self.rows()]
        ids = [row.run_id for row in rows if row.run_id]
        pictures: dict[str, str] = {}
        runs = PackedRuns(self._run_of)
        for at in range(0, len(ids), _AT_ONCE):
            known = await self._context.ledger.runs_known(ids[at : at + _AT_ONCE])
            told = {one.record.id: picture for one in known if (picture := picture_in(one.record))}
            pictures |= told
            await asyncio.to_thread(
                runs.pack, [(one.record, one.reason) for one in known if one.record.id in told]
            )
        return await asyncio.to_thread(frame_of_rows, rows, pictures, runs)

    # --- what it does -------------------------------------------------------------------------------------------------

    async def wait(
        self, *, on_progress: OnBatchProgress | None = None, on_row: OnBatchRow | None = None
    ) -> "AsyncBatch":
        """Wait until it has ended or stopped, and return it; rows that failed are rows, and no error.

        on_progress is told how far it is, each second and when something happens; on_row is told of each row once, as
        ``as_completed`` yields them. Interrupted (Ctrl-C, SIGTERM, task cancellation) it cancels what is under way, or
        leaves it with ``on_interrupt="detach"``, within ten seconds.

        Raises:
            BatchStopped: it stopped before its end; ``why`` says why.
        """
        if self._task is None:
            await self.refresh()
            if self._record.held:
                where = (
                    f"st.batches.get({self.name!r}) of the client that began it, and where it did, is that one"
                    if self._record.is_ours
                    else f"process {self._record.holder_pid} on {self._record.holder_host} runs it: wait for it there"
                )
                raise BatchBusy(
                    f"Batch {self.name!r} is at work elsewhere: {where}. progress tells how far it is."
                )
            await self._tell_rows(on_row)
            return self
        async with showing(self, self._how_shown) as seen:
            await self._attend(self._task, seen, on_progress, on_row)
        self._raise_for(self._task.result())
        return self

    async def _attend(
        self,
        task: "asyncio.Task[Stop | None]",
        seen: Showing,
        on_progress: OnBatchProgress | None,
        on_row: OnBatchRow | None,
    ) -> None:
        """Be there until it has ended; interrupted, clean up."""
        cleaning_up_takes(CLEANUP_SECONDS + 0.5)
        with self._telling.waiting(on_progress), self._telling.shown_by(seen), sigterm_cancels():
            rows = asyncio.get_running_loop().create_task(self._tell_rows(on_row))
            try:
                seen.begin()
                await self._telling.tell()
                while not (task.done() and rows.done()):
                    await asyncio.wait({task, rows}, timeout=_TICK, return_when=asyncio.FIRST_EXCEPTION)
                    if rows.done():
                        rows.result()
                    await self._telling.tell()
                await asyncio.shield(task)
                await self._telling.tell()
                await seen.end()
            except asyncio.CancelledError:
                if task.done():
                    tell(f"Batch {self.name!r} is {self.state}: {self.progress}.")
                else:
                    await self._clean_up()
                raise
            finally:
                rows.cancel()

    def _show_in_background(self) -> "AsyncBatch":
        """Show how it gets on while the caller goes on, where somebody looks."""
        view = view_of(self, self._how_shown, background=True)
        if view is not None:
            self._context.show(view, lambda: self._tell_of_rows(view))
        return self

    async def _tell_of_rows(self, view: View) -> None:
        with self._telling.shown_by(view):
            if self._task is not None:
                await asyncio.wait({self._task})

    @property
    def _how_shown(self) -> Any:
        return None if self._deployment is None else self._deployment._options.progress  # noqa: SLF001 - the two know each other

    async def cancel(self) -> "AsyncBatch":
        """Stop it: nothing more is sent, what is under way is cancelled, and what is done is kept.

        Also when another process runs it: that one hears of it within seconds. Rows that were cancelled are pending again.

        Example:
            >>> batch = await portrait.map([{"prompt": "a fox"}], name="example-stopped", wait=False)
            >>> (await batch.cancel()).state in {"cancelled", "done"}
            True
        """
        if self._task is not None and not self._task.done():
            await self._interrupted(cancel=True)
            return await self.refresh()
        await self.refresh()
        if self._record.state in {"done", "cancelled"} and not self._record.held and not self._progress.live:
            return self
        await self._store.wish(self._record.id, "cancelling")
        await self.refresh()
        until = time.monotonic() + _WISHES
        while self._record.held and time.monotonic() < until:
            await asyncio.sleep(0.25)
            await self.refresh()
        if self._record.held:
            raise BatchBusy(
                f"Batch {self.name!r} was asked to stop, and has not yet: it is held by {self._record.holder_host}."
            )
        if self._record.state == "cancelling":
            # Nobody runs it: what it has left running is cancelled here.
            await self._start(nothing_new=True)
            await asyncio.wait({self._task} if self._task is not None else ())
            await self.refresh()
        return self

    async def retry_failed(
        self, *, wait: bool = True, on_progress: OnBatchProgress | None = None
    ) -> "AsyncBatch":
        """Run the rows again that came to nothing, and what is missing besides; their seeds stay the same.

        Each costs again. wait: until it has ended; False leaves it at work.

        Raises:
            BatchBusy: it is at work; wait for it first.
            InvalidInput: it makes a collection: ``st.collections`` goes on with it.
            BatchStopped: see ``wait``.

        Example:
            >>> batch = await portrait.map([{"prompt": "a fox"}], name="example-fox")
            >>> (await batch.retry_failed()).progress.succeeded
            1
        """
        if self._task is not None and not self._task.done():
            raise BatchBusy(f"Batch {self.name!r} is at work: wait() for it, then retry what failed.")
        await need_plain(self._context, self.name)
        await self._agree(None)
        await self._start(again=True)
        return await self.wait(on_progress=on_progress) if wait else self._show_in_background()

    async def resume(
        self,
        *,
        on_change: OnChange | None = None,
        wait: bool = True,
        on_progress: OnBatchProgress | None = None,
    ) -> "AsyncBatch":
        """Go on with what is missing: nothing that is done is run again.

        on_change: see ``Deployment.map``; as it was begun, unless given.

        Raises:
            BatchBusy: somebody runs it.
            InvalidInput: it makes a collection: ``st.collections`` goes on with it.
            BatchStopped: another version is deployed now, or it stopped before its end: see ``wait``.
        """
        if self._task is None or self._task.done():
            await need_plain(self._context, self.name)
            await self._agree(on_change)
            await self._start()
        return await self.wait(on_progress=on_progress) if wait else self._show_in_background()

    async def _agree(self, on_change: OnChange | None) -> None:
        """See what is deployed now, and that it may go on with that."""
        self._on_change = on_change or self._on_change
        if self._deployment is not None:
            await self._deployment.refresh()
            await agreed_version(self._store, self._record, self._deployment.record, self._on_change)
            await self.refresh()

    async def forget(self) -> None:
        """Take it out of the ledger, its rows with it; runs and files stay. The same ``map`` then begins anew, and pays anew.

        Raises:
            BatchBusy: somebody runs it.
        """
        await self.refresh()
        if self._record.held:
            raise BatchBusy(f"Batch {self.name!r} is being run: cancel() it first.")
        await self._store.forget(self._record.id)

    async def _start(self, *, again: bool = False, nothing_new: bool = False) -> None:
        """Hold it, and begin to work."""
        if self._deployment is None:
            raise InvalidInput(
                f"Batch {self.name!r} has no deployment any more: st.batches.get({self.name!r}) looks for it."
            )
        if self._out is not None and not nothing_new:
            await self._out.ready()
        began: asyncio.Future[None] = asyncio.get_running_loop().create_future()
        self._runner = self._made_runner()
        if nothing_new:
            self._runner.stop, self._runner.nothing_new = Stop("cancelled", "it was cancelled"), True
        self._task = asyncio.get_running_loop().create_task(self._work(self._runner, began, again=again))
        self._context.batches.add(self._task)
        self._task.add_done_callback(self._context.batches.discard)
        either: set[asyncio.Future[Any]] = {self._task, began}
        try:
            await asyncio.wait(either, return_when=asyncio.FIRST_COMPLETED)
        except asyncio.CancelledError:
            await self._clean_up()
            raise
        if self._task.done():
            self._task.result()

    async def _work(self, runner: Runner, began: "asyncio.Future[None]", *, again: bool) -> Stop | None:
        try:
            async with runner.held():
                _at_work[runner.holder] = self
                try:
                    if again:
                        await self._store.again(self._record.id)
                    if not began.done():
                        began.set_result(None)
                    await runner.work()
                    runner.left_as = _state_of(runner.stop)
                except asyncio.CancelledError:
                    runner.left_as = ("paused", "it was interrupted")
                    raise
                except StationThisError as error:
                    runner.left_as = ("paused", error.message)
                    raise
                finally:
                    await self._tell_of_files(runner)
        finally:
            state, why = runner.left_as
            _at_work.pop(runner.holder, None)
            self._record = attrs.evolve(self._record, state=state, why=why, holder=None, held=False)
            self._telling.over()
        return runner.stop

    async def _tell_of_files(self, runner: Runner) -> None:
        """Write down what is saved where, beside the files."""
        if self._out is not None and runner.tally.saved:
            try:
                await self._out.finish(self.name, self._saved_rows())
            except StationThisError as error:
                _log.warning(
                    "What is known of the files of batch %r is not written: %s", self.name, error.message
                )

    async def _saved_rows(self) -> AsyncIterator[tuple[Any, "list[SavedFile]"]]:
        from stationthis_sdk.batches.saved import SavedFile  # noqa: PLC0415 - only with files

        async for row in self._store.rows(self._record.id, ["success"]):
            if row.saved_at is not None:
                yield saved(self._record, row), [SavedFile(**one) for one in row.files]

    async def _interrupted(self, *, cancel: bool | None = None) -> None:
        """Stop at once, and tell what became of it."""
        runner, task = self._runner, self._task
        if runner is None or task is None or task.done():
            return
        deployment = self._deployment
        wish = "cancel" if deployment is None else deployment._options.on_interrupt  # noqa: SLF001 - the two know each other
        if cancel is None:
            await runner.wind_up(cancel=wish == "cancel")
        else:
            await runner.wind_up(cancel=cancel, why="it was cancelled")
        with contextlib.suppress(asyncio.CancelledError, StationThisError):
            await task

    async def _clean_up(self) -> None:
        """Whoever waits is interrupted: stop within ten seconds, and say how to go on."""
        cleaning_up_takes(CLEANUP_SECONDS + 0.5)
        await finish(self._interrupted(), f"runs of batch {self.name!r}", CLEANUP_SECONDS)
        progress = self.progress
        tell(
            f"Batch {self.name!r} has stopped: {progress}, {progress.pending} still to do. To go on: the same call again, "
            f"or `{self._command}`."
        )

    def _made_runner(self) -> Runner:
        deployment = self._deployment
        assert deployment is not None  # noqa: S101 - whoever calls has looked
        record, options = deployment._record, deployment._options  # noqa: SLF001 - the two know each other
        return Runner(
            self._context,
            self._store,
            self._record,
            record,
            lambda: deployment._target,  # noqa: SLF001 - likewise
            deployment._run,  # noqa: SLF001 - likewise
            options,
            self._out,
            Pace.of(self._concurrency, record.concurrency_limit),
            self._heard,
            on_change=self._on_change,
        )

    async def _heard(self, row: RowRecord | None) -> None:
        if row is not None and row.place is not None:
            self._telling.ended(row.place)
        await self._telling.tell()

    def _counted(self) -> BatchProgress | None:
        """How far it is, once that was counted."""
        return None if self._runner is not None and not self._runner.tally.states else self.progress

    async def _tell_rows(self, on_row: OnBatchRow | None) -> None:
        if on_row is None:
            return
        async for row in self.as_completed():
            heard = on_row(row)
            if inspect.isawaitable(heard):
                await heard

    def _saves(self, row: RowRecord) -> bool:
        """Whether the files of a row that ended well are being saved, or will be."""
        at_work = self._task is not None and not self._task.done()
        return at_work and self._out is not None and row.state == "success" and row.saved_at is None

    def _run_of(self, record: RunRecord, reason: str | None = None) -> AsyncRun:
        return AsyncRun(self._context, record, deployment=self._deployment, reason=reason)

    @property
    def _command(self) -> str:
        """What goes on with it, from the shell."""
        return f"stationthis {'cook' if self._is_cook else 'batches resume'} {shlex.quote(self.name)}"

    def _raise_for(self, stop: Stop | None) -> None:
        if stop is None:
            return
        if stop.why == "lost":  # nothing is left that could go on
            raise BatchStopped(f"Batch {self.name!r} has stopped: {stop.message}.", why=stop.why, batch=self)
        how = "" if stop.why == "cancelled" else " The same call goes on, or"
        more = ""
        if self._is_cook and stop.why == "failures":  # there they count on from call to call
            how, more = " More must be allowed to fail:", " --max-failures N"
        raise BatchStopped(
            f"Batch {self.name!r} has stopped: {stop.message}. {self.progress}, {self.progress.pending} still to do."
            f"{how} `{self._command}{more}`.",
            why=stop.why,
            batch=self,
        )


_at_work: Final["WeakValueDictionary[str, AsyncBatch]"] = WeakValueDictionary()
"""The batches that this process has at work, by their holds."""


def at_work(context: Context, record: BatchRecord) -> AsyncBatch | None:
    """The very batch, where this client has it at work on this loop."""
    found = _at_work.get(record.holder or "")
    if found is None or found._task is None or found._context is not context:  # noqa: SLF001 - one of us
        return None
    return found if found._task.get_loop() is asyncio.get_running_loop() else None  # noqa: SLF001 - likewise


def _state_of(stop: Stop | None) -> tuple[str, str | None]:
    if stop is None:
        return "done", None
    return ("cancelled" if stop.why == "cancelled" else "paused"), stop.message
