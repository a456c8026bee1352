"""Making images: each of n goes its way through the steps; the first leads, and who is refused may turn to another deployment.

Money: each run is asked for by ``submits.Submit``, which never asks twice. Another deployment is tried only while no run was
started, unless asked otherwise; a run is made again only where ``retry`` says so.
"""

import asyncio
import contextlib
import inspect
import threading
from collections.abc import Iterator, Mapping, Sequence
from typing import TYPE_CHECKING, Final

import attrs

from stationthis_sdk.context import Context
from stationthis_sdk.entities import Cost, Progress
from stationthis_sdk.errors import (
    AmbiguousSubmit,
    ApiError,
    InvalidInput,
    MachineFailed,
    NotFound,
    RunCancelled,
    RunFailed,
    RunTimedOut,
    StationThisError,
)
from stationthis_sdk.interrupts import finish, sigterm_cancels, tell
from stationthis_sdk.logs import logger
from stationthis_sdk.options import OnInterrupt
from stationthis_sdk.recipes.images.asked import Asked
from stationthis_sdk.recipes.images.chains import Chain
from stationthis_sdk.recipes.images.choice import default_workflow, need_machine
from stationthis_sdk.recipes.images.codes import code_of
from stationthis_sdk.recipes.images.handed_on import made_by
from stationthis_sdk.recipes.images.outcome import (
    Place,
    code_of_all,
    cost_of,
    errors_of,
    is_done,
    progress_of,
)
from stationthis_sdk.recipes.images.preferences import WORKFLOW, AsyncPreferences
from stationthis_sdk.recipes.images.prepared import Prepared, prepare
from stationthis_sdk.recipes.images.words import Words
from stationthis_sdk.runs import AsyncRun, OnProgress
from stationthis_sdk.store.ledger import OPEN

if TYPE_CHECKING:
    from stationthis_sdk.recipes.images.generation import AsyncGeneration

__all__ = ["Making"]

_REFUSALS: Final = frozenset({400, 403, 404, 409, 422})
"""Statuses by which a service refuses a deployment or what it is given; others are about the account or the network."""
_AT_ONCE: Final = 8
"""So many submits are under way at once."""
_ENDS: Final[Mapping[type, str]] = {RunFailed: "failed", RunCancelled: "cancelled", RunTimedOut: "timeout"}


