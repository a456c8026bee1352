"""The smallest deployment there is: it repeats words."""

from typing import Any

GRAPH: dict[str, Any] = {
    "1": {
        "class_type": "ComfyUIDeployExternalText",
        "inputs": {"input_id": "words", "default_value": "", "display_name": "", "description": ""},
    },
    "2": {
        "class_type": "ComfyDeployOutputText",
        "inputs": {"text": ["1", 0], "filename_prefix": "x", "file_type": "txt"},
    },
}
