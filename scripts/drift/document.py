"""The operations and webhooks of an OpenAPI document, as far as they can be seen on the wire."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any

import attrs

from drift.reader import Reader, mapping
from drift.source import DriftError, resolve

if TYPE_CHECKING:
    from drift.shapes import Field, Shape

METHODS = ("get", "put", "post", "patch", "delete", "head", "options", "trace")
# What stands in the URL of the server, and in the paths of a document that was made without it.
PREFIX = "/api"
TEXT = {"type": "string"}


@attrs.frozen(eq=False)
class Body:
    """What a request carries: the shape for each media type."""

    content: dict[str, Shape]
    required: bool


@attrs.frozen(eq=False)
class Operation:
    """One operation, known by its method and its path without the names of parameters."""

    method: str
    # As the vendor spells it.
    path: str
    # Of the operation in its document.
    pointer: tuple[str, ...]
    # By place and name; those of the path by place and position.
    parameters: dict[str, Field]
    body: Body | None
    answers: dict[str, dict[str, Shape]]
    declared: dict[str, Any]

    @property
    def key(self) -> str:
        """What it is joined by."""
        return key_of(self.method, self.path)

    @property
    def name(self) -> str:
        """What people call it."""
        return f"{self.method} {self.path}"

    @property
    def deprecated(self) -> bool:
        """Whether the vendor says that it will go."""
        return self.declared.get("deprecated") is True


@attrs.frozen(eq=False)
class Api:
    """A document, read."""

    title: str
    version: str
    reader: Reader
    operations: dict[str, Operation]
    webhooks: dict[str, Operation]
    servers: tuple[str, ...]


def key_of(method: str, path: str) -> str:
    """What an operation is joined by: names of path parameters don't travel."""
    return f"{method} {re.sub(r'{[^}]*}', '{}', path)}"


def read_api(document: dict[str, Any]) -> Api:
    """Read a document, ours or the vendor's.

    Raises:
        DriftError: a part of it is not what OpenAPI says, or two operations are the vendor's same one.
    """
    reader = Reader(document)
    operations: dict[str, Operation] = {}
    paths = mapping(document.get("paths", {}), ("paths",))
    prefixed = bool(paths) and all(str(path).startswith(f"{PREFIX}/") for path in paths)
    for path, node in paths.items():
        item, way = _resolved(document, node, ("paths", str(path)))
        for method in METHODS:
            if method not in item:
                continue
            declared = mapping(item[method], (*way, method))
            here = str(path).removeprefix(PREFIX) if prefixed else str(path)
            name = declared.get("x-vendor", f"{method.upper()} {here}")
            if not re.fullmatch(r"[A-Z]+ /\S*", str(name)):
                what = (
                    "x-vendor is `METHOD /path`"
                    if "x-vendor" in declared
                    else "a path is `/…` without spaces"
                )
                raise DriftError(f"{method.upper()} {path}: {what}, not {name!r}")
            spelled = re.findall(r"{([^}]*)}", str(path))
            known_as = (str(name).partition(" ")[0], str(name).partition(" ")[2])
            operation = _operation(reader, known_as, (*way, method), item, spelled)
            if operation.key in operations and "x-vendor" in declared:
                raise DriftError(f"two operations are {operation.name}: give each its own x-vendor or path")
            # Of the vendor's paths that differ in the names in them alone, the first takes all requests.
            operations.setdefault(operation.key, operation)
    return Api(
        str(mapping(document.get("info", {}), ("info",)).get("title", "")),
        str(document.get("info", {}).get("version", "")),
        reader,
        operations,
        _webhooks(reader),
        tuple(
            str(server["url"])
            for server in document.get("servers") or ()
            if isinstance(server, dict) and "url" in server
        ),
    )


def _webhooks(reader: Reader) -> dict[str, Operation]:
    found = {}
    for name, node in mapping(reader.document.get("webhooks") or {}, ("webhooks",)).items():
        item, way = _resolved(reader.document, node, ("webhooks", str(name)))
        for method in METHODS:
            if method in item:
                declared = mapping(item[method], (*way, method))
                vendors = str(item.get("x-vendor", declared.get("x-vendor", name)))
                if vendors != "none":
                    found[vendors] = _operation(reader, (method.upper(), vendors), (*way, method), item, [])
    return found


def _resolved(
    document: dict[str, Any], node: Any, pointer: tuple[str, ...]
) -> tuple[dict[str, Any], tuple[str, ...]]:
    """The mapping that is meant, and where it is, after any `$ref`s."""
    for _ in range(99):
        node = mapping(node, pointer)
        if not isinstance(node.get("$ref"), str):
            return node, pointer
        node, pointer = resolve(document, node["$ref"])
    raise DriftError(f"/{'/'.join(pointer)}: $ref leads round in a circle")


def _operation(
    reader: Reader,
    known_as: tuple[str, str],
    pointer: tuple[str, ...],
    item: dict[str, Any],
    names: list[str],
) -> Operation:
    declared = item[pointer[-1]]
    # What the path holds is a parameter, declared or not.
    parameters = {f"path {number}": reader.field(TEXT, (), required=True) for number in range(len(names))}
    parameters |= _parameters(reader, item.get("parameters"), (*pointer[:-1], "parameters"), names)
    parameters |= _parameters(reader, declared.get("parameters"), (*pointer, "parameters"), names)
    body = None
    if declared.get("requestBody") is not None:
        node, way = _resolved(reader.document, declared["requestBody"], (*pointer, "requestBody"))
        body = Body(_content(reader, node, way), node.get("required") is True)
    answers = {}
    for status, answer in mapping(declared.get("responses") or {}, (*pointer, "responses")).items():
        # Error answers are ours alone: the vendor declares one status and sends six.
        if str(status).startswith("2"):
            node, way = _resolved(reader.document, answer, (*pointer, "responses", str(status)))
            answers[str(status)] = _content(reader, node, way)
    return Operation(*known_as, pointer, parameters, body, answers, declared)


def _content(reader: Reader, node: dict[str, Any], pointer: tuple[str, ...]) -> dict[str, Shape]:
    found = {}
    for media, holder in mapping(node.get("content") or {}, (*pointer, "content")).items():
        inner = mapping(holder or {}, (*pointer, "content", str(media)))
        plain = str(media).partition(";")[0].strip().lower()
        found[plain] = reader.shape(inner.get("schema", True), (*pointer, "content", str(media), "schema"))
    return found


def _parameters(reader: Reader, listed: Any, pointer: tuple[str, ...], names: list[str]) -> dict[str, Field]:
    if not isinstance(listed, list | None):
        raise DriftError(f"/{'/'.join(pointer)}: parameters are a list")
    found = {}
    for number, entry in enumerate(listed or ()):
        node, way = _resolved(reader.document, entry, (*pointer, str(number)))
        place, name = str(node.get("in")), str(node.get("name"))
        if place not in {"query", "header", "path", "cookie"}:
            raise DriftError(f"/{'/'.join(way)}: a parameter is in query, header, path or cookie")
        schema, inner = node.get("schema", True), (*way, "schema")
        if isinstance(node.get("content"), dict) and node["content"]:
            media, holder = next(iter(node["content"].items()))
            schema, inner = mapping(holder or {}, way).get("schema", True), (*way, "content", str(media))
        field = reader.field(schema, inner, required=node.get("required") is True)
        if node.get("deprecated") is True:
            field = attrs.evolve(field, deprecated=True)
        if place == "path":
            name = str(names.index(name)) if name in names else name
        found[f"{place} {name.lower() if place == 'header' else name}"] = field
    return found
