"""Tests on a real ComfyUI; ``make test-comfyui`` runs them, and plain pytest passes them over."""

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable
from pathlib import Path

import pytest

from stationthis_sdk.local.comfyui.client import Client
from stationthis_sdk.local.comfyui.engine import ComfyUI
from tests.local.comfyui.conftest import FolderFiles, Runner


def pytest_addoption(parser: pytest.Parser) -> None:
    """Where the ComfyUI is."""
    parser.addoption("--comfyui", help="address of a real ComfyUI server; scripts/real_comfyui.py starts one")


def pytest_ignore_collect(collection_path: Path, config: pytest.Config) -> bool | None:
    """Nothing here is for those who name no server."""
    return None if config.getoption("--comfyui", None) else True


@pytest.fixture
def files(tmp_path: Path) -> FolderFiles:
    """Where outputs go."""
    return FolderFiles(tmp_path / "files")


@pytest.fixture
async def runner(request: pytest.FixtureRequest, files: FolderFiles, tmp_path: Path) -> AsyncIterator[Runner]:
    """An engine in front of the real ComfyUI."""
    engine = ComfyUI(request.config.getoption("--comfyui"), tmp_path / "scratch")
    yield Runner(engine, files)
    await engine.close()
    scratch = tmp_path / "scratch"
    assert not scratch.exists() or not list(scratch.iterdir()), "unfinished files are left"


@pytest.fixture
def client(runner: Runner) -> Client:
    """Ask the server past the engine."""
    return runner.engine._client


async def until(reached: Callable[[], Awaitable[bool]]) -> None:
    """Wait until the server says so."""
    async with asyncio.timeout(60):
        while not await reached():  # noqa: ASYNC110  a server in another process
            await asyncio.sleep(0.02)
