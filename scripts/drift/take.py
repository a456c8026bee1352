"""--write: what needs no thought goes into the contract, and the vendor's exact form of it into deviations.yaml.

Whether a change took is not believed but seen: the report is made again, and what it still tells is left to a person.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

from drift import roundtrip
from drift.books import Books
from drift.enter import enter
from drift.source import DriftError

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from drift.changes import Change


class Taken(NamedTuple):
    """What was entered, and what a person must see to, with the reason."""

    taken: list[Change]
    left: list[tuple[Change, str]]


def take(
    changes: list[Change],
    paths: tuple[Path, Path],
    again: Callable[[dict[Path, str]], list[Change]],
    accept: Callable[[Path], None],
) -> Taken:
    """Enter what can be entered, in both files or in none.

    `again` tells what the report would say of the new texts, `accept` refuses a contract that no client can be made of.

    Raises:
        DriftError: nothing was entered.
        OSError: nothing was entered.
    """
    tried = [change for change in changes if change.takes and not change.breaking]
    kept_out: dict[tuple[object, ...], str] = {}
    while True:
        books = Books(*paths)
        entered = []
        for change in tried:
            if change.key not in kept_out:
                try:
                    for one in change.takes:
                        enter(books, one)
                    entered.append(change)
                except DriftError as error:
                    kept_out[change.key] = str(error)
                    break
        else:
            texts = books.texts()
            stayed = _stayed(entered, changes, again(texts))
            if not stayed:
                break
            kept_out |= dict.fromkeys((change.key for change in stayed), "a deviation speaks of its place")
    if entered:
        _accept(texts[paths[0]], paths[0], accept)
        roundtrip.replace(texts)
    taken = {change.key for change in entered}
    others = [(change, kept_out.get(change.key, "")) for change in changes if change.key not in taken]
    return Taken(entered, others)


def _stayed(entered: list[Change], changes: list[Change], again: list[Change]) -> list[Change]:
    """Those of the entered changes that did not take: the second report tells them, or something new of their place."""
    taken = {id(change) for change in entered}
    left = {fact for change in changes if id(change) not in taken for fact in _facts(change)}
    surplus = {fact for change in again for fact in _facts(change)} - left
    heads = {(where.partition(".")[0], operation) for _, _, where, operation in surplus}
    found = [
        change
        for change in entered
        if any((where.partition(".")[0], operation) in heads for _, _, where, operation in _facts(change))
    ]
    return found or (entered if surplus else [])


def _facts(change: Change) -> set[tuple[str, str, str, str]]:
    return {(change.section, change.kind, change.where, operation) for operation in change.operations}


def _accept(text: str, path: Path, accept: Callable[[Path], None]) -> None:
    fresh = path.with_name(f".{path.stem}-new.yaml")
    try:
        fresh.write_text(text, "utf-8")
        accept(fresh)
    finally:
        fresh.unlink(missing_ok=True)
