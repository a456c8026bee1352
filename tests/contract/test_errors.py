"""Every operation through the real edge and a real connection: its answers are read, its errors become the right class."""

import asyncio
import inspect
from typing import Any

import httpx
import pytest

from stationthis_sdk import AsyncStationThis, errors
from stationthis_sdk.api.bodies import Upload
from tests.wire import Wire, answer

CLASSES = {
    400: errors.ValidationFailed,
    401: errors.AuthError,
    402: errors.Refused,
    403: errors.Refused,
    404: errors.NotFound,
    405: errors.ApiError,
    422: errors.ValidationFailed,
    429: errors.RateLimited,
    500: errors.ServerError,
    503: errors.ServerError,
}
BODIES = (
    ({"detail": "the reason"}, "the reason"),
    (
        {"detail": [{"type": "missing", "loc": ["body", "name"], "msg": "Field required"}]},
        "name: Field required",
    ),
    ({"error": "the reason"}, "the reason"),
    ({"detail": {"error": "limit", "message": "the reason"}}, "the reason"),
    (b"Internal Server Error", "Internal Server Error"),
    (b"<html><body>Bad gateway</body></html>", "status"),
    (b"", "status"),
)


class _Body:
    """Any request body."""

    def to_dict(self) -> dict[str, Any]:
        return {"name": "harbour"}

    def to_multipart(self) -> None:
        return None


def arguments(operation: Any) -> dict[str, Any]:
    """What the operation needs to be called at all."""
    wanted = inspect.signature(operation.module._get_kwargs).parameters.values()
    given: dict[str, Any] = {one.name: "7f1c" for one in wanted if one.default is inspect.Parameter.empty}
    if "body" in given:
        given["body"] = _Body()
    if "multipart/form-data" in operation.declared.get("requestBody", {}).get("content", {}):
        given["upload"] = Upload("file", "a.png", "image/png", b"bytes")
    return given


def never(_error: errors.StationThisError) -> bool:
    return False


@pytest.fixture
def wire():
    with Wire() as server:
        yield server


async def _call(wire: Wire, operation: Any, times: int) -> list[Any]:
    """What calling it this many times gives: models or errors."""
    seen: list[Any] = []
    async with AsyncStationThis("st-key", wire.base_url) as st:
        edge = st._ready.context.service.edge
        for _ in range(times):
            try:
                seen.append(
                    await edge.call(
                        operation.module, **arguments(operation), into=lambda made: made, repeatable=never
                    )
                )
            except errors.StationThisError as error:
                seen.append(error)
    return seen


def test_every_error_becomes_its_class(operation, wire):
    """Each status with each of the service's error bodies, a proxy's and none at all raises its class, in one line."""
    planned = [(status, body, said) for status in CLASSES for body, said in BODIES]
    for status, body, _ in planned:
        content_type = "application/json" if isinstance(body, dict) else "text/plain; charset=utf-8"
        wire.answers.append(answer(status, body, content_type=content_type))
    seen = asyncio.run(_call(wire, operation, len(planned)))
    for (status, _, said), error in zip(planned, seen, strict=True):
        assert type(error) is CLASSES[status], (status, error)
        assert said in str(error)
        assert "\n" not in str(error)
        assert error.request.status == status
        assert error.request.method == operation.method.upper()
    assert len(wire.asked) == len(planned)


def test_every_answer_comes_through(json_operation, wire):
    """The known shapes arrive as the class the contract names, over a connection."""
    wire.answers += [answer(200, body) for body in json_operation.answers]
    seen = asyncio.run(_call(wire, json_operation, len(json_operation.answers)))
    for body, model in zip(json_operation.answers, seen, strict=True):
        assert not isinstance(model, Exception), model
        parsed = json_operation.module._parse_response(
            client=_Client(), response=httpx.Response(200, json=body)
        )
        assert model == parsed


def test_what_is_no_answer_is_told_as_such(json_operation, wire):
    """A page, broken JSON, nothing, or JSON of a wholly other kind is UnexpectedResponse, whatever was asked."""
    wire.answers += [
        answer(200, b"<html>login</html>", content_type="text/html"),
        answer(200, b'{"id": '),
        answer(200, b""),
        answer(201, {"id": "7f1c"}),
    ]
    for error in asyncio.run(_call(wire, json_operation, 4)):
        assert type(error) is errors.UnexpectedResponse
        assert "\n" not in str(error)


class _Client:
    raise_on_unexpected_status = False
