"""What one run usually costs: by the runs this machine has seen, on the GPU they ran on; unknown with a reason."""

import asyncio
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from stationthis_sdk.entities import DeploymentRecord, RunRecord, RunState
from stationthis_sdk.money.estimates import Estimate, estimate_of
from stationthis_sdk.store.ledger import SubmitRow
from stationthis_sdk.testing import LocalGateway, local_gateway
from tests.echo import GRAPH

RECORD = DeploymentRecord("d", "portrait", "production", workflow_id="w")


@pytest.fixture(scope="module")
def gateway() -> Iterator[LocalGateway]:
    """A gateway with prices."""
    with local_gateway(prices={"CPU": 0.5, "A10G": 2.0, "T4": 1.0}) as made:
        made.deploy("echo", GRAPH)
        yield made


@pytest.fixture(scope="module")
def free() -> Iterator[LocalGateway]:
    """A gateway on which nothing costs, as it is without prices."""
    with local_gateway() as made:
        made.deploy("echo", GRAPH)
        yield made


Told = Callable[..., Estimate]


@pytest.fixture
def told(gateway: LocalGateway, tmp_path: Path) -> Told:
    """Estimates of a ledger that has these runs: GPU, seconds, and what else is known of each."""

    async def work(record: DeploymentRecord, *runs: RunRecord) -> Estimate:
        async with gateway.async_client(home=tmp_path) as st:
            context = st._ready.context
            for number, run in enumerate(runs):
                submit = f"{number:032x}"
                await context.ledger.sending(SubmitRow(submit, "portrait"))
                await context.ledger.accepted(submit, run)
            return await estimate_of(context, record)

    return lambda record, *runs: asyncio.run(work(record, *runs))


def run(number: int, seconds: float | None, gpu: str | None = "A10G", **more: str) -> RunRecord:
    """A run that ended well."""
    fields = {"workflow_id": "w", "deployment_id": "d", **more}
    state = RunState(fields.pop("state", "success"))
    return RunRecord(
        f"run-{number}", state, gpu=gpu, run_duration=seconds, submit_id=f"{number:032x}", **fields
    )


def test_the_median_and_the_longest(told: Told) -> None:
    """Of the runs that ended well; others, and those of other workflows, do not count."""
    others = [run(5, 900.0, state="failed"), run(6, 900.0, workflow_id="x", deployment_id="y"), run(7, None)]
    found = told(RECORD, run(0, 1.0), run(1, 9.0), run(2, 2.0), *others)
    assert (found.seconds, found.dollars, found.most, found.runs) == (2.0, 4.0, 18.0, 3)
    assert found.rate is not None
    assert (found.rate.gpu, found.rate.value, found.why) == ("A10G", 2.0, None)
    assert str(found) == "about $4.00 a run (2.0 s of A10G, as 3 runs before)"


def test_a_workflow_that_was_deployed_anew_is_known(told: Told) -> None:
    """Its runs under another deployment count; without its workflow the deployment's own do."""
    assert told(RECORD, run(0, 3.0, deployment_id="older")).dollars == 6.0
    shared = DeploymentRecord("d", "portrait", "public-share", workflow_id=None)
    assert told(shared, run(0, 3.0)).dollars == 6.0


def test_the_gpu_is_that_of_the_runs(told: Told) -> None:
    """The deployment's own where some ran on it, else that of the newest; times of another GPU do not mix in."""
    both = (run(0, 10.0, "T4"), run(1, 2.0, "A10G"))
    assert told(RECORD, *both).dollars == 4.0
    on_t4 = DeploymentRecord("d", "portrait", "production", workflow_id="w", gpu="t4")
    assert told(on_t4, *both).dollars == 10.0


def test_what_nobody_knows_has_a_reason(told: Told, tmp_path: Path) -> None:
    """No run yet, no price, no GPU: None, never 0; the rate is told where it is known all the same."""
    on_t4 = DeploymentRecord("d", "portrait", "production", workflow_id="w", gpu="T4")
    new = told(on_t4)
    assert (new.dollars, new.seconds, new.runs, new.most) == (None, None, 0, None)
    assert new.rate is not None
    assert "no run of it has ended well" in (new.why or "")
    assert "which GPU" in (told(RECORD).why or "")
    odd = told(RECORD, run(0, 3.0, "Z80"))
    assert (odd.dollars, odd.rate, odd.seconds) == (None, None, 3.0)
    assert "Z80 has no known price" in str(odd)


async def test_the_machine_tells_the_gpu_of_what_never_ran(gateway: LocalGateway, tmp_path: Path) -> None:
    """No run tells, nor does the deployment."""
    async with gateway.async_client(home=tmp_path) as st:
        deployment = await st.deployments.get("echo")
        found = await estimate_of(st._ready.context, deployment.record)
    assert found.rate is not None
    assert (found.rate.gpu, found.dollars) == ("CPU", None)


async def test_what_is_free_is_free(free: LocalGateway, tmp_path: Path) -> None:
    """However long it takes, also before the first run."""
    async with free.async_client(home=tmp_path) as st:
        deployment = await st.deployments.get("echo")
        found = await estimate_of(st._ready.context, deployment.record)
    assert (found.dollars, found.most, found.seconds) == (0.0, 0.0, None)
