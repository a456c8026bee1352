"""Buttons survive restarts: all they need is in what they carry."""

import pytest
from hypothesis import example, given
from hypothesis import strategies as some

from stationthis_sdk import InvalidInput
from stationthis_sdk.bots.render.buttons import VERBS, data_of, of_result, of_unsure, of_waiting, read
from stationthis_sdk.bots.render.sentences import LANGUAGES

JOBS = some.text(some.sampled_from("abcXYZ0189"), min_size=1, max_size=48)


@given(some.sampled_from(sorted(VERBS)), JOBS)
def test_what_is_made_is_read(verb: str, job: str) -> None:
    """And it fits Telegram's 64 bytes."""
    data = data_of(verb, job)
    assert read(data) == (verb, job)
    assert len(data.encode()) <= 64


@given(some.text(max_size=70) | some.text(max_size=30).map(lambda text: f"st:again:{text}"))
@example("st:drop:abc")
@example("rate_gen:5:funny")
@example("st:again:abc\n")
def test_what_is_not_ours_is_nobody_s(data: str) -> None:
    """Buttons of the host's, of bots before us, and made-up ones lead nowhere."""
    found = read(data)
    assert found is None or (found[0] in VERBS and data_of(*found) == data)


@pytest.mark.parametrize(
    ("verb", "job"), [("drop", "abc"), ("again", ""), ("again", "a:b"), ("again", "a" * 49), ("again", "é")]
)
def test_what_could_not_be_read_is_not_made(verb: str, job: str) -> None:
    """One clear error where the button is made, rather than a dead button."""
    with pytest.raises(InvalidInput):
        data_of(verb, job)


@pytest.mark.parametrize("language", LANGUAGES)
def test_each_place_has_its_buttons(language: str) -> None:
    """Under a result, under a status, and where parts may be missing; Tweak only where there is something to."""
    verbs = [[read(button.data) for row in rows for button in row] for rows in (
        of_result("j1", can_tweak=True, language=language), of_result("j1", can_tweak=False, language=language),
        of_waiting("j1", language), of_unsure("j1", language))]  # fmt: skip
    assert verbs == [
        [("again", "j1"), ("vary", "j1"), ("tweak", "j1"), ("info", "j1")],
        [("again", "j1"), ("vary", "j1"), ("info", "j1")],
        [("cancel", "j1")],
        [("resend", "j1")],
    ]
