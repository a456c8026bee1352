"""Deployments by import."""

import importlib
import pickle
import subprocess
import sys
from collections.abc import Iterator

import pytest

from stationthis_sdk import AmbiguousName, Deployment, NoKey, NotFound, StationThis, deployed, importable
from tests.echo import GRAPH
from tests.fixtures import RunningGateway


@pytest.fixture(autouse=True)
def environment(gateway: RunningGateway, monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """The settings of the gateway, as a program has them."""
    for name, value in (("STATIONTHIS_BASE_URL", gateway.base_url), ("STATIONTHIS_API_KEY", gateway.key)):
        monkeypatch.setenv(name, value)
    yield
    for client in importable._clients:
        client.close()
    importable._clients.clear()


def test_a_deployment_is_imported_and_run(gateway: RunningGateway) -> None:
    """As another program does it: nothing but the settings of its environment."""
    code = (
        "from stationthis_sdk.deployed import text_to_picture as drawing, TextToPicture\n"
        "def state(one: TextToPicture) -> str:\n"
        "    return one(prompt='a fox', steps=1, width=32, height=32).state\n"
        "print(drawing.name, state(drawing))"
    )
    done = subprocess.run(
        [sys.executable, "-W", "error", "-c", code],
        env=gateway.environment(), capture_output=True, text=True, check=False, timeout=60,
    )  # fmt: skip
    assert (done.stdout, done.returncode) == ("text-to-picture success\n", 0), done.stderr


def test_names_are_completed_and_come_anew(gateway: RunningGateway, st: StationThis) -> None:
    """One client for all; what was deployed meanwhile is found."""
    assert isinstance(deployed.text_to_picture, Deployment)
    assert {"text_to_picture", "picture_to_picture"} <= set(dir(deployed))
    client = importable._clients[0]
    gateway.deploy("come later", GRAPH)
    assert deployed.come_later.name == "come later"
    assert deployed.ComeLater is Deployment
    assert importable._clients == [client]
    st.workflows.get("come later").delete()


def test_a_name_that_is_not_there_names_those_near() -> None:
    """Whether it is imported or asked for; what Python looks for by itself asks nobody."""
    with pytest.raises(ImportError, match="Did you mean 'text_to_picture'") as imported:
        from stationthis_sdk.deployed import text_to_pictur  # noqa: F401
    assert isinstance(imported.value, NotFound)
    with pytest.raises(AttributeError, match="Did you mean 'text_to_picture'") as asked:
        _ = deployed.text_to_pictur
    assert isinstance(asked.value, NotFound)
    assert asked.value.suggestions[0] == "text_to_picture"
    again = pickle.loads(pickle.dumps(asked.value))
    assert isinstance(again, NotFound)
    assert (str(again), again.suggestions) == (str(asked.value), asked.value.suggestions)
    assert not hasattr(deployed, "text_to_pictur")
    asked_before = [*importable._clients]
    importable._clients.clear()
    assert not hasattr(deployed, "__wrapped__")
    assert importable._clients == []
    importable._clients[:] = asked_before


def test_names_that_several_would_have_are_refused(gateway: RunningGateway, st: StationThis) -> None:
    """With what to import instead."""
    for name in ("two words", "Two-Words"):
        gateway.deploy(name, GRAPH)
    with pytest.raises(AmbiguousName, match="import two_words_") as told:
        from stationthis_sdk.deployed import two_words  # noqa: F401
    assert {getattr(deployed, one).name for one in told.value.candidates} == {"two words", "Two-Words"}
    for name in ("two words", "Two-Words"):
        st.workflows.get(name).delete()


def test_other_settings_are_another_client(monkeypatch: pytest.MonkeyPatch) -> None:
    """Without a key it says what is missing, and completes nothing."""
    first = deployed.text_to_picture
    monkeypatch.delenv("STATIONTHIS_API_KEY")
    with pytest.raises(NoKey):
        from stationthis_sdk.deployed import text_to_picture  # noqa: F401
    with pytest.raises(NoKey, match="STATIONTHIS_API_KEY"):
        importlib.import_module("stationthis_sdk.deployed").text_to_picture  # noqa: B018 - asking is the test
    assert not hasattr(deployed, "pytest_plugins")
    assert dir(deployed) == []
    assert first(prompt="a fox", steps=1, width=32, height=32).state == "success"
