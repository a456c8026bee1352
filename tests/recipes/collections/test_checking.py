"""A collection beside what is deployed: whatever does not fit is told with its code, before anything is sent."""

from pathlib import Path
from typing import Any

import pytest

from stationthis_sdk import (
    AsyncStationThis,
    Category,
    Collection,
    FeatureDisabled,
    InvalidInput,
    Range,
    StationThis,
    Trait,
)
from tests.fixtures import RunningGateway
from tests.recipes.collections.samples import foxes

GOOD: dict[str, Any] = {"prompt": "a [[Fur]] fox"}
FUR = {"Fur": ["red", "white"]}


def one(inputs: dict[str, Any], categories: Any = None, workflow: str = "text-to-picture") -> Collection:
    """A collection of one piece."""
    return Collection("one", workflow, inputs, FUR if categories is None else categories, supply=1)


MISFITS = [
    ("missing-workflow", one(GOOD, workflow="text-to-pictures")),
    ("missing-workflow", one(GOOD, workflow={"name": "text-to-picture", "environment": "staging"})),  # type: ignore[arg-type]
    ("unknown-input", one({**GOOD, "promt": "x"})),
    ("missing-input", one({"prompt": "a [[Fur]] fox"}, workflow="picture-to-picture")),
    ("wrong-type", one({**GOOD, "steps": "few"})),
    ("wrong-type", one({**GOOD, "steps": "[[Steps]]"}, {**FUR, "Steps": [10, "many"]})),
    ("wrong-type", one({**GOOD, "steps": 1.5})),
    ("wrong-type", one({"prompt": {"deep": "[[Fur]]"}}, {"Fur": ["red"]})),
    ("wrong-type", one({"prompt": "[[Fur]]"}, {"Fur": [Trait("none", "  ")]})),
    ("out-of-range", one({**GOOD, "steps": 61})),
    ("out-of-range", one({**GOOD, "steps": "[[Steps]]"}, {**FUR, "Steps": [10, 20, 61]})),
    (
        "out-of-range",
        one({**GOOD, "steps": "[[N]]"}, [Category("Fur", ["red"]), Category("N", range=Range(1, 61))]),
    ),
    ("not-an-option", one({**GOOD, "style": "winterly"})),
    ("not-an-option", one({**GOOD, "style": "[[Style]]"}, {**FUR, "Style": ["winter", "summer"]})),
]


@pytest.mark.parametrize(
    ("code", "collection"), MISFITS, ids=[f"{at}-{code}" for at, (code, _) in enumerate(MISFITS)]
)
def test_misfits(st: StationThis, code: str, collection: Collection) -> None:
    """The code is told, cook refuses, and no run is begun."""
    report = collection.validate(st)
    assert [issue.code for issue in report] == [code]
    before = len([one for one in st.last_requests if one.method == "POST"])
    with pytest.raises(InvalidInput, match="nothing was sent"):
        collection.cook(st, seed=1)
    assert len([one for one in st.last_requests if one.method == "POST"]) == before


def test_everything_is_told_at_once(st: StationThis) -> None:
    """A trait that nothing uses, a place that is none, a number out of bounds, an input that is none, too many pieces: one report."""
    bad = Collection(
        "bad",
        "text-to-picture",
        {"prompt": "a [[Furr]] fox", "steps": "[[Steps]]", "promt": "x"},
        {"Fur": ["red"], "Steps": [0, 10, 70]},
        supply=10,
    )
    report = bad.validate(st)
    assert sorted({issue.code for issue in report}) == [
        "out-of-range",
        "supply-beyond",
        "unknown-input",
        "unresolved",
        "unused",
    ]
    assert [issue.where for issue in report if issue.code == "out-of-range"] == [
        "input steps",
        "input steps with Steps=70",
    ]


def test_a_sound_one_fits(st: StationThis) -> None:
    """Nothing is wrong, with numbers of a range, options of a list and a seed that is left to the pieces."""
    sound = Collection(
        "sound",
        "text-to-picture",
        {"prompt": "a [[Fur]] fox", "steps": "[[N]]", "style": "[[Style]]"},
        [Category("Fur", ["red"]), Category("N", range=Range(1, 60)), Category("Style", ["winter", "ink"])],
        supply=60,
    )
    assert sound.validate(st).raise_if_bad().ok


def test_pictures_are_looked_for(st: StationThis, tmp_path: Path) -> None:
    """A picture that is not there is told; one that is, is fine."""
    there = tmp_path / "there.png"
    from PIL import Image

    Image.new("RGB", (8, 8)).save(there)
    for names, codes in (([there], []), ([there, tmp_path / "none.png"], ["wrong-type"])):
        collection = Collection(
            "pictures",
            "picture-to-picture",
            {"prompt": "a fox", "input_image": "[[Photo]]"},
            [Category("Photo", images=names)],
            supply=1,
        )
        assert [issue.code for issue in collection.validate(st)] == codes


async def test_the_asynchronous_client_validates_too(client: AsyncStationThis) -> None:
    """The same method hands itself to either colour."""
    assert (await foxes().validate(client)).ok


def test_the_flag(gateway: RunningGateway) -> None:
    """Switched off, nothing is asked for: neither a look nor a cook."""
    with StationThis(gateway.key, gateway.base_url, flags={"collections": False}) as st:
        for call in (
            lambda: foxes().validate(st),
            lambda: foxes().cook(st, seed=1),
            lambda: st.collections.estimate(foxes()),
        ):
            with pytest.raises(FeatureDisabled, match="collections"):
                call()
        assert st.last_requests == ()
