"""Two pictures made one: every blend and every composite by its formula on single numbers."""

import math

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from stationthis_sdk.local.engine.scaling import mask_resized, resized
from stationthis_sdk.local.engines import NodeFailed
from tests.local.engine.calling import call, mask, picture

LEVELS = st.floats(0, 1, width=32)


def soft_light(a, b):
    """W3C's curve."""
    if b <= 0.5:
        return a - (1 - 2 * b) * a * (1 - a)
    curve = ((16 * a - 12) * a + 4) * a if a <= 0.25 else math.sqrt(a)
    return a + (2 * b - 1) * (curve - a)


BLENDS = {
    "normal": lambda _a, b: b,
    "multiply": lambda a, b: a * b,
    "screen": lambda a, b: a + b - a * b,
    "overlay": lambda a, b: 2 * a * b if a <= 0.5 else 1 - 2 * (1 - a) * (1 - b),
    "soft_light": soft_light,
    "difference": lambda a, b: a - b,
}


def flat(level, count=1, height=1, width=1, channels=3):
    return np.full((count, height, width, channels), level, np.float32)


@pytest.mark.parametrize("mode", BLENDS)
@settings(deadline=None)
@given(a=LEVELS, b=LEVELS, factor=LEVELS)
def test_a_blend_follows_its_formula(mode, a, b, factor):
    """Mixed with the first picture by the factor, and kept within 0..1."""
    (out,) = call("ImageBlend", image1=flat(a), image2=flat(b), blend_factor=factor, blend_mode=mode)
    wanted = a * (1 - factor) + BLENDS[mode](a, b) * factor
    assert out[0, 0, 0] == pytest.approx(3 * [min(max(wanted, 0), 1)], abs=1e-5)


def test_what_is_blended_is_fitted():
    """By size, channels and batch; batches that don't go together are refused."""
    blend = {"blend_factor": 1.0, "blend_mode": "normal"}
    one, two = picture(0, 2), picture(1, 1, 8, 9, 4)
    (out,) = call("ImageBlend", image1=one, image2=two, **blend)
    assert np.array_equal(out[0], out[1])
    assert np.abs(out - resized(two[..., :3], 5, 4, "bicubic").clip(0, 1)).max() < 1e-6
    (opaque,) = call("ImageBlend", image1=picture(0, channels=4), image2=picture(1), **blend)
    assert (opaque[..., 3] == 1).all()
    assert np.array_equal(opaque[..., :3], picture(1))
    with pytest.raises(NodeFailed, match="batches of 2 and 3"):
        call("ImageBlend", image1=one, image2=picture(1, 3), **blend)


def overlay(s, d, p, q):
    """ComfyUI's, which is not Porter's and Duff's."""
    return 2 * p * q if 2 * q < d else s * d - 2 * (d - p) * (s - q)


# alpha from the alphas s and d; colour from these and the premultiplied p and q
COMPOSITES = {
    "ADD": (lambda s, d: min(s + d, 1), lambda _s, _d, p, q: min(p + q, 1)),
    "CLEAR": (lambda _s, _d: 0, lambda _s, _d, _p, _q: 0),
    "DARKEN": (lambda s, d: s + d - s * d, lambda s, d, p, q: p - p * d + q - q * s + min(p, q)),
    "DST": (lambda _s, d: d, lambda _s, _d, _p, q: q),
    "DST_ATOP": (lambda s, _d: s, lambda s, d, p, q: q * s + p - p * d),
    "DST_IN": (lambda s, d: s * d, lambda s, _d, _p, q: q * s),
    "DST_OUT": (lambda s, d: d - d * s, lambda s, _d, _p, q: q - q * s),
    "DST_OVER": (lambda s, d: s + d - s * d, lambda _s, d, p, q: q + p - p * d),
    "LIGHTEN": (lambda s, d: s + d - s * d, lambda s, d, p, q: p - p * d + q - q * s + max(p, q)),
    "MULTIPLY": (lambda s, d: s * d, lambda _s, _d, p, q: p * q),
    "OVERLAY": (lambda s, d: s + d - s * d, overlay),
    "SCREEN": (lambda s, d: s + d - s * d, lambda _s, _d, p, q: p + q - p * q),
    "SRC": (lambda s, _d: s, lambda _s, _d, p, _q: p),
    "SRC_ATOP": (lambda _s, d: d, lambda s, d, p, q: p * d + q - q * s),
    "SRC_IN": (lambda s, d: s * d, lambda _s, d, p, _q: p * d),
    "SRC_OUT": (lambda s, d: s - s * d, lambda _s, d, p, _q: p - p * d),
    "SRC_OVER": (lambda s, d: s + d - s * d, lambda s, _d, p, q: p + q - q * s),
    "XOR": (lambda s, d: s + d - 2 * s * d, lambda s, d, p, q: p - p * d + q - q * s),
}


