"""A picture for each figure, drawn from results.json: `python -m benchmarks.plots RESULTS`, in an environment with matplotlib."""

from __future__ import annotations

import json
import re
import sys
from pathlib import Path
from typing import Any

OURS = "StationThis SDK"
COLOURS = {
    OURS: "#d1495b",
    "raw aiohttp": "#30638e",
    "raw httpx": "#6a9fb5",
    "comfydeploy": "#edae49",
    "stock client": "#8d96a3",
    "bare socket": "#c9cbcf",
    "the service, by its CPU": "#e3e4e6",
    "curl": "#66a182",
}


def draw(results: dict[str, Any], folder: Path) -> list[Path]:
    """Bars, a panel for each case; what is far apart has a logarithmic scale."""
    import matplotlib as mpl  # type: ignore[import-not-found, unused-ignore] # noqa: PLC0415 - it is not everywhere

    mpl.use("Agg")
    from matplotlib import pyplot as plt  # type: ignore[import-not-found, unused-ignore] # noqa: PLC0415 - likewise

    plt.rcParams.update({"font.size": 9, "axes.spines.top": False, "axes.spines.right": False})
    made = []
    for figure in results["figures"]:
        found = [one for one in results["summaries"] if one["figure"] == figure["name"]]
        cases = list(dict.fromkeys(one["case"] for one in found))
        if not cases:
            continue
        grown = _grown(found) if figure["name"] == "growth" else {}
        count = len(grown or cases)
        across = min(4, count)
        down = -(-count // across)
        picture, panels = plt.subplots(down, across, figsize=(3.6 * across, 0.9 + 2.3 * down), squeeze=False)
        if grown:
            for panel, (title, points) in zip(panels.flat, grown.items(), strict=False):
                _lines(panel, title, points)
        else:
            for panel, case in zip(panels.flat, cases, strict=False):
                _panel(panel, case, [one for one in found if one["case"] == case])
        for panel in list(panels.flat)[count:]:
            panel.set_visible(False)
        machine = results["machine"]
        picture.suptitle(
            f"{figure['title']} · {machine['cpu']}, {machine['cores']} cores · {machine['date']}", fontsize=11
        )
        picture.tight_layout(rect=(0, 0, 1, 0.97))
        path = folder / f"{figure['name']}.png"
        picture.savefig(path, dpi=110)
        plt.close(picture)
        made.append(path)
    return made


def _grown(found: list[dict[str, Any]]) -> dict[str, list[dict[str, Any]]]:
    """By what is measured, cases without their number: `batch of 1,000, rows/s` has `size` 1000."""
    told: dict[str, list[dict[str, Any]]] = {}
    for one in found:
        parts = re.fullmatch(r"(\w+ (?:of|with)) ([\d.,]*\d)(.*)", one["case"])
        if parts:
            size = float(parts[2].replace(",", ""))
            told.setdefault(f"{parts[1]} …{parts[3]}", []).append(one | {"size": size})
    return told


def _lines(panel: Any, title: str, points: list[dict[str, Any]]) -> None:
    for contender in sorted({one["contender"] for one in points}, key=lambda name: name != OURS):
        own = sorted(
            (one for one in points if one["contender"] == contender), key=lambda one: float(one["size"])
        )
        sizes, medians = [one["size"] for one in own], [one["median"] for one in own]
        panel.plot(
            sizes, medians, "o-", color=COLOURS.get(contender, "#999999"), label=contender, lw=1.5, ms=4
        )
    panel.set_xscale("log")
    least, most = min(one["median"] for one in points), max(one["median"] for one in points)
    if least > 0 and most / least > 8:
        panel.set_yscale("log")  # what grows with the work is a straight line then
    else:
        panel.set_ylim(0, most * 1.15)
    panel.legend(fontsize=7, frameon=False)
    better = "more" if points[0]["more"] else "less"
    panel.set_title(f"{title}\n{points[0]['unit']}, {better} is better", fontsize=8.5, loc="left")


def _panel(panel: Any, case: str, found: list[dict[str, Any]]) -> None:
    order = sorted(found, key=lambda one: (one["contender"] != OURS, one["contender"]), reverse=True)
    medians = [one["median"] for one in order]
    spread = [[one["median"] - one["low"] for one in order], [one["high"] - one["median"] for one in order]]
    names = [one["contender"] for one in order]
    colours = [COLOURS.get(name, "#999999") for name in names]
    panel.barh(
        names, medians, color=colours, xerr=spread if order[0]["rounds"] > 1 else None, error_kw={"lw": 0.8}
    )
    if min(medians) > 0 and max(medians) / min(medians) > 30:
        panel.set_xscale("log")
        panel.set_xlim(min(medians) / 3, max(one["high"] for one in order) * 12)
    else:
        panel.set_xlim(0, max(one["high"] for one in order) * 1.35 or 1)
    for place, one in enumerate(order):
        panel.annotate(
            f"{one['median']:,.3g}" if one["median"] < 1000 else f"{one['median']:,.0f}",
            (one["high"], place),
            xytext=(4, 0),
            textcoords="offset points",
            va="center",
            fontsize=8,
        )
    better = "more" if order[0]["more"] else "less"
    panel.set_title(f"{case}\n{order[0]['unit']}, {better} is better", fontsize=8.5, loc="left")


if __name__ == "__main__":
    results_file = Path(sys.argv[1])
    for drawn in draw(json.loads(results_file.read_text("utf-8")), results_file.parent):
        print(drawn)
