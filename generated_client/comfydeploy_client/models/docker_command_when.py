from __future__ import annotations

from enum import StrEnum


class DockerCommandWhen(StrEnum):
    AFTER = "after"
    BEFORE = "before"

    def __str__(self) -> str:
        return str(self.value)
