"""What bots say, in the user's language: texts by their key, and one sentence with a code for each error. Pure."""

import re
from collections.abc import Iterable, Mapping
from typing import Final

from stationthis_sdk.bots.render.text import cut
from stationthis_sdk.bots.render.texts import de, en, es, fr, pt, ru, zh
from stationthis_sdk.errors import (
    AmbiguousName,
    ApiError,
    InvalidInput,
    NotFound,
    RateLimited,
    RunFailed,
    StationThisError,
    TimedOut,
)
from stationthis_sdk.logs import redact
from stationthis_sdk.recipes.images.codes import code_of

__all__ = ["LANGUAGES", "in_language", "language_of", "safe", "sentence", "wait_of", "words"]

_TEXTS: Final[Mapping[str, Mapping[str, str]]] = {
    "en": en.TEXTS, "de": de.TEXTS, "es": es.TEXTS, "fr": fr.TEXTS, "pt": pt.TEXTS, "ru": ru.TEXTS, "zh": zh.TEXTS,
}  # fmt: skip
LANGUAGES: Final = tuple(_TEXTS)
_URL: Final = re.compile(r"(?i)\b(https?)://[^\s\"'<>]+")
_ADDRESS: Final = re.compile(r"(?i)(https?://)(?:[^\s/?#\"'<>]*@)?([^\s?#\"'<>]*)")
_NAMED: Final = 5
_PROBLEMS: Final = 3
_LONGEST: Final = 300
_PAYMENT_REQUIRED: Final = 402


def language_of(tag: str) -> str:
    """The language there are texts in for a language tag, English where there are none.

    >>> language_of("pt-BR"), language_of("zh_Hans"), language_of("tlh"), language_of("")
    ('pt', 'zh', 'en', 'en')
    """
    main = re.split(r"[-_]", tag.strip().lower(), maxsplit=1)[0]
    return main if main in _TEXTS else "en"


def words(key: str, language: str = "en", **values: object) -> str:
    """One text, with its places filled; ``KeyError`` where there is no such key or a value is missing.

    >>> words("queued_ahead", "de-AT", ahead=3)
    'in der Warteschlange, 3 davor'
    """
    return _TEXTS[language_of(language)][key].format_map(values)


def in_language(texts: Mapping[str, str], language: str, **values: object) -> str:
    """One of these texts by their languages, English where there is none, with its places filled.

    >>> in_language({"en": "Hello {name}", "de": "Hallo {name}"}, "de-AT", name="Ada")
    'Hallo Ada'
    """
    return texts.get(language_of(language), texts["en"]).format_map(values)


def wait_of(seconds: float, language: str = "en") -> str:
    """A time to wait, in one rounded number.

    >>> wait_of(44.2), wait_of(200), wait_of(9000, "ru")
    ('45 s', '4 min', '3 ч')
    """
    for unit, size in (("hours", 3600), ("minutes", 60)):
        if seconds > 1.5 * size:
            return words(unit, language, n=-int(-seconds // size))
    return words("seconds", language, n=max(1, -int(-seconds // 1)))


def sentence(error: BaseException, language: str = "en", *, during: str = "waiting") -> tuple[str, str]:
    """What a user is told of an error, and its code; ``during`` is choosing, submitting or waiting.

    No key, token, query of a link or path of ours is in it. The SDK's own words on an input and the machine's own on a
    failure are quoted as they are, the rest is in the user's language.

    >>> sentence(NotFound("No deployment 'portrat'.", suggestions=["portrait"]), "de", during="choosing")
    ('Das finde ich nicht. Meintest du portrait?', 'invalid_workflow')
    >>> sentence(ZeroDivisionError("division by zero"))[1]
    'workflow_error'
    """
    code = getattr(error, "code", None)
    if not isinstance(code, str) or not isinstance(error, StationThisError):
        code = code_of(error if isinstance(error, Exception) else Exception(), during=during)
    return _told(error, language), code


def safe(text: str, most: int = _LONGEST) -> str:
    """A foreign text that may be shown: one line, cut, without secrets and without what follows a link's path.

    >>> safe("see https://ada:pw@h/x.png?sig=abc#there, token=abc")
    'see https://h/x.png token=****'
    """
    plain = _URL.sub(lambda found: "".join(_ADDRESS.match(found[0]).groups("")), text)  # type: ignore[union-attr]
    return cut(" ".join(redact(plain).split()), most)


def _told(error: BaseException, language: str) -> str:
    match error:
        case InvalidInput():
            return words("InvalidInput", language, problems=_problems(error.problems))
        case NotFound() if error.suggestions:
            return words("NotFound_names", language, names=_names(error.suggestions))
        case AmbiguousName() if error.candidates:
            return words("AmbiguousName_names", language, names=_names(error.candidates))
        case ApiError() if error.status == _PAYMENT_REQUIRED:
            return words("Refused", language)
        case RateLimited() if error.retry_after:
            return words("RateLimited_wait", language, wait=wait_of(error.retry_after, language))
        case RunFailed() if error.reason and error.reason.strip():
            return words("RunFailed_reason", language, reason=safe(error.reason))
        case TimedOut():
            key = f"TimedOut_{error.phase.replace(' ', '_')}"
            return words(key if key in _TEXTS["en"] else "TimedOut", language)
    names = (kind.__name__ for kind in type(error).__mro__)
    return words(next((name for name in names if name in _TEXTS["en"]), "unknown"), language)


def _problems(problems: Iterable[str]) -> str:
    told = [safe(problem) for problem in problems]
    return "; ".join(told[:_PROBLEMS]) + ("; …" if len(told) > _PROBLEMS else "")


def _names(names: Iterable[str]) -> str:
    return ", ".join(safe(name, 60) for name in list(names)[:_NAMED])
