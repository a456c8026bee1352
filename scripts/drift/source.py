"""Where documents come from: a URL or a file, JSON or YAML, or one line that says why not."""

from __future__ import annotations

import json
import re
import time
from pathlib import Path
from typing import Any
from urllib.parse import unquote

LIMIT = 64 * 1024 * 1024
# So many values a document may have once its aliases are followed; the vendor's has forty thousand.
VALUES_LIMIT = 10_000_000
# httpx limits each read; this ends a server that sends a byte now and then.
PATIENCE = 120.0
# What stands under these is a value, not a schema: a `$ref` in it means nothing.
VALUES = {"default", "enum", "const", "example", "examples"}


class DriftError(Exception):
    """Why there is no report, in one line that says what to do."""


def one_line(said: object) -> str:
    """The message of another tool, fit for one line."""
    return " ".join(str(said).split())[:300] or type(said).__name__


def shown(source: str) -> str:
    """The source as it may be printed: a password or a query may hold a key."""
    return re.sub(r"^(\w+://)([^/?#]*@)?([^?#]*).*", r"\1\3", source, flags=re.DOTALL)


def read_document(source: str) -> dict[str, Any]:
    """The OpenAPI 3 document at this URL or in this file, every `$ref` of which leads somewhere.

    Raises:
        DriftError: there is none that can be read.
    """
    content = _download(source) if re.match(r"https?://", source, re.IGNORECASE) else _read(source)
    name = shown(source)
    try:
        return check_document(parse(content, name), name)
    except RecursionError:
        raise DriftError(f"{name} is nested too deeply to be an OpenAPI document") from None


def _download(url: str) -> bytes:
    import httpx  # noqa: PLC0415 - only reports need it

    name = shown(url)
    content = bytearray()
    until = time.monotonic() + PATIENCE
    try:
        with (
            httpx.Client(timeout=httpx.Timeout(30, connect=10), follow_redirects=True) as client,
            client.stream("GET", url, headers={"Accept": "application/json, application/yaml"}) as response,
        ):
            if response.status_code != 200:
                raise DriftError(
                    f"{name} answered {response.status_code}: give the address of the document, or a file"
                )
            for chunk in response.iter_bytes():
                content += chunk
                if len(content) > LIMIT:
                    raise DriftError(f"{name} is larger than 64 MiB: that is no OpenAPI document")
                if time.monotonic() > until:
                    raise DriftError(f"{name} takes longer than two minutes: try again, or download it first")
    # Besides its own errors: names that are none (UnicodeError), odd proxies and missing certificates.
    except (httpx.HTTPError, httpx.InvalidURL, ValueError, ImportError, OSError) as error:
        raise DriftError(f"{name} can't be read: {one_line(error)}") from None
    return bytes(content)


def _read(source: str) -> bytes:
    if "://" in source:
        raise DriftError(f"{shown(source)}: give an http or https address, or a file")
    try:
        path = Path(source)
        if path.stat().st_size > LIMIT:
            raise DriftError(f"{source} is larger than 64 MiB: that is no OpenAPI document")
        return path.read_bytes()
    except (OSError, ValueError) as error:
        raise DriftError(f"{source} can't be read: {getattr(error, 'strerror', None) or error}") from None


def parse(content: bytes, name: str) -> Any:
    """What JSON or YAML text says.

    Raises:
        DriftError: it is neither.
    """
    try:
        text = content.decode("utf-8-sig").strip()
    except UnicodeDecodeError:
        raise DriftError(f"{name} is no text in UTF-8") from None
    if text.startswith("<"):
        raise DriftError(f"{name} is a web page, not an OpenAPI document: give the address of openapi.json")
    if text.startswith(("{", "[")):
        try:
            return json.loads(text, object_pairs_hook=_once, parse_constant=_no_number)
        except ValueError as error:
            raise DriftError(f"{name}: broken JSON, {one_line(error)}") from None
    from ruamel.yaml import YAML  # noqa: PLC0415 - only reports need it
    from ruamel.yaml.error import MarkedYAMLError, YAMLError  # noqa: PLC0415 - as above

    try:
        return _as_json(YAML(typ="safe").load(text), {})[0]
    except MarkedYAMLError as error:
        line = f" in line {error.problem_mark.line + 1}" if error.problem_mark else ""
        raise DriftError(f"{name}: broken YAML{line}, {one_line(error.problem)}") from None
    except (YAMLError, ValueError) as error:
        raise DriftError(f"{name}: broken YAML, {one_line(error)}") from None


