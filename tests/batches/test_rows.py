"""Rows of a batch: whatever holds them gives the same ones, one at a time, and tells all that is wrong at once."""

import csv
import gc
import gzip
import itertools
import json
import os
import sys
import tracemalloc
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from pathlib import Path

import numpy as np
import pandas as pd
import polars as pl
import pyarrow as pa
import pytest
from hypothesis import given, settings
from hypothesis import strategies as some
from PIL import Image
from pyarrow import parquet

from stationthis_sdk.batches.rows import Rows, convert_text, open_rows
from stationthis_sdk.batches.values import plain
from stationthis_sdk.entities import InputField
from stationthis_sdk.errors import InvalidInput, MissingExtra
from stationthis_sdk.inputs.grids import grid, zip_

LETTERS = some.characters(exclude_categories=["Cs"], exclude_characters="\0\ufeff")
# What the first line of a CSV may be split at is told by the first line.
NAMES = some.text(LETTERS.filter(lambda letter: letter not in ";\t"), min_size=1, max_size=5)
VALUES = {
    "text": some.text(LETTERS, min_size=1),
    "integer": some.integers(-(2**63), 2**63 - 1),
    "number": some.floats(allow_nan=False, allow_infinity=False),
    "boolean": some.booleans(),
}
ARROW = {"text": pa.string(), "integer": pa.int64(), "number": pa.float64(), "boolean": pa.bool_()}
PANDAS = {"text": "string", "integer": "Int64", "number": "Float64", "boolean": "boolean"}
POLARS = {"text": pl.String, "integer": pl.Int64, "number": pl.Float64, "boolean": pl.Boolean}


@some.composite
def tables(draw):
    """Kinds of columns by name, and rows, where any value may be missing."""
    names = draw(
        some.lists(NAMES.filter(lambda name: name == name.strip()), min_size=1, max_size=4, unique=True)
    )
    kinds = {name: draw(some.sampled_from(list(VALUES))) for name in names}
    cells = some.tuples(*(some.none() | VALUES[kind] for kind in kinds.values()))
    return kinds, [dict(zip(kinds, row, strict=True)) for row in draw(some.lists(cells, max_size=5))]


def refused(source, text=""):
    with pytest.raises(InvalidInput) as caught:
        list(open_rows(source))
    assert text in str(caught.value)
    return caught.value


def write(path, text, encoding="utf-8"):
    path.write_bytes(text if isinstance(text, bytes) else text.encode(encoding))
    return path


def as_csv(path, names, rows, **options):
    with path.open("w", newline="", encoding="utf-8") as file:
        writer = csv.writer(file, **options)
        writer.writerow(names)
        writer.writerows([row.values() for row in rows])
    return path


@settings(max_examples=40)
@given(tables())
def test_every_source_gives_the_same_rows(tmp_path_factory, table):
    """Lists, DataFrames, polars, Arrow, JSON, JSON lines, Parquet and CSV: equal rows, columns and counts, twice."""
    kinds, rows = table
    folder = tmp_path_factory.getbasetemp()
    schema = pa.schema([pa.field(name, ARROW[kind]) for name, kind in kinds.items()])
    arrow = pa.Table.from_pylist(rows, schema)
    parquet.write_table(arrow, folder / "t.parquet")
    frame = pd.DataFrame(
        {name: pd.array([row[name] for row in rows], PANDAS[kind]) for name, kind in kinds.items()}
    )
    sources = [
        rows,
        tuple(rows),
        frame,
        frame.set_index(next(iter(kinds))),
        arrow,
        arrow.to_reader(),
        pl.DataFrame(rows, {name: POLARS[kind] for name, kind in kinds.items()}),
        folder / "t.parquet",
        write(folder / "t.json", json.dumps(rows)),
        write(folder / "t.jsonl", "\n".join(json.dumps(row, ensure_ascii=False) for row in rows)),
    ]
    for source in sources:
        opened = open_rows(source)
        assert list(opened) == list(opened) == rows
        assert opened.count == len(rows)
        assert not opened.textual
        assert opened.columns == tuple(kinds) or not rows
    opened = open_rows(as_csv(folder / "t.csv", kinds, rows))
    typed = [
        {
            name: None if text is None else convert_text(text, InputField(name, kinds[name]))
            for name, text in row.items()
        }
        for row in opened
    ]
    assert typed == rows
    assert opened.textual
    assert (opened.columns, opened.count) == (tuple(kinds), len(rows))


