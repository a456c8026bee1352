"""Which base model a graph draws with: by its loaders, its encoders and its nodes, never by a name; held against real ones."""

import functools
import importlib.resources
import json
import re
from typing import Any

import pytest

from stationthis_sdk.graphs.base_models import base_model, lora_files, takes_lora
from stationthis_sdk.graphs.describe import describe
from stationthis_sdk.graphs.formats import editor_graph
from stationthis_sdk.graphs.nodes import nodes_of


def family(graph: dict[str, Any]) -> str | None:
    """What is told of a graph, which is the same in both formats."""
    told = {describe(graph).base_model, describe(editor_graph(graph)).base_model}
    assert len(told) == 1, told
    return told.pop()


def drawing(loader: str, file: str, *encoder: str, **more: tuple[str, dict[str, Any]]) -> dict[str, Any]:
    """A graph that draws with what the loader loads; ``more`` are nodes that the sampler reads from."""
    graph: dict[str, Any] = {
        "1": {"class_type": loader, "inputs": {"name": file}},
        "2": {"class_type": "CLIPTextEncode", "inputs": {"text": "flux wan sdxl kontext", "clip": ["1", 1]}},
        "3": {"class_type": "KSampler", "inputs": {"model": ["1", 0], "positive": ["2", 0], "seed": 1}},
        "4": {"class_type": "VAEDecode", "inputs": {"samples": ["3", 0]}},
        "5": {"class_type": "SaveImage", "inputs": {"images": ["4", 0], "filename_prefix": "flux_wan_sdxl"}},
    }
    if encoder:
        kind, type_, *files = encoder
        graph["6"] = {
            "class_type": kind,
            "inputs": {"type": type_, **{f"clip{at}": one for at, one in enumerate(files)}},
        }
        graph["2"]["inputs"]["clip"] = ["6", 0]
    for name, (class_type, inputs) in more.items():
        graph[name] = {"class_type": class_type, "inputs": inputs}
        graph["3"]["inputs"][name] = [name, 0]
    return graph


@pytest.mark.parametrize(
    ("loader", "file", "expected"),
    [
        ("UNETLoader", "flux1-dev.safetensors", "FLUX"),
        ("UNETLoader", "flux1-schnell-fp8.safetensors", "FLUX"),
        ("UnetLoaderGGUF", "flux1-dev-Q4_K_S.gguf", "FLUX"),
        ("UNETLoader", "FLUX1/flux1-krea-dev_fp8_scaled.safetensors", "FLUX"),
        ("CheckpointLoaderSimple", "flux-2step-merge.safetensors", "FLUX"),
        ("UNETLoader", "flux1-dev-kontext_fp8_scaled.safetensors", "KONTEXT"),
        ("UNETLoader", "flux2_dev_fp8mixed.safetensors", "FLUX2"),
        ("UNETLoader", "flux-2-klein-9b.safetensors", "FLUX2"),
        ("UNETLoader", "Chroma1-HD.safetensors", "CHROMA"),
        ("UNETLoader", "wan2.2_t2v_high_noise_14B_fp8_scaled.safetensors", "WAN"),
        ("UNETLoader", "Wan2_1-VACE_module_14B_fp8.safetensors", "WAN"),
        ("WanVideoModelLoader", "WanVideo\\2_2\\Wan2_2-I2V-A14B-HIGH.safetensors", "WAN"),
        ("CheckpointLoaderSimple", "sd_xl_base_1.0.safetensors", "SDXL"),
        ("CheckpointLoaderSimple", "SDXL/juggernautXL_v9Rundiffusion.safetensors", "SDXL"),
        ("CheckpointLoaderSimple", "ponyDiffusionV6XL.safetensors", "SDXL"),
        ("CheckpointLoaderSimple", "animaPencilXL_v500.safetensors", "SDXL"),
        ("CheckpointLoaderSimple", "anima_pencil-XL-v5.safetensors", "SDXL"),
        ("CheckpointLoaderSimple", "v1-5-pruned-emaonly.ckpt", "SD1.5"),
        ("CheckpointLoaderSimple", "chromaticmix_sd15.safetensors", "SD1.5"),
        ("CheckpointLoaderSimple", "swan_lake_sd1.5.safetensors", "SD1.5"),
        ("CheckpointLoaderSimple", "dreamshaper_8.safetensors", "SD1.5"),
        ("CheckpointLoaderSimple", "v2-1_768-ema-pruned.safetensors", "SD2"),
        ("CheckpointLoaderSimple", "sd3.5_large_fp8_scaled.safetensors", "SD3"),
        ("UNETLoader", "qwen_image_edit_2509_fp8_e4m3fn.safetensors", "QWEN"),
        ("UNETLoader", "z_image_turbo_bf16.safetensors", "Z-IMAGE"),
        ("UNETLoader", "hunyuan_video_t2v_720p_bf16.safetensors", "HUNYUAN"),
        ("ImageOnlyCheckpointLoader", "hunyuan3d-dit-v2.safetensors", "HUNYUAN3D"),
        ("ImageOnlyCheckpointLoader", "svd_xt.safetensors", "SVD"),
        ("CheckpointLoaderSimple", "ltx-2-19b-dev.safetensors", "LTX"),
        ("UNETLoader", "hidream_i1_dev_fp8.safetensors", "HIDREAM"),
        ("ComfyUIDeployExternalCheckpoint", "flux1-dev.safetensors", "FLUX"),
    ],
)  # fmt: skip
def test_the_loaders_file_tells(loader: str, file: str, expected: str) -> None:
    """A published file's name says its family, in any folder, however it is spelled; a finetune's own word too."""
    assert family(drawing(loader, file)) == expected


