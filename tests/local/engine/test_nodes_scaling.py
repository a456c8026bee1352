"""Sizes: each method by its own formula, pixel by pixel, and the nodes that use them."""

import math
from fractions import Fraction

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from PIL import Image

from stationthis_sdk.local.engine.scaling import METHODS, centred, resized
from stationthis_sdk.local.engines import NodeFailed, Stopped
from tests.local.engine.calling import call, picture

SIDES = st.integers(1, 12)
ROW = [0.0, 1.0, 0.25, 0.75, 0.5]


def row(values, new, method):
    """One row of numbers at another width."""
    given = np.array(values, np.float32)[None, None, :, None]
    return resized(given, new, 1, method)[0, 0, :, 0].tolist()


def place(index, old, new):
    """A new pixel's middle, in old pixels."""
    return (index + 0.5) * float(np.float32(old) / np.float32(new))


def linear(values, index, new):
    """Two neighbours by how near they are; nothing beyond the ends."""
    at = max(place(index, len(values), new) - 0.5, 0)
    first = min(math.floor(at), len(values) - 1)
    part = at - first
    return values[first] * (1 - part) + values[min(first + 1, len(values) - 1)] * part


def cubic(values, index, new):
    """Four neighbours by the curve with a = -0.75; the ends go on."""
    at = place(index, len(values), new) - 0.5
    total = 0.0
    for neighbour in range(math.floor(at) - 1, math.floor(at) + 3):
        x = abs(at - neighbour)
        weight = 1.25 * x**3 - 2.25 * x**2 + 1 if x <= 1 else -0.75 * x**3 + 3.75 * x**2 - 6 * x + 3
        total += weight * values[min(max(neighbour, 0), len(values) - 1)]
    return total


