"""Receivers in processes of their own, killed at the worst moments: no end is lost, none is told twice."""

import asyncio
import signal
import subprocess
import sys
import time
from collections import Counter
from collections.abc import Iterator
from pathlib import Path

import pytest

from stationthis_sdk.testing import LocalGateway, local_gateway
from stationthis_sdk.webhooks import Receiver
from tests.webhooks.conftest import GRAPH, body, post

pytestmark = [pytest.mark.slow, pytest.mark.timeout(240)]

RECEIVES = """
import asyncio, os, sys, time
from stationthis_sdk import AsyncStationThis
from stationthis_sdk.webhooks import AsyncReceiver, aiohttp_app
from stationthis_sdk.webhooks.aiohttp_server import serving

async def main(port, how):
    async with AsyncStationThis() as st:
        async def final(run):
            if how == "hangs":
                print("begun", run.id, flush=True)
                await asyncio.Event().wait()
            with open(os.environ["TOLD"], "a") as file:
                file.write(f"{run.id} {run.state}\\n")
            if how == "dies":
                os.kill(os.getpid(), 9)
        receiver = AsyncReceiver(st, on_final=final)
        async with serving(receiver, "127.0.0.1", port) as address:
            print(await receiver.url_for(address + "/hook"), flush=True)
            if how == "keeps":
                await asyncio.Event().wait()
            await receiver.work()

asyncio.run(main(int(sys.argv[1]), sys.argv[2]))
"""


@pytest.fixture
def gateway() -> Iterator[LocalGateway]:
    """A gateway with a deployment that repeats words."""
    with local_gateway() as made:
        made.deploy("echo", GRAPH)
        yield made


class Receivers:
    """Processes that receive, one after the other, on one port, with one data folder."""

    def __init__(self, gateway: LocalGateway, folder: Path) -> None:
        self.gateway = gateway
        self.home = folder / "home"
        self.told_in = folder / "told.txt"
        self.port = 0
        self.url = ""
        self.started: list[subprocess.Popen[str]] = []

    def start(self, how: str) -> "subprocess.Popen[str]":
        """tells: all of it. keeps: writes down and tells nobody. hangs, dies: in the callback, before or after the work."""
        environment = {
            **self.gateway.environment(), "STATIONTHIS_HOME": str(self.home), "TOLD": str(self.told_in)
        }  # fmt: skip
        process = subprocess.Popen(
            [sys.executable, "-c", RECEIVES, str(self.port), how],
            env=environment,
            stdout=subprocess.PIPE,
            text=True,
        )
        self.started.append(process)
        assert process.stdout is not None
        self.url = process.stdout.readline().strip()
        self.port = int(self.url.split(":")[2].partition("/")[0])
        return process

    def told(self) -> Counter[str]:
        """How often each line was written."""
        return Counter(self.told_in.read_text().split("\n")[:-1]) if self.told_in.exists() else Counter()

    def run(self, words: str = "fox") -> str:
        """Submit a run with the receiver's address, from this process."""
        with self.gateway.client(home=self.home) as st:
            return st.deployments["echo"].options(webhook=self.url).submit(words=words).id

    def undelivered(self) -> list[tuple[str, str]]:
        """What this process reads of the ends that are still to be told."""
        with self.gateway.client(home=self.home) as st:
            return [(one.run_id, one.state) for one in Receiver(st).undelivered()]


@pytest.fixture
def receivers(gateway: LocalGateway, tmp_path: Path) -> Iterator[Receivers]:
    """None is left when the test is over."""
    made = Receivers(gateway, tmp_path)
    yield made
    for process in made.started:
        if process.poll() is None:
            process.kill()
        process.communicate()


def kill(process: "subprocess.Popen[str]") -> None:
    process.send_signal(signal.SIGKILL)
    process.wait()


def test_killed_between_written_down_and_called_back(receivers: Receivers, gateway: LocalGateway) -> None:
    """T7: it has answered 200 and told nobody: anybody can list that, and the next process tells, with no webhook any more."""
    process = receivers.start("keeps")
    run_id = receivers.run()
    gateway.until(lambda: gateway.runs()[0].state == "success")
    assert post(receivers.url, body(run_id, "success"))[0] == 200
    kill(process)
    assert receivers.told() == {}
    assert receivers.undelivered() == [(run_id, "success")]
    receivers.start("tells")
    gateway.until(receivers.told)
    assert post(receivers.url, body(run_id, "success")) == (200, {"status": "duplicate"})
    assert receivers.told() == {f"{run_id} success": 1}
    assert receivers.undelivered() == []


def test_killed_within_the_callback(receivers: Receivers, gateway: LocalGateway) -> None:
    """It had not returned, so it is called again: once the work was not done, once it was, which nobody can tell."""
    process = receivers.start("hangs")
    run_id = receivers.run()
    assert process.stdout is not None
    assert process.stdout.readline() == f"begun {run_id}\n"
    kill(process)
    process = receivers.start("dies")
    assert process.wait(45) == -signal.SIGKILL
    assert receivers.told() == {f"{run_id} success": 1}
    receivers.start("tells")
    gateway.until(lambda: receivers.told() == {f"{run_id} success": 2})
    gateway.until(lambda: not receivers.undelivered())  # it has returned, and that is written down
    kill(receivers.started[-1])
    receivers.start("tells")
    again = receivers.run("hare")
    gateway.until(lambda: f"{again} success" in receivers.told())
    assert receivers.told() == {f"{run_id} success": 2, f"{again} success": 1}


def test_killed_at_any_moment(receivers: Receivers, gateway: LocalGateway) -> None:
    """Twelve kills while thirty runs end, their webhooks doubled, late and lost: each end is told; twice only if killed at it."""
    gateway.faults.webhooks(duplicate=0.5, late=0.3, lost=0.3, seconds=0.5, seed=11)
    process = receivers.start("tells")
    runs = []
    for at in range(30):
        runs.append(receivers.run(str(at)))
        if at % 5 == 4:
            kill(process)
            process = receivers.start("tells")
            time.sleep(0.05 * (at % 7))
            kill(process)
            process = receivers.start("tells")
    gateway.until(lambda: len(receivers.told()) == 30, 40)
    told = receivers.told()
    assert set(told) == {f"{run_id} success" for run_id in runs}
    assert sum(told.values()) <= 30 + 12


async def test_two_processes_share_one_ledger(receivers: Receivers, gateway: LocalGateway) -> None:
    """Webhooks go to one, both look: each end is told once."""
    receivers.start("tells")
    first = receivers.url
    receivers.port = 0
    receivers.start("tells")
    receivers.url = first
    runs = [await asyncio.to_thread(receivers.run, str(at)) for at in range(20)]
    await asyncio.to_thread(gateway.until, lambda: len(receivers.told()) == 20, 40)
    await asyncio.sleep(1)
    assert receivers.told() == {f"{run_id} success": 1 for run_id in runs}
