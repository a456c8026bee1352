"""The reads of a contract made on a server that answers byte for byte."""

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
import stamina

from stationthis_sdk import AuthError, ConnectionFailed, StationThis, Timeouts
from stationthis_sdk.contract.check import DIFFERS, FAILED, FINE, NEWS, UNASKED, Look, looks
from stationthis_sdk.contract.record import Recording
from tests.live_contract.small import THINGS, contract, get, in_path, in_query
from tests.wire import CLOSE, CRASH, HANG, Asked, Cut, Drip, Wire, answer

KEY = "sk_check-Zq81vTfW0pLx"
RUN = "7c1f4dd0-9a8e-4c55-8f6b-0f4f1f0f2a11"
THING = {"$ref": "#/components/schemas/Thing"}
PATHS = {
    "/things": get(
        "things_list",
        THINGS,
        parameters=[in_query("limit")],
        links={"things_get": {"thing_id": "$response.body#/0/id"}},
    ),
    "/thing/{thing_id}": get("things_get", THING, parameters=[in_path("thing_id")]),
    "/search": get("things_search", THINGS, parameters=[in_query("query", required=True, example="fox")]),
}


@pytest.fixture(autouse=True)
def _no_pauses() -> Iterator[None]:
    """Reads are tried again at once, and only once."""
    with stamina.set_testing(True, attempts=2):
        yield


def ask(
    answers: dict[str, Any], recording: Recording | None = None, paths: dict[str, Any] = PATHS
) -> tuple[dict[str, Look], list[Asked]]:
    """What came of each operation, and what the server was asked; paths without an answer are no routes."""

    def reply(request: Asked) -> Any:
        return answers.get(
            request.path.partition("?")[0].removeprefix("/api"), answer(404, {"detail": "Not Found"})
        )

    with Wire(reply) as wire, StationThis(KEY, wire.base_url, timeouts=Timeouts(read=2)) as st:
        found = {look.operation: look for look in looks(st, recording, contract(paths))}
        return found, wire.asked


def test_all_is_asked_and_nothing_is_changed() -> None:
    """Every request is a GET, lists are asked for a few, ids come from the answers."""
    found, asked = ask(
        {
            "/things": answer(200, [{"id": None}, {"id": RUN}]),
            f"/thing/{RUN}": answer(200, {"id": RUN}),
            "/search": answer(200, [{"id": "x", "new": 1}]),
        }
    )
    assert [(one.method, one.path) for one in asked] == [
        ("GET", "/api/things?limit=5"),
        ("GET", "/api/search?query=fox"),
        ("GET", f"/api/thing/{RUN}"),
    ]
    assert {name: look.state for name, look in found.items()} == {
        "things_list": DIFFERS,
        "things_search": NEWS,
        "things_get": FINE,
    }
    assert found["things_get"].absent


@pytest.mark.parametrize(
    ("reply", "state", "said"),
    [
        (answer(404, {"detail": "Thing not found"}), FAILED, "answered 404"),
        (answer(500, {"detail": "Internal server error"}), FAILED, "answered 500"),
        (CRASH, FAILED, "answered 500"),
        (answer(429, {"detail": "slow down"}), FAILED, "answered 429"),
        (answer(502, b"<html>", content_type="text/html"), FAILED, "answered 502"),
        (CLOSE, FAILED, "ConnectionLost"),
        (answer(405, {"detail": "Method Not Allowed"}), UNASKED, "not served here"),
        (answer(404, {"detail": "Not Found"}), UNASKED, "not served here"),
        (answer(402, {"detail": "pay"}), DIFFERS, "the answer: status 402, which the contract does not name"),
        (answer(201, []), DIFFERS, "the answer: status 201, which the contract does not name"),
        (
            answer(200, b"[", content_type="text/plain"),
            DIFFERS,
            "the answer: an answer that can't be read as JSON",
        ),
        (answer(200, b"", content_type="text/html"), DIFFERS, "the answer: expected array, got null"),
        (Cut(answer(200, [1, 2, 3])[:-4]), FAILED, "ConnectionLost"),
        (answer(204), DIFFERS, "the answer: status 204, which the contract does not name"),
        (answer(200, None), DIFFERS, "the answer: expected array, got null"),
    ],
)
def test_every_answer_is_a_finding(reply: Any, state: str, said: str) -> None:
    """None stops the others; undeclared statuses differ, those of a proxy do not, and unserved paths are not asked."""
    found, _ = ask({"/things": reply, "/search": answer(200, [])})
    look = found["things_list"]
    assert (look.state, look.reason or str(look.differences[0])) == (state, said)
    assert found["things_search"].state == FINE
    assert found["things_get"].state == UNASKED
    assert found["things_get"].reason.startswith("nothing there to ask about: things_list")


def test_other_ids_are_tried_when_one_leads_nowhere() -> None:
    """Up to three, and the first that answers counts."""
    things = answer(200, [{"id": "a"}, {"id": "b"}, {"id": "c"}, {"id": "d"}])
    gone = answer(404, {"detail": "Thing not found"})
    found, asked = ask({"/things": things, "/thing/a": gone, "/thing/b": answer(200, {"id": "b"})})
    assert found["things_get"].state == FINE
    found, asked = ask(
        dict.fromkeys(["/thing/a", "/thing/b", "/thing/c", "/thing/d"], gone) | {"/things": things}
    )
    assert (found["things_get"].state, found["things_get"].reason) == (FAILED, "answered 404")
    assert [one.path for one in asked if "/thing/" in one.path] == [f"/api/thing/{one}" for one in "abc"]


