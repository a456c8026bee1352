"""Servers for the tests, in processes of their own."""

import subprocess
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from tests.bots.stdio.talking import COMMAND, Talk
from tests.fixtures import RunningGateway

Start = Callable[..., Talk]


@pytest.fixture
def environ(gateway: RunningGateway, tmp_path: Path) -> dict[str, str]:
    """The environment in which a program finds the shared gateway, with a data folder of its own."""
    return {**gateway.environment(), "STATIONTHIS_HOME": str(tmp_path / "home")}


@pytest.fixture
def serve(gateway: RunningGateway, environ: dict[str, str]) -> Iterator[Start]:
    """Start a server; it is gone when the test is."""
    talks: list[Talk] = []

    def start(*arguments: str, key: str = gateway.key, **more: str) -> Talk:
        process = subprocess.Popen(
            [*COMMAND, *arguments],
            env={**environ, **more},
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
        )
        talks.append(Talk(process, key))
        return talks[-1]

    yield start
    for talk in talks:
        talk.stop()


@pytest.fixture
def talk(serve: Start) -> Talk:
    """A conversation with a server of the shared gateway."""
    return serve()
