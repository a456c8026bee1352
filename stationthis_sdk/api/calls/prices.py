"""What machines cost: prices of GPUs, kinds of credit."""

from typing import Any

from comfydeploy_client.api.account import account_gpu_credits, account_gpu_pricing

from stationthis_sdk.api.calls.family import Family
from stationthis_sdk.api.calls.reading import number, objects, properties, text
from stationthis_sdk.entities import CreditKind, Pricing

__all__ = ["PriceCalls"]


class PriceCalls(Family):
    """The service's price lists."""

    async def pricing(self) -> Pricing:
        """What GPUs cost."""
        return await self.edge.call(account_gpu_pricing, into=_pricing)

    async def credits(self) -> tuple[CreditKind, ...]:
        """The kinds of credit."""
        return await self.edge.call(account_gpu_credits, into=_credits)


def _pricing(answer: Any) -> Pricing:
    found = {name: number(rate) for name, rate in properties(answer).items()}
    return Pricing({name: rate for name, rate in found.items() if rate is not None and rate >= 0})


def _credits(answer: Any) -> tuple[CreditKind, ...]:
    return tuple(
        CreditKind(id=name, name=text(fields.get("name")), costs=_costs(fields.get("schema")))
        for name, given in properties(answer).items()
        if (fields := properties(given))
    )


def _costs(given: Any) -> dict[str, float]:
    costs: dict[str, float] = {}
    for one in objects(given):
        gpu = text(one.get("metered_feature_id")) or text(one.get("feature_id"))
        cost = number(one.get("credit_cost"))
        cost = number(one.get("credit_amount")) if cost is None else cost
        if gpu and cost is not None:
            costs[gpu] = cost
    return costs
