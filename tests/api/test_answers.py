"""What the service answers, good or bad, becomes JSON or one error of the tree."""

import datetime as dt
import json
from email.utils import format_datetime

import orjson
import pytest
from hypothesis import given
from hypothesis import strategies as some

from stationthis_sdk.api.answers import complaint, error_of, json_of, retry_after
from stationthis_sdk.errors import (
    ApiError,
    AuthError,
    Exchange,
    NotFound,
    RateLimited,
    Refused,
    ServerError,
    StationThisError,
    UnexpectedResponse,
    ValidationFailed,
)
from stationthis_sdk.logs import remember

REQUEST = Exchange("r1", "POST", "https://h/api/run/deployment/queue")
NOW = dt.datetime(2026, 11, 22, 12, tzinfo=dt.UTC)
JSON = some.recursive(
    some.none() | some.booleans() | some.integers() | some.floats() | some.text(),
    lambda inner: (
        some.lists(inner, max_size=3)
        | some.dictionaries(
            some.sampled_from(["detail", "error", "message", "msg", "loc", "type"]) | some.text(max_size=3),
            inner,
            max_size=4,
        )
    ),
    max_leaves=10,
)
BODIES = (
    some.binary()
    | some.text().map(lambda text: text.encode("utf-8", "replace"))
    | JSON.map(lambda value: json.dumps(value).encode())
)


@given(
    some.integers(300, 599),
    BODIES,
    some.dictionaries(some.text(max_size=12), some.text(max_size=12), max_size=3),
)
def test_any_refusal_is_one_error(status, body, headers):
    """Whatever is refused in whatever words, there is one error of one line that carries the request."""
    error = error_of(status, headers, body, REQUEST, now=NOW)
    assert isinstance(error, StationThisError)
    assert error.request is REQUEST
    assert len(str(error).splitlines()) == 1
    assert len(str(error)) < 600
    assert not isinstance(error, ApiError) or error.status == status


@pytest.mark.parametrize(
    ("status", "kind", "retryable"),
    [
        (301, UnexpectedResponse, False),
        (307, UnexpectedResponse, False),
        (400, ValidationFailed, False),
        (401, AuthError, False),
        (402, Refused, False),
        (403, Refused, False),
        (404, NotFound, False),
        (405, ApiError, False),
        (409, ApiError, False),
        (422, ValidationFailed, False),
        (429, RateLimited, True),
        (500, ServerError, True),
        (503, ServerError, True),
        (520, ServerError, True),
    ],
)
def test_each_status_has_its_error(status, kind, retryable):
    """Each status becomes its own kind, which says whether trying again may help."""
    error = error_of(status, {}, b'{"detail": "Because."}', REQUEST)
    assert type(error) is kind
    assert error.retryable is retryable
    assert status in range(300, 400) or "Because." in str(error)


@pytest.mark.parametrize(
    ("body", "said", "fields"),
    [
        ({"detail": "Deployment not found"}, "Deployment not found", {}),
        ({"error": "Name is required"}, "Name is required", {}),
        ({"message": "no"}, "no", {}),
        ({"detail": {"error": "limit", "message": "Too many machines"}}, "Too many machines", {}),
        ({"detail": {"error": "limit"}}, "limit", {}),
        ({"detail": [{"type": "missing", "loc": ["body", "inputs", "a", 0], "msg": "Field required", "input": {"token": "x"}}]},
         "inputs.a.0: Field required", {"inputs.a.0": "Field required"}),
        ({"detail": [{"type": "json_invalid", "loc": ["body"], "msg": "JSON decode error"}]}, "JSON decode error", {"": "JSON decode error"}),
        ({"detail": [{"loc": None, "msg": "a"}, {"loc": ["query", "limit"], "msg": "b"}, "odd", {}]}, "a; limit: b", {"": "a", "limit": "b"}),
        ({"detail": None, "error": "", "message": "third"}, "third", {}),
        ({"detail": []}, '{"detail":[]}', {}),
        ({}, "{}", {}),
        ([], "[]", {}),
        ("text", "text", {}),
        (None, "null", {}),
    ],
)  # fmt: skip
def test_the_shapes_of_complaints(body, said, fields):
    """All the service's error bodies say what is wrong, in one line and by field."""
    assert complaint(orjson.dumps(body)) == (said, fields)


