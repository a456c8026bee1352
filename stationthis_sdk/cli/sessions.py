"""`stationthis sessions`: ComfyUI kept open on a machine, and closed again."""

import time
from typing import TYPE_CHECKING, Annotated, Any

import typer

from stationthis_sdk.cli import show
from stationthis_sdk.cli.commands import Command, Group
from stationthis_sdk.cli.options import Options, connected, with_options

if TYPE_CHECKING:
    from stationthis_sdk.sync import Session

__all__ = ["sessions"]

sessions = typer.Typer(cls=Group, invoke_without_command=True, rich_markup_mode=None)

LOOK_SECONDS = 15.0
LOOK_SECONDS_NEARBY = 1.0


@sessions.callback()
@with_options()
def list_all(context: typer.Context, *, options: Options) -> None:
    """List the interactive sessions that are open; each costs until it is closed.

    Columns: id, machine, gpu, minutes left, address; tab-separated when the output is no terminal.
    """
    if context.invoked_subcommand is not None:
        return
    with connected(options) as st:
        found = st.sessions.list()
    if options.as_json:
        show.out_json([_json(one) for one in found])
        return
    if not found:
        show.tell("No session is open.")
        return
    show.table(
        ("id", "machine", "gpu", "minutes left", "address"),
        [(one.id, one.machine_id or "", one.gpu or "", _left(one), one.url or "") for one in found],
    )


@sessions.command("open", cls=Command)
@with_options()
def open_one(
    machine: Annotated[str, typer.Argument(metavar="MACHINE", help="A serverless machine's name or id.")],
    *,
    minutes: Annotated[int, typer.Option("--minutes", help="How long it may stay open, and cost.")] = 15,
    gpu: Annotated[str | None, typer.Option("--gpu", metavar="NAME", help="Else the machine's own.")] = None,
    options: Options,
) -> None:
    """Open ComfyUI on a machine and print its address; Ctrl-C closes it.

    Ends by itself with 0 when the session's time is over. With --json the session is printed as one line.
    """
    with (
        connected(options) as st,
        st.sessions.open(machine=machine, minutes=minutes, gpu=gpu) as session,
    ):
        if options.as_json:
            show.out_json(_json(session))
        else:
            show.out(show.plain(session.url or ""))
            show.tell(f"session {session.id} is open for {_left(session)} minutes; Ctrl-C closes it")
        _stay(session, LOOK_SECONDS_NEARBY if st.settings.nearby else LOOK_SECONDS)
        show.tell(f"session {session.id} has ended")


@sessions.command(cls=Command)
@with_options()
def close(
    session_id: Annotated[str, typer.Argument(metavar="ID", help="The session's id.")],
    *,
    options: Options,
) -> None:
    """Close a session, so that it costs no more."""
    with connected(options) as st:
        closed = st.sessions.get(session_id).close()
    if options.as_json:
        show.out_json({"session_id": closed.id, "closed": closed.ended})
    else:
        show.out(f"closed {closed.id}")


def _stay(session: "Session", seconds: float) -> None:
    """Look after it until it has ended; a look that fails says nothing of it."""
    from stationthis_sdk.errors import StationThisError  # noqa: PLC0415 - --help need not pay for it

    while not session.ended:
        time.sleep(seconds)
        try:
            session.refresh()
        except StationThisError as error:
            if not error.retryable:
                raise


def _left(session: "Session") -> str:
    left = session.minutes_left
    return "" if left is None else f"{left:.0f}"


def _json(session: "Session") -> dict[str, Any]:
    return {
        "session_id": session.id,
        "url": session.url,
        "machine_id": session.machine_id,
        "gpu": session.gpu,
        "ends_at": None if session.ends_at is None else session.ends_at.isoformat(),
    }
