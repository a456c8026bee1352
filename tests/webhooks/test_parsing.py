"""What a webhook says: read with tolerance, equal to what a poll says, and refused whole when it is hostile."""

import json
from typing import Any

import attrs
import pytest
from comfydeploy_client.models.run import Run as Answer
from hypothesis import given
from hypothesis import strategies as some

from stationthis_sdk import InvalidInput
from stationthis_sdk.api.calls.runs import run_of
from stationthis_sdk.local.answers.run import raw_output_json, run_json
from stationthis_sdk.local.rows.runs import Output, Run
from stationthis_sdk.tracker import merge
from stationthis_sdk.webhooks import parse
from stationthis_sdk.webhooks.parsing import MOST_BYTES

RUN = "5ea8723e-4701-4d69-8604-8932801f2083"

STATES = [
    "not-started",
    "queued",
    "started",
    "running",
    "uploading",
    "success",
    "failed",
    "timeout",
    "cancelled",
]
NAMES = some.sampled_from(["a.png", "b.gif", "c.mp4", "d", "e.txt", "f.glb", "../g.wav", ""])
ITEMS = (
    some.builds(
        lambda name, **more: {"url": f"https://h/{name}", "type": "output", "filename": name, **more},
        name=NAMES,
    )
    | some.fixed_dictionaries(
        {
            "url": NAMES.map(lambda name: f"https://h/outputs/{name}"),
            "type": some.just("output"),
            "filename": NAMES,
        },
        optional={
            "format": some.sampled_from(["image/png", "video/h264-mp4", "image/gif", "audio/flac", 7]),
            "output_id": some.sampled_from(["picture", "film", "", None]),
            "subfolder": some.sampled_from(["", "video", "audio", "x"]),
            "is_public": some.none() | some.booleans(),
            "upload_duration": some.floats(0, 9),
            "frame_rate": some.integers(1, 60),
        },
    )
    | some.text(max_size=8)
    | some.booleans()
)
ODD = (
    some.none()
    | some.integers(1 - 10**20, 10**20 - 1)
    | some.just({"filename": "x.png"})
    | some.just({"url": "https://h/x.png"})
)
KINDS = some.sampled_from(
    ["images", "gifs", "files", "mesh", "audio", "text", "result", "text_file", "animated"]
)
DATA = (
    some.dictionaries(KINDS, some.lists(ITEMS, max_size=3), max_size=3)
    | some.dictionaries(KINDS, some.lists(ITEMS | ODD, max_size=3) | some.text(max_size=3), max_size=2)
    | some.just({"error": {"error": {"type": "invalid_prompt"}, "exception_type": "X"}})
    | some.lists(
        some.fixed_dictionaries({"node": some.text(max_size=3), "seconds": some.floats(0, 9)}), max_size=2
    )
    | some.just({"text": ["words"], "output_id": ["caption"]})
)
META = some.sampled_from([None, {"node_id": "9"}, {"node_id": 9, "node_class": "SaveImage"}, {}])
OUTPUTS = some.lists(some.builds(Output, run_id=some.just(RUN), data=DATA, node_meta=META), max_size=4)


def polled(run: Run, outputs: list[Output]) -> Any:
    """What a poll says of a run, as the client reads it."""
    return run_of(Answer.from_dict(json.loads(json.dumps(run_json(run, outputs, "https://h")))))


def hooked(run: Run, outputs: list[Output]) -> Any:
    """What a webhook says of the same run."""
    body = {
        "event_type": "run.updated",
        "status": run.status,
        "live_status": run.live_status,
        "progress": run.progress,
        "run_id": run.id,
        "outputs": [raw_output_json(output, "https://h") for output in outputs],
    }
    return parse(json.dumps(body).encode()).record


@given(
    outputs=OUTPUTS,
    status=some.sampled_from([*STATES, "defrosting"]),
    live=some.none() | some.text(max_size=8),
    progress=some.floats(0, 1),
)
def test_a_poll_and_a_webhook_of_one_run_say_the_same(
    outputs: list[Output], status: str, live: str | None, progress: float
) -> None:
    """T5: merged in either order they are what the poll said, whatever the outputs are."""
    run = Run(
        id=RUN, user_id="u", workflow_id="w", machine_id="m", machine_type="classic", graph={},
        workflow_inputs={"prompt": "a fox"}, status=status, live_status=live, progress=progress,
    )  # fmt: skip
    poll, webhook = polled(run, outputs), hooked(run, outputs)
    assert merge(poll, webhook) == poll
    assert merge(webhook, poll) == poll
    assert merge(merge(webhook, poll), webhook) == poll
    assert (webhook.state, webhook.fraction, webhook.outputs) == (poll.state, poll.fraction, poll.outputs)


