"""Two documents compared, operation by operation: the vendor's as we knew it and as it is."""

from __future__ import annotations

from collections import Counter
from typing import TYPE_CHECKING
from urllib.parse import urlsplit

import attrs

from drift import rules
from drift.changes import Change, Take, gathered
from drift.document import PREFIX, Api, Operation, key_of
from drift.fits import Sameness
from drift.messages import spell_content, walk_answers, walk_body, webhook_changes
from drift.pairs import moved
from drift.parameters import walk_parameters
from drift.walk import Walk, one_or_other

if TYPE_CHECKING:
    from collections.abc import Collection


def compare(old: Api, new: Api, ours: Api, not_kept: Collection[str] = ()) -> list[Change]:
    """Every change from the old document to the new one, judged by ours."""
    left_out = {
        key_of(*spelled.split(" ", 1)): spelled for spelled in not_kept if not spelled.startswith("webhook ")
    }
    prefix = _prefix(old, new)
    new = attrs.evolve(new, operations=_without(prefix, old, new, left_out))
    pairs = _moved(old, new, left_out)
    changes = [*_elsewhere(old, new, prefix), *_arrivals(old, new, left_out, pairs)]
    for key, before in old.operations.items():
        after = new.operations.get(key, pairs.get(key))
        if after is not None:
            changes += _operation(before, after, ours.operations[key])
    return gathered([*changes, *webhook_changes(old, new, ours, not_kept)])


def _prefix(old: Api, new: Api) -> str:
    """What stands before the paths now, where most of the old ones are found behind it."""
    found: Counter[str] = Counter()
    for key in new.operations:
        method, _, path = key.partition(" ")
        steps = [place for place, letter in enumerate(path) if letter == "/"]
        found.update(path[:place] for place in steps if f"{method} {path[place:]}" in old.operations)
    prefix, times = next(iter(found.most_common(1)), ("", 0))
    return prefix if times > len(old.operations) / 2 else ""


def _without(prefix: str, old: Api, new: Api, left_out: Collection[str]) -> dict[str, Operation]:
    """The new operations, those that we know under their old paths."""
    plain = [
        attrs.evolve(each, path=each.path.removeprefix(prefix))
        if each.path.startswith(f"{prefix}/")
        else each
        for each in new.operations.values()
    ]
    pairs = zip(plain, new.operations.values(), strict=True)
    chosen = (one if one.key in old.operations or one.key in left_out else other for one, other in pairs)
    return {each.key: each for each in chosen}


def _elsewhere(old: Api, new: Api, prefix: str) -> list[Change]:
    """All operations at once are at another address."""
    changes = []
    names = tuple(each.name for key, each in old.operations.items() if key in new.operations)
    if prefix:
        why = "the contract asks the old way"
        told = ("/…", f"{prefix}/…")
        changes.append(Change("operations", "operation-moved", "all paths", *told, True, why, names))
    # Which machine it is depends on whom one asks; where things lie on it does not.
    roots = [
        {urlsplit(server).path.removesuffix("/").removesuffix(PREFIX) for server in api.servers}
        for api in (old, new)
    ]
    if all(roots) and not roots[0] & roots[1]:
        why = "the contract asks the old one"
        told = (", ".join(old.servers), ", ".join(new.servers))
        changes.append(Change("operations", "server-changed", "servers", *told, True, why, names))
    return changes


def _moved(old: Api, new: Api, left_out: dict[str, str]) -> dict[str, Operation]:
    """Where operations are now that have moved, by their old keys."""
    gone = [operation for key, operation in old.operations.items() if key not in new.operations]
    come = [
        operation
        for key, operation in new.operations.items()
        if key not in old.operations and key not in left_out
    ]
    return {before.key: after for before, after in moved(gone, come)}


def _arrivals(old: Api, new: Api, left_out: dict[str, str], went: dict[str, Operation]) -> list[Change]:
    """The operations that went, came or moved."""
    changes = []
    for key, before in old.operations.items():
        if key in new.operations:
            continue
        if key in went:
            told: tuple[str, str | None] = (before.name, went[key].name)
            changes.append(
                _change("operation-moved", before.name, told, rules.yes("the contract asks the old way"))
            )
        else:
            told = (describe(before), None)
            changes.append(_change("operation-removed", before.name, told, rules.yes("the contract has it")))
    arrived = {after.key for after in went.values()}
    families = {_family(each.path) for each in old.operations.values()}
    families |= {_family(spelled.partition(" ")[2]) for spelled in left_out.values()}
    for key, after in new.operations.items():
        if key not in old.operations and key not in left_out and key not in arrived:
            family = _family(after.path)
            first = "" if family in families else f"; /{family} is a new family"
            verdict = rules.no(f"nothing of the contract is touched{first}")
            take = Take("operation", after.pointer, after.name, after)
            changes.append(_change("operation-added", after.name, (None, describe(after)), verdict, take))
    return changes


def _change(
    kind: str,
    where: str,
    told: tuple[str | None, str | None],
    verdict: rules.Verdict,
    take: Take | None = None,
) -> Change:
    return Change("operations", kind, where, *told, *verdict, (where,), () if take is None else (take,))


def _operation(old: Operation, new: Operation, ours: Operation) -> list[Change]:
    """The changes within an operation."""
    changes = []
    if old.deprecated != new.deprecated:
        told = one_or_other("deprecated", None, old.deprecated)
        changes.append(_change("deprecation", old.name, told, rules.deprecation(new.deprecated)))
    same = Sameness()
    walk = Walk("requests", old.name, same)
    walk_parameters(walk, old, new, ours)
    walk_body(walk, old.body, new.body, ours.body)
    changes += walk.changes
    walk = Walk("responses", old.name, same)
    walk_answers(walk, old, new, ours)
    return changes + walk.changes


def _family(path: str) -> str:
    return path.split("/")[1]


def describe(operation: Operation) -> str:
    """An operation in one line."""
    said = str(operation.declared.get("summary") or "no summary").strip().rstrip(".")
    if operation.body is not None:
        said += f"; takes {spell_content(operation.body.content)}"
    answers = dict.fromkeys(spell_content(content) for content in operation.answers.values())
    return f"{said}; answers {' or '.join(answers) or 'nothing'}"
