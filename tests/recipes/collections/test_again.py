"""Pieces made again: which, as what, and never one that somebody has paid for already."""

import asyncio
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import pytest

from stationthis_sdk import AsyncCook, AsyncStationThis, Category, Collection, InvalidInput, Range
from tests.batches.programs import GRAPH
from tests.fast_service import FastService
from tests.fixtures import RunningGateway
from tests.recipes.collections.samples import SIZE, foxes


@pytest.fixture
async def cook(client: AsyncStationThis) -> AsyncCook:
    """Four foxes, made."""
    made: AsyncCook = await foxes().cook(client, seed=1)
    return made


@pytest.fixture
async def quick(fast: FastService, tmp_path: Path) -> AsyncIterator[AsyncStationThis]:
    """A client of the fast service."""
    async with AsyncStationThis("k", fast.base_url, home=tmp_path / "home") as made:
        yield made


def slow(supply: int = 3) -> Collection:
    """Pieces that take a moment, so that something can come between."""
    return Collection(
        "slow", "fast", {"words": "w [[N]]", "ms": 300}, [Category("N", range=Range(1, supply))], supply
    )


async def told(cook: AsyncCook) -> dict[str, str | None]:
    """The verdicts by the pieces' keys."""
    return {piece.key: piece.verdict async for piece in cook.pieces()}


async def runs(cook: AsyncCook) -> dict[str, str | None]:
    """What made each piece."""
    return {piece.key: piece.run_id async for piece in cook.pieces()}


async def test_what_an_interrupted_call_began_is_gone_on_with(
    quick: AsyncStationThis, fast: FastService
) -> None:
    """The same call, and one without numbers, wait for what lives; each piece is paid for once, and all is as it was to be."""
    cook = await slow().cook(quick, seed=1)
    for again in (1, 2):
        words = f"{again} [[N]]"
        await cook.regenerate([1, 2, 3], words=words, wait=False)
        while fast.asked["submit"] <= 3 * again:  # noqa: ASYNC110 - another process tells no event
            await asyncio.sleep(0.02)
        await cook.pause()
        cook = await quick.collections.get("slow")
        assert cook.state == "paused"
        for numbers in ([1, 2, 3], None):
            with pytest.raises(InvalidInput, match="Under way already, with other changes"):
                await cook.regenerate(numbers, words="x [[N]]")
        if again == 1:
            await cook.regenerate([1, 2, 3], words=words)
        else:
            await cook.regenerate()
        assert cook.state == "done"
    assert [key for key in await told(cook) if key.startswith("1")] == ["1", "1.2", "1.3"]
    assert (await told(cook))["1.2"] == "rejected"
    assert set(fast.times().values()) == {1}
    assert len(fast.runs) == 9


async def test_what_has_not_ended_is_neither_rejected_nor_made_again(
    quick: AsyncStationThis, fast: FastService
) -> None:
    """It would be paid for beside the other one."""
    cook = await slow(6).cook(quick, seed=1, concurrency=1, wait=False)
    await cook.pause()
    for wrong in (cook.regenerate([6], words="v [[N]]"), cook.reject([6])):
        with pytest.raises(InvalidInput, match=r"[Nn]ot made yet"):
            await wrong
    assert list(await told(cook)) == list("123456")
    await cook.resume()
    assert len(fast.runs) == 6


async def test_what_was_replaced_is_not_retried(client: AsyncStationThis, gateway: RunningGateway) -> None:
    """A failed piece that was made again with another input is done: retrying what failed pays for nothing."""
    gateway.deploy("some-failing", GRAPH)
    mixed = Collection(
        "mixed",
        "some-failing",
        {"words": "x [[N]]", "size": "[[Size]]"},
        [Category("N", range=Range(1, 4)), Category("Size", range=Range(0, 3))],
        4,
    )
    cook = await mixed.cook(client, seed=1)
    await cook.regenerate([1], size=8)
    before = await runs(cook)
    assert {piece.key: piece.state async for piece in cook.pieces() if piece.number == 1} == {
        "1": "failed",
        "1.2": "success",
    }
    await cook.retry_failed()
    await cook.resume(max_failures=0)
    batch = await client.batches.get("mixed")
    for paying in (
        client.batches.resume("mixed", failed=True),
        client.batches.resume("mixed", on_change="rerun"),
        batch.retry_failed(),
        batch.resume(),
    ):
        with pytest.raises(InvalidInput, match=r"st\.collections\.get\('mixed'\)\.resume\(\)"):
            await paying
    assert await runs(cook) == before


