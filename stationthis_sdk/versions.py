"""Versions of workflows: what one is of, what its graph is, and finding one."""

import functools
from collections.abc import Mapping
from datetime import datetime
from typing import Any

from stationthis_sdk.context import Context
from stationthis_sdk.entities import Source, Told, is_uuid
from stationthis_sdk.entities.workflows import VersionRecord, WorkflowRecord
from stationthis_sdk.errors import InvalidInput, NotFound, ValidationFailed
from stationthis_sdk.graphs.describe import GraphDescription, describe
from stationthis_sdk.graphs.results import OutputNode
from stationthis_sdk.inputs.fields import Inputs, inputs_in
from stationthis_sdk.shown import Shown

__all__ = ["AsyncVersion", "gone", "no_version_yet", "told_version"]


class AsyncVersion(Shown):
    """One version of a workflow; it never changes. What it knows is read from its graph.

    Example:
        >>> version = await (await st.workflows.get("text-to-picture")).version(1)
        >>> version.number, version.kind, version.inputs["steps"].maximum
        (1, 'image', 60)
    """

    def __init__(self, context: Context, record: VersionRecord, source: Source, workflow: str = "") -> None:
        self._context = context
        self._record = record
        self._source = source
        self._workflow = workflow

    def __repr__(self) -> str:
        of = f" of {self._workflow!r}" if self._workflow else ""
        about = ", ".join(filter(None, (self.category, self.base_model)))
        comment = f" {self.comment!r}" if self.comment else ""
        return f"<version {self.number}{of}{comment}: {about}; {self.inputs!r}>"

    @property
    def id(self) -> str:
        """The service's id."""
        return self._record.id

    @property
    def number(self) -> int:
        """Its number; the first is 1."""
        return self._record.number

    @property
    def comment(self) -> str:
        """What its author says of it."""
        return self._record.comment

    @property
    def created_at(self) -> datetime | None:
        """When it was made, UTC."""
        return self._record.created_at

    @property
    def graph(self) -> Mapping[str, Any] | None:
        """The graph in API format, which is what runs."""
        return self._record.graph

    @property
    def ui_graph(self) -> Mapping[str, Any] | None:
        """The graph as ComfyUI's editor shows it."""
        return self._record.ui_graph

    @property
    def inputs(self) -> Inputs:
        """Its inputs by name, with defaults, ranges, options and help."""
        return self._inputs

    @property
    def outputs(self) -> tuple[OutputNode, ...]:
        """The nodes whose work is a result; those that are only previewed come last."""
        return self._about.outputs

    @property
    def kind(self) -> str | None:
        """What it makes above all: image, animation, video, audio, mesh, text or file."""
        return self._about.kind

    @property
    def category(self) -> str:
        """text-to-image, image-to-image, video, audio, 3d, interrogate (pictures in, text out), text or other."""
        return self._about.category

    @property
    def base_model(self) -> str | None:
        """FLUX, KONTEXT, WAN, SDXL, SD1.5 and others; None where the graph does not tell."""
        return self._about.base_model

    @property
    def supports_lora(self) -> bool:
        """Whether whoever runs it can choose a LoRA: by an input, or by tags in a text."""
        return self._about.supports_lora

    @property
    def loras(self) -> tuple[str, ...]:
        """The LoRA files its loaders name."""
        return self._about.loras

    @property
    def node_classes(self) -> tuple[str, ...]:
        """The classes of its nodes that run, each once, by name."""
        return self._about.node_classes

    @property
    def record(self) -> VersionRecord:
        """Everything known of the version, as data."""
        return self._record

    @property
    def source(self) -> Source:
        """Where this was learnt, and how old it is."""
        return self._source

    @functools.cached_property
    def _about(self) -> GraphDescription:
        return describe(self._either)

    @functools.cached_property
    def _inputs(self) -> Inputs:
        return inputs_in(self._either)

    @property
    def _either(self) -> Mapping[str, Any]:
        return self._record.graph or self._record.ui_graph or {}


async def told_version(context: Context, workflow: WorkflowRecord, version: int | str) -> Told[VersionRecord]:
    """One version of a workflow, by its number or id.

    Raises:
        NotFound: there is no such version of this workflow, or the workflow was deleted.
        InvalidInput: it is neither a number nor an id.
    """
    calls = context.service.versions
    if isinstance(version, str) and version.isdecimal():
        version = int(version)
    try:
        if isinstance(version, int) and not isinstance(version, bool) and 0 < version < 2**31:
            number = version
            told = await context.catalogue.read(
                "versions",
                f"{workflow.id}/{number}",
                lambda: calls.get_number(workflow.id, number),
                VersionRecord,
            )
        elif is_uuid(version):
            told = await context.catalogue.read(
                "versions", str(version), lambda: calls.get(str(version)), VersionRecord
            )
        else:
            raise InvalidInput(f"A version is a number from 1 on or an id, not {version!r}.")
    except (NotFound, ValidationFailed) as error:
        raise await _no_version(context, workflow, version, error) from None
    if told.value.workflow_id not in {None, workflow.id}:
        raise await _no_version(context, workflow, version)
    return told


def gone(workflow: WorkflowRecord, error: NotFound) -> NotFound:
    """The error for a workflow that is there no more."""
    return NotFound(
        f"The workflow {workflow.name!r} ({workflow.id}) is gone: workflows.list(refresh=True) shows what there is, "
        f"upload(graph, name={workflow.name!r}) makes it anew.",
        said=error.said,
        request=error.request,
    )


def no_version_yet(workflow: WorkflowRecord) -> NotFound:
    """The error for a workflow that never had a graph."""
    return NotFound(f"The workflow {workflow.name!r} has no version yet: add_version(graph) makes one.")


async def _no_version(
    context: Context, workflow: WorkflowRecord, version: int | str, error: Any = None
) -> NotFound:
    """The error for a version that is not there; which ones are is asked now, others may have added some."""
    try:
        newest = (await context.service.workflows.get(workflow.id)).newest
    except NotFound as missing:
        return gone(workflow, missing)
    if newest is None:
        return no_version_yet(workflow)
    return NotFound(
        f"The workflow {workflow.name!r} has no version {version!r}; its newest is {newest.number}.",
        request=getattr(error, "request", None),
    )
