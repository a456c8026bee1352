"""What a bot hands to a notebook or a web page, and gets back: preferences, last run, history; signed, never a key."""

import contextlib
import hashlib
import hmac
import math
import os
import re
import secrets
import time
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final, Protocol, Self
from urllib.parse import urlsplit

import attrs

from stationthis_sdk.config import KEY_VARIABLES
from stationthis_sdk.entities import is_seconds, is_uuid
from stationthis_sdk.errors import InvalidInput, NotFound
from stationthis_sdk.logs import is_secret, redact
from stationthis_sdk.places import data_folder
from stationthis_sdk.store.atomic import atomic_file, put_new
from stationthis_sdk.store.own_secret import make_folder, secret_of

if TYPE_CHECKING:
    from itsdangerous import URLSafeSerializer

__all__ = ["SharedSession"]

HISTORY: Final = 50
TOKEN_CHARACTERS: Final = 4096
SAVED_BYTES: Final = 1 << 16
LONGEST: Final = 366 * 86_400
SECRET_VARIABLE: Final = "STATIONTHIS_SHARING_SECRET"  # noqa: S105 - its name
SHORTEST_KEY: Final = 6
DEPTH: Final = 16
# Keys as they look: a JWT; what follows "Bearer"; a Telegram bot's token, a Discord bot's; those of gateways and others.
_KEYS: Final = re.compile(
    r"(?<![\w-])(?>[\w-]*?eyJ)[\w-]{8,}+\.[\w-]|(?i:\bbearer\s+)(?=\S*[\d._-])\S{12,}|\b\d{6,12}:[\w-]{30,}"
    r"|\b[\w-]{24,28}\.[\w-]{6}\.[\w-]{27,}|\b(local_|hf_|sk-)[\w-]{30,}",
)
_NAMES_OF_KEYS: Final = re.compile(
    r"(?i)((api|access|secret|private)[_-]?key|(access|api|auth|bot|refresh)[_-]?token"
    r"|authorization|password|passphrase|\bsecret|_secret)$"
)


class _Run(Protocol):
    @property
    def id(self) -> str: ...


def _user(_session: Any, _field: Any, user: Any) -> None:
    if not isinstance(user, str) or not user.strip() or len(user) > 200 or not user.isprintable():
        raise InvalidInput(f"user is a text of up to 200 characters, like 'telegram:12345', not {user!r}.")
    _refuse_keys(user)


def _preferences(_session: Any, _field: Any, preferences: Any) -> None:
    _refuse_keys(preferences)


def _copied(preferences: object) -> dict[str, Any]:
    """A copy of its own: plain JSON, as it comes back from a token."""
    if not isinstance(preferences, Mapping):
        raise InvalidInput(f"preferences are a dict of plain JSON, not {type(preferences).__name__}.")
    return {name: _plain(one, DEPTH - 1) for name, one in _named(preferences).items()}


def _run_id(run: object) -> str | None:
    """The id of a run, given as it or as the run itself."""
    if run is None:
        return None
    found = run if isinstance(run, str) else getattr(run, "id", None)
    if not is_uuid(found):
        raise InvalidInput(f"A run is given by its id or itself, not {run!r}.")
    return str(found)


def _history(runs: object) -> tuple[str, ...]:
    if isinstance(runs, str) or not isinstance(runs, Sequence):
        raise InvalidInput(f"history is a list of run ids, the newest first, not {type(runs).__name__}.")
    return tuple(dict.fromkeys(found for run in runs if (found := _run_id(run))))[:HISTORY]