@pytest.mark.parametrize(
    ("value", "expected"),
    [
        (np.int64(3), 3),
        (np.float32(0.5), 0.5),
        (np.longdouble(0.5), 0.5),
        (np.bool_(True), True),
        (np.str_("a"), "a"),
        (np.array(7), 7),
        (np.array(["a", None, float("nan")], object), ["a", None, None]),
        (float("nan"), None),
        (np.float64("nan"), None),
        (Decimal("nan"), None),
        (Decimal("1.50"), Decimal("1.50")),
        (pd.NA, None),
        (pd.NaT, None),
        (np.datetime64("NaT"), None),
        (np.datetime64("2026-11-05"), date(2026, 11, 5)),
        (np.datetime64("2026-11-05T01:02:03.000000004"), datetime(2026, 11, 5, 1, 2, 3)),  # noqa: DTZ001 - has none
        (pd.Timestamp("2026-11-05 01:02:03.000000004", tz="UTC"), datetime(2026, 11, 5, 1, 2, 3, tzinfo=UTC)),
        (pd.Timedelta("1h"), timedelta(hours=1)),
        (pa.scalar(3), 3),
        (float("inf"), float("inf")),
        ("", ""),
    ],
    ids=repr,
)
def test_values_become_pythons_own(value, expected):
    """Numbers and times of libraries are Python's, and what is missing is None."""
    found = plain(value)
    assert found == expected
    assert type(found) is type(expected)
    assert list(open_rows([{"a": value}])) == [{"a": expected}]


@pytest.mark.parametrize(
    "value",
    [b"bytes", Image.new("RGB", (2, 2)), np.zeros((2, 2, 3)), np.zeros(3), Path("a.png"), ["a", "b"]],
    ids=type,
)
def test_pictures_and_arrays_pass_untouched(value):
    """What is no number and no text is the same object, from a list, a grid and a DataFrame."""
    frame = pd.DataFrame({"a": pd.Series([value], dtype=object)})
    for source in ([{"a": value}], grid(a=[value]), frame):
        assert next(iter(open_rows(source)))["a"] is value


def test_bytes_and_lists_in_parquet(tmp_path):
    """Pictures as bytes, and lists of them, come out of a Parquet file; pandas' arrays of texts are lists."""
    row = {"picture": b"\x89PNG", "pictures": ["a.png", "b.png"]}
    parquet.write_table(pa.Table.from_pylist([row]), tmp_path / "t.parquet")
    assert list(open_rows(tmp_path / "t.parquet")) == [row]
    assert list(open_rows(pd.read_parquet(tmp_path / "t.parquet"))) == [row]


def test_an_index_is_a_column_if_it_has_a_name(tmp_path):
    """An index without a name is left out, also of Parquet and CSV files that pandas wrote."""
    frame = pd.DataFrame({"a": [1, 2]}, index=[7, 9])
    frame.to_parquet(tmp_path / "t.parquet")
    frame.to_csv(tmp_path / "t.csv")
    for source in (frame, tmp_path / "t.parquet"):
        assert list(open_rows(source)) == [{"a": 1}, {"a": 2}]
        assert open_rows(source).columns == ("a",)
    assert list(open_rows(tmp_path / "t.csv")) == [{"a": "1"}, {"a": "2"}]
    named = frame.rename_axis("sku")
    named.to_parquet(tmp_path / "n.parquet")
    assert list(open_rows(named)) == [{"sku": 7, "a": 1}, {"sku": 9, "a": 2}]
    assert sorted(open_rows(tmp_path / "n.parquet").columns) == ["a", "sku"]
    levels = pd.DataFrame({"a": [1]}, pd.MultiIndex.from_tuples([("x", 2, 3)], names=["b", None, "c"]))
    assert list(open_rows(levels)) == [{"b": "x", "c": 3, "a": 1}]