@pytest.mark.parametrize(
    ("encoder", "expected"),
    [
        (("DualCLIPLoader", "flux", "t5xxl_fp16.safetensors", "clip_l.safetensors"), "FLUX"),
        (("DualCLIPLoaderGGUF", "flux", "t5-v1_1-xxl-encoder-Q4.gguf"), "FLUX"),
        (("DualCLIPLoader", "sdxl", "clip_l.safetensors", "clip_g.safetensors"), "SDXL"),
        (("CLIPLoader", "wan", "umt5_xxl_fp8_e4m3fn_scaled.safetensors"), "WAN"),
        (("CLIPLoader", "qwen_image", "qwen_2.5_vl_7b.safetensors"), "QWEN"),
        (("CLIPLoader", "lumina2", "gemma_2_2b.safetensors"), "LUMINA"),
        (("CLIPLoader", "lumina2", "qwen_3_4b.safetensors"), "Z-IMAGE"),
        (("CLIPLoader", "krea2", "qwen3vl_4b.safetensors"), "KREA2"),
        (("CLIPLoader", "stable_diffusion", "clip_l.safetensors"), None),
    ],
)
def test_the_encoders_type_tells_where_the_file_does_not(
    encoder: tuple[str, ...], expected: str | None
) -> None:
    """Somebody's own file may be called anything: then it counts what its text encoder is loaded for."""
    assert family(drawing("UNETLoader", "mine_v3.safetensors", *encoder)) == expected


@pytest.mark.parametrize(
    ("class_type", "expected"),
    [
        ("FluxKontextImageScale", "KONTEXT"),
        ("FluxGuidance", "FLUX"),
        ("ModelSamplingFlux", "FLUX"),
        ("WanImageToVideo", "WAN"),
        ("CLIPTextEncodeSDXL", "SDXL"),
        ("TextEncodeQwenImageEditPlus", "QWEN"),
        ("LTXVConditioning", "LTX"),
        ("Hunyuan3Dv2Conditioning", "HUNYUAN3D"),
        ("SVD_img2vid_Conditioning", "SVD"),
        ("WanderingText", None),
        ("ImageResize", None),
    ],
)
def test_nodes_tell_where_nothing_else_does(class_type: str, expected: str | None) -> None:
    """A node that one family has says it is that family; a word that only begins like one says nothing."""
    assert family(drawing("UNETLoader", "mine_v3.safetensors", other=(class_type, {}))) == expected


