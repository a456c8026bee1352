"""HTML as a browser would read it: what may be in a display, and what it says."""

from html.parser import HTMLParser

TAGS = {
    "a", "audio", "b", "br", "code", "details", "div", "figcaption", "figure", "h3", "h4", "img", "li", "p", "pre", "section",
    "source", "span", "style", "summary", "table", "tbody", "td", "th", "thead", "tr", "ul", "video", "button", "label", "input",
}  # fmt: skip
ATTRIBUTES = {
    "alt", "aria-label", "class", "colspan", "controls", "height", "href", "id", "loading", "name", "open", "preload", "rel", "role",
    "rowspan", "scope", "scoped",  "src", "style", "target", "title", "type", "width", "border",
}  # fmt: skip
HOSTILE = (
    "<script>alert(1)</script>",
    '"><img src=x onerror=alert(1)>',
    "</style><b>bold</b>",
    "'onmouseover='alert(1)",
    "javascript:alert(1)",
    "&lt;already&gt; & so on",
    "line\none\r\ttwo\0\x1b[31m",
    "\u202eright to left",
    "half \ud800 a surrogate",
    "{{7*7}} ${1} %s {0}",
)


class _Reader(HTMLParser):
    def __init__(self) -> None:
        super().__init__()
        self.words: list[str] = []
        self.bad: list[str] = []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        if tag not in TAGS:
            self.bad.append(f"<{tag}>")
        for name, value in attrs:
            if name not in ATTRIBUTES:
                self.bad.append(f"{name} of <{tag}>")
            if name in {"src", "href"}:
                scheme = (value or "").strip().lower().partition(":")[0]
                if scheme not in {"http", "https", "data"} or (scheme == "data" and tag == "a"):
                    self.bad.append(f"{name}={value}")

    def handle_data(self, data: str) -> None:
        self.words.append(data)

    def handle_comment(self, data: str) -> None:
        self.bad.append(f"<!--{data}-->")


def read(html: str) -> str:
    """What the HTML says; it fails when anything is in it that no display of ours has."""
    html.encode()  # nothing that can't be sent
    reader = _Reader()
    reader.feed(html)
    reader.close()
    assert reader.bad == []
    return "".join(reader.words).replace("\r\n", "\n").replace("\r", "\n")
