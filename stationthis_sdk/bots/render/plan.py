"""A finished run as messages: which files go together, as what, what is said with them, and where the buttons are. Pure."""

import ipaddress
import re
from collections.abc import Mapping, Sequence
from typing import Final
from urllib.parse import urlsplit

import attrs

from stationthis_sdk.bots.render.kinds import is_known, kind_of, shown_text
from stationthis_sdk.bots.render.limits import Limits
from stationthis_sdk.bots.render.names import file_names
from stationthis_sdk.bots.render.sentences import words
from stationthis_sdk.bots.render.steps import Button, Made, SentFile, Step, StepKind
from stationthis_sdk.bots.render.text import clean, cut, is_visible, length, split
from stationthis_sdk.errors import InvalidInput

__all__ = ["plan", "public_link", "size_of"]

_MESSAGES: Final = 5
"""More than so many messages of text are a file instead."""
_LABEL: Final = 80
_LOCAL: Final = (".local", ".localhost", ".internal", ".lan", ".home.arpa")
_PUBLIC: Final = re.compile(r"[^\s]+\.(?:[^\W\d_]+|xn--[a-z0-9-]+)")
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
    as_document = hints.get("send-as", "").lower() in {"document", "file"}
    sorted_ = _Sorted(limits, language, run_id)
    texts = [(one, shown_text(one)) for one in made]
    long = _too_long(texts, limits)
    texts = [
        (one, None if one.place in long or (as_document and one.kind != "text") else text)
        for one, text in texts
    ]
    files = [one for one, text in texts if text is None]
    names = iter(file_names(files, hint=hints.get("filename", ""), name=name))
    for one, text in texts:
        if text is not None:
            sorted_.texts.append(text)
            continue
        as_photo = hints.get("send-as", "").lower() == "photo"
        text_file = as_document or one.place in long
        sorted_.add(one, next(names), "document" if text_file else kind_of(one, limits, as_photo=as_photo))
    media = _together(sorted_.files, limits)
    if as_document and private_documents and media:
        media = [attrs.evolve(step, private=True) for step in media]
        sorted_.notes.append(words("sent_privately", language))
    body = "\n\n".join(text.strip("\n") for text in sorted_.texts if is_visible(text))
    if not media and not body and not sorted_.notes:
        sorted_.notes.append(words("nothing_made", language))
    closing = clean("\n".join(one for one in (*sorted_.notes, caption) if is_visible(one)))
    return _closed(media, body, closing, _fitted(buttons, limits), limits, words("finished", language))


@attrs.define
class _Sorted:
    """Outputs by how they are told of; each file with its size."""

    limits: Limits
    language: str
    run_id: str
    files: list[tuple[SentFile, int]] = attrs.field(factory=list)
    texts: list[str] = attrs.field(factory=list)
    notes: list[str] = attrs.field(factory=list)

    def add(self, made: Made, filename: str, kind: StepKind) -> None:
        """Send a file, or tell why it can't be."""
        if made.size is not None and made.size > self.limits.upload:
            self.notes.append(self._too_large(made, filename))
            return
        self.files.append((SentFile(made.place, filename, kind, made.mime), made.size or 0))
        if not is_known(made):
            self.notes.append(words("unknown_kind", self.language, name=filename))

    def _too_large(self, made: Made, filename: str) -> str:
        told = {"name": filename, "size": size_of(made.size or 0)}
        if made.url and len(made.url) < self.limits.text - 200 and public_link(made.url):
            return words("too_large_link", self.language, **told, url=made.url)
        if self.run_id:
            return words("too_large_run", self.language, **told, run=self.run_id)
        return words("too_large", self.language, **told)


def _too_long(texts: Sequence[tuple[Made, str | None]], limits: Limits) -> set[int]:
    """The places of texts that would be too many messages, and so are files."""
    utf16 = limits.platform == "telegram"
    longest = [(one.place, length(text, utf16=utf16)) for one, text in texts if text]
    if sum(size for _, size in longest) <= _MESSAGES * limits.text:
        return set()
    return {place for place, size in longest if size > limits.text}


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


def public_link(url: str) -> bool:
    """Whether others can open a link: it leads to no address of this machine or network, and to none that holds a token.

    >>> public_link("https://files.example.com/a.mp4?sig=1"), public_link("http://127.0.0.1:3011/a.mp4")
    (True, False)
    """
    try:
        parts = urlsplit(url)
        host = (parts.hostname or "").rstrip(".").lower()
    except ValueError:
        return False
    if (
        parts.scheme not in {"http", "https"}
        or not host
        or "@" in parts.netloc
        or " " in url
        or not url.isprintable()
    ):
        return False
    try:
        return ipaddress.ip_address(host).is_global
    except ValueError:
        pass
    # Links to Telegram's files hold the bot's token; browsers take 127.1 for an address, too.
    return bool(_PUBLIC.fullmatch(host)) and not host.endswith((*_LOCAL, "api.telegram.org"))


def size_of(size: int) -> str:
    """A size in bytes as people say it.

    >>> size_of(62_914_560), size_of(2_000), size_of(2_500_000_000)
    ('60 MB', '2 kB', '2.3 GB')
    """
    if size >= 1 << 30:
        return f"{size / (1 << 30):.1f} GB"
    return f"{size / (1 << 20):.0f} MB" if size >= 1 << 20 else f"{max(size / 1024, 1):.0f} kB"
