"""Sessions: an interactive ComfyUI on a machine, which costs while it is open."""

from stationthis_sdk.context import Context

__all__ = ["AsyncSessions"]


class AsyncSessions:
    """Interactive sessions."""

    def __init__(self, context: Context) -> None:
        self._context = context

    def __repr__(self) -> str:
        return "<sessions>"