@pytest.mark.parametrize(
    ("graph", "expected"),
    [
        (drawing("UNETLoader", "lens.safetensors", "CLIPLoader", "lens", "a", other=("ModelSamplingFlux", {})), "LENS"),
        (drawing("UNETLoader", "mine", "CLIPLoader", "longcat_image", "a", other=("FluxGuidance", {})), "LONGCAT"),
        (drawing("UNETLoader", "mine", "CLIPLoader", "qwen_image", "a", other=("FluxKontextImageScale", {})), "QWEN"),
        (drawing("UNETLoader", "mine", "CLIPLoader", "minimax", "a", other=("LTXVSeparateAVLatent", {})), "MINIMAX"),
        (drawing("UNETLoader", "mine", "DualCLIPLoader", "flux", "a", other=("FluxKontextImageScale", {})), "KONTEXT"),
        (drawing("UNETLoader", "wan2.1.safetensors", "CLIPLoader", "flux", "a", other=("FluxGuidance", {})), "WAN"),
    ],
)  # fmt: skip
def test_what_families_share_does_not_decide(graph: dict[str, Any], expected: str) -> None:
    """Nodes that others took over count last: after the file, and after what the encoder is loaded for."""
    assert family(graph) == expected


@pytest.mark.parametrize(
    "more",
    [
        {"other": ("LoraLoader", {"lora_name": "flux-realism.safetensors"})},
        {"other": ("ControlNetLoader", {"control_net_name": "flux-canny.safetensors"})},
        {"other": ("UpscaleModelLoader", {"model_name": "wan-upscale.pth"})},
        {"other": ("VAELoader", {"vae_name": "flux-vae.safetensors"})},
        {"other": ("Note", {"text": "for FLUX"})},
        {"other": ("SomethingElse", {"text": "a wan smile, flux"})},
    ],
)
def test_other_files_and_texts_do_not_tell(more: Any) -> None:
    """A prompt, a file's prefix, a LoRA, a ControlNet or an upscaler is no base model beside one that is named."""
    assert family(drawing("CheckpointLoaderSimple", "v1-5-pruned.safetensors", **more)) == "SD1.5"


def test_the_name_of_a_workflow_is_not_looked_at() -> None:
    """What the file, its title or its notes are called changes nothing."""
    graph = editor_graph(drawing("CheckpointLoaderSimple", "v1-5-pruned.safetensors"))
    told = describe({**graph, "name": "chromake flux kontext", "extra": {"title": "wan"}, "id": "wan"})
    assert told.base_model == "SD1.5"
    titled = drawing("CheckpointLoaderSimple", "v1-5-pruned.safetensors")
    for node in titled.values():
        node["_meta"] = {"title": "kontext flux wan"}
    assert family(titled) == "SD1.5"


def test_the_nearest_model_counts() -> None:
    """Of a chain, what made the result; of two branches, the one that the result is of."""
    graph = drawing("UNETLoader", "flux1-dev.safetensors")
    graph |= {
        "11": {"class_type": "UNETLoader", "inputs": {"unet_name": "wan2.2_i2v.safetensors"}},
        "13": {"class_type": "KSampler", "inputs": {"model": ["11", 0], "latent_image": ["4", 0]}},
        "14": {"class_type": "CreateVideo", "inputs": {"images": ["13", 0]}},
        "15": {"class_type": "SaveVideo", "inputs": {"video": ["14", 0]}},
    }
    assert family(graph) == "WAN"
    apart = drawing("UNETLoader", "flux1-dev.safetensors")
    apart |= {"11": graph["11"], "16": {"class_type": "PreviewAny", "inputs": {"source": ["11", 0]}}}
    assert family(apart) == "FLUX"


def test_a_plain_checkpoint_could_be_of_either() -> None:
    """One of unknown name with its own encoder and latents of four channels is SD1.5 or SDXL; other latents tell."""
    plain = drawing(
        "CheckpointLoaderSimple", "mine.safetensors", latent_image=("EmptyLatentImage", {"width": 512})
    )
    assert family(plain) == "SD1.5-XL"
    other = drawing("CheckpointLoaderSimple", "mine.safetensors", latent_image=("EmptySD3LatentImage", {}))
    assert family(other) is None
    assert family({"1": {"class_type": "SaveImage", "inputs": {}}}) is None
    assert base_model([]) is None


def test_what_writes_texts_draws_with_nothing() -> None:
    """A language model is loaded like a text encoder, and is no base model."""
    graph = {
        "1": {"class_type": "CLIPLoader", "inputs": {"clip_name": "qwen_3_4b.safetensors", "type": "ltxv"}},
        "2": {"class_type": "TextGenerate", "inputs": {"clip": ["1", 0], "prompt": "hello"}},
        "3": {"class_type": "PreviewAny", "inputs": {"source": ["2", 0]}},
    }
    assert family(graph) is None


# --- LoRA -------------------------------------------------------------------------------------------------------------

