"""The studio as a person uses it in JupyterLab: fills the form, runs, cancels, looks back, copies the code."""

import ast
import io

import pytest
from PIL import Image

from tests.browser.test_lab_basics import PORTRAIT, states_of

STUDIO = "studio = portrait.studio(width=96, height=96)\nstudio"


def fill(output, prompt):
    """Write the prompt as a person does."""
    output.locator(".st-studio textarea").first.fill(prompt)


def slide(output, name, times):
    """Move a slider by keys."""
    control = output.locator(".st-control").filter(has_text=name).first
    handle = control.get_by_role("slider")
    handle.focus()
    for _ in range(abs(times)):
        handle.press("ArrowRight" if times > 0 else "ArrowLeft")


def opened(lab, *cells, theme="light"):
    """A notebook with the studio in its second cell, ready."""
    notebook = lab.open([PORTRAIT, *(cells or (STUDIO,))], theme=theme)
    notebook.run_all()
    notebook.kernel_idle()
    output = notebook.cell(1)
    output.locator(".st-run").wait_for()
    return notebook, output


@pytest.mark.parametrize("theme", ["light", "dark"])
def test_a_picture_is_made(lab, gateway, theme):
    """Prompt, slider, Run: the run has what the form shows, and the picture appears; the code says the same."""
    prompt = f"a pier in the {theme}"
    notebook, output = opened(
        lab, STUDIO, "print(studio.values, [run.state for run in studio.runs])", theme=theme
    )
    notebook.screenshot(f"studio-{theme}-empty", 1)
    fill(output, prompt)
    slide(output, "Steps", -17)
    output.locator(".st-run").click()
    output.locator(".st-details img").wait_for()
    output.locator(".st-tile img").wait_for()
    assert states_of(gateway, prompt) == ["success"]
    notebook.run(2)
    notebook.kernel_idle()
    values = {"prompt": prompt, "steps": 3, "width": 96, "height": 96}
    assert notebook.text(2).strip() == f"{values} ['success']"
    output.get_by_role("button", name="Copy as code").click()
    code = output.locator(".st-copy pre").inner_text()
    call = ast.parse(code).body[0].value
    assert {one.arg: ast.literal_eval(one.value) for one in call.keywords} == values
    notebook.screenshot(f"studio-{theme}", 1)


def test_cancel_reaches_the_gateway(lab, gateway):
    """While a run goes on the kernel answers, the line moves, and Cancel ends the run on the service."""
    notebook, output = opened(
        lab, "studio = portrait.studio(width=1024, height=1024, steps=60)\nstudio", "6 * 7"
    )
    fill(output, "a fog without end")
    output.locator(".st-run").dblclick()
    notebook.until(lambda: states_of(gateway, "a fog without end") == ["running"], "the run")
    output.locator(".st-line .st-track").wait_for()
    notebook.run(2)
    notebook.kernel_idle()
    assert notebook.text(2).strip() == "42"
    notebook.screenshot("studio-running", 1)
    output.locator(".st-cancel").click()
    notebook.until(lambda: states_of(gateway, "a fog without end") == ["cancelled"], "its end")
    output.locator(".st-line").wait_for(state="detached")
    output.locator(".st-tile.st-cancelled").wait_for()


def test_faults_and_markup_are_shown_as_text(lab):
    """What does not fit is told beside its control; a prompt of markup is text wherever it stands."""
    hostile = '<img src=x onerror="window.hacked = 1"><script>window.hacked = 1</script>'
    notebook, output = opened(lab)
    fill(output, " , ")
    output.locator(".st-run").click()
    fault = output.locator(".st-control").filter(has_text="Prompt").locator(".st-fault")
    fault.wait_for()
    assert "says nothing" in fault.inner_text()
    notebook.screenshot("studio-fault", 1)
    fill(output, hostile)
    notebook.page.wait_for_timeout(800)  # or it would be a double click
    output.locator(".st-run").click()
    output.locator(".st-details img").wait_for()
    output.locator(".st-details summary").click()
    output.locator(".st-details").get_by_text("onerror").first.wait_for()
    output.get_by_role("button", name="Copy as code").click()
    assert hostile in output.locator(".st-copy pre").inner_text()
    assert notebook.page.evaluate("() => window.hacked") is None
    assert output.locator("script").count() == 0


def test_the_history_gives_inputs_back(lab):
    """Several at once have seeds of their own; a tile leads to its details, and its inputs fill the form again."""
    show = "print([run.inputs['seed'] for run in studio.runs], studio.values)"
    notebook, output = opened(
        lab, "studio = portrait.studio(width=256, height=256, steps=4)\nstudio", show, show
    )
    fill(output, "four of a kind")
    output.locator(".st-count input").fill("4")
    output.locator(".st-run").click()
    notebook.until(lambda: output.locator(".st-tile img").count() == 4, "four tiles")
    notebook.run(2)
    notebook.kernel_idle()
    seeds = ast.literal_eval(notebook.text(2).partition("]")[0] + "]")
    assert len(set(seeds)) == 4
    output.locator(".st-tile").nth(2).click()
    output.locator(".st-details").get_by_text("#2", exact=True).wait_for()
    notebook.screenshot("studio-history", 1)
    fill(output, "something else")
    output.get_by_role("button", name="Use these inputs again").click()
    notebook.until(lambda: output.locator("textarea").first.input_value() == "four of a kind", "the prompt")
    notebook.run(3)
    notebook.kernel_idle()
    values = ast.literal_eval(notebook.text(3).partition("]")[2].strip())
    assert values["seed"] == seeds[1]


