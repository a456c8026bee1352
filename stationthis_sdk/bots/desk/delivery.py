"""Sending what a run made: planned, written down, then part by part; a crash goes on at the next, nothing is sent twice."""

import asyncio
import time
from typing import TYPE_CHECKING, Final

import attrs

from stationthis_sdk.bots.desk.parts import as_json, instead_of, is_notice, step_of
from stationthis_sdk.bots.desk.sender import Closed, Impossible, NotSent, Unsure
from stationthis_sdk.bots.render.buttons import of_unsure
from stationthis_sdk.bots.render.plan import plan
from stationthis_sdk.bots.render.sentences import sentence, words
from stationthis_sdk.bots.render.steps import Step
from stationthis_sdk.errors import SaveFailed, StationThisError
from stationthis_sdk.interrupts import carried_through
from stationthis_sdk.logs import logger, redact

if TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import Path

    from stationthis_sdk.bots.desk.job import Job
    from stationthis_sdk.bots.desk.sender import Sender
    from stationthis_sdk.bots.desk.spool import Spool
    from stationthis_sdk.store.bot_jobs import JobLedger, PartRow

__all__ = ["Delivery", "Later"]

FIRST_PAUSE: float = 1.0
_LONGEST_PAUSE: Final = 300.0
_PATIENCE: Final = 86_400.0
_TRIES: Final = 5
_WRITE_AGAIN: Final = (0.5, 1.0, 2.0, 4.0, 8.0, 16.0, 32.0, 64.0)


class Later(Exception):
    """The platform has taken nothing for a day: it is gone on with at the next start."""


@attrs.define
class Delivery:
    """The delivery of one job, whose parts are written down."""

    sender: "Sender"
    ledger: "JobLedger"
    spool: "Spool"
    job: "Job"

    async def carry_out(self) -> str | None:
        """Send all that is not sent; what could not be is told with a button, and returned as a sentence.

        Raises:
            Later: nothing is taken for a day.
            SaveFailed: the ledger can't be written; nothing was sent that it does not know of.
        """
        while parts := [one for one in await self.ledger.parts(self.job.id) if _is_open(one)]:
            for part in parts:
                await _Part(self, part).carry_out()
        return await self._told_of()

    async def _told_of(self) -> str | None:
        """Tell what may be missing, once."""
        parts = [(one, step_of(one.step)) for one in await self.ledger.parts(self.job.id)]
        missing = {one.state for one, step in parts if not is_notice(step)} & {"unsure", "impossible"}
        if not missing:
            return None
        key = "not_taken" if "impossible" in missing else "maybe_missing"
        text = words(key, self.job.user.language)
        if not any(is_notice(step) for _, step in parts):
            own = [row for one, step in parts if one.state == "impossible" for row in step.buttons]
            buttons = (*of_unsure(self.job.id, self.job.user.language), *own[:1])
            await self.ledger.add_part(self.job.id, as_json(Step("text", text=text, buttons=buttons)))
            *_, notice = await self.ledger.parts(self.job.id)
            await _Part(self, notice).carry_out()
        return text


def _is_open(part: "PartRow") -> bool:
    return part.state in {"waiting", "sending"}


