"""Copies of what the API said: read in place of asking again, outdated by every write. Deleting them changes nothing."""

from collections.abc import Awaitable, Callable
from typing import Any, TypeVar

from stationthis_sdk.entities import Source, Told

__all__ = ["Catalogue"]

T = TypeVar("T")


class Catalogue:
    """The copies of one account."""

    async def read(
        self,
        kind: str,  # noqa: ARG002
        key: str,  # noqa: ARG002
        fetch: Callable[[], Awaitable[T]],
        shape: Any,  # noqa: ARG002
        *,
        refresh: bool = False,  # noqa: ARG002
    ) -> Told[T]:
        """What ``fetch`` would answer, from a copy where one is good enough.

        ``kind`` decides how long a copy is good (deployments, workflows, versions, machines, models, pricing,
        account); ``key`` names the copy within its kind; ``shape`` is the answer's type, of attrs classes and
        tuples. ``refresh`` asks in any case.
        """
        return Told(await fetch(), Source.now())

    async def forget(self, *kinds: str, key: str | None = None) -> None:
        """The copies of these kinds are out of date, or only the one of that key."""
