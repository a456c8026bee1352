"""What machines cost, as data."""

from collections.abc import Mapping

import attrs

from stationthis_sdk.entities.source import Source
from stationthis_sdk.shown import Shown

__all__ = ["CreditKind", "Pricing"]


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
