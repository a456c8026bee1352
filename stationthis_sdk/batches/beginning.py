"""Beginning a batch: rows read, checked and planned, the plan compared with what is known, before anything is sent."""

import asyncio
import itertools
from collections.abc import Iterable, Iterator, Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final, Literal

import attrs

from stationthis_sdk.batches.batch import AsyncBatch
from stationthis_sdk.batches.columns import Columns
from stationthis_sdk.batches.out import Out
from stationthis_sdk.batches.plan import Planning
from stationthis_sdk.batches.rows import Rows, open_rows
from stationthis_sdk.batches.saved import saved_row
from stationthis_sdk.batches.versions import OnChange, is_other, redeployed
from stationthis_sdk.entities import BatchEstimate, DeploymentRecord
from stationthis_sdk.errors import BatchStopped, InvalidInput
from stationthis_sdk.inputs.fields import Inputs
from stationthis_sdk.inputs.grids import Grid
from stationthis_sdk.money.estimates import estimate_of
from stationthis_sdk.store.batch_plans import BatchPlans, new_plan
from stationthis_sdk.store.batch_records import BatchRecord
from stationthis_sdk.store.batches import BatchLedger

if TYPE_CHECKING:
    from stationthis_sdk.context import Context
    from stationthis_sdk.deployment import AsyncDeployment
    from stationthis_sdk.options import Options

__all__ = ["DEFAULT_FAILURES", "MapOptions", "begin", "estimated", "need_rate"]

DEFAULT_FAILURES: Final = "default"
_FEWEST_FAILURES: Final = 10
_SHARE_OF_FAILURES: Final = 0.1
_AT_ONCE: Final = 500
_SHOWN: Final = 5


@attrs.frozen
class MapOptions:
    """What ``map`` is given besides its rows."""

    name: str
    key: str | None = None
    columns: Mapping[str, Any] | Iterable[str] | None = None
    concurrency: int | None = None
    budget: float | None = None
    max_failures: float | Literal["default"] | None = DEFAULT_FAILURES
    out: str | Path | None = None
    storage_options: Mapping[str, Any] | None = None
    limit: int | None = None
    on_change: OnChange = "stop"
    without_rate: bool = False

    def check(self) -> None:
        """Refuse what makes no sense.

        Raises:
            InvalidInput: ``problems`` lists every fault.
        """
        problems = []
        if not isinstance(self.name, str) or not self.name.strip() or not self.name.isprintable():
            problems.append(
                f"name is a text of one line: the same name goes on with the same batch; got {self.name!r}"
            )
        for what, value in (("concurrency", self.concurrency), ("limit", self.limit)):
            if value is not None and (isinstance(value, bool) or not isinstance(value, int) or value < 1):
                problems.append(f"{what} is a whole number from 1; got {value!r}")
        for what, amount in (("budget", self.budget), ("max_failures", self.max_failures)):
            if amount is None or (what == "max_failures" and amount == DEFAULT_FAILURES):
                continue
            if (
                isinstance(amount, bool)
                or not isinstance(amount, int | float)
                or not 0 <= amount < float("inf")
            ):
                problems.append(f"{what} is a number, 0 or more; got {amount!r}")
        if self.on_change not in {"stop", "continue", "rerun"}:
            problems.append(f"on_change is 'stop', 'continue' or 'rerun'; got {self.on_change!r}")
        if problems:
            raise InvalidInput(f"The batch was not begun: {'; '.join(problems)}.", problems=problems)

    def failures(self, rows: int) -> float | None:
        """How many rows may fail, when nobody says: a tenth, at least ten."""
        if self.max_failures != DEFAULT_FAILURES:
            return self.max_failures
        return max(_FEWEST_FAILURES, int(rows * _SHARE_OF_FAILURES))


@attrs.frozen
class _Staged:
    """A plan that is written down beside the batch."""

    plans: BatchPlans
    plan: int
    existing: BatchRecord | None
    out: Out | None
    rows: int
    there: int


