"""The options that commands share, and the client they lead to."""

import contextlib
import functools
import inspect
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any, Final

import attrs
import typer

from stationthis_sdk.cli import exits, show

if TYPE_CHECKING:
    from stationthis_sdk import StationThis

__all__ = [
    "BaseUrl",
    "Environment",
    "Json",
    "Local",
    "Options",
    "Profile",
    "SaveTo",
    "Verbose",
    "connected",
    "lead_to",
    "merged_options",
    "need_images",
    "with_options",
]

_JSON: Final = "Print JSON on standard output, errors included."
_LOCAL: Final = "Use the gateway of this machine; no account, no key. Starts it if need be."


def _verbose(value: bool) -> bool:
    if value:
        from stationthis_sdk.logs import switch_on  # noqa: PLC0415 - only with -v

        switch_on("debug")
    return value


def _folder(value: str | None) -> str | None:
    """The callback sees that it is no file, before anything costs."""
    if value and (place := Path(value).expanduser()).exists() and not place.is_dir():
        raise typer.BadParameter(f"{value} is a file; a folder is wanted", param_hint="--save")
    return value


Profile = Annotated[
    str | None, typer.Option("--profile", metavar="NAME", help="A profile made by `stationthis login`.")
]
BaseUrl = Annotated[
    str | None, typer.Option("--base-url", metavar="URL", help="The API's address, if it is not the cloud's.")
]
Local = Annotated[bool, typer.Option("--local", help=_LOCAL)]
Json = Annotated[bool, typer.Option("--json", help=_JSON)]
Verbose = Annotated[
    bool,
    typer.Option(
        "-v", "--verbose", callback=_verbose, is_eager=True, help="Log each request to standard error."
    ),
]
Environment = Annotated[
    str | None, typer.Option("--environment", metavar="NAME", help="production, staging, preview, …")
]
SaveTo = Annotated[
    str | None,
    typer.Option(
        "--save",
        metavar="DIR",
        callback=_folder,
        help="Save every output there, with a JSON of its inputs beside it.",
    ),
]


@attrs.frozen
class Options:
    """What was asked for before and after the command's name; the nearer word wins."""

    profile: str | None = None
    base_url: str | None = None
    local: bool = False
    as_json: bool = False


def merged_options(
    context: typer.Context,
    *,
    profile: str | None = None,
    base_url: str | None = None,
    local: bool = False,
    as_json: bool = False,
) -> Options:
    """Join these options with those given further left, and keep them for the commands further right."""
    before = context.obj if isinstance(context.obj, Options) else Options()
    context.obj = now = Options(
        profile or before.profile,
        base_url or before.base_url,
        local or before.local,
        as_json or before.as_json,
    )
    return now


def with_options(
    *, json: str = _JSON, local: str = _LOCAL
) -> Callable[[Callable[..., None]], Callable[..., None]]:
    """Give a command the options that all share, at its end; it is told them as ``options``, joined with those further left."""
    shared = (
        _option("as_json", Annotated[bool, typer.Option("--json", help=json)], default=False),
        _option("local", Annotated[bool, typer.Option("--local", help=local)], default=False),
        _option("profile", Profile),
        _option("base_url", BaseUrl),
        _option("_verbose", Verbose, default=False),
    )

    def give(command: Callable[..., None]) -> Callable[..., None]:
        own = inspect.signature(command, eval_str=True).parameters
        context = own.get("context") or _option("context", typer.Context)

        @functools.wraps(command)
        def given(*, context: typer.Context, _verbose: bool, **told: Any) -> None:
            options = merged_options(
                context, **{one.name: told.pop(one.name) for one in shared if one.name in told}
            )
            extra = {"context": context, "options": options}
            command(**told, **{name: value for name, value in extra.items() if name in own})

        before = (one for name, one in own.items() if name not in {"context", "options"})
        parameters = [one.replace(kind=inspect.Parameter.KEYWORD_ONLY) for one in (context, *before, *shared)]
        given.__signature__ = inspect.Signature(parameters)  # type: ignore[attr-defined]  # what typer reads
        given.__annotations__ = {one.name: one.annotation for one in parameters}
        return given

    return give


def _option(name: str, kind: Any, default: Any = None) -> inspect.Parameter:
    return inspect.Parameter(name, inspect.Parameter.KEYWORD_ONLY, default=default, annotation=kind)


def lead_to(options: Options) -> None:
    """See that options make sense together, and have a further command that we advise lead there, too.

    Raises:
        typer.BadParameter: options that exclude each other.
        MissingExtra: the local gateway can't draw.
    """
    exits.remember_options(
        ("--local", options.local), ("--profile", options.profile), ("--base-url", options.base_url)
    )
    if not options.local:
        return
    if options.profile or options.base_url:
        raise typer.BadParameter(
            "it has its own address and key: leave --profile and --base-url out", param_hint="--local"
        )
    need_images()


@contextlib.contextmanager
def connected(options: Options) -> "Iterator[StationThis]":
    """A client as asked for.

    Raises:
        typer.BadParameter, MissingExtra: see ``lead_to``.
    """
    from stationthis_sdk.config import load_settings  # noqa: PLC0415 - --help need not pay for it

    lead_to(options)
    if not options.local:
        load_settings(None, options.base_url, options.profile)  # a missing key is told before HTTP is loaded
    from stationthis_sdk import StationThis  # noqa: PLC0415 - what costs comes with use

    with (
        show.warnings_as_lines(),
        StationThis(base_url=options.base_url, profile=options.profile, local=options.local) as st,
    ):
        yield st


def need_images() -> None:
    """Say what to install when the local gateway lacks it.

    Raises:
        MissingExtra: numpy or Pillow is not there.
    """
    from stationthis_sdk import MissingExtra  # noqa: PLC0415 - only who works locally needs it
    from stationthis_sdk.local.folder import GatewayError, check_images  # noqa: PLC0415 - likewise

    try:
        check_images()
    except GatewayError as problem:
        raise MissingExtra(str(problem)) from None
