"""The inputs of a deployment: what the service lists, and what the graph has besides. Pure.

The service leaves ExternalSeed, ExternalFaceModel and ExternalVid out of ``input_types``; they work all the same.
"""

import re
import unicodedata
from collections.abc import Iterator, Mapping
from typing import Any, Final

import attrs

from stationthis_sdk.entities import DeploymentRecord, InputField
from stationthis_sdk.graphs.describe import graph_inputs
from stationthis_sdk.graphs.external import EXTERNAL_CLASSES, bound_of, is_link
from stationthis_sdk.shown import Shown

__all__ = ["MEDIA_KINDS", "Inputs", "inputs_in", "inputs_of", "is_blank", "is_the_prompt"]

MEDIA_KINDS: Final = frozenset({"image", "images", "audio", "video", "file"})
_KIND_OF_TYPE: Final = {"string": "text", "float": "number", "integer": "integer", "boolean": "boolean"}
_SEED_NAME: Final = re.compile(r"(^|_)(noise_)?seed$", re.IGNORECASE)
_PROMPT_NAME: Final = re.compile(r"((input|text|main|positive)[ _-]?)?prompt", re.IGNORECASE)
_COMMAS: Final = frozenset(",\uff0c\u3001")  # Chinese and Japanese ones, too
_NOTHING_TO_SEE: Final = frozenset({"Zs", "Zl", "Zp", "Cc", "Cf"})


class Inputs(Shown, Mapping[str, InputField]):
    """The inputs by name, in the workflow's own order; its text is one line a person can read.

    >>> fields = Inputs([InputField("prompt", "text"), InputField("cfg", "number", 7, 1, 20)])
    >>> fields
    prompt text · cfg 1–20 = 7
    >>> fields["cfg"].maximum
    20
    """

    def __init__(self, fields: Mapping[str, InputField] | list[InputField]) -> None:
        listed = fields.values() if isinstance(fields, Mapping) else fields
        self._fields = {field.name: field for field in listed}

    def __getitem__(self, name: str) -> InputField:
        return self._fields[name]

    def __iter__(self) -> Iterator[str]:
        return iter(self._fields)

    def __len__(self) -> int:
        return len(self._fields)

    def __repr__(self) -> str:
        return " · ".join(str(field) for field in self._fields.values()) or "(no inputs)"

    def _ipython_key_completions_(self) -> list[str]:
        return list(self._fields)


def inputs_of(record: DeploymentRecord) -> Inputs:
    """The union of what the service lists and what the version's graph declares."""
    fields = _declared(record.graph or {})
    for listed in record.input_types:
        name = listed.get("input_id")
        if isinstance(name, str) and name and name not in fields:
            fields[name] = _listed(name, listed, certain=record.graph is None)
    return _with_the_prompt(fields)


def inputs_in(graph: Mapping[str, Any]) -> Inputs:
    """The inputs that a graph declares, in API or UI format."""
    return _with_the_prompt(_declared(graph))


def is_the_prompt(field: InputField, fields: Mapping[str, InputField]) -> bool:
    """Whether all depends on this text: it is called a prompt, and there is no picture, sound or file to go by.

    >>> prompt, photo = InputField("prompt", "text"), InputField("photo", "image")
    >>> is_the_prompt(prompt, {"prompt": prompt}), is_the_prompt(prompt, {"prompt": prompt, "photo": photo})
    (True, False)
    """
    return _is_called_prompt(field.kind, field.name) and not any(
        other.kind in MEDIA_KINDS for other in fields.values()
    )


def is_blank(text: str) -> bool:
    """Whether there is nothing in a text but blanks, commas, and what can't be seen.

    >>> is_blank(" , \u200b,"), is_blank("🦊")
    (True, False)
    """
    return all(letter in _COMMAS or unicodedata.category(letter) in _NOTHING_TO_SEE for letter in text)


def _declared(graph: Mapping[str, Any]) -> dict[str, InputField]:
    fields: dict[str, InputField] = {}
    for found in graph_inputs(graph):
        kind = _kind(found.external.kind, found.input_id)
        field = InputField(
            name=found.input_id,
            kind=kind,
            default=found.default,
            minimum=found.minimum,
            maximum=found.maximum,
            step=found.step,
            options=found.options,
            label=found.display_name,
            description=found.description,
            required=(kind in MEDIA_KINDS or _is_called_prompt(kind, found.input_id))
            and (not found.has_default or _says_nothing(found.default)),
            class_type=found.class_type,
        )
        first = fields.setdefault(found.input_id, field)
        if first is not field:
            fields[found.input_id] = attrs.evolve(first, also=(*first.also, field))
    return fields


def _with_the_prompt(fields: Mapping[str, InputField]) -> Inputs:
    """A text is required where all depends on it, and its author has written none."""
    return Inputs(
        [
            attrs.evolve(field, required=field.required and is_the_prompt(field, fields))
            if field.kind == "text"
            else field
            for field in fields.values()
        ]
    )


def _listed(name: str, listed: Mapping[str, Any], *, certain: bool) -> InputField:
    class_type = str(listed.get("class_type") or "")
    external = EXTERNAL_CLASSES.get(class_type)
    kind = _kind(external.kind if external else _KIND_OF_TYPE.get(str(listed.get("type")), "text"), name)
    default = listed.get("default_value")
    options = listed.get("enum_options")
    return InputField(
        name=name,
        kind=kind,
        default=None if is_link(default) else default,
        minimum=bound_of(listed.get("min_value")),
        maximum=bound_of(listed.get("max_value")),
        step=bound_of(listed.get("step")),
        options=tuple(str(option) for option in options) if isinstance(options, list) and options else None,
        label=str(listed.get("display_name") or ""),
        description=str(listed.get("description") or ""),
        # Without the graph a default URL can't be seen, so only pictures with nothing at all are asked for.
        required=(kind in MEDIA_KINDS and default in (None, "") and not certain)
        or (
            _is_called_prompt(kind, name)
            and "default_value" in listed
            and (default is None or _says_nothing(default))
        ),
        class_type=class_type,
    )


def _is_called_prompt(kind: str, name: str) -> bool:
    return kind == "text" and _PROMPT_NAME.fullmatch(name) is not None


def _says_nothing(default: Any) -> bool:
    return isinstance(default, str) and is_blank(default)


def _kind(kind: str, name: str) -> str:
    """Authors often use a plain integer for the seed; its name tells."""
    return "seed" if kind == "integer" and _SEED_NAME.search(name) else kind