@attrs.define(eq=False)
class Making:
    """One call of ``make_image``, from what was asked for to what came of it; goes on where it stopped."""

    context: Context
    asked: Asked
    choices: tuple[Chain, ...] = ()
    places: list[Place] = attrs.field(factory=list)
    prepared: dict[int, tuple[Prepared, ...]] = attrs.field(factory=dict)
    tried: list[str] = attrs.field(factory=list)
    warnings: list[str] = attrs.field(factory=list)
    began: bool = False
    stopped: bool = False
    """The caller has cancelled it: nothing more is started before somebody resumes it."""
    unseen: int = 0
    """Runs that were made and failed, and whose ids nobody told."""
    _halted: bool = False
    _detached: dict[AsyncRun, OnInterrupt] = attrs.field(factory=dict)
    _at_it: threading.Lock = attrs.field(factory=threading.Lock)
    _preparing: asyncio.Lock = attrs.field(factory=asyncio.Lock)
    _submitting: asyncio.Semaphore = attrs.field(factory=lambda: asyncio.Semaphore(_AT_ONCE))

    async def begin(self) -> None:
        """Find out what is to run.

        Raises:
            NotFound: nobody named anything, there is nothing that makes pictures, and no fallback.
        """
        self.places = [Place(number) for number in range(self.asked.n)]
        if self.asked.workflow is not None:
            self.choices = (self.asked.workflow, *self.asked.fallback)
            return
        preferred = await AsyncPreferences(self.context).get(user=self.asked.user)
        table = Words(self.context.settings.words)
        try:
            step = await default_workflow(self.context, preferred.get(WORKFLOW), self.asked.words, table)
        except NotFound as error:
            if not self.asked.fallback:
                raise
            self._note(f"{error.message} Tried instead: {self.asked.fallback[0].name}.")
            self.choices = self.asked.fallback
        else:
            self.choices = (Chain((step,)), *self.asked.fallback)

    async def look_for_faults(self, *, named: bool) -> tuple[str, ...]:
        """What is wrong with the first choice, where something is wrong already: all is told at once."""
        if not named:
            return ()
        try:
            await self.begin()
            await self._prepared(self.places[0])
        except InvalidInput as error:
            return error.problems
        except StationThisError:
            return ()  # told when the rest is mended
        return ()

    async def go_on(
        self,
        generation: "AsyncGeneration",
        *,
        wait: bool = True,
        on_progress: OnProgress | None = None,
        again: bool = False,
    ) -> None:
        """Do what is left to do, all places at once; the first one's first run is started before the others'.

        again: what went wrong is forgiven first.

        Raises:
            StationThisError: the gravest of what went wrong; it carries the generation.
            InvalidInput: somebody does so already: two would pay for each step twice.
        """
        if on_progress is not None and not callable(on_progress):
            raise InvalidInput(f"on_progress is a function that is told how far it is, not {on_progress!r}.")
        if not self._at_it.acquire(blocking=False):
            raise InvalidInput("Somebody waits for this generation already: one wait() at a time.")
        try:
            # Locks belong to a loop, and each call may come from another one.
            self._preparing, self._submitting = asyncio.Lock(), asyncio.Semaphore(_AT_ONCE)
            self._halted = False
            if again:
                await self._forgive()
            await self._go_on(generation, wait=wait, on_progress=on_progress)
        finally:
            self._at_it.release()

    async def _go_on(
        self, generation: "AsyncGeneration", *, wait: bool, on_progress: OnProgress | None
    ) -> None:
        todo = [place for place in self.places if place.error is None and not is_done(place, self.choices)]
        lead = asyncio.Event()

        async def go(place: Place) -> None:
            try:
                if place is not todo[0]:
                    await lead.wait()
                    first = todo[0]
                    if not self.began or (isinstance(first.error, AmbiguousSubmit) and not first.runs):
                        return  # the first could not be started: nor would this one
                    place.choice = max(place.choice, todo[0].choice) if not place.runs else place.choice
                await self._course(place, lead, generation, wait=wait, on_progress=on_progress)
            except StationThisError as error:
                place.error, place.code = error, error.code
            except Exception:
                # Somebody's own function failed: what is paid for goes on, as a single run does.
                self._halted = True
                for _ in range(_AT_ONCE):
                    await self._submitting.acquire()
                self._detach()
                raise
            finally:
                lead.set()

        with sigterm_cancels():
            if self.began:
                lead.set()
            try:
                async with asyncio.TaskGroup() as group:
                    for place in todo:
                        group.create_task(go(place))
            except BaseExceptionGroup as problems:
                error: BaseException = problems.exceptions[0]
                for run, wish in self._detached.items():
                    run._on_interrupt = wish  # noqa: SLF001 - one of us
                self._detached.clear()
                error.generation = generation  # type: ignore[attr-defined]  # so that its runs are not lost
                raise error from None
            except asyncio.CancelledError as error:
                await self._interrupted(wait=wait)
                error.generation = generation  # type: ignore[attr-defined]  # likewise
                raise
        self._raise(generation)

    async def _interrupted(self, *, wait: bool) -> None:
        """Leave nothing running that nobody waits for, and tell the ids of all."""
        if not wait:
            for run in self.live:
                await finish(run._clean_up(), run._name)  # noqa: SLF001 - one of us
        if runs := [run for place in self.places for run in place.runs]:
            listed = ", ".join(f"{run.id} ({run.state})" for run in runs)
            tell(f"Its runs so far: {listed}; st.runs.get(id) has each.")

    def _detach(self) -> None:
        """Have what runs go on when the others' waiting ends with one's."""
        for run in self.live:
            self._detached.setdefault(run, run._on_interrupt)  # noqa: SLF001 - one of us
            run._on_interrupt = "detach"  # noqa: SLF001 - likewise

    async def _course(
        self,
        place: Place,
        lead: asyncio.Event,
        generation: "AsyncGeneration",
        *,
        wait: bool,
        on_progress: OnProgress | None,
    ) -> None:
        """The steps of one place, and other choices where they are allowed."""

        async def heard(progress: Progress) -> None:
            if on_progress is not None:
                alone = len(self.places) == 1 and len(self.choices[place.choice].steps) == 1
                told = on_progress(progress if alone else generation.progress)
                if inspect.isawaitable(told):
                    await told

        while True:
            during = "choosing"
            try:
                steps = await self._prepared(place)
                while len(place.done) < len(steps):
                    during = "submitting"
                    if place.last is None:
                        self._need_wanted(place, steps)
                    run = place.last or await self._submit(place, steps, lead)
                    during = "waiting"
                    if not wait and not run.from_cache:
                        run._show_in_background()  # noqa: SLF001 - one of us
                        return
                    if not run.from_cache:
                        await run._wait(on_progress=heard if on_progress else None)  # noqa: SLF001 - one of us
                    place.done.append(run)
                    place.last = None
            except StationThisError as error:
                error.code = error.code or code_of(error, during=during)
                if not self._again(place, error) and not self._turns(place, error, during):
                    raise
            else:
                return

    async def _prepared(self, place: Place) -> tuple[Prepared, ...]:
        """The steps of the choice that a place is at, all checked before the first is started."""
        async with self._preparing:
            if place.choice not in self.prepared:
                steps: list[Prepared] = []
                known = {name for one in self.prepared.values() for name in one[0].deployment.inputs}
                for step in self.choices[place.choice].steps:
                    before = steps[-1] if steps else None
                    steps.append(await prepare(self.context, self.asked, step, before, known))
                self.prepared[place.choice] = tuple(steps)
                if place.choice + 1 < len(self.choices) and not self.began:
                    for one in steps:
                        await need_machine(self.context, one.deployment)
            return self.prepared[place.choice]

    async def _submit(self, place: Place, steps: Sequence[Prepared], lead: asyncio.Event) -> AsyncRun:
        """Start the next run of a place."""
        step = steps[len(place.done)]
        inputs = dict(step.inputs[place.number])
        if step.takes is not None:
            made = made_by(place.done[-1].outputs, step.takes)
            if not made:
                raise InvalidInput(
                    f"Run {place.done[-1].id} has made nothing that {step.deployment.name!r} takes as "
                    f"{step.takes.name!r}: nothing more was started."
                )
            inputs[step.takes.name] = made if step.takes.kind == "images" else made[0]
            if len(made) > 1 and step.takes.kind != "images":
                self.warnings.append(
                    f"run {place.done[-1].id} made {len(made)}, and {step.deployment.name!r} takes one: only the first was "
                    "handed on; all_runs has the others"
                )
        try:
            async with self._submitting:
                if self._halted:
                    raise asyncio.CancelledError  # this task's own end: nothing was sent
                self._need_wanted(place, steps)
                run = await step.deployment._submit(inputs)  # noqa: SLF001 - the two know each other
        except AmbiguousSubmit:
            self.began = True  # a run may have been paid for
            raise
        except RunFailed:
            self.began = True
            self.unseen += 1
            raise
        place.last = run
        place.runs.append(run)
        self.began = True
        lead.set()
        if self.stopped:
            with contextlib.suppress(StationThisError):  # what came of it is seen when it is waited for
                await run.cancel()
        return run

    def _need_wanted(self, place: Place, steps: Sequence[Prepared]) -> None:
        """Go on when the caller has not cancelled it meanwhile.

        Raises:
            RunCancelled: the caller has.
        """
        before = place.done[-1] if place.done else None
        if self.stopped or (before is not None and before.id in self.context.unwanted):
            raise RunCancelled(
                f"It was cancelled by its caller: no run of {steps[len(place.done)].deployment.name!r} was started.",
                run=before,
                run_id=None if before is None else before.id,
            )

    def _again(self, place: Place, error: StationThisError) -> bool:
        """Whether a run that ended so is made again, which is counted and told."""
        end = _ENDS.get(type(error))
        if (
            self._is_unwanted(error)
            or end is None
            or place.retries.get(end, 0) >= self.asked.retry.get(end, 0)
        ):
            return False
        place.retries[end] = place.retries.get(end, 0) + 1
        self._note(
            f"run {error.run_id or '?'} ended as {end}: made again, {place.retries[end]} of {self.asked.retry[end]}"
        )
        place.last = None
        return True

    def _is_unwanted(self, error: StationThisError) -> bool:
        """Whether the caller has cancelled it: that is no failure to make up for."""
        return self.stopped or error.run_id in self.context.unwanted

    def _turns(self, place: Place, error: StationThisError, during: str) -> bool:
        """Whether the next choice is tried after this error."""
        if place.choice + 1 >= len(self.choices) or isinstance(error, AmbiguousSubmit):
            return False
        # What does not fit the caller's own choice is the caller's mistake; what does not fit a fallback is not.
        unfit = isinstance(error, InvalidInput)
        if self._is_unwanted(error) or (unfit and (place.choice == 0 or during != "choosing")):
            return False
        refused = isinstance(error, NotFound | MachineFailed | InvalidInput) or (
            isinstance(error, ApiError) and error.status in _REFUSALS
        )
        if self.began and not (self.asked.after_a_run and (refused or type(error) in _ENDS)):
            return False
        if not self.began and not refused:
            return False
        now, following = self.choices[place.choice].name, self.choices[place.choice + 1].name
        self._note(f"{now}: {error.message} Tried instead: {following}.")
        place.choice += 1
        place.done, place.last = [], None
        return True

    async def cancel(self) -> None:
        """Cancel every run that is under way, and start none any more.

        Raises:
            StationThisError: the first of what went wrong with one; the others were asked to end all the same.
        """
        self.stopped = True
        ended = await asyncio.gather(*(run.cancel() for run in self.live), return_exceptions=True)
        for error in ended:
            if isinstance(error, BaseException):
                raise error

    @property
    def live(self) -> list[AsyncRun]:
        """The runs that are under way, as far as anybody knows."""
        return [run for place in self.places for run in place.runs if not run.state.final]

    async def _forgive(self) -> None:
        """Let what went wrong be tried again; a run that is still under way, or has ended well meanwhile, is kept.

        A submit whose answer was lost stays an error until it is known what came of it.
        """
        self.stopped = False
        self.context.unwanted.difference_update(run.id for place in self.places for run in place.runs)
        for place in self.places:
            if isinstance(place.error, AmbiguousSubmit) and not await self._settled(
                place, place.error.submit_id
            ):
                continue
            if place.error is not None and place.last is not None and place.last.state in _ENDS.values():
                place.last = None
            place.error = place.code = None

    async def _settled(self, place: Place, submit_id: str) -> bool:
        """Whether it is known what came of a submit; its run is then the place's."""
        row = await self.context.ledger.submit(submit_id)
        if row is None or row.state in OPEN:
            return False
        if row.run_id is not None:
            record = await self.context.service.runs.get(row.run_id)
            step = self.prepared[place.choice][len(place.done)]
            place.last = step.deployment._run(record)  # noqa: SLF001 - the two know each other
            place.runs.append(place.last)
        return True

    def step_of(self, place: Place) -> Prepared | None:
        """The step that a place's run is of; of one that has none yet the last."""
        steps = self.prepared.get(place.choice)
        if not steps:
            return None
        at = len(place.done) - 1 if place.done else 0
        return steps[at if place.best else -1]

    def _note(self, line: str) -> None:
        self.tried.append(line)
        logger("images").warning("%s", line)

    def _raise(self, generation: "AsyncGeneration") -> None:
        errors = self.errors
        if not errors:
            return
        error = errors[0]
        if error.generation is None:
            for line in self._beside(error):
                error.told(line)
        error.generation, error.code = generation, self.code
        raise error

    def _beside(self, error: StationThisError) -> Iterator[str]:
        """What there is to say beside the gravest error."""
        good = sum(is_done(place, self.choices) for place in self.places)
        if self.asked.n > 1 and self.began:
            yield f"{good} of {self.asked.n} were made: error.generation has them."
        live = [run.id for run in self.live]
        if live and live != [error.run_id]:
            yield f"Under way as far as anybody knows: {', '.join(live)}."
        if others := dict.fromkeys(type(one).__name__ for one in self.errors[1:]):
            yield f"Beside it: {', '.join(others)}; generation.errors has all."
        if self.tried and not self.began:
            yield f"Before it: {' '.join(self.tried)}"

    @property
    def errors(self) -> list[StationThisError]:
        """What went wrong, the gravest first."""
        return errors_of(self.places)

    @property
    def code(self) -> str | None:
        """The product's code of all together; None while it is under way."""
        return code_of_all(self.places, self.choices)

    @property
    def cost(self) -> Cost:
        """What all runs cost together."""
        return cost_of(self.places, self.unseen)

    @property
    def progress(self) -> Progress:
        """How far all of it is: the state of the one furthest behind, the mean of all."""
        return progress_of(self.places, self.choices)
