"""No false alarms: other ways to write the same document give an empty report, whatever they are combined with."""

import copy
import random
import re
from collections.abc import Callable, Iterator
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from drift.compare import compare
from drift.document import read_api
from drift.known import read_known
from tests.contract.vendor_style import PLACE, Vendor, known_documents

CONTRACT, DEVIATIONS = known_documents()
KNOWN = read_known(DEVIATIONS, "deviations.yaml")
OLD, OURS = read_api(KNOWN.baseline(CONTRACT)), read_api(CONTRACT)
DOCUMENT = Vendor(CONTRACT, DEVIATIONS).document
WORDS = ("title", "description", "summary", "operationId")
METHODS = ("get", "put", "post", "patch", "delete", "head", "options")
Dice = random.Random


def each_schema(node: Any, change: Callable[[dict[str, Any]], Any], *, here: bool = False) -> Any:
    """The document with each schema changed, the inner ones first; what is no schema stays."""
    if isinstance(node, list):
        return [each_schema(inner, change, here=here) for inner in node]
    if not isinstance(node, dict):
        return node
    changed = {}
    for key, inner in node.items():
        if key in {"schemas", "properties"} and isinstance(inner, dict):
            inner = {name: each_schema(value, change, here=True) for name, value in inner.items()}  # noqa: PLW2901
        elif key in {"default", "enum", "const", "example", "examples"}:
            pass
        else:
            is_schema = key in {"schema", "items", "additionalProperties", "anyOf", "oneOf", "allOf"}
            inner = each_schema(inner, change, here=is_schema)  # noqa: PLW2901
        changed[key] = inner
    return change(changed) if here else changed


def operations(document: dict[str, Any]) -> Iterator[dict[str, Any]]:
    for item in document["paths"].values():
        yield from (item[method] for method in METHODS if method in item)


def reordered(node: Any, dice: Dice) -> Any:
    """Keys, required fields, values, members of unions and parameters in any order."""
    if isinstance(node, dict):
        items = [(key, reordered(inner, dice) if key != "default" else inner) for key, inner in node.items()]
        dice.shuffle(items)
        return dict(items)
    if isinstance(node, list):
        inner = [reordered(each, dice) for each in node]
        dice.shuffle(inner)
        return inner
    return node


def reworded(document: dict[str, Any], dice: Dice) -> dict[str, Any]:
    """Other words, ids, tags, examples and extensions."""

    def change(schema: dict[str, Any]) -> dict[str, Any]:
        plain = {key: value for key, value in schema.items() if key not in WORDS}
        extras = [
            {"title": "T"},
            {"description": "d"},
            {"examples": [1, {"$ref": "#/nowhere"}]},
            {"x-order": 3},
            {},
        ]
        return {**plain, **dice.choice(extras)}

    document = each_schema(document, change)
    for operation in operations(document):
        operation.update(operationId="the_same_for_all", tags=["Other"], summary="Else", security=[])
        operation["x-speakeasy-group"] = "g"
    document["info"]["description"] = "changed"
    document["servers"] = [{"url": "http://localhost:3011/api"}]
    return document


def inlined(document: dict[str, Any], dice: Dice) -> dict[str, Any]:
    """Some schemas written out where they are used."""
    schemas = document["components"]["schemas"]

    def change(schema: dict[str, Any]) -> dict[str, Any]:
        if set(schema) == {"$ref"} and dice.random() < 0.3:
            return copy.deepcopy(schemas[schema["$ref"].removeprefix(PLACE)])
        return schema

    return each_schema(document, change)


def as_type_lists(document: dict[str, Any], dice: Dice) -> dict[str, Any]:
    """`type: [string, "null"]` instead of anyOf with null."""

    def change(schema: dict[str, Any]) -> dict[str, Any]:
        members = schema.get("anyOf", [])
        if len(members) == 2 and {"type": "null"} in members and dice.random() < 0.7:
            other = next((each for each in members if each != {"type": "null"}), {})
            if isinstance(other.get("type"), str) and not other.keys() & {"enum", "const"}:
                rest = {key: value for key, value in schema.items() if key != "anyOf"}
                return {**other, **rest, "type": [other["type"], "null"]}
        return schema

    return each_schema(document, change)


def as_nullable(document: dict[str, Any], dice: Dice) -> dict[str, Any]:
    """`nullable: true`, as OpenAPI 3.0 has it."""

    def change(schema: dict[str, Any]) -> dict[str, Any]:
        members = schema.get("anyOf", [])
        if len(members) == 2 and {"type": "null"} in members and dice.random() < 0.7:
            other = next((each for each in members if each != {"type": "null"}), {})
            rest = {key: value for key, value in schema.items() if key != "anyOf"}
            return (
                {"allOf": [other], **rest, "nullable": True}
                if "$ref" in other
                else {**other, **rest, "nullable": True}
            )
        return schema

    return each_schema({**document, "openapi": "3.0.3"}, change)


