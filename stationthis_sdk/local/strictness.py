"""Whether the gateway behaves better than the service it stands for."""

from contextvars import ContextVar
from typing import Final

__all__ = ["STRICT", "strict"]

STRICT: Final[ContextVar[bool]] = ContextVar("stationthis_gateway_strict", default=False)


def strict() -> bool:
    """True for a gateway that answers 404 where the service says 500, in one timestamp format, and so on."""
    return STRICT.get()
