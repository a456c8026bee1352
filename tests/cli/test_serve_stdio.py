"""`stationthis serve-stdio` as a command; what it says to its client is in tests/bots/stdio. And: every command speaks JSON."""

import json
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest
import typer

from stationthis_sdk.bots.stdio.client_files import NAMES
from stationthis_sdk.cli.app import app
from tests.cli.conftest import COMMAND, PATIENCE, Quick, Shell

HELLO = '{"jsonrpc": "2.0", "id": 1, "method": "hello"}\n'


def test_standard_output_carries_the_protocol_alone(shell: Shell) -> None:
    """With -v the log goes to standard error."""
    ran = shell(
        "serve-stdio", "-v", stdin=HELLO + '{"jsonrpc":"2.0","id":2,"method":"deployments","params":{}}\n'
    )
    assert ran.code == 0, ran
    lines = [json.loads(line) for line in ran.out.splitlines()]
    assert {line.get("id", line.get("method")) for line in lines} == {1, 2, "closing"}
    assert "/deployments" in ran.err


def test_local_needs_no_account(alone: Quick) -> None:
    """It says where it is."""
    ran = alone.outside()("serve-stdio", "--local", stdin=HELLO)
    assert ran.code == 0, ran
    assert json.loads(ran.out.splitlines()[0])["result"]["where"] == "local"


def test_without_a_key_it_ends_at_once(alone: Quick) -> None:
    """Nothing on standard output; the code of every command without a key, and what to do."""
    ran = alone.outside()("serve-stdio", stdin=HELLO)
    assert (ran.code, ran.out) == (4, "")
    assert "STATIONTHIS_API_KEY" in ran.error


def test_options_that_exclude_each_other(alone: Quick) -> None:
    """As everywhere."""
    assert alone("serve-stdio", "--local", "--profile", "work").code == 2


def test_the_client_is_written_where_it_is_wanted(quick: Quick, tmp_path: Path) -> None:
    """Its three files, whole, over those of before; a place where nothing can be is one line."""
    folder = tmp_path / "a" / "client"
    ran = quick("serve-stdio", "--client", str(folder))
    assert ran.out.splitlines() == [str(folder / name) for name in NAMES]
    before = {name: (folder / name).read_bytes() for name in NAMES}
    (folder / "client.mjs").write_text("old")
    assert len(quick("serve-stdio", "--json", "--client", str(folder)).json["written"]) == 3
    assert {name: (folder / name).read_bytes() for name in NAMES} == before
    (tmp_path / "file").write_text("")
    assert quick("serve-stdio", "--client", str(tmp_path / "file")).code == 1


@pytest.mark.parametrize("stream", [0, 1])
def test_a_closed_stream_is_an_end(shell: Shell, stream: int) -> None:
    """Without input, or without output, it ends by itself and says nothing odd."""
    shut = f"exec {' '.join(COMMAND)} serve-stdio {'0<&-' if stream == 0 else '1>&-'}"
    done = subprocess.run(
        ["/bin/sh", "-c", shut], env=shell.environ, input=HELLO, capture_output=True, text=True, timeout=PATIENCE,
        check=False,
    )  # fmt: skip
    assert "Traceback" not in done.stderr
    assert done.returncode in {0, 141}


def test_it_builds_no_grammar_that_nobody_needs(shell: Shell) -> None:
    """Beside Jupyter, jsonschema would: requests are checked without it."""
    said = json.dumps({"jsonrpc": "2.0", "id": 1, "method": "wait", "params": {}}) + "\n"
    done = subprocess.run(
        [sys.executable, "-X", "importtime", *COMMAND[1:], "serve-stdio"], env=shell.environ, input=said,
        capture_output=True, text=True, timeout=PATIENCE, check=False,
    )  # fmt: skip
    assert json.loads(done.stdout.splitlines()[0])["error"]["code"] == -32602
    assert "jsonschema" in done.stderr
    assert "lark" not in done.stderr


def commands_of(command: Any, path: tuple[str, ...] = ()) -> list[tuple[tuple[str, ...], set[str]]]:
    """All commands, with their options."""
    found = []
    if inner := getattr(command, "commands", None):
        for name, one in inner.items():
            found += commands_of(one, (*path, name))
    if not inner or command.invoke_without_command:
        found.append((path, {option for parameter in command.params for option in parameter.opts}))
    return found


def test_every_command_speaks_json() -> None:
    """So that programs in other languages can use each of them."""
    found = commands_of(typer.main.get_command(app))
    assert len(found) > 30
    assert [path for path, options in found if path and "--json" not in options] == []
