"""One question to Python's regular expressions, asked in a process of its own: a bad pattern can't be stopped from inside.

Run as a program it reads a question (JSON) from standard input, and writes the answer (JSON) to standard output. It
imports nothing of the SDK.
"""

import json
import re
import sys
from collections.abc import Iterator, Mapping
from typing import Any

__all__ = ["answered"]

_AT_ONCE = 2**26  # characters that may come out before they are counted


class _TooLong(Exception):
    pass


def answered(question: Mapping[str, Any]) -> dict[str, Any]:
    """``{"found": …}``, or ``{"pattern": why it is none}``, or ``{"long": true}`` for a text beyond ``limit``.

    >>> ask = {"pattern": "b(.)", "string": "abcb", "flags": 0, "limit": 9}
    >>> answered(ask | {"way": "All Groups", "group": 1}), answered(ask | {"way": "search", "pattern": "("})
    ({'found': 'c'}, {'pattern': 'missing ), unterminated subpattern at position 0'})
    """
    try:
        pattern = re.compile(question["pattern"], question["flags"])
        match question["way"]:
            case "search":
                return {"found": pattern.search(question["string"]) is not None}
            case "replace":
                return {"found": _replaced(pattern, question)}
            case _:
                return {"found": _joined(_extracts(pattern, question), "\n", question["limit"])}
    except (re.error, IndexError, OverflowError, RecursionError) as problem:
        return {"pattern": str(problem)}
    except (_TooLong, MemoryError):
        return {"long": True}


def _extracts(pattern: re.Pattern[str], question: Mapping[str, Any]) -> Iterator[str]:
    way, string, group = question["way"], question["string"], question["group"]
    has_group = group <= pattern.groups
    if way.startswith("All"):
        found = pattern.finditer(string)
    else:
        first = pattern.search(string)
        found = iter([first] if first else [])
    match way:
        case "First Match":
            yield from (match[0] for match in found)
        case "All Matches":  # a pattern with groups gives its first one
            yield from (match[min(1, pattern.groups)] or "" for match in found)
        case "First Group" if has_group:
            yield from (match[group] or "" for match in found)
        case "All Groups" if has_group and pattern.groups:
            yield from (match[group] or "" for match in found)


def _replaced(pattern: re.Pattern[str], question: Mapping[str, Any]) -> str:
    string, template, count = question["string"], question["replace"], question["count"]
    pattern.sub(template, "")  # a wrong template is told, found or not
    literal = "\\" not in template
    # A group holds no more than its match, except one that looks beyond it.
    within = literal or not any(beyond in pattern.pattern for beyond in ("(?=", "(?<"))
    if within and 2 * (len(string) + 1) * len(template) <= _AT_ONCE:
        return _joined(iter([pattern.sub(template, string, count)]), "", question["limit"])

    def parts() -> Iterator[str]:
        end = 0
        for number, match in enumerate(pattern.finditer(string), start=1):
            yield string[end : match.start()]
            yield template if literal else match.expand(template)
            end = match.end()
            if number == count:
                break
        yield string[end:]

    return _joined(parts(), "", question["limit"])


def _joined(parts: Iterator[str], separator: str, limit: int) -> str:
    found: list[str] = []
    length = 0
    for part in parts:
        length += len(part) + len(separator)
        if length > limit + len(separator):
            raise _TooLong
        found.append(part)
    return separator.join(found)


def _limit(seconds: int, memory: int) -> None:
    """An end even when whoever asked is gone; where the system has no such limits, only the asker ends it."""
    try:
        import resource  # noqa: PLC0415  not on every system
        import signal  # noqa: PLC0415
    except ImportError:
        return
    resource.setrlimit(resource.RLIMIT_AS, (memory, memory))
    resource.setrlimit(resource.RLIMIT_CORE, (0, 0))
    signal.signal(signal.SIGALRM, signal.SIG_DFL)
    signal.alarm(seconds)


if __name__ == "__main__":
    _asked = json.loads(sys.stdin.buffer.read())
    _limit(_asked["seconds"], _asked["memory"])
    sys.stdout.write(json.dumps(answered(_asked)))
