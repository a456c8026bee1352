"""Grids of batches in JupyterLab: they fill in, turn pages, are picked from, and survive their kernel."""

import re

import pytest

from tests.browser.lab import Theme
from tests.notebook.safe import HOSTILE

START = """
from stationthis_sdk import StationThis, grid
st = StationThis()
portrait = st.deployments["text-to-picture"]
"""
MAP = """
looks = grid(prompt=["a lighthouse at dusk", "a forest"], seed=[1, 2, 3], steps=[STEPS, STEPS + 1], width=SIDE, height=SIDE)
batch = portrait.map(looks, name="NAME", wait=False)
"""
GRID = 'batch.grid(rows="prompt", cols="seed", pixels=144)'


def cells(name, *more, steps=1, side=128):
    """Cells that begin a batch of twelve pictures."""
    return [START, MAP.replace("NAME", name).replace("STEPS", str(steps)).replace("SIDE", str(side)), *more]


def test_it_fills_in_while_a_cell_waits(lab):
    """The grid is there before the pictures are, and they come although the kernel is busy with another cell."""
    notebook = lab.open(cells("lab-fills", GRID, "batch.wait(); print('done')", steps=20, side=512))
    notebook.run_all()
    grid = notebook.cell(2)
    grid.locator(".stg-tile").nth(5).wait_for()
    assert grid.locator(".stg-tile img").count() < 6
    grid.locator(".stg-tile img").first.wait_for()
    assert notebook.text(3) != "done"
    assert grid.locator(".stg-meter").is_visible()
    notebook.screenshot("gallery-filling", 2)
    notebook.until(lambda: grid.locator(".stg-tile img").count() == 6, "all pictures of the page")
    notebook.kernel_idle()
    notebook.until(lambda: not grid.locator(".stg-meter").is_visible(), "the end")
    assert grid.locator(".stg-row").all_inner_texts() == ["a forest", "a lighthouse at dusk"]
    assert grid.locator(".stg-col").all_inner_texts() == ["seed 1", "seed 2", "seed 3"]
    assert not grid.locator(".st-still").is_visible()  # one of the two is enough


@pytest.mark.parametrize("theme", ["light", "dark"])
def test_clicks_pick_and_show(lab, theme: Theme):
    """A click marks a picture and shows how it was made; the frame has it at once; keys do the same; pages turn."""
    frame = "[row.place for row in batch if row.picked], batch.to_frame().query('picked')['seed'].tolist()"
    notebook = lab.open(
        cells(f"lab-picks-{theme}", "batch.wait(); batch.pick(range(12), picked=False);", GRID, frame),
        theme=theme,
    )
    notebook.run_all()
    notebook.kernel_idle()
    grid, page = notebook.cell(3), notebook.page
    notebook.until(lambda: grid.locator(".stg-tile img").count() == 6, "the pictures")
    tiles = grid.locator(".stg-tile")
    tiles.nth(4).click()
    panel = grid.locator(".stg-panel")
    panel.locator(".stg-lines").first.wait_for()
    told = panel.inner_text()
    for word in ("a lighthouse at dusk", "seed", "run", "took", "cost", "$0.00", "128 × 128"):
        assert word in told, word
    assert tiles.nth(4).get_attribute("aria-pressed") == "true"
    grid.get_by_text("★ 1 picked").wait_for()
    notebook.screenshot(f"gallery-{theme}", 3)
    page.keyboard.press("ArrowLeft")  # the one beside it, which Enter picks, and then no longer
    page.keyboard.press("Enter")
    grid.get_by_text("★ 2 picked").wait_for()
    page.keyboard.press("Space")
    grid.get_by_text("★ 1 picked").wait_for()
    page.keyboard.press("Escape")
    panel.wait_for(state="hidden")
    notebook.run(4)
    notebook.kernel_idle()
    assert "([2], [2])" in notebook.text(4)
    grid.get_by_role("button", name="steps 2").click()
    grid.locator('[aria-current="page"]', has_text="steps 2").wait_for()
    notebook.until(lambda: grid.locator(".stg-tile img").count() == 6, "the other page")
    assert grid.locator('[aria-pressed="true"].stg-tile').count() == 0


