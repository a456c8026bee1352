"""The document the vendor would publish, written in the style of FastAPI, from what we know of it.

An inverse of what the drift report reads, and knows nothing of it: it lays the patches of deviations.yaml over the
contract, gives everything the vendor's names, and spells schemas as pydantic does.
"""

import copy
import json
import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from tests.contract.documents import document

ROOT = Path(__file__).parents[2]
METHODS = ("get", "put", "post", "patch", "delete", "head", "options")
ALL_OPERATIONS = 170
OTHERS = [f"GET /internal/page/{number}" for number in range(ALL_OPERATIONS)]
PLACE = "#/components/schemas/"
TEXTS = ("format", "minLength", "maxLength", "pattern")
SPELLED = {
    "string": TEXTS,
    "array": ("items", "minItems", "maxItems"),
    "object": ("properties", "required", "additionalProperties"),
    "number": ("minimum", "maximum"),
    "integer": ("minimum", "maximum"),
    "boolean": (),
    "null": (),
}


class Vendor:
    """The document, and under which names it has the things we know."""

    def __init__(self, contract: dict[str, Any], deviations: dict[str, Any]) -> None:
        self.known = contract
        for entry in deviations["deviations"]:
            self.known = patched(self.known, entry.get("vendor", {}))
        self.names: dict[tuple[str, str], str] = {}
        self._name_schemas()
        self.document: dict[str, Any] = {
            "openapi": "3.1.0",
            "info": {"title": "ComfyDeploy API", "version": "V2"},
            "servers": [{"url": "https://api.comfydeploy.com/api", "description": "Production server"}],
            "paths": {},
            "webhooks": {},
            "components": {
                "schemas": {},
                "securitySchemes": {"Bearer": {"type": "http", "scheme": "bearer"}},
            },
            "security": [{"Bearer": []}],
        }
        self._operations()
        for entry in deviations.get("not_kept", []):
            for spelled in entry["operations"]:
                self.add(spelled)
        self._schemas()

    # What tests take hold of.

    def schema(self, name: str, side: str = "read") -> dict[str, Any]:
        """The vendor's schema that is our schema of this name, as it is sent or read."""
        return self.document["components"]["schemas"][self.names[name, side]]

    def ref(self, name: str, side: str = "read") -> dict[str, str]:
        return {"$ref": PLACE + self.names[name, side]}

    def operation(self, spelled: str) -> dict[str, Any]:
        method, path = spelled.split(" ")
        return self.document["paths"][path][method.lower()]

    def parameter(self, spelled: str, name: str) -> dict[str, Any]:
        return next(each for each in self.operation(spelled)["parameters"] if each["name"] == name)

    def answer(self, spelled: str) -> dict[str, Any]:
        return self.operation(spelled)["responses"]["200"]["content"]

    def operations(self) -> Iterator[dict[str, Any]]:
        for item in self.document["paths"].values():
            yield from item.values()

    def add(self, spelled: str, **given: Any) -> None:
        """One more operation, as those that the contract leaves out."""
        method, path = spelled.split(" ")
        if method.lower() in self.document["paths"].get(path, {}):
            return
        declared = self._dress(spelled, {"summary": "Something Else", **given})
        names = re.findall(r"{(\w+)}", path)
        if names:
            declared["parameters"] = [
                {"name": name, "in": "path", "required": True, "schema": {"type": "string", "title": name}}
                for name in names
            ]
        if "docker" in path:
            declared["requestBody"] = {"content": {"application/json": {"schema": {"type": "object"}}}}
        declared.setdefault("responses", {})["200"] = {
            "description": "Successful Response",
            "content": {"application/json": {"schema": {}}},
        }
        self.document["paths"].setdefault(path, {})[method.lower()] = declared

    # How it is written.

    def _name_schemas(self) -> None:
        sent: set[str] = set()
        read: set[str] = set()
        for item in self.known["paths"].values():
            for method in METHODS:
                declared = item.get(method, {})
                self._reach([declared.get("requestBody"), declared.get("parameters")], sent)
                self._reach(declared.get("responses", {}).get("200"), read)
        self._reach(self.known.get("webhooks"), read)
        for name in self.known["components"]["schemas"]:
            plain = name.removeprefix("Vendor")
            is_object = "properties" in self.known["components"]["schemas"][name]
            for side, used in (("sent", sent), ("read", read)):
                if name in used and name in sent and name in read and is_object:
                    self.names[name, side] = f"{plain}-{'Input' if side == 'sent' else 'Output'}"
                elif name in used and not is_object:
                    self.names[name, side] = f"api__routes__types__{plain}"
                elif name in used and "Upload" in name and side == "sent":
                    self.names[name, side] = f"Body_upload_{plain.lower()}_file_upload_post"
                elif name in used:
                    self.names[name, side] = f"{plain}Model" if side == "read" else f"{plain}Body"

    def _reach(self, node: Any, found: set[str]) -> None:
        if isinstance(node, dict):
            name = str(node.get("$ref", "")).rpartition("/")[2]
            if "/schemas/" in str(node.get("$ref")) and name not in found:
                found.add(name)
                self._reach(self.known["components"]["schemas"][name], found)
        for inner in node.values() if isinstance(node, dict) else node if isinstance(node, list) else ():
            self._reach(inner, found)

    def _schemas(self) -> None:
        place = self.document["components"]["schemas"]
        for (name, side), vendors in sorted(self.names.items(), key=lambda entry: entry[1]):
            known = copy.deepcopy(self.known["components"]["schemas"][name])
            place[vendors] = {"title": vendors, **self._spell(known, side, vendors)}
        place["ValidationError"] = {
            "type": "object",
            "required": ["loc", "msg", "type"],
            "properties": {
                "loc": {"type": "array", "items": {}},
                "msg": {"type": "string"},
                "type": {"type": "string"},
            },
        }
        errors = {"type": "array", "items": {"$ref": f"{PLACE}ValidationError"}}
        place["HTTPValidationError"] = {"type": "object", "properties": {"detail": errors}}

    def _operations(self) -> None:
        for item in self.known["paths"].values():
            for method in METHODS:
                if method in item:
                    spelled = item[method]["x-vendor"]
                    path = spelled.split(" ")[1]
                    self.document["paths"].setdefault(path, {})[method] = self._operation(
                        spelled, item[method]
                    )
        for name, item in self.known.get("webhooks", {}).items():
            vendors = item["post"].get("x-vendor", name)
            if vendors != "none":
                body = self._body(item["post"]["requestBody"], "read")
                self.document["webhooks"][vendors] = {"post": {"summary": name, "requestBody": body}}

    def _operation(self, spelled: str, known: dict[str, Any]) -> dict[str, Any]:
        declared = self._dress(spelled, {"summary": known["operationId"].replace("_", " ").title()})
        path_names = iter(re.findall(r"{(\w+)}", spelled))
        listed = []
        for parameter in known.get("parameters", []):
            name = next(path_names) if parameter["in"] == "path" else parameter["name"]
            required = parameter.get("required", False)
            schema = self._spell(parameter["schema"], "sent", name)
            listed.append({"name": name, "in": parameter["in"], "required": required, "schema": schema})
        if listed:
            declared["parameters"] = listed
        if "requestBody" in known:
            declared["requestBody"] = self._body(known["requestBody"], "sent")
        answer = {"description": "Successful Response", **self._body(known["responses"]["200"], "read")}
        declared["responses"] = {"200": answer, **declared["responses"]}
        return declared

    def _dress(self, spelled: str, said: dict[str, Any]) -> dict[str, Any]:
        method, path = spelled.split(" ")
        words = re.sub(r"\W", "_", path)
        name = said["summary"].lower().replace(" ", "_")
        invalid = {"application/json": {"schema": {"$ref": f"{PLACE}HTTPValidationError"}}}
        return {
            "tags": [path.split("/")[1].title()],
            "description": f"{said['summary']}\n\nFrom a docstring of the vendor's.",
            # FastAPI gives all methods of one function the same id.
            "operationId": f"{name}{words}_{method.lower() if 'proxy' not in name else 'get'}",
            "responses": {"422": {"description": "Validation Error", "content": invalid}},
            **said,
        }

    def _body(self, known: dict[str, Any], side: str) -> dict[str, Any]:
        body: dict[str, Any] = {"required": True} if known.get("required") else {}
        body["content"] = {}
        for media, inner in known.get("content", {}).items():
            schema = inner.get("schema", {})
            body["content"][media] = {"schema": self._spell(schema, side, "Response Of It")} if schema else {}
        return body

    def _spell(self, known: dict[str, Any], side: str, name: str) -> dict[str, Any]:
        """A schema as pydantic writes it."""
        known = {key: value for key, value in known.items() if key not in {"description", "example", "title"}}
        title = {"title": name.replace("_", " ").title()}
        if "$ref" in known:
            ref = {"$ref": PLACE + self.names[known.pop("$ref").rpartition("/")[2], side]}
            if not known:
                return ref
            return {"allOf": [ref], **known, **title} if len(name) % 2 else {**ref, **known}
        default = {"default": known.pop("default")} if "default" in known else {}
        for union in ("anyOf", "oneOf"):
            if union in known:
                known[union] = [self._spell(each, side, name) for each in known[union]]
        kinds = known.get("type")
        if isinstance(kinds, list) and len(kinds) > 1:
            members = [self._spell(_only(known, kind), side, name) for kind in kinds]
            for member in members:
                member.pop("title", None)
            return {"anyOf": members, **default, **title}
        if "properties" in known:
            known["properties"] = {
                field: self._spell(inner, side, field) for field, inner in known["properties"].items()
            }
        if "items" in known:
            known["items"] = self._spell(known["items"], side, name)
            known["items"].pop("title", None)
        if isinstance(known.get("additionalProperties"), dict):
            known["additionalProperties"] = self._spell(known["additionalProperties"], side, name)
        elif known.get("type") == "object" and "properties" not in known and len(name) % 2:
            known["additionalProperties"] = True
        if len(known.get("enum", ())) == 1:
            known["const"] = known.pop("enum")[0]
        return {**known, **default, **title}


