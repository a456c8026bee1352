"""The wheel people install: what is in it, and that its types hold for them."""

import subprocess
import sys
import sysconfig
import zipfile
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parent.parent

USER = """
import asyncio
from pathlib import Path
from stationthis_sdk import AsyncStationThis, Output, Run, StationThis

def plain() -> list[Path]:
    with StationThis("key") as st:
        run: Run = st.deployments["portrait"].options(timeout=120)(prompt="a fox", seed=7)
        output: Output = run.outputs["final"]
        size: bytes = output.bytes()
        assert run.state.final and size
        return run.save("out/")

async def awaited() -> str:
    async with AsyncStationThis("key") as st:
        run = await (await st.deployments.get("portrait")).submit(prompt="a fox")
        async for event in run.follow():
            print(event.kind, event.progress.fraction)
        return await run.outputs[0].text()

print(plain(), asyncio.run(awaited()))
"""


@pytest.fixture(scope="module")
def wheel(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The wheel, built as a release is."""
    out = tmp_path_factory.mktemp("wheel")
    subprocess.run(
        [sys.executable, "-m", "hatchling", "build", "-t", "wheel", "-d", str(out)], cwd=ROOT, check=True
    )
    (made,) = out.glob("*.whl")
    return made


@pytest.mark.slow
def test_the_wheel_holds_both_packages_and_nothing_else(wheel: Path) -> None:
    """The SDK, the generated client, their type markers, the page, the licence; no tests, no scripts."""
    names = zipfile.ZipFile(wheel).namelist()
    assert {name.partition("/")[0] for name in names if ".dist-info" not in name} == {
        "stationthis_sdk",
        "comfydeploy_client",
    }
    assert {"stationthis_sdk/py.typed", "comfydeploy_client/py.typed"} <= set(names)
    assert {f"stationthis_sdk/local/page/{name}" for name in ("index.html", "page.js", "page.css")} <= set(
        names
    )
    assert any(name.endswith("licenses/LICENSE") for name in names)


@pytest.mark.slow
def test_types_hold_for_people_who_install_it(wheel: Path, tmp_path: Path) -> None:
    """Ordinary code of both colours passes mypy in strict mode."""
    subprocess.run([sys.executable, "-m", "venv", "--without-pip", str(tmp_path / "venv")], check=True)
    (site,) = (tmp_path / "venv").glob("lib/python*/site-packages")
    zipfile.ZipFile(wheel).extractall(site)
    (site / "dependencies.pth").write_text(sysconfig.get_path("purelib"), "utf-8")
    (tmp_path / "user.py").write_text(USER, "utf-8")
    (tmp_path / "empty.ini").write_text("[mypy]\n", "utf-8")
    python = tmp_path / "venv" / "bin" / "python"
    done = subprocess.run(
        [
            sys.executable,
            "-m",
            "mypy",
            "--strict",
            "--config-file",
            "empty.ini",
            "--python-executable",
            str(python),
            "user.py",
        ],
        cwd=tmp_path,
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stdout + done.stderr
