"""Texts as platforms count them: how long one is, cut to a length, split into messages. Pure."""

import re
import unicodedata
from typing import Final

__all__ = ["clean", "cut", "is_visible", "length", "split"]

_ZWJ: Final = "\u200d"


def _all(first: int, last: int) -> frozenset[str]:
    return frozenset(map(chr, range(first, last + 1)))


_TONES: Final = _all(0x1F3FB, 0x1F3FF)  # of skin
_TAGS: Final = _all(0xE0020, 0xE007F)
_FLAGS: Final = _all(0x1F1E6, 0x1F1FF)  # two letters make one
_LEADING: Final = _all(0x1100, 0x115F)  # Hangul
_TAILS: Final = _all(0x1160, 0x11FF) | {"\u0e33", "\u0eb3"}
_SYLLABLES: Final = _all(0xAC00, 0xD7A3)
_PARAGRAPH: Final = re.compile(r"\n[^\S\n]*\n\s*")
_LINE: Final = re.compile(r"\n")
_WORD: Final = re.compile(r"(?<=\S)[^\S\n]+|\n")  # what a line is indented by is no end of a word
_INVISIBLE: Final = frozenset({"Cc", "Cf", "Zs", "Zl", "Zp"})
_MARKS: Final = frozenset({"Mn", "Mc", "Me"})
_VIRAMA: Final = 9
_CONTROLS: Final = re.compile(r"[\x00-\x08\x0b\x0c\x0e-\x1f\x7f]")


def length(text: str, *, utf16: bool) -> int:
    """How long a text is: in UTF-16 units, as Telegram counts, else in characters.

    >>> length("a😀", utf16=True), length("a😀", utf16=False)
    (3, 2)
    """
    return len(text) + sum(one > "\uffff" for one in text) if utf16 else len(text)


def clean(text: str) -> str:
    r"""A text that every platform takes: no control characters, and no half of a surrogate pair.

    >>> clean("a\x00b\r\n\ud83d")
    'ab\n�'
    """
    whole = text.encode("utf-16-le", "surrogatepass").decode("utf-16-le", "replace")
    return _CONTROLS.sub("", whole.replace("\r\n", "\n").replace("\r", "\n"))


def cut(text: str, most: int, *, utf16: bool = False) -> str:
    """A text of ``most`` units at the longest, with … where something was cut off.

    >>> cut("a lighthouse at dusk", 14), cut("short", 14)
    ('a lighthouse…', 'short')
    """
    text = clean(text)
    if length(text, utf16=utf16) <= most:
        return text
    if most < 1:
        return ""
    end = _end(text, 0, most - 1, utf16)
    spaces = [found.start() for found in _WORD.finditer(text, end // 2, end + 1)]
    return text[: spaces[-1] if spaces else end].rstrip() + "…"


def split(text: str, most: int, *, utf16: bool) -> tuple[str, ...]:
    """A text as messages of ``most`` units at the longest, none of them blank.

    It is split between paragraphs, else lines, else words, else anywhere but within what people see as one character;
    only where such a one is longer than a message there, too. Only white space is lost.

    >>> split("one two three", 8, utf16=False)
    ('one two', 'three')
    """
    text, start, parts = clean(text), 0, []
    while start < len(text):
        end = _end(text, start, most, utf16)
        at, after = (end, end) if end == len(text) else _break(text, start, end)
        parts.append(text[start:at].strip("\n").rstrip())
        start = after
    return tuple(part for part in parts if is_visible(part))


def is_visible(text: str) -> bool:
    r"""Whether there is anything to see: platforms refuse a text of mere white space.

    >>> is_visible("a"), is_visible(" \u200b\n")
    (True, False)
    """
    return any(unicodedata.category(one) not in _INVISIBLE for one in text)


def _break(text: str, start: int, end: int) -> tuple[int, int]:
    """Where to end a message that may reach up to ``end``, and where the next one begins."""
    for separator in (_PARAGRAPH, _LINE, _WORD):
        # A message that would be less than half full is no better for ending with a paragraph.
        found = list(separator.finditer(text, start + max(1, (end - start) // 2), end + 1))
        if found:
            return found[-1].start(), found[-1].end()
    # A long word, such as a link, stays whole if it can.
    found = list(_WORD.finditer(text, start + 1, end + 1))
    return (found[-1].start(), found[-1].end()) if found else (end, end)


def _end(text: str, start: int, most: int, utf16: bool) -> int:
    """The furthest end of ``most`` units from ``start`` on that splits nothing people see as one."""
    if utf16:
        left, end = most, start
        while end < len(text) and (left := left - (2 if text[end] > "\uffff" else 1)) >= 0:
            end += 1
    else:
        end = min(len(text), start + most)
    end = furthest = max(end, start + 1)
    while start < end < len(text) and _is_one(text, start, end):
        end -= 1
    return end if end > start else furthest


def _is_one(text: str, start: int, at: int) -> bool:
    """Whether what stands before and after this place is seen as one character (most of Unicode's annex 29).

    ``start`` is where one begins for sure.
    """
    before, after = text[at - 1], text[at]
    if _ZWJ in (before, after) or after in _TONES or after in _TAGS or after in _TAILS:
        return True
    if unicodedata.category(after) in _MARKS:
        return True
    if unicodedata.combining(before) == _VIRAMA:
        return after.isalpha()
    if before in _FLAGS and after in _FLAGS:
        run = next((back for back in range(at - 1, start - 1, -1) if text[back] not in _FLAGS), start - 1)
        return (at - 1 - run) % 2 == 1
    return before in _LEADING and (after in _LEADING or after in _SYLLABLES)
