"""What a second of a GPU costs: one source for all, the service's price list, then the user's own table.

The order: what the service's list says counts; a GPU that it does not name, or all of them while it can't be read, costs
what the table in the settings says (``StationThis(rates=…)``, else ``[profiles.default.rates]``); else nobody knows, and
``why`` says so. A price of 0 that somebody told is a price.
"""

import asyncio
import time
from collections.abc import Mapping
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Final, Protocol

import attrs

from stationthis_sdk.api.capabilities import is_absent
from stationthis_sdk.entities import Cost, Pricing, RunRecord, Told
from stationthis_sdk.entities.costs import seconds_of
from stationthis_sdk.errors import StationThisError
from stationthis_sdk.store.kept_costs import keep_cost

if TYPE_CHECKING:
    from stationthis_sdk.api.service import Service
    from stationthis_sdk.config import Settings
    from stationthis_sdk.store.catalogue import Catalogue
    from stationthis_sdk.store.ledger import Ledger

__all__ = ["PRICES", "Prices", "Rate", "Rates", "cost_of", "learn_cost", "rates_of", "told_pricing"]

PRICES: Final = "list of prices"
"""What a server that has none lacks."""
_KEPT: Final = 3600.0
"""Seconds for which a client goes on with what it has read; the copy on disk may be a day old anyway."""
_KEPT_FAILURE: Final = 60.0


@attrs.frozen
class Rate:
    """What one second of a GPU costs, in US dollars. ``source`` is service or table, ``at`` when it was learnt."""

    value: float
    source: str
    at: datetime
    gpu: str


@attrs.frozen
class Rates:
    """The rates of every GPU that anybody told. ``problem`` is why the service's list could not be read.

    >>> rates = Rates.joined(None, {"A10G": 0.00031}, problem="no connection")
    >>> rates.of("a10g").value, rates.of("H100") is None
    (0.00031, True)
    >>> rates.why("H100")
    "H100 has no known price: the service's price list can't be read (no connection); name it in StationThis(rates={'H100': …})"
    """

    known: Mapping[str, Rate] = attrs.field(factory=dict)
    problem: str | None = None

    @classmethod
    def joined(
        cls, told: Told[Pricing] | None, table: Mapping[str, float], *, problem: str | None = None
    ) -> "Rates":
        """The service's list over the user's table."""
        known = {gpu.casefold(): Rate(value, "table", datetime.now(UTC), gpu) for gpu, value in table.items()}
        if told is not None:
            known |= {
                gpu.casefold(): Rate(value, "service", told.source.at, gpu)
                for gpu, value in told.value.rates.items()
            }
        return cls(known, problem)

    def of(self, gpu: str | None) -> Rate | None:
        """The rate of a GPU; None where nobody told one."""
        return self.known.get(gpu.casefold()) if gpu else None

    def why(self, gpu: str | None) -> str:
        """Why there is no rate; empty where there is one."""
        if not gpu:
            return "the service does not tell which GPU it runs on"
        if self.of(gpu) is not None:
            return ""
        unread = (
            f"the service's price list can't be read ({self.problem.rstrip('.')})" if self.problem else ""
        )
        what = unread or "the service's price list does not name it"
        return f"{gpu} has no known price: {what}; name it in StationThis(rates={{{gpu!r}: …}})"


