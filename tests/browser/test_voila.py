"""Notebooks as pages, through Voilà."""

from tests.browser.lab import shot
from tests.browser.test_lab_basics import CLICK, PORTRAIT, states_of


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


def test_the_studio_is_a_page(voila, gateway):
    """A notebook of one cell is a page with a form: it runs, and the picture appears."""
    page = voila.open([f"{PORTRAIT}\nportrait.studio(width=384, height=256, steps=6)"], theme="dark")
    page.locator(".st-studio textarea").first.fill("a page with a form")
    page.locator(".st-run").click()
    page.locator(".st-details img").wait_for()
    page.locator(".st-tile img").wait_for()
    assert states_of(gateway, "a page with a form") == ["success"]
    shot(page, "voila-studio")
