"""One change entered: what the contract says from now on, and what the vendor's document says in its place."""

from __future__ import annotations

import re
from contextlib import suppress
from typing import TYPE_CHECKING, Any

from drift import forms, roundtrip
from drift.books import SCHEMAS, VENDORS, Books, described, refuse_if
from drift.document import key_of
from drift.source import DriftError

if TYPE_CHECKING:
    from drift.changes import Take
    from drift.document import Operation
    from drift.shapes import Field, Part, Shape

ERRORS = {"401": "Unauthorized", "403": "Forbidden", "500": "ServerError"}
JSON = "application/json"
# The contract tells what others find out by asking; nobody has asked yet.
# What the generator can send.
SENT = {JSON, "application/octet-stream", "application/x-www-form-urlencoded", "multipart/form-data"}
UNSEEN = "As the vendor's document has it; nobody has looked yet at what the service really does."


def enter(books: Books, take: Take) -> None:
    """Enter one change, or nothing of it.

    Raises:
        DriftError: it needs a person.
    """
    if take.kind == "operation":
        _operation(books, take.declared)
    elif take.kind == "values":
        _values(books, take)
    elif take.kind == "known":
        books.extend(take.place, take.declared)
    elif take.kind == "parameter":
        _parameter(books, take)
    elif take.kind == "sent":
        forms.need_name(take.name, books.at((*take.place, "properties")))
        theirs = forms.field_of(take.declared, books.names)
        ours = forms.without_defaults(theirs) or {"description": "Any value."}
        books.enter((*take.place, "properties"), take.name, ours)
        patch = forms.patch_between(ours, theirs)
        books.deviate((*take.place, "properties", take.name), patch, "no-defaults")
    else:
        _read(books, take)
    books.settle()


def _values(books: Books, take: Take) -> None:
    place = books.at(take.place)
    refuse_if(not isinstance(place.get("enum"), list), f"{take.name}: the contract has no enum there")
    place["enum"].extend(roundtrip.node_of(value) for value in take.declared if value not in place["enum"])
    with suppress(DriftError):
        # A deviation may name the values of this very place as well.
        books.extend(take.place, take.declared)


def _read(books: Books, take: Take) -> None:
    field: Field = take.declared
    way = (*take.place, "properties")
    forms.need_name(take.name, books.at(way))
    ours = forms.opened(field.shape)
    books.enter(way, take.name, ours)
    theirs = forms.field_of(field, books.names, VENDORS)
    books.deviate((*way, take.name), forms.patch_between(ours, theirs), "open-answers")
    if field.required:
        books.require(take.place, take.name)


def _parameter(books: Books, take: Take) -> None:
    declared = books.at(take.place)
    others = [parameter["name"] for parameter in declared.get("parameters", ())]
    forms.need_name(take.name, others, forms.OWN_OF_REQUESTS)
    ours, schema, theirs = _query(books, take.name, take.declared)
    if "parameters" in declared:
        declared["parameters"].insert(max(0, len(declared["parameters"]) - 1), roundtrip.node_of(ours))
    else:
        # Before what is asked comes what it says.
        declared.insert(max(0, len(declared) - 1), "parameters", roundtrip.node_of([ours], block=1))
    _deviate_query(books, take.place, take.name, schema, theirs)


def _query(books: Books, name: str, field: Field) -> tuple[dict[str, Any], dict[str, Any], dict[str, Any]]:
    theirs = forms.field_of(field, books.names)
    schema = forms.without_null(forms.without_defaults(theirs)) or {"type": "string"}
    required = {"required": True} if field.required else {}
    return {"name": name, "in": "query", **required, "schema": schema}, schema, theirs


def _deviate_query(
    books: Books, place: tuple[str, ...], name: str, schema: dict[str, Any], theirs: dict[str, Any]
) -> None:
    patch = forms.patch_between(schema, theirs)
    if patch is not None:
        reason = "no-defaults" if set(patch) == {"default"} else "query-null"
        books.deviate((*place, "parameters", name), {"schema": patch}, reason)


