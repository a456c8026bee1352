"""Settings: where they come from, in which order, and the secret that must not be seen.

The order, first wins: the argument, the environment (``STATIONTHIS_API_KEY``, ``COMFY_DEPLOY_API_KEY``;
``STATIONTHIS_BASE_URL``, ``COMFY_DEPLOY_API_URL``), the profile. A profile is a table in ``config.toml`` in the
settings folder (``STATIONTHIS_HOME`` moves it); ``STATIONTHIS_PROFILE`` or ``profile=`` names it. It has the key, or
says that the system's keyring has it; ``login(store="session")`` gives it one for this process.
"""

import base64
import hashlib
import os
import re
import stat
import tomllib
import warnings
from collections.abc import Mapping
from math import isfinite
from pathlib import Path
from typing import Any, Final, NoReturn
from urllib.parse import urlsplit, urlunsplit

import attrs
import orjson

from stationthis_sdk import ipython, keychain
from stationthis_sdk.errors import ConfigError, NoKey, SaveFailed
from stationthis_sdk.flags import Flags, load_flags

__all__ = [
    "DEFAULT_BASE_URL",
    "Profiles",
    "Secret",
    "Settings",
    "data_folder",
    "is_nearby",
    "load_settings",
    "to_log_in",
]

DEFAULT_BASE_URL: Final = "https://api.comfydeploy.com/api"
DEFAULT_PROFILE: Final = "default"
KEY_VARIABLES: Final = ("STATIONTHIS_API_KEY", "COMFY_DEPLOY_API_KEY")
URL_VARIABLES: Final = ("STATIONTHIS_BASE_URL", "COMFY_DEPLOY_API_URL")
UI_VARIABLE: Final = "STATIONTHIS_UI_URL"
CAP_VARIABLE: Final = "STATIONTHIS_MONTHLY_CAP"
WORKFLOW_VARIABLE: Final = "STATIONTHIS_WORKFLOW"


class Secret:
    """A key that no repr, log, traceback or pickle shows.

    >>> Secret("eyJhbGciOi")
    Secret('****')
    """

    __slots__ = ("_value",)

    def __init__(self, value: str) -> None:
        self._value = value

    def reveal(self) -> str:
        """The key itself, for the one header it belongs into."""
        return self._value

    def __repr__(self) -> str:
        return "Secret('****')"

    __str__ = __repr__

    def __eq__(self, other: object) -> bool:
        return isinstance(other, Secret) and other._value == self._value

    def __hash__(self) -> int:
        return hash(self._value)

    def __reduce__(self) -> NoReturn:
        raise TypeError("a Secret is never written down")


@attrs.frozen
class Settings:
    """What a client works with. ``source`` says where the key was found, never what it is."""

    api_key: Secret
    base_url: str
    profile: str
    source: str
    flags: Flags = Flags()  # noqa: RUF009 - frozen
    ui_url: str | Mapping[str, str] | None = None
    """Addresses of the service's own pages, as a template or one a kind; see ``ui``."""
    _home: Path | None = None
    rates: Mapping[str, float] = attrs.field(factory=dict)
    """GPU to US dollars a second, for what the service's price list does not say; see ``money.rates``."""
    monthly_cap: float | None = None
    """US dollars that runs of this account, started here, may cost in a month of UTC; None: any."""
    cap_source: str = ""
    workflow: str | None = None
    """What ``make_image`` runs when nobody names anything."""
    words: Mapping[str, tuple[str, ...]] = attrs.field(factory=dict)
    """More names of inputs for the common words of ``make_image``; see ``recipes.images.words``."""

    @property
    def home(self) -> Path:
        """The folder of everything on disk."""
        return self._home or data_folder()

    @property
    def nearby(self) -> bool:
        """Whether the service is on this machine."""
        return is_nearby(urlsplit(self.base_url).hostname)

    @property
    def account(self) -> str:
        """Whose key it is: ``org_id`` or ``user_id`` of the key, which is a JWT, else a hash of it.

        >>> load_settings("not-a-jwt", environ={}).account
        'key-0a43e0ba27a5'
        """
        key = self.api_key.reveal()
        claims = key_claims(key)
        owner = claims.get("org_id") or claims.get("user_id")
        if isinstance(owner, str):
            return owner
        return f"key-{hashlib.sha256(key.encode(errors='replace')).hexdigest()[:12]}"


