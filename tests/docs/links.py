"""The links and headings of Markdown, and what is wrong with links."""

from collections.abc import Iterator
from pathlib import Path
from urllib.parse import unquote, urlsplit

import nbformat
from markdown_it import MarkdownIt
from markdown_it.token import Token
from mdit_py_plugins.anchors import anchors_plugin

_MARKDOWN = MarkdownIt("commonmark").enable("table").use(anchors_plugin, max_level=6)


def text_of(path: Path) -> str:
    """Markdown: a document's own, or all that of a notebook."""
    told = path.read_text("utf-8")
    if path.suffix != ".ipynb":
        return told
    cells = nbformat.reads(told, as_version=4).cells
    return "\n\n".join(cell.source for cell in cells if cell.cell_type == "markdown")


def links_in(text: str) -> list[str]:
    """Where links lead, and where pictures are."""
    given = [token.attrs.get("href") or token.attrs.get("src") for token in _tokens(text)]
    return [str(one) for one in given if one]


def anchors_in(text: str) -> set[str]:
    """The anchors of headings, as GitHub and the built pages make them."""
    return {str(token.attrs["id"]) for token in _tokens(text) if "id" in token.attrs}


def problem(path: Path, link: str) -> str | None:
    """What is wrong with a link of that file, if anything; other hosts are not asked."""
    parts = urlsplit(link)
    if parts.scheme or parts.netloc:
        known = parts.scheme == "https" and parts.hostname and "." in parts.hostname
        return None if known else "no address of the web, with https"
    target = path.parent / unquote(parts.path) if parts.path else path
    if not target.exists():
        return "no such file"
    if parts.fragment and (
        target.suffix not in {".md", ".ipynb"} or parts.fragment not in anchors_in(text_of(target))
    ):
        return "no such heading"
    return None


def _tokens(text: str) -> Iterator[Token]:
    for token in _MARKDOWN.parse(text):
        yield token
        yield from token.children or ()
