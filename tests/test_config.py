"""Settings in their order, the profiles file in all its states, and the secret that must not be seen."""

import base64
import copy
import itertools
import json
import pickle
import stat
import subprocess
import sys
import traceback
import warnings
from pathlib import Path

import attrs
import pytest
from hypothesis import given
from hypothesis import strategies as some

from stationthis_sdk.config import Settings, load_settings
from stationthis_sdk.errors import ConfigError, NoKey, SaveFailed, StationThisError
from stationthis_sdk.places import DEFAULT_BASE_URL, data_folder, normal_base_url
from stationthis_sdk.profiles import Profiles
from stationthis_sdk.secret import Secret, key_claims

KEYS = some.text(some.characters(min_codepoint=33, max_codepoint=126, exclude_characters="\"'`"), min_size=1)


@pytest.fixture
def home(tmp_path):
    """A settings folder with two profiles."""
    profiles = Profiles(tmp_path)
    profiles.set("default", api_key="key-default", base_url="http://default:1")
    profiles.set("work", api_key="key-work", base_url="http://work:1")
    return tmp_path


def jwt(payload: bytes) -> str:
    return "eyJhbGciOiJIUzI1NiJ9." + base64.urlsafe_b64encode(payload).rstrip(b"=").decode() + ".c2lnbmF0dXJl"


def test_the_order_of_places(home):
    """Argument, a profile asked for by name, our variable, the other variable, the profile: the first that is there wins."""
    for argument, named, ours, theirs in itertools.product([False, True], repeat=4):
        env = {"STATIONTHIS_HOME": str(home)}
        if ours:
            env |= {"STATIONTHIS_API_KEY": "key-ours", "STATIONTHIS_BASE_URL": "http://ours:1"}
        if theirs:
            env |= {"COMFY_DEPLOY_API_KEY": "key-theirs", "COMFY_DEPLOY_API_URL": "http://theirs:1"}
        places = [
            ("argument", argument),
            ("work", named),
            ("ours", ours),
            ("theirs", theirs),
            ("default", True),
        ]
        wanted = next(place for place, there in places if there)
        settings = load_settings(
            "key-argument" if argument else None,
            "http://argument:1" if argument else None,
            "work" if named else None,
            environ=env,
        )
        assert settings.api_key.reveal() == f"key-{wanted}"
        assert settings.base_url == f"http://{wanted}:1/api"
        assert "key-" not in settings.source


def test_key_and_url_are_looked_for_one_by_one(home):
    """A key from one place goes with a URL from another."""
    env = {"STATIONTHIS_HOME": str(home), "STATIONTHIS_API_KEY": "  key-ours\n"}
    settings = load_settings(environ=env)
    assert (settings.api_key.reveal(), settings.base_url) == ("key-ours", "http://default:1/api")
    assert (settings.source, settings.profile) == ("STATIONTHIS_API_KEY", "default")
    assert load_settings("k", "http://h", environ={"STATIONTHIS_HOME": "/nowhere"}).base_url == "http://h/api"


def test_a_profile_named_in_the_environment(home):
    """STATIONTHIS_PROFILE names the profile, which must then exist; an empty one names none."""
    env = {"STATIONTHIS_HOME": str(home), "STATIONTHIS_PROFILE": "work"}
    assert load_settings(environ=env).api_key.reveal() == "key-work"
    assert load_settings(environ=env | {"STATIONTHIS_PROFILE": ""}).api_key.reveal() == "key-default"
    with pytest.raises(ConfigError, match=r"No profile 'wrok'.*there: default, work.*login --profile wrok"):
        load_settings(environ=env | {"STATIONTHIS_PROFILE": "wrok"})
    with pytest.raises(NoKey, match="STATIONTHIS_API_KEY"):
        load_settings(environ={"STATIONTHIS_HOME": str(home / "empty"), "STATIONTHIS_PROFILE": ""})


def test_a_profile_asked_for_must_exist_even_beside_a_key(home):
    """A name that was typed is not passed over in silence."""
    with pytest.raises(ConfigError, match="No profile 'other'"):
        load_settings(profile="other", environ={"STATIONTHIS_HOME": str(home), "STATIONTHIS_API_KEY": "k"})


@pytest.mark.parametrize(
    "text",
    [
        b"[profiles",
        b"\xff\xfe\x00",
        b"profiles = 3",
        b"profiles = [1]",
        b"[profiles]\ndefault = 'key'",
        b"[profiles.default]\napi_key = 5",
        b"[profiles.default]\napi_key = ['k']",
        b"[profiles.default]\nbase_url = false",
        b"[profiles.default]\napi_key = 'two words'",
    ],
)
def test_a_broken_file_is_named(tmp_path, text):
    """A file that can't be understood is an error of one line that names the file or the fault, not the key."""
    path = tmp_path / "config.toml"
    path.write_bytes(text)
    path.chmod(0o600)
    with pytest.raises(ConfigError) as caught:
        load_settings(environ={"STATIONTHIS_HOME": str(tmp_path)})
    assert "config.toml" in str(caught.value) or "copy it again" in str(caught.value)
    assert "\n" not in str(caught.value)
    assert "two words" not in str(caught.value)


