"""What we know of the vendor's document: the contract, with deviations.yaml laid over it.

Each deviation says by a JSON merge patch (RFC 7396) on the contract what the vendor's document has in its place. One
thing is added to the RFC: `parameters`, a list, is patched by a mapping of their names. All patches in order give the
baseline: the vendor's document as it was when somebody last looked, under our names.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import attrs

from drift.source import DriftError

if TYPE_CHECKING:
    from collections.abc import Iterator

# What makes a schema one; a patch that adds a field without any of them has most likely misspelt its name.
FORMS = {"$ref", "type", "anyOf", "oneOf", "allOf", "enum", "const", "properties", "additionalProperties"}


@attrs.frozen(eq=False)
class Deviation:
    """One reason, and the patch it explains; a reason of principle has none."""

    reason: str
    vendor: dict[str, Any]
    id: str | None = None


@attrs.frozen(eq=False)
class Known:
    """deviations.yaml, read."""

    not_kept: dict[str, str]
    deviations: tuple[Deviation, ...]

    def baseline(self, contract: dict[str, Any]) -> dict[str, Any]:
        """The vendor's document as we last knew it."""
        for deviation in self.deviations:
            contract = merge(contract, deviation.vendor)
        return contract


def read_known(document: Any, name: str) -> Known:
    """Read deviations.yaml.

    Raises:
        DriftError: it is not as it must be.
    """
    if not isinstance(document, dict) or not document.keys() <= {"not_kept", "deviations"}:
        raise DriftError(f"{name}: a mapping of not_kept and deviations is needed")
    not_kept: dict[str, str] = {}
    for number, entry in enumerate(_entries(document, "not_kept", name)):
        where = f"{name}: not_kept[{number}]"
        reason = _reason(entry, {"reason", "operations"}, where)
        operations = entry.get("operations")
        if not isinstance(operations, list) or not all(_is_operation(spelled) for spelled in operations):
            raise DriftError(f"{where}: operations is a list of `METHOD /path` or `webhook name`")
        for spelled in operations:
            if spelled in not_kept:
                raise DriftError(f"{where}: {spelled} is there twice")
            not_kept[spelled] = reason
    deviations = []
    for number, entry in enumerate(_entries(document, "deviations", name)):
        where = f"{name}: deviations[{number}]"
        reason = _reason(entry, {"reason", "vendor", "id"}, where)
        if not isinstance(entry.get("vendor", {}), dict):
            raise DriftError(f"{where}: vendor is a merge patch, a mapping")
        deviations.append(Deviation(reason, entry.get("vendor", {}), entry.get("id")))
    return Known(not_kept, tuple(deviations))


def _entries(document: dict[str, Any], key: str, name: str) -> list[Any]:
    entries = [] if document.get(key) is None else document[key]
    if not isinstance(entries, list):
        raise DriftError(f"{name}: {key} is a list")
    return entries


def _reason(entry: Any, keys: set[str], where: str) -> str:
    if not isinstance(entry, dict):
        raise DriftError(f"{where}: a mapping is needed")
    for key in entry:
        if key not in keys:
            raise DriftError(f"{where}: {key} is not among {', '.join(sorted(keys))}")
    if not isinstance(entry.get("reason"), str) or not entry["reason"].strip():
        raise DriftError(f"{where}: reason is missing")
    return str(entry["reason"])


def _is_operation(spelled: Any) -> bool:
    if not isinstance(spelled, str):
        return False
    method, _, rest = spelled.partition(" ")
    return (method.isupper() and rest.startswith("/")) or (method == "webhook" and bool(rest))


def merge(target: Any, patch: Any) -> Any:
    """The target with the patch laid over it; the target itself stays, parts of it may be shared."""
    if not isinstance(patch, dict):
        return patch
    merged = dict(target) if isinstance(target, dict) else {}
    for key, value in patch.items():
        if value is None:
            merged.pop(key, None)
        elif key == "parameters" and isinstance(value, dict) and isinstance(merged.get(key, []), list):
            merged[key] = _merge_parameters(merged.get(key, []), value)
        else:
            merged[key] = merge(merged.get(key), value)
    return merged


