"""Core nodes with regular expressions: each is asked in a process of its own that ends with the run, or in time."""

import contextlib
import json
import re
import subprocess
import sys
import tempfile
import time
from collections.abc import Mapping
from pathlib import Path
from typing import Any, Final

import attrs

from stationthis_sdk.local.engine import matching
from stationthis_sdk.local.engine.node import TEXT, Slot, Work, needed, node_class, one_of, switch, whole
from stationthis_sdk.local.engine.nodes.text import TEXT_LIMIT
from stationthis_sdk.local.engines import NodeFailed

__all__: list[str] = []

_SECONDS: Final = 20
_MEMORY: Final = 2**29
_GLANCE: Final = 0.1  # seconds between looks at whether to stop
_PATTERN_LIMIT: Final = 2**16


def _optional(slot: Slot) -> Slot:
    return attrs.evolve(slot, required=False)


_FLAGS: Final = {
    "case_insensitive": switch(default=True),
    "multiline": switch(default=False),
    "dotall": switch(default=False),
}
_NAMED: Final = {"case_insensitive": re.IGNORECASE, "multiline": re.MULTILINE, "dotall": re.DOTALL}


@node_class("RegexMatch", outputs=("BOOLEAN",), string=TEXT, regex_pattern=TEXT, also=_FLAGS)
def _match(work: Work, string: str, regex_pattern: str, **flags: bool) -> tuple[bool]:
    return (bool(_asked(work, string, regex_pattern, flags, way="search").get("found", False)),)


@node_class(
    "RegexExtract",
    outputs=("STRING",),
    string=TEXT,
    regex_pattern=TEXT,
    mode=one_of("First Match", "All Matches", "First Group", "All Groups"),
    group_index=needed(whole(0, 100, 1)),
    also=_FLAGS,
)
def _extract(
    work: Work, string: str, regex_pattern: str, mode: str, group_index: int, **flags: bool
) -> tuple[str]:
    answer = _asked(work, string, regex_pattern, flags, way=mode, group=group_index)
    return (str(answer.get("found", "")),)


@node_class(
    "RegexReplace",
    outputs=("STRING",),
    string=TEXT,
    regex_pattern=TEXT,
    replace=TEXT,
    count=whole(0, 100, 0),
    also={name: _optional(slot) for name, slot in _FLAGS.items()},
)
def _replace(
    work: Work, string: str, regex_pattern: str, replace: str, count: int, **flags: bool
) -> tuple[str]:
    answer = _asked(work, string, regex_pattern, flags, way="replace", replace=replace, count=count)
    if "pattern" in answer:  # the other nodes take such a pattern for one that is not found, as ComfyUI's do
        raise NodeFailed(f"regex_pattern or replace is wrong: {answer['pattern']}")
    return (str(answer["found"]),)


def _asked(
    work: Work, string: str, pattern: str, flags: Mapping[str, bool], **more: str | int
) -> dict[str, Any]:
    if len(pattern) > _PATTERN_LIMIT:
        raise NodeFailed(f"regex_pattern is longer than {_PATTERN_LIMIT:,} characters: shorten it")
    question = {
        "string": string,
        "pattern": pattern,
        "flags": int(sum(flag for name, flag in _NAMED.items() if flags[name])),
        "limit": TEXT_LIMIT,
        "seconds": _SECONDS + 2,  # a little more than is waited for
        "memory": _MEMORY,
        **more,
    }
    answer = _from_process(work, json.dumps(question).encode())
    if "long" in answer:
        raise NodeFailed(f"the text would be longer than {TEXT_LIMIT:,} characters: shorten it")
    return answer


def _from_process(work: Work, question: bytes) -> dict[str, Any]:
    program = [sys.executable, "-I", "-S", str(Path(matching.__file__))]
    with (
        tempfile.TemporaryFile() as asked
    ):  # a pipe would have to be written to while the answer is waited for
        asked.write(question)
        asked.seek(0)
        with subprocess.Popen(  # noqa: S603  our own program
            program, stdin=asked, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, env={}
        ) as process:
            try:
                answer = _answer(work, process)
            finally:
                process.kill()
    if process.returncode or not answer:
        raise NodeFailed("regex_pattern could not be looked for: it needs too much memory; simplify it")
    return dict(json.loads(answer))


def _answer(work: Work, process: subprocess.Popen[bytes]) -> bytes:
    end = time.monotonic() + _SECONDS
    while time.monotonic() < end:
        work.check()
        with contextlib.suppress(subprocess.TimeoutExpired):
            return process.communicate(timeout=_GLANCE)[0]
    raise NodeFailed(
        f"regex_pattern took more than {_SECONDS} seconds: avoid repeats within repeats, such as (a+)+"
    )