def test_a_folder_in_the_files_place(tmp_path):
    """What is no file is told of, for reading and for writing."""
    (tmp_path / "config.toml").mkdir()
    with pytest.raises(ConfigError, match="Mend it or remove it"):
        Profiles(tmp_path).all()
    (tmp_path / "file").write_text("")
    with pytest.raises((ConfigError, SaveFailed)):
        Profiles(tmp_path / "file").set("default", api_key="k")


def test_a_file_others_can_read_is_warned_of(home):
    """A key that others can read is used, with a warning that says what to do."""
    (home / "config.toml").chmod(0o640)
    with pytest.warns(UserWarning, match="chmod 600"):
        assert Profiles(home).get("work")["api_key"] == "key-work"
    (home / "config.toml").chmod(0o600)
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        Profiles(home).all()


def test_writing_a_profile_keeps_the_rest(tmp_path):
    """Other profiles and whatever else stands in the file survive; the file is its owner's only."""
    path = tmp_path / "deep" / "config.toml"
    path.parent.mkdir()
    path.write_text('[profiles.old]\napi_key = "old"\nnote = "kept"\n\n[features]\nfast = true\n')
    path.chmod(0o600)
    profiles = Profiles(path.parent)
    profiles.set("new ✨", api_key="new", base_url="http://h")
    assert profiles.all() == {
        "old": {"api_key": "old", "note": "kept"},
        "new ✨": {"api_key": "new", "base_url": "http://h/api"},
    }
    assert "fast = true" in path.read_text("utf-8")
    assert stat.S_IMODE(path.stat().st_mode) == 0o600
    assert (profiles.remove("old"), profiles.remove("old")) == (True, False)
    assert list(profiles.all()) == ["new ✨"]
    assert "fast = true" in path.read_text("utf-8")
    assert list(path.parent.iterdir()) == [path]


def test_a_wrong_profile_is_not_written(home):
    """A key or URL that is not usable leaves the file as it was."""
    before = (home / "config.toml").read_bytes()
    for key, url in [("two words", None), ("k", "ftp://h"), ("k", "http://u:p@h")]:
        with pytest.raises(ConfigError):
            Profiles(home).set("work", api_key=key, base_url=url)
    assert (home / "config.toml").read_bytes() == before


def test_the_folder_is_made_private(tmp_path):
    """A settings folder made here is its owner's only."""
    Profiles(tmp_path / "new").set("default", api_key="k")
    assert stat.S_IMODE((tmp_path / "new").stat().st_mode) == 0o700


@pytest.mark.parametrize(
    "key", ["a b", "a\nb", "\tk", '"quoted"', "'quoted'", "`k`", "schlüssel", "k\x00", "k\u200b", "\ud800"]
)
def test_keys_copied_with_something_else(key):
    """A key with spaces, quotes, line ends or invisible characters is refused without being shown."""
    with pytest.raises(ConfigError, match="copy it again") as caught:
        load_settings(key, environ={})
    assert key not in str(caught.value)


@given(KEYS)
def test_plain_keys_pass(key):
    """Any printable ASCII without spaces and quotes is a key and comes out as it went in."""
    assert load_settings(key, environ={}).api_key.reveal() == key


@pytest.mark.parametrize(
    ("url", "normal"),
    [
        ("http://localhost:3011", "http://localhost:3011/api"),
        ("http://localhost:3011/", "http://localhost:3011/api"),
        ("HTTPS://api.comfydeploy.com/api", "https://api.comfydeploy.com/api"),
        ("https://api.comfydeploy.com/api//", "https://api.comfydeploy.com/api"),
        ("  https://h/api/ \n", "https://h/api"),
        ("http://[::1]:8000", "http://[::1]:8000/api"),
        ("https://proxy.example/comfy/api", "https://proxy.example/comfy/api"),
    ],
)
def test_usable_base_urls(url, normal):
    """Slashes at the end go, and /api is added where there is no path."""
    assert normal_base_url(url) == normal


@pytest.mark.parametrize(
    "url",
    [
        "", " ", "api.comfydeploy.com", "localhost:3011", "//h", "http://", "http:///api", "http://:80", "ftp://h",
        "http://user:hunter2@h", "http://:hunter2@h", "http://h?key=hunter2", "http://h/#hunter2", "http://h:0",
        "http://h:99999", "http://h:port", "http://[::1", "http://a b", "http://h\\@hunter2", "http://h\nx", "http://h\x00",
        "http://\u2100", "file:///etc/passwd", "javascript:alert(1)",
    ],
)  # fmt: skip
def test_base_urls_that_are_not_usable(url):
    """What is no address of an API is refused with the form that is wanted, and a password in it is not shown."""
    with pytest.raises(ConfigError, match="base URL") as caught:
        normal_base_url(url)
    assert DEFAULT_BASE_URL in str(caught.value)
    assert "hunter2" not in str(caught.value)


