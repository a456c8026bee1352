"""Runs as frames: whatever they hold, one row each or one for each output."""

import math
from datetime import UTC, datetime, timedelta
from typing import Any

import pandas as pd
import pytest
from hypothesis import example, given
from hypothesis import strategies as some

from stationthis_sdk import AsyncStationThis, InvalidInput, StationThis
from stationthis_sdk.entities import OutputItem, RunRecord, RunState
from stationthis_sdk.frames.making import text_of
from stationthis_sdk.frames.pictures import PictureFrame
from stationthis_sdk.frames.runs import frame_of_runs
from stationthis_sdk.runs import AsyncRun, listed
from tests.echo import GRAPH
from tests.fixtures import RunningGateway
from tests.frames.nobody import context
from tests.frames.parquet import NAMES, ODD, check_parquet

SMALL = {"steps": 1, "width": 64, "height": 64}
FIXED = [
    "run_id", "deployment", "state", "reason", "created_at", "started_at", "ended_at", "queued", "duration", "gpu",
    "cost", "cost_why", "tags", "from_cache", "outputs", "output_url", "picture",
]  # fmt: skip
TYPES = [
    "str", "str", "category", "str", *["datetime64[us, UTC]"] * 3, *["timedelta64[us]"] * 2, "category", "Float64",
    "str", "str", "boolean", "Int64", "str", "str",
]  # fmt: skip
OF_OUTPUTS = [f"output_{what}" for what in ("place", "name", "kind", "filename", "mime", "node", "text")]


def _run(record: RunRecord, **more: Any) -> AsyncRun:
    return AsyncRun(context(), record, **more)


MAYBE_TEXT = some.none() | NAMES
MOMENTS = some.none() | some.datetimes(timezones=some.just(UTC))
ITEMS = some.builds(
    OutputItem,
    some.sampled_from(["image", "animation", "video", "text", "defrosted"]) | NAMES,
    MAYBE_TEXT, MAYBE_TEXT, NAMES, MAYBE_TEXT, MAYBE_TEXT, MAYBE_TEXT,
)  # fmt: skip
RECORDS = some.builds(
    RunRecord,
    some.uuids().map(str),
    state=some.builds(RunState, some.sampled_from(["success", "failed", "queued", "defrosting"]) | NAMES),
    inputs=some.dictionaries(NAMES | some.sampled_from(FIXED), ODD, max_size=4),
    outputs=some.lists(ITEMS, max_size=3).map(tuple),
    gpu=MAYBE_TEXT,
    created_at=MOMENTS,
    started_at=MOMENTS,
    ended_at=MOMENTS,
    run_duration=some.none() | some.floats(),
    deployment_name=MAYBE_TEXT,
    tags=some.lists(NAMES, max_size=2).map(tuple),
)


@given(some.lists(RECORDS, max_size=3), some.sampled_from(["run", "output"]))
@example([RunRecord("a", inputs={"state": 1, "input_state": 2, "seed": 2**64 - 1})], "run")
def test_any_runs_survive_parquet(records: list[RunRecord], per: str) -> None:
    """Odd inputs, names, times and outputs: each input has a column of its own, and it all comes back equal."""
    frame = listed([_run(record, reason="\ud800") for record in records]).to_frame(per=per)
    check_parquet(frame)
    rows = [(one, at) for one in records for at in (range(len(one.outputs)) if per == "output" else [0])]
    assert frame["run_id"].tolist() == [record.id for record, _ in rows]
    names = dict.fromkeys(name for record in records for name in record.inputs)
    fixed = [*FIXED[:-2], *(OF_OUTPUTS if per == "output" else []), *FIXED[-2:]]
    assert [*frame.columns[:3], *frame.columns[3 + len(names) :]] == fixed
    for name, column in zip(names, frame.columns[3 : 3 + len(names)], strict=True):
        for (record, _), cell in zip(rows, frame[column], strict=True):
            value = record.inputs.get(name)
            missing = value is None or (isinstance(value, float) and math.isnan(value) and pd.isna(cell))
            assert pd.isna(cell) if missing else cell == value or cell == text_of(value)
    for (record, at), picture in zip(rows, frame["picture"], strict=True):
        shown = [place for place, item in enumerate(record.outputs) if item.kind in {"image", "animation"}]
        if per == "output":
            shown = [at] if at in shown else []
        assert picture == f"{record.id}/{shown[0]}" if shown else pd.isna(picture)
        if shown:
            assert frame.picture_of(picture)._item == record.outputs[shown[0]]


def test_nothing_has_all_columns() -> None:
    """No run, no row; the columns and their types are those of any other frame, also through Parquet."""
    for per, more in (("run", []), ("output", OF_OUTPUTS)):
        frame = listed([]).to_frame(per=per)
        assert (len(frame), list(frame.columns)) == (0, [*FIXED[:-2], *more, *FIXED[-2:]])
        check_parquet(frame)
    assert [str(kind) for kind in listed([]).to_frame().dtypes] == TYPES


