"""The course of one prompt, from what ComfyUI tells of it; pure.

Events may be missing (the WebSocket was away) or come before the answer to the prompt that they are about.
"""

import json
import struct
from collections.abc import Iterator, Mapping
from typing import Any, Final

import attrs

from stationthis_sdk.local.comfyui.translate import Translated
from stationthis_sdk.local.comfyui.words import one_line, plain, traceback_end
from stationthis_sdk.local.engines import (
    NodeFailed,
    NodesCached,
    NodeStarted,
    NodeStepped,
    Previewed,
    Said,
)

__all__ = ["Course", "Executed"]

_PREVIEW, _TEXT, _PREVIEW_WITH_METADATA = 1, 3, 4
_FORMATS: Final = {1: "image/jpeg", 2: "image/png"}
_MIMES: Final = frozenset({"image/jpeg", "image/png", "image/webp"})
_HEAD: Final = struct.Struct(">II")
_STEPS: Final = 2**31

Told = NodeStarted | NodeStepped | NodesCached | Previewed | Said


@attrs.frozen
class Executed:
    """An output node is done; ``output`` is what it put out, in ComfyUI's words."""

    node_id: str
    output: Mapping[str, Any]


@attrs.define
class Course:
    """How far a prompt has come. ``is_over`` when ComfyUI has done with it, well or not; ``failure`` says why not."""

    prompt_id: str
    given: Translated
    is_over: bool = False
    failure: NodeFailed | None = None
    _seen: set[str] = attrs.Factory(set)
    _current: str = ""
    _share: float = 0.0

    @property
    def current(self) -> tuple[str, str]:
        """The node that is at work, as the run's own graph knows it: id and class, empty before the first."""
        return (self._owner(self._current), self._class_of(self._current)) if self._current else ("", "")

    def reach(self, share: float) -> float:
        """Note a share of the run that is done; returns the largest so far, since progress never goes back."""
        self._share = max(self._share, round(min(1.0, share), 2))
        return self._share

    def take(self, event: Any, data: Any) -> Iterator[Told | Executed]:
        """What an event of the WebSocket tells."""
        if not isinstance(data, Mapping) or data.get("prompt_id") != self.prompt_id or self.is_over:
            return
        node = str(data.get("node"))
        match event:
            case "execution_cached":
                yield from self._cached(data.get("nodes"))
            case "executing" if data.get("node") is None:
                self.is_over = True
            case "executing":
                if node not in self.given.graph:  # a node that another one brought along
                    node = str(data.get("display_node"))
                if node in self.given.graph:
                    share = self._come_to(node, 0.0)
                    yield NodeStarted(self._owner(node), self._class_of(node), share)
            case "progress":
                yield from self._stepped(node, data.get("value"), data.get("max"))
            case "executed":
                output = data.get("output")
                if isinstance(output, Mapping):  # null for a cached node that is none of the outputs
                    yield Executed(node, output)
            case "execution_success":
                self.is_over = True
            case "execution_error" | "execution_interrupted":
                yield from self.fail(event, data)

    def take_frame(self, frame: bytes) -> Iterator[Told]:
        """What a binary frame tells: a picture of unfinished work, or a text."""
        if len(frame) < _HEAD.size or self.is_over:
            return
        kind, second = _HEAD.unpack_from(frame)
        rest = frame[_HEAD.size :]
        if kind == _PREVIEW and second in _FORMATS and self._current:
            yield Previewed(self._owner(self._current), rest, _FORMATS[second])
        elif kind == _PREVIEW_WITH_METADATA:
            yield from self._previewed(_read(rest[:second]), rest[second:])
        elif kind == _TEXT:
            node, text = rest[:second].decode(errors="replace"), rest[second:].decode(errors="replace")
            if node in self.given.graph:
                yield Said(f"node {self._owner(node)} ({self._class_of(node)}): {one_line(text)}")

    def take_history(self, entry: Mapping[str, Any]) -> Iterator[Told | Executed]:
        """What is left to tell once ComfyUI has written its history: all outputs, and how it ended."""
        outputs = entry.get("outputs")
        for node, output in outputs.items() if isinstance(outputs, Mapping) else ():
            if isinstance(output, Mapping):
                yield Executed(str(node), output)
        self.is_over = True
        status = entry.get("status")
        if self.failure is not None or not isinstance(status, Mapping):
            return
        if status.get("status_str") == "error":
            messages = status.get("messages")
            for message in messages if isinstance(messages, list) else ():
                match message:
                    case ["execution_error" | "execution_interrupted" as event, Mapping() as data]:
                        yield from self.fail(event, data)
            if self.failure is None:
                self.failure = NodeFailed("ComfyUI says that the run failed, and not why: look into its log")

    def fail(self, event: str, data: Mapping[str, Any]) -> Iterator[Said]:
        """Note why the prompt ended, of ``execution_error`` or ``execution_interrupted``; the first reason holds."""
        self.is_over = True
        if self.failure is not None:
            return
        node = str(data.get("node_id") or self._current)
        node_id = one_line(self._owner(node), 100)
        class_type = one_line(self._class_of(node) or data.get("node_type") or "", 100)
        where = f"node {node_id} ({class_type})"
        if event == "execution_interrupted":
            self.failure = NodeFailed(
                f"the run was interrupted on the ComfyUI server, at {where}", node_id, class_type
            )
            return
        kind, message = one_line(data.get("exception_type") or "", 80), data.get("exception_message")
        self.failure = NodeFailed(f"{where}: {plain(message or kind or 'failed')}", node_id, class_type)
        if told := traceback_end(data.get("traceback")):
            yield Said(f"{where}: {kind}\n{told}", "error")

    def _cached(self, nodes: Any) -> Iterator[Told]:
        listed = nodes if isinstance(nodes, list) else []
        cached = [node for node in listed if isinstance(node, str) and node in self.given.graph]
        self._seen.update(cached)
        owners = dict.fromkeys(self._owner(node) for node in cached)
        if owners:
            yield NodesCached(tuple(owners))

    def _stepped(self, node: str, value: Any, maximum: Any) -> Iterator[Told]:
        try:
            step, steps = int(value), int(maximum)
        except (TypeError, ValueError, OverflowError):
            return
        if 0 < steps <= _STEPS and node in self.given.graph:
            step = min(max(step, 0), steps)
            share = self._come_to(node, step / steps)
            yield NodeStepped(self._owner(node), self._class_of(node), step, steps, share)

    def _previewed(self, metadata: Any, content: bytes) -> Iterator[Told]:
        if not isinstance(metadata, Mapping) or metadata.get("prompt_id") != self.prompt_id:
            return
        mime = metadata.get("image_type")
        places = (str(metadata.get(name)) for name in ("node_id", "display_node_id"))
        node = next((place for place in places if place in self.given.graph), None)
        if node is not None and isinstance(mime, str) and mime in _MIMES:
            yield Previewed(self._owner(node), content, mime)

    def _come_to(self, node: str, part: float) -> float:
        """A part of a node is done, and so are the nodes that were seen before it."""
        self._current = node
        self._seen.add(node)
        return self.reach((len(self._seen) - 1 + part) / len(self.given.graph))

    def _owner(self, node: str) -> str:
        return self.given.owners.get(node, node)

    def _class_of(self, node: str) -> str:
        return self.given.classes.get(self._owner(node), "")


def _read(text: bytes) -> Any:
    try:
        return json.loads(text)
    except (ValueError, RecursionError):
        return None
