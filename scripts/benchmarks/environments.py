"""An environment of its own for each contender, kept in a folder and made anew when what it needs has changed."""

from __future__ import annotations

import hashlib
import json
import os
import shutil
import subprocess
import sys
import tempfile
import tomllib
from pathlib import Path
from typing import NamedTuple

from benchmarks.serving import SCRIPTS

ROOT = SCRIPTS.parent
PACKAGE = ("stationthis_sdk", "generated_client", "pyproject.toml", "README.md", "LICENSE")


class UnavailableError(Exception):
    """Why a contender can't be measured, in a line or two."""


class Environment(NamedTuple):
    """A Python with what one contender needs."""

    python: Path
    path: str = ""
    """What is put in front of its packages."""

    def version(self, name: str) -> str | None:
        """Of an installed package."""
        code = f"from importlib.metadata import version; print(version({name!r}))"
        done = subprocess.run([self.python, "-c", code], capture_output=True, text=True, check=False)
        return done.stdout.strip() or None


def _project() -> dict[str, list[str]]:
    told = tomllib.loads((ROOT / "pyproject.toml").read_text("utf-8"))["project"]
    return {"core": told["dependencies"], **told["optional-dependencies"]}


def requirements(name: str) -> list[str]:
    """What the environment of that name is made of; the pins are those of the project."""
    project = _project()
    pinned = {line.split("==")[0]: line for line in project["dev"] if "==" in line}
    floor = {line.split(">=")[0]: line for line in project["core"]}
    return {
        "ours": project["core"],
        "displays": [
            *project["core"],
            *(line for line in project["notebook"] + project["data"] + project["images"] if line.startswith(
                ("anywidget", "htpy", "ipywidgets", "tqdm", "pandas", "pyarrow", "Pillow", "numpy")
            )),
        ],
        "raw": [floor["aiohttp"], floor["httpx"]],
        "vendor": [pinned["comfydeploy"]],
        "stock": [floor["httpx"], floor["attrs"], "python-dateutil"],
        "generator": [pinned["openapi-python-client"]],
        "plots": ["matplotlib"],
    }[name]  # fmt: skip


class Environments:
    """Those of one folder; `here` takes the Python that runs this for all of them."""

    def __init__(self, folder: Path, *, here: bool, source: Path = ROOT) -> None:
        self._folder = folder
        self._here = here
        self._source = source

    def get(self, name: str) -> Environment:
        """The environment, made or brought up to date first.

        Raises:
            UnavailableError: that failed.
        """
        if self._here:
            return self._one_that_is_here(name)
        python = self._made(name, requirements(name))
        if name in {"ours", "displays"}:
            self._install_ours(name, python)
        if name == "stock":
            return Environment(python, str(self._stock_client()))
        return Environment(python)

    def _one_that_is_here(self, name: str) -> Environment:
        needs = {"vendor": "comfydeploy", "plots": "matplotlib", "raw": "aiohttp", "stock": "stock_client"}
        needed = needs.get(name, "stationthis_sdk")
        done = subprocess.run([sys.executable, "-c", f"import {needed}"], capture_output=True, check=False)
        if done.returncode:
            raise UnavailableError(f"{needed} is not installed in {sys.executable}; leave --here out")
        return Environment(Path(sys.executable))

    def _made(self, name: str, needs: list[str]) -> Path:
        folder = self._folder / name
        stamp, wanted = folder / "made.json", json.dumps([sys.version, sorted(needs)])
        python = folder / "bin" / "python"
        if not stamp.exists() or stamp.read_text("utf-8") != wanted:
            shutil.rmtree(folder, ignore_errors=True)
            _run([sys.executable, "-m", "venv", str(folder)])
            _run([str(python), "-m", "pip", "install", "--quiet", "--disable-pip-version-check", *needs])
            stamp.write_text(wanted, "utf-8")
        return python

    def _install_ours(self, name: str, python: Path) -> None:
        """The package as a wheel of the sources, copied first: they may be changing."""
        stamp, now = self._folder / name / "ours.txt", _digest(self._source)
        if stamp.exists() and stamp.read_text("utf-8") == now:
            return
        with tempfile.TemporaryDirectory() as copy:
            for part in PACKAGE:
                source, target = self._source / part, Path(copy) / part
                if source.is_dir():
                    shutil.copytree(source, target, ignore=shutil.ignore_patterns("__pycache__", ".*"))
                else:
                    shutil.copy(source, target)
            pip = [str(python), "-m", "pip", "install", "--quiet", "--disable-pip-version-check"]
            _run([*pip, "--force-reinstall", "--no-deps", copy])
        stamp.write_text(now, "utf-8")

    def _stock_client(self) -> Path:
        """The folder with what openapi-python-client makes of the contract by itself."""
        contract = self._source / "openapi" / "comfydeploy.yaml"
        now = hashlib.sha256(contract.read_bytes()).hexdigest()
        folder = self._folder / "stock-client"
        stamp = folder / "contract.txt"
        if not stamp.exists() or stamp.read_text("utf-8") != now:
            python = self._made("generator", requirements("generator"))
            command = [str(python), "-m", "openapi_python_client", "generate", "--meta=none", "--overwrite"]
            path = f"{python.parent}{os.pathsep}{os.environ['PATH']}"  # it calls ruff
            folder.mkdir(parents=True, exist_ok=True)
            _run([*command, f"--path={contract}", f"--output-path={folder / 'stock_client'}"], PATH=path)
            stamp.write_text(now, "utf-8")
        return folder


def _digest(source: Path) -> str:
    told = hashlib.sha256()
    for part in PACKAGE:
        place = source / part
        for path in sorted(place.rglob("*")) if place.is_dir() else [place]:
            if path.is_file() and "__pycache__" not in path.parts:
                told.update(str(path.relative_to(source)).encode() + b"\0" + path.read_bytes())
    return told.hexdigest()


def _run(command: list[str], **more: str) -> None:
    done = subprocess.run(command, capture_output=True, text=True, check=False, env=os.environ | more)
    if done.returncode:
        said = (done.stderr or done.stdout).strip().splitlines() or ["it said nothing"]
        raise UnavailableError(f"{' '.join(command[:5])} … failed: {said[-1]}")
