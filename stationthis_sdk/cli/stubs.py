"""`stationthis stubs`: what editors and type checkers know of deployments."""

import shlex
from pathlib import Path
from typing import Annotated

import typer

from stationthis_sdk.cli import show
from stationthis_sdk.cli.exits import Quit, options_again
from stationthis_sdk.cli.options import Options, connected, with_options

__all__ = ["stubs"]


@with_options()
def stubs(
    folder: Annotated[
        Path, typer.Argument(metavar="[FOLDER]", help="Where pyright looks by itself; mypy by mypy_path.")
    ] = Path("typings"),
    *,
    check: Annotated[
        bool, typer.Option("--check", help="Write nothing; exit with 1 when something would be written.")
    ] = False,
    options: Options,
) -> None:
    """Write a .pyi for each deployment, so that editors complete its inputs and type checkers check them.

    They are for `from stationthis_sdk.deployed import text_to_picture`. Prints the paths of the files that were written
    or removed; files that are not its own are left alone.
    """
    from stationthis_sdk.stubs import stubs_of, write_stubs  # noqa: PLC0415 - --help need not pay for it

    with connected(options) as st:
        files = stubs_of(st.deployments.list(refresh=True))
    changes = write_stubs(folder, files, check=check)
    count = len(files) - 1
    if options.as_json:
        show.out_json(
            {
                "written": [str(path) for path in changes.written],
                "removed": [str(path) for path in changes.removed],
                "same": [str(path) for path in changes.same],
            }
        )
        if check and (changes.written or changes.removed):
            raise typer.Exit(1)
    else:
        for path in (*changes.written, *changes.removed):
            show.out(show.plain(str(path)))
    out_of_date = len(changes.written) + len(changes.removed)
    if check and out_of_date:
        again = f"stationthis stubs{'' if folder == Path('typings') else f' {shlex.quote(str(folder))}'}{options_again()}"
        raise Quit(f"{out_of_date} stubs in {folder} are out of date: {again}", 1, "OutOfDate")
    if not options.as_json:
        done = "up to date" if not out_of_date else f"{out_of_date} files written or removed"
        show.tell(show.plain(f"Stubs of {count} deployments in {folder}: {done}."))
