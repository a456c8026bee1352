"""LoRAs named in a prompt: ``<lora:name:0.8>``, and words that a training was given to call it by. Pure."""

import math
import re
from collections.abc import Iterable, Iterator, Sequence
from pathlib import PurePosixPath
from typing import Final

import attrs

from stationthis_sdk.graphs.base_models import base_model
from stationthis_sdk.graphs.nodes import Node
from stationthis_sdk.names import loosely, near

__all__ = ["MAX_WEIGHT", "ChosenLora", "KnownLora", "LoraTag", "Reading", "choose_loras", "fits", "read_tags"]

MAX_WEIGHT: Final = 2.0
"""Beyond that a picture is noise; below 0 a LoRA works against itself, which some are made for."""
_TAG: Final = re.compile(r"<lora:([^<>]*)>", re.IGNORECASE)
_BROKEN: Final = re.compile(r"<\s*lora\b[^<>]{0,60}", re.IGNORECASE)
_ENDING: Final = re.compile(r"\.(safetensors|sft|ckpt|pt|pth|bin)$", re.IGNORECASE)
_ALIKE: Final = (
    frozenset({"FLUX", "KONTEXT"}),
    frozenset({"SD1.5", "SD1.5-XL"}),
    frozenset({"SDXL", "SD1.5-XL"}),
)
"""Families whose LoRAs go into one another, or of which nobody knows which it is."""


@attrs.frozen
class LoraTag:
    """What a prompt says: a name, and how strongly, where it says so."""

    name: str
    weight: float | None = None


@attrs.frozen
class KnownLora:
    """A LoRA of the account: where it is in the volume, and what a training on this machine knows of it."""

    path: str
    trigger: str = ""
    base: str | None = None
    called: str = ""
    public: bool = False

    @property
    def file(self) -> str:
        """What ComfyUI calls it: the path below its folder of LoRAs."""
        return self.path.removeprefix("loras/")

    @property
    def stem(self) -> str:
        """The same without its ending, as tags have it."""
        return _ENDING.sub("", self.file)

    @property
    def family(self) -> str | None:
        """The base model it was made for: as the training says, else by its path, else None."""
        return (
            self.base.upper()
            if self.base
            else base_model([Node("1", "LoraLoader", {"lora_name": self.path}, {})])
        )


@attrs.frozen
class ChosenLora:
    """One that goes into a run."""

    lora: KnownLora
    weight: float | None
    why: str = ""

    def __str__(self) -> str:
        strength = "" if self.weight is None else f" × {self.weight:g}"
        return f"{self.lora.path}{strength}{self.why}"


@attrs.define
class Reading:
    """A prompt without its tags, the LoRAs it wants, and what to say of them."""

    prompt: str
    loras: list[ChosenLora] = attrs.field(factory=list)
    warnings: list[str] = attrs.field(factory=list)
    problems: list[str] = attrs.field(factory=list)


def read_tags(prompt: str) -> tuple[str, list[LoraTag], list[str]]:
    """The prompt without its tags, the tags, and what is wrong with them.

    >>> read_tags("a fox, <lora:inkwash:0.8>, in snow")
    ('a fox, in snow', [LoraTag(name='inkwash', weight=0.8)], [])
    >>> read_tags("a fox <lora:inkwash:strong>")[2]
    ["prompt: '<lora:inkwash:strong>' has no weight that is a number, like <lora:inkwash:0.8>"]
    """
    tags: list[LoraTag] = []
    problems: list[str] = []
    for found in _TAG.finditer(prompt):
        tag = _tag_of(found[1], problems)
        if tag is not None:
            tags.append(tag)
    rest = _TAG.sub("\0", prompt)
    problems += [
        f"prompt: {found[0]!r} is no whole tag: write <lora:name:0.8>" for found in _BROKEN.finditer(rest)
    ]
    return (_closed_up(rest) if _TAG.search(prompt) else prompt), tags, problems


def choose_loras(
    prompt: str, known: Sequence[KnownLora], base: str | None = None, *, also: Iterable[LoraTag] = ()
) -> Reading:
    """Which LoRAs a prompt wants: those its tags name, and those whose trigger word it says; ``base`` is the graph's.

    ``also`` are named beside the prompt. A trigger word that a named one needs is added to the prompt. Of several with one
    name it is the one that fits the base model, then one's own, then the one nearest to the top, then by the alphabet.

    >>> reading = choose_loras("a fox <lora:ink>", [KnownLora("loras/ink.safetensors", trigger="inkwash")])
    >>> reading.prompt, [str(one) for one in reading.loras]
    ('a fox, inkwash', ['loras/ink.safetensors'])
    """
    rest, tags, problems = read_tags(prompt)
    reading = Reading(rest, problems=problems)
    for tag in (*tags, *also):
        _add_named(reading, tag, known, base)
    taken = {one.lora.path for one in reading.loras}
    for lora, rivals in _called_by_trigger(rest, known, base):
        if lora.path in taken:
            continue
        taken.add(lora.path)
        reading.loras.append(ChosenLora(lora, None, f" (for its word {lora.trigger!r})"))
        if rivals:
            reading.warnings.append(_told_of_rivals(f"answer to the word {lora.trigger!r}", lora, rivals))
    for one in reading.loras:
        if one.lora.trigger and not _says(reading.prompt, one.lora.trigger):
            reading.prompt = f"{reading.prompt.rstrip(' ,')}, {one.lora.trigger}".lstrip(" ,")
    return reading