@attrs.frozen
class SharedSession:
    """What one user takes along from a bot to a notebook or a web page, and back.

    user: whose it is, with the platform in it, so that no two are the same. preferences: plain JSON. last_run: a run
    id. history: run ids, the newest first, fifty at most. What it becomes is signed and ends: a token, which holds
    everything and can be read on every machine with the same secret; or a short code, which stands for what is kept
    on this machine. Neither holds a key: whoever reads them signs in with a key of their own.

    The secret: ``secret=``, else ``STATIONTHIS_SHARING_SECRET``, else one made in the data folder, good on this
    machine. Reading and writing there is blocking, so a bot calls it with ``asyncio.to_thread``.

    Example:
        >>> shared = SharedSession("telegram:12345", {"cfg": 7})
        >>> token = shared.token(expires_in=600, secret="at least sixteen characters")
        >>> SharedSession.from_token(token, secret="at least sixteen characters").preferences
        {'cfg': 7}
    """

    user: str = attrs.field(validator=_user)
    preferences: Mapping[str, Any] = attrs.field(factory=dict, converter=_copied, validator=_preferences)
    last_run: str | None = attrs.field(default=None, converter=_run_id)
    history: tuple[str, ...] = attrs.field(default=(), converter=_history)

    def with_run(self, run: str | _Run) -> Self:
        """A copy in which this run is the last, and first in the history.

        Example:
            >>> run_id = "5ea8723e-4701-4d69-8604-8932801f2083"
            >>> SharedSession("telegram:12345").with_run(run_id).history
            ('5ea8723e-4701-4d69-8604-8932801f2083',)
        """
        if (run_id := _run_id(run)) is None:
            raise InvalidInput("Which run? Give its id or itself.")
        return attrs.evolve(self, last_run=run_id, history=(run_id, *self.history))

    def with_preferences(self, preferences: Mapping[str, Any] | None = None, /, **more: Any) -> Self:
        """A copy with these preferences changed; None takes one away.

        Example:
            >>> SharedSession("telegram:12345", {"cfg": 7}).with_preferences(cfg=None, style="ink").preferences
            {'style': 'ink'}
        """
        if not isinstance(preferences, Mapping | None):
            raise InvalidInput(f"preferences are a dict of plain JSON, not {type(preferences).__name__}.")
        changed = {**self.preferences, **(preferences or {}), **more}
        return attrs.evolve(
            self, preferences={name: value for name, value in changed.items() if value is not None}
        )

    def token(self, *, expires_in: float = 3600, purpose: str = "", secret: str | None = None) -> str:
        """All of it as text for a URL, a cookie or a form: signed, not encrypted, good for ``expires_in`` seconds.

        ``purpose`` is a word that reading has to name as well; bots or accounts that share a secret keep apart by it.
        Up to 4096 characters: what is larger is for ``save``.

        Raises:
            InvalidInput: it is too large for a token, or the time or the secret makes no sense.
            ConfigError, SaveFailed: the secret of this machine can't be read or made.
        """
        token = self._signed(_expiry(expires_in), purpose, secret)
        if len(token) > TOKEN_CHARACTERS:
            raise InvalidInput(
                f"This is {len(token)} characters as a token, and {TOKEN_CHARACTERS} fit: save() it and hand over "
                "the code, or keep less in the preferences."
            )
        return token

    @classmethod
    def from_token(
        cls, token: str, *, user: str | None = None, purpose: str = "", secret: str | None = None
    ) -> Self:
        """Read a token back; ``user`` is who it has to be of, when that is known.

        Raises:
            InvalidInput: it was changed, has expired, was made with another secret or for another purpose or user.
            ConfigError: the secret that is set, or this machine's, can't be used.
        """
        if not isinstance(token, str) or len(token) > SAVED_BYTES * 2 or not token.isascii():
            raise InvalidInput("This is no token of a shared session.")
        return cls._of(token, user, purpose, secret)

    def url(
        self, base: str, *, expires_in: float = 3600, purpose: str = "", secret: str | None = None
    ) -> str:
        """A link that hands it over in its fragment, ``#shared=…``, which browsers send to no server.

        Raises:
            InvalidInput: ``base`` is no web address, or has a fragment, a password or a key; or as ``token``.
        """
        try:
            parts = urlsplit(base)
            usable = parts.scheme in {"http", "https"} and bool(parts.hostname) and parts.port != 0
        except (ValueError, AttributeError, TypeError):
            usable = False
        if not usable or "#" in base or re.search(r"[\s\\]", base) or not base.isprintable():
            raise InvalidInput(
                f"{redact(repr(base))} can't be linked to: a web address without a fragment can."
            )
        if "@" in parts.netloc:
            raise InvalidInput("The address to link to has a name or a password in it: leave those out.")
        _refuse_keys(base, "the address to link to")
        return f"{base}#shared={self.token(expires_in=expires_in, purpose=purpose, secret=secret)}"

    def save(self, *, expires_in: float = 3600, purpose: str = "", secret: str | None = None) -> str:
        """Keep it on this machine and return a code of 22 letters, digits, - and _, as Telegram's deep links take it.

        Whoever has the code can load it until it expires; saving again makes another code.

        Raises:
            InvalidInput: it is larger than 64 KiB, or the time or the secret makes no sense.
            SaveFailed: the disk is full, or the data folder can't be written.
        """
        expires = _expiry(expires_in)
        content = self._signed(expires, purpose, secret).encode()
        if len(content) > SAVED_BYTES:
            raise InvalidInput(
                f"This is {len(content)} bytes, and {SAVED_BYTES} fit: keep less in the preferences."
            )
        code = secrets.token_urlsafe(16)
        path = _path_of(code)
        make_folder(path.parent)
        _sweep(path.parent)

        def place(file: Path) -> None:
            # Its time is that of its end, for those who sweep.
            os.utime(file, (expires, expires))
            put_new(file, path)

        with atomic_file(path, mode=0o600, place=place) as file:
            file.write(content)
        return code

    @classmethod
    def load(
        cls, code: str, *, user: str | None = None, purpose: str = "", secret: str | None = None
    ) -> Self:
        """What was saved under this code on this machine.

        Raises:
            NotFound: nothing is, or not any more.
            InvalidInput: as ``from_token``.
        """
        if not isinstance(code, str) or not re.fullmatch(r"[\w-]{22}", code, re.ASCII):
            raise InvalidInput("This is no code of a shared session: it has 22 letters, digits, - and _.")
        path, content = _path_of(code), b""
        with contextlib.suppress(OSError), path.open("rb") as file:
            if os.fstat(file.fileno()).st_mtime > time.time():
                content = file.read(SAVED_BYTES + 1)
        if not content:
            raise NotFound(
                "Nothing is shared under this code on this machine, or its time is over: ask for a new one."
            )
        return cls.from_token(content.decode("ascii", "replace"), user=user, purpose=purpose, secret=secret)

    def _signed(self, expires: int, purpose: str, secret: str | None) -> str:
        # Looked at anew: a dict can be changed after it was given.
        content = {**attrs.asdict(attrs.evolve(self), recurse=False), "expires": expires}
        return str(_serializer(purpose, _secret(secret, make=True)).dumps(content))

    @classmethod
    def _of(cls, token: str, user: str | None, purpose: str, secret: str | None) -> Self:
        serializer = _serializer(purpose, _secret(secret, make=False))
        value = token.rpartition(".")[0]
        # Compared as text: base64 has several ways to write the same signature.
        genuine = serializer.make_signer(serializer.salt).sign(value).decode()
        if not hmac.compare_digest(genuine, token):
            raise InvalidInput(
                "This token was changed, was made with another secret, or is for another purpose: ask for a new one."
            )
        content = serializer.load_payload(value.encode())
        if content.pop("expires") <= time.time():
            raise InvalidInput("This token has expired: ask for a new one.")
        if user is not None and user != content["user"]:
            raise InvalidInput("This token is another user's: ask for one of your own.")
        return cls(**content)


