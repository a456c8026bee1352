"""``key=value`` as a deployment's inputs: the words of a shell become what each kind wants.

Only how things are written is judged here; whether a value fits is the SDK's to say, and both are told together.
"""

import os
import re
import shlex
import sys
from collections.abc import Callable, Iterator, Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

if TYPE_CHECKING:
    from stationthis_sdk import Deployment, InputField, InvalidInput, Run

__all__ = ["Unusable", "read", "submit"]

_YES: Final = frozenset({"true", "yes", "on", "1"})
_NO: Final = frozenset({"false", "no", "off", "0"})
_NUMBER: Final = re.compile(r"[+-]?(\d+(\.\d*)?|\.\d+)([eE][+-]?\d+)?", re.ASCII)
_MOST_DIGITS: Final = 30
_FILES: Final = frozenset({"image", "audio", "video", "file"})
_WITH_SPACES: Final = _FILES | {"text"}


class Unusable:
    """Stands for a word that could not be read, so that the SDK refuses the whole and lists its own findings."""


def read(
    words: Sequence[str], fields: "Mapping[str, InputField]", *, stdin: Callable[[], bytes] | None = None
) -> tuple[dict[str, Any], dict[str, str]]:
    """Inputs by name, and what is wrong by name.

    Numbers and booleans become such; a list of pictures is split at commas, or its key is repeated; of a text,
    ``@file`` is read, ``-`` is standard input, ``@@`` is an at sign. Last newlines of files are left out.

    >>> from stationthis_sdk import InputField
    >>> fields = {"cfg": InputField("cfg", "number"), "hd": InputField("hd", "boolean")}
    >>> read(["cfg=7.5", "hd=yes", "prompt=a fox"], fields)
    ({'cfg': 7.5, 'hd': True, 'prompt': 'a fox'}, {})
    >>> read(["fast"], fields)[1]
    {'fast': 'is no key=value; an input is given as prompt="a fox"'}
    >>> read(["prompt=a", "fox"], fields)[1]
    {'prompt': "quotes are missing, write prompt='a fox'"}
    """
    values: dict[str, Any] = {}
    problems: dict[str, str] = {}
    read_stdin = _once(stdin or _stdin)
    for word, strays in _with_strays(words, fields):
        name, equals, text = word.partition("=")
        kind = fields[name].kind if name in fields else ""
        if not equals or not name:
            name, problem = " ".join([word, *strays]), 'is no key=value; an input is given as prompt="a fox"'
        elif strays:
            problem = f"quotes are missing, write {name}={shlex.quote(' '.join([text, *strays]))}"
        elif name in values and kind != "images":
            problem = "is given twice"
        else:
            try:
                value = _value(text, kind, read_stdin)
            except ValueError as wrong:
                problem = str(wrong)
            else:
                values[name] = [*values.get(name, []), *value] if kind == "images" else value
                continue
        problems[name] = problem
        values[name] = Unusable()
    return values, problems


def _with_strays(words: Sequence[str], fields: "Mapping[str, InputField]") -> Iterator[tuple[str, list[str]]]:
    """Each key=value with the words after it that were to be part of its value; others come together as one."""
    found: list[tuple[str, list[str]]] = []
    for word in words:
        before = found[-1][0].partition("=") if found else ("", "", "")
        name = before[0]
        takes_words = not before[1] or name not in fields or fields[name].kind in _WITH_SPACES
        if word.find("=") < 1 and found and takes_words:
            found[-1][1].append(word)
        else:
            found.append((word, []))
    yield from found


def submit(deployment: "Deployment", values: Mapping[str, Any], problems: Mapping[str, str]) -> "Run":
    """Start the run, or refuse with every problem: those of reading and those of checking.

    Raises:
        InvalidInput: with all ``problems``; nothing was sent.
    """
    from stationthis_sdk import InvalidInput  # noqa: PLC0415 - what costs comes with use

    try:
        return deployment.submit(values)
    except InvalidInput as error:
        if not problems:
            raise
        raise _joined(deployment, problems, error) from None


def _joined(deployment: "Deployment", problems: Mapping[str, str], error: "InvalidInput") -> "InvalidInput":
    ours = [f"{name}: {problem}" for name, problem in problems.items()]
    theirs = [
        problem
        for problem in error.problems
        if not any(problem.startswith((f"{name}: ", f"there is no input {name!r}")) for name in problems)
    ]
    message = (
        f"{deployment.name} was not run: {'; '.join([*ours, *theirs])}. Its inputs: {deployment.inputs!r}."
    )
    return type(error)(message, problems=[*ours, *theirs])


def _value(text: str, kind: str, stdin: Callable[[], bytes]) -> Any:
    if kind in _FILES:
        return _place(text)
    if kind == "images":
        # A comma may also be part of one name.
        return [text] if _exists(text) else [_place(one.strip()) for one in text.split(",") if one.strip()]
    if kind in {"number", "integer", "seed"}:
        return _number(text)
    if kind == "boolean":
        return _boolean(text)
    return _readable(_text(text, stdin) if kind in {"text", ""} else text)


def _text(text: str, stdin: Callable[[], bytes]) -> str:
    if text.startswith("@@"):
        return text[1:]
    if text == "-":
        where, content = "standard input", stdin()
    elif text.startswith("@"):
        path = Path(text[1:]).expanduser()
        where = f"the file {str(path)!r}"
        try:
            content = path.read_bytes()
        except OSError as error:
            raise ValueError(f"can't read {where}: {error.strerror}; write @@ for an at sign") from None
    else:
        return text
    try:
        return content.decode().rstrip("\r\n")
    except UnicodeDecodeError:
        raise ValueError(f"{where} is no UTF-8 text") from None


def _stdin() -> bytes:
    return sys.stdin.buffer.read()


def _once(stdin: Callable[[], bytes]) -> Callable[[], bytes]:
    """A second reader of standard input would silently get nothing."""
    reads = iter([stdin])

    def read_it() -> bytes:
        if (first := next(reads, None)) is None:
            raise ValueError("standard input can be read for one input only")
        return first()

    return read_it


def _readable(text: str) -> str:
    try:
        text.encode()
    except UnicodeEncodeError:
        raise ValueError("is no UTF-8 text") from None
    return text


def _place(text: str) -> str:
    """A path or a web address; ``@path`` is how other commands write it."""
    return text[1:] if text.startswith("@") and not _exists(text) else text


def _exists(path: str) -> bool:
    return os.path.isfile(path)  # noqa: PTH113 - unlike Path's it bears any text


def _number(text: str) -> float | str:
    """A number, or the text as it is: the SDK then says what the input wants."""
    text = text.strip()
    if not _NUMBER.fullmatch(text) or len(text) > _MOST_DIGITS:
        return text
    return float(text) if re.search(r"[.eE]", text) else int(text)


def _boolean(text: str) -> bool:
    word = text.strip().lower()
    if word not in _YES | _NO:
        raise ValueError(f"wants true or false (or yes, no, on, off, 1, 0), got {text!r}")
    return word in _YES
