"""Pictures as numbers: float32 arrays of batch, height, width, channels, 0..1; and core image nodes on them."""

import io
from typing import Any, Final

import numpy as np
import numpy.typing as npt
from PIL import Image, ImageOps

from stationthis_sdk.local.engine.node import IMAGE, TEXT, Work, node_class, one_of, real, whole
from stationthis_sdk.local.engines import NodeFailed

__all__ = ["PIXEL_LIMIT", "Picture", "allow", "from_bytes", "resized", "to_pillow"]

Picture = npt.NDArray[np.floating[Any]]

PIXEL_LIMIT: Final = 2**24
"""Pixels of one value, all of its batch together: 16.7 million, about 200 MB."""

_FORMATS: Final = ("PNG", "JPEG", "WEBP", "GIF", "BMP", "TIFF")
_FILTERS: Final = {
    "nearest-exact": Image.Resampling.NEAREST,
    "bilinear": Image.Resampling.BILINEAR,
    "area": Image.Resampling.BOX,
    "bicubic": Image.Resampling.BICUBIC,
    "lanczos": Image.Resampling.LANCZOS,
}
_METHOD: Final = one_of(*_FILTERS)


def allow(count: int, height: int, width: int) -> None:
    """Refuse a size this gateway does not hold in memory."""
    if count * height * width > PIXEL_LIMIT:
        raise NodeFailed(
            f"{count} picture(s) of {width} x {height} pixels are more than the {PIXEL_LIMIT:,} this gateway holds: "
            "ask for a smaller width, height or batch"
        )


def from_bytes(content: bytes, mode: str) -> Picture:
    """Read a picture file into a batch of one; raises NodeFailed for what is none."""
    try:
        with Image.open(io.BytesIO(content), formats=_FORMATS) as picture:
            allow(1, picture.height, picture.width)
            turned = ImageOps.exif_transpose(picture)
            return from_pillow(turned.convert(mode))
    except NodeFailed:
        raise
    except Exception as problem:  # Pillow's readers raise all kinds for broken files
        raise NodeFailed(f"the picture can't be read: {problem}; give a PNG, JPEG or WebP file") from problem


def from_pillow(picture: Image.Image) -> Picture:
    """A Pillow picture as a batch of one."""
    return (np.asarray(picture, dtype=np.float32) / np.float32(255))[None]


def to_pillow(picture: Picture) -> Image.Image:
    """One picture of a batch (height, width, channels) as a Pillow picture."""
    levels = np.clip(picture * np.float32(255) + np.float32(0.5), 0, 255).astype(np.uint8)
    return Image.fromarray(levels[..., 0] if levels.shape[-1] == 1 else levels)


def resized(picture: Picture, width: int, height: int, method: str = "bicubic") -> Picture:
    """Every picture of the batch at a new size."""
    count, _, _, channels = picture.shape
    allow(count, height, width)
    out = np.empty((count, height, width, channels), np.float32)
    for index in range(count):
        for channel in range(channels):
            plane = Image.fromarray(np.ascontiguousarray(picture[index, ..., channel]))
            out[index, ..., channel] = np.asarray(plane.resize((width, height), _FILTERS[method]))
    return np.clip(out, 0, 1)


def fitted(picture: Picture, width: int, height: int, method: str = "bicubic") -> Picture:
    """At a new size, cutting off what the new proportions leave over, evenly on both sides."""
    _, old_height, old_width, _ = picture.shape
    if old_width * height > width * old_height:
        keep = max(1, round(old_height * width / height))
        left = (old_width - keep) // 2
        picture = picture[:, :, left : left + keep]
    else:
        keep = max(1, round(old_width * height / width))
        top = (old_height - keep) // 2
        picture = picture[:, top : top + keep]
    return resized(picture, width, height, method)


_SIDE: Final = whole(1, 16384)


@node_class(
    "EmptyImage",
    outputs=("IMAGE",),
    width=_SIDE,
    height=_SIDE,
    batch_size=whole(1, 4096),
    color=whole(0, 0xFFFFFF),
)
def _empty(_work: Work, width: int, height: int, batch_size: int, color: int) -> tuple[Picture]:
    allow(batch_size, height, width)
    colour = np.array([color >> 16 & 255, color >> 8 & 255, color & 255], np.float32) / np.float32(255)
    return (np.broadcast_to(colour, (batch_size, height, width, 3)).copy(),)


@node_class("LoadImage", outputs=("IMAGE", "MASK"), image=TEXT)
def _load(work: Work, image: str) -> tuple[Picture, Picture]:
    content = work.files.read(image)
    if content is None:
        raise NodeFailed(
            f"invalid image file: {image[:200]}; upload it first and give its URL or its file name"
        )
    picture = from_bytes(content, "RGBA")
    return picture[..., :3], 1 - picture[..., 3]


@node_class(
    "ImageScale",
    outputs=("IMAGE",),
    image=IMAGE,
    upscale_method=_METHOD,
    width=whole(0, 16384),
    height=whole(0, 16384),
    crop=one_of("disabled", "center"),
)
def _scale(
    _work: Work, image: Picture, upscale_method: str, width: int, height: int, crop: str
) -> tuple[Picture]:
    _, old_height, old_width, _ = image.shape
    if width == height == 0:
        return (image,)
    width = width or max(1, round(old_width * height / old_height))
    height = height or max(1, round(old_height * width / old_width))
    scale = fitted if crop == "center" else resized
    return (scale(image, width, height, upscale_method),)


