"""JSON bodies, read field by field."""

import json
from collections.abc import Callable, Collection, Mapping, Sequence
from typing import Any, Final

from aiohttp import web

from stationthis_sdk.local.requests.responses import Refusal
from stationthis_sdk.local.requests.validation.values import (
    INTEGER_MAX,
    NUMBER_MAX,
    fault,
    read_array,
    read_choice,
    read_flag,
    read_integer,
    read_number,
    read_object,
    read_range,
    read_text,
    read_texts,
    read_uuid,
    refuse,
)

__all__ = ["BODY_LIMIT", "Body", "json_body"]

BODY_LIMIT: Final = 32 * 1024 * 1024


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
            read=lambda given, loc: read_text(given, loc, limit),
        )
        return value

    def integer(
        self,
        name: str,
        *,
        required: bool = False,
        minimum: int = -INTEGER_MAX,
        maximum: int = INTEGER_MAX,
    ) -> int | None:
        """A whole number between two, or null where it isn't required."""
        value: int | None = self._field(
            name,
            None,
            required=required,
            read=lambda given, loc: read_range(read_integer(given, loc), loc, minimum, maximum),
        )
        return value

    def number(self, name: str, *, minimum: float = -NUMBER_MAX) -> float | None:
        """A finite number between two, or null."""
        value: float | None = self._field(
            name,
            None,
            required=False,
            read=lambda given, loc: read_range(read_number(given, loc), loc, minimum, NUMBER_MAX),
        )
        return value

    def array(self, name: str, *, required: bool = False) -> list[Any] | None:
        """A list of anything, or null where it isn't required."""
        value: list[Any] | None = self._field(name, None, required=required, read=read_array)
        return value

    def flag_or_null(self, name: str) -> bool | None:
        """A boolean as :meth:`flag` reads it; null when it is null or missing."""
        value: bool | None = self._field(name, None, required=False, read=read_flag)
        return value

    def texts(self, name: str, *, limit: int, required: bool = False) -> list[str] | None:
        """A list of strings of ``limit`` characters at most, or null where it isn't required."""
        value: list[str] | None = self._field(
            name, None, required=required, read=lambda given, loc: read_texts(given, loc, limit)
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

    def flag(self, name: str) -> bool:
        """A boolean; the words and numbers the service takes for one count too."""
        return bool(self._field(name, False, required=False, nullable=False, read=read_flag))

    def object(self, name: str, *, required: bool = False) -> dict[str, Any] | None:
        """An object, or null where it isn't required."""
        value: dict[str, Any] | None = self._field(name, None, required=required, read=read_object)
        return value

    def uuid(self, name: str) -> str:
        """A required UUID, in its usual spelling; an empty string once the body has faults."""
        return self._field(name, None, required=True, read=read_uuid) or ""

    def uuid_or_null(self, name: str) -> str | None:
        """A UUID in its usual spelling; null when it is null or missing."""
        value: str | None = self._field(name, None, required=False, read=read_uuid)
        return value

    def choice(self, name: str, choices: Collection[str], *, required: bool = False) -> str | None:
        """One of some words, or null where it isn't required."""
        value: str | None = self._field(
            name, None, required=required, read=lambda given, loc: read_choice(given, loc, choices)
        )
        return value

    def inputs(self) -> dict[str, Any]:
        """The run's inputs: strings, numbers, booleans and lists by name."""
        value: dict[str, Any] | None = self._field(
            "inputs", {}, required=False, nullable=False, read=read_object
        )
        for name, given in (value or {}).items():
            if not isinstance(given, str | int | float | list):
                self._faults += _no_input(name, given)
        return dict(value or {})

    def lists(self, name: str) -> dict[str, list[Any]] | None:
        """Lists of a run's input values by name, or null."""
        value: dict[str, Any] | None = self._field(name, None, required=False, read=read_object)
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
