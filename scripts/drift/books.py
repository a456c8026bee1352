"""The contract and deviations.yaml, open for entries."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from drift import roundtrip
from drift.forms import Names, patch_between, without_defaults
from drift.known import read_known
from drift.shapes import canonical
from drift.source import DriftError, resolve

if TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import Path

LINE = 80
PATHS = "paths"
SCHEMAS = ("components", "schemas")
VENDORS = "Vendor"
REASONS = {
    "open-answers": "What the service adds or leaves out must not make an answer unreadable.",
    "no-defaults": "The generated client would send every default; left out, the service's own holds.",
    "query-null": "A query has no null.",
    "vendor-schemas": "Only the vendor's document has these schemas; the patches above name them.",
}


class Books:
    """Both files; nothing is written before `texts` is."""

    def __init__(self, contract: Path, deviations: Path) -> None:
        self.paths = (contract, deviations)
        self.contract = roundtrip.load(contract)
        self.deviations = roundtrip.load(deviations)
        named = set(self.contract["components"]["schemas"])
        for entry in self.deviations["deviations"]:
            named |= set(entry.get("vendor", {}).get("components", {}).get("schemas", {}))
        self.names = Names(named)
        self._spaced: set[tuple[str, ...]] = set()

    def at(self, way: Sequence[str]) -> Any:
        """What the contract has at a place.

        Raises:
            DriftError: it has no such place.
        """
        steps = (step.replace("~", "~0").replace("/", "~1").replace("%", "%25") for step in way)
        return resolve(self.contract, f"#/{'/'.join(steps)}", self.paths[0].name)[0]

    def enter(self, way: Sequence[str], name: str, value: Any, *, block: int = 0) -> None:
        """Add something to the contract; the outer mappings of it in lines of their own."""
        place = self.at(way)
        last = next(reversed(place), None)
        roundtrip.insert(place, name, roundtrip.node_of(value, block=block))
        if (tuple(way) == SCHEMAS or way[0] == PATHS) and len(way) < 3 and last is not None:
            # What stands before ends in an empty line already, if it was there before.
            roundtrip.space_before(place, name if tuple(way) in self._spaced else last)
            self._spaced.add(tuple(way))

    def deviate(self, way: Sequence[str], patch: Any, reason: str) -> None:
        """Note what the vendor's document says at a place, in the deviation of this id."""
        if patch is None:
            return
        place = self._deviation(reason)
        *steps, last = way
        for step in steps:
            if not isinstance(place.get(step), dict):
                roundtrip.insert(place, step, roundtrip.node_of({}, block=1))
            place = place[step]
        if isinstance(place.get(last), dict):
            for name, value in patch.items():
                roundtrip.insert(place[last], name, roundtrip.node_of(value, block=_depth(value)))
        else:
            roundtrip.insert(place, last, roundtrip.node_of(patch, block=_depth(patch)))

    def _deviation(self, reason: str) -> Any:
        listed = self.deviations["deviations"]
        entry = next((entry for entry in listed if entry.get("id") == reason), None)
        if entry is None:
            entry = roundtrip.node_of({"id": reason, "reason": REASONS[reason]}, block=1)
            listed.append(entry)
            roundtrip.space_before(listed, len(listed) - 1)
        if "vendor" not in entry:
            entry["vendor"] = roundtrip.node_of({}, block=1)
        return entry["vendor"]

    def extend(self, way: Sequence[str], values: Sequence[Any]) -> None:
        """Add values to those that a deviation names at a place of the baseline, in the patch that speaks of it last.

        Raises:
            DriftError: none does.
        """
        for entry in reversed(self.deviations["deviations"]):
            place = entry.get("vendor")
            for number, step in enumerate(way):
                place = self._inner(place, way[:number], step)
            if isinstance(place, dict) and isinstance(place.get("enum"), list):
                place["enum"].extend(roundtrip.node_of(value) for value in values)
                return
        raise DriftError("no deviation names the values of its place")

    def _inner(self, place: Any, way: Sequence[str], step: str) -> Any:
        if isinstance(place, list):
            return place[int(step)] if step.isdecimal() and int(step) < len(place) else None
        if isinstance(place, dict) and way[-1:] == ("parameters",) and step.isdecimal():
            # A patch has its parameters by name.
            known = read_known(self.deviations, self.paths[1].name)
            listed: Any = known.baseline(self.contract)
            for each in way:
                listed = listed[each]
            step = listed[int(step)]["name"]
        return place.get(step) if isinstance(place, dict) else None

    def require(self, way: Sequence[str], name: str) -> None:
        """Note that the vendor's document requires a field: in the patch that speaks of it last."""
        for entry in reversed(self.deviations["deviations"]):
            place = entry.get("vendor", {})
            for step in way:
                place = place.get(step) if isinstance(place, dict) else None
            if isinstance(place, dict) and isinstance(place.get("required"), list):
                place["required"].append(name)
                return
        self.deviate(way, {"required": [*self.at(way).get("required", ()), name]}, "open-answers")

    def settle(self) -> None:
        """Enter the schemas that were named since: the vendor's own beside the patches, ours into the contract."""
        for name, schema in self.names.schemas.items():
            if name.startswith(VENDORS):
                self.deviate(SCHEMAS, {name: schema}, "vendor-schemas")
                continue
            ours = {
                "description": f"{name}, as the vendor declares it.",
                **described(without_defaults(schema)),
            }
            self.enter(SCHEMAS, name, ours, block=2)
            self.deviate((*SCHEMAS, name), patch_between(ours, schema), "no-defaults")
        self.names.schemas = {}

    def texts(self) -> dict[Path, str]:
        """Both files as they are to be."""
        return dict(zip(self.paths, map(roundtrip.dump, (self.contract, self.deviations)), strict=True))


def described(schema: Any) -> Any:
    """The schema of an object, with a word on the fields that may hold anything."""
    fields = schema.get("properties", {})
    return {
        **schema,
        "properties": {name: inner or {"description": "Any value."} for name, inner in fields.items()},
    }


def refuse_if(wrong: bool, why: str) -> None:
    """Leave something to a person.

    Raises:
        DriftError: it is so.
    """
    if wrong:
        raise DriftError(why)


def _depth(value: Any) -> int:
    """How many mappings get lines of their own: what is short needs one."""
    return 0 if len(canonical(value)) < LINE or not isinstance(value, dict) else 2
