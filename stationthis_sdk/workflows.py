"""Workflows: graphs with versions."""

from stationthis_sdk.context import Context

__all__ = ["AsyncWorkflows"]


class AsyncWorkflows:
    """The workflows of the account: list them, get one, upload."""

    def __init__(self, context: Context) -> None:
        self._context = context

    def __repr__(self) -> str:
        return "<workflows>"
