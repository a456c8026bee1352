"""A month's cap: before a run is started, what this account has spent this month here, and what it is about to."""

import asyncio
import weakref
from datetime import UTC, datetime
from math import fsum
from typing import TYPE_CHECKING, Any, Final

import attrs

from stationthis_sdk.entities.costs import dollars
from stationthis_sdk.errors import CapReached
from stationthis_sdk.money.rates import rates_of

if TYPE_CHECKING:
    from stationthis_sdk.context import Context

__all__ = ["month_began", "need_room"]

_DUST: Final = 1e-9


@attrs.frozen
class _Allowed:
    """A submit that was let through, until it stands in the ledger or is given up."""

    dollars: float
    submit: "weakref.ref[Any]"


_allowed: dict[tuple[str, str, str], dict[str, _Allowed]] = {}
_locks: "weakref.WeakKeyDictionary[asyncio.AbstractEventLoop, asyncio.Lock]" = weakref.WeakKeyDictionary()


def month_began(now: datetime) -> datetime:
    """The first moment of a month of UTC.

    >>> month_began(datetime(2026, 11, 29, 13, 5, tzinfo=UTC)).isoformat()
    '2026-11-01T00:00:00+00:00'
    """
    return now.astimezone(UTC).replace(day=1, hour=0, minute=0, second=0, microsecond=0)


async def need_room(context: "Context", submit: Any, *, gpu: str | None) -> None:
    """Go on when the cap allows one more run: spent, expected of what is under way, and this one stay below it.

    A run of unknown cost counts as 0, and is refused only when nothing is left. What several processes start in the
    moment between this look and the ledger's row may pass the cap by as much.

    Raises:
        CapReached: it would be passed; nothing was sent.
    """
    cap = context.settings.monthly_cap
    if cap is None:
        return
    from stationthis_sdk.money.estimates import usual_cost  # noqa: PLC0415 - many have no cap
    from stationthis_sdk.store.costs import under_way  # noqa: PLC0415 - likewise

    target = submit.target
    estimate = await usual_cost(
        context,
        workflow_id=target.workflow_id,
        deployment_id=target.deployment_id,
        machine_id=target.machine_id,
        gpu=gpu,
    )
    rates = await rates_of(context)
    ledger = context.ledger
    began = month_began(datetime.now(UTC))

    def price(name: str) -> tuple[float, str, float] | None:
        rate = rates.of(name)
        return None if rate is None else (rate.value, rate.source, rate.at.timestamp())

    async with _locks.setdefault(asyncio.get_running_loop(), asyncio.Lock()):
        allowed = _allowed.setdefault((str(ledger.path), ledger.service, ledger.account), {})
        found = await under_way(ledger, began.timestamp(), price, [*allowed])
        for key, one in [*allowed.items()]:
            if key in found.known or one.submit() is None:
                del allowed[key]
        expected = [one.dollars for one in allowed.values()]
        live = len(allowed)
        for (workflow_id, deployment_id), runs in found.live.items():
            usual = await usual_cost(context, workflow_id=workflow_id, deployment_id=deployment_id)
            expected.append(runs * (usual.dollars or 0.0))
            live += runs
        spent, mine = fsum([found.spent, *expected]), estimate.dollars
        over = spent >= cap - _DUST if mine is None else spent + mine > cap + _DUST
        if over:
            month = f"{began:%Y-%m}"
            this = "what this one costs nobody knows" if mine is None else f"this one costs {dollars(mine)}"
            waiting = f" of {live} run{'s' if live != 1 else ''} under way" if live else ""
            unknown = (
                f" Runs of this month whose cost nobody knows count as nothing: {found.unknown}."
                if found.unknown
                else ""
            )
            raise CapReached(
                f"No run of {target.name!r} was started: {dollars(cap)} may be spent in {month} ({context.settings.cap_source}), "
                f"{dollars(found.spent)} is spent, {dollars(fsum(expected))} expected{waiting}, and {this}.{unknown} "
                "Raise the cap, or go on next month.",
                month=month,
                spent=spent,
                cap=cap,
                where=context.settings.cap_source,
                estimate=mine,
            )
        allowed[submit.id] = _Allowed(mine or 0.0, weakref.ref(submit))
