"""What each kind of input takes, as types for editors and as words for people. Pure."""

import keyword
import os
import unicodedata
from collections.abc import Iterable, Iterator, Mapping
from typing import Any, Final, Literal, Protocol, TypeAlias

from stationthis_sdk.entities import InputField

__all__ = [
    "HasPixels",
    "HasUrl",
    "ImageLike",
    "ImagesLike",
    "MediaLike",
    "Readable",
    "choices_of",
    "default_of",
    "is_keyword",
    "lines_about",
    "one_line",
    "type_of",
    "words_about",
]

FEW: Final = 12
"""So many options are listed; of more there are too many to read."""


class HasUrl(Protocol):
    """An output of another run, or a file uploaded before."""

    @property
    def url(self) -> str | None:
        """Where it is; a text has no address."""


class Readable(Protocol):
    """An open binary file, or another stream of bytes."""

    def read(self, size: int = ..., /) -> bytes:
        """So many bytes of it, or all."""


class HasPixels(Protocol):
    """A Pillow picture, or an array as numpy's."""

    @property
    def __array_interface__(self) -> Any:
        """Where its numbers are."""


MediaLike: TypeAlias = str | os.PathLike[str] | bytes | bytearray | memoryview | HasUrl | Readable
"""A path, a web address, bytes, an open file, an output or an uploaded file."""
ImageLike: TypeAlias = MediaLike | HasPixels
"""The same, or a picture or an array."""
ImagesLike: TypeAlias = Iterable[ImageLike]

_TYPES: Final[Mapping[str, Any]] = {
    "number": float,
    "integer": int,
    "seed": int | None,
    "boolean": bool,
    "image": ImageLike,
    "file": ImageLike,
    "images": ImagesLike,
    "audio": MediaLike,
    "video": MediaLike,
}
_WORDS: Final = {
    "image": "image: a path, URL, bytes, picture, array or output",
    "images": "images: a list of paths, URLs, bytes, pictures, arrays or outputs",
    "file": "file: a path, URL, bytes, picture or output",
    "audio": "audio: a path, URL, bytes or output",
    "video": "video: a path, URL, bytes or output",
}


def type_of(field: InputField) -> Any:
    """The type of an input's values, as far as it can be told by type.

    >>> type_of(InputField("steps", "integer", 20, 1, 60)), type_of(InputField("size", "enum", options=("S", "L")))
    (<class 'int'>, typing.Literal['S', 'L'])
    """
    if choices_of(field):
        return Literal[choices_of(field)]
    return _TYPES.get(field.kind, str)


def choices_of(field: InputField) -> tuple[str, ...]:
    """The texts of which an input must be one; none where any text will do."""
    return tuple(field.options or ()) if field.kind in {"enum", "checkpoint"} else ()


def is_keyword(name: str) -> bool:
    """Whether an input can be given as a keyword under just this name.

    >>> is_keyword("prompt"), is_keyword("my prompt"), is_keyword("class"), is_keyword("ﬁ")
    (True, False, False, False)
    """
    plain = unicodedata.normalize("NFKC", name) == name  # as Python reads names
    return plain and name.isidentifier() and not keyword.iskeyword(name) and not name.startswith("__")


def words_about(field: InputField) -> str:
    """What an input takes, in a line.

    >>> words_about(InputField("steps", "integer", 20, 1, 60, description="More is finer."))
    'integer, 1–60, 20 by default. More is finer.'
    """
    words = [_WORDS.get(field.kind, one_line(field.kind))]
    if choices := choices_of(field):
        more = f", … ({len(choices)} in all)" if len(choices) > FEW else ""
        words = ["one of " + ", ".join(repr(one_line(one, 60)) for one in choices[:FEW]) + more]
    words += [text for text in (_range(field), default_of(field)) if text]
    if field.also:
        words.append("for several nodes")
    told = [one_line(text, 300).rstrip(".") for text in (field.label, field.description)]
    named = [text for text in told if text and text.casefold() != field.name.casefold()]
    return ". ".join([", ".join(words), *dict.fromkeys(named)]) + ("." if named else "")


def default_of(field: InputField) -> str:
    """What becomes of an input that is left out, in words; empty when that is not known."""
    if field.required:
        return "required"
    if field.kind == "seed":
        return "drawn when left out"
    if field.default is None:
        return ""
    shown = field.default if isinstance(field.default, int | float | str) else repr(field.default)
    return f"{one_line(repr(shown) if isinstance(shown, str) else str(shown), 80)} by default"


def lines_about(fields: Mapping[str, InputField]) -> Iterator[str]:
    """A line for each input: its name, and what it takes."""
    names = {name: one_line(name if is_keyword(name) else repr(name), 60) for name in fields}
    width = min(max(map(len, names.values()), default=0), 24)
    for name, field in fields.items():
        yield f"{names[name]:<{width}}  {words_about(field)}"


def one_line(text: str, longest: int = 200) -> str:
    r"""A text of a stranger, in one line and without what a terminal obeys or an eye can't see.

    >>> one_line("a\x1b[31m red\n fox")
    'a[31m red fox'
    """
    seen = "".join(letter for letter in " ".join(text.split()) if letter.isprintable())
    return seen if len(seen) <= longest else f"{seen[: longest - 1]}…"


def _range(field: InputField) -> str:
    low, high = field.minimum, field.maximum
    if choices_of(field) or (low is None and high is None):
        return ""
    if low is not None and high is not None:
        text = f"{_number(low)}–{_number(high)}"
    else:
        text = f"at least {_number(low)}" if low is not None else f"at most {_number(high or 0)}"
    return f"{text} in steps of {_number(field.step)}" if field.step not in {None, 0, 1} else text


def _number(number: float | None) -> str:
    return str(number) if isinstance(number, int) else f"{number:.12g}"
