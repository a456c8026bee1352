"""The comfyui-deploy plugin's external video: which frames it takes of a video, and at what size."""

from fractions import Fraction
from typing import Any, Final

import attrs

from stationthis_sdk.local.engine.decoding import Levels, VideoReader, as_floats, opened, read_audio
from stationthis_sdk.local.engine.files import WORDS, is_url
from stationthis_sdk.local.engine.images import Picture, allow
from stationthis_sdk.local.engine.media import Audio
from stationthis_sdk.local.engine.node import TEXT, Slot, Work, node_class
from stationthis_sdk.local.engine.scaling import fitted
from stationthis_sdk.local.engines import NodeFailed

__all__ = ["Choice", "new_size"]

_FAR: Final = 2**53 - 1
_SIZES: Final = (
    "Disabled",
    "Custom Height",
    "Custom Width",
    "Custom",
    "256x?",
    "?x256",
    "256x256",
    "512x?",
    "?x512",
    "512x512",
)
_SIDE: Final = Slot("INT", default=512, minimum=0, maximum=8192)
_COUNT: Final = Slot("INT", default=0, minimum=0, maximum=_FAR)


@attrs.frozen
class Choice:
    """Which frames are taken: shown at ``rate`` (0 is the video's own), some skipped, each nth kept, up to a cap."""

    rate: int
    skip: int
    nth: int
    cap: int

    def copies(self, shown: int, due: int) -> int:
        """How many of the frames number ``shown`` to ``due`` (not included) at the new rate are taken.

        >>> Choice(rate=0, skip=2, nth=3, cap=0).copies(0, 9)
        3
        """
        start = max(shown, self.skip)
        start += -(start - self.skip) % self.nth
        return len(range(start, due, self.nth))

    def seconds(self, fps: Fraction) -> tuple[Fraction, Fraction]:
        """The part of the sound that goes with the frames: its start and its length, 0 for all the rest."""
        each = 1 / (Fraction(self.rate) if self.rate else fps)
        return self.skip * each, self.cap * self.nth * each


@node_class(
    "ComfyUIDeployExternalVideo",
    outputs=("IMAGE", "INT", "AUDIO", "VHS_VIDEOINFO", "LATENT"),
    input_id=TEXT,
    force_rate=Slot("INT", default=0, minimum=0, maximum=60),
    force_size=Slot("COMBO", default="Disabled", options=_SIZES),
    custom_width=_SIDE,
    custom_height=_SIDE,
    frame_load_cap=_COUNT,
    skip_first_frames=_COUNT,
    select_every_nth=Slot("INT", default=1, minimum=1, maximum=_FAR),
    meta_batch=Slot("VHS_BatchManager", required=False),
    vae=Slot("VAE", required=False),
    default_video=Slot("COMBO", required=False),
    default_value_url=Slot("STRING", required=False, default=""),
    also=WORDS,
)
def _video(
    work: Work,
    input_id: str,
    force_rate: int,
    force_size: str,
    custom_width: int,
    custom_height: int,
    frame_load_cap: int,
    skip_first_frames: int,
    select_every_nth: int,
    default_video: str | None,
    default_value_url: str,
    **_rest: Any,
) -> tuple[Picture, int, Audio | None, dict[str, Any], None]:
    content = _content(work, input_id, default_value_url, default_video or "")
    choice = Choice(force_rate, skip_first_frames, select_every_nth, frame_load_cap)
    with opened(content) as container:
        reader = VideoReader(container, work.check)
        width, height = new_size(reader.width, reader.height, force_size, custom_width, custom_height)
        images = as_floats(_frames(reader, choice))
        info = {
            "source_fps": float(reader.fps),
            "source_frame_count": reader.count,
            "source_duration": reader.seconds,
            "source_width": reader.width,
            "source_height": reader.height,
        }
        start, length = choice.seconds(reader.fps)
        loaded_fps = (Fraction(force_rate) if force_rate else reader.fps) / select_every_nth
    if images.shape[1:3] != (height, width) and force_size != "Disabled":
        images = fitted(images, width, height, "lanczos", work.check)
    _, height, width, _ = images.shape
    info |= {
        "loaded_fps": float(loaded_fps),
        "loaded_frame_count": len(images),
        "loaded_duration": float(len(images) / loaded_fps),
        "loaded_width": width,
        "loaded_height": height,
    }
    return images, len(images), read_audio(content, work.check, start, length), info, None


def _content(work: Work, *places: str) -> bytes:
    given, default_url, default = places
    place = given if is_url(given) else default_url if is_url(default_url) else default
    content = work.files.read(place) if place else None
    if content is None:
        raise NodeFailed(
            f"there is no video at {place.partition('?')[0][:200]!r}: give a URL that can be fetched, or a default_video"
        )
    return content


def _frames(reader: VideoReader, choice: Choice) -> list[Levels]:
    taken: list[Levels] = []
    rate = Fraction(choice.rate) if choice.rate else reader.fps
    shown = 0
    for number, frame in enumerate(reader.frames()):
        due = 1 + int(number * rate / reader.fps)
        count = choice.copies(shown, due)
        shown = due
        if choice.cap:
            count = min(count, choice.cap - len(taken))
        if count:
            allow(len(taken) + count, reader.height, reader.width)
            taken += [reader.levels(frame)] * count
        if choice.cap and len(taken) >= choice.cap:
            break
    return taken


def new_size(width: int, height: int, rule: str, custom_width: int, custom_height: int) -> tuple[int, int]:
    """The size a rule asks for; a side left open keeps the proportions, to a multiple of 8.

    >>> new_size(640, 480, "256x?", 0, 0), new_size(640, 480, "Custom Height", 0, 100)
    ((256, 192), (136, 100))
    """
    match rule:
        case "Disabled":
            return width, height
        case "Custom":
            wide, high = str(custom_width), str(custom_height)
        case "Custom Width":
            wide, high = str(custom_width), "?"
        case "Custom Height":
            wide, high = "?", str(custom_height)
        case _:
            wide, high = rule.split("x")
    if wide == "?":
        size = (width * int(high) // height + 4) & ~7, int(high)
    elif high == "?":
        size = int(wide), (height * int(wide) // width + 4) & ~7
    else:
        size = int(wide), int(high)
    if not all(size):
        raise NodeFailed(
            f"{rule} makes the video {size[0]} x {size[1]} pixels: give custom_width and custom_height"
        )
    return size
