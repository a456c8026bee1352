"""A grid that lives: it fills in, answers, and ends. The front end is a recorder; the batches are real."""

import asyncio
import time
from collections.abc import AsyncIterator, Mapping, Sequence
from typing import Any

import attrs
import pytest

from stationthis_sdk import AsyncStationThis
from stationthis_sdk.notebook.gallery.grid import _read
from stationthis_sdk.notebook.gallery.live import Live
from stationthis_sdk.notebook.gallery.seen import Seen
from tests.echo import GRAPH
from tests.fixtures import RunningGateway
from tests.notebook.safe import HOSTILE


@attrs.define
class Recorder:
    """A front end that keeps what it is told, and can say what it shows then."""

    told: list[tuple[Mapping[str, Any], Sequence[bytes]]] = attrs.Factory(list)

    def send(self, content: Mapping[str, Any], buffers: Sequence[bytes] = ()) -> None:
        """Keep it."""
        self.told.append((content, buffers))

    def of(self, kind: str) -> list[Mapping[str, Any]]:
        """All messages of a kind."""
        return [content for content, _ in self.told if content["kind"] == kind]

    @property
    def tiles(self) -> dict[int, dict[str, Any]]:
        """The page as it is seen: what was told last of each tile, and its picture."""
        seen: dict[int, dict[str, Any]] = {}
        for content, buffers in self.told:
            if content["kind"] == "page":
                seen = {place: {} for row in content["cells"] for cell in row for place in cell}
            for one in content.get("tiles", ()):
                if one["place"] in seen:
                    bytes_of = {"data": buffers[one["picture"]]} if "picture" in one else {}
                    seen[one["place"]] |= {**one, **bytes_of}
        return seen

    async def until(self, reached: Any, what: str) -> None:
        """Look again and again."""
        end = time.monotonic() + 45
        while not reached():
            assert time.monotonic() < end, f"{what} did not come"
            await asyncio.sleep(0.05)


@attrs.define
class Life:
    """A grid that lives, with its recorder."""

    live: Live
    front: Recorder
    seen: Seen
    tiles: Any
    copies: list[str]

    def say(self, **message: Any) -> None:
        """What a front end would say."""
        self.live.receive(message)

    async def ended(self) -> None:
        """Wait until nothing is done for it any more."""
        await self.front.until(lambda: self.live._task is not None and self.live._task.done(), "its end")


@pytest.fixture
async def lives() -> AsyncIterator[Any]:
    """Grids that live until the test's end."""
    made: list[Life] = []

    async def start(batch: Any, **axes: Any) -> Life:
        given = {"rows": None, "cols": None, "page": None} | axes
        tiles, layout = await _read(batch, **given)
        front, copies = Recorder(), []

        async def copy(_seconds: float) -> bool:
            copies.append(tiles.head()[0])
            return True

        seen = Seen(batch.name, tiles, layout, front, pixels=96)
        live = Live(tiles, seen, front, copy)
        live.start()
        made.append(Life(live, front, seen, tiles, copies))
        return made[-1]

    yield start
    for one in made:
        one.live.close()


@pytest.fixture
async def portrait(ast: AsyncStationThis) -> Any:
    """What draws."""
    return await ast.deployments.get("text-to-picture")


def rows(count: int, **more: Any) -> list[dict[str, Any]]:
    """Small pictures."""
    return [
        {"prompt": "a fox", "seed": seed, "steps": 1, "width": 64, "height": 48} | more
        for seed in range(count)
    ]


async def test_it_fills_in_while_the_batch_runs(lives: Any, portrait: Any) -> None:
    """Tiles are told of at once, pictures come as they are made, and when all is done a whole copy is drawn and it ends."""
    batch = await portrait.map(rows(6, width=256, height=256, steps=8), name="live-fills", wait=False)
    life = await lives(batch)
    life.say(kind="hello")
    await life.front.until(lambda: len(life.front.tiles) == 6, "the page")
    assert any(not tile["seen"] for tile in life.front.of("tiles")[0]["tiles"])
    await life.front.until(
        lambda: all(tile.get("data") for tile in life.front.tiles.values()), "the pictures"
    )
    await life.ended()
    assert {tile["state"] for tile in life.front.tiles.values()} == {"success"}
    assert all(tile["data"][8:12] == b"WEBP" for tile in life.front.tiles.values())
    head = life.front.of("head")
    assert head[0]["fraction"] is not None
    assert head[-1]["fraction"] is None
    assert life.copies[-1].startswith("6/6")
    told = [one for content in life.front.of("tiles") for one in content["tiles"] if "picture" in one]
    assert len(told) <= 12  # once, and once more for who said hello


async def test_a_front_end_that_can_not_speak_is_told_again(lives: Any, portrait: Any) -> None:
    """While a cell blocks the kernel nothing is heard of it: the page is told several times, and then it ends."""
    batch = await portrait.map(rows(2), name="live-silent")
    life = await lives(batch)
    await life.ended()
    assert len(life.front.of("page")) == 5
    assert all(tile["data"] for tile in life.front.tiles.values())


async def test_picks(lives: Any, portrait: Any, ast: AsyncStationThis) -> None:
    """A click is in the ledger, is told back, and changes the copy; another click takes it back; nonsense is nothing."""
    batch = await portrait.map(rows(3), name="live-picks")
    await batch.pick(range(3), picked=False)
    life = await lives(batch)
    life.say(kind="hello")
    await life.ended()
    copies = len(life.copies)
    life.say(kind="pick", place=1, picked=True)
    await life.front.until(lambda: life.front.tiles[1]["picked"], "the mark")
    assert [row.place async for row in (await ast.batches.get("live-picks")).rows() if row.picked] == [1]
    await life.ended()
    assert len(life.copies) == copies + 1
    assert life.front.of("head")[-1]["picked"] == 1
    for nonsense in (
        {},
        {"kind": "pick", "place": 99, "picked": True},
        {"kind": "pick", "place": "1"},
        {"kind": "page", "place": None},
        {"kind": "open", "place": -1},
    ):
        life.say(**nonsense)
    life.say(kind="pick", place=1, picked=False)
    await life.front.until(lambda: not life.front.tiles[1]["picked"], "its end")
    assert not [row async for row in batch.rows() if row.picked]


