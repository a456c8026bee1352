"""A batch whose ledger is lost, made anew: the submit ids that the service keeps name batch, row and attempt."""

import asyncio
import time
from collections.abc import Iterable
from typing import TYPE_CHECKING, Final

import attrs

from stationthis_sdk import settling
from stationthis_sdk.batches.identity import Name, batch_mark, name_of_submit
from stationthis_sdk.entities import DeploymentRecord, RunRecord
from stationthis_sdk.errors import NotFound, Refused
from stationthis_sdk.money.rates import learn_cost
from stationthis_sdk.store.batch_plans import BatchPlans
from stationthis_sdk.store.batch_records import BatchRecord, Rebuilt
from stationthis_sdk.store.batches import BatchLedger

if TYPE_CHECKING:
    from stationthis_sdk.context import Context

__all__ = ["rebuild"]

_READS: Final = 8


async def rebuild(
    context: "Context", name: str, deployment: DeploymentRecord, *, key: str | None
) -> BatchRecord:
    """Find the runs of a batch among those of its deployment, and write them down as its rows.

    A request that was under way when its process ended may still become a run: as long as that may be, it is looked again.

    Raises:
        NotFound: there are none.
        BatchBusy: somebody runs it.
    """
    store = BatchLedger(context.ledger)
    existing = await store.find(name)
    if existing is not None and existing.held:
        raise existing.busy()
    found: dict[str, tuple[Name, RunRecord]] = {}
    others: set[str] = set()
    certain: float | None = None
    while True:
        await _find(context, deployment, batch_mark(name), found, others)
        if not found:
            raise NotFound(
                f"The service has no run of a batch {name!r} of {deployment.name!r}: batches are found by their exact names."
            )
        now = time.monotonic()
        if certain is None:
            runs = [run for _, run in found.values()]
            known = await store.has_all_submits(batch_mark(name), [run.submit_id or "" for run in runs])
            certain = now + (0.0 if known else _seconds_left(context, runs))
        if now >= certain:
            break
        await asyncio.sleep(certain - now)
    rows: dict[str, Rebuilt] = {}
    for this, run in found.values():
        kept = attrs.evolve(run, deployment_id=deployment.id, deployment_name=deployment.name)
        if run.submit_id is not None:
            await context.ledger.accepted(run.submit_id, kept)
        cost = (await learn_cost(context, kept)).estimated if run.state.final else None
        rows[this.row] = _joined(rows.get(this.row), this, kept, cost)
    record = existing or BatchRecord(
        name,
        deployment.id,
        deployment.name,
        deployment.environment,
        deployment.workflow_id,
        deployment.workflow_version_id,
        deployment.version,
        key,
    )
    return await BatchPlans(context.ledger).rebuilt(record, list(rows.values()))


def _joined(before: Rebuilt | None, this: Name, run: RunRecord, cost: float | None) -> Rebuilt:
    """A row, with one more of its runs: the last attempt counts, and all of them cost."""
    seconds = run.run_duration or run.duration or 0.0
    unknown = int(cost is None and run.state.final)
    if before is None:
        return Rebuilt(this.row, this.attempt, run, seconds, cost, unknown)
    last = before if before.attempt >= this.attempt else attrs.evolve(before, attempt=this.attempt, run=run)
    total = before.cost if cost is None else (before.cost or 0.0) + cost
    return attrs.evolve(last, seconds=before.seconds + seconds, cost=total, unknown=before.unknown + unknown)


def _seconds_left(context: "Context", runs: Iterable[RunRecord]) -> float:
    """Until no request of the process that made these can become a run any more: it may have ended just now if any lives."""
    now = time.time() + (context.service.edge.clock_offset or 0.0)
    heard = [_last_heard(run, now) for run in runs]
    return min(settling.GRACE, max(0.0, max(heard) + settling.GRACE - now))


def _last_heard(run: RunRecord, now: float) -> float:
    if not run.state.final:
        return now
    return max((one.timestamp() for one in (run.created_at, run.ended_at) if one is not None), default=now)


async def _listed(context: "Context", deployment: DeploymentRecord) -> list[RunRecord]:
    """The runs of its workflow: its own would lack those of before it moved to another id; else, of a share, its own."""
    if deployment.workflow_id is not None:
        try:
            return (await context.service.run_lists.of_workflow(deployment.workflow_id))[0]
        except (NotFound, Refused):
            pass
    return await context.service.run_lists.of_deployment(deployment.id)


async def _find(
    context: "Context",
    deployment: DeploymentRecord,
    mark: str,
    found: dict[str, tuple[Name, RunRecord]],
    others: set[str],
) -> None:
    """The runs whose submits name this batch, each read for its inputs; those that were read and have ended stand."""
    listed = await _listed(context, deployment)
    few = asyncio.Semaphore(_READS)

    async def read(run_id: str) -> None:
        async with few:
            try:
                run = await context.service.runs.get(run_id)
            except NotFound:
                return
        this = name_of_submit(run.submit_id)
        if this is not None and this.batch == mark:
            found[run_id] = (this, run)
        else:
            others.add(run_id)

    try:
        async with asyncio.TaskGroup() as group:
            for one in reversed(listed):
                known = found.get(one.id)
                if one.id not in others and (known is None or not known[1].state.final):
                    group.create_task(read(one.id))
    except ExceptionGroup as problems:
        raise problems.exceptions[0] from None
