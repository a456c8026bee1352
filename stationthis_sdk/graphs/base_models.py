"""Which base model a graph draws with, read from its loaders and nodes. Pure."""

import re
from collections.abc import Iterable, Sequence
from typing import Any, Final

from stationthis_sdk.graphs.nodes import Node

__all__ = ["base_model", "lora_files", "takes_lora"]

# The first that fits counts: what is made from another family stands before it.
_FILES: Final = tuple(
    (family, re.compile(pattern))
    for family, pattern in (
        ("KONTEXT", r"kontext"),
        ("FLUX3", r"flux[-.]?3"),
        ("FLUX2", r"flux[-.]?2"),
        ("CHROMA", r"chroma(?!key)"),
        ("WAN", r"(?<![a-z])wan(?![a-z])|(?<![a-z])wan(animate|video|fun)"),
        ("QWEN", r"qwen-?image|qwen-rapid"),
        ("Z-IMAGE", r"z-?image"),
        ("HUNYUAN3D", r"hunyuan-?3d"),
        ("HUNYUAN", r"hunyuan|framepack"),
        ("LTX", r"(?<![a-z])ltxv?(?![a-z])"),
        ("HIDREAM", r"hidream"),
        ("LUMINA", r"lumina"),
        ("COSMOS", r"cosmos"),
        ("MOCHI", r"mochi"),
        ("COGVIDEO", r"cogvideo"),
        ("OMNIGEN", r"omnigen"),
        ("KANDINSKY", r"kandinsky"),
        ("ACE-STEP", r"ace-?step"),
        ("STABLE-AUDIO", r"stable-?audio"),
        ("AURAFLOW", r"aura-?flow"),
        ("PIXART", r"pixart"),
        ("SVD", r"(?<![a-z])svd(?![a-z])"),
        ("SD3", r"(?<![a-z])sd-?3|stable-diffusion-3"),
        ("FLUX", r"flux|(?<![a-z])schnell"),
        ("SDXL", r"sd-?xl|(?<![a-z])xl(?![a-z])|xl(?=-|\.|v?\d)|pony|illustrious|noobai|animagine"),
        ("SD2", r"(?<![a-z0-9])v2-1|(?<![a-z])sd-?2|stable-diffusion-2|768-v-ema"),
        (
            "SD1.5",
            r"(?<![a-z0-9])v1-5|(?<![a-z])sd-?1[.-]?[45]|stable-diffusion-v1|dreamshaper-8|realistic-?vision",
        ),
    )
)
_CLASSES: Final = tuple(
    (family, re.compile(pattern))
    for family, pattern in (
        ("KONTEXT", r"^FluxKontext(?!MultiReference)"),
        ("FLUX2", r"Flux2(?!Scheduler)"),
        ("CHROMA", r"Chroma(?!Key)"),
        ("WAN", r"^Wan(?![a-z])|WanVideo|WanImage"),
        ("QWEN", r"QwenImage"),
        ("HUNYUAN3D", r"Hunyuan3D"),
        ("HUNYUAN", r"Hunyuan"),
        ("LTX", r"^LTX(?!\w*Text)"),
        ("HIDREAM", r"HiDream"),
        ("COSMOS", r"Cosmos"),
        ("MOCHI", r"Mochi"),
        ("KANDINSKY", r"Kandinsky"),
        ("ACE-STEP", r"AceStep"),
        ("STABLE-AUDIO", r"StableAudio"),
        ("SVD", r"^SVD_"),
        ("FLUX", r"Flux"),
        ("SD3", r"TripleCLIPLoader|CLIPTextEncodeSD3"),
        ("SDXL", r"SDXL"),
    )
)
_CLIP_TYPES: Final = {
    "flux": "FLUX",
    "flux2": "FLUX2",
    "sdxl": "SDXL",
    "sd3": "SD3",
    "wan": "WAN",
    "qwen_image": "QWEN",
    "hunyuan_video": "HUNYUAN",
    "hunyuan_video_15": "HUNYUAN",
    "hidream": "HIDREAM",
    "ltxv": "LTX",
    "lumina2": "LUMINA",
    "cosmos": "COSMOS",
    "mochi": "MOCHI",
    "chroma": "CHROMA",
    "stable_audio": "STABLE-AUDIO",
    "ace": "ACE-STEP",
    "omnigen2": "OMNIGEN",
}
_LOADER: Final = re.compile(r"unet|checkpoint|ckpt|diffusion.?model|(?<!upscale)model.?loader", re.IGNORECASE)
_OTHER_LOADER: Final = re.compile(
    r"lora|upscale|control|clip|style|patch|vae|ipadapter|insightface|segment|sam\d?model|depth|audio|text.?enc"
    r"|background|interpol|facerestore|ultralytics|florence|llm|latent",
    re.IGNORECASE,
)
_LORA_LOADER: Final = re.compile(r"lora", re.IGNORECASE)
# Loaders that read <lora:…> tags, and the external input that fetches one.
_TAKES_LORA: Final = re.compile(
    r"MultiLora|LoraTag|Lora.?Tag|LoRA.?Text|PromptControl|ExternalLora|ImpactWildcardEncode", re.IGNORECASE
)
_MODEL_FILE: Final = re.compile(r"\.(safetensors|sft|ckpt|gguf|pth?|bin)$", re.IGNORECASE)


