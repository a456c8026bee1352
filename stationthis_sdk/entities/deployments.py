"""Deployments as data, and what they take."""

from collections.abc import Mapping
from datetime import datetime
from typing import Any

import attrs

__all__ = ["DeploymentRecord", "InputField"]


@attrs.frozen(repr=False)
class InputField:
    """One input of a deployment: what it is called and what may be put into it.

    ``kind`` is text, number, integer, boolean, enum, seed, image, images, audio, video, file, lora or
    checkpoint. ``required`` is True where the graph has nothing to fall back on. ``also`` are other nodes of the
    graph that take the same value; it must suit them, too.
    """

    name: str
    kind: str
    default: Any = None
    minimum: float | None = None
    maximum: float | None = None
    step: float | None = None
    options: tuple[str, ...] | None = None
    label: str = ""
    description: str = ""
    required: bool = False
    class_type: str = ""
    also: tuple["InputField", ...] = ()

    def __repr__(self) -> str:
        return f"<{self}>"

    def __str__(self) -> str:
        if self.options:
            what = "|".join(self.options)
        elif self.minimum is not None and self.maximum is not None and self.kind != "seed":
            what = f"{self.minimum:g}–{self.maximum:g}"
        else:
            what = self.kind
        default = ""
        if self.kind not in {"seed", "text"} and self.default not in (None, ""):
            default = f" = {self.default}"
        return f"{self.name} {what}{default}" + (" (required)" if self.required else "")


@attrs.frozen
class DeploymentRecord:
    """A deployment as the service describes it; ``graph`` is the API-format graph of its version."""

    id: str
    name: str
    environment: str
    workflow_id: str | None = None
    workflow_version_id: str | None = None
    machine_id: str | None = None
    share_slug: str | None = None
    description: str = ""
    version: int | None = None
    graph: Mapping[str, Any] | None = None
    input_types: tuple[Mapping[str, Any], ...] = ()
    gpu: str | None = None
    run_timeout: int | None = None
    concurrency_limit: int | None = None
    updated_at: datetime | None = None
