"""Shares of outputs and of deployments: who sees them, with a key and without."""

import pytest

from stationthis_sdk.local.rows.runs import Output
from tests.local.routes.people import (
    HOSTILE_IDS,
    NOWHERE,
    deploy,
    keep,
    machine_named,
    machine_of,
    picture_row,
    run_row,
    workflow,
)

NO_KEY = {"headers": {"Authorization": ""}}


async def _output(api, filename="a.png", user_id="user_local", org_id=None, kind="images"):
    workflow_id = await workflow(api)
    run = run_row(workflow_id, NOWHERE, user_id=user_id, org_id=org_id)
    output = picture_row(run, filename, kind)
    await keep(api, run, output)
    return {"run_id": run.id, "output_id": output.id}


async def test_an_output_is_shared_once(api):
    """A second time answers the first share, unchanged; its link is absolute, its inputs are the run's."""
    body = await _output(api)
    first = await api("POST", "/share/output", json={**body, "visibility": "link", "output_type": "image"})
    assert (first.body["visibility"], first.body["output_type"]) == ("link", "image")
    assert first.body["inputs"] == {"prompt": "a boat"}
    assert first.body["output_data"]["images"][0]["url"].startswith("http://127.0.0.1:")
    again = await api("POST", "/share/output", json={**body, "visibility": "public", "output_type": "video"})
    assert again.body == first.body
    shown = (await api("GET", f"/share/output/{first.body['id']}")).body
    assert shown["share"] == first.body
    assert shown["run"].keys() == {"id", "status", "created_at"}
    assert (await api("PATCH", f"/share/output/{first.body['id']}", json={})).status == 405


@pytest.mark.parametrize(
    ("filename", "kind", "guessed"),
    [
        ("a.PNG", "images", "image"),
        ("b.mp4", "gifs", "video"),
        ("c.glb", "mesh", "3d"),
        ("d.zip", "files", "other"),
    ],
)
async def test_the_kind_is_guessed(api, filename, kind, guessed):
    """Unless it is given; it is private unless told."""
    share = (await api("POST", "/share/output", json=await _output(api, filename, kind=kind))).body
    assert (share["output_type"], share["visibility"]) == (guessed, "private")


async def test_outputs_without_files_are_shared_too(api):
    """Text, lists and errors are of another kind."""
    for data in ({"text": ["x"]}, [1, 2], {"error": {"m": 1}}, {}, None, "x"):
        run = run_row(await workflow(api), NOWHERE)
        await keep(api, run, output := Output(run_id=run.id, data=data))
        answer = await api("POST", "/share/output", json={"run_id": run.id, "output_id": output.id})
        assert (answer.status, answer.body["output_type"]) == (200, "other")


async def test_what_can_not_be_shared(api):
    """An unknown run, another run's output (404); no ids, other words (422)."""
    first, second = await _output(api), await _output(api)
    for bad in ({"run_id": NOWHERE}, {"output_id": NOWHERE}, {"output_id": second["output_id"]}):
        assert (await api("POST", "/share/output", json={**first, **bad})).status == 404
    for bad in ({"run_id": "abc"}, {"output_id": None}, {"visibility": "team"}, {"output_type": "song"}):
        assert (await api("POST", "/share/output", json={**first, **bad})).status == 422
    for bad in HOSTILE_IDS:
        assert (await api("GET", f"/share/output/{bad}")).status == 422
        assert (await api("DELETE", f"/share/output/{bad}")).status == 422
    assert (await api("GET", f"/share/output/{NOWHERE}")).status == 404


async def test_who_sees_a_shared_output(api, people, strict):
    """A private one its user alone (403), one by link whoever has its id, also without a key; a public one everybody."""
    shares = {}
    for visibility in ("private", "link", "public"):
        body = {**await _output(api), "visibility": visibility}
        shares[visibility] = (await api("POST", "/share/output", json=body)).body["id"]
    for other in people.foreign:
        answer = await other("GET", f"/share/output/{shares['private']}")
        assert (answer.status, answer.body) == (403, {"detail": "Not authorized to access this share"})
        assert (await other("GET", f"/share/output/{shares['link']}")).status == 200
        assert [one["id"] for one in (await other("GET", "/share/output")).body] == [shares["public"]]
        assert (await other("GET", "/share/output?include_public=false")).body == []
    assert (await api("GET", f"/share/output/{shares['private']}", **NO_KEY)).status == 403
    assert (await api("GET", f"/share/output/{shares['public']}", **NO_KEY)).status == 200
    mine = [one["id"] for one in (await api("GET", "/share/output?include_public=false")).body]
    assert mine == [shares["link"], shares["private"]]
    assert len((await api("GET", "/share/output")).body) == 3
    body = await _output(strict)
    hidden = (await strict("POST", "/share/output", json=body)).body["id"]
    assert (await strict("GET", f"/share/output/{hidden}", **NO_KEY)).status == 404


async def test_what_needs_a_key_all_the_same(api):
    """Sharing, listing and taking back; a wrong key is wrong everywhere."""
    body = await _output(api)
    share = (await api("POST", "/share/output", json={**body, "visibility": "public"})).body
    for method, path, more in (
        ("POST", "/share/output", {"json": body}),
        ("GET", "/share/output", {}),
        ("DELETE", f"/share/output/{share['id']}", {}),
    ):
        answer = await api(method, path, **more, **NO_KEY)
        assert (answer.status, answer.body) == (401, {"detail": "Invalid or missing token"})
    wrong = {"headers": {"Authorization": "Bearer wrong"}}
    assert (await api("GET", f"/share/output/{share['id']}", **wrong)).status == 401


