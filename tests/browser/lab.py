"""A person in JupyterLab: opens notebooks, runs cells, clicks, stops, saves, looks.

One tab for all tests: each test opens notebooks of its own in it, with a kernel each, and closes them. The
kernels' environment names the gateway of the tests, so that ``StationThis()`` needs no key there.

Playwright keeps an event loop on the tests' thread: ask the gateway by ``gateway.ask``, not by the synchronous
client, which warns of that.
"""

import json
import re
import time
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any, Literal

import attrs
import nbformat

from tests.browser.servers import JupyterServer

if TYPE_CHECKING:
    from playwright.sync_api import Browser, Locator, Page

OUT = Path(__file__).resolve().parents[2] / "out"
PATIENCE = 60.0
"""Seconds that anything may take to be seen, on a busy machine."""

Theme = Literal["light", "dark"]

_THEMES = {"light": "JupyterLab Light", "dark": "JupyterLab Dark"}
_TOOLS = """
const panelOf = (path) => [...jupyterapp.shell.widgets("main")].find((one) => one.context?.path === path);
window.notebooks = {
    async open(path) {
        const panel = await jupyterapp.commands.execute("docmanager:open", {path, factory: "Notebook"});
        await panel.context.ready;
        await panel.sessionContext.ready;
        await panel.sessionContext.session.kernel.info;
        await panel.revealed;
        panel.underWay = 0;
        return panel.id;
    },
    run(path, command, index) {
        const panel = panelOf(path);
        jupyterapp.shell.activateById(panel.id);
        if (index !== null) {
            panel.content.deselectAll();
            panel.content.activeCellIndex = index;
        }
        panel.underWay += 1;
        jupyterapp.commands.execute(command).finally(() => { panel.underWay -= 1; });
    },
    isIdle(path) {
        const panel = panelOf(path);
        return panel.underWay === 0 && panel.sessionContext.session?.kernel?.status === "idle";
    },
    save(path) {
        return panelOf(path).context.save();
    },
    async close(path) {
        const panel = panelOf(path);
        await panel.sessionContext.shutdown();
        panel.dispose();
    },
};
"""


@attrs.define
class Problems:
    """All that went wrong in a page: errors on the console, in scripts, and answers of 400 and more."""

    told: list[str] = attrs.Factory(list)

    def listen(self, page: "Page") -> None:
        """Note everything from now on."""
        page.on("pageerror", lambda problem: self.told.append(f"script: {problem}"))
        page.on("console", lambda said: said.type == "error" and self.told.append(f"console: {said.text}"))
        page.on("crash", lambda _: self.told.append("the tab crashed"))
        page.on(
            "response",
            lambda answer: answer.status >= 400 and self.told.append(f"{answer.status} for {answer.url}"),
        )


def write(cells: Sequence[Any] | Path, folder: Path, name: str) -> Path:
    """A new notebook in a folder: of these cells (texts are code, nodes of nbformat are themselves), or a copy."""
    words = re.sub(r"\W+", "-", name.removeprefix("test_"))[:40]
    path = folder / f"{len(list(folder.glob('*.ipynb'))) + 1}-{words}.ipynb"
    if isinstance(cells, Path):
        path.write_bytes(cells.read_bytes())
        return path
    made = [nbformat.v4.new_code_cell(cell) if isinstance(cell, str) else cell for cell in cells]
    kernel = {"name": "python3", "display_name": "Python 3", "language": "python"}
    nbformat.write(nbformat.v4.new_notebook(cells=made, metadata={"kernelspec": kernel}), path)
    return path


def shot(page: "Page", name: str, of: "Locator | None" = None) -> Path:
    """Write what is seen to ``out/NAME.png``."""
    OUT.mkdir(exist_ok=True)
    path = OUT / f"{name}.png"
    (of or page).screenshot(path=path, animations="disabled")
    return path


def until(page: "Page", reached: Callable[[], Any], what: str) -> Any:
    """Look again and again, as a person would; what was found."""
    end = time.monotonic() + PATIENCE
    while not (found := reached()):
        assert time.monotonic() < end, f"{what} did not come"
        page.wait_for_timeout(50)
    return found


