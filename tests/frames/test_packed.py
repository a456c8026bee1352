"""Runs of very many rows are packed, and come out as they were."""

import pytest

from stationthis_sdk.entities import OutputItem, RunRecord
from stationthis_sdk.frames.packed import PackedRuns


def test_what_is_packed_comes_out_as_it_was() -> None:
    """A run is made when somebody looks at it, of the same record and reason, whichever portion it is in."""
    records = [
        RunRecord(f"r{at}", inputs={"seed": 2**63 + at, "words": "ein Fuchs \ud800"}, outputs=(OutputItem("image", f"u{at}"),))
        for at in range(10)
    ]  # fmt: skip
    made: list[str] = []

    def make(record: RunRecord, reason: str | None) -> tuple[RunRecord, str | None]:
        made.append(record.id)
        return record, reason

    runs = PackedRuns(make)
    for at in range(0, 10, 4):
        runs.pack((record, f"because of {record.id}") for record in records[at : at + 4])
    assert (len(runs), [*runs], made) == (10, [record.id for record in records], [])
    for record in (*records, *reversed(records)):
        assert runs[record.id] == (record, f"because of {record.id}")
    assert made == [record.id for record in (*records, *reversed(records))]
    with pytest.raises(KeyError):
        runs["r10"]
    assert "r10" not in runs
