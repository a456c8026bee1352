"""A cook: made once, paused, stopped, gone on with, reviewed and made again; pieces know what made them."""

import asyncio
from collections import Counter
from pathlib import Path

import pytest
from PIL import Image

from stationthis_sdk import (
    AsyncCook,
    AsyncStationThis,
    BatchBusy,
    BatchStopped,
    Category,
    Collection,
    InvalidInput,
    NotFound,
    Range,
    StationThis,
    settling,
)
from tests.batches.programs import GRAPH
from tests.fast_service import FastService
from tests.fixtures import RunningGateway
from tests.recipes.collections.samples import SIZE, foxes


async def states(cook: AsyncCook) -> dict[str, str]:
    """The pieces by their keys, and how each ended."""
    return {piece.key: piece.state async for piece in cook.pieces()}


@pytest.fixture
async def cook(client: AsyncStationThis) -> AsyncCook:
    """Four foxes, made."""
    made: AsyncCook = await foxes().cook(client, seed=1)
    return made


async def test_pieces_are_made_as_drawn(cook: AsyncCook) -> None:
    """Traits, inputs and seeds are those that the collection draws; each knows its run, version and deployment."""
    drawn = foxes().draw(1)
    pieces = [piece async for piece in cook.pieces()]
    assert [(one.number, one.seed, one.traits) for one in pieces] == [
        (one.number, one.seed, one.traits) for one in drawn
    ]
    for piece, plain in zip(pieces, drawn, strict=True):
        assert piece.inputs == {**plain.inputs, "seed": plain.seed}
        assert piece.state == "success"
        assert piece.outputs[0].kind == "image"
        assert all((piece.run_id, piece.workflow_id, piece.version_id, piece.deployment_id))
        assert piece.workflow == "text-to-picture"
    assert (await cook.piece(2)) == pieces[1]


async def test_the_same_call_again_sends_nothing(client: AsyncStationThis, cook: AsyncCook) -> None:
    """All is made: the same call, also without the seed, returns what is there."""
    again = await foxes().cook(client)
    assert (again.seed, again.progress.succeeded) == (1, 4)
    assert [one.run_id async for one in again.pieces()] == [one.run_id async for one in cook.pieces()]


async def test_a_larger_supply_adds_pieces(client: AsyncStationThis, cook: AsyncCook) -> None:
    """What is made stays; only the new ones are run."""
    before = [one.run_id async for one in cook.pieces()]
    more = await foxes(6).cook(client)
    assert more.progress.succeeded == 6
    assert [one.run_id async for one in more.pieces()][:4] == before
    assert [one.traits async for one in more.pieces()] == [one.traits for one in foxes(6).draw(1)]


@pytest.mark.parametrize(
    ("other", "seed", "told"),
    [
        (foxes(inputs={"prompt": "an [[Fur]] owl with [[Hat]]", **SIZE}), None, "are others"),
        (foxes(3), None, "it had 4 pieces"),
        (foxes(), 2, "its seed is 1"),
    ],
)
async def test_another_collection_of_that_name(
    client: AsyncStationThis, cook: AsyncCook, other: Collection, seed: int | None, told: str
) -> None:
    """It is refused and told, and the one that is there stays as it is."""
    with pytest.raises(InvalidInput, match=told):
        await other.cook(client, seed=seed)
    assert (await client.collections.get("foxes")).collection == foxes()
    assert (await other.cook(client, seed=seed, name="others")).progress.succeeded == other.supply


async def test_a_batch_of_that_name(client: AsyncStationThis) -> None:
    """A batch that is no cook is left alone."""
    portrait = await client.deployments.get("text-to-picture")
    await portrait.map([{"prompt": "a harbour", **SIZE}], name="foxes")
    with pytest.raises(InvalidInput, match="none of this collection"):
        await foxes().cook(client, seed=1)
    assert len(await client.batches.get("foxes")) == 1


