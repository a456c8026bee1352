"""Collections in files: what was saved is what is loaded, and what is wrong in a file is told with its place."""

import json
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings

from stationthis_sdk import InvalidInput
from stationthis_sdk.recipes.collections.collection import Collection, Part, Ref
from stationthis_sdk.recipes.collections.traits import Category, Range, Trait
from stationthis_sdk.recipes.collections.written import collection_of_data, data_of, schema
from tests.recipes.collections.strategies import collections


@pytest.mark.parametrize("ending", ["json", "yaml", "yml"])
def test_save_and_load_is_identity(ending: str, tmp_path_factory: pytest.TempPathFactory) -> None:
    """Whatever a collection has comes back."""
    path = tmp_path_factory.mktemp("written") / f"one.{ending}"

    @settings(max_examples=60)
    @given(collections())
    def check(collection: Collection) -> None:
        collection.save(path)
        loaded = Collection.load(path)
        assert loaded == collection
        assert loaded.config_hash == collection.config_hash

    check()


def test_everything_is_written(tmp_path: Path) -> None:
    """Also what is not usual: an environment, ranges, pictures, parts with traits."""
    collection = Collection(
        "foxes",
        Ref("portrait", "staging"),
        {"prompt": "[[Fur]]"},
        [
            Category("Fur", [Trait("no"), Trait("on", 7, 0.25)]),
            Category("Hat", range=Range(1, 9, 2, 3, unique=False, shuffle_seed=4)),
            Category("Photo", images=["a.png"]),
        ],
        parts=[Part("Snow", "x", when=("Fur=no", "Fur=on"))],
        exclusions=[("Fur=no", "Hat=1")],
    )
    assert Collection.load(collection.save(tmp_path / "one.yaml")) == collection
    assert collection_of_data(data_of(collection)) == collection


def test_a_file_as_people_write_it(tmp_path: Path) -> None:
    """Short forms are understood, and words that YAML of old takes for truths are words."""
    path = tmp_path / "foxes.yaml"
    path.write_text(
        "name: foxes\nworkflow: text-to-picture\ninputs:\n  prompt: a [[Fur]] fox, hat [[Hat]]\n"
        "categories:\n  Fur: [red, {name: white, weight: 0.1}]\n  Hat: [no, yes, off]\n"
        "supply: 5\nexclusions:\n  - [Fur=white, Hat=no]\n"
    )
    collection = Collection.load(path)
    assert [trait.name for trait in collection.categories[1].traits] == ["no", "yes", "off"]
    assert collection.combinations == 5
    assert collection.validate().ok


BAD: dict[str, tuple[dict[str, Any], str]] = {
    "no name": ({"workflow": "w", "inputs": {}, "categories": []}, "at the top: 'name' is missing"),
    "unknown": ({"supplies": 7}, "at the top: 'supplies' is not known here; did you mean 'supply'?"),
    "otherwise called": ({"template": {}}, "at the top: 'template' is not known here; did you mean 'inputs'?"),
    "not at all": ({"zzz": 1}, "at the top: 'zzz' is not known here; there is name, workflow, inputs, categories, "),
    "name": ({"name": 7}, "name: 7 is not a text (what the collection is called)"),
    "empty": ({"name": ""}, "name: it is an empty text (what the collection is called)"),
    "supply": ({"supply": 0}, "supply: 0 is less than 1 (how many pieces)"),
    "weight": (
        {"categories": [{"name": "Fur", "traits": [{"name": "x", "weight": -1}]}]},
        "categories.0.traits.0.weight: -1 is less than 0 (how often it comes beside the others, 0.5 unless given)",
    ),
    "rarity": (
        {"categories": [{"name": "Fur", "traits": [{"name": "x", "rarity": 1}]}]},
        "categories.0.traits.0: 'rarity' is not known here; did you mean 'weight'?",
    ),
    "range": ({"categories": [{"name": "Fur", "range": {"start": 1}}]}, "categories.0.range: 'end' is missing"),
    "unique": (
        {"categories": [{"name": "Fur", "range": {"start": 1, "end": 2, "unique": 1}}]},
        "categories.0.range.unique: 1 is not true or false",
    ),
    "exclusions": ({"exclusions": [["Fur=red"]]}, "exclusions.0: ['Fur=red'] has 1, and needs 2 or more"),
    "royalty": ({"metadata": {"royalty": 150}}, "metadata.royalty: 150 is more than 100 (percent)"),
    "workflow": ({"workflow": []}, "workflow: [] is not what is wanted here (the name of a deployed workflow, or an object"),
    "long": ({"inputs": "x" * 500}, "inputs: '" + "x" * 78 + "… is not an object with names"),
}  # fmt: skip


@pytest.mark.parametrize("case", BAD)
def test_what_is_wrong_in_a_file(case: str, tmp_path: Path) -> None:
    """It says where, and what is wanted there."""
    given_data, told = BAD[case]
    sound = {"name": "foxes", "workflow": "w", "inputs": {"prompt": "x"}, "categories": []}
    path = tmp_path / "bad.json"
    path.write_text(json.dumps(given_data if case == "no name" else {**sound, **given_data}))
    with pytest.raises(InvalidInput) as error:
        Collection.load(path)
    assert any(told in problem for problem in error.value.problems), error.value.problems
    assert "property" not in str(error.value)
    assert "properties" not in str(error.value)


def test_several_faults_of_a_file_are_told_at_once(tmp_path: Path) -> None:
    """One round, not one for each."""
    path = tmp_path / "bad.json"
    path.write_text(json.dumps({"name": 7, "workflow": "w", "inputs": [], "categories": [], "supply": "x"}))
    with pytest.raises(InvalidInput) as error:
        Collection.load(path)
    assert {problem.partition(":")[0] for problem in error.value.problems} == {"name", "inputs", "supply"}


BOMB = "a: &a [x, x, x, x, x, x, x, x, x, x]\n" + "".join(
    f"{after}: &{after} [{', '.join([f'*{before}'] * 10)}]\n"
    for before, after in zip("abcdefg", "bcdefgh", strict=True)
)


@pytest.mark.parametrize(
    ("name", "text", "told"),
    [
        ("x.txt", "{}", "not 'x.txt'"),
        ("x.json", "{", "no JSON"),
        ("x.yaml", "a: [", "no YAML"),
        ("x.yaml", "!!python/object:os.system {}", "no"),
        ("x.json", "[]", "no collection"),
        ("x.json", "[" * 100_000, "no JSON"),
        ("x.yaml", BOMB, "repeats itself"),
    ],
)
def test_files_that_hold_no_collection(name: str, text: str, told: str, tmp_path: Path) -> None:
    """A clear error, whatever is in them; nothing of it is run."""
    path = tmp_path / name
    path.write_text(text)
    with pytest.raises(InvalidInput, match=told):
        Collection.load(path)
    with pytest.raises(InvalidInput, match="can't be read"):
        Collection.load(tmp_path / "none.json")


def test_the_schema_is_one() -> None:
    """It is valid itself, and ships with the package."""
    from jsonschema import Draft202012Validator

    Draft202012Validator.check_schema(schema())
