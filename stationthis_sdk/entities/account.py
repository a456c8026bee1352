"""The account as data. No secret is in it: the service tells them in clear, and they end at the edge."""

from collections.abc import Mapping
from datetime import datetime

import attrs

from stationthis_sdk.entities.source import Source
from stationthis_sdk.shown import Shown

__all__ = ["AccountSettings", "ApiKey", "CreditKind", "Pricing"]


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


@attrs.frozen
class Pricing(Shown):
    """What GPUs cost: US dollars for a second, as floats, as the service gives them.

    >>> pricing = Pricing({"A10G": 0.000306})
    >>> pricing.cost("A10G", 60), pricing.cost("H900", 60)
    (0.01836, None)
    """

    rates: Mapping[str, float]
    source: Source = attrs.field(factory=Source.now, eq=False, repr=False)

    def rate(self, gpu: str | None) -> float | None:
        """Dollars for a second of a GPU; None, never 0, where no price is known."""
        if not gpu:
            return None
        if gpu in self.rates:
            return self.rates[gpu]
        wanted = gpu.casefold()
        return next((rate for name, rate in self.rates.items() if name.casefold() == wanted), None)

    def cost(self, gpu: str | None, seconds: float | None) -> float | None:
        """Dollars for some seconds of a GPU; None, never 0, where the price or the time is not known."""
        rate = self.rate(gpu)
        return None if rate is None or seconds is None else rate * seconds


@attrs.frozen
class CreditKind(Shown):
    """One kind of credit. ``costs`` maps what the billing calls a GPU to what it costs in this credit."""

    id: str
    name: str | None = None
    costs: Mapping[str, float] = attrs.field(factory=dict)
    source: Source = attrs.field(factory=Source.now, eq=False, repr=False)
