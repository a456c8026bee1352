"""The real command, in a process of its own or, where that makes no difference, in this one; and what it left."""

import contextlib
import io
import json
import os
import subprocess
import sys
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import attrs
import pytest

from stationthis_sdk.cli import main
from tests.fixtures import RunningGateway

COMMAND = [sys.executable, "-m", "stationthis_sdk.cli"]
PATIENCE = 45.0
SMALL = ("steps=1", "width=32", "height=32")


@attrs.frozen
class Ran:
    """One command that has ended."""

    code: int
    out: str
    err: str

    @property
    def json(self) -> Any:
        """Standard output, which must be one JSON document and nothing else."""
        assert self.out.endswith("\n"), self
        assert self.out.count("\n") == 1, self
        return json.loads(self.out)

    @property
    def error(self) -> str:
        """Standard error, which must be one line that says whose it is."""
        assert self.err.startswith("stationthis: "), self
        assert self.err.count("\n") == 1, self
        return self.err


@attrs.frozen
class Shell:
    """Runs commands; none of them may show the key or a traceback, nor warn."""

    environ: dict[str, str]
    home: Path
    key: str

    def __call__(
        self,
        *arguments: str,
        stdin: str | None = None,
        environ: dict[str, str | None] | None = None,
        prepare: Callable[[], None] | None = None,
        cwd: Path | None = None,
    ) -> Ran:
        done = subprocess.run(
            [*COMMAND, *arguments],
            input=stdin,
            stdin=subprocess.DEVNULL if stdin is None else None,
            capture_output=True,
            encoding="utf-8",
            errors="surrogateescape",
            env=self.with_(environ),
            timeout=PATIENCE,
            check=False,
            preexec_fn=prepare,
            cwd=cwd,
        )
        return self.fair(Ran(done.returncode, done.stdout, done.stderr))

    @contextlib.contextmanager
    def start(
        self, *arguments: str, environ: dict[str, str | None] | None = None, **more: Any
    ) -> "Iterator[subprocess.Popen[str]]":
        """Start a command and go on; it is waited for at the end, and killed when the test has failed."""
        streams: dict[str, Any] = {
            "stdin": subprocess.DEVNULL,
            "stdout": subprocess.PIPE,
            "stderr": subprocess.PIPE,
        }
        with subprocess.Popen(
            [*COMMAND, *arguments], encoding="utf-8", env=self.with_(environ), **{**streams, **more}
        ) as process:
            try:
                yield process
            except BaseException:
                process.kill()
                raise

    def with_(self, environ: dict[str, str | None] | None) -> dict[str, str]:
        joined = {**self.environ, **(environ or {})}
        return {name: value for name, value in joined.items() if value is not None}

    def fair(self, ran: Ran) -> Ran:
        """What must hold of every command."""
        assert self.key not in ran.out + ran.err
        assert "Traceback" not in ran.err, ran.err
        assert "Warning" not in ran.err, ran.err
        return ran


@pytest.fixture
def shell(gateway: RunningGateway, tmp_path: Path) -> Shell:
    """Commands that talk to the shared gateway, with a home of their own."""
    home = tmp_path / "home"
    kept = {name: os.environ[name] for name in ("PATH", "LANG", "TMPDIR") if name in os.environ}
    environ = {
        **kept,
        "STATIONTHIS_HOME": str(home),
        "STATIONTHIS_BASE_URL": gateway.base_url,
        "STATIONTHIS_API_KEY": gateway.key,
        "PYTHONWARNINGS": "error",
        "PYTHON_KEYRING_BACKEND": "keyring.backends.fail.Keyring",
    }
    return Shell(environ, home, gateway.key)


@attrs.frozen
class Quick(Shell):
    """The same without the start of a process: for what does not depend on streams, signals or limits."""

    capture: "pytest.CaptureFixture[str]"
    patch: pytest.MonkeyPatch

    def __call__(self, *arguments: str, stdin: str | None = None, environ: Any = None, **_more: Any) -> Ran:
        with self.patch.context() as patch:
            for name in [*os.environ]:
                if name.startswith(("STATIONTHIS_", "COMFY_")):
                    patch.delenv(name)
            for name, value in self.with_(environ).items():
                patch.setenv(name, value)
            if stdin is not None:
                patch.setattr(sys, "stdin", io.TextIOWrapper(io.BytesIO(stdin.encode())))
            code = main(arguments)
        out, err = self.capture.readouterr()
        return self.fair(Ran(code, out, err))

    def outside(self) -> Shell:
        """The same in processes."""
        return Shell(self.environ, self.home, self.key)


@pytest.fixture
def quick(shell: Shell, capfd: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch) -> Quick:
    """As ``shell``, in this process."""
    return Quick(shell.environ, shell.home, shell.key, capfd, monkeypatch)


@pytest.fixture
def alone(quick: Quick) -> Quick:
    """Commands in this process that find neither key nor address."""
    lone = {name: value for name, value in quick.environ.items() if not name.startswith("STATIONTHIS_")}
    return attrs.evolve(quick, environ={**lone, "STATIONTHIS_HOME": str(quick.home)})
