"""The node of ours: a procedural picture from prompt, seed and steps. No diffusion model, and it says so."""

from typing import Final

import numpy as np
from PIL import Image, ImageDraw, ImageFont

from stationthis_sdk.local.engine.drawing.noise import blend, smooth
from stationthis_sdk.local.engine.drawing.scene import Scene, compose
from stationthis_sdk.local.engine.images import Picture
from stationthis_sdk.local.engine.node import IMAGE, TEXT, Slot, Work, node_class, real, whole
from stationthis_sdk.local.engine.scaling import resized

__all__ = ["CAPTION", "captioned"]

CAPTION: Final = "procedural preview · not a diffusion model"

_SIDE: Final = whole(16, 2048, 512)
_START_SIDE: Final = 1024
_BAND: Final = 2**15  # pixels at a time: small enough for the cache and for prompt cancelling
_STROKE: Final = 0.034
_GOLDEN: Final = (0.7548776662466927, 0.5698402909980532)  # spreads points evenly, however many are taken


@node_class(
    "StationThisPicture",
    outputs=("IMAGE",),
    weight=20,
    prompt=TEXT,
    seed=whole(-(2**63), 2**64 - 1),
    steps=whole(1, 1000, 20),
    width=_SIDE,
    height=_SIDE,
    palette=Slot("STRING", required=False, default=""),
    image=Slot(IMAGE.type, required=False),
    strength=real(0, 1, 0.6),
)
def _picture(
    work: Work,
    prompt: str,
    seed: int,
    steps: int,
    width: int,
    height: int,
    palette: str,
    image: Picture | None,
    strength: float,
) -> tuple[Picture]:
    scene = compose(prompt, seed, palette)
    start = None
    if image is not None:
        start = _start(image)
        _, height, width = start.shape
    light = _light(work, scene, steps, width, height, start, strength)
    return (captioned(_developed(light) if start is None else _drawn_over(light, start, strength))[None],)


def _light(
    work: Work, scene: Scene, steps: int, width: int, height: int, start: Picture | None, strength: float
) -> Picture:
    """Average one sample a step of every pixel, each moved a little along the brush's way.

    The more steps, the smoother the strokes and edges. A starting picture is brushed along with the scene.
    """
    total = np.zeros((3, height, width), np.float32)
    rows = max(1, _BAND // width)
    pixel = 1 / height
    for step in range(steps):
        right, down = (((step + 0.5) * golden) % 1 - 0.5 for golden in _GOLDEN)
        along = (((step + 0.5) * 0.6180339887) % 1 - 0.5) * _STROKE
        for top in range(0, height, rows):
            work.check()
            bottom = min(top + rows, height)
            y, x = np.meshgrid(
                (np.arange(top, bottom, dtype=np.float32) + np.float32(0.5 + down)) * np.float32(pixel),
                (np.arange(width, dtype=np.float32) + np.float32(0.5 + right - width / 2))
                * np.float32(pixel),
                indexing="ij",
            )
            colours = scene.colours(x, y, along, pixel)
            if start is not None:
                brushed = _brushed(start, *scene.brushed(x, y, along * strength))
                colours = _graded(scene, brushed, colours, strength)
            total[:, top:bottom] += colours
        work.step(step + 1, steps)
    return total / np.float32(steps)


def _brushed(start: Picture, x: Picture, y: Picture) -> Picture:
    """The starting picture where the brush has moved to."""
    _, height, width = start.shape
    column = np.clip(x * np.float32(height) + np.float32(width / 2), 0, width - 1).astype(np.intp)
    row = np.clip(y * np.float32(height), 0, height - 1).astype(np.intp)
    return start[:, row, column]


def _graded(scene: Scene, start: Picture, drawn: Picture, strength: float) -> Picture:
    """The starting picture in the scene's colours, its lights and darks kept, the scene itself showing through."""
    paint = scene.sky.paint
    tone = np.sqrt(
        start[0] * np.float32(0.2126) + start[1] * np.float32(0.7152) + start[2] * np.float32(0.0722)
    )
    colours = blend(paint.near, paint.far, smooth(0.0, 0.45, tone))
    colours = blend(colours, paint.low, smooth(0.3, 0.8, tone))
    colours = blend(colours, paint.glow, smooth(0.7, 1.0, tone))
    return blend(blend(start, colours, 0.9 * strength), _shown(drawn), strength**4)


def _developed(light: Picture) -> Picture:
    """From linear light to what a screen shows, channels last: soft highlights, darker corners."""
    _, height, width = light.shape
    y = np.linspace(-1, 1, height, dtype=np.float32)[:, None]
    x = np.linspace(-1, 1, width, dtype=np.float32)[None]
    return _encoded(_shown(light * (1 - 0.12 * (x * x + y * y) ** np.float32(1.5))))


def _drawn_over(light: Picture, start: Picture, strength: float) -> Picture:
    """What was brushed, over the untouched picture where the strength is low."""
    return _encoded(blend(start, light, min(1.0, strength * 4)))


def _shown(light: Picture) -> Picture:
    """Highlights softened into what a screen can show."""
    light = np.clip(light, 0, None)
    return np.clip(light * (1 + light / 6) / (1 + light * 0.62) * np.float32(1.32), 0, 1)


def _encoded(light: Picture) -> Picture:
    """Linear light as the nearest of a screen's 256 levels (saving cuts fractions off), channels last."""
    levels = np.round(np.clip(light, 0, 1) ** np.float32(1 / 2.2) * np.float32(255))
    return np.ascontiguousarray(np.moveaxis(levels / np.float32(255), 0, -1))


def _start(image: Picture) -> Picture:
    """The starting picture as linear light, channels first, no larger than this gateway draws."""
    _, height, width, _ = image.shape
    scale = min(1, _START_SIDE / max(height, width))
    small = resized(
        image[:1, ..., :3], max(16, round(width * scale)), max(16, round(height * scale)), "lanczos"
    )
    return np.ascontiguousarray(np.moveaxis(small[0], -1, 0)) ** np.float32(2.2)


def captioned(picture: Picture, words: str = CAPTION) -> Picture:
    """With a small strip at the foot that says what the picture is."""
    height, width, _ = picture.shape
    size = max(8, min(14, width // 36))
    if width < 120 or height < 60:
        return picture  # no room for words; the file's metadata says it too
    font = ImageFont.load_default(size)
    strip = Image.new("L", (width, size + 8))
    draw = ImageDraw.Draw(strip)
    draw.text((size * 0.7, 2), words, fill=255, font=font)
    ink = (np.asarray(strip, np.float32) / np.float32(255))[..., None]
    foot = picture[height - strip.height :]
    foot *= np.float32(0.55)
    foot += (np.float32(0.92) - foot) * ink * np.float32(0.85)
    return picture
