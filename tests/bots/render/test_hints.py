"""Hints in the notes of workflows."""

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as some

from stationthis_sdk.bots.people import Platform
from stationthis_sdk.bots.render.hints import hints_of, notes_in


@pytest.mark.parametrize(
    ("note", "telegram", "discord"),
    [
        ("@bot telegram send-as=document", {"send-as": "document"}, {}),
        ("@bot telegram send-as=document,filename=fox", {"send-as": "document", "filename": "fox"}, {}),
        (
            "@bot telegram send_as=document filename='my fox {n}'",
            {"send-as": "document", "filename": "my fox {n}"},
            {},
        ),
        ("Made by Ada.\n@BOT Telegram Send-As = document\nThanks", {"send-as": "document"}, {}),
        ("@bot all filename=fox", {"filename": "fox"}, {"filename": "fox"}),
        ("@bot filename=fox", {"filename": "fox"}, {"filename": "fox"}),
        ("@bot telegram,discord filename=fox", {"filename": "fox"}, {"filename": "fox"}),
        ("@bot all filename=a\n@bot discord filename=b", {"filename": "a"}, {"filename": "b"}),
        ("@bot discord filename=b\n@bot all filename=a", {"filename": "a"}, {"filename": "b"}),
        ("ada@bot telegram send-as=document", {}, {}),
        ("@bothersome telegram send-as=document", {}, {}),
        ("@bot telegram", {}, {}),
        ("@bot", {}, {}),
        ("", {}, {}),
    ],
)
def test_hints_are_read_as_authors_write_them(
    note: str, telegram: dict[str, str], discord: dict[str, str]
) -> None:
    """Commas or spaces, quotes, any case; what is for one platform goes before what is for all."""
    assert (hints_of([note], "telegram"), hints_of([note], "discord")) == (telegram, discord)


@given(
    some.lists(some.text() | some.text().map(lambda text: f"@bot {text}")),
    some.sampled_from(["telegram", "discord"]),
)
def test_no_note_is_ever_a_reason_to_fail(notes: list[str], platform: Platform) -> None:
    """Anybody may write anything into a note."""
    assert all(isinstance(value, str) for value in hints_of(notes, platform).values())


def test_notes_are_found_in_the_editor_s_graph() -> None:
    """Both kinds of note, as list or by name, in subgraphs too; other nodes' texts are none."""
    graph = {
        "nodes": [
            {"id": 1, "type": "Note", "widgets_values": ["one"]},
            {"id": 2, "type": "MarkdownNote", "widgets_values": {"text": "two"}},
            {"id": 3, "type": "CLIPTextEncode", "widgets_values": ["@bot all send-as=document"]},
            {"id": 4, "type": "Note", "widgets_values": []},
            {"id": 5, "type": "Note"},
        ],
        "links": [],
        "definitions": {"subgraphs": [{"nodes": [{"type": "Note", "widgets_values": ["three"]}]}, None, 7]},
    }
    assert notes_in(graph) == ["one", "two", "three"]
    assert notes_in({"workflow": graph, "prompt": {}}) == ["one", "two", "three"]


JSON = some.recursive(
    some.none() | some.booleans() | some.integers() | some.text(),
    lambda inner: (
        some.lists(inner) | some.dictionaries(some.text() | some.sampled_from(["type", "nodes"]), inner)
    ),
)


@given(JSON, JSON, JSON)
def test_no_graph_is_ever_a_reason_to_fail(values: Any, subgraphs: Any, anything: Any) -> None:
    """A graph is a stranger's file."""
    node = {"type": "Note", "widgets_values": values}
    inside = {"subgraphs": subgraphs}
    for graph in (
        anything,
        {"nodes": [node], "links": [], "definitions": inside},
        {"nodes": [node], "definitions": anything},
    ):
        assert all(isinstance(text, str) for text in notes_in(graph))
