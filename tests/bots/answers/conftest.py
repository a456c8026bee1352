"""What the tests of answers share: a desk at work on a gateway of the test's own, its commands, and what people ask."""

import asyncio
import io
import itertools
import zipfile
from collections.abc import AsyncIterator, Callable, Iterator
from typing import Any

import attrs
import numpy as np
import pytest
from PIL import Image

from stationthis_sdk import AsyncStationThis
from stationthis_sdk.bots.answers.answering import answer, press
from stationthis_sdk.bots.answers.reply import Reply
from stationthis_sdk.bots.commands.catalogue import Catalogue
from stationthis_sdk.bots.desk.desk import Desk
from stationthis_sdk.bots.desk.job import Job
from stationthis_sdk.bots.hooks import Hooks
from stationthis_sdk.bots.people import Asked, Attachment, Place, Pressed, User
from stationthis_sdk.bots.render.limits import DISCORD
from stationthis_sdk.testing import LocalGateway, SeenRun
from tests.bots.desk.platform import Platform

PATIENCE = 45.0
ADA, BOB = User("telegram", "1", "Ada"), User("telegram", "2", "Bob", "de")
HERE, THERE = Place("1", private=True), Place("2", private=True)
SMALL = "steps=1 width=64 height=64"
_count = itertools.count(1)


def png(seed: int = 0, size: tuple[int, int] = (64, 64)) -> bytes:
    """A picture of its own for each seed."""
    coarse = np.random.default_rng(seed).integers(0, 256, (6, 6, 3), dtype=np.uint8)
    stream = io.BytesIO()
    Image.fromarray(coarse).resize(size, Image.Resampling.BICUBIC).save(stream, "PNG")
    return stream.getvalue()


def file(content: bytes, name: str = "photo.png", mime: str | None = "image/png") -> Attachment:
    """A file of a chat."""

    async def read() -> bytes:
        return content

    return Attachment(name, mime, len(content), read)


def zipped(files: dict[str, bytes]) -> bytes:
    """A ZIP of these."""
    stream = io.BytesIO()
    with zipfile.ZipFile(stream, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, content in files.items():
            archive.writestr(name, content)
    return stream.getvalue()


def asks(command: str, text: str = "", **more: Any) -> Asked:
    """One command as it came."""
    given = {"user": ADA, "place": HERE, "key": f"u{next(_count)}"} | more
    return Asked(command, text=text, **given)


@attrs.frozen
class Bot:
    """A desk with its commands, and what stands around it."""

    st: AsyncStationThis
    gateway: LocalGateway
    platform: Platform
    desk: Desk
    catalogue: Catalogue

    async def answer(self, command: str, text: str = "", **more: Any) -> Reply | None:
        return await answer(self.desk, self.catalogue, asks(command, text, **more))

    async def press(self, verb: str, job: Job, user: User = ADA, key: str | None = None) -> Reply | None:
        pressed = Pressed(f"st:{verb}:{job.id}", user, HERE, key or f"u{next(_count)}")
        return await press(self.desk, self.catalogue, pressed)

    async def runs(self) -> tuple[SeenRun, ...]:
        return await asyncio.to_thread(self.gateway.runs)

    async def deploy(self, name: str, graph: dict[str, Any]) -> None:
        await asyncio.to_thread(self.gateway.deploy, name, graph)
        await self.st.deployments.list(refresh=True)
        await self.catalogue.refresh()

    async def ended(self, user: User = ADA) -> Job:
        """The last job, when it has ended."""
        async with asyncio.timeout(PATIENCE):
            while not (job := await self.desk.last(user)).ended or job.id in self.desk._courses:  # noqa: ASYNC110 - on disk
                await asyncio.sleep(0.01)
        return job

    async def all_ended(self, user: User = ADA) -> list[Job]:
        async with asyncio.timeout(PATIENCE):
            while await self.desk.jobs(user) or self.desk._courses:  # noqa: ASYNC110 - likewise
                await asyncio.sleep(0.01)
        return await self.desk.jobs(user, live=False)


@pytest.fixture
def own() -> Iterator[LocalGateway]:
    """A gateway of the test's own."""
    with LocalGateway() as gateway:
        yield gateway


@pytest.fixture
async def opened(own: LocalGateway, tmp_path: Any) -> AsyncIterator[Callable[..., Any]]:
    """Makes bots, with hooks if they are given; closed at the end of the test."""
    made: list[Desk] = []
    async with own.async_client(home=tmp_path / "home") as st:

        async def open_(*, discord: bool = False, start: bool = True, **hooks: Any) -> Bot:
            platform = Platform()
            desk = Desk(st, platform, Hooks(**hooks), bot="telegram:99")
            made.append(desk)
            if start:
                await desk.start()
            catalogue = Catalogue(st, DISCORD if discord else platform.limits)
            await catalogue.refresh()
            return Bot(st, own, platform, desk, catalogue)

        yield open_
        for desk in made:
            await desk.close()


@pytest.fixture
async def bot(opened: Callable[..., Any]) -> Bot:
    """A bot at work, without hooks."""
    return await opened()
