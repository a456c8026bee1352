"""The form: one control an input, with its name, bounds and description, and what is wrong with it beside it."""

from collections.abc import Callable, Mapping, Sequence
from typing import Any, Final

import attrs
import ipywidgets as w

from stationthis_sdk.entities import InputField
from stationthis_sdk.errors import InvalidInput
from stationthis_sdk.inputs.check import check_inputs
from stationthis_sdk.inputs.fields import Inputs
from stationthis_sdk.notebook.html import clipped, h
from stationthis_sdk.notebook.links import unsigned_text
from stationthis_sdk.notebook.studio.drop import Files
from stationthis_sdk.notebook.studio.fields import (
    ABSENT,
    Choice,
    Control,
    Data,
    Number,
    Seed,
    Slider,
    Text,
    Tick,
    is_slider,
)
from stationthis_sdk.notebook.studio.models import Picker
from stationthis_sdk.notebook.studio.several import is_one
from stationthis_sdk.notebook.studio.unsigned import without_signatures
from stationthis_sdk.notebook.texts import clean
from stationthis_sdk.notebook.widgets import shut

__all__ = ["Form", "control_of"]

_FILES: Final = frozenset({"image", "images", "audio", "video", "file"})
UNDECLARED: Final = "undeclared"


def control_of(field: InputField) -> Control:
    """The control that suits an input."""
    if field.kind in _FILES:
        return Files(field)
    if field.kind == "seed":
        return Seed(field)
    if field.kind in {"number", "integer"}:
        return Slider(field) if is_slider(field) else Number(field)
    if field.kind == "boolean":
        return Tick(field) if isinstance(field.default, bool) else Choice(field)
    if field.kind == "enum" and field.options:
        return Choice(field)
    if field.kind in {"lora", "checkpoint"}:
        return Picker(field)
    return Data(field) if field.kind == UNDECLARED else Text(field)


@attrs.define(eq=False)
class _Row:
    """A control and what stands around it."""

    control: Control
    fault: w.HTML
    box: w.VBox


class Form:
    """All controls of a deployment.

    Raises:
        InvalidInput: what it is to begin with does not fit.
    """

    def __init__(self, name: str, fields: Inputs, given: Mapping[str, Any], *, allow_unknown: bool) -> None:
        given = {one: _several(value, fields.get(one)) for one, value in given.items()}
        check_given(name, fields, given, allow_unknown=allow_unknown)
        extra = [InputField(one, UNDECLARED) for one in given if one not in fields]
        self._rows = {field.name: _row(field) for field in [*fields.values(), *extra]}
        self.widget = w.VBox([row.box for row in self._rows.values()])
        self.widget.add_class("st-form")
        misfits = [
            f"{one}: {clipped(value, 80)} can't be shown in a form" for one, value in self.put(given).items()
        ]
        if misfits:
            raise InvalidInput(f"{name} has no form for this: {'; '.join(misfits)}.", problems=misfits)

    @property
    def values(self) -> dict[str, Any]:
        """What is to be sent: what differs from the defaults."""
        return {name: value for name, row in self._rows.items() if (value := row.control.value) is not ABSENT}

    @property
    def shown(self) -> dict[str, Any]:
        """The same as it stands in the code: without what is secret of a link."""
        told = {name: row.control.shown for name, row in self._rows.items()}
        return {name: without_signatures(value) for name, value in told.items() if value is not ABSENT}

    @property
    def controls(self) -> dict[str, Control]:
        """The controls by name."""
        return {name: row.control for name, row in self._rows.items()}

    @property
    def troubles(self) -> list[str]:
        """What has to be waited for before anything is sent."""
        return [f"{name}: {told}" for name, row in self._rows.items() if (told := row.control.trouble)]

    def put(self, values: Mapping[str, Any]) -> dict[str, Any]:
        """Show these inputs, and the defaults of all others; returns those that do not fit."""
        misfits = {}
        for name, row in self._rows.items():
            if not row.control.put(values.get(name, ABSENT)):
                misfits[name] = values[name]
        return misfits

    def tell(self, problems: Sequence[str]) -> list[str]:
        """Tell each fault beside its control, and return those that belong to none."""
        faults: dict[str, list[str]] = {}
        rest = []
        names = sorted(self._rows, key=len, reverse=True)
        for problem in map(unsigned_text, problems):
            name = next((one for one in names if problem.startswith(f"{one}: ")), None)
            if name is None:
                rest.append(problem)
            else:
                faults.setdefault(name, []).append(problem.removeprefix(f"{name}: "))
        for name, row in self._rows.items():
            told = faults.get(name, [])
            row.fault.value = clean(h.div(".st-fault", role="alert")["; ".join(told)]) if told else ""
            row.fault.layout.display = None if told else "none"
        return rest

    def watch(self, changed: Callable[[], None]) -> None:
        """Have it called after each change of any control."""
        for row in self._rows.values():
            row.control.watch(changed)

    def close(self) -> None:
        """Its widgets end."""
        for row in self._rows.values():
            label, _, fault = row.box.children
            row.control.close()
            shut(label, fault, row.box)
        shut(self.widget)


def check_given(name: str, fields: Inputs, given: Mapping[str, Any], *, allow_unknown: bool) -> None:
    """The SDK's check, of what a form begins with: what is missing may still be written.

    Raises:
        InvalidInput: ``problems`` lists every fault.
    """
    some = Inputs([attrs.evolve(field, required=False) for field in fields.values()])
    try:
        check_inputs(given, some, name=name, allow_unknown=allow_unknown)
    except InvalidInput as error:
        told = f"The form of {name} was not made: {'; '.join(error.problems)}."
        raise InvalidInput(told, problems=error.problems) from None


def _several(value: Any, field: InputField | None) -> Any:
    """One of several is a list of one."""
    return [value] if field is not None and field.kind == "images" and is_one(value) else value


def _row(field: InputField) -> _Row:
    control = control_of(field)
    fault = w.HTML(layout={"display": "none"})
    box = w.VBox([w.HTML(clean(_label(field))), control.widget, fault])
    box.add_class("st-control")
    if control.wide:
        box.add_class("st-wide")
    return _Row(control, fault, box)


def _label(field: InputField) -> Any:
    """Its name, bounds and default; whether it is needed; what its author says of it."""
    hints = []
    if field.minimum is not None or field.maximum is not None:
        if field.kind != "seed":
            hints.append(f"{_bound(field.minimum)}–{_bound(field.maximum)}")
    elif field.kind not in {"text", "enum", "boolean", "seed"}:
        hints.append("pictures" if field.kind == "images" else field.kind)
    label = clean(field.label) or clean(field.name)
    return h.div(".st-label", title=clipped(clean(f"{field.name}: {field.description or field.kind}"), 600))[
        h.b[clipped(label, 120)],
        h.code[clipped(clean(field.name), 120)] if label.lower() != clean(field.name).lower() else None,
        h.span(".st-needed")["required"] if field.required else None,
        h.span(".st-hint")[clean(" · ".join(hints))] if hints else None,
        h.span(".st-about")[clipped(clean(field.description), 200)] if field.description else None,
    ]


def _bound(bound: float | None) -> str:
    return "…" if bound is None else f"{bound:.10g}"
