"""What one run of something usually costs, from the runs of it that this machine has seen."""

from statistics import median
from typing import TYPE_CHECKING

import attrs

from stationthis_sdk.entities.costs import dollars
from stationthis_sdk.entities.machines import MachineRecord
from stationthis_sdk.errors import StationThisError
from stationthis_sdk.money.rates import Rate, rates_of
from stationthis_sdk.store.costs import past_runs

if TYPE_CHECKING:
    from stationthis_sdk.context import Context
    from stationthis_sdk.entities import DeploymentRecord

__all__ = ["Estimate", "estimate_of", "usual_cost"]


@attrs.frozen
class Estimate:
    """What one run usually costs: ``dollars``, the median, and ``most``, as the longest of ``runs`` past ones.

    ``seconds`` is how long one usually works. Dollars are None, never 0, where nobody knows; ``why`` says why. ``rate``
    may be known although no run has ended yet.

    >>> from datetime import UTC, datetime
    >>> print(Estimate(0.0124, 40.0, 12, Rate(0.00031, "service", datetime.now(UTC), "A10G"), most=0.031))
    about $0.0124 a run (40.0 s of A10G, as 12 runs before)
    """

    dollars: float | None
    seconds: float | None
    runs: int
    rate: Rate | None
    why: str | None = None
    most: float | None = None

    def __str__(self) -> str:
        if self.dollars is None or self.rate is None:
            return f"unknown: {self.why}"
        if self.seconds is None:
            return f"about {dollars(self.dollars)} a run ({self.rate.gpu})"
        runs = f"{self.runs} run{'s' if self.runs > 1 else ''} before"
        return f"about {dollars(self.dollars)} a run ({self.seconds:.1f} s of {self.rate.gpu}, as {runs})"


async def estimate_of(context: "Context", record: "DeploymentRecord") -> Estimate:
    """What one run of a deployment usually costs: by the last runs of its workflow that ended well, else by its own.

    The GPU is the one that those ran on (the deployment's own, if any did), else the deployment's, else its machine's.
    """
    return await usual_cost(
        context,
        workflow_id=record.workflow_id,
        deployment_id=record.id,
        machine_id=record.machine_id,
        gpu=record.gpu,
    )


async def usual_cost(
    context: "Context",
    *,
    workflow_id: str | None,
    deployment_id: str | None,
    machine_id: str | None = None,
    gpu: str | None = None,
) -> Estimate:
    """The same by ids; ``gpu`` is what it is to run on, where that is known."""
    rates = await rates_of(context)
    past = await past_runs(context.ledger, workflow_id, deployment_id)
    on = [run for run in past if gpu and run.gpu and run.gpu.casefold() == gpu.casefold()]
    alike = on or [run for run in past if run.gpu == past[0].gpu]
    ran_on = alike[0].gpu if alike else None
    ran_on = ran_on or gpu or await _gpu_of(context, machine_id)
    rate = rates.of(ran_on)
    seconds = median(run.seconds for run in alike) if alike else None
    if rate is None:
        return Estimate(None, seconds, len(alike), None, rates.why(ran_on))
    if rate.value == 0:  # however long it takes
        return Estimate(0.0, seconds, len(alike), rate, most=0.0)
    if seconds is None:
        return Estimate(None, None, 0, rate, "no run of it has ended well on this machine yet")
    longest = max(run.seconds for run in alike)
    return Estimate(seconds * rate.value, seconds, len(alike), rate, most=longest * rate.value)


async def _gpu_of(context: "Context", machine_id: str | None) -> str | None:
    if machine_id is None:
        return None
    machines = context.service.machines
    try:
        told = await context.catalogue.read(
            "machines", machine_id, lambda: machines.get(machine_id), MachineRecord
        )
    except StationThisError:
        return None
    return told.value.gpu
