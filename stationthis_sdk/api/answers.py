"""What an answer means: a JSON value, or one error of the tree. Pure.

The service has four error bodies and no header that helps: ``{"detail": text}``, ``{"detail": [{loc, msg}]}``,
``{"error": text}`` and plain text; and a proxy in front may answer HTML, with status 200 as well.
"""

import email.utils
import re
from collections.abc import Mapping
from datetime import UTC, datetime
from typing import Any, Final

import orjson

from stationthis_sdk.config import to_log_in
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
from stationthis_sdk.logs import redact

__all__ = ["complaint", "error_of", "json_of", "retry_after"]

_A_MOMENT: Final = 1e9
"""From here on a number is seconds since 1970, or a thousand times as many milliseconds."""


def json_of(status: int, content_type: str, body: bytes, request: Exchange) -> Any:
    """The JSON of a good answer.

    Raises:
        UnexpectedResponse: it is none; ``body`` holds the beginning of what came.
    """
    try:
        return orjson.loads(body)
    except orjson.JSONDecodeError:
        pass
    if "html" in content_type or body.lstrip()[:1] == b"<":
        what = "a web page instead of JSON: is this the API's URL (it ends in /api), and is a login or proxy in between?"
    else:
        what = "something that is no JSON."
    raise UnexpectedResponse(
        f"{request.url} answered {status} with {what}",
        status=status,
        body=_snippet(body),
        request=request,
    )


def error_of(
    status: int,
    headers: Mapping[str, str],
    body: bytes,
    request: Exchange,
    *,
    now: datetime | None = None,
) -> StationThisError:
    """The error of an answer whose status is not 2xx."""
    said, fields = complaint(body)
    about: dict[str, Any] = {"status": status, "body": said, "request": request}
    after = said.rstrip(".") or f"status {status}"
    if status == 401:
        return AuthError(
            f"The key was not accepted: {after}. Check STATIONTHIS_API_KEY or run {to_log_in()}.",
            **about,
        )
    if status in {402, 403}:
        return Refused(f"Refused: {after}.", **about)
    if status == 404:
        return NotFound(f"{request.method} {request.url}: {after}.", said=said, request=request)
    if status in {400, 422}:
        return ValidationFailed(f"The service did not accept the request: {after}.", fields=fields, **about)
    wait = retry_after(headers, now=now)
    if status == 429:
        wait = _until_reset(headers, now=now) if wait is None else wait
        pause = "" if wait is None else f" Try again in {wait:.0f} s."
        return RateLimited(f"Too many requests: {after}.{pause}", retry_after=wait, **about)
    if status >= 500:
        return ServerError(f"The service failed ({status}): {after}.", retry_after=wait, **about)
    if 300 <= status < 400:
        return UnexpectedResponse(
            f"{request.url} redirects to another place, which was not followed: check the base URL.", **about
        )
    return ApiError(f"{request.method} {request.url} answered {status}: {after}.", **about)


def complaint(body: bytes) -> tuple[str, dict[str, str]]:
    """What an error body says, in one line, and by field where it tells.

    >>> complaint(b'{"detail": [{"loc": ["body", "inputs"], "msg": "Field required"}]}')
    ('inputs: Field required', {'inputs': 'Field required'})
    >>> complaint(b"Internal Server Error")
    ('Internal Server Error', {})
    """
    try:
        value = orjson.loads(body)
    except orjson.JSONDecodeError:
        return ("" if body.lstrip()[:1] == b"<" else _snippet(body)), {}
    fields: dict[str, str] = {}
    if isinstance(value, dict):
        value = next((value[name] for name in ("detail", "error", "message") if value.get(name)), value)
    if isinstance(value, list):
        for fault in value[:50]:
            if isinstance(fault, dict) and "msg" in fault:
                loc = fault.get("loc")
                places = loc if isinstance(loc, list) else []
                place = ".".join(str(part) for part in places if str(part) not in {"body", "query", "path"})
                fields.setdefault(place, _shortened(str(fault["msg"])))
    if fields:
        return _shortened(
            "; ".join(f"{place}: {msg}" if place else msg for place, msg in fields.items())
        ), fields
    if isinstance(value, dict):
        value = value.get("message") or value.get("error") or value
    try:
        return _snippet(value.encode() if isinstance(value, str) else orjson.dumps(value)), {}
    except (orjson.JSONEncodeError, UnicodeEncodeError):  # nested deeper than it writes
        return _snippet(body), {}


def retry_after(headers: Mapping[str, str], *, now: datetime | None = None) -> float | None:
    """How long the service asks us to wait, in seconds: ``retry-after-ms``, seconds, or an HTTP date.

    >>> retry_after({"Retry-After": "1.5"}), retry_after({"Retry-After": "soon"})
    (1.5, None)
    """
    asked = {name.lower(): value for name, value in headers.items()}
    if (milliseconds := _number(asked.get("retry-after-ms", ""))) is not None:
        return milliseconds / 1000
    text = asked.get("retry-after", "")
    if (seconds := _number(text)) is not None:
        return seconds
    try:
        moment = email.utils.parsedate_to_datetime(text)
    except (ValueError, TypeError, IndexError, OverflowError):  # what odd dates lead the standard library to
        return None
    moment = moment.replace(tzinfo=UTC) if moment.tzinfo is None else moment
    return max(0.0, (moment - (now or datetime.now(UTC))).total_seconds())


def _until_reset(headers: Mapping[str, str], *, now: datetime | None = None) -> float | None:
    """The seconds after which more is allowed, where that is told instead: as seconds, or as a moment.

    >>> _until_reset({"RateLimit-Reset": "30"}), _until_reset({"RateLimit": '"default";r=0;t=12'})
    (30.0, 12.0)
    """
    told = {name.lower(): value for name, value in headers.items()}
    window = re.search(r"(?:^|[\s;,])(?:t|reset)=(\d{1,9})\b", told.get("ratelimit", ""))
    texts = (told.get("ratelimit-reset", ""), told.get("x-ratelimit-reset", ""), window[1] if window else "")
    number = next((read for text in texts if (read := _number(text, most_digits=13)) is not None), None)
    if number is None or number < _A_MOMENT:
        return number
    since_1970 = number / 1000 if number >= _A_MOMENT * 1000 else number
    return max(0.0, since_1970 - (now or datetime.now(UTC)).timestamp())


def _number(text: str, *, most_digits: int = 9) -> float | None:
    return float(text) if re.fullmatch(rf"\s*\d{{1,{most_digits}}}(\.\d{{0,9}})?\s*", text) else None


def _snippet(body: bytes) -> str:
    return _shortened(body[:65536].decode("utf-8", "replace"))


def _shortened(text: str) -> str:
    """One line of at most 300 characters. Redacted before it is cut: half a key is not known again."""
    text = redact(" ".join(text.split()))
    return text if len(text) <= 300 else text[:299] + "…"
