"""EXR files: light as floats, read and written, and the two ways between light and what a screen shows."""

from typing import Any, Final

import numpy as np
import numpy.typing as npt

from stationthis_sdk.local.engine.images import Picture, allow
from stationthis_sdk.local.engine.limits import IN_FORCE
from stationthis_sdk.local.engine.media import pyav, reason_of
from stationthis_sdk.local.engines import NodeFailed

__all__ = ["TONEMAPS", "read_exr", "to_light", "to_screen", "write_exr"]

TONEMAPS: Final = ("linear", "sRGB", "Reinhard")

_MAGIC: Final = b"\x76\x2f\x31\x01"
_BRIGHTEST: Final = 0.999999

# Which of a format's channels are red, green, blue and alpha, and what a sample is.
_ORDERS: Final = {"gbr": (2, 0, 1, 3), "rgb": (0, 1, 2, 3), "gray": (0, 0, 0), "ya": (0, 0, 0, 1)}
_KINDS: Final = {"f32le": "<f4", "f16le": "<f2", "16le": "<u2", "48le": "<u2", "64le": "<u2"}

Light = npt.NDArray[np.floating[Any]]


def read_exr(content: bytes) -> Light:
    """A file's light as height, width, 3 or 4 channels; grey is told as three equal ones."""
    av = pyav()
    if not content.startswith(_MAGIC):
        raise NodeFailed("the EXR file can't be read: it does not begin as one; give an EXR file")
    context = av.CodecContext.create("exr", "r")
    limit = IN_FORCE.get().pixels
    context.options = {"max_pixels": str(limit)}  # looked at before anything is decoded
    try:
        frames = [*context.decode(av.Packet(content)), *context.decode(None)]
        light = _array(frames[0])
    except (av.error.FFmpegError, ValueError, IndexError) as problem:
        raise NodeFailed(
            f"the EXR file can't be read, or has more than {limit:,} pixels: {reason_of(problem)}; give another one"
        ) from problem
    return np.nan_to_num(light, nan=0.0)


def _array(frame: Any) -> Light:
    """The samples as they are: PyAV's own conversion cuts off all light beyond 1 of some formats."""
    name, count = frame.format.name, len(frame.format.components)
    order = next((order for start, order in _ORDERS.items() if name.startswith(start)), None)
    kind = next((kind for end, kind in _KINDS.items() if name.endswith(end)), None)
    if order is None or kind is None:
        raise ValueError(f"its channels are of a rare kind ({name})")
    allow(1, frame.height, frame.width)
    planes = [
        np.frombuffer(plane, kind).reshape(frame.height, -1)[:, : frame.width * count // len(frame.planes)]
        for plane in frame.planes
    ]
    channels = planes if frame.format.is_planar else [planes[0][:, at::count] for at in range(count)]
    light = np.stack([channels[at] for at in order if at < count], axis=-1).astype(np.float32)
    return light / np.float32(65535) if kind == "<u2" else light


def write_exr(light: Picture) -> bytes:
    """One picture (height, width, 3 or 4 channels) as an EXR file of 32-bit floats."""
    av = pyav()
    height, width, channels = light.shape
    form = "gbrapf32le" if channels == 4 else "gbrpf32le"
    context = av.CodecContext.create("exr", "w")
    context.width, context.height, context.pix_fmt, context.framerate = width, height, form, 1
    context.options = {"compression": "zip16"}
    frame = av.VideoFrame.from_ndarray(np.ascontiguousarray(light, np.float32), format=form)
    return b"".join(bytes(packet) for packet in [*context.encode(frame), *context.encode(None)])


def to_screen(light: Light, tonemap: str) -> Picture:
    """Light as a screen's levels; ``linear`` leaves it as it is."""
    if tonemap == "linear":
        return light
    light = np.clip(light, 0, np.finfo(np.float32).max)
    if tonemap == "Reinhard":
        light = light / (light + 1)
    dark, bright = light * 12.92, 1.055 * np.power(light, 1 / 2.4) - 0.055
    return np.clip(np.where(light <= 0.0031308, dark, bright), 0, 1).astype(np.float32)


def to_light(levels: Picture, tonemap: str) -> Light:
    """A screen's levels as light, the way back from :func:`to_screen`."""
    if tonemap == "linear":
        return levels
    bright = np.power((np.maximum(levels, 0) + 0.055) / 1.055, 2.4)
    light = np.where(levels <= 0.0404482362771082, levels / 12.92, bright)
    if tonemap == "Reinhard":
        light = np.clip(light, 0, _BRIGHTEST)
        light = light / (1 - light)
    return light.astype(np.float32)
