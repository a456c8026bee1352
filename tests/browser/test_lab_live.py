"""Progress as a person sees it in JupyterLab: a bar that moves and becomes the picture, buttons that cancel."""

from typing import Any

from tests.browser.test_lab_basics import PORTRAIT, states_of

MOVED = """() => {
    const seen = window.barSeen = [];
    new MutationObserver(() => document.querySelectorAll(".stationthis .st-bar span").forEach((one) => {
        if (one.style.width && seen[seen.length - 1] !== one.style.width) seen.push(one.style.width);
    })).observe(document.body, {subtree: true, childList: true, attributes: true, characterData: true});
}"""


def html_of(cell: Any) -> list[str]:
    """The HTML that a saved cell holds."""
    return [output.data["text/html"] for output in cell.outputs if "text/html" in output.get("data", {})]


def test_the_bar_moves_and_becomes_the_picture(lab, gateway):
    """While the cell waits the bar goes forward; then the picture stands in its place, once, also in the file."""
    run = 'portrait(prompt="a harbour that is watched", seed=7, steps=40, width=640, height=640)'
    notebook = lab.open([PORTRAIT, run])
    notebook.run(0)
    notebook.kernel_idle()
    notebook.page.evaluate(MOVED)
    output = notebook.run(1)
    output.locator(".st-bar").wait_for()
    notebook.until(lambda: len(set(notebook.page.evaluate("() => window.barSeen"))) > 2, "a bar that moves")
    notebook.screenshot("bar")
    notebook.kernel_idle()
    output.locator("figure img").wait_for()
    assert output.locator(".st-bar").count() == 0
    assert output.locator("figure img").count() == 1
    seen = [float(one.rstrip("%")) for one in notebook.page.evaluate("() => window.barSeen")]
    assert seen == sorted(seen)
    notebook.screenshot("bar-became-picture")
    [first, *_] = html_of(notebook.save().cells[1])
    assert "data:image/webp" in first
    assert "a harbour that is watched" in first


def test_a_background_run_is_cancelled_with_its_button(lab, gateway):
    """submit() returns at once; the widget shows the run, and its button cancels it on the gateway."""
    submit = 'later = portrait.submit(prompt="a sea to be cancelled", steps=60, width=1024, height=1024)'
    notebook = lab.open([PORTRAIT, submit, "later.state"])
    notebook.run(0)
    output = notebook.run(1)
    notebook.kernel_idle()
    output.locator(".st-bar").wait_for()
    notebook.until(lambda: states_of(gateway, "a sea to be cancelled") == ["running"], "the run")
    notebook.screenshot("background")
    output.get_by_role("button", name="Cancel").click()
    notebook.until(lambda: states_of(gateway, "a sea to be cancelled") == ["cancelled"], "its end")
    output.get_by_text("cancelled").first.wait_for()
    output.get_by_role("button", name="Cancel").wait_for(state="detached")
    notebook.run(2)
    notebook.kernel_idle()
    assert "cancelled" in notebook.text(2)
    assert all("widget-view" not in str(output) for output in notebook.save().cells[1].outputs)


def test_a_background_run_becomes_its_picture(lab, gateway):
    """It is seen without anybody waiting, and the kernel answers meanwhile."""
    submit = 'later = portrait.submit(prompt="a hill nobody waits for", steps=20)'
    notebook = lab.open([PORTRAIT, submit, "6 * 7"])
    notebook.run_all()
    notebook.kernel_idle()
    assert notebook.text(2).strip() == "42"
    notebook.cell(1).locator("figure img").wait_for()


def test_an_awaited_run_has_the_same_bar(lab, gateway):
    """In a cell that awaits, the asynchronous client shows the same."""
    cells = [
        "from stationthis_sdk import AsyncStationThis\nast = AsyncStationThis()\nportrait = await ast.deployments['text-to-picture']",
        'run = await portrait(prompt="a lake that is awaited", steps=20)',
    ]
    notebook = lab.open(cells)
    notebook.run_all()
    notebook.kernel_idle()
    notebook.cell(1).locator("figure img").wait_for()


def test_a_batch_fills_its_strip(lab, gateway):
    """Counts, a bar and the latest pictures while it is at work; a background batch is cancelled with its button."""
    rows = '[{"prompt": f"a tree, number {n}", "width": 128, "height": 128, "steps": 4} for n in range(%d)]'
    many = f'batch = portrait.map({rows % 24}, name="lab trees")'
    later = f'later = portrait.map({rows % 400}, name="lab forest", wait=False)'
    notebook = lab.open([PORTRAIT, many, later])
    notebook.run(0)
    notebook.kernel_idle()
    output = notebook.run(1)
    output.locator(".st-pictures img").first.wait_for()
    notebook.screenshot("batch")
    notebook.kernel_idle()
    output.get_by_text("24 succeeded").wait_for()
    notebook.screenshot("batch-done")
    output = notebook.run(2)
    notebook.kernel_idle()
    output.get_by_role("button", name="Cancel").click()
    output.get_by_text("cancelled").first.wait_for()
    notebook.screenshot("batch-cancelled")


def test_displays_in_light_and_dark(lab, gateway):
    """Each public thing has a display; pictures of them in both themes are in out/."""
    cells = [
        PORTRAIT, "st", "st.deployments", "portrait", "portrait(prompt='a lighthouse', seed=3, steps=4)",
        "st.runs.list()", "st.batches", "st.machines", "st.costs()",
        "import stationthis_sdk\nstationthis_sdk.InvalidInput('two faults', problems=['steps is 1–60, not 99', 'no such input'])",
    ]  # fmt: skip
    for theme in ("light", "dark"):
        notebook = lab.open(cells, theme=theme)
        notebook.run_all()
        notebook.kernel_idle()
        for index in range(1, len(cells)):
            assert notebook.cell(index).locator(".stationthis").count() >= 1, cells[index]
        notebook.screenshot(f"displays-{theme}")
        notebook.cell(9).scroll_into_view_if_needed()
        notebook.screenshot(f"displays-{theme}-below")
