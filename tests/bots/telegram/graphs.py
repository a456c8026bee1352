"""Graphs that the tests deploy."""

from typing import Any


def _input(kind: str, name: str, default: Any, **more: Any) -> dict[str, Any]:
    given = {"input_id": name, "default_value": default, "display_name": "", "description": "", **more}
    return {"class_type": f"ComfyUIDeployExternal{kind}", "inputs": given}


def _small(batch: int) -> dict[str, Any]:
    return {
        "1": _input("Text", "prompt", "a fox"),
        "2": {
            "class_type": "EmptyImage",
            "inputs": {"width": 16, "height": 16, "batch_size": batch, "color": 255},
        },
        "3": {"class_type": "SaveImage", "inputs": {"images": ["2", 0], "filename_prefix": "x"}},
    }


PORTRAIT = _small(1)
ALBUM = _small(11)
ECHO = {
    "1": _input("Text", "words", ""),
    "2": {
        "class_type": "ComfyDeployOutputText",
        "inputs": {"text": ["1", 0], "filename_prefix": "x", "file_type": "txt"},
    },
}
INVERT = {
    "1": {
        "class_type": "ComfyUIDeployExternalImage",
        "inputs": {"input_id": "picture", "display_name": "", "description": ""},
    },
    "2": {"class_type": "ImageInvert", "inputs": {"image": ["1", 0]}},
    "3": {"class_type": "SaveImage", "inputs": {"images": ["2", 0], "filename_prefix": "x"}},
}
PAINT = {**INVERT, "4": _input("Text", "prompt", "a fox")}
"""Takes a picture and words."""
