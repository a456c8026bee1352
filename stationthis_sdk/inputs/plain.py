"""Values as JSON has them: Python's own numbers, texts that are UTF-8. Pure."""

from typing import Any

__all__ = ["is_utf8", "own_number"]


def own_number(value: Any) -> Any:
    """A numpy scalar as Python's own number; anything else as it is.

    >>> import numpy as np
    >>> own_number(np.float64(0.5)), own_number("7")
    (0.5, '7')
    """
    if type(value).__module__ == "numpy" and getattr(value, "shape", None) == () and hasattr(value, "item"):
        return value.item()
    return value


def is_utf8(text: str) -> bool:
    r"""Whether a text can be written: half of a pair of surrogates can't.

    >>> is_utf8("🦊"), is_utf8("\ud83e")
    (True, False)
    """
    try:
        text.encode()
    except UnicodeEncodeError:
        return False
    return True
