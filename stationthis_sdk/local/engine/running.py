"""Running a graph, node after node, in the thread of the caller."""

import sys
from collections import Counter
from collections.abc import Callable, Mapping
from typing import Any, Final

from stationthis_sdk.local.engine import nodes as _nodes
from stationthis_sdk.local.engine.graph import Link, Planned, coerced, misfit, plan
from stationthis_sdk.local.engine.node import Work
from stationthis_sdk.local.engines import Files, NodeFailed, NodeStarted, Report, Stopped
from stationthis_sdk.local.run_inputs import with_inputs

__all__ = ["execute"]

_ = _nodes  # importing it adds the node classes

MEMORY_LIMIT: Final = 2**30
"""Bytes of pictures one run may hold between its nodes."""

NOTE: Final = "StationThis local gateway. Procedural preview, not a diffusion model."


def execute(
    graph: Any,
    values: Mapping[str, Any],
    editor_graph: Any,
    *,
    files: Files,
    report: Report,
    stopped: Callable[[], bool],
) -> None:
    """Run an API-format graph with a run's input values.

    ``editor_graph`` is only kept in the pictures' metadata. Reports come in order, from this thread. Raises
    GraphRefused before anything has run, NodeFailed when a node can't do its work, Stopped when ``stopped()`` says so.
    """
    graph = with_inputs(graph, values)
    order = plan(graph)
    metadata = {"prompt": graph, "Software": NOTE}
    if editor_graph is not None:
        metadata["workflow"] = editor_graph
    if any(node.node_class.name == "StationThisPicture" for node in order):
        metadata["Comment"] = NOTE
    total = sum(node.node_class.weight for node in order)
    waiting = Counter(link.node_id for node in order for link in node.links())
    results: dict[str, tuple[Any, ...]] = {}
    names: Counter[str] = Counter()
    done = 0
    for node in order:
        if stopped():
            raise Stopped
        weight, before = node.node_class.weight, done

        def share(part: float, before: int = before, weight: int = weight) -> float:
            return round((before + weight * part) / total, 2)

        report(NodeStarted(node.node_id, node.node_class.name, share(0)))
        work = Work(node.node_id, node.node_class.name, files, metadata, report, stopped, share, names)
        try:
            results[node.node_id] = _worked(node, work, results)
        except NodeFailed as problem:
            where = f"node {node.node_id} ({work.class_type}): {problem}"
            raise NodeFailed(where, node.node_id, work.class_type) from problem
        except MemoryError as problem:
            where = f"node {node.node_id} ({work.class_type}) ran out of memory: ask for smaller pictures"
            raise NodeFailed(where, node.node_id, work.class_type) from problem
        for link in node.links():
            waiting[link.node_id] -= 1
            if not waiting[link.node_id]:
                results.pop(link.node_id, None)  # nobody needs it any more
        _check_memory(results)
        done += weight


def _worked(node: Planned, work: Work, results: Mapping[str, tuple[Any, ...]]) -> tuple[Any, ...]:
    given = {}
    for name, value in node.values.items():
        slot = node.node_class.slots[name]
        if isinstance(value, Link):
            value = results[value.node_id][value.index]  # noqa: PLW2901  the link's value takes its place
            if value is None and slot.required:
                raise NodeFailed(
                    f"input {name!r} is empty: the value or picture it should come from could not be read"
                )
            if value is not None and slot.type in {"INT", "FLOAT", "STRING", "COMBO", "BOOLEAN"}:
                try:
                    value = coerced(slot, value)  # noqa: PLW2901  a "*" output may carry any type
                except (TypeError, ValueError, OverflowError) as problem:
                    raise NodeFailed(f"input {name!r} can't be made a {slot.type}: {problem}") from problem
                if (wrong := misfit(slot, value)) is not None:
                    raise NodeFailed(f"input {name!r}: {wrong[1]}")
        given[name] = value
    return node.node_class.work(work, **given)


def _check_memory(results: Mapping[str, tuple[Any, ...]]) -> None:
    held = sum(
        sys.getsizeof(value) if isinstance(value, str) else getattr(value, "nbytes", 0)
        for values in results.values()
        for value in values
    )
    if held > MEMORY_LIMIT:
        raise NodeFailed(
            "the graph holds more than a gigabyte of pictures at once: use fewer or smaller ones"
        )
