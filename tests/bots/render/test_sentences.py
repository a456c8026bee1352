"""What bots say of errors: one sentence in the user's language, with a code, and without a secret."""

import string
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as some

import stationthis_sdk.errors
from stationthis_sdk.bots.render.sentences import LANGUAGES, language_of, safe, sentence, wait_of, words
from stationthis_sdk.bots.render.texts import de, en, es, fr, pt, ru, zh
from stationthis_sdk.errors import (
    AmbiguousName,
    AmbiguousSubmit,
    ApiError,
    BatchStopped,
    CapReached,
    FeatureDisabled,
    InvalidInput,
    MachineFailed,
    NotFound,
    RateLimited,
    Refused,
    RunFailed,
    ServerError,
    StationThisError,
    TimedOut,
)
from stationthis_sdk.logs import remember

TEXTS = {"en": en, "de": de, "es": es, "fr": fr, "pt": pt, "ru": ru, "zh": zh}
KEY = "cd-5c1f9b7e2d3a4b6c8d9e0f1a"
TELEGRAM_TOKEN = "123456789:AAF5g3Qkq0sYb1pX9uVwZ2cT4rE6oM8nLdA"
SIGNED = "https://s3.example.com/a/film.mp4?X-Amz-Signature=deadbeef01&user=ada#part"
LEAKY = (
    f"Authorization: Bearer {KEY} and token={KEY}, bot {TELEGRAM_TOKEN}, see {SIGNED} "
    f"or https://ada:{KEY}@h.example.com/hook?stationthis_token=deadbeef02 or "
    f"https://api.telegram.org/file/bot{TELEGRAM_TOKEN}/photos/1.jpg"
)
SECRETS = [KEY, TELEGRAM_TOKEN, "deadbeef01", "deadbeef02", "X-Amz", "user=ada", "?", "AAF5g3Qk"]

CLASSES = [
    kind
    for name in stationthis_sdk.errors.__all__
    if isinstance(kind := getattr(stationthis_sdk.errors, name), type) and issubclass(kind, StationThisError)
]


def made(kind: type[StationThisError], text: str) -> StationThisError:
    """An error of this class that has this text wherever it may have one."""
    more: dict[type, dict[str, Any]] = {
        FeatureDisabled: {"flag": text},
        CapReached: {"month": "2026-11", "spent": 9.5, "cap": 10.0, "where": text},
        InvalidInput: {"problems": [text, text]},
        NotFound: {"suggestions": [text], "said": text},
        AmbiguousName: {"candidates": [text]},
        ApiError: {"status": 500, "body": text},
        RateLimited: {"status": 429, "retry_after": 33.0},
        TimedOut: {"phase": "execution"},
        AmbiguousSubmit: {"submit_id": text},
        RunFailed: {"reason": text, "run_id": text},
        BatchStopped: {"why": "failures"},
        MachineFailed: {"machine": text},
    }
    return kind(text, **more.get(kind, {}))


@pytest.mark.parametrize("language", LANGUAGES)
@pytest.mark.parametrize("kind", CLASSES, ids=lambda kind: kind.__name__)
def test_every_error_has_its_sentence(kind: type[StationThisError], language: str) -> None:
    """Each class has a text of its own in each language, and it is no Python."""
    assert kind.__name__ in TEXTS[language].TEXTS
    told, code = sentence(made(kind, "cfg: 40 is more than 20"), language)
    assert told
    assert len(told.splitlines()) == 1
    assert told[-1] in ".!?。\uff1f" or kind in {InvalidInput, RunFailed}
    assert code.replace("_", "").isalpha()
    assert not set(told) & set("{}")
    assert kind.__name__ not in told
    assert "Traceback" not in told


@pytest.mark.parametrize("language", LANGUAGES)
@pytest.mark.parametrize("kind", [*CLASSES, ValueError], ids=lambda kind: kind.__name__)
def test_no_sentence_leaks(kind: type[StationThisError], language: str) -> None:
    """T30: no key, no bot token, no signature and no query of a link gets into a chat, whatever an error quotes."""
    remember(KEY)
    error = made(kind, LEAKY)
    told, _ = sentence(error, language)
    kept = [secret for secret in SECRETS if secret in told]
    assert [secret for secret in kept if secret != "?" or "=" in told.partition("?")[2]] == []


def test_secrets_that_nobody_has_named_are_out_as_well() -> None:
    """A key that was never remembered is redacted by its place."""
    told, _ = sentence(
        RunFailed("failed", reason="POST /x?api_key=qwertz123456 Authorization: Bearer abcdef.ghi")
    )
    assert "qwertz123456" not in told
    assert "abcdef" not in told


