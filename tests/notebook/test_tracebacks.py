"""An error that nobody has caught shows one's own code and what to do, in a real kernel."""

import re
from collections.abc import Iterator
from typing import Any

import pytest

from stationthis_sdk import InvalidInput, showing
from tests.fixtures import RunningGateway
from tests.notebook.kernels import Kernel, kernel

BEGIN = (
    "from stationthis_sdk import AsyncStationThis, InvalidInput, StationThis\nst = StationThis()\n"
    'portrait = st.deployments["text-to-picture"]'
)


@pytest.fixture(scope="module")
def cell(gateway: RunningGateway, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Kernel]:
    """A kernel in which a client and a deployment are at hand."""
    with kernel(gateway, tmp_path_factory.mktemp("kernel"), STATIONTHIS_PROGRESS="off") as made:
        made.run(BEGIN)
        yield made


def raised(cell: Kernel, code: str) -> str:
    """The error that a cell shows, without colours."""
    shown: list[str] = []

    def hear(message: dict[str, Any]) -> None:
        if message["msg_type"] == "error":
            shown.extend(message["content"]["traceback"])

    cell.client.execute_interactive(code, timeout=50, output_hook=hear)
    return re.sub(r"\x1b\[[\d;]*m", "", "\n".join(shown))


@pytest.mark.parametrize(
    ("code", "line", "kind"),
    [
        ("def mine():\n    portrait(prompt='x', stepz=3)\nmine()", "portrait(prompt='x', stepz=3)", "InvalidInput"),
        ("await AsyncStationThis().deployments.get('nothing')", "deployments.get('nothing')", "NotFound"),
        ("StationThis('k', 'http://127.0.0.1:9').account.keys()", "account.keys()", "ConnectionFailed"),
    ],
)  # fmt: skip
def test_ones_own_code_is_shown(cell: Kernel, code: str, line: str, kind: str) -> None:
    """No frame is ours or a library's; the message is the last line, and the line that led to it is there."""
    shown = raised(cell, code)
    assert line in shown
    assert shown.splitlines()[-1].startswith(f"{kind}: ")
    assert not re.search(r"stationthis_sdk/|site-packages|asyncio/", shown)
    if "mine" in code:
        assert "mine()" in shown


def test_all_of_it_is_there_for_those_who_ask(cell: Kernel) -> None:
    """%tb Verbose leaves nothing out, and %debug looks into the innermost frame."""
    raised(cell, "portrait(prompt='x', stepz=3)")
    assert "stationthis_sdk/portal.py" in raised(cell, "%tb Verbose")
    assert "stationthis_sdk/" not in raised(cell, "%tb")
    where = cell.run("get_ipython().InteractiveTB.tb is __import__('sys').last_value.__traceback__")
    assert where[-1].data["text/plain"] == "True"


def test_what_led_to_it_stays(cell: Kernel) -> None:
    """An error of one's own before ours, and one in a callback of ours, keep their frames."""
    shown = raised(cell, "try:\n    {}['gone']\nexcept KeyError:\n    portrait(stepz=3)")
    assert "KeyError: 'gone'" in shown
    assert "{}['gone']" in shown
    assert "During handling of the above exception" in shown
    assert "stationthis_sdk/" not in shown
    code = "def told(progress):\n    raise InvalidInput('mine')\nrun = portrait.submit(steps=1, width=32, height=32)\n"
    shown = raised(cell, f"{code}run.wait(on_progress=told)")
    assert "raise InvalidInput('mine')" in shown
    assert "stationthis_sdk/" not in shown


def test_elsewhere_it_is_pythons_own() -> None:
    """Where there is no IPython, whoever asks gets the traceback as Python writes it."""
    with pytest.raises(InvalidInput) as caught:
        showing.check_progress("loud")
    assert caught.value._render_traceback_()[0].startswith("Traceback (most recent call last):")