async def test_a_batch_that_was_forgotten(client: AsyncStationThis, cook: AsyncCook) -> None:
    """Without its batch a cook is none any more: its name is free."""
    await cook.batch.forget()
    with pytest.raises(NotFound):
        await client.collections.get("foxes")
    again = await foxes(2).cook(client, seed=5)
    assert (again.seed, len(await states(again))) == (5, 2)


async def test_found_again_in_another_client(
    gateway: RunningGateway, tmp_path: Path, cook: AsyncCook
) -> None:
    """By its name, with the collection, the seed and all pieces; a similar name is suggested."""
    async with AsyncStationThis(gateway.key, gateway.base_url, home=tmp_path / "home") as other:
        found = await other.collections.get("foxes")
        assert (found.collection, found.seed, found.state) == (foxes(), 1, "done")
        assert [one async for one in found.pieces()] == [one async for one in cook.pieces()]
        assert [one.name for one in await other.collections.list()] == ["foxes"]
        with pytest.raises(NotFound, match="Did you mean 'foxes'"):
            await other.collections.get("foxs")


async def test_a_cook_without_a_seed_keeps_the_one_it_drew(client: AsyncStationThis) -> None:
    """It can be cooked again elsewhere."""
    made = await foxes(2).cook(client)
    assert [one.traits async for one in made.pieces()] == [one.traits for one in foxes(2).draw(made.seed)]