def _only(known: dict[str, Any], kind: str) -> dict[str, Any]:
    """What a schema of several kinds says of one of them."""
    only = {"type": kind, **{key: known[key] for key in SPELLED[kind] if key in known}}
    if "enum" in known and kind != "null":
        only["enum"] = [value for value in known["enum"] if value is not None]
    return only


def patched(target: Any, patch: Any) -> Any:
    """RFC 7396, parameters by name."""
    if not isinstance(patch, dict):
        return copy.deepcopy(patch)
    result = dict(target) if isinstance(target, dict) else {}
    for key, change in patch.items():
        if key == "parameters" and isinstance(change, dict) and isinstance(result.get(key, []), list):
            named = {each["name"]: each for each in result.get(key, [])}
            named = patched(
                named, {name: inner and {"name": name, **inner} for name, inner in change.items()}
            )
            result[key] = list(named.values())
        elif change is None:
            result.pop(key, None)
        else:
            result[key] = patched(result.get(key), change)
    return result


def known_documents() -> tuple[dict[str, Any], dict[str, Any]]:
    """The contract, and the deviations with whatever else the vendor has left out on purpose."""
    contract, deviations = document("comfydeploy.yaml"), document("deviations.yaml")
    others = {"reason": "Only here to have as many operations as the vendor.", "operations": OTHERS}
    kept = len([method for item in contract["paths"].values() for method in METHODS if method in item])
    left = sum(len(entry["operations"]) for entry in deviations["not_kept"])
    others["operations"] = OTHERS[: max(0, ALL_OPERATIONS - kept - left)]
    deviations["not_kept"].append(others)
    return contract, deviations


def write(folder: Path, name: str, document: dict[str, Any]) -> Path:
    """Such a document as a file; JSON is YAML too."""
    path = folder / name
    path.write_text(json.dumps(document), "utf-8")
    return path