def fits(lora: str | None, base: str | None) -> bool:
    """Whether a LoRA of one family goes with a base model of another; nobody knows counts as yes.

    >>> fits("FLUX", "KONTEXT"), fits("SDXL", "FLUX"), fits(None, "FLUX")
    (True, False, True)
    """
    return lora is None or base is None or lora == base or any({lora, base} <= alike for alike in _ALIKE)


def _add_named(reading: Reading, tag: LoraTag, known: Sequence[KnownLora], base: str | None) -> None:
    found = sorted(_named(tag.name, known), key=lambda one: _rank(one, base))
    if not found:
        close = near(tag.name, sorted({PurePosixPath(one.stem).name for one in known}))
        hint = (
            f"did you mean {', '.join(map(repr, close))}?"
            if close
            else "st.models.list('loras') shows what there is"
        )
        reading.problems.append(f"prompt: there is no LoRA {tag.name!r}; {hint}")
        return
    lora = found[0]
    if lora.path in {one.lora.path for one in reading.loras}:
        reading.warnings.append(f"the LoRA {lora.path!r} is named twice: the first weight counts")
        return
    if len(found) > 1:
        reading.warnings.append(_told_of_rivals(f"are called {tag.name!r}", lora, found[1:]))
    if not fits(lora.family, base):
        reading.warnings.append(
            f"the LoRA {lora.path!r} is for {lora.family}, and this workflow draws with {base}: it may do nothing, or harm"
        )
    reading.loras.append(ChosenLora(lora, tag.weight))


def _tag_of(words: str, problems: list[str]) -> LoraTag | None:
    name, *weights = (part.strip() for part in words.split(":"))
    shown = f"<lora:{words}>"
    if not name:
        problems.append(f"prompt: {shown!r} names no LoRA: write <lora:name:0.8>")
        return None
    if not weights:
        return LoraTag(name)
    try:
        weight = float(weights[0])
    except ValueError:
        weight = math.nan
    if math.isnan(weight) or len(weights) > 1:
        problems.append(f"prompt: {shown!r} has no weight that is a number, like <lora:{name}:0.8>")
        return None
    if abs(weight) > MAX_WEIGHT:
        problems.append(f"prompt: {shown!r}: a weight is within -{MAX_WEIGHT:g}–{MAX_WEIGHT:g}")
        return None
    return LoraTag(name, weight)


def _named(name: str, known: Sequence[KnownLora]) -> list[KnownLora]:
    """Those of that path, file or name; exactly first, then loosely."""
    for alike in (str, lambda text: loosely(_ENDING.sub("", text))):
        wanted = alike(name)
        found = [one for one in known if wanted in {alike(text) for text in _names_of(one)}]
        if found:
            return found
    return []


def _names_of(lora: KnownLora) -> Iterator[str]:
    file = PurePosixPath(lora.file).name
    yield from (lora.path, lora.file, lora.stem, file, _ENDING.sub("", file))
    if lora.called:
        yield lora.called


def _rank(lora: KnownLora, base: str | None) -> tuple[bool, bool, int, str]:
    return not fits(lora.family, base), lora.public, lora.path.count("/"), lora.path


def _called_by_trigger(
    prompt: str, known: Sequence[KnownLora], base: str | None
) -> Iterator[tuple[KnownLora, list[KnownLora]]]:
    """Each LoRA whose trigger word the prompt says and whose family fits, with those of the same word after it."""
    by_word: dict[str, list[KnownLora]] = {}
    for one in known:
        if one.trigger and _says(prompt, one.trigger) and fits(one.family, base):
            by_word.setdefault(one.trigger.casefold(), []).append(one)
    for same in by_word.values():
        first, *rivals = sorted(same, key=lambda one: _rank(one, base))
        yield first, rivals


def _told_of_rivals(what: str, lora: KnownLora, rivals: Sequence[KnownLora]) -> str:
    others = ", ".join(repr(one.path) for one in rivals)
    return f"{len(rivals) + 1} LoRAs {what}: {lora.path!r} is used, not {others}; name one by its path"


def _says(prompt: str, trigger: str) -> bool:
    return re.search(rf"(?<!\w){re.escape(trigger)}(?!\w)", prompt, re.IGNORECASE) is not None


def _closed_up(text: str) -> str:
    """The text where tags were taken out, without the commas and blanks that stood around them."""
    first, *others = text.split("\0")
    kept = first.rstrip()
    for part in others:
        more = part.strip()
        if not kept or kept.endswith(",") or more.startswith(","):
            more = more.removeprefix(",").lstrip() if not kept or kept.endswith(",") else more
            kept += f" {more}" if kept and more and not more.startswith(",") else more
        elif more:
            kept += f" {more}"
    return kept.rstrip(" ,\t\r\n") if not others[-1].strip(" ,\t\r\n") else kept