@pytest.mark.parametrize("mode", COMPOSITES)
@settings(deadline=None)
@given(source=LEVELS, clear=LEVELS, target=LEVELS, target_clear=LEVELS)
def test_a_composite_follows_its_formula(mode, source, clear, target, target_clear):
    """On colours multiplied by their alphas; the masks are what is clear, not what is opaque."""
    colour, out_clear = call(
        "PorterDuffImageComposite",
        source=flat(source),
        source_alpha=flat(clear)[..., 0],
        destination=flat(target),
        destination_alpha=flat(target_clear)[..., 0],
        mode=mode,
    )
    s, d = 1 - clear, 1 - target_clear
    alpha = COMPOSITES[mode][0](s, d)
    assert out_clear[0, 0, 0] == pytest.approx(1 - alpha, abs=1e-5)
    if alpha > 1e-3:  # float32's errors are divided by it
        wanted = min(max(COMPOSITES[mode][1](s, d, source * s, target * d) / alpha, 0), 1)
        assert colour[0, 0, 0] == pytest.approx(3 * [wanted], abs=1e-3)
    elif alpha < 1e-6:
        assert not colour.any()


def test_composites_fit_their_parts():
    """The result has the destination's size and the shortest batch; channels must be as many."""
    given = {"source": picture(0, 2, 7, 3), "source_alpha": mask(1, 3, 2, 2), "mode": "SRC"}
    below = {"destination": picture(2, 3), "destination_alpha": mask(3, 4, 9, 9)}
    colour, clear = call("PorterDuffImageComposite", **given, **below)
    assert colour.shape == (2, 4, 5, 3)
    assert clear.shape == (2, 4, 5)
    with pytest.raises(NodeFailed, match="with alpha or both without"):
        call("PorterDuffImageComposite", **given, **below | {"destination": picture(2, channels=4)})


@settings(deadline=None)
@given(st.integers(0, 9), st.integers(0, 9), st.integers(1, 3), st.booleans(), st.booleans())
def test_pasting_through_a_mask(x, y, count, resize, masked):
    """Pixel by pixel: what the mask lets through of the source, at its place; all else stays."""
    destination, source = picture(0, 2, 6, 7), picture(1, count, 4, 5)
    given = mask(2, 1, 3, 8) if masked else None
    (out,) = call("ImageCompositeMasked", destination=destination, source=source, x=x, y=y,
                  resize_source=resize, mask=given)  # fmt: skip
    pasted = resized(source, 7, 6, "bilinear") if resize else source
    through = mask_resized(given, pasted.shape[2], pasted.shape[1]) if masked else np.ones((1, 6, 7))
    for number in range(2):
        for row in range(6):
            for column in range(7):
                wanted = destination[number, row, column]
                if 0 <= row - y < pasted.shape[1] and 0 <= column - x < pasted.shape[2]:
                    part = through[0, row - y, column - x]
                    wanted = pasted[number % count, row - y, column - x] * part + wanted * (1 - part)
                assert out[number, row, column] == pytest.approx(wanted, abs=1e-6)


def test_pasting_minds_channels():
    """The destination's stay: alpha is cut off a source, or added to it as opaque."""
    paste = {"x": 0, "y": 0, "resize_source": False}
    plain, clear = picture(0), picture(1, channels=4)
    assert np.array_equal(
        call("ImageCompositeMasked", destination=plain, source=clear, **paste)[0], clear[..., :3]
    )
    (out,) = call("ImageCompositeMasked", destination=clear, source=plain, **paste)
    assert np.array_equal(out[..., :3], plain)
    assert (out[..., 3] == 1).all()


def test_alpha_joined_and_split():
    """Masks are what is clear; joining fits the mask and takes the shorter batch; splitting undoes it."""
    image, clear = picture(0, 2), mask(1, 3)
    (joined,) = call("JoinImageWithAlpha", image=image, alpha=clear)
    assert joined.shape == (2, 4, 5, 4)
    assert np.array_equal(joined[..., 3], 1 - clear[:2])
    colour, back = call("SplitImageWithAlpha", image=joined)
    assert np.array_equal(colour, image)
    assert np.abs(back - clear[:2]).max() < 1e-6
    assert not call("SplitImageWithAlpha", image=image)[1].any()
    small = mask(2, 1, 2, 2)
    (joined,) = call("JoinImageWithAlpha", image=image, alpha=small)
    assert np.abs(joined[..., 3] - (1 - mask_resized(small, 5, 4))).max() < 1e-6
