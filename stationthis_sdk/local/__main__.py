"""The gateway as a process: ``python -m stationthis_sdk.local --data DIR``.

Prints one line of JSON on standard output when it answers; its log goes to standard error. Ends on SIGTERM and
SIGINT. Exit codes: 0 ended as asked, 1 could not start, 75 another gateway serves the folder.
"""

import argparse
import asyncio
import json
import logging
import os
import signal
import sys
from pathlib import Path
from typing import Any

from stationthis_sdk.local.folder import FolderInUse, GatewayError, Lock, check_images, prepare
from stationthis_sdk.local.machines.addresses import comfyui_addresses

EXIT_IN_USE = 75


def main(arguments: list[str] | None = None) -> int:
    """Run the gateway until it is told to end; returns the exit code."""
    options = _parser().parse_args(arguments)
    os.umask(0o077)  # what the gateway keeps is its owner's alone
    logging.basicConfig(level=logging.INFO, stream=sys.stderr, format="%(asctime)s %(levelname)s %(message)s")
    try:
        lock = Lock(prepare(options.data))
        lock.take()  # before anything heavy is imported: the loser of a race should end at once
        check_images()
        asyncio.run(_serve(options, lock))
    except FolderInUse as problem:
        _say(problem)
        return EXIT_IN_USE
    except GatewayError as problem:
        _say(problem)
        return 1
    return 0


async def _serve(options: argparse.Namespace, lock: Lock) -> None:
    from stationthis_sdk.local.prices import prices_in  # noqa: PLC0415  with the gateway
    from stationthis_sdk.local.server import Gateway  # noqa: PLC0415  heavy

    told = asyncio.Event()
    loop = asyncio.get_running_loop()
    for number in (signal.SIGTERM, signal.SIGINT):
        loop.add_signal_handler(number, told.set)
    gateway = Gateway(
        options.data,
        options.port,
        options.key,
        strict=options.strict,
        allow_hosts=options.allow_host,
        comfyui=comfyui_addresses(options.comfyui, os.environ),
        prices=prices_in(options.price),
    )
    gateway.faults.switch_on(options.faults)
    await gateway.start(lock)
    try:
        note = {"base_url": gateway.base_url, "key": gateway.key, "pid": os.getpid()}
        print(json.dumps(note), flush=True)  # noqa: T201  the one line others read
        waits: list[asyncio.Task[Any]] = [loop.create_task(told.wait())]
        if options.until_unused:
            waits.append(loop.create_task(gateway.unused(options.linger)))
        await asyncio.wait(waits, return_when=asyncio.FIRST_COMPLETED)
        for wait in waits:
            wait.cancel()
    finally:
        await gateway.stop()


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(
        prog="python -m stationthis_sdk.local",
        description="ComfyUI Deploy's contract on this machine (127.0.0.1 only).",
    )
    parser.add_argument(
        "--data", type=Path, required=True, help="folder for the database, the files and the key"
    )
    parser.add_argument(
        "--port", type=int, default=0, help="port to listen on; 0 takes the last one, else a free one"
    )
    parser.add_argument("--key", help="API key to accept; a random one is kept in the folder otherwise")
    parser.add_argument(
        "--allow-host",
        action="append",
        default=[],
        metavar="HOST",
        help="a host that may be fetched from and sent webhooks, wherever it is; may be given more than once",
    )
    parser.add_argument(
        "--comfyui",
        action="append",
        default=[],
        metavar="URL",
        help="a ComfyUI server that does the work; may be given more than once. COMFYUI_URL otherwise, with commas",
    )
    parser.add_argument(
        "--strict",
        action="store_true",
        help="answer better than the service: right statuses, one timestamp format",
    )
    parser.add_argument(
        "--faults",
        default="",
        type=_faults,
        help="faults on demand, such as drop_answers=0.2,errors=0.1,seed=1",
    )
    parser.add_argument(
        "--price",
        action="append",
        default=[],
        metavar="GPU=USD",
        help="what it says a second of a GPU costs, as CPU=0.001; may be given more than once",
    )
    parser.add_argument("--until-unused", action="store_true", help="end once the last lease is gone")
    parser.add_argument("--linger", type=float, default=3.0, help="seconds to wait for another lease (3)")
    return parser


def _faults(text: str) -> str:
    """A line of faults as it was given, once it has been understood."""
    from stationthis_sdk.local.faults import Faults  # noqa: PLC0415  seldom needed

    try:
        Faults().switch_on(text)
    except ValueError as problem:
        raise argparse.ArgumentTypeError(str(problem)) from None
    return text


def _say(problem: Exception) -> None:
    print(f"stationthis: {problem}", file=sys.stderr)  # noqa: T201  people read this


if __name__ == "__main__":
    sys.exit(main())
