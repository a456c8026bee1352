"""Names of saved files, made of a row's values: good on every disk, and never a way out of their folder. Pure."""

import mimetypes
import re
import string
import unicodedata
from collections.abc import Mapping
from typing import Any, Final

import attrs
import orjson

from stationthis_sdk.batches.templates import Template, no_column
from stationthis_sdk.errors import InvalidInput
from stationthis_sdk.inputs.file_types import EXTENSIONS, is_text, sniff
from stationthis_sdk.outputs.normalise import extension_of, type_of

__all__ = ["OWN_PLACES", "Name", "Padded", "ending_for", "numbered"]

OWN_PLACES: Final = (
    "key", "row", "seed", "run", "output", "n", "ext", "deployment", "version", "batch",
)  # fmt: skip
"""The places that a name may have besides the columns of its row."""

_MOST_BYTES: Final = 180
"""Of one part of a path: disks take 255, and a number, an ending and a temporary name must fit, too."""
_UNSAFE: Final = re.compile(r'[:*?"<>|\x00-\x1f\x7f]+')
_EDGES: Final = re.compile(r"^[\s.]+|[\s.]+$")
"""What hides a file, or what Windows cuts off."""
_JOINERS: Final = "\u200c\u200d"
"""Of no width, but letters of Persian and pictures of families need them."""
_UNSEEN: Final = frozenset({"Cc", "Cf", "Cn", "Co", "Cs", "Zl", "Zp"})
_DEVICES: Final = re.compile(r"(?i)(con|prn|aux|nul|com\d|lpt\d)(\.|$)")
"""Names that are no files on Windows, whatever their ending."""
_PICTURES: Final = frozenset(
    {"image/png", "image/jpeg", "image/gif", "image/webp", "image/bmp", "image/tiff", "image/avif"}
)
_TEXTS: Final = frozenset({"txt", "md"})


class Padded(int):
    """A number that is written with zeros in front, where no format says otherwise.

    >>> f"{Padded(7)} {Padded(7):d}"
    '000007 7'
    """

    def __format__(self, form: str) -> str:
        return format(int(self), form or "06d")


@attrs.frozen
class Name:
    """How files are called: a text with places, whose ``/`` make folders; without a text by batch and row.

    >>> name = Name.of("{colour}/{sku}.png")
    >>> name.fill({"colour": "red/blue", "sku": "../../x"}, "jpg")
    'red-blue/x.jpg'
    >>> name.problems(("color", "sku"))
    ["'{colour}' names no column (did you mean {color}?)"]
    """

    text: str
    _template: Template | None

    @classmethod
    def of(cls, text: str) -> "Name":
        """Read it; an empty text is the name that every row has.

        Raises:
            InvalidInput: a brace too many, a format that makes no sense, or a way out of the folder.
        """
        if not text:
            return cls("", None)
        template = Template.of(text, _named_in(text))
        path = "".join(f"{before}{'x' if column is not None else ''}" for before, column, _ in template.parts)
        if path.endswith("/"):
            raise InvalidInput(f"{text!r} names folders and no file; end it with {{row}}.")
        if ".." in path.split("/"):
            raise InvalidInput(f"{text!r} leads out of its folder; leave '..' out.")
        return cls(text, template)

    @property
    def columns(self) -> tuple[str, ...]:
        """The places that it has."""
        return () if self._template is None else self._template.columns

    @property
    def tells_outputs_apart(self) -> bool:
        """Whether several outputs of one run have names of their own already."""
        return "n" in self.columns

    def problems(self, columns: tuple[str, ...]) -> list[str]:
        """What it names that a row with these columns has not."""
        there = (*columns, *OWN_PLACES)
        return [
            f"'{{{column}}}' names no column{no_column(column, there, '{%s}')}"
            for column in self.columns
            if column not in there
        ]

    def missing(self, values: Mapping[str, Any]) -> list[str]:
        """What these values lack, or have in a form that can't be written into a name."""
        if self._template is None:
            return []
        found: list[str] = []
        for _, column, form in self._template.parts:
            if column is not None:
                try:
                    _written(column, form, values)
                except InvalidInput as error:
                    found += error.problems
        return list(dict.fromkeys(found))

    def fill(self, values: Mapping[str, Any], ext: str) -> str:
        """The path of a file within the folder. ``ext`` is what the file is: no name claims anything else.

        What is missing is written as "none": a picture that is paid for is saved.
        """
        values = {**values, "ext": ext}
        if self._template is None:
            made = f"{_safe(str(values['batch']))}-{_which(values)}"
        else:
            made = ""
            for before, column, form in self._template.parts:
                made += before
                if column is not None:
                    try:
                        made += _safe(_written(column, form, values)) or "none"
                    except InvalidInput:
                        made += "none"
        parts = [part for part in (_part(one) for one in made.replace("\\", "-").split("/")) if part]
        return "/".join([*parts[:-1], _ended(parts[-1] if parts else "none", ext)])


