from __future__ import annotations

from enum import StrEnum


class DashboardVersion(StrEnum):
    V1 = "v1"
    V2 = "v2"

    def __str__(self) -> str:
        return str(self.value)
