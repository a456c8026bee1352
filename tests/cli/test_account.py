"""`login`, `whoami` and `profiles`: keys are kept for their owner, and never shown."""

import base64
import json
import os
import pty
import stat
import subprocess
import tomllib
from pathlib import Path

import attrs

from stationthis_sdk import StationThis
from stationthis_sdk.config import load_settings
from tests.cli.conftest import COMMAND, PATIENCE, Quick, Ran
from tests.fixtures import RunningGateway


def profiles_in(home: Path) -> dict[str, dict[str, str]]:
    """What is written, read past the SDK."""
    profiles: dict[str, dict[str, str]] = tomllib.loads((home / "config.toml").read_text("utf-8"))["profiles"]
    return profiles


def jwt(**claims: object) -> str:
    """A key as the service makes them, signed by nobody."""
    parts = ({"alg": "HS256", "typ": "JWT"}, claims)
    head, body = (base64.urlsafe_b64encode(json.dumps(one).encode()).decode().rstrip("=") for one in parts)
    return f"{head}.{body}.c2lnbmF0dXJl"


def test_login_checks_the_key_and_writes_it_for_its_owner_only(alone: Quick, gateway: RunningGateway) -> None:
    """The profile then works for every command; another login keeps its address."""
    words = ("login", "--profile", "here", "--with-key-from-stdin")
    ran = alone(*words, "--base-url", gateway.base_url, stdin=f"{gateway.key}\n")
    assert (ran.code, ran.out) == (0, "")
    assert "(accepted)" in ran.err
    path = alone.home / "config.toml"
    assert stat.S_IMODE(path.stat().st_mode) == 0o600
    assert profiles_in(alone.home) == {"here": {"api_key": gateway.key, "base_url": gateway.base_url}}
    who = alone("whoami", "--profile", "here", "--json").json
    assert (who["profile"], who["key_from"], who["verified"]) == ("here", "profile here", True)
    assert "text-to-picture" in alone("--profile", "here", "deployments").out
    assert alone(*words, stdin=gateway.key).code == 0
    assert profiles_in(alone.home)["here"]["base_url"] == gateway.base_url


def test_login_as_json_tells_where_the_key_is(alone: Quick, gateway: RunningGateway) -> None:
    """One document on standard output, without the key; a refused one is a document, too."""
    words = ("login", "--json", "--base-url", gateway.base_url, "--key-stdin")
    told = alone(*words, stdin=gateway.key).json
    assert (told["profile"], told["store"], told["checked"]) == ("default", "profile", True)
    refused = alone(*words, stdin="sk-not-a-good-one\n")
    assert (refused.code, refused.json["error"]["type"]) == (4, "AuthError")


def test_a_refused_key_is_not_written(alone: Quick, gateway: RunningGateway) -> None:
    """Unless --no-check asks for it; an empty one never is."""
    words = ("login", "--base-url", gateway.base_url, "--with-key-from-stdin")
    ran = alone(*words, stdin="sk-not-a-good-one\n")
    assert ran.code == 4
    assert "Nothing was kept" in ran.error
    assert "sk-not-a-good-one" not in ran.err
    assert not (alone.home / "config.toml").exists()
    assert alone(*words, stdin="\n").code == 2
    assert alone("login").code == 2
    assert alone(*words, "--no-check", stdin="sk-not-a-good-one\n").code == 0
    assert profiles_in(alone.home)["default"]["api_key"] == "sk-not-a-good-one"


def test_the_prompt_shows_nothing_of_the_key(alone: Quick, gateway: RunningGateway) -> None:
    """Typed on a terminal, the key is not echoed."""
    ours, theirs = pty.openpty()

    def own_terminal() -> None:
        os.setsid()
        os.close(os.open(os.ttyname(0), os.O_RDWR))  # the first one opened becomes the session's

    with subprocess.Popen(
        [*COMMAND, "login", "--base-url", gateway.base_url],
        stdin=theirs, stdout=theirs, stderr=theirs, env=alone.environ, preexec_fn=own_terminal,  # noqa: PLW1509 - no thread holds a lock it needs
    ) as process:  # fmt: skip
        os.close(theirs)
        seen = b""
        while b"show): " not in seen:
            seen += os.read(ours, 1000)
        os.write(ours, f"{gateway.key}\n".encode())
        process.wait(PATIENCE)
        while True:
            try:
                seen += os.read(ours, 1000)
            except OSError:  # the other end is closed
                break
    os.close(ours)
    assert process.returncode == 0, seen
    alone.fair(Ran(0, seen.decode(), ""))
    assert profiles_in(alone.home)["default"]["api_key"] == gateway.key


