"""From the words of a training to whatever a deployment calls its inputs. Pure; the table may be extended."""

from collections.abc import Mapping
from typing import Any, Final

import attrs

from stationthis_sdk.entities import InputField
from stationthis_sdk.recipes.input_names import plain_name

__all__ = ["KINDS", "WORDS", "Fitted", "fit", "word_of"]

WORDS: Final[dict[str, tuple[str, ...]]] = {
    "dataset": ("dataset", "training_data", "training_set", "training_images", "train_data", "dataset_zip", "images_zip",
                "images", "zip", "data"),
    "captions": ("captions", "caption_list", "prompts", "texts"),
    "control": ("control_set", "control_images", "control_data", "control"),
    "name": ("lora_name", "name", "output_name", "model_name", "filename_prefix"),
    "run_name": ("run_name", "run_id"),
    "trigger": ("trigger", "trigger_word", "trigger_words", "instance_prompt", "token"),
    "base": ("model_type", "base", "family", "base_model"),
    "steps": ("steps", "training_steps", "max_train_steps", "train_steps", "num_steps", "max_steps"),
    "learning_rate": ("learning_rate", "lr", "unet_lr"),
    "rank": ("rank", "lora_rank", "network_dim", "network_rank"),
    "alpha": ("alpha", "lora_alpha", "network_alpha"),
    "dropout": ("dropout", "lora_dropout", "network_dropout"),
    "batch_size": ("batch_size", "train_batch_size"),
    "resolution": ("resolution", "image_size", "train_resolution"),
    "scheduler": ("lr_scheduler", "scheduler"),
    "optimizer": ("optimizer", "optimizer_type"),
    "checkpoint_every": ("checkpoint_every", "save_every", "save_every_n_steps", "checkpointing_steps"),
    "seed": ("seed", "noise_seed", "train_seed"),
}  # fmt: skip
"""What deployments call them, the usual first; ``WORDS["rank"] += ("lora_dim",)`` adds one."""

KINDS: Final[Mapping[str, tuple[str, ...]]] = {
    "dataset": ("file", "images"),
    "control": ("file", "images"),
    "steps": ("integer", "number"),
    "rank": ("integer", "number"),
    "alpha": ("integer", "number"),
    "batch_size": ("integer", "number"),
    "resolution": ("integer", "number"),
    "checkpoint_every": ("integer", "number"),
    "learning_rate": ("number",),
    "dropout": ("number",),
    "seed": ("seed", "integer"),
}
"""Which kinds of inputs take them; else text and choices."""
_WORDLESS: Final = ("text", "enum", "checkpoint", "lora")
_ONLY: Final = {"dataset": ("file", "images"), "seed": ("seed",)}
"""Of what there is one only, it is that, whatever it is called."""


@attrs.frozen
class Fitted:
    """Which input takes which word, and the words that no input takes."""

    inputs: Mapping[str, str]
    left_out: Mapping[str, Any]


def fit(words: Mapping[str, Any], fields: Mapping[str, InputField]) -> Fitted:
    """Find the input of each word.

    >>> fields = {"training_data": InputField("training_data", "file"), "lr": InputField("lr", "number")}
    >>> fit({"dataset": None, "learning_rate": 1e-4, "rank": 16}, fields)
    Fitted(inputs={'dataset': 'training_data', 'learning_rate': 'lr'}, left_out={'rank': 16})
    """
    found: dict[str, str] = {}
    for word in words:
        if (name := _input_of(word, fields, set(found.values()))) is not None:
            found[word] = name
    return Fitted(found, {word: value for word, value in words.items() if word not in found})


def word_of(name: str) -> str | None:
    """The word that an input of this name takes.

    >>> word_of("input_trigger_word"), word_of("sharpness")
    ('trigger', None)
    """
    plain = plain_name(name)
    return next((word for word, names in WORDS.items() if plain in names), None)


def _input_of(word: str, fields: Mapping[str, InputField], taken: set[str]) -> str | None:
    kinds = KINDS.get(word, _WORDLESS)
    free = {name: field for name, field in fields.items() if name not in taken and field.kind in kinds}
    by_name = {plain_name(name): name for name in reversed(free)}
    for called in WORDS.get(word, ()):
        if called in by_name:
            return by_name[called]
    only = [name for name, field in free.items() if field.kind in _ONLY.get(word, ())]
    return only[0] if len(only) == 1 else None