async def test_picks_of_all_pages_are_counted(lives: Any, portrait: Any, ast: AsyncStationThis) -> None:
    """Also those that somebody made elsewhere, of rows that are on another page."""
    batch = await portrait.map(rows(3), name="live-all-picks")
    await batch.pick(range(3), picked=False)
    life = await lives(batch, page="seed")
    assert len(life.seen._layout.pages) == 3
    life.say(kind="hello")
    await life.ended()
    await (await ast.batches.get("live-all-picks")).pick([1, 2])
    life.say(kind="pick", place=0, picked=True)
    await life.front.until(lambda: life.front.of("head")[-1]["picked"] == 3, "the count")
    life.say(kind="pick", place=0, picked=False)
    await life.front.until(lambda: life.front.of("head")[-1]["picked"] == 2, "the count")


async def test_a_click_shows_how_it_was_made(lives: Any, portrait: Any) -> None:
    """Inputs, seed, cost, duration and run id, and the picture as large as it is."""
    batch = await portrait.map(rows(1, prompt=HOSTILE[0], width=256, height=256), name="live-opens")
    life = await lives(batch)
    life.say(kind="hello")
    life.say(kind="open", place=0)
    await life.front.until(lambda: life.front.of("detail"), "the details")
    detail = life.front.of("detail")[0]
    assert ["prompt", HOSTILE[0]] in detail["inputs"]
    assert ["seed", "0"] in detail["inputs"]
    row = await batch.row(0)
    lines = dict(map(tuple, detail["lines"]))
    assert lines["run"] == row.run_id
    assert lines["cost"] == "$0.00"
    assert lines["took"]
    [medium] = detail["media"]
    assert medium["size"] == "256 × 256"
    assert medium["address"].startswith("http")


async def test_pages(lives: Any, portrait: Any) -> None:
    """Another page is told whole; only its pictures are held; a page that is not there is the last one."""
    batch = await portrait.map(rows(2) + rows(2, steps=2), name="live-pages")
    life = await lives(batch, rows="seed")
    life.say(kind="hello")
    await life.ended()
    first = life.front.of("page")[-1]
    assert (first["titles"], first["page"], first["rowsName"]) == (["steps 1", "steps 2"], "steps 1", "seed")
    life.say(kind="page", place=7)
    await life.front.until(lambda: life.front.of("page")[-1]["number"] == 1, "the page")
    await life.front.until(
        lambda: all(tile.get("data") for tile in life.front.tiles.values()), "its pictures"
    )
    assert set(life.front.tiles) == {2, 3} == set(life.seen._shots)


async def test_nobody_looks(lives: Any, portrait: Any) -> None:
    """When its last view is gone it asks nobody any more, though the batch runs; and goes on when somebody is back."""
    long = {"prompt": "a walk without end", "seed": 1, "steps": 60, "width": 1024, "height": 1024}
    batch = await portrait.map([long], name="live-nobody", wait=False)
    life = await lives(batch)
    life.say(kind="hello")
    await life.front.until(lambda: life.front.tiles, "the page")
    life.say(kind="bye")
    await life.ended()
    assert batch.state == "running"
    life.say(kind="hello")
    await life.front.until(lambda: len(life.front.of("page")) > 2, "the page again")
    await batch.cancel()
    await life.front.until(lambda: "cancelled" in life.front.of("head")[-1]["text"], "its end")
    await life.ended()


async def test_a_batch_of_another_process(
    lives: Any, ast: AsyncStationThis, portrait: Any, gateway: RunningGateway
) -> None:
    """What another client has at work fills in here, from the ledger."""
    batch = await portrait.map(rows(5, width=256, height=256, steps=10), name="live-other", wait=False)
    async with AsyncStationThis(gateway.key, gateway.base_url) as other:
        life = await lives(await other.batches.get("live-other"))
        life.say(kind="hello")
        await life.front.until(
            lambda: (
                len(life.front.tiles) == 5 and all(tile.get("data") for tile in life.front.tiles.values())
            ),
            "pictures",
        )
        await life.ended()
        assert life.copies[-1].startswith("5/5")
    await batch.wait()


async def test_a_batch_that_is_forgotten(lives: Any, portrait: Any) -> None:
    """It is said, and nothing goes on."""
    batch = await portrait.map(rows(1), name="live-forgotten")
    life = await lives(batch)
    life.say(kind="hello")
    await life.ended()
    await batch.forget()
    life.say(kind="pick", place=0, picked=True)
    await life.front.until(lambda: life.front.of("said"), "a word")
    await life.ended()
    assert "live-forgotten" in life.front.of("said")[0]["text"]


async def test_texts_and_things_without_outputs(
    lives: Any, ast: AsyncStationThis, gateway: RunningGateway
) -> None:
    """A text is said in place of a picture, as text."""
    await asyncio.to_thread(gateway.deploy, "gallery-echo", GRAPH)
    batch = await (await ast.deployments.get("gallery-echo")).map([{"words": HOSTILE[1]}], name="live-texts")
    life = await lives(batch, cols="words")
    life.say(kind="hello")
    await life.front.until(lambda: life.front.tiles.get(0, {}).get("note") == HOSTILE[1], "the text")
    assert life.front.of("page")[-1]["cols"] == [HOSTILE[1]]
