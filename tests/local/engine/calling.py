"""One node at work by itself, with arrays in and out."""

import io
from collections import Counter
from typing import Any

import numpy as np
from PIL import Image

import stationthis_sdk.local.engine.running  # noqa: F401  adds the node classes
from stationthis_sdk.local.engine.node import CLASSES, Work
from tests.local.test_engine import MemoryFiles


def call(
    class_type: str, files: MemoryFiles | None = None, stopped=lambda: False, **given: Any
) -> tuple[Any, ...]:
    """What a node makes of its inputs, the optional ones as they are by default."""
    node_class = CLASSES[class_type]
    values = {name: slot.default for name, slot in node_class.slots.items() if not slot.required} | given
    assert values.keys() == node_class.slots.keys()
    for value in values.values():
        if isinstance(value, np.ndarray):
            value.flags.writeable = False  # as results kept for later runs are
    work = Work(
        node_id="1",
        class_type=class_type,
        files=files or MemoryFiles(),
        metadata={},
        report=lambda _what: None,
        stopped=stopped,
        share=lambda part: part,
        names=Counter(),
    )
    results = node_class.work(work, **values)
    assert len(results) == len(node_class.outputs)
    for kind, value in zip(node_class.outputs, results, strict=True):
        if kind in {"IMAGE", "MASK"}:
            assert value.dtype == np.float32
            assert value.ndim == (4 if kind == "IMAGE" else 3)
    return results


def picture(seed: int, count: int = 1, height: int = 4, width: int = 5, channels: int = 3) -> np.ndarray:
    """Random numbers in 0..1 in the shape of a batch of pictures."""
    return np.random.default_rng(seed).random((count, height, width, channels), dtype=np.float32)


def mask(seed: int, count: int = 1, height: int = 4, width: int = 5) -> np.ndarray:
    """Random numbers in 0..1 in the shape of a batch of masks."""
    return picture(seed, count, height, width, 1)[..., 0]


def file_of(*frames: Image.Image, form: str = "PNG", **options: Any) -> bytes:
    """A picture file."""
    out = io.BytesIO()
    more = {"save_all": True, "append_images": frames[1:]} if len(frames) > 1 else {}
    frames[0].save(out, form, **more, **options)
    return out.getvalue()
