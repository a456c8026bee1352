from __future__ import annotations

from enum import StrEnum


class ShareVisibility(StrEnum):
    LINK = "link"
    PRIVATE = "private"
    PUBLIC = "public"

    def __str__(self) -> str:
        return str(self.value)
