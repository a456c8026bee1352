"""The read operations of a contract: where they are asked, what they need, and what their answer should be. Pure."""

from collections.abc import Iterator, Mapping, Sequence
from typing import Any, Final
from urllib.parse import quote, unquote

import attrs

from stationthis_sdk.contract.document import MISSING, Document
from stationthis_sdk.errors import InvalidInput

__all__ = ["FEW", "Link", "Operation", "Parameter", "read_operations"]

FEW: Final = 5
"""How many elements of a list are asked for: answers hold whole graphs."""
_LIMITS: Final = frozenset({"limit", "page_size"})
_JSON: Final = "application/json"
_NO_END: Final = "text/event-stream"


@attrs.frozen
class Parameter:
    """Something an operation must be given; ``example`` is MISSING where the contract has none."""

    name: str
    place: str
    example: Any


@attrs.frozen
class Link:
    """Where the parameters of another operation stand in an answer."""

    target: str
    expressions: Mapping[str, Any]


@attrs.frozen
class Operation:
    """One GET of the contract. ``never`` says why it is not asked, if it is not."""

    name: str
    path: str
    needed: Sequence[Parameter]
    limits: Mapping[str, int]
    answer: Any
    statuses: frozenset[str]
    links: Sequence[Link]
    never: str

    def request(self, given: Mapping[str, Any]) -> tuple[str, dict[str, Any]]:
        """The path and the query for these parameters.

        Raises:
            InvalidInput: a slash in one would make the path of another operation, perhaps of one that is never asked.
        """
        path = self.path
        query: dict[str, Any] = dict(self.limits)
        for parameter in self.needed:
            value = given[parameter.name]
            if parameter.place == "path":
                if "/" in unquote(str(value)):
                    raise InvalidInput(f"{parameter.name} of {self.name} has a slash in it.")
                path = path.replace(f"{{{parameter.name}}}", quote(str(value), safe=""))
            else:
                query[parameter.name] = value
        return path, query


def read_operations(document: Document) -> list[Operation]:
    """Every GET of the contract, in its order."""
    return list(_read(document))


def _read(document: Document) -> Iterator[Operation]:
    for path, item in document.content.get("paths", {}).items():
        if isinstance(declared := item.get("get"), Mapping):
            yield _operation(document, path, item, declared)


def _operation(
    document: Document, path: str, item: Mapping[str, Any], declared: Mapping[str, Any]
) -> Operation:
    responses = {str(status): document.resolved(one) for status, one in declared["responses"].items()}
    good = responses.get("200", {})
    content = good.get("content", {})
    listed = [*item.get("parameters", ()), *declared.get("parameters", ())]
    parameters = {(one["in"], one["name"]): one for one in map(document.resolved, listed)}
    needed = [
        Parameter(one["name"], one["in"], _example(one))
        for one in parameters.values()
        if one.get("required") or one["in"] == "path"
    ]
    limits = {
        one["name"]: _few(one.get("schema", {}))
        for one in parameters.values()
        if one["in"] == "query" and one["name"] in _LIMITS and not one.get("required")
    }
    links = map(document.resolved, good.get("links", {}).values())
    return Operation(
        declared["operationId"],
        path,
        needed,
        limits,
        content.get(_JSON, {}).get("schema", {}),
        frozenset(responses),
        [Link(link["operationId"], link.get("parameters", {})) for link in links if "operationId" in link],
        _never(declared, content, needed),
    )


def _never(declared: Mapping[str, Any], content: Mapping[str, Any], needed: Sequence[Parameter]) -> str:
    if reason := declared.get("x-live-check"):
        return str(reason)
    if _JSON not in content:
        return "a stream that does not end" if _NO_END in content else "its answer is no JSON"
    odd = [one.name for one in needed if one.place not in {"path", "query"}]
    return f"it needs a header or cookie: {', '.join(odd)}" if odd else ""


def _example(parameter: Mapping[str, Any]) -> Any:
    schema = parameter.get("schema", {})
    for where in (parameter, schema):
        if "example" in where:
            return where["example"]
    several = schema.get("examples") or ()
    return several[0] if several else MISSING


def _few(schema: Any) -> int:
    return int(max(schema.get("minimum", 1), min(schema.get("maximum", FEW), FEW)))
