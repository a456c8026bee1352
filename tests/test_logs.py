"""No key, token or signature gets into a log, and plain words stay as they are."""

import io
import json
import logging
import threading
import urllib.parse

import pytest
from hypothesis import assume, given
from hypothesis import strategies as some

from stationthis_sdk.logs import Redaction, logger, redact, remember, switch_on

KEY = "q7Zk-19_xVbN3wLp"
JWT = "eyJhbGciOiJIUzI1NiJ9.eyJ1c2VyX2lkIjoidSJ9.c2lnbmF0dXJl-_x"
SECRETS = some.text(
    some.characters(categories=["Lu", "Ll", "Nd"], max_codepoint=127), min_size=8, max_size=40
)


@pytest.mark.parametrize(
    "text",
    [
        "Authorization: Bearer {}",
        "Authorization: Basic {}",
        "authorization: {}",
        "authorizationheader: {}",
        "{{'Authorization': 'Bearer {}'}}",
        "[(b'Authorization', b'Bearer {}')]",
        "[(b'x-api-key', b'{}')]",
        '{{"api_key": "{}"}}',
        '"{{\\"auth_token\\": \\"{}\\"}}"',
        "{{'cd_token': '{}'}}",
        "api_key={}",
        "API-KEY: {}",
        "x-api-key: {}",
        "GET /run?cd_token={}&limit=3",
        "https://s3.example/a.png?X-Amz-Credential={}&X-Amz-Date=1",
        "https://s3.example/a.png?X-Amz-Date=1&X-Amz-Signature={}",
        "https://s3.example/a.png?X-Amz-Security-Token={}",
        "https://cdn.example/a.png?Signature={}&Key-Pair-Id=1",
        "https://blob.example/a.png?sv=1&sig={}",
        "https://user:{}@example.org/api",
        "https://:{}@example.org/api",
        "/login?next=%2Frun%3Fcd_token%3D{}",
        "Cookie: __session={}; theme=dark",
        'password = "{} and {}"',
        "secret_key={}",
        "AWS_SECRET_ACCESS_KEY={}",
        "Settings(token='{}')",
        "bearer {}",
        "BEARER\t{}",
    ],
)
@given(secret=SECRETS)
def test_no_secret_is_left(text, secret):
    """T30: wherever a secret may stand, nothing of it is left, and a second pass changes nothing."""
    written = text.format(*[secret] * text.count("{}"))
    assume(text.count(secret) == 0)
    clean = redact(written)
    assert secret not in clean
    assert "****" in clean
    assert redact(clean) == clean


@pytest.mark.parametrize(
    "text",
    [
        JWT,
        f"key_{JWT}",
        f"({JWT})",
        f"see {JWT}.",
        JWT[:60],
        JWT[:30],
        urllib.parse.quote(JWT),
        json.dumps({"a": JWT}),
    ],
)
def test_no_jwt_is_left(text):
    """A JWT is taken out wherever it stands, whole or cut off."""
    clean = redact(text)
    assert "eyJ" not in clean
    assert "c2lnbmF0" not in clean


def test_no_bot_token_is_left():
    """T30: links to a Telegram bot's files hold its token."""
    token = "123456789:AAF-abcdefghijklmnopqrstuvwxyz01234"
    assert token[12:] not in redact(f"https://api.telegram.org/file/bot{token}/photos/1.jpg and {token}")


@given(some.text() | some.text(some.sampled_from("token=:\"' bearsicj&%3D\\,yJ.*-")))
def test_redacting_twice_is_redacting_once(text):
    """What is clean stays as it is."""
    clean = redact(text)
    assert redact(clean) == clean


@pytest.mark.parametrize(
    "text",
    [
        "Invalid or missing token",
        "a token of love, a secret garden, the password is forgotten",
        "basic workflows run on a basic machine",
        "Basic Sampler settings",
        "max_tokens=512 tokens: 77 prompt_tokens=3",
        "seed=1234567890 cfg=7.5 design=flat",
        "run 5ea8723e-4701-4d69-8604-8932801f2083 at 2026-11-22T06:30:21.465000Z",
        "https://h/api/run/5ea8723e-4701-4d69-8604-8932801f2083?queue_position=true",
        "http://127.0.0.1:8188/view?filename=a.png&type=output",
        "Secret('****')",
        "signature of the artist",
        "12:30:45 and 192.168.0.1:8080",
        "",
    ],
)
def test_plain_texts_stay(text):
    """Words, seeds, ids and addresses are no secrets."""
    assert redact(text) == text


