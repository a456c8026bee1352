"""Common words, and which input of a deployment each of them means. Pure.

``TABLE`` is where names that authors give to inputs are collected. Names of one's own come with
``StationThis(words={"cfg": "how_strict"})``, or ``[profiles.default.words]`` in the profile.
"""

from collections.abc import Mapping
from typing import Final

import attrs

from stationthis_sdk.entities import InputField
from stationthis_sdk.recipes.input_names import plain_name

__all__ = ["MEDIA_WORDS", "TABLE", "Words"]

TABLE: Final[Mapping[str, tuple[str, ...]]] = {
    "prompt": (
        "prompt", "positive_prompt", "positive", "text_prompt", "main_prompt", "prompt_text", "prompt_positive", "text",
        "caption", "description", "instruction",
    ),
    "negative": ("negative", "negative_prompt", "prompt_negative", "neg_prompt", "neg", "negative_text"),
    "width": ("width", "image_width", "w"),
    "height": ("height", "image_height", "h"),
    "steps": ("steps", "sampling_steps", "num_steps", "num_inference_steps", "step_count"),
    "cfg": ("cfg", "cfg_scale", "guidance_scale", "guidance", "classifier_free_guidance"),
    "sampler": ("sampler", "sampler_name", "sampling_method"),
    "scheduler": ("scheduler", "scheduler_name", "schedule"),
    "seed": ("seed", "noise_seed", "random_seed", "rand_seed"),
    "strength": ("strength", "denoise", "denoising_strength", "denoising", "image_strength", "img2img_strength"),
    "image": (
        "image", "init_image", "source_image", "start_image", "reference_image", "image_url", "picture", "photo", "img",
        "images",
    ),
    "mask": ("mask", "mask_image", "inpaint_mask"),
    "video": ("video", "source_video", "video_url", "init_video"),
    "batch": ("batch", "batch_size", "num_images", "images_per_run"),
    "checkpoint": ("checkpoint", "ckpt", "ckpt_name", "checkpoint_name", "model", "model_name", "base_model"),
    "lora": ("lora", "lora_name", "lora_url", "lora_model"),
    "lora_strength": ("lora_strength", "lora_weight", "strength_model", "lora_scale"),
}  # fmt: skip
"""Each common word with names of inputs that mean it, the likeliest first; ``input_`` before a name is passed over."""

MEDIA_WORDS: Final = frozenset({"image", "mask", "video"})
_KINDS: Final[Mapping[str, frozenset[str]]] = {
    "prompt": frozenset({"text"}),
    "image": frozenset({"image", "images"}),
    "video": frozenset({"video"}),
    "seed": frozenset({"seed"}),
    "checkpoint": frozenset({"checkpoint"}),
    "lora": frozenset({"lora"}),
}
"""What the only input of such a kind means, whatever it is called."""


@attrs.frozen
class Words:
    """The table, with names of somebody's own before it.

    >>> fields = {"guidance": InputField("guidance", "number"), "what_to_draw": InputField("what_to_draw", "text")}
    >>> Words().input_for("cfg", fields), Words().input_for("prompt", fields), Words().input_for("steps", fields)
    ('guidance', 'what_to_draw', None)
    >>> Words({"steps": ("effort",)}).input_for("steps", {"effort": InputField("effort", "integer")})
    'effort'
    """

    own: Mapping[str, tuple[str, ...]] = attrs.field(factory=dict)

    @property
    def all(self) -> tuple[str, ...]:
        """Every common word."""
        return tuple(dict.fromkeys([*TABLE, *self.own]))

    def meaning(self, name: str) -> str | None:
        """The common word that a name means, if any.

        >>> Words().meaning("Guidance Scale"), Words().meaning("input_seed"), Words().meaning("style")
        ('cfg', 'seed', None)
        """
        plain = plain_name(name)
        return next((word for word in self.all if plain in self._names(word)), None)

    def input_for(self, word: str, fields: Mapping[str, InputField]) -> str | None:
        """The input that a word means: the one called so; else by the table; else the only one of its kind."""
        if word in fields:
            return word
        meant = self.meaning(word)
        if meant is None:
            return None
        by_name: dict[str, str] = {}
        for name in fields:
            by_name.setdefault(plain_name(name), name)
        named = (by_name[name] for name in (plain_name(word), *self._names(meant)) if name in by_name)
        return next(named, None) or self._only_one(meant, fields)

    def _only_one(self, word: str, fields: Mapping[str, InputField]) -> str | None:
        kinds = _KINDS.get(word, frozenset())
        found = [
            name
            for name, field in fields.items()
            if field.kind in kinds and self.meaning(name) in {None, word}
        ]
        return found[0] if len(found) == 1 else None

    def _names(self, word: str) -> tuple[str, ...]:
        return tuple(plain_name(name) for name in (*self.own.get(word, ()), *TABLE.get(word, ()), word))
