"""The command as a whole: its subcommands, and how it begins and ends."""

import os
import sys
import warnings
from collections.abc import Callable
from pathlib import Path
from typing import Annotated, Any

import typer

from stationthis_sdk.cli import exits, show
from stationthis_sdk.cli.account import login, logout, profiles, whoami
from stationthis_sdk.cli.batches import batches
from stationthis_sdk.cli.cache import cache
from stationthis_sdk.cli.commands import Command, Group
from stationthis_sdk.cli.cook import cook
from stationthis_sdk.cli.costs import costs
from stationthis_sdk.cli.deploy import deploy
from stationthis_sdk.cli.deployments import deployments
from stationthis_sdk.cli.doctor import doctor
from stationthis_sdk.cli.exits import EPILOG
from stationthis_sdk.cli.local import local
from stationthis_sdk.cli.make import make
from stationthis_sdk.cli.map import map_rows
from stationthis_sdk.cli.options import BaseUrl, Local, Profile, Verbose, merged_options
from stationthis_sdk.cli.reconcile import reconcile
from stationthis_sdk.cli.run import run
from stationthis_sdk.cli.runs import runs
from stationthis_sdk.cli.serve_stdio import serve_stdio
from stationthis_sdk.cli.sessions import sessions
from stationthis_sdk.cli.stubs import stubs
from stationthis_sdk.cli.train import train
from stationthis_sdk.cli.webhooks import webhooks

__all__ = ["app", "execute"]


class _Root(Group):
    """typer would turn Ctrl-C into a bare 130 and drop what was cancelled."""

    def invoke(self, ctx: Any) -> Any:
        with exits.signals_told():
            return super().invoke(ctx)


# Plain help: it is there in a third of the time that ruled boxes take.
app = typer.Typer(
    cls=_Root,
    no_args_is_help=True,
    rich_markup_mode=None,
    context_settings={"help_option_names": ["-h", "--help"]},
)


def _version(value: bool) -> None:
    if value:
        from stationthis_sdk import __version__  # noqa: PLC0415 - who asks pays

        show.out(f"stationthis {__version__}")
        raise typer.Exit


@app.callback(epilog=EPILOG)
def root(
    context: typer.Context,
    *,
    profile: Profile = None,
    base_url: BaseUrl = None,
    local: Local = False,
    _version: Annotated[
        bool, typer.Option("--version", callback=_version, is_eager=True, help="Print the version and leave.")
    ] = False,
    _verbose: Verbose = False,
) -> None:
    """ComfyUI Deploy from the shell: run deployments, look at runs.

    The key comes from STATIONTHIS_API_KEY or a profile (`stationthis login`), never from the command line, where
    others could read it. With --local no key is needed.
    """
    merged_options(context, profile=profile, base_url=base_url, local=local)


app.command(cls=Command)(run)
app.command(cls=Command)(make)
app.command("map", cls=Command)(map_rows)
app.command(cls=Command)(cook)
app.command(cls=Command)(train)
for command in (deploy, reconcile, costs, login, logout, whoami, stubs, doctor, local):
    app.command(cls=Command)(command)
app.command("serve-stdio", cls=Command)(serve_stdio)
app.add_typer(deployments, name="deployments")
app.add_typer(runs, name="runs")
app.add_typer(batches, name="batches")
app.add_typer(sessions, name="sessions")
app.add_typer(webhooks, name="webhooks")
app.add_typer(cache, name="cache")
app.add_typer(profiles, name="profiles")


def execute(arguments: list[str]) -> int:
    """Run the command and return its exit code; whatever goes wrong is one line, or one JSON document."""
    for name in ("stdout", "stderr"):
        if getattr(sys, name) is None:  # closed by whoever started us
            setattr(sys, name, Path(os.devnull).open("w", encoding="utf-8"))  # noqa: SIM115 - for good
    flags = arguments[: arguments.index("--")] if "--" in arguments else arguments
    with warnings.catch_warnings():
        warnings.showwarning = _line_each()
        try:
            with exits.signals_told():
                command = typer.main.get_command(app)
                code = command.main(arguments, prog_name="stationthis", standalone_mode=False)
        except Exception as error:  # noqa: BLE001 - a traceback is for -v
            wanted = any(one == "--json" or one.startswith("--json=") for one in flags)
            return exits.report(error, as_json=wanted)
    return code if isinstance(code, int) else 0


def _line_each() -> Callable[..., None]:
    """Show each warning once, as a line of ours."""
    told: set[str] = set()

    def tell(message: Warning | str, *_where: Any, **_more: Any) -> None:
        if str(message) not in told:
            told.add(str(message))
            show.tell(f"stationthis: {show.plain(str(message))}")

    return tell
