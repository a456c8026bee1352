"""A month's cap: looked at before anything is sent; what is spent, under way and about to start stays below it."""

import asyncio
import sqlite3
import time
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path

import pytest
from PIL import Image

from stationthis_sdk import CapReached, ConfigError, Refused, StationThis
from stationthis_sdk.config import load_settings
from stationthis_sdk.profiles import Profiles
from stationthis_sdk.testing import LocalGateway, local_gateway
from tests.echo import GRAPH


@pytest.fixture(scope="module")
def gateway() -> Iterator[LocalGateway]:
    """A gateway whose CPU costs something."""
    with local_gateway(prices={"CPU": 1.0}) as made:
        made.deploy("echo", GRAPH)
        made.deploy("file", {**GRAPH, "3": FILE})
        yield made


FILE = {
    "class_type": "ComfyUIDeployExternalImage",
    "inputs": {"input_id": "picture", "default_value_url": "", "display_name": "", "description": ""},
}


@pytest.fixture
def home(gateway: LocalGateway, tmp_path: Path) -> Path:
    """A data folder whose ledger has one run, of exactly one dollar this month."""
    with gateway.client(home=tmp_path) as st:
        st.deployments["echo"](words="first")
    spend(tmp_path, "UPDATE runs SET run_duration = 1.0, cost = 1.0, rate = 1.0")
    return tmp_path


def spend(home: Path, statement: str) -> None:
    """Change what the ledger says."""
    with sqlite3.connect(home / "ledger.db") as database:
        database.execute(statement)
    database.close()


def posts(gateway: LocalGateway) -> int:
    """How many runs the gateway has seen."""
    return len(gateway.runs())


def test_the_cap_is_reached_before_anything_is_sent(gateway: LocalGateway, home: Path) -> None:
    """One dollar spent, one expected, of a cap of 1.99: refused, with all that one wants to know."""
    before = posts(gateway)
    with gateway.client(home=home, monthly_cap=1.99) as st:
        echo = st.deployments["echo"]
        st.account.pricing()
        with pytest.raises(CapReached) as caught:
            echo(words="second")
        assert not [one for one in st.last_requests if one.method != "GET"]
        assert st.runs.list(state="not-started") == []
    error = caught.value
    assert (error.month, error.spent, error.cap) == (f"{datetime.now(UTC):%Y-%m}", 1.0, 1.99)
    assert (error.estimate, error.where) == (1.0, "the argument monthly_cap")
    for word in (
        "'echo'",
        "$1.99",
        "$1.00 is spent",
        "the argument monthly_cap",
        error.month,
        "this one costs $1.00",
    ):
        assert word in error.message
    assert posts(gateway) == before
    with sqlite3.connect(home / "ledger.db") as database:
        assert database.execute("SELECT count(*) FROM submits").fetchone() == (1,)
    database.close()


def test_what_just_fits_may_run(gateway: LocalGateway, home: Path) -> None:
    """To the cent."""
    with gateway.client(home=home, monthly_cap=2.0) as st:
        assert st.deployments["echo"](words="second").state == "success"


def test_files_are_not_uploaded_for_a_run_that_may_not_start(
    gateway: LocalGateway, home: Path, tmp_path: Path
) -> None:
    """The look comes before the uploads."""
    picture = tmp_path / "a.png"
    Image.new("RGB", (8, 8)).save(picture)
    with gateway.client(home=home, monthly_cap=0.5) as st, pytest.raises(CapReached):
        st.deployments["file"](picture=picture)
    assert not [one for one in st.last_requests if one.method != "GET"]


def test_last_month_does_not_count(gateway: LocalGateway, home: Path) -> None:
    """Months are UTC's, by when the run was made."""
    began = datetime.now(UTC).replace(day=1, hour=0, minute=0, second=0, microsecond=0).timestamp()
    for made_at, may in ((began - 0.001, True), (began, False)):
        spend(home, f"UPDATE runs SET made_at = {made_at} WHERE cost = 1.0")
        with gateway.client(home=home, monthly_cap=1.5) as st:
            if may:
                assert st.deployments["echo"].submit(words="x").wait().state == "success"
                spend(home, "DELETE FROM runs WHERE cost < 1.0")
            else:
                with pytest.raises(CapReached):
                    st.deployments["echo"](words="x")


