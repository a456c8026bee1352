"""`stationthis train`: from a folder of pictures to a LoRA in the account's volume."""

from enum import StrEnum
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any, Final

import typer

from stationthis_sdk.cli import show
from stationthis_sdk.cli.exits import about, one_line, options_again
from stationthis_sdk.cli.options import Options, SaveTo, connected, with_options
from stationthis_sdk.cli.run import save_outputs

if TYPE_CHECKING:
    from stationthis_sdk import StationThis, TrainingJob

__all__ = ["train"]


class _Resize(StrEnum):
    """How pictures become as large as the recipe wants them."""

    CROP = "crop"
    FIT = "fit"


@with_options()
def train(
    context: typer.Context,
    folder: Annotated[
        Path | None,
        typer.Argument(metavar="[FOLDER]", help="PNG, JPEG and WebP files, each with its caption in a .txt."),
    ] = None,
    *,
    name: Annotated[
        str | None, typer.Option("--name", metavar="NAME", help="What the LoRA is called: my-cat.")
    ] = None,
    trigger: Annotated[
        str | None, typer.Option("--trigger", metavar="WORD", help="The word that calls it in prompts.")
    ] = None,
    base: Annotated[
        str, typer.Option("--base", metavar="BASE", help="sdxl, flux, kontext or sd15: the recipe.")
    ] = "sdxl",
    control: Annotated[
        Path | None,
        typer.Option("--control", metavar="FOLDER", help="What each picture was made of, for kontext."),
    ] = None,
    deployment: Annotated[
        str | None,
        typer.Option("--deployment", metavar="NAME", help="What trains; else train-lora or lora-training."),
    ] = None,
    steps: Annotated[
        int | None, typer.Option("--steps", metavar="N", help="Instead of the recipe's.")
    ] = None,
    seed: Annotated[int | None, typer.Option("--seed", metavar="SEED", help="Drawn when left out.")] = None,
    resize: Annotated[
        _Resize, typer.Option("--resize", help="crop: squares of the middle; fit: all of each picture.")
    ] = _Resize.CROP,
    set_: Annotated[
        list[str] | None,
        typer.Option(
            "--set",
            metavar="KEY=VALUE",
            help="Another word of the recipe, or an input: rank=32, learning_rate=1e-4; may be given again.",
        ),
    ] = None,
    install: Annotated[
        bool,
        typer.Option(
            "--install", help="Upload and deploy ComfyUI's own training graph first; alone, only that."
        ),
    ] = False,
    machine: Annotated[
        str | None, typer.Option("--machine", metavar="NAME", help="With --install: where it runs.")
    ] = None,
    dry_run: Annotated[
        bool,
        typer.Option(
            "--dry-run", help="Tell what is wrong, how long it takes, what it costs; begin nothing."
        ),
    ] = False,
    resume: Annotated[
        str | None,
        typer.Option(
            "--resume", metavar="RUN_ID", help="Go on waiting for a training that was begun before."
        ),
    ] = None,
    wait: Annotated[
        bool, typer.Option("--wait/--detach", help="Wait for it (hours), or print its run id and leave.")
    ] = True,
    register: Annotated[
        bool,
        typer.Option("--register/--no-register", help="Put what it made into the volume, under loras."),
    ] = True,
    register_as: Annotated[
        str | None,
        typer.Option("--register-as", metavar="NAME", help="Under another name than the LoRA's own."),
    ] = None,
    save: SaveTo = None,
    options: Options,
) -> None:
    """Train a LoRA of a folder of pictures, and put it into the account's volume.

    Pictures, captions, recipe and deployment are checked before anything is sent. Prints one line at its end: state, run id,
    and where in the volume it is; or, with --save, the saved paths. Progress goes to standard error. Ctrl-C and SIGTERM
    cancel the run on the service: --detach leaves it running, and --resume finds it again, from anywhere. A name that the
    volume has already is refused, unless --register-as names another; what can't be registered in the end exits with 1.

    Example: stationthis train cats/ --name my-cat --base sdxl --trigger mycat --local
    """
    _check(folder, name, resume, install=install, detach=not wait, save=save)
    _check_register(register_as, register=register)
    if resume is not None:
        _check_resume(context)
    words = _words(set_ or [])
    with connected(options) as st:
        if install and dry_run:
            change = st.trainings.install_plan(deployment, base=base, machine=machine)
            _tell_change(change, None, options, dry_run=True)
            return
        if install and _installed(st, base, deployment, machine, options, only=folder is None):
            return
        if resume is not None:
            job = st.trainings.get(resume)
        else:
            wish: dict[str, Any] = {
                "name": name,
                "trigger": trigger or "",
                "base": base,
                "deployment": deployment,
                "seed": seed,
            }
            wish |= {"resize": resize.value, "steps": steps, **words}
            dataset = _dataset(folder, control)
            if dry_run:
                _tell_plan(st.trainings.plan(dataset, **wish), options)
                return
            if wait and register:
                _check_free(st, register_as or name or "")
            job = st.train_lora(dataset, **wish)
        if wait:
            _deliver(st, job, options, save, register=register, named=register_as)
        elif options.as_json:
            _show(job, options)
        else:
            _out(job.id)


