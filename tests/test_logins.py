"""Giving the key once: it is asked for, tried and kept, and shows nowhere."""

import asyncio
import json
import os
import pty
import sqlite3
import stat
import subprocess
import sys
import tomllib
import types
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import attrs
import keyring
import keyring.backend
import keyring.errors
import nbclient
import nbformat
import pytest

from stationthis_sdk import AuthError, ConfigError, InvalidInput, MissingExtra, NoKey, SaveFailed, StationThis
from stationthis_sdk.config import load_settings
from stationthis_sdk.logins import login, logout
from stationthis_sdk.profiles import Profiles
from tests.fixtures import RunningGateway

WRONG = "sk-a-key-that-nobody-has-made"
PATIENCE = 60


@pytest.fixture
def home(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A settings folder of the test's own."""
    monkeypatch.setenv("STATIONTHIS_HOME", str(tmp_path / "home"))
    return tmp_path / "home"


class Memory(keyring.backend.KeyringBackend):
    """A keyring that lasts as long as the test."""

    priority = 5  # type: ignore[assignment]
    name = "Memory"

    def __init__(self) -> None:
        self.held: dict[tuple[str, str], str] = {}
        self.locked = False

    def get_password(self, service: str, username: str) -> str | None:
        if self.locked:
            raise keyring.errors.KeyringLocked("it is locked")
        return self.held.get((service, username))

    def set_password(self, service: str, username: str, password: str) -> None:
        if self.locked:
            raise keyring.errors.KeyringLocked(f"it does not take {password}")
        self.held[service, username] = password

    def delete_password(self, service: str, username: str) -> None:
        del self.held[service, username]


@pytest.fixture
def memory() -> Iterator[Memory]:
    """The keyring of this process, which is put back."""
    before = keyring.get_keyring()
    keyring.set_keyring(made := Memory())
    yield made
    keyring.set_keyring(before)


def profiles_in(home: Path) -> dict[str, dict[str, Any]]:
    """What is written, read past the SDK."""
    found: dict[str, dict[str, Any]] = tomllib.loads((home / "config.toml").read_text("utf-8"))["profiles"]
    return found


def files_with(text: str, folder: Path) -> list[str]:
    """The files below a folder that have this text in them, wherever."""
    found = [one for one in folder.rglob("*") if one.is_file()]
    assert found
    return sorted(str(one.relative_to(folder)) for one in found if text.encode() in one.read_bytes())


def test_a_key_is_kept_in_the_profile_where_there_is_no_keyring(home: Path, gateway: RunningGateway) -> None:
    """For its owner only; clients find it, what is returned does not show it, and logout forgets it."""
    done = login(key_from=lambda: f" {gateway.key}\n", base_url=gateway.base_url)
    assert (done.store, done.place, done.checked, done.note) == (
        "profile",
        str(home / "config.toml"),
        True,
        "",
    )
    assert gateway.key not in repr(done) + str(attrs.asdict(done))
    assert stat.S_IMODE((home / "config.toml").stat().st_mode) == 0o600
    with StationThis() as st:
        assert st.deployments.list()
    assert files_with(gateway.key, home) == ["config.toml"]
    assert logout()
    assert not logout()
    with pytest.raises(NoKey):
        StationThis()


def test_a_key_is_kept_in_the_keyring_where_there_is_one(
    home: Path, gateway: RunningGateway, memory: Memory
) -> None:
    """The profile only says so; a later login elsewhere and logout take it out of the keyring."""
    done = login(key_from=lambda: gateway.key, base_url=gateway.base_url)
    assert (done.store, done.place) == ("keyring", "the system's keyring (Memory)")
    assert [*memory.held.values()] == [gateway.key]
    assert files_with(gateway.key, home) == []
    with StationThis() as st:
        assert st.deployments.list()
        assert st.settings.source == "the system's keyring, profile default"
    nearer = load_settings(
        profile="default", environ={"STATIONTHIS_API_KEY": "k", "STATIONTHIS_HOME": str(home)}
    )
    assert nearer.api_key.reveal() == gateway.key
    login(key_from=lambda: gateway.key, base_url=gateway.base_url, store="profile")
    assert (memory.held, files_with(gateway.key, home)) == ({}, ["config.toml"])
    login(key_from=lambda: gateway.key, base_url=gateway.base_url, store="keyring")
    assert files_with(gateway.key, home) == []
    assert logout()
    assert memory.held == {}
    login(key_from=lambda: gateway.key, base_url=gateway.base_url, profile="work")
    assert Profiles(home).remove("work")
    assert memory.held == {}


def test_a_keyring_that_fails_is_told(home: Path, gateway: RunningGateway, memory: Memory) -> None:
    """By default the file takes the key; one who wants the keyring gets an error without the key."""
    memory.locked = True
    assert login(key_from=lambda: gateway.key, base_url=gateway.base_url).store == "profile"
    with pytest.raises(SaveFailed, match="did not take the key") as told:
        login(key_from=lambda: gateway.key, base_url=gateway.base_url, store="keyring")
    assert gateway.key not in str(told.value)
    memory.locked = False
    login(key_from=lambda: gateway.key, base_url=gateway.base_url, store="keyring")
    memory.locked = True
    with pytest.raises(ConfigError, match="is it locked"):
        StationThis()
    memory.locked = False
    memory.held.clear()
    with pytest.raises(NoKey, match="no longer in the system's keyring: log in again"):
        StationThis()


@pytest.mark.parametrize("backend", ["keyring.backends.fail.Keyring", "keyring.backends.null.Keyring"])
def test_what_keeps_no_secrets_is_no_keyring(home: Path, gateway: RunningGateway, backend: str) -> None:
    """Backends that fail, forget, or write plain files are not used; asking for them says what else there is."""
    before = keyring.get_keyring()
    keyring.set_keyring(keyring.core.load_keyring(backend))
    try:
        with pytest.raises(ConfigError, match="store='profile'"):
            login(key_from=lambda: pytest.fail("asked"), base_url=gateway.base_url, store="keyring")
        assert login(key_from=lambda: gateway.key, base_url=gateway.base_url).store == "profile"
    finally:
        keyring.set_keyring(before)


def test_without_the_package_the_file_is_used(
    home: Path, gateway: RunningGateway, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Nobody needs keyring; who asks for it is told what to install."""
    monkeypatch.setitem(sys.modules, "keyring", None)
    assert login(key_from=lambda: gateway.key, base_url=gateway.base_url).store == "profile"
    with pytest.raises(MissingExtra, match="pip install keyring"):
        login(key_from=lambda: gateway.key, base_url=gateway.base_url, store="keyring")


def test_a_key_for_this_process_is_written_nowhere(home: Path, gateway: RunningGateway) -> None:
    """Clients of this process find it; the folder has no trace of it, and another process does not."""
    done = login(key_from=lambda: gateway.key, base_url=gateway.base_url, store="session")
    try:
        assert done.store == "session"
        with StationThis() as st:
            st.deployments["text-to-picture"].submit(prompt="a fox", steps=1, width=32, height=32).wait()
        assert StationThis(profile="default").base_url == gateway.base_url
        assert files_with(gateway.key, home) == []
        code = "import stationthis_sdk as s\ntry: s.StationThis()\nexcept s.NoKey: print('none')"
        other = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
        assert other.stdout == "none\n"
    finally:
        assert logout()
    with pytest.raises(NoKey):
        StationThis()


def test_the_keyring_is_imported_only_where_the_key_is_in_it(home: Path, gateway: RunningGateway) -> None:
    """A key in the file costs nobody the import; one in the keyring is found by the next process."""
    (home.parent / "small_keyring.py").write_text(
        "import json, pathlib, keyring.backend\n"
        "FILE = pathlib.Path(__file__).with_suffix('.json')\n"
        "class Keyring(keyring.backend.KeyringBackend):\n"
        "    priority = 5\n"
        "    def get_password(self, service, username): return json.loads(FILE.read_text()).get(username)\n"
        "    def set_password(self, service, username, password): FILE.write_text(json.dumps({username: password}))\n"
        "    def delete_password(self, service, username): FILE.write_text('{}')\n"
    )
    environ = {
        **os.environ,
        "PYTHONPATH": str(home.parent),
        "PYTHON_KEYRING_BACKEND": "small_keyring.Keyring",
        "THE_KEY": gateway.key,
        "THE_URL": gateway.base_url,
    }

    def printed(code: str) -> str:
        done = subprocess.run(
            [sys.executable, "-W", "error", "-c", f"import os, sys, stationthis_sdk as s\n{code}"],
            env=environ, capture_output=True, text=True, check=False, timeout=PATIENCE,
        )  # fmt: skip
        assert done.returncode == 0, done.stderr
        return done.stdout

    log_in = "from stationthis_sdk.logins import login\nprint(login(key_from=lambda: os.environ['THE_KEY'], base_url=os.environ['THE_URL'], store={!r}).store)"
    look = "st = s.StationThis()\nprint(bool(st.machines.list()), 'keyring' in sys.modules)"
    assert printed(log_in.format("profile")) == "profile\n"
    assert printed(look) == "True False\n"
    assert printed(log_in.format(None)) == "keyring\n"
    assert printed(look) == "True True\n"
    assert "api_key" not in profiles_in(home)["default"]


def test_logout_keeps_what_else_the_profile_says(home: Path, gateway: RunningGateway) -> None:
    """Caps and flags are not the key's; the address is, so that no other key is sent there."""
    home.mkdir()
    (home / "config.toml").write_text(
        "[profiles.default]\nmonthly_cap = 20\n[profiles.default.flags]\ncache = false\n"
    )
    (home / "config.toml").chmod(0o600)
    login(key_from=lambda: gateway.key, base_url=gateway.base_url)
    assert load_settings().monthly_cap == 20
    assert logout()
    assert profiles_in(home) == {"default": {"monthly_cap": 20, "flags": {"cache": False}}}


@pytest.mark.parametrize("store", ["profile", "session"])
def test_a_profile_that_the_environment_names_is_made(
    home: Path, gateway: RunningGateway, monkeypatch: pytest.MonkeyPatch, store: Any
) -> None:
    """STATIONTHIS_PROFILE may name one that is not there yet; every client then uses it, and logout forgets its key."""
    monkeypatch.setenv("STATIONTHIS_PROFILE", "work")
    done = login(key_from=lambda: gateway.key, base_url=gateway.base_url, store=store)
    assert (done.profile, done.note) == ("work", "")
    with StationThis() as st:
        assert (st.settings.profile, st.base_url) == ("work", gateway.base_url)
        assert st.deployments.list()
    assert logout()
    with pytest.raises((NoKey, ConfigError), match="login"):
        StationThis()


@pytest.mark.parametrize("profile", ["default", "work"])
@pytest.mark.parametrize("wrong", ["monthly_cap = -1", "rates = 3", "flags = { cache = 7 }", "ui_url = 7"])
def test_what_else_is_wrong_is_told_before_anybody_is_asked(home: Path, profile: str, wrong: str) -> None:
    """A profile with a cap, a rate or a flag that makes no sense: the key is not asked for, and not kept."""
    home.mkdir()
    (home / "config.toml").write_text(f"[profiles.{profile}]\n{wrong}\n")
    (home / "config.toml").chmod(0o600)

    def asked() -> str:
        raise AssertionError("it was asked for")

    with pytest.raises(ConfigError, match=r"cap|rates|cache|ui_url"):
        login(key_from=asked, profile=profile)


def test_what_wins_over_the_key_is_told(
    home: Path, gateway: RunningGateway, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A key or an address in the environment is used before the profile's, and another profile is named."""
    monkeypatch.setenv("STATIONTHIS_API_KEY", "another")
    done = login(key_from=lambda: gateway.key, base_url=gateway.base_url)
    assert done.note == "STATIONTHIS_API_KEY is set, and wins over it: unset it."
    assert done.note in repr(done)
    monkeypatch.delenv("STATIONTHIS_API_KEY")
    monkeypatch.setenv("STATIONTHIS_BASE_URL", "http://127.0.0.1:9/api")
    assert "http://127.0.0.1:9/api" in login(key_from=lambda: gateway.key, base_url=gateway.base_url).note
    monkeypatch.delenv("STATIONTHIS_BASE_URL")
    work = login(key_from=lambda: gateway.key, base_url=gateway.base_url, profile="work")
    assert work.note == "Use it: StationThis(profile='work')."
    assert StationThis(profile="work").base_url == gateway.base_url


def test_a_wrong_key_is_not_kept(home: Path, gateway: RunningGateway, memory: Memory) -> None:
    """Nor is it in the error, in whatever led to it, or in any frame that a traceback shows."""
    for key in (WRONG, "sk with-a-space"):
        with pytest.raises((AuthError, ConfigError), match="Nothing was kept") as told:
            login(key_from=lambda key=key: key, base_url=gateway.base_url)
        error: BaseException | None = told.value
        while error is not None:
            assert key not in str(error)
            frame = error.__traceback__
            while frame is not None:
                shown = {
                    name: value
                    for name, value in frame.tb_frame.f_locals.items()
                    if name not in {"key", "told"}
                }
                inside = frame.tb_frame.f_code.co_filename != __file__
                assert key not in repr(frame.tb_frame.f_locals if inside else shown)
                frame = frame.tb_next
            error = error.__cause__ or error.__context__
    assert not home.exists() or not files_with(WRONG, home)
    assert memory.held == {}
    assert login(key_from=lambda: WRONG, base_url=gateway.base_url, check=False).checked is False


def test_nobody_is_asked_where_nobody_can_answer(
    home: Path, gateway: RunningGateway, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Without a terminal, without an answer, with a store that does not exist: said before anything is kept."""
    with pytest.raises(NoKey, match=r"no terminal.*STATIONTHIS_API_KEY"):
        login(base_url=gateway.base_url)
    monkeypatch.setattr(sys, "stdin", None)
    with pytest.raises(NoKey, match="no terminal"):
        login(base_url=gateway.base_url)
    with pytest.raises(NoKey, match="No key was given"):
        login(key_from=lambda: "", base_url=gateway.base_url)
    with pytest.raises(InvalidInput, match="keyring, profile, session"):
        login(key_from=lambda: pytest.fail("asked"), store="cloud")  # type: ignore[arg-type]
    monkeypatch.setenv("STATIONTHIS_MONTHLY_CAP", "much")
    with pytest.raises(ConfigError, match="STATIONTHIS_MONTHLY_CAP"):
        login(key_from=lambda: pytest.fail("asked"), base_url=gateway.base_url)
    assert not (home / "config.toml").exists()


class _Userdata(types.ModuleType):
    """Colab's, with a secret or a refusal for each name."""

    class SecretNotFoundError(Exception): ...

    class NotebookAccessError(Exception): ...

    class TimeoutException(Exception): ...

    def __init__(self, **answers: Any) -> None:
        super().__init__("google.colab.userdata")
        self.answers = answers

    def get(self, name: str) -> str:
        answer = self.answers.get(name, self.SecretNotFoundError(name))
        if isinstance(answer, Exception):
            raise answer
        return str(answer)


def test_colab_gives_its_secret(home: Path, gateway: RunningGateway, monkeypatch: pytest.MonkeyPatch) -> None:
    """By either name; without one people are asked, and a refusal says which switch to turn."""

    def colab(**answers: Any) -> None:
        userdata = _Userdata(**answers)
        package, inner = types.ModuleType("google"), types.ModuleType("google.colab")
        inner.userdata = userdata  # type: ignore[attr-defined]
        for name, module in {
            "google": package,
            "google.colab": inner,
            "google.colab.userdata": userdata,
        }.items():
            monkeypatch.setitem(sys.modules, name, module)

    colab(COMFY_DEPLOY_API_KEY=gateway.key)
    assert login(base_url=gateway.base_url).checked
    assert files_with(gateway.key, home) == ["config.toml"]
    assert logout()
    colab(STATIONTHIS_API_KEY=_Userdata.NotebookAccessError("no"))
    with pytest.raises(NoKey, match=r"STATIONTHIS_API_KEY is there.*Notebook access"):
        login(base_url=gateway.base_url)
    colab(STATIONTHIS_API_KEY=_Userdata.TimeoutException("late"))
    with pytest.raises(NoKey, match="did not give the secret STATIONTHIS_API_KEY \\(TimeoutException\\)"):
        login(base_url=gateway.base_url)
    colab(STATIONTHIS_API_KEY=WRONG)
    with pytest.raises(AuthError, match="It is the Colab secret STATIONTHIS_API_KEY") as told:
        login(base_url=gateway.base_url)
    assert WRONG not in str(told.value)
    colab()
    with pytest.raises(NoKey, match="no terminal"):
        login(base_url=gateway.base_url)
    assert not profiles_in(home)


@attrs.frozen
class Typed:
    """What a program printed on a terminal, and its exit code."""

    shown: str
    code: int


def on_a_terminal(code: str, answers: list[str], environ: dict[str, str]) -> Typed:
    """Run a program on a terminal of its own, and type a line each time it has asked."""
    ours, theirs = pty.openpty()

    def own_terminal() -> None:
        os.setsid()
        os.close(os.open(os.ttyname(0), os.O_RDWR))  # the first one opened becomes the session's

    with subprocess.Popen(
        [sys.executable, "-W", "error", "-c", code],
        stdin=theirs, stdout=theirs, stderr=theirs, env=environ, preexec_fn=own_terminal,  # noqa: PLW1509 - no thread holds a lock it needs
    ) as process:  # fmt: skip
        os.close(theirs)
        seen = b""
        for place, answer in enumerate(answers):
            while seen.count(b"show): ") <= place:
                seen += os.read(ours, 1000)
            os.write(ours, f"{answer}\n".encode())
        while True:
            try:
                more = os.read(ours, 1000)
            except OSError:  # the other end is closed
                break
            seen += more
        process.wait(PATIENCE)
    os.close(ours)
    return Typed(seen.decode(), process.returncode)


LOG_IN = "from stationthis_sdk.logins import login; import os; print(login(base_url=os.environ['THE_URL']))"


def test_a_terminal_shows_nothing_of_what_is_typed(home: Path, gateway: RunningGateway) -> None:
    """A wrong key is asked for again; the right one is kept, and neither was seen."""
    environ = {**os.environ, "THE_URL": gateway.base_url}
    done = on_a_terminal(LOG_IN, [WRONG, gateway.key], environ)
    assert done.code == 0, done
    assert gateway.key not in done.shown
    assert WRONG not in done.shown
    assert "The key was not accepted" in done.shown
    assert files_with(gateway.key, home) == ["config.toml"]
    assert files_with(WRONG, home) == []


def test_three_wrong_keys_are_enough(home: Path, gateway: RunningGateway) -> None:
    """Then the error says what to do; nothing was kept."""
    done = on_a_terminal(LOG_IN, [WRONG, "not a key", WRONG], {**os.environ, "THE_URL": gateway.base_url})
    assert done.code == 1
    assert "AuthError: The key was not accepted" in done.shown
    assert "odd characters" in done.shown
    assert "Nothing was kept" in done.shown
    assert not (home / "config.toml").exists()


class _Answering(nbclient.NotebookClient):
    """Executes a notebook at which somebody sits: each question is answered with the next line."""

    answers: list[str]
    asked: list[dict[str, Any]]

    async def async_start_new_kernel_client(self) -> Any:
        client = await super().async_start_new_kernel_client()
        client.allow_stdin = True
        self.answering = asyncio.create_task(self._answer(client))
        return client

    async def _answer(self, client: Any) -> None:
        while True:
            message = await client.get_stdin_msg()
            self.asked.append(message["content"])
            client.input(self.answers.pop(0))


async def _executed(
    cells: list[str], answers: list[str], folder: Path, environ: dict[str, str]
) -> _Answering:
    notebook = nbformat.v4.new_notebook(cells=[nbformat.v4.new_code_cell(one) for one in cells])
    client = _Answering(notebook, kernel_name="python3", timeout=PATIENCE, allow_errors=True)
    client.ipython_hist_file = str(folder / "history.sqlite")
    client.answers, client.asked = answers, []
    async with client.async_setup_kernel(env=environ, cwd=str(folder)):
        for place, cell in enumerate(notebook.cells):
            await client.async_execute_cell(cell, place)
        client.answering.cancel()
    nbformat.write(notebook, folder / "notebook.ipynb")
    return client


@pytest.mark.slow
def test_a_notebook_keeps_nothing_of_the_key(home: Path, gateway: RunningGateway) -> None:
    """Asked by the front end in its own password field: neither the file, the history, the caches nor the ledger has it."""
    folder = home.parent
    environ = {
        **os.environ,
        "IPYTHONDIR": str(folder / "ipython"),
        "JUPYTER_RUNTIME_DIR": str(folder / "runtime"),
        "JUPYTER_DATA_DIR": str(folder / "data"),
        "JUPYTER_CONFIG_DIR": str(folder / "config"),
        "STATIONTHIS_LOG": "debug",
        "THE_URL": gateway.base_url,
    }
    cells = [
        "import os\nfrom stationthis_sdk import AsyncStationThis, StationThis\nfrom stationthis_sdk.logins import login, logout",
        "StationThis()",
        "%xmode Verbose",
        "login(base_url=os.environ['THE_URL'])",
        "mine = login(base_url=os.environ['THE_URL'], store='session')\nmine",
        "StationThis().deployments['text-to-picture'](prompt='a fox', steps=1, width=32, height=32).state",
        "[one.name for one in await AsyncStationThis().deployments.list()]",
        "Out, In, dir(), mine.note",
    ]
    answers = [WRONG, WRONG, WRONG, WRONG, gateway.key]
    done = asyncio.run(_executed(cells, answers, folder, environ))
    assert [one["password"] for one in done.asked] == [True] * 5
    texts = [json.dumps(cell.outputs) for cell in done.nb.cells]
    assert "NoKey" in texts[1]
    assert "stationthis_sdk.login()" in texts[1]
    assert "AuthError" in texts[3]
    assert "Nothing was kept" in texts[3]
    assert "The key of " in texts[4]
    assert "'success'" in texts[5]
    assert "text-to-picture" in texts[6]
    assert "DEBUG" in "".join(texts)
    assert files_with("THE_URL", folder)
    with sqlite3.connect(folder / "history.sqlite") as history:
        assert ("%xmode Verbose",) in history.execute("select source_raw from history").fetchall()
    history.close()
    for key in (gateway.key, WRONG):
        assert files_with(key, folder) == []


@pytest.mark.slow
def test_a_notebook_without_anybody_says_so(home: Path, gateway: RunningGateway) -> None:
    """Executed unattended there is an error that says what else to do, and no question that waits forever."""
    notebook = nbformat.v4.new_notebook(
        cells=[nbformat.v4.new_code_cell("from stationthis_sdk.logins import login\nlogin()")]
    )
    with pytest.raises(
        nbclient.exceptions.CellExecutionError, match=r"Nobody can be asked.*STATIONTHIS_API_KEY"
    ):
        nbclient.NotebookClient(notebook, kernel_name="python3", timeout=PATIENCE).execute(
            env={**os.environ, "IPYTHONDIR": str(home / "ipython")}
        )
