"""The nodes of ours that train and apply a LoRA of a linear autoencoder. No diffusion model, and they say so."""

import re
from typing import Any, Final

import numpy as np
from PIL import Image

from stationthis_sdk.local.engine.files import FetchedFile
from stationthis_sdk.local.engine.images import Picture, from_pillow
from stationthis_sdk.local.engine.node import ANY, IMAGE, TEXT, Slot, Work, node_class, real, whole
from stationthis_sdk.local.engine.nodes.picture import captioned
from stationthis_sdk.local.engine.training.autoencoder import Autoencoder, fitted
from stationthis_sdk.local.engine.training.dataset import Dataset, Numbers, read_dataset
from stationthis_sdk.local.engine.training.weights import as_weights, read_weights
from stationthis_sdk.local.engines import MODELS, NodeFailed, Said

__all__ = ["SAMPLE_CAPTION"]

SAMPLE_CAPTION: Final = "picture · before · after: a linear autoencoder, no diffusion model"

_FOLDER: Final = "loras"
_NAME: Final = re.compile(r"[A-Za-z0-9][A-Za-z0-9 ._-]{0,99}", re.ASCII)
_LONGEST_NAME: Final = 255
_TOLD: Final = 200  # steps of one training that are told: more would tell nobody more
_SAMPLE_SIDE: Final = 192


@node_class(
    "StationThisTrainLora",
    outputs=("*", "IMAGE", "*"),
    weight=100,
    dataset=ANY,
    lora_name=TEXT,
    trigger=TEXT,
    steps=whole(1, 100_000, 200),
    learning_rate=real(1e-7, 1, 4e-4),
    rank=whole(1, 128, 16),
    seed=whole(-(2**63), 2**64 - 1, 0),
)
def _train(
    work: Work,
    dataset: Any,
    lora_name: str,
    trigger: str,
    steps: int,
    learning_rate: float,
    rank: int,
    seed: int,
) -> tuple[FetchedFile, Picture, FetchedFile]:
    """Weights, samples and the loss of each step."""
    lora_name, trigger = lora_name.strip().removesuffix(".safetensors"), trigger.strip()
    _check_words(lora_name, trigger)
    if not isinstance(dataset, FetchedFile):
        raise NodeFailed(
            "the dataset is no file that could be read: upload a ZIP of pictures and captions and give its URL"
        )
    rng = np.random.default_rng(seed % 2**64)
    read = read_dataset(dataset.content, rng, work.check)
    besides = f"; nothing is learned of its {read.controls} control pictures" if read.controls else ""
    work.report(Said(f"dataset of {read.pictures} pictures and {read.captions} captions{besides}"))
    losses: list[float] = []
    stride = -(-steps // _TOLD)

    def told(step: int, loss: float) -> None:
        losses.append(loss)
        work.check()
        if step % stride == 0 or step in {1, steps}:
            work.step(step, steps, f"step {step}/{steps} loss {loss:.4f}")

    before, after = fitted(
        read.patches, rank=rank, steps=steps, learning_rate=learning_rate, rng=rng, told=told
    )
    words = {
        "name": lora_name,
        "trigger": trigger,
        "base": "none",
        "steps": str(steps),
        "learning_rate": f"{learning_rate:g}",
        "rank": str(rank),
        "seed": str(seed),
        "final_loss": f"{losses[-1]:.6f}",
        "pictures": str(read.pictures),
        "captions": str(read.captions),
        "dataset_sha256": read.sha256,
    }
    curve = "step,loss\n" + "".join(f"{step},{loss:.6f}\n" for step, loss in enumerate(losses, 1))
    return (
        FetchedFile(f"{lora_name}.safetensors", as_weights(after, words), _FOLDER),
        _samples(read, before, after),
        FetchedFile("loss.csv", curve.encode(), "training"),
    )


@node_class(
    "StationThisApplyLora",
    outputs=("IMAGE",),
    weight=5,
    image=IMAGE,
    lora=Slot("*", required=False),
    strength=real(0, 1, 0.8),
)
def _apply(work: Work, image: Picture, lora: Any, strength: float) -> tuple[Picture]:
    if lora is None or not str(lora).strip():
        work.report(Said("no LoRA was named: the picture stays as it was drawn", "warning"))
        return (image,)
    name = f"{_FOLDER}/{str(lora).strip().removeprefix(f'{_FOLDER}/')}"
    there = len(name.encode("utf-8", "replace")) <= _LONGEST_NAME and "\0" not in name
    content = work.files.read(f"{MODELS}{name}") if there else None
    if content is None:
        raise NodeFailed(
            f"the account's models have no {name[:200]!r}: register the trained LoRA first, or give the name of one "
            f"that is in the folder {_FOLDER}"
        )
    learned = read_weights(name[:200], content)
    if not strength:
        return (image,)
    share = np.float32(strength)
    styled = [
        picture + (learned.restyled(picture[..., :3], work.check) - picture[..., :3]) * share
        for picture in image.astype(np.float32)[..., :3]
    ]
    return (np.stack(styled).astype(np.float32),)


def _check_words(lora_name: str, trigger: str) -> None:
    if not _NAME.fullmatch(lora_name):
        raise NodeFailed(
            f"lora_name {lora_name[:100]!r} is no plain file name: use up to 100 letters, digits, dashes and dots"
        )
    if not trigger:
        raise NodeFailed("the trigger is blank: give the word that is to call the LoRA, such as 'mycat'")


def _samples(read: Dataset, before: Autoencoder, after: Autoencoder) -> Picture:
    """Of each shown picture itself, and what the autoencoder made of it before and after."""
    rows = []
    for picture in read.shown:
        panels = [picture, before.reconstructed(picture), after.reconstructed(picture)]
        rows.append(captioned(np.concatenate([_enlarged(panel) for panel in panels], axis=1), SAMPLE_CAPTION))
    return np.stack(rows)


def _enlarged(panel: Numbers) -> Picture:
    levels = Image.fromarray(np.round(panel * 255).astype(np.uint8))
    batch = from_pillow(levels.resize((_SAMPLE_SIDE, _SAMPLE_SIDE), Image.Resampling.BICUBIC))
    enlarged: Picture = batch[0]
    return enlarged
