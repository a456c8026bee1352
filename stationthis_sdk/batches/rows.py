"""What people pass as the rows of a batch, opened: tables, lists, grids and files."""

import os
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence, Sized
from functools import partial
from pathlib import Path
from typing import Any, Final

from stationthis_sdk.batches import tables, text_files
from stationthis_sdk.batches.source import Problems, Row, Rows
from stationthis_sdk.batches.values import convert_text, plain, shown
from stationthis_sdk.errors import InvalidInput
from stationthis_sdk.inputs.grids import Grid

__all__ = ["Rows", "convert_text", "open_rows"]

_READERS: Final[Mapping[str, Callable[[Path], Rows]]] = {
    ".csv": partial(text_files.of_separated, separator=None),
    ".tsv": partial(text_files.of_separated, separator="\t"),
    ".jsonl": text_files.of_json_lines,
    ".ndjson": text_files.of_json_lines,
    ".json": text_files.of_json,
    ".parquet": tables.of_parquet,
}
_KINDS: Final = (
    "rows are a DataFrame, an Arrow table, a list of dicts, grid(…), zip_(…), or the path of a .csv, .tsv, .jsonl, "
    ".json or .parquet"
)


def open_rows(source: Any) -> Rows:
    """Make rows of a DataFrame, whatever has ``__arrow_c_stream__``, mappings, a Grid, or the path of a file.

    Numbers and times of numpy, pandas and Arrow become Python's, what is missing becomes None; pictures, arrays and
    bytes stay what they are. Files and tables are read a few rows at a time; a .json is read whole. Text files are
    gone through once here.

    Raises:
        InvalidInput: nothing that has rows; ``problems`` lists every line and row that is broken.
        MissingExtra: it needs pyarrow.

    >>> rows = open_rows([{"title": "Lamp", "cfg": 7}, {"title": "Vase", "cfg": float("nan")}])
    >>> rows.label, rows.columns, rows.count
    ('list', ('title', 'cfg'), 2)
    >>> list(rows)
    [{'title': 'Lamp', 'cfg': 7}, {'title': 'Vase', 'cfg': None}]
    """
    if isinstance(source, Rows):
        return source
    if isinstance(source, Grid):
        return Rows("grid", source.columns, len(source), lambda: _read(source, "grid"))
    if isinstance(source, str | os.PathLike):
        return _of_file(os.fspath(source))
    if tables.is_frame(source):
        return tables.of_frame(source)
    if hasattr(source, "__arrow_c_stream__"):
        return tables.of_arrow(source)
    if isinstance(source, Mapping):
        raise InvalidInput("A dict is no list of rows: zip_(…) makes rows of columns, [row] of one row.")
    if isinstance(source, Iterable) and not isinstance(source, bytes | bytearray | memoryview | type):
        return _of_mappings(source)
    hint = "; .collect() makes a table of it" if hasattr(source, "collect") else ""
    raise InvalidInput(f"{shown(source)} has no rows: {_KINDS}{hint}.")


def _of_file(given: Any) -> Rows:
    written = os.fsdecode(given)
    if "://" in written:
        raise InvalidInput(
            f"{shown(written)} is a web address; download it, or open it as a DataFrame, first."
        )
    try:
        path = Path(written).expanduser()
        ending = path.with_suffix("").suffix if path.suffix.lower() == ".gz" else path.suffix
        reader = _READERS.get(ending.lower())
        if reader is None or (ending != path.suffix and reader is tables.of_parquet):
            raise InvalidInput(f"{shown(written)} is none of those files: {_KINDS}; a text file may be .gz.")
        path.stat()
    except FileNotFoundError:
        raise InvalidInput(f"There is no file {shown(written)}.") from None
    except (OSError, ValueError, RuntimeError) as error:  # RuntimeError: ~ of nobody
        if isinstance(error, InvalidInput):
            raise
        reason = getattr(error, "strerror", None) or error
        raise InvalidInput(f"{shown(written)} can't be read: {reason}.") from None
    if path.is_dir():
        raise InvalidInput(f"{shown(written)} is a folder; name a file in it.")
    return reader(path)


def _of_mappings(source: Iterable[Any]) -> Rows:
    label = type(source).__name__
    if iter(source) is source:
        return Rows(label, None, None, _once(source, label), once=True)
    columns: tuple[str, ...] | None = None
    if isinstance(source, list | tuple):
        columns = _columns(source, label)
    elif isinstance(told := getattr(source, "column_names", None), list):  # a Dataset of Hugging Face
        columns = tuple(map(str, told))
    count = len(source) if isinstance(source, Sized) else None
    return Rows(label, columns, count, lambda: _read(source, label))


def _read(source: Iterable[Any], label: str) -> Iterator[Row]:
    for number, row in enumerate(source, 1):
        if problem := _wrong(row):
            raise InvalidInput(f"{label} can't be read: row {number} {problem}.")
        yield {name: plain(value) for name, value in row.items()}


def _once(source: Iterable[Any], label: str) -> Callable[[], Iterator[Row]]:
    begun = False

    def read() -> Iterator[Row]:
        nonlocal begun
        if begun:
            raise InvalidInput(f"The rows of a {label} can be read once; pass list(…) of it.")
        begun = True
        return _read(source, label)

    return read


def _columns(source: Sequence[Any], label: str) -> tuple[str, ...]:
    """Those of all rows, in the order in which they come up."""
    problems = Problems()
    columns: dict[str, None] = {}
    for number, row in enumerate(source, 1):
        if problem := _wrong(row):
            if not problems.add(f"row {number} {problem}"):
                break
        else:
            columns |= dict.fromkeys(row)
    problems.raise_for(label)
    return tuple(columns)


def _wrong(row: Any) -> str:
    if not isinstance(row, Mapping):
        return f"is no dict with a value for each column: {shown(row)}"
    odd = [shown(name) for name in row if not isinstance(name, str)]
    return f"has names of columns that are no texts: {', '.join(odd[:20])}" if odd else ""
