"""What a bot hands on: whole, for a while, to whom it is for, with no key in it; and everything else is refused."""

import base64
import json
import os
import re
import stat
import string
import types
import uuid
import zlib
from pathlib import Path
from typing import Any

import attrs
import pytest
from hypothesis import assume, example, given
from hypothesis import strategies as some
from itsdangerous import URLSafeSerializer, URLSafeTimedSerializer

from stationthis_sdk import InvalidInput, NotFound, Refused, SharedSession, StationThis
from stationthis_sdk import shared_session as module
from stationthis_sdk.errors import ConfigError, SaveFailed
from stationthis_sdk.places import data_folder
from stationthis_sdk.store import own_secret
from stationthis_sdk.testing import local_gateway
from tests.programs import Start

SECRET = "a secret of the bot and the notebook"
RUN = "5ea8723e-4701-4d69-8604-8932801f2083"
KEY = "eyJhbGciOiJIUzI1NiJ9.eyJ1c2VyX2lkIjoidXNlcl8xIn0.c2lnbmF0dXJl"

TEXT = some.text(some.characters(codec="utf-8"), max_size=12)
USERS = some.from_regex(r"\A(telegram|discord|web):[\w .@é-]{1,20}\Z")
PLAIN = some.recursive(
    some.none()
    | some.booleans()
    | some.integers(1 - 2**63, 2**63 - 1)
    | some.floats(allow_nan=False, allow_infinity=False)
    | TEXT,
    lambda inner: some.lists(inner, max_size=3) | some.dictionaries(TEXT, inner, max_size=3),
    max_leaves=10,
)
RUNS = some.uuids().map(str)
SESSIONS = some.builds(
    SharedSession,
    USERS,
    some.dictionaries(TEXT, PLAIN, max_size=4),
    some.none() | RUNS,
    some.lists(RUNS, max_size=8),
)


