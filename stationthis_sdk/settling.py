"""What came of a submit whose answer was lost: looked up among the service's runs, never guessed.

The service has no key by which a request could be sent twice and be taken once. It keeps inputs it does not know, and so
each run carries the id of its submit. "Not there" counts only when ``GRACE`` has passed since its request was given up:
the service may take most of a minute before it makes a run.
"""

import asyncio
import contextlib
import time
from collections.abc import AsyncGenerator, Callable, Iterable, Sequence
from datetime import UTC, datetime, timedelta
from typing import Final

import attrs

from stationthis_sdk.api.calls.runs import is_refused_cancel
from stationthis_sdk.context import Context
from stationthis_sdk.entities import RunRecord
from stationthis_sdk.errors import AmbiguousSubmit, CancelRefused, NotFound, ServerError, StationThisError
from stationthis_sdk.shown import Shown
from stationthis_sdk.store.ledger import LedgerRun, SubmitRow

__all__ = ["GRACE", "Settled", "as_submitted", "look", "reconcile", "settle", "settle_many", "settle_now"]

GRACE: float = 90.0
"""Seconds after which a run that can't be found was not made."""
LONGEST_POST: float = 300.0
"""Seconds for which a request of ours may have been under way when its process ended."""

_SKEW: Final = timedelta(minutes=5)
_AHEAD: Final = timedelta(days=365)
_FIRST_PAUSE: Final = 0.5
_LONGEST_PAUSE: Final = 10.0
_READS_AT_ONCE: Final = 8


@attrs.frozen
class Settled(Shown):
    """What came of one submit, or of one cancel that was refused.

    ``outcome`` is found (run_id is the run), absent (no run was made), cancelled, ended, wanted (the cancel was refused
    until its time was over: the run goes on, and is noted as not wanted), or open: nobody can tell yet, ``why`` says
    what is in the way.
    """

    name: str
    outcome: str
    submit_id: str | None = None
    run_id: str | None = None
    why: str = ""

    def __str__(self) -> str:
        of = f"run {self.run_id}" if self.run_id else f"submit {self.submit_id}"
        return f"{self.outcome}: {of} of {self.name}" + (f" ({self.why})" if self.why else "")


async def look(context: Context, row: SubmitRow) -> RunRecord | None:
    """The run of a submit, if the service shows it now.

    Raises:
        StationThisError: the runs can't be listed or read.
    """
    return (await _look(context, [row], set())).get(row.id)


async def _recent(context: Context, row: SubmitRow) -> list[RunRecord]:
    """The runs that may have come of a submit, by their time."""
    where = {"workflow_id": row.workflow_id, "deployment_id": row.deployment_id}
    if context.service.edge.clock_offset is None and row.clock_offset is None:
        # Any answer tells what time it is there.
        await context.service.run_lists.since(datetime.now(UTC) + _AHEAD, **where)
    since = datetime.fromtimestamp(_there(context, row, row.created_at), UTC) - _SKEW
    return await context.service.run_lists.since(since, **where)


def as_submitted(found: RunRecord, row: SubmitRow) -> RunRecord:
    """A run that was found, with what the service does not tell of it."""
    of_deployment = row.deployment_id is not None
    return attrs.evolve(
        found,
        deployment_id=row.deployment_id or found.deployment_id,
        deployment_name=row.name if of_deployment else found.deployment_name,
        tags=row.tags,
    )


def _there(context: Context, row: SubmitRow, moment: float) -> float:
    """A moment that this machine's clock told when the row was written, by the service's clock: ours may be wrong."""
    offset = row.clock_offset if row.clock_offset is not None else context.service.edge.clock_offset
    return moment + (offset or 0.0)


async def settle(context: Context, row: SubmitRow, lost: StationThisError) -> RunRecord | None:
    """The run of a submit that was given up just now because of ``lost``; None when it is certain that there is none.

    Raises:
        AmbiguousSubmit: the service's runs can't be read, so that nobody can tell.
    """
    loop = asyncio.get_running_loop()
    certain = loop.time() + GRACE
    try:
        async with contextlib.aclosing(
            _looked_for(context, [row], lambda _: max(0.0, certain - loop.time()), patient=False)
        ) as told:
            _, found = await anext(told)
    except StationThisError as error:
        raise AmbiguousSubmit(
            f"Nobody knows whether the run of {row.name!r} was started: {lost.message} It can't be looked up "
            f"either: {error.message} It was not sent again; submit {row.id} stands in the ledger, and "
            "`stationthis reconcile` settles it when the service answers.",
            submit_id=row.id,
            request=lost.request,
        ) from None
    return found


