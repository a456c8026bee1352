"""Core nodes on words and numbers."""

from typing import Any, Final

import numpy as np

from stationthis_sdk.local.engine.node import ANY, TEXT, Work, node_class, whole
from stationthis_sdk.local.engines import NodeFailed

__all__ = ["as_text"]

TEXT_LIMIT: Final = 2**22


@node_class("PrimitiveString", "PrimitiveStringMultiline", outputs=("STRING",), value=TEXT)
def _string(_work: Work, value: str) -> tuple[str]:
    return (value,)


@node_class("PrimitiveInt", outputs=("INT",), value=whole(-(2**63) + 1, 2**63 - 1))
def _int(_work: Work, value: int) -> tuple[int]:
    return (value,)


@node_class("StringConcatenate", outputs=("STRING",), string_a=TEXT, string_b=TEXT, delimiter=TEXT)
def _concatenate(_work: Work, string_a: str, string_b: str, delimiter: str) -> tuple[str]:
    if len(string_a) + len(delimiter) + len(string_b) > TEXT_LIMIT:
        raise NodeFailed(f"the text would be longer than {TEXT_LIMIT:,} characters: shorten it")
    return (f"{string_a}{delimiter}{string_b}",)


@node_class("PreviewAny", is_output=True, source=ANY)
def _preview(work: Work, source: Any) -> tuple[()]:
    work.put({"text": [as_text(source)]}, uploaded=False)
    return ()


def as_text(value: Any) -> str:
    """Any value as text; a picture as its shape, since its numbers help nobody.

    >>> as_text(2.25), as_text(True)
    ('2.25', 'True')
    """
    if isinstance(value, np.ndarray):
        return f"{value.dtype} array of shape {value.shape}"
    return str(value)
