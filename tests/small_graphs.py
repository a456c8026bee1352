"""Small graphs that the tests of workflows upload, and the service's words on them."""

from typing import Any

ID = "90e08208-6079-4e97-b95d-91998d56d1b6"
VERSION = "0b1f6c7e-58ea-4a6c-9c63-fd0a4c1d9a55"
GRAPH: dict[str, Any] = {
    "1": {
        "class_type": "ComfyUIDeployExternalText",
        "inputs": {"input_id": "prompt", "default_value": "a fox", "display_name": "", "description": ""},
    },
    "2": {
        "class_type": "EmptyImage",
        "inputs": {"width": 16, "height": 16, "batch_size": 1, "color": 255},
    },
    "3": {"class_type": "SaveImage", "inputs": {"images": ["2", 0], "filename_prefix": "x"}},
}
UI = {
    "nodes": [
        {"id": 2, "type": "EmptyImage", "mode": 0, "inputs": [], "widgets_values": [16, 24, 1, 255]},
        {
            "id": 3,
            "type": "SaveImage",
            "mode": 0,
            "inputs": [{"name": "images", "type": "IMAGE", "link": 1}],
            "widgets_values": ["x"],
        },
    ],
    "links": [[1, 2, 0, 3, 0, "IMAGE"]],
    "version": 0.4,
}
OBJECT_INFO = {
    "EmptyImage": {
        "input": {"required": {name: ["INT", {}] for name in ("width", "height", "batch_size", "color")}}
    },
    "SaveImage": {"input": {"required": {"images": ["IMAGE"], "filename_prefix": ["STRING", {}]}}},
}


def row(**more: Any) -> dict[str, Any]:
    """A workflow as the service tells of it."""
    return {"id": ID, "name": "portrait", "pinned": False, "user_id": "u", **more}


def version_row(number: int = 1, graph: Any = None) -> dict[str, Any]:
    """A version as the service tells of it."""
    return {"id": VERSION, "workflow_id": ID, "version": number, "workflow_api": graph or GRAPH}


def asked(st: Any, method: str = "GET") -> list[str]:
    """What was asked, without the API's address."""
    return [
        one.url.partition("/api")[2].partition("?")[0] for one in st.last_requests if one.method == method
    ]
