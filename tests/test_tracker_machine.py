"""Whatever order news of a run arrives in, over whichever ways, some twice and some never: the same run in the end."""

import json
import struct
import uuid
from collections.abc import Callable, Iterable
from datetime import UTC, datetime, timedelta
from types import ModuleType
from typing import Any

import attrs
import httpx
import pytest
from comfydeploy_client import Client
from comfydeploy_client.api.runs import runs_get, runs_list_of_workflow_light
from hypothesis import settings
from hypothesis import strategies as some
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, precondition, rule

from stationthis_sdk.api.calls.logs import WEBHOOK, _json, _line
from stationthis_sdk.api.calls.run_lists import _rows, _rows_in_object
from stationthis_sdk.api.calls.runs import run_of
from stationthis_sdk.api.events import EventReader
from stationthis_sdk.entities import SUBMIT_INPUT, RunRecord, RunState
from stationthis_sdk.tracker import merge
from stationthis_sdk.webhooks import parse

RUN, OTHER = str(uuid.uuid4()), str(uuid.uuid4())
WORKFLOW, VERSION, DEPLOYMENT, MACHINE = (str(uuid.uuid4()) for _ in range(4))
INPUTS = {"prompt": "a fox", "seed": 7}
SUBMIT = "5" * 32
CLIENT = Client(base_url="http://127.0.0.1:1")
ENDS = ["success", "failed", "timeout", "cancelled"]
SUBMITTED = RunRecord(
    RUN,
    inputs=INPUTS,
    workflow_id=WORKFLOW,
    workflow_version_id=VERSION,
    machine_id=MACHINE,
    submit_id=SUBMIT,
    deployment_id=DEPLOYMENT,
    deployment_name="portrait",
    tags=("autumn",),
)


@attrs.frozen
class Moment:
    """How a run truly stood for a while. ``event`` is why a webhook was sent then; ``made`` are its outputs so far."""

    event: str
    status: str
    live: str | None
    progress: float
    made: tuple[int, ...]
    times: dict[str, datetime | None]


@attrs.frozen
class History:
    """A run from its beginning to after its end, of an account whose links are signed or not."""

    moments: tuple[Moment, ...]
    outputs: tuple[dict[str, Any], ...]
    private: bool
    gpu: str | None


MEDIA = some.fixed_dictionaries(
    {
        "url": some.sampled_from(["a.png", "b.gif", "c", "images/d"]).map(
            lambda name: f"https://bucket.example/{name}"
        ),
        "type": some.just("output"),
        "filename": some.sampled_from(["a.png", "b.gif", "c", "c.mp4", "song.flac"]),
    },
    optional={
        "format": some.sampled_from(["video/h264-mp4", "image/png"]),
        "output_id": some.just("picture"),
        "frame_rate": some.integers(1, 60),
        "subfolder": some.sampled_from(["", "video"]),
        "is_public": some.booleans(),
    },
)
PICTURES = some.fixed_dictionaries({"images": some.lists(MEDIA, min_size=1, max_size=2)})
DATA = (
    some.fixed_dictionaries({"gifs": some.lists(MEDIA, min_size=1, max_size=1)}, optional={"text": some.just(["x"])})
    | some.fixed_dictionaries({"text": some.lists(some.text(max_size=5), max_size=2)})
    | some.just({"text": ["words"], "output_id": ["caption"]})
    # What a read of the run never shows:
    | some.just({"error": {"exception_type": "ValueError", "exception_message": "no"}})
    | some.just([{"node": "9", "seconds": 1.5}])
    | some.just({"images": [{"url": "https://bucket.example/e.png"}]})
    | some.just({"images": [None, 7]})
)  # fmt: skip
META = some.sampled_from([None, {"node_id": "9"}, {"node_id": 9, "node_class": "SaveImage"}])


