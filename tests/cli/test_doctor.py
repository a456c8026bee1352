"""`stationthis doctor`: every look is a line, and the exit code sums them up."""

import subprocess
import sys
from pathlib import PurePosixPath

import pytest

from stationthis_sdk.cli import disks
from tests.cli.conftest import Quick, Shell
from tests.wire import Wire, answer


def test_when_all_is_well(shell: Shell) -> None:
    """Exit 0; packages, settings, disk, network, key, service."""
    ran = shell("doctor")
    assert (ran.code, ran.err) == (0, "")
    looked = {line[2:].split(":")[0]: line[0] for line in ran.out.splitlines()}
    for name in (
        "python",
        "packages",
        "extras",
        "data folder",
        "cache",
        "base URL",
        "connection",
        "key",
        "service",
        "deployments",
    ):
        assert looked[name] == "✓", ran.out


def test_as_json(quick: Quick) -> None:
    """One document: ok, and each look with its state and advice."""
    found = quick("doctor", "--json").json
    assert found["ok"] is True
    assert {check["state"] for check in found["checks"]} <= {"ok", "warning"}
    assert {"name", "state", "detail", "advice"} == set(found["checks"][0])


def test_without_a_key(alone: Quick) -> None:
    """Exit 4, and the address is looked at all the same."""
    with Wire(answer()) as wire:
        ran = alone("doctor", "--base-url", wire.base_url)
        assert ran.code == 4
        assert f"✓ base URL: {wire.base_url}" in ran.out
        assert "✗ key: No API key" in ran.out
        assert "127.0.0.1 is" not in ran.out
        assert wire.asked == []


def test_what_is_wrong_is_told_with_what_to_do(quick: Quick) -> None:
    """A refused key, profiles that others can read, an unreachable or unusable address: exit 1."""
    quick.home.mkdir()
    (quick.home / "config.toml").write_text('[profiles.default]\napi_key = "k-k-k-k-k"\n')
    (quick.home / "config.toml").chmod(0o644)
    ran = quick("doctor", environ={"STATIONTHIS_API_KEY": "sk-wrong"})
    assert ran.code == 1
    assert "chmod 600" in ran.out
    assert "✗ service: The key was not accepted" in ran.out
    nobody = quick("doctor", "--base-url", "http://127.0.0.1:1/api")
    assert nobody.code == 1
    assert "✗ connection: 127.0.0.1:1" in nobody.out
    secure = quick("doctor", "--base-url", quick.environ["STATIONTHIS_BASE_URL"].replace("http:", "https:"))
    assert secure.code == 1
    assert "✗ certificate" in secure.out
    assert quick("doctor", "--base-url", "nonsense").code == 1


def test_a_folder_that_can_t_be_written_is_told(quick: Quick) -> None:
    """A file where the folder should be."""
    quick.home.write_text("")
    ran = quick("doctor")
    assert ran.code == 1
    assert "✗ data folder" in ran.out


def test_the_local_gateway(alone: Quick) -> None:
    """It is started and asked; no key is needed."""
    ran = alone("doctor", "--local")
    assert ran.code == 0
    assert "4 deployments" in ran.out
    assert "add --local" not in ran.out


@pytest.mark.parametrize("home", ["/proc/nothing", "/sys/nothing"])
def test_a_place_where_nothing_can_be_written(quick: Quick, home: str) -> None:
    """Not even root may: another folder is advised, never more space; that nothing is cached is told, and why."""
    ran = quick("doctor", environ={"STATIONTHIS_HOME": home})
    lines = {line[2:].split(":")[0]: line for line in ran.out.splitlines()}
    assert ran.code == 1
    assert lines["data folder"].startswith("✗")
    assert "STATIONTHIS_HOME" in lines["data folder"]
    assert "free" not in lines["data folder"]
    assert lines["cache"].startswith("! cache: nothing is cached")
    assert lines["service"][0] == lines["deployments"][0] == "✓"
    alone = quick("doctor", environ={"STATIONTHIS_HOME": home, "STATIONTHIS_API_KEY": None})
    assert "! cache: nothing is cached" in alone.out


def test_a_python_without_sqlite(shell: Shell) -> None:
    """Everything works, nothing is cached, and the gateway can't be started: told with what to do."""
    program = """
import sys
sys.modules["sqlite3"] = None
from stationthis_sdk.cli import main
sys.exit(main(["doctor"]))
"""
    done = subprocess.run(
        [sys.executable, "-c", program],
        capture_output=True,
        encoding="utf-8",
        env=shell.environ,
        check=False,
        timeout=50,
    )
    assert done.returncode == 0, done.stdout + done.stderr
    told = [line for line in done.stdout.splitlines() if line.startswith("!")]
    assert any("cache: nothing is cached" in line and "no sqlite3" in line and "→" in line for line in told)
    assert any("local gateway" in line and "no sqlite3" in line for line in told)
    assert "✓ deployments" in done.stdout


def test_a_cache_that_is_switched_off_is_no_fault(quick: Quick) -> None:
    """Whoever switched it off knows; it is said all the same."""
    ran = quick("doctor", environ={"STATIONTHIS_CACHE": "off"})
    assert ran.code == 0
    assert "✓ cache: nothing is cached: the flag cache is off" in ran.out


@pytest.mark.parametrize(
    ("kind", "place", "said"),
    [
        ("nfs4", "above", "on the network (nfs4)"),
        ("cifs", "above", "on the network (cifs)"),
        ("fuse.sshfs", "above", "on the network (fuse.sshfs)"),
        ("overlay", "/", "inside this container"),
        ("overlay", "above", None),
        ("ext4", "/", None),
    ],
)
def test_disks_that_are_shared_or_do_not_last(
    quick: Quick, monkeypatch: pytest.MonkeyPatch, kind: str, place: str, said: str | None
) -> None:
    """A network folder and one of a container are warned of, with what moves them; a volume and a disk are not."""
    where = str(quick.home.parent) if place == "above" else place
    mounts = f"rootfs / ext4 rw 0 0\nx {where} {kind} rw 0 0\n"
    monkeypatch.setattr(disks, "mounts_here", lambda: list(disks.read_mounts(mounts)))
    ran = quick("doctor")
    assert ran.code == 0
    warned = [line for line in ran.out.splitlines() if line.startswith("! disk")]
    assert len(warned) == (said is not None)
    if said is not None:
        assert said in warned[0]
        assert "STATIONTHIS_HOME" in warned[0]


def test_the_mounts_of_this_machine_are_read() -> None:
    """Whatever this machine is, the mount of its temporary folder is found, if it tells any at all."""
    mounts = disks.mounts_here()
    assert not mounts or disks.mount_of(PurePosixPath("/tmp"), mounts) is not None