@pytest.fixture
def home(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A data folder of its own, which is not there yet, and no secret in the environment."""
    monkeypatch.setenv("STATIONTHIS_HOME", str(tmp_path / "home"))
    monkeypatch.delenv("STATIONTHIS_SHARING_SECRET", raising=False)
    return tmp_path / "home"


class Now:
    """The module's clock."""

    def __init__(self) -> None:
        self.seconds = 1_800_000_000.25

    def time(self) -> float:
        return self.seconds

    def sleep(self, seconds: float) -> None:
        self.seconds += seconds


@pytest.fixture
def now(monkeypatch: pytest.MonkeyPatch) -> Now:
    """A clock that the test moves."""
    clock = Now()
    monkeypatch.setattr(module, "time", clock)
    return clock


def refused(token: Any, match: str | None = None, **reading: Any) -> None:
    """Reading raises the typed error."""
    with pytest.raises(InvalidInput, match=match):
        SharedSession.from_token(token, **{"secret": SECRET, **reading})


# --- there and back ---------------------------------------------------------------------------------------------------


@given(SESSIONS, some.sampled_from(["", "cookie", "deep link", "é/#"]))
def test_a_token_brings_back_what_was_handed_over(shared: SharedSession, purpose: str) -> None:
    """Preferences, last run and history are the same again, in text that fits into a URL, a form and a cookie."""
    token = shared.token(purpose=purpose, secret=SECRET)
    assert SharedSession.from_token(token, user=shared.user, purpose=purpose, secret=SECRET) == shared
    assert re.fullmatch(r"[\w.-]+", token, re.ASCII)


def test_what_is_saved_is_loaded_by_its_code(home: Path) -> None:
    """A code stands for all of it, as often as it is read; saving again makes another."""
    shared = SharedSession("telegram:1", {"cfg": 7, "style": {"of": ["ink", None]}}, RUN, [RUN])
    code = shared.save()
    assert re.fullmatch(r"[\w-]{22}", code, re.ASCII)
    assert [SharedSession.load(code, user="telegram:1") for _ in range(2)] == [shared, shared]
    other = shared.with_preferences(cfg=9).save()
    assert other != code
    assert (SharedSession.load(code).preferences["cfg"], SharedSession.load(other).preferences["cfg"]) == (
        7,
        9,
    )


def test_a_link_hands_the_token_over_in_its_fragment(home: Path) -> None:
    """No server sees it, and it is read back from there."""
    shared = SharedSession("telegram:1", {"cfg": 7})
    link = shared.url("https://app.example.com/studio?lang=en", secret=SECRET)
    address, _, token = link.partition("#shared=")
    assert address == "https://app.example.com/studio?lang=en"
    assert SharedSession.from_token(token, secret=SECRET) == shared


@pytest.mark.parametrize(
    "base",
    [
        "javascript:alert(1)",
        "app.example.com",
        "//app.example.com",
        "https://",
        "https://app.example.com/#here",
        "https://app.example.com/ x",
        "https://app.example.com:0/",
        "https://app.example.com\\@elsewhere",
        "https://app.example.com/\u202e",
        "https://user:password@app.example.com",
        f"https://app.example.com/?key={KEY}",
        "",
        None,
        7,
        b"https://app.example.com",
    ],
)
def test_a_link_leads_to_a_web_address_only(base: Any) -> None:
    """Other schemes, fragments, passwords and keys are refused before anything is signed, and not repeated."""
    with pytest.raises(InvalidInput) as told:
        SharedSession("telegram:1").url(base, secret=SECRET)
    assert "user:password" not in str(told.value)
    assert KEY not in str(told.value)


def test_runs_are_kept_newest_first_each_once_and_fifty_at_most() -> None:
    """What ran again moves to the front; the oldest are forgotten; what was handed over stays as it was."""
    runs = [str(uuid.uuid4()) for _ in range(60)]
    shared = SharedSession("telegram:1")
    for run in [*runs, types.SimpleNamespace(id=runs[5])]:
        shared = shared.with_run(run)
    assert shared.last_run == shared.history[0] == runs[5]
    assert len(shared.history) == len(set(shared.history)) == 50
    assert shared.history[1:] == tuple(reversed(runs[11:]))
    assert SharedSession("telegram:1", {}, None, runs).history == tuple(runs[:50])
    assert SharedSession.from_token(shared.token(secret=SECRET), secret=SECRET) == shared


def test_preferences_change_in_a_copy() -> None:
    """None takes one away, names that are no words of Python can be given as a dict, and the first stays."""
    first = SharedSession("telegram:1", {"cfg": 7, "style": "ink"})
    second = first.with_preferences({"no word": 1, "cfg": 8}, style=None)
    assert second.preferences == {"cfg": 8, "no word": 1}
    assert first.preferences == {"cfg": 7, "style": "ink"}


def test_nobody_elses_dict_is_kept() -> None:
    """What was given can be changed afterwards: neither does it change what is handed over."""
    mine = {"styles": ["ink"]}
    shared = SharedSession("telegram:1", mine)
    mine["styles"].append("oil")
    assert shared.preferences == {"styles": ["ink"]}


# --- what is refused --------------------------------------------------------------------------------------------------

ALPHABET = string.ascii_letters + string.digits + "-_.=+/ ~é\n\0"


def test_each_single_changed_character_is_refused() -> None:
    """At every place of a token, every other character, none, and one more: also where base64 would not mind."""
    for shared in (
        SharedSession("telegram:1", {"cfg": 7}, RUN),
        SharedSession("telegram:1", {"x": "a" * 400}),
    ):
        token = shared.token(secret=SECRET)
        for at, letter in enumerate(token):
            head, tail = token[:at], token[at + 1 :]
            for other in set(ALPHABET) - {letter}:
                refused(head + other + tail)
            refused(head + tail)
            refused(head + letter + letter + tail)
        refused(token + "=")


@given(SESSIONS, some.floats(0, 1, exclude_max=True), some.characters())
def test_a_changed_token_is_refused(shared: SharedSession, where: float, other: str) -> None:
    """Whoever's it is and whatever is in it, another character anywhere is told as a change."""
    token = shared.token(secret=SECRET)
    at = int(where * len(token))
    assume(token[at] != other)
    refused(token[:at] + other + token[at + 1 :])


@given(SESSIONS, some.text(min_size=16), some.text(min_size=16))
def test_another_secret_is_refused(shared: SharedSession, mine: str, other: str) -> None:
    """Only who has the secret can read; secrets of any characters do, but halves of them."""
    assume(mine != other)
    for secret in (mine, other):
        try:
            secret.encode()
        except UnicodeEncodeError:
            with pytest.raises(InvalidInput, match="16 characters"):
                shared.token(secret=secret)
            return
    token = shared.token(secret=mine)
    refused(token, "another secret", secret=other)
    assert SharedSession.from_token(token, secret=mine) == shared


@given(SESSIONS, SESSIONS)
@example(SharedSession("telegram:1"), SharedSession("telegram:11"))
@example(SharedSession("telegram:1"), SharedSession("discord:1"))
def test_two_users_never_mix(one: SharedSession, other: SharedSession) -> None:
    """A token is its user's: asked for another's, it is refused; halves of two of them make none."""
    mine, theirs = one.token(secret=SECRET), other.token(secret=SECRET)
    assert SharedSession.from_token(mine, secret=SECRET) == one
    assert SharedSession.from_token(theirs, secret=SECRET) == other
    if one.user != other.user:
        refused(mine, "another user's", user=other.user)
        refused(theirs, "another user's", user=one.user)
        refused(mine.rpartition(".")[0] + "." + theirs.rpartition(".")[2], "was changed")


def test_two_users_codes_never_mix(home: Path) -> None:
    """Each code is of one user, whatever is saved meanwhile, and says so when it is asked for another's."""
    codes = {
        user: SharedSession(user, {"of": user}).save() for user in ("telegram:1", "discord:1", "telegram:2")
    }
    for user, code in codes.items():
        assert SharedSession.load(code).preferences == {"of": user}
        for other in codes.keys() - {user}:
            with pytest.raises(InvalidInput, match="another user's"):
                SharedSession.load(code, user=other)


@pytest.mark.parametrize("purpose", ["", "Studio", "studio ", "studio:studio"])
def test_another_purpose_is_refused(home: Path, purpose: str) -> None:
    """What was made for one page can't be used for another, as a token or a code."""
    shared = SharedSession("telegram:1")
    refused(shared.token(purpose="studio", secret=SECRET), "another purpose", purpose=purpose)
    with pytest.raises(InvalidInput, match="another purpose"):
        SharedSession.load(shared.save(purpose="studio"), purpose=purpose)


def test_a_token_ends_when_its_time_is_over(now: Now) -> None:
    """By the module's clock: good for as long as was said, refused a second later and ever after."""
    shared = SharedSession("telegram:1")
    token = shared.token(expires_in=60, secret=SECRET)
    for passed in (0, 59.9, 60):
        now.seconds = 1_800_000_000.25 + passed
        assert SharedSession.from_token(token, secret=SECRET) == shared
    for passed in (61, 3600, 10 * 366 * 86400):
        now.seconds = 1_800_000_000.25 + passed
        refused(token, "has expired: ask for a new one")


def test_a_code_ends_when_its_time_is_over_and_is_swept(home: Path, now: Now) -> None:
    """Then it is as if nothing had been saved, and the next who saves removes it; what is still good stays."""
    short, long = (
        SharedSession("telegram:1").save(expires_in=60),
        SharedSession("telegram:2").save(expires_in=600),
    )
    torn = home / "shared" / ".stationthis-0123.part"
    torn.write_bytes(b"half")
    os.utime(torn, (now.time(), now.time()))
    now.seconds += 61
    with pytest.raises(NotFound, match="ask for a new one"):
        SharedSession.load(short)
    assert SharedSession.load(long).user == "telegram:2"
    SharedSession("telegram:3").save(expires_in=7200)
    assert len([*(home / "shared").iterdir()]) == 3
    assert torn.exists()  # somebody may be writing it
    now.seconds += 3600
    SharedSession("telegram:4").save()
    assert len([*(home / "shared").iterdir()]) == 2


@pytest.mark.parametrize(
    "seconds", [0, -1, float("nan"), float("inf"), 1e300, 367 * 86_400, True, "60", None]
)
def test_a_time_that_makes_no_sense_is_refused(home: Path, seconds: Any) -> None:
    """Never, for ever, and what is no number."""
    for make in (SharedSession("telegram:1").token, SharedSession("telegram:1").save):
        with pytest.raises(InvalidInput, match="expires_in is seconds"):
            make(expires_in=seconds)
    assert not home.exists()


def signed(content: Any, purpose: str = "") -> str:
    """A token that the SDK did not make, with the right secret and no more."""
    return str(URLSafeSerializer(SECRET, salt=f"stationthis.shared-session:{purpose}").dumps(content))


BOMB = (
    "." + base64.urlsafe_b64encode(zlib.compress(b"[" + b"0," * 40_000_000 + b"0]", 9)).rstrip(b"=").decode()
)


@pytest.mark.parametrize(
    "token",
    [
        "", ".", "..", "a", "a.b", "a.b.c", "not base64!", "=.=", "\0", "é.é", "\ud800", " ", "{}", "null",
        "eyJ1c2VyIjoiYSJ9.", ".eJyrViotTi1SslJKLC5RqgUAJRQE2w.x", KEY,
        "A" * 131_072, "A" * 131_072 + ".AAAA", "A" * 10_000_000, "." * 100_000,
        BOMB[:100_000], BOMB[:100_000] + ".AAAA", BOMB + ".AAAA",
        json.dumps({"user": "telegram:1"}), "[" * 100_000,
        signed({"user": "telegram:1", "preferences": {}, "last_run": None, "history": [], "expires": 2e9}),
        URLSafeTimedSerializer(SECRET).dumps({"user": "telegram:1"}),
        None, 7, b"a.b", ["a.b"], {"a": "b"}, object(), True, 1.5,
    ],
    ids=lambda token: (repr(token) if type(token) is not object else "object")[:24],
)  # fmt: skip
def test_hostile_tokens_are_refused_unread(monkeypatch: pytest.MonkeyPatch, token: Any) -> None:
    """Nothing in a token is opened, least of all unpacked, before its signature was found to be ours."""

    def opened(*_: Any) -> Any:
        raise AssertionError("the content of a token that nobody signed was opened")

    monkeypatch.setattr(URLSafeSerializer, "load_payload", opened)
    refused(token)


@given(some.text() | some.binary() | PLAIN)
def test_whatever_comes_as_a_token_or_code_is_told(anything: Any) -> None:
    """Any value raises a typed error, never another."""
    refused(anything)
    with pytest.raises((InvalidInput, NotFound)):
        SharedSession.load(anything, secret=SECRET)


@pytest.mark.parametrize(
    "code", ["../../config.toml", "/etc/passwd", "a" * 21, "a" * 23, "a" * 21 + "/", "a" * 21 + "é", "a" * 21 + "\n", "", None, 7]
)  # fmt: skip
def test_a_code_chooses_no_path(home: Path, code: Any) -> None:
    """A code is letters of a fixed number, looked up by its hash."""
    with pytest.raises(InvalidInput, match="22 letters"):
        SharedSession.load(code)


def test_what_is_kept_on_disk_is_as_safe_as_a_token(home: Path) -> None:
    """The files are their owner's, named by a hash and not by the code; one that was changed or cut is refused."""
    code = SharedSession("telegram:1", {"cfg": 7}).save()
    (file,) = (home / "shared").iterdir()
    assert code not in file.name
    assert stat.S_IMODE(file.stat().st_mode) == 0o600
    assert stat.S_IMODE(file.parent.stat().st_mode) == 0o700
    content, times = file.read_bytes(), (file.stat().st_atime, file.stat().st_mtime)
    for spoiled in (b"X" + content[1:], content[:-1], content * 2, b"\xff" * 9, b"A" * (1 << 20)):
        file.write_bytes(spoiled)
        os.utime(file, times)
        with pytest.raises(InvalidInput):
            SharedSession.load(code)
    file.write_bytes(content)
    # The file's time is for sweeping; the signed one decides.
    signed_for_less = SharedSession("telegram:1").token(expires_in=1e-9)
    file.write_text(signed_for_less)
    with pytest.MonkeyPatch.context() as patch:
        clock = Now()
        clock.seconds = times[1] - 60
        patch.setattr(module, "time", clock)
        os.utime(file, times)
        assert clock.time() < file.stat().st_mtime
        with pytest.raises(InvalidInput, match="has expired"):
            SharedSession.load(code)
    file.write_bytes(b"")
    with pytest.raises(NotFound):
        SharedSession.load(code)


@pytest.mark.parametrize(
    ("given_", "match"),
    [
        ({"user": ""}, "user is a text"),
        ({"user": "  "}, "user is a text"),
        ({"user": "a\nb"}, "user is a text"),
        ({"user": "a" * 201}, "user is a text"),
        ({"user": 12345}, "user is a text"),
        ({"user": None}, "user is a text"),
        ({"user": "\ud800"}, "user is a text"),
        ({"preferences": None}, "dict of plain JSON"),
        ({"preferences": [1]}, "dict of plain JSON"),
        ({"preferences": "cfg=7"}, "dict of plain JSON"),
        ({"preferences": {1: 2}}, "names are text"),
        ({"preferences": {"a": {1: 2}}}, "plain JSON"),
        ({"preferences": {"a": b"x"}}, "bytes"),
        ({"preferences": {"a": {1, 2}}}, "set"),
        ({"preferences": {"a": object()}}, "object"),
        ({"preferences": {"a": float("nan")}}, "float"),
        ({"preferences": {"a": float("inf")}}, "float"),
        ({"preferences": {"a": 2**63}}, "int"),
        ({"preferences": {"a": "\ud800"}}, "half a character"),
        ({"preferences": {"\ud800": 1}}, "names are text"),
        ({"last_run": "text-to-picture-7"}, "A run is given by its id"),
        ({"last_run": 7}, "A run is given by its id"),
        ({"history": RUN}, "history is a list"),
        ({"history": {RUN}}, "history is a list"),
        ({"history": [RUN, "x"]}, "A run is given by its id"),
        ({"history": [7]}, "A run is given by its id"),
        ({"history": b"xx"}, "A run is given by its id"),
    ],
)
def test_what_can_not_be_handed_over_is_told(given_: dict[str, Any], match: str) -> None:
    """A user that is none, preferences that are no JSON, runs that are none."""
    with pytest.raises(InvalidInput, match=match):
        SharedSession(**{"user": "telegram:1", **given_})


def test_copies_refuse_the_same() -> None:
    """No run, and preferences that are no dict."""
    shared = SharedSession("telegram:1")
    with pytest.raises(InvalidInput, match="Which run"):
        shared.with_run(None)  # type: ignore[arg-type]
    with pytest.raises(InvalidInput, match="A run is given"):
        shared.with_run("my run")
    for odd in ([1], "cfg", 7):
        with pytest.raises(InvalidInput, match="dict of plain JSON"):
            shared.with_preferences(odd)  # type: ignore[arg-type]


def test_deep_preferences_are_told() -> None:
    """Sixteen levels pass and come back, one more does not, nor what holds itself."""
    deep: Any = 1
    for _ in range(15):
        deep = {"a": deep}
    shared = SharedSession("telegram:1", {"a": deep})
    assert SharedSession.from_token(shared.token(secret=SECRET), secret=SECRET) == shared
    with pytest.raises(InvalidInput, match="16 levels deep"):
        SharedSession("telegram:1", {"a": {"a": deep}})
    endless: dict[str, Any] = {}
    endless["a"] = endless
    with pytest.raises(InvalidInput, match="16 levels deep"):
        SharedSession("telegram:1", endless)


# --- sizes ------------------------------------------------------------------------------------------------------------


def noise(size: int) -> str:
    """Text that can't be packed."""
    return base64.b64encode(os.urandom(size * 3 // 4 + 3)).decode()[:size].replace("/", "+").replace("+", " ")


def test_what_is_too_large_for_a_token_is_for_a_code(home: Path) -> None:
    """Above 4096 characters a token is refused with a word on save(), above 64 KiB that is refused as well."""
    small, middle, large = (
        SharedSession("telegram:1", {"note": noise(size)}) for size in (2000, 9000, 80_000)
    )
    assert len(small.token()) <= 4096
    assert SharedSession.load(small.save()) == small
    for make in (middle.token, large.token, lambda: middle.url("https://app.example.com")):
        with pytest.raises(InvalidInput, match=r"4096 fit: save\(\) it"):
            make()
    assert SharedSession.load(middle.save()) == middle
    kept = len([*(home / "shared").iterdir()])
    with pytest.raises(InvalidInput, match="65536 fit"):
        large.save()
    assert len([*(home / "shared").iterdir()]) == kept


# --- keys -------------------------------------------------------------------------------------------------------------

KEYS = {
    "a JWT": KEY,
    "a JWT in a sentence": f"use {KEY} please",
    "a JWT in a word": f"x{KEY}",
    "a header": "Authorization: Bearer abc-def_0123456789",
    "Telegram's": "123456789:AAF-abcdefghijklmnopqrstuvwxyz01234",
    "Discord's": "MTk4NjIyNDgzNDcxOTI1MjQ4.Cl2FMQ.ZnCjm1XVW7vRze4b7Cq4se7kKWsAbCd",
    "a gateway's": "local_AFGM3S3iqLX83fxw-Q0eJtWh4Vk6lyEutja1N1KO9po",
    "Hugging Face's": "hf_abcdefghijklmnopqrstuvwxyzABCDEFGH",
}


@pytest.mark.parametrize("key", KEYS.values(), ids=KEYS)
def test_what_looks_like_a_key_is_not_handed_over(key: str) -> None:
    """Anywhere: as a value, a name, deep inside, in the user; the error does not repeat it."""
    for given_ in (
        {"preferences": {"a": key}},
        {"preferences": {key: 1}},
        {"preferences": {"a": [{"b": ["x", key]}]}},
        {"preferences": {"a": {key: {}}}},
        {"user": key},
    ):
        with pytest.raises(InvalidInput, match="looks like a key") as told:
            SharedSession(**{"user": "telegram:1", **given_})
        assert key not in str(told.value)
    with pytest.raises(InvalidInput, match="looks like a key"):
        SharedSession("telegram:1").with_preferences(a=key)


@pytest.mark.parametrize(
    "name",
    ["api_key", "apiKey", "API-KEY", "STATIONTHIS_API_KEY", "comfyDeployApiKey", "secret", "my_secret", "password",
     "access_token", "bot_token", "Authorization", "private key".replace(" ", "_")],
)  # fmt: skip
def test_what_is_called_a_key_is_not_handed_over(name: str) -> None:
    """Whatever it looks like, its name tells, and whatever is inside of it; an empty one or a switch is none."""
    for value in ("hunter2", ["hunter2"], {"value": "hunter2"}, [{"value": ["hunter2"]}]):
        for preferences in ({name: value}, {"service": {name: value}}):
            with pytest.raises(InvalidInput, match="looks like a key") as told:
                SharedSession("telegram:1", preferences)
            assert "hunter2" not in str(told.value)
    assert SharedSession("telegram:1", {name: "", "service": {name: None}, "on": True}).preferences["on"]


@pytest.mark.parametrize(
    "preferences",
    [
        {
            "prompt": "a bearer of good news, the secret of the monkey's key",
            "token": "ohwx",
            "key": "C minor",
        },
        {
            "trigger_token": "sks",
            "keys": ["a", "b"],
            "seed": 12345678901,
            "model": "sd_xl_base_1.0.safetensors",
        },
        {
            "time": "12:30:15",
            "ratio": "16:9",
            "id": f"12345678:{RUN[:8]}",
            "url": "https://example.com/a.b.c",
        },
    ],
)
def test_words_of_every_day_are_no_keys(preferences: dict[str, Any]) -> None:
    """What only sounds like one is handed over."""
    assert SharedSession("telegram:1", preferences).preferences == preferences


def test_the_keys_that_are_in_use_are_not_handed_over(monkeypatch: pytest.MonkeyPatch) -> None:
    """Whatever they look like: the environment's, and that of each client of the process."""
    monkeypatch.setenv("COMFY_DEPLOY_API_KEY", "plain words")
    with pytest.raises(InvalidInput, match="looks like a key"):
        SharedSession("telegram:1", {"note": "it is: plain words."})
    monkeypatch.delenv("COMFY_DEPLOY_API_KEY")
    SharedSession("telegram:1", {"note": "it is: plain words."})
    with (
        StationThis("a-client's-own-key".replace("'", ""), "https://api.example.com"),
        pytest.raises(InvalidInput),
    ):
        SharedSession("telegram:1", {"note": "a-clients-own-key"})


def test_a_dict_that_is_changed_afterwards_brings_no_key_along(home: Path) -> None:
    """What is signed is looked at again, for keys and for what is no JSON."""
    for odd, match in ((KEY, "looks like a key"), (b"x", "plain JSON"), (float("nan"), "plain JSON")):
        shared = SharedSession("telegram:1", {"style": {}})
        shared.preferences["style"]["name"] = odd
        for make in (shared.token, shared.save, lambda shared=shared: shared.url("https://app.example.com")):
            with pytest.raises(InvalidInput, match=match):
                make()
    assert not home.exists()


@given(SESSIONS)
def test_no_key_or_secret_is_in_a_token(shared: SharedSession) -> None:
    """Opened as anybody can, a token holds what was handed over, when it ends, and nothing else."""
    token = shared.token(secret=SECRET)
    value = token.rpartition(".")[0]
    content = base64.urlsafe_b64decode(value.removeprefix(".") + "==")
    found = json.loads(zlib.decompress(content) if value.startswith(".") else content)
    assert found.pop("expires") > 0
    found["history"] = tuple(found["history"])
    assert found == attrs.asdict(shared)


def test_text_with_much_that_begins_like_keys_is_looked_through_once() -> None:
    """Texts that would make a careless pattern start anew at each character are read like others."""
    for text in ("eyJ" * 20_000, "eyJ-" * 15_000, "a-" * 30_000, "1234567:" * 8_000, "bearer " * 8_000):
        assert SharedSession("telegram:1", {"note": text}).preferences


# --- the secret -------------------------------------------------------------------------------------------------------


def test_the_secret_is_given_or_the_environments_or_this_machines(
    home: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The nearer counts; with the first two nothing is written."""
    shared = SharedSession("telegram:1")
    monkeypatch.setenv("STATIONTHIS_SHARING_SECRET", f"  {SECRET}\n")
    from_environment = shared.token()
    assert SharedSession.from_token(from_environment, secret=SECRET) == shared
    given_ = shared.token(secret="another secret of somebody")
    refused(given_, "another secret", secret=None)
    assert not home.exists()
    monkeypatch.setenv("STATIONTHIS_SHARING_SECRET", "  ")
    own = shared.token()
    assert SharedSession.from_token(own) == shared
    refused(own, "another secret", secret=SECRET)
    refused(from_environment, "another secret", secret=None)


def test_the_secret_of_the_machine_is_its_owners(home: Path) -> None:
    """One file that others can't read, made when something is signed first, and never by reading."""
    refused("a.b", "Nothing was signed on this machine yet", secret=None)
    assert not home.exists()
    SharedSession("telegram:1").token()
    path = home / "sharing-secret"
    assert stat.S_IMODE(path.stat().st_mode) == 0o600
    assert stat.S_IMODE(home.stat().st_mode) == 0o700
    first = path.read_bytes()
    SharedSession("telegram:1").save()
    assert path.read_bytes() == first
    assert [file.name for file in home.iterdir() if file.name.startswith(".")] == []


@pytest.mark.parametrize(
    "secret", ["", "fifteen letters", 7, b"sixteen characters", ["x" * 16], "\ud800" * 16]
)
def test_a_secret_that_is_none_is_told(home: Path, secret: Any) -> None:
    """Too short, no text, half characters; and how to make one."""
    for work in (SharedSession("telegram:1").token, SharedSession("telegram:1").save):
        with pytest.raises(InvalidInput, match=r"secrets\.token_hex"):
            work(secret=secret)
    refused("a.b", r"secrets\.token_hex", secret=secret)
    assert not home.exists()


def test_a_short_secret_of_the_environment_is_a_setting_to_mend(
    home: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Its error names the variable and not what is in it."""
    monkeypatch.setenv("STATIONTHIS_SHARING_SECRET", "hunter2")
    for work in (SharedSession("telegram:1").token, lambda: SharedSession.from_token("a.b")):
        with pytest.raises(ConfigError, match="STATIONTHIS_SHARING_SECRET wants 16") as told:
            work()
        assert "hunter2" not in str(told.value)


@pytest.mark.parametrize("purpose", [None, 7, b"x", "\ud800"])
def test_a_purpose_is_a_word(purpose: Any) -> None:
    """Other types and half characters are told, when signing and when reading."""
    with pytest.raises(InvalidInput, match="purpose is a word"):
        SharedSession("telegram:1").token(purpose=purpose, secret=SECRET)
    refused("a.b", "purpose is a word", purpose=purpose)


def test_a_damaged_secret_is_told_and_not_replaced(home: Path, now: Now) -> None:
    """An empty, short or unreadable file is a setting to mend: a new one would void all tokens."""
    home.mkdir()
    path = home / "sharing-secret"
    for content in (b"", b" \n", b"short", b"\xff" * 40):
        path.write_bytes(content)
        for work in (SharedSession("telegram:1").token, lambda: SharedSession.from_token("a.b")):
            with pytest.raises(ConfigError, match="sharing-secret"):
                work()
        assert path.read_bytes() == content
    path.unlink()
    path.mkdir()
    with pytest.raises(ConfigError, match="Can't read"):
        SharedSession("telegram:1").token()


def test_a_secret_that_is_just_being_written_is_waited_for(
    home: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Without hard links a name is there a moment before its content: then it is read once it is there."""
    home.mkdir()
    (home / "sharing-secret").write_bytes(b"")
    clock = Now()
    waits = []

    def sleep(seconds: float) -> None:
        waits.append(seconds)
        if len(waits) == 3:
            (home / "sharing-secret").write_text(SECRET)

    monkeypatch.setattr(clock, "sleep", sleep)
    monkeypatch.setattr(module, "time", clock)
    monkeypatch.setattr(own_secret, "time", clock)
    token = SharedSession("telegram:1").token()
    assert SharedSession.from_token(token, secret=SECRET).user == "telegram:1"
    assert len(waits) == 3


def test_a_folder_that_can_not_be_written_is_told(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """No secret and no code is made where a file is in the way, and the error says so."""
    (tmp_path / "file").write_text("in the way")
    monkeypatch.setenv("STATIONTHIS_HOME", str(tmp_path / "file" / "home"))
    monkeypatch.delenv("STATIONTHIS_SHARING_SECRET", raising=False)
    with pytest.raises((SaveFailed, ConfigError)):
        SharedSession("telegram:1").token()
    with pytest.raises(SaveFailed, match="Can't make the folder"):
        SharedSession("telegram:1").save(secret=SECRET)
    with pytest.raises(NotFound):
        SharedSession.load("a" * 22, secret=SECRET)


# --- other processes --------------------------------------------------------------------------------------------------

NOTEBOOK = """
    import sys
    from stationthis_sdk import SharedSession, StationThis
    kind, handed = sys.stdin.readline().split()
    shared = getattr(SharedSession, kind)(handed, user="telegram:12345")
    with StationThis() as st:
        run = st.runs.get(shared.last_run).again(seed=2)
    shared = shared.with_run(run).with_preferences(cfg=9, style=None)
    print(shared.save() if kind == "load" else shared.token())
"""


def program(start: Start, code: str, env: dict[str, str], stdin: str) -> str:
    """What a program of its own prints when it is told this."""
    process = start(f"import io, sys\nsys.stdin = io.StringIO({stdin!r})\n" + "\n".join(
        line.removeprefix("    ") for line in code.strip("\n").splitlines()
    ), env)  # fmt: skip
    out, err = process.communicate(timeout=50)
    assert process.returncode == 0, err
    return out.strip()


@pytest.mark.parametrize("kind", ["from_token", "load"])
def test_another_process_reads_it_and_hands_it_back_changed(home: Path, start: Start, kind: str) -> None:
    """A bot hands over its user's last run; a notebook with its own key goes on from it; the bot has what came of it."""
    with local_gateway() as gateway:
        with gateway.client() as bot:
            run = bot.deployments["text-to-picture"](prompt="a fox", seed=1, steps=1, width=32, height=32)
            shared = SharedSession("telegram:12345", {"cfg": 7, "style": "ink"}).with_run(run)
            handed = shared.save() if kind == "load" else shared.token()
            env = {**os.environ, **gateway.variables, "STATIONTHIS_HOME": str(home)}
            back = program(start, NOTEBOOK, env, f"{kind} {handed}\n")
            returned = getattr(SharedSession, kind)(back, user="telegram:12345")
            assert returned.preferences == {"cfg": 9}
            assert returned.history[1] == run.id
            assert bot.runs.get(returned.last_run).inputs["seed"] == 2
        # What is handed over opens nothing: another account has the ids, and may see none of the runs.
        with (
            gateway.client(gateway.add_key("somebody-else")) as stranger,
            pytest.raises(Refused, match="Not authorized"),
        ):
            stranger.runs.get(SharedSession.from_token(shared.token()).last_run)


def test_another_machine_reads_it_with_the_same_secret_only(home: Path, tmp_path: Path, start: Start) -> None:
    """With STATIONTHIS_SHARING_SECRET on both, a token is read elsewhere; without, or as a code, it is not."""
    code = """
        import sys
        from stationthis_sdk import SharedSession, StationThisError
        for line in sys.stdin:
            kind, handed = line.split()
            try:
                print(getattr(SharedSession, kind)(handed).user)
            except StationThisError as error:
                print(type(error).__name__)
    """.replace("\n    ", "\n")
    shared = SharedSession("telegram:12345")
    lines = f"from_token {shared.token(secret=SECRET)}\nfrom_token {shared.token()}\nload {shared.save(secret=SECRET)}\n"
    elsewhere = {**os.environ, "STATIONTHIS_HOME": str(tmp_path / "elsewhere")}
    told = program(start, code, {**elsewhere, "STATIONTHIS_SHARING_SECRET": SECRET}, lines)
    assert told.split() == ["telegram:12345", "InvalidInput", "NotFound"]
    assert program(start, code, elsewhere, lines).split() == ["InvalidInput", "InvalidInput", "NotFound"]


@pytest.mark.parametrize("links", [True, False], ids=["hard links", "no hard links"])
def test_processes_that_sign_first_at_once_share_one_secret(home: Path, start: Start, links: bool) -> None:
    """Several start on a machine that has none: one file, and each reads what all have signed."""
    code = f"""
        import pathlib, sys
        from stationthis_sdk import SharedSession
        if not {links}:
            def refused(*_):
                raise OSError("no hard links here")
            pathlib.Path.hardlink_to = refused
        shared = SharedSession("telegram:12345")
        shared.token(secret="x" * 16)
        print("ready", flush=True)
        sys.stdin.readline()
        print(shared.token())
    """
    read, write = os.pipe()
    with pytest.MonkeyPatch.context() as patch:
        # All wait at one pipe, and go on as it is closed.
        import subprocess

        plain = subprocess.Popen.__init__

        def with_pipe(self: Any, *args: Any, **more: Any) -> None:
            plain(self, *args, stdin=read, **more)

        patch.setattr(subprocess.Popen, "__init__", with_pipe)
        processes = [start(code, dict(os.environ)) for _ in range(4)]
    os.close(read)
    for process in processes:
        assert process.stdout.readline() == "ready\n"
    os.close(write)
    tokens = []
    for process in processes:
        out, err = process.communicate(timeout=50)
        assert process.returncode == 0, err
        tokens.append(out.strip())
    assert stat.S_IMODE((home / "sharing-secret").stat().st_mode) == 0o600
    assert [file.name for file in home.iterdir()] == ["sharing-secret"]
    assert data_folder() == home
    assert {SharedSession.from_token(token).user for token in tokens} == {"telegram:12345"}
