"""Reading requests as the service does: its validation errors, word for word in their shape."""

import json
import math
import re
import uuid
from collections.abc import Callable, Collection, Mapping, Sequence
from typing import Any, Final, TypeVar

from aiohttp import web

from stationthis_sdk.local.requests.responses import Refusal
from stationthis_sdk.local.strictness import strict

__all__ = [
    "BODY_LIMIT",
    "INTEGER_MAX",
    "Body",
    "fault",
    "json_body",
    "loose_path_uuid",
    "loose_uuid",
    "path_int",
    "path_uuid",
    "query_bool",
    "query_choice",
    "query_int",
    "query_text",
    "query_uuid",
    "refuse",
    "storable",
]

BODY_LIMIT: Final = 32 * 1024 * 1024
INTEGER_MAX: Final = 2**31 - 1
NUMBER_MAX: Final = 1e15
_INTEGER: Final = re.compile(r"[+-]?[0-9]{1,15}")
_UUID: Final = re.compile(r"[0-9a-fA-F]{8}(-?[0-9a-fA-F]{4}){3}-?[0-9a-fA-F]{12}")

Number = TypeVar("Number", int, float)

_TRUE: Final = frozenset({"1", "true", "t", "yes", "y", "on"})
_FALSE: Final = frozenset({"0", "false", "f", "no", "n", "off"})


def fault(kind: str, loc: list[str | int], message: str, given: Any, **context: Any) -> dict[str, Any]:
    """One entry of a 422's ``detail``; what JSON can't say is not said again."""
    given = given if storable(given) else None
    return {"type": kind, "loc": loc, "msg": message, "input": given, **({"ctx": context} if context else {})}


def storable(given: Any) -> bool:
    """Whether a JSON value can be kept and told again: no NaN, no lone surrogates, nothing too deep."""
    for _ in range(64):  # room for what it is wrapped in later
        given = [given]
    try:
        json.dumps(given, allow_nan=False, ensure_ascii=False).encode()
    except (ValueError, RecursionError):
        return False
    return True


def refuse(*faults: dict[str, Any]) -> Refusal:
    """A 422 with these entries."""
    return Refusal.detail(422, list(faults))


async def json_body(request: web.Request) -> "Body":
    """Read a JSON object; 422 in the service's words for whatever is none."""
    content = await request.read()
    if not content:
        raise refuse(fault("missing", ["body"], "Field required", None))
    kind = request.headers.get("Content-Type", "application/json").partition(";")[0].strip().lower()
    if kind != "application/json" and not (kind.startswith("application/") and kind.endswith("+json")):
        raise refuse(_no_object(content.decode("utf-8", "replace")))
    try:
        value = json.loads(content)
    except json.JSONDecodeError as problem:
        raise refuse(
            fault("json_invalid", ["body", problem.pos], "JSON decode error", {}, error=problem.msg)
        ) from None
    except (ValueError, RecursionError):  # not UTF-8, numbers of thousands of digits, thousands of brackets
        said = "Not UTF-8, or too deep or too long to be read"
        raise refuse(fault("json_invalid", ["body", 0], "JSON decode error", {}, error=said)) from None
    if not isinstance(value, dict):
        raise refuse(_no_object(value))
    return Body(value)


def _no_object(given: Any, loc: Sequence[str | int] = ("body",)) -> dict[str, Any]:
    message = "Input should be a valid dictionary or object to extract fields from"
    return fault("model_attributes_type", [*loc], message, given)


