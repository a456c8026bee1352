"""`stationthis doctor`: every look is a line, and the exit code sums them up."""

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
    assert "2 deployments" in ran.out
    assert "add --local" not in ran.out
