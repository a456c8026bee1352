"""Whole pictures: cut, turned, batched, joined, filtered, made noisy, with fewer colours."""

import math

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from stationthis_sdk.local.engine.gaussian import gaussian
from stationthis_sdk.local.engine.nodes.quantizing import bayer
from stationthis_sdk.local.engine.scaling import resized
from stationthis_sdk.local.engines import NodeFailed, Stopped
from tests.local.engine.calling import call, picture

SIDES = st.integers(1, 9)


@given(SIDES, SIDES, st.integers(0, 12), st.integers(0, 12))
def test_cutting_stays_within(width, height, x, y):
    """At least one pixel, whatever is asked for."""
    image = picture(0, 2)
    (out,) = call("ImageCrop", image=image, width=width, height=height, x=x, y=y)
    left, top = min(x, 4), min(y, 3)
    assert np.array_equal(out, image[:, top : min(top + height, 4), left : min(left + width, 5)])


def test_turning_and_mirroring():
    """Clockwise, four times make nothing; twice the same flip as well."""
    image = picture(0, 2)
    (turned,) = call("ImageRotate", image=image, rotation="90 degrees")
    assert turned.shape == (2, 5, 4, 3)
    assert np.array_equal(turned[:, 0, -1], image[:, 0, 0])
    back = call("ImageRotate", image=turned, rotation="270 degrees")[0]
    assert np.array_equal(back, image)
    assert np.array_equal(call("ImageRotate", image=image, rotation="180 degrees")[0], image[:, ::-1, ::-1])
    assert np.array_equal(call("ImageRotate", image=image, rotation="none")[0], image)
    assert np.array_equal(call("ImageFlip", image=image, flip_method="x-axis: vertically")[0], image[:, ::-1])
    assert np.array_equal(
        call("ImageFlip", image=image, flip_method="y-axis: horizontally")[0], image[:, :, ::-1]
    )
    assert call("GetImageSize", image=image) == (5, 4, 2)
    assert np.array_equal(call("ImageInvert", image=image)[0], 1 - image)


def test_batches():
    """Joined with the second one fitted and alpha added, repeated, cut, left alone."""
    one, two = picture(0, 2), picture(1, 1, 8, 10, 4)
    (both,) = call("ImageBatch", image1=one, image2=two)
    assert both.shape == (3, 4, 5, 4)
    assert np.array_equal(both[:2, ..., :3], one)
    assert (both[:2, ..., 3] == 1).all()
    assert np.array_equal(both[2:], resized(two, 5, 4, "bilinear"))
    assert np.array_equal(call("ImageFromBatch", image=both, batch_index=1, length=9)[0], both[1:])
    assert np.array_equal(call("ImageFromBatch", image=both, batch_index=4095, length=1)[0], both[2:])
    assert np.array_equal(call("RepeatImageBatch", image=one, amount=2)[0], np.concatenate([one, one]))
    assert np.array_equal(call("RebatchImages", images=one, batch_size=1)[0], one)
    with pytest.raises(NodeFailed, match="batch"):
        call("RepeatImageBatch", image=picture(0, 1, 128, 128), amount=4096)


@settings(deadline=None)
@given(*[st.integers(0, 4)] * 4, st.integers(0, 6))
def test_a_border_to_paint_on(left, top, right, bottom, feathering):
    """Grey, masked; the mask reaches into the picture from the sides that grew, fading by the square."""
    image = picture(0, 2, 9, 11)
    out, border = call("ImagePadForOutpaint", image=image, left=left, top=top, right=right, bottom=bottom,
                       feathering=feathering)  # fmt: skip
    assert out.shape == (2, 9 + top + bottom, 11 + left + right, 3)
    assert np.array_equal(out[:, top : top + 9, left : left + 11], image)
    assert out.sum() - image.sum() == pytest.approx(0.5 * (out.size - image.size), rel=1e-3)
    assert border.shape == (1, *out.shape[1:3])
    for y in range(border.shape[1]):
        for x in range(border.shape[2]):
            row, column = y - top, x - left
            wanted = 1.0
            if 0 <= row < 9 and 0 <= column < 11:
                grown = [(row, top), (9 - row, bottom), (column, left), (11 - column, right)]
                nearest = min([far for far, side in grown if side], default=99)
                fades = 0 < 2 * feathering < 9
                wanted = max(0, 1 - nearest / feathering) ** 2 if fades else 0.0
            assert border[0, y, x] == pytest.approx(wanted, abs=1e-6)


