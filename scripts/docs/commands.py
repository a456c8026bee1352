"""``.. commands::``: the command and its options from its own help; typer brings a click of its own, which no extension knows."""

import re
from collections.abc import Iterator
from typing import Any

import typer
from docutils import nodes
from sphinx.application import Sphinx
from sphinx.util.docutils import SphinxDirective

from stationthis_sdk.cli.app import app as command


def pages(name: str = "stationthis", one: Any = None, parent: Any = None) -> Iterator[tuple[str, Any, Any]]:
    """Each command that is shown, with its full name and its context; groups before what is in them.

    >>> [name for name, _, _ in pages()][:3]
    ['stationthis', 'stationthis run', 'stationthis make']
    """
    one = one or typer.main.get_command(command)
    context = typer.Context(one, info_name=name.rpartition(" ")[2], parent=parent, **one.context_settings)
    yield name, one, context
    for below in getattr(one, "commands", {}).values():
        if not below.hidden:
            yield from pages(f"{name} {below.name}", below, context)


def written(text: str) -> str:
    r"""Help as reST: words in backticks and options are code, everything else is as it stands.

    >>> print(written("a `list` of *.png, with --json"))
    a ``list`` of \*.png, with ``--json``
    """
    parts = re.split(r"`([^`\n]+)`|(?<![\w-])(--[a-z][\w-]*(?:=[\w,-]+)?)", text)
    told = [re.sub(r"([*`|_\\<>@])", r"\\\1", part) for part in parts[::3]]
    code = [f"``{one or other}``" for one, other in zip(parts[1::3], parts[2::3], strict=True)]
    return "".join(plain + coded for plain, coded in zip(told, [*code, ""], strict=True))


def _told(text: str) -> list[str]:
    """What a command says of itself; its example is code."""
    words, example, shown = text.partition("Example: ")
    lines = ["", *written(words.strip()).splitlines(), ""]
    if example:
        calls = " ".join(shown.split()).split(", then ")
        lines += [".. code-block:: console", "", *(f"   $ {call}" for call in calls), ""]
    return lines


def page_of(name: str, one: Any, context: Any) -> str:
    """A section: what it is for, how it is called, its arguments, options and subcommands."""
    usage = " ".join((name, *one.collect_usage_pieces(context)))
    lines = [name, "-" * len(name), "", ".. code-block:: text", "", f"   {usage}", ""]
    lines += [*_told(_cleaned(one.help)), f".. program:: {name}", ""]
    for parameter in one.get_params(context):
        if getattr(parameter, "hidden", False):
            continue
        record = parameter.get_help_record(context)
        if parameter.param_type_name == "argument":
            shown = parameter.make_metavar(context)
            lines += [f"``{shown}``", f"   {written((record or ('', ''))[1] or parameter.help or '')}", ""]
        elif record:
            lines += [f".. option:: {record[0].replace(' / ', ', ')}", "", f"   {written(record[1])}", ""]
    if below := [each for each in getattr(one, "commands", {}).values() if not each.hidden]:
        lines += [f"Commands: {', '.join(f'`{name} {each.name}`_' for each in below)}.", ""]
    if one.epilog:
        lines += [
            ".. code-block:: text",
            "",
            *(f"   {line}" for line in _cleaned(one.epilog).splitlines()),
            "",
        ]
    return "\n".join(lines)


def _cleaned(text: str | None) -> str:
    return (text or "").replace("\b", "").partition("\f")[0].strip()


class Commands(SphinxDirective):
    """All of them, a section each."""

    def run(self) -> list[nodes.Node]:
        """The sections."""
        text = "\n\n".join(page_of(*page) for page in pages())
        return self.parse_text_to_nodes(text, allow_section_headings=True)


def setup(app: Sphinx) -> dict[str, bool]:
    """What Sphinx calls."""
    app.add_directive("commands", Commands)
    return {"parallel_read_safe": True}
