"""`stationthis local` and --local: the gateway of this machine."""

import json
import shlex
import signal
from pathlib import Path

import attrs
import pytest

from tests.cli.conftest import PATIENCE, SMALL, Quick
from tests.fixtures import RunningGateway


@pytest.mark.parametrize(
    ("number", "code"), [(signal.SIGINT, 0), (signal.SIGTERM, 143)], ids=["ctrl-c", "sigterm"]
)
def test_it_serves_until_it_is_told_to_end(alone: Quick, tmp_path: Path, number: int, code: int) -> None:
    """Two lines to use it and a link to its page; a second one of the folder joins it and prints the same."""
    with alone.start("local", "--data", str(tmp_path / "data"), "--port", "0") as process:
        assert process.stdout is not None
        assert process.stderr is not None
        assert "answers at http://127.0.0.1:" in process.stderr.readline()
        lines = [shlex.split(process.stdout.readline())[1].split("=", 1) for _ in range(2)]
        assert [name for name, _ in lines] == ["STATIONTHIS_BASE_URL", "STATIONTHIS_API_KEY"]
        page = process.stdout.readline()
        assert page == f"# Its page: {lines[0][1].removesuffix('/api')}/#key={lines[1][1]}\n"
        user = attrs.evolve(alone, environ={**alone.environ, **dict(lines)}, key=lines[1][1])
        assert user("run", "text-to-picture", *SMALL).code == 0
        with alone.start("local", "--data", str(tmp_path / "data")) as second:
            assert second.stdout is not None
            assert second.stderr is not None
            assert "answers already" in second.stderr.readline()
            assert [shlex.split(second.stdout.readline())[1].split("=", 1) for _ in range(2)] == lines
            assert second.stdout.readline() == page
            second.send_signal(signal.SIGINT)
            assert second.wait(PATIENCE) == 0
        third = alone("local", "--data", str(tmp_path / "data"), "--port", "1")
        assert third.code == 75
        assert "already serves" in third.error
        process.send_signal(number)
        out, err = process.communicate(timeout=PATIENCE)
    assert (process.returncode, out, err) == (code, "", "The gateway has ended.\n")


def test_it_tells_programs_in_json_how_to_reach_it(alone: Quick, tmp_path: Path) -> None:
    """One line, once it answers; a fault of usage is one as well."""
    with alone.start("local", "--data", str(tmp_path / "data"), "--json") as process:
        assert process.stdout is not None
        told = json.loads(process.stdout.readline())
        assert told["page"] == f"{told['base_url'].removesuffix('/api')}/#key={told['api_key']}"
        environ = {"STATIONTHIS_BASE_URL": told["base_url"], "STATIONTHIS_API_KEY": told["api_key"]}
        user = attrs.evolve(alone, environ={**alone.environ, **environ}, key=told["api_key"])
        assert user("deployments", "--json").json
        process.send_signal(signal.SIGINT)
        out, _ = process.communicate(timeout=PATIENCE)
    assert (process.returncode, out) == (0, "")
    assert alone("local", "--json", "--faults", "rain=1").json["error"]["type"] == "UsageError"


def test_a_busy_port_is_one_line(alone: Quick, gateway: RunningGateway, tmp_path: Path) -> None:
    """Exit 1, and what to do."""
    port = gateway.base_url.split(":")[2].split("/")[0]
    ran = alone("local", "--data", str(tmp_path / "data"), "--port", port)
    assert ran.code == 1
    assert "choose another" in ran.error


def test_local_needs_neither_key_nor_account(alone: Quick, tmp_path: Path) -> None:
    """The first command anyone types makes a picture; the gateway is found again by its data folder."""
    ran = alone.outside()(
        "run", "text-to-picture", "prompt=a lighthouse", "seed=1", *SMALL, "--local", "--save", str(tmp_path)
    )
    assert (ran.code, ran.out) == (0, f"{tmp_path}/text-to-picture-1.png\n")
    assert alone("--local", "whoami").out.startswith("profile: local\n")


def test_faults_on_demand(alone: Quick, tmp_path: Path) -> None:
    """What is asked for goes wrong; what can't be meant is refused before anything starts."""
    wrong = alone("local", "--data", str(tmp_path / "data"), "--faults", "rain=1")
    assert wrong.code == 2
    assert "no fault is called 'rain'; there are cut_answers" in " ".join(wrong.error.split())
    assert not (tmp_path / "data").exists()
    with alone.start(
        "local", "--data", str(tmp_path / "data"), "--faults", "refuse=1,retry_after=1"
    ) as process:
        assert process.stdout is not None
        lines = [shlex.split(process.stdout.readline())[1].split("=", 1) for _ in range(2)]
        user = attrs.evolve(alone, environ={**alone.environ, **dict(lines)}, key=lines[1][1])
        assert user("whoami").code == 75
        process.send_signal(signal.SIGINT)
        process.communicate(timeout=PATIENCE)
