"""Published workflows: publishing, taking back, and what anybody may do with them."""

import asyncio
import re

from tests.local.conftest import picture_graph
from tests.local.routes.people import HOSTILE_IDS, NOWHERE, machine_named, newest, workflow

NO_KEY = {"headers": {"Authorization": ""}}
PADDED = re.compile(r"[\d-]{10}T[\d:]{8}\.\d{3}000Z")


async def _publish(api, workflow_id, title="My boats", **more):
    body = {"workflow_id": workflow_id, "title": title, **more}
    return await api("POST", f"/workflow/{workflow_id}/share", json=body)


async def test_publishing_a_workflow(api):
    """Anybody then reads its graph as it was exported; it is public whatever is said."""
    workflow_id = await workflow(api)
    made = (await _publish(api, workflow_id, is_public=False, description="d", cover_image="c")).body
    assert (made["share_slug"], made["is_public"], made["view_count"]) == ("my-boats", True, 0)
    assert made["workflow_version_id"] is None
    assert PADDED.fullmatch(made["created_at"])
    await api("POST", f"/workflow/{workflow_id}/version", json={"workflow": {}, "workflow_api": {"x": {}}})
    shown = (await api("GET", "/shared-workflows/my-boats", **NO_KEY)).body
    assert shown == made
    assert shown["workflow_export"]["workflow_api"] == picture_graph()
    taken = (await api("GET", "/shared-workflows/my-boats/download", **NO_KEY)).body
    assert taken == shown["workflow_export"]


async def test_publishing_anew(api):
    """Changes the share and keeps its address; another of the same title gets a number."""
    workflow_id, other = await workflow(api), await workflow(api, "other")
    first = (await _publish(api, workflow_id)).body
    version = (await newest(api, workflow_id))["id"]
    again = (await _publish(api, workflow_id, "Ships", workflow_version_id=version)).body
    assert (again["id"], again["share_slug"], again["title"]) == (first["id"], "my-boats", "Ships")
    assert (again["workflow_version_id"], again["description"]) == (version, None)
    assert (await _publish(api, other)).body["share_slug"] == "my-boats-1"
    assert (await _publish(api, await workflow(api), "***")).body["share_slug"] == "workflow"


async def test_what_can_not_be_published(api, strict):
    """Unknown workflows and versions and what can't be exported are 500; bad bodies 422; a strict gateway says 404."""
    workflow_id = await workflow(api)
    for missing in (NOWHERE, *HOSTILE_IDS):
        body = {"workflow_id": NOWHERE, "title": "x"}
        assert (await api("POST", f"/workflow/{missing}/share", json=body)).status == 500
    assert (await _publish(api, workflow_id, workflow_version_id=NOWHERE)).status == 500
    classic = await workflow(api, machine_id=await machine_named(api, "classic-machine"))
    assert (await _publish(api, classic)).status == 500
    for bad in ({"title": None}, {"title": "x" * 1001}, {"title": "\ud800"}, {"workflow_version_id": "abc"}):
        assert (await _publish(api, workflow_id, **bad)).status == 422
    assert (await api("POST", f"/workflow/{workflow_id}/share", json={"title": "x"})).status == 422
    assert (await api("GET", "/shared-workflows")).body == {"shared_workflows": [], "total": 0}
    assert (
        await strict("POST", f"/workflow/{NOWHERE}/share", json={"workflow_id": NOWHERE, "title": "x"})
    ).status == 404


async def test_the_public_list(api, people):
    """Newest first, without graphs; by title, by user and by pages; the total counts all that match."""
    for title in ("Boats", "Ships", "big boats"):
        await _publish(api, await workflow(api), title)
    await _publish(people.stranger, await workflow(people.stranger), "Trains")

    async def titles(query=""):
        body = (await api("GET", f"/shared-workflows?{query}", **NO_KEY)).body
        assert all(one["workflow_export"] is None for one in body["shared_workflows"])
        return [one["title"] for one in body["shared_workflows"]], body["total"]

    assert await titles() == (["Trains", "big boats", "Ships", "Boats"], 4)
    assert await titles("search=BOATS") == (["big boats", "Boats"], 2)
    assert await titles("user_id=user_two") == (["Trains"], 1)
    assert await titles("limit=1&offset=1") == (["big boats"], 4)
    assert await titles("search=%25") == await titles("search=x'") == ([], 0)
    assert (await api("GET", "/shared-workflows?limit=x")).status == 422


async def test_views_and_downloads_are_counted(api):
    """Each call counts, none is lost; reading counts as neither."""
    workflow_id = await workflow(api)
    await _publish(api, workflow_id)
    views = await asyncio.gather(
        *(api("POST", "/shared-workflows/my-boats/view", **NO_KEY) for _ in range(20))
    )
    assert sorted(answer.body["view_count"] for answer in views) == list(range(1, 21))
    assert all(answer.body["success"] for answer in views)
    for _ in range(3):
        await api("GET", "/shared-workflows/my-boats/download", **NO_KEY)
    shown = (await api("GET", "/shared-workflows/my-boats")).body
    assert (shown["view_count"], shown["download_count"]) == (20, 3)
    await _publish(api, workflow_id)
    assert (await api("GET", "/shared-workflows/my-boats")).body["view_count"] == 20


async def test_addresses_that_lead_nowhere(api):
    """404, whatever they are."""
    for slug in ("none", *HOSTILE_IDS):
        for method, path in (("GET", ""), ("POST", "/view"), ("GET", "/download")):
            answer = await api(method, f"/shared-workflows/{slug}{path}", **NO_KEY)
            assert (answer.status, answer.body) == (404, {"detail": "Shared workflow not found"})


async def test_taking_it_back(api, people):
    """Only its owner can; afterwards it is nowhere, and there is nothing to take back."""
    workflow_id = await workflow(api)
    path = f"/workflow/{workflow_id}"
    assert (await api("GET", f"{path}/shared-status")).body == {"shared_workflows": [], "total": 0}
    made = (await _publish(api, workflow_id)).body
    assert (await api("GET", f"{path}/shared-status")).body == {"shared_workflows": [made], "total": 1}
    for other in people.foreign:
        assert (await _publish(other, workflow_id)).status == 500
        assert (await other("DELETE", f"{path}/share")).status == 404
        assert (await other("GET", f"{path}/shared-status")).status == 404
    assert (await api("DELETE", f"{path}/share", **NO_KEY)).status == 401
    assert list((await api("DELETE", f"{path}/share")).body) == ["message"]
    assert (await api("DELETE", f"{path}/share")).status == 404
    assert (await api("GET", "/shared-workflows/my-boats")).status == 404


async def test_an_organisation_takes_back_what_it_published(api, people):
    """Any of its members, also once the workflow is deleted."""
    workflow_id = await workflow(people.member)
    made = (await _publish(people.member, workflow_id)).body
    assert made["org_id"] == "org_acme"
    await people.colleague("DELETE", f"/workflow/{workflow_id}")
    assert (await api("GET", "/shared-workflows/my-boats")).status == 200
    assert (await people.rival("DELETE", f"/workflow/{workflow_id}/share")).status == 404
    assert (await people.colleague("DELETE", f"/workflow/{workflow_id}/share")).status == 200
