"""The account as data. No secret is in it: the service tells them in clear, and they end at the edge."""

from datetime import datetime

import attrs

from stationthis_sdk.entities.source import Source
from stationthis_sdk.shown import Shown

__all__ = ["AccountSettings", "ApiKey"]


@attrs.frozen
class AccountSettings(Shown):
    """Settings of an account. Money is in US dollars; None where the service told nothing.

    ``visibility`` is public or private: who may read what runs make. Of tokens and keys only whether they are set.
    """

    visibility: str | None = None
    api_version: str | None = None
    spend_limit: float | None = None
    max_spend_limit: float | None = None
    credit: float | None = None
    workflow_limit: float | None = None
    machine_limit: float | None = None
    always_on_machine_limit: int | None = None
    max_gpu: int | None = None
    custom_bucket: bool | None = None
    bucket_name: str | None = None
    bucket_region: str | None = None
    role_arn: str | None = None
    cloudfront: bool | None = None
    cloudfront_domain: str | None = None
    has_hugging_face_token: bool = False
    has_bucket_key: bool = False
    updated_at: datetime | None = None
    source: Source = attrs.field(factory=Source.now, eq=False, repr=False)


@attrs.frozen
class ApiKey(Shown):
    """An API key as lists tell of it. ``ending`` are its last four characters."""

    id: str
    name: str
    ending: str | None = None
    revoked: bool = False
    type: str | None = None
    created_at: datetime | None = None
    source: Source = attrs.field(factory=Source.now, eq=False, repr=False)
