"""One way for both colours: what is known of a synchronous thing its asynchronous twin knows."""

from typing import Any

__all__ = ["is_sync", "twin"]


def twin(thing: Any) -> Any:
    """The asynchronous object behind a synchronous one; anything else is itself.

    >>> twin(7)
    7
    """
    return getattr(thing, "_inner", thing)


def is_sync(thing: Any) -> bool:
    """Whether it is of the synchronous classes."""
    return hasattr(thing, "_inner")
