"""The profiles file: keys, addresses and what goes with them, by name.

A profile is a table in ``config.toml`` in the settings folder (``STATIONTHIS_HOME`` moves it). It has the key, or says
that the system's keyring has it; ``login(store="session")`` gives it one for this process.
"""

import hashlib
import os
import stat
import warnings
from pathlib import Path
from typing import Any, Final

from stationthis_sdk import keychain
from stationthis_sdk.errors import ConfigError, SaveFailed
from stationthis_sdk.places import normal_base_url
from stationthis_sdk.secret import Secret, check_key

__all__ = ["DEFAULT_PROFILE", "Profiles"]

DEFAULT_PROFILE: Final = "default"
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
            import tomllib  # noqa: PLC0415 - many have no such file

            return tomllib.loads(text)
        except FileNotFoundError:
            return {}
        except (OSError, ValueError) as error:
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
        check_key(api_key)
        self._set(name, {"api_key": api_key}, base_url)

    def set_in_keyring(self, name: str, key: Secret, *, base_url: str | None, account: str) -> None:
        """Put the key into the system's keyring, and write a profile that says so, as ``set`` does.

        Raises:
            ConfigError, SaveFailed: as for ``set``, or the keyring does not take it.
        """
        check_key(key.reveal())
        entry = f"{name}-{hashlib.sha256(os.fsencode(self.path.absolute())).hexdigest()[:8]}"
        keychain.keep(entry, key.reveal())
        self._set(name, {"keyring": entry, "account": account}, base_url)

    def set_for_now(self, name: str, key: Secret, base_url: str) -> None:
        """Give a profile this key and address until the process ends; nothing is written."""
        check_key(key.reveal())
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
