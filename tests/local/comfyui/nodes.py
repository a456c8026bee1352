"""The node classes of the stand-in ComfyUI: they really compute, on float batches as ComfyUI does."""

import io
import json
import time
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

import attrs
import numpy as np
from PIL import Image, ImageOps, ImageSequence
from PIL.PngImagePlugin import PngInfo


class Interrupted(Exception):
    """The prompt was asked to end."""


@attrs.define
class Work:
    """What a node may use while it works."""

    folder: Path
    gate: Any
    step: Callable[[int, int, bytes | None], None]
    prompt: Any
    extra: Any
    ui: dict[str, Any] = attrs.Factory(dict)

    def name(self, prefix: str, suffix: str, kind: str = "output") -> tuple[Path, dict[str, str]]:
        """The next free name under a prefix, as ComfyUI counts."""
        if ".." in prefix or prefix.startswith("/"):
            raise ValueError(
                f"Saving image outside the output folder is not allowed.\n full_output_folder: {self.folder}"
            )
        place = self.folder / kind / prefix
        place.parent.mkdir(parents=True, exist_ok=True)
        number = 1 + len(list(place.parent.glob(f"{place.name}_*")))
        path = place.with_name(f"{place.name}_{number:05d}_{suffix}")
        inside = "" if "/" not in prefix else prefix.rpartition("/")[0]
        return path, {"filename": path.name, "subfolder": inside, "type": kind}


@attrs.frozen
class NodeClass:
    """A class: the types of its inputs, those that may be absent, and of its outputs."""

    work: Callable[..., tuple[Any, ...]]
    required: Mapping[str, Any]
    outputs: tuple[str, ...] = ()
    optional: Mapping[str, Any] = attrs.Factory(dict)
    is_output: bool = False

    def schema(self, name: str) -> dict[str, Any]:
        """Its entry in /object_info."""
        return {
            "input": {
                "required": {field: [kind, {}] for field, kind in self.required.items()},
                "optional": {field: [kind, {}] for field, kind in self.optional.items()},
            },
            "output": list(self.outputs),
            "name": name,
            "output_node": self.is_output,
        }


CLASSES: dict[str, NodeClass] = {}


def node(
    outputs: tuple[str, ...] = (), *, is_output: bool = False, optional: Any = None, **required: Any
) -> Any:
    """Make a function a node class of the function's name."""

    def enter(work: Any) -> Any:
        CLASSES[work.__name__] = NodeClass(work, required, outputs, optional or {}, is_output)
        return work

    return enter


@node(("IMAGE",), width="INT", height="INT", batch_size="INT", color="INT")
def EmptyImage(_work, width, height, batch_size, color):  # noqa: N802
    """One colour."""
    pixel = [(color >> shift & 255) / 255 for shift in (16, 8, 0)]
    return (np.tile(np.array(pixel, np.float32), (batch_size, height, width, 1)),)


@node(("IMAGE",), image="IMAGE")
def ImageInvert(_work, image):  # noqa: N802
    """The opposite of every colour."""
    return (1 - image,)


@node(("IMAGE",), image1="IMAGE", image2="IMAGE")
def ImageBatch(_work, image1, image2):  # noqa: N802
    """Two batches as one."""
    return (np.concatenate([image1, image2]),)


@node(("IMAGE",), image="IMAGE", upscale_method="STRING", width="INT", height="INT", crop="STRING")
def ImageScale(_work, image, width, height, **_rest):  # noqa: N802
    """Another size."""
    pictures = [Image.fromarray((one * 255).astype(np.uint8)).resize((width, height)) for one in image]
    return (np.stack([np.asarray(one, np.float32) / 255 for one in pictures]),)


@node(("IMAGE",), image="IMAGE", alpha="MASK")
def JoinImageWithAlpha(_work, image, alpha):  # noqa: N802
    """RGB and the inverse of a mask."""
    if alpha.shape[1:] != image.shape[1:3]:
        alpha = np.zeros(image.shape[:3], np.float32) + alpha.mean()
    return (np.concatenate([image[..., :3], 1 - alpha[..., None]], axis=-1),)


@node(("INT", "INT", "INT"), image="IMAGE")
def GetImageSize(_work, image):  # noqa: N802
    """Width, height, batch."""
    return image.shape[2], image.shape[1], image.shape[0]


@node(("IMAGE",), image="IMAGE", batch_index="INT", length="INT")
def ImageFromBatch(_work, image, batch_index, length):  # noqa: N802
    """Some pictures of a batch."""
    return (image[batch_index : batch_index + length],)


