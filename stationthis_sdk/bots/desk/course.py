"""The course of one job: its turn, its run, its delivery. Each step is written down first, so that any may be the last."""

import asyncio
import contextlib
import math
import time
from functools import partial
from typing import TYPE_CHECKING, Any, Final

import attrs

from stationthis_sdk.bots.desk.allowed import allow, deployment_of
from stationthis_sdk.bots.desk.delivery import Delivery, Later
from stationthis_sdk.bots.desk.following import end_of, followed, stopped
from stationthis_sdk.bots.desk.job import Job, job_of
from stationthis_sdk.bots.desk.kept import GOOD_FOR, renewed, signed_at
from stationthis_sdk.bots.desk.parts import as_json
from stationthis_sdk.bots.desk.sender import Impossible
from stationthis_sdk.bots.desk.spool import Spool
from stationthis_sdk.bots.desk.status import Status
from stationthis_sdk.bots.desk.submitting import Elsewhere, found, submitted
from stationthis_sdk.bots.desk.verdicts import Denied, HookFailed, verdict
from stationthis_sdk.bots.render.buttons import data_of, of_result, of_unsure, of_waiting
from stationthis_sdk.bots.render.hints import hints_of, notes_in
from stationthis_sdk.bots.render.plan import plan
from stationthis_sdk.bots.render.progress import line
from stationthis_sdk.bots.render.sentences import sentence, words
from stationthis_sdk.errors import (
    ConnectionFailed,
    ConnectionLost,
    NotFound,
    RateLimited,
    RunCancelled,
    SaveFailed,
    ServerError,
    StationThisError,
    TimedOut,
)
from stationthis_sdk.inputs.fields import MEDIA_KINDS
from stationthis_sdk.logs import logger
from stationthis_sdk.store.bot_jobs import ENDED

if TYPE_CHECKING:
    from stationthis_sdk.bots.desk.working import Working
    from stationthis_sdk.bots.render.buttons import Rows
    from stationthis_sdk.runs import AsyncRun
    from stationthis_sdk.store.bot_jobs import JobRow

__all__ = ["Course"]

FIRST_PAUSE: float = 2.0
_LONGEST_PAUSE: Final = 300.0
_TRIES: Final = 5
_ELSEWHERE_SECONDS: float = 60.0
_HINT_SECONDS: Final = 20.0
_PASSING: Final = (ConnectionFailed, ConnectionLost, RateLimited, ServerError, TimedOut)
"""What is no fault of what was asked for."""


