"""How far a run is, in one line. Pure."""

from typing import Final

from stationthis_sdk.bots.render.sentences import safe, wait_of, words
from stationthis_sdk.entities import Progress

__all__ = ["line"]

_CELLS: Final = 10
_ENDS: Final = {"success": "done", "failed": "failed", "cancelled": "cancelled", "timeout": "timed_out"}
_LONGEST: Final = 60


def line(progress: Progress | None, *, turn: int | None = None, name: str = "", language: str = "en") -> str:
    """How far a run is: its place in the bot's own queue, else the service's queue, the machine's start, or a bar.

    >>> from stationthis_sdk.entities import RunState
    >>> line(None, turn=3, name="portrait")
    'portrait: waiting, place 3'
    >>> line(Progress(RunState("running"), 0.42, message="KSampler", eta=20.0), name="portrait")
    'portrait: ▓▓▓▓░░░░░░ 42% · KSampler · about 20 s left'
    """
    told = _told(progress, turn, language)
    name = safe(name, _LONGEST)
    return f"{name}: {told}" if name else told


def _told(progress: Progress | None, turn: int | None, language: str) -> str:
    if turn is not None:
        return words("turn", language, turn=turn)
    if progress is None:
        return words("sending", language)
    if progress.state.final:
        return words(_ENDS[progress.state], language)
    if progress.phase == "queue":
        ahead = progress.queue_position
        return words("queued_ahead", language, ahead=ahead) if ahead else words("queued", language)
    if progress.phase == "cold start":
        return words("cold_start", language)
    if progress.state == "uploading":
        return words("uploading", language)
    share = min(max(progress.fraction, 0.0), 1.0)
    full = int(share * _CELLS)
    parts = [
        f"{'▓' * full}{'░' * (_CELLS - full)} {int(share * 100)}%" if share else words("running", language)
    ]
    if progress.message:
        parts.append(safe(progress.message, _LONGEST))
    if progress.eta is not None and progress.eta > 0:
        parts.append(words("left", language, wait=wait_of(progress.eta, language)))
    return " · ".join(parts)
