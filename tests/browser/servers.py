"""JupyterLab and Voilà as people start them, with folders, a port and a token of their own."""

import json
import os
import secrets
import subprocess
import sys
import time
import urllib.error
import urllib.request
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import attrs

from tests.processes import free_port

STARTED = 120.0
"""Seconds a server may take to answer, on a busy machine."""

_SETTINGS: dict[str, dict[str, Any]] = {
    "notebook-extension/tracker": {"autoStartDefaultKernel": True, "windowingMode": "none"},
    "apputils-extension/notification": {"fetchNews": "false", "checkForUpdates": False},
}
# It asks each kernel how its debugger is, and complains when the kernel has ended before it answers.
_LEFT_OUT = {"disabledExtensions": {"@jupyterlab/debugger-extension": True}}
# The connection between server and kernel is encrypted: else each kernel warns that it is not.
_ENCRYPTED = "--MappingKernelManager.transport_encryption=required"


@attrs.frozen
class JupyterServer:
    """A server that answers, and the folder whose notebooks it serves."""

    url: str
    token: str
    folder: Path
    log: Path


def own_folders(folder: Path) -> dict[str, str]:
    """The environment in which Jupyter and the SDK keep everything in this folder."""
    return {
        "JUPYTER_CONFIG_DIR": str(folder / "config"),
        "JUPYTER_DATA_DIR": str(folder / "data"),
        "JUPYTER_RUNTIME_DIR": str(folder / "runtime"),
        "JUPYTERLAB_SETTINGS_DIR": str(folder / "settings"),
        "JUPYTERLAB_WORKSPACES_DIR": str(folder / "workspaces"),
        "IPYTHONDIR": str(folder / "ipython"),
        "STATIONTHIS_HOME": str(folder / "home"),
    }


@contextmanager
def jupyterlab(folder: Path, environment: Mapping[str, str]) -> Iterator[JupyterServer]:
    """A JupyterLab whose kernels are this Python."""
    for name, setting in _SETTINGS.items():
        path = folder / "settings" / "@jupyterlab" / f"{name}.jupyterlab-settings"
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(json.dumps(setting), "utf-8")
    left_out = folder / "config" / "labconfig" / "page_config.json"
    left_out.parent.mkdir(parents=True)
    left_out.write_text(json.dumps(_LEFT_OUT), "utf-8")
    options = (
        "--no-browser --allow-root --ip=127.0.0.1 --LabApp.expose_app_in_browser=True"
        " --LabApp.extension_manager=readonly"
    )
    token, port = secrets.token_hex(16), free_port()
    command = [
        *("-m", "jupyterlab", *options.split(), _ENCRYPTED),
        *(f"--port={port}", f"--IdentityProvider.token={token}", f"--ServerApp.root_dir={folder / 'files'}"),
    ]
    with _serving(command, folder, port, token, environment) as server:
        yield server


@contextmanager
def voila(folder: Path, environment: Mapping[str, str]) -> Iterator[JupyterServer]:
    """A Voilà that shows the notebooks of a folder as pages.

    The extension of Jupyter Notebook is left out: Voilà is made for an older JupyterLab and can not load it.
    """
    token, port = secrets.token_hex(16), free_port()
    command = [
        *("-m", "voila", str(folder / "files"), "--no-browser", "--Voila.ip=127.0.0.1", _ENCRYPTED),
        *(f"--port={port}", f"--token={token}", "--show_tracebacks=True"),
        "--VoilaConfiguration.extension_denylist=@jupyter-notebook/lab-extension",
    ]
    with _serving(command, folder, port, token, environment) as server:
        yield server


@contextmanager
def _serving(
    command: list[str], folder: Path, port: int, token: str, environment: Mapping[str, str]
) -> Iterator[JupyterServer]:
    (folder / "files").mkdir(parents=True, exist_ok=True)
    server = JupyterServer(f"http://127.0.0.1:{port}", token, folder / "files", folder / "log.txt")
    environ = {**os.environ, **environment, **own_folders(folder)}
    environ.pop("PYTEST_CURRENT_TEST", None)  # kernels behave in another way with it
    with (
        server.log.open("wb") as log,
        subprocess.Popen([sys.executable, *command], env=environ, stdout=log, stderr=log) as process,
    ):
        try:
            end = time.monotonic() + STARTED
            while not _answers(server):
                assert process.poll() is None, server.log.read_text()
                assert time.monotonic() < end, server.log.read_text()
                time.sleep(0.05)
            yield server
        finally:
            process.terminate()  # its kernels end with it
            try:
                process.wait(45)
            except subprocess.TimeoutExpired:
                process.kill()


def _answers(server: JupyterServer) -> bool:
    try:
        with urllib.request.urlopen(f"{server.url}/?token={server.token}", timeout=5) as answer:
            return bool(answer.status == 200)
    except (urllib.error.URLError, ConnectionError, TimeoutError):
        return False