def numbered(name: str, number: int | str) -> str:
    """The same name with a number before its ending.

    >>> numbered("red/lamp.png", 2)
    'red/lamp-2.png'
    """
    folder, slash, file = name.rpartition("/")
    stem, dot, ext = file.rpartition(".")
    return f"{folder}{slash}{stem}-{number}.{ext}" if dot else f"{name}-{number}"


def ending_for(head: bytes, *, filename: str = "", mime: str | None = None, text: str | None = None) -> str:
    r"""The ending of what a file is: by its first bytes, and where they say nothing by what the service calls it.

    >>> ending_for(b"\xff\xd8\xff\xe0", filename="a.png"), ending_for(b"glTF", filename="a.glb")
    ('jpg', 'glb')
    """
    if text is not None:
        return "json" if text.lstrip()[:1] in ("{", "[") and _is_json(text) else "txt"
    claimed = extension_of(filename)
    seen = sniff(head)
    if seen is not None:
        fits = type_of(filename) in {seen, seen.replace("/x-", "/")} or (
            seen == "application/zip" and claimed
        )
        # Documents and more are zips by their bytes: their own ending says more, if it is no picture's.
        lies = seen == "application/zip" and type_of(filename) in _PICTURES
        if claimed and fits and not lies:
            return claimed
        return EXTENSIONS[seen].removeprefix(".")
    if type_of(filename) in _PICTURES:
        return "txt" if is_text(head) else "bin"
    guessed = mimetypes.guess_extension(mime or "") if mime not in _PICTURES else None
    return claimed or (guessed or ".bin").removeprefix(".")


def _named_in(text: str) -> list[str]:
    """The names of its places, whatever they are: which of them there are is asked later."""
    try:
        return [name for _, name, _, _ in string.Formatter().parse(text) if name is not None]
    except ValueError:  # the template says it in words
        return []


def _written(column: str, form: str, values: Mapping[str, Any]) -> str:
    text = Template("", (("", column, form),)).fill(values)
    if not _safe(text):
        raise InvalidInput(f"column {column!r} has nothing that a file's name may have: {text!r}")
    return text


def _which(values: Mapping[str, Any]) -> str:
    key = values.get("key")
    safe = _safe(str(key)) if key is not None else ""
    return safe or format(Padded(values["row"]), "")


def _safe(text: str) -> str:
    """A value as a piece of a name: what would be a path, or a riddle, becomes a dash."""
    text = unicodedata.normalize("NFC", text)
    text = "".join(
        "-" if letter not in _JOINERS and unicodedata.category(letter) in _UNSEEN else letter
        for letter in text
    )
    pieces = (_EDGES.sub("", piece) for piece in re.split(r"[/\\]+", _UNSAFE.sub("-", text)))
    return "-".join(piece for piece in pieces if piece)


def _part(text: str) -> str:
    """One part of a path."""
    written = _EDGES.sub("", _UNSAFE.sub("-", text)).encode("utf-8", "replace")
    part = _EDGES.sub("", written[:_MOST_BYTES].decode("utf-8", "ignore"))
    return f"_{part}" if _DEVICES.match(part) else part


def _ended(name: str, ext: str) -> str:
    """The name with this ending, in place of one that lies."""
    stem, _, told = name.rpartition(".")
    if stem and (
        told.lower() == ext
        or (told.lower() in _TEXTS and ext in {"json", *_TEXTS})
        or (type_of(name) is not None and type_of(name) == type_of(f"x.{ext}"))
    ):
        return name
    if stem and type_of(name) is not None:
        name = _EDGES.sub("", stem) or "none"
    return f"{name}.{ext}"


def _is_json(text: str) -> bool:
    try:
        orjson.loads(text)
    except orjson.JSONDecodeError:
        return False
    return True
