"""How a row becomes inputs: which column, text or constant each input is made of. Pure."""

from collections.abc import Iterable, Iterator, Mapping
from decimal import Decimal
from typing import Any

import attrs

from stationthis_sdk.batches.templates import Template, no_column
from stationthis_sdk.batches.values import convert_text, plain, shown
from stationthis_sdk.entities import SUBMIT_INPUT, InputField
from stationthis_sdk.errors import InvalidInput
from stationthis_sdk.inputs.fields import Inputs

__all__ = ["Columns"]

_NUMBERS = frozenset({"number", "integer", "seed"})


@attrs.frozen
class _Column:
    name: str

    def __str__(self) -> str:
        return self.name


@attrs.frozen
class _Constant:
    value: Any

    def __str__(self) -> str:
        return shown(self.value)


_Origin = _Column | _Constant | Template


@attrs.frozen(repr=False)
class Columns:
    """What each input is made of: a column, a template such as ``"Photo of {title}"``, or a constant.

    ``unused`` are the columns that nothing is made of; ``str`` of it is a line for people.
    """

    unused: tuple[str, ...]
    _origins: Mapping[str, _Origin]
    _fields: Mapping[str, InputField]
    _available: frozenset[str]
    _sent: frozenset[str]
    _textual: bool

    @classmethod
    def of(
        cls,
        columns: Mapping[str, Any] | Iterable[str] | None,
        inputs: Inputs,
        available: tuple[str, ...],
        *,
        textual: bool = False,
        allow_unknown: bool = False,
    ) -> "Columns":
        """Read ``columns``, by input or as texts such as ``"prompt=Photo of {title}"``; ``available`` are a row's.

        A text that is a column's name is that column, with its type. Any other is a template and has a ``{column}``,
        perhaps with a format; ``{{`` is a brace. A text that is the same in every row is written behind a ``=``:
        ``"=anime"``; other constants as they are. Inputs that are not named are made of the column of their name.
        What is made of a template or written behind a ``=`` becomes what the input wants, and so does all of
        ``textual`` rows.

        Raises:
            InvalidInput: ``problems`` lists every unknown input, unknown column, and input that nothing gives.

        >>> inputs = Inputs([InputField("prompt", "text"), InputField("image", "image"), InputField("cfg", "number")])
        >>> columns = Columns.of({"prompt": "Photo of {title}", "image": "photo"}, inputs, ("title", "photo", "cfg"))
        >>> print(columns)
        prompt: 'Photo of {title}' · image: photo · cfg
        >>> columns.inputs_of({"title": "a lamp", "photo": "lamp.png", "cfg": 7})
        {'prompt': 'Photo of a lamp', 'image': 'lamp.png', 'cfg': 7}
        >>> Columns.of(["promt=a lamp", "image=foto"], inputs, ("title", "photo")).inputs_of({})
        Traceback (most recent call last):
        ...
        stationthis_sdk.errors.InvalidInput: These columns can't be sent: there is no input 'promt' (did you mean 'prompt'?); image: 'foto' names no column (did you mean 'photo'?); a text for every row is '=foto'. Columns: title, photo. Inputs: prompt text · image image · cfg number.
        """
        problems: list[str] = []
        given: dict[str, _Origin] = {}
        for name, value in _pairs(columns, problems):
            if name == SUBMIT_INPUT:
                problems.append(f"{name} is reserved")
            elif name not in inputs and not allow_unknown:
                problems.append(f"there is no input {name!r}{no_column(name, list(inputs))}")
            else:
                try:
                    given[name] = _origin(value, inputs.get(name), available)
                except InvalidInput as error:
                    problems += [f"{name}: {problem}" for problem in error.problems]
                    given[name] = _Constant(None)
        origins: dict[str, _Origin] = {}
        for name, field in inputs.items():
            if name in given:
                origins[name] = given[name]
            elif name in available:
                origins[name] = _Column(name)
            elif field.required:
                hint = no_column(name, available)
                problems.append(f"{name}: this workflow needs it, and no column has that name{hint}")
        origins |= given
        if not origins and not problems:
            problems.append(
                "no column has the name of an input; columns={'input': 'column'} says what goes where"
            )
        if problems:
            listed = ", ".join(available[:20]) + (", …" if len(available) > 20 else "")
            raise InvalidInput(
                f"These columns can't be sent: {'; '.join(problems)}. Columns: {listed}. Inputs: {inputs!r}.",
                problems=problems,
            )
        sent = frozenset(name for name, origin in origins.items() if origin == _Column(name))
        used = {name for origin in origins.values() for name in _used(origin)}
        unused = tuple(name for name in available if name not in used)
        return cls(unused, origins, dict(inputs), frozenset(available), sent, textual)

    def inputs_of(self, row: Mapping[str, Any]) -> dict[str, Any]:
        """The inputs of this row. A seed that the row has not, or that is -1, is left out.

        Raises:
            InvalidInput: values that are missing, or are not what the input wants; ``problems`` lists all.
        """
        values, problems = self.read(row)
        if told := [problem for some in problems.values() for problem in some]:
            raise InvalidInput("; ".join(told), problems=told)
        return values

    def read(self, row: Mapping[str, Any]) -> tuple[dict[str, Any], dict[str, tuple[str, ...]]]:
        """The inputs of this row that it has, and what is wrong with the others, by input."""
        problems: dict[str, tuple[str, ...]] = {}
        values: dict[str, Any] = {}
        for name, origin in self._origins.items():
            field = self._fields.get(name) or InputField(name, "")
            try:
                value = self._value(origin, row, field)
            except InvalidInput as error:
                problems[name] = error.problems
                continue
            if field.kind == "seed" and _is_no_seed(value):
                continue
            values[name] = value
        for name in row.keys() - self._available:
            if name in self._fields and name not in self._origins:
                problems[name] = (f"column {name!r} was in no row before, and is not sent",)
        return values, problems

    def extra_of(self, row: Mapping[str, Any]) -> dict[str, Any]:
        """What rides along: the columns that are not sent under their own name; what others are made of is among them."""
        return {name: value for name, value in row.items() if name not in self._sent}

    def __str__(self) -> str:
        made = " · ".join(
            name if origin == _Column(name) else f"{name}: {origin}" for name, origin in self._origins.items()
        )
        return f"{made}; not sent: {', '.join(self.unused)}" if self.unused else made

    def __repr__(self) -> str:
        return f"<Columns {self}>"

    def _value(self, origin: _Origin, row: Mapping[str, Any], field: InputField) -> Any:
        if isinstance(origin, _Constant):
            return origin.value
        if isinstance(origin, Template):
            try:
                text = origin.fill(row)
            except InvalidInput as error:
                problems = [f"{field.name}: {problem}" for problem in error.problems]
                raise InvalidInput("; ".join(problems), problems=problems) from None
            return _typed(text, field, field.name)
        where = f"column {origin.name!r}"
        where = where if origin.name == field.name else f"{field.name}: {where}"
        value = plain(row.get(origin.name))
        if self._textual and isinstance(value, str):
            value = convert_text(value, field, where=where)
        if value is None and field.kind != "seed":
            raise InvalidInput(f"{where} has no value")
        if isinstance(value, Decimal) and field.kind in _NUMBERS and value.is_finite():
            return int(value) if value == value.to_integral_value() else float(value)
        return value


