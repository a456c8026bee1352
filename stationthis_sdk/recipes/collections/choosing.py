"""Which pieces are exported, in which order, and what is told of each. Pure."""

import contextlib
import hashlib
import re
from collections.abc import Container, Iterable, Mapping
from pathlib import PurePath
from typing import Any, Final
from urllib.parse import urlsplit

from stationthis_sdk.outputs.normalise import type_of
from stationthis_sdk.recipes.collections.collection import Collection
from stationthis_sdk.recipes.collections.piece import Piece

__all__ = ["attributes_of", "chosen", "collection_told", "piece_told"]

_NUMBER: Final = re.compile(r"\{\{\s*number\s*\}\}")


def chosen(
    pieces: Iterable[Piece], *, only: str, shuffle_seed: int | None = None
) -> tuple[list[Piece], list[tuple[Piece, str]]]:
    """The pieces that are exported, and those that should be and can't, with why.

    accepted: of each number the last one that was. all: the last one that was made and not rejected; a number that was only
    rejected is left out on purpose.
    """
    by_number: dict[int, list[Piece]] = {}
    for piece in sorted(pieces, key=lambda one: (one.number, one.generation)):
        by_number.setdefault(piece.number, []).append(piece)
    taken: list[Piece] = []
    missing: list[tuple[Piece, str]] = []
    for some in by_number.values():
        good = [one for one in some if one.succeeded and one.verdict != "rejected"]
        if only == "accepted":
            good = [one for one in good if one.verdict == "accepted"]
        if good:
            taken.append(good[-1])
        elif only == "all" and (left := [one for one in some if one.verdict != "rejected"]):
            missing.append((left[-1], left[-1].reason or f"it is {left[-1].state}"))
    if shuffle_seed is not None:
        taken.sort(key=lambda one: hashlib.sha256(f"{shuffle_seed} {one.number}".encode()).digest())
    return taken, missing


def attributes_of(collection: Collection, piece: Piece) -> list[tuple[str, Any]]:
    """Each category and what the piece has of it, and each optional part that it has."""
    told: list[tuple[str, Any]] = []
    for category in collection.categories:
        value: Any = piece.traits[category.name]
        if category.range is not None and not category.range.zero_pad:
            value = int(value)
        told.append((category.name, value))
    return told + [(name, "yes") for name in piece.parts]


def piece_told(
    collection: Collection, piece: Piece, number: int, image: str, *, files: Container[str] | None
) -> dict[str, Any]:
    """The metadata of a piece: as ERC-721 has it, and what made it besides.

    files: the names of the inputs that are files; None: nobody knows, then what looks like one is taken for one.
    """
    metadata = collection.metadata
    named = metadata.name or f"{collection.name} #{{{{number}}}}"
    return {
        "name": _NUMBER.sub(str(number), named),
        "description": _NUMBER.sub(str(number), metadata.description or collection.description),
        "image": image,
        "attributes": [
            {"trait_type": name, "value": value} for name, value in attributes_of(collection, piece)
        ],
        "piece": piece.number,
        "seed": piece.seed,
        "inputs": {
            name: _told(value, is_file=None if files is None else name in files)
            for name, value in piece.inputs.items()
        },
    }


def collection_told(collection: Collection, seed: int, count: int) -> dict[str, Any]:
    """The metadata of the collection."""
    metadata = collection.metadata
    told = {
        "name": collection.name,
        "description": metadata.description or collection.description,
        "totalSupply": count,
        "editionTitle": metadata.edition_title,
        "royalty": metadata.royalty,
        "chain": metadata.chain,
        "metadataStandard": metadata.standard,
        "workflow": collection.workflow.name,
        "configHash": collection.config_hash,
        "seed": seed,
    }
    return {name: value for name, value in told.items() if value not in (None, "")}


def _told(value: Any, *, is_file: bool | None) -> Any:
    """What may be told to everybody: of files their names only, of their addresses no signatures; texts as they are."""
    if isinstance(value, Mapping):
        return {name: _told(one, is_file=is_file) for name, one in value.items()}
    if isinstance(value, list | tuple):
        return [_told(one, is_file=is_file) for one in value]
    if not isinstance(value, str) or is_file is False:
        return value
    plain = value
    if value.startswith("data:"):
        plain = value.partition(",")[0]
    elif value.startswith(("http://", "https://")):
        with contextlib.suppress(ValueError):  # it is none
            address = urlsplit(value)
            plain = address._replace(query="", fragment="", netloc=address.netloc.rpartition("@")[2]).geturl()
    elif is_file or PurePath(value).is_absolute():
        plain = value.replace("\\", "/").rpartition("/")[2]
    return plain if is_file or type_of(plain) else value
