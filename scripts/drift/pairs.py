"""Which thing of the old document is which of the new one: renamed fields, moved operations, members of unions."""

from __future__ import annotations

import re
from difflib import SequenceMatcher
from typing import TYPE_CHECKING, TypeVar

from drift.shapes import canonical

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence

    from drift.document import Operation
    from drift.fits import Sameness
    from drift.shapes import Field, Part, Shape

T = TypeVar("T")
# Words that unrelated names share.
COMMON = {"id", "ids", "is", "at", "of", "url", "name", "type", "file", "data"}


def closest(ones: Sequence[T], others: Sequence[T], score: Callable[[T, T], float]) -> list[tuple[T, T]]:
    """Pairs, the best first, each thing in one at most; a score of 0 is none."""
    scored = [(score(one, other), i, j) for i, one in enumerate(ones) for j, other in enumerate(others)]
    found, left, right = [], set(range(len(ones))), set(range(len(others)))
    for points, i, j in sorted(scored, key=lambda entry: (-entry[0], entry[1], entry[2])):
        if points > 0 and i in left and j in right:
            left.remove(i)
            right.remove(j)
            found.append((ones[i], others[j]))
    return found


def renamed(gone: Mapping[str, Field], new: Mapping[str, Field], same: Sameness) -> dict[str, str]:
    """The fields that only have another name: of the same form, and alike in name or alone in being required."""
    alone = len(gone) == len(new) == 1

    def score(old: str, now: str) -> float:
        one, other = gone[old], new[now]
        if not same.shapes(one.shape, other.shape):
            return 0
        words = [
            set(re.findall(r"[a-z]+|[0-9]+", re.sub(r"([A-Z])", r"_\1", name).lower())) for name in (old, now)
        ]
        likeness = SequenceMatcher(None, old.lower(), now.lower()).ratio()
        if likeness >= 0.6 or words[0] <= words[1] or words[1] <= words[0] or (words[0] & words[1]) - COMMON:
            return 1 + likeness
        return float(alone and one.required == other.required and (one.required or _telling(one.shape)))

    return dict(closest(list(gone), list(new), score))


def _telling(shape: Shape) -> bool:
    """Whether few fields have this form."""
    return any(part.closed or part.format or (part.fields and part.kind == "object") for part in shape.parts)


def members(olds: Sequence[Part], news: Sequence[Part], same: Sameness) -> list[tuple[Part, Part]]:
    """The parts of one kind that belong together."""
    if len(olds) == len(news) == 1:
        return [(olds[0], news[0])]

    def score(old: Part, new: Part) -> float:
        if same.parts(old, new):
            return 4
        if (marks := _marks(old)) and (others := _marks(new)) and marks.keys() & others.keys():
            return 3 if any(others.get(name) == mark for name, mark in marks.items()) else 0
        alike = _share(old.fields.keys(), new.fields.keys())
        return 2 if old.name and old.name == new.name else alike if alike >= 0.5 or not old.fields else 0

    return closest(olds, news, score)


def _marks(part: Part) -> dict[str, str]:
    """The fields that hold one known value: what unions are told apart by."""
    return {
        name: canonical(held[0])
        for name, field in part.fields.items()
        for inner in field.shape.parts[:1]
        if len(field.shape.parts) == 1 and inner.closed and len(held := inner.values or ()) == 1
    }


def _share(ones: object, others: object) -> float:
    mine, theirs = set(ones), set(others)  # type: ignore[call-overload]
    return len(mine & theirs) / len(mine | theirs) if mine | theirs else 1.0


def moved(gone: Sequence[Operation], new: Sequence[Operation]) -> list[tuple[Operation, Operation]]:
    """The operations that only have another path or another method."""
    faces = {operation.name: _face(operation) for operation in (*gone, *new)}

    def score(old: Operation, now: Operation) -> float:
        alike = _share(faces[old.name], faces[now.name])
        if old.method != now.method:
            return alike if old.key.partition(" ")[2] == now.key.partition(" ")[2] and alike >= 0.5 else 0
        ways = [
            [step.removesuffix("s") for step in re.split(r"[/-]", each.key.lower())[1:]]
            for each in (old, now)
        ]
        near = SequenceMatcher(None, ways[0], ways[1], autojunk=False).ratio()
        telling = min(len(faces[old.name]), len(faces[now.name])) >= 4
        enough = (near >= 0.65 and alike >= 0.6) or (telling and near >= 0.3 and alike >= 0.8)
        return near + alike if enough else 0

    return closest(gone, new, score)


def _face(operation: Operation) -> set[str]:
    """What an operation takes and answers, by name."""
    face = {name for name in operation.parameters if not name.startswith("path ")}
    contents = [] if operation.body is None else [("sends", operation.body.content)]
    contents += [("answers", content) for content in operation.answers.values()]
    for side, content in contents:
        for media, shape in content.items():
            face.add(f"{side} {media}")
            face |= {f"{side} {part.kind}" for part in shape.parts if not shape.any}
            inner = [part.items.parts if part.items else (part,) for part in shape.parts]
            face |= {f"{side} {name}" for parts in inner for part in parts for name in part.fields}
    return face
