"""Gateways, and scripts that use them, in processes of their own: they may be killed, and started again."""

import contextlib
import json
import secrets
import socket
import sqlite3
import subprocess
import sys
import time
import urllib.request
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import attrs

from tests.echo import GRAPH

# Does what is missing, and nothing twice: what people's own scripts are like. "Not there" counts after a moment here.
WORKER = """
import os, sys
from stationthis_sdk import RunError, StationThis, settling
from stationthis_sdk.webhooks import url_for

settling.GRACE = 2.0
wanted = [f"w{at}" for at in range(int(sys.argv[1]))]
with StationThis() as st:
    echo = st.deployments["echo"]
    if "HOOK" in os.environ:
        echo = echo.options(webhook=url_for(os.environ["HOOK"], st))
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
        if self.process is not None:
            end(self.process)

    def environment(self, home: Path) -> dict[str, str]:
        """What a process needs that is to use it, with a data folder that stays."""
        return {
            "PATH": "/usr/bin:/bin",
            "STATIONTHIS_HOME": str(home),
            "STATIONTHIS_API_KEY": self.key,
            "STATIONTHIS_BASE_URL": self.base_url,
        }

    def ask(self, path: str, body: Any = None) -> Any:
        """Ask past the SDK, as often as it takes."""
        data = None if body is None else json.dumps(body).encode()
        headers = {"Authorization": f"Bearer {self.key}", "Content-Type": "application/json"}
        for _ in range(50):
            with contextlib.suppress(OSError):
                request = urllib.request.Request(self.base_url + path, data, headers)
                with urllib.request.urlopen(request, timeout=45) as answer:
                    return json.load(answer)
            time.sleep(0.1)
        raise AssertionError(f"no answer to {path}")

    def deploy(self, name: str, graph: dict[str, Any]) -> None:
        """A workflow of this graph, deployed to production."""
        machines = {one["name"]: one["id"] for one in self.ask("/machines")}
        given = {"name": name, "workflow_json": "{}", "workflow_api": json.dumps(graph)}
        workflow = self.ask("/workflow", given)["workflow_id"]
        body = {
            "workflow_version_id": self.ask(f"/workflow/{workflow}")["versions"][0]["id"],
            "workflow_id": workflow,
            "machine_id": machines["this-machine"],
            "environment": "production",
        }
        self.ask("/deployment", body)

    def runs(self) -> list[tuple[str, str]]:
        """The words and the state of every run, as the gateway has written them down itself."""
        with contextlib.closing(sqlite3.connect(self.data / "gateway.sqlite")) as database:
            rows = database.execute("SELECT workflow_inputs, status FROM runs").fetchall()
        return [(json.loads(inputs)["words"], status) for inputs, status in rows]


def end(process: "subprocess.Popen[str]") -> None:
    """End a process at once, by SIGKILL, if it has not ended."""
    process.kill()
    process.wait()
    for pipe in (process.stdout, process.stderr):
        if pipe is not None:
            pipe.close()


def free_port() -> int:
    """A port that nobody has just now, and that the system gives to nobody who asks for any."""
    while True:
        port = 20_000 + secrets.randbelow(10_000)
        with socket.socket() as one, contextlib.suppress(OSError):
            one.bind(("127.0.0.1", port))
            return port


@contextlib.contextmanager
def echo_service(folder: Path) -> Iterator[Service]:
    """A gateway with a deployment that repeats words, not started yet; its faults come with its start."""
    made = Service(folder, free_port(), "")
    made.start()
    made.deploy("echo", GRAPH)
    made.kill()
    try:
        yield made
    finally:
        made.kill()


@attrs.define
class Worker:
    """The script, in a process with a data folder that stays."""

    service: Service
    home: Path
    count: int
    hook: str | None = None
    started: "list[subprocess.Popen[str]]" = attrs.Factory(list)

    def start(self) -> "subprocess.Popen[str]":
        """Start it."""
        hooked = {} if self.hook is None else {"HOOK": self.hook}
        process = subprocess.Popen(
            [sys.executable, "-c", WORKER, str(self.count)],
            env=self.service.environment(self.home) | hooked,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
        )
        self.started.append(process)
        return process

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

    def stop(self) -> None:
        """End all that were started."""
        for process in self.started:
            end(process)