class Body:
    """A body being read field by field; every fault is kept, so that one 422 names them all."""

    def __init__(self, value: Mapping[str, Any], loc: Sequence[str | int] = ("body",)) -> None:
        self._value = value
        self._loc = loc
        self._faults: list[dict[str, Any]] = []

    def check(self) -> None:
        """Raise the 422 if anything was wrong."""
        if self._faults:
            raise refuse(*self._faults)

    def text(
        self,
        name: str,
        default: str | None = None,
        *,
        required: bool = False,
        nullable: bool | None = None,
        limit: int | None = None,
    ) -> str | None:
        """A string of ``limit`` characters at most; null where it isn't required, or is ``nullable`` all the same."""
        value: str | None = self._field(
            name,
            default,
            required=required,
            nullable=nullable,
            read=lambda given, loc: _read_text(given, loc, limit),
        )
        return value

    def integer(
        self,
        name: str,
        default: int | None = None,
        *,
        required: bool = False,
        minimum: int = -INTEGER_MAX,
        maximum: int = INTEGER_MAX,
    ) -> int | None:
        """A whole number between two, or null where it isn't required."""
        value: int | None = self._field(
            name,
            default,
            required=required,
            read=lambda given, loc: _read_range(_read_integer(given, loc), loc, minimum, maximum),
        )
        return value

    def number(self, name: str, *, minimum: float = -NUMBER_MAX, maximum: float = NUMBER_MAX) -> float | None:
        """A finite number between two, or null."""
        value: float | None = self._field(
            name,
            None,
            required=False,
            read=lambda given, loc: _read_range(_read_number(given, loc), loc, minimum, maximum),
        )
        return value

    def array(self, name: str, *, required: bool = False) -> list[Any] | None:
        """A list of anything, or null where it isn't required."""
        value: list[Any] | None = self._field(name, None, required=required, read=_read_array)
        return value

    def flag_or_null(self, name: str) -> bool | None:
        """A boolean as :meth:`flag` reads it; null when it is null or missing."""
        value: bool | None = self._field(name, None, required=False, read=_read_flag)
        return value

    def texts(self, name: str, *, limit: int, required: bool = False) -> list[str] | None:
        """A list of strings of ``limit`` characters at most, or null where it isn't required."""
        value: list[str] | None = self._field(
            name, None, required=required, read=lambda given, loc: _read_texts(given, loc, limit)
        )
        return value

    def objects(
        self, name: str, read: "Callable[[Body], dict[str, Any]]", *, required: bool = False
    ) -> list[dict[str, Any]] | None:
        """A list of objects, each as ``read`` finds it, or null where it isn't required."""
        value = self.array(name, required=required)
        if value is None:
            return None
        found = []
        for place, given in enumerate(value):
            if not isinstance(given, dict):
                self._faults.append(_no_object(given, [*self._loc, name, place]))
                continue
            inner = Body(given, [*self._loc, name, place])
            found.append(read(inner))
            self._faults += inner._faults
        return found

    def nested(self, name: str, read: "Callable[[Body], dict[str, Any]]") -> dict[str, Any] | None:
        """An object as ``read`` finds it, or null."""
        given = self.object(name)
        if given is None:
            return None
        inner = Body(given, self.place(name))
        found = read(inner)
        self._faults += inner._faults
        return found

    def place(self, name: str) -> list[str | int]:
        """Where a field is, as faults tell it."""
        return [*self._loc, name]

    def value(self, name: str) -> Any:
        """What is there, of whatever type; None when nothing is."""
        return self._value.get(name)

    def wrong(self, *faults: dict[str, Any]) -> None:
        """Add faults that a reader of one's own has found."""
        self._faults += faults

    def flag(self, name: str, *, default: bool = False) -> bool:
        """A boolean; the words and numbers the service takes for one count too."""
        return bool(self._field(name, default, required=False, nullable=False, read=_read_flag))

    def object(self, name: str, *, required: bool = False) -> dict[str, Any] | None:
        """An object, or null where it isn't required."""
        value: dict[str, Any] | None = self._field(name, None, required=required, read=_read_object)
        return value

    def uuid(self, name: str) -> str:
        """A required UUID, in its usual spelling; an empty string once the body has faults."""
        return self._field(name, None, required=True, read=_read_uuid) or ""

    def uuid_or_null(self, name: str) -> str | None:
        """A UUID in its usual spelling; null when it is null or missing."""
        value: str | None = self._field(name, None, required=False, read=_read_uuid)
        return value

    def choice(self, name: str, choices: Collection[str], *, required: bool = False) -> str | None:
        """One of some words, or null where it isn't required."""
        value: str | None = self._field(
            name, None, required=required, read=lambda given, loc: _read_choice(given, loc, choices)
        )
        return value

    def inputs(self) -> dict[str, Any]:
        """The run's inputs: strings, numbers, booleans and lists by name."""
        value: dict[str, Any] | None = self._field(
            "inputs", {}, required=False, nullable=False, read=_read_object
        )
        for name, given in (value or {}).items():
            if not isinstance(given, str | int | float | list):
                self._faults += _no_input(name, given)
        return dict(value or {})

    def lists(self, name: str) -> dict[str, list[Any]] | None:
        """Lists of a run's input values by name, or null."""
        value: dict[str, Any] | None = self._field(name, None, required=False, read=_read_object)
        for key, given in (value or {}).items():
            if not isinstance(given, list):
                loc: list[str | int] = ["body", name, key]
                self._faults.append(fault("list_type", loc, "Input should be a valid list", given))
                continue
            for one in given:
                if not isinstance(one, str | int | float | list):
                    self._faults += _no_input(key, one)
        return value

    def __contains__(self, name: str) -> bool:
        return name in self._value

    def _field(
        self,
        name: str,
        default: Any,
        *,
        required: bool,
        nullable: bool | None = None,
        read: Callable[[Any, list[str | int]], Any],
    ) -> Any:
        if name not in self._value:
            if required:
                missing = fault("missing", [*self._loc, name], "Field required", dict(self._value))
                self._faults.append(missing)
            return default
        given = self._value[name]
        if given is None and (not required if nullable is None else nullable):
            return None
        try:
            return read(given, [*self._loc, name])
        except Refusal as refusal:
            self._faults += refusal.body["detail"]
            return default


