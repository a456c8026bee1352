"""Workflows that people have published for all."""

from datetime import datetime
from typing import Any

import attrs

from stationthis_sdk.context import Context
from stationthis_sdk.entities import Source
from stationthis_sdk.entities.workflows import SharedWorkflowRecord
from stationthis_sdk.errors import InvalidInput, NotFound
from stationthis_sdk.shown import Shown

__all__ = ["AsyncSharedWorkflow", "shared_workflow"]


class AsyncSharedWorkflow(Shown):
    """A published workflow: anybody may look at it and take it.

    Example:
        >>> mine = await st.workflows.get("text-to-picture")
        >>> shared = await mine.share("Lighthouses", description="A few words in, a picture out.")
        >>> shared.slug, [one.title for one in await st.workflows.shared("lighthouse")]
        ('lighthouses', ['Lighthouses'])
        >>> sorted((await shared.download())["workflow_api"])[:2]
        ['1', '2']
        >>> await mine.unshare()
    """

    def __init__(self, context: Context, record: SharedWorkflowRecord, source: Source) -> None:
        self._context = context
        self._record = record
        self._source = source

    def __repr__(self) -> str:
        by = f" by {self.author}" if self.author else ""
        return f"<shared workflow {self.title!r}{by} ({self.slug}): {self.views} views, {self.downloads} downloads>"

    @property
    def slug(self) -> str:
        """Its address among the published ones; it stays when the title changes."""
        return self._record.slug

    @property
    def title(self) -> str:
        """What its author calls it."""
        return self._record.title

    @property
    def description(self) -> str:
        """What its author says of it."""
        return self._record.description

    @property
    def cover(self) -> str | None:
        """The address of its picture."""
        return self._record.cover

    @property
    def author(self) -> str | None:
        """The id of who published it."""
        return self._record.author

    @property
    def views(self) -> int:
        """How often it was looked at, when last heard."""
        return self._record.views

    @property
    def downloads(self) -> int:
        """How often it was taken, when last heard."""
        return self._record.downloads

    @property
    def created_at(self) -> datetime | None:
        """When it was published, UTC."""
        return self._record.created_at

    @property
    def record(self) -> SharedWorkflowRecord:
        """Everything known of it, as data."""
        return self._record

    @property
    def source(self) -> Source:
        """Where this was learnt, and how old it is."""
        return self._source

    async def refresh(self) -> "AsyncSharedWorkflow":
        """Ask the service for its present state and return it.

        Raises:
            NotFound: it is published no more.
        """
        self._record = await shared_workflow(self._context, self.slug)
        self._source = Source.now()
        return self

    async def view(self) -> int:
        """Count a look at it, as the service's page does, and return how many there were.

        Raises:
            NotFound: it is published no more.
        """
        try:
            views = await self._context.service.shared_workflows.view(self.slug)
        except NotFound as error:
            raise _gone(self.slug, error) from None
        self._record = attrs.evolve(self._record, views=views)
        return views

    async def download(self) -> dict[str, Any]:
        """Take its file: the editor's graph with ``workflow_api`` beside; ``st.workflows.upload`` reads it.

        Raises:
            NotFound: it is published no more.
        """
        try:
            return await self._context.service.shared_workflows.download(self.slug)
        except NotFound as error:
            raise _gone(self.slug, error) from None


async def shared_workflow(context: Context, slug: str) -> SharedWorkflowRecord:
    """What is published at an address.

    Raises:
        InvalidInput: it is no address; nothing was sent.
        NotFound: nothing is published there.
    """
    if not isinstance(slug, str) or not slug.strip(" .") or "/" in slug:
        raise InvalidInput(f"The address of a shared workflow is a slug such as 'lighthouses', not {slug!r}.")
    try:
        return await context.service.shared_workflows.get(slug)
    except NotFound as error:
        raise _gone(slug, error) from None


def _gone(slug: str, error: NotFound) -> NotFound:
    return NotFound(
        f"No workflow is published as {slug!r} (any more): workflows.shared(search) looks for titles.",
        request=error.request,
    )
