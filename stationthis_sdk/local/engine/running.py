"""Running a graph, node after node, in the thread of the caller."""

import time
from collections import Counter
from collections.abc import Callable, Iterable, Mapping
from pathlib import Path
from typing import Any, Final

import attrs
import numpy as np

from stationthis_sdk.local.engine import nodes as _nodes
from stationthis_sdk.local.engine.cache import (
    Cache,
    Known,
    Watch,
    base_of,
    digest,
    key_of,
    letters_of,
    sealed,
    size_of,
)
from stationthis_sdk.local.engine.graph import Planned, plan
from stationthis_sdk.local.engine.images import allow
from stationthis_sdk.local.engine.kinds import wrong_kind
from stationthis_sdk.local.engine.limits import IN_FORCE, LIMITS, Limits
from stationthis_sdk.local.engine.node import Work
from stationthis_sdk.local.engine.validation import Link, coerced, misfit
from stationthis_sdk.local.engines import (
    Files,
    GraphRefused,
    NodeFailed,
    NodeOutput,
    NodesCached,
    NodeStarted,
    Report,
    Stopped,
)
from stationthis_sdk.local.runs.inputs import with_inputs

__all__ = ["execute"]

_ = _nodes  # importing it adds the node classes

_CONTENTS_LIMIT: Final = 2**28

_TOO_DEEP: Final = "a value in the graph is nested too deeply: put fewer lists and objects into each other"

NOTE: Final = "StationThis local gateway. Procedural preview, not a diffusion model."


def execute(
    graph: Any,
    values: Mapping[str, Any],
    editor_graph: Any,
    *,
    files: Files,
    report: Report,
    stopped: Callable[[], bool],
    cache: Cache | None = None,
    limits: Limits = LIMITS,
) -> None:
    """Run an API-format graph with a run's input values.

    ``editor_graph`` is only kept in the pictures' metadata. Reports come in order, from this thread. Raises
    GraphRefused before anything has run, NodeFailed when a node can't do its work, Stopped when ``stopped()`` says so.
    """
    before = IN_FORCE.set(limits)
    try:
        graph = with_inputs(graph, values)
        metadata = {"prompt": graph, "Software": NOTE}
        if editor_graph is not None:
            metadata["workflow"] = editor_graph
        run = _Run(metadata, files, report, stopped, Cache() if cache is None else cache, limits)
        run.order = plan(graph, limits.nodes, run.has_file)
        if any(node.node_class.name.startswith("StationThis") for node in run.order):
            metadata["Comment"] = NOTE
        run.carry_out()
    except RecursionError:
        raise GraphRefused(_TOO_DEEP) from None  # a trace of a thousand lines helps nobody
    finally:
        IN_FORCE.reset(before)