def _merge_parameters(listed: list[Any], patch: dict[str, Any]) -> list[Any]:
    patch = dict(patch)
    merged = []
    for parameter in listed:
        name = parameter.get("name") if isinstance(parameter, dict) else None
        if name not in patch:
            merged.append(parameter)
        elif (change := patch.pop(name)) is not None:
            merged.append(merge(parameter, change))
    added = [merge({"name": name}, value) for name, value in patch.items() if value is not None]
    return merged + added


def misplaced(contract: dict[str, Any], known: Known) -> list[str]:
    """The operations that patches speak of and the contract does not have."""
    found = []
    for deviation in known.deviations:
        for section in ("paths", "webhooks"):
            for path, item in (deviation.vendor.get(section) or {}).items():
                there = (contract.get(section) or {}).get(path) or {}
                found += [f"{method.upper()} {path}" for method in item or () if method not in there]
        contract = merge(contract, deviation.vendor)
    return found


def superfluous(contract: dict[str, Any], known: Known) -> list[str]:
    """What in deviations.yaml says nothing: patches of places that aren't there, or that change nothing."""
    said = []
    for number, deviation in enumerate(known.deviations):
        name = f"deviations[{deviation.id or number}]"
        said += [f"{name}: {line}" for line in _superfluous(contract, deviation.vendor, ())]
        contract = merge(contract, deviation.vendor)
    used = set(_references(contract))
    for deviation in known.deviations:
        for kind, added in deviation.vendor.get("components", {}).items():
            said += [
                f"components/{kind}/{name}: nothing of the baseline refers to it"
                for name, value in added.items()
                if value is not None and f"#/components/{kind}/{name}" not in used
            ]
    kept = {
        operation.get("x-vendor")
        for item in contract.get("paths", {}).values()
        for operation in item.values()
        if isinstance(operation, dict)
    }
    said += [f"not_kept: {spelled} is in the contract" for spelled in known.not_kept if spelled in kept]
    return said


def _superfluous(target: Any, patch: Any, way: tuple[str, ...]) -> Iterator[str]:
    where = "/".join(way)
    if not isinstance(patch, dict) or not isinstance(target, dict):
        if patch == target:
            yield f"{where}: changes nothing"
        return
    if not patch and way:
        yield f"{where}: changes nothing"
    for key, value in patch.items():
        here = (*way, str(key))
        inner = target.get(key)
        if key == "parameters" and isinstance(value, dict) and isinstance(inner, list | None):
            inner = {entry.get("name"): entry for entry in inner or () if isinstance(entry, dict)}
        if value is None and key not in target:
            yield f"{'/'.join(here)}: nothing to take away is there"
        elif key not in target and _must_be_there(here):
            yield f"{'/'.join(here)}: the contract has no such place"
        elif key not in target and way[-1:] == ("properties",) and isinstance(value, dict):
            if value.keys() - {"description", "title"} and not value.keys() & FORMS:
                yield f"{'/'.join(here)}: no such field, and no type to add one: is the name right?"
        elif value is not None and (key in target or inner is not None):
            yield from _superfluous(inner, value, here)


def _must_be_there(way: tuple[str, ...]) -> bool:
    """Whether a patch may only change what is at this place, not add it."""
    return len(way) == 1 or (way[0] in {"paths", "webhooks"} and len(way) <= 3)


def _references(node: Any) -> Iterator[str]:
    if isinstance(node, list):
        for inner in node:
            yield from _references(inner)
    elif isinstance(node, dict):
        if isinstance(node.get("$ref"), str):
            yield node["$ref"]
        for inner in node.values():
            yield from _references(inner)
