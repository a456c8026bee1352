"""Runs as the gateway's own page shows them: with their names, the reason of a failure, and paths without a host."""

import base64
from collections.abc import Iterable, Mapping
from typing import Any, Final

from stationthis_sdk.local.answers.run import output_id_of, with_urls
from stationthis_sdk.local.answers.run_list import shown_status
from stationthis_sdk.local.engines import Previewed
from stationthis_sdk.local.rows.machines import Machine
from stationthis_sdk.local.rows.runs import Output, Run
from stationthis_sdk.local.rows.workflows import Deployment, Workflow
from stationthis_sdk.local.strictness import strict

__all__ = ["preview_json", "watched_json"]

_TEXT: Final = 2_000
_ITEMS: Final = 100
_PREVIEW: Final = 1_000_000
_PICTURES: Final = frozenset({"image/jpeg", "image/png", "image/webp"})


def watched_json(
    run: Run,
    outputs: Iterable[Output],
    workflow: Workflow | None,
    machine: Machine | None,
    deployment: Deployment | None,
) -> dict[str, Any]:
    """A run with all that the page tells of it; times in milliseconds since 1970, long texts cut."""
    return {
        "id": run.id,
        "name": _cut(workflow.name if workflow else "a workflow that is gone"),
        "environment": deployment and deployment.environment,
        "workflow_id": run.workflow_id,
        "deployment_id": run.deployment_id,
        "machine_id": run.machine_id,
        "machine": _cut(machine.name if machine else "a machine that is gone"),
        "status": shown_status(run),
        "live_status": _cut(run.live_status),
        "progress": run.progress,
        "error": _cut(run.error),
        "can_cancel": run.call_id is not None or strict(),
        "inputs": _cut(run.workflow_inputs),
        "outputs": [_output_json(output) for output in outputs],
        "created_at": run.created_at // 1000,
        "started_at": run.started_at and run.started_at // 1000,
        "ended_at": run.ended_at and run.ended_at // 1000,
    }


def preview_json(run: Run, preview: Previewed) -> dict[str, str] | None:
    """A picture of unfinished work; None for what a page should not be given."""
    if preview.mime not in _PICTURES or len(preview.content) > _PREVIEW:
        return None
    content = base64.b64encode(preview.content).decode("ascii")
    return {"id": run.id, "url": f"data:{preview.mime};base64,{content}"}


def _output_json(output: Output) -> dict[str, Any]:
    return {
        "id": output.id,
        "output_id": _cut(output_id_of(output.data)),
        "data": _cut(with_urls(output.data, "")),
    }


def _cut(value: Any) -> Any:
    """The same, but small: what is too long ends in an ellipsis, what is too much is left out."""
    if isinstance(value, str):
        # Half a surrogate pair is no text that could be sent.
        text = value if len(value) <= _TEXT else f"{value[:_TEXT]}…"
        return text.encode("utf-8", "replace").decode()
    if isinstance(value, Mapping):
        return {_cut(str(name)): _cut(one) for name, one in list(value.items())[:_ITEMS]}
    if isinstance(value, list):
        return [_cut(one) for one in value[:_ITEMS]]
    return value
