"""The differences of two shapes, place by place, with what the contract has there beside them."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import attrs

from drift import rules
from drift.changes import Change, Take
from drift.fits import spell, spell_part
from drift.pairs import members, renamed
from drift.shapes import Part, canonical, group

if TYPE_CHECKING:
    from drift.fits import Sameness
    from drift.rules import Verdict
    from drift.shapes import Field, Shape


@attrs.frozen(eq=False)
class Place:
    """One place in all three documents: the vendor's as it was and as it is, and the contract's."""

    old: Shape
    new: Shape
    ours: Shape | None
    # In words: `Run.outputs`, from the named schema that is nearest.
    where: str


class Walk:
    """Collects the changes of one operation's request, or of its answers."""

    def __init__(self, section: str, operation: str, same: Sameness) -> None:
        self.section = section
        self.sent = section == "requests"
        self.operation = operation
        self.same = same
        self.changes: list[Change] = []
        self._seen: set[tuple[int, int, int]] = set()

    def tell(
        self, kind: str, where: str, told: tuple[Any, Any], verdict: Verdict, *given: Take | None
    ) -> None:
        """Note a change, from what to what."""
        takes = () if verdict.breaking else tuple(take for take in given if take is not None)
        self.changes.append(Change(self.section, kind, where, *told, *verdict, (self.operation,), takes))

    def shapes(self, place: Place) -> None:
        """The changes at a place and below it; what was walked already is not told again."""
        old, new, ours = place.old, place.new, place.ours
        key = (id(old), id(new), id(ours))
        if key in self._seen:
            return
        self._seen.add(key)
        if old.any or new.any:
            if not (old.any and new.any):
                verdict = rules.MORE if self.sent and new.any else rules.replaced(self.sent, new, ours)
                self.tell("type-changed", place.where, (spell(old), spell(new)), verdict)
            return
        self._kinds(place)
        for kind in dict.fromkeys(group(part.kind) for part in old.parts):
            if kind != "null" and (there := new.of(kind)):
                self._members(place.where, old.of(kind), there, None if ours is None else ours.of(kind))

    def _kinds(self, place: Place) -> None:
        old, new = place.old, place.new
        told = (spell(old), spell(new))
        if old.kinds - {"null"} != new.kinds - {"null"}:
            verdict = rules.kinds(self.sent, old, new, place.ours, null=False)
            self.tell("type-changed", place.where, told, verdict)
        if ("null" in old.kinds) != ("null" in new.kinds):
            verdict = rules.kinds(self.sent, old, new, place.ours, null=True)
            kind = "null-added" if "null" in new.kinds else "null-removed"
            self.tell(kind, place.where, told, verdict)

    def _members(self, where: str, olds: list[Part], news: list[Part], ours: list[Part] | None) -> None:
        pairs = members(olds, news, self.same)
        for part in olds:
            if all(part is not old for old, _ in pairs):
                verdict = rules.lost(self.sent, part, news, ours)
                self.tell("option-removed", where, (spell_part(part), None), verdict)
        for part in news:
            if all(part is not new for _, new in pairs):
                verdict = rules.MORE if self.sent else rules.replaced(self.sent, [part], ours)
                self.tell("option-added", where, (None, spell_part(part)), verdict)
        for old, new in pairs:
            mine = members([old], ours, self.same) if ours else []
            self._part(old, new, mine[0][1] if mine else None, where)

    def _part(self, old: Part, new: Part, ours: Part | None, where: str) -> None:
        if old.kind == "object":
            self._object(old, new, ours, old.name or where)
            return
        # By the vendor's name where the baseline has none: what many fields share is one change.
        where = old.name or new.name or where
        self._values(old, new, ours, where)
        if old.format != new.format:
            verdict = rules.form(self.sent, new, ours)
            self.tell("format-changed", where, (old.format, new.format), verdict)
        self._limits(old, new, ours, where)
        if old.items is not None and new.items is not None:
            self.shapes(Place(old.items, new.items, None if ours is None else ours.items, f"{where}[]"))

    def _limits(self, old: Part, new: Part, ours: Part | None, where: str) -> None:
        for keyword in dict.fromkeys((*old.limits, *new.limits)):
            before, after = old.limits.get(keyword), new.limits.get(keyword)
            if canonical(before) != canonical(after):
                verdict = rules.limit(self.sent, keyword, old, new, ours)
                self.tell("limit-changed", where, (_limit(keyword, before), _limit(keyword, after)), verdict)

    def _values(self, old: Part, new: Part, ours: Part | None, where: str) -> None:
        before = {canonical(value): value for value in old.values or ()}
        after = {canonical(value): value for value in new.values or ()}
        told = (_values(old), _values(new))
        if new.closed and not old.closed:
            self.tell("values-closed", where, told, rules.closing(self.sent, new, ours))
            return
        if old.closed and not new.closed:
            self.tell("values-opened", where, told, rules.opening(self.sent, ours))
            return
        if gone := [value for text, value in before.items() if text not in after]:
            verdict = rules.values_gone(self.sent, gone, new, ours)
            self.tell("values-removed", where, (gone, None), verdict)
        if come := [value for text, value in after.items() if text not in before]:
            verdict = rules.values_new(self.sent, come, ours)
            takes = _taking(where, come, old, ours) if self.sent or ours is None or not ours.closed else []
            self.tell("values-added", where, (None, come), verdict, *takes)

    def _object(self, old: Part, new: Part, ours: Part | None, where: str) -> None:
        if old.free != new.free or self._another(old, new):
            verdict = rules.replaced(self.sent, [new], None if ours is None else [ours])
            before, after = spell_part(old), spell_part(new)
            after = after if after != before else f"another {after}"
            verdict = rules.MORE if self.sent and new.free else verdict
            self.tell("type-changed", where, (before, after), verdict)
            return
        where = old.name or new.name or where
        if (old.extra is None) != (new.extra is None):
            verdict = rules.additional(self.sent, new, ours)
            told = one_or_other("declared fields only", "any other field", old.extra is None)
            self.tell("additional-changed", where, told, verdict)
        elif old.extra is not None and new.extra is not None:
            extra = ours.extra if ours is not None and ours.is_map else None
            self.shapes(Place(old.extra, new.extra, extra, f"{where}.*"))
        self._limits(old, new, ours, where)
        self._fields(old, new, ours, where)

    def _another(self, old: Part, new: Part) -> bool:
        """Whether this is another thing altogether, not the same with other fields."""
        ones, others = set(old.fields), set(new.fields)
        return bool(ones and others) and not ones & others and not renamed(old.fields, new.fields, self.same)

    def _fields(self, old: Part, new: Part, ours: Part | None, where: str) -> None:
        gone = {name: field for name, field in old.fields.items() if name not in new.fields}
        come = {name: field for name, field in new.fields.items() if name not in old.fields}
        pairs = renamed(gone, come, self.same)
        for name, field in gone.items():
            if name in pairs:
                verdict = rules.renaming(self.sent, name, pairs[name], come[pairs[name]], ours)
                self.tell("field-renamed", f"{where}.{name}", (name, pairs[name]), verdict)
            else:
                verdict = rules.gone(self.sent, name, ours)
                self.tell("field-removed", f"{where}.{name}", (spell(field.shape), None), verdict)
        for name, field in come.items():
            if name not in pairs.values():
                take = None
                if ours is not None and name not in ours.fields and ours.pointer == old.pointer != ():
                    take = Take("sent" if self.sent else "read", ours.pointer, name, field)
                self.come("field", f"{where}.{name}", (name, field), ours, take)
        for name, field in old.fields.items():
            if name in new.fields:
                self.field(f"{where}.{name}", name, (field, new.fields[name]), ours)

    def come(
        self, noun: str, where: str, named: tuple[str, Field], ours: Part | None, take: Take | None = None
    ) -> None:
        """A field, or what is like one, was not there before."""
        name, field = named
        verdict = rules.come(self.sent, name, field, ours)
        told = f"{spell(field.shape)}, {'required' if field.required else 'optional'}"
        self.tell(f"{noun}-added", where, (None, told), verdict, take)

    def field(self, where: str, name: str, fields: tuple[Field, Field], ours: Part | None) -> None:
        """The changes of one field, from what to what."""
        old, new = fields
        if old.required != new.required:
            verdict = rules.required(self.sent, name, new.required, ours)
            told = one_or_other("required", "optional", old.required)
            self.tell("required-changed", where, told, verdict)
        if canonical(old.default) != canonical(new.default):
            verdict = rules.default(self.sent, name, ours)
            self.tell("default-changed", where, (old.default, new.default), verdict)
        if old.deprecated != new.deprecated:
            told = one_or_other("deprecated", None, old.deprecated)
            self.tell("deprecation", where, told, rules.deprecation(new.deprecated))
        self.shapes(Place(old.shape, new.shape, None if ours is None else ours.inner(name), where))


def _taking(where: str, come: list[Any], old: Part, ours: Part | None) -> list[Take]:
    """Where new values are entered: in the contract if it names any, and in the deviation that speaks of the place."""
    places = [] if ours is None or not ours.closed else [Take("values", ours.pointer, where, come)]
    if ours is None or not ours.closed or ours.pointer != old.pointer:
        places.append(Take("known", old.pointer, where, come))
    return places if all(take.place for take in places) else []


def one_or_other(yes: str, no: str | None, was: bool) -> tuple[str | None, str | None]:
    """From one to the other."""
    return (yes, no) if was else (no, yes)


def _values(part: Part) -> Any:
    return list(part.values or ()) if part.closed else f"any {part.kind}"


def _limit(keyword: str, value: Any) -> str | None:
    return None if value is None else f"{keyword} {value if isinstance(value, str) else canonical(value)}"
