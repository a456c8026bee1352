"""Whether a change breaks, and why. It does when a user of the client made from today's contract can fail or be misled.

Always of three: what the vendor said (old), what it says (new), and what the contract says (ours), which is None where the
contract does not have the place at all. `sent` is for requests; what is not sent is read.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, NamedTuple

from drift import changes
from drift.fits import covers, misfit, narrower, parts_misfit, spell, spell_parts
from drift.shapes import Part, Shape, canonical

if TYPE_CHECKING:
    from collections.abc import Sequence

    from drift.shapes import Field


class Verdict(NamedTuple):
    """Whether it breaks, and why or why not."""

    breaking: bool
    why: str


def no(why: str) -> Verdict:
    """It does not break."""
    return Verdict(breaking=False, why=why)


def yes(why: str) -> Verdict:
    """It breaks."""
    return Verdict(breaking=True, why=why)


APART = no(changes.APART)
MORE = no("more is taken than before")
LESS = no("less may come than before")


def _meet(kind: str, kinds: frozenset[str]) -> str | None:
    """The kind of the values of a kind that are also among these."""
    if covers(kinds, kind):
        return kind
    return "integer" if kind == "number" and "integer" in kinds else None


def kinds(sent: bool, old: Shape, new: Shape, ours: Shape | None, *, null: bool) -> Verdict:
    """Other kinds of values, or null among them, or not any more."""
    if ours is None:
        return APART
    if sent:
        for part in ours.parts:
            kept = _meet(part.kind, old.kinds)
            if (part.kind == "null") == null and kept and not covers(new.kinds, kept):
                return yes(f"the contract may send {'null' if null else spell(ours)}")
        return MORE if new.kinds > old.kinds else no("what the contract sends is taken")
    come = [part for part in new.parts if (part.kind == "null") == null and not covers(old.kinds, part.kind)]
    reason = parts_misfit(come, ours.parts)
    if reason:
        return yes("the contract takes no null here" if null else f"the contract can't read it: {reason}")
    return no(f"the contract reads {spell(ours)} here") if come else LESS


def replaced(sent: bool, new: Sequence[Part] | Shape, ours: Sequence[Part] | Shape | None) -> Verdict:
    """One form in the place of another, judged as a whole."""
    if ours is None:
        return APART
    one, other = (ours, new) if sent else (new, ours)
    if isinstance(one, Shape) and isinstance(other, Shape):
        reason = misfit(one, other)
    else:
        reason = parts_misfit(_parts(one), _parts(other))
    if reason:
        return yes(
            f"what the contract sends may not fit: {reason}"
            if sent
            else f"the contract can't read it: {reason}"
        )
    said = spell(ours) if isinstance(ours, Shape) else spell_parts(ours)
    return no(f"the contract sends {said} and that fits" if sent else f"the contract reads {said} here")


def _parts(shape: Sequence[Part] | Shape) -> Sequence[Part]:
    return shape.parts if isinstance(shape, Shape) else shape


def values_gone(sent: bool, gone: Sequence[Any], new: Part, ours: Part | None) -> Verdict:
    """Values that are no longer named."""
    if not new.closed:
        return no("any other value is taken as well" if sent else "any other value may come as well")
    if not sent:
        return LESS
    if ours is None:
        return APART
    lost = [value for value in gone if not ours.closed or _has(ours, value)]
    return (
        yes(f"the contract may send {_named(lost)}") if lost else no(f"the contract has not {_named(gone)}")
    )


def values_new(sent: bool, new: Sequence[Any], ours: Part | None) -> Verdict:
    """Values that were not named before."""
    if ours is None:
        return APART
    strange = [value for value in new if ours.closed and not _has(ours, value)]
    if sent:
        return no(
            "more may be sent than the contract has" if strange else "the contract has it: a deviation can go"
        )
    if strange:
        return yes(f"the contract refuses {_named(strange)}")
    return no(f"the contract reads {'it' if ours.closed else f'any {ours.kind}'} here")


def closing(sent: bool, new: Part, ours: Part | None) -> Verdict:
    """A free value became one of a few."""
    if not sent:
        return LESS
    if ours is None:
        return APART
    strange = [value for value in ours.values or () if not _has(new, value)]
    if ours.closed and not strange:
        return no("the contract sends only these")
    return yes(f"the contract may send {_named(strange) if ours.closed else f'any {ours.kind}'}")


def opening(sent: bool, ours: Part | None) -> Verdict:
    """One of a few became a free value."""
    if sent:
        return MORE
    if ours is None:
        return APART
    return (
        yes("the contract reads only a few values")
        if ours.closed
        else no(f"the contract reads any {ours.kind} here")
    )


def form(sent: bool, new: Part, ours: Part | None) -> Verdict:
    """Another format, or one where none was, or none any more."""
    if ours is None:
        return APART
    if sent and new.format and new.format != ours.format and not ours.closed:
        return yes(f"the contract may send what is no {new.format}")
    if not sent and ours.format and new.format != ours.format:
        return yes(f"the contract reads only {ours.format}")
    return MORE if sent else no(f"the contract reads any {ours.kind} here")


def limit(sent: bool, keyword: str, old: Part, new: Part, ours: Part | None) -> Verdict:
    """A limit of numbers, lengths or counts, or a pattern."""
    if ours is None:
        return APART
    was, now, held = (part.limits.get(keyword) for part in (old, new, ours))
    if sent:
        if narrower(keyword, now, was) and narrower(keyword, now, held):
            return yes("the contract may send values beyond it")
        return no("the contract keeps to it already") if narrower(keyword, now, was) else MORE
    if held is not None and narrower(keyword, was, now) and narrower(keyword, held, now):
        return yes(f"the contract reads only {keyword} {held}")
    return no("the contract sets no such limit on what it reads")


def additional(sent: bool, new: Part, ours: Part | None) -> Verdict:
    """Fields that are not declared are taken, or no longer."""
    if ours is None:
        return APART
    if sent and new.extra is None:
        extra = set(ours.fields) - set(new.fields)
        if ours.is_map or extra:
            return yes("the contract may send other fields")
        return no("the contract sends declared fields only")
    if not sent and new.extra is not None and ours.extra is None:
        return yes("the contract reads declared fields only")
    return MORE if sent else no("the contract reads any other field")


def required(sent: bool, name: str, now: bool, ours: Part | None) -> Verdict:
    """A field that must be there now, or need not be any more."""
    if ours is None:
        return APART
    mine = ours.requires(name)
    if sent and now:
        return no("the contract always sends it") if mine else yes("the contract may leave it out")
    if not sent and not now and mine:
        return yes("the contract can't do without it")
    return no("it may still be sent") if sent else no("the contract reads answers with it and without")


def gone(sent: bool, name: str, ours: Part | None) -> Verdict:
    """A field or parameter that is not there any more."""
    if ours is None:
        return APART
    if name in ours.fields:
        return yes("the contract sends it" if sent else "the contract names it, users may read it")
    if sent and ours.is_map and not ours.free:
        return yes("the contract may send it")
    return no(
        "the contract does not have it: a deviation can go"
        if not ours.is_map
        else "the contract names no fields here"
    )


def come(sent: bool, name: str, new: Field, ours: Part | None) -> Verdict:
    """A field or parameter that was not there before."""
    if ours is None:
        return APART
    mine = ours.inner(name)
    if sent and new.required and not ours.requires(name):
        return yes(
            "the contract leaves it out" if name not in ours.fields else "the contract may leave it out"
        )
    if name in ours.fields and mine is not None:
        judged = replaced(sent, new.shape, mine)
        return judged if judged.breaking else no("the contract has it already: a deviation can go")
    if sent:
        return no("it need not be sent")
    if ours.extra is None:
        return yes("the contract reads declared fields only")
    reason = misfit(new.shape, ours.extra)
    return (
        yes(f"the contract can't read it: {reason}") if reason else no("the contract reads other fields too")
    )


def renaming(sent: bool, name: str, now: str, new: Field, ours: Part | None) -> Verdict:
    """A field or parameter has another name."""
    verdict = gone(sent, name, ours)
    return come(sent, now, new, ours) if not verdict.breaking and new.required else verdict


def deprecation(now: bool) -> Verdict:
    """The vendor says that something will go, or takes that back."""
    return no("it still works" if now else "it is no longer deprecated")


def lost(sent: bool, old: Part, new: Sequence[Part], ours: Sequence[Part] | None) -> Verdict:
    """A member of a union is gone."""
    if not sent:
        return LESS
    if ours is None:
        return APART
    for part in ours:
        if not parts_misfit([part], [old]) and (reason := parts_misfit([part], new)):
            return yes(f"the contract may send it: {reason}")
    return no("what the contract sends is taken")


def default(sent: bool, name: str, ours: Part | None) -> Verdict:
    """What holds when a field is left out."""
    if not sent:
        return no("an answer brings its own value")
    if ours is None:
        return APART
    if ours.requires(name) or (name in ours.fields and ours.fields[name].default is not None):
        return no("the contract always sends it")
    return yes("what the contract leaves out means something else now")


def _has(part: Part, value: Any) -> bool:
    return canonical(value) in {canonical(known) for known in part.values or ()}


def _named(values: Sequence[Any]) -> str:
    texts = [value if isinstance(value, str) else canonical(value) for value in values]
    return ", ".join(texts[:4]) + (f" and {len(texts) - 4} more" if len(texts) > 4 else "")
