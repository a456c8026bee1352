"""Versions of workflows: numbers from 1, both graphs, and where each is found."""

import re

from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from tests.local.routes.people import HOSTILE_IDS, NOWHERE, machine_named, newest, workflow

SHORT = re.compile(r"[\d-]{10}T[\d:]{5}(:\d\d\.\d{3})?Z")
MALFORMED = re.compile(r"[\d-]{10}T[\d:]{8}\.\d{6}\+00Z")


async def _add(api, workflow_id, **more):
    body = {"workflow": {"nodes": []}, "workflow_api": {"1": {"class_type": "X", "inputs": {}}}, **more}
    return await api("POST", f"/workflow/{workflow_id}/version", json=body)


async def test_versions_are_numbered_and_found(api):
    """By id and by number; the list is newest first, by part of a comment and by pages."""
    workflow_id = await workflow(api)
    made = [(await _add(api, workflow_id, comment=comment)).body for comment in ("Warm light", "cold", None)]
    assert [one["version"] for one in made] == [2, 3, 4]
    assert MALFORMED.fullmatch(made[0]["created_at"])
    assert not {"snapshot", "dependencies"} & made[0].keys()

    async def numbers(query=""):
        return [
            one["version"] for one in (await api("GET", f"/workflow/{workflow_id}/versions?{query}")).body
        ]

    assert await numbers() == [4, 3, 2, 1]
    assert await numbers("search=LIGHT") == [2]
    assert await numbers("search=%25") == await numbers("limit=0") == []
    assert await numbers("limit=2&offset=1") == [3, 2]
    listed = (await api("GET", f"/workflow/{workflow_id}/versions?offset=2&limit=1")).body[0]
    assert listed.pop("user_icon", 0) is None
    assert (await api("GET", f"/workflow/{workflow_id}/version/2")).body == listed
    assert (await api("GET", f"/workflow-version/{listed['id']}")).body == listed
    assert SHORT.fullmatch(listed["created_at"])
    assert listed["snapshot"] is listed["dependencies"] is None


async def test_what_is_no_version(api):
    """404 for an unknown one, 422 for no number and no UUID, 500 with a 404 inside for adding to nothing."""
    workflow_id = await workflow(api)
    assert (await api("GET", f"/workflow/{workflow_id}/version/2")).status == 404
    assert (await api("GET", f"/workflow/{NOWHERE}/version/1")).status == 404
    assert (await api("GET", f"/workflow/{NOWHERE}/versions")).status == 404
    for number in ("x", "1.5", "9" * 40, "%00"):
        assert (await api("GET", f"/workflow/{workflow_id}/version/{number}")).status == 422
    assert (await api("GET", f"/workflow-version/{NOWHERE}")).status == 404
    for version_id in HOSTILE_IDS:
        assert (await api("GET", f"/workflow-version/{version_id}")).status == 422
        assert (await _add(api, version_id)).body == {"detail": "404: Workflow not found"}
    answer = await _add(api, workflow_id, machine_id=NOWHERE)
    assert (answer.status, answer.body) == (500, {"detail": "404: Machine not found"})
    for bad in ({"workflow": "{}"}, {"workflow_api": None}, {"comment": 1}, {"comment": "\udfff"}):
        assert (await _add(api, workflow_id, **bad)).status == 422
    assert (await newest(api, workflow_id))["version"] == 1


async def test_a_strict_gateway_says_404_for_adding_to_nothing(strict):
    """And for a machine that is not there."""
    workflow_id = await workflow(strict)
    assert (await _add(strict, NOWHERE)).status == 404
    assert (await _add(strict, workflow_id, machine_id=NOWHERE)).status == 404
    made = (await _add(strict, workflow_id)).body
    assert re.fullmatch(r"[\d-]{10}T[\d:]{8}\.\d{6}Z", made["created_at"])


async def test_walls(api, people):
    """Nobody else finds a version or adds one; a colleague does both."""
    workflow_id = await workflow(api)
    version_id = (await newest(api, workflow_id))["id"]
    for other in people.foreign:
        assert (await other("GET", f"/workflow/{workflow_id}/versions")).status == 404
        assert (await other("GET", f"/workflow/{workflow_id}/version/1")).status == 404
        assert (await other("GET", f"/workflow-version/{version_id}")).status == 404
        assert (await _add(other, workflow_id)).status == 500
        theirs = await workflow(other)
        assert (await _add(other, theirs, machine_id=await machine_named(api))).status == 500
    ours = await workflow(people.member)
    added = (await _add(people.colleague, ours)).body
    assert (added["version"], added["user_id"]) == (2, "user_two")
    assert (await people.member("GET", f"/workflow-version/{added['id']}")).status == 200


JSON = st.recursive(
    st.none() | st.booleans() | st.floats() | st.integers() | st.text(st.characters()),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=5), inner, max_size=3),
    max_leaves=8,
)


@settings(
    max_examples=40,
    deadline=None,
    suppress_health_check=[HealthCheck.function_scoped_fixture],
    derandomize=True,
)
@given(data=st.dictionaries(st.text(max_size=5), JSON, max_size=4))
def test_any_graph_comes_back_as_it_was_or_is_refused(data):
    """What JSON can say is kept word for word; NaN and half characters are 422."""
    import math

    from stationthis_sdk.local.requests import validation

    def sayable(value):
        if isinstance(value, float):
            return math.isfinite(value)
        if isinstance(value, str):
            return not re.search("[\ud800-\udfff]", value)
        if isinstance(value, dict):
            return all(sayable(key) and sayable(one) for key, one in value.items())
        return all(map(sayable, value)) if isinstance(value, list) else True

    assert validation.storable(data) == sayable(data)


async def test_graphs_come_back_as_they_were(api):
    """Odd graphs are kept word for word, also where the whole version is shown."""
    workflow_id = await workflow(api)
    odd = {"": None, "é\u2028\x00": [1e308, -0.0, 2**70, {"a": [[]]}], "1": {"class_type": 7, "inputs": []}}
    made = (await _add(api, workflow_id, workflow=odd, workflow_api=odd)).body
    found = (await api("GET", f"/workflow-version/{made['id']}")).body
    assert (found["workflow"], found["workflow_api"]) == (odd, odd)
    for bad in (
        '{"workflow": {"a": NaN}, "workflow_api": {}}',
        '{"workflow": {}, "workflow_api": {"\\ud800": 1}}',
    ):
        answer = await api(
            "POST", f"/workflow/{workflow_id}/version", data=bad, headers={"Content-Type": "application/json"}
        )
        assert answer.status == 422
