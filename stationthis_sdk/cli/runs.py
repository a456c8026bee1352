"""`stationthis runs`: runs by their id."""

from typing import Annotated

import typer

from stationthis_sdk.cli.commands import Command, Group
from stationthis_sdk.cli.exits import Quit, about
from stationthis_sdk.cli.options import (
    BaseUrl,
    Json,
    Local,
    Profile,
    SaveTo,
    Verbose,
    connected,
    merged_options,
)
from stationthis_sdk.cli.run import deliver

__all__ = ["runs"]

runs = typer.Typer(
    cls=Group, help="Look at runs, cancel them, watch them.", no_args_is_help=True, rich_markup_mode=None
)

RunId = Annotated[str, typer.Argument(metavar="ID", help="The run's id.")]


@runs.command(cls=Command)
def get(
    context: typer.Context,
    run_id: RunId,
    *,
    save: SaveTo = None,
    as_json: Json = False,
    local: Local = False,
    profile: Profile = None,
    base_url: BaseUrl = None,
    _verbose: Verbose = False,
) -> None:
    """Print a run and where its files are.

    One line with state, run id and addresses, or with --save the paths, one a line. Saving from a run that has not ended says so and exits 75.
    """
    from stationthis_sdk.cli import show  # noqa: PLC0415 - --help need not pay for it

    options = merged_options(context, profile=profile, base_url=base_url, local=local, as_json=as_json)
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
            if save and not found.outputs:
                show.tell(f"run {found.id}: {found.state}, it made nothing that could be saved")


@runs.command(cls=Command)
def cancel(
    context: typer.Context,
    run_id: RunId,
    *,
    as_json: Json = False,
    local: Local = False,
    profile: Profile = None,
    base_url: BaseUrl = None,
    _verbose: Verbose = False,
) -> None:
    """Cancel a run and print the state it ended in.

    One that has ended already keeps its end. Exits 75 when the service would not cancel it: it goes on.
    """
    from stationthis_sdk.cli import show  # noqa: PLC0415 - --help need not pay for it

    options = merged_options(context, profile=profile, base_url=base_url, local=local, as_json=as_json)
    with connected(options) as st:
        found = st.runs.get(run_id)
        with about(found.id):
            state = found.cancel()
        if options.as_json:
            show.out_json({"run_id": found.id, "state": str(state)})
        else:
            show.out(f"{show.plain(str(state))} {found.id}")


@runs.command(cls=Command)
def watch(
    context: typer.Context,
    run_id: RunId,
    *,
    as_json: Annotated[bool, typer.Option("--json", help="Print each event as a line of JSON.")] = False,
    local: Local = False,
    profile: Profile = None,
    base_url: BaseUrl = None,
    _verbose: Verbose = False,
) -> None:
    """Watch a run until its end.

    Then prints it as `runs get` does. Ctrl-C stops the watching, not the run. Exits as `stationthis run` does: 1 when the run failed.
    """
    from stationthis_sdk.cli import show  # noqa: PLC0415 - --help need not pay for it

    options = merged_options(context, profile=profile, base_url=base_url, local=local, as_json=as_json)
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
