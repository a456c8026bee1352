"""Collections, what is wrong with them, their pieces and cooks show themselves; whatever is in them is escaped."""

from pathlib import Path
from typing import Any

import pytest

from stationthis_sdk import Category, Collection, Part, Piece, Range, StationThis, Trait
from stationthis_sdk.notebook import displays
from stationthis_sdk.recipes.collections.exporting import Export
from stationthis_sdk.recipes.collections.faults import Issue, Report
from tests.notebook.safe import HOSTILE, read
from tests.recipes.collections.samples import foxes


def shown(thing: Any) -> str:
    """What its display says."""
    return read(displays.bundle_of(thing)["text/html"])


def test_a_collection_shows_its_traits() -> None:
    """Each with its share, how many combinations there are; also where something is wrong with it."""
    told = shown(
        foxes(
            inputs={"prompt": "a [[Fur]] fox with [[Hat]][[Snow]]"},
            exclusions=[("Fur=red", "Hat=none")],
            parts=[Part("Snow", ", in snow", 0.5)],
        )
    )
    for words in ("foxes", "4 pieces", "10 combinations", "1 exclusions", "red 48%", "gold 5%", ", in snow"):
        assert words in told
    wrong = foxes(inputs={"prompt": "[[Furr]]"}, exclusions=[("Tail=long", "Hat=none")])
    assert "foxes" in shown(wrong)
    assert "Furr" in shown(wrong.validate())
    assert "nothing is wrong" in shown(foxes().validate())


def test_a_cook_shows_its_pictures(st: StationThis, tmp_path: Path) -> None:
    """As its batch does; its pieces tell their traits, its export how many there are."""
    cook = foxes(2).cook(st, seed=1, name="shown")
    assert "2 succeeded" in shown(cook)
    assert displays.bundle_of(cook)["text/html"].count("data:image") == 2
    told = shown(cook.piece(1))
    assert "success" in told
    assert "Fur" in told
    assert "2 pieces" in shown(cook.export(tmp_path / "x.zip", only="all"))
    assert "shown" in shown(st.collections.list())
    assert "cook(collection" in shown(st.collections)


@pytest.mark.parametrize("text", HOSTILE)
def test_whatever_is_in_it_is_escaped(text: str) -> None:
    """Names, traits, texts, reasons, paths."""
    shown(
        Collection(
            text,
            text,
            {text: f"[[{text}]]"},
            [
                Category(text, [Trait(text, text)]),
                Category("N", range=Range(1, 2)),
                Category("P", images=[text]),
            ],
            description=text,
            parts=[Part(text, text, 0.5)],
        )
    )
    shown(Report(text, (Issue("value", text, text),)))
    shown(Issue("value", text, text))
    shown(
        Piece(1, 1, {text: text}, {text: text}, (text,), reason=text, run_id=text, parent=text, verdict=text)
    )
    shown(Export(Path(text.replace("\0", "")), 1, "x", ((1, text),)))
