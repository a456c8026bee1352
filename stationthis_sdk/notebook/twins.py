"""One way for both colours: what displays a thing asks its asynchronous twin, on the SDK's own loop."""

from collections.abc import Coroutine
from typing import Any, TypeVar

from stationthis_sdk import portal

__all__ = ["await_now", "is_sync", "twin"]

T = TypeVar("T")


def twin(thing: Any) -> Any:
    """The asynchronous object behind a synchronous one; anything else is itself.

    >>> twin(7)
    7
    """
    return getattr(thing, "_inner", thing)


def is_sync(thing: Any) -> bool:
    """Whether it is of the synchronous classes."""
    return hasattr(thing, "_inner")


def await_now(work: Coroutine[Any, Any, T]) -> T:
    """Run a coroutine to its end from plain code, also while a kernel's own loop runs on this thread."""
    return portal.call(work)