async def settle_many(
    context: Context, rows: Iterable[SubmitRow]
) -> AsyncGenerator[tuple[SubmitRow, RunRecord | None]]:
    """What came of many submits of processes that have ended, each as soon as it is known; written into the ledger.

    Raises:
        AmbiguousSubmit: the service's runs can't be read.
    """
    left = {row.id: await _given_up(context, row) for row in rows}
    looked_for = _looked_for(context, [*left.values()], lambda row: _seconds_left(context, row), patient=True)
    try:
        async with contextlib.aclosing(looked_for) as told:
            async for submit_id, found in told:
                row = left.pop(submit_id)
                if found is None:
                    await context.ledger.settled(submit_id, "absent")
                    yield row, None
                else:
                    run = as_submitted(found, row)
                    await context.ledger.accepted(submit_id, run)
                    yield row, run
    except StationThisError as error:
        raise AmbiguousSubmit(
            f"Nobody knows what came of {len(left)} submits: {error.message} They stand in the ledger, and "
            "nothing is sent again before the service answers.",
            submit_id=next(iter(left)),
            request=error.request,
        ) from None


async def _looked_for(
    context: Context, rows: Sequence[SubmitRow], seconds_left: Callable[[SubmitRow], float], *, patient: bool
) -> AsyncGenerator[tuple[str, RunRecord | None]]:
    """What came of these submits, each as soon as it is known: its run, or None when no seconds were left before a look.

    ``patient``: while the service is away it is waited for, however long; else until the last look.

    Raises:
        StationThisError: the runs can't be listed or read.
    """
    left = {row.id: row for row in rows}
    seen: set[str] = set()
    pause = _FIRST_PAUSE
    while left:
        certain = [row.id for row in left.values() if not seconds_left(row)]
        try:
            found = await _look(context, [*left.values()], seen)
        except StationThisError as error:
            if not error.retryable or (certain and not patient):
                raise
            found, certain = {}, []
        for submit_id, run in found.items():
            del left[submit_id]
            yield submit_id, run
        for submit_id in certain:
            if left.pop(submit_id, None) is not None:
                yield submit_id, None
        if left:
            soonest = [seconds for row in left.values() if (seconds := seconds_left(row)) > 0]
            await asyncio.sleep(min([pause, *soonest]))
            pause = min(pause * 2, _LONGEST_PAUSE)


async def settle_now(context: Context, rows: Iterable[SubmitRow]) -> list[tuple[SubmitRow, RunRecord]]:
    """Those of many submits that the service shows as runs by now, in one look; the others stay open."""
    left = {row.id: row for row in rows}
    try:
        found = await _look(context, [*left.values()], set()) if left else {}
    except StationThisError:
        return []
    told = [(left[submit_id], as_submitted(record, left[submit_id])) for submit_id, record in found.items()]
    for row, run in told:
        await context.ledger.accepted(row.id, run)
    return told


async def _look(context: Context, rows: Sequence[SubmitRow], seen: set[str]) -> dict[str, RunRecord]:
    """The runs of these submits that the service shows now, each read once however many submits are looked for.

    ``seen`` are runs that were looked at, and are others'.
    """
    wanted = {row.id for row in rows}
    found: dict[str, RunRecord] = {}
    for row in rows:
        kept = await context.ledger.submit(row.id)
        if kept is not None and kept.run_id is not None:
            # A webhook told of it, or another process found it.
            found[row.id] = await context.service.runs.get(kept.run_id)
    if wanted <= found.keys():
        return found
    oldest = min(rows, key=lambda row: _there(context, row, row.created_at))
    listed = await _recent(context, oldest)
    ids = [one.id for one in listed if one.id not in seen]
    seen |= await context.ledger.runs_of_others(ids, *wanted)
    at_once = asyncio.Semaphore(_READS_AT_ONCE)

    async def read(run_id: str) -> None:
        async with at_once:
            if wanted <= found.keys():
                return
            try:
                record = await context.service.runs.get(run_id)
            except NotFound:
                return
        seen.add(run_id)
        if record.submit_id in wanted:
            found[record.submit_id] = record

    try:
        async with asyncio.TaskGroup() as group:
            for run_id in ids:
                if run_id not in seen:
                    group.create_task(read(run_id))
    except ExceptionGroup as problems:
        raise problems.exceptions[0] from None
    return found


