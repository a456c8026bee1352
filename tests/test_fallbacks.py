"""The second ways, each taken by breaking the first one on a gateway itself; one's own ComfyUI and uploads have tests of theirs."""

import asyncio
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
import stamina

from stationthis_sdk import AuthError, ConnectionFailed, RateLimited, Refused, ServerError, StationThisError
from stationthis_sdk.api.breaker import FAILURES, FIRST_PAUSE, Breakers
from stationthis_sdk.api.capabilities import REMEMBERED, Capabilities
from stationthis_sdk.testing import LocalGateway
from tests.uploading import Hands

LIGHT = "/v2/workflow/*"
RAW = "/workflow/*/runs"
SMALL = {"steps": 1, "width": 32, "height": 32}


@pytest.fixture
def own(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[LocalGateway]:
    """A gateway and a data folder of the test's own."""
    monkeypatch.setenv("STATIONTHIS_HOME", str(tmp_path / "home"))
    with LocalGateway() as running:
        yield running


@pytest.fixture(autouse=True)
def _no_pauses() -> Iterator[None]:
    """Tries follow each other at once."""
    with stamina.set_testing(True, attempts=2, cap=True):
        yield


def edge_of(st: Any) -> Any:
    """What a client sends with."""
    return st._inner._ready.context.service.edge


def asked(st: Any, since: int = 0) -> list[str]:
    """The paths a client asked for; ids are left out."""
    paths = [one.url.partition("/api")[2].split("/") for one in list(st.last_requests)[since:]]
    return ["/".join("…" if len(step) == 36 else step for step in path) for path in paths]


def aged(st: Any, seconds: float) -> None:
    """Make all copies of a client's account older than they are."""
    catalogue = st._inner._ready.context.catalogue
    shelf = catalogue.shelf

    def work() -> None:
        for kind, key, label, _ in list(shelf.labels(catalogue.scope)):
            content = shelf.content(label)
            shelf._cache.delete(f"l:{catalogue.scope}:{kind}:{key}")
            shelf.put(catalogue.scope, kind, key, content, label.at - seconds, label.tokens)

    asyncio.run(shelf.do(work, None))


# The light list of runs, then the raw one.


@pytest.mark.parametrize("status", [405, 501])
def test_the_raw_list_of_runs_where_there_is_no_light_one(own: LocalGateway, status: int) -> None:
    """The same runs, told whole; the missing list is not asked for again until ten minutes are over."""
    with own.client() as st:
        clock = Hands(1000.0)
        edge_of(st).capabilities = Capabilities(clock)
        runs = [st.deployments["text-to-picture"](prompt="a fox", seed=seed, **SMALL) for seed in range(3)]
        light = [one.id for one in st.runs.list(workflow="text-to-picture")]
        assert light == [run.id for run in reversed(runs)]
        own.faults.refuse(status, path=LIGHT)
        before = len(st.last_requests)
        assert [one.id for one in st.runs.list(workflow="text-to-picture")] == light
        assert [one.id for one in st.runs.list(workflow="text-to-picture", state="success")] == light
        lists = [path for path in asked(st, before) if path.endswith("/runs")]
        assert lists == ["/v2/workflow/…/runs", "/workflow/…/runs", "/workflow/…/runs"]
        assert edge_of(st).capabilities.missing == ("light run list",)
        own.faults.clear()
        clock.now += REMEMBERED
        before = len(st.last_requests)
        assert [one.id for one in st.runs.list(workflow="text-to-picture")] == light
        assert "/v2/workflow/…/runs" in asked(st, before)
        assert edge_of(st).capabilities.missing == ()


@pytest.mark.parametrize(
    ("status", "error"), [(401, AuthError), (403, Refused), (429, RateLimited), (500, ServerError)]
)
def test_a_refusal_is_no_missing_list(own: LocalGateway, status: int, error: type[StationThisError]) -> None:
    """It is told as it is, the other list is not asked for, and nothing is learnt."""
    with own.client() as st:
        own.faults.refuse(status, path=LIGHT)
        with pytest.raises(error):
            st.runs.list(workflow="text-to-picture")
        assert "/workflow/…/runs" not in asked(st)
        assert edge_of(st).capabilities.missing == ()
        own.faults.clear()
        assert st.runs.list(workflow="text-to-picture") == []


def test_when_no_list_is_left_the_last_error_is_told(own: LocalGateway) -> None:
    """Both lists broken: an error, and no empty list in its place."""
    with own.client() as st:
        own.faults.refuse(501, path=LIGHT)
        own.faults.refuse(501, path=RAW)
        with pytest.raises(StationThisError):
            st.runs.list(workflow="text-to-picture")


# The service, then an old copy.


@pytest.mark.parametrize("trouble", ["errors", "drop_requests", "refuse 429", "refuse 503"])
def test_an_old_copy_where_the_service_does_not_tell(own: LocalGateway, trouble: str) -> None:
    """Lists and single things alike; each says how old it is and what is the matter."""
    with own.client() as st:
        reads = (
            lambda: st.deployments.list()[0],
            lambda: st.workflows.list()[0],
            lambda: st.machines.list()[0],
            lambda: st.machines.get("this-machine"),
            lambda: st.workflows.get("text-to-picture"),
            st.account.settings,
            st.account.pricing,
        )
        before = [read() for read in reads]
        aged(st, 5 * 86_400)
        fault, _, status = trouble.partition(" ")
        getattr(own.faults, fault)(*[int(status)] if status else [])
        for read, known in zip(reads, before, strict=True):
            told = read()
            assert told.source.stale
            assert told.source.age > 4 * 86_400
            assert "5 days old" in str(told.source)
            assert getattr(told, "id", None) == getattr(known, "id", None)


@pytest.mark.parametrize(("status", "error"), [(401, AuthError), (403, Refused)])
def test_no_old_copy_for_who_is_refused(
    own: LocalGateway, status: int, error: type[StationThisError]
) -> None:
    """A key that was revoked is told nothing from memory."""
    with own.client() as st:
        st.deployments.list()
        aged(st, 86_400)
        own.faults.refuse(status)
        with pytest.raises(error):
            st.deployments.list()


# Prices, then one's own table.


def test_ones_own_table_where_there_are_no_prices(own: LocalGateway) -> None:
    """First none are there, then they are: which of the two it was is told."""
    with own.client() as st:
        clock = Hands(1000.0)
        edge_of(st).capabilities = Capabilities(clock)
        own.faults.refuse(405, path="/platform/gpu-pricing")
        told = st.account.pricing(otherwise={"T4": 1.0})
        assert (told.rates, told.source.kind) == ({"T4": 1.0}, "file")
        own.faults.clear()
        assert st.account.pricing(otherwise={"T4": 1.0}).source.kind == "file"
        clock.now += REMEMBERED
        assert st.account.pricing(otherwise={"T4": 1.0}).source.kind == "api"


# Today's endpoints, then those of a server of old.


def test_the_endpoints_of_old_where_todays_are_missing(own: LocalGateway) -> None:
    """A run is queued and waited for at the old ones, once, and only where the flag allows it."""
    own.faults.refuse(405, path="/run/*")
    with own.client() as st:
        with pytest.raises(StationThisError):
            st.deployments["text-to-picture"].submit(prompt="a fox", seed=1, **SMALL)
        assert own.runs() == ()
    with own.client(flags={"legacy_endpoints": True}) as st:
        run = st.deployments["text-to-picture"](prompt="a fox", seed=1, **SMALL)
        assert run.state == "success"
        assert [one.id for one in own.runs()] == [run.id]


# A service that is silent.


def test_a_breaker_opens_and_closes_again(own: LocalGateway) -> None:
    """Silent for long, the gateway is left alone, copies are told meanwhile, and one good answer ends it."""
    with own.client() as st:
        clock = Hands(1000.0)
        edge_of(st)._breakers = Breakers(clock)
        known = st.deployments.list()
        aged(st, 86_400)
        own.faults.drop_requests()
        for _ in range(FAILURES):
            with pytest.raises(StationThisError):
                st.request("DELETE", "/machine/5ea8723e-4701-4d69-8604-8932801f2083")
        before = len(own.faults.seen)
        with pytest.raises(ConnectionFailed, match="left alone"):
            st.workflows.list()
        found = st.deployments.list()
        assert [one.id for one in found] == [one.id for one in known]
        assert found[0].source.stale
        assert "left alone" in str(found[0].source)
        assert len(own.faults.seen) == before
        own.faults.clear()
        clock.now += FIRST_PAUSE
        assert st.workflows.list()
        assert not st.deployments.list()[0].source.stale
