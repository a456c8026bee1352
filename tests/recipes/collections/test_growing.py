"""Pieces that are drawn anew, and more of them later: on the service, paid once each."""

from stationthis_sdk import AsyncStationThis, Category, Range
from tests.recipes.collections.samples import SIZE, foxes


async def test_new_traits_are_new_beside_a_range(client: AsyncStationThis) -> None:
    """Where numbers tell all pieces apart and every seed is fixed, none is made again as it was."""
    collection = foxes(
        4,
        inputs={"prompt": "a [[Fur]] fox with [[Hat]], [[N]]", "seed": 5, **SIZE},
        categories=[*foxes().categories, Category("N", range=Range(1, 4))],
    )
    cook = await collection.cook(client, seed=1)
    await cook.regenerate([1, 2, 3, 4], new_traits=True)
    pieces = {piece.key: piece async for piece in cook.pieces()}
    for number in range(1, 5):
        before, after = pieces[str(number)], pieces[f"{number}.2"]
        assert before.traits["N"] == after.traits["N"]
        assert before.inputs != after.inputs


async def test_all_combinations_can_be_had_after_new_traits(client: AsyncStationThis) -> None:
    """A supply that grows to all of them is made, though two were replaced: each is the latest of one number."""
    cook = await foxes(4).cook(client, seed=1)
    await cook.regenerate([1, 2], new_traits=True)
    estimate = await client.collections.estimate(foxes(6))
    assert estimate.missing == 2
    cook = await foxes(6).cook(client)
    assert cook.progress.succeeded == 8
    latest = {piece.number: piece async for piece in cook.pieces()}
    assert len({str(sorted(piece.traits.items())) for piece in latest.values()}) == 6
