"""What a training learned as a .safetensors file, and back."""

import json
from collections.abc import Mapping
from typing import Final

import numpy as np

from stationthis_sdk.local.engine.training.autoencoder import Autoencoder
from stationthis_sdk.local.engine.training.dataset import NUMBERS
from stationthis_sdk.local.engines import NodeFailed

__all__ = ["KIND", "as_weights", "read_weights"]

KIND: Final = "linear autoencoder of StationThis' local gateway, no diffusion model"
"""What such a file says it is."""

_MEAN, _DOWN, _UP = (
    f"autoencoder.{part}" for part in ("mean", "lora_down.weight", "lora_up.weight")
)  # as trainers name them
_HEAD: Final = 8


def as_weights(learned: Autoencoder, words: Mapping[str, str]) -> bytes:
    """The file, with what ``words`` says of it; the same bytes for the same training."""
    from safetensors.numpy import save  # noqa: PLC0415  only trainings need it

    content = save({_MEAN: learned.mean, _DOWN: learned.down, _UP: learned.up})
    # its own writer puts the metadata in another order each time
    end = _HEAD + int.from_bytes(content[:_HEAD], "little")
    head = json.dumps({"__metadata__": {"kind": KIND, **words}, **json.loads(content[_HEAD:end])}).encode()
    head += b" " * (-len(head) % _HEAD)
    return len(head).to_bytes(_HEAD, "little") + head + content[end:]


def read_weights(name: str, content: bytes) -> Autoencoder:
    """What was learned; raises NodeFailed, naming the file, for any other content."""
    from safetensors import SafetensorError, deserialize  # noqa: PLC0415  as above

    try:
        parts = deserialize(content)  # type: ignore[no-untyped-call]
    except (SafetensorError, ValueError) as problem:
        raise NodeFailed(
            f"{name!r} is no .safetensors file ({str(problem)[:100]}): put one there that train-lora gave"
        ) from problem
    found = {part: (told["dtype"], tuple(told["shape"]), told["data"]) for part, told in parts}
    rank = next(iter(found[_DOWN][1]), 0) if _DOWN in found else 0
    shapes = {_MEAN: (NUMBERS,), _DOWN: (rank, NUMBERS), _UP: (NUMBERS, rank)}
    if not rank or {part: (kind, shape) for part, (kind, shape, _) in found.items()} != {
        part: ("F32", shape) for part, shape in shapes.items()
    }:
        raise NodeFailed(
            f"{name!r} was not trained here: the local gateway applies only what its own train-lora gives (a {KIND}); "
            "a diffusion model's LoRA needs a ComfyUI"
        )
    mean, down, up = (np.frombuffer(found[part][2], "<f4").reshape(shape) for part, shape in shapes.items())
    if not all(np.isfinite(part).all() for part in (mean, down, up)):
        raise NodeFailed(f"{name!r} holds numbers that are none (NaN or infinite): train it anew")
    return Autoencoder(mean, down, up)
