"""Bad days of webhooks, in real processes: each run is made once, and its end called back once."""

import contextlib
import json
import random
import sqlite3
import subprocess
import sys
import time
import urllib.request
from collections import Counter
from collections.abc import Iterator
from pathlib import Path

import attrs
import pytest

from tests.processes import Service, Worker, echo_service, end, free_port

pytestmark = [pytest.mark.slow, pytest.mark.timeout(240)]

COUNT = 12
WORDS = Counter({f"w{at}": 1 for at in range(COUNT)})
PATIENCE = 90.0

# What it is told goes into a file, a line at once: begun, then done, with the number of the process.
RECEIVER = """
import asyncio, os, sys
from stationthis_sdk import AsyncStationThis
from stationthis_sdk.webhooks import AsyncReceiver
from stationthis_sdk.webhooks.aiohttp_server import serving

port, number, how, path = sys.argv[1:]
told = os.open(path, os.O_WRONLY | os.O_APPEND | os.O_CREAT)

def say(word, run):
    os.write(told, f"{word} {number} {run.id} {run.inputs['words']} {run.state}\\n".encode())

async def final(run):
    say("begun", run)
    await asyncio.sleep(0.1)
    say("done", run)

async def main():
    async with AsyncStationThis() as st:
        receiver = AsyncReceiver(st, on_final=final)
        if how == "looks":
            print(await receiver.resume(), await receiver.undelivered(), flush=True)
            return
        async with serving(receiver, "127.0.0.1", int(port)):
            print("ready", flush=True)
            await receiver.work()

asyncio.run(main())
"""


@attrs.frozen
class Told:
    """One line of what receivers wrote: process ``number`` has begun to tell of a run's end, or is done with it."""

    word: str
    number: str
    run_id: str
    words: str
    state: str


@attrs.define
class Receivers:
    """Processes that receive, one after the other, at one address, with the worker's data folder."""

    service: Service
    folder: Path
    port: int = attrs.field(factory=free_port)
    started: "list[subprocess.Popen[str]]" = attrs.Factory(list)
    cut_short: Counter[str] = attrs.Factory(Counter)
    """How often a kill came after a run's callback had begun, and before it was written down that it returned."""

    @property
    def home(self) -> Path:
        """The data folder."""
        return self.folder / "home"

    @property
    def address(self) -> str:
        """Where they answer."""
        return f"http://127.0.0.1:{self.port}/hook"

    def start(self, how: str = "works") -> str:
        """Start the next one; the first thing it says. works: until it is killed. looks: once, at what is left."""
        number = str(len(self.started))
        process = subprocess.Popen(
            [sys.executable, "-c", RECEIVER, str(self.port), number, how, str(self.folder / "told.txt")],
            env=self.service.environment(self.home),
            stdout=subprocess.PIPE,
            text=True,
        )
        self.started.append(process)
        assert process.stdout is not None
        return process.stdout.readline().strip()

    def kill(self) -> None:
        """SIGKILL; what it was in the middle of is kept."""
        end(self.started[-1])
        left = {run_id for run_id, called in self.ledger() if not called}
        begun = {one.run_id for one in self.told("begun") if one.number == str(len(self.started) - 1)}
        self.cut_short.update(begun & left)

    def told(self, word: str) -> list[Told]:
        """What was begun, or done, in its order."""
        path = self.folder / "told.txt"
        lines = path.read_text().splitlines() if path.exists() else []
        return [one for line in lines if (one := Told(*line.split())).word == word]

    def ledger(self) -> list[tuple[str, bool]]:
        """The runs whose ends are to be told, as the ledger has them, and whether it has been done."""
        with contextlib.closing(sqlite3.connect(self.home / "ledger.db")) as database:
            return [*database.execute("SELECT run_id, called_at IS NOT NULL FROM deliveries")]


@pytest.fixture
def service(tmp_path: Path) -> Iterator[Service]:
    """A gateway with a deployment that repeats words."""
    with echo_service(tmp_path / "service") as made:
        yield made


@pytest.fixture
def receivers(service: Service, tmp_path: Path) -> Iterator[Receivers]:
    """None is left when the test is over."""
    made = Receivers(service, tmp_path)
    yield made
    for process in made.started:
        end(process)


@pytest.fixture
def worker(service: Service, receivers: Receivers) -> Iterator[Worker]:
    """The script, which gives the receivers' address; none is left when the test is over."""
    made = Worker(service, receivers.home, COUNT, receivers.address)
    yield made
    made.stop()