def test_whoami_tells_what_the_key_says_of_itself(quick: Quick) -> None:
    """Account, organisation and end of a key, before the service refuses it."""
    key = jwt(user_id="user_1", org_id="org_2", iat=1700000000, exp=4102444800)
    mine = attrs.evolve(quick, environ={**quick.environ, "STATIONTHIS_API_KEY": key}, key=key)
    ran = mine("whoami")
    assert ran.code == 4
    assert ran.out.splitlines()[2:] == [
        "account: org_2", "user id: user_1", "org id: org_2", "expires: 2100-01-01T00:00:00+00:00",
        "key from: STATIONTHIS_API_KEY",
    ]  # fmt: skip
    assert mine("whoami", "--json").json["error"]["type"] == "AuthError"
    assert quick("whoami").out.endswith("verified: the service accepts the key\n")


def test_whoami_asks_anew_after_each_login(alone: Quick, gateway: RunningGateway) -> None:
    """It tells of the key that was given last, and asks the service each time: what it said before vouches for nothing."""
    words = ("login", "--key-stdin", "--base-url", gateway.base_url)
    with StationThis(gateway.key, gateway.base_url) as st:
        second = st.account.create_key("for a while").reveal()
        accounts = []
        for key in (gateway.key, second):
            assert alone(*words, stdin=key).code == 0
            who = alone("whoami", "--json").json
            assert who["verified"]
            accounts.append(who["account"])
        assert accounts == [load_settings(key).account for key in (gateway.key, second)]
        for one in st.account.keys("for a while"):
            st.account.delete_key(one.id)
    assert alone("whoami").code == 4
    assert alone(*words, stdin=gateway.key).code == 0
    assert alone("whoami", "--json").json["account"] == accounts[0]


def test_profiles_are_listed_and_removed(alone: Quick) -> None:
    """By name and account, without keys."""
    assert alone("profiles", "--json").json == []
    assert "stationthis login" in alone("profiles").err
    for name, key in (("work", jwt(user_id="u", org_id="org_work")), ("home", "sk-of-my-home")):
        done = alone("login", "--profile", name, "--no-check", "--with-key-from-stdin", stdin=key)
        assert done.code == 0, done
    listed = alone("profiles").out.splitlines()
    assert [line.split("\t")[0] for line in listed] == ["home", "work"]
    assert listed[1] == "work\thttps://api.comfydeploy.com/api\torg_work"
    assert "sk-of" not in "".join(listed)
    assert alone("profiles", "remove", "home").code == 0
    assert list(profiles_in(alone.home)) == ["work"]
    gone = alone("profiles", "remove", "home")
    assert gone.code == 2
    assert "there: work" in gone.error


def test_logout_forgets_the_key_and_says_what_is_left(alone: Quick, gateway: RunningGateway) -> None:
    """The profile's other words stay; a key in the environment is still used, and named."""
    alone.home.mkdir()
    (alone.home / "config.toml").write_text("[profiles.default]\nmonthly_cap = 20\n")
    (alone.home / "config.toml").chmod(0o600)
    words = ("login", "--store", "profile", "--key-stdin", "--base-url", gateway.base_url)
    assert alone(*words, stdin=gateway.key).code == 0
    assert "Forgot the key of the profile default" in alone("logout").err
    assert profiles_in(alone.home) == {"default": {"monthly_cap": 20}}
    assert alone("logout", "--json").json == {"profile": "default", "forgotten": False}
    assert alone("whoami").code == 4
    mine = attrs.evolve(alone, environ={**alone.environ, "STATIONTHIS_API_KEY": gateway.key})
    assert "STATIONTHIS_API_KEY is still set" in mine("logout").err


def test_a_keyring_is_used_only_where_there_is_one(alone: Quick, gateway: RunningGateway) -> None:
    """Asked for by name, its lack is told before the key is read; another word is no store."""
    words = ("login", "--base-url", gateway.base_url, "--key-stdin")
    ran = alone(*words, "--store", "keyring", stdin=gateway.key)
    assert ran.code == 2
    assert "no keyring that keeps secrets" in ran.error
    assert not (alone.home / "config.toml").exists()
    assert alone(*words, "--store", "cloud", stdin=gateway.key).code == 2
