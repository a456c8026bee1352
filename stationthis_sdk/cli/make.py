"""`stationthis make`: from a few words to pictures, whatever the deployment calls its inputs."""

from typing import TYPE_CHECKING, Annotated, Any, Final

import typer

from stationthis_sdk.cli import show
from stationthis_sdk.cli.options import Options, SaveTo, connected, with_options
from stationthis_sdk.cli.run import save_outputs
from stationthis_sdk.cli.values import read

if TYPE_CHECKING:
    from collections.abc import Collection, Mapping, Sequence
    from pathlib import Path

    from stationthis_sdk import Generation, InputField, StationThis

__all__ = ["make"]

_NO_WORDS: "Final[Mapping[str, str]]" = {
    "prompt": "the prompt is the argument",
    "self": "there is no such word",
    "wait": "the command always waits",
    "environment": "there is no such word; a deployment's id names one of any environment",
    "tags": "there is no such word",
    "on_progress": "there is no such word",
    **{
        name: f"--{name.replace('_', '-')} says that"
        for name in ("workflow", "fallback", "user", "retry", "after_a_run")
    },
    "timeout": "--timeout says that",
    "n": "-n says that",
}
"""What `make_image` knows otherwise than as a word."""


@with_options()
def make(
    prompt: Annotated[
        str | None,
        typer.Argument(
            metavar="[PROMPT]", help="What to make; @FILE reads a file, - standard input, @@ is an at sign."
        ),
    ] = None,
    *,
    workflow: Annotated[
        str | None,
        typer.Option(
            "-w",
            "--workflow",
            metavar="NAME",
            help="The deployment; else the preferred one, else one that fits.",
        ),
    ] = None,
    fallback: Annotated[
        list[str] | None,
        typer.Option(
            "--fallback", metavar="NAME", help="Tried when that is missing or refuses; may be given again."
        ),
    ] = None,
    then: Annotated[
        list[str] | None,
        typer.Option(
            "--then",
            metavar="NAME",
            help="A further step, given what the one before made; may be given again.",
        ),
    ] = None,
    n: Annotated[int, typer.Option("-n", metavar="N", help="How many, each with a seed of its own.")] = 1,
    seed: Annotated[
        str | None,
        typer.Option("--seed", metavar="SEED", help="The first seed, or a comma list; drawn when left out."),
    ] = None,
    negative: Annotated[
        str | None, typer.Option("--negative", metavar="TEXT", help="What not to make.")
    ] = None,
    width: Annotated[int | None, typer.Option("--width", metavar="PIXELS")] = None,
    height: Annotated[int | None, typer.Option("--height", metavar="PIXELS")] = None,
    steps: Annotated[int | None, typer.Option("--steps", metavar="N")] = None,
    image: Annotated[
        list[str] | None,
        typer.Option(
            "--image", metavar="FILE", help="The picture to start from: a path or URL; may be given again."
        ),
    ] = None,
    set_: Annotated[
        list[str] | None,
        typer.Option(
            "--set",
            metavar="KEY=VALUE",
            help="Any other word or input: cfg=5, sampler=euler; may be given again.",
        ),
    ] = None,
    retry: Annotated[
        int,
        typer.Option(
            "--retry", metavar="N", help="Make runs that timed out or were cancelled again; each costs."
        ),
    ] = 0,
    after_a_run: Annotated[
        bool,
        typer.Option("--after-a-run", help="Turn to the fallback also after a run that failed, and cost."),
    ] = False,
    user: Annotated[
        str | None,
        typer.Option("--user", metavar="ID", help="Whose preferences hold; else those of the key's owner."),
    ] = None,
    save: SaveTo = None,
    timeout: Annotated[
        float | None,
        typer.Option(
            "--timeout", metavar="SECONDS", help="Wait no longer for each run; the run itself goes on."
        ),
    ] = None,
    options: Options,
) -> None:
    """Make images of a few words, or of a picture.

    Prints the saved paths, one a line; without --save a line for each run with state, id and addresses. What was left out
    or tried before, and progress, go to standard error. Ctrl-C and SIGTERM cancel the runs on the service.

    Example: stationthis make "a fox in the snow" --local -n 4 --seed 7 --save out
    """
    with connected(options) as st:
        words = {
            "negative": negative,
            "width": width,
            "height": height,
            "steps": steps,
            "seed": _seeds(seed),
            "image": image[0] if image and len(image) == 1 else image,
        }
        words = {name: value for name, value in words.items() if value is not None}
        words |= _others(st, workflow, set_ or [], {*words})
        _made(
            st,
            save,
            None if prompt is None else _prompt(prompt),
            _chain(workflow, then or []),
            fallback or [],
            as_json=options.as_json,
            how={"n": n, "user": user, "retry": retry, "after_a_run": after_a_run, "timeout": timeout},
            words=words,
        )


