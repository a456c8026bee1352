"""Builds of serverless machines: nothing is installed here, but steps that no builder could follow are refused."""

import hashlib
import json
import re
import secrets
from collections.abc import Iterator, Mapping
from typing import Any, Final

import attrs

from stationthis_sdk.local.clock import now
from stationthis_sdk.local.database import Tables
from stationthis_sdk.local.rows.machines import COMFYUI_VERSION, Machine, MachineVersion

__all__ = [
    "BUILD_SECONDS",
    "begin_build",
    "custom_node_folders",
    "docker_commands",
    "go_back",
    "machine_hash",
    "newest_version",
    "steps_of",
]

BUILD_SECONDS: Final = 2.0
"""How long a build takes by the gateway's clock: long enough to be seen."""

_ADDRESS: Final = re.compile(r"https?://[^\s/]+/[^\s]+")
_NODES: Final = "/comfyui/custom_nodes"


def begin_build(tables: Tables, machine: Machine, *, seconds: float = BUILD_SECONDS) -> Machine:
    """Make the machine as it is given its next version, which builds from now on; returns the machine so changed."""
    newest = newest_version(tables, machine.id)
    version = MachineVersion(
        machine_id=machine.id,
        user_id=machine.user_id,
        org_id=machine.org_id,
        version=newest.version + 1 if newest else 1,
        gpu=machine.gpu,
        concurrency_limit=machine.concurrency_limit,
        run_timeout=machine.run_timeout,
        settings=machine.settings,
        machine_hash=machine_hash(machine.settings),
        image_id=f"im-{secrets.token_hex(11)}",
        builds_until=now() + int(seconds * 1_000_000),
        build_error=_problem(machine.settings),
    )
    tables.add(version)
    return _on(machine, version)


def go_back(tables: Tables, machine: Machine, version: MachineVersion) -> Machine:
    """Build an older version of the machine again; returns the machine as it was then."""
    stamp = now()
    again = attrs.evolve(
        version, builds_until=stamp + int(BUILD_SECONDS * 1_000_000), created_at=stamp, updated_at=stamp
    )
    tables.save(again)
    return _on(machine, again)


def newest_version(tables: Tables, machine_id: str) -> MachineVersion | None:
    """The version with the highest number."""
    found = tables.find(MachineVersion, "machine_id = ? ORDER BY version DESC LIMIT 1", machine_id)
    return found[0] if found else None


def _on(machine: Machine, version: MachineVersion) -> Machine:
    return attrs.evolve(
        machine,
        gpu=version.gpu,
        concurrency_limit=version.concurrency_limit,
        run_timeout=version.run_timeout,
        settings=version.settings,
        machine_version_id=version.id,
        machine_hash=version.machine_hash,
        builds_until=version.builds_until,
        build_error=version.build_error,
        updated_at=now(),
    )


def docker_commands(settings: Mapping[str, Any]) -> list[list[str]]:
    """The lines an image of these settings is made with, step by step."""
    version = settings.get("comfyui_version") or COMFYUI_VERSION
    return [
        *_extra(settings, "before"),
        [
            "RUN git clone https://github.com/comfyanonymous/ComfyUI.git /comfyui",
            "WORKDIR /comfyui",
            f"RUN git reset --hard {version}",
            "RUN python -m pip install -r requirements.txt",
        ],
        *(_lines(step) for step in steps_of(settings)),
        *_extra(settings, "after"),
    ]


def steps_of(settings: Mapping[str, Any]) -> list[dict[str, Any]]:
    """The steps that are such."""
    given = settings.get("docker_command_steps")
    steps = given.get("steps") if isinstance(given, dict) else None
    return [step for step in steps if isinstance(step, dict)] if isinstance(steps, list) else []


def custom_node_folders(settings: Mapping[str, Any]) -> list[str]:
    """What an image of these settings has in its folder of custom nodes, by name."""
    return sorted({folder for step in steps_of(settings) if (folder := _folder(step))})


def _extra(settings: Mapping[str, Any], when: str) -> Iterator[list[str]]:
    for extra in settings.get("extra_docker_commands") or ():
        if extra["when"] == when:
            yield list(extra["commands"])


def _lines(step: Mapping[str, Any]) -> list[str]:
    data = step.get("data")
    if step.get("type") == "commands":
        return str(data).splitlines()
    if not isinstance(data, dict):
        return []
    if step.get("type") == "custom-node-manager":
        version = data.get("version")
        return [f"RUN comfy node install {data.get('node_id')}{f'@{version}' if version else ''}"]
    folder = _folder(step)
    return [
        f"WORKDIR {_NODES}",
        f"RUN git clone --recursive {data.get('url')} {folder}",
        f"WORKDIR {_NODES}/{folder}",
        *([f"RUN git reset --hard {data['hash']}"] if data.get("hash") else []),
        "RUN if [ -f requirements.txt ]; then python -m pip install -r requirements.txt; fi",
    ]


def _folder(step: Mapping[str, Any]) -> str | None:
    data = step.get("data")
    if not isinstance(data, dict) or step.get("type") == "commands":
        return None
    given = str(data.get("node_id") or data.get("url") or "").rstrip("/").removesuffix(".git")
    name = given.rpartition("/")[2]
    return name if name not in {"", ".", ".."} else None


def _problem(settings: Mapping[str, Any]) -> str | None:
    """Why these steps can't be followed."""
    given = settings.get("docker_command_steps")
    if given is None:
        return None
    steps = given.get("steps", [])
    if not isinstance(steps, list):
        return "docker_command_steps: steps must be a list"
    for number, step in enumerate(steps, 1):
        problem = _step_problem(step)
        if problem:
            return f"docker_command_steps: step {number} {problem}"
    return None


def _step_problem(step: Any) -> str | None:
    if not isinstance(step, dict):
        return "must be an object with type, id and data"
    data = step.get("data")
    match step.get("type"):
        case "commands":
            return None if isinstance(data, str) else "must have its lines as one text in data"
        case "custom-node":
            url = data.get("url") if isinstance(data, dict) else None
            fits = isinstance(url, str) and _ADDRESS.fullmatch(url)
            return None if fits else "must have the address of a repository in data.url"
        case "custom-node-manager":
            named = isinstance(data, dict) and isinstance(data.get("node_id"), str)
            return None if named else "must have the name of a node in data.node_id"
        case other:
            return f"is of type {str(other)[:40]!r}; use custom-node, custom-node-manager or commands"


def machine_hash(settings: Mapping[str, Any]) -> str:
    """What tells one make of image from another."""
    image = {name: settings.get(name) for name in ("base_docker_image", "python_version")}
    text = json.dumps([docker_commands(settings), image], sort_keys=True)
    return hashlib.sha256(text.encode()).hexdigest()