@some.composite
def histories(draw: some.DrawFn) -> History:
    """A true history: states in their order, or cut short by an end; progress, words and outputs; late ones, too."""
    serverless = draw(some.booleans())
    path = ["not-started", "queued", "started"] if serverless else ["not-started"]
    path += [
        *draw(some.sampled_from([[], ["defrosting"]])),
        "running",
        *draw(some.sampled_from([[], ["uploading"]])),
    ]
    end = draw(some.sampled_from(ENDS))
    if end != "success":
        path = path[: draw(some.integers(1, len(path)))]
    outputs = draw(some.lists(some.tuples(DATA | PICTURES, META), min_size=1, max_size=4))
    now = datetime(2026, 11, 22, 6, 29, 10, tzinfo=UTC)
    times: dict[str, datetime | None] = {"created": now, "queued": None, "started": None, "ended": None}
    moments: list[Moment] = []
    live: str | None = None
    progress, made = 0.0, 0
    for status in [*path, end]:
        now += timedelta(microseconds=draw(some.integers(1, 3_000_000) | some.just(1_000_000)))
        named = {"queued": "queued", "started": "started", end: "ended"}.get(status)
        times = {**times, named: now} if named else times
        steps = draw(some.integers(1, 3)) if status not in {"not-started", "queued"} else 0
        moments.append(Moment("run.updated", status, live, progress, tuple(range(made)), times))
        for _ in range(steps):
            event = (
                draw(some.sampled_from(["run.output", "run.progress"]))
                if made < len(outputs)
                else "run.progress"
            )
            made += event == "run.output"
            # After its end it may be told less.
            low = 0.0 if status == end else progress
            progress = draw(some.floats(low, 1.0, width=32))
            live = draw(some.sampled_from(["KSampler 3/20", "VAEDecode", "SaveImage"]))
            moments.append(Moment(event, status, live, progress, tuple(range(made)), times))
    entries = tuple(
        {"id": str(uuid.UUID(int=number + 1)), "data": data, "node_meta": meta}
        for number, (data, meta) in enumerate(outputs)
    )
    gpu = draw(some.sampled_from(["A10G", "CPU"])) if serverless else None
    return History(tuple(moments), entries, draw(some.booleans()), gpu)


def padded(moment: datetime | None) -> str | None:
    return None if moment is None else f"{moment:%Y-%m-%dT%H:%M:%S}.{moment.microsecond // 1000:03d}000Z"


def short(moment: datetime | None) -> str | None:
    """Of a whole second the seconds get lost."""
    return None if moment is None else moment.replace(tzinfo=None).isoformat()[:-3] + "Z"


def naive(moment: datetime | None) -> str | None:
    return None if moment is None else moment.replace(tzinfo=None).isoformat()


def seconds(end: datetime | None, start: datetime | None) -> float | None:
    return None if end is None or start is None else (end - start).total_seconds()


def as_text(number: float | None) -> str | None:
    return None if number is None else f"{number:.6f}"


def single(number: float) -> float:
    """In single precision, as the service keeps it."""
    return float(struct.unpack("f", struct.pack("f", number))[0])


