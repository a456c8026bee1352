"""Lists: a table of what is in them, the first of many."""

from collections.abc import Iterable, Sequence
from typing import Any, Final

from stationthis_sdk.notebook.displays.runs import cost_of
from stationthis_sdk.notebook.html import card, clipped, h, since, state_dot, table, took
from stationthis_sdk.twins import twin

__all__ = ["draw", "drawn_list"]

_SHOWN: Final = 50


async def draw(thing: Any) -> Any:
    """A list that was read, or a catalogue, which is read now."""
    name = type(thing).__name__.removeprefix("Async").lower()
    if isinstance(thing, Sequence):
        return drawn_list([twin(item) for item in thing], "")
    if name in {"runs", "batches", "models", "assets"}:
        return drawn_list(await thing.list(), name)
    return card(h.div(".st-mono")[clipped(repr(thing))])


def drawn_list(items: Sequence[Any], what: str) -> Any:
    """A table of things: the columns are those their kind has."""
    if not items:
        return card(h.div(".st-dim")[f"No {what or 'items'}."])
    rows = [_facts(item) for item in items[:_SHOWN]]
    names = [
        name
        for name in dict.fromkeys(name for row in rows for name in row)
        if any(row.get(name) for row in rows)
    ]
    more = len(items) - len(rows)
    return card(
        table(names, ([row.get(name) or "" for name in names] for row in rows)),
        more > 0 and h.div(".st-dim")[f"{more} more: to_frame() is the whole table."],
    )


def _facts(item: Any) -> dict[str, Any]:
    """What a list says of one thing, in the order of its columns."""
    kind = type(item).__name__.removeprefix("Async")
    facts = _OF.get(kind)
    return {kind.lower(): clipped(repr(item), 200)} if facts is None else dict(facts(item))


def _run(run: Any) -> Iterable[tuple[str, Any]]:
    record = run.record
    yield "run", h.code[run.id]
    yield "deployment", clipped(record.deployment_name or "", 80)
    yield "state", state_dot(run.state)
    yield "took", took(record.run_duration or record.duration)
    yield "cost", cost_of(run)
    yield "made", since(record.created_at)
    yield "tags", ", ".join(clipped(tag, 40) for tag in record.tags)


def _batch(batch: Any) -> Iterable[tuple[str, Any]]:
    yield "batch", h.b[clipped(batch.name, 80)]
    yield "deployment", clipped(batch.deployment_name, 80)
    yield "state", state_dot(batch.state)
    yield "progress", str(batch.progress)


def _deployment(deployment: Any) -> Iterable[tuple[str, Any]]:
    yield "deployment", h.b[clipped(deployment.name, 80)]
    yield "environment", deployment.environment
    yield "version", str(deployment.version or "")
    yield "gpu", clipped(deployment.record.gpu or "", 40)
    yield "inputs", clipped(", ".join(deployment.inputs), 300)


def _named(item: Any) -> Iterable[tuple[str, Any]]:
    record = item.record
    yield type(item).__name__.removeprefix("Async").lower(), h.b[clipped(item.name, 80)]
    status = getattr(record, "status", None)
    yield "status", status and state_dot(clipped(str(status), 40))
    yield "gpu", clipped(str(getattr(record, "gpu", None) or ""), 40)
    yield "type", clipped(str(getattr(record, "type", None) or getattr(record, "kind", None) or ""), 40)
    yield "changed", since(getattr(record, "updated_at", None) or getattr(record, "created_at", None))
    yield "id", h.code[str(item.id)]


def _version(version: Any) -> Iterable[tuple[str, Any]]:
    yield "version", h.b[str(version.number)]
    yield "comment", clipped(version.comment or "", 200)
    yield "what", clipped(", ".join(filter(None, (version.category, version.base_model))), 80)
    yield "inputs", clipped(", ".join(version.inputs), 300)
    yield "made", since(version.created_at)


_OF = {
    "Run": _run, "Batch": _batch, "Deployment": _deployment, "Version": _version,
    "Workflow": _named, "Machine": _named,
}  # fmt: skip
