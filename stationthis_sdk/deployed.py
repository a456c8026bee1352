"""The deployments by import: ``from stationthis_sdk.deployed import portrait``.

That is ``StationThis().deployments["portrait"]``, of the settings that the environment or a profile has; spaces and
dashes become ``_``, as in ``text_to_picture``. ``stationthis stubs`` writes what editors and type checkers know of them.
"""

# No name here but with an underscore: all others are those of deployments.
import typing as _t

if _t.TYPE_CHECKING:
    # Written by `stationthis stubs` into the folder typings of a project; without it all are plain deployments.
    from stationthis_deployed import *  # type: ignore[import-not-found]  # noqa: F403

    from stationthis_sdk.sync import Deployment as _Deployment


def __getattr__(name: str) -> "_Deployment":
    if name.startswith("_"):  # asked for by Python itself, not by people
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    import sys as _sys  # noqa: PLC0415 - all is loaded with the first name

    from stationthis_sdk.importable import find  # noqa: PLC0415 - likewise

    return find(name, _sys._getframe(1))  # noqa: SLF001 - who asks decides which error it is


def __dir__() -> list[str]:
    from stationthis_sdk.importable import listed  # noqa: PLC0415 - see above

    return listed()
