"""The commands that every bot has, whatever is deployed."""

from typing import Final

from stationthis_sdk.bots.commands.command import Command, Option

__all__ = ["ALBUM", "FIXED"]

ALBUM: Final = 10
"""Pictures that one command takes at the most: as many as an album has."""
_JOB: Final = Option("job", "text", "Which one, by its code; else the last", input="job")
_WORKFLOW: Final = Option("workflow", "text", "The name of a workflow", input="workflow")
_VALUES: Final = Option("values", "text", "Inputs as name=value, such as cfg=9 steps=20", input="values")


def _files(name: str, count: int, what: str) -> tuple[Option, ...]:
    return tuple(
        Option(name if place == 1 else f"{name}_{place}", "attachment", what, input=name)
        for place in range(1, count + 1)
    )


FIXED: Final[tuple[Command, ...]] = (
    Command("help", "What this bot can do"),
    Command(
        "run",
        "Run any workflow by its name",
        (
            Option("workflow", "text", "The name of a workflow, as /workflows tells it", required=True, input="workflow"),
            Option("values", "text", "What to make, and inputs as name=value", input="values"),
            *_files("file", 3, "A picture or another file that it takes"),
        ),
        begins=True,
    ),
    Command("status", "What you have under way"),
    Command(
        "cancel",
        "Cancel what you have under way",
        (Option("job", "text", "Which one, by its code; else all of yours", input="job"),),
    ),
    Command("again", "Repeat your last result with a new seed", (_JOB,), begins=True),
    Command("vary", "Four variations of your last result", (_JOB,), begins=True),
    Command("tweak", "Change your last result: cfg=9", (_VALUES, _JOB), begins=True),
    Command(
        "batch",
        "Run a workflow on each picture of an album",
        (
            Option("workflow", "text", "The name of a workflow that takes one picture", required=True, input="workflow"),
            Option("values", "text", "What to make, and inputs as name=value", input="values"),
            *_files("picture", ALBUM, "A picture"),
        ),
        begins=True,
    ),
    Command("settings", "What inputs are where you do not say: portrait cfg=9", (_WORKFLOW, _VALUES), secret=True),
    Command("forget", "Forget your settings: of one workflow, or all", (_WORKFLOW,)),
    Command(
        "workflows",
        "Which workflows there are",
        (Option("search", "text", "Only those with this in their name", input="search"),),
    ),
    Command("machines", "How the machines are"),
    Command(
        "train",
        "Your trainings; with a .zip of pictures: begin one",
        (
            *_files("pictures", 1, "A .zip of pictures, each with a .txt that says what it shows"),
            Option("name", "text", "What the model is to be called", input="name"),
            Option("trigger", "text", "The word that calls it in prompts", input="trigger"),
            Option("base", "text", "The family of models it is for", choices=("sdxl", "flux", "kontext", "sd15"), input="base"),
            Option("values", "text", "More of the recipe as name=value, such as steps=1000", input="values"),
        ),
    ),
    Command(
        "collections",
        "Your collections; with a .yaml: check or cook one",
        (
            Option("name", "text", "Show this one", input="name"),
            *_files("file", 1, "A collection as .yaml or .json"),
            Option("budget", "number", "US dollars that cooking it may cost", minimum=0.01, maximum=1_000_000, input="budget"),
            Option("seed", "integer", "What its pieces are drawn with; else drawn", minimum=0, maximum=2**32 - 1, input="seed"),
            Option("resume", "boolean", "Go on with the one that is named, where it is paused", input="resume"),
        ),
        secret=True,
    ),
    Command("session", "Take your settings and results along to a notebook", secret=True),
    Command("start", "Say hello"),
)  # fmt: skip
"""In the order in which they are shown."""
