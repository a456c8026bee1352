"""`stationthis login`, `whoami` and `profiles`: whose key is used, and where it is kept."""

import sys
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Annotated, Any

import typer

from stationthis_sdk.cli.commands import Command, Group
from stationthis_sdk.cli.exits import Quit
from stationthis_sdk.cli.options import BaseUrl, Json, Local, Profile, Verbose, connected, merged_options

if TYPE_CHECKING:
    from stationthis_sdk.config import Settings

__all__ = ["claims_of", "login", "profiles", "whoami"]

profiles = typer.Typer(cls=Group, invoke_without_command=True, rich_markup_mode=None)


def login(
    context: typer.Context,
    *,
    profile: Annotated[
        str | None,
        typer.Option(
            "--profile", metavar="NAME", help="Keep it under this name (STATIONTHIS_PROFILE, else default)."
        ),
    ] = None,
    base_url: BaseUrl = None,
    with_key_from_stdin: Annotated[
        bool,
        typer.Option("--with-key-from-stdin", help="Read the key from standard input instead of asking."),
    ] = False,
    no_check: Annotated[
        bool, typer.Option("--no-check", help="Write the profile without asking the service about the key.")
    ] = False,
    _verbose: Verbose = False,
) -> None:
    """Keep an API key in a profile, readable by you alone.

    Asks for the key without showing it, checks it with one reading call, then writes it. There is no --api-key:
    what stands in a command line can be read by others and stays in the shell's history.
    """
    import os  # noqa: PLC0415 - --help need not pay for it

    from stationthis_sdk import config  # noqa: PLC0415 - likewise
    from stationthis_sdk.cli.show import plain, tell  # noqa: PLC0415 - likewise

    options = merged_options(context, profile=profile, base_url=base_url)
    name = options.profile or os.environ.get("STATIONTHIS_PROFILE") or config.DEFAULT_PROFILE
    kept = config.Profiles(config.data_folder())
    from_environment = next(filter(None, map(os.environ.get, config.URL_VARIABLES)), None)
    url = options.base_url or kept.get(name).get("base_url") or from_environment or config.DEFAULT_BASE_URL
    key = _key_from_stdin() if with_key_from_stdin else _key_from_terminal()
    settings = config.load_settings(key, url)
    if not no_check:
        _check(key, settings.base_url)
    elsewhere = settings.base_url if settings.base_url != config.DEFAULT_BASE_URL else None
    kept.set(name, api_key=key, base_url=elsewhere)
    checked = "not checked" if no_check else "accepted"
    tell(
        f"The key of {plain(settings.account)} for {settings.base_url} ({checked}) is in {kept.path}, profile {name}."
    )


def _key_from_stdin() -> str:
    key = sys.stdin.readline().strip()
    if not key:
        raise Quit(
            'There was no key on standard input: printf %s "$KEY" | stationthis login --with-key-from-stdin',
            2,
            "NoInput",
        )
    return key


def _key_from_terminal() -> str:
    import getpass  # noqa: PLC0415 - only who is merged_options needs it

    if not sys.stdin.isatty():
        raise Quit(
            "There is no terminal to ask for the key: pipe it in with --with-key-from-stdin.", 2, "NoTerminal"
        )
    try:
        key = getpass.getpass("API key (it does not show): ").strip()
    except EOFError:
        key = ""
    if not key:
        raise Quit("No key was given; nothing was written.", 2, "NoInput")
    return key


def _check(key: str, base_url: str) -> None:
    from stationthis_sdk import StationThis, StationThisError  # noqa: PLC0415 - --help need not pay for it
    from stationthis_sdk.cli.show import warnings_as_lines  # noqa: PLC0415 - likewise

    try:
        with warnings_as_lines(), StationThis(key, base_url) as st:
            st.machines.list()
    except StationThisError as error:
        error.message += " Nothing was written; --no-check writes the profile all the same."
        raise


