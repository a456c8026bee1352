"""Whether a node's inputs fit their slots, and ComfyUI's words for what does not."""

from collections.abc import Callable, Iterator, Mapping
from typing import Any, Final

import attrs

from stationthis_sdk.local.engine.node import NodeClass, Slot

__all__ = ["Fault", "Link", "checked", "coerced", "misfit", "missing_files"]

_SHOWN: Final = 200
_LISTED: Final = 20


@attrs.frozen
class Link:
    """A value that comes from another node's output."""

    node_id: str
    index: int


@attrs.define(eq=False)
class Fault(Exception):
    """Something wrong with one input: ``words`` for people, the rest as ComfyUI tells it."""

    words: str
    kind: str
    message: str
    details: str
    extra: Mapping[str, Any]

    def told(self) -> dict[str, Any]:
        """The fault as an entry of ComfyUI's ``node_errors``."""
        return {
            "type": self.kind,
            "message": self.message,
            "details": self.details,
            "extra_info": dict(self.extra),
        }


def checked(
    kind: NodeClass, fields: Mapping[str, Any], classes: Mapping[str, NodeClass]
) -> tuple[dict[str, Any], list[Fault]]:
    """A node's values, each a literal of its slot's type, a Link or the default; and every fault among them.

    ``classes`` has the class of each node of the graph.
    """
    values: dict[str, Any] = {}
    faults = []
    for name, slot in kind.slots.items():
        if name not in fields:
            if slot.required:
                words, message = f"required input is missing: {name}", "Required input is missing"
                faults.append(Fault(words, "required_input_missing", message, name, {"input_name": name}))
            values[name] = slot.default
            continue
        try:
            values[name] = _value(name, slot, fields[name], classes)
        except Fault as fault:
            faults.append(fault)
    return values, faults


def missing_files(
    kind: NodeClass, values: Mapping[str, Any], is_there: Callable[[str], bool]
) -> Iterator[Fault]:
    """A fault for each file a node names that can't be had."""
    for name, slot in kind.slots.items():
        value = values[name]
        if slot.names_file and isinstance(value, str) and not is_there(value):
            what = {"AUDIO": "audio", "VIDEO": "video"}.get(kind.outputs[0], "image")
            yield Fault(
                f"invalid {what} file: {_shown(value)}; upload it first and give its URL or its file name",
                "custom_validation_failed",
                "Custom validation failed for node",
                f"{name} - Invalid {what} file: {_shown(value)}",
                _extra(name, slot, value),
            )


def _value(name: str, slot: Slot, given: Any, classes: Mapping[str, NodeClass]) -> Any:
    match given:
        case list():
            return _link(name, slot, given, classes)
        case {"__value__": wrapped, **rest} if not rest:
            return _literal(name, slot, wrapped)  # how ComfyUI's editor writes a list that is no link
    return _literal(name, slot, given)


def _link(name: str, slot: Slot, given: list[Any], classes: Mapping[str, NodeClass]) -> Link:
    match given:
        case [str() | int() as source, int() as index] if not isinstance(source, bool) and not isinstance(
            index, bool
        ):
            link = Link(_shown(source), index)
        case _:
            words = f"{name} must be a link of the form [node id, output number]"
            raise _bad_link(words, name, slot, given)
    extra = {
        "input_name": name,
        "input_config": _config(slot),
        "linked_node": [link.node_id, _bounded(index)],
    }
    source_class = classes.get(link.node_id)
    if source_class is None:
        words = f"{name} links to node {link.node_id}, which is not in the graph"
        raise _exception(words, repr(link.node_id), "KeyError", extra)
    if not 0 <= link.index < len(source_class.outputs):
        words = (
            f"{name} links to output {_shown(link.index)} of node {link.node_id}, "
            f"which has {len(source_class.outputs)}"
        )
        raise _exception(words, "tuple index out of range", "IndexError", extra)
    received = source_class.outputs[link.index]
    wanted = "STRING" if slot.type == "COMBO" else slot.type
    if "*" not in (received, wanted) and received != wanted:
        details = f"{name}, received_type({received}) mismatch input_type({slot.type})"
        message = "Return type mismatch between linked nodes"
        raise Fault(details, "return_type_mismatch", message, details, {**extra, "received_type": received})
    return link


