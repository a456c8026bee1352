"""`stationthis map`: one run for each row of a table, unattended."""

import contextlib
import enum
import shutil
import sys
import tempfile
from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import attrs
import typer

from stationthis_sdk.cli import show
from stationthis_sdk.cli.batch_work import work
from stationthis_sdk.cli.exits import Quit
from stationthis_sdk.cli.metrics import MetricsFile
from stationthis_sdk.cli.options import Environment, Options, connected, with_options

if TYPE_CHECKING:
    from stationthis_sdk import BatchEstimate, Deployment

__all__ = ["Budget", "Change", "Concurrency", "MaxFailures", "MetricsTo", "OnChange", "failures", "map_rows"]


class Change(enum.StrEnum):
    """What to do when another version is deployed than planned for, or a key has other inputs."""

    stop = "stop"
    go_on = "continue"
    rerun = "rerun"


Budget = Annotated[
    float | None,
    typer.Option(
        "--budget", metavar="DOLLARS", min=0, help="What all of it may cost in US dollars, restarts included."
    ),
]
MaxFailures = Annotated[
    str | None,
    typer.Option(
        "--max-failures",
        metavar="N",
        help="So many rows may fail before it stops: 50, 0.1 of all, none for any number; else a tenth, at least 10.",
    ),
]
Concurrency = Annotated[
    int | None,
    typer.Option(
        "--concurrency", metavar="N", min=1, help="Runs under way at once; else four for each container."
    ),
]
OnChange = Annotated[
    Change,
    typer.Option(
        "--on-change", help="When another version is deployed than planned for, or a key has other inputs."
    ),
]
MetricsTo = Annotated[
    str | None,
    typer.Option(
        "--metrics-file", metavar="FILE", help="Keep counts and cost there for Prometheus (node_exporter)."
    ),
]


@with_options()
def map_rows(
    deployment: Annotated[
        str, typer.Argument(metavar="NAME", help="The deployment: its workflow's name, its id or share slug.")
    ],
    rows: Annotated[
        str,
        typer.Argument(
            metavar="ROWS",
            help="A .csv, .tsv, .jsonl, .json or .parquet; - for JSON lines on standard input.",
        ),
    ],
    *,
    name: Annotated[
        str,
        typer.Option(
            "--name", metavar="NAME", help="What the batch is called; the same name goes on with it."
        ),
    ],
    key: Annotated[
        str | None,
        typer.Option("--key", metavar="COLUMN", help="The column that tells rows apart; else their content."),
    ] = None,
    columns: Annotated[
        list[str] | None,
        typer.Option(
            "--map",
            metavar="INPUT=TEXT",
            help="What an input is made of: a column, or a text such as 'prompt=Photo of {title}'; may be given "
            "again. Columns of an input's own name need none.",
        ),
    ] = None,
    out: Annotated[
        str | None,
        typer.Option(
            "--out",
            metavar="URL",
            help="Save files there: a folder or a URL such as s3://shop/autumn, perhaps with a name: 'out/{sku}.png'.",
        ),
    ] = None,
    budget: Budget = None,
    max_failures: MaxFailures = None,
    concurrency: Concurrency = None,
    tag: Annotated[
        list[str] | None,
        typer.Option("--tag", metavar="TAG", help="Keep this with each run; may be given again."),
    ] = None,
    timeout: Annotated[
        float | None,
        typer.Option(
            "--timeout", metavar="SECONDS", help="Wait no longer for a run; the run itself goes on."
        ),
    ] = None,
    gpu: Annotated[
        str | None, typer.Option("--gpu", metavar="GPU", help="T4, A10G, H100, …; the deployment's own wins.")
    ] = None,
    environment: Environment = None,
    limit: Annotated[
        int | None,
        typer.Option(
            "--limit", metavar="N", min=1, help="The first so many rows; without it later it goes on."
        ),
    ] = None,
    on_change: OnChange = Change.stop,
    without_rate: Annotated[
        bool, typer.Option("--without-rate", help="With a budget, start though nobody knows what runs cost.")
    ] = False,
    detach: Annotated[
        bool,
        typer.Option("--detach", help="Ctrl-C and SIGTERM leave running what runs; the next start waits."),
    ] = False,
    dry_run: Annotated[
        bool, typer.Option("--dry-run", help="Print how many rows would run, what that costs and takes.")
    ] = False,
    metrics_file: MetricsTo = None,
    options: Options,
) -> None:
    """Run a deployment once for each row of a table.

    All rows are checked before anything is sent. The same command again runs only what is missing, after Ctrl-C, a crash
    or a reboot. Prints one line at its end; progress goes to standard error. With --json, JSON lines as things happen:
    progress, row (each row of the batch once, also those that were done before) and, at last, end. Exits 3 when rows
    failed, 5 when the batch stopped before its end.

    Example: stationthis map text-to-picture products.csv --name autumn --map 'prompt=Photo of {title}' --local --out out
    """
    allowed = failures(max_failures)
    with connected(options) as st, _rows(rows) as table:
        found = st.deployments.get(deployment, environment=environment).options(
            timeout=timeout, gpu=gpu, on_interrupt="detach" if detach else None, tags=tag
        )
        given: dict[str, Any] = {"name": name, "key": key, "columns": columns, "out": out, "limit": limit}
        if dry_run:
            _estimate(found.estimate(table, concurrency=concurrency, **given), budget, options)
            return
        _work(
            found,
            table,
            {
                **given,
                "concurrency": concurrency,
                "budget": budget,
                "max_failures": allowed,
                "on_change": on_change.value,
                "without_rate": without_rate,
            },
            options,
            metrics_file,
            detach=detach,
        )


def _work(
    deployment: "Deployment",
    table: str,
    given: dict[str, Any],
    options: Options,
    metrics_file: str | None,
    *,
    detach: bool,
) -> None:
    metrics = None if metrics_file is None else MetricsFile(metrics_file, given["name"], deployment.name)
    work(
        given["name"],
        lambda: deployment.map(table, wait=False, **given),
        as_json=options.as_json,
        detach=detach,
        metrics=metrics,
    )


def _estimate(estimate: "BatchEstimate", budget: float | None, options: Options) -> None:
    if options.as_json:
        show.out_json(attrs.asdict(estimate))
    else:
        show.out(show.plain(str(estimate)))
    if budget is not None and estimate.dollars is not None and estimate.dollars > budget:
        show.tell(f"The budget of ${budget:.2f} is less than that: the batch would stop before its end.")


@contextlib.contextmanager
def _rows(given: str) -> Iterator[str]:
    """The path of the rows; of standard input there is one for a while."""
    if given != "-":
        yield given
        return
    with tempfile.TemporaryDirectory(prefix="stationthis-") as folder:
        path = Path(folder) / "standard-input.jsonl"
        try:
            with path.open("wb") as file:
                shutil.copyfileobj(sys.stdin.buffer, file)
        except OSError as error:
            raise Quit(f"Standard input can't be kept: {error.strerror}.", 1, "SaveFailed") from None
        yield str(path)


def failures(given: str | None) -> Any:
    """What --max-failures says, as ``map`` wants it.

    >>> failures(None), failures("none"), failures("50"), failures("0.1")
    ('default', None, 50, 0.1)
    """
    if given is None:
        return "default"
    if given.strip().lower() == "none":
        return None
    try:
        number = float(given)
    except ValueError:
        number = -1.0
    if not 0 <= number < float("inf") or (number > 1 and number != int(number)):
        raise typer.BadParameter(
            f"{given!r}: a number of rows, a share below 1, or none", param_hint="--max-failures"
        )
    return int(number) if number >= 1 or number == 0 else number