def test_remembered_secrets():
    """A key that was remembered is taken out anywhere, also one that begins with another."""
    remember("hunter-22")
    remember("hunter-22-and-more")
    remember("short")
    assert redact("a hunter-22-and-more b hunter-22 c short") == "a **** b **** c short"


def test_remembering_while_others_log():
    """Keys may be remembered in one thread while others write to the log."""
    stop = threading.Event()
    failures = []

    def write():
        while not stop.is_set():
            try:
                redact("nothing here")
            except Exception as error:  # noqa: BLE001 - any failure counts
                failures.append(error)

    threads = [threading.Thread(target=write) for _ in range(2)]
    for thread in threads:
        thread.start()
    for number in range(300):
        remember(f"remembered-{number}")
    stop.set()
    for thread in threads:
        thread.join()
    assert failures == []


@pytest.fixture
def written():
    """A logger of ours that writes into a text."""
    found = logger("test")
    handler = logging.StreamHandler(text := io.StringIO())
    found.addHandler(handler)
    found.setLevel(logging.DEBUG)
    yield found, text
    found.removeHandler(handler)
    found.setLevel(logging.NOTSET)


def test_messages_and_arguments(written):
    """Keys in the message, in its arguments and in an exception given as an argument are taken out."""
    log, text = written
    log.info("token=%s", KEY)
    log.info("headers %r", {"Authorization": f"Bearer {KEY}"})
    log.info("%(api_key)s %(rest)s", {"api_key": JWT, "rest": 1})
    log.warning("failed: %s", ValueError(f"api_key={KEY}"))
    log.warning({"token": KEY})
    assert KEY not in text.getvalue()
    assert "eyJ" not in text.getvalue()
    assert text.getvalue().count("\n") == 5


def test_tracebacks_and_stacks(written):
    """Keys in a traceback, its causes and a stack are taken out; the traceback is still there, once."""
    log, text = written
    try:
        try:
            raise KeyError(JWT)  # noqa: TRY301 - its traceback is what is tested
        except KeyError as error:
            raise ValueError(f"password={KEY}") from error
    except ValueError:
        log.exception("it went wrong", stack_info=True)
    assert KEY not in text.getvalue()
    assert "eyJ" not in text.getvalue()
    assert text.getvalue().count("ValueError: password=****") == 1
    assert "KeyError" in text.getvalue()
    assert "Stack (most recent call last)" in text.getvalue()


def test_handlers_that_format_by_themselves(written):
    """A handler that reads the record's own fields finds no key in them either."""
    log, _ = written
    records = []
    handler = logging.Handler()
    handler.emit = records.append
    log.addHandler(handler)
    try:
        raise ValueError(f"token={KEY}")  # noqa: TRY301 - likewise
    except ValueError:
        log.exception("token=%s", KEY)
    log.removeHandler(handler)
    (record,) = records
    assert record.exc_info is None
    assert KEY not in repr(vars(record))


def test_a_bad_log_call_stops_nothing(written):
    """A message whose arguments do not fit is written all the same, without the key."""
    log, text = written
    message = "%d of %d token=" + KEY
    log.info(message, "x")
    assert KEY not in text.getvalue()
    assert "x" in text.getvalue()


def test_one_filter_a_logger():
    """Asking for a logger again does not add a second filter."""
    assert sum(isinstance(one, Redaction) for one in logger("again").filters + logger("again").filters) == 2


def test_switching_on(capsys, monkeypatch):
    """The log is silent until STATIONTHIS_LOG asks for it, then goes to standard error, once."""
    root = logging.getLogger("stationthis_sdk")
    before = (root.level, root.propagate, list(root.handlers))
    root.handlers.clear()
    try:
        switch_on()
        assert not root.handlers
        monkeypatch.setenv("STATIONTHIS_LOG", " debug ")
        switch_on()
        switch_on("warning")
        assert len(root.handlers) == 1
        logger("test").debug("token=%s", KEY)
        captured = capsys.readouterr()
        assert (captured.out, captured.err.count("\n")) == ("", 1)
        assert KEY not in captured.err
        root.handlers.clear()
        with pytest.warns(UserWarning, match="loudly is no level"):
            switch_on("loudly")
        assert root.level == logging.INFO
    finally:
        root.level, root.propagate, root.handlers[:] = before
