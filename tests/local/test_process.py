"""The gateway as a process: its one line, its end, its lock, and how people join it."""

import contextlib
import http.client
import json
import os
import signal
import stat
import subprocess
import sys
import time
import warnings
from collections.abc import Iterator
from pathlib import Path
from urllib.parse import urlsplit

import pytest

from stationthis_sdk.local import folder
from stationthis_sdk.local.launch import join
from tests.local.conftest import ENDLESS, PATIENCE

MODULE = [sys.executable, "-m", "stationthis_sdk.local"]


@contextlib.contextmanager
def served(data: Path, *options: str) -> Iterator[tuple[subprocess.Popen[str], dict]]:
    """A gateway process and the line it printed; ended afterwards."""
    command = [*MODULE, "--data", str(data), *options]
    data.mkdir(exist_ok=True)
    with (
        (data / "stderr.txt").open("w") as log,  # a pipe nobody reads would fill up and stop the process
        subprocess.Popen(command, stdout=subprocess.PIPE, stderr=log, text=True) as process,
    ):
        try:
            yield process, json.loads(process.stdout.readline())
        finally:
            process.kill()
            process.communicate()


def call(note: dict, method: str, path: str, body: object = None) -> tuple[int, object]:
    """One request to a gateway process."""
    address = urlsplit(note["base_url"])
    connection = http.client.HTTPConnection(address.hostname, address.port, timeout=PATIENCE)
    headers = {"Authorization": f"Bearer {note['key']}", "Content-Type": "application/json"}
    connection.request(method, f"/api{path}", None if body is None else json.dumps(body), headers)
    answer = connection.getresponse()
    content = answer.read()
    connection.close()
    return answer.status, json.loads(content)


def gone(pid: int) -> bool:
    """Whether no process of this id works any more."""
    try:
        state = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[0]
    except (FileNotFoundError, ProcessLookupError):  # it may go while it is looked at
        return True
    return state == "Z"


def wait_for(reached) -> None:
    """Look until it is so."""
    end = time.monotonic() + PATIENCE
    while not reached():
        assert time.monotonic() < end
        time.sleep(0.02)


def test_one_line_then_a_clean_end(tmp_path):
    """Ready is one line of JSON; SIGTERM fails the live runs, removes the note and exits 0; the key is kept."""
    data = tmp_path / "data"
    with served(data) as (process, note):
        assert note == {**note, "pid": process.pid} == folder.read_note(data)
        assert stat.S_IMODE(data.stat().st_mode) == 0o700
        for name in ("key", "gateway.json"):
            assert stat.S_IMODE((data / name).stat().st_mode) == 0o600
        deployment = call(note, "GET", "/deployments")[1][0]
        body = {"deployment_id": deployment["id"], "inputs": ENDLESS}
        _, submitted = call(note, "POST", "/run/deployment/queue", body)
        process.send_signal(signal.SIGTERM)
        out, _ = process.communicate(timeout=PATIENCE)
        assert (process.returncode, out) == (0, "")
        assert folder.read_note(data) is None
    with served(data) as (_, again):
        assert again["key"] == note["key"]
        assert call(again, "GET", f"/run/{submitted['run_id']}")[1]["status"] == "failed"


def test_after_a_kill_the_running_one_has_failed_and_the_queue_goes_on(tmp_path):
    """SIGKILL in the middle of a run loses no run: it has failed, and what waited behind it goes on."""
    with served(tmp_path) as (process, note):
        deployment = call(note, "GET", "/deployments")[1][0]
        ids = [
            call(
                note, "POST", "/run/deployment/queue", {"deployment_id": deployment["id"], "inputs": inputs}
            )[1]["run_id"]
            for inputs in (ENDLESS, {}, {})
        ]
        wait_for(lambda: call(note, "GET", f"/run/{ids[0]}")[1]["status"] == "running")
        process.kill()
        process.wait()
    with served(tmp_path) as (_, note):
        assert call(note, "GET", f"/run/{ids[0]}")[1]["status"] == "failed"
        for run_id in ids[1:]:
            wait_for(lambda run_id=run_id: call(note, "GET", f"/run/{run_id}")[1]["status"] == "success")


def test_two_gateways_on_one_folder_are_impossible(tmp_path):
    """The second says whose the folder is and what to do, and exits 75."""
    with served(tmp_path) as (process, _):
        second = subprocess.run(
            [*MODULE, "--data", str(tmp_path)], capture_output=True, text=True, check=False
        )
    assert second.returncode == 75
    assert f"another gateway (pid {process.pid})" in second.stderr
    assert "use another data folder" in second.stderr
    assert second.stdout == ""


def test_a_port_in_use_is_said_in_one_line(tmp_path):
    """Exit code 1, and which port."""
    with served(tmp_path / "one") as (_, note):
        port = str(urlsplit(note["base_url"]).port)
        command = [*MODULE, "--data", str(tmp_path / "two"), "--port", port]
        second = subprocess.run(command, capture_output=True, text=True, check=False)
    assert second.returncode == 1
    assert second.stderr.strip().splitlines()[-1].startswith(f"stationthis: port {port} can't be used")


WITHOUT_IMAGES = """
import importlib.machinery, sys
class Without(importlib.machinery.PathFinder):
    @classmethod
    def find_spec(cls, name, path=None, target=None):
        return None if name.partition(".")[0] in {"numpy", "PIL"} else super().find_spec(name, path, target)
sys.meta_path = [finder for finder in sys.meta_path if finder is not importlib.machinery.PathFinder] + [Without]
"""
IMAGES_HINT = "pip install 'stationthis-sdk[images]'"