class Course:
    """One job, from when it is written down."""

    def __init__(self, desk: "Working", row: "JobRow", *, fresh: bool = False) -> None:
        self.row = row
        self.run: AsyncRun | None = None
        self.place = self.job.place
        self.language = self.job.user.language
        self.told_turn: int | None = None
        self.begun = False
        self.left_for = math.inf
        """Seconds for which nobody here takes it in hand again, where it has not ended."""
        self.over = asyncio.Event()
        """Set when it has ended, or nobody here is at it any more."""
        self._desk = desk
        self._fresh = fresh
        self._stopping = asyncio.Lock()
        self.status = Status(
            desk.sender,
            desk._paces,  # noqa: SLF001 - the two know each other
            self.place,
            row.status_message,
            self._status_said,
        )

    @property
    def job(self) -> Job:
        """The job as it is now."""
        return job_of(self.row)

    def text(self, turn: int | None) -> str:
        """How it gets on, in one line."""
        progress = None if self.run is None else self.run.progress
        return line(progress, turn=turn, name=self.row.deployment, language=self.language)

    async def say(self, turn: int | None) -> None:
        """Say how it gets on, for the first time.

        Raises:
            Impossible: the bot may not write there.
        """
        await self.status.say(self.text(turn), of_waiting(self.row.id, self.language))

    def tell(self, turn: int | None = None) -> None:
        """Have its message say how it gets on."""
        self.told_turn = turn
        over = self.run is not None and self.run.state.final
        self.status.put(self.text(turn), () if over else of_waiting(self.row.id, self.language))

    async def stop(self) -> None:
        """Somebody wants it to stop: what runs is cancelled now, or as soon as it can be."""
        async with self._stopping:
            if self.row.cancel_wanted_at is None:
                await self.change(cancel_wanted_at=time.time())
            if self.run is not None and not self.run.state.final:
                await stopped(self.run)

    def unwanted(self) -> None:
        """It is not to begin, though that can't be written down just now."""
        self.row = attrs.evolve(self.row, cancel_wanted_at=time.time())

    async def change(self, **columns: Any) -> None:
        """Write down what has changed."""
        await self._desk._ledger.change(self.row.id, **columns)  # noqa: SLF001 - likewise
        self.row = attrs.evolve(self.row, **columns)

    async def carry_out(self) -> None:
        """Go on with it until its end, from wherever it was left."""
        pause, failures = FIRST_PAUSE, 0
        while True:
            try:
                if pause > FIRST_PAUSE:
                    self._fresh = False  # nobody knows how far it came
                    unwanted = self.row.cancel_wanted_at  # which may not be written down
                    self.row = await self._desk._ledger.get(self.row.id) or self.row  # noqa: SLF001 - likewise
                    if self.row.cancel_wanted_at is None:
                        self.row = attrs.evolve(self.row, cancel_wanted_at=unwanted)
                await self._go_on()
            except SaveFailed as error:
                logger("bots").warning("Job %s goes on in a moment: %s", self.row.id, error.message)
            except Elsewhere:
                logger("bots").warning("Job %s is seen through by another process.", self.row.id)
                self.left_for = _ELSEWHERE_SECONDS
                return
            except Later:
                logger("bots").warning("Job %s is gone on with at the next start.", self.row.id)
                return
            except Exception:  # noqa: BLE001 - what nobody foresaw loses no job
                failures += 1
                logger("bots").exception("Job %s is gone on with in a moment.", self.row.id)
                if failures == _TRIES:
                    logger("bots").warning("Job %s is gone on with at the next start.", self.row.id)
                    left = of_unsure(self.row.id, self.language) if self.row.state == "delivering" else ()
                    self.status.put(words("unknown", self.language), left)
                    return
            else:
                return
            await asyncio.sleep(pause)
            pause = min(pause * 4, _LONGEST_PAUSE)

    async def _go_on(self) -> None:
        if self.row.state in ENDED:
            return
        if self.row.state == "waiting":
            began_at = time.time()
            if not await self._desk._ledger.begin(self.row.id, began_at):  # noqa: SLF001 - likewise
                raise Elsewhere
            self.row = attrs.evolve(self.row, state="sending", began_at=began_at)
            self._fresh = True
        if self.row.state == "sending" and not await self._start():
            return
        if self.run is None:
            try:
                self.run = await found(self._desk.st, self.row.run_id or "")
            except NotFound as error:
                if self.row.state == "delivering":
                    raise Later(error.message) from None  # what it made may be there again
                await self._end(error)
                return
        if self.row.state == "live" and not await self._follow(self.run):
            return
        if self.row.state == "delivering":
            await self._deliver(self.run)

    async def _start(self) -> bool:
        """Have its run; False when there is none and the job has ended."""
        self.tell()
        fresh, self._fresh = self._fresh, False
        try:
            started = await submitted(
                self._desk.st,
                self._desk._ledger,  # noqa: SLF001 - likewise
                self.row,
                fresh=fresh,
                allow=partial(allow, self._desk.hooks, self.job.user),
                inputs=self._inputs,
                wanted=lambda: self.row.cancel_wanted_at is None,
                tell=self._tell_trouble,
            )
        except SaveFailed:
            raise
        except Denied as no:
            await self._end_with(no.text, no.code)
            return False
        except StationThisError as error:
            await self._end(error, during="submitting")
            return False
        if started is None:
            await self._end(RunCancelled("It was cancelled before it began."))
            return False
        if isinstance(started, str):
            await self.change(state="live", run_id=started)
            return True
        self.run = started
        ran = started.record.deployment_id or self.row.deployment_id  # ids move
        await self.change(state="live", run_id=started.id, deployment_id=ran)
        if self.row.cancel_wanted_at is not None:
            await self.stop()
        return True

    async def _inputs(self) -> dict[str, Any]:
        """What to send; links that may have died while it waited are made anew."""
        if self.row.files and time.time() > signed_at(self.row.files, self.row.made_at) + GOOD_FOR:
            context = self._desk.st._ready.context  # noqa: SLF001 - likewise
            folder = self._desk._folder  # noqa: SLF001 - likewise
            fresh, files = await renewed(context.uploads, folder, self.row.inputs, self.row.files)
            await self.change(inputs=fresh, files=files)
        return dict(self.row.inputs)

    async def _follow(self, run: "AsyncRun") -> bool:
        """Wait for its run's end; False when it did not end well, which is told."""
        try:
            await followed(run, self.tell, lambda: self.row.cancel_wanted_at is not None)
        except StationThisError as error:
            await self._end(error)
            return False
        self._desk._run_ended(self, run)  # noqa: SLF001 - likewise
        ended = end_of(run)
        if ended is not None:
            await self._end(ended)
            return False
        await self.change(state="done" if self.row.kind == "charge" else "delivering")
        return True

    async def _deliver(self, run: "AsyncRun") -> None:
        spool = Spool(self._desk._folder.of(self.row.id), run, self._desk._hands)  # noqa: SLF001 - likewise
        if not await self._desk._ledger.parts(self.row.id) and not await self._plan(run, spool):  # noqa: SLF001 - likewise
            await spool.clear()
            return
        problem = await Delivery(self._desk.sender, self._desk._ledger, spool, self.job).carry_out()  # noqa: SLF001 - likewise
        await self.status.remove()
        code = None if problem is None else "undelivered"
        await self.change(state="done", problem=problem, code=code)
        await spool.clear()

    async def _plan(self, run: "AsyncRun", spool: Spool) -> bool:
        """Write down how it is sent, before anything is; False when it may not be shown, which is told."""
        no = await self._reviewed(run)
        if no is not None:
            await self.change(state="done", problem=no, code="not_shown")
            await self.last_word(no)
            return False
        made, hints, buttons = await asyncio.gather(spool.made(), self._hints(run), self._buttons())
        steps = await asyncio.to_thread(
            plan,
            made,
            limits=self._desk.sender.limits,
            hints=hints,
            buttons=buttons,
            name=self.row.deployment,
            private_documents=not self.place.private,
            language=self.language,
            run_id=run.id,
        )
        unseen = {one.place for one in made if one.size is None}
        kept = [as_json(step, unseen=any(file.place in unseen for file in step.files)) for step in steps]
        await self._desk._ledger.plan(self.row.id, kept)  # noqa: SLF001 - likewise
        return True

    async def _reviewed(self, run: "AsyncRun") -> str | None:
        """What the host says against showing what was paid for; asked until it says anything."""
        pause = FIRST_PAUSE
        while True:
            try:
                return await verdict(
                    self._desk.hooks.review, run.outputs, no=words("not_shown", self.language)
                )
            except HookFailed:
                logger("bots").exception("Job %s is not reviewed yet: the host is asked again.", self.row.id)
            await asyncio.sleep(pause)
            pause = min(pause * 2, _LONGEST_PAUSE)

    async def _buttons(self) -> "Rows":
        """What is under the result; nothing can be changed where only files are given."""
        if self.row.kind != "run":
            return ()
        can_tweak = True
        with contextlib.suppress(StationThisError, TimeoutError):
            async with asyncio.timeout(_HINT_SECONDS):
                fields = (await deployment_of(self._desk.st, self.row)).inputs
            can_tweak = any(one.kind not in MEDIA_KINDS for one in fields.values())
        return of_result(self.row.id, can_tweak=can_tweak, language=self.language)

    async def _hints(self, run: "AsyncRun") -> dict[str, str]:
        """What the notes of its workflow say of how it is to be sent."""
        if self.row.hints:
            return dict(self.row.hints)
        record = run.record
        if record.workflow_id is None or record.workflow_version_id is None:
            return {}
        try:
            async with asyncio.timeout(_HINT_SECONDS):
                workflow = await self._desk.st.workflows.get(record.workflow_id)
                version = await workflow.version(record.workflow_version_id)
        except (StationThisError, TimeoutError) as error:
            logger("bots").info("The notes of %s are not known: %s", self.row.deployment, error)
            return {}
        notes = await asyncio.to_thread(notes_in, version.ui_graph)
        hints = hints_of(notes, self._desk.sender.limits.platform)
        if hints:
            await self.change(hints=hints)
        return hints

    async def _end(self, error: StationThisError, *, during: str = "waiting") -> None:
        """It did not end well."""
        text, code = sentence(error, self.language, during=during)
        again = self._again() if isinstance(error, _PASSING) and self.row.run_id is None else ()
        await self._end_with(text, code, "cancelled" if isinstance(error, RunCancelled) else "failed", again)

    async def _end_with(self, text: str, code: str, state: str = "failed", buttons: "Rows" = ()) -> None:
        """It did not end well: written down, then told; nobody hears of an end that is none."""
        await self.change(state=state, problem=text, code=code)
        self._desk._run_over(self)  # noqa: SLF001 - likewise
        if self.row.run_id is not None:
            self._desk._run_ended(self, self.run)  # noqa: SLF001 - likewise
        await self.last_word(text, buttons)

    def _again(self) -> "Rows":
        """A button to ask for it once more."""
        verb = data_of("again", self.row.id)
        return tuple(
            (one,)
            for row in of_result(self.row.id, language=self.language)
            for one in row
            if one.data == verb
        )

    async def last_word(self, text: str, buttons: "Rows" = ()) -> None:
        """Have its message say this for good."""
        if self.row.kind == "charge":
            return
        try:
            await self.status.end(text, buttons)
        except Impossible as error:
            logger("bots").warning("The end of job %s was not told: %s", self.row.id, error)

    async def _status_said(self, message: str) -> None:
        await self._desk._ledger.said(self.row.id, self.place.chat, message)  # noqa: SLF001 - likewise
        self.row = attrs.evolve(self.row, status_message=message)

    def _tell_trouble(self, error: StationThisError) -> None:
        self.status.put(
            sentence(error, self.language, during="submitting")[0], of_waiting(self.row.id, self.language)
        )
