"""A row of the ledger, as people see it. Pure."""

from collections.abc import Mapping
from typing import Any

from stationthis_sdk.entities import BatchRow
from stationthis_sdk.entities.batches import moment
from stationthis_sdk.store.batch_records import RowRecord

__all__ = ["shown_row"]


def shown_row(row: RowRecord) -> BatchRow:
    """A row, with its files by their paths."""
    inputs = {name: _shown(value) for name, value in row.inputs.items()}
    return BatchRow(
        row.place or 0,
        row.key,
        inputs,
        row.extra,
        row.state,
        row.reason,
        row.run_id,
        row.seconds,
        row.gpu,
        row.cost,
        moment(row.ended_at),
        tuple(file["path"] for file in row.files),
        row.saved_at is not None,
        row.picked,
    )


def _shown(value: Any) -> Any:
    if isinstance(value, list):
        return [_shown(one) for one in value]
    return value["$file"] if isinstance(value, Mapping) and "$file" in value else value
