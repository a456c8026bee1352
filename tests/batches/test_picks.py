"""What is picked stays picked: on disk, until the row is run anew."""

import pytest

from stationthis_sdk import AsyncStationThis, NotFound
from stationthis_sdk.deployment import AsyncDeployment


async def test_picks_are_kept(client: AsyncStationThis, deployment: AsyncDeployment) -> None:
    """By place, key or row, one or several; another look at the batch has them, and they can be taken back."""
    rows = [{"words": f"number {n}", "sku": f"s{n}"} for n in range(5)]
    batch = await deployment.map(rows, name="picked", key="sku", columns={"words": "words"})
    await batch.pick([0, "s3", await batch.row(4)])
    again = await client.batches.get("picked")
    assert [row.place async for row in again if row.picked] == [0, 3, 4]
    assert (await again.to_frame())["picked"].tolist() == [True, False, False, True, True]
    await again.pick("s3", picked=False)
    assert [row.place async for row in batch if row.picked] == [0, 4]
    await deployment.map(rows, name="picked", key="sku", columns={"words": "words"})
    assert [row.place async for row in batch if row.picked] == [0, 4]


async def test_all_or_none_is_picked(deployment: AsyncDeployment) -> None:
    """A row that is not there is named, and nothing was noted."""
    batch = await deployment.map([{"words": "one"}, {"words": "two"}], name="picked")
    for wanted in ([0, 7], [1, "nobody"], [-1]):
        with pytest.raises(NotFound, match="has no row"):
            await batch.pick(wanted)
    assert not [row async for row in batch if row.picked]


async def test_a_row_that_is_run_anew_is_picked_no_more(
    client: AsyncStationThis, deployment: AsyncDeployment
) -> None:
    """Another picture is another choice."""
    rows = [{"words": "one", "sku": "a"}, {"words": "two", "sku": "b"}]
    batch = await deployment.map(rows, name="picked", key="sku")
    await batch.pick([0, 1])
    changed = [{"words": "one", "sku": "a"}, {"words": "another", "sku": "b"}]
    again = await deployment.map(changed, name="picked", key="sku", on_change="rerun")
    assert [row.place async for row in again if row.picked] == [0]
