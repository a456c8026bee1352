"""The inputs of a deployment: what the service lists, and what the graph has besides. Pure.

The service leaves ExternalSeed, ExternalFaceModel and ExternalVid out of ``input_types``; they work all the same.
"""

import re
from collections.abc import Iterator, Mapping
from typing import Any, Final

import attrs

from stationthis_sdk.entities import DeploymentRecord, InputField
from stationthis_sdk.graphs.describe import graph_inputs
from stationthis_sdk.graphs.external import EXTERNAL_CLASSES, bound_of, is_link

__all__ = ["Inputs", "inputs_in", "inputs_of"]

MEDIA_KINDS: Final = frozenset({"image", "images", "audio", "video", "file"})
_KIND_OF_TYPE: Final = {"string": "text", "float": "number", "integer": "integer", "boolean": "boolean"}
_SEED_NAME: Final = re.compile(r"(^|_)(noise_)?seed$", re.IGNORECASE)


class Inputs(Mapping[str, InputField]):
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
    fields = {**inputs_in(record.graph or {})}
    for listed in record.input_types:
        name = listed.get("input_id")
        if isinstance(name, str) and name and name not in fields:
            fields[name] = _listed(name, listed, certain=record.graph is None)
    return Inputs(fields)


def inputs_in(graph: Mapping[str, Any]) -> Inputs:
    """The inputs that a graph declares, in API or UI format."""
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
            required=kind in MEDIA_KINDS and not found.has_default,
            class_type=found.class_type,
        )
        first = fields.setdefault(found.input_id, field)
        if first is not field:
            fields[found.input_id] = attrs.evolve(first, also=(*first.also, field))
    return Inputs(fields)


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
        required=kind in MEDIA_KINDS and default in (None, "") and not certain,
        class_type=class_type,
    )


def _kind(kind: str, name: str) -> str:
    """Authors often use a plain integer for the seed; its name tells."""
    return "seed" if kind == "integer" and _SEED_NAME.search(name) else kind