def test_only_the_run_is_needed() -> None:
    """No event, no outputs, no progress; a state that nobody knows is a live one."""
    assert parse({"run_id": RUN}).record.state == "not-started"
    strange = parse(json.dumps({"run_id": RUN.upper(), "status": "defrosting", "progress": -1, "extra": [1]}))
    assert (strange.record.id, strange.record.state, strange.record.state.final) == (RUN, "defrosting", False)
    assert strange.record.fraction == 0.0
    assert strange.event is None
    assert (
        parse({"run_id": RUN, "event_type": "run.output", "outputs": "https://h/a.png"}).event == "run.output"
    )


HOSTILE = {
    "nothing": b"",
    "no JSON": b"run_id=1",
    "no UTF-8": b'{"run_id": "\xff"}',
    "half a character": b'{"run_id": "%s", "live_status": "\\ud800"}' % RUN.encode(),
    "a list": b"[]",
    "a number": b"7",
    "no run": b'{"status": "success"}',
    "a path for a run": b'{"run_id": "../../x", "status": "success"}',
    "a number for a run": b'{"run_id": 7}',
    "null for a run": b'{"run_id": null}',
    "a name twice": b'{"run_id": "%s", "status": "queued", "status": "success"}' % RUN.encode(),
    "a name twice, deeper": b'{"run_id": "%s", "outputs": [{"a": 1, "a": 2}]}' % RUN.encode(),
    "deep": b'{"run_id": "%s", "outputs": %s}' % (RUN.encode(), b"[" * 100 + b"]" * 100),
    "deeper": b"[" * 500_000,
    "deep objects": b'{"a":' * 100_000 + b"1" + b"}" * 100_000,
    "a huge number": b'{"run_id": "%s", "progress": %s}' % (RUN.encode(), b"9" * 5000),
    "a huge exponent": b'{"run_id": "%s", "progress": 1e999}' % RUN.encode(),
    "a large number": b'{"run_id": "%s", "progress": 1e300}' % RUN.encode(),
    "many digits": b'{"run_id": "%s", "x": %s}' % (RUN.encode(), b"1" * 30),
    "NaN": b'{"run_id": "%s", "progress": NaN}' % RUN.encode(),
    "text for progress": b'{"run_id": "%s", "progress": "half"}' % RUN.encode(),
    "yes for progress": b'{"run_id": "%s", "progress": true}' % RUN.encode(),
    "a list for the state": b'{"run_id": "%s", "status": ["success"]}' % RUN.encode(),
    "a long state": b'{"run_id": "%s", "status": "%s"}' % (RUN.encode(), b"x" * 100),
    "a state that a terminal obeys": b'{"run_id": "%s", "status": "\\u001b[2J"}' % RUN.encode(),
    "an object for words": b'{"run_id": "%s", "live_status": {}}' % RUN.encode(),
    "a number for outputs": b'{"run_id": "%s", "outputs": 7}' % RUN.encode(),
    "too much": b'{"run_id": "%s", "x": "%s"}' % (RUN.encode(), b"x" * MOST_BYTES),
}


@pytest.mark.parametrize("body", HOSTILE.values(), ids=HOSTILE)
def test_what_is_no_webhook_is_refused_whole(body: bytes) -> None:
    """One typed error in one short line, whatever it is."""
    with pytest.raises(InvalidInput) as refused:
        parse(body)
    assert len(refused.value.message) < 300


@given(
    some.recursive(
        some.none() | some.booleans() | some.integers() | some.floats() | some.text(),
        lambda inner: (
            some.lists(inner, max_size=4) | some.dictionaries(some.text(max_size=6), inner, max_size=4)
        ),
        max_leaves=20,
    ),
    some.sampled_from(["status", "progress", "live_status", "outputs", "event_type", "other"]),
)
def test_any_value_anywhere_is_read_or_refused(value: Any, name: str) -> None:
    """Nothing but InvalidInput is raised, and what is read is a run as any other."""
    try:
        read = parse({"run_id": RUN, name: value})
    except InvalidInput:
        return
    assert read.record.id == RUN
    assert 0 <= read.record.fraction <= 1
    assert attrs.evolve(read.record) == read.record


@pytest.mark.parametrize("progress", [10**400, -(10**400), float("inf"), float("nan"), 100.1])
def test_an_object_s_progress_may_be_any_number(progress: float) -> None:
    """A number that no float holds is refused as any other: an object in Python has no limit of digits."""
    with pytest.raises(InvalidInput, match="progress is a number from 0 to 1"):
        parse({"run_id": RUN, "progress": progress})


@given(some.binary(max_size=200))
def test_any_bytes_are_read_or_refused(body: bytes) -> None:
    """Nothing else comes of them."""
    with pytest.raises(InvalidInput):
        parse(body)
