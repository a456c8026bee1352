"""Every core node's inputs and outputs as ComfyUI declares them."""

import pytest

import stationthis_sdk.local.engine.running  # noqa: F401  adds the node classes
from stationthis_sdk.local.engine.node import CLASSES, Slot

SIDE, PLACE, SWITCH_ON, SWITCH_OFF = "INT 1..16384 =512", "INT 0..16384 =0", "BOOLEAN =True", "BOOLEAN =False"
METHODS = "nearest-exact|bilinear|area|bicubic|lanczos"
PREFIX = "STRING ='ComfyUI'"
FLAGS = {"case_insensitive": SWITCH_ON, "multiline": SWITCH_OFF, "dotall": SWITCH_OFF}
DUFF = "ADD|CLEAR|DARKEN|DST|DST_ATOP|DST_IN|DST_OUT|DST_OVER|LIGHTEN|MULTIPLY|OVERLAY|SCREEN|SRC|SRC_ATOP|SRC_IN|SRC_OUT|SRC_OVER|XOR"

# Of each class its inputs, then its outputs; "?" is optional, "(out)" an output node.
TABLE = {
    "EmptyImage": ({"width": SIDE, "height": SIDE, "batch_size": "INT 1..4096 =1", "color": "INT 0..16777215 =0"}, "IMAGE"),
    "LoadImage": ({"image": "COMBO"}, "IMAGE MASK"),
    "LoadImageMask": ({"image": "COMBO", "channel": "alpha|red|green|blue"}, "MASK"),
    "LoadImageOutput": ({"image": "COMBO"}, "IMAGE MASK"),
    "SaveImageWebsocket": ({"images": "IMAGE"}, "(out)"),
    "ImageScale": ({"image": "IMAGE", "upscale_method": METHODS, "width": "INT 0..16384 =512", "height": "INT 0..16384 =512", "crop": "disabled|center"}, "IMAGE"),
    "ImageScaleBy": ({"image": "IMAGE", "upscale_method": METHODS, "scale_by": "FLOAT 0.01..8 =1.0"}, "IMAGE"),
    "ImageScaleToTotalPixels": ({"image": "IMAGE", "upscale_method": METHODS, "megapixels": "FLOAT 0.01..16 =1.0"}, "IMAGE"),
    "ResizeAndPadImage": ({"image": "IMAGE", "target_width": SIDE, "target_height": SIDE, "padding_color": "white|black", "interpolation": "area|bicubic|nearest-exact|bilinear|lanczos"}, "IMAGE"),
    "ImageInvert": ({"image": "IMAGE"}, "IMAGE"),
    "ImageBatch": ({"image1": "IMAGE", "image2": "IMAGE"}, "IMAGE"),
    "ImageFromBatch": ({"image": "IMAGE", "batch_index": "INT 0..4095 =0", "length": "INT 1..4096 =1"}, "IMAGE"),
    "RepeatImageBatch": ({"image": "IMAGE", "amount": "INT 1..4096 =1"}, "IMAGE"),
    "RebatchImages": ({"images": "IMAGE", "batch_size": "INT 1..4096 =1"}, "IMAGE"),
    "ImageBlend": ({"image1": "IMAGE", "image2": "IMAGE", "blend_factor": "FLOAT 0..1 =0.5", "blend_mode": "normal|multiply|screen|overlay|soft_light|difference"}, "IMAGE"),
    "ImageBlur": ({"image": "IMAGE", "blur_radius": "INT 1..31 =1", "sigma": "FLOAT 0.1..10 =1.0"}, "IMAGE"),
    "ImageSharpen": ({"image": "IMAGE", "sharpen_radius": "INT 1..31 =1", "sigma": "FLOAT 0.1..10 =1.0", "alpha": "FLOAT 0..5 =1.0"}, "IMAGE"),
    "ImageQuantize": ({"image": "IMAGE", "colors": "INT 1..256 =256", "dither": "none|floyd-steinberg|bayer-2|bayer-4|bayer-8|bayer-16"}, "IMAGE"),
    "ImageCrop": ({"image": "IMAGE", "width": SIDE, "height": SIDE, "x": PLACE, "y": PLACE}, "IMAGE"),
    "ImagePadForOutpaint": ({"image": "IMAGE", "left": PLACE, "top": PLACE, "right": PLACE, "bottom": PLACE, "feathering": "INT 0..16384 =40"}, "IMAGE MASK"),
    "ImageCompositeMasked": ({"destination": "IMAGE", "source": "IMAGE", "x": PLACE, "y": PLACE, "resize_source": SWITCH_OFF, "mask": "MASK ?"}, "IMAGE"),
    "ImageFlip": ({"image": "IMAGE", "flip_method": "x-axis: vertically|y-axis: horizontally"}, "IMAGE"),
    "ImageRotate": ({"image": "IMAGE", "rotation": "none|90 degrees|180 degrees|270 degrees"}, "IMAGE"),
    "ImageStitch": ({"image1": "IMAGE", "direction": "right|down|left|up ='right'", "match_image_size": SWITCH_ON, "spacing_width": "INT 0..1024 =0", "spacing_color": "white|black|red|green|blue ='white'", "image2": "IMAGE ?"}, "IMAGE"),
    "ImageAddNoise": ({"image": "IMAGE", "seed": "INT 0..18446744073709551615 =0", "strength": "FLOAT 0..1 =0.5"}, "IMAGE"),
    "GetImageSize": ({"image": "IMAGE"}, "INT INT INT"),
    "SolidMask": ({"value": "FLOAT 0..1 =1.0", "width": SIDE, "height": SIDE}, "MASK"),
    "InvertMask": ({"mask": "MASK"}, "MASK"),
    "CropMask": ({"mask": "MASK", "x": PLACE, "y": PLACE, "width": SIDE, "height": SIDE}, "MASK"),
    "MaskComposite": ({"destination": "MASK", "source": "MASK", "x": PLACE, "y": PLACE, "operation": "multiply|add|subtract|and|or|xor"}, "MASK"),
    "FeatherMask": ({"mask": "MASK", "left": PLACE, "top": PLACE, "right": PLACE, "bottom": PLACE}, "MASK"),
    "GrowMask": ({"mask": "MASK", "expand": "INT -16384..16384 =0", "tapered_corners": SWITCH_ON}, "MASK"),
    "ThresholdMask": ({"mask": "MASK", "value": "FLOAT 0..1 =0.5"}, "MASK"),
    "MaskToImage": ({"mask": "MASK"}, "IMAGE"),
    "ImageToMask": ({"image": "IMAGE", "channel": "red|green|blue|alpha"}, "MASK"),
    "ImageColorToMask": ({"image": "IMAGE", "color": "INT 0..16777215 =0"}, "MASK"),
    "JoinImageWithAlpha": ({"image": "IMAGE", "alpha": "MASK"}, "IMAGE"),
    "SplitImageWithAlpha": ({"image": "IMAGE"}, "IMAGE MASK"),
    "PorterDuffImageComposite": ({"source": "IMAGE", "source_alpha": "MASK", "destination": "IMAGE", "destination_alpha": "MASK", "mode": f"{DUFF} ='DST'"}, "IMAGE MASK"),
    "SaveAnimatedWEBP": ({"images": "IMAGE", "filename_prefix": PREFIX, "fps": "FLOAT 0.01..1000 =6.0", "lossless": SWITCH_ON, "quality": "INT 0..100 =80", "method": "default|fastest|slowest"}, "(out)"),
    "SaveAnimatedPNG": ({"images": "IMAGE", "filename_prefix": PREFIX, "fps": "FLOAT 0.01..1000 =6.0", "compress_level": "INT 0..9 =4"}, "(out)"),
    "PrimitiveString": ({"value": "STRING"}, "STRING"),
    "PrimitiveStringMultiline": ({"value": "STRING"}, "STRING"),
    "PrimitiveInt": ({"value": "INT -9223372036854775807..9223372036854775807"}, "INT"),
    "PrimitiveFloat": ({"value": "FLOAT -9223372036854775807..9223372036854775807"}, "FLOAT"),
    "PrimitiveBoolean": ({"value": "BOOLEAN"}, "BOOLEAN"),
    "StringConcatenate": ({"string_a": "STRING", "string_b": "STRING", "delimiter": "STRING =''"}, "STRING"),
    "StringSubstring": ({"string": "STRING", "start": "INT", "end": "INT"}, "STRING"),
    "StringLength": ({"string": "STRING"}, "INT"),
    "CaseConverter": ({"string": "STRING", "mode": "UPPERCASE|lowercase|Capitalize|Title Case"}, "STRING"),
    "StringTrim": ({"string": "STRING", "mode": "Both|Left|Right"}, "STRING"),
    "StringReplace": ({"string": "STRING", "find": "STRING", "replace": "STRING"}, "STRING"),
    "StringContains": ({"string": "STRING", "substring": "STRING", "case_sensitive": SWITCH_ON}, "BOOLEAN"),
    "StringCompare": ({"string_a": "STRING", "string_b": "STRING", "mode": "Starts With|Ends With|Equal", "case_sensitive": SWITCH_ON}, "BOOLEAN"),
    "RegexMatch": ({"string": "STRING", "regex_pattern": "STRING", **FLAGS}, "BOOLEAN"),
    "RegexExtract": ({"string": "STRING", "regex_pattern": "STRING", "mode": "First Match|All Matches|First Group|All Groups", "group_index": "INT 0..100 =1", **FLAGS}, "STRING"),
    "RegexReplace": ({"string": "STRING", "regex_pattern": "STRING", "replace": "STRING", "count": "INT 0..100 =0 ?", **{name: f"{flag} ?" for name, flag in FLAGS.items()}}, "STRING"),
    "PreviewAny": ({"source": "*"}, "(out)"),
}  # fmt: skip


def described(slot: Slot) -> str:
    """A slot in the table's words."""
    words = ["|".join(slot.options) or slot.type]
    if slot.minimum is not None:
        words.append(f"{slot.minimum}..{slot.maximum}")
    if slot.default is not None:
        words.append(f"={slot.default!r}")
    return " ".join([*words, *([] if slot.required else ["?"])])


@pytest.mark.parametrize("name", TABLE)
def test_a_node_is_declared_as_comfyui_declares_it(name):
    """Names, types, limits, defaults, what is optional, what comes out."""
    inputs, outputs = TABLE[name]
    found = CLASSES[name]
    assert {slot: described(found.slots[slot]) for slot in found.slots} == inputs
    assert " ".join(found.outputs or ["(out)"]) == outputs
    assert found.is_output == (outputs == "(out)")