class _Part:
    """One part on its way."""

    def __init__(self, delivery: Delivery, part: "PartRow") -> None:
        self._sender, self._ledger = delivery.sender, delivery.ledger
        self._spool, self._job = delivery.spool, delivery.job
        self._number = part.number
        self._step = step_of(part.step)
        self._unseen = bool(part.step.get("unseen"))
        self._in_doubt = part.state == "sending"
        self._over = False
        self._pause = FIRST_PAUSE
        self._doubts = 0

    @property
    def _key(self) -> str:
        return f"{self._job.id}:{self._number}"

    async def carry_out(self) -> None:
        began = time.monotonic()
        while not self._over:
            try:
                if self._in_doubt:
                    await self._find_out()
                else:
                    await self._send(await self._files())
            except NotSent as error:
                if time.monotonic() - began > _PATIENCE:
                    raise Later(str(error)) from None
                logger("bots").info("A part of job %s is sent later: %s", self._job.id, redact(str(error)))
                await self._rest(error.retry_after)
            except Closed as error:
                logger("bots").warning("A part of job %s stays: %s", self._job.id, redact(str(error)))
                await self._give_up("impossible", redact(str(error)))
            except Impossible as error:
                await self._instead(str(error))

    async def _files(self) -> "Sequence[Path]":
        """The files of the part.

        Raises:
            Impossible: one can't be had.
            SaveFailed: the disk does not take them.
        """
        try:
            files = [await self._spool.path_of(file.place) for file in self._step.files]
        except SaveFailed:
            raise
        except StationThisError as error:
            text, _ = sentence(error, self._job.user.language)
            if len(self._step.files) > 1:
                raise Impossible(text) from None  # one that can't be had keeps none of the others
            await self._give_up("impossible", text)
            return []
        if not self._unseen:
            return files
        await self._see()
        return await self._files()

    async def _see(self) -> None:
        """What could not be fetched before is here at last: planned as what it is."""
        steps = await asyncio.to_thread(
            plan,
            [await self._spool.made_of(file.place) for file in self._step.files],
            limits=self._sender.limits,
            hints=self._job.hints,
            caption=self._step.text,
            buttons=self._step.buttons,
            name=self._job.deployment,
            private_documents=not self._job.place.private,
            language=self._job.user.language,
            run_id=self._job.run_id or "",
        )
        await self._ledger.replace(self._job.id, self._number, [as_json(step) for step in steps])
        self._step, self._unseen = steps[0], False

    async def _send(self, files: "Sequence[Path]") -> None:
        if self._over:
            return
        async with self._spool.hands:  # a kill while it waits for these leaves nothing in doubt
            await self._ledger.part(self._job.id, self._number, state="sending")
            # Whoever closes the bot now waits for the answer, so that nobody is in doubt at its next start.
            await carried_through(self._sent(files))

    async def _sent(self, files: "Sequence[Path]") -> None:
        try:
            messages = await self._sender.send(self._job.place, self._step, files, key=self._key)
        except (NotSent, Impossible):
            await self._ledger.part(self._job.id, self._number, state="waiting")
            raise
        except Unsure as error:
            logger("bots").info(
                "The answer to a part of job %s is lost: %s", self._job.id, redact(str(error))
            )
            self._in_doubt = True
        except Exception:  # noqa: BLE001 - a sender with a fault loses nothing
            logger("bots").exception("Sending failed; it may have arrived.")
            self._in_doubt = True
        else:
            await self._arrived(messages)

    async def _find_out(self) -> None:
        """Whether it has arrived though nobody heard of it."""
        try:
            messages = await self._sender.sent_before(self._job.place, self._step, key=self._key)
        except Unsure:
            messages = None
        except Impossible:
            messages = None
        if messages:
            await self._arrived(messages)
            return
        self._doubts += 1
        if messages is None or self._doubts > _TRIES:
            await self._give_up("unsure", None)
            return
        self._in_doubt = False
        await self._ledger.part(self._job.id, self._number, state="waiting")
        if self._doubts > 1:
            await self._rest(None)

    async def _arrived(self, messages: "Sequence[str]") -> None:
        self._over = True
        chat = self._job.user.id if self._step.private else self._job.place.chat
        for pause in _WRITE_AGAIN:  # whatever else is known of it, it is there
            try:
                return await self._ledger.sent(self._job.id, self._number, chat, messages)
            except SaveFailed as error:
                logger("bots").warning("A part has arrived, which is written later: %s", error.message)
            await asyncio.sleep(pause)
        return await self._ledger.sent(self._job.id, self._number, chat, messages)

    async def _instead(self, reason: str) -> None:
        """The platform does not take it like this: its files as documents, else it stays, which is told at the end."""
        logger("bots").warning("A part of job %s was not taken: %s", self._job.id, redact(reason))
        steps = instead_of(self._step)
        if not steps:
            await self._give_up("impossible", redact(reason))
            return
        await self._ledger.replace(
            self._job.id, self._number, [as_json(step, unseen=self._unseen) for step in steps]
        )
        self._step = steps[0]

    async def _give_up(self, state: str, problem: str | None) -> None:
        self._over = True
        await self._ledger.part(self._job.id, self._number, state=state, problem=problem)

    async def _rest(self, seconds: float | None) -> None:
        await asyncio.sleep(seconds if seconds is not None else self._pause)
        self._pause = min(self._pause * 2, _LONGEST_PAUSE)
