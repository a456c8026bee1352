"""Collections as they are written: data, JSON and YAML, and what is wrong in a file."""

import functools
import io
import itertools
import json
from collections.abc import Iterator, Mapping
from importlib import resources
from pathlib import Path
from typing import Any, Final

import attrs
import orjson

from stationthis_sdk.errors import InvalidInput, MissingExtra
from stationthis_sdk.recipes.collections.collection import Collection, Ref
from stationthis_sdk.recipes.collections.file_faults import in_words
from stationthis_sdk.recipes.collections.traits import DEFAULT_WEIGHT, Category, Trait
from stationthis_sdk.store.atomic import write_atomically

__all__ = ["collection_of_data", "data_of", "read", "write"]

_MOST_PROBLEMS: Final = 20
_MOST_VALUES: Final = 1_000_000
_YAML: Final = (".yaml", ".yml")


def data_of(collection: Collection) -> dict[str, Any]:
    """The collection as JSON has it; what is as usual is left out."""
    data: dict[str, Any] = {
        "name": collection.name,
        "workflow": _short(collection.workflow),
        "inputs": collection.inputs,
        "categories": [_category(one) for one in collection.categories],
        "supply": collection.supply,
        "exclusions": [list(one) for one in collection.exclusions],
        "parts": [_some(one) for one in collection.parts],
        "description": collection.description,
        "unique": collection.unique,
        "metadata": _some(collection.metadata),
    }
    usual: dict[str, Any] = {"exclusions": [], "parts": [], "description": "", "unique": True, "metadata": {}}
    return {name: value for name, value in data.items() if name not in usual or value != usual[name]}


def _short(ref: Ref) -> Any:
    return ref.name if ref == Ref(ref.name) else _some(ref)


def _some(thing: Any) -> dict[str, Any]:
    """Its fields that are not as usual."""
    told = {
        field.name: getattr(thing, field.name)
        for field in attrs.fields(type(thing))
        if field.default is attrs.NOTHING or getattr(thing, field.name) != field.default
    }
    return {name: list(value) if isinstance(value, tuple) else value for name, value in told.items()}


def _category(category: Category) -> dict[str, Any]:
    data: dict[str, Any] = {"name": category.name}
    if category.traits:
        data["traits"] = [_trait(one) for one in category.traits]
    if category.range is not None:
        data["range"] = _some(category.range)
    if category.images:
        data["images"] = list(category.images)
    return data


def _trait(trait: Trait) -> Any:
    data = {"name": trait.name, "value": trait.value, "weight": trait.weight}
    if trait.weight == DEFAULT_WEIGHT:
        del data["weight"]
    if trait.value == trait.name and isinstance(trait.value, str):
        del data["value"]
    return trait.name if len(data) == 1 else data


def collection_of_data(data: Mapping[str, Any]) -> Collection:
    """The collection of such data.

    Raises:
        InvalidInput: it is none.
    """
    try:
        return Collection(**data)
    except (TypeError, ValueError, AttributeError) as error:
        raise InvalidInput(f"This is no collection: {error}.") from None


def read(path: Path) -> Collection:
    """Read a file.

    Raises:
        InvalidInput: see ``Collection.load``.
        MissingExtra: for YAML.
    """
    try:
        text = path.expanduser().read_text("utf-8")
    except (OSError, ValueError) as error:
        raise InvalidInput(f"{path} can't be read: {getattr(error, 'strerror', None) or error}.") from None
    data = _of_yaml(text, path) if _is_yaml(path) else _of_json(text, path)
    if problems := _problems(data):
        listed = "; ".join(problems)
        raise InvalidInput(f"{path} is no collection: {listed}.", problems=problems)
    return collection_of_data(data)


def write(collection: Collection, path: Path) -> Path:
    """Write a file.

    Raises:
        InvalidInput: another ending, or what no file can hold.
        SaveFailed: it can't be written.
    """
    path = path.expanduser()
    data = data_of(collection)
    try:
        written = orjson.dumps(data, option=orjson.OPT_INDENT_2 | orjson.OPT_APPEND_NEWLINE)
    except (TypeError, ValueError) as error:
        raise InvalidInput(f"Collection {collection.name!r} can't be written: {error}.") from None
    if _is_yaml(path):
        written = _as_yaml(orjson.loads(written))
    write_atomically(path, written)
    return path


def _is_yaml(path: Path) -> bool:
    ending = path.suffix.lower()
    if ending not in {".json", *_YAML}:
        raise InvalidInput(f"A collection is a .json, .yaml or .yml file, not {path.name!r}.")
    return ending in _YAML


def _of_json(text: str, path: Path) -> Any:
    try:
        return json.loads(text)
    except (ValueError, RecursionError) as error:
        raise InvalidInput(f"{path} is no JSON: {error}.") from None


def _yaml() -> Any:
    """YAML 1.2, in which ``no`` and ``on`` are words: as traits they often are."""
    try:
        from ruamel.yaml import YAML  # noqa: PLC0415 - an extra
    except ImportError:
        raise MissingExtra(
            "YAML needs ruamel.yaml: pip install 'stationthis-sdk[collections]'. A .json needs nothing."
        ) from None
    yaml: Any = YAML(typ="safe", pure=True)
    yaml.default_flow_style = False
    yaml.allow_unicode = True
    yaml.sort_base_mapping_type_on_output = False
    yaml.width = 4096
    return yaml


def _of_yaml(text: str, path: Path) -> Any:
    yaml = _yaml()
    from ruamel.yaml.error import YAMLError  # noqa: PLC0415 - an extra

    try:
        return _plain(yaml.load(text), itertools.count())
    except (YAMLError, ValueError, RecursionError) as error:
        raise InvalidInput(f"{path} is no YAML: {' '.join(str(error).split())}.") from None


def _plain(value: Any, counting: Iterator[int]) -> Any:
    """What JSON has, too: dates, which YAML knows, are texts; what is repeated by a name is written out.

    Raises:
        ValueError: that is more than any collection has.
    """
    if next(counting) > _MOST_VALUES:
        raise ValueError("it repeats itself too often")
    if isinstance(value, Mapping):
        return {str(name): _plain(one, counting) for name, one in value.items()}
    if isinstance(value, list | tuple):
        return [_plain(one, counting) for one in value]
    return value if isinstance(value, str | int | float | bool | None) else str(value)


def _as_yaml(data: Any) -> bytes:
    stream = io.BytesIO()
    _yaml().dump(data, stream)
    return stream.getvalue()


@functools.cache
def schema() -> Any:
    """The JSON Schema of such files."""
    return json.loads(resources.files(__package__).joinpath("collection.schema.json").read_text("utf-8"))


def _problems(data: Any) -> list[str]:
    """What is wrong in a file, each with where it is."""
    try:
        from jsonschema import Draft202012Validator  # type: ignore[import-untyped]  # noqa: PLC0415 - slow; it ships no types
        from jsonschema.exceptions import best_match  # type: ignore[import-untyped]  # noqa: PLC0415 - likewise
    except ImportError:
        return (
            []
            if isinstance(data, Mapping)
            else ["it holds no object; pip install 'stationthis-sdk[collections]'"]
        )
    found = sorted(
        Draft202012Validator(schema()).iter_errors(data), key=lambda error: list(map(str, error.path))
    )
    problems = itertools.chain.from_iterable(in_words(best_match([error]) or error) for error in found)
    return list(itertools.islice(problems, _MOST_PROBLEMS))