def test_live_runs_and_submits_under_way_count(gateway: LocalGateway, home: Path) -> None:
    """Each with what one usually costs, also those of another process."""
    spend(home, "INSERT INTO runs SELECT 'live', service, account, NULL, 'running', 0, '', inputs, outputs, tags, "
          "deployment_id, deployment_name, workflow_id, workflow_version_id, machine_id, gpu, origin, NULL, NULL, created_at, "
          "queued_at, started_at, NULL, NULL, NULL, made_at, heard_at, NULL, NULL, NULL, NULL, NULL, NULL FROM runs")  # fmt: skip
    with gateway.client(home=home, monthly_cap=2.5) as st, pytest.raises(CapReached) as caught:
        st.deployments["echo"](words="x")
    assert caught.value.spent == 2.0
    assert "$1.00 expected of 1 run under way" in caught.value.message
    spend(home, "UPDATE submits SET state = 'lost'")
    with gateway.client(home=home, monthly_cap=3.5) as st, pytest.raises(CapReached) as caught:
        st.deployments["echo"](words="x")
    assert caught.value.spent == 3.0


async def test_submits_at_once_do_not_pass_it_together(gateway: LocalGateway, home: Path) -> None:
    """Twenty that start in one moment: as many go through as fit, from two clients of the same data folder."""
    async with (
        gateway.async_client(home=home, monthly_cap=4.0) as one,
        gateway.async_client(home=home, monthly_cap=4.0) as other,
    ):
        deployments = [await st.deployments.get("echo") for st in (one, other)]
        made = await asyncio.gather(
            *(deployments[number % 2].submit(words=str(number)) for number in range(20)),
            return_exceptions=True,
        )
        started = [run for run in made if not isinstance(run, BaseException)]
        assert len(started) == 3
        assert {type(run) for run in made} - {type(started[0])} == {CapReached}
        for run in started:
            await run.wait()
        assert (await deployments[0](words="now they are cheaper")).state == "success"


def test_a_run_that_came_to_nothing_gives_its_room_back(gateway: LocalGateway, home: Path) -> None:
    """Refused by the service: the next one may start."""
    with gateway.client(home=home, monthly_cap=2.0) as st:
        echo = st.deployments["echo"]
        gateway.faults.refuse(403, times=1, path="/run/deployment/queue")
        with pytest.raises(Refused):
            echo(words="x")
        assert echo(words="x").state == "success"


def test_unknown_costs_count_as_nothing_and_are_told(gateway: LocalGateway, home: Path) -> None:
    """A run whose GPU nobody knows; and one of which nobody knows what it will cost is refused when nothing is left."""
    spend(home, "INSERT INTO runs SELECT 'odd', service, account, NULL, 'success', 0, '', inputs, outputs, tags, "
          "deployment_id, deployment_name, 'other', workflow_version_id, machine_id, NULL, origin, NULL, NULL, created_at, "
          "queued_at, NULL, NULL, NULL, NULL, made_at, heard_at, NULL, NULL, NULL, NULL, 'nobody knows', NULL FROM runs")  # fmt: skip
    with gateway.client(home=home, monthly_cap=1.5) as st:
        with pytest.raises(CapReached, match="nobody knows count as nothing: 1"):
            st.deployments["echo"](words="x")
        assert st.deployments["text-to-picture"](steps=1, width=32, height=32).state == "success"
    spend(home, "UPDATE runs SET cost = 1.5 WHERE cost = 1.0")
    spend(home, "DELETE FROM runs WHERE deployment_name = 'text-to-picture'")
    with (
        gateway.client(home=home, monthly_cap=1.5) as st,
        pytest.raises(CapReached, match="what this one costs nobody knows") as caught,
    ):
        st.deployments["text-to-picture"](steps=1, width=32, height=32)
    assert caught.value.estimate is None


