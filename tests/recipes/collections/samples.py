"""Collections that the tests share."""

from typing import Any

from stationthis_sdk.recipes.collections.collection import Collection
from stationthis_sdk.recipes.collections.traits import Category, Range, Trait

SIZE = {"steps": 1, "width": 64, "height": 64}


def foxes(supply: int = 4, **more: Any) -> Collection:
    """Six foxes can be drawn, one of them seldom."""
    given: dict[str, Any] = {
        "inputs": {"prompt": "a [[Fur]] fox with [[Hat]]", **SIZE},
        "categories": [
            Category("Fur", ["red", "white", Trait("gold", "golden", weight=0.05)]),
            Category("Hat", [Trait("none", "no hat"), Trait("crown", "a crown")]),
        ],
    }
    return Collection("foxes", "text-to-picture", supply=supply, **{**given, **more})


def numbered(supply: int, **range_: Any) -> Collection:
    """Pieces that differ in a number only."""
    return Collection(
        "numbers",
        "text-to-picture",
        {"prompt": "number [[N]]"},
        [Category("N", range=Range(**range_))],
        supply,
    )
