"""Which base model a graph draws with, read from its loaders and nodes. Pure."""

import re
from collections.abc import Iterable, Sequence
from typing import Any, Final

from stationthis_sdk.graphs.external import EXTERNAL_CLASSES
from stationthis_sdk.graphs.nodes import Node, upstream

__all__ = ["base_model", "lora_files", "takes_lora"]

# The first that fits counts: what is made from another family stands before it.
_FILES: Final = tuple(
    (family, re.compile(pattern))
    for family, pattern in (
        ("KONTEXT", r"kontext"),
        ("FLUX3", r"flux[-.]?3(?!\d|-?step|x)"),
        ("FLUX2", r"flux[-.]?2(?!\d|-?step|x)"),
        ("CHROMA", r"(?<![a-z])chroma(?![a-z])"),
        ("WAN", r"(?<![a-z])wan(?![a-z])|(?<![a-z])wan(animate|video|fun)"),
        ("QWEN", r"qwen-?image|qwen-rapid"),
        ("Z-IMAGE", r"z-?image"),
        ("ERNIE", r"ernie-?image"),
        ("KREA2", r"krea-?2"),
        ("LONGCAT", r"longcat"),
        ("MINIMAX", r"minimax"),
        ("MING", r"ming-?image"),
        ("ANIMA", r"(?<![a-z])anima(?![a-z]|-pencil)"),
        ("MOSS", r"moss-?image"),
        ("HUNYUAN3D", r"hunyuan-?3d"),
        ("HUNYUAN", r"hunyuan|framepack"),
        ("LTX", r"(?<![a-z])ltxv?(?![a-z])"),
        ("HIDREAM", r"hidream"),
        ("LUMINA", r"lumina|netayume|newbie"),
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
        ("FLUX3", r"Flux3"),
        ("FLUX2", r"Flux2(?!Scheduler)"),
        ("CHROMA", r"Chroma(?!Key)"),
        ("WAN", r"^Wan(?![a-z])|WanVideo|WanImage"),
        ("QWEN", r"QwenImage"),
        ("HUNYUAN3D", r"Hunyuan3D|^Tencent(3D|SmartTopology|ModelTo3D|\w+ToModel)"),
        ("HUNYUAN", r"Hunyuan"),
        ("LTX", r"^LTX(?!\w*Text)|^LtxApi"),
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
# What other families take over from the one it is named after: it tells little.
_SHARED: Final = re.compile(
    r"^Empty|^ModelSamplingFlux$|^FluxGuidance$|^FluxKontext(ImageScale|MultiReference)|^TextEncodeQwenImageEdit"
    r"|^LTXV(Separate|Concat)AVLatent$|^LTXVPreprocess$"
)
# ComfyUI's words for what a text encoder is loaded for; "stable_diffusion" is said of many.
_CLIP_TYPES: Final = {
    "ace": "ACE-STEP",
    "boogu": "BOOGU",
    "chroma": "CHROMA",
    "cogvideox": "COGVIDEO",
    "cosmos": "COSMOS",
    "fibo2": "FIBO2",
    "flux": "FLUX",
    "flux2": "FLUX2",
    "flux3": "FLUX3",
    "hidream": "HIDREAM",
    "hunyuan_image": "HUNYUAN",
    "hunyuan_video": "HUNYUAN",
    "hunyuan_video_15": "HUNYUAN",
    "ideogram4": "IDEOGRAM4",
    "joyimage": "JOYIMAGE",
    "kandinsky5": "KANDINSKY",
    "kandinsky5_image": "KANDINSKY",
    "krea2": "KREA2",
    "lens": "LENS",
    "longcat_image": "LONGCAT",
    "ltxv": "LTX",
    "lumina2": "LUMINA",
    "mage": "MAGE",
    "minimax": "MINIMAX",
    "mochi": "MOCHI",
    "moss_image": "MOSS",
    "newbie": "LUMINA",
    "omnigen2": "OMNIGEN",
    "ovis": "OVIS",
    "pixart": "PIXART",
    "pixeldit": "PIXELDIT",
    "qwen_image": "QWEN",
    "sd3": "SD3",
    "sdxl": "SDXL",
    "stable_audio": "STABLE-AUDIO",
    "wan": "WAN",
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
# Files that such loaders load as well, beside what draws.
_NO_BASE: Final = re.compile(r"(?<![a-z])pid-|(?<![a-z])sam-?\d")
_MODEL_FILE: Final = re.compile(r"\.(safetensors|sft|ckpt|gguf|pth?|bin)$", re.IGNORECASE)


def base_model(nearest_first: Sequence[Node]) -> str | None:
    """The base model's family (FLUX, KONTEXT, WAN, SDXL, SD1.5 and others), None where nothing tells it.

    The nodes are those the results come from, the nearest first. What the loader's file is called counts before
    what the text encoder was loaded for, and that before what nodes are called, for nodes are shared among families;
    "SD1.5-XL" is a plain checkpoint that could be of either.

    >>> base_model([Node("1", "UNETLoader", {"unet_name": "flux1-dev-kontext_fp8.safetensors"}, {})])
    'KONTEXT'
    """
    loaders = [node for node in nearest_first if _loads_model(node)]
    own = [node.class_type for node in nearest_first if not _SHARED.search(node.class_type)]
    return (
        _of_files(name for node in loaders for name in _texts(node))
        or _of_encoders(nearest_first)
        or _of_classes(own)
        or _of_files(lora_files(nearest_first))
        # An empty latent's shape is what families share most.
        or _of_classes([node.class_type for node in nearest_first if not node.class_type.startswith("Empty")])
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
    by_id = {node.id: node for node in nodes}
    chosen = (
        link.node_id
        for node in nodes
        if _LORA_LOADER.search(node.class_type)
        for name, link in node.links.items()
        if "lora" in name.casefold() and "name" in name
    )
    return any(node.class_type in EXTERNAL_CLASSES for node in upstream(by_id, *chosen))


def _loads_model(node: Node) -> bool:
    name = node.class_type
    if name in {"ComfyUIDeployExternalCheckpoint", "ImageOnlyCheckpointLoader"}:
        return True
    return bool(_LOADER.search(name)) and not _OTHER_LOADER.search(name)


def _of_files(names: Iterable[str]) -> str | None:
    for name in names:
        plain = re.sub(r"[\s_/\\]+", "-", name.casefold())
        if _NO_BASE.search(plain):
            continue
        for family, pattern in _FILES:
            if pattern.search(plain):
                return family
    return None


def _of_encoders(nodes: Sequence[Node]) -> str | None:
    """By what the text encoders are loaded for: of something that draws, for they write texts as well."""
    if not any("sampl" in node.class_type.casefold() for node in nodes):
        return None
    texts = [value for node in nodes if "CLIPLoader" in node.class_type for value in _texts(node)]
    family = next((_CLIP_TYPES[value] for value in texts if value in _CLIP_TYPES), None)
    if family == "FLUX":
        return (
            _of_classes([node.class_type for node in nodes if node.class_type.startswith("FluxKontext")])
            or family
        )
    if family == "LUMINA" and any("qwen" in value.casefold() for value in texts):
        return "Z-IMAGE"
    return family


def _of_classes(names: Sequence[str]) -> str | None:
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
        and "EmptySD3LatentImage" not in names  # sixteen
    )


def _texts(node: Node) -> list[str]:
    found: list[Any] = [*node.values.values()]
    for value in [*found]:
        # A loader of several keeps a row for each, and those that are switched off.
        if isinstance(value, dict) and value.get("on") is not False:
            found += value.values()
    return [value for value in found if isinstance(value, str)]
