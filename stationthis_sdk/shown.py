"""Whatever is public shows itself in a notebook as HTML, beside its plain text."""

import logging
import sys
from importlib import import_module
from typing import Any, Final

from stationthis_sdk.ipython import kernel_shell

__all__ = ["Shown", "hint"]

_log: Final = logging.getLogger("stationthis_sdk.notebook")
_hinted: set[str] = set()


class Shown:
    """What is shown: ``stationthis_sdk.notebook`` knows how, and is found by name, as it builds on the public classes."""

    __slots__ = ()

    def _repr_mimebundle_(self, include: Any = None, exclude: Any = None) -> dict[str, Any]:  # noqa: ARG002 - IPython's form
        plain = {"text/plain": repr(self)}
        try:
            bundle: dict[str, Any] = import_module("stationthis_sdk.notebook.displays").bundle_of(self)
        except ImportError as error:  # the extra is not installed
            hint(f"Things are shown as text ({error.name} is missing)")
            return plain
        except Exception as error:  # noqa: BLE001 - a picture that fails must not hide the thing
            _log.warning("Shown as text only: %s: %s", type(error).__name__, error)
            return plain
        return plain | bundle


def hint(what: str) -> None:
    """Say once in a kernel, beside the cell, that the notebook's packages would show more; nothing anywhere else."""
    if kernel_shell() is None or _hinted or sys.stderr is None:
        return
    _hinted.add(what)
    print(f"{what}: pip install 'stationthis-sdk[notebook]'.", file=sys.stderr)  # noqa: T201 - what a notebook shows