def _once(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    found = dict(pairs)
    if len(found) < len(pairs):
        names = [name for name, _ in pairs]
        twice = next(name for name in names if names.count(name) > 1)
        raise ValueError(f"{twice} is there twice in one object")
    return found


def _no_number(said: str) -> None:
    raise ValueError(f"{said} is no number of JSON")


def _as_json(node: Any, known: dict[int, tuple[Any, int] | None]) -> tuple[Any, int]:
    """What YAML says as JSON would, names being text, and how many values it has; what aliases share stays shared."""
    if not isinstance(node, dict | list):
        return (node if isinstance(node, str | int | float | None) else str(node)), 1
    if id(node) not in known:
        known[id(node)] = None
        if isinstance(node, dict):
            held = [_as_json(inner, known) for inner in node.values()]
            names = [name if isinstance(name, str) else one_line(name) for name in node]
            made: Any = dict(zip(names, (value for value, _ in held), strict=True))
        else:
            held = [_as_json(inner, known) for inner in node]
            made = [value for value, _ in held]
        known[id(node)] = (made, 1 + sum(size for _, size in held))
    found = known[id(node)]
    if found is None:
        raise ValueError("an alias holds itself")
    if found[1] > VALUES_LIMIT:
        raise ValueError("its aliases make it larger than any OpenAPI document")
    return found


def check_document(document: Any, name: str) -> dict[str, Any]:
    """The document itself, after a look that this is OpenAPI 3 with paths, and that no `$ref` in it leads nowhere.

    Raises:
        DriftError: it is not, or one does.
    """
    if not isinstance(document, dict):
        raise DriftError(f"{name} is no OpenAPI document: that is a mapping, this is not")
    if "swagger" in document:
        raise DriftError(f"{name} is Swagger {one_line(document['swagger'])}: only OpenAPI 3 is read")
    if not str(document.get("openapi", "")).startswith("3."):
        raise DriftError(f"{name} is no OpenAPI 3 document: it has no `openapi: 3.…`")
    if not isinstance(document.get("paths"), dict):
        raise DriftError(f"{name} is no OpenAPI document: it has no `paths`")
    if not document["paths"]:
        raise DriftError(f"{name} has no operations: is it the right document?")
    for reference in _references(document):
        resolve(document, reference, name)
    return document


def _references(document: dict[str, Any]) -> list[str]:
    # By hand, not by recursion, and each node once: aliases of YAML can make a tree out of all bounds.
    waiting: list[Any] = [document.get(part) for part in ("paths", "webhooks", "components")]
    seen: set[int] = set()
    found: dict[str, None] = {}
    while waiting:
        node = waiting.pop()
        if id(node) in seen or not isinstance(node, dict | list):
            continue
        seen.add(id(node))
        if isinstance(node, list):
            waiting += node
            continue
        if isinstance(node.get("$ref"), str):
            found[node["$ref"]] = None
        waiting += [
            # A field may be called `default`; a value that is no schema may not hold references.
            inner
            for key, inner in node.items()
            if key not in VALUES or (isinstance(inner, dict) and inner.keys() & {"type", "$ref", "anyOf"})
        ]
    return list(found)


def resolve(
    document: dict[str, Any], reference: str, name: str = "the document"
) -> tuple[Any, tuple[str, ...]]:
    """What a `$ref` leads to, and the way there.

    Raises:
        DriftError: nothing is there.
    """
    if not reference.startswith("#/"):
        raise DriftError(f"{name}: $ref {one_line(reference)} leads outside; only #/… is followed")
    way = tuple(unquote(step).replace("~1", "/").replace("~0", "~") for step in reference[2:].split("/"))
    node: Any = document
    for step in way:
        if isinstance(node, list) and step.isdecimal() and int(step) < len(node):
            node = node[int(step)]
        elif isinstance(node, dict) and step in node:
            node = node[step]
        else:
            raise DriftError(f"{name}: nothing is at $ref {one_line(reference)}")
    return node, way
