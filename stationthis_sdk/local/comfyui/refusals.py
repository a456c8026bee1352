"""Why ComfyUI would not take a graph, for the person whose graph it is."""

from collections.abc import Mapping
from itertools import islice
from typing import Any, Final

from stationthis_sdk.local.comfyui.client import Answer
from stationthis_sdk.local.comfyui.translate import Translated
from stationthis_sdk.local.comfyui.words import one_line, plain
from stationthis_sdk.local.engines import GraphRefused

__all__ = ["refusal"]

_TOLD: Final = 10
_NODES: Final = 100
_LONGEST: Final = 2000
_KEPT: Final = ("input_name", "received_value")


def refusal(answer: Answer, given: Translated) -> GraphRefused | None:
    """What to raise for the answer to ``POST /prompt``; None when the graph is queued whole.

    A graph of which ComfyUI would run a part only is refused as well: the plugin says so too, and half of what was
    asked for is not what was asked for.
    """
    body = answer.body if isinstance(answer.body, dict) else {}
    errors = _node_errors(body.get("node_errors"), given)
    if answer.status == 200 and isinstance(body.get("prompt_id"), str) and not errors:
        return None
    told = body.get("error")
    error = told if isinstance(told, dict) else {"message": told} if isinstance(told, str) else {}
    if errors and not error:
        reason = f"a part of the graph can't run, so none of it was: {_reasons(errors)}"
        return GraphRefused(
            reason, errors, "prompt_outputs_failed_validation", "Prompt outputs failed validation"
        )
    if not error:
        reason = (
            "ComfyUI could not read the graph (it answered "
            f"{answer.status}): export it in API format, or look into ComfyUI's log"
        )
        return GraphRefused(reason, errors)
    message, details = plain(error.get("message") or "refused"), plain(error.get("details") or "")
    reason = _reasons(errors) or (f"{message} ({details})" if details else message)
    return GraphRefused(reason, errors, one_line(error.get("type") or "invalid_prompt", 60), message, details)


def _node_errors(found: Any, given: Translated) -> dict[str, Any]:
    """ComfyUI's node_errors by the nodes of the run's own graph, without tracebacks and the server's lists."""
    errors: dict[str, Any] = {}
    for name, entry in islice(found.items(), _NODES) if isinstance(found, dict) else ():
        if not isinstance(entry, dict):
            continue
        node_id = given.owners.get(name, one_line(name, 100))
        place = errors.setdefault(
            node_id,
            {
                "class_type": given.classes.get(node_id) or one_line(entry.get("class_type") or "", 100),
                "dependent_outputs": _ids(entry.get("dependent_outputs")),
                "errors": [],
            },
        )
        listed = entry.get("errors")
        for error in listed[:_TOLD] if isinstance(listed, list) else ():
            if isinstance(error, dict):
                place["errors"].append(_error(error))
    return errors


def _ids(listed: Any) -> list[str]:
    return [one_line(one, 60) for one in listed[:_NODES]] if isinstance(listed, list) else []


def _error(error: Mapping[str, Any]) -> dict[str, Any]:
    extra = error.get("extra_info")
    kept = {name: plain(extra[name]) for name in _KEPT if name in extra} if isinstance(extra, dict) else {}
    return {
        "type": one_line(error.get("type") or "", 60),
        "message": plain(error.get("message") or ""),
        "details": plain(error.get("details") or ""),
        "extra_info": kept,
    }


def _reasons(errors: Mapping[str, Any]) -> str:
    """All in one line, in an order that does not change from one answer to the next."""
    told = [
        f"node {node_id} ({entry['class_type']}): "
        + "; ".join(sorted(f"{one['message']}: {one['details']}".rstrip(": ") for one in entry["errors"]))
        for node_id, entry in sorted(errors.items())
    ]
    return one_line("; ".join(told[:_TOLD]), _LONGEST)