def _serializer(purpose: str, secret: str) -> "URLSafeSerializer":
    from itsdangerous import URLSafeSerializer  # noqa: PLC0415 - who shares nothing need not load it

    if not isinstance(purpose, str) or not _is_text(purpose):
        raise InvalidInput(f"purpose is a word, not {purpose!r}.")
    return URLSafeSerializer(
        secret,
        salt=f"stationthis.shared-session:{purpose}",
        signer_kwargs={"key_derivation": "hmac", "digest_method": hashlib.sha256},
    )


def _expiry(expires_in: float) -> int:
    if not is_seconds(expires_in) or not expires_in <= LONGEST:
        raise InvalidInput(f"expires_in is seconds, more than 0 and a year at most; got {expires_in!r}.")
    return math.ceil(time.time() + expires_in)


def _refuse_keys(value: object, what: str = "user") -> None:
    """Nothing that looks like a key leaves: a token is signed, and can be read by everybody.

    Raises:
        InvalidInput: something does; what it is, is not repeated.
    """
    keys = [key for name in KEY_VARIABLES if len(key := os.environ.get(name, "").strip()) >= SHORTEST_KEY]
    for place, text in _texts(value):
        if is_secret(text) or _KEYS.search(text) or any(key in text for key in keys):
            raise InvalidInput(f"There is what looks like a key in {place or what}: keys are not shared.")
        if text and any(_NAMES_OF_KEYS.search(name) for name in place.split(".")):
            raise InvalidInput(f"preferences has {place!r}, which looks like a key: keys are not shared.")


