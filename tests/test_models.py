"""Models: listing, finding, moving, searching, and what can't be one."""

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from stationthis_sdk import AsyncStationThis, StationThis, errors
from stationthis_sdk.api.calls.volumes import _files
from stationthis_sdk.entities import FoundModel
from stationthis_sdk.testing import LocalGateway
from tests.wire import CRASH, Wire, answer

KEY = "st-very-secret-key-0123456789"


@pytest.fixture
def gateway() -> Iterator[LocalGateway]:
    """A gateway of its own: the volume is empty at first."""
    with LocalGateway() as made:
        yield made


@pytest.fixture
def st(gateway: LocalGateway) -> StationThis:
    return gateway.client()


@pytest.fixture
def wire() -> Iterator[Wire]:
    with Wire() as server:
        yield server


def _put(st: StationThis, tmp_path: Path, *paths: str) -> None:
    for path in paths:
        folder, _, name = path.rpartition("/")
        file = tmp_path / "weights"
        file.write_bytes(path.encode())
        st.models.upload(file, folder=folder, name=name)


def test_a_volume_is_listed_flat_with_its_folders(st: StationThis, tmp_path: Path) -> None:
    """Each file has its path, folder, name, kind, size and time, and the list says where it came from."""
    assert st.models.list() == []
    _put(st, tmp_path, "loras/flux/ink.safetensors", "checkpoints/base.safetensors", "loras/wash.safetensors")
    found = st.models.list()
    assert [one.path for one in found] == [
        "checkpoints/base.safetensors",
        "loras/flux/ink.safetensors",
        "loras/wash.safetensors",
    ]
    assert [one.kind for one in found] == ["checkpoint", "lora", "lora"]
    ink = found[1]
    assert (ink.folder, ink.name, ink.size) == ("loras/flux", "ink.safetensors", 26)
    assert ink.modified is not None
    assert ink.source.age < 60
    assert [one.name for one in st.models.list("loras")] == ["ink.safetensors", "wash.safetensors"]
    assert [one.name for one in st.models.list("/loras/flux/")] == ["ink.safetensors"]
    assert st.models.list(public=True) == []
    assert (st.models.volume() or "").startswith("models_")


def test_a_model_is_got_by_path_or_unique_name(st: StationThis, tmp_path: Path) -> None:
    """A name that two folders have is ambiguous; one that is not there is answered with near ones."""
    _put(st, tmp_path, "loras/ink.safetensors", "vae/ink.safetensors", "vae/wash.safetensors")
    assert st.models.get("wash.safetensors").path == "vae/wash.safetensors"
    assert st.models.get("/loras/ink.safetensors").kind == "lora"
    with pytest.raises(errors.AmbiguousName) as several:
        st.models.get("ink.safetensors")
    assert several.value.candidates == ("loras/ink.safetensors", "vae/ink.safetensors")
    with pytest.raises(errors.NotFound) as missing:
        st.models.get("wosh.safetensors")
    assert "wash.safetensors" in missing.value.suggestions
    with pytest.raises(errors.InvalidInput):
        st.models.get(None)  # type: ignore[arg-type]


def test_a_model_moves_and_goes(st: StationThis, tmp_path: Path) -> None:
    """Renamed, moved, refused where something is, replaced when wanted, deleted; twice is not found."""
    _put(st, tmp_path, "loras/ink.safetensors", "vae/other.safetensors")
    ink = st.models.get("ink.safetensors")
    assert ink.rename("wash.safetensors") is ink
    assert ink.rename("wash.safetensors").path == "loras/wash.safetensors"
    assert ink.move("loras/flux").path == "loras/flux/wash.safetensors"
    other = st.models.get("other.safetensors")
    other.rename("wash.safetensors")
    with pytest.raises(errors.InvalidInput, match="is in the volume already"):
        ink.move("vae")
    assert ink.path == "loras/flux/wash.safetensors"
    ink.move("vae", overwrite=True)
    assert [(one.path, one.size) for one in st.models.list()] == [("vae/wash.safetensors", 21)]
    ink.delete()
    assert st.models.list() == []
    for act in (ink.delete, lambda: ink.rename("x.pt")):
        with pytest.raises(errors.NotFound, match="any more"):
            act()


