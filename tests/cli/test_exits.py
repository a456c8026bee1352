"""How the command ends: its codes, and one line or one document for each error."""

import contextlib
import io
import json
import os
import signal
import stat
import subprocess
import sys
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as some

from stationthis_sdk import errors
from stationthis_sdk.cli import main
from stationthis_sdk.cli.exits import code_of, one_line, remember_options
from stationthis_sdk.cli.show import out_json, plain
from tests.cli.conftest import Quick, Shell
from tests.fixtures import RunningGateway
from tests.wire import Wire, answer

AGREED = {
    4: {"NoKey", "AuthError", "Refused", "CapReached"},
    2: {"InvalidInput", "NotFound", "AmbiguousName", "ConfigError", "FeatureDisabled", "MissingExtra"},
    75: {"ConnectionFailed", "ConnectionLost", "TimedOut", "RateLimited", "ServerError", "CancelRefused", "BatchBusy"},
    5: {"BatchStopped"},
    1: {"RunError", "RunFailed", "RunCancelled", "RunTimedOut", "MachineFailed", "DownloadFailed", "SaveFailed", "AmbiguousSubmit",
        "UnexpectedResponse", "ValidationFailed", "ApiError", "StationThisError"},
}  # fmt: skip


def test_every_error_of_the_sdk_has_its_agreed_code() -> None:
    """None is forgotten when the tree grows."""
    tree = {name for name in errors.__all__ if name not in {"Exchange", "BlockingCallWarning"}}
    assert tree == set().union(*AGREED.values())
    for code, names in AGREED.items():
        for name in names:
            kind = getattr(errors, name)
            assert code_of(kind.__new__(kind)) == code, name


@given(some.text())
def test_json_is_the_same_document_without_what_a_terminal_obeys(text: str) -> None:
    """Control characters are written as escapes; half characters too."""
    written = io.TextIOWrapper(io.BytesIO(), encoding="latin-1")
    with contextlib.redirect_stdout(written):
        out_json({"said": text, "odd": "\udcff\x9b"})
    shown = written.buffer.getvalue().decode()
    assert json.loads(shown) == {"said": text, "odd": "\udcff\x9b"}
    assert plain(shown) == shown


@given(some.text())
def test_a_message_is_one_line_that_no_terminal_obeys(text: str) -> None:
    """Whatever a server says."""
    assert plain(text).isprintable() or not {*plain(text)} & {
        chr(code) for code in (*range(9), *range(11, 32), 127)
    }
    shown = one_line(text)
    assert "\n" not in shown
    assert "\x1b" not in shown


def test_a_message_holds_no_key_and_names_commands() -> None:
    """A key that slipped into an error is taken out; Python becomes what one types, and leads to the same service."""
    remember_options(("--local", False), ("--profile", "work"), ("--base-url", None))
    said = one_line(
        "Bearer abcdef said no. It goes on: st.runs.get('r1').wait() or .cancel(). eyJhbGciOiJIUzI1NiJ9.eyJ1c2VyX2lkIjoidSJ9.c2lnbmF0dXJl"
    )
    assert (
        said
        == "Bearer **** said no. It goes on: `stationthis runs watch r1 --profile work` or `stationthis runs cancel r1 --profile work`. ****"
    )
    remember_options()


