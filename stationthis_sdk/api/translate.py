"""From the generated models to our own data: here UNSET, None and five forms of time end. Pure."""

import math
from collections.abc import Mapping
from typing import Any

from stationthis_sdk.entities import (
    SUBMIT_INPUT,
    DeploymentRecord,
    Machine,
    RunRecord,
    RunState,
    UploadedFile,
    is_uuid,
    parse_time,
    without_submit,
)
from stationthis_sdk.outputs.normalise import normalise

__all__ = ["deployment", "machine", "run", "run_id", "uploaded_file"]


def run(answer: Any) -> RunRecord:
    """A run, from ``GET /run/{id}``."""
    inputs = _object(answer.workflow_inputs)
    submit_id = inputs.get(SUBMIT_INPUT)
    fraction = _number(answer.progress) or 0.0
    return RunRecord(
        id=answer.id,
        state=RunState(_text(answer.status) or "not-started"),
        fraction=min(1.0, max(0.0, round(fraction, 4))),
        live_status=_text(answer.live_status) or "",
        queue_position=_integer(answer.queue_position),
        inputs=without_submit(inputs),
        outputs=normalise(_plain(answer.outputs)),
        workflow_id=_text(answer.workflow_id),
        workflow_version_id=_text(answer.workflow_version_id),
        machine_id=_text(answer.machine_id),
        gpu=_text(answer.gpu),
        origin=_text(answer.origin),
        created_at=parse_time(answer.created_at),
        queued_at=parse_time(answer.queued_at),
        started_at=parse_time(answer.started_at),
        ended_at=parse_time(answer.ended_at),
        duration=_number(answer.duration),
        run_duration=_number(answer.run_duration),
        submit_id=submit_id if isinstance(submit_id, str) else None,
    )


def run_id(answer: Any) -> str:
    """The id of a run that was queued.

    Raises:
        ValueError: there is none, or what stands there is no id.
    """
    if not is_uuid(answer.run_id):
        raise ValueError("no run id")
    return str(answer.run_id)


def deployment(answer: Any) -> DeploymentRecord:
    """A deployment, from a list or on its own; its name is its workflow's."""
    workflow = _object(_plain(answer.workflow)).get("name")
    version = _object(_plain(answer.version))
    graph = version.get("workflow_api")
    inputs = _plain(answer.input_types)
    return DeploymentRecord(
        id=answer.id,
        name=_text(workflow) or _text(answer.share_slug) or answer.id,
        environment=_text(answer.environment) or "",
        workflow_id=_text(answer.workflow_id),
        workflow_version_id=_text(answer.workflow_version_id),
        machine_id=_text(answer.machine_id),
        share_slug=_text(answer.share_slug),
        description=_text(answer.description) or "",
        version=_integer(version.get("version")),
        graph=graph if isinstance(graph, dict) else None,
        input_types=tuple(field for field in inputs if isinstance(field, dict))
        if isinstance(inputs, list)
        else (),
        gpu=_text(answer.gpu),
        run_timeout=_integer(answer.run_timeout),
        concurrency_limit=_integer(answer.concurrency_limit),
        updated_at=parse_time(answer.updated_at),
    )


def machine(answer: Any) -> Machine:
    """A machine, from the list."""
    return Machine(
        id=answer.id,
        name=_text(answer.name) or answer.id,
        type=_text(answer.type_) or "",
        status=_text(answer.status) or "",
        gpu=_text(answer.gpu),
    )


def uploaded_file(answer: Any) -> UploadedFile:
    """What an upload left on the service."""
    return UploadedFile(
        id=_text(answer.file_id) or "", name=_text(answer.file_name) or "", url=answer.file_url
    )


def _plain(value: Any) -> Any:
    """Generated models, alone or in a list, as JSON again; odd values come through the parser as they were."""
    if isinstance(value, list):
        return [_plain(one) for one in value]
    return value.to_dict() if hasattr(value, "to_dict") else value


def _text(value: Any) -> str | None:
    return value if isinstance(value, str) and value else None


def _integer(value: Any) -> int | None:
    return value if isinstance(value, int) and not isinstance(value, bool) else None


def _number(value: Any) -> float | None:
    """Durations come as numbers, and as text in lists."""
    if isinstance(value, bool) or not isinstance(value, int | float | str):
        return None
    try:
        number = float(value)
    except ValueError:
        return None
    return number if math.isfinite(number) else None


def _object(value: Any) -> dict[str, Any]:
    return dict(value) if isinstance(value, Mapping) else {}
