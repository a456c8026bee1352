from __future__ import annotations

from enum import StrEnum


class RunStatus(StrEnum):
    CANCELLED = "cancelled"
    FAILED = "failed"
    NOT_STARTED = "not-started"
    QUEUED = "queued"
    RUNNING = "running"
    STARTED = "started"
    SUCCESS = "success"
    TIMEOUT = "timeout"
    UPLOADING = "uploading"

    def __str__(self) -> str:
        return str(self.value)
