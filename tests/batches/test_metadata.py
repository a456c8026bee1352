"""What a folder of results tells of its files: whole, of one type a column, and a dataset of pictures."""

# ruff: noqa: ASYNC240 - tests look at what was saved

import asyncio
import json
import os
import subprocess
import sys
import tracemalloc
import uuid
from collections.abc import AsyncIterator, Iterator
from datetime import date
from pathlib import Path
from typing import Any

import fsspec
import pyarrow.parquet as pq
import pytest
from hypothesis import given, settings
from hypothesis import strategies as some

from stationthis_sdk.batches.metadata import LINES, PARQUET
from stationthis_sdk.batches.out import Out, SavedFile, SavedRow
from stationthis_sdk.store.file_names import leave_names
from tests.batches.test_out import Made, picture, row

VALUES = (
    some.none()
    | some.booleans()
    | some.integers()
    | some.floats()
    | some.text(max_size=5)
    | some.dates()
    | some.lists(some.integers() | some.text(max_size=2), max_size=2)
    | some.dictionaries(some.text(max_size=2), some.integers(), max_size=2)
)
NAMES = some.sampled_from(
    [
        "image",
        "file_name",
        "photo_file_name",
        "x_file_names",
        "seed",
        "row",
        "cost",
        "label",
        "prompt",
        "",
        "a",
    ]
)


@pytest.fixture
def home(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Path]:
    """A data folder of the test's own."""
    monkeypatch.setenv("STATIONTHIS_HOME", str(tmp_path / "home"))
    yield tmp_path / "home"
    leave_names(tmp_path / "home")


async def saved(
    out: Out, rows: list[SavedRow], *contents: bytes | str
) -> list[tuple[SavedRow, list[SavedFile]]]:
    """These rows with their files, of which each has the same."""
    return [(one, await out.save(one, Made(*contents, names=["final"]))) for one in rows]


def lines_of(folder: Path) -> list[dict[str, Any]]:
    """What metadata.jsonl says."""
    return [json.loads(line) for line in (folder / LINES).read_bytes().splitlines()]


async def test_what_is_told(home, tmp_path):
    """Every column of the row, the run, and the file, in both files alike."""
    out = Out.of(tmp_path / "out/{colour}/{sku}")
    one = SavedRow("autumn", 4, "L-7", {"prompt": "a lamp", "seed": 3, "image": {"$file": "in/a.png", "sha256": "x"}},
                   {"colour": "red", "sku": "L-7", "tags": ["a", "b"], "sold": date(2026, 9, 1)}, 3, "run-1", "portrait", 2, 0.25)  # fmt: skip
    files = await out.finish("autumn", await saved(out, [one], picture()))
    assert files == [str(tmp_path / "out" / LINES), str(tmp_path / "out" / PARQUET)]
    (line,) = lines_of(tmp_path / "out")
    assert next(iter(line)) == "file_name"
    assert line == pq.read_table(files[1]).to_pylist()[0]
    assert line.pop("sha256")
    assert line.pop("bytes") == len(picture())
    assert line == {
        "file_name": "red/L-7.png", "prompt": "a lamp", "input_image": "in/a.png", "colour": "red", "sku": "L-7",
        "tags": '["a","b"]', "sold": "2026-09-01", "batch": "autumn", "row": 4, "key": "L-7", "output": "final",
        "kind": "image", "seed": 3, "run_id": "run-1", "deployment": "portrait", "version": 2, "cost": 0.25,
        "width": 8, "height": 6,
    }  # fmt: skip


