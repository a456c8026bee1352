"""What figures measure with: contenders in their environments, each beside a service of its own."""

from __future__ import annotations

import json
import os
import subprocess
import sys
import tempfile
from pathlib import Path
from typing import TYPE_CHECKING, Any, NamedTuple

from benchmarks.environments import Environment, Environments, UnavailableError
from benchmarks.serving import SCRIPTS, Told, serving

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator, Sequence

    from benchmarks.numbers import Value

OURS = "StationThis SDK"
AIOHTTP = "raw aiohttp"
HTTPX = "raw httpx"
VENDOR = "comfydeploy"
STOCK = "stock client"
BARE = "bare socket"
CURL = "curl"

LONGEST = 1200

PROGRAMS = {
    OURS: ("ours", "ours"),
    AIOHTTP: ("raw", "raw_aiohttp"),
    HTTPX: ("raw", "raw_httpx"),
    VENDOR: ("vendor", "vendor"),
    STOCK: ("stock", "stock"),
    BARE: ("", "bare"),
}
"""The environment of each, and its program."""


class Sizes(NamedTuple):
    """How much is measured."""

    seconds: float = 1.5
    """Of one measurement of a rate."""
    rows: int = 10_000
    few_rows: int = 1_000
    """Of a batch of those that are slow at it."""
    live: tuple[int, ...] = (1, 100, 1_000)
    at_once: tuple[int, ...] = (1, 16, 32, 128)
    deployments: int = 50
    megabytes: float = 24
    shown: tuple[int, int, int] = (100, 1_000, 50)
    """Runs, rows of a batch, pictures."""


QUICK = Sizes(0.1, 200, 100, (1, 20), (1, 32), 5, 1, (10, 30, 4))


class Outcome(NamedTuple):
    """What a contender's program printed, and what its service says."""

    result: dict[str, Any]
    told: Told


class FailedError(Exception):
    """A program ended with an error; the text is its last lines."""


class Bench:
    """The contenders that are there; those that are not are told of in `missing`."""

    def __init__(self, environments: Environments, sizes: Sizes = Sizes()) -> None:  # noqa: B008 - immutable
        self._environments = environments
        self.sizes = sizes
        self._ready: dict[str, Environment | None] = {"": Environment(Path(sys.executable))}
        self.missing: dict[str, str] = {}
        self.failed: dict[str, str] = {}
        self.figure = ""
        self.turn = 0

    def order(self, *names: str) -> list[str]:
        """Those of them that can be measured, another one first in each round."""
        there = [
            name for name in names if name == CURL or self.environment(PROGRAMS[name][0], name) is not None
        ]
        start = self.turn % len(there) if there else 0
        return there[start:] + there[:start]

    def each(
        self, names: Sequence[str], measure: Callable[[str], Iterable[Value]], case: str = ""
    ) -> Iterator[Value]:
        """What is measured of each of them in this round's order.

        Who fails is told of in `failed` and not tried again at this case; the others go on.
        """
        for contender in self.order(*names):
            where = ", ".join(part for part in (contender, self.figure, case) if part)
            if where in self.failed:
                continue
            try:
                yield from list(measure(contender))
            except FailedError as error:
                self.failed[where] = str(error)
                say(f"{where} failed: {error}")

    def need(self, contender: str) -> Environment:
        """Its environment.

        Raises:
            FailedError: there is none.
        """
        environment = self.environment(PROGRAMS[contender][0], contender)
        if environment is None:
            raise FailedError(self.missing[contender])
        return environment

    def environment(self, name: str, contender: str) -> Environment | None:
        """The environment of that name; None, and said once, when it can't be made."""
        if name not in self._ready:
            say(f"the environment of {contender}")
            try:
                self._ready[name] = self._environments.get(name)
            except UnavailableError as error:
                self._ready[name] = None
                self.missing[contender] = str(error)
                say(f"{contender} is left out: {error}")
        if self._ready[name] is None:
            self.missing.setdefault(
                contender, self.missing.get(name, f"its environment {name!r} can't be made")
            )
        return self._ready[name]

    def ready(self, name: str) -> Environment | None:
        """The environment of that name, when somebody has needed it."""
        return self._ready.get(name)

    def run(self, contender: str, task: str, settings: dict[str, Any], **service: Any) -> Outcome:
        """Let a contender do a task beside a new service.

        ``{port}`` in the settings' texts is the service's port.

        Raises:
            FailedError: it did not.
        """
        where, program = PROGRAMS[contender]
        return self.run_program(where, contender, program, task, settings, **service)

    def run_program(
        self, where: str, contender: str, program: str, task: str, settings: dict[str, Any], **service: Any
    ) -> Outcome:
        """The same with any program of `contenders/`."""
        environment = self.environment(where, contender)
        if environment is None:
            raise FailedError(self.missing[contender])
        with serving(**service) as server, tempfile.TemporaryDirectory() as home:
            filled = {
                name: value.replace("{port}", str(server.port)) if isinstance(value, str) else value
                for name, value in settings.items()
            }
            told = json.dumps({"base_url": server.base_url, **filled})
            command = [str(environment.python), "-m", f"benchmarks.contenders.{program}", task, told]
            done = _done(command, surroundings(environment, home), home)
            if done.returncode:
                raise FailedError((done.stderr.strip().splitlines() or [f"exit code {done.returncode}"])[-1])
            return Outcome(json.loads(done.stdout.strip().splitlines()[-1]), server.told())


def _done(command: list[str], environment: dict[str, str], home: str) -> subprocess.CompletedProcess[str]:
    try:
        return subprocess.run(
            command, capture_output=True, text=True, check=False, env=environment, cwd=home, timeout=LONGEST
        )
    except subprocess.TimeoutExpired:
        raise FailedError(f"it took more than {LONGEST} s") from None


def surroundings(environment: Environment, home: str) -> dict[str, str]:
    """The variables a contender's process sees: none of the caller's settings."""
    path = os.pathsep.join(part for part in (environment.path, str(SCRIPTS)) if part)
    return {
        "PATH": os.environ["PATH"],
        "HOME": home,
        "PYTHONPATH": path,
        "STATIONTHIS_HOME": f"{home}/stationthis",
    }


def say(*words: str) -> None:
    """Progress, for who watches."""
    print("benchmark:", *words, file=sys.stderr, flush=True)
