"""From what somebody typed, chose and attached to the inputs of a deployment. Pure."""

import mimetypes
import re
from collections.abc import Mapping, Sequence
from typing import Any, Final

import attrs

from stationthis_sdk.bots.commands.called import Called
from stationthis_sdk.bots.commands.command import Command
from stationthis_sdk.bots.commands.names import option_names
from stationthis_sdk.bots.commands.options import cut, prompt_of
from stationthis_sdk.bots.commands.values import value_of
from stationthis_sdk.bots.people import Attachment
from stationthis_sdk.entities import InputField
from stationthis_sdk.errors import InvalidInput
from stationthis_sdk.inputs.fields import MEDIA_KINDS, Inputs
from stationthis_sdk.recipes.images.words import MEDIA_WORDS, Words

__all__ = ["MissingFile", "check_complete", "inputs_from", "is_changes", "takes", "wanted", "words_in"]

_PAIRS: Final = ('""', "''", "“”", "„“", "„”", "«»", "\u2018\u2019")
_QUOTED: Final = "|".join(f"{first}[^{first}{last}]*{last}" for first, last in _PAIRS)
_WORD: Final = re.compile(rf"(?<!\S)(?P<name>\w[\w-]*)=(?P<value>{_QUOTED}|\S*)(?!\S)")
_OF_THE_TEXT: Final = MEDIA_WORDS | {"prompt"}
"""Common words that stand in prompts as often as they mean an input: only its own name counts."""
_CALLED: Final = {"image": "picture", "images": "picture", "audio": "sound"}


class MissingFile(InvalidInput):
    """A file is needed and none came; ``kind`` is image, video, audio or file, ``workflow`` what needs it.

    ``input`` is what it is for, where several files are needed; else empty.
    """

    def __init__(self, message: str, *, kind: str, workflow: str, input: str = "") -> None:  # noqa: A002 - the field's word
        super().__init__(message)
        self.kind = kind
        self.workflow = workflow
        self.input = input


@attrs.define
class _Taken:
    """What is given so far, and what is wrong."""

    name: str
    fields: Inputs
    values: dict[str, Any] = attrs.field(factory=dict)
    problems: list[str] = attrs.field(factory=list)

    def put(self, target: str, value: Any) -> None:
        if target in self.values:
            self.problems.append(f"{target} is given twice: say it once")
            return
        try:
            self.values[target] = value_of(value, self.fields[target]) if isinstance(value, str) else value
        except InvalidInput as error:
            self.problems.append(error.message)


def inputs_from(
    fields: Inputs,
    text: str = "",
    *,
    name: str,
    options: Mapping[str, Any] | None = None,
    attachments: Sequence[Attachment] = (),
    command: Command | None = None,
    words: Words | None = None,
) -> dict[str, Any]:
    """The inputs that are given; files as the attachments they are, a list of them for an input that takes several.

    Of a text, words like ``cfg=9`` or ``style="deep sea"`` are inputs, by their own name, the option's, or a common word;
    all else is the prompt. Files fill the inputs of their kind in their order, those that are required first. ``name`` is
    what messages call the deployment; ``command`` says which option is of which input.

    Raises:
        InvalidInput: ``problems`` lists everything that fits nowhere.

    >>> fields = Inputs([InputField("prompt", "text"), InputField("guidance", "number", 5, 1, 20)])
    >>> inputs_from(fields, "a fox cfg=7 in the snow", name="portrait")
    {'prompt': 'a fox in the snow', 'guidance': 7}
    >>> inputs_from(fields, "a fox guidnace=7", name="portrait")
    Traceback (most recent call last):
    ...
    stationthis_sdk.errors.InvalidInput: portrait: there is no input 'guidnace'; did you mean 'guidance'?
    """
    words = words or Words()
    taken = _Taken(name, fields)
    rest, given = _split(text, fields, words, taken.problems)
    prompt = prompt_of(fields, words)
    if rest and prompt is not None and prompt not in {target for target, _ in given}:
        taken.put(prompt, rest)
    elif rest and prompt is not None:
        taken.problems.append(f"{prompt} is given twice: say it once")
    elif rest:
        taken.problems.append(f"it takes no text, and was given {cut(rest, 40)!r}; it takes {takes(fields)}")
    for target, value in given:
        taken.put(target, value)
    of_option = {option: target for target, option in option_names(fields).items()}
    of_option |= {one.name: one.input for one in command.options} if command is not None else {}
    files = list(attachments)
    lists: dict[str, list[Any]] = {}
    for option, value in (options or {}).items():
        target = of_option.get(option, option)
        if target not in fields:
            taken.problems.append(_unknown(option, fields))
        elif fields[target].kind == "images" and not isinstance(value, str | None):
            lists.setdefault(target, []).append(value)
        elif value is not None:
            taken.put(target, value)
    for target, values in lists.items():
        taken.put(target, values)
    _place(files, taken)
    if taken.problems:
        told = "; ".join(taken.problems).rstrip("?.")
        mark = "?" if taken.problems[-1].endswith("?") else "."
        raise InvalidInput(f"{name}: {told}{mark}", problems=taken.problems)
    return taken.values


def words_in(text: str) -> tuple[str, dict[str, str]]:
    """A text without its words like ``name=value``, and those words; of a name that comes twice the last counts.

    >>> words_in('portrait cfg=9 style="deep sea"')
    ('portrait', {'cfg': '9', 'style': 'deep sea'})
    """
    found = {match["name"]: _unquoted(match["value"]) for match in _WORD.finditer(text)}
    return _tidy(_WORD.sub(" ", text)), found