@pytest.mark.parametrize("name", ["", "a/b.pt", "..", " x.pt", "x\n.pt", "a\\b.pt", None, 3, "x" * 300])
def test_a_name_that_is_none_is_not_sent(gateway: LocalGateway, tmp_path: Path, name: Any) -> None:
    """What can't be a file's name is said to be none before anything moves."""
    st = gateway.client()
    _put(st, tmp_path, "loras/ink.safetensors")
    ink = st.models.get("ink.safetensors")
    before = len(st.last_requests)
    with pytest.raises(errors.InvalidInput, match="is no name of a file"):
        ink.rename(name)
    with pytest.raises(errors.InvalidInput):
        ink.move("../up")
    assert len(st.last_requests) == before


async def test_the_public_volume_can_not_be_changed(wire: Wire) -> None:
    """What belongs to everybody is listed and left alone."""
    wire.answers.append(answer(200, [{"path": "vae/a.pt", "type": 1, "mtime": 1790000000, "size": 5}]))
    async with AsyncStationThis(KEY, wire.base_url) as st:
        (model,) = await st.models.list(public=True)
        assert model.public
        for work in (model.delete(), model.rename("b.pt"), model.move("loras")):
            with pytest.raises(errors.InvalidInput, match="public volume"):
                await work
    assert [one.path for one in wire.asked] == ["/api/volume/public-models"]


def test_odd_entries_of_a_volume_are_left_out() -> None:
    """Folders, entries without a path and types nobody knows are no models; odd numbers are not told."""
    odd: list[Any] = [
        {"path": "loras", "type": 2, "mtime": 1, "size": 4096},
        {"path": None, "type": 1},
        {"path": "x", "type": 7},
        None,
        3,
        {"path": "/loras/a.pt", "type": 1, "mtime": "soon", "size": "big", "more": {}},
        {"path": "b.pt", "type": 1, "mtime": 1e30, "size": 2**40},
    ]
    found = _files(odd)
    assert [(one.path, one.size, one.modified, one.kind) for one in found] == [
        ("b.pt", 2**40, None, "other"),
        ("loras/a.pt", None, None, "lora"),
    ]
    assert _files({"detail": "no list"}) == ()


def test_search_finds_what_is_there(st: StationThis, tmp_path: Path) -> None:
    """A search answers data; no words and no provider are told before anything is asked."""
    _put(st, tmp_path, "loras/ink-wash.safetensors")
    (found,) = st.models.search("ink wash")
    assert (found.name, found.provider, found.kind, found.folder) == ("ink-wash", "comfyui", "lora", "loras")
    assert st.models.search("ink", provider="civitai") == []
    before = len(st.last_requests)
    for words, provider in (("", "all"), ("  ", "all"), ("ink", "nobody"), (None, "all")):
        with pytest.raises(errors.InvalidInput):
            st.models.search(words, provider=provider)  # type: ignore[arg-type]
    assert len(st.last_requests) == before


async def test_what_a_provider_leaves_out_is_none(wire: Wire) -> None:
    """Any field of what is found may be null; a provider that fails is the service's fault."""
    found = {"name": None, "provider": "civitai", "filename": "a.pt", "size": None, "download_url": None}
    wire.answers += [answer(200, {"models": [found, None, {}]}), answer(200, {"models": None})]
    wire.otherwise = CRASH
    async with AsyncStationThis(KEY, wire.base_url) as st:
        first, empty = await st.models.search("a")
        assert first == FoundModel("a.pt", "civitai", filename="a.pt")
        assert empty == FoundModel("", "")
        assert await st.models.search("a") == []
        with pytest.raises(errors.InvalidInput, match=r"no link to 'a\.pt'"):
            await st.models.add(first, folder="loras")


async def test_the_catalog_is_read_whatever_is_in_it(wire: Wire) -> None:
    """The ready-made models come with their inputs as the service describes them."""
    model = {
        "id": "flux",
        "name": None,
        "tags": ["fast", None],
        "inputs": [{"input_id": "prompt", "required": True}, None],
        "outputs": None,
        "cost_per_megapixel": 0.025,
    }
    wire.answers.append(answer(200, [model]))
    async with AsyncStationThis(KEY, wire.base_url) as st:
        (ready,) = await st.models.catalog()
    assert (ready.id, ready.name, ready.tags, ready.cost_per_megapixel) == ("flux", "flux", ("fast",), 0.025)
    assert [one["input_id"] for one in ready.inputs] == ["prompt"]