async def begin(
    context: "Context",
    deployment: "AsyncDeployment",
    rows: Any,
    given: MapOptions,
) -> AsyncBatch:
    """Plan a batch, or go on with the one of this name, and put it to work.

    Raises:
        InvalidInput: ``problems`` lists what is wrong with options, columns and rows; nothing was sent.
        BatchBusy: somebody else runs it.
        BatchStopped: it was planned for another version, or other inputs; ``on_change`` says what to do.
    """
    staged = await _staged(context, deployment, rows, given)
    plans, plan = staged.plans, staged.plan
    record, options = deployment._record, deployment._options  # noqa: SLF001 - the two know each other
    try:
        if given.budget is not None and not given.without_rate:
            await need_rate(context, record)
        anew = await _anew(staged, record, given)
        batch = await plans.take(_record_of(given, record, options, staged), plan, anew=anew)
    finally:
        await plans.forget(plan)
    if batch.id == 0:
        raise InvalidInput(f"A batch needs the ledger, which can't be used: {context.ledger.why}.")
    made = AsyncBatch(
        context,
        batch,
        deployment=deployment,
        concurrency=given.concurrency,
        out=staged.out,
        on_change=given.on_change,
    )
    await made._start()  # noqa: SLF001 - it was made for that
    return made


async def estimated(
    context: "Context", deployment: "AsyncDeployment", rows: Any, given: MapOptions
) -> BatchEstimate:
    """What a batch would run, and cost, as far as earlier runs tell; nothing is sent, nothing is kept.

    Raises:
        InvalidInput: see ``begin``.
    """
    staged = await _staged(context, deployment, rows, given)
    await staged.plans.forget(staged.plan)
    record = deployment._record  # noqa: SLF001 - the two know each other
    one = await estimate_of(context, record)
    missing = staged.rows - staged.there
    at_once = max(1, min(record.concurrency_limit or 1, given.concurrency or missing or 1))
    return BatchEstimate(
        rows=staged.rows,
        missing=missing,
        dollars=None if one.dollars is None else one.dollars * missing,
        most=None if one.most is None else one.most * missing,
        seconds=None if one.seconds is None else one.seconds * missing / at_once,
        runs_before=one.runs,
        why=one.why,
    )


async def _staged(context: "Context", deployment: "AsyncDeployment", rows: Any, given: MapOptions) -> _Staged:
    """Read, check and write down all rows, beside the batch."""
    given.check()
    await deployment.refresh()
    opened = await asyncio.to_thread(_opened, rows)
    if opened.count == 0:
        raise InvalidInput(f"{opened.label} has no rows: there is nothing to run. Nothing was sent.")
    columns = _columns_of(opened, deployment, given)
    out = await asyncio.to_thread(_out_of, context, given, opened, deployment.inputs)
    if isinstance(rows, Grid):
        _refuse_stray_axes(columns, given, out)
    plans = BatchPlans(context.ledger)
    existing = await BatchLedger(context.ledger).find(given.name)
    if existing is not None and existing.held:
        raise existing.busy()
    if existing is not None and existing.deployment_name != deployment.name:
        raise InvalidInput(
            f"There is a batch {given.name!r} of {existing.deployment_name!r} already: give this one another name."
        )
    planning = Planning(
        given.name,
        opened,
        columns,
        deployment.inputs,
        deployment.name,
        given.key,
        context.settings.home / "batch-files",
        given.limit,
        deployment._options.allow_unknown,  # noqa: SLF001 - the two know each other
        None
        if out is None
        else lambda row: out.problems_of(
            saved_row(row, given.name, deployment.record.name, deployment.record.version)
        ),
    )
    plan = new_plan()
    planned = iter(planning)
    try:
        while some := await asyncio.to_thread(lambda: list(itertools.islice(planned, _AT_ONCE))):
            if not planning.problems:
                await plans.stage(plan, some)
        planning.raise_for_problems()
        count, there = await plans.planned(existing.id if existing else None, plan)
    except BaseException:
        await plans.forget(plan)
        raise
    return _Staged(plans, plan, existing, out, count, there)


def _opened(given: Any) -> Rows:
    """The rows, with the names of their columns, and 0 as their count where there is none; blocking."""
    rows = open_rows(given)
    if rows.columns is not None and rows.count is not None:
        return rows
    read = iter(rows)
    first = next(read, None)
    names = rows.columns or tuple(first or ())
    count = 0 if first is None else rows.count
    if not rows.once:
        return attrs.evolve(rows, columns=names, count=count)

    def once() -> Iterator[dict[str, Any]]:
        return itertools.chain([] if first is None else [first], read)

    return attrs.evolve(rows, columns=names, count=count, read=once)


