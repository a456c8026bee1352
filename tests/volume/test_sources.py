"""Where models come from and go to: links, pages, repositories, folders, names."""

import pytest
from hypothesis import given
from hypothesis import strategies as some

from stationthis_sdk import InvalidInput
from stationthis_sdk.entities import FoundModel
from stationthis_sdk.volume.sources import ModelSource, folder_of, name_of, source_of

ANYTHING = some.text(max_size=60) | some.integers() | some.none() | some.binary(max_size=20)


@pytest.mark.parametrize(
    ("what", "kind", "address", "name", "check"),
    [
        ("https://h/models/ink.safetensors?token=x", "link", None, "ink.safetensors", None),
        ("HTTP://h/ink%20wash.pt", "link", None, "ink wash.pt", None),
        ("https://h/download", "link", None, None, None),
        ("https://h/..%2Fa.pt", "link", None, None, None),
        ("https://civitai.com/models/1234/ink?utm=x", "civitai", "https://civitai.com/models/1234/ink", None,
         "https://civitai.com/models/1234/ink"),
        ("https://www.civitai.com/models/1?modelVersionId=2", "civitai",
         "https://www.civitai.com/models/1?modelVersionId=2", None, "https://www.civitai.com/models/1?modelVersionId=2"),
        ("https://civitai.com/api/download/models/5?token=x", "hub file", None, None, None),
        ("https://huggingface.co/ada/ink", "repository", "ada/ink", None, "ada/ink"),
        ("https://hf.co/ada/ink/tree/main", "repository", "ada/ink", None, "ada/ink"),
        ("https://huggingface.co/ada/ink/blob/main/sub/a.pt?x=1", "hub file",
         "https://huggingface.co/ada/ink/resolve/main/sub/a.pt", "a.pt", "ada/ink"),
        ("ada/ink", "repository", "ada/ink", None, "ada/ink"),
        ("ada/ink/sub/a.pt", "repository file", "ada/ink/sub/a.pt", "a.pt", "ada/ink"),
    ],
)  # fmt: skip
def test_what_a_source_is(what, kind, address, name, check):
    """Its kind, the address to ask for, the file's name if that is told, and what to ask the hub first."""
    assert source_of(f" {what} ") == ModelSource(kind, address or what, name, check)
    assert "token" not in repr(source_of(what))


def test_what_a_search_found():
    """Its own link, else its page; the name that the search told; without either it can't be added."""
    found = FoundModel("Ink", "x", filename="ink.pt", download_url="https://h/1", page_url="https://h/page")
    assert (source_of(found).address, source_of(found).name) == ("https://h/1", "ink.pt")
    page = FoundModel("Ink", "civitai", filename="ink.pt", page_url="https://civitai.com/models/1")
    assert (source_of(page).kind, source_of(page).name) == ("civitai", None)
    with pytest.raises(InvalidInput, match="told no link"):
        source_of(FoundModel("Ink", "x"))


@given(ANYTHING)
def test_anything_else_is_one_typed_error(what):
    """Whatever is passed: a source whose name can be one, or InvalidInput; never something else."""
    for read in (source_of, folder_of, name_of):
        try:
            said = str(read(what))
        except InvalidInput as error:
            said = error.message
        assert said
        assert len(said) < 300


@given(some.text(some.characters(exclude_characters="?#"), max_size=40), some.text(max_size=20))
def test_a_name_from_a_link_is_always_a_name(path, query):
    """No path, no dots alone, nothing that can't be printed, whatever the link ends in."""
    try:
        source = source_of(f"https://example.org/{path}?{query}")
    except InvalidInput:
        return
    if source.name is not None:
        assert name_of(source.name) == source.name


@given(
    some.lists(
        some.text(some.characters(categories=["L", "N"]), min_size=1, max_size=20), min_size=1, max_size=4
    )
)
def test_folders_lose_the_slashes_around_them(names):
    """With a slash before, behind, or none, it is the same folder."""
    plain = "/".join(names)
    assert {folder_of(way) for way in (plain, f"/{plain}", f"{plain}/", f" /{plain}/ ")} == {plain}


@pytest.mark.parametrize("odd", ["", "/", "..", "a/../b", "a//b", "a\\b", "a\nb", "a/ b", "x" * 300, None, 3])
def test_what_is_no_folder(odd):
    """It would lead out of the volume, or can't be on a disk."""
    with pytest.raises(InvalidInput):
        folder_of(odd)
