"""What is asked, in which order and with which ids."""

from typing import Any

import pytest

from stationthis_sdk.api.contract import shipped_contract
from stationthis_sdk.contract.document import MISSING, Document
from stationthis_sdk.contract.operations import Operation, read_operations
from stationthis_sdk.contract.reach import Reach
from stationthis_sdk.errors import InvalidInput
from tests.live_contract.small import THINGS, contract, get, in_path, in_query

THING_ID = {"thing_id": "$response.body#/0/id"}
THING = {"$ref": "#/components/schemas/Thing"}


def operations(paths: dict[str, Any]) -> list[Operation]:
    return read_operations(Document(contract(paths)))


def asked(paths: dict[str, Any], answers: dict[str, Any]) -> tuple[list[Any], dict[str, str]]:
    """What is asked, in order, with the first parameters; and what is not, with the reason."""
    reach = Reach(operations(paths))
    order = []
    for operation, given in reach:
        order.append((operation.name, given[0]))
        if operation.name in answers:
            reach.heard(operation, given[0], answers[operation.name])
    return order, {operation.name: reason for operation, reason in reach.unreached()}


def test_every_read_of_the_shipped_contract_can_be_reached() -> None:
    """Each is asked never, or from examples, or by links from operations that are asked; and no link is unreadable."""
    found = {one.name: one for one in read_operations(Document(shipped_contract()))}
    told: dict[str, list[set[str]]] = {name: [] for name in found}
    for one in found.values():
        for link in one.links:
            assert set(link.expressions) <= {needed.name for needed in found[link.target].needed}
            assert all(
                str(pointer).startswith(("$response.body#/", "$request.path."))
                for pointer in link.expressions.values()
            )
            if not one.never:
                told[link.target].append(set(link.expressions))
    for one in found.values():
        missing = {needed.name for needed in one.needed if needed.example is MISSING}
        assert one.never or not missing or any(missing <= names for names in told[one.name]), one.name
    assert len(found) > 50


def test_ids_come_from_answers() -> None:
    """Breadth first: what needs nothing, then what the answers told of; one operation once."""
    paths = {
        "/thing/{thing_id}": get("get", THING, parameters=[in_path("thing_id")]),
        "/things": get("list", THINGS, links={"get": THING_ID, "files": THING_ID}),
        "/thing/{thing_id}/files": get("files", THINGS, parameters=[in_path("thing_id")]),
        "/again": get("again", THINGS, links={"get": THING_ID}),
    }
    order, reasons = asked(paths, {"list": [{"id": "a"}], "again": [{"id": "b"}]})
    assert order == [
        ("list", {}),
        ("again", {}),
        ("get", {"thing_id": "a"}),
        ("files", {"thing_id": "a"}),
    ]
    assert reasons == {}


def test_the_first_id_that_is_there_is_taken() -> None:
    """Elements without it are passed over: null, missing, empty, of a kind that no id has."""
    paths = {
        "/things": get("list", THINGS, links={"get": THING_ID}),
        "/thing/{thing_id}": get("get", THING, parameters=[in_path("thing_id")]),
    }
    order, _ = asked(paths, {"list": [{"id": None}, {}, {"id": ""}, {"id": True}, {"id": "e"}]})
    assert order[-1] == ("get", {"thing_id": "e"})
    for odd in ([], {"detail": "no"}, None, "a", [{"id": {}}], [[]], 7):
        order, reasons = asked(paths, {"list": odd})
        assert order == [("list", {})]
        assert reasons == {"get": "nothing there to ask about: list told no thing_id"}


def test_parameters_of_one_element_stay_together() -> None:
    """Two parameters of a link are of the same element; the request's own may be handed on."""
    paths = {
        "/things": get("list", THINGS, links={"versions": THING_ID}),
        "/thing/{thing_id}/versions": get(
            "versions",
            THINGS,
            parameters=[in_path("thing_id")],
            links={
                "version": {
                    "thing_id": "$request.path.thing_id",
                    "number": "$response.body#/list/0/a~1b",
                    "part": "$response.body#/list/0/part",
                }
            },
        ),
        "/thing/{thing_id}/version/{number}/{part}": get(
            "version", THING, parameters=[in_path("thing_id"), in_path("number"), in_path("part")]
        ),
    }
    versions = {"list": [{"a/b": 1}, {"a/b": 2, "part": "x"}]}
    order, _ = asked(paths, {"list": [{"id": "a"}], "versions": versions})
    assert order[-1] == ("version", {"thing_id": "a", "number": 2, "part": "x"})


def test_examples_stand_in_for_links() -> None:
    """A required parameter with an example needs no link, whether the parameter or its schema has it."""
    paths = {
        "/search": get("search", THINGS, parameters=[in_query("query", required=True, example="fox")]),
        "/find/{word}": get("find", THINGS, parameters=[in_path("word", schema={"examples": ["hen"]})]),
    }
    assert asked(paths, {})[0] == [("search", {"query": "fox"}), ("find", {"word": "hen"})]


def test_what_can_t_be_asked_says_why() -> None:
    """No link, a source without an answer, a reason in the contract, an answer that is a stream."""
    stream = get("stream", {})
    stream["get"]["responses"]["200"] = {"content": {"text/event-stream": {}}}
    paths = {
        "/a/{a_id}": get("orphan", THING, parameters=[in_path("a_id")]),
        "/b": get("silent", THINGS, links={"child": THING_ID}),
        "/c/{thing_id}": get("child", THING, parameters=[in_path("thing_id")]),
        "/d": get("costly", THINGS, **{"x-live-check": "costs money"}),
        "/e": stream,
        "/f": get("headed", THINGS, parameters=[{"name": "X-Who", "in": "header", "required": True}]),
    }
    assert asked(paths, {})[1] == {
        "orphan": "the contract does not say where a_id comes from",
        "child": "nothing there to ask about: silent gave no answer",
    }
    assert {one.name: one.never for one in operations(paths) if one.never} == {
        "costly": "costs money",
        "stream": "a stream that does not end",
        "headed": "it needs a header or cookie: X-Who",
    }


def test_lists_are_asked_for_a_few() -> None:
    """Where there is a limit it is five, or the nearest that the contract allows; ids are escaped in paths, but for slashes."""
    parameters = [
        in_path("thing_id"),
        in_query("limit", schema={"maximum": 3}),
        in_query("page_size", schema={"minimum": 10}),
        in_query("offset"),
    ]
    (one,) = operations({"/thing/{thing_id}/x": get("x", THINGS, parameters=parameters)})
    assert one.request({"thing_id": "a?b c"}) == ("/thing/a%3Fb%20c/x", {"limit": 3, "page_size": 10})
    with pytest.raises(InvalidInput, match="thing_id of x"):
        one.request({"thing_id": "a/b"})