async def test_rerun_leaves_alone_what_was_replaced_or_rejected(
    client: AsyncStationThis, gateway: RunningGateway
) -> None:
    """Another version makes anew what counts, and the older ones stay with their runs."""
    name = "rerun-pieces"
    gateway.deploy(name, GRAPH)
    collection = Collection(name, name, {"words": "x [[N]]"}, [Category("N", range=Range(1, 3))], 3)
    cook = await collection.cook(client, seed=1)
    await cook.regenerate([1], words="y [[N]]")
    await cook.reject([3])
    before = await runs(cook)
    changed = {**GRAPH, "4": {**GRAPH["4"], "inputs": {**GRAPH["4"]["inputs"], "color": 0}}}
    await client.deployments.publish(changed, name, "production", machine="this-machine")
    cook = await collection.cook(client, on_change="rerun")
    after = await runs(cook)
    assert [key for key in after if after[key] != before[key]] == ["1.2", "2"]
    assert await told(cook) == {"1": "rejected", "1.2": None, "2": None, "3": "rejected"}
    assert (await cook.piece("1")).state == "success"


async def test_what_is_accepted_is_not_made_again(cook: AsyncCook) -> None:
    """Also where it was picked after it was rejected, or an earlier one is preferred; unless it is named."""
    await cook.reject([1])
    await cook.batch.pick("1")
    await cook.regenerate()
    assert list(await told(cook)) == list("1234")
    await cook.batch.pick("1", picked=False)
    assert (await told(cook))["1"] is None
    await cook.reject(2)
    await cook.regenerate()
    await cook.reject(2)
    await cook.accept("2")
    await cook.regenerate()
    assert await told(cook) == {"1": None, "2": "accepted", "2.2": "rejected", "3": None, "4": None}
    await cook.regenerate([2])
    assert await told(cook) == {
        "1": None,
        "2": "rejected",
        "2.2": "rejected",
        "2.3": None,
        "3": None,
        "4": None,
    }


async def test_places_in_changes(cook: AsyncCook) -> None:
    """They become the piece's traits; a place that nothing stands for is refused before anything is sent."""
    await cook.regenerate(1, prompt="a [[Fur]] wolf")
    piece = await cook.piece(1)
    assert piece.inputs["prompt"] == f"a {piece.traits['Fur']} wolf"
    with pytest.raises(
        InvalidInput, match=r"nothing is called \[\[Furr\]\]; there is \[\[Fur\]\], \[\[Hat\]\]"
    ):
        await cook.regenerate(1, prompt="a [[Furr]] wolf")
    assert (await cook.piece(1)).key == "1.2"


async def test_the_same_is_not_made_again(client: AsyncStationThis) -> None:
    """A change to what it is already is none, where the seed is fixed."""
    fixed = foxes(2, inputs={"prompt": "a [[Fur]] fox with [[Hat]]", "seed": 7, **SIZE})
    cook = await fixed.cook(client, seed=1)
    with pytest.raises(InvalidInput, match="The same would be made again: 1") as error:
        await cook.regenerate(1, steps=SIZE["steps"])
    assert error.value.problems == ("1 would be the same",)
    assert list(await told(cook)) == ["1", "2"]


async def test_what_comes_to_nothing_changes_nothing(
    client: AsyncStationThis, gateway: RunningGateway
) -> None:
    """The workflow needs something else now: the piece is still accepted, and no other one waits."""
    gateway.deploy("needy", GRAPH)
    collection = Collection("needy", "needy", {"words": "x [[N]]"}, [Category("N", range=Range(1, 2))], 2)
    await (await collection.cook(client, seed=1)).accept([1, 2])
    photo = {
        "class_type": "ComfyUIDeployExternalImage",
        "inputs": {"input_id": "photo", "display_name": "", "description": ""},
    }
    preview = {"class_type": "PreviewImage", "inputs": {"images": ["9", 0]}}
    await client.deployments.publish(
        {**GRAPH, "9": photo, "5": preview}, "needy", "production", machine="this-machine"
    )
    cook = await client.collections.get("needy")
    with pytest.raises(InvalidInput, match="photo: this workflow needs it"):
        await cook.regenerate([1], words="y")
    assert await told(cook) == {"1": "accepted", "2": "accepted"}
    assert len(cook.batch) == 2


async def test_inputs_that_are_called_like_something_else(
    client: AsyncStationThis, gateway: RunningGateway
) -> None:
    """``changes`` changes an input of any name."""
    wait: dict[str, Any] = {**GRAPH["1"], "inputs": {**GRAPH["1"]["inputs"], "input_id": "wait"}}
    gateway.deploy("waiting", {**GRAPH, "1": wait})
    collection = Collection("waiting", "waiting", {"wait": "[[W]]"}, {"W": ["a", "b"]}, 2)
    cook = await collection.cook(client, seed=1)
    await cook.regenerate([1], changes={"wait": "c"})
    assert (await cook.piece(1)).inputs["wait"] == "c"