def _made(
    st: "StationThis",
    save: str | None,
    prompt: str | None,
    workflow: Any,
    fallback: "Sequence[str]",
    *,
    as_json: bool,
    how: "Mapping[str, Any]",
    words: "Mapping[str, Any]",
) -> None:
    from stationthis_sdk import StationThisError  # noqa: PLC0415 - what costs comes with use

    made: Generation | None = None
    try:
        with show.progress("make") as shown:
            # Started first and waited for then: whatever ends the waiting, what was started is at hand.
            try:
                made = st.make_image(prompt, workflow, fallback, wait=False, **how, **words)
            except StationThisError as error:
                if error.generation is None or not error.generation.all_runs:
                    raise
                made = error.generation
            made.wait(on_progress=shown)
    except BaseException as error:
        # What was paid for is not lost because something beside it failed, or somebody lost patience.
        if made is not None and made.all_runs:
            _keep(made, save, error, as_json=as_json)
        raise
    _deliver(made, save, as_json=as_json)


def _keep(made: "Generation", save: str | None, error: BaseException, *, as_json: bool) -> None:
    """Deliver what is there although it went wrong, and tell the ids of all."""
    from stationthis_sdk import StationThisError  # noqa: PLC0415 - likewise

    try:
        document = _deliver(made, save, as_json=as_json, after_all=False)
    except StationThisError as trouble:
        show.tell(show.plain(f"stationthis: {trouble.message}"))
        document = _as_json(made, {})
    error.beside = {"made": document}  # type: ignore[attr-defined]  # told with the error, in one document
    if len(made.all_runs) > 1 or not isinstance(error, StationThisError):
        show.tell("stationthis: runs: " + ", ".join(f"{run.id} ({run.state})" for run in made.all_runs))


def _deliver(
    made: "Generation", save: str | None, *, as_json: bool, after_all: bool = True
) -> dict[str, Any]:
    """Save what was made, if asked to, print where it is, and return it as data.

    after_all: it has ended well, so this is all there is to print.
    """
    for line in (*(f"left out: {one}" for one in made.left_out), *made.warnings):
        show.tell(show.plain(f"stationthis: {line}"))
    each = None if as_json else lambda path: show.out(str(path))
    saved = {run.id: save_outputs(run, save, each=each) for run in made.runs if run.outputs}
    document = _as_json(made, saved)
    if as_json and after_all:
        show.out_json(document)
    elif not as_json and save is None:
        for run in made.runs:
            if after_all or run.outputs:
                show.out(show.run_line(run))
    return document


def _as_json(made: "Generation", saved: "Mapping[str, Sequence[Path]]") -> dict[str, Any]:
    name = made.deployment.name
    return {
        "code": made.code,
        "deployment": name,
        "inputs": made.inputs,
        "came_from": made.came_from,
        "seeds": made.seeds,
        "loras": made.loras,
        "cost": made.cost.estimated,
        "cost_why": made.cost.why,
        "left_out": made.left_out,
        "tried": made.tried,
        "warnings": made.warnings,
        "runs": [show.run_json(run, deployment=name, saved=saved.get(run.id, ())) for run in made.runs],
    }


def _prompt(words: str) -> str:
    """The prompt, from wherever it stands."""
    values, problems = read([f"prompt={words}"], {})
    if problems:
        raise typer.BadParameter("; ".join(problems.values()), param_hint="PROMPT")
    return str(values["prompt"])


def _chain(workflow: str | None, then: "Sequence[str]") -> Any:
    if not then:
        return workflow
    from stationthis_sdk import chain  # noqa: PLC0415 - --help need not pay for it

    if workflow is None:
        raise typer.BadParameter("what is the first step? --workflow names it", param_hint="--then")
    return chain(workflow, *then)


def _seeds(words: str | None) -> Any:
    if words is None:
        return None
    try:
        seeds = [int(one) for one in words.split(",")]
    except ValueError:
        raise typer.BadParameter(
            f"{words!r} is no whole number, nor a comma list of them", param_hint="--seed"
        ) from None
    return seeds[0] if "," not in words else seeds


def _others(
    st: "StationThis", workflow: str | None, words: "Sequence[str]", said: "Collection[str]"
) -> dict[str, Any]:
    """Words and inputs by name; what is a number is told by the deployment, else by how it looks."""
    from stationthis_sdk import StationThisError  # noqa: PLC0415 - what costs comes with use

    for name in (word.partition("=")[0].strip() for word in words):
        if name in _NO_WORDS:
            raise typer.BadParameter(f"{name}: {_NO_WORDS[name]}", param_hint="--set")
        if name in said:
            raise typer.BadParameter(f"{name}: said twice, by --{name} as well", param_hint="--set")
    fields: Mapping[str, InputField] = {}
    if words and workflow is not None:
        try:
            fields = st.deployments.get(workflow).inputs
        except StationThisError:
            fields = {}  # what is wrong with the name is told when it is made
    values, problems = read(words, {**_guessed(words), **fields})
    if problems:
        told = "; ".join(f"{name}: {problem}" for name, problem in problems.items())
        raise typer.BadParameter(told, param_hint="--set")
    return values


def _guessed(words: "Sequence[str]") -> "dict[str, InputField]":
    """Numbers and truths, by how they are written."""
    from stationthis_sdk import InputField  # noqa: PLC0415 - --help need not pay for it

    fields = {}
    for word in words:
        name, _, text = word.partition("=")
        if text.strip().lower() in {"true", "false"}:
            fields[name] = InputField(name, "boolean")
        elif text.strip().lstrip("+-").replace(".", "", 1).isdecimal():
            fields[name] = InputField(name, "number")
    return fields
