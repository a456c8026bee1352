"""The gateway for people's own tests, as a context manager."""

import asyncio
import gc
import multiprocessing
import socket
import subprocess
import sys
import tempfile
import threading
import unittest
from urllib.parse import urlsplit

import pytest

from stationthis_sdk import StationThis
from stationthis_sdk.errors import AuthError, NotFound, RateLimited
from stationthis_sdk.testing import LocalGateway, SeenRun, local_gateway

SMALL = {"prompt": "a test", "seed": 1, "steps": 1, "width": 64, "height": 64}
GREET = {
    "1": {"class_type": "ComfyUIDeployExternalText", "inputs": {"input_id": "name", "default_value": "nobody"}},
    "2": {"class_type": "ComfyDeployOutputText", "inputs": {"text": ["1", 0], "filename_prefix": "x", "file_type": "txt", "output_id": "greeting"}},
}  # fmt: skip


def test_what_the_gateway_saw():
    """Each run with its inputs as they were given, without what the SDK adds."""
    with local_gateway() as gateway:
        run = gateway.client().deployments["text-to-picture"](**SMALL)
        assert gateway.runs() == (
            SeenRun(
                id=run.id,
                deployment="text-to-picture",
                environment="production",
                inputs=SMALL,
                state="success",
                error=None,
                gpu="CPU",
                webhook=None,
            ),
        )


def test_a_graph_of_one_s_own():
    """Deployed by its name; the same name again is the same deployment with the new graph."""
    with local_gateway() as gateway:
        one = gateway.deploy("greet", GREET)
        st = gateway.client()
        assert st.deployments["greet"](name="Ada").outputs["greeting"].text() == "Ada"
        other = {**GREET, "1": {**GREET["1"], "inputs": {"input_id": "name", "default_value": "somebody"}}}
        assert gateway.deploy("greet", other) == one
        assert gateway.deploy("greet", GREET, environment="staging") != one
        with gateway.client() as again:
            assert again.deployments["greet"]().outputs["greeting"].text() == "somebody"


@pytest.mark.parametrize(
    ("wrong", "said"),
    [
        ({"graph": {}}, "graph is ComfyUI's API format"),
        ({"graph": {"nodes": []}}, "graph is ComfyUI's API format"),
        ({"graph": GREET, "machine": "gpu"}, "no machine 'gpu'; there are classic-machine, this-machine"),
        (
            {"graph": GREET, "environment": "prod"},
            "environment is one of production, staging, preview, not 'prod'",
        ),
    ],
)
def test_what_cannot_be_deployed_is_said(wrong, said):
    """In one line, before anything is made."""
    with local_gateway() as gateway:
        with pytest.raises(ValueError, match=said):
            gateway.deploy("greet", **wrong)
        assert len(gateway.client().deployments.list()) == 4


def test_clock_and_faults_are_in_hand():
    """A stalled run is over when the clock says so; refusals are what they are asked to be."""
    with local_gateway() as gateway:
        gateway.faults.stall(at="running", times=1)
        st = gateway.client()
        run = st.deployments["text-to-picture"].submit(**SMALL)
        gateway.until(lambda: gateway.runs()[0].state == "running")
        gateway.clock.advance(301)
        gateway.until(lambda: gateway.runs()[0].state == "timeout")
        assert "took longer than its 300 s" in gateway.runs()[0].error
        assert run.refresh().state == "timeout"
        gateway.faults.refuse(429, retry_after=0)
        with pytest.raises(RateLimited):
            st.deployments["text-to-picture"].submit(**SMALL)
        assert {fault.kind for fault in gateway.faults.seen} == {"stall", "refuse"}


def test_answers_that_are_lost_cost_no_second_run():
    """The SDK gets through lost answers to its reads, and finds the run whose submit's answer was lost: it is one."""
    with local_gateway() as gateway:
        gateway.faults.drop_answers(0.2, seed=1, method="GET")
        assert gateway.client().deployments["text-to-picture"](**SMALL).state == "success"
        gateway.faults.clear()
        gateway.faults.drop_answers(times=1, method="POST")
        assert gateway.client().deployments["text-to-picture"](**SMALL).state == "success"
        assert len(gateway.runs()) == 2


def test_webhooks_arrive():
    """At an address of the gateway's own."""
    with local_gateway() as gateway:
        st = gateway.client()
        deployment = st.deployments["text-to-picture"]
        body = {"deployment_id": deployment.id, "inputs": SMALL, "webhook": gateway.webhook_url}
        import json
        import urllib.request

        headers = {"Authorization": f"Bearer {gateway.key}", "Content-Type": "application/json"}
        url = f"{gateway.base_url}/run/deployment/queue"
        with urllib.request.urlopen(urllib.request.Request(url, json.dumps(body).encode(), headers)):
            pass
        gateway.until(lambda: len(gateway.webhooks) == 4)
        assert {told["status"] for told in gateway.webhooks} == {"queued", "started", "running", "success"}


