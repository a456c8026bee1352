"""Whatever is public shows itself in a notebook as HTML, beside its plain text."""

import logging
from importlib import import_module
from typing import Any, Final

__all__ = ["Shown"]

_log: Final = logging.getLogger("stationthis_sdk.notebook")


class Shown:
    """What is shown: ``stationthis_sdk.notebook`` knows how, and is found by name, as it builds on the public classes."""

    __slots__ = ()

    def _repr_mimebundle_(self, include: Any = None, exclude: Any = None) -> dict[str, Any]:  # noqa: ARG002 - IPython's form
        plain = {"text/plain": repr(self)}
        try:
            bundle: dict[str, Any] = import_module("stationthis_sdk.notebook.displays").bundle_of(self)
        except ImportError as error:  # the extra is not installed
            import_module("stationthis_sdk.notebook.hints").hint(
                f"Things are shown as text ({error.name} is missing)"
            )
            return plain
        except Exception as error:  # noqa: BLE001 - a picture that fails must not hide the thing
            _log.warning("Shown as text only: %s: %s", type(error).__name__, error)
            return plain
        return plain | bundle
