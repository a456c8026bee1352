"""--write: what needs no thought goes into the contract, and the vendor's exact form of it into deviations.yaml.

Whether a change took is not believed but seen: the report is made again, and what it still tells is left to a person.
"""

from __future__ import annotations

import tempfile
from pathlib import Path
from typing import TYPE_CHECKING, NamedTuple

from drift import roundtrip
from drift.books import Books
from drift.enter import enter
from drift.source import DriftError

if TYPE_CHECKING:
    from collections.abc import Callable

    from drift.changes import Change


PATCHED = "a patch in deviations.yaml speaks of its place: change that by hand"
SHARED = "the contract has one schema here for several of the vendor's, and not all of them have changed: part it by hand"


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
    chosen = [change for change in changes if change.takes and not change.breaking]
    kept_out: dict[tuple[object, ...], str] = {}
    texts: dict[Path, str] = {}
    while chosen:
        texts, refused = _entered(chosen, paths)
        if not refused:
            surplus = _surplus(chosen, changes, again(texts))
            refused = dict.fromkeys((change.key for change in _stayed(chosen, surplus)), PATCHED)
            if surplus and not refused:
                fine = _innocent(chosen, lambda some: _is_clean(some, changes, paths, again))
                # Each is fine alone and not with the others: one fewer, and again.
                fine = fine if len(fine) < len(chosen) else chosen[:-1]
                refused = dict.fromkeys((change.key for change in chosen if change not in fine), SHARED)
        if not refused:
            break
        kept_out |= refused
        chosen = [change for change in chosen if change.key not in kept_out]
    if chosen:
        _accept(texts[paths[0]], paths[0], accept)
        roundtrip.replace(texts)
    taken = {change.key for change in chosen}
    others = [(change, kept_out.get(change.key, "")) for change in changes if change.key not in taken]
    return Taken(chosen, others)


def _entered(
    chosen: list[Change], paths: tuple[Path, Path]
) -> tuple[dict[Path, str], dict[tuple[object, ...], str]]:
    """Both texts with these changes entered, or which of them can't be entered, and why."""
    books = Books(*paths)
    for change in chosen:
        try:
            for one in change.takes:
                enter(books, one)
        except DriftError as error:
            return {}, {change.key: str(error)}
    return books.texts(), {}


def _is_clean(
    some: list[Change],
    changes: list[Change],
    paths: tuple[Path, Path],
    again: Callable[[dict[Path, str]], list[Change]],
) -> bool:
    texts, refused = _entered(some, paths)
    return not refused and not _surplus(some, changes, again(texts))


def _innocent(some: list[Change], clean: Callable[[list[Change]], bool]) -> list[Change]:
    """Of changes that can't all be entered those that can without anything new to tell, found by halving."""
    if len(some) == 1:
        return []
    middle = len(some) // 2
    halves = (some[:middle], some[middle:])
    return [change for half in halves for change in (half if clean(half) else _innocent(half, clean))]


def _stayed(entered: list[Change], surplus: set[tuple[str, str, str, str]]) -> list[Change]:
    """Those of the entered changes that did not take: the second report tells them, or something new of their place."""
    heads = {(where.partition(".")[0], operation) for _, _, where, operation in surplus}
    return [
        change
        for change in entered
        if any((where.partition(".")[0], operation) in heads for _, _, where, operation in _facts(change))
    ]


def _surplus(
    entered: list[Change], changes: list[Change], again: list[Change]
) -> set[tuple[str, str, str, str]]:
    """What the second report tells beyond the changes that were not entered."""
    taken = {id(change) for change in entered}
    left = {fact for change in changes if id(change) not in taken for fact in _facts(change)}
    return {fact for change in again for fact in _facts(change)} - left


def _facts(change: Change) -> set[tuple[str, str, str, str]]:
    return {(change.section, change.kind, change.where, operation) for operation in change.operations}


def _accept(text: str, path: Path, accept: Callable[[Path], None]) -> None:
    # Not beside the contract: whoever is stopped in these seconds leaves nothing there.
    with tempfile.TemporaryDirectory(prefix="comfydeploy-") as folder:
        fresh = Path(folder, path.name)
        fresh.write_text(text, "utf-8")
        accept(fresh)
