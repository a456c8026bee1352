"""Runs: wait, follow, cancel, and what came of them."""

import asyncio
import contextlib
import inspect
import time
from collections.abc import AsyncGenerator, AsyncIterator, Awaitable, Callable, Iterable, Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

import attrs

from stationthis_sdk.api.calls.runs import is_refused_cancel
from stationthis_sdk.clock import SLOWEST_POLL, Clock
from stationthis_sdk.context import CANCEL_GRACE, Context
from stationthis_sdk.entities import Cost, OutputItem, Progress, RunRecord, RunState, Source, Timeouts
from stationthis_sdk.errors import (
    CancelRefused,
    InvalidInput,
    NotFound,
    RunCancelled,
    RunFailed,
    RunTimedOut,
    ServerError,
    StationThisError,
)
from stationthis_sdk.events import Following, Left, RunEvent, Told
from stationthis_sdk.frames.runs import WAYS, frame_of_runs
from stationthis_sdk.interrupts import finish, sigterm_cancels, tell
from stationthis_sdk.listing import Listing
from stationthis_sdk.logs import logger
from stationthis_sdk.money.rates import cost_of, learn_cost
from stationthis_sdk.options import OnInterrupt, total_seconds
from stationthis_sdk.outputs.normalise import extension_of
from stationthis_sdk.showing import View, showing, view_of
from stationthis_sdk.shown import Shown
from stationthis_sdk.tracing import traced_watch
from stationthis_sdk.tracker import merge

if TYPE_CHECKING:
    import pandas as pd

    from stationthis_sdk.deployment import AsyncDeployment
    from stationthis_sdk.outputs.kept import Keeping
    from stationthis_sdk.outputs.output import AsyncOutput, Outputs
    from stationthis_sdk.outputs.sidecar import Origin
    from stationthis_sdk.run_logs import AsyncRunLog
    from stationthis_sdk.shares import AsyncOutputShare

__all__ = ["AsyncRun", "OnProgress", "listed"]

OnProgress = Callable[[Progress], Awaitable[None] | None]

_TELLING: Final = 0.1
"""The fraction from which on it tells how much is left."""
_DOWNLOADS: Final = 4
"""How many files of a run are fetched at once."""
_COST_SECONDS: Final = 2.5
"""So long a run's end waits for its price."""
_CANCEL_CHECKS: Final = (0.0, 0.1, 0.2, 0.4, 0.8, 1.6)


