"""The options that many commands share, and the client they lead to."""

import contextlib
from typing import TYPE_CHECKING, Annotated

import attrs
import typer

from stationthis_sdk.cli import exits

if TYPE_CHECKING:
    from collections.abc import Iterator

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
    "merged_options",
]


def _verbose(value: bool) -> bool:
    if value:
        from stationthis_sdk.logs import switch_on  # noqa: PLC0415 - only with -v

        switch_on("debug")
    return value


Profile = Annotated[
    str | None, typer.Option("--profile", metavar="NAME", help="A profile made by `stationthis login`.")
]
BaseUrl = Annotated[
    str | None, typer.Option("--base-url", metavar="URL", help="The API's address, if it is not the cloud's.")
]
Local = Annotated[
    bool,
    typer.Option(
        "--local", help="Use the gateway of this machine; no account, no key. Starts it if need be."
    ),
]
Json = Annotated[bool, typer.Option("--json", help="Print JSON on standard output, errors included.")]
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
        "--save", metavar="DIR", help="Save every output there, with a JSON of its inputs beside it."
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


@contextlib.contextmanager
def connected(options: Options) -> "Iterator[StationThis]":
    """A client as asked for.

    Raises:
        typer.BadParameter: options that exclude each other.
        MissingExtra: the local gateway can't draw.
    """
    from stationthis_sdk.cli.show import warnings_as_lines  # noqa: PLC0415 - --help need not pay for it
    from stationthis_sdk.config import load_settings  # noqa: PLC0415 - likewise

    exits.remember_options(
        ("--local", options.local), ("--profile", options.profile), ("--base-url", options.base_url)
    )
    if options.local:
        if options.profile or options.base_url:
            raise typer.BadParameter(
                "it has its own address and key: leave --profile and --base-url out", param_hint="--local"
            )
        need_images()
    else:
        load_settings(None, options.base_url, options.profile)  # a missing key is told before HTTP is loaded
    from stationthis_sdk import StationThis  # noqa: PLC0415 - what costs comes with use

    with (
        warnings_as_lines(),
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
