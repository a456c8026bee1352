"""What a new data folder holds: two machines, four workflows, and a production deployment of each."""

import json
from collections.abc import Mapping, Sequence
from typing import Any, Final

from stationthis_sdk.local.clock import now
from stationthis_sdk.local.database import Tables
from stationthis_sdk.local.engine.drawing.palettes import PALETTES
from stationthis_sdk.local.requests.caller import Caller
from stationthis_sdk.local.rows.machines import Machine
from stationthis_sdk.local.rows.workflows import Deployment, Version, Workflow

__all__ = ["OWNER", "fill_workspace", "match_comfyui"]

OWNER: Final = Caller("user_local")
"""Who the folder's key belongs to."""

_SERVERLESS: Final = "comfy-deploy-serverless"
_P: Final = "ComfyUIDeployExternal"
_SEED_MAX: Final = 2**32 - 1

_Graph = dict[str, dict[str, Any]]


def fill_workspace(tables: Tables) -> None:
    """Fill a new workspace; one that has machines is left as it is."""
    if tables.count(Machine, "1"):
        return
    here = Machine(user_id=OWNER.user_id, name="this-machine", type=_SERVERLESS, gpu="CPU")
    tables.add(here)
    tables.add(Machine(user_id=OWNER.user_id, name="classic-machine", type="classic"))
    for name, description, graph in (
        ("train-lora", "Fits a small linear autoencoder to your pictures.", _train_lora()),
        (
            "picture-with-lora",
            "Draws a procedural picture in a trained LoRA's colours.",
            _picture_with_lora(),
        ),
        (
            "picture-to-picture",
            "Draws over a picture of yours, keeping what it shows.",
            _picture_to_picture(),
        ),
        ("text-to-picture", "Draws a procedural picture from a few words.", _text_to_picture()),
    ):
        workflow = Workflow(
            user_id=OWNER.user_id, name=name, description=description, selected_machine_id=here.id
        )
        version = Version(
            workflow_id=workflow.id,
            user_id=OWNER.user_id,
            workflow=editor_graph(graph),
            workflow_api=graph,
            comment="initial version",
            machine_id=here.id,
        )
        deployment = Deployment(
            user_id=OWNER.user_id,
            workflow_id=workflow.id,
            workflow_version_id=version.id,
            machine_id=here.id,
            environment="production",
            description=description,
        )
        for row in (workflow, version, deployment):
            tables.add(row)


def match_comfyui(addresses: Sequence[str], tables: Tables) -> None:
    """A machine for each of these ComfyUI servers, and none for those that are gone."""
    kept = {
        machine.name: machine
        for machine in tables.find(Machine, f"{OWNER.own} AND name LIKE 'comfyui%'", OWNER.owner)
        if machine.type == _SERVERLESS and machine.endpoint is not None
    }
    for number, address in enumerate(addresses, 1):
        name = "comfyui" if number == 1 else f"comfyui-{number}"
        machine = kept.pop(name, None)
        if machine is None:
            tables.add(
                Machine(user_id=OWNER.user_id, name=name, type=_SERVERLESS, gpu="CPU", endpoint=address)
            )
        elif (machine.endpoint, machine.deleted) != (address, 0):
            tables.change(Machine, machine.id, endpoint=address, deleted=0, updated_at=now())
    for machine in kept.values():
        if not machine.deleted:
            tables.change(Machine, machine.id, deleted=1, updated_at=now())


def _external(kind: str, input_id: str, display_name: str, description: str, **fields: Any) -> dict[str, Any]:
    words = {"display_name": display_name, "description": description}
    return {"class_type": f"{_P}{kind}", "inputs": {"input_id": input_id, **fields, **words}}


def _seed(description: str) -> dict[str, Any]:
    return _external("Seed", "seed", "Seed", description, default_value=-1, min_value=0, max_value=_SEED_MAX)


def _common(prompt: str) -> _Graph:
    return {
        "1": _external("Text", "prompt", "Prompt", "What to draw", default_value=prompt),
        "2": _seed("The same seed draws the same picture; -1 is a new one each time"),
        "3": _external(
            "NumberSliderInt",
            "steps",
            "Steps",
            "More steps, finer detail",
            default_value=20,
            min_value=1,
            max_value=60,
        ),
        "4": _external(
            "Enum",
            "style",
            "Style",
            "The colours",
            default_value="auto",
            options=json.dumps(["auto", *PALETTES]),
        ),
    }


def _drawn(graph: _Graph, **fields: Any) -> _Graph:
    graph["8"] = {
        "class_type": "StationThisPicture",
        "inputs": {"prompt": ["1", 0], "seed": ["2", 0], "steps": ["3", 0], "palette": ["4", 0], **fields},
    }
    graph["9"] = {
        "class_type": "ComfyDeployOutputImage",
        "inputs": {
            "images": ["8", 0],
            "filename_prefix": "picture",
            "file_type": "png",
            "quality": 80,
            "output_id": "picture",
        },
    }
    return graph