@node_class("ImageScaleBy", outputs=("IMAGE",), image=IMAGE, upscale_method=_METHOD, scale_by=real(0.01, 8))
def _scale_by(_work: Work, image: Picture, upscale_method: str, scale_by: float) -> tuple[Picture]:
    _, height, width, _ = image.shape
    return (
        resized(image, max(1, round(width * scale_by)), max(1, round(height * scale_by)), upscale_method),
    )


@node_class("ImageInvert", outputs=("IMAGE",), image=IMAGE)
def _invert(_work: Work, image: Picture) -> tuple[Picture]:
    return (1 - image,)


@node_class(
    "ImageCrop",
    outputs=("IMAGE",),
    image=IMAGE,
    width=_SIDE,
    height=_SIDE,
    x=whole(0, 16384),
    y=whole(0, 16384),
)
def _crop(_work: Work, image: Picture, width: int, height: int, x: int, y: int) -> tuple[Picture]:
    left, top = min(x, image.shape[2] - 1), min(y, image.shape[1] - 1)
    return (image[:, top : top + height, left : left + width].copy(),)


@node_class(
    "ImageFlip",
    outputs=("IMAGE",),
    image=IMAGE,
    flip_method=one_of("x-axis: vertically", "y-axis: horizontally"),
)
def _flip(_work: Work, image: Picture, flip_method: str) -> tuple[Picture]:
    return (np.ascontiguousarray(np.flip(image, 1 if flip_method.startswith("x") else 2)),)


_TURNS: Final = ("none", "90 degrees", "180 degrees", "270 degrees")


@node_class("ImageRotate", outputs=("IMAGE",), image=IMAGE, rotation=one_of(*_TURNS))
def _rotate(_work: Work, image: Picture, rotation: str) -> tuple[Picture]:
    return (np.ascontiguousarray(np.rot90(image, _TURNS.index(rotation), axes=(2, 1))),)  # clockwise


_MODES: Final = ("normal", "multiply", "screen", "overlay", "soft_light", "difference")


@node_class(
    "ImageBlend",
    outputs=("IMAGE",),
    image1=IMAGE,
    image2=IMAGE,
    blend_factor=real(0, 1),
    blend_mode=one_of(*_MODES),
)
def _blend(
    _work: Work, image1: Picture, image2: Picture, blend_factor: float, blend_mode: str
) -> tuple[Picture]:
    if image1.shape[1:3] != image2.shape[1:3]:
        image2 = fitted(image2, image1.shape[2], image1.shape[1])
    channels = min(image1.shape[3], image2.shape[3])
    image1, image2 = image1[..., :channels], image2[..., :channels]
    mixed = _blended(image1, image2, blend_mode)
    return (np.clip(image1 * np.float32(1 - blend_factor) + mixed * np.float32(blend_factor), 0, 1),)


def _blended(one: Picture, two: Picture, mode: str) -> Picture:
    match mode:
        case "multiply":
            return one * two
        case "screen":
            return 1 - (1 - one) * (1 - two)
        case "overlay":
            return np.where(one <= 0.5, 2 * one * two, 1 - 2 * (1 - one) * (1 - two))
        case "soft_light":
            bright = np.where(one <= 0.25, ((16 * one - 12) * one + 4) * one, np.sqrt(one))
            return np.where(
                two <= 0.5, one - (1 - 2 * two) * one * (1 - one), one + (2 * two - 1) * (bright - one)
            )
        case "difference":
            return one - two
    return two


@node_class("ImageBlur", outputs=("IMAGE",), image=IMAGE, blur_radius=whole(1, 31), sigma=real(0.1, 10))
def _blur(work: Work, image: Picture, blur_radius: int, sigma: float) -> tuple[Picture]:
    offsets = np.linspace(-1, 1, 2 * blur_radius + 1)
    kernel = np.exp(-(offsets**2) / (2 * sigma**2))
    weights = (kernel / kernel.sum()).astype(np.float32)
    for axis in (1, 2):
        size = image.shape[axis]
        radius = min(blur_radius, size - 1)  # a picture can't be mirrored further than it is wide
        pad: Any = [(radius, radius) if at == axis else (0, 0) for at in range(4)]
        padded = np.pad(image, pad, mode="reflect")
        out = np.zeros_like(image)
        for shift, weight in enumerate(weights):
            work.check()
            start = min(max(shift - blur_radius + radius, 0), 2 * radius)
            out += (
                padded[:, start : start + size] * weight
                if axis == 1
                else padded[:, :, start : start + size] * weight
            )
        image = out
    return (image,)


@node_class("ImageBatch", outputs=("IMAGE",), image1=IMAGE, image2=IMAGE)
def _batch(_work: Work, image1: Picture, image2: Picture) -> tuple[Picture]:
    allow(image1.shape[0] + image2.shape[0], image1.shape[1], image1.shape[2])
    if image1.shape[1:3] != image2.shape[1:3]:
        image2 = fitted(image2, image1.shape[2], image1.shape[1], "bilinear")
    channels = min(image1.shape[3], image2.shape[3])
    return (np.concatenate([image1[..., :channels], image2[..., :channels]]),)
