"""The comfyui-deploy plugin's external files and models: a fetched file, or the name of a model nobody has here."""

import hashlib
from typing import Any, Final

from stationthis_sdk.local.engine.files import WORDS, FetchedFile, fetched, is_url
from stationthis_sdk.local.engine.node import TEXT, Slot, Work, node_class

__all__: list[str] = []

_P: Final = "ComfyUIDeployExternal"
_NAME: Final = Slot("COMBO", required=False)
_TEXT: Final = Slot("STRING", required=False, default="")
_VIDEO_SUFFIXES: Final = (".webm", ".mp4", ".mkv", ".gif")


@node_class(f"{_P}File", outputs=("*",), input_id=TEXT, file_url=_TEXT, also=WORDS)
def _file(work: Work, file_url: str, **_rest: Any) -> tuple[FetchedFile | str]:
    """A file that can't be fetched is an empty text, and other text stays itself, which no node takes for a path."""
    file = fetched(work, file_url)
    return (file or ("" if is_url(file_url) else file_url),)


@node_class(
    f"{_P}Vid",
    outputs=("STRING",),
    input_id=TEXT,
    meta_batch=Slot("VHS_BatchManager", required=False),
    default_value=_NAME,
)
def _video(work: Work, input_id: str, default_value: str | None, **_rest: Any) -> tuple[FetchedFile | None]:
    file = fetched(work, input_id if is_url(input_id) else default_value or "", ".mp4")
    if file is not None and not file.name.endswith(_VIDEO_SUFFIXES):
        file = FetchedFile(f"{file.name.partition('.')[0]}.mp4", file.content)
    return (file,)


@node_class(f"{_P}Checkpoint", outputs=("*",), input_id=TEXT, default_value=_NAME, also=WORDS)
def _checkpoint(_work: Work, default_value: str | None, **_rest: Any) -> tuple[str | None]:
    return (default_value,)


@node_class(
    f"{_P}Lora",
    outputs=("*",),
    input_id=TEXT,
    default_lora_name=_NAME,
    lora_save_name=_TEXT,
    lora_url=_TEXT,
    bearer_token=_TEXT,
    also=WORDS,
)
def _lora(
    _work: Work, default_lora_name: str | None, lora_save_name: str, lora_url: str, **_rest: Any
) -> tuple[str | None]:
    """The name under which the plugin would have saved it; nothing is fetched, for nothing here could use it."""
    if is_url(lora_url):
        return (lora_save_name or _name_for(lora_url),)
    return (lora_url or default_lora_name,)


@node_class(
    f"{_P}FaceModel",
    outputs=("*",),
    input_id=TEXT,
    default_face_model_name=_NAME,
    face_model_save_name=_TEXT,
    face_model_url=_TEXT,
    also=WORDS,
)
def _face_model(
    _work: Work,
    default_face_model_name: str | None,
    face_model_save_name: str,
    face_model_url: str,
    **_rest: Any,
) -> tuple[str | None]:
    if is_url(face_model_url):
        return (face_model_save_name or _name_for(face_model_url),)
    return (default_face_model_name,)


def _name_for(url: str) -> str:
    return f"{hashlib.sha256(url.encode()).hexdigest()[:32]}.safetensors"