def test_names_of_columns_are_texts_and_different(tmp_path):
    """Columns of the same name, numbers for names and no columns at all are refused with what to do."""
    assert "'a'" in str(refused(pd.DataFrame([[1, 2]], columns=["a", "a"]), "same name"))
    refused(pd.DataFrame({"a": [1]}, pd.Index([1], name="a")), "same name")
    assert "map(str)" in str(refused(pd.DataFrame([[1, 2]])))
    refused(pd.DataFrame(index=[1, 2]), "no columns")
    refused(pa.table([[1], [2]], names=["a", "a"]), "same name")
    refused(write(tmp_path / "t.csv", "a,b,a,b\n1,2,3,4\n"), "'a', 'b'")
    refused([{"a": 1, 2: 3}, {3: 4}], "row 2")


def test_times_of_nanoseconds(tmp_path):
    """Times of nanoseconds are read without pandas, as microseconds; zones are kept."""
    columns = {
        "at": pa.array([1_000_000_001], pa.timestamp("ns")),
        "ns": pa.array([1_000_000_001], pa.timestamp("ns", "Europe/Berlin")),
        "long": pa.array([1_000_000_001], pa.duration("ns")),
        "time": pa.array([1_000_000_001], pa.time64("ns")),
    }
    parquet.write_table(pa.table(columns), tmp_path / "t.parquet")
    row = next(iter(open_rows(tmp_path / "t.parquet")))
    assert row["at"] == datetime(1970, 1, 1, 0, 0, 1)  # noqa: DTZ001 - it has no zone
    assert row["ns"] == datetime(1970, 1, 1, 0, 0, 1, tzinfo=UTC)
    assert row["ns"].utcoffset() == timedelta(hours=1)
    assert row["long"] == timedelta(seconds=1)
    assert row["time"].second == 1
    assert type(row["ns"]) is datetime


def test_lists_have_the_columns_of_all_rows():
    """In the order in which they come up; a row has what it was given."""
    opened = open_rows([{"a": 1}, {"b": 2, "a": 3}])
    assert opened.columns == ("a", "b")
    assert list(opened) == [{"a": 1}, {"b": 2, "a": 3}]
    assert (opened.label, opened.count) == ("list", 2)


def test_every_row_that_is_none_is_told():
    """All rows of a list that are no dicts, in one error."""
    error = refused([{"a": 1}, "text", {"a": 2}, 7, {1: 2}])
    assert len(error.problems) == 3
    assert [problem.split()[1] for problem in error.problems] == ["2", "4", "5"]


def test_iterators_are_read_once():
    """They are streamed, nothing is known beforehand, and a second reading says what to do."""
    drawn = []
    opened = open_rows({"a": drawn.append(n) or n} for n in range(3))
    assert (opened.columns, opened.count, opened.once, drawn) == (None, None, True, [])
    assert next(iter(opened)) == {"a": 0}
    assert drawn == [0]
    with pytest.raises(InvalidInput, match=r"list\(…\)"):
        iter(opened)
    refused(iter([{"a": 1}, 2]), "row 2")


def test_what_can_be_iterated_again_is():
    """Own classes that make rows, and those that tell their columns as datasets do, are read anew each time."""

    class Dataset:
        column_names = ["a"]  # noqa: RUF012 - as the libraries have it

        def __len__(self):
            return 2

        def __iter__(self):
            return iter([{"a": 1}, {"a": 2}])

    opened = open_rows(Dataset())
    assert list(opened) == list(opened) == [{"a": 1}, {"a": 2}]
    assert (opened.columns, opened.count, opened.once, opened.label) == (("a",), 2, False, "Dataset")


