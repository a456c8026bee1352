"""`stationthis cook`: a collection made, looked at and exported from the shell."""

import re
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any, Final

import attrs
import typer

from stationthis_sdk.cli import show
from stationthis_sdk.cli.batch_work import batch_json, work
from stationthis_sdk.cli.map import Budget, Change, MaxFailures, OnChange, failures
from stationthis_sdk.cli.options import Options, connected, with_options

if TYPE_CHECKING:
    from stationthis_sdk import Collection, Cook, StationThis

__all__ = ["cook", "numbers_in"]

_FILES: Final = (".json", ".yaml", ".yml")
_NUMBERS: Final = re.compile(r"(\d+)(?:-(\d+))?")
_LIMITS: Final = {"budget", "max_failures", "concurrency", "on_change"}
_TAKES: Final[dict[str, set[str]]] = {
    "--validate": set(),
    "--dry-run": {"seed", "name"},
    "--status": {"name"},
    "--accept and --reject": {"name"},
    "--regenerate": {"name"},
    "--export": {"name", "every", "shuffle_seed", "skip_missing"},
    "making the pieces of a file": {"seed", "name", "out", "without_rate", *_LIMITS},
    "going on by name": {"failed", *_LIMITS},
}
"""What each action takes besides: an option that it would ignore is refused, before anything is paid for."""
_ASKS: Final = {
    "validate": "--validate",
    "dry_run": "--dry-run",
    "status": "--status",
    "accept": "--accept and --reject",
    "reject": "--accept and --reject",
    "regenerate": "--regenerate",
    "export": "--export",
}


@with_options()
def cook(
    context: typer.Context,
    collection: Annotated[
        str,
        typer.Argument(
            metavar="COLLECTION",
            help="Its .yaml or .json, or the name of one that is cooked on this machine.",
        ),
    ],
    *,
    seed: Annotated[
        int | None,
        typer.Option(
            "--seed", metavar="N", help="What pieces are drawn with; without it one is drawn, and kept."
        ),
    ] = None,
    name: Annotated[
        str | None,
        typer.Option(
            "--name", metavar="NAME", help="What the cook and its batch are called; else as the collection."
        ),
    ] = None,
    out: Annotated[
        str | None,
        typer.Option("--out", metavar="URL", help="Save pictures there, too, as `stationthis map` does."),
    ] = None,
    budget: Budget = None,
    max_failures: MaxFailures = None,
    concurrency: Annotated[
        int | None,
        typer.Option("--concurrency", metavar="N", min=1, help="Runs under way at once, else three."),
    ] = None,
    on_change: OnChange = Change.go_on,
    without_rate: Annotated[
        bool, typer.Option("--without-rate", help="With a budget, start though nobody knows what runs cost.")
    ] = False,
    failed: Annotated[
        bool,
        typer.Option(
            "--failed",
            help="By its name: make those again that failed, too, unless they were replaced; each costs.",
        ),
    ] = False,
    validate: Annotated[
        bool, typer.Option("--validate", help="Only say what is wrong with it; exits 1 when anything is.")
    ] = False,
    dry_run: Annotated[
        bool,
        typer.Option(
            "--dry-run", help="Only print how many pieces would be made, what that costs and takes."
        ),
    ] = False,
    status: Annotated[bool, typer.Option("--status", help="Only print how far it is.")] = False,
    accept: Annotated[
        str | None,
        typer.Option("--accept", metavar="NUMBERS", help="Only note that these are accepted: 1,4-9."),
    ] = None,
    reject: Annotated[
        str | None, typer.Option("--reject", metavar="NUMBERS", help="Only note that these are rejected.")
    ] = None,
    regenerate: Annotated[
        bool,
        typer.Option(
            "--regenerate", help="Make those again that are rejected, with new seeds; each costs again."
        ),
    ] = False,
    export: Annotated[
        str | None,
        typer.Option(
            "--export", metavar="FILE", help="Only write what is accepted as this .zip; nothing is run."
        ),
    ] = None,
    every: Annotated[
        bool, typer.Option("--all", help="With --export: all that was made and not rejected.")
    ] = False,
    shuffle_seed: Annotated[
        int | None, typer.Option("--shuffle-seed", metavar="N", help="With --export: in another order.")
    ] = None,
    skip_missing: Annotated[
        bool, typer.Option("--skip-missing", help="With --export: leave out what has no picture.")
    ] = False,
    options: Options,
) -> None:
    """Make the pieces of a collection: drawn from traits by a seed, each once, whatever comes between.

    All of it is checked against the deployed workflow before anything is sent. The same command again makes only what is
    missing. Shows and ends as `stationthis map` does; --accept, --reject, --status and --export run nothing.

    Example: stationthis cook foxes.yaml --seed 1 --local, then stationthis cook foxes.yaml --export foxes.zip --all --local
    """
    _check_options(context, by_name=Path(collection).suffix.lower() not in _FILES)
    accepted, rejected = numbers_in(accept, "--accept"), numbers_in(reject, "--reject")
    if both := sorted({*accepted} & {*rejected}):
        raise typer.BadParameter(f"{both[0]} is in --accept and in --reject")
    allowed = failures(max_failures)
    found = _read(collection, options, validate=validate)
    with connected(options) as st:
        called = name or (found.name if found is not None else collection)
        if validate:
            _validate(st, found or st.collections.get(called).collection, options)
        elif dry_run:
            wanted = found or st.collections.get(called).collection
            _tell_estimate(st.collections.estimate(wanted, seed=seed or 0, name=called), options)
        elif status:
            _tell_status(st.collections.get(called), options)
        elif accept is not None or reject is not None:
            one = st.collections.get(called).judge(accept=accepted, reject=rejected)
            _tell_status(one, options)
        elif export is not None:
            _export(
                st.collections.get(called),
                export,
                options,
                every=every,
                shuffle_seed=shuffle_seed,
                skip=skip_missing,
            )
        elif regenerate:
            _work(called, lambda: st.collections.get(called).regenerate(wait=False).batch, options)
        elif found is None:
            limits: dict[str, Any] = {
                "concurrency": concurrency,
                "budget": budget,
                "max_failures": allowed,
                "on_change": on_change.value,
                "failed": failed,
            }
            _work(called, lambda: st.collections.get(called).resume(wait=False, **limits).batch, options)
        else:
            given: dict[str, Any] = {
                "seed": seed,
                "name": called,
                "concurrency": concurrency,
                "budget": budget,
                "max_failures": allowed,
                "out": out,
                "on_change": on_change.value,
                "without_rate": without_rate,
            }
            _work(called, lambda: st.collections.cook(found, wait=False, **given).batch, options)


