"""Every class of the comfyui-deploy plugin, and every core class on sound and video: its inputs and outputs."""

import pytest

import stationthis_sdk.local.engine.running  # noqa: F401  adds the node classes
from stationthis_sdk.graphs.external import EXTERNAL_CLASSES
from stationthis_sdk.local.engine.node import CLASSES, Slot

P = "ComfyUIDeployExternal"
ID = {"input_id": "STRING"}
WORDS = {"display_name": "STRING ? =''", "description": "STRING ? =''"}
TEXT = {**ID, "default_value": "STRING ? =''", **WORDS}
FAR = 2**63
SEED = f"INT {-FAR}..{2**64}"
NAME, MAYBE, URL = "COMBO ?", "IMAGE ?", "STRING ? =''"
PREFIX, SAVED = "STRING ='ComfyUI'", {"file_type": "png|jpg|webp ='webp'", "quality": "INT 1..100 =80"}
SIDE, COUNT = "INT 0..8192 =512", f"INT 0..{2**53 - 1} =0"
TONES = "linear|sRGB|Reinhard ='sRGB'"
SIZES = "Disabled|Custom Height|Custom Width|Custom|256x?|?x256|256x256|512x?|?x512|512x512 ='Disabled'"
LONG = 2.0**64

# Of each class its inputs, then its outputs; "?" is optional, "(out)" an output node.
TABLE = {
    f"{P}Text": (TEXT, "STRING"),
    f"{P}TextSingleLine": (TEXT, "STRING"),
    f"{P}TextAny": (TEXT, "*"),
    f"{P}Number": ({**ID, "default_value": "FLOAT ?", **WORDS}, "FLOAT"),
    f"{P}NumberInt": ({**ID, "default_value": "INT ?", **WORDS}, "INT"),
    f"{P}NumberSlider": ({**ID, "default_value": "FLOAT ? =0.5", "min_value": f"FLOAT {-FAR}..{FAR} ? =0.0", "max_value": f"FLOAT {-FAR}..{FAR} ? =1.0", **WORDS}, "FLOAT"),
    f"{P}NumberSliderInt": ({**ID, "default_value": "INT ? =1", "min_value": f"INT {-FAR}..{FAR} ? =0", "max_value": f"INT {-FAR}..{FAR} ? =100", **WORDS}, "INT"),
    f"{P}Boolean": ({**ID, "default_value": "BOOLEAN", **WORDS}, "BOOLEAN"),
    f"{P}Enum": ({**ID, "default_value": "STRING ? =''", "options": "* ?", **WORDS}, "*"),
    f"{P}Seed": ({**ID, "default_value": "INT ? =-1", "min_value": SEED, "max_value": SEED, **WORDS}, "INT"),
    f"{P}Image": ({**ID, "default_value": MAYBE, "default_value_url": URL, **WORDS}, "IMAGE"),
    f"{P}ImageAlpha": ({**ID, "default_value": MAYBE, "default_value_url": URL, **WORDS}, "IMAGE"),
    f"{P}ImageBatch": ({**ID, "images": "STRING ='[]'", "default_value": MAYBE, **WORDS}, "IMAGE"),
    f"{P}Checkpoint": ({**ID, "default_value": NAME, **WORDS}, "*"),
    f"{P}Lora": ({**ID, "default_lora_name": NAME, "lora_save_name": URL, "lora_url": URL, "bearer_token": URL, **WORDS}, "*"),
    f"{P}FaceModel": ({**ID, "default_face_model_name": NAME, "face_model_save_name": URL, "face_model_url": URL, **WORDS}, "*"),
    f"{P}Audio": ({**ID, "audio_file": "STRING =''", "default_value": "AUDIO ?", **WORDS}, "AUDIO"),
    f"{P}EXR": ({**ID, "exr_file": "STRING =''", "tonemap": TONES, "default_image": MAYBE, "default_mask": "MASK ?", **WORDS}, "IMAGE MASK"),
    f"{P}File": ({**ID, "file_url": URL, **WORDS}, "*"),
    f"{P}Vid": ({**ID, "meta_batch": "VHS_BatchManager ?", "default_value": NAME}, "STRING"),
    f"{P}Video": ({**ID, "force_rate": "INT 0..60 =0", "force_size": SIZES, "custom_width": SIDE, "custom_height": SIDE, "frame_load_cap": COUNT, "skip_first_frames": COUNT, "select_every_nth": f"INT 1..{2**53 - 1} =1", "meta_batch": "VHS_BatchManager ?", "vae": "VAE ?", "default_video": NAME, "default_value_url": URL, **WORDS}, "IMAGE INT AUDIO VHS_VIDEOINFO LATENT"),
    "ComfyDeployWebscoketImageInput": ({**ID, "seed": f"INT 0..{2**64 - 1} =0", "default_value": "* ?", "client_id": URL}, "IMAGE (out)"),
    "ComfyDeployWebscoketImageOutput": ({"output_id": "STRING ='output_id'", "images": "IMAGE", "file_type": "WEBP|PNG|JPEG", "quality": "INT 1..100 =80", "client_id": URL}, "(out)"),
    "ComfyDeployOutputImage": ({"images": "IMAGE", "filename_prefix": PREFIX, **SAVED, "output_id": "STRING ? ='output_images'"}, "(out)"),
    "ComfyDeployOutputText": ({"text": "STRING", "filename_prefix": PREFIX, "file_type": "txt|json|md ='txt'", "output_id": "STRING ? ='output_text'"}, "(out)"),
    "ComfyDeployOutputFile": ({"file_path": "*", "output_id": "STRING ? ='output_file'"}, "(out)"),
    "ComfyDeployOutputEXR": ({"images": "IMAGE", "filename_prefix": PREFIX, "tonemap": TONES, "output_id": "STRING ? ='output_exr'"}, "(out)"),
    "ComfyDeployStdOutputImage": ({"images": "IMAGE", "filename_prefix": PREFIX, **SAVED, "output_id": URL}, "(out)"),
    "ComfyDeployStdOutputAny": ({"name": "STRING ? ='text'", "source": "* ?", "data": "* ?", "output_id": URL}, "(out)"),
    "ComfyUIDeployStringCombine": ({"action": "append|replace", "tidy_tags": "yes|no", "text_a": URL, "text_b": URL, "text_c": URL}, "STRING (out)"),
    "ComfyUIDeployStringFunction": ({"action": "append|replace", "tidy_tags": "yes|no", "text_a": URL, "text_b": URL, "text_c": URL}, "STRING (out)"),
    "SaveImage": ({"images": "IMAGE", "filename_prefix": PREFIX}, "(out)"),
    "PreviewImage": ({"images": "IMAGE"}, "(out)"),
    "LoadAudio": ({"audio": "COMBO"}, "AUDIO"),
    "SaveAudio": ({"audio": "AUDIO", "filename_prefix": "STRING ='audio/ComfyUI'"}, "(out)"),
    "SaveAudioMP3": ({"audio": "AUDIO", "filename_prefix": "STRING ='audio/ComfyUI'", "quality": "V0|128k|320k ='V0'"}, "(out)"),
    "PreviewAudio": ({"audio": "AUDIO"}, "(out)"),
    "EmptyAudio": ({"duration": f"FLOAT 0.0..{LONG} =60.0", "sample_rate": "INT =44100", "channels": "INT 1..2 =2"}, "AUDIO"),
    "TrimAudioDuration": ({"audio": "AUDIO", "start_index": f"FLOAT {-LONG}..{LONG} =0.0", "duration": "FLOAT 0.0.. =60.0"}, "AUDIO"),
    "CreateVideo": ({"images": "IMAGE", "fps": "FLOAT 1.0..120.0 =30.0", "audio": "AUDIO ?"}, "VIDEO"),
    "SaveVideo": ({"video": "VIDEO", "filename_prefix": "STRING ='video/ComfyUI'", "format": "auto|mp4 ='auto'", "codec": "auto|h264 ='auto'"}, "(out)"),
    "LoadVideo": ({"file": "COMBO"}, "VIDEO"),
    "GetVideoComponents": ({"video": "VIDEO"}, "IMAGE AUDIO FLOAT"),
    "SaveWEBM": ({"images": "IMAGE", "filename_prefix": PREFIX, "codec": "vp9|av1", "fps": "FLOAT 0.01..1000.0 =24.0", "crf": "FLOAT 0..63.0 =32.0"}, "(out)"),
}  # fmt: skip


def _shown(slot: Slot) -> str:
    words = [slot.type if not slot.options else "|".join(slot.options)]
    if slot.minimum is not None or slot.maximum is not None:
        words.append(f"{slot.minimum}..{'' if slot.maximum is None else slot.maximum}")
    if not slot.required:
        words.append("?")
    if slot.default is not None:
        words.append(f"={slot.default!r}")
    return " ".join(words)


@pytest.mark.parametrize("class_type", TABLE)
def test_inputs_and_outputs(class_type):
    """Names, types, limits, defaults, and which are optional."""
    inputs, outputs = TABLE[class_type]
    found = CLASSES[class_type]
    assert {name: _shown(slot) for name, slot in found.slots.items()} == inputs
    assert " ".join([*found.outputs, *(["(out)"] if found.is_output else [])]) == outputs


def test_every_external_input_there_is_has_its_class():
    """What the graph reader knows can be run, with the field where a run's value lands."""
    for name, external in EXTERNAL_CLASSES.items():
        assert name in TABLE
        assert external.lands_in in CLASSES[name].slots
