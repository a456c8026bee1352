"""What IPython shows of an error of ours: one's own code and what the error says, without the way it took in here."""

import sysconfig
import traceback
from collections.abc import Iterator
from types import TracebackType
from typing import Final

from stationthis_sdk.ipython import shell

__all__ = ["lines_of"]

_OURS: Final = frozenset({"stationthis_sdk", "comfydeploy_client"})
_LIBRARIES: Final = tuple(
    {sysconfig.get_path(name) for name in ("stdlib", "platstdlib", "purelib", "platlib")}
)


def lines_of(error: BaseException) -> list[str]:
    """The traceback of an error as IPython writes it, in the user's own mode; ``%tb Verbose`` leaves nothing out."""
    writer = getattr(shell(), "InteractiveTB", None)
    if writer is None:
        return traceback.format_exception(error)
    whole = [(one, one.__traceback__) for one in _chain(error)]
    try:
        if writer.mode != "Verbose":
            for one, frames in whole:
                one.__traceback__ = _own(frames)
        lines: list[str] = writer.structured_traceback(type(error), error, error.__traceback__)
    finally:
        for one, frames in whole:
            one.__traceback__ = frames
        writer.tb = error.__traceback__  # what %debug looks into
    return lines


def _chain(error: BaseException) -> Iterator[BaseException]:
    """The error, and what led to it."""
    seen: set[int] = set()
    one: BaseException | None = error
    while one is not None and id(one) not in seen:
        seen.add(id(one))
        yield one
        one = one.__cause__ or (None if one.__suppress_context__ else one.__context__)


def _own(frames: TracebackType | None) -> TracebackType | None:
    """The frames up to the first of ours; of those beneath only what is no library's, as a callback of one's own."""
    kept, within = [], False
    while frames is not None:
        ours = str(frames.tb_frame.f_globals.get("__name__")).partition(".")[0] in _OURS
        within = within or ours
        if not within or not (ours or frames.tb_frame.f_code.co_filename.startswith(_LIBRARIES)):
            kept.append(frames)
        frames = frames.tb_next
    made: TracebackType | None = None
    for one in reversed(kept):
        made = TracebackType(made, one.tb_frame, one.tb_lasti, one.tb_lineno)
    return made
