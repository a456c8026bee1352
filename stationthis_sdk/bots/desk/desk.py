"""The desk: takes what people ask for, sees that each gets their turn, and sees it through to the last part."""

import asyncio
import contextlib
import time
from collections.abc import Mapping
from typing import TYPE_CHECKING, Any, Final

from stationthis_sdk.bots.desk.allowed import deployment_of
from stationthis_sdk.bots.desk.course import Course
from stationthis_sdk.bots.desk.job import Job, job_of, place_as_json, user_as_json
from stationthis_sdk.bots.desk.kept import asked_again, signed_at
from stationthis_sdk.bots.desk.parts import as_json, is_notice, step_of
from stationthis_sdk.bots.desk.preparing import Fetch, prepared
from stationthis_sdk.bots.desk.sender import Impossible
from stationthis_sdk.bots.desk.verdicts import Denied
from stationthis_sdk.bots.desk.working import Working
from stationthis_sdk.bots.people import Place, User
from stationthis_sdk.bots.render.sentences import words
from stationthis_sdk.errors import InvalidInput, NotFound, SaveFailed
from stationthis_sdk.interrupts import carried_through
from stationthis_sdk.logs import logger
from stationthis_sdk.store.bot_jobs import ENDED, LIVE, JobRow

if TYPE_CHECKING:
    from stationthis_sdk.entities import Progress
    from stationthis_sdk.runs import AsyncRun

__all__ = ["Desk"]

_LAST: Final = 10
_LOOK_SECONDS: Final = 1.0


