"""What requests, answers and webhooks carry, compared: media types, statuses, and the shapes in them."""

from __future__ import annotations

from typing import TYPE_CHECKING

from drift import rules
from drift.changes import Change
from drift.fits import Sameness, spell
from drift.pairs import closest
from drift.walk import Place, Walk, one_or_other

if TYPE_CHECKING:
    from collections.abc import Collection, Mapping

    from drift.document import Api, Body, Operation
    from drift.shapes import Shape

TEXT = ("string", "null")


def walk_body(walk: Walk, old: Body | None, new: Body | None, ours: Body | None) -> None:
    """Note the changes of the body of a request."""
    if old is None or new is None:
        if old is not None:
            verdict = rules.yes("the contract sends one") if ours else rules.no("the contract sends none")
            walk.tell("body-removed", "body", (spell_content(old.content), None), verdict)
        elif new is not None:
            walk.tell("body-added", "body", (None, spell_content(new.content)), _added(new, ours))
        return
    if old.required != new.required:
        verdict = rules.no("it may still be sent")
        if new.required:
            sure = ours is not None and ours.required
            verdict = (
                rules.no("the contract always sends one") if sure else rules.yes("the contract may send none")
            )
        walk.tell("required-changed", "body", one_or_other("required", "optional", old.required), verdict)
    _walk_content(walk, old.content, new.content, None if ours is None else ours.content, "body")


def _added(new: Body, ours: Body | None) -> rules.Verdict:
    if ours is None or (new.required and not ours.required):
        return rules.yes("the contract may send none") if new.required else rules.no("it need not be sent")
    media = next((media for media in ours.content if media in new.content), None)
    if media is None:
        return rules.yes(f"the contract sends {', '.join(ours.content)}")
    return rules.replaced(True, new.content[media], ours.content[media])


def walk_answers(walk: Walk, old: Operation, new: Operation, ours: Operation) -> None:
    """Note the changes of what comes when all is well; what comes otherwise is not compared."""
    gone = [status for status in old.answers if status not in new.answers]
    come = [status for status in new.answers if status not in old.answers]
    strange = [status for status in come if status not in ours.answers]
    verdict = rules.LESS if not come else rules.no("the contract knows it")
    if not new.answers:
        verdict = rules.yes("the document names no success any more")
    if strange:
        verdict = rules.yes(f"the contract does not know {', '.join(strange)}")
    if gone or come:
        kind = "status-changed" if gone and come else "status-added" if come else "status-removed"
        walk.tell(kind, "answer", (", ".join(gone) or None, ", ".join(come) or None), verdict)
    pairs = [(status, status) for status in old.answers if status in new.answers]
    pairs += zip(gone, come, strict=False)
    for before, after in pairs:
        if before != after and not new.answers[after]:
            # A status without content says so itself.
            continue
        where = "answer" if len(old.answers) == 1 else f"answer {before}"
        mine = ours.answers.get(before, ours.answers.get(after))
        _walk_content(walk, old.answers[before], new.answers[after], mine, where)


def _walk_content(
    walk: Walk,
    old: Mapping[str, Shape],
    new: Mapping[str, Shape],
    ours: Mapping[str, Shape] | None,
    where: str,
) -> None:
    gone = [media for media in old if media not in new]
    come = [media for media in new if media not in old]
    known = ours or {}
    if walk.sent:
        lost = [media for media in gone if media in known]
        verdict = rules.no("what the contract sends is taken")
        if lost:
            verdict = rules.yes(f"the contract sends {', '.join(lost)}")
    else:
        strange = [media for media in come if media not in known]
        verdict = rules.no("the contract reads it") if come else rules.LESS
        if strange:
            verdict = rules.yes(f"the contract does not read {', '.join(strange)}")
        elif not new and known:
            verdict = rules.yes(f"the contract reads {', '.join(known)}")
    if gone or come:
        kind = "media-type-changed" if gone and come else "media-type-added" if come else "media-type-removed"
        walk.tell(kind, where, (", ".join(gone) or None, ", ".join(come) or None), verdict)
    for media, shape in old.items():
        if media in new:
            mine = None if media not in known else _any_text(media, known[media])
            walk.shapes(Place(shape, new[media], mine, where))


def _any_text(media: str, shape: Shape) -> Shape:
    """What the contract reads as text is not looked into: any shape of events fits."""
    if media.startswith("text/") and all(part.kind in TEXT and part.free for part in shape.parts):
        return shape.reader.shape(True)
    return shape


def webhook_changes(old: Api, new: Api, ours: Api, not_kept: Collection[str]) -> list[Change]:
    """Every change of the webhooks; their bodies are read, not sent."""
    same = Sameness()
    changes: list[Change] = []
    gone = [name for name in old.webhooks if name not in new.webhooks]
    come = [name for name in new.webhooks if name not in old.webhooks and f"webhook {name}" not in not_kept]

    def alike(before: str, after: str) -> float:
        bodies = [old.webhooks[before].body, new.webhooks[after].body]
        shapes = [shape for body in bodies if body for shape in body.content.values()]
        return float(len(shapes) == 2 and same.shapes(*shapes))

    pairs = dict(closest(gone, come, alike))
    for name in gone:
        change = Change(
            "webhooks", "webhook-removed", name, "declared", None, True, "the contract has it", (name,)
        )
        if name in pairs:
            why = "the contract knows it by its old name"
            change = Change("webhooks", "webhook-renamed", name, name, pairs[name], True, why, (name,))
        changes.append(change)
    for name in come:
        if name not in pairs.values():
            why = "nothing of the contract is touched"
            changes.append(Change("webhooks", "webhook-added", name, None, "declared", False, why, (name,)))
    for name, before in old.webhooks.items():
        after = new.webhooks.get(pairs.get(name, name))
        if after is not None:
            walk = Walk("webhooks", name, same)
            if before.method != after.method:
                told = (before.method, after.method)
                walk.tell("method-changed", name, told, rules.yes("the contract takes it the old way"))
            contents = [
                each.body.content if each is not None and each.body is not None else None
                for each in (before, after, ours.webhooks.get(name))
            ]
            _walk_content(walk, contents[0] or {}, contents[1] or {}, contents[2], "body")
            changes += walk.changes
    return changes


def spell_content(content: Mapping[str, Shape]) -> str:
    """What a request or an answer carries, in words."""
    told = [
        spell(shape) if media == "application/json" else f"{spell(shape)} ({media})"
        for media, shape in content.items()
    ]
    return " or ".join(told) or "nothing"