def base_model(nearest_first: Sequence[Node]) -> str | None:
    """The base model's family (FLUX, KONTEXT, WAN, SDXL, SD1.5 and others), None where nothing tells it.

    The nodes are those the results come from, the nearest first. What the loader's file is called counts before
    what nodes are called, for nodes are shared among families; "SD1.5-XL" is a plain checkpoint that could be of
    either.

    >>> base_model([Node("1", "UNETLoader", {"unet_name": "flux1-dev-kontext_fp8.safetensors"}, {})])
    'KONTEXT'
    """
    loaders = [node for node in nearest_first if _loads_model(node)]
    encoders = (value for node in nearest_first if "CLIPLoader" in node.class_type for value in _texts(node))
    return (
        _of_files(name for node in loaders for name in _texts(node))
        or _of_classes(nearest_first)
        or next((_CLIP_TYPES[value] for value in encoders if value in _CLIP_TYPES), None)
        or _of_files(lora_files(nearest_first))
        or ("SD1.5-XL" if _is_plain(nearest_first) else None)
    )


def lora_files(nodes: Iterable[Node]) -> tuple[str, ...]:
    """The LoRA files that loaders name, each once."""
    named = (
        value
        for node in nodes
        if _LORA_LOADER.search(node.class_type)
        for value in _texts(node)
        if _MODEL_FILE.search(value)
    )
    return tuple(dict.fromkeys(named))


def takes_lora(nodes: Sequence[Node]) -> bool:
    """Whether whoever runs the graph can choose a LoRA: by an input, or by tags in a text it reads.

    >>> takes_lora([Node("1", "MultiLoraLoader-70bf3d77", {}, {})])
    True
    >>> takes_lora([Node("1", "LoraLoaderModelOnly", {"lora_name": "ink.safetensors"}, {})])
    False
    """
    if any(_TAKES_LORA.search(node.class_type) for node in nodes):
        return True
    loaders = (node for node in nodes if _LORA_LOADER.search(node.class_type))
    return any("lora" in name.casefold() and "name" in name for node in loaders for name in node.links)


def _loads_model(node: Node) -> bool:
    name = node.class_type
    if name in {"ComfyUIDeployExternalCheckpoint", "ImageOnlyCheckpointLoader"}:
        return True
    return bool(_LOADER.search(name)) and not _OTHER_LOADER.search(name)


def _of_files(names: Iterable[str]) -> str | None:
    for name in names:
        plain = re.sub(r"[\s_/\\]+", "-", name.casefold())
        for family, pattern in _FILES:
            if pattern.search(plain):
                return family
    return None


def _of_classes(nodes: Sequence[Node]) -> str | None:
    # An empty latent's shape is what families share most.
    names = [node.class_type for node in nodes if not node.class_type.startswith("Empty")]
    for family, pattern in _CLASSES:
        if any(pattern.search(name) for name in names):
            return family
    return None


def _is_plain(nodes: Sequence[Node]) -> bool:
    """Whether a checkpoint with its own text encoder draws into latents of four channels."""
    names = {node.class_type for node in nodes}
    return (
        any("Checkpoint" in name for name in names)
        and any(name.startswith("KSampler") for name in names)
        and "CLIPTextEncode" in names
        and not names.isdisjoint({"EmptyLatentImage", "VAEEncode", "VAEEncodeForInpaint"})
    )


def _texts(node: Node) -> list[str]:
    found: list[Any] = [*node.values.values()]
    for value in [*found]:
        if isinstance(value, dict):  # a loader of several keeps a row for each
            found += value.values()
    return [value for value in found if isinstance(value, str)]
