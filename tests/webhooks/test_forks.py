"""A receiver that was made before a fork, as with gunicorn's --preload: each child has claims and a ledger of its own."""

import subprocess
import sys
from collections import Counter
from pathlib import Path

import pytest

from stationthis_sdk.testing import LocalGateway
from tests.webhooks.conftest import body

SUBMITS = """
from stationthis_sdk import StationThis
from stationthis_sdk.webhooks import url_for

with StationThis() as st:
    echo = st.deployments["echo"].options(webhook=url_for("http://127.0.0.1:9/hook", st))
    for run in [echo.submit(words=str(at)) for at in range(6)]:
        run.wait()
"""

ASYNC = """
import asyncio, os, subprocess, sys
from stationthis_sdk import AsyncStationThis
from stationthis_sdk.webhooks import AsyncReceiver

told, submits, use_before, content = sys.argv[1:]

async def final(run):
    with open(told, "a") as file:
        file.write(run.id + "\\n")
    await asyncio.sleep(0.5)  # the other one has all the time to take it on as well

async def before():
    url = await receiver.url_for("http://127.0.0.1:9/hook")
    assert (await receiver.handle(content.encode(), url)).status == 200
    async with receiver:
        await asyncio.sleep(0.1)

async def after():
    async with asyncio.timeout(60):
        url = await receiver.url_for("http://127.0.0.1:9/hook")
        assert (await receiver.handle(content.encode(), url)).status == 200
        print(await receiver.resume(), flush=True)

receiver = AsyncReceiver(AsyncStationThis(), on_final=final)
if use_before == "yes":
    asyncio.run(before())
"""

PLAIN = """
import os, subprocess, sys, time
from stationthis_sdk import StationThis
from stationthis_sdk.webhooks import Receiver

told, submits, use_before, content = sys.argv[1:]

def final(run):
    with open(told, "a") as file:
        file.write(run.id + "\\n")
    time.sleep(0.1)

receiver = Receiver(StationThis(), on_final=final)
url = receiver.url_for("http://127.0.0.1:9/hook")
if use_before == "yes":
    assert receiver.handle(content.encode(), url).status == 200

def work():
    assert receiver.handle(content.encode(), url).status == 200
    print(receiver.resume(), flush=True)
"""

FORKS = """
subprocess.run([sys.executable, "-c", submits], check=True)
children = []
for _ in range(2):
    if (child := os.fork()) == 0:
        {work}
        os._exit(0)
    children.append(child)
assert [os.waitpid(child, 0)[1] for child in children] == [0, 0]
"""


@pytest.mark.slow
@pytest.mark.parametrize(
    ("made", "work", "use_before"),
    [
        (ASYNC, "asyncio.run(after())", "no"),
        (ASYNC, "asyncio.run(after())", "yes"),
        (PLAIN, "work()", "yes"),
    ],
    ids=["unused", "used", "plain"],
)
def test_two_children_of_one_receiver_tell_each_end_once(
    gateway: LocalGateway, tmp_path: Path, made: str, work: str, use_before: str
) -> None:
    """Used before the fork or not: both take webhooks and work, and none tells what the other has."""
    told = tmp_path / "told"
    script = made + FORKS.format(work=work)
    command = [sys.executable, "-W", "ignore", "-c", script, str(told), SUBMITS, use_before]
    done = subprocess.run(
        [*command, body(status="queued").decode()],
        env=gateway.environment(),
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    ends = Counter(told.read_text().split())
    assert ends == dict.fromkeys([run.id for run in gateway.runs()], 1)
    assert sum(int(count) for count in done.stdout.split()) == 6
