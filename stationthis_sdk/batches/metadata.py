"""What a folder of results tells of its files: metadata.jsonl, by which it is a dataset of pictures, and rows.parquet.

Rows are written to a temporary file as they come, and read again from there when all columns and their types are
known: a hundred thousand of them take no more memory than a few hundred. Everything here blocks.
"""

import contextlib
import itertools
import json
import math
import tempfile
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping
from datetime import date, time
from pathlib import Path
from typing import Any, BinaryIO, Final

import orjson

from stationthis_sdk.batches.folders import Folder
from stationthis_sdk.batches.saved import SavedFile, SavedRow
from stationthis_sdk.logs import logger
from stationthis_sdk.outputs.sidecar import unsigned
from stationthis_sdk.store.atomic import atomic_file

__all__ = ["LINES", "PARQUET", "Metadata"]

LINES: Final = "metadata.jsonl"
PARQUET: Final = "rows.parquet"
"""ImageFolder refuses a folder with two files called metadata."""

_OWN: Final = (
    "batch", "row", "key", "output", "kind", "seed", "run_id", "deployment", "version", "cost", "sha256", "bytes",
    "width", "height",
)  # fmt: skip
_TAKEN: Final = frozenset(
    {"file_name", "file_names", "image", "images", "video", "videos", "audio", "audios", "label", *_OWN}
)
"""Names that are ours, or that Hugging Face's folders give to the file itself."""
_FAMILIES: Final = (frozenset({"image", "animation"}), frozenset({"video"}), frozenset({"audio"}))
"""A folder is loaded as one of these: of the first that there are any of."""
_KINDS: Final = {bool: "boolean", int: "integer", float: "number", str: "text"}
_GROUP: Final = 5000
"""Rows in a row group of Parquet."""


class Metadata:
    """What is told of one folder: ``add`` rows, then ``write``."""

    def __init__(self, folder: Folder) -> None:
        self._folder = folder
        self._spool = tempfile.TemporaryFile(prefix="stationthis-")  # noqa: SIM115 - close() closes it
        self._types: dict[str, set[str]] = {}
        self._kinds: Counter[str | None] = Counter()
        self._lost = 0

    def close(self) -> None:
        """Take the temporary file away."""
        self._spool.close()

    def keep_others(self, batch: str) -> None:
        """Take over what was written of other batches in this folder."""
        for line in self._written():
            if line.get("batch") != batch and self._is_there(line.get("file_name")):
                self._keep(line)

    def add(self, rows: Iterable[tuple[SavedRow, list[SavedFile]]]) -> None:
        """Tell of these rows and their files; a file that is gone, or elsewhere, is left out."""
        for row, files in rows:
            for file in files:
                name = self._folder.name_of(file.path)
                if name is not None and self._is_there(name):
                    self._keep(_line(name, row, file))
                else:
                    self._lost += 1

    def write(self) -> list[str]:
        """Write both files whole, and return their paths; nothing when there is nothing to tell.

        Raises:
            SaveFailed: they can't be written.
        """
        if self._lost:
            logger("batches").warning(
                "%d saved files are not in %s any more, and metadata.jsonl does not tell of them.",
                self._lost,
                self._folder.address,
            )
        if not self._types:
            return []
        with contextlib.ExitStack() as files:
            lines = files.enter_context(self._file(LINES))
            parquet = self._parquet(files)
            self._write_both(lines, parquet)
        return [self._folder.path_of(name) for name in (LINES, PARQUET) if name == LINES or parquet]

    @contextlib.contextmanager
    def _file(self, name: str) -> Iterator[BinaryIO]:
        """A file of this name in the folder, which takes its place whole."""
        self._folder.ready()

        def place(file: Path) -> None:
            self._folder.put(file, name)

        with atomic_file(self._folder.staging / name, place=place) as file:
            yield file

    def _parquet(self, files: contextlib.ExitStack) -> Any:
        """Who writes Parquet; None without pyarrow."""
        try:
            import pyarrow as pa  # noqa: PLC0415 - only where it is installed
            import pyarrow.parquet as pq  # noqa: PLC0415 - likewise
        except ImportError:
            logger("batches").warning(
                "%s has no %s, which needs pyarrow: pip install 'stationthis-sdk[data]'",
                self._folder.address,
                PARQUET,
            )
            return None
        types: dict[str, Any] = {
            "boolean": pa.bool_(), "integer": pa.int64(), "number": pa.float64(), "text": pa.string(),
        }  # fmt: skip
        schema = pa.schema([(name, types[kind]) for name, kind in self._columns().items()])
        return files.enter_context(pq.ParquetWriter(files.enter_context(self._file(PARQUET)), schema))

    def _write_both(self, file: BinaryIO, parquet: Any) -> None:
        told = next((family for family in _FAMILIES if family & self._kinds.keys()), self._kinds.keys())
        lines = self._lines()
        while group := list(itertools.islice(lines, _GROUP)):
            file.writelines(orjson.dumps(line) + b"\n" for line in group if line["kind"] in told)
            if parquet is not None:
                parquet.write_batch(_record_batch(group, parquet.schema), row_group_size=_GROUP)

    def _columns(self) -> dict[str, str]:
        """The columns and the one type of each."""
        names = ["file_name", *(name for name in self._types if name not in {"file_name", *_OWN}), *_OWN]
        return {name: _one_type(self._types.get(name, set())) for name in names}

    def _lines(self) -> Iterator[dict[str, Any]]:
        """What was kept, each line with all columns, of one type each."""
        columns = self._columns()
        changed = {name: kind for name, kind in columns.items() if _mixes(self._types.get(name, set()))}
        self._spool.seek(0)
        for written in self._spool:
            line = orjson.loads(written)
            line = {name: line.get(name) for name in columns}
            for name, kind in changed.items():
                line[name] = _as_type(line[name], kind)
            yield line

    def _keep(self, line: Mapping[str, Any]) -> None:
        for name, value in line.items():
            kinds = self._types.get(name)
            if kinds is None:
                kinds = self._types[name] = set()
            if value is not None:
                kinds.add(_KINDS[type(value)])
        self._kinds[line.get("kind")] += 1
        self._spool.write(orjson.dumps(line) + b"\n")

    def _is_there(self, name: Any) -> bool:
        return isinstance(name, str) and (not self._folder.is_near or self._folder.exists(name))

    def _written(self) -> Iterator[dict[str, Any]]:
        """What was written before: all of it, where pyarrow can read it."""
        with contextlib.suppress(ImportError):
            import pyarrow as pa  # noqa: PLC0415 - likewise
            import pyarrow.parquet as pq  # noqa: PLC0415 - likewise

            with self._folder.read(PARQUET) as file:
                if file is not None:
                    try:
                        for batch in pq.ParquetFile(file).iter_batches(_GROUP):
                            yield from batch.to_pylist()
                    except (pa.ArrowException, OSError) as error:
                        logger("batches").warning("%s was not ours, or damaged: %s", PARQUET, error)
                    return
        with self._folder.read(LINES) as file:
            for written in file or ():
                with contextlib.suppress(orjson.JSONDecodeError):
                    line = orjson.loads(written)
                    if isinstance(line, dict):
                        yield {name: _value(value) for name, value in line.items()}