def test_grids_are_rows():
    """All of a grid, with its columns and length, as late as ever."""
    opened = open_rows(grid(a=np.arange(2)) * zip_(b=["x"], c=["y"]))
    assert list(opened) == [{"a": 0, "b": "x", "c": "y"}, {"a": 1, "b": "x", "c": "y"}]
    assert (opened.columns, opened.count, opened.label) == (("a", "b", "c"), 2, "grid")
    assert open_rows(grid(a=range(10**12))).count == 10**12
    assert open_rows(opened) is opened


def test_streams_of_arrow_are_kept(tmp_path, monkeypatch):
    """A reader that can be read once is read into a temporary file, which goes with the rows."""
    monkeypatch.setattr("tempfile.tempdir", str(tmp_path))
    batches = [pa.record_batch({"a": [n, n + 1]}) for n in range(5)]
    opened = open_rows(pa.RecordBatchReader.from_batches(batches[0].schema, iter(batches)))
    assert len(list(tmp_path.iterdir())) == 1
    first = iter(opened)
    assert next(first) == {"a": 0}
    assert [row["a"] for row in opened] == [0, 1, 1, 2, 2, 3, 3, 4, 4, 5]
    assert (opened.columns, opened.count) == (("a",), 10)
    first.close()
    del opened, first
    gc.collect()
    assert list(tmp_path.iterdir()) == []


def test_a_stream_that_breaks_off_is_told():
    """What goes wrong in a reader is InvalidInput, and says of what."""

    def batches():
        yield pa.record_batch({"a": [1]})
        raise ValueError("the wire was cut")

    refused(pa.RecordBatchReader.from_batches(pa.schema({"a": pa.int64()}), batches()), "the wire was cut")


def test_one_column_is_no_table():
    """A Series has no rows; the message says how it gets them."""
    for series in (pd.Series([1], name="a"), pl.Series("a", [1])):
        refused(series, ".to_frame()")


@pytest.mark.parametrize("source", [None, 7, b"a,b", {"a": [1]}, pl.LazyFrame({"a": [1]}), dict, "t.xlsx", "rows",
                                    "https://example.org/t.csv", "t.parquet.gz", "t\0.csv", ".csv", "~nobody-here/t.csv"])  # fmt: skip
def test_what_has_no_rows_is_refused(source):
    """Anything else, with what may be passed instead."""
    assert len(str(refused(source))) > 20


def test_hints():
    """A lazy frame is to be collected, a dict of columns zipped."""
    refused(pl.LazyFrame({"a": [1]}), ".collect()")
    refused({"a": [1]}, "zip_(…)")


def test_files_that_are_not_there(tmp_path):
    """A file that is gone, a folder and one that may not be read."""
    for ending in ("csv", "tsv", "jsonl", "ndjson", "json", "parquet", "csv.gz"):
        refused(tmp_path / f"gone.{ending}", "no file")
    (tmp_path / "folder.csv").mkdir()
    refused(str(tmp_path / "folder.csv"), "folder")
    written = write(tmp_path / "t.csv", "a\n1\n")
    opened = open_rows(written)
    written.unlink()
    with pytest.raises(InvalidInput, match=r"t\.csv"):
        list(opened)


def test_home_is_home(tmp_path, monkeypatch):
    """A path may begin with ~, be a Path or a text, and its ending may be in capitals."""
    monkeypatch.setenv("HOME", str(tmp_path))
    write(tmp_path / "T.CSV", "a\n1\n")
    for path in ("~/T.CSV", Path("~/T.CSV"), os.fspath(tmp_path / "T.CSV")):
        assert list(open_rows(path)) == [{"a": "1"}]
    assert open_rows("~/T.CSV").label == "T.CSV"