def mean(values, index, new):
    """All the old pixels it touches."""
    touched = values[index * len(values) // new : math.ceil((index + 1) * len(values) / new)]
    return sum(touched) / len(touched)


def nearest(values, index, new):
    """The old pixel its middle lies in."""
    return values[min(math.floor(np.float32(place(index, len(values), new))), len(values) - 1)]


FORMULAS = {"nearest-exact": nearest, "bilinear": linear, "bicubic": cubic, "area": mean}


@pytest.mark.parametrize("method", FORMULAS)
@settings(deadline=None)
@given(old_height=SIDES, old_width=SIDES, height=SIDES, width=SIDES, seed=st.integers(0, 99))
def test_a_method_follows_its_formula(method, old_height, old_width, height, width, seed):
    """Down the columns, then along the rows."""
    source = picture(seed, 1, old_height, old_width, 1)
    formula = FORMULAS[method]
    columns = [
        [formula([float(each) for each in source[0, :, x, 0]], y, height) for x in range(old_width)]
        for y in range(height)
    ]
    wanted = [[formula(line, x, width) for x in range(width)] for line in columns]
    got = resized(source, width, height, method)
    assert got.shape == (1, height, width, 1)
    assert np.abs(got[0, ..., 0] - wanted).max() < 1e-5


@pytest.mark.parametrize(
    ("method", "wanted"),
    [
        ("bicubic", [-0.092834, 0.490372, 1.002563, 0.464233, 0.325684, 0.733398, 0.647827, 0.476791]),
        ("bicubic", [0.356482, 0.25, 0.606481]),
        ("bilinear", [0.0, 0.4375, 0.953125, 0.484375, 0.40625, 0.71875, 0.609375, 0.5]),
        ("bilinear", [0.333333, 0.25, 0.583333]),
        ("nearest-exact", [0.0, 0.0, 1.0, 0.25, 0.25, 0.75, 0.5, 0.5]),
        ("nearest-exact", [0.0, 0.25, 0.5]),
        ("area", [0.0, 0.5, 1.0, 0.625, 0.5, 0.75, 0.625, 0.5]),
        ("area", [0.5, 0.666667, 0.625]),
    ],
)
def test_a_row_as_torch_scales_it(method, wanted):
    """Recorded from torch.nn.functional.interpolate of torch 2.13."""
    assert row(ROW, len(wanted), method) == pytest.approx(wanted, abs=2e-6)


def test_lanczos_is_pillows():
    """On 8 bits, fractions cut off before."""
    source = picture(1, 1, 9, 7)
    levels = Image.fromarray(np.floor(source[0] * 255).astype(np.uint8))
    wanted = np.asarray(levels.resize((11, 5), Image.Resampling.LANCZOS)) / 255
    assert np.abs(resized(source, 11, 5, "lanczos")[0] - wanted).max() < 1e-6


@pytest.mark.parametrize("method", METHODS)
def test_the_same_size_is_the_same_picture(method):
    """Of levels; and every picture of a batch is scaled as it is by itself."""
    levels = (picture(3, 3, 6, 8, 4) * 255).astype(np.uint8).astype(np.float32) / np.float32(255)
    levels[..., 3] = 1
    assert np.array_equal(resized(levels, 8, 6, method), levels)
    together = resized(levels, 5, 9, method)
    apart = [resized(levels[index : index + 1], 5, 9, method)[0] for index in range(3)]
    assert np.array_equal(together, np.stack(apart))


def test_bands_do_not_show():
    """A picture scaled in many bands equals the same one scaled a strip at a time."""
    tall = picture(4, 1, 3000, 300)
    assert np.abs(resized(tall, 400, 2000, "bicubic")[:, :40] - resized(tall[:, :300], 400, 200, "bicubic")[:, :40]).max() < 1e-5  # fmt: skip


@settings(deadline=None)
@given(SIDES, SIDES, SIDES, SIDES)
def test_cropping_keeps_the_middle(old_width, old_height, width, height):
    """What is cut off is as much on both sides, to half a pixel; a side that fits is kept whole."""
    image = picture(0, 1, old_height, old_width)
    middle = centred(image, width, height)
    asked = {"upscale_method": "bilinear", "width": width, "height": height, "crop": "center"}
    if middle.size:
        too_wide = max(Fraction(0), old_width - Fraction(old_height * width, height))
        too_high = max(Fraction(0), old_height - Fraction(old_width * height, width))
        assert abs(old_width - middle.shape[2] - too_wide) <= 1
        assert abs(old_height - middle.shape[1] - too_high) <= 1
        left, top = (old_width - middle.shape[2]) // 2, (old_height - middle.shape[1]) // 2
        assert np.array_equal(middle, image[:, top : old_height - top, left : old_width - left])
        assert np.array_equal(
            call("ImageScale", image=image, **asked)[0], resized(middle, width, height, "bilinear")
        )
    else:
        with pytest.raises(NodeFailed, match="no pixels"):
            call("ImageScale", image=image, **asked)


def test_sides_that_follow():
    """0 keeps the proportions, twice 0 the picture; a factor and a number of megapixels do as well."""
    image = picture(0, 1, 6, 8)
    scale = {"upscale_method": "area", "crop": "disabled"}
    assert call("ImageScale", image=image, width=20, height=0, **scale)[0].shape == (1, 15, 20, 3)
    assert call("ImageScale", image=image, width=0, height=1, **scale)[0].shape == (1, 1, 1, 3)
    assert call("ImageScale", image=image, width=0, height=0, **scale)[0] is image
    by = call("ImageScaleBy", image=image, upscale_method="area", scale_by=0.3)[0]
    assert by.shape == (1, 2, 2, 3)
    with pytest.raises(NodeFailed, match="no pixels"):
        call("ImageScaleBy", image=image, upscale_method="area", scale_by=0.01)
    total = call("ImageScaleToTotalPixels", image=image, upscale_method="nearest-exact", megapixels=0.25)[0]
    assert total.shape == (1, 443, 591, 3)  # 262,144 pixels in the proportions 8 to 6


@pytest.mark.parametrize(("colour", "level"), [("white", 1), ("black", 0)])
def test_padding_to_a_size(colour, level):
    """The whole picture as large as fits, in the middle, the rest in the colour."""
    image = picture(5, 2, 4, 8)
    (out,) = call("ResizeAndPadImage", image=image, target_width=8, target_height=9, padding_color=colour,
                  interpolation="nearest-exact")  # fmt: skip
    assert np.array_equal(out[:, 2:6], image)
    assert (out[:, :2] == level).all()
    assert (out[:, 6:] == level).all()


def test_a_stop_is_heard_while_scaling():
    """And sizes beyond the limit are refused before anything is made."""
    image = picture(0)
    asked = {"upscale_method": "area", "width": 64, "height": 64, "crop": "disabled"}
    with pytest.raises(Stopped):
        call("ImageScale", image=image, stopped=lambda: True, **asked)
    with pytest.raises(NodeFailed, match="smaller width"):
        call("ImageScale", image=image, **asked | {"width": 16384, "height": 16384})
    with pytest.raises(NodeFailed, match="smaller width"):
        call("ResizeAndPadImage", image=image, target_width=16384, target_height=16384, padding_color="white",
             interpolation="area")  # fmt: skip