def wrapped(document: dict[str, Any], dice: Dice) -> dict[str, Any]:
    """References in allOf, oneOf for anyOf, const for one value, defaults of null, other fields said to be open."""

    def change(schema: dict[str, Any]) -> dict[str, Any]:
        schema = dict(schema)
        if dice.random() < 0.5:
            return schema
        if set(schema) == {"$ref"}:
            return {"allOf": [schema], "description": "d"}
        if "anyOf" in schema and "oneOf" not in schema:
            schema["oneOf"] = schema.pop("anyOf")
        if "const" in schema:
            schema["enum"] = [schema.pop("const")]
        if schema.get("type") == "object":
            schema.setdefault("additionalProperties", dice.choice([True, {}]))
        if "$ref" not in schema:
            schema.setdefault("default", None)
        return schema

    return each_schema(document, change)


def renamed(document: dict[str, Any], dice: Dice) -> dict[str, Any]:
    """Schemas under other names, some of them by way of a second name."""
    names = {name: f"N{dice.randrange(10**9)}_{name}" for name in document["components"]["schemas"]}
    document = each_schema(
        document,
        lambda schema: (
            {**schema, "$ref": PLACE + names[schema["$ref"].removeprefix(PLACE)]}
            if "$ref" in schema
            else schema
        ),
    )
    schemas = {names[name]: schema for name, schema in document["components"]["schemas"].items()}
    for name in list(schemas):
        if dice.random() < 0.2:
            schemas[f"{name}_behind"] = schemas[name]
            schemas[name] = {"$ref": f"{PLACE}{name}_behind"}
    document["components"]["schemas"] = schemas
    return document


def paths_rewritten(document: dict[str, Any], dice: Dice) -> dict[str, Any]:
    """Other names of path parameters, and the prefix of the server in every path."""
    document = copy.deepcopy(document)
    for item in document["paths"].values():
        for operation in (item[method] for method in METHODS if method in item):
            for parameter in operation.get("parameters", []):
                if parameter["in"] == "path":
                    parameter["name"] += "_"
    paths = {re.sub(r"{(\w+)}", r"{\1_}", path): item for path, item in document["paths"].items()}
    prefix = dice.choice(["", "/api"])
    document["paths"] = {prefix + path: item for path, item in paths.items()}
    return document


def parameters_elsewhere(document: dict[str, Any], dice: Dice) -> dict[str, Any]:
    """Parameters at their path, or among the components."""
    document = copy.deepcopy(document)
    shared = document["components"].setdefault("parameters", {})
    for item in document["paths"].values():
        held = [method for method in METHODS if method in item]
        for method in held:
            listed = item[method].get("parameters", [])
            for number, parameter in enumerate(listed):
                if "$ref" not in parameter and dice.random() < 0.3:
                    name = f"p{len(shared)}"
                    shared[name] = parameter
                    listed[number] = {"$ref": f"#/components/parameters/{name}"}
        if len(held) == 1 and dice.random() < 0.5:
            item["parameters"] = item[held[0]].pop("parameters", [])
    return document


def dressed(document: dict[str, Any], dice: Dice) -> dict[str, Any]:
    """Error answers, media types with a charset, answers among the components, schemas that nobody uses."""
    document = copy.deepcopy(document)
    shared = document["components"].setdefault("responses", {})
    for operation in operations(document):
        answers = operation["responses"]
        answers[str(dice.choice([400, 404, "default", "5XX"]))] = {"description": "Error"}
        for status, answer in list(answers.items()):
            content = answer.get("content", {})
            if "application/json" in content and dice.random() < 0.3:
                content["application/json; charset=utf-8"] = content.pop("application/json")
            if "$ref" not in answer and dice.random() < 0.3:
                name = f"r{len(shared)}"
                shared[name] = answer
                answers[status] = {"$ref": f"#/components/responses/{name}"}
    document["components"]["schemas"][f"Unused{len(shared)}"] = {"type": "object"}
    return document


NOISES = [
    reordered,
    reworded,
    inlined,
    as_type_lists,
    as_nullable,
    wrapped,
    renamed,
    paths_rewritten,
    parameters_elsewhere,
    dressed,
]


def said(document: dict[str, Any]) -> list[tuple[str, str, Any, Any]]:
    changes = compare(OLD, read_api(document), OURS, KNOWN.not_kept)
    return [(change.kind, change.where, change.before, change.after) for change in changes]


