"""What a machine with the comfyui-deploy plugin tells of its runs, by POST to /update-run; pure.

The bodies come in any order, some twice, some after the end, and the one that says success may never come. So a run
ends here when its prompt is over and what it put out has arrived, or enough time has gone by without it.
"""

import hashlib
import hmac
import json
import secrets
from collections.abc import Iterator, Mapping
from typing import Any, Final

import attrs

from stationthis_sdk.local.comfyui.client import Answer
from stationthis_sdk.local.comfyui.course import Course, Executed, Told
from stationthis_sdk.local.comfyui.outgoing import fit
from stationthis_sdk.local.comfyui.refusals import refusal
from stationthis_sdk.local.comfyui.translate import Translated
from stationthis_sdk.local.comfyui.words import one_line
from stationthis_sdk.local.engines import NodeFailed, NodeOutput, NodeStarted, Said

__all__ = ["FILES_LIMIT", "Callbacks", "Grace", "Reception"]

FILES_LIMIT: Final = 1000
"""Files that a run may bring."""

_TEXT_LIMIT: Final = 2**22

_ENDS: Final = ("success", "failed", "cancelled")  # a retried "running" may come after these
_SEVERAL: Final = 20


@attrs.frozen
class Grace:
    """Seconds without a word until a run ends whose prompt is over.

    ``settled``: all that is known of has arrived; ``told``: the machine says that nothing more comes; ``uploads``: it
    may still be uploading, which it tries for fifteen seconds.
    """

    settled: float = 0.5
    told: float = 3.0
    uploads: float = 20.0


