"""Connections that are kept for the next request, and those that must not be."""

import pytest

from stationthis_sdk import AsyncStationThis, ServerError
from tests.wire import CRASH, Wire, answer

FAILED = answer(500, b"Internal Server Error", content_type="text/plain")


@pytest.mark.parametrize(("said", "connections"), [(FAILED, 2), (CRASH, 2), (answer(200, {}), 1)])
async def test_after_a_500_the_connection_is_not_used_again(said, connections) -> None:
    """The service closes it without saying so: what is sent next, and only once, must not be lost on it."""
    with Wire(answer(200, {})) as wire:
        async with AsyncStationThis("k", wire.base_url) as st:
            wire.answers.append(said)
            try:
                await st.request("POST", "/first", json={})
            except ServerError:
                assert said != answer(200, {})
            assert await st.request("POST", "/second", json={}) == {}
        assert wire.connections == connections


async def test_a_500_whose_body_comes_later() -> None:
    """Long words of failure end the connection as well."""
    with Wire(answer(200, {})) as wire:
        async with AsyncStationThis("k", wire.base_url) as st:
            wire.answers.append(answer(503, b"x" * 3_000_000, content_type="text/plain"))
            with pytest.raises(ServerError):
                await st.request("POST", "/first", json={})
            await st.request("POST", "/second", json={})
        assert wire.connections == 2
