"""Settings: where they come from, and in which order.

The order, first wins: the argument, the environment (``STATIONTHIS_API_KEY``, ``COMFY_DEPLOY_API_KEY``;
``STATIONTHIS_BASE_URL``, ``COMFY_DEPLOY_API_URL``), the profile that ``STATIONTHIS_PROFILE`` or ``profile=`` names.
"""

import hashlib
import os
from collections.abc import Mapping
from functools import cached_property
from math import isfinite
from pathlib import Path
from typing import Any, Final
from urllib.parse import urlsplit

import attrs

from stationthis_sdk import ipython
from stationthis_sdk.errors import ConfigError, NoKey
from stationthis_sdk.flags import Flags, load_flags
from stationthis_sdk.places import DEFAULT_BASE_URL, data_folder, is_nearby, normal_base_url
from stationthis_sdk.profiles import DEFAULT_PROFILE, Profiles
from stationthis_sdk.secret import Secret, check_key, key_claims

__all__ = ["Settings", "load_making", "load_money", "load_settings", "to_log_in"]

KEY_VARIABLES: Final = ("STATIONTHIS_API_KEY", "COMFY_DEPLOY_API_KEY")
URL_VARIABLES: Final = ("STATIONTHIS_BASE_URL", "COMFY_DEPLOY_API_URL")
UI_VARIABLE: Final = "STATIONTHIS_UI_URL"
CAP_VARIABLE: Final = "STATIONTHIS_MONTHLY_CAP"
WORKFLOW_VARIABLE: Final = "STATIONTHIS_WORKFLOW"


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

    @cached_property
    def home(self) -> Path:
        """The folder of everything on disk."""
        return self._home or data_folder()

    @cached_property
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
    check_key(key)
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


def _from_environment(env: Mapping[str, str], names: tuple[str, ...]) -> tuple[str | None, str]:
    for name in names:
        if value := env.get(name, "").strip():
            return value, name
    return None, ""