@pytest.mark.parametrize(
    ("body", "said"),
    [
        (b"Internal Server Error", "Internal Server Error"),
        (b"Disallowed CORS origin", "Disallowed CORS origin"),
        (b"<html><body>Bad gateway</body></html>", ""),
        (b"  \n<!doctype html>", ""),
        (b"", ""),
        (b"\xff\xfe", "\ufffd\ufffd"),
        (b"two\nlines\r\n\tand more", "two lines and more"),
    ],
)
def test_bodies_that_are_no_json(body, said):
    """Plain text is shown in one line, a web page is not."""
    assert complaint(body) == (said, {})
    assert str(error_of(502, {}, body, REQUEST)) == f"The service failed (502): {said or 'status 502'}."


def test_no_key_in_an_error():
    """A body that repeats the key, whole or where the message is cut, shows nothing of it."""
    key = "hushhush" * 6
    remember(key)
    for before in range(240, 310, 3):
        text = "x" * before + " " + key + " y"
        for body in (
            text.encode(),
            orjson.dumps({"detail": text}),
            orjson.dumps({"detail": [{"loc": ["body"], "msg": text}]}),
        ):
            error = error_of(422, {}, body, REQUEST)
            assert "hush" not in str(error) + repr(vars(error))
        with pytest.raises(UnexpectedResponse) as caught:
            json_of(200, "text/plain", text.encode(), REQUEST)
        assert "hush" not in str(caught.value) + repr(vars(caught.value))


@pytest.mark.parametrize(
    "body",
    [
        b'{"detail":' + b"[" * 500 + b"]" * 500 + b"}",
        b'{"detail":[{"msg":"x","loc":[["body"],{}]}]}',
        b'{"detail":{"message":[[{}]]}}',
        b'{"detail":"\\ud800"}',
    ],
)
def test_odd_complaints_are_told_all_the_same(body):
    """Deep nesting, places that are no names, half characters: an error of ours in one line, never another."""
    error = error_of(500, {}, body, REQUEST)
    assert isinstance(error, ServerError)
    assert "\n" not in str(error)


def test_long_complaints_are_cut():
    """Ten thousand faults make no message of a megabyte."""
    faults = [{"loc": ["body", f"f{number}"], "msg": "wrong " * 100} for number in range(10_000)]
    said, fields = complaint(orjson.dumps({"detail": faults}))
    assert len(said) <= 300
    assert len(fields) == 50
    assert max(map(len, fields.values())) <= 300


@given(JSON.map(lambda value: orjson.loads(orjson.dumps(value, default=str)) if _plain(value) else None))
def test_good_answers(value):
    """JSON comes out as it went in, whatever the content type says."""
    for content_type in ("application/json", "text/html", ""):
        assert json_of(200, content_type, orjson.dumps(value), REQUEST) == value


def _plain(value):
    try:
        orjson.dumps(value)
    except TypeError:
        return False
    return True


@pytest.mark.parametrize(
    ("content_type", "body", "says"),
    [
        ("text/html; charset=utf-8", b"<html>Log in</html>", "a web page instead of JSON"),
        ("application/json", b" <html>", "a web page instead of JSON"),
        ("text/html", b"", "a web page instead of JSON"),
        ("application/json", b"", "something that is no JSON"),
        ("application/json", b'{"run_id": "5ea8', "something that is no JSON"),
        ("application/json", b"\xff", "something that is no JSON"),
        ("application/json", b"[" * 100_000, "something that is no JSON"),
        ("text/plain", b"ok", "something that is no JSON"),
    ],
)
def test_answers_that_can_t_be_read(content_type, body, says):
    """T27: a web page, a cut-off answer or other text is an UnexpectedResponse with the beginning of what came."""
    with pytest.raises(UnexpectedResponse, match=says) as caught:
        json_of(200, content_type, body, REQUEST)
    assert caught.value.status == 200
    assert len(caught.value.body) <= 300
    assert "\n" not in str(caught.value)


