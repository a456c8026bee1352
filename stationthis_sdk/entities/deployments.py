"""Deployments as data, and what they take."""

from collections.abc import Mapping
from datetime import datetime
from typing import Any, Final

import attrs

from stationthis_sdk.entities.source import Source
from stationthis_sdk.shown import Shown

__all__ = [
    "ENVIRONMENTS",
    "SHARES",
    "DeploymentChange",
    "DeploymentRecord",
    "FeaturedDeployment",
    "InputField",
    "OutputShareRecord",
]

SHARES: Final = ("private-share", "public-share", "community-share")
ENVIRONMENTS: Final = ("production", "staging", "preview", *SHARES)
"""What a deployment can be for, in the order in which one is preferred to another."""


@attrs.frozen(repr=False)
class InputField(Shown):
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
    machine_version_id: str | None = None
    machine_name: str | None = None
    idle_timeout: int | None = None
    keep_warm: int | None = None
    created_at: datetime | None = None
    activated_at: datetime | None = None
    modal_app_id: str | None = None


@attrs.frozen
class DeploymentChange(Shown):
    """What deploying does, or did: from which version and machine to which, and what becomes of the inputs.

    ``kind`` is new, moved or unchanged. Versions are numbers; None is one whose number is not known, or not made
    yet. ``added``, ``removed`` and ``changed`` are inputs by name; a changed one takes other values than before.
    ``uploads`` is version or workflow when that is made of a graph first, else empty.

    >>> print(DeploymentChange("moved", "portrait", "production", 3, 4, added=("cfg",)))
    portrait in production: moved from version 3 to 4; new inputs: cfg
    """

    kind: str
    name: str
    environment: str
    old_version: int | None = None
    version: int | None = None
    old_machine: str | None = None
    machine: str | None = None
    added: tuple[str, ...] = ()
    removed: tuple[str, ...] = ()
    changed: tuple[str, ...] = ()
    uploads: str = ""

    def __str__(self) -> str:
        version = "a new version" if self.version is None else f"version {self.version}"
        if self.kind == "new":
            what = f"new, {version}"
        elif self.kind == "unchanged":
            what = f"stays at {version}"
        else:
            old = "another version" if self.old_version is None else f"version {self.old_version}"
            what = f"moved from {old} to {version.removeprefix('version ')}"
        workflow = f"{self.name} (a new workflow)" if self.uploads == "workflow" else self.name
        parts = [f"{workflow} in {self.environment}: {what}"]
        if self.machine != self.old_machine:
            old = "" if self.old_machine is None else f"from machine {self.old_machine} "
            parts.append(
                f"{old}to machine {self.machine}" if self.kind != "new" else f"on machine {self.machine}"
            )
        for word, names in (("new", self.added), ("no more", self.removed), ("changed", self.changed)):
            if names and self.kind != "new":
                parts.append(f"{word} inputs: {', '.join(names)}")
        return "; ".join(parts)


@attrs.frozen
class FeaturedDeployment(Shown):
    """A share as the service's list of chosen ones shows it; ``share_slug`` leads to it: ``deployments.shared``."""

    name: str
    share_slug: str
    description: str = ""
    workflow_id: str | None = None
    cover_url: str | None = None
    source: Source = attrs.field(factory=Source.now, eq=False, repr=False)


@attrs.frozen
class OutputShareRecord:
    """One output of a run, shown to others. ``inputs`` are those of its run; ``data`` is the output as it is stored."""

    id: str
    run_id: str | None = None
    output_id: str | None = None
    deployment_id: str | None = None
    output_type: str = ""
    visibility: str = ""
    inputs: Mapping[str, Any] = attrs.field(factory=dict)
    data: Mapping[str, Any] = attrs.field(factory=dict)
    created_at: datetime | None = None