@attrs.define
class Notebook:
    """A notebook that is open, and its kernel."""

    page: "Page"
    path: Path
    panel: str
    problems: Problems

    def run(self, index: int) -> "Locator":
        """Start a cell, counted from 0, and return its outputs at once; ``kernel_idle`` waits for its end."""
        self._ask("run", "notebook:run-cell", index)
        return self.cell(index)

    def run_all(self) -> None:
        """Start all cells; ``kernel_idle`` waits for their end."""
        self._ask("run", "notebook:run-all-cells", None)

    def kernel_idle(self) -> None:
        """Wait until all that was started here has ended and the kernel has nothing to do."""
        self.until(lambda: self._ask("isIdle"), "an idle kernel")

    def cell(self, index: int) -> "Locator":
        """The outputs of a cell."""
        return self.page.locator(f'[id="{self.panel}"] .jp-Cell').nth(index).locator(".jp-Cell-outputArea")

    def text(self, index: int) -> str:
        """What a cell has put out, as it reads on the page, without the numbers at its side."""
        return "\n".join(self.cell(index).locator(".jp-OutputArea-output").all_inner_texts())

    def interrupt(self) -> None:
        """Press the stop button of the toolbar."""
        self.page.locator(f'[id="{self.panel}"] [data-jp-item-name="interrupt"]').click()

    def save(self) -> nbformat.NotebookNode:
        """Save, and read the file from the disk."""
        self._ask("save")
        return nbformat.read(self.path, as_version=4)

    def screenshot(self, name: str, cell: int | None = None) -> Path:
        """Write what is seen, or the outputs of one cell, to ``out/lab-NAME.png``."""
        return shot(self.page, f"lab-{name}", None if cell is None else self.cell(cell))

    def until(self, reached: Callable[[], Any], what: str) -> Any:
        """Look again and again, as a person would; what was found."""
        return until(self.page, reached, what)

    def close(self) -> None:
        """End the kernel and close the notebook."""
        self._ask("close")

    def _ask(self, function: str, *values: Any) -> Any:
        given = ", ".join(json.dumps(value) for value in (self.path.name, *values))
        return evaluate(self.page, f"() => notebooks.{function}({given})")


def evaluate(page: "Page", function: str, argument: Any = None) -> Any:
    """Call a function of JavaScript; it fails, instead of waiting for ever, when its promise is not kept."""
    limited = (
        f"(given) => Promise.race([Promise.resolve(given).then({function}), new Promise((_, fail) =>"
        f" setTimeout(() => fail(new Error('not done in {PATIENCE:g} s')), {PATIENCE * 1000:g}))])"
    )
    return page.evaluate(limited, argument)


@attrs.define
class LabTab:
    """The one tab that all tests share; made with the first notebook, and anew when it was left broken."""

    browser: "Browser"
    server: JupyterServer
    problems: Problems = attrs.Factory(Problems)
    _page: "Page | None" = None

    def page(self) -> "Page":
        """The tab, with JupyterLab in it."""
        if self._page is None:
            context = self.browser.new_context(viewport={"width": 1280, "height": 1000})
            page = self._page = context.new_page()
            page.set_default_timeout(PATIENCE * 1000)
            self.problems.listen(page)
            page.goto(f"{self.server.url}/lab?token={self.server.token}")
            page.wait_for_function("() => window.jupyterapp?.restored")
            evaluate(page, "() => jupyterapp.restored")
            page.add_script_tag(content=_TOOLS)
            evaluate(page, "() => jupyterapp.shell.collapseLeft()")
        return self._page

    def wear(self, theme: Theme) -> None:
        """Change the theme, if it is another one."""
        name = json.dumps(_THEMES[theme])
        page = self.page()
        if page.evaluate(f"() => document.body.dataset.jpThemeName !== {name}"):
            evaluate(page, f'() => jupyterapp.commands.execute("apputils:change-theme", {{theme: {name}}})')
            page.wait_for_function(f"() => document.body.dataset.jpThemeName === {name}")

    def leave(self) -> None:
        """Close the tab."""
        page, self._page = self._page, None
        if page is not None:
            page.context.close()


@attrs.define
class Lab:
    """JupyterLab as one test sees it."""

    tab: LabTab
    name: str
    _opened: list[Notebook] = attrs.Factory(list)
    _tidy: bool = True

    def open(self, cells: Sequence[Any] | Path, *, theme: Theme = "light", tidy: bool = True) -> Notebook:
        """Open a notebook of these cells (texts are code), or one that is there, with a new kernel.

        ``tidy=False``: this test is about something that fails in the browser; ``Notebook.problems`` has it.
        """
        self._tidy &= tidy
        path = write(cells, self.tab.server.folder, self.name)
        self.tab.wear(theme)
        page = self.tab.page()
        panel = evaluate(page, "(path) => notebooks.open(path)", path.name)
        notebook = Notebook(page, path, panel, self.tab.problems)
        self._opened.append(notebook)
        return notebook

    def close(self) -> None:
        """End what the test has opened; nothing may have gone wrong in the browser."""
        try:
            for notebook in self._opened:
                notebook.close()
        except BaseException:
            self.tab.leave()
            raise
        finally:
            told, self.tab.problems.told[:] = list(self.tab.problems.told), []
        if self._tidy:
            assert told == [], told
