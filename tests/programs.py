"""Programs of their own, to be interrupted, and a service that answers slowly."""

import os
import subprocess
import sys
import textwrap
import time
from collections.abc import Callable, Iterator
from typing import Any

import pytest

from stationthis_sdk import StationThis
from tests.wire import HANG, Asked, Wire, answer

LONG = "prompt='a long walk', steps=60, width=2048, height=2048"

RUN = "5ea8723e-4701-4d69-8604-8932801f2083"

DEPLOYMENT = {
    "id": "00000000-0000-4000-8000-000000000000",
    "environment": "production",
    "workflow": {"id": "w", "name": "portrait"},
}

Start = Callable[..., "subprocess.Popen[str]"]


@pytest.fixture
def start() -> Iterator[Start]:
    """Start a Python program of its own; it is gone when the test is."""
    processes: list[subprocess.Popen[str]] = []

    def run(code: str, env: dict[str, str]) -> "subprocess.Popen[str]":
        process = subprocess.Popen(
            [sys.executable, "-W", "error", "-X", "dev", "-c", textwrap.dedent(code)],
            env=env,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
        )
        processes.append(process)
        return process

    yield run
    for process in processes:
        if process.poll() is None:
            process.kill()
        process.communicate()


def waiting(process: "subprocess.Popen[str]") -> str:
    """The id of the run a program waits for, once it does."""
    run_id = process.stdout.readline().strip()
    assert process.stdout.readline().strip() == "waiting"
    return run_id


def wait_for(st: StationThis, run_id: str, *states: str) -> str:
    while (state := st.runs.get(run_id).state) not in states:
        time.sleep(0.05)
    return str(state)


@pytest.fixture
def slow_service() -> Iterator[Wire]:
    """A service whose answer to a submit takes a while, and whose run goes on until cancelled."""
    state: dict[str, Any] = {"status": "running", "cancel": "answer", "slow": 0.6}

    def reply(asked: Asked) -> Any:
        if asked.path.endswith("/queue"):
            time.sleep(state["slow"])
            return answer(200, {"run_id": RUN})
        if asked.path.endswith("/cancel"):
            if state["cancel"] == "hang":
                return HANG
            state["status"] = "cancelled"
            return answer(200, {"status": "success"})
        return answer(
            200, [DEPLOYMENT] if "/deployments" in asked.path else {"id": RUN, "status": state["status"]}
        )

    with Wire(reply) as wire:
        wire.state = state  # type: ignore[attr-defined]
        yield wire


def environment(wire: Wire) -> dict[str, str]:
    return {**os.environ, "STATIONTHIS_BASE_URL": wire.base_url, "STATIONTHIS_API_KEY": "k"}


def asked(wire: Wire, ending: str) -> int:
    return sum(asked.path.partition("?")[0].endswith(ending) for asked in wire.asked)


def until_asked(wire: Wire, ending: str, times: int = 1) -> None:
    """Wait until it was asked for that, so often."""
    while asked(wire, ending) < times:
        time.sleep(0.01)