def whoami(
    context: typer.Context,
    *,
    as_json: Json = False,
    local: Local = False,
    profile: Profile = None,
    base_url: BaseUrl = None,
    _verbose: Verbose = False,
) -> None:
    """Tell whose key is used, and where it came from.

    Prints profile, address and account (what the key says of itself), never the key, then asks the service with
    one call whether it accepts it.
    """
    from stationthis_sdk.cli import show  # noqa: PLC0415 - --help need not pay for it

    options = merged_options(context, profile=profile, base_url=base_url, local=local, as_json=as_json)
    with connected(options) as st:
        settings = st.settings
        about_key = {
            "profile": settings.profile,
            "base_url": settings.base_url,
            **claims_of(settings),
            "key_from": settings.source,
        }
        if not options.as_json:
            for name, value in about_key.items():
                if value is not None:
                    show.out(show.plain(f"{name.replace('_', ' ')}: {value}"))
        st.machines.list()
        if options.as_json:
            show.out_json({**about_key, "verified": True})
        else:
            show.out("verified: the service accepts the key")


def claims_of(settings: "Settings") -> dict[str, Any]:
    """What a key says of itself: account, user, organisation, and when it ends."""
    from stationthis_sdk.config import key_claims  # noqa: PLC0415 - --help need not pay for it

    claims = key_claims(settings.api_key.reveal())
    ends = claims.get("exp")
    try:
        expires = datetime.fromtimestamp(ends, UTC).isoformat() if isinstance(ends, int | float) else None
    except (OverflowError, ValueError, OSError):
        expires = None
    return {
        "account": settings.account,
        "user_id": _text(claims.get("user_id")),
        "org_id": _text(claims.get("org_id")),
        "expires": expires,
    }


def _text(value: object) -> str | None:
    return value if isinstance(value, str) else None


@profiles.callback()
def list_all(context: typer.Context, *, as_json: Json = False, _verbose: Verbose = False) -> None:
    """List the profiles; `remove NAME` forgets one.

    Columns: name, address, account; tab-separated when the output is no terminal. Keys are never shown.
    """
    from stationthis_sdk import config  # noqa: PLC0415 - --help need not pay for it
    from stationthis_sdk.cli import show  # noqa: PLC0415 - likewise

    options = merged_options(context, as_json=as_json)
    if context.invoked_subcommand is not None:
        return
    kept = config.Profiles(config.data_folder())
    rows = [_profile(kept, name) for name in sorted(kept.all())]
    if options.as_json:
        show.out_json(rows)
        return
    if not rows:
        show.tell(f"No profiles in {kept.path}: stationthis login makes one.")
        return
    show.table(("name", "address", "account"), [tuple(row.values()) for row in rows])


def _profile(kept: Any, name: str) -> dict[str, str | None]:
    from stationthis_sdk import config  # noqa: PLC0415 - --help need not pay for it

    entry = kept.get(name)
    url = config.normal_base_url(entry.get("base_url") or config.DEFAULT_BASE_URL)
    key = entry.get("api_key")
    account = config.Settings(config.Secret(key), url, name, "").account if key else None
    return {"name": name, "base_url": url, "account": account}


@profiles.command(cls=Command)
def remove(
    context: typer.Context,
    name: Annotated[str, typer.Argument(metavar="NAME", help="The profile to forget.")],
    *,
    as_json: Json = False,
    _verbose: Verbose = False,
) -> None:
    """Forget a profile and its key. The key itself stays valid until it is revoked on the service."""
    from stationthis_sdk import config  # noqa: PLC0415 - --help need not pay for it
    from stationthis_sdk.cli import show  # noqa: PLC0415 - likewise

    options = merged_options(context, as_json=as_json)
    kept = config.Profiles(config.data_folder())
    if not kept.remove(name):
        there = ", ".join(sorted(kept.all())) or "none"
        raise Quit(f"No profile {name!r} in {kept.path} (there: {there}).", 2, "NotFound")
    if options.as_json:
        show.out_json({"removed": name})
    else:
        show.tell(f"Forgot the profile {name}.")
