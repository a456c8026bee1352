"""Checking a dataset: counts, formats, sizes, doubles, captions, the trigger word."""

import re
from collections import defaultdict
from collections.abc import Callable, Iterator, Sequence
from typing import TYPE_CHECKING, Final

from stationthis_sdk.errors import InvalidInput
from stationthis_sdk.recipes.training.pictures import Looked, is_address, look
from stationthis_sdk.recipes.training.recipes import Recipe, recipe_of
from stationthis_sdk.recipes.training.report import DatasetReport, Finding

if TYPE_CHECKING:
    from stationthis_sdk.recipes.training.dataset import Dataset, Sample

__all__ = ["FEWEST", "checked", "counted", "findings_of"]

FEWEST: Final = 4
"""Pictures that anything can be learnt from, whatever a recipe says."""
_BITS_APART: Final = 6
"""Of 64, by which the hashes of two pictures differ that look the same."""
_COLOURS_APART: Final = 12
_LEAST_SIDE: Final = 64

Seen = tuple["Sample", Looked]


def checked(
    dataset: "Dataset", base: str, trigger: str | None, resolution: int | None = None
) -> DatasetReport:
    """Look at everything, and report it.

    Raises:
        InvalidInput: no such base.
        MissingExtra: Pillow or imagehash is not installed.
    """
    recipe, problems = recipe_of(base, {} if resolution is None else {"resolution": resolution})
    if recipe is None or problems:
        raise InvalidInput(f"{'; '.join(problems)}.", problems=problems)
    return findings_of(dataset, recipe, trigger)


def findings_of(
    dataset: "Dataset", recipe: Recipe, trigger: str | None, *, check: Callable[[], None] = lambda: None
) -> DatasetReport:
    """The same for a recipe; pictures are looked at one after the other, and not kept. ``check`` may raise between two."""
    seen: list[Seen] = []
    for one in dataset.samples:
        if not is_address(one.picture):
            check()
            seen.append((one, look(one.picture)))
    away = [one for one in dataset.samples if is_address(one.picture)]
    good = [(one, found) for one, found in seen if not found.trouble]
    findings = [
        *counted(len(good) + len(away), recipe),
        *_files(dataset),
        *_pictures(seen, recipe),
        *_doubles(good),
        *_names(dataset.samples),
        *_captions(dataset.samples, recipe, trigger),
        *_control(dataset, recipe, check),
    ]
    if away:
        findings.append(
            Finding("not_looked_at", f"{len(away)} pictures are looked at once they are fetched", "warning")
        )
    told = sum(bool(one.caption) for one in dataset.samples)
    return DatasetReport(recipe.base, len(good) + len(away), told, tuple(findings))


def counted(count: int, recipe: Recipe) -> Iterator[Finding]:
    """What there is to say of so many pictures."""
    fewest, most = recipe.allowed
    low, high = recipe.usual
    name = recipe.base
    if count < FEWEST:
        yield Finding(
            "insufficient_images",
            f"{count} pictures: fewer than {FEWEST} teach nothing, {name} wants {fewest}",
        )
    elif count < fewest:
        yield Finding("insufficient_images", f"{count} pictures: {name} wants {fewest} at least")
    elif most is not None and count > most:
        yield Finding("too_many_images", f"{count} pictures: {name} takes {most} at most")
    elif count < low:
        yield Finding("few_images", f"{count} pictures are few: {low} are usual for {name}", "warning")
    elif high is not None and count > high:
        yield Finding("many_images", f"{count} pictures are many: {high} are usual for {name}", "warning")


def _files(dataset: "Dataset") -> Iterator[Finding]:
    for name in dataset.orphans:
        yield Finding("orphan_caption", "a caption without a picture of its name", where=name)
    for name in dataset.unread:
        yield Finding(
            "caption_unreadable", "a caption that is no text in UTF-8 of 64 KiB at most", where=name
        )
    for name in dataset.doubled:
        yield Finding("caption_ambiguous", "another caption of the same picture: leave one", where=name)
    for name in dataset.lost:
        yield Finding("picture_lost", "a link that leads nowhere", where=name)
    for name in dataset.strays:
        yield Finding("format_not_supported", "it is no PNG, JPEG or WebP", where=name)


def _pictures(seen: Sequence[Seen], recipe: Recipe) -> Iterator[Finding]:
    for sample, found in seen:
        if found.trouble:
            yield Finding(found.code, found.trouble, where=sample.where)
        elif min(found.width, found.height) < _LEAST_SIDE:
            size = f"{found.width} × {found.height}"
            yield Finding(
                "picture_too_small", f"{size} pixels: {_LEAST_SIDE} are the least", where=sample.where
            )
        elif min(found.width, found.height) < recipe.resolution:
            size = f"{found.width} × {found.height}"
            yield Finding(
                "small_picture", f"{size} pixels are enlarged to {recipe.resolution}", "warning", sample.where
            )


