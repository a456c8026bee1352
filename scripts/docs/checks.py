"""What must hold of the built pages: no link leads nowhere, nothing is fetched from elsewhere, no public name is missing."""

from collections.abc import Iterator
from html.parser import HTMLParser
from importlib import import_module
from pathlib import Path
from typing import Final
from urllib.parse import unquote, urlsplit

from sphinx.util.inventory import InventoryFile

from docs.commands import pages
from docs.nouns import PUBLIC

_FETCHED: Final = {
    "script": "src",
    "img": "src",
    "iframe": "src",
    "source": "src",
    "video": "src",
    "audio": "src",
}
_WEB: Final = {"http", "https"}


class _Page(HTMLParser):
    """The anchors of a page, where it leads, and what it fetches."""

    def __init__(self, path: Path) -> None:
        super().__init__()
        self.anchors: set[str] = set()
        self.links: set[str] = set()
        self.fetched: set[str] = set()
        self.feed(path.read_text("utf-8"))

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        given = {name: value or "" for name, value in attrs}
        self.anchors |= {given[name] for name in ("id", "name") if name in given}
        if tag == "a" and "href" in given:
            self.links.add(given["href"])
        if tag == "link" and {"stylesheet", "icon", "preload"} & set(given.get("rel", "").split()):
            self.fetched.add(given.get("href", ""))
        if tag in _FETCHED and _FETCHED[tag] in given:
            self.fetched.add(given[_FETCHED[tag]])


def faults(folder: Path) -> Iterator[str]:
    """All that is wrong with the pages of a folder, a line each."""
    read = {path.resolve(): _Page(path) for path in sorted(folder.rglob("*.html"))}
    for path, page in read.items():
        name = path.relative_to(folder.resolve())
        for link in sorted(page.links | page.fetched):
            if problem := _problem(path, link, read):
                yield f"{name}: {link[:120]} {problem}"
        for link in sorted(page.fetched):
            if urlsplit(link).scheme in _WEB or link.startswith("//"):
                yield f"{name}: {link[:120]} is fetched from elsewhere"


def _problem(path: Path, link: str, read: dict[Path, _Page]) -> str | None:
    parts = urlsplit(link)
    if parts.scheme in _WEB:
        return None if parts.hostname and "." in parts.hostname else "has no host that others could reach"
    if parts.scheme in {"data", "mailto"}:
        return None
    if parts.scheme:
        return "is no address of the web"
    target = (path.parent / unquote(parts.path)).resolve() if parts.path else path
    if not target.is_file():
        return "leads nowhere"
    if parts.fragment and target in read and unquote(parts.fragment) not in read[target].anchors:
        return "has no such place"
    return None


def undocumented(folder: Path) -> Iterator[str]:
    """Public names, commands and options that the inventory of the pages lacks."""
    inventory = InventoryFile.loads((folder / "objects.inv").read_bytes(), uri="")
    for module in PUBLIC:
        for name in import_module(module).__all__:
            if not any(
                f"{module}.{name}" in names
                for kind, names in inventory.data.items()
                if kind.startswith("py:")
            ):
                yield f"{module}.{name} is on no page"
    for name, command, context in pages():
        for parameter in command.get_params(context):
            if parameter.param_type_name == "argument" or parameter.hidden:
                continue
            for option in (*parameter.opts, *parameter.secondary_opts):
                if f"{name.replace(' ', '-')}.{option}" not in inventory.data["std:cmdoption"]:
                    yield f"{name} {option} is on no page"
