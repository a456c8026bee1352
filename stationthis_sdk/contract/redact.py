"""An answer as it may be published: its shape stays, and of its texts only those that are harmless by construction. Pure.

What is the same before is the same after within one recording, so that references still lead where they did.
"""

import re
from collections.abc import Sequence
from typing import Any, Final

from stationthis_sdk.contract.document import Document, Fields
from stationthis_sdk.contract.words import UUID, is_plain_name, looks_secret

__all__ = ["Redactor"]

DEEPEST: Final = 100
LONGEST: Final = 4096
"""Of longer texts nothing is looked at but whether they hold a key: they are pictures, books, or attacks."""
LARGEST: Final = 10**6
"""Larger numbers may be somebody's: a telephone's, a chat's."""
SECRET: Final = "<secret>"  # noqa: S105 - what stands for one
EMAIL: Final = "someone@example.com"

# Fields whose values are words of the service, not of its users.
_KINDS: Final = re.compile(
    r"(?:live_)?status|environment|types?|class_type|gpu(?:_type)?|origin|provider|visibility|category|event|level|plan"
    r"|(?:machine|input|output|asset|model|source|mime|content)_type|python_version|machine_builder_version"
)
# Fields that hold a map whose keys people have chosen.
_CHOSEN: Final = re.compile(
    r"(?:workflow_)?inputs|envs?|envs_encrypted|environment_variables|secrets|headers|metadata|batch_input_params"
    r"|default_values"
)
_LITERALS: Final = frozenset({"", "None", "null", "true", "false", "True", "False"})

_TIME: Final = re.compile(
    r"\d{4}-\d\d-\d\d(?:[T ]\d\d:\d\d(?::\d\d)?(?:\.\d{1,9})?(?:[+-]\d\d(?::?\d\d)?)?Z?)?"
)
_DECIMAL: Final = re.compile(r"-?\d{1,20}(?:\.\d{1,20})?")
_ADDRESS: Final = re.compile(r"(?i)[a-z][a-z0-9+.-]{1,15}://\S*")
_MAIL: Final = re.compile(r"\S+@\S+\.\S+")
_ENDING: Final = re.compile(
    r"(?i)\.(?:png|jpe?g|webp|gif|bmp|tiff?|avif|svg|exr|mp4|webm|mov|mkv|wav|mp3|flac|ogg|m4a|txt|json|csv|html|zip"
    r"|tar|gz|glb|gltf|obj|ply|stl|fbx|safetensors|ckpt|pth?|bin|gguf|onnx|py)$"
)
_NODE: Final = re.compile(r"\d{1,6}(?::\d{1,6})*")
_NODE_PARTS: Final = frozenset({"pos", "widgets_values", "mode", "flags"})
_NODE_WORD: Final = re.compile(r"[A-Za-z0-9_.-]{1,40}")
_BETWEEN: Final = re.compile(r"[ :|+()/&]+")
_SLOT: Final = re.compile(r"\*|[A-Z]+(?:_[A-Z]+)*")
_MEDIA: Final = re.compile(r"[a-z]{4,11}/[a-z][a-z.+-]{1,30}")
_PRIVATE: Final = re.compile(
    r"(?i)token|secret|passw|passphrase|api_?key|access_?key|credential|signature|cookie|authorization|(?:^|_)key$"
)
_REFERENCE: Final = re.compile(r"(?:^|_)(?:id|ids|slug|uuid)$|[a-z]Ids?$")
# Random, and so by chance of the form of a key; what stands for it must not depend on that.
_FILE_ID: Final = re.compile(r"(?:img|vid|audio|zip|file)_[A-Za-z0-9]{16}(?:\.\w{1,8})?")
_OURS: Final = re.compile(r"(?:name|id|file)\d+(?:\.\w+)?")