def test_without_a_cap_nothing_is_looked_at(gateway: LocalGateway, tmp_path: Path) -> None:
    """No price is asked for before a run is submitted."""
    with gateway.client(home=tmp_path) as st:
        run = st.deployments["echo"].submit(words="x")
        assert not [one for one in st.last_requests if "gpu-pricing" in one.url]
        run.wait()


def test_a_cap_of_nothing_lets_free_runs_through(tmp_path: Path) -> None:
    """On this machine nothing costs; what costs does not start."""
    with local_gateway() as free:
        free.deploy("echo", GRAPH)
        assert free.client(home=tmp_path, monthly_cap=0).deployments["echo"](words="x").state == "success"


def profile(home: Path, text: str) -> None:
    """A profiles file."""
    path = home / "config.toml"
    path.write_text(text)
    path.chmod(0o600)


def test_where_cap_and_rates_come_from(tmp_path: Path) -> None:
    """The argument, the environment, the profile; also when key and address are from elsewhere."""
    profile(tmp_path, "[profiles.default]\nmonthly_cap = 200\n[profiles.default.rates]\nA10G = 0.00031\n")
    env = {"STATIONTHIS_HOME": str(tmp_path), "STATIONTHIS_API_KEY": "k", "STATIONTHIS_BASE_URL": "http://h"}
    stored = load_settings(environ=env)
    assert (stored.monthly_cap, stored.cap_source) == (200.0, "monthly_cap of profile default")
    assert stored.rates == {"A10G": 0.00031}
    named = load_settings(environ={**env, "STATIONTHIS_MONTHLY_CAP": " $20.50 "})
    assert (named.monthly_cap, named.cap_source) == (20.5, "STATIONTHIS_MONTHLY_CAP")
    given = load_settings(monthly_cap=5, rates={}, environ={**env, "STATIONTHIS_MONTHLY_CAP": "20"})
    assert (given.monthly_cap, given.rates, given.cap_source) == (5.0, {}, "the argument monthly_cap")
    assert load_settings("k", "http://h", environ=env).monthly_cap is None
    Profiles(tmp_path).set("default", api_key="new")
    assert load_settings(environ=env).monthly_cap == 200.0


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("monthly_cap = -1", "monthly_cap of profile default says -1"),
        ("monthly_cap = 'much'", "says 'much'"),
        ("monthly_cap = true", "says True"),
        ("monthly_cap = nan", "says nan"),
        ("rates = 3", "wants to be a table"),
        ("[profiles.default.rates]\nA10G = -1\nT4 = 'x'", "A10G has -1, T4 has 'x'"),
    ],
)
def test_money_that_is_none_is_refused(tmp_path: Path, text: str, said: str) -> None:
    """A cap that can't be read is no cap that is passed over."""
    profile(tmp_path, f"[profiles.default]\n{text}\n")
    with pytest.raises(ConfigError) as caught:
        load_settings(environ={"STATIONTHIS_HOME": str(tmp_path), "STATIONTHIS_API_KEY": "k"})
    assert said in caught.value.message
    for wrong in ("lots", "-3", "inf"):
        with pytest.raises(ConfigError, match="STATIONTHIS_MONTHLY_CAP says"):
            load_settings("k", "http://h", environ={"STATIONTHIS_MONTHLY_CAP": wrong})
    with pytest.raises(ConfigError, match="US dollars a second"):
        StationThis("k", "http://127.0.0.1:9", rates={"A10G": -1.0})


def test_the_look_is_quick_enough_for_many_runs(gateway: LocalGateway, home: Path) -> None:
    """The sum of a month with thousands of runs is read from an index: the plan says so."""
    with sqlite3.connect(home / "ledger.db") as database:
        plan = database.execute(
            "EXPLAIN QUERY PLAN SELECT total(cost) FROM runs WHERE service = ? AND account = ? AND made_at >= ? "
            "AND state IN ('success', 'failed', 'timeout', 'cancelled') AND cost IS NOT NULL",
            ("s", "a", time.time()),
        ).fetchall()
    database.close()
    assert "COVERING INDEX runs_spent" in str(plan)