def key_claims(key: str) -> dict[str, Any]:
    """What a key says of itself, unverified; empty when it is no JWT (RFC 7519)."""
    try:
        payload = key.split(".")[1]
        claims = orjson.loads(base64.urlsafe_b64decode(payload + "=" * (-len(payload) % 4)))
    except (IndexError, ValueError):
        return {}
    return claims if isinstance(claims, dict) else {}


def load_settings(
    api_key: str | None = None,
    base_url: str | None = None,
    profile: str | None = None,
    *,
    flags: Flags | Mapping[str, bool] | None = None,
    home: Path | None = None,
    environ: Mapping[str, str] | None = None,
    rates: Mapping[str, float] | None = None,
    monthly_cap: float | None = None,
    words: Mapping[str, Any] | None = None,
) -> Settings:
    """Find key and base URL, and put the flags together.

    The profile's ``rates``, ``monthly_cap``, ``workflow`` and ``words`` count wherever key and address are from, unless
    both are arguments.

    Raises:
        NoKey: there is no key in any of these places.
        ConfigError: the profile, the URL, a flag, a rate, the cap or a word is not usable.

    >>> load_settings("k", environ={}).base_url
    'https://api.comfydeploy.com/api'
    """
    env = os.environ if environ is None else environ
    name = profile or env.get("STATIONTHIS_PROFILE") or DEFAULT_PROFILE
    key, source = (api_key, "argument") if api_key else _from_environment(env, KEY_VARIABLES)
    url = base_url or _from_environment(env, URL_VARIABLES)[0]
    # A profile asked for by name wins over the environment: it was the nearer wish.
    named = bool(profile)
    switched: Mapping[str, Any] = {}
    pages: Any = env.get(UI_VARIABLE, "").strip() or None
    if name != DEFAULT_PROFILE or not key or not url:
        profiles = Profiles(home or data_folder(env))
        stored = profiles.get(name, must_exist=named or bool(env.get("STATIONTHIS_PROFILE")))
        switched = profiles.flags(name)
        if (named and profiles.ui_url(name)) or not pages:
            pages = profiles.ui_url(name)
        if (named and not api_key and (stored.get("api_key") or stored.get("keyring"))) or not key:
            key, source = profiles.key(name)
        if (named and not base_url and stored.get("base_url")) or not url:
            url = stored.get("base_url")
    given = api_key and base_url and name == DEFAULT_PROFILE
    stored_money, stored_making = {}, {}
    if not given:
        kept = Profiles(home or data_folder(env))
        stored_money, stored_making = kept.money(name), kept.making(name)
    if not key:
        raise NoKey(
            f"No API key: set STATIONTHIS_API_KEY, run {to_log_in()}, or pass api_key=…. "
            "Without an account, StationThis(local=True) runs on this machine.",
        )
    _check_key(key)
    return Settings(
        Secret(key),
        normal_base_url(url or DEFAULT_BASE_URL),
        name,
        source,
        load_flags(flags, switched, environ=env),
        pages,
        home,
        **load_money(rates, monthly_cap, stored_money, f"profile {name}", environ=env),
        **load_making(words, stored_making, f"profile {name}", environ=env),
    )


def to_log_in() -> str:
    """What to run for a key to be asked for and kept, where this process runs.

    >>> to_log_in()
    '`stationthis login`'
    """
    return "`stationthis login`" if ipython.shell() is None else "`stationthis_sdk.login()`"