class AsyncRun(Shown):
    """One run. What it shows is what was last heard; ``refresh``, ``wait`` and ``follow`` ask."""

    def __init__(
        self,
        context: Context,
        record: RunRecord,
        *,
        deployment: "AsyncDeployment | None" = None,
        timeouts: Timeouts | None = None,
        on_interrupt: OnInterrupt = "cancel",
        from_cache: bool = False,
        untold: frozenset[str] = frozenset(),
        reason: str | None = None,
        cost: Cost | None = None,
        progress: Any = None,
    ) -> None:
        self._context = context
        self._record = record
        self._told: RunRecord | None = None  # the newest answer, before it was joined with what was known
        self._deployment = deployment
        self._how_shown = progress
        self._timeouts = timeouts or context.timeouts
        self._on_interrupt = on_interrupt
        self._from_cache = from_cache
        self._source = Source.now()
        self._untold = untold  # of inputs and outputs, what the list that it comes from leaves out
        self._reason = reason
        self._cost = cost
        self._keeping: Keeping | None = None  # for options(cache=True)
        self._kept: Mapping[Any, Path] = {}  # copies of what its outputs are
        self._waited_for = 0
        self._odd_state: str | None = None  # that was warned of
        self._usual: float | None = None  # seconds that runs of this deployment take
        self._slowest_poll = SLOWEST_POLL  # of a run of hours it may be longer
        self._seen_running = time.monotonic() if record.state.phase == "execution" else None

    def __repr__(self) -> str:
        of = f" of {self._deployment.name!r}" if self._deployment else ""
        return f"<run {self.id}{of}: {self.progress}>"

    @property
    def id(self) -> str:
        """The service's id of the run."""
        return self._record.id

    @property
    def state(self) -> RunState:
        """The last state heard; it never goes back, and the end sticks."""
        return self._record.state

    @property
    def progress(self) -> Progress:
        """How far the run was when last heard of."""
        record = self._record
        fraction = 1.0 if record.state == "success" else record.fraction
        return Progress(record.state, fraction, record.queue_position, record.live_status, self._eta())

    @property
    def inputs(self) -> dict[str, Any]:
        """The inputs as sent: defaults left out, seeds that were drawn included, uploads as links.

        Raises:
            InvalidInput: it comes from a list that does not tell them, see ``Runs.list``: refresh() first.
        """
        self._need_whole("inputs")
        return dict(self._record.inputs)

    @property
    def tags(self) -> tuple[str, ...]:
        """What it was tagged with when it was submitted; this machine alone knows."""
        return self._record.tags

    @property
    def reason(self) -> str | None:
        """Why it failed, in the words of the machine that ran it: known once its end was waited for or followed.

        The service keeps no reason with a run; it is looked for in the raw list of the workflow's runs and in the log.
        None where neither tells.
        """
        return self._reason

    @property
    def cost(self) -> Cost:
        """What it cost: seconds at work times the rate of its own GPU; while it works, what it costs so far.

        In US dollars, an estimate: the service bills cold starts as well. Learnt once, when its end is heard of, and kept
        on this machine with the rate and its source. ``estimated`` is None, never 0, where it is not known; ``why`` says
        why. Asks nobody.

        Example:
            >>> run = await portrait(prompt="a harbour", seed=3, steps=1, width=64, height=64)
            >>> run.cost.estimated, run.cost.gpu, run.cost.rate_source
            (0.0, 'CPU', 'service')
        """
        if self._cost is not None:
            return self._cost
        rates, record = self._context.prices.at_hand, self._record
        if record.state.final:
            unasked = Cost(gpu=record.gpu, why="the service has not told its prices yet: refresh() asks")
            return unasked if rates is None else cost_of(record, rates)
        if record.state.phase != "execution":
            return Cost(gpu=record.gpu, why="it has not begun to work", so_far=True)
        if rates is None:
            return Cost(gpu=record.gpu, why="the prices are asked for at its end", so_far=True)
        return cost_of(record, rates, self._worked())

    @property
    def record(self) -> RunRecord:
        """Everything known of the run, as data."""
        return self._record

    @property
    def source(self) -> Source:
        """Where this was learnt, and how old it is."""
        return self._source

    @property
    def where(self) -> str:
        """Where it runs: cloud, or local for a gateway on this machine."""
        return "local" if self._context.settings.nearby else "cloud"

    @property
    def from_cache(self) -> bool:
        """Whether this is an earlier run that was found instead of paying for the same again."""
        return self._from_cache

    @property
    def outputs(self) -> "Outputs[AsyncOutput]":
        """What the run has made so far.

        Raises:
            InvalidInput: it comes from a list that does not tell them, see ``Runs.list``: refresh() first.
        """
        from stationthis_sdk.outputs.output import AsyncOutput, Outputs  # noqa: PLC0415 - many ask for its state alone

        self._need_whole("outputs")
        items = self._record.outputs
        origin = self._origin()
        return Outputs(
            [
                AsyncOutput(
                    item,
                    self._context.service.edge,
                    origin,
                    place=place if len(items) > 1 else None,
                    renew=self._renew,
                    kept=self._kept.get(item.identity),
                )
                for place, item in enumerate(items)
            ],
            ended=self.state.final,
        )

    def to_frame(self, *, per: str = "run") -> "pd.DataFrame":
        """What is known of it as a pandas frame of one row, or with ``per="output"`` of one row for each output. Asks nobody.

        Columns are run_id, deployment, state, its inputs by their names, reason, created_at, started_at, ended_at (UTC),
        queued and duration, gpu, cost (US dollars, estimated) or cost_why, tags, from_cache, outputs (how many),
        output_url and picture; per output also output_place, _name, _kind, _filename, _mime, _node and _text. An input
        that is called like one of them is ``input_…``. Seeds of any size stay exact: UInt64 where Int64 is too small.

        Raises:
            InvalidInput: ``per`` is neither; or the run comes from a list that does not tell its outputs.
            MissingExtra: pandas is not installed.

        Example:
            >>> run = await portrait(prompt="a harbour", seed=3, steps=1, width=64, height=64)
            >>> run.to_frame()[["state", "prompt", "seed"]].to_dict("records")
            [{'state': 'success', 'prompt': 'a harbour', 'seed': 3}]
        """
        return frame_of_runs([self], per)

    async def refresh(self) -> "AsyncRun":
        """Ask the service for the run's present state and return the run.

        Raises:
            NotFound: the service does not know the run (any more).
        """
        await self._read()
        await self._learn_cost()
        return self

    async def _read(self) -> None:
        self._hear(await self._context.service.runs.get(self.id))

    def _need_whole(self, what: str) -> None:
        if what in self._untold:
            raise InvalidInput(
                f"The list that run {self.id} comes from tells nothing of {what}: refresh() the run first, or list "
                f"with {what}=True."
            )

    async def share(
        self, output: int | str = 0, *, visibility: str = "private", kind: str | None = None
    ) -> "AsyncOutputShare":
        """Show one of its outputs to others, and return the share; ``delete`` ends it.

        output: its place, or its name. visibility: private, link (whoever has the address), or public. kind: image,
        video, 3d or other; what the file's name says by default. An output has one share, which can't be changed.

        Raises:
            InvalidInput: no such visibility or kind; or it is shared already, otherwise.
            NotFound: the run has no such output.

        Example:
            >>> run = await portrait(prompt="a lighthouse", seed=7, steps=1, width=64, height=64)
            >>> share = await run.share(visibility="link")
            >>> share.visibility, share.run_id == run.id
            ('link', True)
            >>> await share.delete()
        """
        from stationthis_sdk.api.calls.shares import check_shared_as  # noqa: PLC0415 - few share anything
        from stationthis_sdk.shares import AsyncOutputShare  # noqa: PLC0415 - likewise

        check_shared_as(kind=kind, visibility=visibility)
        if self._untold or not self.state.final:
            await self.refresh()
        entry = self.outputs[output]._item.entry_id  # noqa: SLF001 - the two know each other
        if entry is None:
            raise NotFound(f"The service gave output {output!r} of run {self.id} no id.", run_id=self.id)
        share = await self._context.service.shares.create(self.id, entry, kind=kind, visibility=visibility)
        if share.visibility != visibility:
            raise InvalidInput(
                f"This output is shared already, as {share.visibility} (share {share.id}), which can't be changed: "
                f"st.runs.shared({share.id!r}).delete() ends that."
            )
        return AsyncOutputShare(self._context, share)

    async def wait(
        self,
        *,
        timeout: float | None = None,  # noqa: ASYNC109 - it names the phase that ran out
        on_progress: OnProgress | None = None,
        on_interrupt: OnInterrupt | None = None,
    ) -> "AsyncRun":
        """Wait until the run has ended well, and return it.

        ``timeout`` is in seconds for all of it; the other limits are the client's. Polls that fail are tried
        again until a limit runs out. Interrupted (Ctrl-C, SIGTERM, task cancellation), it cancels the run on the
        service first; ``on_interrupt="detach"`` leaves it running.

        Raises:
            RunFailed, RunCancelled, RunTimedOut: it ended otherwise.
            TimedOut: a limit ran out; the run goes on.

        Example:
            >>> run = await portrait.submit(prompt="a harbour", steps=2)
            >>> (await run.wait()).state
            'success'
        """
        return await self._wait(timeout, on_progress, on_interrupt)

    async def _wait(
        self,
        total: float | None = None,
        on_progress: OnProgress | None = None,
        on_interrupt: OnInterrupt | None = None,
        *,
        since: float | None = None,
    ) -> "AsyncRun":
        """Wait as ``wait`` does; ``since`` is the loop time the total limit is counted from, else now."""
        async with showing(self, self._how_shown) as shown, self._promise(on_interrupt):
            shown.begin()
            async with contextlib.aclosing(self._watch(total, since)) as records:
                async for _ in records:
                    shown.tell()
                    if on_progress is not None:
                        await self._show(on_progress)
            await self._learn_reason()
            await shown.end()
        self._raise_for_end()
        return self

    def _show_in_background(self) -> None:
        """Show how it gets on while the caller goes on, where somebody looks; that it is watched changes nothing."""
        if self._from_cache:
            return  # nothing is under way
        view = view_of(self, self._how_shown, background=True)
        if view is not None:
            self._context.show(view, lambda: self._tell_of_all(view))

    async def _tell_of_all(self, view: View) -> None:
        async with contextlib.aclosing(self._watch(None)) as records:
            async for _ in records:
                view.tell()
        await self._learn_reason()

    def follow(
        self,
        *,
        timeout: float | None = None,
        on_interrupt: OnInterrupt | None = None,
    ) -> AsyncIterator[RunEvent]:
        """Yield what happens to the run, as it happens, until its end; a failed run ends, too, without raising.

        Limits and interruption are those of ``wait``, also while the body of the loop runs; leaving the loop by
        yourself leaves the run running.

        Example:
            >>> run = await portrait.submit(prompt="a harbour", steps=2)
            >>> [event.kind async for event in run.follow()][-1]
            'end'
        """
        return Following(lambda left: self._follow(left, timeout, on_interrupt))

    async def _follow(
        self,
        left: Left,
        timeout: float | None,  # noqa: ASYNC109 - see follow
        on_interrupt: OnInterrupt | None,
        more: "Callable[[list[RunEvent]], Awaitable[list[RunEvent]]] | None" = None,
    ) -> AsyncGenerator[RunEvent]:
        """Yield what happens; ``more`` makes of the news of each look what is told."""
        told = Told(self)
        async with contextlib.aclosing(self._watch(timeout)) as records:
            while True:
                async with self._promise(on_interrupt):
                    if await anext(records, None) is None:
                        break
                    news = list(told.news())
                    if more is not None:
                        news = await more(news)
                for event in news:
                    try:
                        yield event
                    except (asyncio.CancelledError, GeneratorExit) as end:
                        # Closed while the caller's own code ran: by a break, or by an interruption.
                        if isinstance(end, asyncio.CancelledError) or left.interrupted:
                            await finish(self._clean_up(on_interrupt), self._name)
                        raise
        await self._learn_reason()
        last = [RunEvent("end", self.id, self.progress)]
        for event in last if more is None else await more(last):
            yield event

    def logs(self, *, follow: bool = False, webhooks: bool = False) -> "AsyncRunLog":
        """The run's log, to loop over or as a frame: the lines written so far; with ``follow`` all until its end.

        Lines come oldest first, with ``time`` (aware UTC), ``level`` and ``message``. A stream that breaks is opened
        again, and no line comes twice. Leaving the loop, also by Ctrl-C, leaves the run running. webhooks: with its
        deliveries, whose messages are JSON. What the service has archived, a minute after the run's end, has no levels:
        info.

        The loop raises:
            NotFound: the server has no logs, or the run is gone.
            ConnectionFailed, ConnectionLost, ServerError: the service does not answer, for long.

        Example:
            >>> run = await portrait(prompt="a harbour", seed=3, steps=2, width=64, height=64)
            >>> [line.message async for line in run.logs()][-1]
            'success'
        """
        from stationthis_sdk.run_logs import AsyncRunLog  # noqa: PLC0415 - loaded with the first log

        return AsyncRunLog(self, follow=follow, webhooks=webhooks)

    async def cancel(self) -> RunState:
        """Cancel the run on the service and return the state it ended in.

        A run that has ended already keeps its end.

        Raises:
            CancelRefused: the service would not: a classic machine's run, or one not handed to a machine yet.
        """
        await self._ask_to_cancel()
        for pause in _CANCEL_CHECKS:
            if self.state.final:
                break
            await asyncio.sleep(pause)
            await self.refresh()
        return self.state

    async def save(self, to: str | Path = ".", *, sidecar: bool = True) -> list[Path]:
        """Save every output into a folder and return the paths; a JSON of inputs and ids goes beside each.

        Names are made of the deployment's name and the seed; a file that is there already is kept, unless it is
        this very output.

        Raises:
            InvalidInput: ``to`` is a file's name, or the run has not ended and made nothing yet.
            SaveFailed, DownloadFailed: see ``Output.save``.
        """
        from stationthis_sdk.outputs.sidecar import at_home, ready_folder  # noqa: PLC0415 - likewise

        folder = at_home(to)
        if extension_of(folder.name):
            raise InvalidInput(
                f"A run is saved into a folder, and {folder.name!r} looks like a file: run.outputs[0].save({str(to)!r})."
            )
        if self._untold:
            await self.refresh()
        if not self.state.final and not self._record.outputs:
            raise InvalidInput(
                f"Run {self.id} is still {self.state}, there is nothing to save yet: wait() first."
            )
        if self._deployment is None:
            with contextlib.suppress(StationThisError):  # only the names would miss it
                await self._find_deployment()
        outputs, few = self.outputs, asyncio.Semaphore(_DOWNLOADS)
        if outputs:
            await asyncio.to_thread(ready_folder, folder)

        async def saved(output: "AsyncOutput") -> Path:
            async with few:
                return await output._save_in(folder, sidecar=sidecar)  # noqa: SLF001 - the two know each other

        # One that fails takes none of the others with it.
        done = await asyncio.gather(*(saved(output) for output in outputs), return_exceptions=True)
        paths = [one for one in done if isinstance(one, Path)]
        for problem in done:
            if isinstance(problem, StationThisError):
                problem.saved = tuple(paths)
            if isinstance(problem, BaseException):
                raise problem
        return paths

    async def again(self, **changes: Any) -> "AsyncRun":
        """Run the same deployment with the same inputs and these changes, and return the finished run.

        The seed stays the same unless changed; ``seed=None`` draws a new one.

        Example:
            >>> run = await portrait(prompt="a harbour", seed=3, steps=2)
            >>> (await run.again(prompt="a forest")).inputs["seed"]
            3
        """
        deployment = self._deployment or await self._find_deployment()
        if self._untold:
            await self.refresh()
        return await deployment({**self.inputs, **changes})

    async def _show(self, on_progress: OnProgress) -> None:
        try:
            heard = on_progress(self.progress)
            if inspect.isawaitable(heard):
                await heard
        except Exception:
            tell(f"Left running: {self._name}; on_progress failed. Reattach: st.runs.get({self.id!r}).")
            raise

    def _eta(self) -> float | None:
        """Seconds left, counted from when the run was first seen to work."""
        record = self._record
        if record.state.phase != "execution" or self._seen_running is None:
            return None
        worked = self._worked()
        if self._usual is not None:
            return max(0.0, self._usual - worked)
        return worked * (1 - record.fraction) / record.fraction if record.fraction >= _TELLING else None

    def _worked(self) -> float:
        """Seconds since the run began to work, as far as anybody knows."""
        if self.state.phase != "execution" or self._seen_running is None:
            return 0.0
        return time.monotonic() - self._seen_running

    async def _learn_from_ledger(self, *, progress: bool) -> None:
        """How long such runs take, and when this one began to work if that was before it was waited for here."""
        record, ledger = self._record, self._context.ledger
        await self._context.prices.recall()
        if progress and record.deployment_id is not None and self._usual is None:
            self._usual = await ledger.usual_seconds(record.deployment_id)
        if record.started_at is None or record.created_at is None or record.submit_id is None:
            return
        submit = await ledger.submit(record.submit_id)
        if submit is not None and self._seen_running is not None:
            # The service's clock may be wrong by hours: ours said when it was made, too.
            began = submit.created_at + (record.started_at - record.created_at).total_seconds()
            self._seen_running = min(self._seen_running, time.monotonic() - max(0.0, time.time() - began))

    async def _find_deployment(self) -> "AsyncDeployment":
        """The service does not tell a run's deployment: find it by workflow and version."""
        from stationthis_sdk.deployments import AsyncDeployments  # noqa: PLC0415 - the two know each other

        if self._record.workflow_id is None:
            await self.refresh()
        self._deployment = await AsyncDeployments(self._context)._of_run(self._record)  # noqa: SLF001 - likewise
        return self._deployment

    async def _ask_to_cancel(self) -> None:
        if self.state.final:
            return
        self._context.unwanted.add(self.id)
        try:
            await self._context.service.runs.cancel(self.id)
        except ServerError as error:
            if not is_refused_cancel(error):
                raise
            # Reading the run tells whether it can't be cancelled or has ended.
            await self._read()
            if not self.state.final:
                until = time.time() + CANCEL_GRACE
                await self._context.ledger.wants_cancel(self._record, until)
                raise CancelRefused(
                    f"The service would not cancel run {self.id} (it is {self.state}): {error.body}. "
                    "Runs on classic machines can't be cancelled; others can once a machine has them: try again, or "
                    "`stationthis reconcile` does.",
                    run=self,
                    run_id=self.id,
                    request=error.request,
                ) from None

    @property
    def _name(self) -> str:
        return f"run {self.id}" + (f" of {self._deployment.name}" if self._deployment else "")

    def _hear(self, told: RunRecord, *, whole: bool = True) -> None:
        self._source = Source.now()
        if whole:
            self._untold = frozenset()
        if told == self._told:
            return
        before = self._record
        known = before.workflow_version_id
        self._record, self._told = merge(before, told), told
        if self._seen_running is None and self._record.state.phase == "execution":
            self._seen_running = time.monotonic()
        if (self._record.state, self._record.outputs) != (before.state, before.outputs):
            self._context.ledger.heard_soon(self._record)
        state = self._record.state
        if not state.final and state not in RunState.ORDER and state != self._odd_state:
            self._odd_state = state
            logger("runs").warning(
                "%s is %r, which this version of the SDK does not know: it is taken for a run at work, within its limits.",
                _sentence(self._name),
                str(state),
            )
        if known and self._record.workflow_version_id != known:
            logger("runs").warning(
                "%s is of another version (%s) than its inputs were checked against (%s): it was deployed anew.",
                _sentence(self._name),
                self._record.workflow_version_id,
                known,
            )

    def _origin(self) -> "Origin":
        from stationthis_sdk.outputs.sidecar import Origin  # noqa: PLC0415 - likewise

        deployment = self._deployment
        seeds = [value for name, value in self._record.inputs.items() if name.endswith("seed")]
        return Origin(
            run_id=self.id,
            deployment=self._record.deployment_name or (deployment.name if deployment else None),
            deployment_id=self._record.deployment_id or (deployment.id if deployment else None),
            workflow_id=self._record.workflow_id,
            workflow_version_id=self._record.workflow_version_id,
            machine_id=self._record.machine_id,
            inputs=self._record.inputs,
            seed=seeds[0] if len(seeds) == 1 and type(seeds[0]) is int else None,
            cost=self._cost.estimated if self._cost else None,
        )

    async def _renew(self, item: OutputItem) -> OutputItem | None:
        fresh = await self._context.service.runs.get(self.id)
        self._hear(fresh)
        same = (
            one for one in fresh.outputs if (one.entry_id, one.filename) == (item.entry_id, item.filename)
        )
        return next(same, None)

    @traced_watch
    async def _watch(
        self, total: float | None, since: float | None = None, *, progress: bool = True
    ) -> AsyncGenerator[RunRecord]:
        """Poll until the end, yielding after each answer; of one that was kept, nothing need be asked.

        progress: nobody minds how far it is where this is False.
        """
        if self._from_cache:
            yield self._record
            return
        limits = self._timeouts if total is None else attrs.evolve(self._timeouts, total=total_seconds(total))
        began = asyncio.get_running_loop().time() if since is None else since
        clock = Clock(limits, began, self._slowest_poll)
        await self._learn_from_ledger(progress=progress)
        async with self._context.polling.watching(self.id, self._record.workflow_id) as watch:
            while True:
                deadline = clock.deadline(self.state.phase, self._worked())
                try:
                    async with asyncio.timeout_at(deadline):
                        seen = await watch.look(self._record, limits, progress=progress)
                    self._hear(seen.record, whole=seen.whole)
                except StationThisError as error:
                    if not clock.survives(error):
                        if not isinstance(error, NotFound):
                            error.told(f"Run {self.id} goes on: st.runs.get({self.id!r}).")
                        raise
                except TimeoutError:
                    pass  # no answer by the deadline, which the clock explains
                else:
                    clock.heard()
                    yield self._record
                if self.state.final:
                    await self._learn_cost()
                    break
                clock.check(self.id, self.state)
                next_look = asyncio.get_running_loop().time() + clock.pause(
                    nearby=self._context.settings.nearby
                )
                while (told := await watch.news(next_look)) is not None:
                    self._hear(told, whole=False)
                    yield self._record
        if self._keeping is not None and not self._kept:
            with contextlib.suppress(TimeoutError):
                async with asyncio.timeout_at(clock.deadline(self.state.phase)):
                    self._kept = await self._keeping.keep(self._record, self.outputs)
                    self._keeping = None

    @contextlib.asynccontextmanager
    async def _promise(self, on_interrupt: OnInterrupt | None) -> AsyncIterator[None]:
        """Within the block an interruption cleans up before it leaves."""
        self._waited_for += 1
        try:
            with sigterm_cancels():
                try:
                    yield
                except (asyncio.CancelledError, KeyboardInterrupt):
                    await finish(self._clean_up(on_interrupt), self._name)
                    raise
        finally:
            self._waited_for -= 1

    async def _clean_up(self, wish: OnInterrupt | None = None) -> None:
        """Clean up after an interruption: cancel or leave, and tell which."""
        wish = wish or self._on_interrupt
        name = self._name
        for other in tuple(self._context.live):
            if other is not self and not other.state.final and not other._waited_for:  # noqa: SLF001 - one of us
                tell(f"Left running: {other._name}; st.runs.get({other.id!r}).cancel() ends it.")  # noqa: SLF001 - one of us
        if self.state.final:
            tell(f"{_sentence(name)} had ended: {self.state}.")
            return
        reattach = f"Reattach: st.runs.get({self.id!r})."
        if wish == "detach":
            tell(f"Left running: {name}. {reattach}")
            return
        for pause in (0.3, 0.6, None):
            try:
                await self._ask_to_cancel()
                await self._read()
                break
            except StationThisError as error:
                if pause is None or not error.retryable:
                    tell(f"Left running: {name}; it could not be cancelled: {error.message} {reattach}")
                    return
                await asyncio.sleep(pause)
        tell(
            f"Cancelled {name}."
            if self.state == "cancelled"
            else f"Asked to cancel {name}; it is {self.state}."
        )

    async def _learn_reason(self) -> None:
        """Look for why it ended badly, and keep it."""
        if self._reason is not None or self.state not in {"failed", "timeout"}:
            return
        from stationthis_sdk.reasons import reason_of  # noqa: PLC0415 - most runs end well

        self._reason = await reason_of(self._context, self._record)
        if self._reason is not None:
            ledger = self._context.ledger
            with contextlib.suppress(TimeoutError):  # a disk that hangs does not keep the end back
                async with asyncio.timeout(1.0):
                    await ledger.failed_because(self.id, self._reason)

    async def _learn_cost(self, *, keep: bool = True) -> None:
        """Learn what it cost once it has ended, and keep it where the run is kept."""
        known, record = self._cost, self._record
        if not record.state.final or (known is not None and known.estimated is not None):
            return
        fresh = self._context.prices.fresh
        cost = None if fresh is None else cost_of(record, fresh)
        if cost is not None and (cost == known or not keep):
            self._cost = cost  # nobody need be asked, nothing be kept
        else:
            with contextlib.suppress(TimeoutError):  # the ledger's sums find it later
                async with asyncio.timeout(_COST_SECONDS):
                    self._cost = await learn_cost(self._context, record, keep=keep)

    def _raise_for_end(self) -> None:
        name = _sentence(self._name)
        about: dict[str, Any] = {"run": self, "run_id": self.id, "reason": self._reason}
        took = self._record.run_duration or self._record.duration
        after = "" if took is None else f" after {took:.1f} s"
        where = f" (at {self._record.live_status!r})" if self._record.live_status else ""
        if self.state == "failed":
            log = f"st.runs.get({self.id!r}).logs()"
            why = (
                f": {_ended(self._reason)}"
                if self._reason
                else f". No reason was found; its log may tell: {log}."
            )
            raise RunFailed(f"{name} failed{after}{where}{why} It was not repeated.", **about)
        if self.state == "cancelled":
            raise RunCancelled(f"{name} was cancelled{after}.", **about)
        if self.state == "timeout":
            raise RunTimedOut(
                f"{name} was stopped by the service{after}{where}: its run_timeout ran out. "
                "Raise the deployment's run_timeout, or ask for less.",
                **about,
            )


def listed(runs: Iterable[AsyncRun]) -> Listing[AsyncRun]:
    """These runs as a list that makes frames."""
    return Listing(runs, frame_of_runs, ways=WAYS)


def _ended(text: str) -> str:
    return text if text.endswith((".", "!", "?", "…")) else f"{text}."


def _sentence(text: str) -> str:
    return text[:1].upper() + text[1:]
