"""Runs and their outputs as JSON."""

import struct
from collections.abc import Iterable
from typing import Any, Final

from stationthis_sdk.local.answers.timestamps import padded, short
from stationthis_sdk.local.rows.runs import Output, Run
from stationthis_sdk.local.storage.links import LINKS
from stationthis_sdk.local.strictness import strict

__all__ = ["float32", "output_id_of", "outputs_json", "raw_output_json", "run_json", "with_urls"]

_SIGNED_KINDS: Final = ("images", "gifs", "files", "mesh")
_MEDIA_FIELDS: Final = ("url", "type", "filename", "is_public", "subfolder", "upload_duration")


def float32(value: float) -> float:
    """A number as the service keeps progress: in single precision."""
    return float(struct.unpack("f", struct.pack("f", value))[0])


def _seconds(end: int | None, start: int | None) -> float | None:
    return None if end is None or start is None else (end - start) / 1_000_000


def run_json(
    run: Run, outputs: Iterable[Output], base: str, queue_position: int | None = None
) -> dict[str, Any]:
    """A run as GET run shows it."""
    return {
        "id": run.id,
        "workflow_version_id": run.workflow_version_id,
        "workflow_inputs": run.workflow_inputs,
        "workflow_id": run.workflow_id,
        "machine_id": run.machine_id,
        "origin": run.origin,
        "status": run.status,
        "ended_at": padded(run.ended_at),
        "created_at": padded(run.created_at),
        "updated_at": padded(run.updated_at),
        "queued_at": padded(run.queued_at),
        "started_at": padded(run.started_at),
        "gpu_event_id": run.gpu_event_id,
        "gpu": run.gpu,
        "machine_version": None,
        "machine_type": run.machine_type,
        "modal_function_call_id": run.call_id,
        "user_id": run.user_id,
        "org_id": run.org_id,
        "live_status": run.live_status,
        "progress": float32(run.progress),
        "is_realtime": False,
        "webhook": run.webhook,
        "webhook_status": None,
        "webhook_intermediate_status": bool(run.webhook_intermediate_status),
        "outputs": outputs_json(outputs, base),
        "number": 0,
        "duration": _seconds(run.ended_at, run.created_at),
        "cold_start_duration": _seconds(run.started_at, run.queued_at),
        "cold_start_duration_total": _seconds(run.started_at, run.created_at),
        "run_duration": _seconds(run.ended_at, run.started_at) if run.started_at else None,
        "queue_position": queue_position,
    }


def outputs_json(outputs: Iterable[Output], base: str) -> list[dict[str, Any]]:
    """Outputs as GET run and sync show them; entries that don't fit are dropped whole, as the service does."""
    return [
        {
            "id": output.id,
            "output_id": output_id_of(output.data),
            "run_id": output.run_id,
            "data": data,
            "node_meta": output.node_meta,
            "created_at": padded(output.created_at),
            "updated_at": padded(output.created_at),
            "type": None,
            "node_id": None,
        }
        for output in outputs
        if (data := _fitting(with_urls(output.data, base))) is not None
    ]


def raw_output_json(output: Output, base: str) -> dict[str, Any]:
    """An output as webhooks carry it: nothing dropped, ``output_id`` only when known."""
    output_id = output_id_of(output.data)
    return {
        "data": with_urls(output.data, base),
        "node_meta": output.node_meta,
        "id": output.id,
        "run_id": output.run_id,
        "created_at": short(output.created_at),
        "updated_at": short(output.created_at),
        **({} if output_id is None else {"output_id": output_id}),
    }


def _fitting(data: Any) -> dict[str, list[Any]] | None:
    if not isinstance(data, dict):
        return None
    kinds: dict[str, list[Any]] = {}
    for kind, items in data.items():
        if not isinstance(items, list):
            return None
        kept: list[Any] = []
        for item in items:
            if isinstance(item, str | bool):
                kept.append(item)
            elif isinstance(item, dict) and all(
                isinstance(item.get(name), str) for name in ("url", "type", "filename")
            ):
                kept.append({name: item.get(name) for name in _MEDIA_FIELDS})
            else:
                return None
        kinds[kind] = kept
    return kinds


def output_id_of(data: Any) -> str | None:
    """The name an output node was given, lifted from the first media item that carries one."""
    if not isinstance(data, dict):
        return None
    for kind in ("images", "files", "gifs", "mesh"):
        items = data.get(kind)
        for item in items if isinstance(items, list) else ():
            if isinstance(item, dict) and item.get("output_id"):
                return str(item["output_id"])
    return None


def with_urls(data: Any, base: str) -> Any:
    """Make the files' paths absolute, as the port may differ from one start to the next, and sign the private ones."""
    if not isinstance(data, dict):
        return data
    return {
        kind: [_with_url(kind, item, base) for item in items] if isinstance(items, list) else items
        for kind, items in data.items()
    }


def _with_url(kind: str, item: Any, base: str) -> Any:
    if not isinstance(item, dict) or not str(item.get("url")).startswith("/files/"):
        return item
    path: str = item["url"]
    if not path.startswith("/files/private/"):
        return {**item, "url": base + path}
    # A private file of another kind gets a link that nobody can read, as in the service.
    link = LINKS.get().readable(path) if kind in _SIGNED_KINDS or strict() else path
    return {**item, "url": base + link, "is_public": False}
