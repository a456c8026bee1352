"""T7: a bot whose process is killed at any moment. The next one goes on: one run, each part once, settled with one key."""

import contextlib
import json
import random
import sqlite3
import time
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.batches.programs import STARTED, start
from tests.bots.desk.conftest import pictures
from tests.processes import Service, end, free_port

pytestmark = [pytest.mark.slow, pytest.mark.timeout(300)]

# "Not there" counts after a moment here.
BOT = """
import asyncio, sys
from pathlib import Path
from stationthis_sdk import AsyncStationThis, settling
from stationthis_sdk.bots.desk.desk import Desk
from stationthis_sdk.bots.hooks import Hooks
from stationthis_sdk.bots.people import Place, User
from tests.bots.desk.platform import Platform

settling.GRACE = 2.0
settling.LONGEST_POST = 1.0
folder, how, deployment = Path(sys.argv[1]), sys.argv[2], sys.argv[3]
ADA = User("telegram", "1", "Ada")
INPUTS = {"eleven": {}, "text-to-picture": {"prompt": "a fox", "steps": 30, "width": 512, "height": 512}}

def settle(user, run, key):
    with (folder / "settled").open("a") as file:
        print(key, run.id, run.state, user.key, file=file)

async def begun_elsewhere(st):
    # nobody's here, the same for every process
    kept = folder / "begun"
    if not kept.exists():
        submit = (await st.deployments.get(deployment)).options(on_interrupt="detach").submit
        kept.write_text((await submit(INPUTS[deployment])).id)
    return await st.runs.get(kept.read_text())

async def taken(st, desk):
    if how == "adopts":
        return await desk.adopt(ADA, Place("1", private=True), await begun_elsewhere(st), key="the same", name="foxes")
    if how == "charges":
        run = await begun_elsewhere(st)
        await desk.charge(ADA, run.id, deployment)
        return await desk.job((await desk._ledger.of_asked(f"run:{run.id}")).id)
    return await desk.ask(ADA, Place("1", private=True), deployment, INPUTS[deployment], key="the same")

async def main():
    platform = Platform(log=folder / "arrived", hangs_after=1 if how == "hangs" else 0)
    async with AsyncStationThis() as st:
        desk = Desk(st, platform, Hooks(settle=settle), bot="telegram:99")
        if how != "only asks":
            await desk.start()
        job = await taken(st, desk)
        print("asked", flush=True)
        said = set()
        while not (job := await desk.job(job.id)).ended or await desk._ledger.unsettled():
            progress = desk.progress_of(job.id)
            what = job.state if job.state != "live" or progress is None else progress.phase
            row = desk._courses[job.id].row if job.id in desk._courses else None
            if "sending" in said and what == "sending" and row is not None and await desk._ledger.submit(row.submit_id):
                what = "posting"
            if what not in said:
                said.add(what)
                print(what, flush=True)
            await asyncio.sleep(0.01)
        print("over", job.state, flush=True)
        await desk.close()

asyncio.run(main())
"""


@pytest.fixture
def service(tmp_path: Path) -> Iterator[Service]:
    """A gateway in a process of its own, which outlives the bots."""
    made = Service(tmp_path / "service", free_port(), "")
    made.start()
    made.deploy("eleven", pictures(11))
    yield made
    made.kill()
    while STARTED:
        end(STARTED.pop())


def runs_on(service: Service) -> list[str]:
    """The ids of all runs, as the gateway has written them down itself."""
    with contextlib.closing(sqlite3.connect(service.data / "gateway.sqlite")) as database:
        return [run_id for (run_id,) in database.execute("SELECT id FROM runs")]


def killed_when(service: Service, folder: Path, said: str, how: str, deployment: str) -> None:
    """Start a bot, and kill it as soon as it says this."""
    bot = start(BOT, service.environment(folder / "home"), folder, how, deployment)
    for line in bot.stdout:
        if line.strip() == said:
            break
    else:
        raise AssertionError(bot.stderr.read()[-3000:])
    end(bot)


def goes_on(service: Service, folder: Path, deployment: str, how: str = "works") -> None:
    """Start it once more, and let it come to its end: everything is there, and there once."""
    bot = start(BOT, service.environment(folder / "home"), folder, how, deployment)
    out, err = bot.communicate(timeout=120)
    assert out.splitlines()[-1:] == ["over done"], err[-3000:]
    [run_id] = runs_on(service)
    assert how != "charges" or not (folder / "arrived").exists()
    arrived = [] if how == "charges" else (folder / "arrived").read_text().splitlines()
    arrived = [json.loads(line) for line in arrived]
    assert len({one["key"] for one in arrived}) == len(arrived)
    names = [name for one in arrived for name in one["names"]]
    assert len(names) == (0 if how == "charges" else {"eleven": 11, "text-to-picture": 1}[deployment])
    settled = set((folder / "settled").read_text().splitlines())
    assert settled == {f"{run_id} {run_id} success telegram:1"}


@pytest.mark.parametrize(
    ("said", "how", "deployment"),
    [
        ("asked", "only asks", "eleven"),
        ("asked", "works", "text-to-picture"),
        ("sending", "works", "text-to-picture"),
        ("posting", "works", "text-to-picture"),
        ("execution", "works", "text-to-picture"),
        ("delivering", "works", "eleven"),
        ("hangs", "hangs", "eleven"),
    ],
)
def test_killed_at(said: str, how: str, deployment: str, service: Service, tmp_path: Path) -> None:
    """SIGKILL after it was written down, while it is sent, while it runs, before its delivery, in the middle of it."""
    if said in {"sending", "posting"}:
        service.kill()
        service.faults = "slow=1.0,seconds=1.5"
        service.start()
    killed_when(service, tmp_path, said, how, deployment)
    goes_on(service, tmp_path, deployment)


@pytest.mark.parametrize("how", ["adopts", "charges"])
@pytest.mark.parametrize("said", ["asked", "execution"])
def test_killed_with_a_run_begun_elsewhere(said: str, how: str, service: Service, tmp_path: Path) -> None:
    """SIGKILL once a run is adopted, or charged, and while it runs: the next process delivers it once, or nothing; it is settled."""
    killed_when(service, tmp_path, said, how, "text-to-picture")
    goes_on(service, tmp_path, "text-to-picture", how)


@pytest.mark.parametrize("seed", [1, 2, 3])
def test_killed_again_and_again(seed: int, service: Service, tmp_path: Path) -> None:
    """SIGKILL at moments drawn by lot, ten times: in the end one run, eleven pictures, each once."""
    dice = random.Random(seed)
    for _ in range(10):
        bot = start(BOT, service.environment(tmp_path / "home"), tmp_path, "works", "eleven")
        assert bot.stdout.readline()
        time.sleep(dice.uniform(0.0, 0.4))
        over = bot.poll() is not None
        end(bot)
        if over:
            break
    goes_on(service, tmp_path, "eleven")
