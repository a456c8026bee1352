"""`stationthis webhooks`: webhooks received and printed, and the address to give for them."""

from typing import TYPE_CHECKING, Annotated

import typer

from stationthis_sdk.cli import show
from stationthis_sdk.cli.commands import Command, Group
from stationthis_sdk.cli.exits import Quit
from stationthis_sdk.cli.options import Options, connected, with_options

if TYPE_CHECKING:
    from stationthis_sdk import Run, StationThis
    from stationthis_sdk.webhooks import Receiver

__all__ = ["webhooks"]

webhooks = typer.Typer(cls=Group, no_args_is_help=True, rich_markup_mode=None)

PORT = 8788
Progress = Annotated[
    bool, typer.Option("--progress", help="Have the service tell of each step, too, not only of each state.")
]


@webhooks.callback()
@with_options()
def group() -> None:
    """Receive webhooks of runs; `options(webhook=…)` gives the service the address."""


@webhooks.command(cls=Command)
@with_options()
def serve(
    *,
    host: Annotated[
        str, typer.Option("--host", metavar="HOST", help="Where to listen; 0.0.0.0 is everywhere.")
    ] = "127.0.0.1",
    port: Annotated[
        int, typer.Option("--port", min=0, max=65535, metavar="PORT", help="0 takes a free one.")
    ] = PORT,
    public_url: Annotated[
        str | None,
        typer.Option(
            "--public-url",
            metavar="URL",
            help="Where the service reaches this: the tunnel or proxy that leads here.",
        ),
    ] = None,
    progress: Progress = False,
    tag: Annotated[
        str | None,
        typer.Option(
            "--tag", metavar="TAG", help="Tell also of runs of this machine with this tag, webhook or not."
        ),
    ] = None,
    options: Options,
) -> None:
    """Receive webhooks until Ctrl-C, and print what they tell of runs.

    One line for each: progress as it comes, and each end once, by the service's own word, also when its webhook is
    lost. The address to give is told on standard error, with its token. What is printed here is told to no other
    receiver of this data folder; an end that could not be printed is printed at the next start. Exits 0 after Ctrl-C, which is how it is ended, and 143 after SIGTERM.
    """
    from stationthis_sdk.webhooks import Receiver  # noqa: PLC0415 - --help need not pay for it

    with connected(options) as st:
        unheard: list[Quit] = []

        def print_it(event: str, run: "Run") -> None:
            try:
                _print(event, run, options)
            except Quit as quit_:
                # Nobody reads any more: what was to be printed is told at the next start.
                unheard.append(quit_)
                receiver.stop()
                raise

        receiver = Receiver(
            st,
            on_final=lambda run: print_it("final", run),
            on_progress=lambda run: print_it("progress", run),
            tag=tag,
        )
        if public_url is not None:
            receiver.url_for(public_url)  # what is wrong with it is told before anything is served

        def ready(address: str) -> None:
            _tell_address(st, receiver, address, public_url, progress=progress)

        try:
            receiver.serve(host, port, on_ready=ready)
        except KeyboardInterrupt:
            show.tell("The receiver has ended.")
        if unheard:
            raise unheard[0]


@webhooks.command(cls=Command)
@with_options()
def url(
    public_url: Annotated[str, typer.Argument(metavar="URL", help="Where the service reaches a receiver.")],
    *,
    progress: Progress = False,
    options: Options,
) -> None:
    """Print the address to give the service for a receiver there, with its token; nothing is sent."""
    from stationthis_sdk.webhooks import url_for  # noqa: PLC0415 - --help need not pay for it

    with connected(options) as st:
        made = url_for(public_url, st, progress=progress)
    if options.as_json:
        show.out_json({"webhook": made})
    else:
        show.out(made)


def _print(event: str, run: "Run", options: Options) -> None:
    if options.as_json:
        told = run.progress
        way = {"fraction": told.fraction, "message": told.message}
        show.out_json({"event": event, **show.run_json(run, deployment=run.record.deployment_name), **way})
    elif event == "final":
        show.out(show.run_line(run))
    else:
        show.out(show.plain(f"{run.progress} {run.id}"))


def _tell_address(
    st: "StationThis", receiver: "Receiver", address: str, public_url: str | None, *, progress: bool
) -> None:
    show.tell(f"Receiving webhooks at {address}; Ctrl-C ends it.")
    if public_url is None and not st.settings.nearby:
        show.tell(
            "The service can't reach that: let a tunnel or a proxy lead here, and give its address with --public-url. "
            "Until then runs are asked about."
        )
        return
    show.tell(
        f"Give the service this one: {receiver.url_for(public_url or f'{address}/', progress=progress)}"
    )
