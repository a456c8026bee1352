"""What the families of calls have in common: pages, and how the service says that something is not there."""

from collections.abc import AsyncIterator, Callable
from types import ModuleType
from typing import Any, Final, Protocol, TypeVar

from stationthis_sdk.api.edge import Edge
from stationthis_sdk.errors import InvalidInput, NotFound, ServerError, StationThisError

__all__ = ["PAGE", "Family", "NoBody", "check_limit", "is_missing", "never"]

PAGE: Final = 100
MAX_PAGES: Final = 1000


class _Row(Protocol):
    @property
    def id(self) -> str: ...


R = TypeVar("R", bound=_Row)


class Family:
    """Calls over one edge."""

    def __init__(self, edge: Edge) -> None:
        self.edge = edge

    async def _all(
        self, operation: ModuleType, *path: Any, one: Callable[[Any], R], size: str = "limit", **query: Any
    ) -> list[R]:
        """All rows of a list."""
        pages = self._pages(operation, *path, one=one, size=size, **query)
        return [row async for page in pages for row in page]

    async def _pages(
        self,
        operation: ModuleType,
        *path: Any,
        one: Callable[[Any], R],
        size: str = "limit",
        per_page: int = PAGE,
        **query: Any,
    ) -> AsyncIterator[list[R]]:
        """A list page by page; the service gives no totals, so a short page or nothing new is the end.

        ``path`` are the operation's path parameters, ``size`` is what it calls a page's size.
        """
        seen: set[str] = set()
        for page in range(MAX_PAGES):
            query |= {size: per_page, "offset": page * per_page}
            rows = await self.edge.call(
                operation, *path, into=lambda models: [one(model) for model in models], **query
            )
            new = [row for row in rows if row.id not in seen]
            seen.update(row.id for row in new)
            yield new
            if len(rows) < per_page or not new:
                return


class NoBody:
    """Stands in for the generated multipart body: its fixed boundary lets bytes forge parts, so the edge builds it."""

    def to_multipart(self) -> None:
        """Nothing."""
        return


def check_limit(limit: int | None) -> None:
    """Go on when a list can be this long.

    Raises:
        InvalidInput: it can't.
    """
    if limit is not None and (not isinstance(limit, int) or isinstance(limit, bool) or limit < 1):
        raise InvalidInput(f"limit is how many at most, from 1 on, or None for all; got {limit!r}.")


def never(_error: StationThisError) -> bool:
    """For calls that somebody else repeats."""
    return False


def is_missing(error: StationThisError) -> bool:
    """Whether a read by id means that nothing has that id: 404, 422 to what is no id, and the service's bare 500."""
    if isinstance(error, NotFound) or getattr(error, "status", None) == 422:
        return True
    # The service's own word for "no such deployment"; its other failures are plain text.
    return isinstance(error, ServerError) and error.body == "Internal server error"
