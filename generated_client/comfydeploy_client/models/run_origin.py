from __future__ import annotations

from enum import StrEnum


class RunOrigin(StrEnum):
    API = "api"
    MANUAL = "manual"
    PUBLIC_SHARE = "public-share"

    def __str__(self) -> str:
        return str(self.value)
