"""Why a run failed: the run itself does not say, the raw list of its workflow's runs or its log does.

One look, a few seconds at most, and no look is ever a reason to fail.
"""

import asyncio
import contextlib
import re
from collections import deque
from collections.abc import Awaitable, Callable, Iterator, Mapping
from typing import Any, Final

import orjson

from stationthis_sdk.api.calls.logs import WEBHOOK
from stationthis_sdk.context import Context
from stationthis_sdk.entities import RunRecord
from stationthis_sdk.errors import StationThisError
from stationthis_sdk.logs import logger, redact

__all__ = ["reason_in_log", "reason_in_outputs", "reason_of"]

_SECONDS: Final = 2.5
"""For each of the two places where a reason may be."""
_LONGEST: Final = 500
_NAMED: Final = 3
_RAISED: Final = re.compile(r"[\w.]*(?:Error|Exception)(?::.*)?")
_BEFORE: Final = re.compile(r"(?:failed|timeout): ")


async def reason_of(context: Context, record: RunRecord) -> str | None:
    """Why this run ended badly, in one line; None where nobody tells, or not soon enough."""

    async def in_list() -> str | None:
        # What ran out of time was no node's fault.
        outputs = await context.service.run_lists.raw_outputs(record) if record.state == "failed" else None
        return reason_in_outputs(outputs or [])

    async def in_log() -> str | None:
        lines: deque[tuple[str, str]] = deque(maxlen=1000)
        with contextlib.suppress(TimeoutError, StationThisError):  # what came until then may tell
            async with asyncio.timeout(_SECONDS), context.service.logs.stream(record.id) as told:
                async for line in told:
                    if line.level != WEBHOOK:
                        lines.append((line.level, line.message))
        return reason_in_log(lines, guess=record.state == "failed")

    return await _within(_SECONDS, in_list) or await _within(_SECONDS + 0.5, in_log)


async def _within(seconds: float, look: Callable[[], Awaitable[str | None]]) -> str | None:
    try:
        async with asyncio.timeout(seconds):
            return await look()
    except Exception as error:  # noqa: BLE001 - the run's end is what matters, not what keeps us from its reason
        logger("runs").debug("No reason found (%s: %s).", type(error).__name__, error)
        return None


def reason_in_outputs(outputs: Any) -> str | None:
    """The error among a run's raw outputs: that of a node that failed, else the last one.

    >>> told = {"node_id": "3", "node_type": "KSampler", "exception_type": "ValueError", "exception_message": "no noise"}
    >>> reason_in_outputs([{"data": {"images": []}}, {"data": {"error": told}}])
    'node 3 (KSampler): ValueError: no noise'
    """
    found = [
        one["data"]["error"]
        for one in outputs
        if isinstance(one, Mapping) and isinstance(one.get("data"), Mapping) and one["data"].get("error")
    ]
    # The plugin tells of parts that were left out, too, when the rest runs.
    of_nodes = [one for one in found if isinstance(one, Mapping) and one.get("exception_message")]
    return _clean("; ".join(_words(of_nodes[-1] if of_nodes else found[-1]))) if found else None


def reason_in_log(lines: Any, *, guess: bool = True) -> str | None:
    r"""The last errors of a log of levels and messages; with ``guess`` else what was raised last, whatever its level.

    >>> reason_in_log([("info", "started"), ("error", "failed: its machine is gone"), ("info", "bye")])
    'its machine is gone'
    >>> reason_in_log([("info", "Traceback (most recent call last):\n  File …\nValueError: no noise")])
    'ValueError: no noise'
    """
    errors = [message for level, message in lines if level in {"error", "critical", "fatal"}]
    if errors:
        said = dict.fromkeys(_BEFORE.sub("", _gist(one), count=1) for one in errors)
        return _clean("; ".join([*said][-_NAMED:]))
    if not guess:
        return None
    raised = [
        line
        for _, message in lines
        for line in map(str.strip, message.splitlines())
        if len(line) <= _LONGEST and _RAISED.fullmatch(line)
    ]
    return _clean(raised[-1]) if raised else None


def _words(error: Any) -> Iterator[str]:
    """What an error of ComfyUI or of the deploy plugin says, part by part."""
    if not isinstance(error, Mapping):
        yield error if isinstance(error, str) else _json(error)
    elif error.get("exception_message"):
        kind, said = error.get("exception_type"), str(error["exception_message"])
        yield _node(error.get("node_id"), error.get("node_type")) + (f"{kind}: {said}" if kind else said)
    elif isinstance(error.get("node_errors"), Mapping) and error["node_errors"]:
        yield from _of_nodes(error["node_errors"])
    elif error.get("error"):
        yield from _words(error["error"])
    elif error.get("message"):
        details = error.get("details")
        yield f"{str(error['message']).rstrip('.')}: {details}" if details else str(error["message"])
    elif isinstance(error.get("stack_trace"), str):
        yield _gist(error["stack_trace"]) or str(error.get("error_type"))
    else:
        yield _json(error)


def _of_nodes(errors: Mapping[str, Any]) -> Iterator[str]:
    for node_id, told in [*errors.items()][:_NAMED]:
        faults = told.get("errors") if isinstance(told, Mapping) else None
        kind = told.get("class_type") if isinstance(told, Mapping) else None
        listed = faults if isinstance(faults, list) else [faults] if faults else []
        said = [text for fault in listed for text in _words(fault)] or [_json(told)]
        yield _node(node_id, kind) + ", ".join(said[:_NAMED])
    if len(errors) > _NAMED:
        yield f"and {len(errors) - _NAMED} nodes more"


def _node(node_id: Any, kind: Any) -> str:
    if node_id is None or node_id == "":
        return f"{kind}: " if kind else ""
    return f"node {node_id} ({kind}): " if kind else f"node {node_id}: "


def _gist(message: str) -> str:
    """A message, of a traceback its last line."""
    if "Traceback (most recent call last)" not in message and '\n  File "' not in message:
        return message
    return next((line.strip() for line in reversed(message.splitlines()) if line.strip()), "")


def _json(value: Any) -> str:
    try:
        return orjson.dumps(value).decode()
    except orjson.JSONEncodeError:
        return str(value)


def _clean(text: str) -> str | None:
    """One line without keys and without what a terminal obeys, not too long."""
    # Cut before, so that nobody's megabytes are looked through, and after, so that no half of a key is left.
    text = redact(text[: 10 * _LONGEST])
    text = " ".join("".join(one if one.isprintable() else " " for one in text).split())
    return (text if len(text) <= _LONGEST else f"{text[: _LONGEST - 1]}…") or None