class Desk(Working):
    """The desk of one bot, in one process.

    ``bot`` is the platform and the bot's own id there, ``at_once`` how many runs are under way at the most. Nothing here
    waits for a run but tasks of its own. All that is asked for is written down before anything is spent, and taken up by
    ``start`` after whatever ended the process.
    """

    async def ask(
        self,
        user: User,
        place: Place,
        deployment: str,
        inputs: Mapping[str, Any],
        *,
        key: str,
        parent: str | None = None,
        fetch: Fetch | None = None,
    ) -> Job:
        """Have a deployment run for somebody, and return the job at once; its own message tells how it gets on.

        inputs: as ``deployment.submit`` takes them, but that a text is no path. key: of the update that asks; the same
        again returns the job of before, and starts nothing. parent: the job that this one repeats. fetch: puts the bytes
        of files into the inputs, once the host has allowed the run.

        Raises:
            NotFound, AmbiguousName: there is no such deployment, or several.
            InvalidInput: the inputs don't fit it.
            Denied: the host says no, or the bot may not write there.
            StationThisError: a file could not be uploaded, or the job not written down. In each case nothing was started.
        """
        async with self._asking.setdefault(key, asyncio.Lock()):
            known = await self._ledger.of_asked(key)
            if known is not None:
                if self._started and known.state == "waiting":
                    self._take_in_hand(known)
                    self._next()
                return self._job(known)
            row = await prepared(
                self.st,
                self.hooks,
                self._folder,
                user,
                place,
                deployment,
                inputs,
                key=key,
                parent=parent,
                fetch=fetch,
            )
            try:
                # Also where whoever asks is cancelled meanwhile: nobody else would begin it.
                course = await carried_through(self._written(row))
                if course is None:
                    return self._job(await self._of_asked(key))
                await carried_through(self._say_first(course))
            finally:
                if asyncio.current_task() in self._unwanted and row.id in self._courses:
                    await self._unbegun(self._courses[row.id])
                self._turns.free(row.id)
                self._next()
                self._turns_moved()
        return self._job(course.row)

    async def adopt(self, user: User, place: Place, run: "AsyncRun", *, key: str, name: str) -> Job:
        """See a run through that was begun elsewhere, and return its job at once; it takes nobody's place in the queue.

        name: what it is called in its message. key: of the update that asks; the same again returns the job of before. What
        it makes is reviewed and delivered, the host is told of its end. Nobody can ask for it again by this job.

        Raises:
            SaveFailed: it can't be written down; the run goes on.
        """
        row = _begun_elsewhere("adopted", user, place, run.id, key, name)
        async with self._asking.setdefault(key, asyncio.Lock()):
            try:
                course = await carried_through(self._written(row))
                if course is not None:
                    course.run = run
                    with contextlib.suppress(Denied):  # the run is there, whatever can be said of it
                        await carried_through(self._say_first(course))
            finally:
                if row.id in self._courses:
                    self._begin_work(self._courses[row.id])
        return self._job(await self._of_asked(key))

    async def charge(self, user: User, run_id: str, deployment: str) -> None:
        """Have the host told once when a run has ended, also after restarts; nothing of it is shown. Twice is once.

        Raises:
            SaveFailed: it can't be written down; the run goes on.
        """
        row = _begun_elsewhere("charge", user, Place(""), run_id, f"run:{run_id}", deployment)
        try:
            await carried_through(self._written(row))
        finally:
            if row.id in self._courses:
                self._begin_work(self._courses[row.id])

    async def wait(self, job_id: str) -> Job:
        """Wait until a job has ended: done, failed or cancelled.

        Raises:
            NotFound: there is no such job.
        """
        while not (job := await self.job(job_id)).ended:
            course = self._courses.get(job_id)
            if course is None:
                await asyncio.sleep(_LOOK_SECONDS)  # another process is at it, or this one will be
            else:
                await course.over.wait()
        return job

    async def cancel(self, job_id: str, user: User) -> Job:
        """Stop a job: one that waits is gone, a run under way is cancelled as soon as the service does that.

        Raises:
            NotFound: there is no such job.
            Denied: it is somebody else's.
        """
        row = await self._own_row(job_id, user)
        course = self._courses.get(job_id)
        if row.state in {"delivering", *ENDED}:
            return self._job(row)
        if course is None:  # nobody is at it just now: it is heeded when somebody is
            await self._ledger.change(job_id, cancel_wanted_at=time.time())
            return self._job(row)
        await self._stop(course)
        return self._job(course.row)

    async def again(
        self,
        job_id: str,
        user: User,
        place: Place,
        *,
        key: str,
        changes: Mapping[str, Any] | None = None,
        new_seeds: bool = True,
        fetch: Fetch | None = None,
    ) -> Job:
        """Ask for a job once more, with these changes; where its deployment is gone, by the name of that.

        fetch: as ``ask`` takes it, for files among the changes.

        Raises:
            NotFound: there is no such job, or its deployment is gone.
            InvalidInput: its deployment takes other inputs now, or it was adopted.
            Denied, StationThisError: as ``ask``.
        """
        row = await self._row(job_id)
        if row.kind != "run":
            problem = f"{row.deployment} can't be asked for by its result: ask for it anew"
            raise InvalidInput(f"It was not run again: {problem}.", problems=[problem])
        age = time.time() - signed_at(row.files, row.made_at)
        kept = {name: files for name, files in row.files.items() if name not in (changes or {})}
        before = {name: value for name, value in row.inputs.items() if name not in (changes or {})}
        inputs = await asyncio.to_thread(asked_again, self._folder, before, kept, age)
        deployment = await deployment_of(self.st, row)
        if new_seeds:
            fields = deployment.inputs
            inputs = {
                name: value
                for name, value in inputs.items()
                if name not in fields or fields[name].kind != "seed"
            }
        asked = {**inputs, **(changes or {})}
        return await self.ask(user, place, deployment.id, asked, key=key, parent=job_id, fetch=fetch)

    async def send_again(self, job_id: str, user: User) -> Job:
        """Send those parts of a job again of which nobody knows whether they arrived, and those that were impossible.

        Raises:
            NotFound: there is no such job.
            Denied: it is somebody else's.
        """
        row = await self._own_row(job_id, user)
        left = row.state == "delivering" and job_id not in self._courses  # for a start that has not come
        told = [(part.number, step_of(part.step)) for part in await self._ledger.parts(job_id)]
        heeded = {number: {**as_json(step), "buttons": []} for number, step in told if is_notice(step)}
        if left or (row.run_id is not None and await self._ledger.again(job_id, heeded)):
            row = await self._row(job_id)
            if self._started and job_id not in self._courses:
                course = self._courses[job_id] = Course(self, row)
                self._begin_work(course)
        return self._job(row)

    async def job(self, job_id: str) -> Job:
        """One job of this bot.

        Raises:
            NotFound: there is no such job.
        """
        return self._job(await self._row(job_id))

    async def jobs(self, user: User, *, live: bool = True) -> list[Job]:
        """Somebody's jobs that have not ended, the oldest first; or the last ten of any state, the newest first."""
        rows = await self._ledger.of_user(
            user.key, LIVE if live else (*LIVE, *ENDED), newest=None if live else _LAST
        )
        return [job_of(row) for row in rows]

    async def last(self, user: User) -> Job | None:
        """What somebody asked for last."""
        rows = await self._ledger.of_user(user.key, newest=1)
        return job_of(rows[0]) if rows else None

    async def job_of_message(self, place: Place, message: str) -> Job | None:
        """The job that a message is about: its status, or a part of what it made."""
        row = await self._ledger.job_of(place.chat, message)
        return None if row is None else job_of(row)

    async def remember(self, place: Place, message: str, job_id: str) -> None:
        """A message is about a job: who answers to it means that."""
        await self._ledger.remember(place.chat, message, job_id)

    def turn_of(self, job_id: str) -> int | None:
        """Its place in the queue, from 1; None where it does not wait."""
        return self._turns.turn_of(job_id)

    def progress_of(self, job_id: str) -> "Progress | None":
        """How far its run is; None where it has none under way."""
        course = self._courses.get(job_id)
        return None if course is None or course.run is None else course.run.progress

    def _job(self, row: JobRow) -> Job:
        course = self._courses.get(row.id)
        return job_of(row if course is None else course.row)

    async def _say_first(self, course: Course) -> None:
        """Say how a job gets on, for the first time.

        Raises:
            Denied: the bot may not write there; what has not begun is not begun.
        """
        try:
            await course.say(self._turns.turn_of(course.row.id) if self._is_full else None)
        except Impossible as error:
            job_id, language = course.row.id, course.language
            logger("bots").warning("The user of job %s can't be answered: %s", job_id, error)
            if course.row.kind == "run":
                try:
                    await self._drop(course, "failed", words("mute", language), "undeliverable")
                except SaveFailed:
                    course.unwanted()
            raise Denied(words("mute", language), "undeliverable") from None
        except Exception:  # noqa: BLE001 - it is written down, and so it is run
            logger("bots").exception("The status of job %s was not said.", course.row.id)

    async def _unbegun(self, course: Course) -> None:
        """Who asked has stopped it before it began."""
        try:
            await carried_through(self._stop(course))
        except SaveFailed:
            course.unwanted()

    async def _written(self, row: JobRow) -> Course | None:
        """Write a job down, and have it in hand; None where somebody else has: its update came twice, or a start took it up."""
        kept = await self._ledger.make(row)
        if kept.id != row.id or row.id in self._courses:
            return None
        course = self._courses[row.id] = Course(self, row, fresh=True)
        if row.kind == "run":
            self._turns.add(row.id, row.user_key, row.made_at, held=True)
        return course

    async def _of_asked(self, key: str) -> JobRow:
        row = await self._ledger.of_asked(key)
        if row is None:
            raise NotFound(f"There is no job of {key!r}.")
        return row

    async def _own_row(self, job_id: str, user: User) -> JobRow:
        row = await self._row(job_id)
        if row.user_key != user.key:
            raise Denied(words("not_yours", user.language))
        return row

    async def _row(self, job_id: str) -> JobRow:
        row = await self._ledger.get(job_id)
        if row is None:
            raise NotFound(f"There is no job {job_id!r}: it may be another bot's.")
        return row


def _begun_elsewhere(kind: str, user: User, place: Place, run_id: str, key: str, name: str) -> JobRow:
    return JobRow(
        key,
        user_as_json(user),
        user.key,
        place_as_json(place),
        name,
        {},
        kind=kind,
        state="live",
        run_id=run_id,
    )