def _pairs(columns: Any, problems: list[str]) -> Iterator[tuple[str, Any]]:
    """Names of inputs and what they are made of, each name once."""
    if columns is None:
        return
    if isinstance(columns, str | bytes) or not isinstance(columns, Iterable):
        problems.append(
            f"columns are a dict, or a list of texts such as 'prompt=Photo of {{title}}', not {shown(columns)}"
        )
        return
    names: set[str] = set()
    for pair in columns.items() if isinstance(columns, Mapping) else columns:
        name, value = pair if isinstance(columns, Mapping) else _split(pair)
        if not isinstance(name, str) or not name:
            problems.append(f"{shown(pair)} is no input=column")
        elif name in names:
            problems.append(f"{name} is given twice")
        else:
            names.add(name)
            yield name, value


def _split(pair: Any) -> tuple[str, str]:
    name, equals, value = pair.partition("=") if isinstance(pair, str) else ("", "", "")
    return (name.strip() if equals else ""), value


def _origin(value: Any, field: InputField | None, available: tuple[str, ...]) -> _Origin:
    if value is None:
        raise InvalidInput("None is no value; leave it out for the workflow's own")
    if not isinstance(value, str):
        return _Constant(plain(value))
    if value in available:
        return _Column(value)
    if value.startswith("="):
        constant = Template.of(value[1:], available)
        if constant.columns:
            raise InvalidInput(
                f"a text behind = is the same in every row; without the = {shown(value)} is made of columns"
            )
        return _Constant(_typed(constant.fill({}), field or InputField("", ""), "a text behind ="))
    template = Template.of(value, available)
    if not template.columns:
        hint = f"a text for every row is {'=' + value!r}"
        raise InvalidInput(f"{shown(value)} names no column{no_column(value, available)}; {hint}")
    return template


def _typed(text: str, field: InputField, where: str) -> Any:
    """What this text is for the input; an empty one stays a text where texts are wanted."""
    value = convert_text(text, field, where=where)
    if value is None and field.kind in {"number", "integer", "boolean"}:
        raise InvalidInput(f"{where}: has no value")
    return text if value is None and field.kind != "seed" else value


def _used(origin: _Origin) -> tuple[str, ...]:
    if isinstance(origin, Template):
        return origin.columns
    return (origin.name,) if isinstance(origin, _Column) else ()


def _is_no_seed(value: Any) -> bool:
    """As wherever a seed is given: nothing and -1 are for drawing one."""
    if isinstance(value, int | float) and not isinstance(value, bool):
        return value == -1
    return value is None or (isinstance(value, str) and not value)
