"""The account: settings and keys as they are sent and told, and prices with what stands in for them."""

import pytest
from hypothesis import given
from hypothesis import strategies as some

from stationthis_sdk import (
    AsyncStationThis,
    AuthError,
    ConnectionFailed,
    InvalidInput,
    NotFound,
    RateLimited,
    Refused,
    ServerError,
    StationThis,
    StationThisError,
    Timeouts,
)
from stationthis_sdk.entities import Pricing
from stationthis_sdk.secret import Secret
from tests.programs_gateway import ProgramsGateway
from tests.wire import Wire, answer

TABLE = {"A10G": 0.0004}
HASTY = Timeouts(total=1.0)


@pytest.fixture
def own(tmp_path, monkeypatch):
    """A gateway and a data folder of the test's own."""
    monkeypatch.setenv("STATIONTHIS_HOME", str(tmp_path / "home"))
    with ProgramsGateway() as running:
        yield running


def test_prices_come_from_the_service_where_it_tells_them(own):
    """Whatever table is at hand; a copy is told as one."""
    with own.client() as st:
        asked, kept = st.account.pricing(otherwise=TABLE), st.account.pricing(otherwise=TABLE)
        assert asked.rates == kept.rates != TABLE
        assert (asked.source.kind, kept.source.kind) == ("api", "cache")
        assert asked.cost("CPU", 0) in {0.0, None}


@pytest.mark.parametrize("status", [405, 501])
def test_a_server_without_prices(own, status):
    """T11: one's own table stands in and says why; the server is not asked again for a while, unless one wants that."""
    with own.client() as st:
        own.faults.refuse(status, path="/platform/gpu-pricing")
        first, second = st.account.pricing(otherwise=TABLE), st.account.pricing(otherwise=TABLE)
        for told in (first, second):
            assert told.rates == TABLE
            assert (told.source.kind, told.source.stale) == ("file", True)
            assert "no list of prices" in told.source.problem
        assert first.cost("a10g", 10) == pytest.approx(0.004)
        asked = len(st.last_requests)
        assert st._inner._ready.context.service.edge.capabilities.missing == ("list of prices",)
        with pytest.raises(StationThisError):
            st.account.pricing()
        assert len(st.last_requests) > asked
        own.faults.clear()
        assert st.account.pricing(otherwise=TABLE, refresh=True).source.kind == "api"


def test_a_service_that_is_down_has_no_prices_but_those_of_before(own):
    """A copy comes before one's own table, and with neither the error is raised."""
    with own.client(timeouts=HASTY) as st:
        own.faults.drop_requests()
        told = st.account.pricing(otherwise=TABLE)
        assert (told.rates, told.source.kind) == (TABLE, "file")
        assert "connection" in told.source.problem
        with pytest.raises(StationThisError):
            st.account.pricing()
    own.faults.clear()
    with own.client() as st:
        known = st.account.pricing()
        own.stop()
    with StationThis(own._key, own._base_url, timeouts=HASTY) as st:
        assert st.account.pricing(otherwise=TABLE).rates == known.rates
        with pytest.raises(ConnectionFailed):
            st.account.pricing(refresh=True)
        assert st.account.pricing(otherwise=TABLE, refresh=True).source.kind == "file"


@pytest.mark.parametrize(
    ("status", "error"), [(401, AuthError), (403, Refused), (429, RateLimited), (500, None), (503, None)]
)
async def test_what_stands_in_for_prices_and_what_does_not(tmp_path, monkeypatch, status, error):
    """A refusal is an answer: the key is wrong, and no table hides it. A failure of the service is none."""
    monkeypatch.setenv("STATIONTHIS_HOME", str(tmp_path))
    with Wire(answer(status, {"detail": "no"})) as wire:
        async with AsyncStationThis("k", wire.base_url, timeouts=HASTY) as st:
            if error is None:
                told = await st.account.pricing(otherwise=TABLE)
                assert (told.rates, told.source.kind) == (TABLE, "file")
                assert "no list" not in told.source.problem
                with pytest.raises(ServerError):
                    await st.account.pricing()
            else:
                with pytest.raises(error):
                    await st.account.pricing(otherwise=TABLE)
            assert st._ready.context.service.edge.capabilities.missing == ()


