"""Whatever is sent to it, the gateway answers, and goes on answering."""

import http.client
import json
import socket
from collections.abc import Iterator
from urllib.parse import urlsplit

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.local.test_process import served

JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=20),
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(st.text(max_size=8), inner, max_size=4),
    max_leaves=12,
)
NAMES = ["deployment_id", "inputs", "webhook", "gpu", "workflow_id", "workflow_api_json", "machine_id", "name", "flags",
         "workflow_json", "workflow_api", "workflow", "environment", "origin", "workflow_version_id"]  # fmt: skip
PATHS = ["/run/deployment/queue", "/run/deployment/stream", "/run/workflow/sync", "/workflow", "/deployment", "/file/upload",
         "/workflow/abc/version"]  # fmt: skip


@pytest.fixture(scope="module")
def note(tmp_path_factory) -> Iterator[dict]:
    """A gateway process of this module."""
    with served(tmp_path_factory.mktemp("hostile")) as (process, note):
        yield note
        assert process.poll() is None


def ask(note: dict, method: str, path: str, body: bytes | None = None, kind: str = "application/json") -> int:
    """The answer's status."""
    address = urlsplit(note["base_url"])
    connection = http.client.HTTPConnection(address.hostname, address.port, timeout=45)
    headers = {"Authorization": f"Bearer {note['key']}", "Content-Type": kind}
    try:
        connection.request(method, f"/api{path}", body, headers)
        return connection.getresponse().status
    finally:
        connection.close()


@settings(max_examples=120, deadline=None)
@given(path=st.sampled_from(PATHS), body=st.dictionaries(st.sampled_from(NAMES), JSON, max_size=6))
def test_any_json_is_answered(note, path, body):
    """With one of the service's statuses; the gateway still answers afterwards."""
    status = ask(note, "POST", path, json.dumps(body).encode())
    assert status in {200, 400, 404, 422, 500}
    assert ask(note, "GET", "/machines") == 200


@settings(max_examples=60, deadline=None)
@given(
    body=st.binary(max_size=200),
    kind=st.sampled_from(["application/json", "multipart/form-data; boundary=b", "x"]),
)
def test_any_bytes_are_answered(note, body, kind):
    """Whatever they claim to be."""
    for path in PATHS:
        assert ask(note, "POST", path, body, kind) in {400, 422, 500}


@pytest.mark.parametrize(
    "body",
    [
        b"[" * 200_000,
        b'{"inputs": ' + b'{"a":' * 50_000,
        b'{"inputs": {"a": ' + b"9" * 10_000 + b"}}",
        b'{"deployment_id": "\\ud800", "inputs": {"\\ud800": "\\ud800"}}',
        b'\xff\xfe{"a": 1}',
        b'{"inputs": {"a": NaN, "b": Infinity, "c": 1e999}}',
    ],
)
def test_bodies_made_to_hurt(note, body):
    """Depth, digits, halves of characters, foreign encodings."""
    for path in PATHS:
        assert ask(note, "POST", path, body) in {400, 422, 500}
    assert ask(note, "GET", "/machines") == 200


def test_halves_of_characters_in_a_run_break_only_their_request(note):
    """422, and the gateway goes on answering."""
    address = urlsplit(note["base_url"])
    connection = http.client.HTTPConnection(address.hostname, address.port, timeout=45)
    connection.request("GET", "/api/deployments", headers={"Authorization": f"Bearer {note['key']}"})
    deployment = json.loads(connection.getresponse().read())[0]["id"]
    connection.close()
    body = {
        "deployment_id": deployment,
        "inputs": {"prompt": "\ud800", "steps": 1, "width": 16, "height": 16},
    }
    assert ask(note, "POST", "/run/deployment/sync", json.dumps(body).encode()) == 422
    assert ask(note, "GET", "/machines") == 200


def test_a_body_over_the_limit_is_refused(note):
    """413, not read into memory."""
    assert ask(note, "POST", "/workflow", b" " * (33 * 1024 * 1024)) == 413
    assert ask(note, "GET", "/machines") == 200


def test_what_is_no_http_is_answered_or_closed(note):
    """And nobody else notices."""
    address = urlsplit(note["base_url"])
    for noise in (
        b"\x16\x03\x01\x02\x00",
        b"GET / HTTP/9.9\r\n\r\n",
        b"GET /api/run/%zz HTTP/1.1\r\nHost: x\r\n\r\n",
    ):
        with socket.create_connection((address.hostname, address.port), timeout=45) as connection:
            connection.sendall(noise)
            connection.shutdown(socket.SHUT_WR)
            while connection.recv(4096):
                pass
    assert ask(note, "GET", "/machines") == 200
