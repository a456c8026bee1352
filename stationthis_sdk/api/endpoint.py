"""Any endpoint of the API, named by method and path: checked before anything is sent. Pure."""

import json
import re
from collections.abc import Mapping
from typing import Any, Final
from urllib.parse import quote, unquote

from stationthis_sdk.errors import InvalidInput

__all__ = ["body_of", "endpoint", "query_of"]

METHODS: Final = frozenset({"GET", "POST", "PUT", "PATCH", "DELETE"})
# What stands after `/run` in a path that starts one; a run's id stands there in all others.
STARTS: Final = frozenset({"deployment", "workflow", "queue", "sync", "stream"})


def endpoint(method: str, path: str, base_url: str) -> tuple[str, str]:
    """The method in capitals and the path as it is sent.

    Raises:
        InvalidInput: no method of HTTP, no plain path, or one that starts a run.

    >>> endpoint("get", "/workflow/7f1c/runs", "https://api.comfydeploy.com/api")
    ('GET', '/workflow/7f1c/runs')
    """
    verb = method.upper() if isinstance(method, str) else ""
    if verb not in METHODS:
        raise InvalidInput(f"No method {method!r}: one of {', '.join(sorted(METHODS))}.")
    if not isinstance(path, str) or not path.startswith("/"):
        raise InvalidInput(
            f"A path begins with a slash and comes after the base URL ({base_url}): '/machines'."
        )
    if "?" in path or "#" in path:
        raise InvalidInput("A path has no ? and no #: give the query as params={…}.")
    plain = _unescaped(path)
    steps = plain.rstrip("/").split("/")[1:] or [""]
    if re.search(r"[\s\\\x00-\x1f\x7f]", plain) or not set(steps).isdisjoint({"", ".", ".."}):
        raise InvalidInput(f"{path!r} is no plain path: no empty steps, no dots, no blanks, no backslashes.")
    if steps[0] == "api" and base_url.endswith("/api"):
        raise InvalidInput(f"The base URL already ends in /api: give '/{'/'.join(steps[1:])}'.")
    if verb != "GET" and _starts_run([step.lower() for step in steps]):
        raise InvalidInput(
            f"{verb} {path} starts a run, and one sent here could be lost or paid twice: "
            "use st.deployments.get(…).submit(…)."
        )
    return verb, quote(path, safe="/%:@!$&'()*+,;=~")


def query_of(params: Mapping[str, Any] | None) -> dict[str, Any]:
    """The query without what is None.

    Raises:
        InvalidInput: a value is no text, number, boolean or list of these.
    """
    query = {name: value for name, value in (params or {}).items() if value is not None}
    for name, value in query.items():
        for one in value if isinstance(value, list | tuple) else [value]:
            if not isinstance(one, str | int | float):
                raise InvalidInput(
                    f"params[{name!r}] is {type(one).__name__}: text, numbers, booleans or lists."
                )
    return query


def body_of(value: Any) -> bytes:
    """The value as JSON.

    Raises:
        InvalidInput: it can't be written as JSON.
    """
    try:
        return json.dumps(value, allow_nan=False, ensure_ascii=False).encode()
    except (TypeError, ValueError, RecursionError) as error:
        raise InvalidInput(f"json={type(value).__name__} can't be written as JSON: {error}.") from None


def _unescaped(path: str) -> str:
    while (plain := unquote(path)) != path:
        path = plain
    return path


def _starts_run(steps: list[str]) -> bool:
    while steps[0] == "api" and len(steps) > 1:
        steps = steps[1:]
    return steps[0] == "run" and (len(steps) == 1 or steps[1] in STARTS)
