"""`stationthis doctor --contract`: the answers of a service beside the contract, printed and recorded."""

import errno
import json
import os
import signal
import threading
from pathlib import Path

import pytest
import stamina

from tests.cli.conftest import PATIENCE, Quick, Shell
from tests.wire import HANG, Asked, Wire, answer


def served(machines: bytes) -> "Wire":
    """A service that has machines and no other route."""

    def reply(request: Asked) -> bytes:
        path = request.path.partition("?")[0]
        return machines if path == "/api/machines" else answer(404, {"detail": "Not Found"})

    return Wire(reply)


def test_the_gateway_keeps_the_contract(shell: Shell, tmp_path: Path) -> None:
    """Exit 0, a line each and a sum; recorded without the key, the same twice."""
    folders = [tmp_path / "one", tmp_path / "two"]
    for folder in folders:
        ran = shell("doctor", "--contract", "--record", str(folder))
        assert (ran.code, ran.err) == (0, "")
        *lines, summed, recorded = ran.out.splitlines()
        assert {line[0] for line in lines} <= {"✓", "!", "–"}
        assert "✓ deployments_get" in lines
        assert "read operations asked: 0 differ, " in summed
        assert recorded == f"recorded {len(list(folder.iterdir()))} answers in {folder}"
    one, two = ({path.name: path.read_text("utf-8") for path in folder.iterdir()} for folder in folders)
    assert one == two
    assert {"deployments_list.json", "deployments_get.json", "machines_list.json"} <= set(one)
    assert not [
        name
        for name, text in one.items()
        if shell.key in text or shell.environ["STATIONTHIS_BASE_URL"] in text
    ]
    assert "text-to-picture" not in "".join(one.values())


def test_the_local_gateway(alone: Quick, tmp_path: Path) -> None:
    """With --local no key is needed."""
    ran = alone("doctor", "--contract", "--local", "--record", str(tmp_path / "answers"))
    assert (ran.code, ran.err) == (0, "")
    assert "✓ machines_list" in ran.out


def test_as_json(quick: Quick) -> None:
    """One document: each operation with its state, and the sum."""
    found = quick("doctor", "--contract", "--json").json
    assert (found["ok"], found["recorded"]) == (True, None)
    states = {one["operation"]: one["state"] for one in found["operations"]}
    assert states["machines_list"] == "ok"
    assert states["progress_stream"] == "not asked"
    assert set(found["operations"][0]) == {
        "operation",
        "path",
        "state",
        "reason",
        "status",
        "differences",
        "absent",
    }
    counts = found["summary"]
    assert counts["operations"] == len(states) == counts["asked"] + counts["not_asked"]


def test_a_violation_is_a_failure(quick: Quick) -> None:
    """Exit 1, with the place and the kinds, never with values."""
    machine = {"id": {"secret": "hush"}, "name": "Ann's", "altitude": "hush"}
    with served(answer(200, [machine, machine])) as wire:
        ran = quick("doctor", "--contract", "--base-url", wire.base_url)
        assert ran.code == 1
        assert "✗ machines_list: [].id: expected string, got object; seen in 2 of 2\n" in ran.out
        assert "! machines_list: [].altitude: new field, string; seen in 2 of 2\n" in ran.out
        assert "1 differs, 1 brings new fields" in ran.out
        assert "hush" not in ran.out
        document = quick("doctor", "--contract", "--json", "--base-url", wire.base_url).json
        assert document["ok"] is False
        assert {one.method for one in wire.asked} == {"GET"}


@pytest.mark.parametrize("reply", [answer(404, {"detail": "Not Found"}), answer(500, {"detail": "down"})])
def test_nothing_compared_is_no_success(quick: Quick, reply: bytes) -> None:
    """A service that has no such routes, or fails at all of them, keeps no contract: exit 1, with what to look at."""
    with Wire(reply) as wire, stamina.set_testing(True, attempts=1):
        ran = quick("doctor", "--contract", "--base-url", wire.base_url)
        assert ran.code == 1
        assert ran.out.splitlines()[-1].startswith("✗ nothing could be compared: is http")
        ran = quick("doctor", "--contract", "--json", "--base-url", wire.base_url)
        assert (ran.code, ran.json["ok"]) == (1, False)


