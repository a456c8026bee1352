"""A person who opens a notebook as a page, through Voilà."""

from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

import attrs

from tests.browser.lab import PATIENCE, Problems, Theme, write
from tests.browser.servers import JupyterServer

if TYPE_CHECKING:
    from playwright.sync_api import Browser, Page

_SAID = '[data-mime-type="application/vnd.jupyter.stderr"]'


@attrs.define
class Voila:
    """Voilà as one test sees it."""

    browser: "Browser"
    server: JupyterServer
    name: str
    problems: Problems = attrs.Factory(Problems)
    _opened: "list[Page]" = attrs.Factory(list)
    _tidy: bool = True

    def open(self, cells: Sequence[Any] | Path, *, theme: Theme = "light", tidy: bool = True) -> "Page":
        """Show a notebook of these cells (texts are code), or one that is there; all its cells have run then.

        ``tidy=False``: this test is about something that fails in the browser; ``problems`` has it.
        """
        self._tidy &= tidy
        path = write(cells, self.server.folder, self.name)
        context = self.browser.new_context(viewport={"width": 1280, "height": 1000})
        # Voilà's own page asks the Internet for icons that nothing here shows.
        context.route("https://cdn.jsdelivr.net/**", lambda route: route.fulfill(content_type="text/css"))
        page = context.new_page()
        page.set_default_timeout(PATIENCE * 1000)
        self._opened.append(page)
        self.problems.listen(page)
        page.goto(f"{self.server.url}/voila/render/{path.name}?theme={theme}&token={self.server.token}")
        page.locator("#loading").wait_for(state="hidden")
        for said in page.locator(_SAID).all_inner_texts():
            self.problems.told.append(f"cell: {said}")
        assert self.problems.told == [] or not tidy, self.problems.told
        return page

    def close(self) -> None:
        """Close the pages, which ends their kernels; nothing may have gone wrong in the browser."""
        told = list(self.problems.told)
        for page in self._opened:
            page.close(run_before_unload=False)
            page.context.close()
        if self._tidy:
            assert told == [], told
