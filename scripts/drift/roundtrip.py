"""YAML files that are changed in a few places and stay as they are in all others, or are not changed at all."""

from __future__ import annotations

import io
import os
import re
import tempfile
from contextlib import suppress
from pathlib import Path
from typing import TYPE_CHECKING, Any

from ruamel.yaml import YAML
from ruamel.yaml.comments import CommentedMap, CommentedSeq
from ruamel.yaml.representer import RoundTripRepresenter
from ruamel.yaml.scalarstring import DoubleQuotedScalarString

from drift.source import DriftError

if TYPE_CHECKING:
    from collections.abc import Mapping


# What is read as something else unless it is quoted: anywhere, and in a mapping in one line.
ODD = re.compile(
    r"^(null|true|false|yes|no|on|off|[\d.+-].*|)$|^[,#&*!|>%@{}\[\]\"'`?-]|: | #|:$", re.IGNORECASE
)
ODD_IN_LINE = re.compile(r"[,:#{}\[\]]")


class _Representer(RoundTripRepresenter):
    """Writes null as our files do, by its name."""

    def represent_none(self, _data: None) -> Any:
        return self.represent_scalar("tag:yaml.org,2002:null", "null")


_Representer.add_representer(type(None), _Representer.represent_none)


def _yaml() -> YAML:
    yaml = YAML()
    yaml.Representer = _Representer
    yaml.width = 100_000
    yaml.preserve_quotes = True
    yaml.brace_single_entry_mapping_in_flow_sequence = True
    yaml.indent(mapping=2, sequence=4, offset=2)
    return yaml


def load(path: Path) -> Any:
    """The document in a file, to be changed and dumped.

    Raises:
        DriftError: dumping it would change lines that nobody touched.
    """
    text = path.read_text("utf-8")
    document = _yaml().load(text)
    _keep_anchors(document, set())
    again = dump(document)
    if again != text:
        pairs = enumerate(zip(text.splitlines(), again.splitlines(), strict=False), 1)
        line = next((number for number, (before, after) in pairs if before != after), 0)
        raise DriftError(
            f"{path}:{line} is not written as YAML tools write it, so nothing can be entered: rewrite it"
        )
    return document


def dump(document: Any) -> str:
    """The text of a document."""
    stream = io.StringIO()
    _yaml().dump(document, stream)
    return stream.getvalue()


def _keep_anchors(node: Any, seen: set[int]) -> None:
    """Also those that nothing refers to."""
    if id(node) in seen or not isinstance(node, CommentedMap | CommentedSeq):
        return
    seen.add(id(node))
    if (anchor := node.yaml_anchor()) is not None:
        anchor.always_dump = True
    for inner in node.values() if isinstance(node, CommentedMap) else node:
        _keep_anchors(inner, seen)


def node_of(value: Any, *, block: int = 0) -> Any:
    """Plain data as it is written in our files: the outer mappings in lines of their own, the inner ones in one."""
    if isinstance(value, dict):
        inner = max(0, block - 1)
        made = CommentedMap(
            (_text(name, block=True), node_of(held, block=inner)) for name, held in value.items()
        )
        for name, held in value.items():
            if block and isinstance(held, str):
                made[name] = _text(held, block=True)
        (made.fa.set_block_style if block else made.fa.set_flow_style)()
        return made
    if isinstance(value, list):
        listed = CommentedSeq([node_of(inner) for inner in value])
        in_lines = block and all(isinstance(inner, dict) for inner in value)
        (listed.fa.set_block_style if in_lines else listed.fa.set_flow_style)()
        return listed
    return _text(value, block=False) if isinstance(value, str) else value


def _text(text: str, *, block: bool) -> str:
    odd = ODD.search(text) or (not block and ODD_IN_LINE.search(text))
    return DoubleQuotedScalarString(text) if odd else text


def insert(mapping: CommentedMap, name: str, value: Any) -> None:
    """Add an entry, before the last one: the empty lines that end a mapping belong to its last entry."""
    mapping.insert(max(0, len(mapping) - 1), _text(name, block=True), value)


def space_before(holder: CommentedMap | CommentedSeq, key: str | int) -> None:
    """An empty line before an entry."""
    holder.yaml_set_comment_before_after_key(key, before="\n")


def replace(texts: Mapping[Path, str]) -> None:
    """Give all these files new texts, or none of them.

    Raises:
        OSError: none of them has changed.
    """
    before = {path: path.read_bytes() for path in texts}
    prepared: dict[Path, Path] = {}
    try:
        for path, text in texts.items():
            handle, name = tempfile.mkstemp(prefix=f".{path.name}-", dir=path.parent)
            prepared[path] = Path(name)
            with os.fdopen(handle, "w", encoding="utf-8") as file:
                file.write(text)
            prepared[path].chmod(path.stat().st_mode)
        try:
            for path, fresh in prepared.items():
                fresh.replace(path)
        except BaseException:
            for path, content in before.items():
                path.write_bytes(content)
            raise
    finally:
        for fresh in prepared.values():
            with suppress(OSError):
                fresh.unlink()