class Redactor:
    """Redacts the answers of one recording. ``secrets`` are texts that may be nowhere, whatever holds them."""

    def __init__(self, document: Document, secrets: Sequence[str] = ()) -> None:
        self._document = document
        self._secrets = tuple(one for one in secrets if one)
        self._stand_ins: dict[str, dict[str, str]] = {}

    def body(self, value: Any, schema: Any) -> Any:
        """An answer of this schema."""
        return self._value(value, [schema], "", depth=0, in_node=False)

    def reference(self, value: Any) -> Any:
        """An id, as the answers hold it after redaction."""
        return self._value(value, [], "id", depth=0, in_node=False)

    def _value(self, value: Any, schemas: Sequence[Any], field: str, *, depth: int, in_node: bool) -> Any:
        if isinstance(value, str):
            shown = SECRET if self._is_secret(value) else self._text(value, field, in_node=in_node)
            # What stands for an id may by chance be a key of digits.
            return SECRET if self._is_secret(shown) else shown
        if isinstance(value, int | float) and not isinstance(value, bool):
            if self._is_secret(str(value)) or _PRIVATE.search(field):
                return 0
            number = value if abs(value) < LARGEST else _another_number(value)
            return 0 if self._is_secret(str(number)) else number
        if isinstance(value, list | dict) and value and depth >= DEEPEST:
            return "nested too deep to be kept"
        if isinstance(value, list):
            if _is_node_link(value) and not self._is_secret(value[0]):
                return value
            items = self._document.items(schemas)
            return [
                self._value(
                    one, items, "" if isinstance(one, dict) else field, depth=depth + 1, in_node=in_node
                )
                for one in value
            ]
        if isinstance(value, dict):
            return self._object(value, schemas, field, depth=depth, in_node=in_node)
        return value

    def _object(
        self, value: dict[str, Any], schemas: Sequence[Any], field: str, *, depth: int, in_node: bool
    ) -> dict[str, Any]:
        said = self._document.fields(schemas)
        is_node = "class_type" in value or ("type" in value and not _NODE_PARTS.isdisjoint(value))
        # In a graph `inputs` are a node's, named by its author; elsewhere they are a person's.
        # What the contract calls a map has no names of its own, either.
        chosen = (_CHOSEN.fullmatch(field) is not None or (said.is_map and not said.named)) and not in_node
        redacted: dict[str, Any] = {}
        for key in sorted(value):
            schemas_there = said.named.get(key) or (said.others if said.is_map else ())
            redacted[self._key(key, said, chosen=chosen)] = self._value(
                value[key], schemas_there, "" if chosen else key, depth=depth + 1, in_node=is_node
            )
        return redacted

    def _key(self, key: str, said: Fields, *, chosen: bool) -> str:
        if self._is_secret(key):
            return self._same("name", key)
        if key in said.named:
            return key
        if UUID.fullmatch(key) and not self._is_secret(shown := self._same("uuid", key.lower())):
            return shown
        if chosen:
            return self._same("name", key)
        if _NODE.fullmatch(key) or (is_plain_name(key) and not _OURS.fullmatch(key)):
            return key
        return self._same("name", key)

    def _text(self, text: str, field: str, *, in_node: bool) -> str:
        if text in _LITERALS:
            return text
        if UUID.fullmatch(text):
            return self._same("uuid", text.lower())
        if _PRIVATE.search(field):
            return SECRET
        if len(text) > LONGEST:
            return _length(text)
        if looks_secret(text) and not _FILE_ID.fullmatch(text):
            return SECRET
        if _TIME.fullmatch(text):
            return _another_time(text)
        if _ADDRESS.fullmatch(text):
            return (
                f"https://files.example/{self._same('file', text)}{_ending(text.split('?', maxsplit=1)[0])}"
            )
        if _MAIL.fullmatch(text):
            return EMAIL
        if field == "input_id":
            return self._same("name", text)
        if _REFERENCE.search(field):
            return self._same("id", text)
        if _KINDS.fullmatch(field) and _is_kind(
            text, in_graph=field == "class_type" or (in_node and field == "type")
        ):
            return text
        if field == "links" and _SLOT.fullmatch(text) and len(text) <= 24:
            return text
        if _DECIMAL.fullmatch(text):
            return re.sub(r"\d", "1", text)
        if (ending := _ending(text)) and not re.search(r"\s", text):
            return f"{self._same('file', text)}{ending}"
        return _length(text)

    def _is_secret(self, text: str) -> bool:
        return any(secret in text for secret in self._secrets)

    def _same(self, kind: str, text: str) -> str:
        """What stands for this text in the whole recording: numbered, as anything made of it could be guessed back."""
        known = self._stand_ins.setdefault(kind, {})
        number = len(known) + 1
        new = f"00000000-0000-4000-8000-{number:012d}" if kind == "uuid" else f"{kind}{number}"
        return known.setdefault(text, new)


def _is_kind(text: str, *, in_graph: bool) -> bool:
    if text == "*" or is_plain_name(text) or _MEDIA.fullmatch(text):
        return True
    # Kinds of nodes are named in a few words, such as "KSampler (Efficient)"; `workflow/…` is a person's own.
    words = [word for word in _BETWEEN.split(text) if word]
    return (
        in_graph
        and text.count("/") < 2  # paths and addresses have more
        and 0 < len(words) <= 6
        and words[0] != "workflow"
        and all(_NODE_WORD.fullmatch(word) and sum(map(str.isdigit, word)) <= 4 for word in words)
    )


def _is_node_link(value: Sequence[Any]) -> bool:
    """Whether it is a graph's ["9", 0]: the first output of node 9."""
    return (
        len(value) == 2
        and isinstance(value[0], str)
        and _NODE.fullmatch(value[0]) is not None
        and type(value[1]) is int
        and 0 <= value[1] < 100
    )


def _ending(text: str) -> str:
    """The extension of a file's name, if it is one that many have."""
    found = _ENDING.search(text)
    return found.group().lower() if found else ""


def _length(text: str) -> str:
    return f"text of {len(text)} character{'' if len(text) == 1 else 's'}"


def _another_number(value: float) -> float:
    """Another number of the same kind, and of about the same size.

    >>> _another_number(4917612345678), _another_number(-4917612345678.25)
    (1111111111111, -1111111111111.0)
    """
    ones = int("1" * len(str(abs(int(value)))))
    return type(value)(ones if value > 0 else -ones)


def _another_time(text: str) -> str:
    """Another moment in the same spelling.

    >>> _another_time("2026-11-22 06:29:10.000172"), _another_time("2026-11-22T06:29:10.27+00Z")
    ('2026-01-02 03:04:05.123456', '2026-01-02T03:04:05.12+00Z')
    """
    digits = iter("20260102030405")
    whole, *rest = re.split(r"(\.\d+|(?<=:\d\d)[+-]\d\d.*)", text, maxsplit=1)
    same = re.sub(r"\d", lambda _: next(digits), whole)
    for part in rest:
        fraction = re.match(r"\.\d+", part)
        length = fraction.end() if fraction else 0
        same += ".123456789"[:length] + re.sub(r"\d", "0", part[length:])
    return same