class Service:
    """What the service says of a moment of a run, over each of its ways, in its own JSON."""

    def __init__(self, history: History) -> None:
        self.history = history
        self._signature = 0

    def read(self, moment: Moment) -> Any:
        """``GET /run/{id}``."""
        times = moment.times
        return {
            **self._common(moment, padded),
            "workflow_inputs": {**INPUTS, SUBMIT_INPUT: SUBMIT},
            "machine_id": MACHINE,
            "live_status": moment.live,
            "progress": single(moment.progress),
            "outputs": [shown for entry in self._made(moment) if (shown := _as_read(entry)) is not None],
            "number": 0,
            "queue_position": 2 if moment.status in {"not-started", "queued"} else None,
            "duration": seconds(times["ended"], times["created"]),
            "run_duration": seconds(times["ended"], times["started"]),
        }

    def light_rows(self, moment: Moment) -> Any:
        """``GET /v2/workflow/{id}/runs``."""
        times = moment.times
        row = {
            **self._common(moment, short),
            "deployment_id": DEPLOYMENT,
            "duration": as_text(seconds(times["ended"], times["created"])),
            "run_duration": as_text(seconds(times["ended"], times["started"])),
        }
        return [{"id": OTHER, "status": "failed", "deployment_id": DEPLOYMENT}, row]

    def rows_of_deployment(self, moment: Moment) -> Any:
        """``GET /deployment/{id}/runs``: its duration is that of the work."""
        times = moment.times
        row = {
            "id": RUN,
            "status": moment.status,
            "created_at": naive(times["created"]),
            "started_at": naive(times["started"]),
            "ended_at": naive(times["ended"]),
            "workflow_id": WORKFLOW,
            "workflow_version_id": VERSION,
            "machine_id": MACHINE,
            "gpu": self.history.gpu,
            "origin": "api",
            "deployment_id": DEPLOYMENT,
            "duration": as_text(seconds(times["ended"], times["started"])),
        }
        return {"data": [row], "meta": {"totalRowCount": 0}}

    def webhook(self, moment: Moment) -> Any:
        """A webhook's body: outputs only with a change of status, all so far, or alone; and raw."""
        made = self._made(moment)
        outputs = {"run.updated": made, "run.output": made[-1:]}.get(moment.event, [])
        return {
            "event_type": "run.output" if moment.event == "run.output" else "run.updated",
            "status": moment.status,
            "live_status": moment.live,
            "progress": moment.progress,
            "run_id": RUN,
            "outputs": [_raw(entry) for entry in outputs],
        }

    def _common(self, moment: Moment, form: Callable[[datetime | None], str | None]) -> dict[str, Any]:
        return {
            "id": RUN,
            "status": moment.status,
            "workflow_id": WORKFLOW,
            "workflow_version_id": VERSION,
            "origin": "api",
            "gpu": self.history.gpu,
            "webhook_status": None,
            **{f"{name}_at": form(at) for name, at in moment.times.items()},
        }

    def _made(self, moment: Moment) -> list[dict[str, Any]]:
        return [self._signed(self.history.outputs[number]) for number in moment.made]

    def _signed(self, entry: dict[str, Any]) -> dict[str, Any]:
        """Links of private accounts are made anew each time."""
        if not self.history.private or not isinstance(entry["data"], dict):
            return entry
        self._signature += 1
        query = f"?X-Amz-Date=1&X-Amz-Signature={self._signature:064x}"
        signed = {
            kind: [
                {**one, "url": one["url"] + query, "is_public": False} if isinstance(one, dict) else one
                for one in items
            ]
            if isinstance(items, list)
            else items
            for kind, items in entry["data"].items()
        }
        return {**entry, "data": signed}


def _named(data: Any) -> str | None:
    lists = (
        (data.get(kind, []) for kind in ("images", "files", "gifs", "mesh")) if isinstance(data, dict) else ()
    )
    found = (one.get("output_id") for items in lists for one in items if isinstance(one, dict))
    return next((name for name in found if name), None)


def _as_read(entry: dict[str, Any]) -> dict[str, Any] | None:
    """As a read shows it: six fields of each file, and what does not fit is dropped whole."""
    if not isinstance(entry["data"], dict):
        return None
    kept: dict[str, list[Any]] = {}
    for kind, items in entry["data"].items():
        fits = isinstance(items, list) and all(
            isinstance(one, str | bool)
            or (isinstance(one, dict) and {"url", "type", "filename"} <= one.keys())
            for one in items
        )
        if not fits:
            return None
        fields = ("url", "type", "filename", "is_public", "subfolder", "upload_duration")
        kept[kind] = [
            {name: one.get(name) for name in fields} if isinstance(one, dict) else one for one in items
        ]
    return {
        **entry,
        "run_id": RUN,
        "data": kept,
        "output_id": _named(entry["data"]),
        "type": None,
        "node_id": None,
    }


def _raw(entry: dict[str, Any]) -> dict[str, Any]:
    name = _named(entry["data"])
    return {**entry, "run_id": RUN, **({"output_id": name} if name else {})}


def answered(operation: ModuleType, body: Any) -> Any:
    """What the generated client makes of an answer."""
    return operation._parse_response(client=CLIENT, response=httpx.Response(200, json=body))


def of(rows: Iterable[RunRecord]) -> RunRecord:
    (found,) = [row for row in rows if row.id == RUN]
    return found


def polled(service: Service, moment: Moment) -> RunRecord:
    """A read of the run."""
    return run_of(answered(runs_get, service.read(moment)))


def listed(service: Service, moment: Moment) -> RunRecord:
    """A row of the light list."""
    return of(_rows(answered(runs_list_of_workflow_light, service.light_rows(moment))))


def listed_by_deployment(service: Service, moment: Moment) -> RunRecord:
    """A row of the deployment's list."""
    return of(_rows_in_object(service.rows_of_deployment(moment)))


def hooked(service: Service, moment: Moment) -> RunRecord:
    """A webhook."""
    return parse(json.dumps(service.webhook(moment)).encode()).record


