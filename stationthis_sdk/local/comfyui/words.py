"""ComfyUI's words made fit for people: one line, no paths of the server, no keys, not endless."""

import re
from typing import Any, Final

__all__ = ["one_line", "plain", "traceback_end"]

_LONGEST: Final = 500
_LONGEST_TRACEBACK: Final = 20_000
_LONGEST_END: Final = 1500
_QUOTED: Final = re.compile(r"(['\"])(?:/|[A-Za-z]:\\)[^'\"]*[/\\]([^'\"/\\]+)\1")
_POSIX: Final = re.compile(r"(?<![\w:/.])/(?:[^\s/'\"<>|,:]+/)+(?=[^\s/'\"<>|,:])")
_WINDOWS: Final = re.compile(r"(?<!\w)[A-Za-z]:\\+(?:[^\\/:*?\"'<>|\r\n]+\\+)+")
_NAMED_KEYS: Final = re.compile(
    r"(?i)((?:\b(?:bearer|basic)\s+|(?:api[_-]?key|token|secret|password)['\"]?\s*=\s*['\"]?))[^\s'\",;&]{6,}"
)
_KEYS: Final = re.compile(r"\b(?:sk-|hf_|r8_|gh[pousr]_)[\w-]{12,}")


def one_line(text: Any, longest: int = _LONGEST) -> str:
    r"""Some text in one line of bearable length.

    >>> one_line("no memory\n\nTIPS: buy some ")
    'no memory TIPS: buy some'
    """
    line = " ".join(str(text)[: 10 * longest].encode("utf-8", "replace").decode().split())
    line = line if line.isprintable() else "".join(one if one.isprintable() else "?" for one in line)
    return line if len(line) <= longest else f"{line[: longest - 1]}…"


def plain(text: Any, longest: int = _LONGEST) -> str:
    """A message without the folders and keys of the server it comes from.

    >>> plain("No such file: '/srv/my comfy/input/fox one.png'"), plain("1/2 of http://a/b/c")
    ("No such file: '…/fox one.png'", '1/2 of http://a/b/c')
    """
    return one_line(_bare(str(text)[: 10 * longest]), longest)


def traceback_end(lines: Any) -> str:
    """The end of a traceback, where the cause is, for the log."""
    text = "".join(str(line) for line in lines) if isinstance(lines, list) else str(lines or "")
    text = _bare(text[-_LONGEST_TRACEBACK:]).strip()
    return text if len(text) <= _LONGEST_END else f"… {text[-_LONGEST_END:]}"


def _bare(text: str) -> str:
    text = _WINDOWS.sub("…/", _POSIX.sub("…/", _QUOTED.sub(r"\1…/\2\1", text)))
    return _KEYS.sub("***", _NAMED_KEYS.sub(r"\1***", text))
