"""The comfyui-deploy plugin's node that joins or replaces texts, and shows what came out."""

import re
from typing import Any, Final

from stationthis_sdk.local.engine.node import CLASSES, Slot, Work, node_class, one_of
from stationthis_sdk.local.engine.nodes.text import TEXT_LIMIT
from stationthis_sdk.local.engines import NodeFailed

__all__: list[str] = []

_TEXT: Final = Slot("STRING", required=False, default="")
_LETTER_BY_LETTER: Final = {"case_insensitive": False, "multiline": False, "dotall": False, "count": 0}


@node_class(
    "ComfyUIDeployStringCombine",
    "ComfyUIDeployStringFunction",
    outputs=("STRING",),
    is_output=True,
    action=one_of("append", "replace"),
    tidy_tags=one_of("yes", "no"),
    text_a=_TEXT,
    text_b=_TEXT,
    text_c=_TEXT,
)
def _combine(
    work: Work, action: str, tidy_tags: str, text_a: str | None, text_b: str | None, text_c: str | None
) -> tuple[str]:
    tidy = tidy_tags == "yes"
    one, two, three = text_a or "", text_b or "", text_c or ""
    if action == "append":
        out = (", " if tidy else "").join(filter(None, (one, two, three)))
    else:
        out = _replaced(work, one, two, three)
    if len(out) > TEXT_LIMIT:
        raise _too_long()
    if tidy:
        out = _tidied(out)
    work.put({"text": [out]}, uploaded=False)
    return (out,)


def _replaced(work: Work, text: str, find: str, replacement: str) -> str:
    """Every ``find`` replaced; between two slashes it is a regular expression, as in the plugin."""
    if find.startswith("/") and find.endswith("/"):
        given: dict[str, Any] = {"string": text, "regex_pattern": find[1:-1], "replace": replacement}
        (out,) = CLASSES["RegexReplace"].work(work, **given, **_LETTER_BY_LETTER)
        return str(out)
    if len(text) + text.count(find) * (len(replacement) - len(find)) > TEXT_LIMIT:
        raise _too_long()
    return text.replace(find, replacement)


def _tidied(text: str) -> str:
    """Tags as people write them: one space, one comma, none at the ends."""
    text = re.sub(r"\s{2,}", " ", text).replace(" ,", ",")
    return re.sub(r",{2,}", ",", text).strip()


def _too_long() -> NodeFailed:
    return NodeFailed(f"the text would be longer than {TEXT_LIMIT:,} characters: shorten it")
