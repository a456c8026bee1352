"""What this machine signs with: a secret that is given, or set in the environment, or made once and kept."""

import os
import secrets
import time
from pathlib import Path
from typing import Final

from stationthis_sdk.errors import ConfigError, InvalidInput, SaveFailed
from stationthis_sdk.store.atomic import atomic_file, put_new

__all__ = ["SHORTEST_SECRET", "make_folder", "secret_of"]

SHORTEST_SECRET: Final = 16


def secret_of(given: str | None, variable: str, path: Path, *, make: bool) -> str:
    """The secret that signs: given, else the environment's, else that of this machine at ``path``, made once.

    Raises:
        InvalidInput: the one given is too short; or there is none here, and none is to be made.
        ConfigError: the one set is too short, or the file can't be read.
        SaveFailed: it can't be written.
    """
    source = "secret"
    if given is None:
        source, given = variable, os.environ.get(variable, "").strip() or None
    if given is None:
        return _own_secret(path, variable, make=make)
    if not isinstance(given, str) or len(given) < SHORTEST_SECRET or not _is_text(given):
        problem = f"{source} wants {SHORTEST_SECRET} characters at least: python -c 'import secrets; print(secrets.token_hex())'"
        raise InvalidInput(problem) if source == "secret" else ConfigError(problem)
    return given


def make_folder(folder: Path) -> None:
    """Make a folder for its owner alone.

    Raises:
        SaveFailed: it can't be made.
    """
    try:
        folder.mkdir(mode=0o700, parents=True, exist_ok=True)
    except OSError as error:
        raise SaveFailed(f"Can't make the folder {folder}: {error.strerror}.") from None


def _own_secret(path: Path, variable: str, *, make: bool) -> str:
    if (found := _read_secret(path)) is not None:
        return found
    if not make:
        raise InvalidInput(
            f"Nothing was signed on this machine yet: set {variable} to what it is where the token was made."
        )
    make_folder(path.parent)
    failure: SaveFailed | None = None
    try:
        with atomic_file(path, mode=0o600, place=lambda file: put_new(file, path)) as file:
            file.write(secrets.token_hex(32).encode())
    except SaveFailed as error:
        failure = error  # another process may have been first: then its secret is everybody's
    if (found := _read_secret(path)) is None:
        raise failure or SaveFailed(f"{path} is gone as soon as it is written.")
    return found


def _read_secret(path: Path) -> str | None:
    try:
        found = path.read_text("ascii").strip()
        for _ in range(20):
            if found:
                break
            # Where there are no hard links, another process holds the name for a moment before it writes.
            time.sleep(0.05)
            found = path.read_text("ascii").strip()
    except FileNotFoundError:
        return None
    except (OSError, UnicodeDecodeError) as error:
        raise ConfigError(f"Can't read {path}: {error}.") from None
    if len(found) < SHORTEST_SECRET:
        raise ConfigError(f"{path} is damaged: remove it, and a new one is made; older tokens are void then.")
    return found


def _is_text(text: str) -> bool:
    try:
        text.encode()
    except UnicodeEncodeError:
        return False
    return True
