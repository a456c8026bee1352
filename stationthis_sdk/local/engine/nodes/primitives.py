"""Core nodes that hold a value, and the one that shows any."""

import json
import sys
from typing import Any, Final

from stationthis_sdk.local.engine.node import ANY, TEXT, Slot, Work, node_class, real, whole
from stationthis_sdk.local.engine.nodes.text import as_text

__all__: list[str] = []

_FAR: Final = sys.maxsize


@node_class("PrimitiveString", "PrimitiveStringMultiline", outputs=("STRING",), value=TEXT)
def _string(_work: Work, value: str) -> tuple[str]:
    return (value,)


@node_class("PrimitiveInt", outputs=("INT",), value=whole(-_FAR, _FAR))
def _int(_work: Work, value: int) -> tuple[int]:
    return (value,)


@node_class("PrimitiveFloat", outputs=("FLOAT",), value=real(-_FAR, _FAR))
def _float(_work: Work, value: float) -> tuple[float]:
    return (value,)


@node_class("PrimitiveBoolean", outputs=("BOOLEAN",), value=Slot("BOOLEAN"))
def _boolean(_work: Work, value: bool) -> tuple[bool]:
    return (value,)


@node_class("PreviewAny", is_output=True, source=ANY)
def _preview(work: Work, source: Any) -> tuple[()]:
    text = json.dumps(source) if isinstance(source, dict | list) else as_text(source)
    work.put({"text": [text]}, uploaded=False)
    return ()