def _no_input(name: str, given: Any) -> list[dict[str, Any]]:
    """The five entries the service gives for one bad input, one for each type it would have taken."""
    return [
        fault(f"{kind}_type", ["body", "inputs", name, place], f"Input should be a valid {word}", given)
        for kind, place, word in (
            ("string", "str", "string"),
            ("int", "int", "integer"),
            ("float", "float", "number"),
            ("bool", "bool", "boolean"),
            ("list", "list[any]", "list"),
        )
    ]


def _read_text(given: Any, loc: list[str | int], limit: int | None = None) -> str:
    if not isinstance(given, str):
        raise refuse(fault("string_type", loc, "Input should be a valid string", given))
    try:
        given.encode()
    except UnicodeEncodeError:  # half a character, which neither answers nor the database can hold
        message = "Input should be a valid string, unable to parse raw data as a unicode string"
        shown = given[:80].encode("utf-8", "replace").decode()
        raise refuse(fault("string_unicode", loc, message, shown)) from None
    if limit is not None and len(given) > limit:
        message = f"String should have at most {limit} characters"
        raise refuse(fault("string_too_long", loc, message, given[:80], max_length=limit))
    return given


def _read_array(given: Any, loc: list[str | int]) -> list[Any]:
    if not isinstance(given, list):
        raise refuse(fault("list_type", loc, "Input should be a valid list", given))
    return given


def _read_texts(given: Any, loc: list[str | int], limit: int) -> list[str]:
    return [_read_text(one, [*loc, place], limit) for place, one in enumerate(_read_array(given, loc))]


def _read_integer(given: Any, loc: list[str | int]) -> int:
    if isinstance(given, int):
        return int(given)
    if isinstance(given, float):
        if given.is_integer():
            return int(given)
        message = "Input should be a valid integer, got a number with a fractional part"
        raise refuse(fault("int_from_float", loc, message, _sayable(given)))
    if not isinstance(given, str):
        raise refuse(fault("int_type", loc, "Input should be a valid integer", given))
    if not _INTEGER.fullmatch(given.strip()):
        message = "Input should be a valid integer, unable to parse string as an integer"
        raise refuse(fault("int_parsing", loc, message, given))
    return int(given)


def _read_number(given: Any, loc: list[str | int]) -> float:
    if not isinstance(given, int | float | str):
        raise refuse(fault("float_type", loc, "Input should be a valid number", given))
    try:
        number = float(given)
    except ValueError:
        message = "Input should be a valid number, unable to parse string as a number"
        raise refuse(fault("float_parsing", loc, message, given)) from None
    except OverflowError:
        number = math.inf
    if not math.isfinite(number):
        raise refuse(fault("finite_number", loc, "Input should be a finite number", _sayable(given)))
    return number