def _bad_link(words: str, name: str, slot: Slot, given: Any) -> Fault:
    message = "Bad linked input, must be a length-2 list of [node_id, slot_index]"
    return Fault(words, "bad_linked_input", message, name, _extra(name, slot, given))


def _exception(words: str, details: str, exception_type: str, extra: Mapping[str, Any]) -> Fault:
    """ComfyUI meets these as exceptions of its own; the trace it tells would be of its files."""
    extra = {**extra, "exception_type": exception_type, "traceback": []}
    return Fault(words, "exception_during_validation", "Exception when validating node", details, extra)


def _literal(name: str, slot: Slot, given: Any) -> Any:
    if slot.type not in _READERS:
        words = f"{name} takes a link to a node that gives {slot.type}, not {_shown(given)!r}"
        raise _bad_link(words, name, slot, given)
    try:
        value = coerced(slot, given)
    except (TypeError, ValueError, OverflowError) as problem:
        message = f"Failed to convert an input value to a {slot.type} value"
        details = f"{name}, {_shown(given)}, {problem}"
        extra = {**_extra(name, slot, given), "exception_message": str(problem)}
        raise Fault(details, "invalid_input_type", message, details, extra) from None
    if (wrong := misfit(slot, value)) is not None:
        kind, message = wrong
        words = f"{name}: {message}"
        extra = _extra(name, slot, value)
        if kind != "value_not_in_list":
            raise Fault(words, kind, message, name, extra)
        details = f"{name}: {_shown(value)!r} not in {list(slot.options)}"
        if len(slot.options) > _LISTED:
            details = f"{name}: {_shown(value)!r} not in (list of length {len(slot.options)})"
            extra["input_config"] = None
        raise Fault(words, kind, "Value not in list", details, extra)
    return value


def misfit(slot: Slot, value: Any) -> tuple[str, str] | None:
    """What keeps a value of the right type out of its slot, as ComfyUI calls it and in words; None when it fits.

    >>> misfit(Slot("INT", minimum=1, maximum=8), 9)
    ('value_bigger_than_max', 'Value 9 bigger than max of 8')
    """
    if slot.minimum is not None and value < slot.minimum:
        return "value_smaller_than_min", f"Value {_shown(value)} smaller than min of {slot.minimum}"
    if slot.maximum is not None and value > slot.maximum:
        return "value_bigger_than_max", f"Value {_shown(value)} bigger than max of {slot.maximum}"
    if slot.options and value not in slot.options:
        return "value_not_in_list", f"Value not in list: {_shown(value)!r} not in {list(slot.options)}"
    return None


_READERS: Final[dict[str, Callable[[Any], Any]]] = {
    "INT": int,
    "FLOAT": float,
    "STRING": str,
    "COMBO": str,
    "BOOLEAN": bool,
    "*": lambda value: value,
}


def coerced(slot: Slot, given: Any) -> Any:
    """A literal as its slot's type, by Python's own conversion, as ComfyUI does.

    >>> coerced(Slot("INT"), "5"), coerced(Slot("BOOLEAN"), "false"), coerced(Slot("STRING"), None)
    (5, True, 'None')
    """
    value = _READERS[slot.type](given)
    if isinstance(value, float) and value != value:  # noqa: PLR0124  NaN would pass every bound
        raise ValueError("not a number")
    return value


def _extra(name: str, slot: Slot, received: Any) -> dict[str, Any]:
    return {"input_name": name, "input_config": _config(slot), "received_value": _bounded(received)}


def _config(slot: Slot) -> list[Any]:
    """The slot as ComfyUI's ``object_info`` has it."""
    told = {"default": slot.default, "min": slot.minimum, "max": slot.maximum}
    options = {name: value for name, value in told.items() if value is not None}
    return [list(slot.options) if slot.type == "COMBO" else slot.type, options]


def _shown(value: Any) -> str:
    try:
        return str(value)[:_SHOWN]
    except (ValueError, RecursionError):  # a number of thousands of digits, lists in lists in lists
        return f"({type(value).__name__})"


def _bounded(value: Any) -> Any:
    """A value that may stand in an answer: whoever sent megabytes need not get them back."""
    if value is None or isinstance(value, bool | float) or (isinstance(value, int) and abs(value) < 2**64):
        return value
    shown = _shown(value)
    return value if isinstance(value, list | dict) and len(shown) < _SHOWN else shown