def streamed(service: Service, moment: Moment) -> RunRecord:
    """The same in a frame of the run's log, in which each delivery is a line."""
    told = {
        "message": json.dumps(service.webhook(moment)),
        "level": WEBHOOK,
        "timestamp": "2026-11-22T06:30:20.630Z",
    }
    (event,) = EventReader().feed(f"data: {json.dumps(told)}\n\n".encode())
    line = _line(event, _json(event))
    assert line is not None
    assert line.level == WEBHOOK
    return parse(line.message).record


WAYS = [polled, listed, listed_by_deployment, hooked, streamed]
LISTS = {listed, listed_by_deployment}


class Interleavings(RuleBasedStateMachine):
    """A run goes through its history while news of any moment so far arrives: at once or late, again, or never."""

    @initialize(history=histories(), submitted=some.booleans())
    def begins(self, history: History, submitted: bool) -> None:
        """It was submitted here, or is found by its id."""
        self.service = Service(history)
        self.moments = history.moments
        self.now = 0
        self.heard: list[RunRecord] = []
        self.deployment_told = submitted
        self.submitted = submitted
        self.known = SUBMITTED if submitted else polled(self.service, self.moments[0])

    @precondition(lambda self: self.now < len(self.moments) - 1)
    @rule(steps=some.integers(1, 4))
    def goes_on(self, steps: int) -> None:
        """The run gets further."""
        self.now = min(self.now + steps, len(self.moments) - 1)

    @rule(way=some.sampled_from(WAYS), late=some.integers(0, 12))
    def is_told(self, way: Callable[[Service, Moment], RunRecord], late: int) -> None:
        """News arrives, of now or of a moment long over."""
        self._hear(way(self.service, self.moments[max(0, self.now - late)]))
        self.deployment_told |= way in LISTS

    @precondition(lambda self: self.heard)
    @rule(number=some.integers(0, 30))
    def is_told_again(self, number: int) -> None:
        """The very same news arrives once more."""
        self._hear(self.heard[number % len(self.heard)])

    @precondition(lambda self: self.known.state.final)
    @rule(end=some.sampled_from(ENDS))
    def is_told_of_another_end(self, end: str) -> None:
        """What has been heard to have ended is said to have ended otherwise; the first word stands."""
        body = {
            "event_type": "run.updated",
            "status": end,
            "live_status": None,
            "progress": 0.0,
            "outputs": [],
        }
        self._hear(parse(json.dumps({**body, "run_id": RUN})).record)

    def _hear(self, told: RunRecord) -> None:
        before, self.known = self.known, merge(self.known, told)
        self.heard.append(told)
        assert self.known.state.rank >= before.state.rank
        assert not before.state.final or self.known.state == before.state
        assert self.known.fraction >= max(before.fraction, told.fraction)
        made = {item.identity for item in self.known.outputs}
        assert made == {item.identity for item in (*before.outputs, *told.outputs)}
        assert merge(self.known, told) == self.known, "news told twice changes nothing"

    @invariant()
    def it_is_a_run_that_may_be_shown(self) -> None:
        """Its state is one it has been in, nothing is there twice, and nothing of ours shows."""
        known = self.known
        assert known.state in {one.status for one in self.moments[: self.now + 1]} | {"not-started"}
        assert len({item.identity for item in known.outputs}) == len(known.outputs)
        assert SUBMIT_INPUT not in known.inputs
        assert known.queue_position is None or known.state.phase == "queue"

    def teardown(self) -> None:
        """It has ended, and is read once more: all is as that read says, and what only others tell is kept."""
        last = polled(self.service, self.moments[-1])
        fractions = [one.fraction for one in (self.known, *self.heard, last)]
        self._hear(last)
        told = {
            "fraction": max(fractions),
            "deployment_id": DEPLOYMENT if self.deployment_told else None,
            "deployment_name": SUBMITTED.deployment_name if self.submitted else None,
            "tags": SUBMITTED.tags if self.submitted else (),
        }
        assert self.known == attrs.evolve(last, **told)
        assert self.known.state.final
        assert isinstance(self.known.state, RunState)


class TestInterleavings(Interleavings.TestCase):
    """T3, T4, T5: any interleaving of polls, lists, streams and webhooks comes to the same run."""

    settings = settings(max_examples=120, stateful_step_count=20, deadline=None)


@pytest.mark.slow
class TestManyInterleavings(Interleavings.TestCase):
    """The same, for longer."""

    settings = settings(max_examples=600, stateful_step_count=40, deadline=None)
