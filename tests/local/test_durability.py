"""A gateway that is killed: nothing finished is lost, what was under way has failed, and the queue goes on."""

import asyncio
import http.server
import json
import os
import random
import signal
import threading
import time
import urllib.request
from pathlib import Path

import pytest

from stationthis_sdk.local import Gateway
from stationthis_sdk.local.rows.runs import Output, Run
from tests.local.conftest import ENDED, Api
from tests.local.test_process import call, gone, served, wait_for

SMALL = {"prompt": "a test", "steps": 1, "width": 48, "height": 48}
RUNS = 24


class _Hooks(http.server.BaseHTTPRequestHandler):
    def do_POST(self) -> None:
        body = json.loads(self.rfile.read(int(self.headers["Content-Length"])))
        self.server.told.append((body["run_id"], body["status"]))
        self.send_response(200)
        self.send_header("Content-Length", "0")
        self.end_headers()

    def log_message(self, *_: object) -> None:
        """Nothing."""


@pytest.fixture
def hooks():
    """A receiver of webhooks that outlives the gateways; ``told`` is what it got."""
    server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), _Hooks)
    server.told = []
    thread = threading.Thread(target=server.serve_forever)
    thread.start()
    yield server
    server.shutdown()
    server.server_close()
    thread.join()


def files_of(run: dict) -> list[str]:
    """The addresses of what a run put out."""
    return [item["url"] for output in run["outputs"] for item in output["data"].get("images", [])]


@pytest.mark.slow
@pytest.mark.parametrize("seed", range(2))
def test_kills_at_any_moment_lose_no_run(tmp_path: Path, hooks, seed: int) -> None:
    """Each run that was told of is there and ends; ended ones stay as they were; rows and files agree."""
    dice = random.Random(seed)
    hook = f"http://127.0.0.1:{hooks.server_port}/"
    ids: list[str] = []
    ended: dict[str, dict] = {}
    for kills in range(4):
        with served(tmp_path) as (process, note):
            deployment = next(
                found
                for found in call(note, "GET", "/deployments")[1]
                if found["workflow"]["name"] == "text-to-picture"
            )
            for number in range(RUNS if kills == 0 else 4):
                inputs = {
                    **SMALL,
                    "seed": number,
                    **({"steps": 20, "width": 256, "height": 256} if number % 5 == 0 else {}),
                }
                body = {"deployment_id": deployment["id"], "inputs": inputs, "webhook": hook}
                ids.append(call(note, "POST", "/run/deployment/queue", body)[1]["run_id"])
            time.sleep(dice.uniform(0, 1.2))
            for run_id in ids:
                run = call(note, "GET", f"/run/{run_id}")[1]
                if run_id in ended:
                    assert run == {**ended[run_id], "outputs": run["outputs"]}
                if run["status"] in ENDED:
                    ended[run_id] = run
            os.kill(process.pid, signal.SIGKILL)
            process.wait()
    with served(tmp_path) as (process, note):
        for run_id in ids:
            wait_for(lambda run_id=run_id: call(note, "GET", f"/run/{run_id}")[1]["status"] in ENDED)
        runs = [call(note, "GET", f"/run/{run_id}")[1] for run_id in ids]
        for run in runs:
            assert run["id"] not in ended or run["status"] == ended[run["id"]]["status"]
        failed = [run for run in runs if run["status"] != "success"]
        assert len(failed) <= 4  # one at a time is under way on this machine
        assert {run["status"] for run in failed} <= {"failed"}
        started = [
            run["started_at"] for run in sorted(runs, key=lambda run: run["created_at"]) if run["started_at"]
        ]
        assert started == sorted(started)
        named = set()
        for run in runs:
            assert run["status"] != "success" or run["outputs"]
            for url in files_of(run):
                with urllib.request.urlopen(url) as answer:
                    assert answer.read().endswith(b"IEND\xaeB`\x82")
                named.add(url.rpartition("/")[2])
        assert {path.name for path in (tmp_path / "files" / "outputs").iterdir()} == named
        assert not list((tmp_path / "files" / "unfinished").iterdir())
        wait_for(lambda: {(run["id"], "failed") for run in failed} <= set(hooks.told))
        process.send_signal(signal.SIGTERM)
        process.wait()
    assert gone(process.pid)


async def test_a_file_that_no_row_names_is_swept_after_a_kill(tmp_path, session):
    """What was kept a moment before the kill and never entered is gone at the next start; the rest stays."""
    gateway = Gateway(tmp_path)
    await gateway.start()
    api = Api(gateway, session)
    run = await api.ended(await api.submit())
    (url,) = files_of(run)
    store = gateway._running.file_store
    for kind in ("outputs", "inputs"):
        await asyncio.to_thread(store.put, b"half of nothing", kind, "neverentered0001.png")
    note = (tmp_path / "gateway.json").read_bytes()
    await gateway.stop()
    (tmp_path / "gateway.json").write_bytes(note)  # as a killed one leaves it
    os.utime(tmp_path / "gateway.json", (time.time() - 5,) * 2)
    again = Gateway(tmp_path)
    await again.start()
    assert [path.name for path in (tmp_path / "files" / "outputs").iterdir()] == [url.rpartition("/")[2]]
    assert not list((tmp_path / "files" / "inputs").iterdir())
    await again.stop()


async def test_what_was_left_is_taken_up_in_its_order_and_before_anything_new(tmp_path, session):
    """Runs that waited go first, also those that were not queued yet; those under way have failed, with the reason."""
    gateway = Gateway(tmp_path)
    await gateway.start()
    api = Api(gateway, session)
    gateway.faults.stall()
    ids = [await api.submit() for _ in range(3)]
    under_way = await api.submit()
    database = gateway._running.database

    def left(tables) -> None:
        tables.change(Run, ids[1], status="not-started", queued_at=None)
        tables.change(Run, under_way, status="running")

    await database.do(left)
    await gateway.stop()
    again = Gateway(tmp_path)
    await again.start()
    api = Api(again, session)
    ids.append(await api.submit())
    runs = [await api.ended(run_id) for run_id in ids]
    assert [run["status"] for run in runs] == ["success"] * 4
    assert [run["started_at"] for run in runs] == sorted(run["started_at"] for run in runs)
    assert all(run["queued_at"] for run in runs)
    assert (await api("GET", f"/run/{under_way}")).body["status"] == "failed"
    again.clock.advance(60)
    lines = (await api("GET", f"/v2/clickhouse-run-logs/{under_way}")).body
    assert "ended while this run was under way" in lines[-2]["log"]
    kept = await again._running.database.do(lambda tables: tables.find(Output, "run_id = ?", under_way))
    assert kept == []
    await again.stop()


async def test_a_run_whose_machine_is_gone_fails_with_the_reason(tmp_path, session):
    """At the next start, in place of waiting for ever."""
    from stationthis_sdk.local.rows.machines import Machine

    gateway = Gateway(tmp_path)
    await gateway.start()
    api = Api(gateway, session)
    gateway.faults.stall()
    run_id = await api.submit()
    machine_id = (await api("GET", f"/run/{run_id}")).body["machine_id"]
    await gateway._running.database.do(lambda tables: tables.remove(Machine, machine_id))
    await gateway.stop()
    again = Gateway(tmp_path)
    await again.start()
    assert (await Api(again, session).ended(run_id))["status"] == "failed"
    await again.stop()
