"""Who cooks under a name: one at a time, what is written stays, and what can't be read is told as such."""

import asyncio
import contextlib
import sqlite3
import sys
from collections.abc import AsyncIterator, Iterator
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from stationthis_sdk import (
    AsyncCook,
    AsyncDeployment,
    AsyncStationThis,
    BatchBusy,
    BatchStopped,
    Category,
    Collection,
    FeatureDisabled,
    InvalidInput,
    Range,
    SaveFailed,
    settling,
)
from stationthis_sdk.store import ledger_file
from tests.fast_service import FastService
from tests.fixtures import RunningGateway
from tests.recipes.collections.samples import SIZE, foxes


@contextlib.contextmanager
def locked(home: Path) -> Iterator[None]:
    """Another program holds the ledger."""
    with contextlib.closing(sqlite3.connect(home / "ledger.db", isolation_level=None)) as database:
        database.execute("BEGIN EXCLUSIVE")
        yield
        database.execute("ROLLBACK")


@pytest.fixture
async def hasty(
    gateway: RunningGateway, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> AsyncIterator[AsyncStationThis]:
    """A client that does not wait long for a ledger that somebody else holds."""
    monkeypatch.setattr(ledger_file, "_BUSY_SECONDS", 0.05)
    async with AsyncStationThis(gateway.key, gateway.base_url, home=tmp_path / "home") as made:
        yield made


async def made_of(cook: AsyncCook) -> list[object]:
    """All that is known of its pieces."""
    return [(one.key, one.seed, one.traits, one.verdict, one.run_id) async for one in cook.pieces()]


async def test_a_locked_ledger_is_none_that_is_empty(hasty: AsyncStationThis, tmp_path: Path) -> None:
    """Nothing can be read or noted: that is told, nothing is sent, and all is there when it is over."""
    cook = await foxes().cook(hasty, seed=1)
    await cook.accept([2, 3])
    await cook.reject(1)
    await cook.regenerate()
    before = await made_of(cook)
    with locked(tmp_path / "home"):
        for call in (
            lambda: foxes().cook(hasty),
            lambda: foxes().cook(hasty, seed=5),
            lambda: cook.accept(1),
            lambda: cook.reject(4),
            lambda: cook.batch.pick("4"),
            lambda: hasty.collections.get("foxes"),
        ):
            with pytest.raises(SaveFailed, match="does another program hold it"):
                await call()
    cook = await hasty.collections.get("foxes")
    assert cook.seed == 1
    assert await made_of(cook) == before
    assert (await foxes().cook(hasty)).progress.succeeded == 5


@pytest.mark.parametrize("seeds", [(1, 2), (None, None)])
async def test_two_begin_at_the_same_moment(
    gateway: RunningGateway,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    seeds: tuple[int | None, int | None],
) -> None:
    """The one that comes while the other plans is told; what was sent is what the pieces are said to be."""
    home, plan = tmp_path / "home", AsyncDeployment.map
    async with (
        AsyncStationThis(gateway.key, gateway.base_url, home=home) as one,
        AsyncStationThis(gateway.key, gateway.base_url, home=home) as other,
    ):

        async def late(self: AsyncDeployment, *rows: Any, **given: Any) -> Any:
            monkeypatch.setattr(AsyncDeployment, "map", plan)
            with pytest.raises(BatchBusy, match="planned just now"):
                await foxes().cook(other, seed=seeds[1])
            return await plan(self, *rows, **given)

        monkeypatch.setattr(AsyncDeployment, "map", late)
        await foxes().cook(one, seed=seeds[0])
        cook = await other.collections.get("foxes")
        drawn = foxes().draw(cook.seed)
        assert [(piece.traits, piece.inputs["seed"]) async for piece in cook.pieces()] == [
            (piece.traits, piece.seed) for piece in drawn
        ]


async def test_who_planned_and_was_killed_is_in_nobodys_way(client: AsyncStationThis, tmp_path: Path) -> None:
    """A hold dies with its process."""
    await foxes(2).cook(client, seed=1)
    ended = await asyncio.create_subprocess_exec(sys.executable, "-c", "")
    await ended.wait()
    with contextlib.closing(
        sqlite3.connect(tmp_path / "home" / "ledger.db", isolation_level=None)
    ) as database:
        change = "UPDATE cooks SET holder = 'gone', holder_pid = ?, holder_host = ?"
        database.execute(change, (ended.pid, ledger_file.HOST))
    assert (await foxes(4).cook(client)).progress.succeeded == 4


async def test_a_plan_that_comes_to_nothing_leaves_the_name_free(client: AsyncStationThis) -> None:
    """A folder that can't be: nothing was begun, and another seed and collection may have the name."""
    with pytest.raises(InvalidInput):
        await foxes().cook(client, seed=1, out="nowhere-to-be-found://x")
    assert (await foxes(2).cook(client, seed=5)).seed == 5


async def test_a_rebuilt_batch_is_that_of_its_seed(
    client: AsyncStationThis,
    gateway: RunningGateway,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """Without the seed, or with another one, its pieces would be told as what they are not."""
    monkeypatch.setattr(settling, "GRACE", 0.5)  # "not there" counts at once
    await foxes().cook(client, seed=1, name="lost-foxes")
    portrait = (await client.deployments.get("text-to-picture")).id
    async with AsyncStationThis(gateway.key, gateway.base_url, home=tmp_path / "another") as other:
        await other.batches.rebuild("lost-foxes", portrait)
        with pytest.raises(InvalidInput, match="nobody knows with which seed"):
            await foxes().cook(other, name="lost-foxes")
        with pytest.raises(InvalidInput, match="other inputs than this collection draws"):
            await foxes().cook(other, seed=2, name="lost-foxes")
        again = await foxes().cook(other, seed=1, name="lost-foxes")
        assert again.progress.succeeded == 4


async def test_a_plain_batch_is_no_cook(client: AsyncStationThis) -> None:
    """Though its rows are called as pieces are: it is left alone."""
    portrait = await client.deployments.get("text-to-picture")
    cows = [{"piece": str(number), "prompt": f"a cow {number}", **SIZE} for number in (1, 2)]
    await portrait.map(cows, name="foxes", key="piece")
    with pytest.raises(InvalidInput, match="other inputs than this collection draws with this seed: 1, 2"):
        await foxes().cook(client, seed=1)
    assert len(await client.batches.get("foxes")) == 2


async def test_failures_count_on(fast: FastService, tmp_path: Path) -> None:
    """T21: the same call sends nothing more once so many have failed; a larger cap, or a retry that is asked for, does."""
    failing = Collection("failing", "fast", {"words": "fail [[N]]"}, [Category("N", range=Range(1, 60))], 60)
    async with AsyncStationThis("k", fast.base_url, home=tmp_path / "home") as client:
        for _ in range(3):
            with pytest.raises(BatchStopped, match="11 pieces failed, max_failures allows 10") as error:
                await failing.cook(client, seed=1, concurrency=1)
            assert error.value.why == "failures"
        cook = await client.collections.get("failing")
        with pytest.raises(BatchStopped, match="11 pieces failed"):
            await cook.resume()
        assert fast.asked["submit"] == 11
        with pytest.raises(BatchStopped, match="14 pieces failed, max_failures allows 13"):
            await cook.resume(max_failures=13)
        assert fast.asked["submit"] == 14
        with pytest.raises(BatchStopped, match="14 pieces failed, max_failures allows 13"):
            await failing.cook(client)
        with pytest.raises(BatchStopped, match="14 pieces failed, max_failures allows 13"):
            await cook.retry_failed()
        assert fast.asked["submit"] == 28


async def test_numbers_of_any_kind(client: AsyncStationThis) -> None:
    """A frame's numbers name pieces; what is no number is told; so are seeds that can't be kept."""
    cook = await foxes().cook(client, seed=1)
    frame = await cook.to_frame()
    await cook.accept(frame["number"].iloc[0])
    await cook.accept(np.array([2]))
    assert [piece.verdict async for piece in cook.pieces()] == ["accepted", "accepted", None, None]
    for wrong in (1.5, [1.5], None):
        with pytest.raises(InvalidInput, match="Pieces are told by number"):
            await cook.accept(wrong)
    for seed in (2**63, -(2**63) - 1, True, "1"):
        with pytest.raises(InvalidInput, match="seed is a whole number"):
            await foxes().cook(client, seed=seed)
        with pytest.raises(InvalidInput, match="seed is a whole number"):
            await client.collections.estimate(foxes(), seed=seed)  # type: ignore[arg-type]


async def test_verdicts_at_once(client: AsyncStationThis) -> None:
    """All of them are noted, or none."""
    cook = await foxes().cook(client, seed=1)
    with pytest.raises(InvalidInput, match="2 is in both"):
        await cook.judge(accept=[1, 2], reject=[2])
    assert {piece.verdict async for piece in cook.pieces()} == {None}
    await cook.judge(accept=[1, 2], reject=3)
    assert [piece.verdict async for piece in cook.pieces()] == ["accepted", "accepted", "rejected", None]


async def test_switched_off(gateway: RunningGateway, tmp_path: Path, client: AsyncStationThis) -> None:
    """Without the flag nothing of collections is there."""
    cook = await foxes(1).cook(client, seed=1)
    async with AsyncStationThis(
        gateway.key, gateway.base_url, home=tmp_path / "home", flags={"collections": False}
    ) as off:
        for call in (lambda: off.collections.get("foxes"), off.collections.list):
            with pytest.raises(FeatureDisabled):
                await call()
        other = AsyncCook(off.collections._context, cook._record, cook.batch)
        with pytest.raises(FeatureDisabled):
            await other.export(tmp_path / "x.zip", only="all")