async def test_the_list_of_shared_outputs(api):
    """Newest first, by kind, visibility, deployment and pages."""
    made = []
    for visibility, filename in (("private", "a.png"), ("link", "b.mp4"), ("public", "c.png")):
        body = {**await _output(api, filename), "visibility": visibility}
        made.append((await api("POST", "/share/output", json=body)).body["id"])

    async def listed(query):
        return [one["id"] for one in (await api("GET", f"/share/output?{query}")).body]

    assert await listed("") == made[::-1]
    assert await listed("output_type=image") == [made[2], made[0]]
    assert await listed("visibility=link") == [made[1]]
    assert await listed("limit=1&offset=1") == [made[1]]
    assert await listed(f"deployment_id={NOWHERE}") == await listed("deployment_id=x'") == []
    for bad in ("visibility=team", "output_type=song", "limit=x", "include_public=perhaps"):
        assert (await api("GET", f"/share/output?{bad}")).status == 422


async def test_taking_an_output_back(api, people):
    """Only its user can, not even a colleague; the run and its output stay."""
    body = await _output(people.member, user_id="user_local", org_id="org_acme")
    share = (await people.member("POST", "/share/output", json=body)).body
    for other in (api, people.stranger, people.colleague, people.rival):
        assert (await other("DELETE", f"/share/output/{share['id']}")).status == 404
    assert (await people.colleague("POST", "/share/output", json=body)).body["id"] == share["id"]
    assert list((await people.member("DELETE", f"/share/output/{share['id']}")).body) == ["message"]
    assert (await people.member("GET", f"/share/output/{share['id']}")).status == 404
    assert len((await people.member("GET", f"/run/{body['run_id']}")).body["outputs"]) == 1
    for other in (api, people.stranger, people.rival):
        assert (await other("POST", "/share/output", json=body)).status == 404


@pytest.mark.parametrize("environment", ["public-share", "community-share", "private-share"])
async def test_a_deployment_by_its_address(api, people, environment):
    """Anybody reads a public one without a key; a private one needs one of its owner's."""
    name = {
        "class_type": "ComfyUIDeployExternalImage",
        "inputs": {"input_id": "photo", "default_value_url": "u"},
    }
    style = {
        "class_type": "ComfyUIDeployExternalEnum",
        "inputs": {"input_id": "style", "options": '["ink", "oil"]', "display_name": 7, "custom": True},
    }
    workflow_id = await workflow(api, "My boats", {"1": name, "2": style})
    made = (await deploy(api, workflow_id, environment)).body
    path = "/share/user-local/my-boats"
    studio = f"/share/deployment/{made['id']}/studio-url"
    for other in (*people.foreign, None):
        ask = api if other is None else other
        more = NO_KEY if other is None else {}
        if environment == "private-share":
            assert (await ask("GET", path, **more)).status == (await ask("GET", studio, **more)).status == 401
        else:
            assert (await ask("GET", path, **more)).status == (await ask("GET", studio, **more)).status == 200
    shown = (await api("GET", path)).body
    assert (shown["id"], shown["share_slug"]) == (made["id"], "user-local_my-boats")
    assert shown["workflow"] == {"name": "My boats", "id": workflow_id, "cover_image": None}
    photo, chosen = shown["input_types"]
    assert (photo["default_value_url"], photo["default_value"], photo["type"]) == ("u", None, "string")
    assert (chosen["enum_options"], chosen["options"], chosen["custom"]) == (
        ["ink", "oil"],
        '["ink", "oil"]',
        True,
    )
    assert "version" not in shown
    links = (await api("GET", studio)).body
    assert links["api_url"] == api.gateway.base_url.removesuffix("/api")
    assert links["studio_url"].startswith(f"{links['api_url']}/")
    await api("DELETE", f"/deployment/{made['id']}")
    assert (await api("GET", path)).status == 404


async def test_addresses_that_lead_nowhere(api):
    """404 for no share, 400 for one that lost its slug, 422 for no id."""
    workflow_id = await workflow(api)
    production = (await deploy(api, workflow_id)).body
    for path in ("/share/user-local/boats", "/share/%00/x", f"/share/{'x' * 3000}/y", "/share/%ED%A0%80/y"):
        assert (await api("GET", path, **NO_KEY)).status == 404
    for deployment_id in (production["id"], NOWHERE):
        assert (await api("GET", f"/share/deployment/{deployment_id}/studio-url")).status == 404
    assert (await api("GET", "/share/deployment/abc/studio-url")).status == 422
    shared = (await deploy(api, workflow_id, "private-share")).body
    await deploy(api, workflow_id, "private-share")
    assert (await api("GET", f"/share/deployment/{shared['id']}/studio-url")).status == 400


async def test_a_share_of_an_organisation(api, people):
    """Its slug has the organisation's name; a private one is for all its keys."""
    machine_id = await machine_of(api, "user_local", "org_acme")
    workflow_id = await workflow(people.member)
    made = (await deploy(people.member, workflow_id, "private-share", machine_id)).body
    assert made["share_slug"] == "org-acme_boats"
    assert (await people.colleague("GET", "/share/org-acme/boats")).status == 200
    assert (await people.rival("GET", "/share/org-acme/boats")).status == 401
    assert (await machine_named(people.member, "mine")) == machine_id
    await people.member("DELETE", f"/workflow/{workflow_id}")
    assert (await people.colleague("GET", "/share/org-acme/boats")).status == 404