@pytest.mark.parametrize("table", [{"T4": -1}, {"T4": "dear"}, {"T4": float("nan")}, {"T4": True}])
def test_a_table_that_is_none_is_refused(st, table):
    """Before anything is asked."""
    asked = len(st.last_requests)
    with pytest.raises(InvalidInput, match="T4"):
        st.account.pricing(otherwise=table)
    assert len(st.last_requests) == asked


@given(
    some.dictionaries(some.text(min_size=1, max_size=8), some.floats(0, 1), max_size=5),
    some.text(max_size=8),
    some.floats(0, 1e6),
)
def test_an_unknown_price_is_never_nothing(rates, gpu, seconds):
    """T11: a cost is rate times time, or None where there is no rate; names are compared as people write them."""
    pricing = Pricing(rates)
    rate = pricing.rate(gpu)
    assert (pricing.cost(gpu, seconds) is None) == (rate is None)
    assert pricing.cost(gpu, None) is None
    for name, known in rates.items():
        assert pricing.rate(name) == known
        assert pricing.cost(name, seconds) == known * seconds


def test_settings_are_changed_one_by_one(own):
    """What is left out stays; secrets go up and never come back; nonsense is refused before anything is sent."""
    with own.client() as st:
        st.account.update_settings(visibility="private", spend_limit=12.5)
        changed = st.account.update_settings(hugging_face_token=Secret("hf_hush-hush"))
        assert (changed.visibility, changed.has_hugging_face_token) == ("private", True)
        assert "hush-hush" not in repr((changed, st.last_requests))
        asked = len(st.last_requests)
        for wrong in (
            {},
            {"visibility": "hidden"},
            {"api_version": "v3"},
            {"spend_limit": -1},
            {"spend_limit": True},
            {"bucket_name": 3},
            {"custom_bucket": "yes"},
            {"bucket_key": " "},
        ):
            with pytest.raises(InvalidInput):
                st.account.update_settings(**wrong)
        assert len(st.last_requests) == asked


def test_keys_are_told_once(own):
    """A new key works, is listed by its end alone, and is revoked by its id; a key in its place is never sent."""
    with own.client() as st:
        key = st.account.create_key("for a bot")
        assert key.reveal() not in repr(key)
        (listed,) = st.account.keys("for a bot")
        assert key.reveal().endswith(listed.ending)
        with StationThis(key.reveal(), own.base_url) as other:
            assert other.deployments.list(refresh=True)
        with pytest.raises(NotFound, match="lists them"):
            st.account.delete_key("5ea8723e-4701-4d69-8604-8932801f2083")
        asked = len(st.last_requests)
        for wrong in (own.key, "eyJhbGciOiJIUzI1NiJ9.e30.x", "", None):
            with pytest.raises(InvalidInput):
                st.account.delete_key(wrong)
        for wrong in ("", " ", "x" * 256, "a\nb", 3):
            with pytest.raises(InvalidInput):
                st.account.create_key(wrong)
        assert len(st.last_requests) == asked
        st.account.delete_key(listed.id)
        assert st.account.keys("for a bot") == []


def test_a_key_whose_answer_is_lost_is_told_of(own):
    """There may be one that nobody has: the error says where to look, and it is there."""
    with own.client(timeouts=HASTY) as st:
        own.faults.drop_answers(method="POST", path="/platform/api-keys")
        with pytest.raises(StationThisError, match=r"st\.account\.keys\(\)"):
            st.account.create_key("lost")
        assert [one.name for one in st.account.keys("lost")] == ["lost"]
