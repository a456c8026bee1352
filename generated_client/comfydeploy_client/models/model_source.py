from __future__ import annotations

from enum import StrEnum


class ModelSource(StrEnum):
    CIVITAI = "civitai"
    HUGGINGFACE = "huggingface"
    LINK = "link"

    def __str__(self) -> str:
        return str(self.value)
