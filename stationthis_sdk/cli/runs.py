"""`stationthis runs`: runs by their id, their logs, and lists of them."""

from typing import TYPE_CHECKING, Annotated, Any, Final

import typer

from stationthis_sdk.cli import show
from stationthis_sdk.cli.commands import Command, Group, ListCommand
from stationthis_sdk.cli.exits import Quit, about
from stationthis_sdk.cli.options import Options, SaveTo, connected, with_options
from stationthis_sdk.cli.run import deliver

if TYPE_CHECKING:
    from stationthis_sdk import Run

__all__ = ["runs"]

runs = typer.Typer(
    cls=Group,
    help="List runs, look at them and their logs, cancel them, watch them.",
    no_args_is_help=True,
    rich_markup_mode=None,
)

RunId = Annotated[str, typer.Argument(metavar="ID", help="The run's id.")]

FIELDS: Final = (
    "run_id",
    "state",
    "reason",
    "created_at",
    "queued_at",
    "started_at",
    "ended_at",
    "duration",
    "run_duration",
    "gpu",
    "cost",
    "cost_why",
    "machine_id",
    "workflow_id",
    "workflow_version_id",
    "deployment_id",
    "inputs",
    "outputs",
)
"""What a listed run can tell; the last two are slow to get and are told when they are asked for."""


@runs.command("list", cls=ListCommand)
@with_options(json="Print JSON on standard output; --json=run_id,state names the fields.")
def list_some(
    *,
    deployment: Annotated[
        str | None, typer.Option("--deployment", metavar="NAME", help="Runs of this deployment.")
    ] = None,
    workflow: Annotated[
        str | None, typer.Option("--workflow", metavar="NAME", help="Runs of this workflow.")
    ] = None,
    state: Annotated[
        list[str] | None, typer.Option("--state", metavar="STATE", help="Only these; may be given again.")
    ] = None,
    tag: Annotated[
        str | None, typer.Option("--tag", metavar="TAG", help="Of this machine's, those submitted with it.")
    ] = None,
    limit: Annotated[int, typer.Option("--limit", metavar="N", help="How many at most.")] = 100,
    fields: Annotated[str | None, typer.Option("--fields", hidden=True)] = None,
    options: Options,
) -> None:
    """List the runs started from this machine, or those of a deployment or workflow, newest first.

    Columns: id, state, when it was made, seconds it took, estimated dollars; tab-separated when the output is no terminal. The service
    has no list of all runs.
    """
    wanted = _wanted(fields)
    with connected(options) as st:
        found = st.runs.list(
            deployment=deployment,
            workflow=workflow,
            state=state or None,
            limit=limit,
            inputs="inputs" in wanted,
            outputs="outputs" in wanted,
            tag=tag,
        )
        rows = [{name: _value(one, name) for name in wanted} for one in found]
    if options.as_json:
        show.out_json(rows)
        return
    if not found:
        show.tell("No runs.")
        return
    show.table(
        ("id", "state", "created", "seconds", "dollars"),
        [(row["run_id"], row["state"], row["created_at"], row["duration"], row["cost"]) for row in rows],
    )


def _wanted(fields: str | None) -> tuple[str, ...]:
    """The fields that were named; ``id`` is the run's."""
    if fields is None:
        return FIELDS[:-2]
    names = tuple(dict.fromkeys(name.strip() for name in fields.split(",") if name.strip()))
    bad = [name for name in names if name not in {*FIELDS, "id"}]
    if bad or not names:
        raise typer.BadParameter(
            f"no field {bad[0] if bad else ''!r}: there is {', '.join(FIELDS)}", param_hint="--json"
        )
    return names


def _value(run: "Run", name: str) -> Any:
    if name in {"id", "run_id"}:
        return run.id
    if name in {"inputs", "outputs"}:
        return show.run_json(run)[name]
    if name == "reason":
        return run.reason
    if name in {"cost", "cost_why"}:
        return run.cost.estimated if name == "cost" else run.cost.why
    value = getattr(run.record, name)
    return value.isoformat() if hasattr(value, "isoformat") else value


@runs.command(cls=Command)
@with_options()
def get(run_id: RunId, *, save: SaveTo = None, options: Options) -> None:
    """Print a run and where its files are.

    One line with state, run id and addresses, or with --save the paths, one a line. Saving from a run that has not ended says so and exits 75.
    """
    with connected(options) as st:
        found = st.runs.get(run_id)
        with about(found.id):
            if save and not found.state.final:
                raise Quit(
                    f"Run {found.id} is {found.progress}: nothing was saved yet.",
                    75,
                    "NotFinished",
                    retryable=True,
                )
            deliver(found, options, save)
            if found.reason:
                show.tell(f"run {found.id} {found.state}: {show.plain(found.reason)}")
            if save and not found.outputs:
                show.tell(f"run {found.id}: {found.state}, it made nothing that could be saved")


@runs.command(cls=Command)
@with_options()
def cancel(run_id: RunId, *, options: Options) -> None:
    """Cancel a run and print the state it ended in.

    One that has ended already keeps its end. Exits 75 when the service would not cancel it: it goes on.
    """
    with connected(options) as st:
        found = st.runs.get(run_id)
        with about(found.id):
            state = found.cancel()
        if options.as_json:
            show.out_json({"run_id": found.id, "state": str(state)})
        else:
            show.out(f"{show.plain(str(state))} {found.id}")


@runs.command(cls=Command)
@with_options(json="Print each event as a line of JSON.")
def watch(run_id: RunId, *, options: Options) -> None:
    """Watch a run until its end.

    Then prints it as `runs get` does. Ctrl-C stops the watching, not the run. Exits as `stationthis run` does: 1 when the run failed.
    """
    with connected(options) as st:
        found = st.runs.get(run_id)
        with about(found.id):
            if options.as_json:
                for event in found.follow(on_interrupt="detach"):
                    show.out_json(show.event_json(event))
                found.wait()  # it has ended: this only says how
                return
            with show.progress(f"run {found.id[:8]}") as shown:
                found.wait(on_progress=shown, on_interrupt="detach")
            show.out(show.run_line(found))


@runs.command(cls=Command)
@with_options(json="Print each line as a line of JSON.")
def logs(
    run_id: RunId,
    *,
    follow: Annotated[
        bool, typer.Option("--follow", "-f", help="Go on until the run ends; Ctrl-C leaves it running.")
    ] = False,
    webhooks: Annotated[bool, typer.Option("--webhooks", help="With the deliveries of its webhook.")] = False,
    options: Options,
) -> None:
    """Print the log of a run: what has been written so far, or with --follow all until its end.

    Each line is time (UTC), level and message, separated by tabs; further lines of a message are indented. Keys and tokens are
    taken out, and so is what a terminal would obey.
    """
    with connected(options) as st:
        found = st.runs.get(run_id)
        with about(found.id):
            for line in found.logs(follow=follow, webhooks=webhooks):
                show.out_json(show.log_json(line)) if options.as_json else show.out(show.log_line(line))