def _operation(books: Books, operation: Operation) -> None:
    """A new operation: all that is looked at first may refuse, then all is entered."""
    content = operation.answers.get("200", {})
    refuse_if(
        set(operation.answers) != {"200"} or len(content) != 1, "its answer is not one form with status 200"
    )
    media, answer = next(iter(content.items()))
    refuse_if(media != JSON and not media.startswith("text/"), f"its answer is {media}")
    refuse_if(
        any(not name.startswith(("path ", "query ")) for name in operation.parameters), "it takes headers"
    )
    contents = {} if operation.body is None else operation.body.content
    refuse_if(len(contents) > 1, "its body has several media types")
    refuse_if(not contents.keys() <= SENT, f"its body is {', '.join(contents)}")
    method = operation.method.lower()
    # The contract may have the path already, with names of its own for the parameters.
    known = {key_of("", path): path for path in books.contract["paths"]}
    path = known.get(key_of("", operation.path), operation.path)
    place = ("paths", path, method)
    tag = _tag(operation)
    name = _operation_id(books, operation, tag)
    for each in (tag, name):
        refuse_if(forms.python_name(each) != each, f"{each} can't be the name of a module")
    listed, deviations = _parameters(books, operation, path)
    said, patches = _answer(books, place, answer, media)
    declared: dict[str, Any] = {
        "tags": [tag],
        "operationId": name,
        "x-vendor": operation.name,
        "summary": _sentence(operation.declared.get("summary") or operation.name),
        "description": UNSEEN,
    }
    if operation.deprecated:
        declared["deprecated"] = True
    if operation.method == "GET":
        declared["x-live-check"] = "nobody has looked at it yet"
    if listed:
        declared["parameters"] = listed
    for sent, shape in contents.items():
        theirs = forms.exact(shape, books.names)
        ours = forms.without_defaults(theirs)
        declared["requestBody"] = {
            **({"required": True} if operation.body and operation.body.required else {}),
            "content": {sent: {"schema": ours or {"description": "Any value."}}},
        }
    errors = {status: {"$ref": f"#/components/responses/{name}"} for status, name in ERRORS.items()}
    declared["responses"] = {"200": {"description": "What it answers.", "content": said}, **errors}
    if path in books.contract["paths"]:
        books.enter(("paths", path), method, declared, block=2)
    else:
        books.enter(("paths",), path, {method: declared}, block=3)
    for name, schema, theirs in deviations:
        _deviate_query(books, place, name, schema, theirs)
    for way, patch in patches:
        books.deviate(way, patch, "open-answers")
    if not any(each["name"] == tag for each in books.contract["tags"]):
        entry = roundtrip.node_of({"name": tag, "description": f"What the vendor calls {tag}."})
        books.contract["tags"].insert(len(books.contract["tags"]) - 1, entry)


def _parameters(
    books: Books, operation: Operation, path: str
) -> tuple[list[dict[str, Any]], list[tuple[str, dict[str, Any], dict[str, Any]]]]:
    spelled = re.findall(r"{([^}]*)}", path)
    listed: list[dict[str, Any]] = []
    deviations = []
    for name, field in operation.parameters.items():
        place, _, rest = name.partition(" ")
        if place == "path":
            schema = forms.without_defaults(forms.field_of(field, books.names)) or {"type": "string"}
            listed.append({"name": spelled[int(rest)], "in": "path", "required": True, "schema": schema})
            forms.need_name(spelled[int(rest)], spelled, forms.OWN_OF_REQUESTS)
        else:
            forms.need_name(rest, [*spelled, *(each["name"] for each in listed)], forms.OWN_OF_REQUESTS)
            parameter, schema, theirs = _query(books, rest, field)
            listed.append(parameter)
            deviations.append((rest, schema, theirs))
    return listed, deviations


def _answer(
    books: Books, operation: tuple[str, ...], shape: Shape, media: str
) -> tuple[dict[str, Any], list[tuple[tuple[str, ...], Any]]]:
    """What the contract says is answered, and the patches that make the vendor's form of it."""
    place = (*operation, "responses", "200", "content", media, "schema")
    if media != JSON:
        theirs = forms.exact(shape, books.names, VENDORS)
        ours: dict[str, Any] = {"type": "string"}
        return {media: {"schema": ours}}, [(place, forms.patch_between(ours, theirs))]
    many = len(shape.parts) == 1 and shape.parts[0].kind == "array" and shape.parts[0].items is not None
    inner = shape.parts[0].items if many else shape
    part: Part | None = next((each for each in (inner.parts if inner else ()) if each.fields), None)
    if part is None or inner is None or len(inner.parts) > 1:
        theirs = forms.exact(shape, books.names, VENDORS)
        ours = {"description": "Its form is as the vendor declares it, not yet seen."}
        return {media: {"schema": ours}}, [(place, forms.patch_between(ours, theirs))]
    name = books.names.fresh(forms.clean(part.name or operation[1].rpartition("/")[2]))
    ours = {"type": "object", "description": f"{name}, as the vendor declares it."}
    ours = described({**ours, **forms.opened_object(part)})
    books.enter(SCHEMAS, name, ours, block=2)
    # The vendor's form of this very schema is a patch of it, not a schema of its own.
    vendors = forms.object_of(part, books.names, VENDORS)
    reference = {"$ref": forms.PLACE + name}
    schema = {"type": "array", "items": reference} if many else reference
    return {media: {"schema": schema}}, [((*SCHEMAS, name), forms.patch_between(ours, vendors))]


def _tag(operation: Operation) -> str:
    tags = operation.declared.get("tags")
    said = tags[0] if isinstance(tags, list) and tags else operation.path.split("/")[1]
    return forms.snake(str(said)) or "others"


def _operation_id(books: Books, operation: Operation, tag: str) -> str:
    """The name of the vendor's function, with the tag before it where it says too little or is taken."""
    said = str(operation.declared.get("operationId") or "")
    ending = re.sub(r"\W", "_", f"{operation.path}/{operation.method.lower()}")
    name = forms.snake(said.removesuffix(ending)) or forms.snake(operation.path)
    taken = {
        declared["operationId"]
        for item in books.contract["paths"].values()
        for declared in item.values()
        if isinstance(declared, dict) and "operationId" in declared
    }
    if "_" not in name or name in taken:
        name = f"{tag}_{name}"
    numbered = [name, f"{name}_{operation.method.lower()}", *(f"{name}_{number}" for number in range(2, 999))]
    return next(each for each in numbered if each not in taken)


def _sentence(text: str) -> str:
    return f"{' '.join(str(text).split()).rstrip('.')}."
