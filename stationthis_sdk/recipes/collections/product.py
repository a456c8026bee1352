"""Collections as StationThis itself keeps them: a master prompt and trait types, or a tool's parameters and a trait tree. Pure."""

from collections.abc import Mapping
from typing import Any, Final

from stationthis_sdk.errors import InvalidInput
from stationthis_sdk.recipes.collections.collection import Collection, Metadata, Part
from stationthis_sdk.recipes.collections.traits import DEFAULT_WEIGHT, Category, Range, Trait

__all__ = ["collection_of"]

_SIZE: Final = 10
"""Of a collection that says nothing of it."""
_METADATA: Final = {
    "name": "name", "royalty": "royalty", "editionTitle": "edition_title", "description": "description",
    "chain": "chain", "metadataStandard": "standard",
}  # fmt: skip
"""What it lets people say of a collection, besides totalSupply, and what that is here."""


def collection_of(
    data: Mapping[str, Any], *, workflow: str | None = None, prompt: str = "prompt"
) -> Collection:
    """The collection that this is.

    Raises:
        InvalidInput: it is none; ``problems`` says what is missing.
    """
    if not isinstance(data, Mapping):
        raise InvalidInput("A collection of StationThis is a JSON object.")
    config = _mapping(data.get("config")) or data
    told = _mapping(data.get("metadata"))
    name = data.get("name") or data.get("collectionId")
    inputs = dict(_first(config, "paramOverrides", "parameterOverrides", "parameters") or {})
    if master := config.get("masterPrompt"):
        inputs[prompt] = master
    tree = _first(config, "traitTypes", "traitTree", "traits", "categories") or ()
    wanted = workflow or _first(config, "workflow", "toolId", "tool")
    problems = []
    problems += [] if name else ["it has no name"]
    problems += [] if wanted else ["it names no workflow: workflow='text-to-picture'"]
    problems += [] if inputs else ["it has no master prompt and no parameters"]
    problems += [] if isinstance(tree, list | tuple) else ["its trait types are no list"]
    if problems:
        raise InvalidInput(f"This is no collection of StationThis: {'; '.join(problems)}.", problems=problems)
    try:
        return Collection(
            str(name),
            str(wanted),
            inputs,
            [_category(one) for one in tree],
            supply=_first(told, "totalSupply") or _first(data, "totalSupply", "supply", "size") or _SIZE,
            exclusions=config.get("exclusions") or (),
            parts=[_part(one) for one in _first(config, "optionalParts", "optional") or ()],
            description=str(told.get("description") or data.get("description") or ""),
            metadata=Metadata(
                **{
                    ours: told[theirs]
                    for theirs, ours in _METADATA.items()
                    if told.get(theirs) not in (None, "")
                }
            ),
        )
    except (TypeError, ValueError, KeyError, AttributeError) as error:
        raise InvalidInput(f"This is no collection of StationThis: {error}.") from None


def _mapping(given: Any) -> Mapping[str, Any]:
    return given if isinstance(given, Mapping) else {}


def _first(data: Mapping[str, Any], *names: str) -> Any:
    return next((data[name] for name in names if data.get(name) is not None), None)


def _category(data: Mapping[str, Any]) -> Category:
    name = _first(data, "name", "title", "traitType")
    if data.get("mode") == "generated" or "range" in data:
        given = data["range"]
        return Category(
            str(name),
            range=Range(
                given["start"],
                given["end"],
                given.get("step") or 1,
                zero_pad=given.get("zeroPad") or 0,
                unique=bool(given.get("uniqueAcrossCook")),
                shuffle_seed=given.get("shuffleSeed"),
            ),
        )
    return Category(str(name), [_trait(one) for one in _first(data, "traits", "instances", "values") or ()])


def _trait(data: Any) -> Trait:
    if not isinstance(data, Mapping):
        return Trait(str(data), data)
    value = _first(data, "value", "prompt")
    name = str(_first(data, "name", "title") or value)
    weight = _first(data, "rarity", "weight")
    return Trait(name, name if value is None else value, DEFAULT_WEIGHT if weight is None else weight)


def _part(data: Mapping[str, Any]) -> Part:
    return Part(data["name"], data["text"], data.get("probability"), data.get("when") or ())