@pytest.mark.parametrize("noise", NOISES, ids=lambda noise: noise.__name__)
def test_each_noise_is_no_news(noise):
    """The same document, written in one other way, gives an empty report."""
    assert said(noise(copy.deepcopy(DOCUMENT), Dice(7))) == []


@settings(max_examples=15, deadline=None)
@given(noises=st.sets(st.sampled_from(NOISES), min_size=2), seed=st.integers(0, 2**32))
def test_any_noise_is_no_news(noises, seed):
    """However the ways to write it are combined, the report stays empty."""
    document = copy.deepcopy(DOCUMENT)
    dice = Dice(seed)
    for noise in sorted(noises, key=NOISES.index):
        document = noise(document, dice)
    assert said(document) == []


SCALARS = st.sampled_from(
    [
        {},
        {"type": "string"},
        {"type": "string", "format": "uuid", "maxLength": 9},
        {"type": "string", "enum": ["a", "b"]},
        {"type": ["integer", "null"], "minimum": 1},
        {"type": "number", "nullable": True},
        {"const": 1},
        {"type": "object"},
        {"type": "null"},
        {"enum": [1, "a", None, True, {"b": []}]},
        True,
        False,
        *({"$ref": f"{PLACE}{name}"} for name in "ABC"),
    ]
)
SCHEMAS = st.recursive(
    SCALARS,
    lambda inner: st.one_of(
        st.builds(lambda items: {"type": "array", "items": items}, inner),
        st.builds(
            lambda properties, extra: {
                "type": "object",
                "properties": properties,
                "required": list(properties)[:1],
                "additionalProperties": extra,
            },
            st.dictionaries(st.sampled_from("abce"), inner, max_size=3),
            st.booleans() | inner,
        ),
        *(
            st.builds(lambda members, key=key: {key: members}, st.lists(inner, min_size=1, max_size=3))
            for key in ("anyOf", "oneOf", "allOf")
        ),
    ),
    max_leaves=8,
)
BODIES = st.builds(lambda schema: {"application/json": {"schema": schema}}, SCHEMAS)
OPERATIONS = st.builds(
    lambda sent, read, asked, status: {
        "parameters": [{"name": "q", "in": "query", "schema": asked}],
        "requestBody": {"content": sent},
        "responses": {status: {"description": "", "content": read}},
    },
    BODIES,
    BODIES,
    SCHEMAS,
    st.sampled_from(["200", "201"]),
)
# Each by way of an array, so that no $ref leads to nothing but itself.
HELD = st.builds(lambda schema: {"type": "array", "items": schema}, SCHEMAS)
DOCUMENTS = st.builds(
    lambda paths, webhook, schemas: {
        "openapi": "3.1.0",
        "info": {"title": "t", "version": "1"},
        "paths": paths,
        "webhooks": {"w": {"post": webhook}},
        "components": {"schemas": schemas},
    },
    st.dictionaries(
        st.sampled_from(["/a", "/a/{b}", "/c"]),
        st.dictionaries(st.sampled_from(["get", "post"]), OPERATIONS, max_size=2),
        max_size=3,
    ),
    OPERATIONS,
    st.fixed_dictionaries(dict.fromkeys("ABC", HELD)),
)


@settings(max_examples=150, deadline=None)
@given(document=DOCUMENTS, seed=st.integers(0, 2**32))
def test_any_document_is_the_same_as_itself(document, seed):
    """Whatever OpenAPI can say, a copy of a document brings no news, in whatever order."""
    once, again = read_api(document), read_api(reordered(copy.deepcopy(document), Dice(seed)))
    assert compare(once, again, once) == []


@settings(max_examples=150, deadline=None)
@given(one=DOCUMENTS, other=DOCUMENTS)
def test_any_two_documents_are_compared(one, other):
    """Whatever two documents say, there is a report; what one brings, the way back takes away."""
    there = compare(read_api(one), read_api(other), read_api(one))
    back = compare(read_api(other), read_api(one), read_api(other))
    assert bool(there) == bool(back)
    assert all(change.why for change in there)


@settings(max_examples=20, deadline=None)
@given(data=st.data(), seed=st.integers(0, 2**32))
def test_a_change_and_its_inverse_are_no_news(data, seed):
    """What is taken back leaves nothing behind, although its place among its neighbours is another."""
    document = copy.deepcopy(DOCUMENT)
    schemas = document["components"]["schemas"]
    objects = sorted(name for name, schema in schemas.items() if schema.get("properties"))
    name = data.draw(st.sampled_from(objects))
    field = data.draw(st.sampled_from(sorted(schemas[name]["properties"])))
    held = schemas[name]["properties"].pop(field)
    schemas[name]["properties"][field] = held
    document["paths"] = reordered(document["paths"], Dice(seed))
    assert said(document) == []
