"""Every default and bound of collections, in tables."""

import tracemalloc
from pathlib import Path
from typing import Any

import pytest

from stationthis_sdk import AsyncStationThis, Category, Collection, InvalidInput, Range, StationThis, Trait
from stationthis_sdk.recipes.collections.collection import Metadata
from tests.fast_service import FastService
from tests.fixtures import RunningGateway
from tests.recipes.collections.samples import foxes

LEAST = Collection("least", "text-to-picture", {"prompt": "[[A]]"}, {"A": ["x"]})


@pytest.mark.parametrize(
    ("value", "usual"),
    [
        (LEAST.supply, 10),
        (LEAST.unique, True),
        (LEAST.exclusions, ()),
        (LEAST.parts, ()),
        (LEAST.description, ""),
        (LEAST.metadata, Metadata()),
        (LEAST.workflow.environment, None),
        (Trait("x").weight, 0.5),
        (Trait("x").value, "x"),
        (Range(1, 2).step, 1),
        (Range(1, 2).zero_pad, 0),
        (Range(1, 2).unique, True),
        (Range(1, 2).shuffle_seed, None),
    ],
)
def test_defaults(value: Any, usual: Any) -> None:
    """What nobody has said."""
    assert value == usual


@pytest.mark.parametrize(
    ("changed", "differs"),
    [
        ({"inputs": {"prompt": "one [[Fur]] fox with [[Hat]]"}}, True),
        ({"categories": {"Fur": ["blue"], "Hat": ["none"]}}, True),
        ({"supply": 5}, True),
        ({"exclusions": [("Fur=red", "Hat=none")]}, True),
        ({"unique": False}, True),
        ({"description": "Foxes."}, False),
        ({"workflow": "picture-to-picture"}, False),
        ({"metadata": Metadata("x")}, False),
    ],
)
def test_the_config_hash(changed: dict[str, Any], differs: bool) -> None:
    """It is of the prompt, the traits and the supply, and of all else that pieces are drawn from; not of what is told of them."""
    given = {name: getattr(foxes(), name) for name in Collection.__annotations__}
    assert (Collection(**given | changed).config_hash != foxes().config_hash) is differs
    assert len(foxes().config_hash) == 64


@pytest.mark.parametrize(
    ("categories", "given", "at_once"),
    [
        ([Category("N", range=Range(1, 9))], {}, 3),
        ([Category("N", images=[f"{at}.png" for at in range(9)])], {}, 2),
        ([Category("N", range=Range(1, 9))], {"concurrency": 1}, 1),
    ],
)
async def test_runs_at_once(
    fast: FastService, tmp_path: Path, categories: list[Category], given: dict[str, Any], at_once: int
) -> None:
    """Three, two where each piece has a picture of its own, or as many as are asked for: the service never has more."""
    collection = Collection("few", "fast", {"words": "w [[N]]", "ms": 50}, categories, 9)
    fast.tell(most=at_once)
    async with AsyncStationThis("k", fast.base_url, home=tmp_path / "home") as client:
        cook = await collection.cook(client, seed=1, **given)
        assert cook.progress.succeeded == 9
        assert fast.asked["refused"] == 0
        assert (await client.batches.get("few"))._record.options["concurrency"] == at_once


@pytest.mark.parametrize(
    "wrong",
    [{"seed": "one"}, {"seed": True}, {"name": ""}, {"concurrency": 0}, {"budget": -1}, {"max_failures": -1}],
)
def test_bad_options(st: StationThis, wrong: dict[str, Any]) -> None:
    """They are told, nothing is sent."""
    before = len([one for one in st.last_requests if one.method == "POST"])
    with pytest.raises(InvalidInput):
        foxes().cook(st, **wrong)
    assert len([one for one in st.last_requests if one.method == "POST"]) == before


def test_a_range_of_any_length() -> None:
    """More numbers than any list has room for; but each is one that can be sent."""
    numbers = Range(1, 10**18, shuffle_seed=1)
    assert numbers.count == 10**18
    collection = Collection("n", "w", {"p": "[[N]]"}, [Category("N", range=numbers)], 5)
    assert collection.combinations == 10**18
    assert len({piece.traits["N"] for piece in collection.draw(1)}) == 5
    longer = Collection("n", "w", {"p": "[[N]]"}, [Category("N", range=Range(1, 10**30))], 5)
    assert [issue.code for issue in longer.validate()] == ["bad-range"]


def test_combinations_of_what_makes_no_sense() -> None:
    """It is told, as by validate."""
    with pytest.raises(InvalidInput, match="unknown-trait"):
        _ = foxes(exclusions=[("Tail=long", "Hat=none")]).combinations


def test_ten_thousand_pieces_need_little_memory() -> None:
    """What is remembered of them is far less than they are, and nothing is written out that is not drawn."""
    categories = {f"C{at}": [Trait(f"t{one}", weight=1 + one) for one in range(20)] for at in range(10)}
    text = " ".join(f"[[C{at}]]" for at in range(10))
    collection = Collection("large", "text-to-picture", {"prompt": text}, categories, supply=2_000)
    assert collection.combinations == 20**10
    tracemalloc.start()
    collection.draw(1)
    most = tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()
    assert most < 20_000 * 2_000


def test_an_input_that_is_called_piece(gateway: RunningGateway, tmp_path: Path) -> None:
    """The key of the batch is called otherwise there; again nothing is made twice."""
    graph = {
        "1": {
            "class_type": "ComfyUIDeployExternalText",
            "inputs": {"input_id": "piece", "default_value": "", "display_name": "", "description": ""},
        },
        "2": {
            "class_type": "ComfyDeployOutputText",
            "inputs": {"text": ["1", 0], "filename_prefix": "x", "file_type": "txt"},
        },
    }
    gateway.deploy("piecemeal", graph)
    collection = Collection("pieces", "piecemeal", {"piece": "a [[Fur]]"}, {"Fur": ["red", "white"]}, 2)
    with StationThis(gateway.key, gateway.base_url, home=tmp_path / "home") as st:
        cook = collection.cook(st, seed=1)
        assert {piece.inputs["piece"] for piece in cook.pieces()} == {"a red", "a white"}
        assert [piece.run_id for piece in collection.cook(st).pieces()] == [
            piece.run_id for piece in cook.pieces()
        ]
