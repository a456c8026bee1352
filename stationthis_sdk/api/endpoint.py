"""Any endpoint of the API, named by method and path: checked before anything is sent. Pure."""

import itertools
import json
import re
from collections.abc import Mapping
from typing import Any, Final
from urllib.parse import quote, unquote, urlsplit

from stationthis_sdk.errors import InvalidInput

__all__ = ["body_of", "endpoint", "query_of", "starts_run"]

METHODS: Final = frozenset({"GET", "POST", "PUT", "PATCH", "DELETE"})
# Most paths: nothing in them is to be checked or escaped.
WORDS: Final = re.compile(r"(?:/[A-Za-z0-9_-]+)+")
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
    of_words = WORDS.fullmatch(path)
    steps = path.split("/")[1:] if of_words else _steps(path)
    if steps[0] == "api" and base_url.endswith("/api"):
        raise InvalidInput(f"The base URL already ends in /api: give '/{'/'.join(steps[1:])}'.")
    if verb != "GET" and starts_run(urlsplit(base_url).path + path):
        raise InvalidInput(
            f"{verb} {path} starts a run, and one sent here could be lost or paid twice: "
            "use st.deployments.get(…).submit(…)."
        )
    return verb, path if of_words else quote(path, safe="/%:@!$&'()*+,;=~")


def _steps(path: str) -> list[str]:
    """What stands between the slashes, unescaped.

    Raises:
        InvalidInput: it is no plain path.
    """
    if "?" in path or "#" in path:
        raise InvalidInput("A path has no ? and no #: give the query as params={…}.")
    if "{" in path or "}" in path:
        raise InvalidInput(f"{path!r} has a blank in braces: put the id in its place.")
    if not _is_text(path):
        raise InvalidInput(f"{path!r} is no plain path: half of a surrogate pair is no character.")
    plain = _unescaped(path)
    steps = plain.rstrip("/").split("/")[1:] or [""]
    if re.search(r"[\s\\\x00-\x1f\x7f]", plain) or not set(steps).isdisjoint({"", ".", ".."}):
        raise InvalidInput(f"{path!r} is no plain path: no empty steps, no dots, no blanks, no backslashes.")
    return steps


def starts_run(path: str) -> bool:
    """Whether a POST to this path, the base URL's own steps included, may start a run.

    >>> starts_run("/api/run/deployment/queue"), starts_run("/api/run/7f1c/cancel")
    (True, False)
    """
    # Some servers take what follows a semicolon for no part of the name.
    steps = [step.partition(";")[0].lower() for step in _unescaped(path).split("/")]
    steps = [step for step in steps if step not in {"", "."}]
    while steps and re.fullmatch(r"api|v\d+", steps[0]):
        steps = steps[1:]
    return steps == ["run"] or any(
        one == "run" and following in STARTS for one, following in itertools.pairwise(steps)
    )


def query_of(params: Mapping[str, Any] | None) -> dict[str, Any]:
    """The query without what is None.

    Raises:
        InvalidInput: no mapping, a name is no text, or a value is no text, number, boolean or list of these.
    """
    if params is None:
        return {}
    if not isinstance(params, Mapping):
        raise InvalidInput(f"params is {type(params).__name__}: give a dict, params={{'limit': 5}}.")
    query = {name: value for name, value in params.items() if value is not None}
    for name, value in query.items():
        if not isinstance(name, str) or not _is_text(name):
            raise InvalidInput(f"params has the name {name!r}: names are text.")
        for one in value if isinstance(value, list | tuple) else [value]:
            if not isinstance(one, str | int | float) or not _is_text(one):
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


def _is_text(value: float | str) -> bool:
    """Whether it can be written into a URL: lone surrogates and numbers of thousands of digits can't."""
    try:
        str(value).encode()
    except ValueError:
        return False
    return True


def _unescaped(path: str) -> str:
    while (plain := unquote(path)) != path:
        path = plain
    return path
