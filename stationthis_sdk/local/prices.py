"""What the gateway says that GPUs cost. Nobody pays it: programs that mind a budget are tried with it."""

from collections.abc import Iterable, Mapping
from math import isfinite

from stationthis_sdk.local.folder import GatewayError
from stationthis_sdk.local.rows.machines import GPUS

__all__ = ["all_prices", "prices_in"]


def all_prices(given: Mapping[str, float]) -> dict[str, float]:
    """US dollars a second for every GPU; 0 for those that nothing was said of.

    Raises GatewayError for what is no GPU or no price.

    >>> all_prices({"A10G": 0.0003})["A10G"], all_prices({})["CPU"]
    (0.0003, 0.0)
    """
    for name, price in given.items():
        if name not in GPUS:
            raise GatewayError(f"there is no GPU {name!r} to price: choose among {', '.join(GPUS)}")
        if isinstance(price, bool) or not isfinite(price) or price < 0:
            raise GatewayError(f"the price of {name} is US dollars a second, 0 or more, not {price!r}")
    return {**dict.fromkeys(GPUS, 0.0), **{name: float(price) for name, price in given.items()}}


def prices_in(words: Iterable[str]) -> dict[str, float]:
    """Prices as a command line has them.

    Raises GatewayError for what is none.

    >>> prices_in(["CPU=0.001"])
    {'CPU': 0.001}
    """
    found = {}
    for word in words:
        name, _, price = word.partition("=")
        try:
            found[name] = float(price)
        except ValueError:
            raise GatewayError(f"a price is given as CPU=0.001, not {word!r}") from None
    all_prices(found)
    return found
