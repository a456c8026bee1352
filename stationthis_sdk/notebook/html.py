"""HTML that escapes whatever it is given, in colours that suit a light and a dark page alike.

Elements are htpy's: texts and attributes are escaped there, and nothing here is put together from strings. All colours
are the page's own text colour, with more or less of it, so nobody need know which theme is on. What is shown works
without scripts: a saved notebook shows it in whatever reads it.
"""

from collections.abc import Iterable, Mapping
from datetime import UTC, datetime, timedelta
from typing import Any, Final

import htpy as h
from markupsafe import Markup

from stationthis_sdk.notebook.links import unsigned_text
from stationthis_sdk.notebook.texts import clean

__all__ = ["Bundle", "bundle", "card", "clipped", "h", "inputs_table", "since", "state_dot", "table", "took"]

Bundle = dict[str, Any]
_MOST: Final = 2_000
"""Characters of one text that are shown."""
_STYLE: Final = """
.stationthis{font:13px/1.45 system-ui,sans-serif;color:inherit;max-width:100%}
.stationthis .st-head{display:flex;flex-wrap:wrap;gap:.5em .9em;align-items:baseline;margin:.1em 0 .35em}
.stationthis .st-head b{font-size:1.08em}
.stationthis .st-dim,.stationthis figcaption,.stationthis summary{opacity:.72}
.stationthis .st-mono,.stationthis code{font-family:ui-monospace,monospace;font-size:.92em}
.stationthis table.st-table{border-collapse:collapse;margin:.2em 0;background:transparent}
.stationthis .st-table th,.stationthis .st-table td{text-align:left;vertical-align:top;padding:.2em .8em .2em 0;border:0;border-bottom:1px solid color-mix(in srgb,currentColor 18%,transparent);max-width:42em;overflow-wrap:anywhere;white-space:pre-wrap;background:transparent;color:inherit}
.stationthis .st-table th{font-weight:600;opacity:.72}
.stationthis .st-pictures{display:flex;flex-wrap:wrap;gap:8px;align-items:flex-start}
.stationthis figure{margin:0;max-width:100%}
.stationthis figure img,.stationthis figure video{display:block;max-width:100%;height:auto;border-radius:5px;background:color-mix(in srgb,currentColor 10%,transparent)}
.stationthis .st-dot{display:inline-block;width:.65em;height:.65em;border-radius:50%;margin-right:.4em;background:color-mix(in srgb,currentColor 45%,transparent)}
.stationthis .st-good{background:#2f9e5b}.stationthis .st-bad{background:#d6453d}.stationthis .st-live{background:#2d7dd2}
.stationthis .st-bar{height:8px;border-radius:4px;background:color-mix(in srgb,currentColor 16%,transparent);overflow:hidden;min-width:16em;max-width:40em;margin:.35em 0}
.stationthis .st-bar>span{display:block;height:100%;background:#2d7dd2;transition:width .15s linear}
.stationthis .st-bar>span.st-good{background:#2f9e5b}.stationthis .st-bar>span.st-bad{background:#d6453d}
.stationthis .st-bars{display:flex}.stationthis .st-bars>span{display:block;height:100%}
.stationthis .st-note{border-left:3px solid color-mix(in srgb,currentColor 35%,transparent);padding:.15em 0 .15em .7em;margin:.3em 0}
.stationthis .st-note.st-wrong{border-left-color:#d6453d;background:none}
.stationthis details{margin:.2em 0}.stationthis summary{cursor:pointer}
"""


def card(*children: Any) -> Any:
    """A display: all that belongs to it, with its own style.

    >>> "<b>" in str(card("<b>"))
    False
    """
    return h.div(".stationthis")[h.style[Markup(_STYLE)], *children]  # noqa: S704 - a constant of ours


def bundle(element: Any) -> Bundle:
    """What IPython wants of a display; the plain text is put beside it by whoever is shown."""
    return {"text/html": clean(element)}


def clipped(value: Any, most: int = _MOST) -> str:
    """A value as one text of bounded length, with nothing secret of the links in it: what is shown is saved.

    >>> clipped("a" * 10, 4), clipped("https://a.example/cat.png?X-Amz-Signature=ab")
    ('aaa…', 'https://a.example/cat.png')
    """
    text = value if isinstance(value, str) else repr(value)
    short = text if len(text) <= most else text[: most - 1] + "…"
    return unsigned_text(short) if "://" in short else short


def table(head: Iterable[Any], rows: Iterable[Iterable[Any]]) -> Any:
    """A table; cells are texts or elements."""
    return h.table(".st-table")[
        h.thead[h.tr[(h.th[cell] for cell in head)]],
        h.tbody[(h.tr[(h.td[cell] for cell in row)] for row in rows)],
    ]


def inputs_table(inputs: Mapping[str, Any]) -> Any:
    """Inputs, one a line."""
    return h.table(".st-table")[
        h.tbody[(h.tr[h.th[name], h.td[clipped(value)]] for name, value in inputs.items())]
    ]


def state_dot(state: str) -> Any:
    """A coloured dot before a state; the word says it to those who see no colours."""
    colour = {
        "success": ".st-good", "done": ".st-good", "ready": ".st-good",
        "failed": ".st-bad", "timeout": ".st-bad", "error": ".st-bad", "refused": ".st-bad",
        "cancelled": "", "paused": "", "planned": "", "pending": "",
    }.get(str(state), ".st-live")  # fmt: skip
    return h.span[h.span(f".st-dot{colour}"), str(state)]


def took(seconds: float | timedelta | None) -> str:
    """A duration in words.

    >>> took(3.21), took(75), took(3700), took(None)
    ('3.2 s', '1:15 min', '1:01 h', '')
    """
    if seconds is None:
        return ""
    seconds = seconds.total_seconds() if isinstance(seconds, timedelta) else seconds
    if seconds < 60:
        return f"{seconds:.1f} s"
    minutes, rest = divmod(int(seconds), 60)
    if minutes < 60:
        return f"{minutes}:{rest:02} min"
    return f"{minutes // 60}:{minutes % 60:02} h"


def since(moment: datetime | None) -> str:
    """A moment in UTC, to the minute.

    >>> since(datetime(2026, 11, 30, 4, 8, 12, tzinfo=UTC))
    '2026-11-30 04:08'
    """
    return "" if moment is None else moment.astimezone(UTC).strftime("%Y-%m-%d %H:%M")
