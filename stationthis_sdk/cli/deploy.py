"""`stationthis deploy`: a workflow's file, uploaded and deployed."""

from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from stationthis_sdk.cli import show
from stationthis_sdk.cli.options import Options, connected, with_options

if TYPE_CHECKING:
    from stationthis_sdk import Deployment
    from stationthis_sdk.entities.deployments import DeploymentChange

__all__ = ["deploy"]


@with_options()
def deploy(
    file: Annotated[Path, typer.Argument(metavar="FILE", help="The workflow's JSON, in API or UI format.")],
    *,
    workflow: Annotated[
        str,
        typer.Option("--workflow", metavar="NAME", help="The workflow's name or id; a new name makes it."),
    ],
    environment: Annotated[
        str, typer.Option("--environment", metavar="NAME", help="production, staging, preview, …")
    ] = "production",
    machine: Annotated[
        str | None,
        typer.Option("--machine", metavar="NAME", help="Where it runs, if not where it does or only can."),
    ] = None,
    comment: Annotated[
        str | None, typer.Option("--comment", metavar="TEXT", help="What the version is about.")
    ] = None,
    object_info: Annotated[
        str | None,
        typer.Option(
            "--object-info",
            metavar="FILE",
            help="ComfyUI's GET /object_info, or a machine's name: what the UI format is converted with.",
        ),
    ] = None,
    dry_run: Annotated[
        bool, typer.Option("--dry-run", help="Tell what would be done, and do nothing.")
    ] = False,
    options: Options,
) -> None:
    """Upload a workflow's file as a new version, and deploy it.

    A file that is the newest version already is not uploaded again. Prints what was made or moved, from which version to which, and which inputs come and go.
    """
    done: Deployment | None = None
    with connected(options) as st:
        if dry_run:
            change: DeploymentChange | None = st.deployments.plan_graph(
                file, workflow, environment, machine=machine, object_info=object_info
            )
        else:
            done = st.deployments.publish(
                file,
                workflow,
                environment,
                machine=machine,
                comment=comment,
                object_info=object_info,
            )
            change = done.change
    if options.as_json:
        show.out_json(_shown(change, done))
        return
    show.out(show.plain(("would be done: " if dry_run else "") + str(change)))


def _shown(change: Any, done: "Deployment | None") -> dict[str, Any]:
    names = ("kind", "name", "environment", "old_version", "version", "old_machine", "machine", "uploads")
    told = {name: getattr(change, name) for name in names}
    inputs = {name: list(getattr(change, name)) for name in ("added", "removed", "changed")}
    return {"dry_run": done is None, "id": done.id if done else None, **told, "inputs": inputs}
