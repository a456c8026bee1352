"""`stationthis run`: one run of one deployment, from words to files."""

from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from stationthis_sdk.cli import show, values
from stationthis_sdk.cli.exits import about
from stationthis_sdk.cli.options import Environment, Options, SaveTo, connected, with_options

if TYPE_CHECKING:
    from stationthis_sdk import Deployment, Run

__all__ = ["deliver", "run", "save_outputs"]


@with_options()
def run(
    name: Annotated[
        str, typer.Argument(metavar="NAME", help="The deployment: its workflow's name, its id or share slug.")
    ],
    values: Annotated[
        list[str] | None,
        typer.Argument(
            metavar="[KEY=VALUE]...",
            help="Its inputs. Files by path or URL, several as a comma list; texts also from a file (key=@file) or "
            "standard input (key=-), @@ for an at sign. Seeds left out are drawn.",
        ),
    ] = None,
    *,
    save: SaveTo = None,
    timeout: Annotated[
        float | None,
        typer.Option("--timeout", metavar="SECONDS", help="Wait no longer; the run itself goes on."),
    ] = None,
    gpu: Annotated[
        str | None, typer.Option("--gpu", metavar="GPU", help="T4, A10G, H100, …; the deployment's own wins.")
    ] = None,
    environment: Environment = None,
    cache: Annotated[
        bool,
        typer.Option("--cache", help="Take an equal run made from this machine instead of paying again."),
    ] = False,
    allow_unknown: Annotated[
        bool, typer.Option("--allow-unknown", help="Send inputs the workflow does not declare, as text.")
    ] = False,
    tag: Annotated[
        list[str] | None,
        typer.Option(
            "--tag", metavar="TAG", help="Keep this with the run, for `runs list --tag`; may be given again."
        ),
    ] = None,
    detach: Annotated[
        bool, typer.Option("--detach", help="Start the run, print its id and leave; see `runs watch`.")
    ] = False,
    options: Options,
) -> None:
    """Run a deployment and wait for what it makes.

    Prints the saved paths, one a line; without --save one line with state, run id and addresses. Progress goes to
    standard error. Ctrl-C and SIGTERM cancel the run on the service.

    Example: stationthis run text-to-picture prompt="a lighthouse" --local --save out
    """
    if detach and save:
        raise typer.BadParameter(
            "with --detach there is nothing yet; `stationthis runs get ID --save DIR`", param_hint="--save"
        )
    with connected(options) as st:
        deployment = st.deployments.get(name, environment=environment).options(
            timeout=timeout, gpu=gpu, cache=cache or None, allow_unknown=allow_unknown or None, tags=tag
        )
        if detach:
            _detach(deployment, values or [], options)
        else:
            made = _wait(deployment, values or [])
            with about(made.id):
                deliver(made, options, save, deployment=deployment.name)


def _detach(deployment: "Deployment", words: list[str], options: Options) -> None:
    started = values.submit(deployment, *values.read(words, deployment.inputs))
    if options.as_json:
        show.out_json(show.run_json(started, deployment=deployment.name))
    else:
        show.out(started.id)


def _wait(deployment: "Deployment", words: list[str]) -> "Run":
    given, problems = values.read(words, deployment.inputs)
    # What shows progress is ready before anything costs: nothing slow stands between submit and wait.
    with show.progress(deployment.name) as shown:
        started = values.submit(deployment, given, problems)
        if started.from_cache:
            show.tell(f"run {started.id} of {show.plain(deployment.name)}: found, not paid again")
            return started
        with about(started.id):
            try:
                show.tell(f"run {started.id} of {show.plain(deployment.name)}: submitted")
                return started.wait(on_progress=shown)
            except KeyboardInterrupt as interrupt:
                if not str(interrupt):  # it came before the wait had begun, which then could not cancel
                    show.tell(f"run {started.id}: {started.cancel()}")
                raise


def deliver(made: "Run", options: Options, save: str | None, *, deployment: str | None = None) -> None:
    """Save what a run made, if asked to, and print where it is."""
    saved = save_outputs(made, save, each=None if options.as_json else lambda path: show.out(str(path)))
    if options.as_json:
        show.out_json(show.run_json(made, deployment=deployment, saved=saved))
    elif not saved:
        show.out(show.run_line(made))


def save_outputs(made: "Run", folder: str | None, *, each: Any = None) -> list[Path]:
    """Save one output after the other; what is saved stays when the next fails."""
    from stationthis_sdk import DownloadFailed, SaveFailed  # noqa: PLC0415 - --help need not pay for it

    if folder is None:
        return []
    saved: list[Path] = []
    for output in made.outputs:
        try:
            saved.append(output.save(f"{Path(folder).expanduser()}/", sidecar=True))
        except (SaveFailed, DownloadFailed) as error:
            error.message += f" The run is kept: `stationthis runs get {made.id} --save DIR`."
            raise
        if each is not None:
            each(saved[-1])
    return saved