def _doubles(good: Sequence[Seen]) -> Iterator[Finding]:
    first: dict[str, Sample] = {}
    apart: list[Seen] = []
    for sample, found in good:
        if (other := first.setdefault(found.exact, sample)) is not sample:
            yield Finding("duplicate_picture", f"the very same picture as {other.where}", where=sample.where)
        else:
            apart.append((sample, found))
    yield from _alike(apart)


def _alike(seen: Sequence[Seen]) -> Iterator[Finding]:
    """Each picture that looks like one before it."""
    if len(seen) < 2:
        return
    import numpy as np  # noqa: PLC0415 - slow

    hashes = np.array([found.near for _, found in seen], dtype=np.uint64)
    colours = np.array([np.frombuffer(found.colours, np.uint8) for _, found in seen]).astype(np.int16)
    for place in range(1, len(seen)):
        near = np.bitwise_count(hashes[:place] ^ hashes[place]) <= _BITS_APART
        for other in map(int, np.flatnonzero(near)):
            if np.abs(colours[other] - colours[place]).mean() <= _COLOURS_APART:
                told = f"it looks like {seen[other][0].where}"
                yield Finding("near_duplicate", told, "warning", seen[place][0].where)
                break


def _names(samples: Sequence["Sample"]) -> Iterator[Finding]:
    by_name = defaultdict(list)
    for one in samples:
        by_name[one.name.casefold()].append(one)
    for same in by_name.values():
        for number, one in enumerate(same[1:], 2):
            told = f"another picture of the name of {same[0].where}: it is sent as {one.name}-{number}"
            yield Finding("same_name", told, "warning", one.where)


def _doubled(samples: Sequence["Sample"], what: str) -> Iterator[tuple[str, "Sample"]]:
    """Each of a name that one before it has."""
    taken: set[str] = set()
    for one in samples:
        if one.name in taken:
            yield what, one
        taken.add(one.name)


def _captions(samples: Sequence["Sample"], recipe: Recipe, trigger: str | None) -> Iterator[Finding]:
    without = [one for one in samples if one.caption is None]
    if without and recipe.captions_needed:
        told = (
            f"{len(without)} of {len(samples)} pictures have no caption, and {recipe.base} wants one for each"
        )
        yield Finding("missing_captions", told, where=", ".join(one.where for one in without[:5]))
    else:
        instead = f"the trigger {trigger!r} is sent" if trigger else "the trigger is sent"
        for one in without:
            yield Finding("missing_caption", f"no caption: {instead} instead", "warning", one.where)
    for one in samples:
        if one.caption is not None and not one.caption:
            yield Finding("empty_caption", "its caption says nothing", "warning", one.where)
    if trigger:
        word = re.compile(rf"(?<!\w){re.escape(trigger)}(?!\w)", re.IGNORECASE)
        lacking = [one for one in samples if one.caption and not word.search(one.caption)]
        if lacking:
            told = (
                f"{len(lacking)} captions do not have the trigger {trigger!r}, so it may not learn to call it"
            )
            where = ", ".join(one.where for one in lacking[:5])
            yield Finding("trigger_not_in_captions", told, "warning", where)


def _control(dataset: "Dataset", recipe: Recipe, check: Callable[[], None]) -> Iterator[Finding]:
    control = dataset.control
    if control is None:
        if recipe.takes_control:
            told = "no control set: a style or a subject can be learnt, an edit can't"
            yield Finding("no_control_set", told, "warning")
        return
    if not recipe.takes_control:
        yield Finding("control_not_taken", f"{recipe.base} takes no control set")
        return
    for of, one in (*_doubled(dataset.samples, "a picture"), *_doubled(control.samples, "a control picture")):
        told = (
            f"{of} of the name {one.name!r} is there twice: each is paired with its control picture by name"
        )
        yield Finding("control_ambiguous", told, where=one.where)
    names = {one.name for one in dataset.samples}
    there = {one.name for one in control.samples}
    for one in dataset.samples:
        if one.name not in there:
            yield Finding("control_missing", "the control set has no picture of its name", where=one.where)
    for one in control.samples:
        check()
        if one.name not in names:
            yield Finding(
                "control_orphan", "a control picture without a picture of its name", where=one.where
            )
        elif not is_address(one.picture) and (found := look(one.picture)).trouble:
            yield Finding(found.code, f"in the control set: {found.trouble}", where=one.where)
