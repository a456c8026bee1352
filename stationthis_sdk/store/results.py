"""Runs that ended well, with what they made: so that ``options(cache=True)`` does not pay for the same thing twice.

In ``results`` of the data folder, files of their owner only: ``runs`` has what is known of each run, by account and
fingerprint; ``bytes`` has what they made, by SHA-256. Each is written whole. What was used last stays, up to a size;
deleting it all changes no answer, but its price.
"""

import contextlib
import hashlib
import os
import re
import time
from collections.abc import Iterator, Mapping, Sequence
from datetime import datetime
from pathlib import Path
from typing import Any, Final

import attrs
import orjson

from stationthis_sdk.entities import Media, OutputItem, RunRecord, RunState, WebFile
from stationthis_sdk.logs import logger
from stationthis_sdk.store.atomic import write_atomically
from stationthis_sdk.store.hashes import sha256_of_file

__all__ = ["LIMIT", "Result", "Results", "fingerprint"]

LIMIT: Final = 2 << 30
"""Bytes of all results together."""
_FORMAT: Final = 1
_SHA256: Final = re.compile(r"[0-9a-f]{64}")
_USED_SECONDS: Final = 60.0
"""Who is used more often than this is not written down as used each time."""
_LEFT_SECONDS: Final = 3600.0
"""What is half-written for so long was left by a process that was killed."""
_SMALL: Final = 1 << 16
_MOST: Final = 256
"""So many runs, of so many bytes each, are recalled without reading them again."""
_NAMES: Final = frozenset(field.name for field in attrs.fields(RunRecord))
_ITEM_NAMES: Final = frozenset(field.name for field in attrs.fields(OutputItem))


@attrs.frozen
class Result:
    """One run that ended well. ``at`` is when it was kept, ``files`` where the bytes of its outputs are."""

    key: str
    name: str
    record: RunRecord
    at: float
    bytes: int
    files: Mapping[Any, Path]


class Results:
    """What is kept for one account, in one folder. Everything here blocks, and never raises but for a wrong call."""

    def __init__(self, folder: Path, scope: str, *, limit: int = LIMIT) -> None:
        self._folder = folder
        self._runs = f"{folder}{os.sep}runs{os.sep}{scope}"
        self._limit = limit
        self.bytes_folder = folder / "bytes"
        """Where what runs made is, and grows."""

    def recall(self, key: str) -> Result | None:
        """The run of before, if all that it made is here."""
        run, name = self._run(key), (self._runs, key)
        try:
            seen = run.stat()
            stamp = (seen.st_ino, seen.st_mtime_ns, seen.st_size)
            stamped, result = _recalled.get(name) or (None, None)
            if stamped != stamp:
                result = self._read(run)
            if result is None:
                return None
            last_used = seen.st_mtime
            for file in result.files.values():
                last_used = min(last_used, file.stat().st_mtime)
        except OSError:
            return None
        if time.time() - last_used > _USED_SECONDS:
            with contextlib.suppress(OSError):  # read-only, or somebody else's: it can be read all the same
                for path in (run, *result.files.values()):
                    os.utime(path)
        if stamped != stamp and seen.st_size <= _SMALL:
            if len(_recalled) >= _MOST:
                _recalled.clear()
            _recalled[name] = (stamp, result)
        # Whoever changes what they hold changes nothing for the next one.
        return attrs.evolve(result, record=attrs.evolve(result.record, inputs=dict(result.record.inputs)))

    def ready(self) -> None:
        """Make the folder of bytes."""
        _make_private(self.bytes_folder)

    def take_in(self, file: Path, sha256: str) -> None:
        """Move a finished file among the bytes, if they are not there yet."""
        path = self.path_of(sha256)
        _make_private(path.parent)
        with contextlib.suppress(OSError):
            if path.stat().st_size == file.stat().st_size:
                os.utime(path)
                return
        file.replace(path)

    def remember(
        self, key: str, name: str, record: RunRecord, files: Sequence[tuple[str, int] | None]
    ) -> None:
        """Remember a run. ``files`` are hash and size of what each output is; None is one whose text is in the record."""
        note = {
            "stationthis": _FORMAT,
            "name": name,
            "at": time.time(),
            "record": {
                **attrs.asdict(record, recurse=False),
                "outputs": [attrs.asdict(one) for one in record.outputs],
            },
            "files": files,
        }
        path = self._run(key)
        try:
            _make_private(path.parent)
            write_atomically(path, orjson.dumps(note), mode=0o600)
            self._make_room(sum(one[1] for one in files if one))
        except (OSError, TypeError) as error:
            logger("store").warning("Run %s is not remembered for cache=True: %s", record.id, error)

    def results(self) -> list[Result]:
        """All that is kept for this account, the newest first."""
        found = [result for path in self._of_account() if (result := self._read(path)) is not None]
        return sorted(found, key=lambda result: -result.at)

    def clear(self, name: str | None = None) -> int:
        """Take this account's results away, all or those of a deployment, a workflow or a run; how many there were."""
        gone = 0
        for path in list(self._of_account()):
            result = self._read(path)
            if name is not None and (result is None or name not in _called(result)):
                continue
            with contextlib.suppress(OSError):
                path.unlink()
                gone += 1
        needed = {
            file.name
            for path in self._all_runs()
            if (result := self._read(path))
            for file in result.files.values()
        }
        for path in list(_files(self.bytes_folder)):
            if path.name not in needed and not _is_growing(path):
                with contextlib.suppress(OSError):
                    path.unlink()
        return gone

    def verify(self) -> tuple[int, int]:
        """Look at every file, of any account: how many there are, and how many were damaged or none of ours and went."""
        paths = [path for path in _files(self._folder) if not _is_growing(path)]
        refused = 0
        for path in paths:
            if path.is_relative_to(self.bytes_folder):
                good = path == self.path_of(path.name) and _is_whole(path)
            else:
                good = path.is_relative_to(self._folder / "runs") and self._read(path) is not None
            if not good:
                refused += 1
                with contextlib.suppress(OSError):
                    path.unlink()
        return len(paths), refused

    def _run(self, key: str) -> Path:
        return Path(f"{self._runs}{os.sep}{key[:2]}{os.sep}{key}")

    def path_of(self, sha256: str) -> Path:
        """Where these bytes are, if they are kept."""
        return Path(f"{self.bytes_folder}{os.sep}{sha256[:2]}{os.sep}{sha256}")

    def _of_account(self) -> "Iterator[Path]":
        return (path for path in _files(Path(self._runs)) if not _is_growing(path))

    def _all_runs(self) -> "Iterator[Path]":
        return (path for path in _files(self._folder / "runs") if not _is_growing(path))

    def _read(self, path: Path) -> Result | None:
        """A run that was kept; None when there is none, or what is there is none of ours."""
        try:
            content = path.read_bytes()
            note = orjson.loads(content)
            if note["stationthis"] != _FORMAT:
                return None
            record = _record(note["record"])
            files: dict[Any, Path] = {}
            size = len(content)
            for item, file in zip(record.outputs, note["files"], strict=True):
                if file is not None:
                    if not _SHA256.fullmatch(file[0]):
                        return None
                    files[item.identity] = self.path_of(file[0])
                    size += int(file[1])
                elif item.text is None:
                    return None
            return Result(path.name, str(note["name"]), record, float(note["at"]), size, files)
        except (OSError, ValueError, TypeError, KeyError, AttributeError, IndexError):
            return None

    def _make_room(self, written: int) -> None:
        """Now and then, look how much there is, and let go of what was not used for longest."""
        global _written  # noqa: PLW0603 - of this process
        _written += written
        if 0 < _written < self._limit // 32:
            return
        _written = 1
        found: list[tuple[float, int, Path]] = []
        for path in _files(self._folder):
            with contextlib.suppress(OSError):
                seen = path.stat()
                if not _is_growing(path):
                    found.append((seen.st_mtime, seen.st_size, path))
                elif time.time() - seen.st_mtime > _LEFT_SECONDS:
                    path.unlink()
        size = sum(one[1] for one in found)
        if size <= self._limit:
            return
        for _, bytes_, path in sorted(found):
            if size <= self._limit * 0.9:
                break
            with contextlib.suppress(OSError):
                path.unlink()
                size -= bytes_


