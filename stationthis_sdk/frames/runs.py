"""Runs as frames."""

from collections.abc import Iterable, Iterator
from typing import TYPE_CHECKING, Any, Final

from stationthis_sdk.entities.costs import seconds_of
from stationthis_sdk.errors import InvalidInput
from stationthis_sdk.frames.columns import column_names, kind_of, picture_in
from stationthis_sdk.frames.making import frame_of
from stationthis_sdk.twins import twin

if TYPE_CHECKING:
    import pandas as pd

__all__ = ["WAYS", "frame_of_runs"]

WAYS: Final = ("run", "output")
_FIRST: Final = {"run_id": "text", "deployment": "text", "state": "category"}
_LAST: Final = {
    "reason": "text", "created_at": "time", "started_at": "time", "ended_at": "time", "queued": "duration",
    "duration": "duration", "gpu": "category", "cost": "number", "cost_why": "text", "tags": "text",
    "from_cache": "truth", "outputs": "whole",
}  # fmt: skip
_OUTPUT: Final = {
    "output_place": "whole", "output_name": "text", "output_kind": "category", "output_filename": "text",
    "output_mime": "text", "output_node": "text", "output_text": "text",
}  # fmt: skip
_WHERE: Final = {"output_url": "text", "picture": "text"}


def frame_of_runs(runs: Iterable[Any], per: str = "run") -> "pd.DataFrame":
    """Runs as a frame, one row a run or one row an output; inputs are columns of their names.

    ``queued`` is from when it was made until it was at work, ``duration`` the time at work, both missing where the
    service does not tell. ``cost`` is in US dollars, estimated; where it is missing, ``cost_why`` says why. ``tags`` are
    joined by commas. ``outputs`` counts them; ``output_url`` is where the row's output is, per run the first one's.
    ``picture`` is ``RUN_ID/PLACE`` where the row has a picture. With ``per="output"`` there are also ``output_place``,
    ``_name``, ``_kind``, ``_filename``, ``_mime``, ``_node`` and ``_text``, and runs without outputs have no row.

    An input that is called like one of these columns is ``input_…``. Inputs that a list does not tell are missing. Whole
    numbers above 2**63 - 1 make a column of UInt64; a column that no type of numbers keeps exactly is of texts.

    Raises:
        InvalidInput: per is neither; or outputs are wanted of runs that come from a list that does not tell them.
        MissingExtra: pandas is not installed.
    """
    if per not in WAYS:
        raise InvalidInput(f"per is 'run', one row each, or 'output', one row for each output; not {per!r}.")
    known = [twin(run) for run in runs]
    each = per == "output"
    if each and (untold := [run.id for run in known if "outputs" in run._untold]):  # noqa: SLF001 - the two know each other
        raise InvalidInput(
            f"The list that {len(untold)} of these {len(known)} runs come from tells nothing of outputs: "
            "st.runs.list(deployment=…, outputs=True) does, and refresh() of each run."
        )
    inputs = column_names(
        (name for run in known for name in run.record.inputs), {*_FIRST, *_LAST, *_OUTPUT, *_WHERE}, "input_"
    )
    kinds = {shown: kind_of([run.record.inputs.get(name) for run in known]) for name, shown in inputs.items()}
    columns = {**_FIRST, **kinds, **_LAST, **(_OUTPUT if each else {}), **_WHERE}
    frame = frame_of(columns, (row for run in known for row in _rows(run, [*inputs], each=each)))
    from stationthis_sdk.frames.pictures import picture_frame  # noqa: PLC0415 - pandas is slow to import

    return picture_frame(frame, {run.id: run for run in known if run.record.outputs})


def _rows(run: Any, inputs: list[str], *, each: bool) -> Iterator[list[Any]]:
    record, cost, of = run.record, run.cost, run._deployment  # noqa: SLF001 - the two know each other
    items = record.outputs
    row = [
        record.id,
        record.deployment_name or (None if of is None else of.name),
        record.state,
        *(record.inputs.get(name) for name in inputs),
        run.reason,
        record.created_at,
        record.started_at,
        record.ended_at,
        _between(record.created_at, record.started_at),
        seconds_of(record) if record.state.final else None,
        record.gpu,
        cost.estimated,
        cost.why,
        ", ".join(run.tags) or None,
        run.from_cache,
        None if "outputs" in run._untold else len(items),  # noqa: SLF001 - likewise
    ]
    if not each:
        yield [*row, items[0].url if items else None, picture_in(record)]
        return
    for place, item in enumerate(items):
        told = (place, item.output_id, item.kind, item.filename, item.mime, item.node_id, item.text)
        yield [*row, *told, item.url, picture_in(record, place)]


def _between(begin: Any, end: Any) -> float | None:
    return None if begin is None or end is None else (end - begin).total_seconds()
