"""Rows in text files: CSV, TSV, JSON lines and JSON, compressed by gzip or not.

A file is read through once when it is opened, so that all that is wrong with its form is told before the first row.
"""

import codecs
import csv
import gzip
import io
import zlib
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from functools import partial
from pathlib import Path
from typing import Any, Final

import orjson

from stationthis_sdk.batches.source import Problems, Row, Rows, names_of
from stationthis_sdk.batches.values import plain, shown
from stationthis_sdk.errors import InvalidInput

__all__ = ["of_json", "of_json_lines", "of_separated"]

_BROKEN: Final = (OSError, EOFError, zlib.error)
_BOM: Final = codecs.BOM_UTF8


def of_separated(path: Path, *, separator: str | None) -> Rows:
    """A CSV, whose separator is a comma or what its first line has instead, or a TSV.

    Empty cells are None. A column without a name, such as the index that pandas writes, is left out, and so are
    blank lines.

    Raises:
        InvalidInput: it can't be read; every line that is broken.
    """
    table = _Table(path, separator)
    with _told(path), table.lines() as lines:
        number, header = next(lines, (1, "it is empty; the names of the columns come first"))
    if isinstance(header, str):
        raise InvalidInput(f"{path.name} can't be read: line {number}: {header}.")
    columns = names_of([name for name in header if name], path.name)

    def rows(problem: Callable[[str], object]) -> Iterator[Row]:
        with _told(path), table.lines() as lines:
            next(lines, None)
            for number, cells in lines:
                if isinstance(cells, str):
                    problem(f"line {number}: {cells}")
                elif len(cells) != len(header):
                    hint = "; a cell with a separator in it wants quotes" if len(cells) > len(header) else ""
                    problem(f"line {number} has {len(cells)} cells, and the first line {len(header)}{hint}")
                else:
                    yield {name: cell or None for name, cell in zip(header, cells, strict=True) if name}

    count, _ = _checked(path, rows)
    return Rows(path.name, columns, count, lambda: rows(partial(_refuse, path)), textual=True)


def of_json_lines(path: Path) -> Rows:
    """An object in every line. Columns are those of all lines.

    Raises:
        InvalidInput: it can't be read; every line that is broken.
    """

    def rows(problem: Callable[[str], object]) -> Iterator[Row]:
        with _told(path), _opened(path) as stream:
            for number, line in enumerate(stream, 1):
                text = (line.removeprefix(_BOM) if number == 1 else line).strip()
                if not text:
                    continue
                try:
                    row = _object(orjson.loads(text))
                except orjson.JSONDecodeError as error:
                    problem(f"line {number} is no JSON: {error.msg} at character {error.colno}")
                except InvalidInput as error:
                    problem(f"line {number} {error.message}")
                else:
                    yield row

    count, columns = _checked(path, rows)
    return Rows(path.name, columns, count, lambda: rows(partial(_refuse, path)))


def of_json(path: Path) -> Rows:
    """A list of objects; it is kept in memory whole.

    Raises:
        InvalidInput: it can't be read; every row that is no object.
    """
    with _told(path), _opened(path) as stream:
        content = stream.read().removeprefix(_BOM)
    try:
        listed = orjson.loads(content)
    except orjson.JSONDecodeError as error:
        raise InvalidInput(f"{path.name} is no JSON: {error}.") from None
    if not isinstance(listed, list):
        raise InvalidInput(
            f"{path.name} is no list of objects, one a row; pandas writes one by df.to_json(path, orient='records')."
        )

    def rows(problem: Callable[[str], object]) -> Iterator[Row]:
        for number, value in enumerate(listed, 1):
            try:
                row = _object(value)
            except InvalidInput as error:
                problem(f"row {number} {error.message}")
            else:
                yield row

    count, columns = _checked(path, rows)
    return Rows(path.name, columns, count, lambda: rows(partial(_refuse, path)))


class _Table:
    """The lines of a CSV as cells, with their numbers; a text instead of cells is what is wrong with a line."""

    def __init__(self, path: Path, separator: str | None) -> None:
        self._path = path
        self._separator = separator

    @contextmanager
    def lines(self) -> Iterator[Iterator[tuple[int, list[str] | str]]]:
        with _opened(self._path) as stream:
            head = stream.read(4)
            wide = head.startswith((codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE))
        with (
            _opened(self._path) as stream,
            io.TextIOWrapper(stream, "utf-16" if wide else "utf-8-sig", newline="") as text,
        ):
            yield self._lines(text)

    def _lines(self, text: io.TextIOWrapper) -> Iterator[tuple[int, list[str] | str]]:
        if self._separator is None:
            first = text.readline()
            text.seek(0)
            self._separator = next((mark for mark in ",;\t" if mark in first), ",")
        reader = csv.reader(text, delimiter=self._separator, strict=True)
        is_header = True
        while True:
            number = reader.line_num + 1
            try:
                cells = next(reader)
            except StopIteration:
                return
            except csv.Error as error:
                yield number, str(error)
                continue
            if cells:
                yield number, [name.strip() for name in cells] if is_header else cells
                is_header = False


def _object(value: Any) -> Row:
    if not isinstance(value, dict):
        raise InvalidInput(f"is no object with a value for each column: {shown(value)}")
    return {name: plain(one) for name, one in value.items()}


def _checked(
    path: Path, rows: Callable[[Callable[[str], object]], Iterator[Row]]
) -> tuple[int, tuple[str, ...]]:
    """Go through all rows: how many there are, and the columns of all of them."""
    problems = Problems()

    def problem(told: str) -> None:
        if not problems.add(told):
            problems.raise_for(path.name)

    count = 0
    columns: dict[str, None] = {}
    for row in rows(problem):
        count += 1
        columns |= dict.fromkeys(row)
    problems.raise_for(path.name)
    return count, tuple(columns)


def _refuse(path: Path, problem: str) -> None:
    raise InvalidInput(f"{path.name} has changed since it was opened: {problem}.")


@contextmanager
def _opened(path: Path) -> Iterator[Any]:
    with path.open("rb") as raw:
        if path.suffix.lower() == ".gz":
            with gzip.open(raw) as stream:
                yield stream
        else:
            yield raw


@contextmanager
def _told(path: Path) -> Iterator[None]:
    """What goes wrong with a file, as InvalidInput."""
    try:
        yield
    except UnicodeDecodeError as error:
        wide = error.encoding.startswith("utf-16")
        where = f"UTF-16 text: {error.reason}" if wide else f"UTF-8 text{_place_of(path)}: {error.reason}"
        raise InvalidInput(f"{path.name} is no {where}.") from None
    except _BROKEN as error:
        reason = getattr(error, "strerror", None) or error
        raise InvalidInput(f"{str(path)!r} can't be read: {reason}.") from None


def _place_of(path: Path) -> str:
    """Where the first line stands that is not UTF-8."""
    with _opened(path) as stream:
        for number, line in enumerate(stream, 1):
            try:
                line.decode()
            except UnicodeDecodeError:
                return f" in line {number}"
    return ""
