"""`stationthis batches`: the batches of this machine, looked at and taken up again."""

import heapq
import sys
from typing import TYPE_CHECKING, Annotated, Any, Final

import typer

from stationthis_sdk.cli import show
from stationthis_sdk.cli.batch_work import batch_json, resume_command, row_json, work
from stationthis_sdk.cli.commands import Command, Group
from stationthis_sdk.cli.map import Budget, Change, Concurrency, MaxFailures, MetricsTo, OnChange, failures
from stationthis_sdk.cli.metrics import MetricsFile
from stationthis_sdk.cli.options import Environment, Options, connected, with_options

if TYPE_CHECKING:
    from stationthis_sdk import Batch, BatchRow

__all__ = ["batches"]

_FAILURES: Final = 10
"""So many failures are shown, the latest first."""

batches = typer.Typer(
    cls=Group,
    help="List batches, look at them, go on with them, stop them.",
    no_args_is_help=True,
    rich_markup_mode=None,
)

Name = Annotated[str, typer.Argument(metavar="NAME", help="The batch's name.")]


@batches.command("list", cls=Command)
@with_options()
def list_all(*, options: Options) -> None:
    """List the batches that this machine knows, the one that something happened to last first.

    Columns: name, deployment, state, rows, well, failed, estimated dollars; tab-separated when the output is no terminal.
    """
    with connected(options) as st:
        found = [batch_json(one) for one in st.batches.list()]
    if options.as_json:
        show.out_json(found)
        return
    if not found:
        show.tell("No batches.")
        return
    columns = ("name", "deployment", "state", "total", "succeeded", "failed", "cost")
    rows = [[one[column] for column in columns] for one in found]
    if sys.stdout.isatty():
        for row in rows:
            row[-1] = None if row[-1] is None else f"{row[-1]:.4f}"
    show.table(("name", "deployment", "state", "rows", "well", "failed", "dollars"), rows)


@batches.command("show", cls=Command)
@with_options()
def show_one(name: Name, *, options: Options) -> None:
    """Print how far a batch is, what it cost, why it stopped, and its latest failures with their reasons."""
    with connected(options) as st:
        batch = st.batches.get(name)
        failed = _latest(batch)
    if options.as_json:
        show.out_json({**batch_json(batch), "failures": [row_json(row) for row in failed]})
        return
    for line in _lines(batch, failed):
        show.out(" ".join(show.plain(line).split()))


def _latest(batch: "Batch") -> "list[BatchRow]":
    def ended(row: "BatchRow") -> float:
        return 0.0 if row.ended_at is None else row.ended_at.timestamp()

    return heapq.nlargest(_FAILURES, batch.rows("failed"), key=ended)


def _lines(batch: "Batch", failed: "list[BatchRow]") -> list[str]:
    progress = batch.progress
    told = [f"{batch.state} {batch.name} of {batch.deployment_name}: {progress}"]
    told += [f"why: {batch.why}"] if batch.why else []
    told += [f"cost unknown: {progress.unknown_costs} runs"] if progress.unknown_costs else []
    told += [f"files: {progress.saved} rows saved in {batch.out}"] if batch.out else []
    told += [str(row) for row in failed]
    if progress.failed > len(failed):
        told.append(f"and {progress.failed - len(failed)} more failed before")
    if batch.state in {"planned", "paused", "cancelled"}:
        told.append(f"To go on: {resume_command(batch.name)}")
    return told


@batches.command(cls=Command)
@with_options()
def resume(
    name: Name,
    *,
    budget: Budget = None,
    max_failures: MaxFailures = None,
    concurrency: Concurrency = None,
    on_change: OnChange = Change.stop,
    metrics_file: MetricsTo = None,
    options: Options,
) -> None:
    """Go on with what is missing of a batch; its rows are known, and what is done is not run again.

    What is not given stays as it was. Shows and ends as `stationthis map` does.
    """
    limits = _limits(budget, max_failures, concurrency, on_change)
    _go_on(name, options, metrics_file, failed=False, limits=limits)


@batches.command(cls=Command)
@with_options()
def retry(
    name: Name,
    *,
    budget: Budget = None,
    max_failures: MaxFailures = None,
    concurrency: Concurrency = None,
    on_change: OnChange = Change.stop,
    metrics_file: MetricsTo = None,
    options: Options,
) -> None:
    """Run the rows of a batch again that came to nothing, and what is missing besides; each costs again.

    Their seeds stay the same. Shows and ends as `stationthis map` does.
    """
    limits = _limits(budget, max_failures, concurrency, on_change)
    _go_on(name, options, metrics_file, failed=True, limits=limits)


def _limits(
    budget: float | None, max_failures: str | None, concurrency: int | None, on_change: Change
) -> dict[str, Any]:
    return {
        "budget": budget,
        "max_failures": failures(max_failures),
        "concurrency": concurrency,
        "on_change": on_change.value,
    }


def _go_on(
    name: str, options: Options, metrics_file: str | None, *, failed: bool, limits: dict[str, Any]
) -> None:
    with connected(options) as st:
        metrics = None
        if metrics_file is not None:
            metrics = MetricsFile(metrics_file, name, st.batches.get(name).deployment_name)
        work(
            name,
            lambda: st.batches.resume(name, failed=failed, wait=False, **limits),
            as_json=options.as_json,
            metrics=metrics,
        )


@batches.command(cls=Command)
@with_options()
def cancel(name: Name, *, options: Options) -> None:
    """Stop a batch, also one that another process runs: what is under way is cancelled, what is done is kept.

    Prints the state it is in then. Exits 75 when whoever runs it does not answer.
    """
    with connected(options) as st:
        _tell(st.batches.get(name).cancel(), options)


@batches.command(cls=Command)
@with_options()
def rebuild(
    name: Name,
    *,
    deployment: Annotated[
        str, typer.Option("--deployment", metavar="NAME", help="The deployment whose runs they are.")
    ],
    environment: Environment = None,
    key: Annotated[
        str | None, typer.Option("--key", metavar="COLUMN", help="What the key column was called.")
    ] = None,
    options: Options,
) -> None:
    """Make what this machine knew of a lost batch anew, of the runs that the service has of it; nothing is run.

    The same `stationthis map` as before then runs only what is missing. Where the batch was at work just now it waits
    until nothing of it can be on its way any more, minutes at the most.
    """
    with connected(options) as st:
        found = st.deployments.get(deployment, environment=environment)
        show.tell(f"{show.plain(name)}: reading the runs of {show.plain(found.name)}")
        _tell(st.batches.rebuild(name, found, key=key), options)


@batches.command(cls=Command)
@with_options()
def forget(name: Name, *, options: Options) -> None:
    """Take a batch out of what this machine knows; runs and files stay. Begun again, all of it is paid again."""
    with connected(options) as st:
        st.batches.get(name).forget()
    if options.as_json:
        show.out_json({"name": name, "forgotten": True})
    else:
        show.out(f"forgotten {show.plain(name)}")


def _tell(batch: "Batch", options: Options) -> None:
    if options.as_json:
        show.out_json(batch_json(batch))
    else:
        show.out(f"{batch.state} {show.plain(batch.name)}: {show.plain(str(batch.progress))}")
