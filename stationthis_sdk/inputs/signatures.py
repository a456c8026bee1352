"""What editors and ``?`` tell of a deployment: its inputs as keywords with their types, ranges and defaults."""

from collections.abc import Mapping
from inspect import Parameter, Signature
from typing import Any, Protocol

from stationthis_sdk.entities import InputField
from stationthis_sdk.inputs.fields import Inputs
from stationthis_sdk.inputs.kinds import FEW, choices_of, is_keyword, lines_about, one_line, type_of

__all__ = ["About", "mapping_name", "signature_of", "text_about"]


class About(Protocol):
    """The deployment that is told of."""

    @property
    def name(self) -> str:
        """Its name."""

    @property
    def environment(self) -> str:
        """Where it is deployed."""

    @property
    def description(self) -> str:
        """What its author says of it."""

    @property
    def version(self) -> int | None:
        """The number of its version."""

    @property
    def inputs(self) -> Inputs:
        """What it takes."""


def signature_of(fields: Mapping[str, InputField]) -> Signature:
    """The signature of a call: a keyword for each input; a mapping before them where names are no keywords.

    >>> signature_of({"steps": InputField("steps", "integer", 20), "seed": InputField("seed", "seed")})
    <Signature (*, steps: int = 20, seed: int | None = None)>
    """
    keywords = [_parameter(field) for name, field in fields.items() if is_keyword(name)]
    if len(keywords) == len(fields):
        return Signature(keywords)
    mapping = Parameter(
        mapping_name(fields), Parameter.POSITIONAL_ONLY, default=None, annotation=Mapping[str, Any] | None
    )
    return Signature([mapping, *keywords])


def mapping_name(fields: Mapping[str, InputField], name: str = "inputs") -> str:
    """What the mapping is called, which no input is."""
    return mapping_name(fields, f"{name}_") if name in fields else name


def _parameter(field: InputField) -> Parameter:
    # Hundreds of checkpoints are no signature that anybody reads.
    kind = str if len(choices_of(field)) > FEW else type_of(field)
    default = Parameter.empty if field.required else field.default if field.kind != "seed" else None
    return Parameter(field.name, Parameter.KEYWORD_ONLY, default=default, annotation=kind)


def text_about(deployment: About, *, numbered: bool = True) -> str:
    """What a deployment is, and its inputs, a line each; ``numbered``: with the number of its version."""
    version = f" v{deployment.version}" if numbered and deployment.version else ""
    head = f"{one_line(deployment.name)} ({one_line(deployment.environment)}{version})"
    said = one_line(deployment.description, 600)
    fields = deployment.inputs
    lines = [f"    {line}" for line in lines_about(fields)]
    odd = any(not is_keyword(name) for name in fields)
    mapping = (
        "Names in quotes are no keywords: give a mapping first, as in deployment({'the name': 1})."
        if odd
        else ""
    )
    return "\n".join(
        [
            f"{head}: {said}" if said else head,
            "",
            *(["Inputs:", *lines] if lines else ["It takes no inputs."]),
            *(["", mapping] if mapping else []),
        ]
    )
