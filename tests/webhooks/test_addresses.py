"""Addresses of webhooks: signed, for one account, without a key, and the rest as it was written."""

import stat
from pathlib import Path
from urllib.parse import parse_qs, urlsplit

import attrs
import pytest
from hypothesis import given
from hypothesis import strategies as some

from stationthis_sdk import ConfigError, FeatureDisabled, InvalidInput, StationThis
from stationthis_sdk.config import Settings
from stationthis_sdk.entities import Timeouts
from stationthis_sdk.flags import Flags
from stationthis_sdk.logs import redact, remember
from stationthis_sdk.options import Options
from stationthis_sdk.secret import Secret
from stationthis_sdk.webhooks import url_for
from stationthis_sdk.webhooks.addresses import TOKEN, read_address, token_of, wants_progress, with_submit

BASE = "https://bot.example.com/hook"
CLOUD = "https://api.example.com/api"
SECRET = "a secret of all the bot's machines"
SUBMIT = "0123456789abcdef" * 2


@attrs.frozen
class Client:
    """What has settings."""

    settings: Settings


def client(home: Path, key: str = "key-of-somebody", base_url: str = CLOUD, **flags: bool) -> Client:
    return Client(Settings(Secret(key), base_url, "default", "argument", Flags(**flags), home=home))


