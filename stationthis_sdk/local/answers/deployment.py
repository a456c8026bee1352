"""Deployments as JSON, with what goes in and comes out."""

from collections.abc import Iterator, Mapping
from typing import Any, Final

from stationthis_sdk.graphs.external import GraphInput, external_inputs
from stationthis_sdk.local.answers.timestamps import padded
from stationthis_sdk.local.answers.workflow import version_json
from stationthis_sdk.local.rows.machines import Machine
from stationthis_sdk.local.rows.workflows import Deployment, Version, Workflow
from stationthis_sdk.local.strictness import strict

__all__ = ["deployment_json", "featured_json", "input_types", "output_types", "shared_deployment_json"]

_STD_OUTPUTS: Final = ("ComfyDeployStdOutputImage", "ComfyDeployStdOutputAny")


def deployment_json(
    deployment: Deployment,
    workflow: Workflow | None = None,
    version: Version | None = None,
    machine: Machine | None = None,
) -> dict[str, Any]:
    """A deployment; with its workflow and version in GETs, without them in the answers to POST and PATCH.

    Its machine is shown among the deployments of a workflow only.
    """
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
        "workflow": workflow
        and {"id": workflow.id, "name": workflow.name, "cover_url": workflow.cover_image},
        "version": version and version_json(version),
        "machine": machine and {"id": machine.id, "name": machine.name},
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
        "activated_at": padded(deployment.activated_at),
        "modal_app_id": deployment.modal_app_id,
    }


def shared_deployment_json(deployment: Deployment, workflow: Workflow, version: Version) -> dict[str, Any]:
    """A share as others see it: its inputs with all the fields of their nodes, no graph."""
    return {
        "id": deployment.id,
        "user_id": deployment.user_id,
        "org_id": deployment.org_id,
        "share_slug": deployment.share_slug,
        "description": deployment.description,
        "environment": deployment.environment,
        "workflow": {"name": workflow.name, "id": workflow.id, "cover_image": workflow.cover_image},
        "input_types": [
            {**graph_fields, **_named(shown), **_options(shown)}
            for shown, graph_fields in _inputs(version.workflow_api)
        ],
        "output_types": output_types(version),
    }


def _named(shown: Mapping[str, Any]) -> dict[str, Any]:
    names = ("class_type", "type", "default_value", "min_value", "max_value", "display_name", "description")
    return {name: shown[name] for name in ("input_id", *names)}


def _options(shown: Mapping[str, Any]) -> dict[str, Any]:
    return {} if shown["enum_options"] is None else {"enum_options": shown["enum_options"]}


def featured_json(deployment: Deployment, workflow: Workflow, version: Version) -> dict[str, Any]:
    """A share as the list of chosen ones shows it: with the editor's graph, without its id."""
    cover = workflow.cover_image
    named = {"id": workflow.id, "name": workflow.name, "cover_image": cover, "cover_url": cover}
    return {
        "workflow": {**named, "workflow": version.workflow},
        "description": deployment.description,
        "share_slug": deployment.share_slug,
    }


def input_types(graph: Any) -> list[dict[str, Any]]:
    """A deployment's inputs. An enum whose options are no JSON list breaks the whole answer, unless strict."""
    return [shown for shown, _ in _inputs(graph)]


def _inputs(graph: Any) -> Iterator[tuple[dict[str, Any], Mapping[str, Any]]]:
    """Each listed input, and the fields of its node as they were written."""
    for field in external_inputs(graph) if isinstance(graph, Mapping) else ():
        if field.external.listed:
            written = graph[field.node_id]["inputs"]
            yield _input_type(field, written), written


def _input_type(field: GraphInput, written: Mapping[str, Any]) -> dict[str, Any]:
    if field.options is None and field.options_text is not None and not strict():
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