def is_changes(text: str) -> bool:
    """Whether an answer to a result says inputs and nothing else: anything more is talk, and starts no run.

    >>> is_changes('cfg=9 style="deep sea"'), is_changes("love = this, see https://x.org/?a=b"), is_changes("wow")
    (True, False, False)
    """
    rest, given = words_in(text)
    return bool(given) and not rest


def check_complete(fields: Inputs, values: Mapping[str, Any], *, name: str) -> None:
    """Go on when every file that is needed is given; what else is missing the deployment itself tells.

    Raises:
        MissingFile: one is not.

    >>> check_complete(Inputs([InputField("image", "image", required=True)]), {}, name="upscale")
    Traceback (most recent call last):
    ...
    stationthis_sdk.bots.commands.arguments.MissingFile: upscale needs a picture: send it with the command, or reply to one with it.
    """
    for field in fields.values():
        if field.required and field.kind in MEDIA_KINDS and field.name not in values:
            what = _CALLED.get(field.kind, field.kind)
            several = [one for one in fields.values() if one.required and one.kind in MEDIA_KINDS]
            which = f" for {field.name!r}" if len(several) > 1 else ""
            raise MissingFile(
                f"{name} needs a {what}{which}: send it with the command, or reply to one with it.",
                kind="image" if field.kind == "images" else field.kind,
                workflow=name,
                input=field.name if len(several) > 1 else "",
            )


def wanted(
    files: Sequence[Attachment], fields: Inputs, given: Mapping[str, object]
) -> tuple[Attachment, ...]:
    """Those files for which there is an input of their kind that nothing is given for.

    >>> fox = Attachment("fox.png", "image/png", 10, None)
    >>> fields = Inputs([InputField("prompt", "text"), InputField("image", "image")])
    >>> len(wanted([fox, fox], fields, {})), wanted([fox], fields, {"image": b"..."})
    (1, ())
    """
    free = [one for one in fields.values() if one.kind in MEDIA_KINDS and one.name not in given]
    chosen = []
    for file in files:
        field = next((one for one in free if _fits(_kind_of(file), one)), None)
        if field is not None:
            chosen.append(file)
            free = [one for one in free if one is not field or one.kind == "images"]
    return tuple(chosen)


def takes(fields: Inputs) -> str:
    """What a deployment takes, on one line; without the files that it falls back on, whose addresses are nobody's business.

    >>> takes(Inputs([InputField("image", "image", "https://example.com/a.png?sig=1"), InputField("cfg", "number", 7, 1, 20)]))
    'image image · cfg 1–20 = 7'
    """
    shown = [attrs.evolve(one, default=None) if one.kind in MEDIA_KINDS else one for one in fields.values()]
    return " · ".join(cut(str(one), 120) for one in shown) or "nothing"


def _split(text: str, fields: Inputs, words: Words, problems: list[str]) -> tuple[str, list[tuple[str, str]]]:
    """The prompt, and the words that are inputs."""
    given: list[tuple[str, str]] = []
    kept, end = [], 0
    called = Called(fields, words)
    for match in _WORD.finditer(text):
        target, meaning = called(match["name"]), called.meaning(match["name"])
        if target is not None:
            given.append((target, _unquoted(match["value"])))
        elif meaning is not None and meaning not in _OF_THE_TEXT:
            problems.append(f"{match['name']}: it has no such input; it takes {takes(fields)}")
        elif (near := called.near(match["name"])) is not None:
            problems.append(f"there is no input {match['name']!r}; did you mean {near!r}?")
        else:
            continue
        kept.append(text[end : match.start()])
        end = match.end()
    return _tidy(" ".join([*kept, text[end:]])), given


def _tidy(text: str) -> str:
    """Without the gaps that words left; lines stay lines."""
    lines = (" ".join(line.split()) for line in text.strip().splitlines())
    return "\n".join(lines).strip()


def _unquoted(value: str) -> str:
    return value[1:-1] if len(value) > 1 and value[0] + value[-1] in _PAIRS else value


def _unknown(option: str, fields: Inputs) -> str:
    near = Called(fields).near(option)
    hint = f"did you mean {near!r}?" if near else f"it takes {takes(fields)}"
    return f"there is no input {option!r} any more; {hint}"


def _place(files: list[Attachment], taken: _Taken) -> None:
    """Each file into the first input of its kind that is free, and whatever is left into one that takes any."""
    order = sorted(taken.fields.values(), key=lambda one: not one.required)
    for kinds in ({"image", "video", "audio"}, {"images"}, {"file"}):
        for field in order:
            if field.kind not in kinds or field.name in taken.values:
                continue
            wanted = "image" if field.kind == "images" else field.kind
            fitting = [one for one in files if wanted in ("file", _kind_of(one))]
            chosen = fitting if field.kind == "images" else fitting[:1]
            if chosen:
                taken.values[field.name] = chosen if field.kind == "images" else chosen[0]
                files[:] = [one for one in files if all(one is not other for other in chosen)]
    for one in files:
        kind = _kind_of(one)
        what = _CALLED.get(kind, kind)
        room = sum(_fits(kind, field) for field in taken.fields.values())
        told = f"it takes {room}, and there is one more" if room else f"it takes {takes(taken.fields)}"
        taken.problems.append(f"there is no place for the {what} {cut(one.filename, 40)!r}: {told}")


def _fits(kind: str, field: InputField) -> bool:
    return field.kind in {"file", kind} or (field.kind == "images" and kind == "image")


def _kind_of(file: Attachment) -> str:
    """What a file is, also where only its name tells."""
    if file.kind != "file" or (file.mime or "").partition("/")[0] not in {"", "application"}:
        return file.kind
    major = (mimetypes.guess_type(file.filename)[0] or "").partition("/")[0]
    return major if major in {"image", "video", "audio"} else "file"
