"""The copies of answers on this machine, looked at and cleared."""

from stationthis_sdk.context import Context

__all__ = ["AsyncCache"]


class AsyncCache:
    """The copies of answers on this machine."""

    def __init__(self, context: Context) -> None:
        self._context = context

    def __repr__(self) -> str:
        return "<cache>"
