"""Imports, and from the start of a process to its first answer."""

from __future__ import annotations

import subprocess
import tempfile
import time
from typing import TYPE_CHECKING

from benchmarks.answers import identifier
from benchmarks.bench import AIOHTTP, HTTPX, OURS, STOCK, VENDOR, Bench, FailedError, surroundings
from benchmarks.figures.figure import Figure
from benchmarks.numbers import Value
from benchmarks.serving import serving

if TYPE_CHECKING:
    from collections.abc import Iterator

    from benchmarks.environments import Environment

IMPORTS = [
    ("package", OURS, "import stationthis_sdk"),
    ("package", VENDOR, "import comfydeploy"),
    ("package", AIOHTTP, "import aiohttp"),
    ("package", HTTPX, "import httpx"),
    ("package", STOCK, "import stock_client"),
    ("client class", OURS, "from stationthis_sdk import StationThis"),
    ("client class", VENDOR, "from comfydeploy import ComfyDeploy"),
    ("client class", AIOHTTP, "from aiohttp import ClientSession"),
    ("client class", HTTPX, "from httpx import Client"),
    ("client class", STOCK, "from stock_client import AuthenticatedClient"),
]

FIRST = {
    OURS: """
from stationthis_sdk import StationThis
print(StationThis("k", "{base_url}").runs.get("{run_id}").state)
""",
    VENDOR: """
from comfydeploy import ComfyDeploy
client = ComfyDeploy(bearer="k", server_url="{base_url}")
print(client.run.get(run_id="{run_id}").workflow_run_model.status)
""",
    HTTPX: """
import httpx
print(httpx.get("{base_url}/run/{run_id}", headers={{"Authorization": "Bearer k"}}).json()["status"])
""",
    AIOHTTP: """
import aiohttp, asyncio
async def main():
    async with aiohttp.ClientSession(headers={{"Authorization": "Bearer k"}}) as session:
        async with session.get("{base_url}/run/{run_id}") as answer:
            print((await answer.json())["status"])
asyncio.run(main())
""",
    STOCK: """
from stock_client import AuthenticatedClient
from stock_client.api.runs import runs_get
print(runs_get.sync("{run_id}", client=AuthenticatedClient(base_url="{base_url}", token="k")).status)
""",
}


def _program(environment: Environment, code: str, home: str) -> subprocess.Popen[str]:
    return subprocess.Popen(
        [environment.python, "-c", code],
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
        env=surroundings(environment, home),
        cwd=home,
    )


def _imports(bench: Bench) -> Iterator[Value]:
    for case in ("package", "client class"):
        statements = {who: statement for of, who, statement in IMPORTS if of == case}

        def imported(
            contender: str, case: str = case, statements: dict[str, str] = statements
        ) -> Iterator[Value]:
            clock = "from time import perf_counter as now; began = now()"
            code = f"{clock}; {statements[contender]}; print(now() - began)"
            with (
                tempfile.TemporaryDirectory() as home,
                _program(bench.need(contender), code, home) as process,
            ):
                said, wrong = process.communicate()
            if process.returncode:
                raise FailedError(wrong)
            yield Value(case, contender, float(said) * 1000, "ms")

        yield from bench.each(list(statements), imported)


def _starts(bench: Bench) -> Iterator[Value]:
    def started(contender: str) -> Iterator[Value]:
        with serving() as server, tempfile.TemporaryDirectory() as home:
            code = FIRST[contender].format(base_url=server.base_url, run_id=identifier(0))
            with _program(bench.need(contender), code, home) as process:  # the first makes the folders
                process.communicate()
            began = time.perf_counter()
            with _program(bench.need(contender), code, home) as process:
                assert process.stdout is not None  # noqa: S101 - for the type
                said = process.stdout.readline()
                took = time.perf_counter() - began
                _, wrong = process.communicate()
        if "success" not in said.lower():
            raise FailedError(said + wrong)
        yield Value("first answer", contender, took * 1000, "ms")

    yield from bench.each(list(FIRST), started)


IMPORT = Figure(
    "import",
    "Import",
    "A new process each time, its clock read before and after the one statement; compiled files are there. `package` is "
    "`import stationthis_sdk` beside `import comfydeploy` and so on, `client class` the statement people write, "
    "`from stationthis_sdk import StationThis`.",
    _imports,
)
START = Figure(
    "start",
    "Process start to first answer",
    "From before a new Python is started until the line with a run's state has come from it: start, import, client, "
    "connection and one plain read of a run. Each is the few lines one writes. Each has been run once before in the same "
    "home folder. raw aiohttp has no plain calls: one asyncio.run.",
    _starts,
)
