"""What the benchmark's service says: the shapes of ComfyUI Deploy's answers, with values of our own."""

from __future__ import annotations

import json
import struct
import zlib
from typing import Any

WORKFLOW = "00000000-0000-4000-8000-0000000000f0"
VERSION = "00000000-0000-4000-8000-0000000000e0"
MACHINE = "00000000-0000-4000-8000-0000000000d0"
DEPLOYMENT = "00000000-0000-4000-8000-0000000000c0"
NAME = "bench"
MOMENT = "2026-11-22T06:30:16.943000Z"


def identifier(number: int) -> str:
    """The id of the run of that number."""
    return f"{number:08x}-0000-4000-8000-000000000000"


def _node(kind: str, name: str, default: Any, **more: Any) -> dict[str, Any]:
    inputs = {"input_id": name, "default_value": default, "display_name": name, "description": f"The {name}."}
    return {"class_type": kind, "inputs": inputs | more}


GRAPH: dict[str, Any] = {
    "1": _node("ComfyUIDeployExternalText", "prompt", "a lighthouse"),
    "2": _node("ComfyUIDeployExternalNumberInt", "steps", 20, min_value=1, max_value=60),
    "3": _node("ComfyUIDeployExternalNumber", "cfg", 7.5, min_value=0.0, max_value=20.0),
    "5": _node("ComfyUIDeployExternalSeed", "seed", 1),
    "4": _node("ComfyUIDeployExternalNumberInt", "ms", 0),
    "9": {"class_type": "CheckpointLoaderSimple", "inputs": {"ckpt_name": "sd_xl_base_1.0.safetensors"}},
    "10": {"class_type": "CLIPTextEncode", "inputs": {"text": ["1", 0], "clip": ["9", 1]}},
    "11": {
        "class_type": "KSampler",
        "inputs": {
            "model": ["9", 0],
            "positive": ["10", 0],
            "negative": ["10", 0],
            "seed": ["5", 0],
            "steps": ["2", 0],
        }
        | {"cfg": ["3", 0], "sampler_name": "euler", "scheduler": "normal", "denoise": 1.0},
    },
    "12": {"class_type": "VAEDecode", "inputs": {"samples": ["11", 0], "vae": ["9", 2]}},
    "30": {"class_type": "SaveImage", "inputs": {"images": ["12", 0], "filename_prefix": "ComfyUI"}},
}
_EDITOR = {
    "extra": {},
    "links": [[number, number, 0, number + 1, 0, "IMAGE"] for number in range(30)],
    "nodes": [
        {
            "id": number,
            "pos": [number, 0],
            "type": "SaveImage",
            "widgets_values": [f"ComfyUI {number}", "png", 80],
        }
        for number in range(40)
    ],
    "config": {},
    "groups": [],
    "version": 0.4,
}


def deployment(number: int) -> dict[str, Any]:
    """One of the account's deployments, some 8 KB of it."""
    workflow = WORKFLOW if number == 0 else identifier(0xF0000 + number)
    return {
        "id": DEPLOYMENT if number == 0 else identifier(0xC0000 + number),
        "user_id": "user_bench",
        "org_id": None,
        "workflow_version_id": VERSION,
        "workflow_id": workflow,
        "machine_id": MACHINE,
        "share_slug": None,
        "description": "Draws what is asked for.",
        "share_options": None,
        "showcase_media": None,
        "environment": "production",
        "created_at": MOMENT,
        "updated_at": MOMENT,
        "workflow": {"id": workflow, "name": NAME if number == 0 else f"{NAME}-{number}", "cover_url": None},
        "version": {
            "workflow": _EDITOR,
            "id": VERSION,
            "user_id": "user_bench",
            "comment": "initial version",
            "version": 1,
            "dependencies": None,
            "created_at": MOMENT,
            "machine_version_id": None,
            "comfyui_snapshot": None,
            "workflow_id": workflow,
            "workflow_api": GRAPH,
        },
        "input_types": [],
        "output_types": [],
    }


def machine() -> dict[str, Any]:
    """The account's one machine."""
    return {
        "id": MACHINE,
        "user_id": "user_bench",
        "name": "bench machine",
        "org_id": None,
        "created_at": MOMENT,
        "updated_at": MOMENT,
        "type": "comfy-deploy-serverless",
        "machine_version": None,
        "status": "ready",
        "gpu": "A10G",
        "machine_builder_version": "4",
        "comfyui_version": None,
        "is_workspace": False,
        "concurrency_limit": 2,
        "run_timeout": 300,
        "idle_timeout": 60,
        "keep_warm": 0,
    }


