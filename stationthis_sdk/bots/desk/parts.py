"""The parts by which a job is delivered: how the ledger keeps a step, and what is sent where one is impossible. Pure."""

from collections.abc import Mapping
from typing import Any, Final

import attrs

from stationthis_sdk.bots.render.steps import Button, SentFile, Step

__all__ = ["as_json", "instead_of", "is_notice", "step_of"]

_MEDIA: Final = frozenset({"photo", "album", "animation", "video", "audio"})
_RESEND: Final = "st:resend:"


def as_json(step: Step, *, unseen: bool = False) -> dict[str, Any]:
    """A step, as the ledger keeps it; ``unseen``: its file could not be looked at, so that it may be of another kind.

    >>> step_of(as_json(Step("text", text="a fox"))) == Step("text", text="a fox")
    True
    """
    return attrs.asdict(step) | ({"unseen": True} if unseen else {})


def step_of(kept: Mapping[str, Any]) -> Step:
    """A step, from what the ledger has of it."""
    return Step(
        kept["kind"],
        tuple(SentFile(**one) for one in kept["files"]),
        kept["text"],
        tuple(tuple(Button(**one) for one in row) for row in kept["buttons"]),
        kept["private"],
    )


def instead_of(step: Step) -> tuple[Step, ...]:
    """What is sent where the platform does not take a step: its files as documents, one by one. Nothing is left for others.

    >>> album = Step("album", (SentFile(0, "a.png"), SentFile(1, "b.png")), text="foxes")
    >>> [(one.kind, one.files[0].filename, one.text) for one in instead_of(album)]
    [('document', 'a.png', 'foxes'), ('document', 'b.png', '')]
    >>> instead_of(Step("document", (SentFile(0, "a.psd"),)))
    ()
    """
    if step.kind not in _MEDIA:
        return ()
    last = len(step.files) - 1
    return tuple(
        Step(
            "document",
            (attrs.evolve(file, kind="document"),),
            step.text if at == 0 else "",
            step.buttons if at == last else (),
            step.private,
        )
        for at, file in enumerate(step.files)
    )


def is_notice(step: Step) -> bool:
    """Whether it tells that parts may be missing, and lets people have them sent again."""
    return any(button.data.startswith(_RESEND) for row in step.buttons for button in row)