def places(text: str) -> set[str]:
    return {name for _, name, _, _ in string.Formatter().parse(text) if name}


@pytest.mark.parametrize("language", LANGUAGES)
def test_every_language_says_the_same_things(language: str) -> None:
    """No key is missing, none is left over, and each text takes the same values as in English."""
    texts = TEXTS[language].TEXTS
    assert texts.keys() == en.TEXTS.keys()
    assert {key: places(text) for key, text in texts.items()} == {
        key: places(text) for key, text in en.TEXTS.items()
    }


@pytest.mark.parametrize("language", LANGUAGES)
def test_buttons_are_short(language: str) -> None:
    """Four of them stand in one row on a phone."""
    assert all(len(text) <= 20 for key, text in TEXTS[language].TEXTS.items() if key.startswith("button_"))


@pytest.mark.parametrize(
    ("tag", "language"),
    [("pt-BR", "pt"), ("zh-hans", "zh"), ("zh_CN", "zh"), ("DE", "de"), ("en-US", "en"), ("fr-CA", "fr"), ("es-419", "es"),
     ("ja", "en"), ("", "en"), ("-", "en")],
)  # fmt: skip
def test_tags_of_regions_and_unknown_ones(tag: str, language: str) -> None:
    """Telegram says de, pt-br or zh-hans, Discord en-US or es-419; where there are no texts, it is English."""
    assert language_of(tag) == language
    assert words("done", tag) == TEXTS[language].TEXTS["done"]


@pytest.mark.parametrize(
    ("error", "told", "code"),
    [
        (InvalidInput("x", problems=["cfg: 40 is over 20", "seed: no number"]), "cfg: 40 is over 20; seed: no number", None),
        (InvalidInput("x", problems=["a", "b", "c", "d"]), "a; b; c; …", None),
        (NotFound("x", suggestions=["portrait", "poster"]), "Did you mean portrait, poster?", "generation_error"),
        (Refused("x", status=403), "credits", "generation_error"),
        (ApiError("x", status=402), "credits", "not_enough_points"),
        (RateLimited("x", retry_after=95), "in 2 min", "generation_error"),
        (RateLimited("x"), "in a moment", "generation_error"),
        (ServerError("x", retry_after=5), "fault", "generation_error"),
        (RunFailed("x", reason="KSampler: out of memory"), "KSampler: out of memory", "generation_failed"),
        (RunFailed("x"), "Change something", "generation_failed"),
        (RunFailed("x", reason="CUDA " * 900), "…", "generation_failed"),
        (TimedOut("x", phase="cold start"), "still starting", "generation_timeout"),
        (TimedOut("x", phase="of the moon"), "/status", "generation_timeout"),
        (AmbiguousSubmit("x", submit_id="s"), "may have started", "generation_timeout"),
        (BatchStopped("x", why="budget"), "What is done is kept", "not_enough_points"),
        (ZeroDivisionError("secret"), "Something went wrong", "workflow_error"),
        (KeyboardInterrupt(), "Something went wrong", "workflow_error"),
    ],
)  # fmt: skip
def test_sentences_say_what_to_do(error: BaseException, told: str, code: str | None) -> None:
    """The part that helps is there: which input, which name, how long, whose money; and the product's code."""
    said, its_code = sentence(error)
    assert told in said
    assert len(said) < 1000
    assert code is None or its_code == code


def test_an_error_s_own_code_goes_first() -> None:
    """Where a recipe has found out which code it is, that one is told."""
    error = NotFound("x")
    error.code = "invalid_workflow"
    assert sentence(error)[1] == "invalid_workflow"
    assert sentence(NotFound("x"), during="submitting")[1] == "invalid_workflow_deployment"


def test_a_later_class_has_the_sentence_of_its_parent() -> None:
    """An error of somebody else's that is one of ours is told as such."""

    class Torn(ServerError):
        pass

    assert sentence(Torn("x"))[0] == words("ServerError")


@given(some.text(max_size=600))
def test_foreign_texts_are_one_short_line(text: str) -> None:
    """Whatever a machine or a user has written."""
    told = safe(text)
    assert len(told) <= 300
    assert "\n" not in told
    told.encode()


@given(some.floats(0, 1e7), some.sampled_from(LANGUAGES))
def test_waits_are_never_shorter_than_asked_for(seconds: float, language: str) -> None:
    """Who comes back too early is sent away again."""
    number = int(wait_of(seconds, language).split()[0])
    unit = {
        words(key, language, n=number): size
        for key, size in (("seconds", 1), ("minutes", 60), ("hours", 3600))
    }
    assert number * unit[wait_of(seconds, language)] >= seconds
