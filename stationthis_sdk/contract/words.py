"""Which texts of an answer are names that may be shown, and which look like somebody's own. Pure."""

import re
from typing import Final

from stationthis_sdk.logs import redact

__all__ = ["UUID", "is_plain_name", "looks_secret", "shown_name"]

UUID: Final = re.compile(r"(?i)[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}")

# Words and numbers as people join them: cover_url, inputTypes, comfy-deploy-serverless, A100-80GB.
# Each word is taken once and as a whole (`(?>`): tried in every other way, one of the service's could last for hours.
_WORD: Final = r"(?>\d{0,3}(?:[A-Z]?[a-z]+(?:[A-Z]{1,6}[a-z]+)*[A-Z]{0,6}|[A-Z]{1,24})\d{0,3}[A-Z]{0,2})"
_NAME: Final = re.compile(rf"_{{0,2}}{_WORD}(?:[-_.]{_WORD}|[-_.]\d{{1,3}})*")
_LONGEST: Final = 48
_MARKED: Final = re.compile(
    r"(?:^|[^A-Za-z])(?:(?:sk|pk|rk|ghp|gho|ghs|hf|glpat|whsec|xox[abprs])[-_]|A[KS]IA|AIza)[\w-]{6,}"
)
_RUN: Final = re.compile(r"[A-Za-z0-9+/=_-]{20,}")


def looks_secret(text: str) -> bool:
    """Whether it has the form of a key or token, or holds one that the SDK knows.

    >>> looks_secret("sk-live-3fJq81"), looks_secret("CheckpointLoaderSimple")
    (True, False)
    """
    if redact(text) != text or _MARKED.search(text):
        return True
    return any(sum(map(str.isdigit, run)) >= 4 for run in _RUN.findall(text))


def is_plain_name(text: str) -> bool:
    """Whether it is a name as programs give them to fields and kinds.

    >>> [is_plain_name(one) for one in ("cover_url", "A100-80GB", "a cat", "ann@example.com", "hJ3x9Qz7")]
    [True, True, False, False, False]
    """
    return len(text) <= _LONGEST and _NAME.fullmatch(text) is not None and not looks_secret(text)


def shown_name(name: str) -> str:
    """The name of a field, if it is one that may be shown.

    >>> shown_name("cover_url"), shown_name("ann@example.com")
    ('cover_url', '(15 characters)')
    """
    return name if is_plain_name(name) else f"({len(name)} characters)"
