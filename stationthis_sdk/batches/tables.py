"""Rows in tables: DataFrames of pandas, whatever hands out an Arrow stream, Parquet files. Read a few rows at a time."""

import importlib
import re
import sys
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any, Final

from stationthis_sdk.batches.source import Row, Rows, names_of
from stationthis_sdk.batches.values import plain
from stationthis_sdk.errors import InvalidInput, MissingExtra, SaveFailed
from stationthis_sdk.inputs.spool import TemporaryPath

__all__ = ["is_frame", "of_arrow", "of_frame", "of_parquet"]

_MOST_ROWS: Final = 1024
_MOST_BYTES: Final = 16 << 20
"""Of rows that are in memory at once, where one row is not more."""
_BUFFER: Final = 1 << 20
# What pandas calls an index without a name.
_INDEX: Final = re.compile(r"__index_level_\d+__")


def is_frame(source: Any) -> bool:
    """Whether it is a DataFrame of pandas; who has one has pandas."""
    pandas = sys.modules.get("pandas")
    return pandas is not None and isinstance(source, getattr(pandas, "DataFrame", ()))


def of_frame(frame: Any) -> Rows:
    """A DataFrame of pandas; an index that has a name is a column, any other is left out.

    Raises:
        InvalidInput: names of columns that are no texts, or stand there twice.
    """
    label = type(frame).__name__
    levels = [place for place, name in enumerate(frame.index.names) if name is not None]
    names = [*(frame.index.names[place] for place in levels), *frame.columns]
    columns = names_of(names, label, hint="; df.columns = df.columns.map(str) makes them such")

    def read() -> Iterator[Row]:
        cells: list[Iterable[Any]] = [frame.index.get_level_values(place) for place in levels]
        cells += [frame.iloc[:, place] for place in range(frame.shape[1])]
        for values in zip(*cells, strict=True):
            yield dict(zip(columns, map(plain, values), strict=True))

    return Rows(label, columns, len(frame), read)


def of_arrow(source: Any) -> Rows:
    """A table of polars, pyarrow or another library. A stream that can be read once goes into a temporary file.

    Raises:
        InvalidInput: it is no table, or breaks off; two columns have one name.
        MissingExtra: pyarrow is not installed.
        SaveFailed: there is no room for the temporary file.
    """
    arrow = _pyarrow()
    label = type(source).__name__

    def stream() -> Any:
        with _told(label, hint="; one column becomes a table by .to_frame()"):
            return arrow.RecordBatchReader.from_stream(source)

    if hasattr(source, "__len__"):  # it is all there, and may be read again
        schema = stream().schema
        return Rows(label, _columns(schema, label), len(source), lambda: _rows(stream, label))
    return _spooled(stream(), label)


def of_parquet(path: Path) -> Rows:
    """A Parquet file, whatever its size.

    Raises:
        InvalidInput: it is no Parquet file, or is damaged; two columns have one name.
        MissingExtra: pyarrow is not installed.
    """
    _pyarrow()
    parquet = importlib.import_module("pyarrow.parquet")
    with _told(path.name), parquet.ParquetFile(path) as file:
        columns = _columns(file.schema_arrow, path.name)
        count = file.metadata.num_rows
        size = sum(
            file.metadata.row_group(place).total_byte_size for place in range(file.metadata.num_row_groups)
        )
        at_once = _at_once(count, size)

    def batches() -> Iterator[Any]:
        with parquet.ParquetFile(path, buffer_size=_BUFFER, pre_buffer=False) as file:
            yield from file.iter_batches(at_once)

    return Rows(path.name, columns, count, lambda: _rows(batches, path.name))


def _spooled(reader: Any, label: str) -> Rows:
    arrow = _pyarrow()
    columns = _columns(reader.schema, label)
    kept = TemporaryPath()
    kept.file.close()
    count = 0
    try:
        with arrow.OSFile(str(kept.path), "wb") as file, arrow.ipc.new_file(file, reader.schema) as writer:
            for batch in _batches(reader, label):
                count += batch.num_rows
                writer.write_batch(batch)
    except OSError as error:
        raise SaveFailed(f"A temporary file can't be written: {error.strerror or error}.") from None

    def batches() -> Iterator[Any]:
        with arrow.OSFile(str(kept.path)) as file, arrow.ipc.open_file(file) as stored:
            for place in range(stored.num_record_batches):
                yield stored.get_batch(place)

    return Rows(label, columns, count, lambda: _rows(batches, label))


def _columns(schema: Any, label: str) -> tuple[str, ...]:
    return names_of((name for name in schema.names if not _INDEX.fullmatch(name)), label)


def _batches(reader: Iterable[Any], label: str) -> Iterator[Any]:
    with _told(label):
        yield from reader


def _rows(batches: Callable[[], Iterable[Any]], label: str) -> Iterator[Row]:
    with _told(label):
        for batch in batches():
            at_once = _at_once(batch.num_rows, batch.nbytes)
            for start in range(0, batch.num_rows, at_once):
                names, cells = _cells(batch.slice(start, at_once))
                for values in zip(*cells, strict=True):
                    yield dict(zip(names, map(plain, values), strict=True))


def _cells(batch: Any) -> tuple[list[str], list[list[Any]]]:
    """Names and values of columns. Nanoseconds become microseconds, which are all that Python's times have."""
    arrow = _pyarrow()
    names, cells = [], []
    for field, column in zip(batch.schema, batch.columns, strict=True):
        if _INDEX.fullmatch(field.name):
            continue
        kind = field.type
        if getattr(kind, "unit", "") == "ns":
            if arrow.types.is_timestamp(kind):
                kind = arrow.timestamp("us", kind.tz)
            else:
                kind = arrow.duration("us") if arrow.types.is_duration(kind) else arrow.time64("us")
            column = column.cast(kind, safe=False)  # noqa: PLW2901 - the same one
        names.append(field.name)
        cells.append(column.to_pylist())
    return names, cells


def _at_once(count: int, size: int) -> int:
    return max(1, min(_MOST_ROWS, _MOST_BYTES * count // max(1, size)))


def _pyarrow() -> Any:
    try:
        return importlib.import_module("pyarrow")
    except ImportError:
        raise MissingExtra(
            "Tables and Parquet files need pyarrow: pip install 'stationthis-sdk[data]'"
        ) from None


@contextmanager
def _told(label: str, *, hint: str = "") -> Iterator[None]:
    """What goes wrong with a table, as InvalidInput."""
    try:
        yield
    except InvalidInput:
        raise
    except (OSError, ValueError, TypeError, OverflowError, _pyarrow().ArrowException) as error:
        reason = " ".join(str(getattr(error, "strerror", None) or error).split())[:300].rstrip(".")
        raise InvalidInput(f"{label} can't be read: {reason}{hint}.") from None