def _check_options(context: typer.Context, *, by_name: bool) -> None:
    """See that one thing is asked for, with nothing that it takes no notice of."""
    given = {
        name: option.opts[0]
        for option in context.command.params
        if (name := option.name or "") in _ASKS.keys() | set().union(*_TAKES.values())
        and (source := context.get_parameter_source(name)) is not None
        and source.name not in {"DEFAULT", "DEFAULT_MAP"}
    }
    asked = list(dict.fromkeys(_ASKS[name] for name in given if name in _ASKS))
    if len(asked) > 1:
        raise typer.BadParameter(f"{', '.join(dict.fromkeys(_ASKS.values()))}: one at a time")
    action = asked[0] if asked else "going on by name" if by_name else "making the pieces of a file"
    takes = _TAKES[action] - ({"name"} if by_name else set())
    if stray := [option for name, option in given.items() if name not in {*_ASKS, *takes}]:
        fits = [
            one
            for one, options in _TAKES.items()
            if {name for name in given if given[name] == stray[0]} <= options
        ]
        raise typer.BadParameter(
            f"{stray[0]} goes with {', '.join(fits)}, not with {action}. Nothing was sent"
        )


def _read(given: str, options: Options, *, validate: bool) -> "Collection | None":
    """The collection of a file; None: it is a name."""
    from stationthis_sdk import Collection, InvalidInput  # noqa: PLC0415 - --help need not pay for it

    if Path(given).suffix.lower() not in _FILES:
        return None
    try:
        return Collection.load(given)
    except InvalidInput as error:
        if not validate or not Path(given).is_file():
            raise
        problems = error.problems
        issues = [{"code": "no-collection", "where": given, "message": problem} for problem in problems]
        _tell_issues(given, issues, [f"{given}: {problem}" for problem in problems], options)
        raise typer.Exit(1) from None


def _tell_issues(name: str, issues: list[dict[str, Any]], lines: list[str], options: Options) -> None:
    if options.as_json:
        show.out_json({"name": name, "ok": not issues, "issues": issues})
    else:
        for line in lines or [f"{name}: nothing is wrong"]:
            show.out(show.plain(line))


def numbers_in(given: str | None, option: str) -> list[int]:
    """The numbers of a text.

    >>> numbers_in("1, 4-6", "--accept")
    [1, 4, 5, 6]
    """
    found: list[int] = []
    for one in (given or "").split(","):
        if not one.strip():
            continue
        read = _NUMBERS.fullmatch(one.strip())
        if read is None or int(read[2] or read[1]) - int(read[1]) not in range(1_000_000):
            raise typer.BadParameter(f"{given!r}: numbers such as 1,4-9", param_hint=option)
        found += range(int(read[1]), int(read[2] or read[1]) + 1)
    if given is not None and not found:
        raise typer.BadParameter("no number is named", param_hint=option)
    return found


def _work(name: str, begin: Any, options: Options) -> None:
    work(name, begin, as_json=options.as_json, cook=True)


def _validate(st: "StationThis", collection: "Collection", options: Options) -> None:
    report = st.collections.validate(collection)
    issues = [attrs.asdict(issue) for issue in report]
    _tell_issues(collection.name, issues, [str(issue) for issue in report], options)
    if not report.ok:
        raise typer.Exit(1)


def _tell_estimate(estimate: Any, options: Options) -> None:
    if options.as_json:
        show.out_json(attrs.asdict(estimate))
    else:
        show.out(show.plain(str(estimate)))


def _tell_status(one: "Cook", options: Options) -> None:
    verdicts = [piece.verdict for piece in one.pieces()]
    counts = {"accepted": verdicts.count("accepted"), "rejected": verdicts.count("rejected")}
    if options.as_json:
        show.out_json({**batch_json(one.batch), "seed": one.seed, "supply": one.collection.supply, **counts})
        return
    told = "".join(f", {count} {verdict}" for verdict, count in counts.items() if count)
    show.out(f"{one.state} {show.plain(one.name)}: {show.plain(str(one.progress))}{told}, seed {one.seed}")
    if one.why:
        show.out(f"why: {show.plain(one.why)}")


def _export(
    one: "Cook", path: str, options: Options, *, every: bool, shuffle_seed: int | None, skip: bool
) -> None:
    made = one.export(
        path,
        only="all" if every else "accepted",
        shuffle_seed=shuffle_seed,
        missing="skip" if skip else "refuse",
    )
    if options.as_json:
        skipped = [{"piece": number, "why": why} for number, why in made.skipped]
        show.out_json(
            {"path": str(made.path), "pieces": made.pieces, "sha256": made.sha256, "skipped": skipped}
        )
        return
    show.out(show.plain(str(made)))
    for number, why in made.skipped:
        show.tell(f"left out: piece {number}: {show.plain(why)}")