@pytest.mark.parametrize(
    ("reply", "code", "part"),
    [
        (answer(200, b"<html>Sign in</html>", content_type="text/html"), 1, "a web page instead of JSON"),
        (answer(200, b"{broken"), 1, "no JSON"),
        (answer(200, {"not": "a run"}), 1, "another shape"),
        (answer(401, {"detail": "Invalid or expired token"}), 4, "not accepted"),
        (answer(403, {"detail": "Insufficient your GPU credits"}), 4, "GPU credits"),
        (answer(400, {"detail": "odd"}), 1, "odd"),
        (answer(429, {"detail": "slow down"}, headers={"Retry-After": "999"}), 75, "Try again in 999 s"),
        (answer(503, b"\x1b[31mdown\r\nfor now", headers={"Retry-After": "999"}, content_type="text/plain"), 75, "down for now"),
    ],
    ids=["html", "bad-json", "odd-json", "401", "403", "400", "429", "503"],
)  # fmt: skip
def test_odd_answers_are_one_line_with_their_code(quick: Quick, reply: bytes, code: int, part: str) -> None:
    """A login page, broken JSON, refusals, a service that is down."""
    with Wire(reply) as wire:
        ran = quick("runs", "get", "5ea8723e-4701-4d69-8604-8932801f2083", "--base-url", wire.base_url)
        assert (ran.code, ran.out) == (code, "")
        assert part in ran.error
        assert "\x1b" not in ran.err


@pytest.mark.slow
def test_an_unreachable_host_is_try_later(quick: Quick) -> None:
    """After a few tries; nothing of these is shown."""
    words = ("runs", "cancel", "5ea8723e-4701-4d69-8604-8932801f2083", "--json")
    ran = quick(*words, "--base-url", "http://127.0.0.1:1/api")
    error = ran.json["error"]
    assert (ran.code, ran.err) == (75, "")
    assert (error["type"], error["retryable"]) == ("ConnectionFailed", True)


def test_without_a_key_the_way_out_is_told(alone: Quick) -> None:
    """Exit 4 and what to do, with commands only."""
    ran = alone("deployments")
    assert (ran.code, ran.out) == (4, "")
    assert "stationthis login" in ran.error
    assert "StationThis(" not in ran.err
    assert alone("whoami", "--json").json["error"]["type"] == "NoKey"


def test_a_wrong_key_is_refused_and_not_shown(shell: Shell) -> None:
    """Exit 4, also with the whole log switched on."""
    ran = shell("deployments", environ={"STATIONTHIS_API_KEY": "sk-wrong-wrong"})
    assert ran.code == 4
    with shell.start("deployments", "-v", environ={"STATIONTHIS_API_KEY": "sk-wrong-wrong"}) as loud:
        out, err = loud.communicate(timeout=45)
    assert (loud.returncode, out) == (4, "")
    assert "Traceback" in err
    assert "GET" in err
    assert "sk-wrong-wrong" not in ran.err + err
    assert "GET" in shell("deployments", "-v").err


