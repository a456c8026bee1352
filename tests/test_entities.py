"""Times in all their forms, states that nobody has told us of, and texts people read."""

import pickle
from datetime import UTC, datetime, timedelta, timezone

import pytest
from hypothesis import given
from hypothesis import strategies as some

from stationthis_sdk.entities import (
    SUBMIT_INPUT,
    InputField,
    OutputItem,
    Progress,
    RunState,
    Timeouts,
    parse_time,
    without_submit,
)

MOMENTS = some.datetimes(datetime(2000, 1, 1), datetime(2100, 1, 1))  # noqa: DTZ001 - naive, as the database is


@pytest.mark.parametrize(
    ("form", "kept"),
    [
        ("%Y-%m-%dT%H:%M:%S.%fZ", timedelta(microseconds=1)),
        ("%Y-%m-%dT%H:%M:%S.%f", timedelta(microseconds=1)),
        ("%Y-%m-%d %H:%M:%S.%f", timedelta(microseconds=1)),
        ("%Y-%m-%dT%H:%M:%S.%f+00:00", timedelta(microseconds=1)),
        ("%Y-%m-%dT%H:%M:%S.%f+00Z", timedelta(microseconds=1)),
        ("%Y-%m-%d %H:%M:%S.%f+00", timedelta(microseconds=1)),
        ("%Y-%m-%dT%H:%M:%SZ", timedelta(seconds=1)),
        ("%Y-%m-%d %H:%M:%S", timedelta(seconds=1)),
        ("%Y-%m-%dT%H:%MZ", timedelta(minutes=1)),
        ("  %Y-%m-%dT%H:%M:%S.%fZ \n", timedelta(microseconds=1)),
    ],
)
@given(moment=MOMENTS)
def test_every_form_of_a_time_is_read(form, kept, moment):
    """All the service's forms are UTC and lose no more than the form leaves out."""
    read = parse_time(moment.strftime(form))
    assert read is not None
    assert read.utcoffset() == timedelta(0)
    assert timedelta(0) <= moment.replace(tzinfo=UTC) - read < kept


@given(MOMENTS)
def test_padded_and_short_milliseconds(moment):
    """Milliseconds with three digits and padded to six are the same moment."""
    text = moment.isoformat(timespec="milliseconds")
    assert parse_time(f"{text}Z") == parse_time(f"{text}000Z") == parse_time(text)


@given(MOMENTS, some.integers(-23 * 60, 23 * 60))
def test_other_offsets_become_utc(moment, minutes):
    """A time that names another offset is the same moment in UTC."""
    there = moment.replace(tzinfo=timezone(timedelta(minutes=minutes)))
    read = parse_time(there.isoformat())
    assert read == there
    assert read is not None
    assert read.tzinfo is UTC


@given(
    some.text()
    | some.none()
    | some.integers()
    | some.binary()
    | some.lists(some.text())
    | some.from_regex(r"\d{4}-\d\d-\d\d[T ]?.{0,12}Z?")
)
def test_anything_else_is_no_time(anything):
    """Whatever comes, reading a time never raises; it is a moment in UTC or None."""
    read = parse_time(anything)
    assert read is None or read.utcoffset() == timedelta(0)


@pytest.mark.parametrize(
    "text", ["0001-01-01T00:00:00+23:59", "9999-12-31T23:59:59-10:00", "\ud800", "", "Z", "+00"]
)
def test_times_out_of_this_world(text):
    """Times that Python's calendar can't hold are None."""
    assert parse_time(text) is None


@given(some.text(max_size=20))
def test_an_unknown_state_is_live(word):
    """Only the four ends are ends; whatever else the service says is a live state with a phase."""
    state = RunState(word)
    assert state.final is (word in {"success", "failed", "timeout", "cancelled"})
    assert state.phase in {"queue", "cold start", "execution", "done"}
    assert (state.phase == "done") is state.final
    assert RunState(state) == state == word
    assert pickle.loads(pickle.dumps(state)) == state


def test_states_in_their_order():
    """Each state of the service comes after the one before, and every end after them all."""
    words = ["not-started", "queued", "started", "running", "uploading"]
    ranks = [RunState(word).rank for word in words]
    assert ranks == sorted(set(ranks))
    assert all(RunState(end).rank > max(ranks) for end in RunState.FINAL)
    assert RunState("defrosting").rank == RunState("running").rank


@pytest.mark.parametrize(
    ("progress", "text"),
    [
        (Progress(RunState("queued"), queue_position=3), "queued, 3 ahead"),
        (Progress(RunState("not-started")), "not-started"),
        (Progress(RunState("running"), 0.25, message="KSampler"), "running 25% KSampler"),
        (Progress(RunState("success"), 0.6), "success"),
    ],
)
def test_progress_as_a_person_reads_it(progress, text):
    """Progress is one short line."""
    assert str(progress) == text


@pytest.mark.parametrize(
    ("field", "text"),
    [
        (InputField("prompt", "text", "a cat"), "prompt text"),
        (InputField("seed", "seed", -1, 0, 9), "seed seed"),
        (InputField("cfg", "number", 7.5, 1, 20), "cfg 1–20 = 7.5"),
        (InputField("style", "enum", "anime", options=("anime", "photo")), "style anime|photo = anime"),
        (InputField("image", "image", required=True), "image image (required)"),
        (InputField("flag", "boolean", default=False), "flag boolean = False"),
    ],
)
def test_an_input_as_a_person_reads_it(field, text):
    """A field says its name, what may be put in, and its default."""
    assert str(field) == text


def test_limits_by_phase():
    """Each phase that has a limit gives it; the end has none."""
    limits = Timeouts(queue=1, cold_start=2, execution=3)
    assert [limits.limit(phase) for phase in ("queue", "cold start", "execution", "done")] == [1, 2, 3, None]


@given(some.dictionaries(some.text(max_size=5), some.integers()))
def test_our_own_input_is_left_out(inputs):
    """What a person gave comes back whole, without the one that is ours."""
    given_inputs = {name: value for name, value in inputs.items() if name != SUBMIT_INPUT}
    assert without_submit({**given_inputs, SUBMIT_INPUT: "x"}) == given_inputs


def test_what_makes_an_output_the_same():
    """Another signature is the same output; another name behind the same path is not."""
    one = OutputItem("image", "https://h/a.png?sig=1", filename="a.png", entry_id="e")
    assert (
        one.identity == OutputItem("image", "https://h/a.png?sig=2", filename="a.png", entry_id="e").identity
    )
    assert (
        one.identity != OutputItem("image", "https://h/a.png?sig=1", filename="b.png", entry_id="e").identity
    )
    assert OutputItem("text", text="a").identity != OutputItem("text", text="b").identity
