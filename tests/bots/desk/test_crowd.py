"""Two hundred users at once on one process: nobody waits for another's run, everyone gets their own result."""

import asyncio
import sys
import time
from pathlib import Path

import attrs
import pytest

from stationthis_sdk import AsyncStationThis
from stationthis_sdk.bots.desk.desk import Desk
from stationthis_sdk.bots.people import Place, User
from tests.bots.desk.conftest import ended
from tests.bots.desk.platform import QUICK, Platform
from tests.fixtures import RunningGateway

USERS = 200


@pytest.mark.slow
@pytest.mark.timeout(300)
async def test_two_hundred_users_at_once(gateway: RunningGateway, tmp_path: Path) -> None:
    """200 users ask at once: the detector of blocking calls finds nothing, each picture is of its own seed and in its chat."""
    platform = Platform(limits=attrs.evolve(QUICK, a_chat=0.5))
    async with AsyncStationThis(gateway.key, gateway.base_url, home=tmp_path) as st:
        desk = Desk(st, platform, bot="telegram:99", at_once=32)
        await desk.start()
        try:
            await _serve_all(desk, platform)
        finally:
            await desk.close()


async def _serve_all(desk: Desk, platform: Platform) -> None:
    longest, over = 0.0, False

    async def heartbeat() -> None:
        nonlocal longest
        while not over:
            began = time.perf_counter()
            await asyncio.sleep(0.005)
            longest = max(longest, time.perf_counter() - began - 0.005)

    heart = asyncio.create_task(heartbeat())
    people = [User("telegram", str(at)) for at in range(USERS)]
    began = time.perf_counter()
    jobs = await asyncio.gather(
        *(
            desk.ask(
                user,
                Place(user.id, private=True),
                "text-to-picture",
                {
                    "prompt": f"a fox for {user.id}",
                    "seed": int(user.id),
                    "steps": 1,
                    "width": 64,
                    "height": 64,
                },
                key=f"update {user.id}",
            )
            for user in people
        )
    )
    asked = time.perf_counter() - began
    for job in jobs:
        assert (await ended(desk, job.id)).state == "done"
    over = True
    await heart
    took = time.perf_counter() - began
    sys.stderr.write(
        f"\n200 users: asked in {asked:.1f} s, all delivered in {took:.1f} s, longest loop block {longest * 1000:.0f} ms\n"
    )
    assert sorted(int(one.chat) for one in platform.sent) == [*range(USERS)]
    assert len({one.contents[0] for one in platform.sent}) == USERS
    assert len(set(platform.removed)) == USERS
    for job in jobs:
        assert job.inputs["seed"] == int(job.user.id)
        assert platform.chats[job.status_message] == job.user.id
