"""Logging: one stdlib logger an area, one variable that switches it on, and a filter no key gets through."""

import logging
import os
import re
import sys
import warnings
from typing import Final

__all__ = ["Redaction", "is_secret", "logger", "redact", "switch_on"]

# A name and its value: in a header, a query, JSON (also JSON within JSON), a repr, or a pair of bytes.
_IS: Final = r"(?:\\*['\"]?\s*(?:[=:]|%3[AD])\s*|['\"]\s*,\s*(?=b?['\"]))"
_VALUE: Final = r"""(?:(b?\\*")[^"\n]+|(b?\\*')[^'\n]+|[^\s"'&,;})\]]+)"""
_NAME: Final = (
    r"(?:token|api[_-]?key|access[_-]?key|secret[_-]?key|secret|password|passphrase"
    r"|signature|credentials?|__session|\bsig)"
)
# Bounded, as everything here must be: lines of logs come from strangers.
_AUTH: Final = rf"authorization\w{{0,24}}{_IS}(?:b?\\*['\"])?(?:(?:bearer|basic|token)\s+)?"
_PATTERNS: Final = (
    # A JWT, wherever it stands, whole or cut off.
    (re.compile(r"eyJ[\w-]{8,}(?:\.[\w-]+)*"), "****"),
    (re.compile(rf"(?i)({_AUTH})[^\s\"',;}}]+"), r"\1****"),
    (re.compile(r"(?i)\b(bearer)\s+[^\s\"',}]+"), r"\1 ****"),
    # "Basic" is a word of every day: only before what looks encoded.
    (re.compile(r"(?i)\b(basic)\s+(?=[\w+/]*[\d+/=])[\w+/]{6,}=*"), r"\1 ****"),
    (re.compile(rf"(?i)({_NAME}{_IS}){_VALUE}"), r"\1\2\3****"),
    (re.compile(r"(?i)(https?://[^\s/:@]*:)[^\s/@]+@"), r"\1****@"),
    # A Telegram bot's token; links to its files hold it.
    (re.compile(r"\b(bot)?\d{6,12}:[\w-]{30,}"), r"\1****"),
)
_known: tuple[str, ...] = ()


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
    global _known  # noqa: PLW0603 - swapped whole, so that other threads may read it
    if len(secret) >= 6:
        # The longest first: a key may begin with another.
        _known = tuple(sorted({*_known, secret}, key=lambda one: (-len(one), one)))


def is_secret(text: str) -> bool:
    """Whether a text holds a key that was remembered."""
    return any(secret in text for secret in _known)


class Redaction(logging.Filter):
    """Rewrites a record so that no key is in its message, its arguments or its traceback."""

    def filter(self, record: logging.LogRecord) -> bool:  # noqa: D102 - the base class says it
        try:
            message = record.getMessage()
        except Exception:  # noqa: BLE001 - a bad log call must not stop the program
            message = f"{record.msg!s} {record.args!r}"
        record.msg = redact(message)
        record.args = ()
        if record.exc_info:
            record.exc_text = logging.Formatter().formatException(record.exc_info)
            # Handlers that format it by themselves would show what is redacted here.
            record.exc_info = None
        record.exc_text = redact(record.exc_text) if record.exc_text else None
        record.stack_info = redact(record.stack_info) if record.stack_info else None
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
    if wanted not in logging.getLevelNamesMapping():
        warnings.warn(
            f"STATIONTHIS_LOG={wanted.lower()} is no level: debug, info or warning", UserWarning, stacklevel=3
        )
        wanted = "INFO"
    root.setLevel(wanted)
    handler = logging.StreamHandler(sys.stderr)
    handler.setFormatter(logging.Formatter("%(asctime)s %(levelname)s %(name)s: %(message)s"))
    root.addHandler(handler)
    root.propagate = False
