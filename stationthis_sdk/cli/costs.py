"""`stationthis costs`: what was spent, by day, deployment, tag and more."""

import csv
import io
import sys
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any, Final

import typer

from stationthis_sdk.cli import show
from stationthis_sdk.cli.exits import Quit
from stationthis_sdk.cli.options import Options, connected, with_options

if TYPE_CHECKING:
    from stationthis_sdk import CostReport

__all__ = ["costs"]

_FORMATS: Final = ("table", "csv", "json", "parquet")


@with_options()
def costs(
    *,
    since: Annotated[
        str | None,
        typer.Option(
            "--since", metavar="WHEN", help="2026-11-01, a time, or 7d; the first of this month by default."
        ),
    ] = None,
    until: Annotated[
        str | None, typer.Option("--until", metavar="WHEN", help="A day counts whole; now by default.")
    ] = None,
    by: Annotated[
        str,
        typer.Option(
            "--by",
            metavar="LIST",
            help="day, month, deployment, tag, gpu, state, batch, machine; several with commas.",
        ),
    ] = "day,deployment",
    billed: Annotated[
        bool,
        typer.Option(
            "--billed", help="With what machines were billed for, cold starts and warm time included."
        ),
    ] = False,
    form: Annotated[
        str, typer.Option("--format", metavar="FORMAT", help="table, csv, json or parquet.")
    ] = "table",
    to: Annotated[
        str | None, typer.Option("-o", "--output", metavar="FILE", help="Write it there; for parquet.")
    ] = None,
    options: Options,
) -> None:
    """Sum up what the runs started from this machine cost, in US dollars.

    Columns: what --by names, runs, seconds at work (in Parquet a duration), estimated dollars, runs of unknown cost, billed
    dollars; what is not known is empty, never 0. Days and months are UTC's. The service tells of machines' time of the
    last day; what was asked is kept, so ask once a day with --billed.
    """
    wanted = "json" if options.as_json else form
    if wanted not in _FORMATS:
        raise typer.BadParameter(f"{form!r} is none: {', '.join(_FORMATS)}", param_hint="--format")
    if wanted == "parquet" and to is None:
        raise typer.BadParameter("parquet is written to a file: -o costs.parquet", param_hint="--format")
    with connected(options) as st:
        found = st.costs(since, until, by, billed=billed)
    if to is not None:
        _write(Path(to).expanduser(), found, wanted)
        show.out(show.plain(to))
    elif wanted == "json":
        show.out_json(_json(found))
    elif wanted == "csv":
        show.out(_csv(found).rstrip("\n"))
    else:
        _table(found)
    if wanted != "json":
        show.tell(str(found))
    if found.billed_gap:
        show.tell(
            f"Of {found.billed_gap / 3600:.1f} hours of this time nothing is known of what machines were billed for: "
            "the service tells of the last day, so ask once a day."
        )


def _table(found: "CostReport") -> None:
    """Rounded for people, and as it is for other programs."""
    rows: list[list[Any]] = [list(row.values()) for row in found.to_dicts()]
    if sys.stdout.isatty():
        start = len(found.by)
        for row in rows:
            row[start + 1] = None if row[start + 1] is None else f"{row[start + 1]:.1f}"
            for place in (start + 2, start + 4):
                row[place] = None if row[place] is None else f"{row[place]:.4f}"
    show.table([name.replace("_", " ") for name in found.columns], rows)


def _csv(found: "CostReport") -> str:
    text = io.StringIO()
    writer = csv.writer(text, lineterminator="\n")
    writer.writerow(found.columns)
    # A spreadsheet would run what begins like a formula.
    for row in found.to_dicts():
        writer.writerow([_harmless(value) for value in row.values()])
    return text.getvalue()


def _harmless(value: Any) -> Any:
    return f"'{value}" if isinstance(value, str) and value[:1] in "=+-@\t\r" and value else value


def _json(found: "CostReport") -> dict[str, Any]:
    total = found.total
    return {
        "since": found.since.isoformat(),
        "until": found.until.isoformat(),
        "by": list(found.by),
        "rows": found.to_dicts(),
        "total": {
            "runs": total.runs,
            "seconds": total.seconds,
            "estimated": total.estimated,
            "unknown_runs": total.unknown_runs,
            "billed": total.billed,
        },
        "billed_gap": found.billed_gap,
    }


def _write(path: Path, found: "CostReport", form: str) -> None:
    """Write the file whole, or leave what is there."""
    import json  # noqa: PLC0415 - few write files

    if form == "parquet":
        content = io.BytesIO()
        found.to_frame().to_parquet(content, index=False)
        data = content.getvalue()
    elif form == "json":
        data = json.dumps(_json(found), ensure_ascii=False, indent=2).encode() + b"\n"
    else:
        data = _csv(found).encode()
    new = path.with_name(f".{path.name}.new")
    try:
        new.write_bytes(data)
        new.replace(path)
    except OSError as error:
        new.unlink(missing_ok=True)
        raise Quit(f"Can't write {path}: {error.strerror}.", 1, "SaveFailed") from None
