"""Masks: grown, feathered, combined, cut, each beside a loop over its pixels."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from stationthis_sdk.local.engines import NodeFailed, Stopped
from tests.local.engine.calling import call, mask, picture

SIDES = st.integers(1, 8)
PLACES = st.integers(0, 9)


@settings(deadline=None, max_examples=60)
@given(SIDES, SIDES, st.integers(-5, 5), st.booleans(), st.integers(0, 99))
def test_growing_takes_the_largest_near_by(height, width, expand, tapered, seed):
    """All pixels within so many steps, along rows and columns or diagonally too; the least when it shrinks."""
    given = mask(seed, 2, height, width)
    (out,) = call("GrowMask", mask=given, expand=expand, tapered_corners=tapered)
    chosen = max if expand > 0 else min
    for number in range(2):
        for y in range(height):
            for x in range(width):
                near = [
                    given[number, row, column]
                    for row in range(height)
                    for column in range(width)
                    if (abs(row - y) + abs(column - x) if tapered else max(abs(row - y), abs(column - x))) <= abs(expand)
                ]  # fmt: skip
                assert out[number, y, x] == chosen(near)


def test_growing_ends_when_nothing_changes():
    """And it hears a stop."""
    point = np.zeros((1, 9, 9), np.float32)
    point[0, 4, 4] = 1
    assert call("GrowMask", mask=point, expand=16384, tapered_corners=True)[0].all()
    assert not call("GrowMask", mask=point, expand=-16384, tapered_corners=False)[0].any()
    with pytest.raises(Stopped):
        call("GrowMask", mask=point, expand=1, tapered_corners=True, stopped=lambda: True)


@settings(deadline=None)
@given(SIDES, SIDES, PLACES, PLACES, PLACES, PLACES)
def test_feathering_fades_the_borders(height, width, left, top, right, bottom):
    """By equal steps; from the end ComfyUI begins at row 0, which is kept."""
    given = mask(0, 2, height, width)
    (out,) = call("FeatherMask", mask=given, left=left, top=top, right=right, bottom=bottom)
    wanted = given.astype(float)
    for step in range(min(left, width)):
        wanted[:, :, step] *= (step + 1) / min(left, width)
    for step in range(min(right, width)):
        wanted[:, :, (width - step) % width] *= (step + 1) / min(right, width)
    for step in range(min(top, height)):
        wanted[:, step] *= (step + 1) / min(top, height)
    for step in range(min(bottom, height)):
        wanted[:, (height - step) % height] *= (step + 1) / min(bottom, height)
    assert np.abs(out - wanted).max() < 1e-6


OPERATIONS = {
    "multiply": lambda d, s: d * s,
    "add": lambda d, s: min(d + s, 1),
    "subtract": lambda d, s: max(d - s, 0),
    "and": lambda d, s: float(round(d) and round(s)),
    "or": lambda d, s: float(round(d) or round(s)),
    "xor": lambda d, s: float(round(d) != round(s)),
}


@pytest.mark.parametrize("operation", OPERATIONS)
@settings(deadline=None, max_examples=30)
@given(x=PLACES, y=PLACES, height=SIDES, width=SIDES, count=st.integers(1, 2))
def test_combining_masks(operation, x, y, height, width, count):
    """Where the source lies; all else stays."""
    destination, source = mask(0, 2, 5, 6), mask(1, count, height, width)
    destination[0, 0, 0] = source[0, 0, 0] = 0.5  # a half is rounded to the even number
    (out,) = call("MaskComposite", destination=destination, source=source, x=x, y=y, operation=operation)
    for number in range(2):
        for row in range(5):
            for column in range(6):
                wanted = float(destination[number, row, column])
                if 0 <= row - y < height and 0 <= column - x < width:
                    wanted = OPERATIONS[operation](wanted, float(source[number % count, row - y, column - x]))
                assert out[number, row, column] == pytest.approx(wanted, abs=1e-6)


def test_more_masks_than_there_is_room_for():
    """Are refused with the reason."""
    with pytest.raises(NodeFailed, match="2 source masks"):
        call("MaskComposite", destination=mask(0), source=mask(1, 2), x=0, y=0, operation="add")


def test_small_masks_nodes():
    """Made, turned round, cut, and told apart by a value."""
    assert (call("SolidMask", value=0.25, width=3, height=2)[0] == np.full((1, 2, 3), 0.25)).all()
    given = mask(0, 2)
    assert np.array_equal(call("InvertMask", mask=given)[0], 1 - given)
    cut = call("CropMask", mask=given, x=1, y=2, width=2, height=9)[0]
    assert np.array_equal(cut, given[:, 2:4, 1:3])
    with pytest.raises(NodeFailed, match="beyond the mask of 5 x 4"):
        call("CropMask", mask=given, x=5, y=0, width=1, height=1)
    value = float(given[0, 0, 0])
    out = call("ThresholdMask", mask=given, value=value)[0]
    assert out[0, 0, 0] == 0  # what equals the value is below it
    assert out.sum() == (given > given[0, 0, 0]).sum()
    with pytest.raises(NodeFailed, match="smaller width"):
        call("SolidMask", value=1.0, width=16384, height=16384)


def test_masks_and_pictures():
    """A mask is a grey picture; a channel is a mask; so is one exact colour."""
    given = mask(0, 2)
    (grey,) = call("MaskToImage", mask=given)
    assert grey.shape == (2, 4, 5, 3)
    image = picture(1, 2, channels=4)
    for index, name in enumerate(("red", "green", "blue", "alpha")):
        assert np.array_equal(call("ImageToMask", image=grey, channel="blue")[0], given)
        assert np.array_equal(call("ImageToMask", image=image, channel=name)[0], image[..., index])
    with pytest.raises(NodeFailed, match="no alpha channel"):
        call("ImageToMask", image=grey, channel="alpha")
    (coloured,) = call("EmptyImage", width=2, height=1, batch_size=1, color=0x12AB34)
    coloured[0, 0, 1, 2] += np.float32(1 / 255)
    assert call("ImageColorToMask", image=coloured, color=0x12AB34)[0].tolist() == [[[1, 0]]]
    assert call("ImageColorToMask", image=coloured, color=0x12AB35)[0].tolist() == [[[0, 1]]]
