"""The gateway's own contract: the part of the service's that it answers, and what it answers besides."""

import asyncio
import json
import re
from functools import cache
from importlib.util import find_spec
from pathlib import Path
from typing import Any, Final

from aiohttp import web

from stationthis_sdk.local.requests.responses import reply
from stationthis_sdk.local.services import SERVICES

__all__ = ["routes", "served_contract"]

_METHODS: Final = ("get", "put", "post", "patch", "delete")
_TOO_LARGE: Final = {
    "description": "The body is larger than this gateway reads.",
    "content": {"application/json": {"schema": {"$ref": "#/components/schemas/Problem"}}},
}


@cache
def _text() -> str:
    """The contract as data; the client that was made from it is not imported."""
    found = find_spec("comfydeploy_client")
    if found is None or found.origin is None:
        raise RuntimeError("the contract is missing from this installation: install stationthis-sdk again")
    return Path(found.origin).with_name("contract.json").read_text("utf-8")


def served_contract(app: web.Application, base: str, *, strictly: bool = False) -> dict[str, Any]:
    """The contract without the operations that have no route here, and without what only those need.

    ``strictly`` is for a strict gateway, which has a status of its own for most of the service's faults.
    """
    served = {
        (_shape(route.resource.canonical), route.method.lower())
        for route in app.router.routes()
        if route.resource is not None
    }
    document: dict[str, Any] = json.loads(_text())
    for path, item in document["paths"].items():
        for method in _METHODS:
            if method in item and (_shape(f"/api{path}"), method) not in served:
                del item[method]
    document["paths"] = {
        path: item for path, item in document["paths"].items() if any(method in item for method in _METHODS)
    }
    kept = {
        item[method]["operationId"]
        for item in document["paths"].values()
        for method in _METHODS
        if method in item
    }
    _drop_links(document["paths"], kept)
    _add_refusals(document["paths"], strictly=strictly)
    document["servers"] = [{"url": f"{base}/api"}]
    _drop_unused(document)
    return document


def _shape(path: str) -> str:
    return re.sub(r"\{[^}]*\}", "{}", path)


def _add_refusals(paths: dict[str, Any], *, strictly: bool) -> None:
    """Declare what the service never says: a JSON body is too large; strictly, an id is unknown or is none."""
    for path, item in paths.items():
        for operation in (item[method] for method in _METHODS if method in item):
            answers, body = operation["responses"], operation.get("requestBody", {}).get("content", {})
            if "application/json" in body:
                answers.setdefault("413", _TOO_LARGE)
            if strictly and ("{" in path or body or operation.get("parameters")):
                answers.setdefault("404", {"$ref": "#/components/responses/NotFound"})
                answers.setdefault("422", {"$ref": "#/components/responses/Invalid"})


def _drop_links(node: Any, kept: set[str]) -> None:
    """Links lead to operations that are here."""
    if isinstance(node, list):
        for one in node:
            _drop_links(one, kept)
    if not isinstance(node, dict):
        return
    links = node.get("links")
    if isinstance(links, dict):
        node["links"] = {name: link for name, link in links.items() if link.get("operationId") in kept}
        if not node["links"]:
            del node["links"]
    for one in node.values():
        _drop_links(one, kept)


def _drop_unused(document: dict[str, Any]) -> None:
    """Keep the components that something still refers to, and the ways to show a key."""
    components: dict[str, dict[str, Any]] = document["components"]
    wanted: set[tuple[str, str]] = set()
    open_nodes: list[Any] = [document["paths"], document.get("webhooks")]
    while open_nodes:
        node = open_nodes.pop()
        if isinstance(node, list):
            open_nodes.extend(node)
        if not isinstance(node, dict):
            continue
        open_nodes.extend(node.values())
        place = str(node.get("$ref", "")).removeprefix("#/components/").partition("/")
        found = (place[0], place[2])
        if found[0] in components and found not in wanted:
            wanted.add(found)
            open_nodes.append(components[found[0]][found[1]])
    document["components"] = {
        kind: {
            name: part for name, part in parts.items() if kind == "securitySchemes" or (kind, name) in wanted
        }
        for kind, parts in components.items()
    }


async def _serve(request: web.Request) -> web.StreamResponse:
    services = request.app[SERVICES]
    served = await asyncio.to_thread(served_contract, request.app, services.base, strictly=services.strict)
    return reply(served)


def routes() -> list[web.RouteDef]:
    """The paths of this module."""
    return [web.get("/openapi.json", _serve, allow_head=False)]
