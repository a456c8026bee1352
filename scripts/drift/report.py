"""The report, to be read by people or by programs."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

from drift.changes import SECTIONS

if TYPE_CHECKING:
    from collections.abc import Sequence

    from drift.changes import Change
    from drift.take import Taken

NAMED = 3


def verdict_of(changes: Sequence[Change]) -> str:
    """What all changes together mean: none, compatible or breaking."""
    if not changes:
        return "none"
    return "breaking" if any(change.breaking for change in changes) else "compatible"


def as_json(source: str, name: str, changes: Sequence[Change], taken: Taken | None = None) -> str:
    """One document: source, title, verdict, and the changes.

    Each change has: section (operations, requests, responses, webhooks), verdict (breaking, compatible), kind,
    operations, where, before, after, why. With --write also: taken, a boolean.
    """
    entered = {id(change) for change in taken.taken} if taken else set()
    document = {
        "source": source,
        "title": name,
        "verdict": verdict_of(changes),
        "changes": [
            {
                "section": change.section,
                "verdict": change.verdict,
                "kind": change.kind,
                "operations": list(change.operations),
                "where": change.where,
                "before": change.before,
                "after": change.after,
                "why": change.why,
                **({"taken": id(change) in entered} if taken else {}),
            }
            for change in changes
        ],
    }
    return json.dumps(document, indent=1, default=str)


def as_markdown(source: str, name: str, changes: Sequence[Change], taken: Taken | None = None) -> str:
    """A report to paste into an issue: by section, what breaks first."""
    lines = [
        f"# What has changed in {_plain(name)}",
        "",
        f"{source} against the contract and its deviations.",
        "",
    ]
    if not changes:
        return "\n".join([*lines, "Nothing has changed."])
    breaking = sum(change.breaking for change in changes)
    lines += [
        f"{_count(breaking, 'breaking change')}, {_count(len(changes) - breaking, 'compatible one')}.",
        "",
    ]
    for section in SECTIONS:
        for breaks in (True, False):
            chosen = [change for change in changes if change.section == section and change.breaking == breaks]
            if chosen:
                lines += [f"## {section.capitalize()}: {'breaking' if breaks else 'compatible'}", ""]
                lines += [*map(line_of, chosen), ""]
    if taken is not None:
        lines += _taken(taken)
    return "\n".join(lines).rstrip()


def _taken(taken: Taken) -> list[str]:
    lines = ["## Written", ""]
    lines += [f"- {_named(change)}" for change in taken.taken] or ["Nothing."]
    if taken.left:
        lines += ["", "## Left to a person", ""]
        for change, why in taken.left:
            reason = why or (change.why if change.breaking else "")
            lines.append(f"- {_named(change)}{f': {_plain(reason)}' if reason else ''}")
    return lines


def _named(change: Change) -> str:
    """A change without its details; of one that is in requests and in responses, which is meant."""
    place = "" if change.section == "operations" else f" in {change.section}"
    return f"`{_plain(change.where)}` {change.kind.replace('-', ' ')}{place}"


def line_of(change: Change) -> str:
    """One change in one line."""
    said = f"- `{_plain(change.where)}` {change.kind.replace('-', ' ')}"
    if change.kind == "operation-removed" and change.before:
        said += f" (was: {_plain(change.before)})"
    elif change.kind.endswith(("-added", "-removed")):
        told = change.after if change.before is None else change.before if change.after is None else None
        told = f"{_text(change.before)} → {_text(change.after)}" if told is None and change.before else told
        said += f": {_text(told)}" if told is not None else ""
    elif change.before is not None or change.after is not None:
        said += f": {_text(change.before)} → {_text(change.after)}"
    said += f". {change.why[:1].upper()}{_plain(change.why[1:])}."
    if change.section in {"requests", "responses"}:
        names = list(change.operations)
        listed = ", ".join(f"`{_plain(each)}`" for each in names[:NAMED])
        said += f" {listed}" + (f" and {len(names) - NAMED} more" if len(names) > NAMED else "")
    return said


def _count(number: int, noun: str) -> str:
    return f"{number} {noun}{'' if number == 1 else 's'}"


def _text(value: Any) -> str:
    if value is None:
        return "none"
    if value in ("", []):
        return "empty"
    if isinstance(value, list):
        texts = [_text(inner) for inner in value]
        return ", ".join(texts[:8]) + (f" and {len(texts) - 8} more" if len(texts) > 8 else "")
    return _plain(value if isinstance(value, str) else json.dumps(value, ensure_ascii=False, default=str))


def _plain(text: str) -> str:
    """A text of the vendor's on one line, without marks that would end ours or move the cursor."""
    line = " ".join(text.split()).replace("`", "'").replace("<", "&lt;")[:300]
    return "".join(letter if letter.isprintable() else "\N{REPLACEMENT CHARACTER}" for letter in line)
