"""Texts on their way to a page."""

from typing import Any

__all__ = ["clean"]


def clean(text: Any) -> str:
    r"""A text, or an element as text, that can be sent: half a surrogate can't.

    >>> clean("a\ud800"), clean(None)
    ('a?', '')
    """
    if isinstance(text, int) and abs(text) >= 10**1000:
        return hex(text)  # Python writes no more than some thousand digits
    return ("" if text is None else str(text)).encode("utf-8", "replace").decode()
