"""A finished run as messages: which files go together, as what, what is said with them, and where the buttons are. Pure."""

from collections.abc import Mapping, Sequence
from typing import Final

import attrs

from stationthis_sdk.bots.render.kinds import is_known, kind_of, mime_of, shown_text
from stationthis_sdk.bots.render.limits import Limits
from stationthis_sdk.bots.render.names import file_names
from stationthis_sdk.bots.render.sentences import words
from stationthis_sdk.bots.render.steps import Button, Made, SentFile, Step, StepKind
from stationthis_sdk.bots.render.text import clean, cut, is_visible, length, split
from stationthis_sdk.bots.render.too_large import is_too_large, too_large
from stationthis_sdk.errors import InvalidInput

__all__ = ["plan"]

_MESSAGES: Final = 5
"""More than so many messages of text are a file instead."""
_LABEL: Final = 80
_GROUPS: Final[Mapping[StepKind, str]] = {
    "photo": "seen",
    "video": "seen",
    "audio": "audio",
    "document": "document",
}
Rows = Sequence[Sequence[Button]]


def plan(
    made: Sequence[Made],
    *,
    limits: Limits,
    hints: Mapping[str, str] = {},
    caption: str = "",
    buttons: Rows = (),
    name: str = "",
    private_documents: bool = False,
    language: str = "en",
    run_id: str = "",
) -> tuple[Step, ...]:
    """The messages by which a run's outputs are sent, in order; every output is in one of them, and only in one.

    The files come first, in their order and together where the platform can; then the texts; ``caption`` and the buttons
    are on the last message. What is too large is told of, with its link if others can open that, else with ``run_id``.
    ``hints`` are of the workflow (``hints_of``). With ``private_documents``, what the workflow wants sent as documents goes
    to the user alone, with a notice. ``name`` is what files without a name are called by.

    Raises:
        InvalidInput: a button carries more than the platform takes.

    >>> from stationthis_sdk.bots.render.limits import TELEGRAM
    >>> pictures = [Made(place, "image", f"fox-{place}.png", "image/png", 2_000_000) for place in range(11)]
    >>> steps = plan(pictures, limits=TELEGRAM, caption="foxes", buttons=[[Button("Again", "st:again:1")]])
    >>> [(step.kind, len(step.files), step.text, len(step.buttons)) for step in steps]
    [('album', 10, '', 0), ('photo', 1, 'foxes', 1)]
    """
    send_as = hints.get("send-as", "").lower()
    as_document = send_as in {"document", "file"}
    shown = _shown(made, limits, as_document=as_document)
    files = [one for one, text in zip(made, shown, strict=True) if text is None]
    fitting: list[tuple[SentFile, int]] = []
    notes: list[str] = []
    for one, called in zip(files, file_names(files, hint=hints.get("filename", ""), name=name), strict=True):
        if is_too_large(one, limits):
            notes.append(too_large(one, called, limits=limits, language=language, run_id=run_id))
            continue
        kind = "document" if as_document else kind_of(one, limits, as_photo=send_as == "photo")
        fitting.append((SentFile(one.place, called, kind, mime_of(one)), one.size or 0))
        if not is_known(one):
            notes.append(words("unknown_kind", language, name=called))
    media = _together(fitting, limits)
    if as_document and private_documents and media:
        media = [attrs.evolve(step, private=True) for step in media]
        notes.append(words("sent_privately", language))
    body = "\n\n".join(text.strip("\n") for text in shown if text and is_visible(text))
    if not files and not body:
        notes.append(words("nothing_made", language))
    closing = "\n".join(one for one in (*notes, clean(caption)) if is_visible(one))
    return _closed(media, body, closing, _fitted(buttons, limits), limits, words("finished", language))


def _shown(made: Sequence[Made], limits: Limits, *, as_document: bool) -> list[str | None]:
    """The text to be shown for each output, None for those that are files: of too much text in all, each is one."""
    texts = [None if as_document and one.kind != "text" else shown_text(one) for one in made]
    utf16 = limits.platform == "telegram"
    most = _MESSAGES * limits.text
    told = sum(length(text, utf16=utf16) + 2 for text in texts if text is not None)
    return texts if told <= most else [None] * len(texts)


def _together(files: Sequence[tuple[SentFile, int]], limits: Limits) -> list[Step]:
    """Files that follow each other in one message, as many as it takes; one alone is sent as what it is."""
    most = max(limits.message, limits.upload)
    steps: list[list[SentFile]] = []
    group, room = "", 0
    for file, size in files:
        # Discord takes any files together; Telegram likes alike, and an animation alone.
        wanted = _GROUPS.get(file.kind, "") if limits.platform == "telegram" else "any"
        if not wanted or wanted != group or size > room or len(steps[-1]) >= limits.album:
            steps.append([])
            room = most
        steps[-1].append(file)
        group, room = wanted, room - size
    return [Step("album" if len(one) > 1 else one[0].kind, tuple(one)) for one in steps]


def _closed(
    media: Sequence[Step],
    body: str,
    closing: str,
    rows: tuple[tuple[Button, ...], ...],
    limits: Limits,
    finished: str,
) -> tuple[Step, ...]:
    """The messages with the last words and the buttons: on the last file where it can carry them, else on a text."""
    utf16 = limits.platform == "telegram"
    last = media[-1] if media else None
    if last is not None and not last.private and not body:
        carries = not rows or last.kind != "album" or limits.album_buttons
        if carries and length(closing, utf16=utf16) <= limits.caption:
            return (*media[:-1], attrs.evolve(last, text=closing, buttons=rows))
    said = "\n\n".join(one for one in (body, closing) if one) or finished
    parts = split(said, limits.text, utf16=utf16)
    texts = [Step("text", text=part) for part in parts]
    return (*media, *texts[:-1], attrs.evolve(texts[-1], buttons=rows))


def _fitted(rows: Rows, limits: Limits) -> tuple[tuple[Button, ...], ...]:
    """The buttons in rows that the platform takes."""
    for button in (button for row in rows for button in row):
        if len(button.data.encode()) > limits.data:
            raise InvalidInput(f"The button {button.label!r} carries more than {limits.data} bytes.")
    broad = limits.buttons_a_row
    short = [
        tuple(attrs.evolve(button, label=cut(button.label, _LABEL)) for button in row[at : at + broad])
        for row in rows
        for at in range(0, len(row), broad)
    ]
    return tuple(short[: limits.rows])
