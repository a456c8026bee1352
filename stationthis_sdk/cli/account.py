"""`stationthis login`, `logout`, `whoami` and `profiles`: whose key is used, and where it is kept."""

import sys
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Annotated, Any

import typer

from stationthis_sdk.cli import show
from stationthis_sdk.cli.commands import Command, Group
from stationthis_sdk.cli.exits import Quit
from stationthis_sdk.cli.options import (
    BaseUrl,
    Json,
    Options,
    Profile,
    Verbose,
    connected,
    merged_options,
    with_options,
)
from stationthis_sdk.cli.show import out_json, plain, tell, warnings_as_lines

if TYPE_CHECKING:
    from stationthis_sdk.config import Settings

__all__ = ["claims_of", "login", "logout", "profiles", "whoami"]

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
    store: Annotated[
        str | None,
        typer.Option(
            "--store",
            metavar="WHERE",
            help="keyring (the system's; the default where there is one) or profile (a file).",
        ),
    ] = None,
    key_stdin: Annotated[
        bool,
        typer.Option(
            "--key-stdin", "--with-key-from-stdin", help="Read the key from standard input instead of asking."
        ),
    ] = False,
    no_check: Annotated[
        bool, typer.Option("--no-check", help="Keep the key without asking the service about it.")
    ] = False,
    as_json: Json = False,
    _verbose: Verbose = False,
) -> None:
    """Keep an API key where only you can read it: in the system's keyring, or in a profile.

    Asks for the key without showing it, checks it with one reading call, then keeps it. There is no --api-key:
    what stands in a command line can be read by others and stays in the shell's history.
    """
    from stationthis_sdk.errors import StationThisError  # noqa: PLC0415 - --help need not pay for it
    from stationthis_sdk.logins import login as log_in  # noqa: PLC0415 - likewise

    options = merged_options(context, profile=profile, base_url=base_url, as_json=as_json)
    if store not in {None, "keyring", "profile"}:
        raise typer.BadParameter("it is keyring or profile", param_hint="--store")
    if not key_stdin and not sys.stdin.isatty():
        raise Quit("There is no terminal to ask for the key: pipe it in with --key-stdin.", 2, "NoTerminal")
    try:
        with warnings_as_lines():
            done = log_in(
                profile=options.profile,
                base_url=options.base_url,
                store=store,  # type: ignore[arg-type]  # it is one of these
                check=not no_check,
                key_from=_key_from_stdin if key_stdin else None,
            )
    except StationThisError as error:
        if "Nothing was kept" in error.message and not no_check:
            error.told("--no-check keeps it all the same.")
        raise
    if options.as_json:
        out_json(
            {
                "account": done.account,
                "base_url": done.base_url,
                "profile": done.profile,
                "store": done.store,
                "place": done.place,
                "checked": done.checked,
                "note": done.note,
            }
        )
    else:
        tell(plain(repr(done)[1:-1]))


def logout(
    context: typer.Context,
    *,
    profile: Profile = None,
    as_json: Json = False,
    _verbose: Verbose = False,
) -> None:
    """Forget the key that login kept. The key itself stays valid until it is revoked on the service.

    What else the profile says stays; `profiles remove NAME` forgets all of it.
    """
    import os  # noqa: PLC0415 - --help need not pay for it

    from stationthis_sdk.config import KEY_VARIABLES  # noqa: PLC0415 - likewise
    from stationthis_sdk.logins import logout as log_out  # noqa: PLC0415 - likewise
    from stationthis_sdk.profiles import DEFAULT_PROFILE  # noqa: PLC0415 - likewise

    options = merged_options(context, profile=profile, as_json=as_json)
    name = options.profile or os.environ.get("STATIONTHIS_PROFILE") or DEFAULT_PROFILE
    forgotten = log_out(profile=name)
    if options.as_json:
        show.out_json({"profile": name, "forgotten": forgotten})
    else:
        show.tell(
            f"Forgot the key of the profile {name}." if forgotten else f"The profile {name} had no key."
        )
    if found := next(filter(os.environ.get, KEY_VARIABLES), None):
        show.tell(f"{found} is still set, and used.")


def _key_from_stdin() -> str:
    key = sys.stdin.readline().strip()
    if not key:
        raise Quit(
            'There was no key on standard input: printf %s "$KEY" | stationthis login --key-stdin',
            2,
            "NoInput",
        )
    return key


@with_options()
def whoami(*, options: Options) -> None:
    """Tell whose key is used, and where it came from.

    Prints profile, address and account (what the key says of itself), never the key, then asks the service with
    one call whether it accepts it.
    """
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
        st.machines.list(refresh=True)  # a copy would vouch for a key that is void
        if options.as_json:
            show.out_json({**about_key, "verified": True})
        else:
            show.out("verified: the service accepts the key")


def claims_of(settings: "Settings") -> dict[str, Any]:
    """What a key says of itself: account, user, organisation, and when it ends."""
    from stationthis_sdk.secret import key_claims  # noqa: PLC0415 - --help need not pay for it

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
    from stationthis_sdk.places import data_folder  # noqa: PLC0415 - --help need not pay for it
    from stationthis_sdk.profiles import Profiles  # noqa: PLC0415 - likewise

    options = merged_options(context, as_json=as_json)
    if context.invoked_subcommand is not None:
        return
    kept = Profiles(data_folder())
    rows = [_profile(kept, name) for name in sorted(kept.all())]
    if options.as_json:
        show.out_json(rows)
        return
    if not rows:
        show.tell(f"No profiles in {kept.path}: stationthis login makes one.")
        return
    show.table(("name", "address", "account"), [tuple(row.values()) for row in rows])


def _profile(kept: Any, name: str) -> dict[str, str | None]:
    from stationthis_sdk.config import Settings  # noqa: PLC0415 - --help need not pay for it
    from stationthis_sdk.places import DEFAULT_BASE_URL, normal_base_url  # noqa: PLC0415 - likewise
    from stationthis_sdk.secret import Secret  # noqa: PLC0415 - likewise

    entry = kept.get(name)
    url = normal_base_url(entry.get("base_url") or DEFAULT_BASE_URL)
    key = entry.get("api_key")
    account = Settings(Secret(key), url, name, "").account if key else entry.get("account")
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
    from stationthis_sdk.places import data_folder  # noqa: PLC0415 - --help need not pay for it
    from stationthis_sdk.profiles import Profiles  # noqa: PLC0415 - likewise

    options = merged_options(context, as_json=as_json)
    kept = Profiles(data_folder())
    if not kept.remove(name):
        there = ", ".join(sorted(kept.all())) or "none"
        raise Quit(f"No profile {name!r} in {kept.path} (there: {there}).", 2, "NotFound")
    if options.as_json:
        show.out_json({"removed": name})
    else:
        show.tell(f"Forgot the profile {name}.")