def stitch(one, two=None, direction="right", match=False, gap=0, colour="white"):
    (out,) = call("ImageStitch", image1=one, image2=two, direction=direction, match_image_size=match,
                  spacing_width=gap, spacing_color=colour)  # fmt: skip
    return out


def test_side_by_side():
    """In any direction, with a gap made even, smaller ones in the middle, short batches held, alpha added."""
    one, two = picture(0, 1, 4, 5), picture(1, 1, 4, 5)
    assert stitch(one) is one
    assert np.array_equal(stitch(one, two), np.concatenate([one, two], 2))
    assert np.array_equal(stitch(one, two, "left"), np.concatenate([two, one], 2))
    assert np.array_equal(stitch(one, two, "down"), np.concatenate([one, two], 1))
    assert np.array_equal(stitch(one, two, "up"), np.concatenate([two, one], 1))
    assert stitch(one, two, gap=3).shape == (1, 4, 14, 3)
    for colour, levels in {"white": [1, 1, 1], "black": [0, 0, 0], "red": [1, 0, 0], "green": [0, 1, 0], "blue": [0, 0, 1]}.items():  # fmt: skip
        assert stitch(one, two, "up", gap=2, colour=colour)[0, 4, 0].tolist() == levels
    tall = picture(2, 3, 7, 2, 4)
    out = stitch(one, tall, gap=2, colour="black")
    assert out.shape == (3, 7, 9, 4)
    assert np.array_equal(out[2, 1:5, :5, :3], one[0])
    assert not out[:, 0, :5, :3].any()
    assert (out[:, :, :7, 3] == 1).all()
    assert np.array_equal(out[:, :, 7:], tall)
    matched = stitch(one, tall, match=True)
    assert matched.shape == (3, 4, 5 + 1, 4)  # 2 x 7 at height 4 is 1 wide
    assert np.array_equal(matched[:, :, 5:], resized(tall, 1, 4, "lanczos"))
    assert stitch(one, tall, "down", match=True).shape == (3, 4 + 17, 5, 4)
    with pytest.raises(NodeFailed, match="smaller width"):
        stitch(picture(0, 1, 1, 9000, 1), picture(0, 1, 9000, 1, 1))


def kernel(radius, sigma):
    """ComfyUI's bell: the distance is measured in radii."""
    weights = [
        [
            math.exp(-((y / radius) ** 2 + (x / radius) ** 2) / (2 * sigma**2))
            for x in range(-radius, radius + 1)
        ]
        for y in range(-radius, radius + 1)
    ]
    total = sum(map(sum, weights))
    return [[weight / total for weight in row] for row in weights]


@pytest.mark.parametrize(("radius", "sigma"), [(1, 0.1), (1, 1.0), (2, 0.7), (3, 10.0)])
def test_blurring_and_sharpening(radius, sigma):
    """Every pixel the weighted mean of its square, mirrored at the borders; sharpening adds what that takes away."""
    image = picture(0, 2, 5, 6)
    weights = kernel(radius, sigma)

    def mirrored(place, size):
        return -place if place < 0 else 2 * (size - 1) - place if place >= size else place

    mean = np.zeros(image.shape)
    for y in range(5):
        for x in range(6):
            for down in range(-radius, radius + 1):
                for right in range(-radius, radius + 1):
                    weight = weights[down + radius][right + radius]
                    mean[:, y, x] += weight * image[:, mirrored(y + down, 5), mirrored(x + right, 6)]
    (blurred,) = call("ImageBlur", image=image, blur_radius=radius, sigma=sigma)
    assert np.abs(blurred - mean).max() < 1e-5
    (sharp,) = call("ImageSharpen", image=image, sharpen_radius=radius, sigma=sigma, alpha=0.3)
    assert np.abs(sharp - (image + 3 * (image - mean)).clip(0, 1)).max() < 1e-4