async def test_a_ledger_that_was_lost(
    client: AsyncStationThis,
    gateway: RunningGateway,
    tmp_path: Path,
    cook: AsyncCook,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """Its batch is made anew of what the service has; then the same call makes nothing again."""
    monkeypatch.setattr(settling, "GRACE", 0.5)  # "not there" counts at once
    runs = [piece.run_id async for piece in cook.pieces()]
    portrait = (await client.deployments.get("text-to-picture")).id
    async with AsyncStationThis(gateway.key, gateway.base_url, home=tmp_path / "another") as other:
        await other.batches.rebuild("foxes", portrait, key="piece")
        again = await foxes().cook(other, seed=1)
        assert {piece.run_id async for piece in again.pieces()} <= {
            one.id for one in await other.runs.list(limit=None)
        }
        assert again.progress.succeeded == 4
        assert len(runs) == 4
        assert await states(again) == dict.fromkeys("1234", "success")


# --- failures, pauses, stops --------------------------------------------------------------------------------------


def failing(supply: int = 60) -> Collection:
    """Pieces for the fast service that all fail."""
    return Collection(
        "failing", "fast", {"words": "fail [[N]]"}, [Category("N", range=Range(1, supply))], supply
    )


async def test_t21_a_workflow_that_always_fails_stops_at_the_cap(fast: FastService, tmp_path: Path) -> None:
    """T21: failures are capped; it stops, says why and what it cost, and sends no more than that."""
    async with AsyncStationThis("k", fast.base_url, home=tmp_path / "home") as client:
        with pytest.raises(
            BatchStopped, match=r"11 pieces failed, max_failures allows 10; \$\d+\.\d\d are spent"
        ) as error:
            await failing().cook(client, seed=1, concurrency=1)
        assert error.value.why == "failures"
        assert fast.asked["submit"] == 11
        cook = await client.collections.get("failing")
        assert cook.state == "paused"
        assert cook.progress.cost == 11.0
        assert Counter((await states(cook)).values()) == {"failed": 11, "pending": 49}


async def test_t21_on_the_gateway(gateway: RunningGateway, client: AsyncStationThis) -> None:
    """T21: the same with a real workflow that fails: three tries at the most, and it ends."""
    gateway.deploy("always-fails", GRAPH)
    broken = Collection(
        "broken", "always-fails", {"words": "x [[N]]", "size": 0}, [Category("N", range=Range(1, 40))], 40
    )
    with pytest.raises(BatchStopped, match="max_failures allows 2"):
        await broken.cook(client, seed=1, max_failures=2, concurrency=1)
    cook = await client.collections.get("broken")
    assert Counter((await states(cook)).values()) == {"failed": 3, "pending": 37}


async def test_t21_a_refused_submit_with_nothing_else_running_ends(fast: FastService, tmp_path: Path) -> None:
    """T21: it ends and says why, and never waits for something that nobody will do; later the same call goes on."""
    collection = Collection("refused", "fast", {"words": "w [[N]]"}, [Category("N", range=Range(1, 5))], 5)
    async with AsyncStationThis("k", fast.base_url, home=tmp_path / "home") as client:
        fast.tell(submit=403)
        async with asyncio.timeout(45):
            with pytest.raises(BatchStopped) as error:
                await collection.cook(client, seed=1, concurrency=1)
        assert error.value.why == "refused"
        fast.tell(submit=None)
        cook = await collection.cook(client)
        assert cook.progress.succeeded == 5
        assert set(fast.times().values()) == {1}


async def test_failed_pieces_are_retried_when_asked(
    client: AsyncStationThis, gateway: RunningGateway
) -> None:
    """They fail once, the rest is made; retried they are submitted again with the same inputs."""
    gateway.deploy("some-fail", GRAPH)
    mixed = Collection(
        "mixed",
        "some-fail",
        {"words": "x [[N]]", "size": "[[Size]]"},
        [Category("N", range=Range(1, 4)), Category("Size", range=Range(0, 3))],
        4,
    )
    cook = await mixed.cook(client, seed=1)
    assert await states(cook) == {"1": "failed", "2": "success", "3": "success", "4": "success"}
    first = await cook.piece(1)
    await cook.retry_failed()
    again = await cook.piece(1)
    assert (again.state, again.inputs, again.seed) == ("failed", first.inputs, first.seed)
    assert again.run_id != first.run_id
    with pytest.raises(InvalidInput, match="1 is failed"):
        await cook.accept(1)


async def test_pause_and_resume(fast: FastService, tmp_path: Path) -> None:
    """Paused, nothing new is begun and what runs is left; resumed, it is waited for, and nothing is made twice."""
    slow = Collection(
        "slow", "fast", {"words": "w [[N]]", "ms": 200}, [Category("N", range=Range(1, 12))], 12
    )
    async with AsyncStationThis("k", fast.base_url, home=tmp_path / "home") as client:
        cook = await slow.cook(client, seed=1, concurrency=3, wait=False)
        async for row in cook.batch.as_completed():
            assert row.succeeded
            break
        async with AsyncStationThis("k", fast.base_url, home=tmp_path / "home") as other:
            with pytest.raises(BatchBusy, match="elsewhere"):
                await (await other.collections.get("slow")).pause()
        await cook.pause()
        assert cook.state == "paused"
        before = fast.asked["submit"]
        assert before < 12
        with pytest.raises(BatchStopped):
            await cook.wait()
        assert fast.asked["cancel"] == 0
        found = await client.collections.get("slow")
        await found.resume()
        assert (found.state, found.progress.succeeded) == ("done", 12)
        assert set(fast.times().values()) == {1}


async def test_stop(fast: FastService, tmp_path: Path) -> None:
    """Stopped, what runs is cancelled; the same call makes what is missing."""
    slow = Collection(
        "slow", "fast", {"words": "w [[N]]", "ms": 60_000}, [Category("N", range=Range(1, 4))], 4
    )
    async with AsyncStationThis("k", fast.base_url, home=tmp_path / "home") as client:
        cook = await slow.cook(client, seed=1, wait=False)
        while fast.asked["submit"] < 3:  # noqa: ASYNC110 - another process tells no event
            await asyncio.sleep(0.02)
        with pytest.raises(BatchBusy):
            await cook.regenerate([1])
        await cook.stop()
        assert cook.state == "cancelled"
        assert fast.asked["cancel"] == 3


async def test_budget(fast: FastService, tmp_path: Path) -> None:
    """A dollar each: with four dollars four are made; the same call keeps the budget, a larger one goes on."""
    dear = Collection("dear", "fast", {"words": "w [[N]]"}, [Category("N", range=Range(1, 6))], 6)
    async with AsyncStationThis("k", fast.base_url, home=tmp_path / "home") as client:
        for budget in (4.0, None):
            with pytest.raises(BatchStopped, match="are spent") as error:
                await dear.cook(client, seed=1, budget=budget, concurrency=1)
            assert error.value.why == "budget"
        assert len(fast.runs) == 4
        cook = await dear.cook(client, budget=10)
        assert (cook.progress.succeeded, cook.progress.cost) == (6, 6.0)


async def test_redeployed(gateway: RunningGateway, client: AsyncStationThis) -> None:
    """Pieces that are made keep the version that made them, the next ones are of the new one, found by the name."""
    name = "redeployed-pieces"
    gateway.deploy(name, GRAPH)
    collection = Collection(name, name, {"words": "x [[N]]"}, [Category("N", range=Range(1, 4))], 2)
    before = await collection.cook(client, seed=1)
    old = {(await before.piece(number)).version_id for number in (1, 2)}
    changed = {**GRAPH, "4": {**GRAPH["4"], "inputs": {**GRAPH["4"]["inputs"], "color": 0}}}
    await client.deployments.publish(changed, name, "production", machine="this-machine")
    after = await Collection(name, name, collection.inputs, collection.categories, 4).cook(client)
    assert after.progress.succeeded == 4
    versions = [piece.version_id async for piece in after.pieces()]
    assert {*versions[:2]} == old
    assert versions[2] == versions[3] != versions[0]


async def test_one_piece_for_each_picture(client: AsyncStationThis, tmp_path: Path) -> None:
    """Pictures that are given are made into one piece each; nothing is drawn."""
    paths = []
    for at in range(2):
        paths.append(tmp_path / f"photo{at}.png")
        Image.new("RGB", (64, 64), (at * 200, 0, 0)).save(paths[-1])
    collection = Collection(
        "photos",
        "picture-to-picture",
        {"prompt": "a fox", "input_image": "[[Photo]]", "steps": 1},
        [Category("Photo", images=paths)],
        supply=2,
    )
    cook = await collection.cook(client, seed=1)
    assert cook.progress.succeeded == 2
    assert [piece.traits async for piece in cook.pieces()] == [
        {"Photo": "photo0.png"},
        {"Photo": "photo1.png"},
    ]


# --- review -------------------------------------------------------------------------------------------------------


async def test_verdicts(cook: AsyncCook) -> None:
    """They are kept; the later one holds; picking a row of the batch accepts its piece."""
    await cook.accept([1, 2])
    await cook.reject([2, 3])
    assert [piece.verdict async for piece in cook.pieces()] == ["accepted", "rejected", "rejected", None]
    await cook.batch.pick("4")
    await cook.accept(3)
    assert [piece.verdict async for piece in cook.pieces()] == [
        "accepted",
        "rejected",
        "accepted",
        "accepted",
    ]
    with pytest.raises(NotFound, match="no piece 9"):
        await cook.accept([1, 9])


async def test_rejected_pieces_are_made_again(client: AsyncStationThis, cook: AsyncCook) -> None:
    """With the same traits and a new seed; the one before is the parent; once is enough."""
    await cook.reject([2])
    before = await cook.piece(2)
    await cook.regenerate()
    after = await cook.piece(2)
    assert (after.key, after.parent, after.generation, after.state) == ("2.2", "2", 2, "success")
    assert after.traits == before.traits
    assert after.seed != before.seed
    assert after.inputs["seed"] == after.seed
    assert (await cook.piece("2")).verdict == "rejected"
    await cook.regenerate()
    assert list(await states(cook)) == ["1", "2", "2.2", "3", "4"]
    again = await foxes().cook(client)
    assert list(await states(again)) == ["1", "2", "2.2", "3", "4"]
    assert again.progress.succeeded == 5


async def test_made_again_with_new_traits(client: AsyncStationThis, cook: AsyncCook) -> None:
    """Another combination, that no piece has; when none is left that is told, and nothing is noted."""
    await cook.regenerate([1, 2], new_traits=True)
    came = [tuple(piece.traits.values()) async for piece in cook.pieces()]
    assert len(set(came)) == len(came) == 6
    cook = await foxes(6).cook(client, seed=1, name="all")
    with pytest.raises(InvalidInput, match="No other combination is left"):
        await cook.regenerate(3, new_traits=True)
    assert (await cook.piece(3)).verdict is None


async def test_made_again_with_changes(client: AsyncStationThis, cook: AsyncCook) -> None:
    """Inputs of the collection can be changed; others are refused before anything is sent."""
    await cook.regenerate(1, steps=2)
    piece = await cook.piece(1)
    assert (piece.key, piece.inputs["steps"]) == ("1.2", 2)
    await cook.regenerate(1)
    assert (await cook.piece(1)).inputs["steps"] == 2
    for wrong, told in (
        ({"stepz": 2}, "stepz: only inputs that the collection gives"),
        ({"steps": 99}, "steps: must be within"),
        ({"prompt": Path("x")}, "prompt: give a text"),
    ):
        with pytest.raises(InvalidInput, match=told):
            await cook.regenerate(1, **wrong)
    assert (await cook.piece(1)).key == "1.3"
    assert (await foxes().cook(client)).progress.succeeded == 6


async def test_a_fixed_seed_makes_the_same_again(client: AsyncStationThis) -> None:
    """Where nothing would be different, nothing is paid for."""
    fixed = foxes(2, inputs={"prompt": "a [[Fur]] fox with [[Hat]]", "seed": 7, **SIZE})
    cook = await fixed.cook(client, seed=1)
    with pytest.raises(InvalidInput, match="The same would be made again"):
        await cook.regenerate(1)
    await cook.regenerate(1, seed=8)
    assert (await cook.piece(1)).inputs["seed"] == 8


async def test_the_same_steps_give_the_same_pieces(client: AsyncStationThis) -> None:
    """What is made again is drawn from the seed, too."""
    told = []
    for name in ("one", "two"):
        cook = await foxes().cook(client, seed=3, name=name)
        await cook.regenerate([1], new_traits=True)
        told.append([(piece.key, piece.traits, piece.seed) async for piece in cook.pieces()])
    assert told[0] == told[1]


async def test_frames(cook: AsyncCook) -> None:
    """One row a piece, with traits and picture; a rarity table that adds up."""
    await cook.accept(1)
    frame = await cook.to_frame()
    assert list(frame["verdict"].astype(object).where(frame["verdict"].notna(), None)) == [
        "accepted",
        None,
        None,
        None,
    ]
    assert {"Fur", "Hat", "seed", "run_id", "version_id", "picture"} <= {*frame.columns}
    assert frame["picture"].str.endswith("/0").all()
    rarity = await cook.rarity()
    assert rarity.groupby("category", observed=True)["count"].sum().tolist() == [4, 4]
    assert set(rarity.loc[rarity["category"] == "Fur", "trait"]) == {"red", "white", "gold"}


def test_the_plain_client(st: StationThis, tmp_path: Path) -> None:
    """The same names without await: cook, review, contact sheet, frames, the list."""
    cook = foxes(2).cook(st, seed=1, name="plain")
    assert "2/2" in repr(cook)
    assert [piece.number for piece in cook.pieces()] == [1, 2]
    cook.accept(1).reject(2)
    assert len(cook.review()) == 2
    assert [row.key for _, row in cook.review().picked] == ["1"]
    with Image.open(cook.contact_sheet(tmp_path / "sheet.png")) as sheet:
        assert sheet.width > 100
    assert len(cook.to_frame()) == 2
    assert "plain" in st.collections.list().to_frame()["name"].tolist()
    assert st.collections.estimate(foxes(6), seed=1, name="plain").missing == 4
