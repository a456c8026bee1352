"""`stationthis deployments`: what there is to run, and what it wants."""

import shlex
import sys
from typing import TYPE_CHECKING, Annotated, Any

import typer

from stationthis_sdk.cli import show
from stationthis_sdk.cli.commands import Command, Group
from stationthis_sdk.cli.options import Environment, Options, connected, with_options

if TYPE_CHECKING:
    from stationthis_sdk import Deployment, InputField

__all__ = ["deployments"]

Refresh = Annotated[bool, typer.Option("--refresh", help="Ask the service, whatever this machine remembers.")]

deployments = typer.Typer(cls=Group, invoke_without_command=True, rich_markup_mode=None)


@deployments.callback()
@with_options()
def list_all(
    context: typer.Context,
    *,
    environment: Environment = None,
    refresh: Refresh = False,
    options: Options,
) -> None:
    """List the deployments; `show NAME` tells the inputs of one.

    Columns: name, environment, version, inputs; tab-separated when the output is no terminal.
    """
    if context.invoked_subcommand is not None:
        return
    with connected(options) as st:
        found = st.deployments.list(environment=environment, refresh=refresh)
    _tell_stale(found[:1])
    if options.as_json:
        show.out_json([_brief(one) for one in found])
        return
    if not found:
        show.tell(
            "No deployments" + (f" in {environment}." if environment else " at all: is it the right account?")
        )
        return
    show.table(
        ("name", "environment", "version", "inputs"),
        [(one.name, one.environment, one.version, repr(one.inputs)) for one in found],
    )


@deployments.command("show", cls=Command)
@with_options()
def show_one(
    name: Annotated[str, typer.Argument(metavar="NAME", help="The workflow's name, the id or share slug.")],
    *,
    environment: Environment = None,
    refresh: Refresh = False,
    options: Options,
) -> None:
    """List the inputs of a deployment.

    Columns: name, kind, range, default, help; tab-separated when the output is no terminal.
    """
    with connected(options) as st:
        found = st.deployments.get(name, environment=environment, refresh=refresh)
    _tell_stale([found])
    fields = list(found.inputs.values())
    if options.as_json:
        show.out_json({**_brief(found), "inputs": [_field(field) for field in fields]})
        return
    if sys.stdout.isatty():
        version = f" v{found.version}" if found.version else ""
        show.out(
            show.plain(
                f"{found.name} ({found.environment}{version}, {found.id})\n{found.description}".rstrip()
            )
        )
    show.table(
        ("input", "kind", "range", "default", "help"),
        [(field.name, _kind(field), _range(field), _default(field), _help(field)) for field in fields],
    )
    if sys.stdout.isatty():
        show.out(show.plain(f"stationthis run {_example(found)}{' --local' if options.local else ''}"))


def _tell_stale(found: "list[Deployment]") -> None:
    """Say so when this is an old copy, because the service would not answer."""
    for one in found:
        if one.source.stale:
            show.tell(show.plain(f"stationthis: shown from {one.source}"))


def _brief(found: "Deployment") -> dict[str, Any]:
    from stationthis_sdk.bots.stdio.documents import deployment_document  # noqa: PLC0415 - --help need not pay for it

    return deployment_document(found)


def _field(field: "InputField") -> dict[str, Any]:
    from stationthis_sdk.bots.stdio.documents import field_document  # noqa: PLC0415 - likewise

    return field_document(field)


def _kind(field: "InputField") -> str:
    return field.kind + (", required" if field.required else "")


def _range(field: "InputField") -> str:
    if field.options:
        return "|".join(field.options)
    if field.minimum is None and field.maximum is None:
        return ""
    low, high = (f"{bound:.12g}" if bound is not None else "…" for bound in (field.minimum, field.maximum))
    return f"{low}–{high}" + (f" by {field.step:g}" if field.step else "")


def _default(field: "InputField") -> str:
    if field.kind == "seed" and field.default in (None, "", -1):
        return "drawn"
    return "" if field.default is None else str(field.default)


def _help(field: "InputField") -> str:
    label = field.label if field.label.casefold() != field.name.casefold() else ""
    return ": ".join(part for part in (label, field.description) if part)


def _example(found: "Deployment") -> str:
    """Words that run it: its text and what it can't do without."""
    fields = list(found.inputs.values())
    texts = [field for field in fields if field.kind == "text"][:1]
    needed = [field for field in fields if field.required and field not in texts]
    words = [f"{field.name}={field.default or '…'}" for field in texts]
    words += [
        f"{field.name}={'photo.png' if field.kind in {'image', 'images'} else 'FILE'}" for field in needed
    ]
    return shlex.join([found.name, *words])
