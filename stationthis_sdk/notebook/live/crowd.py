"""How many things one cell shows at once: a loop over a thousand submits is no thousand widgets."""

from contextlib import ExitStack
from typing import Any, Final

from stationthis_sdk.notebook.where import cell_of

__all__ = ["Crowd", "crowd"]

MOST: Final = 12


class Crowd:
    """What is shown live, by the runs of cells that show it."""

    def __init__(self) -> None:
        self._live: list[str] = []
        self._told: str | None = None

    def joined(self, at_end: ExitStack) -> bool:
        """Whether one more is shown here, until its end; the first one that is not is told about."""
        _, run = cell_of()
        if self._live.count(run) < MOST:
            self._live.append(run)
            at_end.callback(self._live.remove, run)
            return True
        if run != self._told:
            self._told = run
            _tell()
        return False


def _tell() -> None:
    from IPython.display import display  # noqa: PLC0415 - there is a notebook, so it is there

    from stationthis_sdk.notebook.html import bundle, card, h  # noqa: PLC0415 - it needs the extra

    said = "More runs are under way than are shown here: st.runs.list() tells of all."
    put: Any = display
    put({"text/plain": said, **bundle(card(h.div(".st-dim")[said]))}, raw=True)


_crowd = Crowd()


def crowd() -> Crowd:
    """Of this kernel."""
    return _crowd