def _check(
    folder: Path | None,
    name: str | None,
    resume: str | None,
    *,
    install: bool,
    detach: bool,
    save: str | None,
) -> None:
    if resume is None and folder is None and not install:
        raise typer.BadParameter(
            "name a folder of pictures, or --resume RUN_ID, or --install", param_hint="FOLDER"
        )
    if resume is not None and folder is not None:
        raise typer.BadParameter("it has its pictures already: leave FOLDER out", param_hint="--resume")
    if folder is not None and name is None:
        raise typer.BadParameter("say what the LoRA is to be called, as my-cat", param_hint="--name")
    if detach and save:
        raise typer.BadParameter(
            "with --detach there is nothing yet; `stationthis train --resume ID --save DIR`",
            param_hint="--save",
        )


def _check_register(register_as: str | None, *, register: bool) -> None:
    from stationthis_sdk.volume.loras import slug_of  # noqa: PLC0415 - --help need not pay for it

    if register_as is None:
        return
    if not register:
        raise typer.BadParameter("with --no-register there is nothing to name", param_hint="--register-as")
    if register_as != slug_of(register_as):
        instead = slug_of(register_as) or "my-lora"
        raise typer.BadParameter(
            f"{register_as!r} is no plain name; {instead!r} would be", param_hint="--register-as"
        )


_ONLY_BEGINNING: Final = ("name", "trigger", "base", "control", "deployment", "steps", "seed", "resize", "set_", "install",
                          "machine", "dry_run")  # fmt: skip


def _check_resume(context: typer.Context) -> None:
    """A training that was begun is what it is."""
    for word in _ONLY_BEGINNING:
        source = context.get_parameter_source(word)
        if source is not None and source.name == "COMMANDLINE":
            option = f"--{word.strip('_').replace('_', '-')}"
            raise typer.BadParameter(
                "it was begun already: this is of no use with --resume", param_hint=option
            )


def _check_free(st: "StationThis", name: str) -> None:
    """Refuse hours of work for a name that can't be had."""
    from stationthis_sdk import InvalidInput, StationThisError  # noqa: PLC0415 - likewise
    from stationthis_sdk.volume.loras import place_of, slug_of  # noqa: PLC0415 - likewise

    if not slug_of(name):
        return  # told with all else
    path = "/".join(place_of(name))
    try:
        there = [model.path for model in st.models.list("loras", refresh=True)]
    except StationThisError:
        return  # nobody tells; it is trained, and registered later
    if path in there:
        raise InvalidInput(
            f"{path!r} is in the volume already: choose another --name, or --register-as NAME, or --no-register, or delete "
            "it. Nothing was sent."
        )


def _installed(
    st: "StationThis", base: str, deployment: str | None, machine: str | None, options: Options, *, only: bool
) -> bool:
    """Install the graph, and tell so; whether that was all."""
    done = st.trainings.install(deployment, base=base, machine=machine)
    if not only:
        show.tell(show.plain(str(done.change)))
    else:
        _tell_change(done.change, done.id, options, dry_run=False)
    return only


def _tell_change(change: Any, deployment_id: str | None, options: Options, *, dry_run: bool) -> None:
    if options.as_json:
        show.out_json(
            {"dry_run": dry_run, "deployment": change.name, "id": deployment_id, "kind": change.kind}
        )
    else:
        show.out(show.plain(("would be done: " if dry_run else "") + str(change)))


def _dataset(folder: Path | None, control: Path | None) -> Any:
    from stationthis_sdk import Dataset  # noqa: PLC0415 - likewise

    dataset = Dataset.from_folder(folder or Path())
    return dataset if control is None else dataset.with_control(Dataset.from_folder(control))