class Prices:
    """The rates of one client: read once, then at hand."""

    def __init__(self, settings: "Settings", service: "Service", catalogue: "Catalogue") -> None:
        self._settings = settings
        self._service = service
        self._catalogue = catalogue
        self._rates: Rates | None = None
        self._until = 0.0
        self._reading: dict[asyncio.AbstractEventLoop, asyncio.Task[Rates]] = {}

    @property
    def at_hand(self) -> Rates | None:
        """What was read last, however old; None before that. Asks nobody."""
        return self._rates

    @property
    def fresh(self) -> Rates | None:
        """What was read, while a client goes on with it. Asks nobody."""
        return self._rates if time.monotonic() < self._until else None

    async def recall(self) -> Rates | None:
        """What is at hand, else what the copy on disk says; None where there is none. Asks no service."""
        if self._rates is None:
            told = await self._catalogue.recall("pricing", "gpus", dict[str, float])
            if told is not None and self._rates is None:
                self._rates = Rates.joined(_as_pricing(told), self._settings.rates)
        return self._rates

    async def read(self) -> Rates:
        """The rates, from the copy on disk while that is good, else from the service. A failure is no error here.

        One look for all who wait; it goes on when they give up.
        """
        if (fresh := self.fresh) is not None:
            return fresh
        loop = asyncio.get_running_loop()
        if loop not in self._reading:
            self._reading[loop] = loop.create_task(self._renewed())
            self._reading[loop].add_done_callback(lambda _: self._reading.pop(loop, None))
        return await asyncio.shield(self._reading[loop])

    async def aclose(self) -> None:
        """End what is being asked on this loop."""
        reading = self._reading.get(asyncio.get_running_loop())
        if reading is not None:
            reading.cancel()
            await asyncio.wait([reading])

    async def _renewed(self) -> Rates:
        self._rates = found = await self._read()
        self._until = time.monotonic() + (_KEPT_FAILURE if found.problem else _KEPT)
        return found

    async def _read(self) -> Rates:
        table = self._settings.rates
        capabilities = self._service.edge.capabilities
        if capabilities.lacks(PRICES):
            return Rates.joined(None, table, problem=f"the server has no {PRICES}")
        try:
            told = await told_pricing(self._service, self._catalogue)
        except StationThisError as error:
            if is_absent(error):
                capabilities.learn(PRICES)
                return Rates.joined(None, table, problem=f"the server has no {PRICES}")
            return Rates.joined(None, table, problem=error.message)
        return Rates.joined(told, table)


async def told_pricing(service: "Service", catalogue: "Catalogue", *, refresh: bool = False) -> Told[Pricing]:
    """The service's price list, from its copy where that is good enough.

    Raises:
        StationThisError: there is no copy, and the service can't be asked.
    """

    async def ask() -> dict[str, float]:
        return {**(await service.prices.pricing()).rates}

    return _as_pricing(await catalogue.read("pricing", "gpus", ask, dict[str, float], refresh=refresh))


def _as_pricing(told: Told[dict[str, float]]) -> Told[Pricing]:
    return Told(Pricing(told.value, told.source), told.source)


class _Priced(Protocol):
    @property
    def prices(self) -> Prices: ...
    @property
    def ledger(self) -> "Ledger": ...


async def rates_of(context: _Priced) -> Rates:
    """The rates that count for a client. Costs a request a day at the most; never fails."""
    return await context.prices.read()


async def learn_cost(context: _Priced, record: RunRecord, *, keep: bool = True) -> Cost:
    """What a run that has ended cost, by the rates of this day; kept, and what was kept before stays."""
    cost = cost_of(record, await context.prices.read())
    return await keep_cost(context.ledger, record, cost) if keep else cost


def cost_of(record: RunRecord, rates: Rates, worked: float | None = None) -> Cost:
    """What a run cost by the seconds it worked and the rate of its own GPU; so far, by ``worked``, while it lives.

    >>> rates = Rates.joined(None, {"T4": 0.5})
    >>> cost_of(RunRecord("a", gpu="T4", run_duration=3.0), rates).estimated
    1.5
    >>> print(cost_of(RunRecord("a", gpu="T4"), rates))
    unknown: the service does not tell how long it worked
    """
    seconds = seconds_of(record) if worked is None else worked
    rate = rates.of(record.gpu)
    if seconds is None or rate is None:
        why = rates.why(record.gpu) if rate is None else "the service does not tell how long it worked"
        return Cost(seconds=seconds, gpu=record.gpu, why=why, so_far=worked is not None)
    return Cost(
        seconds * rate.value,
        seconds,
        record.gpu,
        rate.value,
        rate.source,
        rate.at,
        so_far=worked is not None,
    )