@pytest.mark.parametrize(
    ("headers", "seconds"),
    [
        ({}, None),
        ({"Retry-After": "3"}, 3.0),
        ({"RETRY-AFTER": " 0.5 "}, 0.5),
        ({"retry-after-ms": "250", "retry-after": "9"}, 0.25),
        ({"retry-after-ms": "soon", "retry-after": "9"}, 9.0),
        ({"retry-after": format_datetime(NOW + dt.timedelta(seconds=90), usegmt=True)}, 90.0),
        ({"retry-after": format_datetime(NOW - dt.timedelta(seconds=90), usegmt=True)}, 0.0),
        ({"retry-after": "Sun, 22 Nov 2026 12:00:30 -0000"}, 30.0),
        ({"retry-after": "-5"}, None),
        ({"retry-after": "1e9"}, None),
        ({"retry-after": "nan"}, None),
        ({"retry-after": "9" * 50}, None),
        ({"retry-after": ""}, None),
        ({"retry-after": "Mon, 32 Foo 99999 99:99:99 +9999"}, None),
        ({"retry-after": "1 Jan 1 0:0 +9999999999999"}, None),
    ],
)
def test_how_long_to_wait(headers, seconds):
    """Seconds, milliseconds and dates are understood; anything else is no wish at all."""
    assert retry_after(headers, now=NOW) == seconds


@given(some.text() | some.text(some.sampled_from("0123456789 :,+-JanSunGMT"), max_size=40))
def test_any_wish_to_wait(text):
    """Whatever the header says, the answer is a time that is not negative, or None."""
    seconds = retry_after({"Retry-After": text}, now=NOW)
    assert seconds is None or seconds >= 0


def test_the_wait_is_told():
    """A refusal for too many requests says when to come back."""
    error = error_of(429, {"Retry-After": "7"}, b"slow down", REQUEST)
    assert error.retry_after == 7
    assert "Try again in 7 s." in str(error)
    assert error_of(503, {"Retry-After": "7"}, b"", REQUEST).retry_after == 7


@pytest.mark.parametrize(
    ("headers", "seconds"),
    [
        ({"RateLimit-Reset": "30"}, 30.0),
        ({"X-RateLimit-Reset": f"{NOW.timestamp() + 45:.0f}"}, 45.0),
        ({"x-ratelimit-reset": f"{NOW.timestamp() * 1000 + 1500:.0f}"}, 1.5),
        ({"X-RateLimit-Reset": f"{NOW.timestamp() - 45:.0f}"}, 0.0),
        ({"RateLimit": "limit=100, remaining=0, reset=50"}, 50.0),
        ({"RateLimit": '"default";r=0;t=12'}, 12.0),
        ({"RateLimit-Reset": "30", "Retry-After": "2"}, 2.0),
        ({"RateLimit-Reset": "soon", "RateLimit": "offset=7"}, None),
    ],
)
def test_when_more_is_allowed(headers, seconds):
    """T9: a 429 without Retry-After may say when its window ends: in seconds, or as a moment; a 500 means no such window."""
    assert error_of(429, headers, b"", REQUEST, now=NOW).retry_after == seconds
    if "Retry-After" not in headers:
        assert error_of(503, headers, b"", REQUEST, now=NOW).retry_after is None


@given(
    some.sampled_from(["RateLimit", "RateLimit-Reset", "X-RateLimit-Reset"]),
    some.text() | some.integers(0).map(str),
)
def test_any_end_of_a_window(name, text):
    """Whatever it says, the answer is a time that is not negative, or None."""
    seconds = error_of(429, {name: text}, b"", REQUEST, now=NOW).retry_after
    assert seconds is None or seconds >= 0
