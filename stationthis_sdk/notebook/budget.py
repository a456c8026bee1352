"""How many bytes of pictures a notebook file may hold.

Each display takes a share of what is left, so that a notebook never grows beyond its budget and its pictures only
become smaller. A cell that is run again, or a display that is drawn anew, gives back what it held before; what an earlier
run of a cell still draws in the background is seen by nobody, and holds nothing.
"""

import os
import threading
from typing import Final

from stationthis_sdk.errors import ConfigError
from stationthis_sdk.notebook.where import CellRun, cell_run

__all__ = ["BUDGET_VARIABLE", "Budget", "budget", "no_room"]

BUDGET_VARIABLE: Final = "STATIONTHIS_NOTEBOOK_MB"
"""Megabytes of pictures that a notebook file may hold."""
_DEFAULT: Final = 4.0
_SHARE: Final = 0.4
"""The part of what is left that one display may take."""


class Budget:
    """Bytes of pictures, as they are written into the file (base64), by cell and display.

    >>> budget = Budget(1000)
    >>> budget.room("first")
    400
    >>> budget.take("first", 200), budget.room("second")
    (True, 320)
    """

    def __init__(self, most: int) -> None:
        self.most = most
        self._held: dict[tuple[str, str], int] = {}
        self._runs: dict[str, CellRun] = {}
        self._lock = threading.Lock()

    def room(self, display: str) -> int:
        """How many bytes this display may hold: two fifths of what nobody else holds."""
        with self._lock:
            return int(max(0, self.most - self._others(self._place(display))) * _SHARE)

    def take(self, display: str, size: int) -> bool:
        """Note what a display holds now, in place of what it held before; False, and nothing, when there is no room."""
        with self._lock:
            place = self._place(display)
            if size > self.most - self._others(place):
                return False
            if place is not None:
                self._held[place] = size
            return True

    def _others(self, place: tuple[str, str] | None) -> int:
        return sum(size for key, size in self._held.items() if key != place)

    def _place(self, display: str) -> tuple[str, str] | None:
        """By cell and display; None for what belongs to an earlier run of a cell."""
        here = cell_run()
        if not here.cell:  # such as a click: it draws a display anew that stands somewhere
            return next((key for key in reversed(self._held) if key[1] == display), ("", display))
        latest = self._runs.get(here.cell)
        if latest is not None and latest.run != here.run:
            if None not in (here.at, latest.at) and here.at < latest.at:  # type: ignore[operator]
                return None
            for key in [key for key in self._held if key[0] == here.cell]:
                del self._held[key]
        self._runs[here.cell] = here
        return here.cell, display


def _most() -> int:
    written = os.environ.get(BUDGET_VARIABLE, "").strip()
    try:
        megabytes = float(written) if written else _DEFAULT
    except ValueError:
        megabytes = -1.0
    if not 0 <= megabytes < 10_000:
        raise ConfigError(
            f"{BUDGET_VARIABLE} is megabytes of pictures in a notebook, like 4; got {written!r}."
        )
    return int(megabytes * 1_000_000)


_budget: Budget | None = None


def budget() -> Budget:
    """The budget of this kernel's notebook."""
    global _budget  # noqa: PLW0603 - a kernel has one notebook
    if _budget is None:
        _budget = Budget(_most())
    return _budget


def no_room() -> str:
    """Why a picture is not shown where there is no room left, and what to do."""
    megabytes = f"{budget().most / 1_000_000:g} MB"
    return f"not shown: {megabytes} of pictures are the most for this notebook, {BUDGET_VARIABLE} allows more"