def test_a_small_picture_is_blurred_too():
    """Mirrored again and again where the radius reaches beyond it; a stop is heard."""
    image = picture(0, 1, 1, 3)
    (out,) = call("ImageBlur", image=image, blur_radius=31, sigma=10.0)
    assert np.abs(out.mean() - image.mean()) < 0.2
    with pytest.raises(Stopped):
        call("ImageBlur", image=image, blur_radius=1, sigma=1.0, stopped=lambda: True)


def nothing():
    pass


def test_noise_is_torchs():
    """Recorded from torch 2.13: few numbers, blocks of 16, a rest, and seeds beyond 32 bits."""
    few = [0.33669037, 0.12880941, 0.23446237, 0.23033303, -1.12285638]
    block = [
        1.92691529,
        1.48728406,
        0.90071720,
        -2.10552096,
        0.67841846,
        -1.23454487,
        -0.04306748,
        -1.60466695,
    ]
    rest = [-0.75813115, 1.07831764, 0.80080056, 1.68062055]
    assert gaussian(42, 5, nothing) == pytest.approx(few, abs=1e-6)
    assert gaussian(42, 16, nothing)[:8] == pytest.approx(block, abs=1e-6)
    assert gaussian(42, 20, nothing)[:4] == pytest.approx(block[:4], abs=1e-6)
    assert gaussian(42, 20, nothing)[4:8] == pytest.approx(rest, abs=1e-6)
    assert gaussian(2**63 + 7, 16, nothing)[:2] == pytest.approx([-0.82013452, 0.39563116], abs=1e-6)
    assert gaussian(2**64 - 1, 3, nothing) == pytest.approx([1.21976304, -0.39297947, 1.02307510], abs=1e-6)


def test_noise_is_added():
    """By its strength, within 0..1; drawn in stretches it is what it is at once; a stop is heard."""
    image = picture(0, 2, 30, 40)
    (out,) = call("ImageAddNoise", image=image, seed=42, strength=0.25)
    assert (
        np.abs(out - (image + 0.25 * gaussian(42, image.size, nothing).reshape(image.shape)).clip(0, 1)).max()
        < 1e-6
    )
    assert np.array_equal(call("ImageAddNoise", image=image, seed=7, strength=0.0)[0], image)
    many = gaussian(1, 2**21, nothing)
    assert np.array_equal(many[: 2**20 + 64][:-64], gaussian(1, 2**20 + 64, nothing)[:-64])
    assert many.mean() == pytest.approx(0, abs=0.01)
    assert many.std() == pytest.approx(1, abs=0.01)
    with pytest.raises(Stopped):
        call("ImageAddNoise", image=image, seed=1, strength=1.0, stopped=lambda: True)


@pytest.mark.parametrize("dither", ["none", "floyd-steinberg", "bayer-2", "bayer-4", "bayer-8", "bayer-16"])
@pytest.mark.parametrize("colours", [1, 2, 16, 256])
def test_fewer_colours(dither, colours):
    """At most so many, all of them levels, and near enough to what they stand for."""
    image = picture(0, 2, 24, 24)
    (out,) = call("ImageQuantize", image=image, colors=colours, dither=dither)
    assert out.shape == image.shape
    for number in range(2):
        assert len(np.unique(out[number].reshape(-1, 3), axis=0)) <= colours
    assert np.abs(out * 255 - np.round(out * 255)).max() < 1e-4
    assert np.abs(out.mean() - image.mean()) < 0.1


def test_bayers_pattern():
    """Every step once, evenly around 0."""
    for order in (2, 4, 8, 16):
        steps = np.sort(bayer(order).reshape(-1)) * order**2
        assert steps == pytest.approx(np.arange(order**2) - (order**2 - 1) / 2, abs=1e-3)
    # Each quarter of a pattern is the next smaller one, moved a little.
    assert bayer(4)[:2, :2] == pytest.approx(bayer(2) - 1.5 / 16, abs=1e-6)


def test_an_empty_picture():
    """Of one colour, as large a batch as asked for and as is held."""
    (out,) = call("EmptyImage", width=2, height=3, batch_size=4, color=0x3366CC)
    assert out.shape == (4, 3, 2, 3)
    assert out[3, 2, 1] == pytest.approx([0.2, 0.4, 0.8])
