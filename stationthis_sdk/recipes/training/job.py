"""A training: a run of hours that is followed, left, and found again."""

import inspect
import time
from collections.abc import AsyncIterator, Awaitable, Callable, Mapping
from pathlib import Path
from typing import Any, Final

import attrs

from stationthis_sdk.context import Context
from stationthis_sdk.entities import Cost, OutputItem, Progress, RunState, Source
from stationthis_sdk.errors import NotFound, RunFailed
from stationthis_sdk.events import Following, RunEvent
from stationthis_sdk.interrupts import carried_through
from stationthis_sdk.logs import logger
from stationthis_sdk.options import OnInterrupt
from stationthis_sdk.outputs.output import AsyncOutput, Outputs
from stationthis_sdk.recipes.training.codes import coded
from stationthis_sdk.recipes.training.events import TrainingEvent
from stationthis_sdk.recipes.training.learning import losses_of, steps_in_log
from stationthis_sdk.recipes.training.loss import LossCurve, curve_of
from stationthis_sdk.recipes.training.progress import Step, read_step
from stationthis_sdk.run_logs import AsyncRunLog
from stationthis_sdk.runs import AsyncRun, OnProgress
from stationthis_sdk.shown import Shown
from stationthis_sdk.store.trainings import TrainingLedger, TrainingRow

__all__ = ["MILESTONES", "AsyncTrainingJob", "OnMilestone"]

OnMilestone = Callable[[int], Awaitable[None] | None]

MILESTONES: Final = (25, 50, 75)
"""Percent of the steps."""
STALLED_AFTER: Final = 15 * 60.0
"""Seconds without a sign of getting on."""
_SLOWEST_POLL: Final = 60.0
_LOG_EVERY: Final = 60.0
"""Seconds between two looks into the log, where nothing else tells the loss."""


