"""Whether somebody is at IPython, which is never imported to find out."""

import sys
from typing import Any

__all__ = ["kernel_shell", "shell"]


def shell() -> Any:
    """IPython's shell, None where there is none.

    >>> shell() is None
    True
    """
    ask = getattr(sys.modules.get("IPython"), "get_ipython", None)
    return None if ask is None else ask()


def kernel_shell() -> Any:
    """The same where a kernel is behind it, as in a notebook."""
    here = shell()
    return here if getattr(here, "kernel", None) is not None else None
