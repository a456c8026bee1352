"""Collections: their traits and weights, what is wrong with them, their pieces, and how far a cook is."""

from typing import Any, Final

from stationthis_sdk.entities.costs import dollars
from stationthis_sdk.errors import InvalidInput
from stationthis_sdk.notebook.displays import batches
from stationthis_sdk.notebook.html import card, clipped, h, inputs_table, state_dot, table
from stationthis_sdk.recipes.collections.collection import Collection
from stationthis_sdk.recipes.collections.exporting import Export
from stationthis_sdk.recipes.collections.faults import Issue, Report
from stationthis_sdk.recipes.collections.piece import Piece
from stationthis_sdk.recipes.collections.traits import Category

__all__ = ["draw"]

_TRAITS: Final = 12
_ISSUES: Final = 50


async def draw(thing: Any) -> Any:
    """A collection, a report on one, an issue of it, a piece, an export, or a cook."""
    if isinstance(thing, Collection):
        return _collection(thing)
    if isinstance(thing, Report):
        return _report(thing)
    if isinstance(thing, Issue):
        return _report(Report(thing.where, (thing,)))
    if isinstance(thing, Piece):
        return _piece(thing)
    if isinstance(thing, Export):
        return _export(thing)
    return await batches.draw(thing.batch)


def _collection(collection: Collection) -> Any:
    try:
        count = collection.combinations
    except (InvalidInput, KeyError, StopIteration, ValueError):
        count = None  # validate() tells why
    facts = [f"{collection.supply:,} pieces of {clipped(collection.workflow.name, 80)}"]
    facts += [] if count is None else [f"{count:,} combinations"]
    facts += [f"{len(collection.exclusions)} exclusions"] if collection.exclusions else []
    return card(
        h.div(".st-head")[h.b[clipped(collection.name, 80)], [h.span(".st-dim")[fact] for fact in facts]],
        collection.description and h.div(".st-note")[clipped(collection.description)],
        inputs_table(collection.inputs),
        table(
            ("category", "traits"), ((clipped(one.name, 80), _traits(one)) for one in collection.categories)
        ),
        collection.parts
        and table(
            ("part", "text", "there"),
            (
                (
                    clipped(one.name, 80),
                    clipped(one.text, 200),
                    clipped(", ".join(one.when) or str(one.probability), 200),
                )
                for one in collection.parts
            ),
        ),
    )


def _traits(category: Category) -> str:
    if category.range is not None:
        told = category.range
        return f"{told.start} to {told.end}" + (f" by {told.step}" if told.step != 1 else "")
    if category.images:
        return f"{len(category.images)} pictures"
    total = sum(one.weight for one in category.traits) or 1.0
    shown = [f"{clipped(one.name, 60)} {one.weight / total:.0%}" for one in category.traits[:_TRAITS]]
    more = len(category.traits) - len(shown)
    return " · ".join([*shown, *([f"{more} more"] if more else [])])


def _report(report: Report) -> Any:
    head = h.div(".st-head")[
        h.b[clipped(report.name, 80)],
        h.span(".st-dim")["nothing is wrong" if not len(report) else f"{len(report)} issues"],
    ]
    rows = (
        (issue.code, clipped(issue.where, 120), clipped(issue.message, 400))
        for issue in report.issues[:_ISSUES]
    )
    return card(head, len(report) and table(("code", "where", "what"), rows))


def _piece(piece: Piece) -> Any:
    facts = [
        piece.verdict,
        piece.run_id,
        None if piece.cost is None else dollars(piece.cost),
        f"instead of {piece.parent}" if piece.parent else None,
    ]
    return card(
        h.div(".st-head")[
            h.b[piece.key], state_dot(piece.state), [h.span(".st-dim")[fact] for fact in facts if fact]
        ],
        piece.reason and h.div(".st-note.st-wrong")[clipped(piece.reason)],
        inputs_table({**piece.traits, **dict.fromkeys(piece.parts, "yes")}),
        inputs_table(piece.inputs),
    )


def _export(export: Export) -> Any:
    rows = ((str(number), clipped(why, 400)) for number, why in export.skipped)
    return card(
        h.div(".st-head")[h.b[clipped(str(export.path), 200)], h.span(".st-dim")[f"{export.pieces} pieces"]],
        export.skipped and table(("left out", "why"), rows),
    )