@given(some.text() | some.text(some.characters(min_codepoint=32, max_codepoint=126)).map("http://h".__add__))
def test_any_text_as_a_base_url(text):
    """A text is a usable URL, and then stays what it became, or a ConfigError."""
    try:
        normal = normal_base_url(text)
    except ConfigError:
        return
    assert normal.startswith(("http://", "https://"))
    assert not normal.endswith("/")
    assert normal_base_url(normal) == normal


def test_a_secret_is_never_shown():
    """No repr, text, format, attrs repr, error or traceback shows the key, and it can't be written down."""
    key = "sk-very-secret-42"
    secret = Secret(key)
    settings = Settings(secret, DEFAULT_BASE_URL, "default", "argument")
    error = StationThisError(f"went wrong with {secret} of {settings}")
    try:
        raise error
    except StationThisError:
        trace = traceback.format_exc()
    shown = [
        repr(secret),
        str(secret),
        f"{secret}",
        f"{secret!r:>20}",
        f"{secret}",
        repr(settings),
        str(error),
        trace,
    ]
    shown += [repr([secret]), repr(attrs.asdict(settings)), repr(vars(type(secret)))]
    assert not any(key in text for text in shown)
    for write_down in (pickle.dumps, copy.deepcopy, copy.copy, json.dumps):
        with pytest.raises(TypeError) as caught:
            write_down(secret)
        assert key not in str(caught.value)
    with pytest.raises(TypeError):
        pickle.dumps(settings)


def test_secrets_compare_by_what_they_are():
    """Two secrets are equal when their keys are, and a secret is no text."""
    assert Secret("a") == Secret("a")
    assert len({Secret("a"), Secret("a"), Secret("b")}) == 2
    assert Secret("a") != "a"


@given(some.binary() | some.text().map(str.encode))
def test_claims_of_hostile_keys(payload):
    """Whatever stands in a key, reading its claims never raises."""
    for key in (jwt(payload), payload.decode("latin-1"), payload.decode("utf-8", "surrogateescape")):
        assert isinstance(key_claims(key), dict)
        assert Settings(Secret(key), DEFAULT_BASE_URL, "default", "argument").account


@pytest.mark.parametrize(
    "payload",
    [
        b"[" * 100_000,
        b'{"org_id":' * 5000,
        b"\xff\xfe",
        b"null",
        b'{"user_id": 5}',
        b'{"user_id": {"a": []}}',
        b'{"org_id": ""}',
        b"9" * 10_000,
        b'{"a": "' + b"x" * 2_000_000 + b'"}',
    ],
)
def test_accounts_of_hostile_keys(payload):
    """Deep, huge, foreign or empty claims name no owner: the account is then a hash of the key."""
    key = jwt(payload)
    account = Settings(Secret(key), DEFAULT_BASE_URL, "default", "argument").account
    assert account.startswith("key-")
    assert len(account) == 16
    assert account[4:] not in key


def test_accounts_of_real_keys():
    """The organisation owns a key before its user does."""
    for claims, owner in [
        ({"user_id": "u"}, "u"),
        ({"user_id": "u", "org_id": "o"}, "o"),
        ({"org_id": None, "user_id": "u"}, "u"),
    ]:
        settings = Settings(Secret(jwt(json.dumps(claims).encode())), DEFAULT_BASE_URL, "default", "argument")
        assert settings.account == owner


def test_the_data_folder(tmp_path):
    """STATIONTHIS_HOME moves everything; without it the platform's own place is used."""
    assert data_folder({"STATIONTHIS_HOME": str(tmp_path)}) == tmp_path
    assert "~" not in str(data_folder({"STATIONTHIS_HOME": "~/x"}))
    assert data_folder({}).name == "stationthis"


def test_reading_settings_is_light():
    """Settings without a profile import no library that the key does not need."""
    code = "import sys; from stationthis_sdk.config import load_settings; load_settings('k', 'http://h', environ={}); print(*sys.modules)"
    loaded = subprocess.run(
        [sys.executable, "-c", code], capture_output=True, text=True, check=True
    ).stdout.split()
    assert not {"httpx", "aiohttp", "platformdirs", "tomli_w", "PIL", "numpy"} & set(loaded)


def test_a_profiles_flags_count_wherever_the_key_is_from(tmp_path: Path) -> None:
    """Key and address in the environment do not hide what a profile that is named switches, nor its pages."""
    (tmp_path / "config.toml").write_text(
        '[profiles.work]\nui_url = "https://pages.example/{kind}/{id}"\n[profiles.work.flags]\ncache = false\n'
    )
    (tmp_path / "config.toml").chmod(0o600)
    both = {
        "STATIONTHIS_HOME": str(tmp_path),
        "STATIONTHIS_API_KEY": "k",
        "STATIONTHIS_BASE_URL": "http://h/api",
    }
    settings = load_settings(environ={**both, "STATIONTHIS_PROFILE": "work"})
    assert not settings.flags.cache
    assert (settings.api_key, settings.base_url) == (Secret("k"), "http://h/api")
    assert settings.ui_url == "https://pages.example/{kind}/{id}"
    with pytest.raises(ConfigError, match="No profile 'play'"):
        load_settings(environ={**both, "STATIONTHIS_PROFILE": "play"})