@attrs.define(eq=False)
class Reception:
    """What has been told of one run. ``token`` is what its machine has to show; ``base`` is the gateway's address."""

    run_id: str
    graph: Mapping[str, Any]
    base: str
    grace: Grace = attrs.Factory(Grace)
    token: str = attrs.Factory(lambda: secrets.token_urlsafe(32))
    _given: Translated = attrs.field(init=False)
    _course: Course = attrs.field(init=False)
    _expected: dict[str, Mapping[str, Any]] = attrs.field(init=False, factory=dict)
    _arrived: set[str] = attrs.field(init=False, factory=set)
    _told: set[bytes] = attrs.field(init=False, factory=set)
    _characters: int = attrs.field(init=False, default=0)
    placed: set[str] = attrs.field(init=False, factory=set)
    """The paths of the files that the machine was given leave to bring."""

    _status: str = attrs.field(init=False, default="")
    _failure: Exception | None = attrs.field(init=False, default=None)
    heard_at: float = attrs.field(init=False, default=0.0)

    def __attrs_post_init__(self) -> None:
        classes = {node_id: str(node.get("class_type")) for node_id, node in self.graph.items()}
        self._given = Translated(dict(self.graph), classes, {}, {}, {}, ())
        self._course = Course(self.run_id, self._given)

    def take(self, body: Mapping[str, Any], now: float) -> Iterator[Told | NodeOutput]:
        """What a body tells; of several things in one the service hears the first only, in this order."""
        self.heard_at, body = now, fit(body)
        if isinstance(event := body.get("ws_event"), Mapping):
            yield from self._event(event.get("event"), event.get("data"))
        elif logs := body.get("logs") or body.get("log_data"):
            for line in logs[:_SEVERAL] if isinstance(logs, list) else [logs]:
                text = line.get("logs") or line.get("message") if isinstance(line, Mapping) else line
                yield Said(one_line(text))
        elif body.get("live_status") is not None and body.get("progress") is not None:
            yield from self._live(str(body["live_status"]), body["progress"])
        elif (data := body.get("output_data")) is not None:
            yield from self._output(data, body.get("node_meta"))
        elif body.get("status") in _ENDS and self._status in {"", "success"}:
            self._status = body["status"]

    def take_history(self, entry: Mapping[str, Any], now: float) -> Iterator[Told]:
        """ComfyUI's own history, for a machine whose callbacks don't come."""
        self.heard_at = self.heard_at or now
        for told in self._course.take_history(entry):
            if isinstance(told, Executed):
                self._expect(told.node_id, told.output)
            else:
                yield told

    @property
    def is_over(self) -> bool:
        """Whether the machine has done with the prompt, well or not; its files may still be on the way."""
        return self.is_left or self._failure is not None

    @property
    def is_left(self) -> bool:
        """Whether the machine itself works on the prompt no more."""
        return self._course.is_over or bool(self._status)

    def due_in(self, now: float) -> float | None:
        """The seconds until :meth:`end`, if nothing more is told; None while the prompt is not over."""
        if not self.is_over:
            return None
        is_explained = self._failure is not None or self._course.failure is not None
        if is_explained or (self._status != "failed" and not self._missing()):
            wait = self.grace.settled
        elif self._status:
            wait = self.grace.told
        else:
            wait = self.grace.uploads
        return max(0.0, self.heard_at + wait - now)

    def end(self) -> Iterator[NodeOutput]:
        """The values that were told of, but not sent; raises GraphRefused or NodeFailed for a run that failed."""
        for node_id, output in self._missing().items():
            if not _has_files(output):
                yield self._put(node_id, dict(output), uploaded=False)
        if problem := self._failure or self._course.failure:
            raise problem
        if self._status == "failed":
            raise NodeFailed("the machine says that the run failed, and not why: look into its log")
        if self._status == "cancelled":
            raise NodeFailed("the run was cancelled on the machine")
        if missing := self._missing():
            node_id = next(iter(missing))
            class_type = self._given.classes.get(node_id, "")
            raise NodeFailed(
                f"node {node_id} ({class_type}): its files never arrived: the machine must reach "
                f"{self.base} and may have given up uploading",
                node_id,
                class_type,
            )

    def _event(self, event: Any, data: Any) -> Iterator[Told]:
        if not isinstance(data, Mapping) or data.get("prompt_id", self.run_id) != self.run_id:
            return
        if event == "executed":  # may come after the end
            if isinstance(output := data.get("output"), Mapping):
                self._expect(str(data.get("node")), output)
            return
        if event in {"execution_error", "execution_interrupted"}:  # may come after the word that it is over
            yield from self._course.fail(event, data)
            return
        for told in self._course.take(event, {**data, "prompt_id": self.run_id}):
            if not isinstance(told, Executed):
                yield told

    def _live(self, live_status: str, progress: Any) -> Iterator[Told]:
        """How far it is, where the events that say more have not come."""
        if not self._course.current[0] and isinstance(progress, int | float) and 0 <= progress <= 1:
            class_type = one_line(live_status.removeprefix("Executing "), 100)
            yield NodeStarted("", class_type, self._course.reach(progress))

    def _output(self, data: Any, meta: Any) -> Iterator[Told | NodeOutput]:
        if isinstance(data, list):
            times = [one for one in data if isinstance(one, Mapping)]
            told = ", ".join(f"{one.get('class_type')} {one.get('time')}" for one in times[:_SEVERAL])
            yield Said(f"time in seconds: {one_line(told)}")
            return
        if not isinstance(data, Mapping):
            return
        if "exception_message" in data or isinstance(data.get("error"), Mapping | str):
            yield from self._fail(data)
            return
        meta = meta if isinstance(meta, Mapping) else {}
        node_id = str(meta.get("node_id") or "")
        held = {
            name: [self._own(one) for one in value] for name, value in data.items() if isinstance(value, list)
        }
        written = json.dumps([node_id, held], sort_keys=True)
        once = hashlib.sha256(written.encode()).digest()
        if not held or once in self._told:
            return
        self._told.add(once)
        self._characters += len(written)
        if self._characters > _TEXT_LIMIT:
            told = f"the run put out more than {_TEXT_LIMIT:,} characters: shorten its texts"
            self._failure = self._failure or NodeFailed(told)
            return
        yield self._put(node_id, held, uploaded=_has_files(held))

    def _own(self, item: Any) -> Any:
        """An item; the URL of a file that its machine brought is a path, as in the gateway's other outputs.

        What leads to others of the gateway's files must not pass for the run's own: it would get a signed link.
        """
        url = item.get("url") if isinstance(item, dict) else None
        if url is None:
            return item
        path = str(url).removeprefix(self.base)
        if path in self.placed:
            return {**item, "url": path}
        if str(url).startswith(("http://", "https://")):
            return item
        return {name: value for name, value in item.items() if name != "url"}

    def _put(self, node_id: str, data: dict[str, Any], *, uploaded: bool) -> NodeOutput:
        self._arrived.add(node_id)
        return NodeOutput(node_id, self._given.classes.get(node_id, ""), data, uploaded)

    def _fail(self, data: Mapping[str, Any]) -> Iterator[Told]:
        if "exception_message" in data:
            yield from self._course.fail("execution_error", data)
            return
        told = data["error"]
        body = told if isinstance(told, Mapping) else {"error": told}
        self._failure = self._failure or refusal(Answer(400, dict(body)), self._given)

    def _expect(self, node_id: str, output: Mapping[str, Any]) -> None:
        wanted = {
            str(name): [one for one in held if not (isinstance(one, dict) and one.get("type") == "temp")]
            for name, held in output.items()
            if isinstance(held, list)
        }
        if not _has_files(wanted):
            wanted.pop("animated", None)
        if any(wanted.values()):
            self._expected[node_id] = wanted

    def _missing(self) -> dict[str, Mapping[str, Any]]:
        return {node_id: output for node_id, output in self._expected.items() if node_id not in self._arrived}


class Callbacks:
    """The runs that machines may tell of."""

    def __init__(self) -> None:
        self._open: dict[str, tuple[Reception, Any]] = {}

    def expect(self, reception: Reception, heard: Any) -> None:
        """Let a run's machine tell of it: ``heard`` is called with each body."""
        self._open[reception.run_id] = (reception, heard)

    def expect_file(self, run_id: str, path: str) -> bool:
        """Note the path of a file that a run's machine may bring; False when it has brought enough."""
        held = self._open.get(run_id)
        if held is None or len(held[0].placed) >= FILES_LIMIT:
            return False
        held[0].placed.add(path)
        return True

    def forget(self, run_id: str) -> None:
        """The run has ended: whatever comes now is answered, and nothing more."""
        self._open.pop(run_id, None)

    def admits(self, run_id: str, token: str) -> bool:
        """Whether this is the token that the run's machine was given."""
        held = self._open.get(run_id)
        return held is not None and hmac.compare_digest(held[0].token.encode(), token.encode())

    def take(self, run_id: str, body: Mapping[str, Any]) -> bool:
        """Take a body of ``POST /update-run``; False when no such run is under way on a machine with the plugin."""
        held = self._open.get(run_id)
        if held is not None:
            held[1](body)
        return held is not None


def _has_files(data: Mapping[str, Any]) -> bool:
    return any(
        isinstance(one, dict) and isinstance(one.get("filename"), str)
        for held in data.values()
        if isinstance(held, list)
        for one in held
    )
