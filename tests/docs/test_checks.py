"""What looks at the built pages finds what is wrong with them."""

from docs.checks import faults


def page(body, head=""):
    """A page."""
    return f"<html><head>{head}</head><body>{body}</body></html>"


def test_a_good_page_has_no_faults(tmp_path):
    """Pages, anchors here and there, files, addresses of the web, pictures within."""
    (tmp_path / "sub").mkdir()
    (tmp_path / "a b.png").write_bytes(b"")
    (tmp_path / "sub" / "other.html").write_text(
        page("<h1 id='top'>x</h1><a href='../index.html#here'>x</a>")
    )
    (tmp_path / "index.html").write_text(
        page(
            "<p id='here'><a href='#here'>a</a><a href='sub/other.html#top'>b</a><a href='https://example.com/#x'>c</a>"
            "<img src='data:image/png;base64,AA'><img src='a%20b.png?x=1'></p>"
        )
    )
    assert [*faults(tmp_path)] == []


def test_each_fault_is_found(tmp_path):
    """Dead files and places, hosts that nobody reaches, and what is fetched from elsewhere."""
    (tmp_path / "index.html").write_text(
        page(
            "<a href='gone.html'>a</a><a href='#gone'>b</a><a href='http://localhost:1/x'>c</a><a href='javascript:x'>d</a>",
            "<link rel='stylesheet' href='https://cdn.example.com/a.css'><script src='//cdn.example.com/a.js'></script>",
        )
    )
    found = [*faults(tmp_path)]
    for words in (
        "gone.html leads nowhere",
        "#gone has no such place",
        "http://localhost:1/x has no host",
        "javascript:x is no address",
        "a.css is fetched from elsewhere",
        "a.js is fetched from elsewhere",
    ):
        assert [one for one in found if words in one], words