@pytest.mark.parametrize(
    ("name", "content"),
    [
        ("t.csv", "a,b c\n1,x\n,y\n"),
        ("t.csv", "\ufeffa,b c\r\n1,x\r\n\r\n,y\r\n"),
        ("t.csv", "a; b c\n1;x\n;y"),
        ("t.csv", "a\tb c\n1\tx\n\ty"),
        ("t.tsv", "a\tb c\n1\tx\n\ty"),
        ("t.csv", ",a,b c,\n0,1,x,\n1,,y,"),
        ("t.csv", '"a","b c"\n"1","x"\n"","y"\n'),
        ("t.csv", "a,b c\n1,x\n,y\n".encode("utf-16")),
        ("t.csv.gz", gzip.compress(b"a,b c\n1,x\n,y\n", mtime=0)),
        ("t.tsv.gz", gzip.compress(b"\xef\xbb\xbfa\tb c\n1\tx\n\ty\n", mtime=0)),
    ],
)
def test_tables_of_texts(tmp_path, name, content):
    """Byte order marks, separators, quotes, blank lines, columns without a name, compressed files."""
    opened = open_rows(write(tmp_path / name, content))
    assert list(opened) == list(opened) == [{"a": "1", "b c": "x"}, {"a": None, "b c": "y"}]
    assert opened == opened  # noqa: PLR0124 - what it is, not what it holds
    assert (opened.columns, opened.count, opened.textual, opened.label) == (("a", "b c"), 2, True, name)


def test_cells_may_have_lines_and_separators(tmp_path):
    """Quoted cells keep line ends, quotes and separators."""
    rows = [{"a": 'x\n"y",\r\nz', "b": " , "}]
    assert list(open_rows(as_csv(tmp_path / "t.csv", ["a", "b"], rows))) == rows


def test_every_broken_line_of_a_csv_is_told(tmp_path):
    """Lines with too few or too many cells and broken quotes, by number, before the first row."""
    path = write(tmp_path / "t.csv", 'a,b\n1,2\n1\n"x\ny",2\n1,2,3\n"x" y,2\n1,2\n"open,2\n1,2\n')
    with pytest.raises(InvalidInput) as caught:
        open_rows(path)
    assert len(caught.value.problems) == 4
    assert [problem.replace(":", "").split()[1] for problem in caught.value.problems] == ["3", "6", "7", "9"]
    assert str(caught.value).startswith("t.csv can't be read: line 3 has 1 cells")


@pytest.mark.parametrize("content", ["", "\n\n", '"a,b\n1,2\n', ",,\n1,2,3\n"])
def test_a_csv_without_columns_is_refused(tmp_path, content):
    """An empty file, one whose first line is broken, one where no column has a name."""
    refused(write(tmp_path / "t.csv", content), "t.csv")


def test_a_csv_without_rows_has_none(tmp_path):
    """Columns are there, and no row."""
    opened = open_rows(write(tmp_path / "t.csv", "a,b\n"))
    assert (list(opened), opened.columns, opened.count) == ([], ("a", "b"), 0)


def test_text_that_is_not_utf_8_is_told_by_line(tmp_path):
    """The line with the first byte that is none, however long the file."""
    lines = "a,b\n" + "1,2\n" * 5000
    refused(write(tmp_path / "t.csv", lines.encode() + "é,2\n".encode("latin-1")), "line 5002")
    refused(write(tmp_path / "t.csv", "a,b\n".encode("utf-16") + b"\0"), "UTF-16")


def test_broken_lines_of_json(tmp_path):
    """Each line that is no JSON or no object is named; blank ones and a byte order mark are nothing."""
    path = write(tmp_path / "t.jsonl", b'\xef\xbb\xbf{"a": 1}\n\n{"a": \n{"b": 2}\r\n[1]\n{"a": "\xff"}\n7')
    error = refused(path)
    assert len(error.problems) == 4
    assert [problem.split()[1] for problem in error.problems] == ["3", "5", "6", "7"]
    good = open_rows(write(path, b'\xef\xbb\xbf{"a": 1}\n\n{"b": null}\r\n'))
    assert list(good) == [{"a": 1}, {"b": None}]
    assert (good.columns, good.count) == (("a", "b"), 2)
    assert list(open_rows(write(tmp_path / "t.ndjson.gz", gzip.compress(b'{"a": 1}', mtime=0)))) == [{"a": 1}]