_TEXT = {
    "class_type": "ComfyUIDeployExternalText",
    "inputs": {"input_id": "lora", "default_value": "a.safetensors"},
}


@pytest.mark.parametrize(
    ("graph", "takes"),
    [
        ({"1": {"class_type": "MultiLoraLoader-70bf3d77", "inputs": {"text": "<lora:ink:1>"}}}, True),
        ({"1": {"class_type": "ComfyUIDeployExternalLora", "inputs": {"input_id": "lora"}}}, True),
        ({"1": _TEXT, "2": {"class_type": "LoraLoader", "inputs": {"lora_name": ["1", 0]}}}, True),
        ({"1": _TEXT, "3": {"class_type": "StringTrim", "inputs": {"text": ["1", 0]}},
          "2": {"class_type": "CR LoRA Stack", "inputs": {"lora_name_1": ["3", 0]}}}, True),
        ({"1": _TEXT, "2": {"class_type": "LoraLoader", "inputs": {"strength_model": ["1", 0]}}}, False),
        ({"1": {"class_type": "PrimitiveString", "inputs": {"value": "a.safetensors"}},
          "2": {"class_type": "LoraLoader", "inputs": {"lora_name": ["1", 0]}}}, False),
        ({"1": {"class_type": "LoraLoaderModelOnly", "inputs": {"lora_name": "ink.safetensors"}}}, False),
        ({"1": {"class_type": "KSampler", "inputs": {}}}, False),
    ],
)  # fmt: skip
def test_a_graph_takes_a_lora_where_its_user_can_choose_one(graph: dict[str, Any], takes: bool) -> None:
    """By tags in a text or by an input that reaches the loader's name; a fixed LoRA is not theirs to choose."""
    for form in (graph, editor_graph(graph)):
        assert takes_lora([*nodes_of(form).values()]) is takes
        assert describe(form).supports_lora is takes


def test_fixed_loras_are_listed() -> None:
    """Each file once, in order, of loaders of one and of several; those switched off are not."""
    graph = {
        "1": {"class_type": "LoraLoader", "inputs": {"lora_name": "ink.safetensors", "strength_model": 1.0}},
        "2": {"class_type": "LoraLoaderModelOnly", "inputs": {"lora_name": "ink.safetensors"}},
        "3": {
            "class_type": "Power Lora Loader (rgthree)",
            "inputs": {
                "lora_1": {"on": True, "lora": "oil.safetensors", "strength": 1},
                "lora_2": {"on": False, "lora": "off.safetensors", "strength": 1},
            },
        },
        "4": {"class_type": "LoraLoader", "inputs": {"lora_name": "None"}},
        "5": {"class_type": "UNETLoader", "inputs": {"unet_name": "base.safetensors"}},
    }
    for form in (graph, editor_graph(graph)):
        assert lora_files(nodes_of(form).values()) == ("ink.safetensors", "oil.safetensors")
        assert describe(form).loras == ("ink.safetensors", "oil.safetensors")


# --- real workflows ---------------------------------------------------------------------------------------------------