def test_a_saved_notebook_shows_them_without_its_kernel(lab):
    """Reopened it has the pictures, the picks and what a click shows, and no error of a widget that is lost."""
    notebook = lab.open(cells("lab-saved", "batch.wait(); batch.pick(0)", GRID), tidy=False)
    notebook.run_all()
    notebook.kernel_idle()
    notebook.until(lambda: notebook.cell(3).locator(".stg-tile img").count() == 6, "the pictures")
    notebook.until(lambda: notebook.cell(3).locator(".st-still img").count() == 12, "the copy")
    saved = notebook.save()
    assert "image/webp" in saved.cells[3].outputs[0].data["text/html"]
    again = lab.open(notebook.path, tidy=False)
    grid = again.cell(3)
    grid.locator(".st-still img").first.wait_for()
    again.until(lambda: grid.locator(".jupyter-widgets").count() == 1, "the widget's place")
    again.until(lambda: "not found" in grid.locator(".jupyter-widgets").inner_html(), "its error")
    assert not grid.locator(".jupyter-widgets").is_visible()
    assert grid.locator(".st-still img").count() == 12
    assert grid.locator(".st-picked").count() == 1
    grid.locator(".st-tile summary").first.click()
    assert re.search("run [0-9a-f-]{36}", grid.locator(".st-lines").first.inner_text())
    again.screenshot("gallery-reopened", 3)


def test_the_kernel_is_restarted(lab):
    """The pictures stay; a click tells that nobody answers."""
    notebook = lab.open(cells("lab-restart", "batch.wait();", GRID), tidy=False)
    notebook.run_all()
    notebook.kernel_idle()
    grid = notebook.cell(3)
    notebook.until(lambda: grid.locator(".stg-tile img").count() == 6, "the pictures")
    notebook.page.evaluate(
        "(path) => panelOf(path).sessionContext.session.kernel.restart()", notebook.path.name
    )
    notebook.kernel_idle()
    seen = grid.locator(".stg-tile img, .st-still img")
    assert seen.locator("visible=true").count() >= 6
    if grid.locator(".stg").is_visible():
        grid.locator(".stg-tile").first.click()
        grid.get_by_text("Nobody answers").wait_for()


def test_hostile_words(lab):
    """Prompts and keys are texts in heads, captions and details: nothing of them is markup, nothing of them runs."""
    words = [word for word in HOSTILE if "\ud800" not in word and "\0" not in word]
    rows = f"""
batch = portrait.map([{{"prompt": word, "seed": 1, "steps": 1, "width": 64, "height": 64, "sku": word}} for word in {words!r}], name="lab-hostile", key="sku")
"""
    notebook = lab.open([START, rows, 'batch.grid(rows="prompt")', "batch.grid()"])
    notebook.run_all()
    notebook.kernel_idle()
    for cell in (2, 3):
        grid = notebook.cell(cell)
        notebook.until(lambda grid=grid: grid.locator(".stg-tile img").count() == len(words), "the pictures")
        grid.locator(".stg-tile").first.click()
        grid.locator(".stg-panel .stg-lines").first.wait_for()
        assert grid.locator(".stg script, .stg b b, .stg [onerror], .stg [onmouseover]").count() == 0
        assert words[0] in grid.locator(".stg").inner_text()
    assert notebook.page.locator(".jp-Dialog").count() == 0


def test_other_galleries(lab):
    """A comparison and a gallery of files and runs, dark; a film plays when it is clicked."""
    films = """
import av, numpy
with av.open("film.mp4", "w") as file:
    stream = file.add_stream("libx264", rate=8)
    stream.width, stream.height, stream.pix_fmt = 128, 96, "yuv420p"
    for number in range(16):
        picture = numpy.full((96, 128, 3), number * 15, numpy.uint8)
        for packet in stream.encode(av.VideoFrame.from_ndarray(picture)): file.mux(packet)
    for packet in stream.encode(): file.mux(packet)
"""
    other = 'other = portrait.map(grid(prompt=["a forest", "a sea"], seed=[1, 2, 3], steps=4, width=128, height=128), name="lab-other")'
    compared = "from stationthis_sdk import compare, gallery\ncompare(batch, other, pixels=96)"
    items = 'gallery(["film.mp4", other, batch.run(0)], columns=5, pixels=96)'
    notebook = lab.open(cells("lab-compared", "batch.wait();", other, compared, films, items), theme="dark")
    notebook.run_all()
    notebook.kernel_idle()
    both, mixed = notebook.cell(4), notebook.cell(6)
    notebook.until(lambda: both.locator(".stg-tile img").count() == 18, "both batches")
    assert "lab-other · steps 4" in both.inner_text()
    notebook.screenshot("gallery-compared", 4)
    notebook.until(lambda: mixed.locator(".stg-tile img").count() == 8, "the gallery")
    mixed.locator(".stg-tile").first.click()
    film = mixed.locator(".stg-panel video")
    film.wait_for()
    assert film.get_attribute("src").startswith("blob:")
    notebook.until(lambda: film.evaluate("(film) => film.readyState >= 1"), "the film")
    notebook.screenshot("gallery-mixed", 6)
