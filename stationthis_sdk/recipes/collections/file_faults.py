"""What JSON Schema finds wrong in a collection's file, in words: where it is, what it is, and what is wanted there. Pure."""

from collections.abc import Iterator, Mapping
from typing import Any, Final

from stationthis_sdk.names import near

__all__ = ["in_words"]

_LONGEST: Final = 80
_KINDS: Final = {
    "string": "a text", "integer": "a whole number", "number": "a number", "boolean": "true or false",
    "array": "a list", "object": "an object with names", "null": "nothing",
}  # fmt: skip
_ALSO: Final = {
    "template": "inputs", "params": "inputs", "parameters": "inputs", "prompt": "inputs", "masterPrompt": "inputs",
    "deployment": "workflow", "tool": "workflow", "traitTypes": "categories", "trait_types": "categories",
    "count": "supply", "size": "supply", "total": "supply", "totalSupply": "supply", "pieces": "supply",
    "optional": "parts", "optionalParts": "parts", "rules": "exclusions", "forbidden": "exclusions",
    "rarity": "weight", "chance": "weight", "instances": "traits", "options": "traits", "pictures": "images",
    "from": "start", "to": "end", "min": "start", "max": "end", "padding": "zero_pad", "seed": "shuffle_seed",
    "title": "name",
}  # fmt: skip
"""What else people call what is in such a file."""


def in_words(error: Any) -> Iterator[str]:
    """The sentences for one error of ``jsonschema``."""
    where = ".".join(str(one) for one in error.absolute_path) or "at the top"
    description = error.schema.get("description") if isinstance(error.schema, Mapping) else None
    hint = f" ({description})" if description else ""
    for message in _messages(error, error.validator, error.validator_value, error.instance):
        yield f"{where}: {message}{hint}"


def _messages(error: Any, rule: str, wanted: Any, given: Any) -> Iterator[str]:
    if rule == "additionalProperties":
        known = [*error.schema.get("properties", {})]
        for name in given:
            if name not in known:
                yield f"{_short(name)} is not known here; {_meant(str(name), known)}"
    elif rule == "required":
        # jsonschema gives one error for each name that is missing, and names it in its message only
        name = next((one for one in wanted if error.message.startswith(repr(one))), wanted[0])
        yield f"{name!r} is missing"
    elif rule == "type":
        kinds = [wanted] if isinstance(wanted, str) else wanted
        yield f"{_short(given)} is not {' or '.join(_KINDS[one] for one in kinds)}"
    elif rule in {"minimum", "maximum"}:
        yield f"{_short(given)} is {'less' if rule == 'minimum' else 'more'} than {wanted}"
    elif rule == "minLength":
        yield "it is an empty text"
    elif rule == "minItems":
        yield f"{_short(given)} has {len(given)}, and needs {wanted} or more"
    else:
        yield f"{_short(given)} is not what is wanted here"


def _meant(name: str, known: list[str]) -> str:
    meant = _ALSO.get(name)
    similar = [meant] if meant in known else near(name, known)
    return f"did you mean {similar[0]!r}?" if similar else f"there is {', '.join(known)}"


def _short(value: Any) -> str:
    text = repr(value)
    return text if len(text) <= _LONGEST else text[: _LONGEST - 1] + "…"