@pytest.mark.parametrize(
    "odd",
    [
        "../machines",
        "a/../../x",
        "a b",
        "..",
        "\x00",
        "a\r\nX: y",
        "a/download",
        "a%2fdownload",
        "%2e%2e",
    ],
)
def test_ids_lead_nowhere_else(odd: str) -> None:
    """An id that would make another path of it is not sent."""
    found, asked = ask({"/things": answer(200, [{"id": odd}])})
    assert found["things_get"].state == UNASKED
    assert found["things_get"].reason == "an id of the service can't stand in a path"
    assert [one.path for one in asked] == ["/api/things?limit=5", "/api/search?query=fox"]
    good = {"/things": answer(200, [{"id": odd}, {"id": "b"}]), "/thing/b": answer(200, {"id": "b"})}
    assert ask(good)[0]["things_get"].state == FINE


@pytest.mark.parametrize("reply", [HANG, Drip(answer(200, b"[", headers={"Content-Length": "99999"}))])
def test_a_service_that_hangs_is_not_waited_for(reply: Any) -> None:
    """After three questions without a whole answer in time, the rest is not asked any more, and that is no violation."""
    paths = {f"/{name}": get(name, THINGS) for name in "abcde"}
    limits = Timeouts(read=None, total=0.8)
    with Wire(lambda _: reply) as wire, StationThis(KEY, wire.base_url, timeouts=limits) as st:
        found = list(looks(st, None, contract(paths)))
        assert [look.state for look in found] == [FAILED] * 3 + [UNASKED] * 2
        assert {look.reason for look in found} == {"TimedOut", "the 3 before had no answer in time"}
        assert len(wire.asked) == 3


def test_one_that_hangs_now_and_then_is_asked_everything() -> None:
    """Three in a row are meant."""
    paths = {f"/{name}": get(name, THINGS) for name in "abcdefg"}

    def reply(request: Asked) -> Any:
        return answer(200, []) if request.path[-1] in "cf" else HANG

    limits = Timeouts(read=None, total=0.8)
    with Wire(reply) as wire, StationThis(KEY, wire.base_url, timeouts=limits) as st:
        found = [look.state for look in looks(st, None, contract(paths))]
    assert found == [FAILED, FAILED, FINE, FAILED, FAILED, FINE, FAILED]


@pytest.mark.parametrize(
    ("reply", "kind"), [(answer(401, {"detail": "Revoked token"}), AuthError), (None, ConnectionFailed)]
)
def test_what_stops_everything(reply: Any, kind: type[Exception], tmp_path: Path) -> None:
    """A key that is not accepted, and nobody there: raised as everywhere; an earlier recording stays."""
    if reply is None:
        with StationThis(KEY, "http://127.0.0.1:1/api") as st, pytest.raises(kind):
            list(looks(st, None, contract(PATHS)))
        return
    recording = Recording(tmp_path / "answers")
    with pytest.raises(kind):
        ask({"/things": reply, "/search": answer(200, [])}, recording)
    assert not (tmp_path / "answers").exists()


def test_one_that_is_refused_later_is_a_finding() -> None:
    """After an answer the key is known to be good: a later 401 is about that operation alone."""
    found, _ = ask({"/things": answer(200, []), "/search": answer(401, {"detail": "Private share"})})
    assert (found["things_search"].state, found["things_search"].status) == (DIFFERS, 401)
    assert found["things_list"].state == FINE


def test_what_is_recorded_holds_no_key(tmp_path: Path) -> None:
    """However the service echoes it; the request is redacted as its answer is, and examples stay."""
    echo = [
        {"id": RUN, KEY: KEY, "name": f"for {KEY}", "labels": {KEY: 1}, "graph": {"status": KEY, "type": KEY}}
    ]
    recording = Recording(tmp_path / "answers")
    answers = {
        "/things": answer(200, echo),
        f"/thing/{RUN}": answer(200, echo[0]),
        "/search": answer(200, echo),
    }
    ask(answers, recording)
    assert recording.finish() == 3
    texts = {path.stem: path.read_text("utf-8") for path in (tmp_path / "answers").iterdir()}
    assert set(texts) == {"things_list", "things_get", "things_search"}
    assert not [name for name, text in texts.items() if KEY in text or RUN in text]
    documents = {name: json.loads(text) for name, text in texts.items()}
    other = documents["things_get"]["body"]["id"]
    assert documents["things_get"]["request"] == {"method": "GET", "path": f"/thing/{other}", "params": {}}
    assert documents["things_list"]["body"][0]["id"] == other
    assert documents["things_search"]["request"]["params"] == {"query": "fox"}


def test_two_recordings_of_the_same_are_the_same(tmp_path: Path) -> None:
    """Byte for byte."""
    answers = {
        "/things": answer(200, [{"id": RUN, "name": "x"}]),
        "/search": answer(200, [{"name": "y", "id": "z"}]),
    }

    def recorded(folder: Path) -> dict[str, bytes]:
        recording = Recording(folder)
        ask(answers, recording)
        recording.finish()
        return {path.name: path.read_bytes() for path in folder.iterdir()}

    assert recorded(tmp_path / "one") == recorded(tmp_path / "two")


def test_nothing_but_gets_is_ever_asked() -> None:
    """Operations of other methods are not even read from a contract."""
    changing = {"post": get("x", THINGS)["get"], "delete": get("y", THINGS)["get"]}
    found, asked = ask({}, None, {"/things": changing})
    assert (found, asked) == ({}, [])
