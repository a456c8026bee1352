"""Deployments as JSON, with what goes in and comes out."""

from collections.abc import Mapping
from typing import Any, Final

from stationthis_sdk.graphs import GraphInput, external_inputs
from stationthis_sdk.local.answers.workflow import version_json
from stationthis_sdk.local.rows.workflows import Deployment, Version, Workflow
from stationthis_sdk.local.timestamps import padded

__all__ = ["deployment_json", "input_types", "output_types"]

_STD_OUTPUTS: Final = ("ComfyDeployStdOutputImage", "ComfyDeployStdOutputAny")


def deployment_json(
    deployment: Deployment, workflow: Workflow | None = None, version: Version | None = None
) -> dict[str, Any]:
    """A deployment; with its workflow and version in GETs, without them in the answer to POST."""
    return {
        "id": deployment.id,
        "user_id": deployment.user_id,
        "org_id": deployment.org_id,
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
