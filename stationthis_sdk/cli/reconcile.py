"""`stationthis reconcile`: what came of submits whose answers were lost."""

from typing import TYPE_CHECKING, Annotated, Any

import typer

from stationthis_sdk.cli import show
from stationthis_sdk.cli.options import Options, connected, with_options

if TYPE_CHECKING:
    from stationthis_sdk.settling import Settled

__all__ = ["reconcile"]


@with_options()
def reconcile(
    *,
    wait: Annotated[
        bool, typer.Option("--wait/--no-wait", help="Wait until 'not there' is certain: 90 s after a submit.")
    ] = True,
    options: Options,
) -> None:
    """Look for the runs of submits whose answers were lost, and repeat cancels that were refused.

    Nothing is submitted. One line each: found, absent, cancelled, ended, wanted or open, the id of the run or
    else of the submit, the name. Exits 75 while something is open.
    """
    with connected(options) as st:
        settled = st.reconcile(wait=wait)
    if options.as_json:
        show.out_json([_as_json(one) for one in settled])
    elif not settled:
        show.tell("Nothing is open.")
    else:
        rows = [(one.outcome, one.run_id or one.submit_id or "", one.name, one.why) for one in settled]
        show.table(("outcome", "id", "of", "why"), rows)
    if any(one.outcome == "open" for one in settled):
        raise typer.Exit(75)


def _as_json(one: "Settled") -> dict[str, Any]:
    return {
        "outcome": one.outcome,
        "run_id": one.run_id,
        "submit_id": one.submit_id,
        "name": one.name,
        "why": one.why,
    }
