"""What a server lacks: learnt from the right answers only, used, and forgotten again."""

import attrs
import pytest

from stationthis_sdk import AsyncStationThis, NotFound, StationThisError
from stationthis_sdk.api.capabilities import REMEMBERED, Capabilities
from tests.wire import Wire, answer


@attrs.define
class Hands:
    """A clock moved by hand."""

    now: float = 0.0

    def __call__(self):
        return self.now


ROUTERS = [
    answer(404, {"detail": "Not Found"}),
    answer(404, b"404 Not Found", content_type="text/plain"),
    answer(404, b"<html>nothing here</html>", content_type="text/html"),
    answer(405, {"detail": "Method Not Allowed"}),
    answer(501, b""),
]
OTHERS = [
    answer(401, {"detail": "Invalid or expired token"}),
    answer(403, {"detail": "Not authorized"}),
    answer(404, {"detail": "Workflow not found"}),
    answer(422, {"detail": "no"}),
    answer(429, {"detail": "slow down"}, headers={"Retry-After": "999"}),
    answer(500, b"Internal Server Error", content_type="text/plain"),
    answer(405, {"detail": "Error creating run: 405 Method Not Allowed"}),
    answer(501, {"detail": "Error creating run: 501 Not Implemented"}),
]


async def asked(server, capabilities):
    """Ask the server for one of two lists, and tell which was read."""
    async with AsyncStationThis("k", server.base_url) as st:

        async def first():
            await st.request("POST", "/new", json={})
            return "first"

        async def second():
            return "second"

        return await capabilities.either("new list", first, second)


@pytest.mark.parametrize("said", ROUTERS)
async def test_a_missing_endpoint_is_learnt_for_a_while(said):
    """The second way is taken, the first is not tried again before ten minutes are over."""
    clock = Hands()
    capabilities = Capabilities(clock)
    with Wire(said) as server:
        assert await asked(server, capabilities) == "second"
        assert await asked(server, capabilities) == "second"
        assert len(server.asked) == 1
        assert capabilities.missing == ("new list",)
        clock.now += REMEMBERED
        server.otherwise = answer(200, {})
        assert await asked(server, capabilities) == "first"
        assert capabilities.missing == ()


@pytest.mark.parametrize("said", OTHERS)
async def test_other_refusals_teach_nothing(said):
    """A wrong key, a wall, a missing id, too many requests and failures are told as they are."""
    capabilities = Capabilities()
    with Wire(said) as server, pytest.raises(StationThisError):
        await asked(server, capabilities)
    assert capabilities.missing == ()


THERE = [
    answer(200, {}),
    answer(404, {"detail": "Run not found"}),
    answer(422, {"detail": "no"}),
]
UNTOLD = [
    answer(401, {"detail": "Invalid or expired token"}),
    answer(403, {"detail": "Not authorized"}),
    answer(500, b"Internal Server Error", content_type="text/plain"),
]


@pytest.mark.parametrize(
    ("said", "lacks", "asked_twice"),
    [
        *((one, True, 1) for one in ROUTERS),
        *((one, False, 1) for one in THERE),
        *((one, False, 2) for one in UNTOLD),
    ],
)
async def test_what_a_server_has_is_found_out_before_it_costs(said, lacks, asked_twice):
    """Either answer is remembered for a while; where nobody can tell, nothing is missing, and it is asked again."""
    clock = Hands()
    capabilities = Capabilities(clock)
    with Wire(said) as server:
        async with AsyncStationThis("k", server.base_url) as st:

            async def ask():
                await st.request("POST", "/new", json={})

            for _ in range(2):
                assert await capabilities.find_out("new list", ask) is lacks
            assert len(server.asked) == asked_twice
            clock.now += REMEMBERED
            server.otherwise = answer(404, {"detail": "Not Found"})
            assert await capabilities.find_out("new list", ask)


async def test_a_thing_that_is_not_there_is_no_missing_endpoint(ast):
    """The gateway's 404 of an unknown workflow is not taken for an endpoint it lacks."""
    capabilities = ast._ready.context.service.edge.capabilities

    async def first():
        return await ast.request("GET", "/workflow/5ea8723e-4701-4d69-8604-8932801f2083")

    with pytest.raises(NotFound):
        await capabilities.either("workflows", first, first)
    assert capabilities.missing == ()
