"""How a deployment is run: limits, machine, webhook, cache. Never inputs: those are keywords of the call."""

from typing import Any, Literal
from urllib.parse import urlsplit

import attrs

from stationthis_sdk.entities import Timeouts, is_seconds
from stationthis_sdk.errors import InvalidInput
from stationthis_sdk.showing import check_progress

__all__ = ["OnInterrupt", "Options", "check_tags", "total_seconds"]

OnInterrupt = Literal["cancel", "detach"]
"""What Ctrl-C, SIGTERM or a cancelled task does to runs that are waited for: cancel them on the service, or leave them running."""


@attrs.frozen
class Options:
    """What ``Deployment.options`` sets."""

    timeouts: Timeouts
    gpu: str | None = None
    webhook: str | None = attrs.field(default=None, repr=False)  # it holds a token
    cache: bool = False
    allow_unknown: bool = False
    on_interrupt: OnInterrupt = "cancel"
    tags: tuple[str, ...] = ()
    progress: Any = None
    """How it is shown, where that is not left to ``showing``."""

    def changed(self, timeout: float | Timeouts | None, **given: Any) -> "Options":
        """A copy with what is given (not None) in place.

        Raises:
            InvalidInput: a value makes no sense.
        """
        if given["on_interrupt"] not in {None, "cancel", "detach"}:
            raise InvalidInput(f"on_interrupt is 'cancel' or 'detach', not {given['on_interrupt']!r}.")
        if given["webhook"] is not None:
            _check_webhook(given["webhook"])
        if given.get("tags") is not None:
            given["tags"] = check_tags(given["tags"])
        if given.get("progress") is not None:
            given["progress"] = check_progress(given["progress"])
        given["timeouts"] = _timeouts(timeout, self.timeouts)
        return attrs.evolve(self, **{name: value for name, value in given.items() if value is not None})


def total_seconds(given: Any) -> float:
    """A limit in seconds, as people give it.

    Raises:
        InvalidInput: it is no number above 0.
    """
    if not is_seconds(given):
        raise InvalidInput(f"timeout is seconds, more than 0; got {given!r}.")
    return float(given)


def check_tags(given: Any) -> tuple[str, ...]:
    """Tags as people give them: a text, or several; each once.

    Raises:
        InvalidInput: one is no text, or empty.
    """
    tags = (given,) if isinstance(given, str) else tuple(given)
    if not all(isinstance(tag, str) and tag.strip() and tag.isprintable() for tag in tags):
        raise InvalidInput(f"Tags are texts of one line, like tags=['autumn', 'draft']; got {given!r}.")
    return tuple(dict.fromkeys(tags))


def _timeouts(given: float | Timeouts | None, present: Timeouts) -> Timeouts | None:
    if given is None or isinstance(given, Timeouts):
        return given
    return attrs.evolve(present, total=total_seconds(given))


def _check_webhook(url: str) -> None:
    parts = urlsplit(url)
    if parts.scheme not in {"http", "https"} or not parts.hostname:
        raise InvalidInput(
            f"A webhook is a web address the service can reach, like https://example.org/hook; got {url!r}."
        )
