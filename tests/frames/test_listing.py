"""Listings are lists."""

import json

import pytest
from hypothesis import given
from hypothesis import strategies as some

from stationthis_sdk import InvalidInput
from stationthis_sdk.frames.lists import frame_of_models
from stationthis_sdk.listing import Listing


@given(some.lists(some.integers()), some.slices(8), some.lists(some.integers(), max_size=3))
def test_a_listing_does_what_a_list_does(items: list[int], cut: slice, more: list[int]) -> None:
    """Equal, of one repr and one JSON, sliced and added likewise; and what comes of it is a listing that makes frames."""
    listing = Listing(items, frame_of_models)
    assert listing == items
    assert items == listing
    assert (repr(listing), json.dumps(listing), len(listing)) == (repr(items), json.dumps(items), len(items))
    for ours, plain in (
        (listing[cut], items[cut]),
        (listing + more, items + more),
        (listing.copy(), items),
        (listing._map(str), [*map(str, items)]),
    ):
        assert ours == plain
        assert type(ours) is Listing
        assert ours._frame is frame_of_models
    if items:
        assert listing[0] == items[0]
    with pytest.raises(IndexError):
        listing[len(items)]


def test_per_is_for_runs() -> None:
    """Whatever else there is a list of, has one row each; a listing of nowhere has no frame."""
    with pytest.raises(InvalidInput, match="runs only"):
        Listing([], frame_of_models).to_frame(per="output")
    with pytest.raises(InvalidInput, match=r"pd\.DataFrame"):
        Listing([1]).to_frame()
    assert list(Listing([], frame_of_models).to_frame().columns)[:2] == ["path", "folder"]
