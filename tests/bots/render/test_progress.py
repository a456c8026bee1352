"""How far a run is, in one line."""

import pytest
from hypothesis import given
from hypothesis import strategies as some

from stationthis_sdk.bots.render.progress import line
from stationthis_sdk.bots.render.sentences import LANGUAGES
from stationthis_sdk.entities import Progress, RunState


@pytest.mark.parametrize(
    ("progress", "turn", "told"),
    [
        (None, 3, "waiting, place 3"),
        (None, None, "starting"),
        (Progress(RunState("queued")), None, "in the queue"),
        (Progress(RunState("queued"), queue_position=4), None, "in the queue, 4 ahead"),
        (Progress(RunState("started")), None, "the machine is starting, which may take minutes"),
        (Progress(RunState("running")), None, "running"),
        (Progress(RunState("running"), 0.5), None, "▓▓▓▓▓░░░░░ 50%"),
        (Progress(RunState("running"), 0.999, message="VAEDecode"), None, "▓▓▓▓▓▓▓▓▓░ 99% · VAEDecode"),
        (Progress(RunState("defrosting"), 0.1, eta=200), None, "▓░░░░░░░░░ 10% · about 4 min left"),
        (Progress(RunState("uploading"), 1.0), None, "almost there"),
        (Progress(RunState("success"), 1.0), None, "done"),
        (Progress(RunState("timeout")), None, "out of time"),
    ],
)
def test_each_phase_has_its_words(progress: Progress | None, turn: int | None, told: str) -> None:
    """The bot's queue, the service's queue, the machine's start, the run, its end."""
    assert line(progress, turn=turn) == told
    assert line(progress, turn=turn, name="portrait") == f"portrait: {told}"


@given(
    state=some.sampled_from([*RunState.ORDER, *RunState.FINAL, "defrosting"]),
    fraction=some.floats(-1, 2, allow_nan=False),
    ahead=some.none() | some.integers(0, 10_000),
    message=some.text(max_size=500),
    eta=some.none() | some.floats(-1e3, 1e6),
    turn=some.none() | some.integers(1, 10_000),
    name=some.text(max_size=300),
    language=some.sampled_from(LANGUAGES),
)
def test_it_is_one_line_whatever_the_service_says(
    state, fraction, ahead, message, eta, turn, name, language
) -> None:
    """A message of the service may be of any length and hold anything."""
    told = line(
        Progress(RunState(state), fraction, ahead, message, eta), turn=turn, name=name, language=language
    )
    assert told
    assert len(told.splitlines()) == 1
    assert len(told) < 300
    told.encode()


def test_no_secret_is_in_it() -> None:
    """T30: the service's own words may quote a link."""
    progress = Progress(
        RunState("running"), 0.2, message="PUT https://s3.example.com/a?X-Amz-Signature=abc token=abc"
    )
    assert "abc" not in line(progress)