def test_there_is_an_end_of_telling(tmp_path):
    """Of a file with nothing right in it the first hundred lines are told, ten of them in the message."""
    error = refused(write(tmp_path / "t.jsonl", "x\n" * 100_000))
    assert len(error.problems) == 100
    assert "line 10 " in str(error)
    assert "line 11 " not in str(error)
    assert "90 more" in str(error)
    assert len(refused(["x"] * 100_000).problems) == 100


def test_json_is_a_list_of_objects(tmp_path):
    """Anything else is refused; every row that is no object is told."""
    refused(write(tmp_path / "t.json", '{"a": [1]}'), "orient='records'")
    refused(write(tmp_path / "t.json", "[1,"), "no JSON")
    assert len(refused(write(tmp_path / "t.json", '[{"a": 1}, 2, "x"]')).problems) == 2
    assert list(open_rows(write(tmp_path / "t.json", "\ufeff[]"))) == []


def test_damaged_files_are_told(tmp_path):
    """What is no Parquet, is cut off, or is no gzip, in each format that can be."""
    parquet.write_table(pa.table({"a": range(1000)}), tmp_path / "t.parquet")
    whole = (tmp_path / "t.parquet").read_bytes()
    for content in (
        b"",
        b"PAR1",
        b"no parquet at all",
        whole[:-5],
        whole[:4] + bytes(len(whole) - 200) + whole[-196:],
    ):
        refused(write(tmp_path / "t.parquet", content), "t.parquet")
    squeezed = gzip.compress(b'{"a": 1}\n' * 1000, mtime=0)
    for content in (b"a,b\n", squeezed[:-12], squeezed[:20] + b"\0\0\0" + squeezed[23:]):
        refused(write(tmp_path / "t.jsonl.gz", content), "t.jsonl.gz")
        refused(write(tmp_path / "t.csv.gz", content), "t.csv.gz")


def test_a_file_that_changes_is_told(tmp_path):
    """A line that breaks after the file was opened ends the rows with an error."""
    path = write(tmp_path / "t.jsonl", '{"a": 1}\n')
    opened = open_rows(path)
    write(path, '{"a": 1}\n{"a"')
    with pytest.raises(InvalidInput, match="has changed"):
        list(opened)


def test_without_pyarrow_the_extra_is_named(tmp_path, monkeypatch):
    """Tables and Parquet files need it, everything else does not."""
    parquet.write_table(pa.table({"a": [1]}), tmp_path / "t.parquet")
    monkeypatch.setitem(sys.modules, "pyarrow", None)
    for source in (tmp_path / "t.parquet", pl.DataFrame({"a": [1]})):
        with pytest.raises(MissingExtra, match=r"stationthis-sdk\[data\]"):
            open_rows(source)
    assert list(open_rows(pd.DataFrame({"a": [1]}))) == [{"a": 1}]
    assert list(open_rows(write(tmp_path / "t.csv", "a\n1\n"))) == [{"a": "1"}]


@pytest.mark.parametrize("ending", ["csv", "csv.gz", "jsonl", "parquet", "list", "frame", "polars", "reader"])
def test_memory_is_flat(tmp_path, ending):
    """However many rows there are, a few are in memory: 20,000 of a hundred letters take no two megabytes."""
    count = 20_000
    rows = ({"number": n, "text": f"{n:0100}"} for n in range(count))
    path = tmp_path / f"t.{ending}"
    source = path
    if ending.startswith("csv"):
        opener = gzip.open if ending.endswith("gz") else open
        with opener(path, "wt") as file:
            file.write("number,text\n" + "".join(f"{row['number']},{row['text']}\n" for row in rows))
    elif ending == "jsonl":
        path.write_text("".join(json.dumps(row) + "\n" for row in rows))
    else:
        table = pa.Table.from_pylist(list(rows))
        if ending == "parquet":
            parquet.write_table(table, path)
        source = {
            "parquet": path,
            "list": list(map(dict, table.to_pylist())) if ending == "list" else None,
            "frame": table.to_pandas(),
            "polars": pl.from_arrow(table),
            "reader": table.to_reader(),
        }[ending]
    held = pa.total_allocated_bytes()
    tracemalloc.start()
    opened = open_rows(source)
    arrow = 0
    for number, row in enumerate(opened):
        assert int(row["number"]) == number
        if number % 5000 == 0:
            arrow = max(arrow, pa.total_allocated_bytes() - held)
    peak = tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()
    assert number == count - 1 == opened.count - 1
    assert peak < 2_000_000
    assert arrow < 8_000_000


