from __future__ import annotations

from enum import StrEnum


class Environment(StrEnum):
    COMMUNITY_SHARE = "community-share"
    PREVIEW = "preview"
    PRIVATE_SHARE = "private-share"
    PRODUCTION = "production"
    PUBLIC_SHARE = "public-share"
    STAGING = "staging"

    def __str__(self) -> str:
        return str(self.value)
