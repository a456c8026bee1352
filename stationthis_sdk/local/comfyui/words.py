"""ComfyUI's words made fit for people: one line, no paths of the server, not endless."""

import re
from typing import Any, Final

__all__ = ["one_line", "plain", "traceback_end"]

_LONGEST: Final = 500
_QUOTED: Final = re.compile(r"(['\"])(?:/|[A-Za-z]:\\)[^'\"]*[/\\]([^'\"/\\]+)\1")
_POSIX: Final = re.compile(r"(?<![\w:/.])/(?:[^\s/'\"<>|,:]+/)+(?=[^\s/'\"<>|,:])")
_WINDOWS: Final = re.compile(r"(?<!\w)[A-Za-z]:\\+(?:[^\\/:*?\"'<>|\r\n]+\\+)+")


def one_line(text: Any, longest: int = _LONGEST) -> str:
    r"""Some text in one line of bearable length.

    >>> one_line("no memory\n\nTIPS: buy some ")
    'no memory TIPS: buy some'
    """
    line = " ".join(str(text).split())
    return line if len(line) <= longest else f"{line[: longest - 1]}…"


def plain(text: Any, longest: int = _LONGEST) -> str:
    """A message without the folders of the server it comes from.

    >>> plain("No such file: '/srv/my comfy/input/fox one.png'"), plain("1/2 of http://a/b/c")
    ("No such file: '…/fox one.png'", '1/2 of http://a/b/c')
    """
    return one_line(_WINDOWS.sub("…/", _POSIX.sub("…/", _QUOTED.sub(r"\1…/\2\1", str(text)))), longest)


def traceback_end(lines: Any, longest: int = 1500) -> str:
    """The end of a traceback, where the cause is, for the log."""
    text = "".join(str(line) for line in lines) if isinstance(lines, list) else str(lines or "")
    text = text.strip()
    return text if len(text) <= longest else f"… {text[-longest:]}"
