"""The studio as a person uses it in JupyterLab: fills the form, runs, cancels, looks back, copies the code."""

import ast

import pytest

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
