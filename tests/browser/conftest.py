"""Tests in a real browser: the gateway's page, JupyterLab and Voilà.

``make test-browser`` runs them, and plain pytest passes them over.
"""

import json
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Any

import attrs
import pytest

from tests.browser.lab import Lab, LabTab
from tests.browser.servers import JupyterServer, jupyterlab
from tests.browser.servers import voila as voila_server
from tests.browser.voila import Voila
from tests.fixtures import RunningGateway

if TYPE_CHECKING:
    from playwright.sync_api import Browser, Page, Request

PATIENCE = 45.0

_FLAGS = (
    "--no-sandbox --disable-gpu --disable-quic --no-first-run --disable-background-networking"
    " --disable-component-update --disable-sync --disable-dev-shm-usage"
)
_LISTEN = """
    window.violations = [];
    document.addEventListener("securitypolicyviolation", (event) =>
        window.violations.push(`${event.violatedDirective} ${event.blockedURI}`));
"""


def pytest_addoption(parser: pytest.Parser) -> None:
    """Where the browser is."""
    parser.addoption("--chromium", help="path of Chromium; Debian's is /usr/bin/chromium")


def pytest_ignore_collect(collection_path: Path, config: pytest.Config) -> bool | None:
    """Nothing here is for those who name no browser."""
    return None if config.getoption("--chromium", None) else True


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """A notebook in a browser may take its time on a busy machine, the first one starts the servers as well."""
    here = Path(__file__).parent
    for item in items:
        if item.path.parent == here and item.get_closest_marker("timeout") is None:
            item.add_marker(pytest.mark.timeout(240))


@attrs.define
class Visitor:
    """A person at one tab, and all that went wrong there."""

    page: "Page"
    gateway: RunningGateway
    requests: list["Request"] = attrs.Factory(list)
    problems: list[str] = attrs.Factory(list)

    @property
    def root(self) -> str:
        """The page's address, without a key."""
        return f"{self.gateway.base_url.removesuffix('/api')}/"

    def enter(self) -> "Visitor":
        """Open the link that ``stationthis local`` prints, and wait until everything is there."""
        self.page.goto(f"{self.root}#key={self.gateway.key}")
        self.page.locator("#connection[data-state=on]").wait_for()
        self.page.locator(".choice").first.wait_for()
        self.page.locator("#machines-list li").first.wait_for()
        return self

    def choose(self, name: str) -> None:
        """Take a deployment."""
        self.page.locator(".choice", has_text=name).first.click()
        self.page.locator("#run-form").wait_for()

    def field(self, name: str) -> Any:
        """The control of one input."""
        return self.page.locator(f"[data-input={name}]").locator("textarea, input, select").last

    def run(self, **values: Any) -> Any:
        """Fill the form and send it; returns the card of the run, in which everything is then looked for."""
        for name, value in values.items():
            if name == "seed":
                self.page.locator("[data-input=seed] .tick input").uncheck()
                self.page.locator("[data-input=seed] input[type=number]").fill(str(value))
            else:
                self.field(name).fill(str(value))
        with self.page.expect_response("**/run/deployment/queue") as sent:
            self.page.locator("#run-button").click()
        return self.card(sent.value.json()["run_id"])

    def card(self, run_id: str) -> Any:
        """One run's card."""
        card = self.page.locator(f'.card[data-id="{run_id}"]')
        card.wait_for()
        return card

    def until(self, reached: Callable[[], Any], what: str) -> Any:
        """Look again and again, as a person would."""
        end = time.monotonic() + PATIENCE
        while not (found := reached()):
            assert time.monotonic() < end, f"{what} did not come"
            self.page.wait_for_timeout(20)
        return found

    def status(self, card: Any, *wanted: str) -> str:
        """Wait for one of these states."""
        return str(
            self.until(
                lambda: next((one for one in wanted if card.get_attribute("data-status") == one), None),
                f"state {wanted}",
            )
        )

    def check(self) -> None:
        """Nothing was refused by the policy, nothing was written to the console, the key is in no address."""
        assert self.problems == []
        assert self.page.evaluate("window.violations") == []
        for request in self.requests:
            assert self.gateway.key not in request.url.partition("#")[0]
            assert self.gateway.key not in request.headers.get("referer", "")
        assert self.gateway.key not in self.page.url


Visit = Callable[..., Visitor]


@contextmanager
def serving(data: Path) -> Iterator[tuple[RunningGateway, "subprocess.Popen[bytes]"]]:
    """A gateway process over a folder, for a test alone."""
    command = [sys.executable, "-m", "stationthis_sdk.local", "--data", str(data)]
    with subprocess.Popen(command, stdout=subprocess.PIPE) as process:
        assert process.stdout is not None
        ready = json.loads(process.stdout.readline())
        yield RunningGateway(ready["base_url"], ready["key"], ready["pid"], data), process
        process.terminate()


@pytest.fixture(scope="session")
def browser(request: pytest.FixtureRequest) -> Iterator["Browser"]:
    """Chromium without a window."""
    from playwright.sync_api import sync_playwright

    with sync_playwright() as playwright:
        path = request.config.getoption("--chromium")
        browser = playwright.chromium.launch(executable_path=path, args=_FLAGS.split())
        yield browser
        browser.close()


@pytest.fixture
def visit(browser: "Browser", gateway: RunningGateway) -> Iterator[Visit]:
    """Let a person come, each with a browser of their own; ``tidy=False`` for those who see something fail."""
    came: list[tuple[Visitor, bool]] = []

    def come(at: RunningGateway = gateway, *, tidy: bool = True, **options: Any) -> Visitor:
        context = browser.new_context(**{"viewport": {"width": 1440, "height": 900}, **options})
        context.add_init_script(_LISTEN)
        visitor = Visitor(context.new_page(), at)
        page = visitor.page
        page.set_default_timeout(PATIENCE * 1000)
        page.on("request", lambda request: visitor.requests.append(request))  # noqa: PLW0108  it is marked by them
        page.on("pageerror", lambda problem: visitor.problems.append(str(problem)))
        page.on("console", lambda said: visitor.problems.append(f"{said.type}: {said.text}"))
        came.append((visitor, tidy))
        return visitor

    yield come
    for visitor, tidy in came:
        if tidy:
            visitor.check()
        visitor.page.context.close()


@pytest.fixture(scope="session")
def _lab_tab(
    browser: "Browser", gateway: RunningGateway, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[LabTab]:
    with jupyterlab(tmp_path_factory.mktemp("lab"), gateway.environment()) as server:
        tab = LabTab(browser, server)
        yield tab
        tab.leave()


@pytest.fixture
def lab(_lab_tab: LabTab, request: pytest.FixtureRequest) -> Iterator[Lab]:
    """JupyterLab in a tab; its kernels find the gateway by ``StationThis()``."""
    lab = Lab(_lab_tab, request.node.name)
    yield lab
    lab.close()


@pytest.fixture(scope="session")
def _voila_server(
    gateway: RunningGateway, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[JupyterServer]:
    with voila_server(tmp_path_factory.mktemp("voila"), gateway.environment()) as server:
        yield server


@pytest.fixture
def voila(
    browser: "Browser", _voila_server: JupyterServer, request: pytest.FixtureRequest
) -> Iterator[Voila]:
    """Notebooks as pages, through Voilà; their kernels find the gateway by ``StationThis()``."""
    voila = Voila(browser, _voila_server, request.node.name)
    yield voila
    voila.close()
