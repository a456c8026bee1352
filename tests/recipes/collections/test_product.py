"""Collections of StationThis itself come in, with its defaults and bounds."""

import pytest

from stationthis_sdk import InvalidInput
from stationthis_sdk.recipes.collections.collection import Collection, Metadata
from stationthis_sdk.recipes.collections.traits import Category, Range, Trait

OLD = {
    "collectionId": 17,
    "name": "foxes",
    "userId": 5,
    "iter": 0,
    "version": 1,
    "size": 10,
    "config": {
        "masterPrompt": "a [[Fur]] fox",
        "traitTypes": [
            {
                "title": "Fur",
                "instances": [{"name": "red", "prompt": "bright red", "rarity": 2}, {"name": "white", "prompt": "white"}],
            }
        ],
        "workflow": "MAKE",
    },
    "initiated": 1700000000000,
    "status": "incomplete",
    "items": [],
    "shares": [],
    "shareLinks": [],
    "metadata": {
        "name": "Fox {{number}}", "totalSupply": 2, "royalty": 5, "editionTitle": "First", "description": "Foxes.",
        "chain": "ethereum", "metadataStandard": "ERC-721", "secret": "left out",
    },
}  # fmt: skip


def test_a_master_prompt_with_trait_types() -> None:
    """The prompt is the input prompt, rarities are weights, half without one; metadata is what may be told."""
    assert Collection.from_product(OLD) == Collection(
        "foxes",
        "MAKE",
        {"prompt": "a [[Fur]] fox"},
        [Category("Fur", [Trait("red", "bright red", 2), Trait("white", "white", 0.5)])],
        supply=2,
        description="Foxes.",
        metadata=Metadata("Fox {{number}}", "Foxes.", "First", 5, "ethereum", "ERC-721"),
    )


def test_the_workflow_is_the_one_that_is_given() -> None:
    """MAKE is no deployment's name here."""
    collection = Collection.from_product(OLD, workflow="text-to-picture", prompt="input_prompt")
    assert (collection.workflow.name, [*collection.inputs]) == ("text-to-picture", ["input_prompt"])


def test_a_size_of_ten_unless_given() -> None:
    """Where nothing says how many, ten."""
    told = {name: value for name, value in OLD.items() if name not in {"size", "metadata"}}
    assert Collection.from_product(told).supply == 10
    assert Collection.from_product({**told, "size": 25}).supply == 25


@pytest.mark.parametrize(
    ("range_", "made"),
    [
        ({"start": 1, "end": 10}, Range(1, 10, unique=False)),
        ({"start": 0, "end": 9, "step": 3, "zeroPad": 4}, Range(0, 9, 3, 4, unique=False)),
        (
            {"start": 1, "end": 10, "uniqueAcrossCook": True, "shuffleSeed": 7},
            Range(1, 10, unique=True, shuffle_seed=7),
        ),
    ],
)
def test_a_trait_tree(range_: dict[str, object], made: Range) -> None:
    """Parameters with places at any depth, manual and generated categories."""
    collection = Collection.from_product(
        {
            "name": "n",
            "toolId": "text-to-picture",
            "paramOverrides": {"prompt": "[[Fur]] [[N]]", "deep": ["[[N]]"]},
            "traitTree": [
                {"name": "Fur", "mode": "manual", "traits": [{"name": "red", "value": "red"}]},
                {"name": "N", "mode": "generated", "range": range_},
            ],
        }
    )
    assert collection.categories == (Category("Fur", [Trait("red")]), Category("N", range=made))
    assert collection.inputs["deep"] == ["[[N]]"]


@pytest.mark.parametrize(
    "data",
    [
        {},
        [],
        {"name": "x"},
        {**OLD, "config": {"traitTypes": 7}},
        {**OLD, "config": {"masterPrompt": "x", "workflow": "w", "traitTypes": [7]}},
    ],
)
def test_what_is_none(data: object) -> None:
    """A clear error."""
    with pytest.raises(InvalidInput, match="collection of StationThis"):
        Collection.from_product(data)  # type: ignore[arg-type]


def test_weights_of_nothing_are_kept() -> None:
    """A rarity of 0 is a trait that is never drawn, not one of which nothing is said."""
    data = {
        **OLD,
        "config": {
            **OLD["config"],
            "traitTypes": [{"title": "Fur", "instances": [{"name": "x", "prompt": "x", "rarity": 0}]}],
        },
    }  # type: ignore[dict-item]
    assert Collection.from_product(data).categories[0].traits[0].weight == 0


def test_a_royalty_of_nothing_is_kept() -> None:
    """Of 0 percent something is said; an empty text says nothing."""
    told = {**OLD, "metadata": {"royalty": 0, "chain": "", "totalSupply": 1}}
    assert Collection.from_product(told).metadata == Metadata(royalty=0)
