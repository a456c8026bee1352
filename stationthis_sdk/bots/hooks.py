"""What a host may decide: who may run what, what may be shown, and what is paid."""

from collections.abc import Awaitable, Callable, Mapping, Sequence
from typing import Any, TypeAlias

import attrs

from stationthis_sdk.shown import Shown

__all__ = ["Authorize", "Hooks", "Review", "Settle", "Verdict"]

Verdict: TypeAlias = "bool | str | None"
"""True or None: yes. False: no. A text: no, and this is what the user is told. Anything else counts as a hook that fails."""
Authorize: TypeAlias = Callable[..., "Verdict | Awaitable[Verdict]"]
"""``authorize(user, deployment, estimate)``: before anything is uploaded or sent; estimate is US dollars, None where unknown."""
Review: TypeAlias = Callable[["Mapping[str, Any] | Sequence[Any]"], "Verdict | Awaitable[Verdict]"]
"""``review(inputs)`` with a dict before a run, ``review(outputs)`` with the run's outputs before they are shown."""
Settle: TypeAlias = Callable[..., "object | Awaitable[object]"]
"""``settle(user, run, key=…)``: once a run has ended, however it ended. After a crash it may be called again with the same key."""


@attrs.frozen
class Hooks(Shown):
    """The host's own say. Each may be plain or async; plain ones are called on a thread, so that they block nobody.

    One that raises, or takes longer than a minute, has failed: before a run that is a no. What was paid for is not lost by
    it: ``review(outputs)`` and ``settle`` are asked again until they answer.
    """

    authorize: Authorize | None = None
    review: Review | None = None
    settle: Settle | None = None
