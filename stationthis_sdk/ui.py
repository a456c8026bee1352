"""Links to the service's own pages."""

from stationthis_sdk.config import Settings

__all__ = ["Links"]


class Links:
    """Links to the service's own pages."""

    def __init__(self, settings: Settings) -> None:
        self._settings = settings

    def __repr__(self) -> str:
        return "<ui>"
