"""`stationthis doctor`: look at everything that may be wrong, and say what to do."""

from typing import TYPE_CHECKING, Annotated

import typer

from stationthis_sdk.cli import show
from stationthis_sdk.cli.contract import compare_service
from stationthis_sdk.cli.exits import one_line
from stationthis_sdk.cli.options import Options, connected, with_options

if TYPE_CHECKING:
    from collections.abc import Iterator

    from stationthis_sdk.cli.checks import Finding

__all__ = ["doctor"]

_MARKS = {"ok": "✓", "warning": "!", "failed": "✗"}


@with_options(local="Look at the gateway of this machine instead of the service.")
def doctor(
    *,
    contract: Annotated[
        bool,
        typer.Option(
            "--contract", help="Instead, ask all that can be read and compare it with the contract."
        ),
    ] = False,
    record: Annotated[
        str | None,
        typer.Option(
            "--record",
            metavar="DIR",
            help="With --contract: keep the answers there, without anything private, a file each.",
        ),
    ] = None,
    webhook: Annotated[
        str | None,
        typer.Option(
            "--webhook", metavar="URL", help="Also send one there, where a receiver of yours answers."
        ),
    ] = None,
    options: Options,
) -> None:
    """Check packages, settings, disk, network and key; or the service's answers.

    ✓ is fine, ! may matter, ✗ must be mended, – was not asked. Nothing is changed, no run is made. Exits 0 when
    nothing failed, 4 when there is no key, else 1.
    """
    if record is not None and not contract:
        raise typer.BadParameter("it keeps what --contract asks: give that, too", param_hint="--record")
    if record is not None and (not record or record.startswith("-")):
        raise typer.BadParameter(
            f"a folder is needed, {record!r} is none (./{record} if it is)", param_hint="--record"
        )
    if contract:
        raise typer.Exit(compare_service(options, record))
    found: list[Finding] = []
    for finding in _findings(options, webhook):
        found.append(finding)
        if not options.as_json:
            line = f"{_MARKS[finding.state]} {finding.name}: {finding.detail}"
            show.out(one_line(line + (f" → {finding.advice}" if finding.advice else "")))
    code = max((one.code for one in found if one.state == "failed"), default=0)
    if options.as_json:
        checks = [
            {
                "name": one.name,
                "state": one.state,
                "detail": one_line(one.detail),
                "advice": one_line(one.advice) or None,
            }
            for one in found
        ]
        show.out_json({"ok": code == 0, "checks": checks})
    raise typer.Exit(code)


def _findings(options: Options, webhook: str | None) -> "Iterator[Finding]":
    from stationthis_sdk.cli import checks  # noqa: PLC0415 - --help need not pay for it

    yield from checks.packages()
    yield from checks.data_on_disk()
    yield checks.webhooks()
    if options.local:
        yield from _here(options, webhook)
    else:
        yield checks.gateway()
        yield from _there(options, webhook)


def _here(options: Options, webhook: str | None) -> "Iterator[Finding]":
    from stationthis_sdk import MissingExtra  # noqa: PLC0415 - --help need not pay for it
    from stationthis_sdk.cli import checks  # noqa: PLC0415 - likewise
    from stationthis_sdk.local import GatewayError  # noqa: PLC0415 - likewise

    try:
        with connected(options) as st:
            yield checks.copies(st)
            yield from checks.service(st)
            yield checks.spending(st)
            if webhook is not None:
                yield checks.webhook_at(st, webhook)
    except (GatewayError, MissingExtra) as error:
        yield checks.Finding("local gateway", "failed", str(error))


def _there(options: Options, webhook: str | None) -> "Iterator[Finding]":
    from stationthis_sdk import ConfigError, NoKey  # noqa: PLC0415 - --help need not pay for it
    from stationthis_sdk.cli import checks  # noqa: PLC0415 - likewise
    from stationthis_sdk.config import load_settings  # noqa: PLC0415 - likewise

    try:
        # Without a key the address is still worth a look: any key at all makes the settings tell it.
        address = load_settings("none", options.base_url, options.profile).base_url
        yield checks.Finding("base URL", "ok", address)
        network = list(checks.reach(address))
        yield from network
        settings = load_settings(None, options.base_url, options.profile)
    except NoKey as error:
        yield checks.copies(None)
        yield checks.Finding("key", "failed", error.message, code=4)
        return
    except ConfigError as error:
        yield checks.Finding("settings", "failed", error.message)
        return
    yield from checks.key(settings)
    with connected(options) as st:
        yield checks.copies(st)
        if all(one.state != "failed" for one in network):
            yield from checks.service(st)
            yield checks.spending(st)
        if webhook is not None:
            yield checks.webhook_at(st, webhook)