@pytest.mark.parametrize(
    ("arguments", "part"),
    [
        (["nope"], "No such command 'nope'"),
        (["deployments", "list"], "Type: stationthis deployments"),
        (["run", "x", "--prompt", "a fox"], 'as key=value: prompt="a fox". Try: stationthis run --help'),
        (["run"], "Missing argument 'NAME'"),
        (["run", "x", "--api-key", "k"], "--api-key"),
        (["run", "x", "--timeout", "soon"], "--timeout"),
        (["--profile", "work", "deployments"], "No profile 'work'"),
        (["--local", "deployments", "--profile", "work"], "leave --profile and --base-url out"),
        (["deployments", "--base-url", "ftp://x"], "base URL is not usable"),
        (["runs", "get", "17"], "is no run id"),
    ],
    ids=lambda value: " ".join(value) if isinstance(value, list) else "",
)
def test_wrong_usage_is_exit_2_in_one_line(
    arguments: list[str], part: str, capfd: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    """On its line, and as a document where --json stands anywhere."""
    monkeypatch.setenv("STATIONTHIS_API_KEY", "k-k-k-k-k")
    assert main(arguments) == 2
    out, err = capfd.readouterr()
    assert out == ""
    assert part in err
    assert err.count("\n") == 1
    assert main([*arguments, "--json"]) == 2
    out, err = capfd.readouterr()
    assert err == ""
    assert json.loads(out)["error"]["message"]


@pytest.mark.parametrize("arguments", [[], ["runs"]])
def test_without_a_command_there_is_help(arguments: list[str], capfd: pytest.CaptureFixture[str]) -> None:
    """On standard error, as usage."""
    assert main(arguments) == 2
    out, err = capfd.readouterr()
    assert out == ""
    assert "Commands:" in err


def test_every_command_has_its_help(capfd: pytest.CaptureFixture[str]) -> None:
    """With -h as with --help; the exit codes stand in the first one only, and a key is no option anywhere."""
    commands: tuple[list[str], ...] = (
        [], ["run"], ["deployments"], ["deployments", "show"], ["runs"], ["runs", "get"], ["runs", "cancel"],
        ["runs", "watch"], ["local"], ["login"], ["whoami"], ["profiles"], ["profiles", "remove"], ["doctor"],
    )  # fmt: skip
    for command in commands:
        assert main([*command, "--help"]) == 0
        out, err = capfd.readouterr()
        assert err == ""
        assert ("\n    75   try later" in out) is (not command), command
        assert "{" not in out, command
        assert main([*command, "-h"]) == 0
        assert capfd.readouterr().out == out
        assert "--api-key " not in out.replace("no --api-key", "")


def test_the_version(shell: Shell, capfd: pytest.CaptureFixture[str]) -> None:
    """As packages say it."""
    from stationthis_sdk import __version__

    assert main(["--version"]) == 0
    assert capfd.readouterr().out == f"stationthis {__version__}\n"


@pytest.mark.parametrize("missing", ["typer", "rich"])
def test_without_the_extra_one_line_says_what_to_install(missing: str) -> None:
    """Exit 2; nothing else is said."""
    code = (
        f"import sys; sys.modules[{missing!r}] = None; from stationthis_sdk.cli import main; sys.exit(main())"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=False)
    assert (done.returncode, done.stdout) == (2, "")
    assert done.stderr == "the stationthis command needs: pip install 'stationthis-sdk[cli]'\n"


def test_readers_that_leave_early_are_no_error(shell: Shell) -> None:
    """Like any command in a pipe: 128 + SIGPIPE, and not a word."""
    with shell.start("deployments", "--json") as process:
        assert process.stdout is not None
        assert process.stderr is not None
        process.stdout.close()
        assert process.stderr.read() == ""
    assert process.returncode == 128 + signal.SIGPIPE


def test_nobody_listening_to_progress_stops_no_run(shell: Shell) -> None:
    """Standard error is closed early; the answer comes all the same."""
    with shell.start("run", "text-to-picture", "steps=2", "--json") as process:
        assert process.stdout is not None
        assert process.stderr is not None
        process.stderr.close()
        assert json.loads(process.stdout.read())["state"] == "success"
    assert process.returncode == 0


def test_closed_streams_stop_no_run(shell: Shell, gateway: RunningGateway) -> None:
    """As `2>&- >&-` leaves them."""

    def closed() -> None:
        os.close(1)
        os.close(2)

    ran = shell("run", "text-to-picture", "prompt=in the dark", "steps=1", prepare=closed)
    assert (ran.code, ran.out, ran.err) == (0, "", "")


def test_a_full_standard_output_is_told(shell: Shell) -> None:
    """Exit 1 and a line, also with --json, which has no other place."""
    for more in ([], ["--json"]):
        with (
            Path("/dev/full").open("w") as full,
            shell.start("deployments", *more, stdout=full) as process,
        ):
            _, err = process.communicate(timeout=45)
        assert process.returncode == 1
        assert err == "stationthis: Can't write to standard output: No space left on device.\n"


def test_a_profile_others_can_read_is_one_line(alone: Quick) -> None:
    """A warning of the SDK is a line of the command."""
    alone.home.mkdir()
    path = alone.home / "config.toml"
    path.write_text('[profiles.default]\napi_key = "k-k-k-k"\nbase_url = "http://127.0.0.1:1"\n')
    path.chmod(0o644)
    assert stat.S_IMODE(path.stat().st_mode) == 0o644
    ran = alone.outside()("profiles", environ={"PYTHONWARNINGS": None})
    assert ran.code == 0
    assert "chmod 600" in ran.error
