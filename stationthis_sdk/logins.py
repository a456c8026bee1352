"""Giving the key once: asked for without showing it, tried, and kept where the next client finds it."""

import os
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any, Final, Literal

import attrs

from stationthis_sdk import keychain
from stationthis_sdk.config import KEY_VARIABLES, URL_VARIABLES, Settings, load_money, load_settings
from stationthis_sdk.errors import AuthError, ConfigError, InvalidInput, NoKey, SaveFailed, StationThisError
from stationthis_sdk.flags import load_flags
from stationthis_sdk.ipython import kernel_shell
from stationthis_sdk.logs import remember
from stationthis_sdk.places import DEFAULT_BASE_URL, data_folder, normal_base_url
from stationthis_sdk.profiles import DEFAULT_PROFILE, Profiles
from stationthis_sdk.secret import Secret

__all__ = ["Login", "login", "logout"]

_TRIES: Final = 3
_STORES: Final = ("keyring", "profile", "session")
Store = Literal["keyring", "profile", "session"]


@attrs.frozen(repr=False)
class Login:
    """Whose key is kept, and where; not the key. ``place`` says it in words, ``note`` what stands in its way.

    ``checked`` is whether the service has accepted the key.
    """

    account: str
    base_url: str
    profile: str
    store: Store
    place: str
    checked: bool = True
    note: str = ""

    def __repr__(self) -> str:
        accepted = "accepted" if self.checked else "not checked"
        note = f" {self.note}" if self.note else ""
        return f"<The key of {self.account} for {self.base_url} ({accepted}) is in {self.place}, profile {self.profile}.{note}>"


def login(
    *,
    profile: str | None = None,
    base_url: str | None = None,
    store: Store | None = None,
    check: bool = True,
    key_from: Callable[[], str] | None = None,
    home: str | os.PathLike[str] | None = None,
) -> Login:
    """Ask for the API key without showing it, try it, and keep it for every ``StationThis()`` from now on.

    In Colab it is read from the secret ``STATIONTHIS_API_KEY`` where there is one. It is never printed, nor in the
    notebook's file or the history; so there is no argument for it: ``key_from`` is a function that fetches it elsewhere.

    profile, base_url, home: as for ``StationThis``. store: "keyring" is the system's, and the default where the package
    ``keyring`` is installed and has a real one; else "profile", a file that only you can read; "session" is this process
    only. check: ask the service whether it accepts the key, with one reading call; typed again up to three times.

    Raises:
        NoKey: nobody can be asked here, or nothing was typed.
        AuthError: the service does not accept the key; nothing was kept.
        ConfigError, SaveFailed: a setting is wrong, or the key can't be kept there.

    Example:
        >>> from stationthis_sdk import StationThis
        >>> with StationThis(local=True) as st:
        ...     done = login(key_from=st.settings.api_key.reveal, base_url=st.base_url, store="session")
        ...     deployments = StationThis().deployments.list()
        >>> done.store, done.checked, logout()
        ('session', True, True)
    """
    if store not in {None, *_STORES}:
        raise InvalidInput(f"store is one of {', '.join(_STORES)}; got {store!r}.")
    name = profile or os.environ.get("STATIONTHIS_PROFILE") or DEFAULT_PROFILE
    kept = Profiles(Path(home).expanduser() if home is not None else data_folder())
    from_environment = next(filter(None, map(os.environ.get, URL_VARIABLES)), None)
    url = normal_base_url(base_url or kept.get(name).get("base_url") or from_environment or DEFAULT_BASE_URL)
    if store == "keyring":
        keychain.need()
    # Whatever else is wrong is told before anything is typed; the profile itself may be made only now.
    load_flags(None, kept.flags(name))
    load_money(stored=kept.money(name), where=f"profile {name}")
    kept.ui_url(name)
    key = (
        _tried(_secret(key_from), url, check=check)
        if key_from is not None
        else _of_colab(url, check=check) or _asked_for(url, check=check)
    )
    account = Settings(key, url, name, "").account
    where, place = _keep(kept, name, key, url, account, store)
    note = _what_hinders(key, url, name, profile, kept.path.parent if home is not None else None)
    return Login(account, url, name, where, place, check, note)


def logout(*, profile: str | None = None, home: str | os.PathLike[str] | None = None) -> bool:
    """Forget the key that ``login`` kept, wherever it is; False when there was none.

    What else the profile says (flags, rates, the month's cap) stays. The key itself stays valid until it is revoked on
    the service: ``st.account`` can do that.

    Raises:
        ConfigError, SaveFailed: the profile can't be read or written.
    """
    name = profile or os.environ.get("STATIONTHIS_PROFILE") or DEFAULT_PROFILE
    return Profiles(Path(home).expanduser() if home is not None else data_folder()).forget_key(name)


def _secret(ask: Callable[[], Any]) -> Secret:
    """What is answered, never as plain text in a variable: some tracebacks show those."""
    try:
        key = Secret(str(ask() or "").strip())
    except EOFError:
        key = Secret("")
    if not key.reveal():
        raise NoKey("No key was given; nothing was kept.")
    remember(key.reveal())
    return key


