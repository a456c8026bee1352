"""Reading what a serverless machine shall be like, from the body of whoever makes or changes it."""

import re
from collections.abc import Mapping
from typing import Any, Final

import attrs

from stationthis_sdk.local.requests.validation import Body, fault
from stationthis_sdk.local.rows.machines import GPUS, SETTINGS, Machine

__all__ = ["CONCURRENCY_MAX", "LONG", "SHORT", "evolved", "read_commit", "read_settings"]

SHORT: Final = 1000
"""How long a name may be."""

LONG: Final = 100_000
"""How long a text of people's own may be."""

CONCURRENCY_MAX: Final = 100
"""How many runs a machine may do at once."""

_COMMIT: Final = re.compile(r"[a-fA-F0-9]{40}")
_BUILDERS: Final = ("2", "3", "4")


def read_settings(body: Body, *, new: bool = False) -> dict[str, Any]:
    """The settings that are given and not null, ``gpu``, ``concurrency_limit`` and ``run_timeout`` among them.

    A ``new`` machine must say its card. What is wrong is noted in the body.
    """
    found = {
        "gpu": body.choice("gpu", GPUS, required=new),
        "comfyui_version": read_commit(body, "comfyui_version"),
        "docker_command_steps": body.object("docker_command_steps"),
        "extra_docker_commands": body.objects("extra_docker_commands", _command),
        "base_docker_image": body.text("base_docker_image", limit=SHORT),
        "python_version": body.text("python_version", limit=SHORT),
        "machine_builder_version": body.choice("machine_builder_version", _BUILDERS),
        "install_custom_node_with_gpu": body.flag_or_null("install_custom_node_with_gpu"),
        "extra_args": body.text("extra_args", limit=LONG),
        "prestart_command": body.text("prestart_command", limit=LONG),
        "concurrency_limit": body.integer("concurrency_limit", minimum=1, maximum=CONCURRENCY_MAX),
        "allow_concurrent_inputs": body.integer("allow_concurrent_inputs", minimum=1),
        "keep_warm": body.integer("keep_warm", minimum=0),
        "run_timeout": body.integer("run_timeout", minimum=1),
        "idle_timeout": body.integer("idle_timeout", minimum=0),
        "cpu_request": body.number("cpu_request", minimum=0),
        "cpu_limit": body.number("cpu_limit", minimum=0),
        "memory_request": body.integer("memory_request", minimum=0),
        "memory_limit": body.integer("memory_limit", minimum=0),
        "models_to_cache": body.texts("models_to_cache", limit=SHORT),
        "enable_gpu_memory_snapshot": body.flag_or_null("enable_gpu_memory_snapshot"),
        "optimized_runner": body.flag_or_null("optimized_runner"),
        "disable_metadata": body.flag_or_null("disable_metadata"),
    }
    return {name: value for name, value in found.items() if value is not None}


def evolved(machine: Machine, given: Mapping[str, Any]) -> Machine:
    """The machine with these settings in place of its own."""
    columns = {name: given[name] for name in ("gpu", "concurrency_limit", "run_timeout") if name in given}
    settings = {name: value for name, value in given.items() if name in SETTINGS}
    return attrs.evolve(machine, **columns, settings={**machine.settings, **settings})


def read_commit(body: Body, name: str) -> str | None:
    """A commit of 40 hexadecimal digits, or null."""
    value = body.text(name)
    if value is None or _COMMIT.fullmatch(value):
        return value
    pattern = "^[a-fA-F0-9]{40}$"
    message = f"String should match pattern '{pattern}'"
    body.wrong(fault("string_pattern_mismatch", body.place(name), message, value[:80], pattern=pattern))
    return None


def _command(body: Body) -> dict[str, Any]:
    return {
        "when": body.choice("when", ("before", "after"), required=True),
        "commands": body.texts("commands", limit=LONG, required=True) or [],
    }
