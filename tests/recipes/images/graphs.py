"""Graphs that draw, whose authors call things otherwise."""

from typing import Any

E = "ComfyUIDeployExternal"


def external(kind: str, name: str, **fields: Any) -> dict[str, Any]:
    """An input of a graph."""
    return {
        "class_type": f"{E}{kind}",
        "inputs": {"input_id": name, "display_name": "", "description": "", **fields},
    }


def drawn(graph: dict[str, Any], **links: Any) -> dict[str, Any]:
    """A picture made of these inputs, and kept."""
    picture = {
        "prompt": "a fox",
        "seed": 1,
        "steps": 1,
        "palette": "auto",
        "width": 32,
        "height": 32,
        **links,
    }
    return {
        **graph,
        "8": {"class_type": "StationThisPicture", "inputs": picture},
        "9": {
            "class_type": "ComfyDeployOutputImage",
            "inputs": {
                "images": ["8", 0],
                "filename_prefix": "p",
                "file_type": "png",
                "quality": 80,
                "output_id": "p",
            },
        },
    }


PRODUCT = drawn(
    {
        "1": external("Text", "input_prompt", default_value=""),
        "2": external("Seed", "input_seed", default_value=-1, min_value=0, max_value=2**32 - 1),
        "3": external("NumberSliderInt", "input_steps", default_value=2, min_value=1, max_value=20),
        "4": external("Text", "input_negative", default_value="blur"),
    },
    prompt=["1", 0],
    seed=["2", 0],
    steps=["3", 0],
)
"""As the product calls its inputs."""

UPSCALE = drawn(
    {
        "1": external("Image", "photo", default_value_url=""),
        "2": external("NumberSlider", "amount", default_value=0.5, min_value=0.0, max_value=1.0),
    },
    image=["1", 0],
    strength=["2", 0],
)
"""Takes a picture and no prompt."""

TAGGED = drawn(
    {
        "1": external("Text", "prompt", default_value=""),
        "2": external("Seed", "seed", default_value=-1, min_value=0, max_value=2**32 - 1),
        "3": external(
            "Lora", "lora_url", default_lora_name="", lora_save_name="", lora_url="", bearer_token=""
        ),
        "7": {"class_type": "PreviewAny", "inputs": {"source": ["3", 0]}},
    },
    prompt=["1", 0],
    seed=["2", 0],
)
"""Takes a LoRA, and says which."""

BROKEN = {
    "1": external("Text", "prompt", default_value=""),
    "2": external("Seed", "seed", default_value=-1, min_value=0, max_value=2**32 - 1),
    "8": {"class_type": "NoSuchNode", "inputs": {"text": ["1", 0], "seed": ["2", 0]}},
    "9": {"class_type": "SaveImage", "inputs": {"images": ["8", 0], "filename_prefix": "p"}},
}
"""Every run of it fails."""
