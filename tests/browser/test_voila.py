"""Notebooks as pages, through Voilà."""

from tests.browser.lab import shot
from tests.browser.test_lab_basics import CLICK, PORTRAIT


def test_a_page_without_code(voila):
    """Outputs are shown and code is not; a click reaches the page's kernel; the kernel finds the gateway."""
    run = 'run = portrait(prompt="one of Voilà", steps=2, width=64, height=64)\nprint(run.state)'
    page = voila.open([PORTRAIT, run, CLICK], theme="dark")
    page.get_by_role("button", name="Say it").click()
    page.get_by_text("said by the kernel").wait_for()
    shown = page.locator("body").inner_text()
    assert "success" in shown
    assert "portrait(" not in shown
    shot(page, "voila-dark")


def test_a_cell_that_fails_is_told(voila):
    """Voilà leaves out the cells after it; the reason is on the page and among the problems."""
    page = voila.open(["print('before')", "1 / 0", "print('after')"], tidy=False)
    assert any("ZeroDivisionError" in told for told in voila.problems.told)
    page.get_by_text("ZeroDivisionError").first.wait_for()
    shown = "".join(page.locator(".jp-OutputArea-output").all_inner_texts())
    assert "before" in shown
    assert "after" not in shown