def png(colour):
    """A picture as a file's bytes."""
    file = io.BytesIO()
    Image.new("RGB", (900, 700), colour).save(file, "PNG")
    return file.getvalue()


DROP = """([bytes, name, where]) => {
    const data = new DataTransfer();
    data.items.add(new File([new Uint8Array(bytes)], name, {type: "image/png"}));
    const event = where === "paste"
        ? new ClipboardEvent("paste", {clipboardData: data, bubbles: true, cancelable: true})
        : new DragEvent("drop", {dataTransfer: data, bubbles: true, cancelable: true});
    document.querySelector(".st-drop-zone").dispatchEvent(event);
}"""


def test_a_picture_is_dropped(lab):
    """Chosen, dropped and pasted, it has a preview, arrives byte for byte, and is what the run is made of."""
    studio = 'studio = st.deployments["picture-to-picture"].studio(steps=2)\nstudio'
    look = "print(open(studio.values['input_image'], 'rb').read() == open('{}', 'rb').read())"
    notebook = lab.open([PORTRAIT, studio, *[look.format(f"{one}.png") for one in ("red", "green", "blue")]])
    for colour in ("red", "green", "blue"):
        (notebook.path.parent / f"{colour}.png").write_bytes(png(colour))
    notebook.run(0)
    notebook.run(1)
    notebook.kernel_idle()
    output = notebook.cell(1)
    output.locator(".st-drop-zone").wait_for()
    with notebook.page.expect_file_chooser() as chooser:
        output.locator(".st-drop-zone").click()
    chooser.value.set_files(notebook.path.parent / "red.png")
    for place, (colour, how) in enumerate([("red", ""), ("green", "drop"), ("blue", "paste")]):
        if how:
            notebook.page.evaluate(DROP, [list(png(colour)), f"{colour}.png", how])
        arrived = output.locator(".st-drop-item:not(.st-coming)").filter(has_text=f"{colour}.png")
        arrived.locator("img").wait_for()
        notebook.run(2 + place)
        notebook.kernel_idle()
        assert notebook.text(2 + place).strip() == "True"
    output.locator(".st-run").click()
    output.locator(".st-details img").wait_for()
    output.get_by_role("button", name="Copy as code").click()
    assert 'input_image="blue.png"' in output.locator(".st-copy pre").inner_text()
    notebook.screenshot("studio-drop", 1)


STUCK = """() => {
    const slice = Blob.prototype.slice;
    Blob.prototype.slice = () => ({arrayBuffer: () => new Promise(() => {})});
    window.unstick = () => { Blob.prototype.slice = slice; };
}"""


def test_a_file_that_does_not_come_is_taken_out(lab):
    """While it is coming it is shown and nothing is sent; its × ends the wait, and another can be dropped."""
    studio = 'studio = st.deployments["picture-to-picture"].studio(steps=2)\nstudio'
    _, output = opened(lab, studio)
    output.locator(".st-drop-zone").wait_for()
    output.page.evaluate(STUCK)
    output.page.evaluate(DROP, [list(png("red")), "stuck.png", "drop"])
    output.locator(".st-drop-item.st-coming").get_by_text("stuck.png").wait_for()
    output.locator(".st-run").click()
    fault = output.locator(".st-fault").get_by_text("still being read")
    fault.wait_for()
    output.get_by_role("button", name="Remove stuck.png").click()
    output.locator(".st-drop-item").wait_for(state="detached")
    output.page.evaluate("() => window.unstick()")
    output.page.evaluate(DROP, [list(png("green")), "green.png", "drop"])
    output.locator(".st-drop-item img").wait_for()
    output.locator(".st-run").click()
    output.locator(".st-details img").wait_for()


def test_a_saved_notebook_shows_what_was_made(lab):
    """The file holds values, pictures and code as HTML; opened again, without the kernel's widgets, that is what is seen."""
    notebook, output = opened(lab)
    fill(output, "kept in the file")
    output.locator(".st-run").click()
    output.locator(".st-tile img").wait_for()
    assert output.locator(".st-pictures figure").filter(has_text="kept in the file").is_hidden()
    notebook.until(lambda: "data:image/webp" in str(notebook.save().cells[1].outputs), "the saved picture")
    notebook.close()
    lab._opened.remove(notebook)
    again = lab.open(notebook.path, tidy=False)
    again.cell(1).locator(".stationthis").get_by_text("kept in the file").first.wait_for()
    assert again.cell(1).locator(".stationthis figure img").first.is_visible()
    again.screenshot("studio-reopened", 1)