@node(("IMAGE", "MASK"), image="FILE")
def LoadImage(work, image):  # noqa: N802
    """A picture of the input folder: every frame of it, and its transparency as a mask."""
    with Image.open(work.folder / "input" / image) as picture:
        frames = [ImageOps.exif_transpose(frame).convert("RGBA") for frame in ImageSequence.Iterator(picture)]
        has_alpha = "A" in picture.getbands()
    pixels = np.stack([np.asarray(frame, np.float32) / 255 for frame in frames])
    mask = 1 - pixels[..., 3] if has_alpha else np.zeros((1, 64, 64), np.float32)
    return pixels[..., :3], mask


@node(("AUDIO",), audio="FILE")
def LoadAudio(work, audio):  # noqa: N802
    """A sound of the input folder, as it is."""
    return ((work.folder / "input" / audio).read_bytes(),)


@node(("VIDEO",), file="FILE")
def LoadVideo(work, file):  # noqa: N802
    """A video of the input folder, as it is."""
    return ((work.folder / "input" / file).read_bytes(),)


@node(("IMAGE", "AUDIO", "FLOAT"), video="VIDEO")
def GetVideoComponents(_work, video):  # noqa: N802
    """As many black frames as the video has bytes."""
    return np.zeros((len(video), 2, 2, 3), np.float32), b"sound", 24.0


@node(is_output=True, images="IMAGE", filename_prefix="STRING")
def SaveImage(work, images, filename_prefix):  # noqa: N802
    """PNG files with the graph inside."""
    files = []
    for one in images:
        path, item = work.name(filename_prefix, ".png")
        info = PngInfo()
        info.add_text("prompt", json.dumps(work.prompt))
        for name, value in (work.extra or {}).items():
            info.add_text(name, json.dumps(value))
        Image.fromarray((one * 255).astype(np.uint8)).save(path, pnginfo=info)
        files.append(item)
    work.ui["images"] = files
    return ()


@node(is_output=True, images="IMAGE")
def PreviewImage(work, images):  # noqa: N802
    """A temporary picture."""
    path, item = work.name("preview", ".png", "temp")
    Image.fromarray((images[0] * 255).astype(np.uint8)).save(path)
    work.ui["images"] = [item]
    return ()


@node(is_output=True, images="IMAGE", filename_prefix="STRING")
def SaveAnimatedWEBP(work, images, filename_prefix):  # noqa: N802
    """An animated picture."""
    path, item = work.name(filename_prefix, ".webp")
    first, *rest = [Image.fromarray((one * 255).astype(np.uint8)) for one in images]
    first.save(path, save_all=True, append_images=rest, lossless=True)
    work.ui.update(images=[item], animated=[True])
    return ()


@node(is_output=True, audio="AUDIO", filename_prefix="STRING")
def SaveAudio(work, audio, filename_prefix):  # noqa: N802
    """A sound."""
    path, item = work.name(filename_prefix, ".flac")
    path.write_bytes(audio)
    work.ui["audio"] = [item]
    return ()


@node(is_output=True, video="VIDEO", filename_prefix="STRING")
def SaveVideo(work, video, filename_prefix):  # noqa: N802
    """A video, which ComfyUI calls a picture."""
    path, item = work.name(filename_prefix, ".mp4")
    path.write_bytes(video)
    work.ui.update(images=[item], animated=[True])
    return ()


@node(is_output=True, source="*")
def PreviewAny(work, source=None):  # noqa: N802
    """Anything as text."""
    work.ui["text"] = [
        source if isinstance(source, str) else f"{source.shape}" if hasattr(source, "shape") else str(source)
    ]
    return ()


@node(("STRING",), value="STRING")
def PrimitiveString(_work, value):  # noqa: N802
    """A text."""
    return (value,)


@node(("INT",), value="INT")
def PrimitiveInt(_work, value):  # noqa: N802
    """A whole number."""
    return (value,)


@node(("STRING",), text="STRING", name="STRING")
def WriteText(work, text, name):  # noqa: N802
    """Writes a file and gives its path on this machine."""
    path = work.folder / "output" / name
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(text)
    return (str(path),)


@node(("IMAGE",), image="IMAGE")
def Gate(work, image):  # noqa: N802
    """Waits inside, deaf to interrupts, until the test opens the gate."""
    assert work.gate.wait(45)
    return (image,)


@node(("IMAGE",), image="IMAGE", steps="INT", seed="INT")
def Sampler(work, image, steps, seed):  # noqa: N802
    """Steps with a preview each; an interrupt is heard between them."""
    for step in range(1, steps + 1):
        out = io.BytesIO()
        Image.new("RGB", (4, 4), (step, seed % 256, 0)).save(out, "JPEG")
        work.step(step, steps, out.getvalue())
        time.sleep(0.005)
    return (image,)


@node(("IMAGE",), image="IMAGE")
def Fails(_work, image):  # noqa: N802
    """Fails as nodes do: with a path of the server in its words."""
    raise FileNotFoundError(
        f"No such file: '/srv/secret place/comfy/models/x.safetensors' for {len(image)} images"
    )