def _output(base_url: str, node: str, name: str) -> dict[str, Any]:
    return {
        "id": "00000000-0000-4000-8000-0000000000a" + node[-1],
        "output_id": "output_images",
        "run_id": "@id@",
        "data": {
            "images": [
                {
                    "url": f"{base_url}/files/@id@/{name}",
                    "type": "output",
                    "filename": name,
                    "is_public": True,
                    "subfolder": "",
                    "upload_duration": 0.01,
                }
            ]
        },
        "node_meta": {"node_id": node, "node_class": "SaveImage"},
        "created_at": MOMENT,
        "updated_at": MOMENT,
        "type": None,
        "node_id": None,
    }


def run(base_url: str, *, final: bool, outputs: int = 3) -> bytes:
    """A run as it is read, 2.3 KB when it has ended; ``@id@``, ``@made@``, ``@ended@`` and ``@inputs@`` are put in later."""
    told = {
        "id": "@id@",
        "workflow_version_id": VERSION,
        "workflow_inputs": "@inputs@",
        "workflow_api": None,  # the vendor's SDK refuses a run without it
        "workflow_id": WORKFLOW,
        "machine_id": MACHINE,
        "origin": "api",
        "status": "success" if final else "running",
        "ended_at": "@ended@" if final else None,
        "created_at": "@made@",
        "updated_at": "@made@",
        "queued_at": "@made@",
        "started_at": "@made@",
        "gpu_event_id": None,
        "gpu": "A10G",
        "machine_version": None,
        "machine_type": "comfy-deploy-serverless",
        "modal_function_call_id": None,
        "user_id": "user_bench",
        "org_id": None,
        "live_status": "Executing SaveImage",
        "progress": 1.0 if final else 0.5,
        "is_realtime": False,
        "webhook": None,
        "webhook_status": None,
        "webhook_intermediate_status": False,
        "outputs": [
            _output(base_url, node, f"ComfyUI_{node}_00001_.png") for node in ("30", "31", "32")[:outputs]
        ]
        if final
        else [],
        "number": 0,
        "duration": 1.25 if final else None,
        "cold_start_duration": None,
        "cold_start_duration_total": None,
        "run_duration": 1.0 if final else None,
        "queue_position": None,
    }
    return json.dumps(told).replace('"@inputs@"', "@inputs@").encode()


def row(*, final: bool) -> bytes:
    """A run as its workflow's list tells it, with ``@id@``, ``@made@`` and ``@ended@``."""
    told = {
        "id": "@id@",
        "status": "success" if final else "running",
        "created_at": "@made@",
        "updated_at": "@made@",
        "ended_at": "@ended@" if final else None,
        "queued_at": "@made@",
        "started_at": "@made@",
        "workflow_id": WORKFLOW,
        "user_id": "user_bench",
        "org_id": None,
        "origin": "api",
        "gpu": "A10G",
        "machine_version": None,
        "machine_type": "comfy-deploy-serverless",
        "modal_function_call_id": None,
        "webhook_status": None,
        "webhook_intermediate_status": False,
        "batch_id": None,
        "workflow_version_id": VERSION,
        "deployment_id": DEPLOYMENT,
        "duration": 1.25 if final else None,
        "comfy_deploy_cold_start": None,
        "cold_start_duration": None,
        "cold_start_duration_total": None,
        "run_duration": 1.0 if final else None,
    }
    return json.dumps(told).encode()


def picture(side: int = 512) -> bytes:
    """A PNG of so many pixels a side, of a pattern that compresses somewhat, as pictures do."""
    lines = b"".join(
        b"\0" + bytes((x * y // 7 + shade * 40) & 255 for x in range(side) for shade in range(3))
        for y in range(side)
    )

    def chunk(kind: bytes, data: bytes) -> bytes:
        return struct.pack(">I", len(data)) + kind + data + struct.pack(">I", zlib.crc32(kind + data))

    header = struct.pack(">IIBBBBB", side, side, 8, 2, 0, 0, 0)
    return (
        b"\x89PNG\r\n\x1a\n"
        + chunk(b"IHDR", header)
        + chunk(b"IDAT", zlib.compress(lines, 6))
        + chunk(b"IEND", b"")
    )
