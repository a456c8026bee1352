"""Bad days, in real processes: whatever is dropped, refused, lost or killed, each run is made once and ends once."""

import contextlib
import json
import random
import signal
import socket
import sqlite3
import subprocess
import sys
import time
import urllib.request
from collections import Counter
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import attrs
import pytest

from tests.echo import GRAPH

pytestmark = [pytest.mark.slow, pytest.mark.timeout(240)]

COUNT = 24

# Does what is missing, and nothing twice: what people's own scripts are like. "Not there" counts after a moment here.
WORKER = """
import sys
from stationthis_sdk import RunError, StationThis, StationThisError, settling

settling.GRACE = 2.0
wanted = [f"w{at}" for at in range(int(sys.argv[1]))]
with StationThis() as st:
    echo = st.deployments["echo"]
    for settled in st.reconcile():
        print("settled", settled, file=sys.stderr, flush=True)
    runs = {run.inputs["words"]: run for run in st.runs.list(limit=None)}
    for words in wanted:
        if words not in runs:
            runs[words] = echo.submit(words=words)
    for words in wanted:
        try:
            runs[words].wait()
        except RunError:
            pass
        print("final", words, runs[words].id, runs[words].state, flush=True)
"""


@attrs.define
class Service:
    """A gateway in a process of its own, which may be killed and started again at its address."""

    data: Path
    port: int
    faults: str
    process: "subprocess.Popen[str] | None" = None
    key: str = ""
    base_url: str = ""

    def start(self) -> None:
        """Start it, and wait until it answers."""
        command = [
            sys.executable,
            "-m",
            "stationthis_sdk.local",
            "--data",
            str(self.data),
            "--port",
            str(self.port),
        ]
        if self.faults:
            command += ["--faults", self.faults]
        self.process = subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, text=True)
        assert self.process.stdout is not None
        ready = json.loads(self.process.stdout.readline())
        self.key, self.base_url = ready["key"], ready["base_url"]

    def kill(self) -> None:
        """SIGKILL: nothing is said, nothing is tidied up."""
        assert self.process is not None
        self.process.send_signal(signal.SIGKILL)
        self.process.communicate()

    def ask(self, path: str, body: Any = None) -> Any:
        """Ask past the SDK, as often as it takes."""
        data = None if body is None else json.dumps(body).encode()
        headers = {"Authorization": f"Bearer {self.key}", "Content-Type": "application/json"}
        for _ in range(50):
            with contextlib.suppress(OSError):
                request = urllib.request.Request(self.base_url + path, data, headers)
                with urllib.request.urlopen(request, timeout=20) as answer:
                    return json.load(answer)
            time.sleep(0.1)
        raise AssertionError(f"no answer to {path}")

    def runs(self) -> list[tuple[str, str]]:
        """The words and the state of every run, as the gateway has written them down itself."""
        with contextlib.closing(sqlite3.connect(self.data / "gateway.sqlite")) as database:
            rows = database.execute("SELECT workflow_inputs, status FROM runs").fetchall()
        return [(json.loads(inputs)["words"], status) for inputs, status in rows]


def free_port() -> int:
    """A port that nobody has just now."""
    with socket.socket() as one:
        one.bind(("127.0.0.1", 0))
        return int(one.getsockname()[1])


@pytest.fixture
def service(tmp_path: Path) -> Iterator[Service]:
    """A gateway with a deployment that repeats words; its faults come with its next start."""
    made = Service(tmp_path / "service", free_port(), "")
    made.start()
    machines = {one["name"]: one["id"] for one in made.ask("/machines")}
    text = json.dumps(GRAPH)
    workflow = made.ask("/workflow", {"name": "echo", "workflow_json": "{}", "workflow_api": text})[
        "workflow_id"
    ]
    version = made.ask(f"/workflow/{workflow}")["versions"][0]["id"]
    made.ask(
        "/deployment",
        {
            "workflow_version_id": version,
            "workflow_id": workflow,
            "machine_id": machines["this-machine"],
            "environment": "production",
        },
    )
    made.kill()
    yield made
    if made.process is not None and made.process.poll() is None:
        made.kill()


@attrs.define
class Worker:
    """The script, in a process with a data folder that stays."""

    service: Service
    home: Path

    def start(self) -> "subprocess.Popen[str]":
        """Start it."""
        environment = {
            "PATH": "/usr/bin:/bin",
            "STATIONTHIS_HOME": str(self.home),
            "STATIONTHIS_API_KEY": self.service.key,
            "STATIONTHIS_BASE_URL": self.service.base_url,
        }
        return subprocess.Popen(
            [sys.executable, "-c", WORKER, str(COUNT)],
            env=environment,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
        )

    def finish(self) -> list[str]:
        """Start it as often as it takes to end well; the words whose end it told last."""
        told = []
        for _ in range(6):
            process = self.start()
            out, err = process.communicate(timeout=200)
            told.append(err)
            if process.returncode == 0:
                return [line.split()[1] for line in out.splitlines() if line.startswith("final")]
        raise AssertionError(f"it never ended well: {told[-1][-2000:]}")


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
def test_bad_answers(service: Service, tmp_path: Path, scenario: str) -> None:
    """A service that fails, drops and loses: the script ends, and nothing is made twice."""
    service.faults = SCENARIOS[scenario]
    service.start()
    check(service, Worker(service, tmp_path / "home").finish())


@pytest.mark.parametrize("seed", [1, 2])
def test_killed_at_random_moments(service: Service, tmp_path: Path, seed: int) -> None:
    """The script is killed again and again and started anew, and a tenth of the answers is lost besides."""
    dice = random.Random(seed)
    service.faults = f"drop_answers=0.1,seed={seed}"
    service.start()
    worker = Worker(service, tmp_path / "home")
    for _ in range(6):
        process = worker.start()
        with contextlib.suppress(subprocess.TimeoutExpired):
            process.wait(0.5 + dice.random() * 2)
        process.send_signal(signal.SIGKILL)
        process.communicate()
    check(service, worker.finish())


def test_the_service_is_killed_in_the_middle(service: Service, tmp_path: Path) -> None:
    """It comes back at its address: what ran has failed with a reason, what waited goes on, and the script ends."""
    service.start()
    worker = Worker(service, tmp_path / "home")
    process = worker.start()
    while not service.runs():  # the first is made
        time.sleep(0.05)
    service.kill()
    time.sleep(0.5)
    service.start()
    out, _ = process.communicate(timeout=200)
    finals = [line.split()[1] for line in out.splitlines() if line.startswith("final")]
    check(service, finals if process.returncode == 0 else worker.finish())
