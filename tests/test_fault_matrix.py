"""Bad days, in real processes: whatever is dropped, refused, lost or killed, each run is made once and ends once."""

import contextlib
import random
import subprocess
import time
from collections import Counter
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.processes import Service, Worker, echo_service, end

pytestmark = [pytest.mark.slow, pytest.mark.timeout(240)]

COUNT = 24


@pytest.fixture
def service(tmp_path: Path) -> Iterator[Service]:
    """A gateway with a deployment that repeats words."""
    with echo_service(tmp_path / "service") as made:
        yield made


@pytest.fixture
def worker(service: Service, tmp_path: Path) -> Iterator[Worker]:
    """The script; none is left when the test is over."""
    made = Worker(service, tmp_path / "home", COUNT)
    yield made
    made.stop()


def check(service: Service, finals: list[str]) -> None:
    """Each run was made once, has ended, and its end was told once."""
    runs = service.runs()
    assert Counter(words for words, _ in runs) == Counter({f"w{at}": 1 for at in range(COUNT)})
    assert {state for _, state in runs} <= {"success", "failed"}
    assert sorted(finals) == sorted(f"w{at}" for at in range(COUNT))


SCENARIOS = {
    "plain 500s": "errors=0.1,seed=1",
    "connections dropped after the run was made": "drop_answers=0.05,seed=2",
    "answers lost or cut": "drop_answers=0.15,cut_answers=0.1,seed=3",
    "requests dropped": "drop_requests=0.15,seed=4",
    "all of it": "errors=0.1,drop_answers=0.1,cut_answers=0.05,drop_requests=0.05,refuse=0.05,retry_after=0.2,seed=5",
}


@pytest.mark.parametrize("scenario", SCENARIOS)
def test_bad_answers(service: Service, worker: Worker, scenario: str) -> None:
    """A service that fails, drops and loses: the script ends, and nothing is made twice."""
    service.faults = SCENARIOS[scenario]
    service.start()
    check(service, worker.finish())


@pytest.mark.parametrize("seed", [1, 2])
def test_killed_at_random_moments(service: Service, worker: Worker, seed: int) -> None:
    """The script is killed again and again and started anew, and a tenth of the answers is lost besides."""
    dice = random.Random(seed)
    service.faults = f"drop_answers=0.1,seed={seed}"
    service.start()
    for _ in range(6):
        process = worker.start()
        with contextlib.suppress(subprocess.TimeoutExpired):
            process.wait(0.5 + dice.random() * 2)
        end(process)
    check(service, worker.finish())


def test_the_service_is_killed_in_the_middle(service: Service, worker: Worker) -> None:
    """It comes back at its address: what ran has failed with a reason, what waited goes on, and the script ends."""
    service.start()
    process = worker.start()
    while not service.runs():  # the first is made
        time.sleep(0.05)
    service.kill()
    time.sleep(0.5)
    service.start()
    out, _ = process.communicate(timeout=200)
    finals = [line.split()[1] for line in out.splitlines() if line.startswith("final")]
    check(service, finals if process.returncode == 0 else worker.finish())
