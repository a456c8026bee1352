from __future__ import annotations

from enum import StrEnum


class ShareKind(StrEnum):
    IMAGE = "image"
    OTHER = "other"
    THREE_D = "3d"
    VIDEO = "video"

    def __str__(self) -> str:
        return str(self.value)