def _text_to_picture() -> _Graph:
    return _drawn(_sized(_common("a lighthouse at dusk")), width=["5", 0], height=["6", 0])


def _sized(graph: _Graph) -> _Graph:
    for node_id, name, what in (("5", "width", "Width"), ("6", "height", "Height")):
        graph[node_id] = _external(
            "NumberSliderInt",
            name,
            what,
            f"{what} in pixels",
            default_value=512,
            min_value=16,
            max_value=2048,
        )
    return graph


def _picture_with_lora() -> _Graph:
    graph = _text_to_picture()
    graph["7"] = _external(
        "Lora", "lora", "LoRA", "One that train-lora gave, by its file's name in loras", default_lora_name=""
    )
    graph["10"] = _external(
        "NumberSlider",
        "lora_strength",
        "LoRA strength",
        "0 leaves the picture as it is, 1 tells it by the LoRA alone",
        default_value=0.8,
        min_value=0.0,
        max_value=1.0,
        step=0.05,
    )
    graph["11"] = {
        "class_type": "StationThisApplyLora",
        "inputs": {"image": ["8", 0], "lora": ["7", 0], "strength": ["10", 0]},
    }
    graph["9"]["inputs"]["images"] = ["11", 0]
    return graph


def _train_lora() -> _Graph:
    graph = {
        "1": _external(
            "File",
            "dataset",
            "Dataset",
            "A ZIP of pictures, each with its caption in a .txt of the same name",
            file_url="",
        ),
        "2": _external(
            "Text", "lora_name", "Name", "What the LoRA's file is called", default_value="my-lora"
        ),
        "3": _external("Text", "trigger", "Trigger", "The word that calls the LoRA", default_value=""),
        "4": _external(
            "NumberSliderInt",
            "steps",
            "Steps",
            "How often the weights are bettered",
            default_value=200,
            min_value=1,
            max_value=20_000,
        ),
        "5": _external(
            "Number", "learning_rate", "Learning rate", "How far each step goes", default_value=4e-4
        ),
        "6": _external(
            "NumberSliderInt",
            "rank",
            "Rank",
            "How much the LoRA can hold",
            default_value=16,
            min_value=1,
            max_value=128,
        ),
        "7": _seed("The same seed gives the same weights; -1 is a new one each time"),
    }
    names = ("dataset", "lora_name", "trigger", "steps", "learning_rate", "rank", "seed")
    given = {name: [str(number), 0] for number, name in enumerate(names, 1)}
    graph["8"] = {"class_type": "StationThisTrainLora", "inputs": given}
    for node_id, class_type, inputs in (
        ("9", "File", {"file_path": ["8", 0], "output_id": "weights"}),
        (
            "10",
            "Image",
            {
                "images": ["8", 1],
                "filename_prefix": "samples",
                "file_type": "png",
                "quality": 80,
                "output_id": "samples",
            },
        ),
        ("11", "File", {"file_path": ["8", 2], "output_id": "loss"}),
    ):
        graph[node_id] = {"class_type": f"ComfyDeployOutput{class_type}", "inputs": inputs}
    return graph


def _picture_to_picture() -> _Graph:
    graph = _common("the same, at dawn")
    graph["5"] = _external(
        "Image", "input_image", "Picture", "The picture to start from", default_value_url=""
    )
    graph["6"] = _external(
        "NumberSlider",
        "strength",
        "Strength",
        "0 keeps the picture, 1 draws all anew",
        default_value=0.6,
        min_value=0.0,
        max_value=1.0,
        step=0.05,
    )
    return _drawn(graph, image=["5", 0], strength=["6", 0])


def editor_graph(graph: Mapping[str, Mapping[str, Any]]) -> dict[str, Any]:
    """The graph as the editor saves it: placed nodes, widgets in order (``input_id`` first), numbered links."""
    nodes: list[dict[str, Any]] = []
    links: list[list[Any]] = []
    for order, (node_id, node) in enumerate(graph.items()):
        slots: list[dict[str, Any]] = []
        for name, value in node["inputs"].items():
            if isinstance(value, list):
                links.append([len(links) + 1, int(value[0]), value[1], int(node_id), len(slots), "*"])
                slots.append({"name": name, "type": "*", "link": len(links)})
        nodes.append(
            {
                "id": int(node_id),
                "type": node["class_type"],
                "pos": [40 + 340 * (order // 4), 40 + 220 * (order % 4)],
                "size": [300, 180],
                "flags": {},
                "order": order,
                "mode": 0,
                "inputs": slots,
                "outputs": [],
                "properties": {"Node name for S&R": node["class_type"]},
                "widgets_values": [value for value in node["inputs"].values() if not isinstance(value, list)],
            }
        )
    for node in nodes:
        out = [link[0] for link in links if link[1] == node["id"]]
        node["outputs"] = [{"name": "value", "type": "*", "links": out}] if out else []
    return {
        "last_node_id": max(int(node_id) for node_id in graph),
        "last_link_id": len(links),
        "nodes": nodes,
        "links": links,
        "groups": [],
        "config": {},
        "extra": {},
        "version": 0.4,
    }
