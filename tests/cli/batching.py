"""What the tests of batches from the shell share: a gateway of their own, rows, and commands that are under way."""

import contextlib
import json
import os
import signal
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

import attrs
import pytest

from stationthis_sdk.testing import LocalGateway
from tests.cli.conftest import PATIENCE, Quick, Ran, Shell
from tests.echo import GRAPH

if TYPE_CHECKING:
    from subprocess import Popen

QUEUE = "/run/deployment/queue"
PICKY: dict[str, Any] = {
    **GRAPH,
    "3": {
        "class_type": "ComfyUIDeployExternalImage",
        "inputs": {"input_id": "picture", "default_value_url": ""},
    },
    "4": {"class_type": "PreviewImage", "inputs": {"images": ["3", 0]}},
}
"""It wants a picture: a link to what is none makes the run fail."""


@attrs.frozen
class Bench:
    """Commands, the gateway that they talk to, and a folder that they work in."""

    gateway: LocalGateway
    quick: Quick
    folder: Path

    @property
    def shell(self) -> Shell:
        """The same commands in processes."""
        return self.quick.outside()

    def table(self, name: str, *rows: Sequence[object]) -> str:
        """A CSV of these rows, the first with the names; its path."""
        path = self.folder / name
        path.write_text("".join(",".join(map(str, row)) + "\n" for row in rows), "utf-8")
        return str(path)

    def words(self, count: int) -> str:
        """A table for the echo, with keys."""
        return self.table("rows.csv", ("sku", "words"), *((f"s{at}", f"word {at}") for at in range(count)))

    def sent(self) -> list[str]:
        """The words of every run that came to the gateway."""
        return sorted(run.inputs["words"] for run in self.gateway.runs())

    def states(self) -> list[str]:
        """How the gateway's runs stand."""
        return sorted(run.state for run in self.gateway.runs())

    @contextlib.contextmanager
    def under_way(self, *arguments: str, live: int) -> "Iterator[tuple[Popen[str], list[str]]]":
        """A command in a process, once so many of its runs have begun and stay; and the lines it has printed by then.

        Ctrl-C reaches it also where the tests run in the background.
        """
        self.gateway.faults.stall(at="running")
        with self.shell.start(*arguments, "--json", preexec_fn=_heed) as process:
            self.gateway.until(lambda: self.states().count("running") >= live, PATIENCE)
            assert process.stdout is not None
            said = [process.stdout.readline()]
            while json.loads(said[-1]).get("counts", {}).get("live", 0) < live:
                said.append(process.stdout.readline())
            yield process, said

    def interrupted(self, process: "Popen[str]", number: int, said: list[str]) -> Ran:
        """How it ends when this signal comes."""
        process.send_signal(number)
        return self.ended(process, said)

    def ended(self, process: "Popen[str]", said: list[str]) -> Ran:
        """How it ends."""
        out, err = process.communicate(timeout=PATIENCE)
        return self.shell.fair(Ran(process.returncode, "".join(said) + out, err))


def _heed() -> None:
    """A shell has what it starts in the background ignore Ctrl-C, and children inherit that."""
    signal.signal(signal.SIGINT, signal.SIG_DFL)


@pytest.fixture
def bench(
    stationthis: LocalGateway,
    tmp_path: Path,
    capfd: pytest.CaptureFixture[str],
    monkeypatch: pytest.MonkeyPatch,
) -> Bench:
    """A gateway of its own, on which `echo` repeats words."""
    kept = {name: os.environ[name] for name in ("PATH", "LANG", "TMPDIR") if name in os.environ}
    home = tmp_path / "home"
    environ = {**kept, **stationthis.variables, "STATIONTHIS_HOME": str(home), "PYTHONWARNINGS": "error"}
    stationthis.deploy("echo", GRAPH)
    return Bench(stationthis, Quick(environ, home, stationthis.key, capfd, monkeypatch), tmp_path)


def events(ran: Ran, kind: str | None = None) -> list[dict[str, Any]]:
    """The JSON lines of a command, all or of one kind; nothing else is on standard output."""
    lines = [json.loads(line) for line in ran.out.splitlines()]
    return [line for line in lines if kind is None or line.get("event") == kind]
