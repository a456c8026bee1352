"""Workflows, their versions, and those that are published, as data."""

from collections.abc import Mapping
from datetime import datetime
from typing import Any

import attrs

from stationthis_sdk.entities.runs import OutputItem
from stationthis_sdk.entities.source import Source
from stationthis_sdk.shown import Shown

__all__ = ["GalleryEntry", "SharedWorkflowRecord", "VersionRecord", "WorkflowRecord"]


@attrs.frozen
class VersionRecord:
    """One version of a workflow; it never changes.

    ``graph`` is the API-format graph, which is what runs; ``ui_graph`` is what the editor shows. Either may be
    missing.
    """

    id: str
    workflow_id: str | None = None
    number: int = 0
    graph: Mapping[str, Any] | None = None
    ui_graph: Mapping[str, Any] | None = None
    comment: str = ""
    machine_id: str | None = None
    machine_version_id: str | None = None
    created_at: datetime | None = None


@attrs.frozen
class WorkflowRecord:
    """A workflow. ``whole`` is False as lists tell of it: then its newest version is not known here."""

    id: str
    name: str
    description: str = ""
    cover: str | None = None
    selected_machine_id: str | None = None
    pinned: bool = False
    owner: str | None = None
    created_at: datetime | None = None
    updated_at: datetime | None = None
    whole: bool = False
    newest: VersionRecord | None = None


@attrs.frozen
class SharedWorkflowRecord:
    """A workflow that somebody has published for all; ``export`` is its file, which lists leave out."""

    id: str
    slug: str
    title: str = ""
    description: str = ""
    cover: str | None = None
    workflow_id: str | None = None
    version_id: str | None = None
    author: str | None = None
    views: int = 0
    downloads: int = 0
    created_at: datetime | None = None
    updated_at: datetime | None = None
    export: Mapping[str, Any] | None = None


@attrs.frozen
class GalleryEntry(Shown):
    """What one node made in a successful run of a workflow. Times are seconds."""

    id: str
    run_id: str
    items: tuple[OutputItem, ...] = ()
    origin: str | None = None
    queue_time: float | None = None
    cold_start: float | None = None
    run_duration: float | None = None
    source: Source = attrs.field(factory=Source.now, eq=False, repr=False)
