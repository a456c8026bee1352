"""`stationthis cache`: the copies of answers and results on this machine."""

from typing import TYPE_CHECKING, Annotated, Any

import typer

from stationthis_sdk.cli import show
from stationthis_sdk.cli.commands import Command, Group
from stationthis_sdk.cli.options import Options, connected, with_options

if TYPE_CHECKING:
    from stationthis_sdk.cache import CacheInfo

__all__ = ["cache"]

cache = typer.Typer(cls=Group, invoke_without_command=True, rich_markup_mode=None)


@cache.callback()
@with_options()
def root(context: typer.Context, *, options: Options) -> None:
    """List the copies of what the service said and runs made; taking them away changes no answer.

    Columns: kind, key, bytes, seconds old, current or outdated; tab-separated when the output is no terminal.
    """
    if context.invoked_subcommand is None:
        _tell_info(options)


@cache.command(cls=Command)
@with_options()
def info(*, options: Options) -> None:
    """List the copies, as `stationthis cache` does."""
    _tell_info(options)


@cache.command(cls=Command)
@with_options()
def clear(
    *,
    kind: Annotated[
        str | None,
        typer.Option(
            "--kind",
            metavar="KIND",
            help="deployments, workflows, versions, machines, models, pricing, account, results.",
        ),
    ] = None,
    name: Annotated[
        str | None,
        typer.Option("--name", metavar="NAME", help="Only copies that tell of this name, id or path."),
    ] = None,
    options: Options,
) -> None:
    """Take copies of this account away, all or some, and print how many there were."""
    with connected(options) as st:
        cleared = st.cache.clear(kind, name=name)
        off = st.cache.info().off
    if options.as_json:
        show.out_json({"cleared": cleared, "off": off})
        return
    show.out(f"{_count(cleared, 'copy', 'copies')} taken away")
    _tell_off(off)


@cache.command(cls=Command)
@with_options()
def verify(*, options: Options) -> None:
    """Look at every row on disk, of any account, and take away what is none of ours."""
    with connected(options) as st:
        found = st.cache.verify()
        off = st.cache.info().off
    if options.as_json:
        show.out_json({"rows": found.rows, "refused": found.refused, "off": off})
        return
    show.out(f"{_count(found.rows, 'row', 'rows')}, {found.refused} refused and taken away")
    _tell_off(off)


def _tell_info(options: Options) -> None:
    with connected(options) as st:
        found = st.cache.info()
    if options.as_json:
        show.out_json(_json(found))
        return
    show.table(
        ("kind", "key", "bytes", "seconds old", "state"),
        [
            (one.kind, one.key, one.bytes, f"{one.age:.0f}", "current" if one.current else "outdated")
            for one in found.copies
        ],
    )
    if found.off is None:
        copies = _count(len(found.copies), "copy", "copies")
        show.tell(show.plain(f"{copies}, {found.bytes / 1024:.0f} KiB, in {found.folder}"))
    _tell_off(found.off)


def _tell_off(off: str | None) -> None:
    if off is not None:
        show.tell(show.plain(f"stationthis: nothing is cached: {off}"))


def _json(found: "CacheInfo") -> dict[str, Any]:
    return {
        "folder": found.folder,
        "off": found.off,
        "bytes": found.bytes,
        "oldest": None if found.oldest is None else round(found.oldest, 3),
        "copies": [
            {
                "kind": one.kind,
                "key": one.key,
                "bytes": one.bytes,
                "age": round(one.age, 3),
                "current": one.current,
            }
            for one in found.copies
        ],
    }


def _count(number: int, one: str, several: str) -> str:
    return f"{number} {one if number == 1 else several}"
