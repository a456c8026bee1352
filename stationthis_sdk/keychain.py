"""The system's keyring, for those who have the package ``keyring`` and a keyring that keeps secrets: on request only."""

from typing import Any, Final, NoReturn

from stationthis_sdk.errors import ConfigError, MissingExtra, NoKey, SaveFailed

__all__ = ["find", "forget", "keep", "name_of", "need"]

_SERVICE: Final = "stationthis-sdk"
_WITHOUT: Final = "store='profile' keeps the key in a file that only you can read."


def name_of() -> str | None:
    """What the keyring calls itself; None when there is none that keeps secrets."""
    try:
        import keyring  # noqa: PLC0415 - many have none, and nobody pays for it unasked

        return str(keyring.get_keyring().name) if _is_real(keyring.get_keyring()) else None
    except Exception:  # noqa: BLE001 - it may be half installed, and backends are strangers
        return None


def _is_real(backend: Any) -> bool:
    """Whether the package itself recommends it: plain files, and what only fails, are below 1."""
    chained = getattr(backend, "backends", None)
    if chained is not None and not callable(chained):  # several, of which the first is asked first
        return any(_is_real(one) for one in list(chained)[:1])
    return float(backend.priority) >= 1


def need() -> str:
    """The keyring's name.

    Raises:
        MissingExtra: the package is not installed.
        ConfigError: there is no keyring that keeps secrets.
    """
    try:
        import keyring  # noqa: F401, PLC0415 - see above
    except ImportError:
        raise MissingExtra(f"store='keyring' needs: pip install keyring. {_WITHOUT}") from None
    if (name := name_of()) is None:
        raise ConfigError(f"This system has no keyring that keeps secrets. {_WITHOUT}")
    return name


def keep(entry: str, key: str) -> None:
    """Put a key in under this name, and look that it is there.

    Raises:
        SaveFailed: the keyring does not take it.
    """
    problem = "it was not there afterwards"
    try:
        import keyring  # noqa: PLC0415 - see above

        keyring.set_password(_SERVICE, entry, key)
        if keyring.get_password(_SERVICE, entry) == key:
            return
    except Exception as error:  # noqa: BLE001 - backends are strangers, and what they say may hold the key
        problem = type(error).__name__
    raise SaveFailed(f"The system's keyring did not take the key ({problem}). {_WITHOUT}")


def find(entry: str, profile: str) -> str:
    """The key of that name, which is the one of this profile.

    Raises:
        NoKey: it is not there any more.
        ConfigError: the keyring can't be read.
    """
    try:
        import keyring  # noqa: PLC0415 - see above

        found = keyring.get_password(_SERVICE, entry)
    except ImportError:
        _unread(profile, "the package keyring is not installed here: pip install keyring")
    except Exception as error:  # noqa: BLE001 - backends are strangers
        _unread(profile, f"it can't be read ({type(error).__name__}): is it locked?")
    if not found:
        raise NoKey(
            f"The key of profile {profile!r} is no longer in the system's keyring: log in again, or set STATIONTHIS_API_KEY."
        )
    return found


def _unread(profile: str, why: str) -> NoReturn:
    raise ConfigError(
        f"The key of profile {profile!r} is in the system's keyring, and {why}. Or log in again, or set STATIONTHIS_API_KEY."
    ) from None


def forget(entry: str) -> bool:
    """Take a key out; False when it can't be: it is gone already, or the keyring is."""
    try:
        import keyring  # noqa: PLC0415 - see above

        keyring.delete_password(_SERVICE, entry)
    except Exception:  # noqa: BLE001 - see above
        return False
    return True
