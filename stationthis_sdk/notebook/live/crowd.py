"""How many things one cell shows at once: a loop over a thousand submits is no thousand widgets."""

from typing import Any, Final

from stationthis_sdk.notebook.html import bundle, card, h
from stationthis_sdk.notebook.where import cell_of

__all__ = ["Crowd", "crowd"]

MOST: Final = 12


class Crowd:
    """Counts what is shown live in the cell that is being run."""

    def __init__(self) -> None:
        self._run = ""
        self._shown = 0

    def has_room(self) -> bool:
        """Whether one more is shown here; the first one that is not is told about."""
        _, run = cell_of()
        if run != self._run or not run:
            self._run, self._shown = run, 0
        self._shown += 1
        if self._shown == MOST + 1:
            from IPython.display import display  # noqa: PLC0415 - there is a notebook, so it is there

            said = "More runs are under way than are shown here: st.runs.list() tells of all."
            put: Any = display
            put({"text/plain": said, **bundle(card(h.div(".st-dim")[said]))}, raw=True)
        return self._shown <= MOST


_crowd = Crowd()


def crowd() -> Crowd:
    """Of this kernel."""
    return _crowd
