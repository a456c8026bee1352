"""The buttons under results and status messages, and what they carry. Pure."""

import re
from typing import Final

from stationthis_sdk.bots.render.sentences import words
from stationthis_sdk.bots.render.steps import Button
from stationthis_sdk.errors import InvalidInput

__all__ = ["VERBS", "data_of", "of_result", "of_unsure", "of_waiting", "read"]

VERBS: Final = frozenset({"again", "vary", "tweak", "cancel", "info", "resend"})
_JOB: Final = r"[A-Za-z0-9]{1,48}"
_CARRIED: Final = re.compile(rf"st:([a-z]+):({_JOB})")

Rows = tuple[tuple[Button, ...], ...]


def data_of(verb: str, job_id: str) -> str:
    """What a button carries: all that is needed after a restart, in 64 bytes at the most.

    Raises:
        InvalidInput: there is no such verb, or that is no job's id.

    >>> data_of("again", "k3J9x0aQz7Lm")
    'st:again:k3J9x0aQz7Lm'
    """
    if verb not in VERBS:
        raise InvalidInput(f"A button can't {verb!r}: it is one of {', '.join(sorted(VERBS))}.")
    if not re.fullmatch(_JOB, job_id):
        raise InvalidInput(f"{job_id!r} is no job's id: these are letters and digits, 48 at the most.")
    return f"st:{verb}:{job_id}"


def read(data: str) -> tuple[str, str] | None:
    """The verb and the job of a button; None where it is none of ours.

    >>> read("st:cancel:k3J9x0aQz7Lm"), read("rate_gen:5:funny"), read("st:drop:k3J9x0aQz7Lm")
    (('cancel', 'k3J9x0aQz7Lm'), None, None)
    """
    found = _CARRIED.fullmatch(data)
    return (found[1], found[2]) if found and found[1] in VERBS else None


def of_result(job_id: str, *, can_tweak: bool = True, language: str = "en") -> Rows:
    """The buttons under a result.

    >>> [button.label for button in of_result("k3J9x0aQz7Lm", can_tweak=True)[0]][:3]
    ['↻ Again', '🎲 Vary', '✎ Tweak']
    """
    shown = (("again", True), ("vary", True), ("tweak", can_tweak), ("info", True))
    return (tuple(_button(verb, job_id, language) for verb, wanted in shown if wanted),)


def of_waiting(job_id: str, language: str = "en") -> Rows:
    """The button under the status of a job that has not ended.

    >>> of_waiting("k3J9x0aQz7Lm")
    ((Button(label='✖ Cancel', data='st:cancel:k3J9x0aQz7Lm', url=''),),)
    """
    return ((_button("cancel", job_id, language),),)


def of_unsure(job_id: str, language: str = "en") -> Rows:
    """The button where parts of a result may not have arrived.

    >>> of_unsure("k3J9x0aQz7Lm")[0][0].label
    'Send again'
    """
    return ((_button("resend", job_id, language),),)


def _button(verb: str, job_id: str, language: str) -> Button:
    return Button(words(f"button_{verb}", language), data_of(verb, job_id))
