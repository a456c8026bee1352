"""What a request is about, by its path: which flag it stands under, and which copies of answers it outdates. Pure."""

import re
from typing import Final

__all__ = ["flag_of", "touched_by"]

_FLAGS: Final = re.compile(
    r"(?P<sessions>/sessions?(?:/|$))"
    r"|(?P<uploads>/(?:file/upload|assets/(?:upload|presigned-url|register)|upload-url|volume/file/))"
)
_TOUCHED: Final = (
    (re.compile(r"/workflow(/|$)"), ("workflows", "versions", "deployments")),
    (re.compile(r"/deployment(/|$)"), ("deployments", "workflows")),
    (re.compile(r"/(machine|snapshot)(/|$)"), ("machines", "deployments")),
    (re.compile(r"/session/[^/]+/snapshot$"), ("machines",)),
    (re.compile(r"/(volume/(model|file|rm|move)$|file$|file/[^/]+/rename$)"), ("models",)),
    (re.compile(r"/platform/"), ("account",)),
)


def flag_of(path: str) -> str | None:
    """The flag that a request to this path stands under, besides ``comfy_deploy``.

    >>> flag_of("/session/7f1c"), flag_of("/file/upload"), flag_of("/runs/count")
    ('sessions', 'uploads', None)
    """
    found = _FLAGS.match(path)
    return found and found.lastgroup


def touched_by(method: str, path: str) -> tuple[str, ...]:
    """The kinds of copies that are out of date once this request was sent.

    >>> touched_by("PATCH", "/deployment/7f1c"), touched_by("GET", "/deployments")
    (('deployments', 'workflows'), ())
    """
    if method == "GET":
        return ()
    return next((kinds for pattern, kinds in _TOUCHED if pattern.match(path)), ())