def check(service: Service, receivers: Receivers, finals: list[str]) -> None:
    """Each run was made once and has ended; its end was called back once, and again only if a kill cut that short."""
    until = time.monotonic() + PATIENCE
    while len({one.run_id for one in receivers.told("done")}) < COUNT and time.monotonic() < until:
        time.sleep(0.05)
    assert Counter(one.words for one in receivers.told("done")).keys() == WORDS.keys()
    assert Counter(words for words, _ in service.runs()) == WORDS
    assert Counter(finals) == WORDS
    time.sleep(1.5)  # what is late comes, and changes nothing
    for url, run_id, state in hooks(service):
        assert post(url, {"run_id": run_id, "status": state}) == {"status": "duplicate"}
    receivers.kill()
    assert receivers.start("looks") == "0 []"

    ends = {(words, state) for words, state in service.runs()}
    assert {state for _, state in ends} <= {"success", "failed"}
    assert {(one.words, one.state) for one in receivers.told("begun")} == ends
    once = Counter({run_id: 1 for _, run_id, _ in hooks(service)})
    assert Counter(one.run_id for one in receivers.told("begun")) == once + receivers.cut_short
    assert Counter(one.run_id for one in receivers.told("done")) >= once
    assert dict(receivers.ledger()) == dict.fromkeys(once, True)


def hooks(service: Service) -> list[tuple[str, str, str]]:
    """The address that was given for each run, its id and its state, as the gateway has them."""
    with contextlib.closing(sqlite3.connect(service.data / "gateway.sqlite")) as database:
        return database.execute("SELECT webhook, id, status FROM runs").fetchall()


def post(url: str, body: dict[str, str]) -> object:
    """Send a webhook past the gateway."""
    request = urllib.request.Request(url, json.dumps(body).encode(), {"Content-Type": "application/json"})
    with urllib.request.urlopen(request, timeout=45) as answer:
        return json.load(answer)


BAD_ANSWERS = "errors=0.1,drop_answers=0.05"
BAD_WEBHOOKS = "duplicate_webhooks=0.4,late_webhooks=0.3,lost_webhooks=0.2,reordered_webhooks=0.3,seconds=0.5"
ALL_OF_IT = f"{BAD_ANSWERS},{BAD_WEBHOOKS}"
SCENARIOS = {
    "all of them twice": "duplicate_webhooks=1,seed=1",
    "late and reordered": "late_webhooks=0.5,reordered_webhooks=0.5,seconds=0.5,seed=2",
    "missing": "lost_webhooks=1,seed=3",
    "with bad answers": f"{ALL_OF_IT},seed=4",
    "with answers lost or cut": f"{BAD_WEBHOOKS},drop_answers=0.15,cut_answers=0.1,seed=5",
}


@pytest.mark.parametrize("scenario", SCENARIOS)
def test_bad_webhooks(service: Service, receivers: Receivers, worker: Worker, scenario: str) -> None:
    """Doubled, late, in another order, missing, and answers that fail besides: each end is told exactly once."""
    service.faults = SCENARIOS[scenario]
    service.start()
    receivers.start()
    check(service, receivers, worker.finish())
    assert not receivers.cut_short


@pytest.mark.parametrize("seed", [1, 2])
def test_killed_at_random_moments(service: Service, receivers: Receivers, worker: Worker, seed: int) -> None:
    """T2, T6, T7: now the script is killed, now the receiver, on a bad day; both are started anew."""
    chaos(service, receivers, worker, seed, ["script", "receiver"] * 2 + ["receiver"])


@pytest.mark.parametrize("seed", [3, 4])
def test_anything_is_killed(service: Service, receivers: Receivers, worker: Worker, seed: int) -> None:
    """T2, T6, T7: the service as well, which comes back at its address."""
    chaos(service, receivers, worker, seed, ["script", "receiver"] * 2 + ["service"])


def test_the_service_is_killed_in_the_middle(service: Service, receivers: Receivers, worker: Worker) -> None:
    """With webhooks under way, which are lost: what ran has failed, what waited goes on, each end is told exactly once."""
    service.faults = f"{ALL_OF_IT},seed=6"
    service.start()
    receivers.start()
    process = worker.start()
    while not service.runs():  # the first is made
        time.sleep(0.05)
    service.kill()
    time.sleep(0.5)
    service.start()
    check(service, receivers, finals_of(process) or worker.finish())
    assert not receivers.cut_short


def chaos(service: Service, receivers: Receivers, worker: Worker, seed: int, victims: list[str]) -> None:
    """Kill these in some order, each within its work, at a moment that the seed decides; then let the script end."""
    dice = random.Random(seed)
    dice.shuffle(victims)
    service.faults = f"{ALL_OF_IT},seed={seed}"
    service.start()
    receivers.start()
    script = worker.start()
    for at, victim in enumerate(victims):
        enough = at * (COUNT - 2) // len(victims) + 1
        while (len(receivers.told("begun")) if victim == "receiver" else len(service.runs())) < enough:
            if script.poll() is not None:
                script = worker.start()
            time.sleep(0.005)
        time.sleep(dice.random() * 0.2)
        if victim == "service":
            service.kill()
            service.start()
        elif victim == "receiver":
            receivers.kill()
            receivers.start()
        else:
            end(script)
            script = worker.start()
    check(service, receivers, finals_of(script) or worker.finish())


def finals_of(script: "subprocess.Popen[str]") -> list[str]:
    """The words whose ends it told, if it ends well."""
    out, _ = script.communicate(timeout=200)
    ended_well = script.returncode == 0
    return [line.split()[1] for line in out.splitlines() if line.startswith("final") and ended_well]
