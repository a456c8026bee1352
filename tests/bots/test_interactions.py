"""Interactions on Discord: whatever it refuses there is one way left, until there is none."""

import pytest
from hypothesis import given
from hypothesis import strategies as some

from stationthis_sdk.bots.interactions import DEFER_WITHIN, EDIT_UNTIL, Answering, is_hidden

CODES = [40060, 10008, 10062, 50027, 50013, 50001, 99, None]


def test_what_another_has_acknowledged_is_edited() -> None:
    """T26: "already replied" is no end: the answer that is there is edited."""
    answering = Answering(0.0)
    answering.refused(40060, "defer")
    assert answering.way(now=1.0) == "edit"


@pytest.mark.parametrize("code", [10008, 10015, 10062, 50027])
def test_what_is_gone_is_posted(code: int) -> None:
    """T26: "unknown message", "unknown interaction", a dead token: the picture goes into the channel."""
    answering = Answering(0.0)
    answering.deferred()
    answering.refused(code, "edit")
    assert answering.way(now=1.0) == "post"


def test_where_nothing_may_be_posted_nothing_is_tried_again() -> None:
    """T26: without access to the channel there is no way left, and the host is told so."""
    answering = Answering(0.0)
    answering.deferred()
    answering.refused(50013, "edit")
    assert answering.way(now=1.0) == "post"
    answering.refused(50013, "post")
    assert answering.way(now=1.0) == "give up"


def test_without_the_intent_a_message_is_empty() -> None:
    """T26: a message without text, file, embed or sticker was hidden; one with any of them was not."""
    assert is_hidden("")
    assert not is_hidden("", attachments=1)
    assert not is_hidden("", embeds=1)
    assert not is_hidden("", others=1)
    assert not is_hidden("a fox")


@given(
    steps=some.lists(some.tuples(some.floats(0, 400), some.sampled_from([*CODES, "well"])), max_size=12),
)
def test_any_course_keeps_discords_limits(steps: list[tuple[float, object]]) -> None:
    """No acknowledgement after three seconds, none twice, no edit after fourteen minutes; giving up is for good."""
    answering, now, deferred = Answering(0.0), 0.0, False
    ways = []
    for passed, outcome in steps:
        now += passed
        way = answering.way(now=now)
        assert not (way == "defer" and (deferred or now >= DEFER_WITHIN))
        assert not (way == "edit" and now >= EDIT_UNTIL)
        assert "give up" not in ways or way == "give up"
        ways.append(way)
        if outcome == "well":
            deferred = deferred or way == "defer"
            if way == "defer":
                answering.deferred()
        else:
            answering.refused(outcome, way)  # type: ignore[arg-type]
