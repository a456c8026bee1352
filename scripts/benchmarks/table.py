"""Results as Markdown: the promises, then a table for each figure, ours beside everybody."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from benchmarks.bench import OURS
from benchmarks.numbers import ratio, shown

if TYPE_CHECKING:
    from collections.abc import Sequence

    from benchmarks.figures.figure import Figure
    from benchmarks.numbers import Summary
    from benchmarks.promises import Kept


def as_markdown(
    machine: dict[str, Any],
    versions: dict[str, str],
    figures: Sequence[Figure],
    found: Sequence[Summary],
    promises: Sequence[Kept],
    missing: dict[str, str],
) -> str:
    """All of it."""
    contenders = ", ".join(f"{name} {version}" for name, version in versions.items())
    lines = [
        (
            f"Measured {machine['date']} on {machine['cpu']}, {machine['cores']} cores, {machine['memory_gib']} GiB, "
            f"{machine['system']}, Python {machine['python']}, load {machine['load_before']} before; {contenders}; "
            f"commit {machine['commit']}. Medians of rounds that take turns; in brackets the least and the most; "
            f"× is how many times better than the rival {OURS} is."
        ),
        "",
    ]
    lines += [f"- **{who} could not be measured**: {why}" for who, why in missing.items()]
    if machine["load_before"] > machine["cores"] / 2:
        lines.append(
            f"- **The machine was busy**: load {machine['load_before']} on {machine['cores']} cores. Times are longer than they "
            "are alone and ratios of times less certain; CPU figures and counts of requests hold."
        )
    if promises:
        lines += ["", "| promised | wanted | measured | |", "|---|---:|---:|---|"]
        lines += [
            f"| {one.words} | {one.wanted} | {one.measured} | {'kept' if one.kept else '**missed**'} |"
            for one in promises
        ]
    for figure in figures:
        own = [one for one in found if one.figure == figure.name]
        if own:
            lines += ["", f"### {figure.title}", "", *_table(own)]
    return "\n".join(lines) + "\n"


def _table(found: Sequence[Summary]) -> list[str]:
    contenders = list(dict.fromkeys([OURS, *sorted(one.contender for one in found)]))
    there = [name for name in contenders if any(one.contender == name for one in found)]
    lines = [f"| | {' | '.join(there)} |", f"|---|{'---:|' * len(there)}"]
    for case in dict.fromkeys(one.case for one in found):
        row = {one.contender: one for one in found if one.case == case}
        unit = next(iter(row.values())).unit
        cells = [_cell(row.get(name), row.get(OURS)) for name in there]
        lines.append(f"| {case}, {unit} | {' | '.join(cells)} |")
    return lines


def _cell(one: Summary | None, ours: Summary | None) -> str:
    if one is None:
        return ""
    told = shown(one.median)
    if one.rounds > 1:
        told += f" ({shown(one.low)}–{shown(one.high)})"
    if ours is not None and one is not ours:
        times = ratio(ours.median, one.median, more=one.more)
        told += "" if times is None else f" ×{shown(times)}"
    return told