def _tried(key: Secret, url: str, *, check: bool) -> Secret:
    """The same key, when the service accepts it.

    Raises:
        AuthError: it does not.
        StationThisError: nobody knows, for the service did not say.
    """
    if (problem := _problem(key, url, check=check)) is not None:
        # Without the frames it comes from: in some the key is a plain text, and some tracebacks show those.
        raise problem.with_traceback(None) from None
    return key


def _problem(key: Secret, url: str, *, check: bool) -> StationThisError | None:
    from stationthis_sdk.sync import StationThis  # noqa: PLC0415 - HTTP is loaded when there is something to ask

    try:
        # Given all three it reads no profile: that of the environment may not be there yet.
        with StationThis(key.reveal(), url, DEFAULT_PROFILE) as st:
            if check:
                st.machines.list(refresh=True)
    except StationThisError as error:
        error.__context__ = error.__cause__ = None
        return error.told("Nothing was kept.")
    return None


def _asked_for(url: str, *, check: bool) -> Secret:
    prompt, problem = "API key (it does not show): ", None
    for left in reversed(range(_TRIES)):
        key = _secret(lambda prompt=prompt: _typed(prompt))  # type: ignore[misc]  # mypy can't infer it
        problem = _problem(key, url, check=check)
        if problem is None:
            return key
        if not isinstance(problem, AuthError | ConfigError) or not left:
            break
        prompt = f"{_first_sentence(problem.message)} API key again (it does not show): "
    raise problem.with_traceback(None) from None  # type: ignore[union-attr]  # there was a try


def _first_sentence(message: str) -> str:
    return message.partition(". ")[0].rstrip(".") + "."


def _typed(prompt: str) -> str:
    import getpass  # noqa: PLC0415 - only who is asked needs it
    import warnings  # noqa: PLC0415 - likewise

    # In a kernel the front end asks in its own way.
    if kernel_shell() is None and not (sys.stdin is not None and sys.stdin.isatty()):
        raise NoKey(f"There is no terminal to ask for the key: {_ELSEWHERE}")
    with warnings.catch_warnings():
        # Where it can't be hidden nothing is asked.
        warnings.simplefilter("error", getpass.GetPassWarning)
        try:
            return getpass.getpass(prompt)
        except NotImplementedError:  # IPython's, where nobody sits at the notebook
            raise NoKey(f"Nobody can be asked for the key here: {_ELSEWHERE}") from None
        except getpass.GetPassWarning:
            raise NoKey(f"What is typed here would show: {_ELSEWHERE}") from None


_ELSEWHERE: Final = "set STATIONTHIS_API_KEY, or run `stationthis login` in a terminal."


def _of_colab(url: str, *, check: bool) -> Secret | None:
    """The key among Colab's secrets, when this is Colab and it has one.

    Raises:
        NoKey: it has, and this notebook may not read it.
        AuthError: the service does not accept it.
    """
    if "google.colab" not in sys.modules:
        return None
    try:
        from google.colab import userdata  # type: ignore[import-not-found]  # noqa: PLC0415 - it is there in Colab only
    except ImportError:
        return None
    for name in KEY_VARIABLES:
        try:
            key = Secret(str(userdata.get(name) or "").strip())
        except Exception as error:  # noqa: BLE001 - Colab's own, three classes of one module
            problem = type(error).__name__
            if problem == "SecretNotFoundError":
                continue
            if problem == "NotebookAccessError":
                raise NoKey(
                    f"The Colab secret {name} is there, and this notebook may not read it: switch on its Notebook access "
                    "in the key panel at the left, then run this cell again."
                ) from None
            raise NoKey(
                f"Colab did not give the secret {name} ({problem}): answer its question, then run this cell again, "
                f"or set STATIONTHIS_API_KEY."
            ) from None
        if key.reveal():
            remember(key.reveal())
            if (found := _problem(key, url, check=check)) is not None:
                raise found.told(f"It is the Colab secret {name}.").with_traceback(None) from None
            return key
    return None


def _keep(
    kept: Profiles, name: str, key: Secret, url: str, account: str, store: Store | None
) -> tuple[Store, str]:
    """Where it is now: the store, and the same in words."""
    elsewhere = url if url != DEFAULT_BASE_URL else None
    keyring = keychain.name_of() if store in {None, "keyring"} else None
    if store == "session":
        kept.set_for_now(name, key, url)
        return "session", "the memory of this process"
    if keyring is not None:
        try:
            kept.set_in_keyring(name, key, base_url=elsewhere, account=account)
        except SaveFailed as error:
            if store == "keyring":
                raise error.with_traceback(None) from None
        else:
            return "keyring", f"the system's keyring ({keyring})"
    try:
        kept.set(name, api_key=key.reveal(), base_url=elsewhere)
    except StationThisError as error:
        raise error.with_traceback(None) from None
    return "profile", str(kept.path)


def _what_hinders(key: Secret, url: str, name: str, profile: str | None, home: Path | None) -> str:
    """A sentence when ``StationThis()`` would use another key or address than these; else nothing."""
    settings = load_settings(profile=profile, home=home)
    if settings.api_key != key:
        return f"{settings.source} is set, and wins over it: unset it."
    if settings.base_url != url:
        return f"Another address is set, and wins over its own: {settings.base_url}."
    return f"Use it: StationThis(profile={name!r})." if profile not in {None, DEFAULT_PROFILE} else ""
