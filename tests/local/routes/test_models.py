"""Models: the service's own, and those on this machine."""

import pytest

from tests.local.routes.hub import hub_here
from tests.local.routes.test_volumes import _none, link, put, until


async def test_there_are_no_ready_made_models(api, session):
    """An empty list, for whoever asks."""
    assert (await api("GET", "/models")).body == []
    async with session.get(f"{api.gateway.base_url}/models") as answer:
        assert (answer.status, await answer.json()) == (200, [])


async def test_the_models_of_this_machine_are_searched(api, gateway):
    """By every word, in path and name, the account's own and the shared ones; what is no model is left out."""
    put(gateway, "checkpoints/Ink_wash.safetensors")
    put(gateway, "loras/flow/ink.ckpt")
    put(gateway, "loras/ink.txt")
    put(gateway, "vae/tide ink.pt", owner="public")
    found = (await api("GET", "/search/model?query=INK")).body["models"]
    assert [model["filename"] for model in found] == ["Ink_wash.safetensors", "ink.ckpt", "tide ink.pt"]
    assert found[1] == {
        "name": "ink",
        "type": "lora",
        "provider": "comfyui",
        "filename": "ink.ckpt",
        "save_path": "loras/flow",
        "size": found[1]["size"],
        "download_url": None,
        "reference_url": None,
    }
    two_words = (await api("GET", "/search/model?query=ink%20flow")).body["models"]
    assert [model["save_path"] for model in two_words] == ["loras/flow"]


async def test_a_provider_finds_what_came_from_it(api, gateway):
    """Unknown ones find nothing; what was laid there by hand is comfyui's."""
    put(gateway, "loras/by_hand.safetensors")
    async with hub_here() as hub:
        gateway._services.downloads.hubs = hub.hubs()
        body = {"source": "civitai", "folderPath": "loras", "civitai": {"url": f"{hub.url}/models/4711"}}
        assert (await api("POST", "/volume/model", json=body)).status == 200
        assert (await link(api, f"{hub.url}/ink.safetensors")).status == 200
        await until(lambda: _none(api))

    async def names(provider):
        answer = await api("GET", "/search/model", params={"query": "", "provider": provider})
        return [model["filename"] for model in answer.body["models"]]

    assert await names("civitai") == ["ink4712.safetensors"]
    assert await names("comfyui") == ["by_hand.safetensors", "ink.safetensors"]
    assert len(await names("all")) == 3
    assert await names("huggingface") == await names("attic") == []


@pytest.mark.parametrize("query", ["", "?provider=all"])
async def test_a_search_needs_words(api, query):
    """422 without."""
    assert (await api("GET", f"/search/model{query}")).status == 422