_written = 0
_recalled: dict[tuple[str, str], tuple[tuple[int, int, int], Result]] = {}


def fingerprint(scope: Sequence[Any], inputs: Mapping[str, Any]) -> str | None:
    """One name for the same deployment, version and inputs; files count by their content, not their name.

    None when nobody can know the content before it is fetched.

    Raises:
        InvalidInput: a file is gone.
    """
    try:
        contents = {name: _content(value) for name, value in inputs.items()}
    except _Unknown:
        return None
    return hashlib.sha256(orjson.dumps([scope, contents], option=orjson.OPT_SORT_KEYS)).hexdigest()


class _Unknown(Exception):
    pass


def _content(value: Any) -> Any:
    if isinstance(value, Media):
        if isinstance(value.content, WebFile):
            raise _Unknown
        if isinstance(value.content, Path):
            return {"sha256": sha256_of_file(value.content)}
        return {"sha256": hashlib.sha256(value.content).hexdigest()}
    if isinstance(value, list):
        return [_content(one) for one in value]
    return value


def _record(told: Mapping[str, Any]) -> RunRecord:
    """A run as it was written, by whatever version."""
    values = {name: value for name, value in told.items() if name in _NAMES}
    for name in ("created_at", "queued_at", "started_at", "ended_at"):
        if values.get(name) is not None:
            values[name] = datetime.fromisoformat(values[name])
    outputs = (
        OutputItem(**{name: value for name, value in one.items() if name in _ITEM_NAMES})
        for one in told["outputs"]
    )
    return RunRecord(
        **values | {"state": RunState(told["state"]), "outputs": tuple(outputs), "tags": tuple(told["tags"])}
    )


def _called(result: Result) -> set[str | None]:
    record = result.record
    return {result.name, record.id, record.deployment_id, record.deployment_name, record.workflow_id}


def _make_private(folder: Path) -> None:
    """Make a folder, and those that it lies in, for their owner only."""
    if not folder.is_dir():
        if folder.parent != folder:
            _make_private(folder.parent)
        folder.mkdir(mode=0o700, exist_ok=True)


def _files(folder: Path) -> Iterator[Path]:
    for root, _, names in os.walk(folder):
        for name in names:
            yield Path(root, name)


def _is_growing(path: Path) -> bool:
    return path.name.startswith(".stationthis-")


def _is_whole(path: Path) -> bool:
    try:
        with path.open("rb") as file:
            return hashlib.file_digest(file, "sha256").hexdigest() == path.name
    except OSError:
        return False