def _words(given: list[str]) -> dict[str, Any]:
    """What --set says; the recipe's numbers become such, and what is true or false.

    >>> _words(["rank=8", "learning_rate=1e-4", "scheduler=cosine", "fast=true", "lora_name=2024"])
    {'rank': 8, 'learning_rate': 0.0001, 'scheduler': 'cosine', 'fast': True, 'lora_name': '2024'}
    """
    from stationthis_sdk.recipes.training.recipes import NUMBERS  # noqa: PLC0415 - --help need not pay for it

    words: dict[str, Any] = {}
    for one in given:
        name, found, value = one.partition("=")
        if not found or not name.strip():
            raise typer.BadParameter(f"{one!r}: wants KEY=VALUE", param_hint="--set")
        word = name.strip()
        if word in _OPTIONS:
            raise typer.BadParameter(f"{word}: {_OPTIONS[word]}", param_hint="--set")
        if word in words:
            raise typer.BadParameter(f"{word} is given twice", param_hint="--set")
        words[word] = _value(value, number=word in NUMBERS)
    return words


_OPTIONS: Final = {
    **{word: f"that is --{word}" for word in ("name", "trigger", "base", "control", "deployment", "steps", "seed", "resize")},
    "wait": "that is --wait or --detach", "dataset": "that is FOLDER", "self": "that is no word of a recipe",
    "on_progress": "that is no word of a recipe", "on_milestone": "that is no word of a recipe",
}  # fmt: skip


def _value(text: str, *, number: bool) -> Any:
    if text in {"true", "false"}:
        return text == "true"
    for kind in (int, float) if number else ():
        try:
            return kind(text)
        except ValueError:
            continue
    return text


def _tell_plan(plan: Any, options: Options) -> None:
    if options.as_json:
        found = [
            {"code": one.code, "level": one.level, "where": one.where, "message": one.message}
            for one in plan.report.findings
        ]
        show.out_json(
            {
                "ok": plan.ok, "code": plan.code, "deployment": plan.deployment, "images": plan.report.images,
                "captions": plan.report.captions, "findings": found, "problems": list(plan.problems),
                "inputs": dict(plan.inputs), "left_out": list(plan.left_out), "seconds": plan.seconds,
                "cost": plan.cost, "points": plan.points,
            }
        )  # fmt: skip
    else:
        show.out(show.plain(str(plan)))
    if not plan.ok:
        raise typer.Exit(2)


def _deliver(
    st: "StationThis",
    job: "TrainingJob",
    options: Options,
    save: str | None,
    *,
    register: bool,
    named: str | None,
) -> None:
    """Wait, register, save, and tell."""
    with show.progress(job.name) as shown, about(job.id):
        try:
            show.tell(f"training {show.plain(job.name)}: run {job.id}")
            job.wait(
                on_progress=shown, on_milestone=lambda percent: show.tell(f"{percent} % of {job.steps} steps")
            )
        except KeyboardInterrupt as interrupt:
            if not str(interrupt):  # it came before the wait had begun, which then could not cancel
                show.tell(f"run {job.id}: {job.cancel()}")
            raise
    with about(job.id):
        registered = not register or _register(st, job, named)
        saved = save_outputs(
            job.run, save, each=None if options.as_json else lambda path: show.out(str(path))
        )
        if options.as_json or not saved:
            _show(job, options, saved)
    if not registered:
        raise typer.Exit(1)


def _register(st: "StationThis", job: "TrainingJob", named: str | None) -> bool:
    """Put it into the volume, and say whether it is there; when that fails, the training is what it is all the same."""
    from stationthis_sdk import StationThisError  # noqa: PLC0415 - likewise

    try:
        st.models.register_lora(job, named)
    except StationThisError as error:
        show.tell(
            f"stationthis: Not registered: {one_line(error.message)} Try again: `stationthis train --resume {job.id} "
            f"--register-as {job.name or 'my-lora'}-2{options_again()}`."
        )
        return False
    return True


def _show(job: "TrainingJob", options: Options, saved: Any = ()) -> None:
    if not options.as_json:
        show.out(" ".join(filter(None, (str(job.state), job.id, job.registered))))
        return
    told = show.run_json(job.run, deployment=job.run.record.deployment_name, saved=saved)
    told |= {
        "name": job.name, "base": job.base, "trigger": job.trigger, "recipe": dict(job.recipe), "step": job.step,
        "steps": job.steps, "loss": job.loss.last, "registered": job.registered, "left_out": list(job.left_out),
        "dataset": dict(job.dataset), "code": job.code,
    }  # fmt: skip
    show.out_json(told)


def _out(line: str) -> None:
    show.out(line)
