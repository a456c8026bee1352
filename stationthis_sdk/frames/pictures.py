"""Frames that know which pictures their rows have: notebooks show those in the table. Needs pandas at once."""

import importlib
from collections.abc import Mapping
from typing import Any, ClassVar, Final

import pandas as pd

__all__ = ["PictureFrame", "Pictures", "picture_frame"]

_HTML: Final = "stationthis_sdk.notebook.frames_html"


class Pictures:
    """Which output a text of the column ``picture`` means. Texts are ``RUN_ID/PLACE``, the place among its outputs from 0.

    A copy that went through pickle knows none: ``st.runs.get(run_id).outputs[place]`` finds them again.
    """

    def __init__(self, *runs: Mapping[str, Any]) -> None:
        self._runs = runs

    def __getitem__(self, cell: str) -> Any:
        """The asynchronous output, whichever colour the frame is of."""
        run_id, _, place = cell.rpartition("/")
        run = next(runs[run_id] for runs in self._runs if run_id in runs)
        return run.outputs[int(place)]

    def __or__(self, other: "Pictures") -> "Pictures":
        # The pieces of one frame share what they know.
        return Pictures(*{id(runs): runs for runs in (*other._runs, *self._runs)}.values())

    def __reduce__(self) -> tuple[type["Pictures"], tuple[()]]:
        return Pictures, ()


class PictureFrame(pd.DataFrame):  # type: ignore[misc] # pandas tells no types
    """A DataFrame with a column ``picture``; what is picked, sorted or cut out of it is one, too."""

    _metadata: ClassVar[list[str]] = ["_pictures"]
    _pictures: Pictures = Pictures()

    @property
    def _constructor(self) -> type["PictureFrame"]:
        return PictureFrame

    def picture_of(self, cell: Any) -> Any:
        """The output that a cell of the column ``picture`` means, asynchronous; None where there is none, or nobody knows."""
        if not isinstance(cell, str):
            return None
        try:
            return self._pictures[cell]
        except (LookupError, StopIteration, ValueError):
            return None

    def __finalize__(self, other: Any, method: str | None = None, **more: Any) -> "PictureFrame":
        super().__finalize__(other, method, **more)
        several = [one for one in getattr(other, "input_objs", ()) if isinstance(one, PictureFrame)]
        for one in several:  # put together of several frames
            object.__setattr__(self, "_pictures", self._pictures | one._pictures)  # noqa: SLF001 - one of us
        return self

    def _repr_html_(self) -> str | None:
        try:
            shown: str | None = importlib.import_module(_HTML).frame_html(self)
        except ImportError:  # what shows pictures is not installed
            shown = None
        return super()._repr_html_() if shown is None else shown


def picture_frame(frame: "pd.DataFrame", runs: Mapping[str, Any]) -> PictureFrame:
    """The frame with what its column ``picture`` means; ``runs`` are asynchronous runs by their ids."""
    made = PictureFrame(frame)
    object.__setattr__(made, "_pictures", Pictures(runs))
    return made
