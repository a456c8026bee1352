"""`stationthis serve-stdio`: JSON-RPC on standard input and output, for programs in other languages."""

import contextlib
from pathlib import Path
from typing import Annotated

import typer

from stationthis_sdk.cli import exits, show
from stationthis_sdk.cli.options import Options, lead_to, with_options
from stationthis_sdk.cli.show import warnings_as_lines

__all__ = ["serve_stdio"]


@with_options()
def serve_stdio(
    *,
    client: Annotated[
        Path | None,
        typer.Option(
            "--client",
            metavar="DIR",
            help="Write the Node client there (client.mjs, client.d.ts, schema.json) and leave.",
        ),
    ] = None,
    options: Options,
) -> None:
    """Serve one program of another language: JSON-RPC 2.0 on standard input and output, one message a line.

    Ends when its input ends, by the method shutdown, or by SIGTERM, and exits 0 (143 by a SIGTERM that comes before it serves); runs go on. Standard error carries the log. The
    method hello lists what can be asked for, schema.json describes every message.

    Example: stationthis serve-stdio --client ./stationthis
    """
    if client is not None:
        _write_client(client, as_json=options.as_json)
        return
    import asyncio  # noqa: PLC0415 - --help need not pay for it

    lead_to(options)
    from stationthis_sdk.bots.stdio.streams import own_streams  # noqa: PLC0415 - likewise

    with own_streams() as (incoming, outgoing):
        heard = asyncio.run(_serve(options, incoming, outgoing))
    if not heard:
        raise exits.Quit("", exits.PIPE_CLOSED, "PipeClosed")


async def _serve(options: Options, incoming: int, outgoing: int) -> bool:
    """Serve until the end; whether somebody heard it."""
    import asyncio  # noqa: PLC0415 - likewise
    import signal  # noqa: PLC0415 - likewise

    from stationthis_sdk import AsyncStationThis  # noqa: PLC0415 - likewise
    from stationthis_sdk.bots.stdio.server import Server  # noqa: PLC0415 - likewise

    loop = asyncio.get_running_loop()
    with warnings_as_lines():
        async with AsyncStationThis(
            base_url=options.base_url, profile=options.profile, local=options.local
        ) as st:
            server = Server(st, incoming=incoming, outgoing=outgoing)
            for number in (signal.SIGINT, signal.SIGTERM):
                with contextlib.suppress(NotImplementedError):  # Windows
                    loop.add_signal_handler(number, server.stop)
            await server.serve()
            return not server.unheard


def _write_client(folder: Path, *, as_json: bool) -> None:
    from stationthis_sdk.bots.stdio.client_files import write_client  # noqa: PLC0415 - likewise

    written = [str(path) for path in write_client(folder)]
    if as_json:
        show.out_json({"written": written})
    else:
        for path in written:
            show.out(show.plain(path))
