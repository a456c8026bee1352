"""What ``stationthis_sdk.deployed`` has: one client of the environment's settings, and errors that imports let through."""

import dis
from collections.abc import Callable
from types import FrameType
from typing import Any, Final

from stationthis_sdk.config import load_settings
from stationthis_sdk.errors import AmbiguousName, StationThisError
from stationthis_sdk.names import unknown
from stationthis_sdk.python_names import Names, class_names, names_of
from stationthis_sdk.sync import Deployment, StationThis

__all__ = ["also", "find", "listed"]

_clients: Final[list[StationThis]] = []


def find(name: str, asker: FrameType) -> Deployment:
    """The deployment of this Python name. ``asker`` is the frame that wants it.

    Raises:
        NotFound: there is none; an ImportError too for an import, else an AttributeError.
        AmbiguousName: several would have that name.
        StationThisError: nobody knows, without a key or a connection; an AttributeError too but for an import.
    """
    importing = dis.opname[asker.f_code.co_code[asker.f_lasti]] == "IMPORT_FROM"
    try:
        return _find(name, importing=importing)
    except StationThisError as error:
        if importing or isinstance(error, ImportError | AttributeError):
            raise
        # What looks at modules, as pytest does, asks for names of its own, and takes an AttributeError for a no.
        problem = also(error, AttributeError)
    raise problem


def _find(name: str, *, importing: bool) -> Deployment:
    names = _known()
    if name not in names.found:
        names = _known(refresh=True)
    if (found := names.found.get(name)) is not None:
        return found
    if name in class_names(names.found).values():
        return Deployment  # type: ignore[return-value]  # type checkers know a class of that name; annotations may use it
    if (instead := names.shared.get(name)) is not None:
        raise AmbiguousName(
            f"Several deployments would be called {name!r}: import {', '.join(instead)}, or take one of "
            "StationThis().deployments by its name or id.",
            candidates=instead,
        )
    missing = unknown("deployment", name, names.found)
    # Of an AttributeError an import would tell nothing.
    raise also(missing, ImportError if importing else AttributeError)


def listed() -> list[str]:
    """The names, for completion; none without a key or a connection."""
    try:
        return sorted(_known().found)
    except StationThisError:
        return []


def also(error: StationThisError, kind: type[Exception]) -> StationThisError:
    """The same error, which is one of this built-in kind as well.

    >>> from stationthis_sdk import NoKey
    >>> error = also(NoKey("No API key."), AttributeError)
    >>> isinstance(error, NoKey), isinstance(error, AttributeError), str(error)
    (True, True, 'No API key.')
    """

    def reduced(_self: Any) -> tuple[Callable[..., StationThisError], tuple[Any, ...]]:
        return also, (error, kind)

    ours = type(error)
    both = type(ours.__name__, (ours, kind), {"__module__": ours.__module__, "__reduce__": reduced})
    made: StationThisError = BaseException.__new__(both)
    StationThisError.__init__(made, error.message)
    made.__dict__.update(error.__dict__)
    return made


def _known(*, refresh: bool = False) -> Names[Deployment]:
    if not _clients or _clients[0].settings != load_settings():
        _clients[:] = [StationThis()]  # the old one stays open for the deployments that came from it
    return names_of(_clients[0].deployments.list(refresh=refresh))