@settings(max_examples=60)
@given(
    some.lists(some.tuples(some.dictionaries(NAMES, VALUES), some.dictionaries(NAMES, VALUES)), max_size=5)
)
def test_any_values(tmp_path_factory, rows):
    """Whatever types columns mix, each line has the same columns, each column one type, and no number is lost."""
    folder = tmp_path_factory.mktemp("out")
    (folder / "a.png").write_bytes(b"x")
    out = Out.of(folder)
    file = SavedFile(str(folder / "a.png"), "image", 1, "0")
    given_rows = [(row(place, inputs=one, extra=more), [file]) for place, (one, more) in enumerate(rows)]

    files = asyncio.run(out.finish("autumn", given_rows))
    if not rows:
        assert files == []
        return
    lines, table = lines_of(folder), pq.read_table(files[1])
    assert len({tuple(line) for line in lines}) == 1
    assert table.to_pylist() == lines
    for name in lines[0]:
        kinds = {type(line[name]) for line in lines} - {type(None)}
        assert len(kinds) <= 1
        assert not name.endswith(("_file_name", "_file_names"))
        assert name not in {"image", "label"}
    for (one, _), line in zip(rows, lines, strict=True):
        if isinstance(one.get("a"), int):
            assert json.loads(str(line["a"]).lower()) == one["a"]


async def test_batches_in_one_folder(home, tmp_path):
    """What other batches have written stays, whether pyarrow can read it or not; what is gone is told no more."""
    out = Out.of(tmp_path / "out")
    other = [SavedRow("winter", place, extra={"price": 1.5}) for place in range(2)]
    await out.finish("winter", await saved(out, other, picture(), "a caption"))
    ours = await saved(out, [row(0, extra={"price": "high"})], picture())
    await out.finish("autumn", ours)
    await out.finish("autumn", ours)
    assert [(line["batch"], line["row"], line["price"]) for line in lines_of(tmp_path / "out")] == [
        ("winter", 0, "1.5"), ("winter", 1, "1.5"), ("autumn", 0, "high"),
    ]  # fmt: skip
    assert pq.read_table(tmp_path / "out" / PARQUET).num_rows == 5
    (tmp_path / "out" / lines_of(tmp_path / "out")[0]["file_name"]).unlink()
    (tmp_path / "out" / PARQUET).write_bytes(b"damaged")
    await out.finish("autumn", ours)
    assert pq.read_table(tmp_path / "out" / PARQUET).num_rows == 1
    (tmp_path / "out" / PARQUET).unlink()
    await out.finish("autumn", ours)
    assert {line["batch"] for line in lines_of(tmp_path / "out")} == {"autumn"}


async def test_files_that_are_gone_are_not_told_of(home, tmp_path, caplog):
    """A picture that was thrown away, or that lies in another folder, has no line, and a word says how many."""
    out = Out.of(tmp_path / "out")
    rows = await saved(out, [row(place) for place in range(3)], picture())
    Path(rows[0][1][0].path).unlink()
    rows[1][1].append(SavedFile(str(tmp_path / "elsewhere/a.png"), "image", 1, "0"))
    await out.finish("autumn", rows)
    assert [line["row"] for line in lines_of(tmp_path / "out")] == [1, 2]
    assert "2 saved files are not in" in caplog.text


async def test_pictures_only(home, tmp_path):
    """A dataset of pictures has no captions among them; everything is in the Parquet file."""
    out = Out.of(tmp_path / "out")
    await out.finish("autumn", await saved(out, [row()], picture(), "a caption"))
    assert [line["kind"] for line in lines_of(tmp_path / "out")] == ["image"]
    assert pq.read_table(tmp_path / "out" / PARQUET).column("kind").to_pylist() == ["image", "text"]
    texts = Out.of(tmp_path / "texts")
    await texts.finish("autumn", await saved(texts, [row()], "a caption"))
    assert [line["kind"] for line in lines_of(tmp_path / "texts")] == ["text"]


async def test_no_signature_is_kept(home, tmp_path):
    """A link's signature is a key for an hour: it is in neither file."""
    out = Out.of(tmp_path / "out")
    link = "https://bucket.example/a.png?X-Amz-Signature=abc"
    await out.finish("autumn", await saved(out, [row(inputs={"picture": link})], picture()))
    assert lines_of(tmp_path / "out")[0]["picture"] == "https://bucket.example/a.png"


async def test_without_pyarrow(home, tmp_path, monkeypatch, caplog):
    """There is metadata.jsonl alone, and one line says so."""
    monkeypatch.setitem(sys.modules, "pyarrow", None)
    monkeypatch.setitem(sys.modules, "pyarrow.parquet", None)
    out = Out.of(tmp_path / "out")
    rows = await saved(out, [row()], picture())
    for _ in range(2):
        assert await out.finish("autumn", rows) == [str(tmp_path / "out" / LINES)]
    assert len(lines_of(tmp_path / "out")) == 1
    assert caplog.text.count("needs pyarrow") == 2