def test_seeds_of_any_size_stay_exact() -> None:
    """Above 2**63 they are UInt64, beside negative ones texts; never floats."""

    def seeds(*values: Any) -> Any:
        return frame_of_runs(
            [_run(RunRecord(str(at), inputs={"seed": one})) for at, one in enumerate(values)]
        )["seed"]

    largest = 2**64 - 1
    assert (str(seeds(largest, 0).dtype), seeds(largest, 0).tolist()) == ("UInt64", [largest, 0])
    assert seeds(largest, -1).tolist() == [str(largest), "-1"]
    assert str(seeds(2**63 - 1, None).dtype) == "Int64"


def test_times_and_states_of_a_run() -> None:
    """Waiting and work are durations; what has not ended has none; a cost that nobody knows is missing, and says why."""
    made = datetime(2026, 11, 1, 12, tzinfo=UTC)
    ended = RunRecord(
        "1", RunState("success"), created_at=made, started_at=made + timedelta(seconds=2),
        ended_at=made + timedelta(seconds=5.5), tags=("a", "b"),
    )  # fmt: skip
    frame = frame_of_runs([_run(ended), _run(RunRecord("2", RunState("running"), created_at=made))])
    assert frame["queued"].tolist() == [pd.Timedelta(seconds=2), pd.NaT]
    assert frame["duration"].tolist() == [pd.Timedelta(seconds=3.5), pd.NaT]
    assert frame["state"].cat.categories.tolist() == ["success", "running"]
    assert frame["tags"].isna().tolist() == [False, True]
    assert frame.loc[0, "tags"] == "a, b"
    assert frame["cost"].isna().all()
    assert frame["cost_why"].notna().all()


def test_per_is_run_or_output() -> None:
    """Anything else is refused, of one run and of many, and the message says what there is."""
    for ask in (_run(RunRecord("1")).to_frame, listed([]).to_frame):
        with pytest.raises(InvalidInput, match=r"'run'.*'output'.*'node'"):
            ask(per="node")


async def test_lists_of_a_deployment(gateway: RunningGateway, ast: AsyncStationThis) -> None:
    """Brief lists have no inputs and no outputs, and say so when outputs are wanted; whole ones have both."""
    deployment = await ast.deployments.get("text-to-picture")
    tagged = deployment.options(tags=["framed"], allow_unknown=True)
    runs = [
        await tagged(prompt=f"a {animal}", big=2**63 + at, **SMALL)
        for at, animal in enumerate(["fox", "hare"])
    ]
    ids = [run.id for run in reversed(runs)]

    brief = (await deployment.runs(limit=2)).to_frame()
    assert brief["run_id"].tolist() == ids
    assert list(brief.columns) == FIXED
    assert brief["outputs"].isna().all()
    assert brief["picture"].isna().all()
    with pytest.raises(InvalidInput, match="outputs=True"):
        (await deployment.runs(limit=2)).to_frame(per="output")

    whole = await ast.runs.list(deployment=deployment, inputs=True, outputs=True, limit=2)
    here = await ast.runs.list(tag="framed")
    for listing in (whole, here, whole[:2]):
        frame = listing.to_frame()
        assert frame["run_id"].tolist() == ids
        assert frame["prompt"].tolist() == ["a hare", "a fox"]
        assert frame["big"].tolist() == [2**63 + 1, 2**63]
        assert frame["deployment"].tolist() == ["text-to-picture"] * 2
        assert frame["outputs"].tolist() == [1, 1]
        check_parquet(frame)
    frame = here.to_frame()
    assert frame["cost"].tolist() == [0.0, 0.0]
    assert frame["cost_why"].isna().all()
    assert frame["tags"].tolist() == ["framed"] * 2
    assert (frame["duration"] >= pd.Timedelta(0)).all()

    each = here.to_frame(per="output")
    assert each["output_kind"].tolist() == ["image", "image"]
    assert each["output_url"].tolist() == [run.outputs[0].url for run in here]
    assert type(each) is PictureFrame
    picked = each.query("prompt == 'a fox'")
    output = picked.picture_of(picked["picture"].iloc[0])
    assert await output.bytes() == await runs[0].outputs[0].bytes()
    assert runs[0].to_frame().loc[0, "picture"] == f"{runs[0].id}/0"
    assert runs[0].to_frame(per="output")["big"].tolist() == [2**63]


def test_the_plain_client(gateway: RunningGateway, st: StationThis) -> None:
    """The same frames of plain runs; a file of text has no picture, and is an output all the same."""
    deployment = st.deployments[gateway.deploy("framed-words", GRAPH)]
    run = deployment(words="<b>hello</b>")
    for frame in (run.to_frame(), st.runs.list(deployment=deployment, inputs=True, outputs=True).to_frame()):
        assert frame.loc[0, ["words", "state", "outputs"]].tolist() == ["<b>hello</b>", "success", 1]
        assert frame["picture"].isna().all()
        check_parquet(frame)
    each = deployment.runs().copy()[0].refresh().to_frame(per="output")
    assert each.loc[0, ["output_place", "output_kind", "output_mime"]].tolist() == [0, "file", "text/plain"]
    assert deployment.runs(state="failed").to_frame().empty