def test_large_cells_are_read_few_at_a_time(tmp_path):
    """Of pictures in a Parquet file there are never more than a few in memory."""
    schema = pa.schema({"picture": pa.binary()})
    with parquet.ParquetWriter(
        tmp_path / "t.parquet", schema, compression="none", use_dictionary=False
    ) as writer:
        for n in range(4):
            writer.write_batch(pa.record_batch([[bytes([n, m]) * 500_000 for m in range(20)]], schema=schema))
    held = pa.total_allocated_bytes()
    tracemalloc.start()
    most = 0
    for row in open_rows(tmp_path / "t.parquet"):
        assert len(row["picture"]) == 1_000_000
        most = max(most, pa.total_allocated_bytes() - held)
    peak = tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()
    assert peak < 40_000_000
    assert most < 60_000_000


def test_rows_may_be_left_unfinished(tmp_path):
    """Whoever stops after the first row leaves no file open, and begins anew at the first."""
    path = write(tmp_path / "t.csv", "a\n1\n2\n")
    opened = open_rows(path)
    for _ in range(3):
        assert list(itertools.islice(opened, 1)) == [{"a": "1"}]
    gc.collect()
    assert isinstance(opened, Rows)


@pytest.mark.parametrize(
    ("kind", "text", "expected"),
    [
        ("number", " 7.50 ", 7.5),
        ("number", "-1e3", -1000.0),
        ("number", "7", 7),
        ("integer", "+7", 7),
        ("integer", "7.0", 7.0),
        ("seed", "18446744073709551615", 2**64 - 1),
        ("seed", "-1", -1),
        ("boolean", "TRUE", True),
        ("boolean", "yes", True),
        ("boolean", "1", True),
        ("boolean", "False", False),
        ("boolean", "no", False),
        ("boolean", " 0", False),
        ("text", " 7 ", " 7 "),
        ("enum", "1", "1"),
        ("image", "a.png", "a.png"),
        ("images", "a, b.png", ["a, b.png"]),
        ("images", '["a.png"]', '["a.png"]'),
        ("a kind of tomorrow", "1", "1"),
        *(
            (kind, "", None)
            for kind in ("number", "integer", "seed", "boolean", "text", "image", "images", "enum")
        ),
        *((kind, "  ", None) for kind in ("number", "integer", "seed", "boolean")),
    ],
)
def test_texts_become_what_an_input_wants(kind, text, expected):
    """Numbers, whole numbers, booleans; what is empty is missing."""
    found = convert_text(text, InputField("x", kind))
    assert found == expected
    assert type(found) is type(expected)


@pytest.mark.parametrize("kind", ["number", "integer", "seed", "boolean"])
@pytest.mark.parametrize(
    "text", ["abc", "1,5", "1_000", "٣", "nan", "inf", "0x10", "9" * 5000, "maybe", "2 3"]
)
def test_texts_that_are_none_are_refused(kind, text):
    """The message has the place, the column's text and what is wanted, and stays short."""
    with pytest.raises(InvalidInput, match=r"row 3, column 'cfg': wants ") as caught:
        convert_text(text, InputField("cfg", kind), where="row 3, column 'cfg'")
    assert len(str(caught.value)) < 200
    with pytest.raises(InvalidInput, match="cfg: wants "):
        convert_text(text, InputField("cfg", kind))
