"""What authors call inputs, made comparable: however they write it, the same name is the same. Pure."""

import re

__all__ = ["plain_name"]


def plain_name(name: str) -> str:
    """A name without regard to case, spaces, dashes, and ``input`` before it.

    >>> plain_name("Input CFG-scale"), plain_name("input")
    ('cfg_scale', 'input')
    """
    joined = re.sub(r"[\s_-]+", "_", name.casefold()).strip("_")
    return joined.removeprefix("input_") or joined
