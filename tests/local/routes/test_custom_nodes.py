"""The comfyui-deploy plugin among a machine's custom nodes: its age, and bringing it up to date."""

import pytest
from aiohttp import web

from stationthis_sdk.local.machines import plugin_versions
from tests.local.routes.people import machine_named


@pytest.fixture
async def hubs(monkeypatch):
    """GitHub and the registry, as far as the plugin is asked for."""
    newest = {"sha": "b" * 40, "commit": {"message": "Cool slowly", "committer": {"date": "2026-11-12"}}}
    commits = {
        "HEAD": newest,
        "b" * 40: newest,
        "a" * 40: {
            "sha": "a" * 40,
            "commit": {"message": "Fire hotter", "committer": {"date": "2026-10-02"}},
        },
    }

    async def commit(request):
        found = commits.get(request.match_info["name"])
        return web.json_response(found or {}, status=200 if found else 404)

    async def node(_):
        return web.json_response({"latest_version": {"version": "2.1.0"}})

    async def large(request):
        return web.Response(body=b"[" + b" " * 5_000_000 + b"]", content_type="application/json")

    app = web.Application()
    app.router.add_get("/large/repos/BennyKok/comfyui-deploy/commits/HEAD", large)
    app.router.add_get("/repos/BennyKok/comfyui-deploy/commits/{name}", commit)
    app.router.add_get("/nodes/comfyui-deploy", node)
    runner = web.AppRunner(app)
    await runner.setup()
    await web.TCPSite(runner, "127.0.0.1", 0).start()
    address = f"http://127.0.0.1:{runner.addresses[0][1]}"
    monkeypatch.setattr(plugin_versions, "GITHUB", address)
    monkeypatch.setattr(plugin_versions, "REGISTRY", address)
    yield runner
    await runner.cleanup()


async def _kiln(api, *steps):
    body = {"name": "kiln", "gpu": "CPU", "docker_command_steps": {"steps": list(steps)}}
    return (await api("POST", "/machine/serverless", json=body)).body["id"]


async def test_the_plugin_is_compared_by_commit_and_brought_up_to_date(api, hubs):
    """The newest is asked of GitHub; the update makes a version that has it."""
    url = "https://github.com/BennyKok/comfyui-deploy.git"
    here = await _kiln(
        api,
        {"type": "commands", "id": "x", "data": "RUN true"},
        {"type": "custom-node", "id": "d", "data": {"url": url, "hash": "a" * 40}},
    )
    checked = (await api("GET", f"/machine/{here}/check-custom-nodes")).body
    assert checked["is_up_to_date"] is False
    assert checked["local_commit"] == {"hash": "a" * 40, "message": "Fire hotter", "date": "2026-10-02"}
    assert checked["latest_commit"]["hash"] == "b" * 40
    updated = (await api("POST", f"/machine/{here}/update-custom-nodes")).body
    assert updated["status"] == "building"
    assert [step["id"] for step in updated["docker_command_steps"]["steps"]] == ["x", "d"]
    assert (await api("GET", f"/machine/{here}/check-custom-nodes")).body["is_up_to_date"] is True
    assert len((await api("GET", f"/machine/serverless/{here}/versions")).body) == 2


async def test_the_plugin_is_compared_by_release_where_it_comes_from_the_registry(api, hubs):
    """Without hashes; a machine without the plugin is a 404, and gets it by an update."""
    step = {"type": "custom-node-manager", "id": "d", "data": {"node_id": "comfyui-deploy", "version": "2.0"}}
    here = await _kiln(api, step)
    checked = (await api("GET", f"/machine/{here}/check-custom-nodes")).body
    assert (checked["is_up_to_date"], checked["local_commit"]["message"]) == (False, "version 2.0")
    await api("POST", f"/machine/{here}/update-custom-nodes")
    assert (await api("GET", f"/machine/{here}/check-custom-nodes")).body["is_up_to_date"] is True
    bare = await _kiln(api)
    assert (await api("GET", f"/machine/{bare}/check-custom-nodes")).status == 404
    await api("POST", f"/machine/{bare}/update-custom-nodes")
    assert (await api("GET", f"/machine/{bare}/check-custom-nodes")).body["is_up_to_date"] is True


async def test_a_plugin_nobody_can_be_asked_about_is_a_500(api, hubs):
    """Neither operation guesses; a machine that is not serverless is a 400."""
    here = await _kiln(api, {"type": "custom-node-manager", "id": "d", "data": {"node_id": "comfyui-deploy"}})
    await hubs.cleanup()
    for method, what in (("GET", "check"), ("POST", "update")):
        answer = await api(method, f"/machine/{here}/{what}-custom-nodes")
        assert answer.status == 500
        assert "newest plugin" in answer.body["detail"]
    classic = await machine_named(api, "classic-machine")
    assert (await api("POST", f"/machine/{classic}/update-custom-nodes")).status == 400


async def test_what_is_told_is_read_within_limits(api, hubs, monkeypatch):
    """An answer of megabytes, or of no sense, changes nothing and is a 500."""
    here = await _kiln(api)
    good = plugin_versions.GITHUB
    for address in (f"{good}/large", f"{good}/nodes", "http://169.254.169.254"):
        monkeypatch.setattr(plugin_versions, "GITHUB", address)
        assert (await api("POST", f"/machine/{here}/update-custom-nodes")).status == 500
    assert len((await api("GET", f"/machine/serverless/{here}/versions")).body) == 1
