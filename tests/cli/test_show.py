"""What a terminal sees: a live bar, tables, colours only where they are wanted."""

import fcntl
import os
import pty
import re
import struct
import subprocess
import termios
from typing import Any

import pytest

from tests.cli.conftest import COMMAND, PATIENCE, Ran, Shell

RUN = ("run", "text-to-picture", "steps=20", "width=256", "height=256")
COLOUR = re.compile(r"\x1b\[[\d;]*3[0-8][\d;]*m")


def on_terminal(shell: Shell, stream: str, *arguments: str, **environ: str) -> tuple[Ran, str]:
    """Run a command with one of its streams on a terminal of 100 columns; what that showed."""
    ours, theirs = pty.openpty()
    fcntl.ioctl(theirs, termios.TIOCSWINSZ, struct.pack("HHHH", 30, 100, 0, 0))
    streams: dict[str, Any] = {"stdout": subprocess.PIPE, "stderr": subprocess.PIPE, stream: theirs}
    terminal = shell.with_({"TERM": "xterm-256color", **environ})
    with subprocess.Popen(
        [*COMMAND, *arguments], stdin=subprocess.DEVNULL, env=terminal, **streams
    ) as process:
        os.close(theirs)
        seen = b""
        while True:
            try:
                part = os.read(ours, 1 << 16)
            except OSError:  # the other end is closed
                break
            seen += part
        rest = process.communicate(timeout=PATIENCE)
    os.close(ours)
    said = [(one or b"").decode() for one in rest]
    return shell.fair(Ran(process.returncode, said[0], said[1] + seen.decode())), seen.decode()


def test_a_terminal_sees_a_bar(shell: Shell) -> None:
    """It moves, tells how far the run is, and is gone at the end; the answer is on standard output."""
    ran, seen = on_terminal(shell, "stderr", *RUN)
    assert ran.code == 0, ran
    assert ran.out.startswith("success ")
    assert "━" in seen
    assert re.search(r"running \d+%", seen)
    assert COLOUR.search(seen)
    assert "\x1b[2K" in seen
    assert seen.rstrip("\r\n").endswith(("\x1b[2K", "\x1b[?25h"))


@pytest.mark.parametrize(
    ("environ", "escapes"), [({"NO_COLOR": "1"}, True), ({"TERM": "dumb"}, False)], ids=["no-color", "dumb"]
)
def test_colours_and_bars_can_be_refused(shell: Shell, environ: dict[str, str], escapes: bool) -> None:
    """NO_COLOR keeps the bar and drops its colours; a dumb terminal gets plain lines."""
    ran, seen = on_terminal(shell, "stderr", *RUN, **environ)
    assert ran.code == 0, ran
    assert not COLOUR.search(seen)
    assert ("\x1b" in seen) is escapes
    if not escapes:
        assert seen.splitlines()[-1] == "success"


def test_tables_on_a_terminal(shell: Shell) -> None:
    """With headings, and for one deployment a line to try."""
    ran, seen = on_terminal(shell, "stdout", "deployments")
    assert ran.code == 0, ran
    for word in ("environment", "text-to-picture", "production"):
        assert word in seen
    ran, seen = on_terminal(shell, "stdout", "deployments", "show", "picture-to-picture", NO_COLOR="1")
    assert ran.code == 0, ran
    assert "image, required" in seen
    assert (
        seen.splitlines()[-1]
        == "stationthis run picture-to-picture 'prompt=the same, at dawn' input_image=photo.png"
    )
