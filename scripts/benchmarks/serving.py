"""The service in its own process, for as long as a block lasts."""

from __future__ import annotations

import contextlib
import json
import os
import subprocess
import sys
import urllib.request
from pathlib import Path
from typing import TYPE_CHECKING, Any, NamedTuple

if TYPE_CHECKING:
    from collections.abc import Iterator

SCRIPTS = Path(__file__).resolve().parents[1]


class Told(NamedTuple):
    """How often it was asked for what, the seconds it has worked, and when runs ended."""

    asked: dict[str, int]
    cpu: float
    ends: dict[str, float]

    @property
    def requests(self) -> int:
        """All requests; what it did not know is counted once."""
        return sum(count for what, count in self.asked.items() if " " not in what)


class Serving(NamedTuple):
    """One that runs; ``base_url`` is what clients are given."""

    port: int

    @property
    def base_url(self) -> str:
        """Where its API begins."""
        return f"http://127.0.0.1:{self.port}/api"

    def told(self) -> Told:
        """What it says of itself."""
        with urllib.request.urlopen(f"http://127.0.0.1:{self.port}/told", timeout=30) as answer:
            return Told(**json.load(answer))


@contextlib.contextmanager
def serving(**settings: Any) -> Iterator[Serving]:
    """A new one: ``deployments`` and ``runs`` are how many it has, ``megabytes`` the size of its files."""
    command = [sys.executable, "-m", "benchmarks.service", json.dumps(settings)]
    environment = os.environ | {"PYTHONPATH": str(SCRIPTS)}
    with subprocess.Popen(
        command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True, env=environment, cwd=SCRIPTS
    ) as process:
        assert process.stdin is not None  # noqa: S101 - for the type
        assert process.stdout is not None  # noqa: S101 - for the type
        try:
            yield Serving(int(process.stdout.readline()))
        finally:
            process.stdin.close()