@attrs.define(eq=False)
class _Run:
    metadata: dict[str, Any]
    files: Files
    report: Report
    stopped: Callable[[], bool]
    cache: Cache
    limits: Limits
    order: list[Planned] = attrs.Factory(list)
    keys: dict[str, str] = attrs.Factory(dict)
    outcomes: dict[str, Known] = attrs.Factory(dict)
    results: dict[str, tuple[Any, ...]] = attrs.Factory(dict)
    names: Counter[str] = attrs.Factory(Counter)
    contents: dict[str, bytes | None] = attrs.Factory(dict)
    told: int = 0
    kept: int = 0
    begun: float = attrs.Factory(time.monotonic)

    def has_file(self, name: str) -> bool:
        """Whether a file can be had; its content is held until a node asks for it."""
        try:
            content = self._read(name)
        except NodeFailed:
            return True  # the node that asks for it will meet this again, and is named then
        if content is not None:
            self._hold(name, content)
        return content is not None

    def carry_out(self) -> None:
        """Work what has to be worked, and put everything out."""
        self._remember()
        ahead = self._to_work()
        cached = tuple(node.node_id for node in self.order if node.node_id not in ahead)
        if cached:
            self.report(NodesCached(cached))
        for node_id in cached:
            for name, number in self.outcomes[node_id].numbers:
                self.names[name] = max(self.names[name], number)
        waiting = Counter(
            link.node_id for node in self.order if node.node_id in ahead for link in node.links()
        )
        self.results = {key: found for key, found in self.results.items() if waiting[key]}
        total = sum(node.node_class.weight for node in self.order)
        done = sum(node.node_class.weight for node in self.order if node.node_id not in ahead)
        for node in self.order:
            if node.node_id not in ahead:
                self._put_again(node)
                continue
            self._work(node, done, total)
            for link in node.links():
                waiting[link.node_id] -= 1
                if not waiting[link.node_id]:
                    self.results.pop(link.node_id, None)  # nobody needs it any more
            if not waiting[node.node_id]:
                self.results.pop(node.node_id, None)
            self._check_held(node)
            done += node.node_class.weight

    def _remember(self) -> None:
        """Find the nodes whose outcome is known: their own base is, and their files are as they were."""
        for node in self.order:
            if not all(link.node_id in self.keys for link in node.links()):
                continue
            base = base_of(node, self.keys)
            known = self.cache.known(base)
            if known is None or known.key != key_of(base, known.reads) or not self._unchanged(known):
                continue
            self.keys[node.node_id] = known.key
            self.outcomes[node.node_id] = known
            found = self.cache.results(known.key)
            if found is not None:
                self.results[node.node_id] = found

    def _unchanged(self, known: Known) -> bool:
        for name, before in known.reads:
            try:
                content = self._read(name)
            except NodeFailed:
                return False  # met again by the node, which is named then
            if digest(content) != before:
                self._hold(name, content)
                return False
        return True

    def _to_work(self) -> set[str]:
        """The nodes to work: outputs of unknown outcome, and whatever has no results that such a node needs."""
        ahead: set[str] = set()
        for node in reversed(self.order):
            node_id = node.node_id
            if node.node_class.is_output and node_id not in self.outcomes:
                ahead.add(node_id)
            if node_id in ahead:
                ahead |= {link.node_id for link in node.links() if link.node_id not in self.results}
        return ahead

    def _put_again(self, node: Planned) -> None:
        for data, uploaded in self.outcomes[node.node_id].put:
            try:
                self._tell(data)
            except NodeFailed as problem:
                raise _failed(node, f": {problem}") from problem
            self.report(NodeOutput(node.node_id, node.node_class.name, data, uploaded))

    def _work(self, node: Planned, done: int, total: int) -> None:
        self._check()
        weight = node.node_class.weight

        def share(part: float) -> float:
            return round((done + weight * part) / total, 2)

        self.report(NodeStarted(node.node_id, node.node_class.name, share(0)))
        base = base_of(node, self.keys)
        watch = Watch(self._read)
        put: list[tuple[dict[str, list[Any]], bool]] = []

        def report(what: Any) -> None:
            if isinstance(what, NodeOutput):
                self._tell(what.data)
                put.append((what.data, what.uploaded))
            self.report(what)

        counted = self.names.copy()
        work = Work(
            node.node_id,
            node.node_class.name,
            _WatchedFiles(self.files, watch, self._keep),
            self.metadata,
            report,
            self._is_over,
            share,
            self.names,
        )
        try:
            found = node.node_class.work(work, **self._given(node))
            self._check_pixels(node, found)
        except NodeFailed as problem:
            raise _failed(node, f": {problem}") from problem
        except MemoryError as problem:
            self.cache.clear()
            raise _failed(node, " ran out of memory: ask for smaller or fewer pictures") from problem
        except RecursionError:
            raise _failed(node, f": {_TOO_DEEP}") from None
        sealed(found)
        self.results[node.node_id] = found
        self.keys[node.node_id] = key = watch.key(base)
        numbers = tuple((name, number) for name, number in self.names.items() if number != counted[name])
        self.cache.keep(base, Known(key, watch.reads(), tuple(put), numbers), found)

    def _given(self, node: Planned) -> dict[str, Any]:
        given = {}
        for name, value in node.values.items():
            slot = node.node_class.slots[name]
            if isinstance(value, Link):
                value = self.results[value.node_id][value.index]  # noqa: PLW2901  the link's value takes its place
                if value is None and slot.required:
                    raise NodeFailed(
                        f"input {name!r} is empty: the value or picture it should come from could not be read"
                    )
                if value is not None and slot.type in {"INT", "FLOAT", "STRING", "BOOLEAN", "COMBO"}:
                    try:
                        value = coerced(slot, value)  # noqa: PLW2901  a "*" output may carry any type
                    except (TypeError, ValueError, OverflowError) as problem:
                        raise NodeFailed(
                            f"input {name!r} can't be made a {slot.type}: {problem}"
                        ) from problem
                    if (wrong := misfit(slot, value)) is not None:
                        raise NodeFailed(f"input {name!r}: {wrong[1]}")
                if value is not None and (words := wrong_kind(slot.type, value)) is not None:
                    raise NodeFailed(f"input {name!r} {words}")
            given[name] = value
        return given

    def _read(self, name: str) -> bytes | None:
        if name in self.contents:
            return self.contents.pop(name)
        self._check()
        return self.files.read(name)

    def _hold(self, name: str, content: bytes | None) -> None:
        if sum(len(held or b"") for held in self.contents.values()) < _CONTENTS_LIMIT:
            self.contents[name] = content

    def _tell(self, data: Any) -> None:
        """Count what is put out: it goes to the database, and to everyone who listens."""
        self.told += letters_of(data)
        if self.told > self.limits.told:
            raise NodeFailed(
                f"the run puts out more than {self.limits.told:,} characters of texts and names: "
                "put out fewer or shorter ones"
            )

    def _keep(self, size: int) -> None:
        self.kept += size
        if self.kept > self.limits.kept:
            raise NodeFailed(
                f"the run's files are more than the {self.limits.kept / 2**20:,.0f} MiB this gateway keeps of one run: "
                "save fewer or smaller ones"
            )

    def _is_over(self) -> bool:
        """Whether to stop, asked by nodes at work; a run that has had its time is not asked politely."""
        if time.monotonic() > self.begun + self.limits.seconds:
            raise NodeFailed(
                f"the run worked longer than the {self.limits.seconds:g} s this gateway allows: "
                "ask for fewer steps, fewer nodes or smaller pictures"
            )
        return self.stopped()

    def _check(self) -> None:
        if self._is_over():
            raise Stopped

    def _check_pixels(self, node: Planned, found: Iterable[Any]) -> None:
        for kind, value in zip(node.node_class.outputs, found, strict=False):
            if kind not in {"IMAGE", "MASK"} or not isinstance(value, np.ndarray) or value.ndim < 3:
                continue
            allow(*value.shape[:3])

    def _check_held(self, node: Planned) -> None:
        held, _ = size_of(tuple(value for found in self.results.values() for value in found))
        if held > self.limits.held:
            raise _failed(
                node,
                f": the graph holds more than {self.limits.held / 2**20:,.0f} MiB of results at once: "
                "use fewer or smaller pictures",
            )


@attrs.frozen
class _WatchedFiles:
    """A node's files: what it reads is noted, and what it keeps counted before it is kept."""

    files: Files
    watch: Watch
    count: Callable[[int], None]

    def read(self, name: str) -> bytes | None:
        return self.watch.reading(name)

    def keep(self, content: bytes, suffix: str) -> str:
        self.count(len(content))
        return self.files.keep(content, suffix)

    def keep_file(self, path: Path, suffix: str) -> str:
        self.count(path.stat().st_size)
        return self.files.keep_file(path, suffix)


def _failed(node: Planned, reason: str) -> NodeFailed:
    class_type = node.node_class.name
    return NodeFailed(f"node {node.node_id} ({class_type}){reason}", node.node_id, class_type)