def load_money(
    rates: Mapping[str, float] | None = None,
    monthly_cap: float | None = None,
    stored: Mapping[str, Any] | None = None,
    where: str = "",
    *,
    environ: Mapping[str, str] | None = None,
) -> dict[str, Any]:
    """Rates and the month's cap, from the argument, the environment, the profile; and where the cap is from.

    Raises:
        ConfigError: one of them is no amount.

    >>> load_money({"A10G": 0.00031}, environ={"STATIONTHIS_MONTHLY_CAP": "200"})
    {'rates': {'A10G': 0.00031}, 'monthly_cap': 200.0, 'cap_source': 'STATIONTHIS_MONTHLY_CAP'}
    """
    stored = stored or {}
    written = (os.environ if environ is None else environ).get(CAP_VARIABLE, "").strip()
    table: Any = stored.get("rates", {}) if rates is None else rates
    cap: Any = None
    if monthly_cap is not None:
        cap, source = monthly_cap, "the argument monthly_cap"
    elif written:
        cap, source = _number(written), CAP_VARIABLE
    else:
        cap, source = stored.get("monthly_cap"), f"monthly_cap of {where}"
    of_table = "rates" if rates is not None else f"rates of {where}"
    if not isinstance(table, Mapping):
        raise ConfigError(f"{of_table} wants to be a table, GPU to US dollars a second; got {table!r}.")
    bad = [f"{gpu} has {value!r}" for gpu, value in table.items() if not _is_amount(value)]
    if bad:
        raise ConfigError(f"{of_table} are US dollars a second, 0 or more: {', '.join(bad)}.")
    if cap is not None and not _is_amount(cap):
        raise ConfigError(f"A month's cap is US dollars, 0 or more; {source} says {written or cap!r}.")
    return {
        "rates": {str(gpu): float(value) for gpu, value in table.items()},
        "monthly_cap": None if cap is None else float(cap),
        "cap_source": "" if cap is None else source,
    }


def load_making(
    words: Mapping[str, Any] | None = None,
    stored: Mapping[str, Any] | None = None,
    where: str = "",
    *,
    environ: Mapping[str, str] | None = None,
) -> dict[str, Any]:
    """What ``make_image`` runs by default, and its words for inputs: the argument's before the profile's.

    Raises:
        ConfigError: a word or a name is no text.

    >>> load_making({"cfg": "how_strict"}, environ={"STATIONTHIS_WORKFLOW": "standard"})
    {'workflow': 'standard', 'words': {'cfg': ('how_strict',)}}
    """
    stored = stored or {}
    written = (os.environ if environ is None else environ).get(WORKFLOW_VARIABLE, "").strip()
    workflow = written or stored.get("workflow") or None
    if workflow is not None and not isinstance(workflow, str):
        raise ConfigError(f"workflow of {where} is a name in quotes, not {workflow!r}.")
    joined: dict[str, tuple[str, ...]] = {}
    for table, whose in ((words, "words"), (stored.get("words"), f"words of {where}")):
        given = {} if table is None else table
        if not isinstance(given, Mapping):
            raise ConfigError(
                f"{whose} wants to be a table of words, each with names of inputs; got {given!r}."
            )
        for word, names in given.items():
            listed = (names,) if isinstance(names, str) else names
            listed = tuple(listed) if isinstance(listed, list | tuple) else (None,)
            if not isinstance(word, str) or not all(isinstance(one, str) and one for one in (word, *listed)):
                raise ConfigError(
                    f'{whose}: {word!r} wants names of inputs, like cfg = ["how_strict"]; got {names!r}.'
                )
            joined[word] = (*joined.get(word, ()), *listed)
    return {"workflow": workflow, "words": joined}


def _number(written: str) -> float | str:
    try:
        return float(written.removeprefix("$"))
    except ValueError:
        return written


def _is_amount(value: Any) -> bool:
    return isinstance(value, int | float) and not isinstance(value, bool) and isfinite(value) and value >= 0


def is_nearby(host: str | None) -> bool:
    """Whether a host is this machine.

    >>> is_nearby("127.0.0.1"), is_nearby("api.comfydeploy.com")
    (True, False)
    """
    return host in {"127.0.0.1", "localhost", "::1"}


def normal_base_url(url: str) -> str:
    """The URL requests start with: scheme and host checked, ``/api`` added when there is no path.

    >>> normal_base_url("http://localhost:3011")
    'http://localhost:3011/api'
    """
    url = url.strip()
    try:
        parts = urlsplit(url)
        usable = parts.scheme in {"http", "https"} and bool(parts.hostname) and parts.port != 0
    except ValueError:
        usable = False
    # The URL itself is not shown: a password may stand in it.
    if not usable or not url.isprintable() or re.search(r"[\s@\\?#]", url):
        raise ConfigError(
            f"The base URL is not usable: give it as {DEFAULT_BASE_URL} or http://host:port, with no user, "
            "password or query in it.",
        )
    return urlunsplit((parts.scheme, parts.netloc, parts.path.rstrip("/") or "/api", "", ""))


