"""Logging: one stdlib logger an area, one variable that switches it on, and a filter no key gets through."""

import logging
import os
import re
import sys
from typing import Final

__all__ = ["Redaction", "logger", "redact", "switch_on"]

_PATTERNS: Final = (
    # A JWT, wherever it stands.
    (re.compile(r"\beyJ[\w-]{5,}\.[\w-]+\.[\w-]*"), "****"),
    (re.compile(r"(?i)\b(bearer|basic)\s+[^\s\"',}]+"), r"\1 ****"),
    (re.compile(r"(?i)\b([\w-]*(?:token|api[_-]?key|secret|password|signature|credential))(['\"]?\s*[=:]\s*['\"]?)[^\s\"'&,}]+"), r"\1\2****"),
)  # fmt: skip
_known: set[str] = set()


def redact(text: str) -> str:
    """Take every key, token and signature out of a text.

    >>> redact("GET /run?cd_token=abc Authorization: Bearer xyz")
    'GET /run?cd_token=**** Authorization: Bearer ****'
    """
    for secret in _known:
        text = text.replace(secret, "****")
    for pattern, replacement in _PATTERNS:
        text = pattern.sub(replacement, text)
    return text


def remember(secret: str) -> None:
    """Have this very text redacted from now on."""
    if len(secret) >= 6:
        _known.add(secret)


class Redaction(logging.Filter):
    """Rewrites a record so that no key is in its message, its arguments or its traceback."""

    def filter(self, record: logging.LogRecord) -> bool:  # noqa: D102 - the base class says it
        record.msg = redact(record.getMessage())
        record.args = ()
        if record.exc_info and not record.exc_text:
            record.exc_text = redact(logging.Formatter().formatException(record.exc_info))
        return True


def logger(area: str) -> logging.Logger:
    """The logger of one area, ``stationthis_sdk.<area>``, with the filter in place."""
    found = logging.getLogger(f"stationthis_sdk.{area}")
    if not any(isinstance(one, Redaction) for one in found.filters):
        found.addFilter(Redaction())
    return found


def switch_on(level: str | None = None) -> None:
    """Write the SDK's log to standard error when ``STATIONTHIS_LOG`` (debug, info, warning) asks for it."""
    wanted = (level or os.environ.get("STATIONTHIS_LOG", "")).strip().upper()
    root = logging.getLogger("stationthis_sdk")
    if not wanted or root.handlers:
        return
    root.setLevel(wanted if wanted in logging.getLevelNamesMapping() else logging.INFO)
    handler = logging.StreamHandler(sys.stderr)
    handler.setFormatter(logging.Formatter("%(asctime)s %(levelname)s %(name)s: %(message)s"))
    root.addHandler(handler)
    root.propagate = False