def _texts(value: object, place: str = "") -> Iterator[tuple[str, str]]:
    """Each text with the names that lead there."""
    if isinstance(value, Mapping):
        for name, one in value.items():
            yield place or "preferences", name
            yield from _texts(one, f"{place}.{name}" if place else name)
    elif isinstance(value, list):
        for one in value:
            yield from _texts(one, place or "preferences")
    elif isinstance(value, str):
        yield place, value


def _plain(value: object, depth: int) -> object:
    """A copy made of what JSON has.

    Raises:
        InvalidInput: something it has not.
    """
    if value is None or isinstance(value, bool | str) or (type(value) is int and abs(value) < 1 << 63):
        if isinstance(value, str) and not _is_text(value):
            raise InvalidInput(
                "preferences has half a character in a text (a lone surrogate), which can't be sent."
            )
        return value
    if isinstance(value, float) and math.isfinite(value):
        return value
    if (
        depth
        and isinstance(value, Mapping)
        and all(isinstance(name, str) and _is_text(name) for name in value)
    ):
        return {name: _plain(one, depth - 1) for name, one in value.items()}
    if depth and isinstance(value, list | tuple):
        return [_plain(one, depth - 1) for one in value]
    raise InvalidInput(
        f"preferences are plain JSON, {DEPTH} levels deep at most: text, numbers, true, false, null, lists "
        f"and objects; there is {'a deeper one' if not depth else type(value).__name__} in them."
    )


def _named(value: Mapping[Any, Any]) -> Mapping[str, Any]:
    if odd := [name for name in value if not isinstance(name, str) or not _is_text(name)]:
        raise InvalidInput(f"preferences are plain JSON: names are text, and {odd[0]!r} is not.")
    return value


def _is_text(text: str) -> bool:
    try:
        text.encode()
    except UnicodeEncodeError:
        return False
    return True


def _path_of(code: str) -> Path:
    """Named by the code's hash: who can list the folder can't load what is in it."""
    return data_folder() / "shared" / hashlib.sha256(code.encode()).hexdigest()


def _sweep(folder: Path) -> None:
    """Remove what has expired."""
    now = time.time()
    with contextlib.suppress(OSError), os.scandir(folder) as entries:
        for entry in entries:
            with contextlib.suppress(OSError):
                # What a writer left that was killed is younger than its end: it has an hour.
                grace = 0 if re.fullmatch(r"[0-9a-f]{64}", entry.name) else 3600
                if entry.stat().st_mtime + grace < now:
                    Path(entry.path).unlink()


def _secret(given: str | None, *, make: bool) -> str:
    """The secret that signs: given, else the environment's, else this machine's, made once."""
    return secret_of(given, SECRET_VARIABLE, data_folder() / "sharing-secret", make=make)