class AsyncTrainingJob(Shown):
    """A run that trains a model; what a run can do, it can. A new process finds it by ``st.trainings.get(id)``."""

    def __init__(self, context: Context, run: AsyncRun, row: TrainingRow) -> None:
        self._context = context
        self._run = run
        self._row = row
        steps = row.recipe.get("steps")
        self._told = Step(row.steps_done or 0, steps if isinstance(steps, int) else None, row.loss)
        self._loss = LossCurve()
        self._loss_known = False
        self._log_read = time.monotonic()
        self._stall_told = False
        self._seen: tuple[Any, ...] | None = None
        self._began: tuple[float, int] | None = None  # when it was first seen at a step, and at which
        self._now: Callable[[], float] = time.time
        self._started: float | None = None
        self._unheard = False  # whether somebody who was to be told of a milestone could not be
        # It works for hours: it is looked at seldom, and how long it may work is the service's run_timeout's business.
        run._slowest_poll = _SLOWEST_POLL  # noqa: SLF001 - the two know each other
        run._timeouts = attrs.evolve(run._timeouts, execution=None)  # noqa: SLF001 - likewise

    def __repr__(self) -> str:
        what = "stalled" if self.stalled else str(self.state)
        step = f", step {self.step}/{self.steps}" if self.steps else ""
        loss = "" if self.loss.last is None else f", loss {self.loss.last:.4g}"
        return f"<training {self.name!r} ({self.base}): {what}{step}{loss}; run {self.id}>"

    @property
    def run(self) -> AsyncRun:
        """The run that it is."""
        return self._run

    @property
    def id(self) -> str:
        """The service's id of the run."""
        return self._run.id

    @property
    def name(self) -> str:
        """What the model is to be called."""
        return self._row.name

    @property
    def base(self) -> str:
        """The family of models that it is for; empty where only another machine knows."""
        return self._row.base

    @property
    def trigger(self) -> str:
        """The word that calls it in prompts."""
        return self._row.trigger

    @property
    def recipe(self) -> Mapping[str, Any]:
        """Steps, learning rate and so on, as they were sent."""
        return {word: value for word, value in self._row.recipe.items() if word != "left_out"}

    @property
    def left_out(self) -> tuple[str, ...]:
        """What of the recipe the deployment has no input for: its own values hold."""
        return tuple(self._row.recipe.get("left_out", ()))

    @property
    def dataset(self) -> Mapping[str, Any]:
        """How many images and captions were sent, in how many bytes, and the SHA-256 of their ZIP."""
        return dict(self._row.dataset)

    @property
    def state(self) -> RunState:
        """The last state heard; it never goes back, and the end sticks."""
        return self._run.state

    @property
    def stalled(self) -> bool:
        """Whether it works and nothing was heard of it for fifteen minutes; it may go on all the same."""
        moved = max(self._row.moved_at, self._started or 0.0)
        return self.state.phase == "execution" and self._now() - moved >= STALLED_AFTER

    @property
    def registered(self) -> str | None:
        """Where in the account's volume its weights are, once ``st.models.register_lora`` has put them there."""
        return self._row.registered

    def _note_registered(self, path: str) -> None:
        self._row = attrs.evolve(self._row, registered=path)

    @property
    def code(self) -> str | None:
        """What it came to in the product's codes: success, training_failed; None while it goes on."""
        if not self.state.final:
            return None
        return "success" if self.state == "success" else "training_failed"

    @property
    def progress(self) -> Progress:
        """How far it was when last heard of."""
        return self._run.progress

    @property
    def step(self) -> int | None:
        """The furthest step that was heard of."""
        return self._told.step or None

    @property
    def steps(self) -> int | None:
        """How many there are to be."""
        return self._told.steps

    @property
    def eta(self) -> float | None:
        """Seconds left: as it says itself, else by its own pace, else as for any run; None where nobody can tell."""
        if self.state.phase != "execution":
            return None
        if self._told.eta is not None:
            return self._told.eta
        if self._began is not None and self.steps and self._told.step > self._began[1]:
            since, first = self._began
            pace = max(0.0, self._row.moved_at - since) / (self._told.step - first)
            return pace * max(0, self.steps - self._told.step)
        return self._run.progress.eta

    @property
    def loss(self) -> LossCurve:
        """The loss at each step that was told so far; at its end all of it. ``loss.last`` is the newest."""
        return self._loss

    @property
    def inputs(self) -> dict[str, Any]:
        """The inputs as sent."""
        return self._run.inputs

    @property
    def outputs(self) -> Outputs[AsyncOutput]:
        """What it has made so far."""
        return self._run.outputs

    @property
    def weights(self) -> AsyncOutput:
        """What was learnt: the .safetensors file.

        Raises:
            NotFound: it made none, or has not ended.
        """
        files = [one for one in self.outputs if one.filename.lower().endswith(".safetensors")]
        named = [one for one in files if one.name in {"weights", "lora", "lora_file"}]
        if not files:
            yet = "" if self.state.final else " yet: the training has not ended, wait() first"
            raise NotFound(f"Training {self.name!r} has made no .safetensors file{yet}.", run_id=self.id)
        return (named or files)[-1]  # of several the last: those before it are checkpoints

    @property
    def samples(self) -> list[AsyncOutput]:
        """The pictures that show what was learnt."""
        return list(self.outputs.images)

    @property
    def cost(self) -> Cost:
        """What it cost; see ``Run.cost``."""
        return self._run.cost

    @property
    def reason(self) -> str | None:
        """Why it failed; see ``Run.reason``."""
        return self._run.reason

    @property
    def source(self) -> Source:
        """Where this was learnt, and how old it is."""
        return self._run.source

    async def refresh(self) -> "AsyncTrainingJob":
        """Ask the service how far it is, and return the job.

        Raises:
            NotFound: the service does not know the run (any more).
        """
        with coded("watch"):
            await self._run.refresh()
            await self._hear()
        return self

    async def wait(
        self,
        *,
        timeout: float | None = None,  # noqa: ASYNC109 - it names the phase that ran out
        on_progress: OnProgress | None = None,
        on_milestone: OnMilestone | None = None,
        on_interrupt: OnInterrupt | None = None,
    ) -> "AsyncTrainingJob":
        """Wait until it has ended well, and return it. Once it works, it is asked for once a minute, not more.

        on_milestone: told 25, 50 and 75, each once, also when the wait is begun again in another process; what was
        passed while nobody waited is told then. The others are those of ``Run.wait``.

        Raises:
            RunFailed, RunCancelled, RunTimedOut: it ended otherwise.
            TimedOut: a limit ran out; it goes on.
        """

        async def heard(progress: Progress) -> None:
            await self._hear()
            await self._tell(on_milestone)
            await _call(on_progress, progress)

        with coded("watch"):
            try:
                await self._run.wait(timeout=timeout, on_progress=heard, on_interrupt=on_interrupt)
            except RunFailed:
                await self._learn_losses()  # where it went wrong
                raise
            await self._learn_losses()
            await self._tell(on_milestone)
        return self

    def follow(
        self, *, timeout: float | None = None, on_interrupt: OnInterrupt | None = None
    ) -> AsyncIterator[TrainingEvent]:
        """Yield what happens to it, as it happens, until its end; a training that fails ends, too, without raising.

        Kinds are state, progress, output, milestone, stalled and end; a milestone is told once, whoever follows. The
        rest is as ``Run.follow`` does it.
        """
        events: Any = Following(
            lambda left: self._run._follow(left, timeout, on_interrupt, self._events)  # noqa: SLF001 - the two know each other
        )
        found: AsyncIterator[TrainingEvent] = events
        return found

    def logs(self, *, follow: bool = False) -> AsyncRunLog:
        """Its log; see ``Run.logs``."""
        return self._run.logs(follow=follow)

    async def cancel(self) -> RunState:
        """Cancel it on the service and return the state it ended in; see ``Run.cancel``."""
        return await self._run.cancel()

    async def save(self, to: str | Path = ".", *, sidecar: bool = True) -> list[Path]:
        """Save all it made into a folder and return the paths; see ``Run.save``."""
        return await self._run.save(to, sidecar=sidecar)

    async def _hear_first(self) -> None:
        """What is known of it when it is found again."""
        if self.state.final:
            await self._move(None, self._run.progress)
            await self._learn_losses()
        else:
            progress = self._run.progress
            await self._move(read_step(progress.message, self.steps), progress)

    async def _events(self, news: list[RunEvent]) -> list[RunEvent]:
        await self._hear()
        milestones = [one for one in self._passed() if await self._claim(one)]
        if self.state.final:
            await self._learn_losses()
        told: list[RunEvent] = [self._event("milestone", milestone=one) for one in milestones]
        if self.stalled and not self._stall_told:
            told.append(self._event("stalled"))
        self._stall_told = self.stalled
        return [*(self._event(one.kind, one.progress, output=one.output) for one in news), *told]

    def _event(
        self,
        kind: str,
        progress: Progress | None = None,
        *,
        output: OutputItem | None = None,
        milestone: int | None = None,
    ) -> TrainingEvent:
        told = self._told
        return TrainingEvent(
            kind,
            self.id,
            progress or self.progress,
            output,
            self.step,
            self.steps,
            told.loss,
            self.eta,
            milestone,
        )

    async def _hear(self) -> None:
        """Take in what is known of the run now."""
        progress = self._run.progress
        step = read_step(progress.message, self.steps)
        if step is None or step.loss is None:
            step = await self._step_in_log() or step
        if step is not None:
            self._loss = self._loss.with_step(step)
        await self._move(step, progress)

    async def _move(self, step: Step | None, progress: Progress) -> None:
        """Note that it gets on, if it does."""
        began = self._run.record.started_at
        if self._started is None and began is not None:
            # By a clock that is ahead of ours it would have begun when nobody can have heard of it.
            self._started = began.timestamp() if began.timestamp() <= self._now() else 0.0
        told, known = self._told, self._told.steps
        steps = known or (step.steps if step is not None else None)
        reached = step.step if step is not None else round(progress.fraction * steps) if steps else 0
        loss = step.loss if step is not None and step.loss is not None else told.loss
        self._told = Step(max(told.step, reached), steps, loss, step.eta if step is not None else None)
        seen = (progress.state, progress.fraction, progress.message, self._told.step)
        news = self._told.step > told.step if self._seen is None else seen != self._seen
        if self._seen is None and (progress.state.phase != "execution" or not steps):
            news = True  # nothing tells whether it moved meanwhile
        self._seen = seen
        if not news:
            return
        now = self._now()
        if self._began is None and self._told.step:
            self._began = (now, self._told.step)
        self._row = attrs.evolve(self._row, moved_at=now, steps_done=self._told.step or None, loss=loss)
        await self._ledger.moved(self.id, self._told.step or None, loss, now)

    async def _tell(self, on_milestone: OnMilestone | None) -> None:
        """Tell of the milestones that it has passed; one that could not be told is told the next time."""
        for milestone in self._passed():
            if not await self._claim(milestone):
                continue
            try:
                await _call(on_milestone, milestone)
            except Exception as error:  # noqa: BLE001 - whoever is told may fail in any way; the training goes on
                await self._ledger.untell(self.id, milestone)
                self._row = attrs.evolve(
                    self._row, told=tuple(one for one in self._row.told if one != milestone)
                )
                if not self._unheard:
                    logger("trainings").warning(
                        "Training %s is %s %% done, and nobody could be told: on_milestone raised %s: %s. It is called again.",
                        self.name, milestone, type(error).__name__, error,
                    )  # fmt: skip
                self._unheard = True
            except BaseException:
                await carried_through(self._ledger.untell(self.id, milestone))
                raise

    def _passed(self) -> list[int]:
        """The milestones that it has passed, and that nobody was told of as far as is known here."""
        done = self._run.progress.fraction
        if self.steps and self._told.step:
            done = max(done, self._told.step / self.steps)
        if self.state.final and self.state != "success":
            return []
        return [one for one in MILESTONES if done * 100 >= one and one not in self._row.told]

    async def _claim(self, milestone: int) -> bool:
        """Whether it is this one's to tell: nobody else has, in any process."""
        mine = await self._ledger.tell(self.id, milestone)
        self._row = attrs.evolve(self._row, told=tuple(sorted({*self._row.told, milestone})))
        return mine

    async def _step_in_log(self) -> Step | None:
        """The last step in the log, looked up now and then while it works."""
        now = time.monotonic()
        if self.state.phase != "execution" or now - self._log_read < _LOG_EVERY:
            return None
        self._log_read = now
        steps = await steps_in_log(self._run, self.steps)
        self._loss = max(self._loss, curve_of(steps), key=len)
        return steps[-1] if steps else None

    async def _learn_losses(self) -> None:
        """At its end: the whole curve, from the file it made, else from its log."""
        if self._loss_known or self.state in {
            "cancelled",
            "timeout",
        }:  # who ended it does not wait for its log
            return
        self._loss_known = True
        found = await losses_of(self._run, self.steps)
        self._loss = found if found.points else self._loss
        if self._loss.points:
            step, loss = self._loss.points[-1]
            self._told = attrs.evolve(self._told, step=max(self._told.step, step), loss=loss)
            self._row = attrs.evolve(self._row, steps_done=self._told.step, loss=loss)
            await self._ledger.moved(self.id, self._told.step, loss, self._row.moved_at)

    @property
    def _ledger(self) -> TrainingLedger:
        return TrainingLedger(self._context.ledger)


async def _call(function: Callable[[Any], Awaitable[None] | None] | None, value: Any) -> None:
    told = None if function is None else function(value)
    if inspect.isawaitable(told):
        await told
