"""The plan of a batch: each row's inputs, checked and complete, before anything is sent or paid for.

A plan fixes seeds, files and the deployment's version: whoever makes the same plan again gets the same rows, and what is
known of them already is not run again.
"""

import math
from collections import Counter
from collections.abc import Callable, Iterator, Mapping
from datetime import date, datetime, time, timedelta
from decimal import Decimal
from pathlib import Path
from typing import Any, Final

import attrs
import orjson

from stationthis_sdk.batches.columns import Columns
from stationthis_sdk.batches.identity import content_of, derived_seed, row_id
from stationthis_sdk.batches.kept_files import kept
from stationthis_sdk.batches.rows import Rows
from stationthis_sdk.errors import InvalidInput, SaveFailed
from stationthis_sdk.inputs.check import check_inputs
from stationthis_sdk.inputs.fields import Inputs
from stationthis_sdk.store.batch_records import Planned

__all__ = ["MOST_PROBLEMS", "Planning"]

MOST_PROBLEMS: Final = 50
"""So many faults are told at once; whoever has more of them has another problem."""
_SHOWN: Final = 10


@attrs.define(eq=False)
class Planning:
    """Makes the rows of a plan, one after the other; what is wrong with any of them is told when all are read."""

    batch: str
    rows: Rows
    columns: Columns
    inputs: Inputs
    deployment: str
    key: str | None
    folder: Path
    limit: int | None = None
    allow_unknown: bool = False
    naming: Callable[[Planned], list[str]] | None = None
    """What is missing for the names of a row's files."""
    problems: list[str] = attrs.field(factory=list)
    _occurred: Counter[bytes] = attrs.field(factory=Counter)
    _keys: dict[str, int] = attrs.field(factory=dict)

    def __iter__(self) -> Iterator[Planned]:
        """The rows that are sound. Blocking: files are read and hashed.

        Raises:
            InvalidInput: the rows can't be read.
        """
        for place, row in enumerate(self.rows):
            if self.limit is not None and place >= self.limit:
                return
            if len(self.problems) >= MOST_PROBLEMS:
                return
            try:
                yield self._planned(place, row)
            except (InvalidInput, SaveFailed) as error:
                for problem in getattr(error, "problems", None) or [error.message]:
                    self.problems.append(f"row {place + 1}: {problem}")

    def raise_for_problems(self) -> None:
        """Tell what is wrong, if anything is.

        Raises:
            InvalidInput: with every fault, up to a limit.
        """
        if not self.problems:
            return
        told = self.problems[:MOST_PROBLEMS]
        more = f"; and {len(told) - _SHOWN} more" if len(told) > _SHOWN else ""
        raise InvalidInput(
            f"Batch {self.batch!r} was not begun, nothing was sent: {'; '.join(told[:_SHOWN])}{more}.",
            problems=told,
        )

    def _planned(self, place: int, row: Mapping[str, Any]) -> Planned:
        problems: list[str] = []
        key = None
        try:
            key = self._key_of(row, place)
        except InvalidInput as error:
            problems.append(error.message)
        given, wrong = self.columns.read(row)
        problems += [problem for some in wrong.values() for problem in some]
        try:
            # The seeds that are missing are the row's own, whatever they are drawn as here.
            checked = check_inputs(given, self.inputs, name=self.deployment, allow_unknown=self.allow_unknown)
        except InvalidInput as error:
            # What the row has not is told already.
            problems += [one for one in error.problems if one.partition(":")[0] not in wrong]
        if problems:
            raise InvalidInput(problems[0], problems=problems)
        values = {name: value for name, value in checked.values.items() if name not in checked.drawn}
        try:
            content = content_of(values, checked.uploads)
        except OSError as error:
            raise InvalidInput(f"{error.filename} can't be read: {error.strerror}") from None
        mark = bytes.fromhex(content)
        occurrence = self._occurred[mark]
        self._occurred[mark] += 1
        this = row_id(key, content, occurrence)
        seeds = {name: derived_seed(self.batch, this, self.inputs[name]) for name in checked.drawn}
        files = {name: kept(media, self.folder) for name, media in checked.uploads.items()}
        planned = Planned(place, this, key, {**values, **files, **seeds}, content, self._extra_of(row))
        if self.naming is not None and (missing := self.naming(planned)):
            raise InvalidInput("; ".join(missing), problems=[f"out: {problem}" for problem in missing])
        return planned

    def _key_of(self, row: Mapping[str, Any], place: int) -> str | None:
        if self.key is None:
            return None
        value = row.get(self.key)
        key = "" if value is None else str(value)
        if not key:
            raise InvalidInput(f"the key column {self.key!r} is empty")
        before = self._keys.setdefault(key, place)
        if before != place:
            raise InvalidInput(f"key {key!r} is that of row {before + 1}, too")
        return key

    def _extra_of(self, row: Mapping[str, Any]) -> dict[str, Any]:
        """What rides along, as far as it can be written down."""
        told = {name: _told(value) for name, value in self.columns.extra_of(row).items()}
        return {name: value for name, value in told.items() if value is not _LEFT}


_LEFT: Final = object()


def _told(value: Any) -> Any:
    """A value as JSON has it; times as ISO 8601. Pictures and bytes are left out: they would fill the ledger."""
    if value is None or isinstance(value, str | bool):
        return value
    if isinstance(value, int):
        return value if -(2**53) < value < 2**53 else str(value)
    if isinstance(value, float):
        return value if math.isfinite(value) else None
    if isinstance(value, datetime | date | time):
        return value.isoformat()
    if isinstance(value, timedelta):
        return value.total_seconds()
    if isinstance(value, Decimal | Path):
        return str(value)
    if isinstance(value, list | tuple | dict):
        try:
            return orjson.loads(orjson.dumps(value))
        except (TypeError, ValueError):
            return _LEFT
    return _LEFT
