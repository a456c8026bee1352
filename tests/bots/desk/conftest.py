"""What the tests of the desk share: people, a platform that keeps what it is sent, and desks that are closed at the end."""

import asyncio
from collections.abc import AsyncIterator, Callable, Iterator
from typing import Any

import pytest

from stationthis_sdk import AsyncStationThis
from stationthis_sdk.bots.desk.desk import Desk
from stationthis_sdk.bots.desk.job import Job
from stationthis_sdk.bots.hooks import Hooks
from stationthis_sdk.bots.people import Place, User
from stationthis_sdk.testing import LocalGateway, SeenRun
from tests.bots.desk.platform import Platform
from tests.echo import GRAPH

PATIENCE = 45.0
ADA, BOB = User("telegram", "1", "Ada"), User("telegram", "2", "Bob")
HERE, THERE = Place("1", private=True), Place("2", private=True)
SMALL = {"steps": 1, "width": 64, "height": 64}


def pictures(count: int) -> dict[str, Any]:
    """A graph that makes so many pictures of the words it is given."""
    return {
        "1": {
            "class_type": "ComfyUIDeployExternalNumberInt",
            "inputs": {"input_id": "size", "default_value": 8, "display_name": "", "description": ""},
        },
        "2": {
            "class_type": "EmptyImage",
            "inputs": {"width": ["1", 0], "height": 8, "batch_size": count, "color": 255},
        },
        "3": {"class_type": "SaveImage", "inputs": {"images": ["2", 0], "filename_prefix": "x"}},
    }


async def until(reached: Callable[[], object]) -> None:
    """Wait until it is so."""
    async with asyncio.timeout(PATIENCE):
        while not reached():  # noqa: ASYNC110 - a condition of the test's own
            await asyncio.sleep(0.01)


async def runs_of(gateway: LocalGateway) -> tuple[SeenRun, ...]:
    """The runs as the gateway saw them."""
    return await asyncio.to_thread(gateway.runs)


async def ended(desk: Desk, job_id: str) -> Job:
    """The job, when it has ended and nothing is done for it any more."""
    async with asyncio.timeout(PATIENCE):
        while not (job := await desk.job(job_id)).ended or job_id in desk._courses:  # noqa: ASYNC110 - it is on disk
            await asyncio.sleep(0.01)
    return job


@pytest.fixture
def own() -> Iterator[LocalGateway]:
    """A gateway of the test's own, with deployments that repeat words, and that make eleven pictures."""
    with LocalGateway() as gateway:
        gateway.deploy("echo", GRAPH)
        gateway.deploy("eleven", pictures(11))
        yield gateway


@pytest.fixture
async def st(own: LocalGateway, tmp_path) -> AsyncIterator[AsyncStationThis]:
    """A client of it, with a data folder of its own."""
    async with own.async_client(home=tmp_path / "home") as client:
        yield client


@pytest.fixture
def platform() -> Platform:
    """A platform on which everything arrives."""
    return Platform()


Open = Callable[..., Any]


@pytest.fixture
async def open_desk(st: AsyncStationThis, platform: Platform) -> AsyncIterator[Open]:
    """Makes desks, and starts them unless told otherwise; closed at the end of the test."""
    made: list[Desk] = []

    async def opened(*, start: bool = True, sender: Any = None, at_once: int = 8, **hooks: Any) -> Desk:
        desk = Desk(st, sender or platform, Hooks(**hooks), bot="telegram:99", at_once=at_once)
        made.append(desk)
        if start:
            await desk.start()
        return desk

    yield opened
    for desk in made:
        await desk.close()


@pytest.fixture
async def desk(open_desk: Open) -> Desk:
    """A desk at work."""
    return await open_desk()
