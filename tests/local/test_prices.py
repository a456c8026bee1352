"""What the gateway says that GPUs cost: nothing, or what it was told; its events by the same prices."""

import pytest

from stationthis_sdk.local.folder import GatewayError
from stationthis_sdk.local.prices import all_prices, prices_in
from stationthis_sdk.testing import local_gateway
from tests.echo import GRAPH


def test_prices_are_told_as_they_were_given() -> None:
    """Every GPU has one; the events of a machine cost their seconds."""
    with local_gateway(prices={"CPU": 0.25, "H100": 2.0}) as gateway:
        gateway.deploy("echo", GRAPH)
        st = gateway.client()
        prices = st.request("GET", "/platform/gpu-pricing")
        assert (prices["CPU"], prices["H100"], prices["A10G"]) == (0.25, 2.0, 0.0)
        run = st.deployments["echo"](words="x")
        (event,) = st.machines.get("this-machine").events()
        assert event.cost == pytest.approx(run.record.run_duration * 0.25, abs=0.001)


@pytest.mark.parametrize("bad", [{"Z80": 1.0}, {"CPU": -1.0}, {"CPU": float("nan")}, {"CPU": True}])
def test_what_is_no_price_is_refused(bad: dict[str, float]) -> None:
    """Before anything is started."""
    with pytest.raises(GatewayError):
        all_prices(bad)


@pytest.mark.parametrize("word", ["CPU", "CPU=", "CPU=dear", "=1", "Z80=1", "CPU=-1"])
def test_a_command_line_s_prices(word: str) -> None:
    """One a word, as CPU=0.001; all else is told of."""
    with pytest.raises(GatewayError):
        prices_in([word])
    assert prices_in(["CPU=0.001", "T4=2"]) == {"CPU": 0.001, "T4": 2.0}
