"""What is said once in a kernel: that the notebook's packages would show more. Needs none of them itself."""

import sys

from stationthis_sdk.ipython import kernel_shell

__all__ = ["hint"]

_said: set[str] = set()


def hint(what: str) -> None:
    """Say it beside the cell, if nothing was said before; nothing anywhere else.

    >>> hint("Pictures need Pillow")
    """
    if kernel_shell() is None or _said or sys.stderr is None:
        return
    _said.add(what)
    print(f"{what}: pip install 'stationthis-sdk[notebook]'.", file=sys.stderr)  # noqa: T201 - what a notebook shows
