"""What tells batches, rows and attempts apart: hashes, so that a lost ledger can be made anew of what the service kept. Pure."""

import hashlib
import math
import re
from collections.abc import Mapping
from pathlib import Path
from typing import Any, Final

import attrs
import orjson

from stationthis_sdk.entities import InputField, Media
from stationthis_sdk.inputs.check import MAX_SEED
from stationthis_sdk.store.hashes import sha256_of_file

__all__ = ["Name", "batch_mark", "content_of", "derived_seed", "name_of_submit", "row_id", "submit_id"]

MOST_ATTEMPTS: Final = 0xFFFF
_EXACT: Final = 2**53
_SUBMIT: Final = re.compile(r"([0-9a-f]{12})([0-9a-f]{16})([0-9a-f]{4})")


@attrs.frozen
class Name:
    """What a submit's id says: the mark of a batch, a row of it, and how often that was begun anew."""

    batch: str
    row: str
    attempt: int


def batch_mark(name: str) -> str:
    """Twelve hexadecimal digits for a batch's name.

    >>> batch_mark("autumn-26")
    '89a2e867ec9e'
    """
    return _hash("batch", name)[:12]


def row_id(key: str | None, content: str, occurrence: int) -> str:
    """Sixteen digits for a row: of its key, else of its content and how often that came before in the plan."""
    return (_hash("key", key) if key is not None else _hash("content", content, occurrence))[:16]


def submit_id(mark: str, row: str, attempt: int) -> str:
    """The id of a row's submit, which the service keeps.

    >>> submit_id("89a2e867ec9e", "0123456789abcdef", 1)
    '89a2e867ec9e0123456789abcdef0001'
    """
    return f"{mark}{row}{min(attempt, MOST_ATTEMPTS):04x}"


def name_of_submit(given: str | None) -> Name | None:
    """What a submit's id says, were it a row's; ids of single runs look alike, so compare the mark.

    >>> name_of_submit("89a2e867ec9e0123456789abcdef0001")
    Name(batch='89a2e867ec9e', row='0123456789abcdef', attempt=1)
    """
    found = _SUBMIT.fullmatch(given or "")
    return None if found is None else Name(found[1], found[2], int(found[3], 16))


def derived_seed(batch: str, row: str, field: InputField) -> int:
    """The seed of a row that has none: the same each time, within the field's bounds and below 2³².

    >>> derived_seed("autumn", "0123456789abcdef", InputField("seed", "seed", minimum=5, maximum=5))
    5
    """
    high = None if field.maximum is None else math.floor(field.maximum)
    low = min(0, 0 if high is None else high) if field.minimum is None else math.ceil(field.minimum)
    high = max(low, MAX_SEED) if high is None else high
    if high >= 0:
        low = max(low, 0)
    if low <= MAX_SEED:
        high = min(high, MAX_SEED)
    high = max(low, high)
    return low + int(_hash("seed", batch, row, field.name)[:16], 16) % (high - low + 1)


def content_of(values: Mapping[str, Any], uploads: Mapping[str, Any]) -> str:
    """A hash of what a row sends: values as given, files by their content, whatever they are called.

    7.0 is 7, as tables make floats of whole numbers wherever a value is missing.
    """
    contents = {name: _content(value) for name, value in {**values, **uploads}.items()}
    return hashlib.sha256(orjson.dumps(contents, option=orjson.OPT_SORT_KEYS)).hexdigest()


def _content(value: Any) -> Any:
    if isinstance(value, Media):
        return {"sha256": sha256_of(value)}
    if isinstance(value, list):
        return [_content(one) for one in value]
    if isinstance(value, float) and value.is_integer():
        return int(value) if abs(value) < _EXACT else value
    return value


def sha256_of(media: Media) -> str:
    """The hash of a file's bytes.

    Raises:
        InvalidInput: it can't be read.
    """
    if isinstance(media.content, Path):
        return sha256_of_file(media.content)
    return hashlib.sha256(media.content).hexdigest()


def _hash(*parts: Any) -> str:
    return hashlib.sha256(orjson.dumps(parts)).hexdigest()