def _line(name: str, row: SavedRow, file: SavedFile) -> dict[str, Any]:
    """What is told of one file. Columns whose name is taken are called input_… and column_…."""
    own = {
        "batch": row.batch,
        "row": row.place,
        "key": row.key,
        "output": file.output,
        "kind": file.kind,
        "seed": row.seed,
        "run_id": row.run_id,
        "deployment": row.deployment,
        "version": row.version,
        "cost": row.cost,
        "sha256": file.sha256,
        "bytes": file.bytes,
        "width": file.width,
        "height": file.height,
    }
    line: dict[str, Any] = {"file_name": _value(name)}
    for prefix, values in (("input", row.inputs), ("column", row.extra)):
        for given, value in values.items():
            column = _column(given)
            if column == "seed" and value == row.seed:
                continue
            if column in _TAKEN or column in line or not column:
                column = _column(f"{prefix}_{column}")
            line[column] = _value(value)
    return line | own


def _column(name: str) -> str:
    """A name that Hugging Face does not take for that of a column of files."""
    for ending in ("_file_name", "_file_names"):
        if name.endswith(ending):
            return name.removesuffix(ending) + ending.replace("file_n", "filen")
    return name.encode("utf-8", "replace").decode()


def _value(value: Any) -> Any:
    """A boolean, a number, a text or None; lists and objects as JSON."""
    if value is None or isinstance(value, bool):
        return value
    if isinstance(value, int):
        # Of more than 64 bits no column of numbers can be.
        return int(value) if -(2**63) <= value < 2**63 else str(value)
    if isinstance(value, float):
        return float(value) if math.isfinite(value) else None
    if isinstance(value, str):
        return str(unsigned(value)).encode("utf-8", "replace").decode()
    if isinstance(value, date | time):
        return value.isoformat()
    if isinstance(value, Mapping) and isinstance(value.get("$file"), str):
        return _value(value["$file"])
    if isinstance(value, Mapping | list | tuple):
        try:
            return orjson.dumps(value, default=str, option=orjson.OPT_NON_STR_KEYS).decode()
        except TypeError:  # an integer of more than 64 bits
            return json.dumps(value, default=str)
    return str(value).encode("utf-8", "replace").decode()


def _one_type(kinds: set[str]) -> str:
    """The type that holds all of these.

    >>> _one_type({"integer", "number"}), _one_type({"integer", "text"}), _one_type(set())
    ('number', 'text', 'text')
    """
    if len(kinds) == 1:
        return next(iter(kinds))
    return "number" if kinds == {"integer", "number"} else "text"


def _mixes(kinds: set[str]) -> bool:
    return len(kinds) > 1


def _as_type(value: Any, kind: str) -> Any:
    if value is None:
        return None
    if kind == "number":
        return float(value)
    return value if isinstance(value, str) else orjson.dumps(value).decode()


def _record_batch(lines: list[dict[str, Any]], schema: Any) -> Any:
    import pyarrow as pa  # noqa: PLC0415 - likewise

    arrays = [pa.array([line[one.name] for line in lines], one.type) for one in schema]
    return pa.record_batch(arrays, schema=schema)
