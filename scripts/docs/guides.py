"""What the cells of guides show, as it can be read later: the gateway they ran on is gone, and links to it with it."""

import re
from typing import Final

from docutils import nodes
from sphinx.application import Sphinx

_HERE: Final = re.compile(
    r"""\s(?:href|target|rel|download)=(["'])(?:https?://127\.0\.0\.1[^"']*|_blank|noopener[^"']*|)\1"""
)
_LINK: Final = re.compile(r"""<a\b[^>]*\bhref=["']?https?://127\.0\.0\.1[^>]*>""")


def without_links_here(html: str) -> str:
    """The same, where links to servers of this machine are plain words.

    >>> without_links_here('<a href="http://127.0.0.1:4000/x.png" target="_blank">x.png</a> <a href="https://a.b">a</a>')
    '<a>x.png</a> <a href="https://a.b">a</a>'
    """
    return _LINK.sub(lambda found: _HERE.sub("", found[0]), html)


def _shown(_app: Sphinx, page: nodes.document) -> None:
    for node in list(page.findall(nodes.raw)):
        if node.get("format") == "html" and "127.0.0.1" in node.astext():
            node.children = [nodes.Text(without_links_here(node.astext()))]


def setup(app: Sphinx) -> dict[str, bool]:
    """What Sphinx calls."""
    app.connect("doctree-read", _shown)
    return {"parallel_read_safe": True}
