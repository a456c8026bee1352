"""Streams of events: bytes in any pieces, hostile ones too."""

import itertools
import json

import pytest
from hypothesis import given
from hypothesis import strategies as some

from stationthis_sdk.api.events import LONGEST, EventReader, ServerEvent, events_in

TEXT = some.text(some.characters(codec="utf-8"), max_size=30)


def read(*chunks: bytes) -> list[ServerEvent]:
    """The events of these chunks."""
    reader = EventReader()
    return [event for chunk in chunks for event in reader.feed(chunk)]


def pieces(content: bytes, places: list[int]) -> list[bytes]:
    """The same bytes, cut at these places."""
    cuts = [0, *sorted(place % (len(content) + 1) for place in places), len(content)]
    return [content[start:end] for start, end in itertools.pairwise(cuts)]


@given(
    some.lists(TEXT), some.sampled_from(["\n", "\r\n", "\r"]), some.lists(some.integers(0, 2000), max_size=30)
)
def test_json_comes_through_whatever_the_pieces(told: list[str], end: str, places: list[int]) -> None:
    """Any texts as JSON, each line end that the standard knows, cut anywhere: the same texts in the same order."""
    content = "".join(f"data: {json.dumps(one, ensure_ascii=False)}{end}{end}" for one in told).encode()
    found = read(*pieces(content, places))
    # Python's own idea of line ends is wider than the stream's.
    assert [json.loads(event.data) for event in found] == told
    assert all(event.whole and event.kind == "message" for event in found)


@given(some.binary(max_size=300), some.lists(some.integers(0, 300), max_size=10))
def test_any_bytes_are_read_the_same_in_any_pieces(content: bytes, places: list[int]) -> None:
    """Nothing raises, and where it was cut makes no difference."""
    assert read(*pieces(content, places)) == read(content)


@pytest.mark.parametrize(
    ("content", "events"),
    [
        (b"\xef\xbb\xbfdata: first\n\n", [("message", "first")]),
        (b": a heartbeat\n\ndata\n\n", [("message", "")]),
        (b"event: log_update\ndata:no space\ndata:  two\n\n", [("log_update", "no space\n two")]),
        (b"id: 7\nretry: 100\nunheard: of\n\n", []),
        (b"event: lonely\n\ndata: next\n\n", [("message", "next")]),
        (b"data: \xff\xfe\n\n", [("message", "��")]),
        (b"data: cut off\n", []),
        (b"", []),
    ],
)
def test_the_standard_s_corners(content: bytes, events: list[tuple[str, str]]) -> None:
    """Byte order marks, comments, fields of no interest, several lines, ends in the middle."""
    assert [(event.kind, event.data) for event in read(content)] == events


@pytest.mark.parametrize("size", [LONGEST + 1, 3 * LONGEST])
@pytest.mark.parametrize("piece", [1 << 16, 1 << 30])
def test_a_line_without_end_is_cut(size: int, piece: int) -> None:
    """Only its beginning is kept, it says so, and the next event is whole."""
    content = b"data: " + b"x" * size + b"\n\ndata: next\n\n"
    reader, found = EventReader(), []
    for start in range(0, len(content), piece):
        found += reader.feed(content[start : start + piece])
    assert [(len(event.data) <= LONGEST, event.whole) for event in found] == [(True, False), (True, True)]
    assert found[1].data == "next"


def test_many_lines_are_cut_as_one_event() -> None:
    """Lines of data that never end an event fill no memory."""
    reader = EventReader()
    line = b"data: " + b"x" * 1000 + b"\n"
    for _ in range(3000):
        assert list(reader.feed(line)) == []
    (event,) = reader.feed(b"\n")
    assert len(event.data) <= LONGEST + 3000
    assert not event.whole


async def test_events_come_as_soon_as_they_are_whole() -> None:
    """None waits for the next one."""

    async def chunks():
        yield b"data: one\r\n\r"
        yield b"\ndata: two\n"
        yield b"\n"

    assert [event.data async for event in events_in(chunks())] == ["one", "two"]
