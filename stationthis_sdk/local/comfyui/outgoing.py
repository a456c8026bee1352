"""What leaves an engine of somebody's ComfyUI: fit to be kept and answered, no token in it, and not too much of it."""

import math
import time
from collections.abc import Callable, Coroutine, Mapping
from typing import Any, Final, TypeVar

import attrs

from stationthis_sdk.local.comfyui.stopping import unless_stopped
from stationthis_sdk.local.engines import Assignment, GraphRefused, NodeFailed, NodeOutput, Previewed, Report

__all__ = ["carried_out", "fit"]

_DEEPEST: Final = 50
_LARGEST: Final = 2**63
_PREVIEW_LIMIT: Final = 4 * 2**20
_T = TypeVar("_T")


@attrs.define
class _Allowance:
    """So many at once, and so many a second in the long run."""

    most: float
    a_second: float
    clock: Callable[[], float]
    _left: float = attrs.field(init=False)
    _at: float = attrs.field(init=False)

    def __attrs_post_init__(self) -> None:
        self._left, self._at = self.most, self.clock()

    def takes(self) -> bool:
        now = self.clock()
        self._left, self._at = min(self.most, self._left + (now - self._at) * self.a_second), now
        self._left -= 1 if self._left >= 1 else 0
        return self._left >= 1


class Outgoing:
    """A run's reports on their way to the gateway; ``hidden`` are texts that may leave in no form.

    A server may tell of steps and previews without end: some are left out then, outputs never.
    """

    def __init__(
        self, report: Report, hidden: tuple[str, ...], clock: Callable[[], float] = time.monotonic
    ) -> None:
        self._report = report
        self._hidden = hidden
        self._previews = _Allowance(50, 10, clock)
        self._news = _Allowance(1000, 50, clock)

    def __call__(self, what: Any) -> None:
        """Pass a report on."""
        if isinstance(what, Previewed):
            if len(what.content) > _PREVIEW_LIMIT or not self._previews.takes():
                return
        elif not isinstance(what, NodeOutput) and not self._news.takes():
            return
        texts = {
            field.name: fit(value, self._hidden)
            for field in attrs.fields(type(what))
            if isinstance(value := getattr(what, field.name), str | dict)
        }
        self._report(attrs.evolve(what, **texts))

    def checked(self, problem: GraphRefused | NodeFailed) -> None:
        """Make a run's reason for its end fit to be told."""
        problem.args = tuple(fit(list(problem.args), self._hidden))
        if isinstance(problem, GraphRefused):
            for name in ("errors", "kind", "message", "details"):
                setattr(problem, name, fit(getattr(problem, name), self._hidden))


async def carried_out(
    given: Assignment, hidden: tuple[str, ...], run: Callable[[Assignment], Coroutine[Any, Any, None]]
) -> None:
    """Carry a run out until its end or until it is stopped; all that is told of it goes through an Outgoing."""
    out = Outgoing(given.report, hidden)
    try:
        await unless_stopped(given.stop, run(attrs.evolve(given, report=out)))
    except (GraphRefused, NodeFailed) as problem:
        out.checked(problem)
        raise


def fit(value: _T, hidden: tuple[str, ...] = ()) -> _T:
    r"""JSON from anywhere as all of our readers and writers take it, without what is hidden.

    >>> fit({"half \ud83d": [2**80, float("nan"), "key-123"]}, ("key-123",))
    {'half ?': ['1208925819614629174706176', None, '***']}
    """
    made: Any = _fit(value, hidden, 0)
    return made  # type: ignore[no-any-return]


def _fit(value: Any, hidden: tuple[str, ...], depth: int) -> Any:
    match value:
        case str():
            text = value.encode("utf-8", "replace").decode()
            for secret in hidden:
                text = text.replace(secret, "***")
            return text
        case bool() | None:
            return value
        case int():
            return value if -_LARGEST <= value < _LARGEST else str(value)
        case float():
            return value if math.isfinite(value) else None
        case list() | Mapping() if depth == _DEEPEST:
            return "…"
        case list():
            return [_fit(one, hidden, depth + 1) for one in value]
        case Mapping():
            return {_fit(str(name), hidden, 0): _fit(one, hidden, depth + 1) for name, one in value.items()}
    return value
