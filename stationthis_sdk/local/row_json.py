"""Each row as JSON, in the shape the service gives it."""

import struct
from collections.abc import Callable, Iterable, Mapping
from typing import Any, Final

from stationthis_sdk.graphs import GraphInput, external_inputs
from stationthis_sdk.local.rows import Deployment, Machine, Output, Run, Version, Workflow
from stationthis_sdk.local.timestamps import naive, padded, short, spaced

__all__ = [
    "deployment_json",
    "machine_json",
    "outputs_json",
    "run_json",
    "version_json",
    "workflow_json",
]

_MEDIA_FIELDS: Final = ("url", "type", "filename", "is_public", "subfolder", "upload_duration")
_STD_OUTPUTS: Final = ("ComfyDeployStdOutputImage", "ComfyDeployStdOutputAny")


def _float32(value: float) -> float:
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
        "gpu_event_id": None,
        "gpu": run.gpu,
        "machine_version": None,
        "machine_type": run.machine_type,
        "modal_function_call_id": run.call_id,
        "user_id": run.user_id,
        "org_id": None,
        "live_status": run.live_status,
        "progress": _float32(run.progress),
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
    """Make the files' paths absolute; the port may differ from one start of the gateway to the next."""
    if not isinstance(data, dict):
        return data
    return {
        kind: [
            {**item, "url": base + item["url"]}
            if isinstance(item, dict) and str(item.get("url")).startswith("/files/")
            else item
            for item in items
        ]
        if isinstance(items, list)
        else items
        for kind, items in data.items()
    }


def machine_json(machine: Machine) -> dict[str, Any]:
    """A machine as the list shows it."""
    return {
        "id": machine.id,
        "user_id": machine.user_id,
        "name": machine.name,
        "created_at": naive(machine.created_at),
        "updated_at": naive(machine.updated_at),
        "type": machine.type,
        "org_id": None,
        "status": machine.status,
        "gpu": machine.gpu,
        "machine_version": None,
        "machine_builder_version": "4",
        "comfyui_version": None,
        "import_failed_logs": None,
        "machine_version_id": None,
        "is_workspace": False,
    }


def workflow_json(workflow: Workflow, versions: Iterable[Version]) -> dict[str, Any]:
    """A workflow with its newest versions; ``[null]`` when it has none, as the service does."""
    shown: list[Any] = [version_json(version, naive) for version in versions]
    return {
        "id": workflow.id,
        "user_id": workflow.user_id,
        "name": workflow.name,
        "created_at": spaced(workflow.created_at),
        "updated_at": spaced(workflow.updated_at),
        "org_id": None,
        "selected_machine_id": workflow.selected_machine_id,
        "pinned": False,
        "deleted": False,
        "description": workflow.description,
        "cover_image": None,
        "versions": shown or [None],
    }


def version_json(
    version: Version, time_format: Callable[[int], str | None] = short, *, new: bool = False
) -> dict[str, Any]:
    """A version; the answer to creating one (``new``) lacks two fields, as in the service."""
    shown = {
        "id": version.id,
        "workflow_id": version.workflow_id,
        "workflow": version.workflow,
        "workflow_api": version.workflow_api,
        "version": version.version,
        "user_id": version.user_id,
        "comment": version.comment,
        "created_at": time_format(version.created_at),
        "updated_at": time_format(version.updated_at),
        "machine_id": version.machine_id,
        "machine_version_id": version.machine_version_id,
        "comfyui_snapshot": version.comfyui_snapshot,
    }
    return shown if new else {**shown, "snapshot": None, "dependencies": None}


def deployment_json(
    deployment: Deployment, workflow: Workflow | None = None, version: Version | None = None
) -> dict[str, Any]:
    """A deployment; with its workflow and version in GETs, without them in the answer to POST."""
    return {
        "id": deployment.id,
        "user_id": deployment.user_id,
        "org_id": None,
        "workflow_version_id": deployment.workflow_version_id,
        "workflow_id": deployment.workflow_id,
        "machine_id": deployment.machine_id,
        "share_slug": deployment.share_slug,
        "description": deployment.description,
        "share_options": None,
        "showcase_media": None,
        "environment": deployment.environment,
        "created_at": padded(deployment.created_at),
        "updated_at": padded(deployment.updated_at),
        "workflow": workflow and {"id": workflow.id, "name": workflow.name, "cover_url": None},
        "version": version and version_json(version),
        "machine": None,
        "input_types": version and input_types(version.workflow_api),
        "output_types": version and output_types(version),
        "dub_link": None,
        "gpu": deployment.gpu,
        "machine_version_id": deployment.machine_version_id,
        "modal_image_id": deployment.modal_image_id,
        "concurrency_limit": deployment.concurrency_limit,
        "run_timeout": deployment.run_timeout,
        "idle_timeout": deployment.idle_timeout,
        "keep_warm": deployment.keep_warm,
        "activated_at": None,
        "modal_app_id": None,
    }


def input_types(graph: Any) -> list[dict[str, Any]]:
    """A deployment's inputs. An enum whose options are no JSON list breaks the whole answer, as in the service."""
    if not isinstance(graph, Mapping):
        return []
    return [
        _input_type(field, graph[field.node_id]["inputs"])
        for field in external_inputs(graph)
        if field.external.listed
    ]


def _input_type(field: GraphInput, written: Mapping[str, Any]) -> dict[str, Any]:
    if field.options is None and field.options_text is not None:
        raise ValueError(f"the options of input {field.input_id!r} are no JSON list")
    return {
        "type": field.external.type,
        "class_type": field.class_type,
        "input_id": field.input_id,
        "default_value": written.get("default_value"),  # may be a link, unlike the reader's default
        "min_value": field.minimum,
        "max_value": field.maximum,
        "display_name": field.display_name,
        "description": field.description,
        "enum_options": None if field.options is None else list(field.options),
        "step": field.step,
    }


def output_types(version: Version) -> list[dict[str, Any]]:
    """Only two old output classes are known here, named by their first widget in the editor's graph."""
    graph = version.workflow_api if isinstance(version.workflow_api, Mapping) else {}
    nodes = version.workflow.get("nodes") if isinstance(version.workflow, Mapping) else None
    widgets = {
        str(node.get("id")): node["widgets_values"][0]
        for node in (nodes if isinstance(nodes, list) else ())
        if isinstance(node, Mapping)
        and isinstance(node.get("widgets_values"), list)
        and node["widgets_values"]
    }
    return [
        {"class_type": node["class_type"], "output_id": widgets[node_id]}
        for node_id, node in graph.items()
        if isinstance(node, Mapping)
        and node.get("class_type") in _STD_OUTPUTS
        and isinstance(widgets.get(node_id), str)
    ]
