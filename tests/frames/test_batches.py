"""Batches as frames: their rows with what rides along, and lists of them."""

from datetime import UTC, datetime

import pandas as pd
import pytest
from hypothesis import example, given
from hypothesis import strategies as some

from stationthis_sdk import AsyncStationThis, BatchRow, StationThis
from stationthis_sdk.frames.batches import frame_of_rows
from stationthis_sdk.frames.pictures import PictureFrame
from stationthis_sdk.runs import AsyncRun
from stationthis_sdk.testing import LocalGateway, local_gateway
from tests.frames.parquet import NAMES, ODD, check_parquet

FIRST = ["place", "key", "state"]
LAST = ["reason", "run_id", "duration", "gpu", "cost", "ended_at", "saved", "picked", "files", "picture"]
COLUMNS = some.dictionaries(NAMES | some.sampled_from([*FIRST, *LAST, "a"]), ODD, max_size=4)
ROWS = some.builds(
    BatchRow,
    some.integers(0, 2**40),
    some.none() | NAMES,
    COLUMNS,
    COLUMNS,
    some.sampled_from(["pending", "live", "success", "refused"]),
    seconds=some.none() | some.floats(),
    cost=some.none() | some.floats(),
    ended_at=some.none() | some.datetimes(timezones=some.just(UTC)),
    files=some.lists(some.text(max_size=3), max_size=2).map(tuple),
    picked=some.booleans(),
)


@given(some.lists(ROWS, max_size=3))
@example([])
@example([BatchRow(0, None, {"state": 1, "input_state": 2}, {"state": 3, "input_state": 4}, "pending")])
def test_any_rows_survive_parquet(rows: list[BatchRow]) -> None:
    """No column is lost to another of its name, whatever rides along; it all comes back equal."""
    frame = frame_of_rows(rows)
    check_parquet(frame)
    inputs = dict.fromkeys(name for row in rows for name in row.inputs)
    extras = dict.fromkeys(name for row in rows for name in row.extra)
    assert len(frame.columns) == len(FIRST) + len(inputs) + len(extras) + len(LAST)
    assert [*frame.columns[:3], *frame.columns[-len(LAST) :]] == [*FIRST, *LAST]
    assert frame["picked"].tolist() == [row.picked for row in rows]
    assert [list(one) for one in frame["files"]] == [list(row.files) for row in rows]


def test_a_duration_is_one() -> None:
    """Seconds at work, and nothing where nobody knows."""
    at = datetime(2026, 11, 1, tzinfo=UTC)
    rows = [
        BatchRow(0, "a", {}, {}, "success", seconds=1.5, ended_at=at),
        BatchRow(1, "b", {}, {}, "pending"),
    ]
    frame = frame_of_rows(rows)
    assert frame["duration"].tolist() == [pd.Timedelta(seconds=1.5), pd.NaT]
    assert str(frame["duration"].dtype) == "timedelta64[us]"


@pytest.fixture(scope="module")
def gateway():
    with local_gateway() as made:
        yield made


async def test_a_batch_with_its_pictures(gateway: LocalGateway) -> None:
    """One row each, what rides along, what was picked, and the picture of each.

    The ledger is read once for all runs, and a run is made for a picture that somebody looks at only.
    """
    async with AsyncStationThis(gateway.key, gateway.base_url) as st:
        drawing = await st.deployments.get("text-to-picture")
        rows = [
            {"prompt": f"a {one}", "steps": 1, "width": 64, "height": 64, "shelf": one[0]}
            for one in ("fox", "hare", "owl")
        ]
        batch = await drawing.map(rows, name="framed", key="shelf")
        await batch.pick("h")
        looks = []
        ledger = st._ready.context.ledger
        known = type(ledger).runs_known

        async def counted(self, ids):
            looks.append([*ids])
            return await known(self, looks[-1])

        with pytest.MonkeyPatch.context() as patch:
            patch.setattr(type(ledger), "runs_known", counted)
            patch.setattr(AsyncRun, "__init__", lambda *_, **__: pytest.fail("a run was made"))
            frame = await batch.to_frame()
        assert [len(one) for one in looks] == [3]
        assert type(frame) is PictureFrame
        assert frame["prompt"].tolist() == ["a fox", "a hare", "a owl"]
        assert frame["shelf"].tolist() == ["f", "h", "o"]
        assert frame.query("picked")["shelf"].tolist() == ["h"]
        assert str(frame["state"].dtype) == "category"
        best = frame.query("picked").sort_values("cost")
        output = best.picture_of(best["picture"].iloc[0])
        assert await output.bytes() == await (await batch.run(1)).outputs[0].bytes()
        check_parquet(frame)

        listing = (await st.batches.list()).to_frame().set_index("name")
        row = listing.loc["framed"]
        assert row[["deployment", "state", "total", "succeeded", "failed", "pending"]].tolist() == [
            "text-to-picture", "done", 3, 3, 0, 0,
        ]  # fmt: skip
        assert row["created_at"] <= row["ended_at"]
        check_parquet(listing.reset_index())


def test_batches_that_wait(gateway: LocalGateway) -> None:
    """Plain: a row without a run has no picture, and what has not ended no end."""
    with StationThis(gateway.key, gateway.base_url) as st:
        drawing = st.deployments["text-to-picture"]
        batch = drawing.map([{"prompt": "a fox", "steps": 1}], name="framed-waiting", wait=False, budget=5.0)
        batch.cancel()
        frame = batch.to_frame()
        if frame.loc[0, "state"] != "success":
            assert frame["picture"].isna().all()
        listing = st.batches.list().to_frame().set_index("name")
        assert listing.loc["framed-waiting", "budget"] == 5.0
        check_parquet(frame)