def _columns_of(rows: Rows, deployment: "AsyncDeployment", given: MapOptions) -> Columns:
    problems: list[str] = []
    available = rows.columns or ()
    if given.key is not None and given.key not in available:
        listed = ", ".join(available[:20]) or "none"
        problems.append(f"key: there is no column {given.key!r}; columns: {listed}")
    try:
        columns = Columns.of(
            given.columns,
            deployment.inputs,
            available,
            textual=rows.textual,
            allow_unknown=deployment._options.allow_unknown,  # noqa: SLF001 - the two know each other
        )
    except InvalidInput as error:
        if not problems:
            raise
        raise InvalidInput(f"{problems[0]}. {error.message}", problems=[*problems, *error.problems]) from None
    if problems:
        raise InvalidInput(f"The batch was not begun: {problems[0]}.", problems=problems)
    return columns


def _out_of(context: "Context", given: MapOptions, rows: Rows, inputs: Inputs) -> Out | None:
    if given.out is None:
        return None
    out = Out.of(given.out, given.storage_options, home=context.settings.home)
    if problems := out.problems((*(rows.columns or ()), *inputs)):
        raise InvalidInput(f"out: {'; '.join(problems)}.", problems=problems)
    return out


def _refuse_stray_axes(columns: Columns, given: MapOptions, out: Out | None) -> None:
    """An axis that nothing is made of multiplies the cost for nothing."""
    named = {given.key} if out is None else {given.key, *out.name.columns}
    if stray := [name for name in columns.unused if name not in named]:
        raise InvalidInput(
            f"The grid's axis {stray[0]!r} is no input: every value of it would run the same again. Sent: {columns}.",
            problems=[f"{name} is no input" for name in stray],
        )


async def need_rate(context: "Context", record: DeploymentRecord) -> None:
    """See that a budget can be kept.

    Raises:
        InvalidInput: nobody knows what the deployment's GPU costs.
    """
    estimate = await estimate_of(context, record)
    if estimate.rate is None:
        raise InvalidInput(
            f"A budget needs a price: {estimate.why}. Nothing was sent. without_rate=True starts all the same: one run at "
            "a time until one tells what it costs."
        )


async def _anew(staged: _Staged, record: DeploymentRecord, given: MapOptions) -> str:
    """Which rows are begun anew though they are done."""
    if staged.existing is None:
        return ""
    if is_other(staged.existing, record):
        if given.on_change == "stop":
            raise redeployed(staged.existing, record)
        return "all" if given.on_change == "rerun" else ""
    changed = await staged.plans.changed(staged.existing.id, staged.plan)
    if changed and given.on_change == "stop":
        listed = ", ".join(changed[:_SHOWN]) + (
            f" and {len(changed) - _SHOWN} more" if len(changed) > _SHOWN else ""
        )
        raise BatchStopped(
            f"Batch {given.name!r} has run other inputs for these keys: {listed}. Nothing was sent. on_change='continue' "
            "keeps what they made, 'rerun' runs them again.",
            why="changed",
        )
    return "changed" if changed and given.on_change == "rerun" else ""


def _record_of(
    given: MapOptions, record: DeploymentRecord, options: "Options", staged: _Staged
) -> BatchRecord:
    kept = {
        "tags": options.tags,
        "gpu": options.gpu,
        "cache": options.cache,
        "allow_unknown": options.allow_unknown,
        "on_interrupt": options.on_interrupt,
        "timeouts": attrs.asdict(options.timeouts),
        "concurrency": given.concurrency,
        "out": None if given.out is None else str(given.out),
        "limit": given.limit,
    }
    return BatchRecord(
        given.name,
        record.id,
        record.name,
        record.environment,
        record.workflow_id,
        record.workflow_version_id,
        record.version,
        given.key,
        {} if given.columns is None else {str(name): str(value) for name, value in _pairs(given.columns)},
        kept,
        given.budget,
        given.failures(staged.rows),
    )


def _pairs(columns: Mapping[str, Any] | Iterable[str]) -> Iterable[tuple[Any, Any]]:
    if isinstance(columns, Mapping):
        return columns.items()
    return [(name, value) for name, _, value in (pair.partition("=") for pair in columns)]
