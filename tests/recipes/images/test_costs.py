"""What making an image costs: every run counts, also those that were made again; unknown is None and says why."""

import pytest

from stationthis_sdk import Cost, RunFailed, chain
from stationthis_sdk.testing import local_gateway
from stationthis_sdk.twins import twin
from tests.recipes.images import graphs


def test_every_run_counts() -> None:
    """Steps of a chain, several at once, and runs that failed and were made again."""
    with local_gateway(prices={"CPU": 0.5}) as gateway:
        gateway.deploy("standard", graphs.PRODUCT)
        gateway.deploy("broken", graphs.BROKEN)
        st = gateway.client()
        made = st.make_image("a fox", chain("standard", ("picture-to-picture", {"steps": 1})), n=2, steps=1)
        costs = [run.cost.estimated for run in made.all_runs]
        assert len(costs) == 4
        assert made.cost.estimated == pytest.approx(sum(cost for cost in costs if cost is not None))
        assert made.cost.estimated is not None
        assert made.cost.estimated > max(cost for cost in costs if cost is not None)
        assert made.cost.gpu == "CPU"
        with pytest.raises(RunFailed) as caught:
            st.make_image("a fox", "broken", retry={"failed": 1})
        failed = caught.value.generation
        assert [str(run.state) for run in failed.all_runs] == ["failed", "failed"]
        assert failed.cost.estimated == pytest.approx(sum(run.cost.estimated or 0 for run in failed.all_runs))


def test_an_unknown_cost_is_none_and_says_why() -> None:
    """Never 0: one run of several is enough."""
    with local_gateway() as gateway:
        gateway.deploy("standard", graphs.PRODUCT)
        made = gateway.client().make_image("a fox", n=2, steps=1)
        assert made.cost.estimated == 0.0
        twin(made).runs[1]._cost = Cost(why="the service tells no GPU")
        assert (made.cost.estimated, made.cost.why) == (None, "of 1 of 2 runs: the service tells no GPU")
        assert "unknown: of 1 of 2 runs" in repr(made)


def test_what_is_found_again_costs_nothing() -> None:
    """A deployment with cache=True finds the equal run of before."""
    with local_gateway(prices={"CPU": 0.5}) as gateway:
        st = gateway.client()
        cached = st.deployments["text-to-picture"].options(cache=True)
        first = st.make_image("a fox", cached, seed=7, width=32, height=32, steps=1)
        again = st.make_image("a fox", cached, seed=7, width=32, height=32, steps=1)
        assert first.cost.estimated
        assert (again.runs[0].from_cache, again.cost.estimated) == (True, 0.0)
        assert len(gateway.runs()) == 1
