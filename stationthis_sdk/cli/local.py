"""`stationthis local`: the gateway of this machine, in the foreground."""

import os
import signal
from pathlib import Path
from typing import Annotated

import typer

from stationthis_sdk.cli.exits import TERMINATED
from stationthis_sdk.cli.options import Verbose, merged_options, need_images
from stationthis_sdk.cli.show import out, out_json, tell

__all__ = ["local"]


def local(
    context: typer.Context,
    port: Annotated[
        int,
        typer.Option(
            "--port", min=0, max=65535, metavar="PORT", help="0 takes the last one, else a free one."
        ),
    ] = 0,
    data: Annotated[
        Path | None,
        typer.Option(
            "--data", metavar="DIR", help="Folder of its database, files and key; that of --local by default."
        ),
    ] = None,
    comfyui: Annotated[
        list[str] | None,
        typer.Option(
            "--comfyui",
            metavar="URL",
            help="A ComfyUI server that does the work; may be given more than once. COMFYUI_URL, with commas, if none is.",
        ),
    ] = None,
    allow_host: Annotated[
        list[str] | None,
        typer.Option(
            "--allow-host",
            metavar="HOST",
            help="A host it may fetch from and send webhooks to, wherever that is; may be given more than once.",
        ),
    ] = None,
    strict: Annotated[
        bool,
        typer.Option(
            "--strict", help="Answer better than the service: right statuses, one timestamp format."
        ),
    ] = False,
    faults: Annotated[
        str,
        typer.Option(
            "--faults",
            metavar="LIST",
            help="Faults on demand, to try programs out: drop_answers=0.2,errors=0.1,seed=1; stationthis_sdk.local.faults has all.",
        ),
    ] = "",
    price: Annotated[
        list[str] | None,
        typer.Option(
            "--price",
            metavar="GPU=USD",
            help="What it says a second of a GPU costs, to try budgets out: CPU=0.001; may be given more than once.",
        ),
    ] = None,
    *,
    as_json: Annotated[
        bool,
        typer.Option(
            "--json", help="Print base_url, api_key and page as one line of JSON; errors as JSON, too."
        ),
    ] = False,
    _verbose: Verbose = False,
) -> None:
    """Serve ComfyUI Deploy's contract on 127.0.0.1, until Ctrl-C.

    Prints the two lines that point this SDK at it, and a link to its page, key included, on standard output; the
    rest goes to standard error. Runs under way fail when it ends. Exits 0 after Ctrl-C, which is how it is ended,
    and 143 after SIGTERM.
    """
    import asyncio  # noqa: PLC0415 - --help need not pay for it

    as_json = merged_options(context, as_json=as_json).as_json
    from stationthis_sdk.places import data_folder  # noqa: PLC0415 - likewise

    need_images()
    from stationthis_sdk.local.machines.addresses import comfyui_addresses  # noqa: PLC0415 - likewise

    addresses = comfyui_addresses(comfyui or [], os.environ)
    number = asyncio.run(
        _serve(
            data or data_folder() / "local",
            port,
            allow_host or [],
            addresses,
            faults,
            strict=strict,
            prices=price or [],
            as_json=as_json,
        )
    )
    raise typer.Exit(TERMINATED if number == signal.SIGTERM else 0)


async def _serve(
    data: Path,
    port: int,
    allow_hosts: list[str],
    comfyui: list[str],
    faults: str,
    *,
    strict: bool,
    prices: list[str],
    as_json: bool,
) -> int:
    """Serve until a signal comes; returns its number."""
    import asyncio  # noqa: PLC0415 - --help need not pay for it

    from stationthis_sdk.local import Gateway  # noqa: PLC0415 - heavy
    from stationthis_sdk.local.folder import FolderInUse  # noqa: PLC0415 - likewise
    from stationthis_sdk.local.launch import join  # noqa: PLC0415 - likewise
    from stationthis_sdk.local.prices import prices_in  # noqa: PLC0415 - likewise

    told: asyncio.Queue[int] = asyncio.Queue()
    for number in (signal.SIGINT, signal.SIGTERM):
        asyncio.get_running_loop().add_signal_handler(number, told.put_nowait, number)
    gateway = Gateway(
        data, port, strict=strict, allow_hosts=allow_hosts, comfyui=comfyui, prices=prices_in(prices)
    )
    try:
        gateway.faults.switch_on(faults)
    except ValueError as problem:
        raise typer.BadParameter(str(problem), param_hint="--faults") from None
    try:
        await gateway.start()
    except FolderInUse:
        if port:
            raise
        # One that --local started, or another terminal: hold it open, whoever else leaves.
        with await asyncio.to_thread(join, data) as lease:
            tell(f"A gateway of {data} answers already, at {lease.base_url}; Ctrl-C leaves it. To use it:")
            _print_exports(lease.base_url, lease.key, as_json=as_json)
            return await told.get()
    try:
        tell(f"The gateway of {data} answers at {gateway.base_url}; Ctrl-C ends it. To use it:")
        _print_exports(gateway.base_url, gateway.key, as_json=as_json)
        return await told.get()
    finally:
        await gateway.stop()
        tell("The gateway has ended.")


def _print_exports(base_url: str, key: str, *, as_json: bool) -> None:
    import shlex  # noqa: PLC0415 - --help need not pay for it
    from urllib.parse import quote  # noqa: PLC0415 - likewise

    # The key is in the fragment, which no request carries.
    page = f"{base_url.removesuffix('/api')}/#key={quote(key, safe='')}"
    if as_json:
        out_json({"base_url": base_url, "api_key": key, "page": page})
        return
    out(f"export STATIONTHIS_BASE_URL={shlex.quote(base_url)}")
    out(f"export STATIONTHIS_API_KEY={shlex.quote(key)}")
    out(f"# Its page: {page}")  # a comment to the shell that is given these lines