# Workflow, base model, and the word for it among the models that the package's own index tells of it.
REAL = [
    ("image_z_image_turbo", "Z-IMAGE", "Z-Image-Turbo"),
    ("image_z_image_turbo_fun_union_controlnet", "Z-IMAGE", "Z-Image-Turbo"),
    ("image_qwen_image_edit_2509", "QWEN", "Qwen-Image"),
    ("image_qwen_image_2_1_t2i", "QWEN", "Qwen Image 2.1"),
    ("image_flux3_klein_t2i", "FLUX3", "FLUX 3 Image"),
    ("api_flux3_max_i2v", "FLUX3", "FLUX 3 Video"),
    ("image_flux2", "FLUX2", "FLUX.2 Dev"),
    ("image_flux2_text_to_image_9b", "FLUX2", "FLUX.2 Klein"),
    ("flux_fill_inpaint_example", "FLUX", "FLUX.1"),
    ("flux1_dev_uso_reference_image_gen", "FLUX", "FLUX.1"),
    ("flux1_krea_dev", "FLUX", "FLUX.1 Krea"),
    ("flux_dev_full_text_to_image", "FLUX", "FLUX.1"),
    ("flux_kontext_dev_basic", "KONTEXT", "FLUX.1 Kontext"),
    ("api_bfl_flux_1_kontext_pro_image", "KONTEXT", "FLUX.1 Kontext"),
    ("image_sdxl_simple", "SDXL", "SDXL"),
    ("sdxl_simple_example", "SDXL", "SDXL"),
    ("sdxl_revision_text_prompts", "SDXL", "SDXL"),
    ("sd3.5_simple_example", "SD3", "SD3.5"),
    ("sd3.5_large_canny_controlnet_example", "SD3", "SD3.5"),
    ("image_hidream_o1", "HIDREAM", "HiDream"),
    ("hidream_i1_full", "HIDREAM", "HiDream"),
    ("image_chroma_text_to_image", "CHROMA", "Chroma"),
    ("image_omnigen2_t2i", "OMNIGEN", "OmniGen"),
    ("image_kandinsky5_t2i", "KANDINSKY", "Kandinsky"),
    ("image_krea2_turbo_int8_image_style_reference", "KREA2", "Krea 2"),
    ("image_ernie_image", "ERNIE", "ERNIE-Image"),
    ("image_longcat_image_edit", "LONGCAT", "LongCat Image Edit"),
    ("image_ming_image_01_design_t2i", "MING", "Ming Image"),
    ("image_moss_image_t2i", "MOSS", "MOSS-Image"),
    ("image_lens_t2i", "LENS", "Lens"),
    ("image_anima_base_v1", "ANIMA", "Anima"),
    ("image_minimax_h3_t2i", "MINIMAX", "MiniMax H3"),
    ("video_minimax_h3_i2v", "MINIMAX", "MiniMax H3"),
    ("image_chrono_edit_14B", "WAN", "Wan2.1"),
    ("api_wan_text_to_image", "WAN", "Wan"),
    ("video_wan2_2_14B_i2v", "WAN", "Wan2.2"),
    ("video_wan_animate2", "WAN", "Wan Animate"),
    ("video_ltx2_3_i2v", "LTX", "LTX-2.3"),
    ("video_ltx2_i2v_lora", "LTX", "LTX-2"),
    ("api_ltx2_5_t2v", "LTX", "LTX-2.5"),
    ("video_hunyuan_video_1.5_720p_t2v", "HUNYUAN", "Hunyuan Video"),
    ("txt_to_image_to_video", "SVD", "SVD"),
    ("audio_stable_audio_3_medium", "STABLE-AUDIO", "Stable Audio"),
    ("audio_ace_step1_5_xl_base", "ACE-STEP", "ACE-Step"),
    ("3d_hunyuan3d-v2.1", "HUNYUAN3D", "Hunyuan3D"),
    ("api_hunyuan3d_part", "HUNYUAN3D", "Hunyuan3D"),
    ("llm_qwen3_text_gen", None, "Qwen 3.0"),
    ("utility_interpolation_image_upscale", None, "None"),
    ("api_nano_banana_2_1_t2i", None, "Nano Banana"),
]


@functools.cache
def index() -> dict[str, dict[str, Any]]:
    """What the package tells of its workflows, by name."""
    root = importlib.resources.files("comfyui_workflow_templates_json") / "templates"
    listed = json.loads((root / "index.json").read_text("utf-8"))
    return {one["name"]: one for category in listed for one in category["templates"]}


def real(name: str) -> str:
    """A workflow of the package, as its file is."""
    root = importlib.resources.files("comfyui_workflow_templates_json") / "templates"
    return (root / f"{name}.json").read_text("utf-8")


@pytest.mark.parametrize(("name", "expected", "word"), REAL)
def test_real_workflows_are_of_the_model_their_makers_name(
    name: str, expected: str | None, word: str
) -> None:
    """What is read from the graph is what the package's index says of it."""
    assert word in index()[name]["models"]
    assert describe(json.loads(real(name))).base_model == expected


@pytest.mark.parametrize(
    ("name", "expected"),
    [
        (name, expected)
        for name, expected, _ in REAL
        if expected in {"FLUX", "KONTEXT", "WAN", "QWEN", "FLUX2", "LTX"}
    ],
)
def test_real_workflows_are_known_without_the_names_of_their_files(name: str, expected: str) -> None:
    """With all files called alike, nodes and encoders still tell the family, or nothing does: never another."""
    renamed = re.sub(r'"[^"\n]*\.(safetensors|sft|ckpt|gguf|pth|pt|bin)"', '"model.safetensors"', real(name))
    assert describe(json.loads(renamed)).base_model in {expected, None}