def test_more_people():
    """Each key sees its own; a wrong one is refused."""
    with local_gateway() as gateway:
        other = gateway.client(gateway.add_key("ann", "acme"))
        assert other.deployments.list() == []
        with pytest.raises(NotFound):
            other.deployments.get("text-to-picture")
        with pytest.raises(AuthError):
            gateway.client("wrong").deployments.list()


async def test_coroutines():
    """The asynchronous client, in the loop of the test."""
    gateway = await asyncio.to_thread(LocalGateway().start)
    try:
        async with gateway.async_client() as st:
            portrait = await st.deployments.get("text-to-picture")
            assert (await portrait(**SMALL)).state == "success"
    finally:
        await asyncio.to_thread(gateway.stop)


def test_a_subprocess_finds_it():
    """By its environment alone, without the settings of whoever tests."""
    code = "from stationthis_sdk import StationThis; print(len(StationThis().deployments.list()))"
    with local_gateway() as gateway:
        done = subprocess.run(
            [sys.executable, "-c", code],
            env=gateway.environment(),
            capture_output=True,
            text=True,
            check=True,
        )
        assert done.stdout == "4\n"
        assert gateway.key not in repr(gateway)


def _new_threads(before: set[threading.Thread]) -> set[str]:
    """The gateway's own; those that see off an idle engine process and keep the client's copies stay for the next one."""
    threads = set(threading.enumerate()) - before
    names = {thread.name for thread in threads if thread.name.startswith("stationthis-")}
    return names - {"stationthis-engine-end", "stationthis-cache_0", "stationthis-ledger_0"}


def test_nothing_stays_behind(tmp_path, monkeypatch):
    """No folder, no thread, no socket, also when the test fails in the midst of a run."""
    monkeypatch.setattr(tempfile, "tempdir", str(tmp_path))
    before = set(threading.enumerate())  # other tests of this process leave theirs
    gateway = LocalGateway()
    ports = []

    def fails() -> None:
        with gateway:
            gateway.client().deployments["text-to-picture"].submit(**{**SMALL, "steps": 60, "width": 1024})
            ports.append(urlsplit(gateway.base_url).port)
            raise ZeroDivisionError

    with pytest.raises(ZeroDivisionError):
        fails()
    gc.collect()
    assert not list(tmp_path.glob("stationthis-testing-*"))
    assert _new_threads(before) == set()
    with socket.socket() as probe:
        assert probe.connect_ex(("127.0.0.1", ports[0])) != 0
    gateway.stop()
    with pytest.raises(RuntimeError, match="does not run any more"):
        gateway.client()
    assert len(gateway.runs()) == 1
    with pytest.raises(RuntimeError, match="make another LocalGateway"):
        gateway.start()


def test_one_that_was_not_started_says_so():
    """In one line."""
    with pytest.raises(RuntimeError, match="use it in a with block"):
        LocalGateway().client()
    assert repr(LocalGateway()) == "<LocalGateway not started>"


def test_several_at_once_know_nothing_of_each_other():
    """Own ports, own keys, own runs."""
    with local_gateway() as one, local_gateway() as two:
        assert one.base_url != two.base_url
        one.client().deployments["text-to-picture"](**SMALL)
        assert two.runs() == ()
        with pytest.raises(AuthError):
            two.client(one.key).deployments.list()


def _in_a_child(gateway: LocalGateway) -> None:
    with StationThis(gateway.key, gateway.base_url) as st:
        assert st.deployments["text-to-picture"](**SMALL).state == "success"
    gateway.stop()  # leaves its parent's alone


@pytest.mark.filterwarnings("ignore:.*fork:DeprecationWarning")
def test_a_forked_child_uses_it():
    """And leaves it running when it ends."""
    with local_gateway() as gateway:
        gateway.client().deployments.list()
        child = multiprocessing.get_context("fork").Process(target=_in_a_child, args=(gateway,))
        child.start()
        child.join(45)
        assert child.exitcode == 0
        assert gateway.client().deployments["text-to-picture"](**SMALL).state == "success"
        assert len(gateway.runs()) == 2


def test_waiting_ends():
    """With one line, when it is never so."""
    with local_gateway() as gateway, pytest.raises(TimeoutError, match=r"not so within 0\.05 s"):
        gateway.until(lambda: False, 0.05)


class UnitTest(unittest.TestCase):
    """As unittest uses it."""

    def setUp(self) -> None:
        """A gateway for each test."""
        self.gateway = LocalGateway()
        self.gateway.start()
        self.addCleanup(self.gateway.stop)

    def test_a_pipeline(self) -> None:
        """Its clean-up is a plain call."""
        assert self.gateway.client().deployments["text-to-picture"](**SMALL).state == "success"