def _read_range(given: Number, loc: list[str | int], minimum: float, maximum: float) -> Number:
    if given < minimum:
        message = f"Input should be greater than or equal to {minimum}"
        raise refuse(fault("greater_than_equal", loc, message, given, ge=minimum))
    if given > maximum:
        message = f"Input should be less than or equal to {maximum}"
        raise refuse(fault("less_than_equal", loc, message, given, le=maximum))
    return given


def _sayable(given: Any) -> Any:
    """NaN and infinity as words, which JSON has none for."""
    return given if not isinstance(given, float) or math.isfinite(given) else str(given)


def _read_object(given: Any, loc: list[str | int]) -> dict[str, Any]:
    if not isinstance(given, dict):
        raise refuse(fault("dict_type", loc, "Input should be a valid dictionary", given))
    if not storable(given):
        message = "Input should be JSON without NaN, half characters or hundreds of levels"
        raise refuse(fault("value_error", loc, message, None))
    return given


def _read_flag(given: Any, loc: list[str | int]) -> bool:
    word = str(given).lower() if isinstance(given, bool | int | str) else ""
    if word in _TRUE or word in _FALSE:
        return word in _TRUE
    kind, message = ("bool_parsing", "Input should be a valid boolean, unable to interpret input")
    raise refuse(fault(kind, loc, message, given))


def _read_uuid(given: Any, loc: list[str | int]) -> str:
    if not isinstance(given, str):
        raise refuse(fault("uuid_type", loc, "UUID input should be a string, bytes or UUID object", given))
    if not _UUID.fullmatch(given):
        problem = f"invalid group or character in {given[:40]!r}"
        raise refuse(
            fault("uuid_parsing", loc, f"Input should be a valid UUID, {problem}", given, error=problem)
        )
    return str(uuid.UUID(given))


def _read_choice(given: Any, loc: list[str | int], choices: Collection[str]) -> str:
    if not isinstance(given, str) or given not in choices:
        *most, last = (f"'{choice}'" for choice in choices)
        expected = f"{', '.join(most)} or {last}"
        raise refuse(fault("enum", loc, f"Input should be {expected}", given, expected=expected))
    return given


def path_uuid(request: web.Request, name: str) -> str:
    """A UUID in the path; 422 for anything else."""
    return _read_uuid(request.match_info[name], ["path", name])


def path_int(request: web.Request, name: str) -> int:
    """A whole number in the path; 422 for anything else."""
    return _read_integer(request.match_info[name], ["path", name])


def loose_uuid(given: str) -> str:
    """A UUID where the service doesn't validate it: anything else is an error deep inside (ValueError)."""
    return str(uuid.UUID(given))


def loose_path_uuid(request: web.Request, name: str) -> str:
    """A UUID in the path that the service doesn't validate; a strict gateway does, with a 422."""
    return path_uuid(request, name) if strict() else loose_uuid(request.match_info[name])


def query_bool(request: web.Request, name: str, *, default: bool = False) -> bool:
    """A boolean in the query; 422 for anything else."""
    given = request.query.get(name)
    return default if given is None else _read_flag(given, ["query", name])


def query_int(request: web.Request, name: str, default: int | None) -> int | None:
    """A whole number in the query; 422 for anything else."""
    given = request.query.get(name)
    if given is None:
        return default
    if not re.fullmatch(r"[+-]?[0-9]{1,15}", given.strip()):
        message = "Input should be a valid integer, unable to parse string as an integer"
        raise refuse(fault("int_parsing", ["query", name], message, given))
    return int(given)


def query_text(request: web.Request, name: str) -> str | None:
    """A text in the query; 422 for what is none."""
    given = request.query.get(name)
    return None if given is None else _read_text(given, ["query", name])


def query_uuid(request: web.Request, name: str) -> str | None:
    """A UUID in the query; 422 for anything else."""
    given = request.query.get(name)
    return None if given is None else _read_uuid(given, ["query", name])


def query_choice(request: web.Request, name: str, choices: Collection[str]) -> str | None:
    """One of some words in the query; 422 for anything else."""
    given = request.query.get(name)
    return None if given is None else _read_choice(given, ["query", name], choices)