def test_what_was_found_is_told_although_it_can_t_be_recorded(
    quick: Quick, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A full disk at the end costs the recording only: exit 1, one document or one line of error after the sum."""

    def full(_: int) -> None:
        raise OSError(errno.ENOSPC, "No space left on device")

    monkeypatch.setattr(os, "fsync", full)
    folder = tmp_path / "answers"
    with served(answer(200, [])) as wire:
        asked = ("doctor", "--contract", "--record", str(folder), "--base-url", wire.base_url)
        ran = quick(*asked)
        assert (ran.code, "1 of" in ran.out.splitlines()[-1]) == (1, True)
        assert "the disk is full" in ran.error
        document = quick(*asked, "--json").json
    assert "the disk is full" in document["recorded"]["error"]
    assert (document["ok"], document["recorded"]["files"], document["summary"]["asked"]) == (False, 0, 1)
    assert not folder.exists()


@pytest.mark.parametrize(("sent", "code"), [(signal.SIGINT, 130), (signal.SIGTERM, 143)])
def test_a_signal_leaves_no_half(shell: Shell, tmp_path: Path, sent: signal.Signals, code: int) -> None:
    """Ctrl-C and SIGTERM in the middle of a question: the usual exit codes, and the earlier recording stays."""
    folder = tmp_path / "answers"
    with served(answer(200, [])) as wire:
        asked = ("doctor", "--contract", "--record", str(folder), "--base-url", wire.base_url)
        assert shell(*asked).code == 0
        before = {path.name: path.read_bytes() for path in folder.iterdir()}
        heard = threading.Event()

        def hang(_: Asked) -> object:
            heard.set()
            return HANG

        wire.otherwise = hang
        with shell.start(*asked) as process:
            assert heard.wait(PATIENCE)
            process.send_signal(sent)
            out, err = process.communicate(timeout=PATIENCE)
        assert (process.returncode, "Traceback" in out + err) == (code, False)
        assert {path.name: path.read_bytes() for path in folder.iterdir()} == before


def test_new_fields_are_harmless(quick: Quick) -> None:
    """Exit 0."""
    with served(answer(200, [{"id": "m", "altitude": 7}])) as wire:
        ran = quick("doctor", "--contract", "--base-url", wire.base_url)
        assert ran.code == 0
        assert "! machines_list: [].altitude: new field, integer\n" in ran.out


def test_without_a_key_or_with_a_wrong_one(alone: Quick, quick: Quick, tmp_path: Path) -> None:
    """Exit 4 with the usual error, and no folder."""
    folder = tmp_path / "answers"
    ran = alone("doctor", "--contract", "--record", str(folder))
    assert ran.code == 4
    assert "No API key" in ran.error
    ran = quick("doctor", "--contract", "--record", str(folder), environ={"STATIONTHIS_API_KEY": "sk-wrong"})
    assert ran.code == 4
    assert "The key was not accepted" in ran.error
    assert not folder.exists()


def test_wrong_use_is_told_before_anything_is_asked(quick: Quick, tmp_path: Path) -> None:
    """--record needs --contract and a folder of its own: exit 2, and somebody's files stay."""
    ran = quick("doctor", "--record", str(tmp_path / "answers"))
    assert ran.code == 2
    assert "--contract" in ran.error
    (tmp_path / "notes.txt").write_text("mine", "utf-8")
    with served(answer(200, [])) as wire:
        ran = quick("doctor", "--contract", "--base-url", wire.base_url, "--record", str(tmp_path), "--json")
        assert ran.code == 2
        assert "notes.txt" in json.loads(ran.out)["error"]["message"]
        assert wire.asked == []
    assert [one.name for one in tmp_path.iterdir()] == ["notes.txt"]


@pytest.mark.parametrize("folder", ["--json", "--local", "-v", ""])
def test_an_option_is_no_folder(quick: Quick, folder: str) -> None:
    """--record without its folder is told, and does not take the next option for one."""
    ran = quick("doctor", "--contract", "--record", folder)
    assert ran.code == 2
    assert "a folder is needed" in ran.out + ran.err
