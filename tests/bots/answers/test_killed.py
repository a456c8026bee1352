"""A bot whose process is killed or stopped while it cooks: the next one goes on, and the host is told of each run."""

import contextlib
import sqlite3
from pathlib import Path

import pytest

from tests.batches.programs import STARTED, start
from tests.processes import Service, end, free_port

pytestmark = [pytest.mark.slow, pytest.mark.timeout(300)]

# "Not there" counts after a moment here.
BOT = """
import asyncio, signal, sys
from pathlib import Path
from stationthis_sdk import AsyncStationThis, Collection, settling
from stationthis_sdk.bots.answers.answering import answer
from stationthis_sdk.bots.answers.cooking import cook_name, kitchen_of
from stationthis_sdk.bots.answers.taking_up import take_up
from stationthis_sdk.bots.commands.catalogue import Catalogue
from stationthis_sdk.bots.desk.desk import Desk
from stationthis_sdk.bots.hooks import Hooks
from tests.bots.answers.conftest import ADA, asks, file
from tests.bots.desk.platform import Platform

settling.GRACE = 2.0
settling.LONGEST_POST = 1.0
folder, first = Path(sys.argv[1]), sys.argv[2] == "first"
YAML = '''
name: foxes
workflow: text-to-picture
unique: false
inputs: {prompt: "a [[Fur]] fox", steps: 10, width: 256, height: 256}
categories: {Fur: [red, white]}
supply: 12
'''

def settle(user, run, key):
    with (folder / "settled").open("a") as file:
        print(user.key, run.id, key, file=file, flush=True)

async def main():
    asyncio.get_running_loop().add_signal_handler(signal.SIGTERM, asyncio.current_task().cancel)
    platform = Platform()
    async with AsyncStationThis() as st:
        desk = Desk(st, platform, Hooks(settle=settle), bot="telegram:99")
        await desk.start()
        await take_up(desk)
        await take_up(desk)
        if first:
            hares = Collection("hares", "text-to-picture", {"prompt": "a [[Fur]] hare"}, {"Fur": ["red", "blue"]}, supply=40, unique=False)
            await st.collections.cook(hares, budget=5, without_rate=True, wait=False)
            given = file(YAML.encode(), "foxes.yaml", None)
            print(await answer(desk, Catalogue(st, platform.limits), asks("collections", "budget=5", attachments=(given,))), flush=True)
        while True:
            cook = await st.collections.get(cook_name(ADA, "foxes"))
            print(cook.state, cook.progress.ended, flush=True)
            told = all(one.done() for one in kitchen_of(desk)._followers.values()) and not desk._courses
            if cook.state == "done" and told and not await desk._ledger.unsettled():
                break
            await asyncio.sleep(0.05)
        print((await st.collections.get("hares")).state, flush=True)
        await desk.close()

asyncio.run(main())
"""


@pytest.mark.parametrize("how", ["killed", "stopped"])
def test_a_cook_goes_on_and_its_runs_are_settled(how: str, tmp_path: Path) -> None:
    """With SIGKILL and with SIGTERM. What somebody else cooks on this machine is left alone, and nobody is told of it."""
    service = Service(tmp_path / "service", free_port(), "")
    service.start()
    try:
        environment = service.environment(tmp_path / "home")
        bot = start(BOT, environment, tmp_path, "first")
        for line in bot.stdout:
            if line.startswith("running ") and int(line.split()[1]) >= 2:
                break
        else:
            raise AssertionError(bot.stderr.read()[-3000:])
        if how == "stopped":
            bot.terminate()
            bot.wait(45)
        end(bot)
        again = start(BOT, environment, tmp_path, "again")
        out, err = again.communicate(timeout=150)
        assert out.splitlines()[-2:] == ["done 12", "paused"], err[-3000:]
        with contextlib.closing(sqlite3.connect(service.data / "gateway.sqlite")) as database:
            query = "SELECT id, status FROM runs WHERE workflow_inputs LIKE '%fox%'"
            runs = dict(database.execute(query).fetchall())
        settled = {line.split()[1] for line in (tmp_path / "settled").read_text().splitlines()}
        assert settled == {*runs}
        assert list(runs.values()).count("success") == 12
        assert how == "stopped" or len(runs) == 12
    finally:
        service.kill()
        while STARTED:
            end(STARTED.pop())