def data_folder(environ: Mapping[str, str] | None = None) -> Path:
    """The folder of everything on disk: ``STATIONTHIS_HOME``, else the platform's own place."""
    env = os.environ if environ is None else environ
    if home := env.get("STATIONTHIS_HOME"):
        try:
            return Path(home).expanduser()
        except RuntimeError as error:
            raise ConfigError(f"STATIONTHIS_HOME={home} can't be used: {error}") from None
    import platformdirs  # noqa: PLC0415 - 8 ms that most imports need not pay

    return Path(platformdirs.user_data_path("stationthis", appauthor=False))


_MONEY: Final = ("rates", "monthly_cap")
_MAKING: Final = ("workflow", "words")
_session: Final[dict[tuple[Path, str], tuple[Secret, str]]] = {}
"""Key and address that ``login`` gave a profile for this process."""


class Profiles:
    """The profiles file: ``config.toml`` in the settings folder, readable by its owner only."""

    def __init__(self, folder: Path) -> None:
        self.path = folder / "config.toml"

    def all(self, *, warn: bool = True) -> dict[str, dict[str, Any]]:
        """Every profile by name; ``warn``: also of others who can read them.

        Raises:
            ConfigError: the file can't be read.
        """
        profiles = self._document(warn=warn).get("profiles", {})
        if not isinstance(profiles, dict) or not all(isinstance(one, dict) for one in profiles.values()):
            raise ConfigError(f"Can't read {self.path}: it wants tables like [profiles.default].")
        return profiles

    def _document(self, *, warn: bool = True) -> dict[str, Any]:
        try:
            text = self.path.read_text("utf-8")
            # Windows has no such modes and says 666 of every file.
            if warn and os.name == "posix" and stat.S_IMODE(self.path.stat().st_mode) & 0o077:
                warnings.warn(
                    f"{self.path} can be read by others: run chmod 600 {self.path}", UserWarning, stacklevel=4
                )
            return tomllib.loads(text)
        except FileNotFoundError:
            return {}
        except (OSError, UnicodeDecodeError, tomllib.TOMLDecodeError) as error:
            raise ConfigError(f"Can't read {self.path}: {error}. Mend it or remove it.") from None

    def get(self, name: str, *, must_exist: bool = False) -> dict[str, str]:
        """One profile; empty when it does not exist and need not."""
        profiles = self.all()
        now = _session.get((self.path, name))
        if name not in profiles and now is None and must_exist:
            known = ", ".join(sorted(profiles)) or "none"
            raise ConfigError(
                f"No profile {name!r} in {self.path} (there: {known}). Make it: stationthis login --profile {name}",
            )
        found = {
            field: value
            for field, value in profiles.get(name, {}).items()
            if field not in {"flags", "ui_url", *_MONEY, *_MAKING}
        }
        if bad := [field for field, value in found.items() if not isinstance(value, str)]:
            raise ConfigError(f"Can't read {self.path}: {name}.{bad[0]} must be text in quotes.")
        return found if now is None else {"api_key": now[0].reveal(), "base_url": now[1]}

    def key(self, name: str) -> tuple[str | None, str]:
        """The key of a profile, from wherever it is, and where that is.

        Raises:
            NoKey, ConfigError: it should be in the system's keyring, and is not there, or that can't be read.
        """
        stored = self.get(name)
        if (self.path, name) in _session:
            return stored["api_key"], f"login() of this process, profile {name}"
        if not stored.get("api_key") and (entry := stored.get("keyring")):
            return keychain.find(entry, name), f"the system's keyring, profile {name}"
        return stored.get("api_key"), f"profile {name}"

    def flags(self, name: str) -> dict[str, Any]:
        """The flags of one profile, as they are written: ``[profiles.default.flags]``."""
        found: Any = self.all().get(name, {}).get("flags", {})
        if not isinstance(found, dict):
            raise ConfigError(
                f"Can't read {self.path}: {name}.flags wants to be a table, [profiles.{name}.flags]."
            )
        return found

    def ui_url(self, name: str) -> str | dict[str, str] | None:
        """Addresses of the service's own pages: one text, or a table ``[profiles.default.ui_url]`` with one a kind."""
        found: Any = self.all().get(name, {}).get("ui_url") or None
        texts = found.values() if isinstance(found, dict) else () if found is None else (found,)
        if not all(isinstance(one, str) for one in texts):
            raise ConfigError(
                f"Can't read {self.path}: {name}.ui_url wants to be text in quotes, or a table of them."
            )
        return found  # type: ignore[no-any-return]  # what it is was just seen

    def money(self, name: str) -> dict[str, Any]:
        """What a profile says of money, as it is written: ``[profiles.default.rates]`` and ``monthly_cap``."""
        return self._fields(name, _MONEY)

    def making(self, name: str) -> dict[str, Any]:
        """What a profile says of making images, as it is written: ``workflow`` and ``[profiles.default.words]``."""
        return self._fields(name, _MAKING)

    def _fields(self, name: str, fields: tuple[str, ...]) -> dict[str, Any]:
        found = self.all(warn=False).get(name, {})
        return {field: found[field] for field in fields if field in found}

    def set(self, name: str, *, api_key: str, base_url: str | None = None) -> None:
        """Write one profile and keep all else; the file is replaced whole, mode 0600.

        Raises:
            ConfigError: the key, the URL or the present file is not usable.
            SaveFailed: the file can't be written.
        """
        _check_key(api_key)
        self._set(name, {"api_key": api_key}, base_url)

    def set_in_keyring(self, name: str, key: Secret, *, base_url: str | None, account: str) -> None:
        """Put the key into the system's keyring, and write a profile that says so, as ``set`` does.

        Raises:
            ConfigError, SaveFailed: as for ``set``, or the keyring does not take it.
        """
        _check_key(key.reveal())
        entry = f"{name}-{hashlib.sha256(os.fsencode(self.path.absolute())).hexdigest()[:8]}"
        keychain.keep(entry, key.reveal())
        self._set(name, {"keyring": entry, "account": account}, base_url)

    def set_for_now(self, name: str, key: Secret, base_url: str) -> None:
        """Give a profile this key and address until the process ends; nothing is written."""
        _check_key(key.reveal())
        _session[self.path, name] = (key, base_url)

    def _set(self, name: str, entry: dict[str, Any], base_url: str | None) -> None:
        if base_url:
            entry["base_url"] = normal_base_url(base_url)
        if flags := self.flags(name):
            entry["flags"] = flags
        if pages := self.ui_url(name):
            entry["ui_url"] = pages
        profiles = self.all()
        before = profiles.get(name, {}).get("keyring")
        self._write({**profiles, name: entry | self.money(name) | self.making(name)})
        _session.pop((self.path, name), None)
        if before and before != entry.get("keyring"):
            keychain.forget(before)

    def forget_key(self, name: str) -> bool:
        """Forget the key of a profile, and the address it is for; False when there was none."""
        now = _session.pop((self.path, name), None)
        profiles = self.all()
        kept = profiles.get(name, {})
        if not ("api_key" in kept or "keyring" in kept):
            return now is not None
        left = {
            field: value
            for field, value in kept.items()
            if field not in {"api_key", "keyring", "account", "base_url"}
        }
        del profiles[name]
        self._write({**profiles, name: left} if left else profiles)
        if entry := kept.get("keyring"):
            keychain.forget(entry)
        return True

    def remove(self, name: str) -> bool:
        """Forget one profile; False when there was none."""
        profiles = self.all()
        if (gone := profiles.pop(name, None)) is None:
            return False
        self._write(profiles)
        _session.pop((self.path, name), None)
        if entry := gone.get("keyring"):
            keychain.forget(entry)
        return True

    def _write(self, profiles: dict[str, dict[str, Any]]) -> None:
        import tomli_w  # noqa: PLC0415 - only login needs it

        from stationthis_sdk.store.atomic import write_atomically  # noqa: PLC0415 - only login needs it

        try:
            self.path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
        except OSError as error:
            raise SaveFailed(f"Can't make the folder {self.path.parent}: {error.strerror}.") from None
        document = {**self._document(), "profiles": profiles}
        write_atomically(self.path, tomli_w.dumps(document).encode(), mode=0o600)


def _from_environment(env: Mapping[str, str], names: tuple[str, ...]) -> tuple[str | None, str]:
    for name in names:
        if value := env.get(name, "").strip():
            return value, name
    return None, ""


def _check_key(key: Any) -> None:
    if not isinstance(key, str) or not key.isascii() or not key.isprintable() or re.search(r"[\s\"'`]", key):
        raise ConfigError("The API key has spaces or odd characters in it: copy it again, without quotes.")