async def reconcile(context: Context, *, wait: bool) -> list[Settled]:
    """Settle what the ledger has open for this account: submits without an answer, cancels that were refused.

    wait: until the time has passed after which "not there" counts, and for which cancels are tried again, so that
    nothing stays open but what can't be read.
    """
    told: list[Settled] = []
    while True:
        submits = [await _settle_one(context, row) for row in await context.ledger.open_submits()]
        cancels = [await _cancel_one(context, run) for run in await context.ledger.unwanted_runs()]
        outcomes = submits + cancels
        told += [one for one in outcomes if one.outcome not in {"open", "wanted"}]
        waits = [
            seconds
            for row in await context.ledger.open_submits()
            if not row.under_way and (seconds := _seconds_left(context, row)) > 0
        ]
        waits += [
            left
            for run in await context.ledger.unwanted_runs()
            if (left := (run.cancel_wanted_until or 0.0) - time.time()) > 0
        ]
        if not wait or not waits:
            return told + [one for one in outcomes if one.outcome in {"open", "wanted"}]
        await asyncio.sleep(min(*waits, _LONGEST_PAUSE))


async def _settle_one(context: Context, row: SubmitRow) -> Settled:
    if row.under_way:
        return Settled(row.name, "open", row.id, why=f"process {row.pid} is sending it")
    row = await _given_up(context, row)
    try:
        found = await look(context, row)
    except StationThisError as error:
        return Settled(row.name, "open", row.id, why=error.message)
    if found is not None:
        await context.ledger.accepted(row.id, as_submitted(found, row))
        return Settled(row.name, "found", row.id, found.id)
    if (left := _seconds_left(context, row)) > 0:
        return Settled(row.name, "open", row.id, why=f"not there yet; certain in {left:.0f} s")
    await context.ledger.settled(row.id, "absent")
    return Settled(row.name, "absent", row.id)


async def _given_up(context: Context, row: SubmitRow) -> SubmitRow:
    """The submit of a process that has ended, with when its request was given up at the latest."""
    if row.given_up_at is not None:
        return row
    sent = row.sent_at or row.created_at
    row = attrs.evolve(row, state="lost", given_up_at=max(sent, min(time.time(), sent + LONGEST_POST)))
    await context.ledger.settled(row.id, "lost", "its process ended", given_up_at=row.given_up_at)
    return row


async def _cancel_one(context: Context, wanted: LedgerRun) -> Settled:
    """Ask once more to cancel a run that is not wanted; what can't be cancelled stays noted as not wanted."""
    record = wanted.record
    name = record.deployment_name or "a workflow"

    async def over(outcome: str, why: str = "") -> Settled:
        await context.ledger.wants_cancel(record, None)
        return Settled(name, outcome, record.submit_id, record.id, why)

    try:
        refused = await _refused(context, record.id)
        now = await context.service.runs.get(record.id)
    except NotFound:
        return await over("ended", "the service does not know it any more")
    except StationThisError as error:
        return Settled(name, "open", record.submit_id, record.id, error.message)
    await context.ledger.heard([now])
    if now.state.final:
        return await over("cancelled" if now.state == "cancelled" else "ended", str(now.state))
    why = f"the service would not cancel it: {refused}" if refused else f"asked to cancel; it is {now.state}"
    late = time.time() >= (wanted.cancel_wanted_until or 0.0)
    return Settled(name, "wanted" if late else "open", record.submit_id, record.id, why)


async def _refused(context: Context, run_id: str) -> str | None:
    try:
        await context.service.runs.cancel(run_id)
    except CancelRefused as error:
        return error.message
    except ServerError as error:
        if not is_refused_cancel(error):
            raise
        return str(error.body)
    return None


def _seconds_left(context: Context, row: SubmitRow) -> float:
    """Until "not there" counts: by the service's clock, as this machine's may have been set meanwhile."""
    if row.given_up_at is None:
        return GRACE
    now = time.time() + (context.service.edge.clock_offset or row.clock_offset or 0.0)
    return min(GRACE, max(0.0, _there(context, row, row.given_up_at) + GRACE - now))