async def test_at_a_url(home):
    """The same behind fsspec, from rows that come one by one; of other batches everything is kept."""
    bucket = f"memory://{uuid.uuid4().hex}"
    out = Out.of(f"{bucket}/{{row}}.png")
    fs = fsspec.filesystem("memory")
    for batch in ("autumn", "winter", "autumn"):
        rows = await saved(out, [SavedRow(batch, place) for place in range(2)], picture())

        async def one_by_one(rows: list[Any] = rows) -> AsyncIterator[Any]:
            for one in rows:
                yield one

        files = await out.finish(batch, one_by_one())
        assert files == [f"{bucket}/{LINES}", f"{bucket}/{PARQUET}"]
    lines = [json.loads(line) for line in fs.cat_file(files[0]).splitlines()]
    assert [line["batch"] for line in lines] == ["winter", "winter", "autumn", "autumn"]
    assert all(fs.exists(f"{bucket}/{line['file_name']}") for line in lines)


@pytest.mark.slow
async def test_memory_stays_flat(home, tmp_path):
    """Many rows take no more memory than some, and come out in row groups."""
    out = Out.of(tmp_path / "out")
    (tmp_path / "out").mkdir()
    (tmp_path / "out/a.png").write_bytes(b"x")
    file = SavedFile(str(tmp_path / "out/a.png"), "image", 1, "0" * 64)

    def rows(count: int) -> Iterator[tuple[SavedRow, list[SavedFile]]]:
        for place in range(count):
            yield row(place, inputs={"prompt": f"a lamp, {place} " * 8, "cfg": place / 7}), [file]

    peaks = []
    for count in (11_000, 33_000):
        tracemalloc.start()
        await out.finish("autumn", rows(count))
        peaks.append(tracemalloc.get_traced_memory()[1])
        tracemalloc.stop()
    assert peaks[1] < peaks[0] * 1.2
    told = pq.ParquetFile(tmp_path / "out" / PARQUET).metadata
    assert (told.num_rows, told.num_row_groups) == (33_000, 7)


LOAD = """
import json, sys
from datasets import load_dataset
loaded = load_dataset("imagefolder", data_dir=sys.argv[1], split="train")
print(json.dumps({
    "columns": loaded.column_names,
    "sizes": [one["image"].size for one in loaded],
    "prompts": loaded["prompt"][:],
    "seeds": loaded["seed"][:],
}))
"""


@pytest.mark.slow
async def test_it_is_an_image_folder(home, tmp_path):
    """Hugging Face's own library loads it: each picture with its row's columns, captions and Parquet beside."""
    out = Out.of(tmp_path / "out/{colour}/{sku}.png")
    rows = [
        row(place, inputs={"prompt": f"p{place}", "seed": place, "image": "https://h/a.png", "photo_file_name": "b.png"},
            seed=place, extra={"colour": ["red", "blue"][place % 2], "sku": "x", "label": 7, "odd": [1, "one"][place % 2]})
        for place in range(4)
    ]  # fmt: skip
    kept = [(one, await out.save(one, Made(picture(size=(8 + one.place, 6)), "a caption"))) for one in rows]
    await out.finish("autumn", kept)
    done = await asyncio.to_thread(
        subprocess.run,
        [sys.executable, "-c", LOAD, str(tmp_path / "out")],
        capture_output=True,
        text=True,
        env={**os.environ, "HF_HOME": str(tmp_path / "hf"), "HF_HUB_OFFLINE": "1"},
    )
    assert done.returncode == 0, done.stderr
    told = json.loads(done.stdout.splitlines()[-1])
    assert told["sizes"] == [[8 + place, 6] for place in range(4)]
    assert told["prompts"] == ["p0", "p1", "p2", "p3"]
    assert told["seeds"] == [0, 1, 2, 3]
    assert {"input_image", "column_label", "photo_filename", "odd", "cost"} <= set(told["columns"])