@pytest.fixture(autouse=True)
def _secret(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("STATIONTHIS_SECRET", SECRET)


def token(url: str) -> str:
    return read_address(url).token


def test_an_address_has_a_token_and_no_key(tmp_path: Path) -> None:
    """The base stays as it is, its own query too; nothing of the key or the account is in it."""
    st = client(tmp_path)
    url = url_for(f"{BASE}?chat=1&text=a+b%20c", st)
    assert url.startswith(f"{BASE}?chat=1&text=a+b%20c&{TOKEN}=")
    assert token(url) == token_of(st.settings)
    assert "key" not in url
    assert st.settings.account not in url
    assert url_for(url, st) == url


def test_a_token_is_shown_by_no_options(tmp_path: Path) -> None:
    """How options look in a traceback or a log tells nobody where to send webhooks."""
    options = Options(Timeouts()).changed(None, on_interrupt=None, webhook=url_for(BASE, client(tmp_path)))
    assert options.webhook
    assert token(options.webhook) not in repr(options)


def test_a_token_is_of_one_account_of_one_service_and_one_secret(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Any other has another one; the same has the same on every machine."""
    mine = token_of(client(tmp_path).settings)
    assert token_of(client(tmp_path / "elsewhere").settings) == mine
    others = {
        token_of(client(tmp_path, "key-of-another").settings),
        token_of(client(tmp_path, base_url="https://api.example.com/v2").settings),
    }
    monkeypatch.setenv("STATIONTHIS_SECRET", SECRET + "!")
    others.add(token_of(client(tmp_path).settings))
    assert len(others - {mine}) == 3


def test_without_a_secret_one_is_made_once(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """In the client's folder, for its owner alone."""
    monkeypatch.delenv("STATIONTHIS_SECRET")
    home = tmp_path / "home"
    tokens = {token_of(client(home).settings) for _ in range(3)}
    assert len(tokens) == 1
    assert stat.S_IMODE((home / "webhook-secret").stat().st_mode) == 0o600
    assert (home / "webhook-secret").read_text() not in tokens


def test_a_short_secret_is_a_setting_to_mend(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """It would be guessed."""
    monkeypatch.setenv("STATIONTHIS_SECRET", "hunter2")
    with pytest.raises(ConfigError, match="STATIONTHIS_SECRET wants 16"):
        url_for(BASE, client(tmp_path))


def test_the_submit_is_added_to_addresses_of_ours_only(tmp_path: Path) -> None:
    """Foreign ones, and those of another account or secret, stay as they are."""
    st = client(tmp_path)
    url = url_for(f"{BASE}?chat=1", st)
    sent = with_submit(url, SUBMIT, st.settings)
    assert sent is not None
    assert parse_qs(urlsplit(sent).query)["chat"] == ["1"]
    assert read_address(sent) == attrs.evolve(read_address(url), submit_id=SUBMIT)
    assert with_submit(sent, SUBMIT, st.settings) == sent
    for foreign in (
        None,
        BASE,
        f"{BASE}?{TOKEN}=",
        f"{BASE}?{TOKEN}=guess",
        url_for(BASE, client(tmp_path, "other-key")),
    ):
        assert with_submit(foreign, SUBMIT, st.settings) is None


def test_progress_is_asked_for_by_the_address(tmp_path: Path) -> None:
    """With progress=True, and only then."""
    st = client(tmp_path)
    assert wants_progress(with_submit(url_for(BASE, st, progress=True), SUBMIT, st.settings))
    assert not wants_progress(url_for(f"{BASE}?stationthis_progress=1", st))
    assert not wants_progress(f"{BASE}#stationthis_progress=1")
    assert not wants_progress(None)
    assert not wants_progress("http://[::1")


@pytest.mark.parametrize(
    "base",
    [
        "bot.example.com/hook", "ftp://h/x", "https://", "http://[::1", "https://h/#x", "https://h/ x", "https://h\\x",
        "https://me:secret@h/", "https://h:0/", "https://bücher.example/", "https://h/\n", "https://h/" + "x" * 3000, None, 7,
    ],
)  # fmt: skip
def test_what_can_not_be_called_is_refused(tmp_path: Path, base: object) -> None:
    """Before anything is sent, and without repeating a password."""
    with pytest.raises(InvalidInput) as refused:
        url_for(base, client(tmp_path))  # type: ignore[arg-type]
    assert "secret" not in refused.value.message


def test_a_key_in_the_address_is_refused(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Whoever gets the address logs it."""
    remember("this-is-a-key-of-somebody")
    monkeypatch.setenv("STATIONTHIS_API_KEY", "this-one-is-in-the-environment")
    for key in ("this-is-a-key-of-somebody", "this-one-is-in-the-environment"):
        with pytest.raises(InvalidInput, match="There is a key") as refused:
            url_for(f"{BASE}?key={key}", client(tmp_path))
        assert key not in refused.value.message


def test_the_cloud_can_not_reach_this_machine(tmp_path: Path) -> None:
    """T8: a loopback address is for a service on this machine."""
    with pytest.raises(InvalidInput, match="can't reach"):
        url_for("http://localhost:8788/hook", client(tmp_path))
    here = client(tmp_path, base_url="http://127.0.0.1:3011/api")
    assert url_for("http://localhost:8788/hook", here).startswith("http://localhost:8788/hook?")


def test_without_the_flag_there_is_no_address(tmp_path: Path) -> None:
    """FeatureDisabled, and no secret is made."""
    with pytest.raises(FeatureDisabled):
        url_for(BASE, client(tmp_path / "home", webhooks=False))
    assert not (tmp_path / "home").exists()


def test_both_clients_give_the_same_address() -> None:
    """T30: and neither their repr, nor a log, has the token."""
    st = StationThis("an-api-key-of-both", CLOUD)
    url = url_for(BASE, st)
    assert url_for(BASE, st._inner) == url
    assert token(url) not in redact(f"POST {url} → 200")
    assert token(url) not in repr(read_address(url))


@given(some.text() | some.text("stationthis_token=&?/%submit0123456789abcdef", max_size=200))
def test_whatever_comes_as_an_address_is_read_or_not(text: str) -> None:
    """Nothing raises; a submit's id is 32 hexadecimal digits or none."""
    read = read_address(text)
    assert read.submit_id is None or len(read.submit_id) == 32
    assert isinstance(read.token, str)


def test_the_token_alone_is_an_address() -> None:
    """So is a path with its query, and a query alone; too many fields are none."""
    assert read_address("abc-_1").token == "abc-_1"
    assert read_address(f"{TOKEN}=abc").token == "abc"
    assert read_address(f"/x/y?{TOKEN}=abc&more=1").token == "abc"
    assert read_address("/x/y?more=1").token == ""
    assert read_address("&".join(["a=1"] * 200) + f"&{TOKEN}=abc").token == ""
