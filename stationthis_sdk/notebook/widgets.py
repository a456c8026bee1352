"""What all widgets need: an end."""

from typing import Any

__all__ = ["shut"]


def shut(*widgets: Any) -> None:
    """End widgets, and the layouts and styles that they brought."""
    for widget in widgets:
        for one in (getattr(widget, "layout", None), getattr(widget, "style", None), widget):
            if one is not None:
                one.close()
