"""What a webhook says, read with tolerance; what can't be one is refused whole."""

import json
import struct
from collections.abc import Mapping
from typing import Any, Final

import attrs
import orjson

from stationthis_sdk.entities import RunRecord, RunState, is_uuid
from stationthis_sdk.errors import InvalidInput
from stationthis_sdk.outputs.normalise import normalise

__all__ = ["MOST_BYTES", "Webhook", "parse"]

MOST_BYTES: Final = 1 << 20
_DEPTH: Final = 64
_LONGEST_WORD: Final = 64
_LONGEST_STATUS: Final = 10_000
_MOST_DIGITS: Final = 20
_MEDIA: Final = ("url", "type", "filename", "is_public", "subfolder", "upload_duration")
_NAMED_IN: Final = ("images", "files", "gifs", "mesh")


@attrs.frozen
class Webhook:
    """One webhook: what it says of its run, and what the service calls it (run.updated, run.output), if it does.

    The record is merged with what is known of the run as a poll's is. It is a claim: nobody has signed it.
    """

    record: RunRecord
    event: str | None = None


def parse(body: bytes | str | Mapping[str, Any]) -> Webhook:
    """Read a webhook's body: its bytes, its text, or the object in it.

    Fields may be missing but for ``run_id``; a status that nobody has said before is a live one; outputs are read by
    the one normaliser, as they would stand in an answer to who reads the run.

    Raises:
        InvalidInput: it is none; the message says what is wrong with it.

    Example:
        >>> webhook = parse(b'{"run_id": "5ea8723e-4701-4d69-8604-8932801f2083", "status": "defrosting"}')
        >>> webhook.record.state, webhook.record.state.final
        ('defrosting', False)
    """
    given = body if isinstance(body, Mapping) else _loaded(body)
    if not isinstance(given, Mapping):
        raise InvalidInput(f"A webhook is a JSON object, not {type(given).__name__}.")
    run_id = given.get("run_id")
    if not is_uuid(run_id):
        raise InvalidInput("A webhook says its run_id, an id as the service makes them.")
    state = _text(given, "status", _LONGEST_WORD) or "not-started"
    if not state.isprintable():
        raise InvalidInput("status is a word.")
    outputs = given.get("outputs")
    if isinstance(outputs, bool | int | float):
        raise InvalidInput(f"outputs is a list, not {type(outputs).__name__}.")
    record = RunRecord(
        str(run_id).lower(),
        RunState(state),
        fraction=_fraction(given.get("progress")),
        live_status=_text(given, "live_status", _LONGEST_STATUS),
        outputs=normalise(_as_read(outputs)),
    )
    return Webhook(record, _text(given, "event_type", _LONGEST_WORD) or None)


def _loaded(body: bytes | str) -> Any:
    if not isinstance(body, bytes | bytearray | str):
        raise InvalidInput(f"A webhook's body is bytes, a text or an object, not {type(body).__name__}.")
    if len(body) > MOST_BYTES:
        raise InvalidInput(f"A webhook's body has up to {MOST_BYTES >> 20} MiB; this has {len(body)} bytes.")
    try:
        read = orjson.loads(body)  # strict where json is not: UTF-8, NaN, half characters, depth
        if _depth_of(read) > _DEPTH:
            raise InvalidInput(f"A webhook's JSON is up to {_DEPTH} levels deep; this is deeper.")
        json.loads(body, object_pairs_hook=_once, parse_int=_integer)
    except orjson.JSONDecodeError as error:
        raise InvalidInput(f"A webhook's body is JSON, and this is none: {error}.") from None
    except (ValueError, RecursionError) as error:
        if isinstance(error, InvalidInput):
            raise
        raise InvalidInput(f"A webhook's body is JSON, and this is none: {error}.") from None
    return read


def _once(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    read = dict(pairs)
    if len(read) != len(pairs):
        raise InvalidInput(
            "A name stands twice in one object of the webhook's JSON: who is to say which counts?"
        )
    return read


def _integer(digits: str) -> int:
    if len(digits.lstrip("-")) > _MOST_DIGITS:
        raise InvalidInput(f"A number in the webhook's JSON has more than {_MOST_DIGITS} digits.")
    return int(digits)


def _depth_of(value: Any) -> int:
    depth, level = 0, [value]
    while level and depth <= _DEPTH:
        depth += 1
        level = [
            inner
            for one in level
            if isinstance(one, dict | list)
            for inner in (one.values() if isinstance(one, dict) else one)
        ]
    return depth


def _text(given: Mapping[str, Any], name: str, longest: int) -> str:
    value = given.get(name)
    if value is None:
        return ""
    if not isinstance(value, str):
        raise InvalidInput(f"{name} is a text, not {type(value).__name__}.")
    if len(value) > longest:
        raise InvalidInput(f"{name} has up to {longest} characters; this has {len(value)}.")
    return value


def _fraction(progress: Any) -> float:
    if progress is None:
        return 0.0
    # The service's own -1 means nothing known yet. NaN is in no range, and an int may be too large for a float.
    if isinstance(progress, bool) or not isinstance(progress, int | float) or not -1 <= progress <= 100:
        raise InvalidInput("progress is a number from 0 to 1.")
    # The service keeps it in single precision, and reading the run shows that.
    single: float = struct.unpack("f", struct.pack("f", progress))[0]
    return min(1.0, max(0.0, round(single, 4)))


def _as_read(outputs: Any) -> Any:
    """Outputs as reading the run shows them: webhooks carry raw ones, with more fields, and entries that it drops."""
    if not isinstance(outputs, list):
        return outputs
    return [read for one in outputs if (read := _entry_as_read(one)) is not None]


def _entry_as_read(entry: Any) -> Any:
    if not isinstance(entry, dict) or "data" not in entry:
        return entry
    data = entry["data"]
    if not isinstance(data, dict):
        return None
    kinds: dict[str, list[Any]] = {}
    for kind, items in data.items():
        kept = [_item_as_read(item) for item in items] if isinstance(items, list) else [None]
        if None in kept:
            return None
        kinds[kind] = kept
    return {**entry, "data": kinds, "output_id": _name_in(data)}


def _item_as_read(item: Any) -> Any:
    if isinstance(item, str | bool):
        return item
    if isinstance(item, dict) and all(
        isinstance(item.get(name), str) for name in ("url", "type", "filename")
    ):
        return {name: item[name] for name in _MEDIA if name in item}
    return None


def _name_in(data: dict[str, Any]) -> str | None:
    """The name that the first file carries is that of all."""
    for kind in _NAMED_IN:
        for item in data.get(kind, ()):
            if isinstance(item, dict) and item.get("output_id"):
                return str(item["output_id"])
    return None