@pytest.mark.parametrize("line", ["import stationthis_sdk.local as local; local.Gateway",
                                  "from stationthis_sdk.local.launch import join; join(sys.argv[1])"])  # fmt: skip
def test_without_the_images_extra_one_line_says_what_to_install(tmp_path, line):
    """For the in-process class and for joining alike."""
    command = [sys.executable, "-c", f"{WITHOUT_IMAGES}\n{line}", str(tmp_path)]
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    assert done.returncode == 1
    assert IMAGES_HINT in done.stderr.strip().splitlines()[-1]


def test_joining_needs_nothing_heavy():
    """The module imports neither a server nor numbers nor pictures."""
    line = "import stationthis_sdk.local.launch, sys; print(*sys.modules)"
    done = subprocess.run([sys.executable, "-c", line], capture_output=True, text=True, check=True)
    assert {"aiohttp", "numpy", "PIL", "asyncio", "attrs"}.isdisjoint(done.stdout.split())


@pytest.fixture
def shared(tmp_path) -> Iterator[Path]:
    """A data folder whose gateway, if any, is ended afterwards."""
    yield tmp_path
    note = folder.read_note(tmp_path)
    if note is not None and folder.is_served(tmp_path):
        os.kill(note["pid"], signal.SIGTERM)
        wait_for(lambda: gone(note["pid"]))


def test_a_lease_starts_a_gateway_and_a_second_joins_it(shared):
    """Both are on one process, in a session of its own, which answers with the lease's key."""
    with join(shared) as one, join(str(shared)) as two:
        assert (one.base_url, one.key, one.pid) == (two.base_url, two.key, two.pid)
        assert os.getsid(one.pid) == one.pid
        assert call({"base_url": one.base_url, "key": one.key}, "GET", "/machines")[0] == 200
        assert "held" in repr(one)
    assert "closed" in repr(one)
    one.close()


JOINER = """
import sys, time
from stationthis_sdk.local.launch import join
lease = join(sys.argv[1])
print(lease.pid, flush=True)
time.sleep(60)
"""


@pytest.mark.slow
def test_starters_at_once_end_up_on_one_gateway_that_ends_with_the_last(shared):
    """Even when every one of them is killed."""
    command = [sys.executable, "-c", JOINER, str(shared)]
    joiners = [subprocess.Popen(command, stdout=subprocess.PIPE, text=True) for _ in range(3)]
    pids = {int(joiner.stdout.readline()) for joiner in joiners}
    assert len(pids) == 1
    (pid,) = pids
    for joiner in joiners:
        assert not gone(pid)
        joiner.kill()
        joiner.communicate()
    wait_for(lambda: gone(pid))
    assert folder.read_note(shared) is None


@pytest.mark.slow
def test_an_unused_gateway_waits_for_its_runs(shared):
    """It ends only once the run has; the run's end is kept."""
    with join(shared) as lease:
        note = {"base_url": lease.base_url, "key": lease.key}
        deployment = call(note, "GET", "/deployments")[1][0]
        inputs = {"steps": 40, "width": 1024, "height": 640}
        body = {"deployment_id": deployment["id"], "inputs": inputs}
        run_id = call(note, "POST", "/run/deployment/queue", body)[1]["run_id"]
    wait_for(lambda: gone(lease.pid))
    with join(shared) as lease:
        note = {"base_url": lease.base_url, "key": lease.key}
        assert call(note, "GET", f"/run/{run_id}")[1]["status"] == "success"


def test_a_lease_outlives_its_maker_in_a_forked_child(shared):
    """A child that closes its copy leaves the parent's lease held."""
    with join(shared) as lease:
        with warnings.catch_warnings():
            warnings.simplefilter(
                "ignore", DeprecationWarning
            )  # later Pythons warn of threads; this child only exits
            child = os.fork()
        if child == 0:
            lease.close()
            os._exit(0)
        os.waitpid(child, 0)
        with join(shared) as other:
            assert other.pid == lease.pid
        lease._connection.sock.setblocking(False)
        with pytest.raises(BlockingIOError):
            lease._connection.sock.recv(1)  # still open, and silent


def test_a_note_of_a_dead_gateway_is_not_believed(shared):
    """Its port may belong to somebody else by now: nothing is sent there."""
    folder.prepare(shared)
    folder.write_note(shared, "http://127.0.0.1:9/api", "key")
    with join(shared) as lease:
        assert lease.base_url != "http://127.0.0.1:9/api"


def test_a_gateway_that_cannot_start_says_why(shared):
    """With the last line of its log."""
    folder.prepare(shared)
    (shared / "gateway.sqlite").mkdir()
    with pytest.raises(
        folder.GatewayError, match=r"could not start; its log ends with: .*unable to open database"
    ):
        join(shared)


def test_a_folder_with_other_things_keeps_its_mode(tmp_path):
    """A new one is private, and stays so; somebody's own is not touched."""
    (tmp_path / "mine").write_text("x")
    tmp_path.chmod(0o755)
    assert stat.S_IMODE(folder.prepare(tmp_path).stat().st_mode) == 0o755
    assert stat.S_IMODE(folder.prepare(tmp_path / "a" / "b").stat().st_mode) == 0o700


def test_a_folder_that_cannot_be_is_said(tmp_path):
    """A file in its place."""
    (tmp_path / "file").write_text("x")
    with pytest.raises(folder.GatewayError, match="choose another one"):
        join(tmp_path / "file")
