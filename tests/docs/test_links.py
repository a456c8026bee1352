"""Links of documents and guides lead somewhere, and what looks for dead ones finds them."""

from pathlib import Path

import pytest

from tests.docs.links import anchors_in, links_in, problem, text_of

ROOT = Path(__file__).resolve().parents[2]
FILES = [*sorted(ROOT.glob("*.md")), *sorted((ROOT / "notebooks").glob("*.*"))]
FILES = [path for path in FILES if path.suffix in {".md", ".ipynb"} and path.name != "drift.md"]


@pytest.mark.parametrize("path", FILES, ids=lambda path: str(path.relative_to(ROOT)))
def test_links_lead_somewhere(path):
    """To a file of the project, to a heading of it, or to a well-formed address of the web."""
    assert {link: wrong for link in links_in(text_of(path)) if (wrong := problem(path, link))} == {}


def test_all_documents_are_looked_at():
    """The four documents, the guides and their links."""
    assert {"README.md", "CHANGELOG.md", "CONTRIBUTING.md", "REFERENCE.md", "9-a-bot.ipynb"} <= {
        path.name for path in FILES
    }
    assert len([link for path in FILES for link in links_in(text_of(path))]) > 30


def test_dead_links_are_found(tmp_path):
    """A missing file, a missing heading in this file and in another, and addresses that are none."""
    page = tmp_path / "page.md"
    (tmp_path / "other.md").write_text("## Exit codes & more\n", "utf-8")
    page.write_text(
        "# A title\n[a](#a-title) [b](#b-title) [c](other.md#exit-codes--more) [d](other.md#none)\n"
        "[e](gone.md) ![f](gone.png) [g](https://example.com/x) [h](http://example.com) [i](https://host)\n"
        "\n| table |\n|---|\n| [j](gone.txt) |\n\n`[k](code.md)`\n",
        "utf-8",
    )
    wrong = {link: found for link in links_in(text_of(page)) if (found := problem(page, link))}
    assert wrong == {
        "#b-title": "no such heading",
        "other.md#none": "no such heading",
        "gone.md": "no such file",
        "gone.png": "no such file",
        "http://example.com": "no address of the web, with https",
        "https://host": "no address of the web, with https",
        "gone.txt": "no such file",
    }
    assert anchors_in("# One\n## One") == {"one", "one-1"}
