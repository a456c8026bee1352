"""The reference: each public name stands once, each error says what to do, each command and option is told of."""

import doctest
import inspect
import re
from importlib import import_module
from itertools import takewhile
from pathlib import Path

import pytest
from typer.testing import CliRunner

from docs import commands, docstrings, guides, links, nouns
from docs import errors as told
from stationthis_sdk import errors, sync
from stationthis_sdk.cli.app import app
from stationthis_sdk.cli.exits import CODES, STOPS

ROOT = Path(__file__).resolve().parents[2]
PAGES = ROOT / "scripts" / "docs" / "pages"
COMMANDS = {name: commands.page_of(name, *more) for name, *more in commands.pages()}


def listed():
    """What the pages list, in their order: modules, names and things."""
    found = []
    for page in sorted((PAGES / "reference").glob("*.rst")):
        for block in page.read_text("utf-8").split(".. nouns::\n\n")[1:]:
            for name, _ in nouns.names_in(takewhile(str.strip, block.splitlines())):
                module, _, last = f"stationthis_sdk.{name}".rpartition(".")
                found.append((module, last, getattr(import_module(module), last)))
    return found


LISTED = listed()


def test_each_public_name_stands_once():
    """All of ``__all__`` at the top and of what people import else: on one page, as a twin, or among the errors."""
    now = listed()  # others may have loaded a module anew since
    things = [thing for _, _, thing in now]
    addresses = [f"{module}.{name}" for module, name, _ in now]
    twins = [twin for _, name, thing in now if inspect.isclass(thing) and (twin := nouns.twin_of(name))]
    told_of = [id(one) for one in (*things, *twins, *told.tree(), errors.BlockingCallWarning)]
    for module in nouns.PUBLIC:
        for name in import_module(module).__all__:
            thing = getattr(import_module(module), name)
            assert told_of.count(id(thing)) == 1, name
    assert len(set(addresses)) == len(addresses)


def test_each_plain_class_has_its_place_and_its_twin():
    """Also those that only a client gives: ``st.runs`` and the like."""
    names = {name for _, name, _ in LISTED}
    assert set(sync.__all__) <= names
    for name in sync.__all__:
        assert nouns.twin_of(name).__name__ == f"Async{name}"
        assert f":class:`{name}`" in nouns.how_it_differs(nouns.twin_of(name))[0]


@pytest.mark.parametrize(
    ("name", "told_of"),
    [
        (
            "Run",
            ["With ``await``: ``again``, ", "With ``async for``: ``follow``.", "As they are: ``logs``, "],
        ),
        ("Deployments", ["With ``await``: brackets, ", "With ``async for``: itself."]),
        ("Session", ["With ``async with``: itself."]),
        ("Version", []),
    ],
)
def test_what_an_asynchronous_class_wants_is_told(name, told_of):
    """What is awaited, looped over, entered, and what is as in the plain one."""
    lines = nouns.how_it_differs(nouns.twin_of(name))
    for words in told_of:
        assert [line for line in lines if line.startswith(words)], words
    assert told_of or lines[1:] == [""]


def test_each_page_is_reached():
    """Every page of the reference and every guide is in the contents."""
    contents = (PAGES / "index.md").read_text("utf-8").split()
    for page in [*(PAGES / "reference").glob("*"), *(ROOT / "notebooks").glob("*.ipynb")]:
        assert f"{page.parent.name}/{page.stem}" in contents


@pytest.mark.parametrize("kind", [*told.tree(), errors.BlockingCallWarning], ids=lambda kind: kind.__name__)
def test_each_error_says_what_to_do(kind):
    """In its own docstring, under a head of its own; and names the fields that it adds."""
    said = vars(kind)["__doc__"]
    assert re.search(r"\n\n    What to do:\n        \S", said)
    if "__init__" in vars(kind):
        added = [
            name
            for name, one in inspect.signature(kind.__init__).parameters.items()
            if one.kind is one.KEYWORD_ONLY
        ]
        known = said + "".join(base.__doc__ or "" for base in kind.__mro__[1:])
        assert [name for name in added if f"``{name}``" not in known] == []


def test_the_tree_is_walked_whole():
    """Every class of the module, once, parents first."""
    walked = [kind.__name__ for kind in (*told.tree(), errors.BlockingCallWarning)]
    assert sorted(walked) == sorted({*errors.__all__} - {"Exchange"})


@pytest.mark.parametrize("name", COMMANDS)
def test_each_option_is_told_of(name):
    """All that ``--help`` shows of a command is on its page, and so are the commands below it."""
    shown = CliRunner().invoke(app, [*name.split()[1:], "--help"]).stdout
    options = re.findall(r"^  (?:-\w, )?(--[\w-]+)", shown, re.MULTILINE)
    assert "--help" in options
    assert [
        one for one in options if not re.search(rf"^.. option:: .*{one}\b", COMMANDS[name], re.MULTILINE)
    ] == []
    below = re.findall(r"^  ([a-z][\w-]*)  ", shown.partition("\nCommands:\n")[2], re.MULTILINE)
    assert [one for one in below if f"{name} {one}" not in COMMANDS] == []


def test_each_exit_code_is_told_of():
    """All that the command ends with has its row in the reference."""
    rows = re.findall(
        r"^\| ([\d · ]+) \|", (ROOT / "notebooks" / "REFERENCE.md").read_text("utf-8"), re.MULTILINE
    )
    known = {int(code) for row in rows for code in row.split("·")}
    assert {*CODES.values(), *STOPS.values(), 0, 3, 130, 141, 143} <= known


@pytest.mark.parametrize("module", [commands, docstrings, told, guides, links, nouns])
def test_the_examples(module):
    """Those in the docstrings are true."""
    assert doctest.testmod(module, optionflags=doctest.ELLIPSIS | doctest.NORMALIZE_WHITESPACE).failed == 0
