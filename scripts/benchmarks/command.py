"""`python scripts/benchmark.py`: measure, then write the table, the JSON and the pictures."""

from __future__ import annotations

import argparse
import json
import subprocess
import tempfile
import textwrap
from contextlib import ExitStack
from pathlib import Path
from typing import TYPE_CHECKING, Any

from benchmarks.bench import OURS, QUICK, Bench, Sizes, say, surroundings
from benchmarks.environments import ROOT, Environments, UnavailableError
from benchmarks.figures.known import FIGURES, WITH_GROWTH
from benchmarks.machine import machine, versions
from benchmarks.numbers import Value, summarise
from benchmarks.promises import Kept, kept
from benchmarks.table import as_markdown

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from benchmarks.figures.figure import Figure
    from benchmarks.numbers import Summary


def parser(words: str) -> argparse.ArgumentParser:
    """The command line; its help has the method of every figure."""
    methods = "\n\n".join(
        textwrap.fill(f"{figure.name}: {figure.method}", 100, subsequent_indent="    ")
        for figure in WITH_GROWTH
    )
    made = argparse.ArgumentParser(
        prog="benchmark.py",
        description=words,
        epilog=f"How each figure is measured:\n\n{methods}",
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    names = ",".join(figure.name for figure in WITH_GROWTH)
    made.add_argument("--only", metavar="NAMES", help=f"some of the figures: {names}")
    made.add_argument(
        "--rounds", type=int, default=5, help="rounds of each figure (5; those that take minutes have fewer)"
    )
    made.add_argument(
        "--quick", action="store_true", help="small sizes and one round: that it works, not how fast"
    )
    made.add_argument("--growth", action="store_true", help="also measure 1×, 10× and 100× the work")
    made.add_argument("--check", action="store_true", help="exit code 1 when a promise is not kept")
    made.add_argument(
        "--here",
        action="store_true",
        help="everything in the Python that runs this, no environments of their own",
    )
    made.add_argument("--commit", metavar="REF", help="measure this commit instead of the files as they are")
    made.add_argument(
        "--out",
        type=Path,
        default=ROOT / "out" / "benchmark",
        metavar="DIR",
        help="results.json, table.md, *.png",
    )
    cache = Path("~/.cache/stationthis-benchmark").expanduser()
    made.add_argument("--envs", type=Path, default=cache, metavar="DIR", help=f"the environments ({cache})")
    return made


def chosen(only: str | None, *, growth: bool) -> tuple[Figure, ...]:
    """The figures of these names.

    Raises:
        SystemExit: there is none of a name.
    """
    by_name = {figure.name: figure for figure in WITH_GROWTH}
    if only is None:
        return WITH_GROWTH if growth else FIGURES
    names = [name.strip() for name in only.split(",")]
    if unknown := [name for name in names if name not in by_name]:
        raise SystemExit(f"benchmark.py: no figure {', '.join(unknown)}; there are {', '.join(by_name)}")
    return tuple(by_name[name] for name in names)


def measure(bench: Bench, figures: Sequence[Figure], rounds: int) -> Iterator[list[Summary]]:
    """Every figure in its rounds; what failed, the bench tells."""
    for figure in figures:
        values: list[Value] = []
        bench.figure = figure.name
        count = min(rounds, figure.rounds or rounds)
        for bench.turn in range(count):
            say(f"{figure.name}, round {bench.turn + 1} of {count}")
            values.extend(figure.measure(bench))
        yield summarise(figure.name, values)


def run(words: str, arguments: Sequence[str] | None = None) -> int:
    """Measure what the command line says; 1 when ours failed, or with --check a promise is not kept, else 0."""
    options = parser(words).parse_args(arguments)
    figures = chosen(options.only, growth=options.growth)
    rounds = 1 if options.quick else options.rounds
    options.out.mkdir(parents=True, exist_ok=True)
    with ExitStack() as stack:
        source = ROOT
        if options.commit:
            source = Path(stack.enter_context(tempfile.TemporaryDirectory()))
            _check_out(options.commit, source)
        environments = Environments(options.envs.expanduser().resolve(), here=options.here, source=source)
        bench = Bench(environments, QUICK if options.quick else Sizes())
        where = machine(options.commit)
        found: list[Summary] = []
        promises: list[Kept] = []
        for more in measure(bench, figures, rounds):
            found += more
            promises = kept(found)
            results = {
                "machine": where,
                "versions": versions(bench),
                "quick": options.quick,
                "figures": [{"name": one.name, "title": one.title, "method": one.method} for one in figures],
                "summaries": [one._asdict() for one in found],
                "promises": [one._asdict() for one in promises],
                "missing": bench.missing,
                "failed": bench.failed,
            }
            _write(
                options.out,
                results,
                as_markdown(where, versions(bench), figures, found, promises, bench.missing | bench.failed),
            )
        print((options.out / "table.md").read_text("utf-8"))
        _draw(environments, options.out / "results.json")
    ours_failed = any(where.startswith(f"{OURS},") for where in bench.failed)
    return 1 if ours_failed or (options.check and not all(one.kept for one in promises)) else 0


def _write(folder: Path, results: dict[str, Any], table: str) -> None:
    """After each figure, so that a run that is stopped leaves what it has."""
    (folder / "results.json").write_text(json.dumps(results, indent=1, ensure_ascii=False) + "\n", "utf-8")
    (folder / "table.md").write_text(table, "utf-8")


def _check_out(commit: str, folder: Path) -> None:
    archive = subprocess.run(["git", "-C", str(ROOT), "archive", commit], capture_output=True, check=False)  # noqa: S607
    if archive.returncode:
        raise SystemExit(f"benchmark.py: {archive.stderr.decode().strip()}")
    subprocess.run(["tar", "-x", "-C", str(folder)], input=archive.stdout, check=True)  # noqa: S607 - the machine's tar


def _draw(environments: Environments, file: Path) -> None:
    try:
        environment = environments.get("plots")
    except UnavailableError as error:
        say(f"no pictures: {error}")
        return
    command = [str(environment.python), "-m", "benchmarks.plots", str(file.resolve())]
    with tempfile.TemporaryDirectory() as home:
        done = subprocess.run(
            command, capture_output=True, text=True, check=False, env=surroundings(environment, home)
        )
    say("pictures:", done.stdout.replace("\n", " ") if not done.returncode else done.stderr[-500:])
