"""What JupyterLab has to do so that anything else can be shown in it: run, stop, click, look, save."""

PORTRAIT = 'from stationthis_sdk import StationThis\nst = StationThis()\nportrait = st.deployments["text-to-picture"]'

CLICK = """
import ipywidgets
button, label = ipywidgets.Button(description="Say it"), ipywidgets.Label("nothing yet")
button.on_click(lambda _: setattr(label, "value", "said by the kernel"))
ipywidgets.VBox([button, label])
"""


def states_of(gateway, prompt):
    """The states of all runs with this prompt, as the gateway tells them."""
    deployments = {one["workflow"]["name"]: one["id"] for one in gateway.ask("/deployments")}
    runs = gateway.ask(f"/deployment/{deployments['text-to-picture']}/runs")["data"]
    details = [gateway.ask(f"/run/{run['id']}") for run in runs]
    return [run["status"] for run in details if prompt in str(run)]


def test_a_plain_cell(lab):
    """Its answer is on the page, and in the file that is saved."""
    notebook = lab.open(["1 + 1"])
    notebook.run(0)
    notebook.kernel_idle()
    assert notebook.text(0).strip() == "2"
    [cell] = notebook.save().cells
    assert cell.execution_count == 1
    assert cell.outputs[0].data["text/plain"] == "2"


def test_a_run(lab, gateway):
    """The kernel finds the gateway, and the run is there with its picture."""
    run = 'run = portrait(prompt="one of JupyterLab", steps=2, width=64, height=64)'
    notebook = lab.open([PORTRAIT, f"{run}\nprint(run.state, len(run.outputs))"])
    notebook.run_all()
    notebook.kernel_idle()
    assert "success 1" in notebook.text(1)
    assert states_of(gateway, "one of JupyterLab") == ["success"]


def test_the_stop_button_ends_a_run(lab, gateway):
    """A cell that waits for a long run is interrupted, and so is the run on the gateway."""
    run = 'portrait(prompt="a walk without end", steps=60, width=1024, height=1024)'
    notebook = lab.open([PORTRAIT, run, "print(40 + 2)"])
    notebook.run(0)
    notebook.kernel_idle()
    notebook.run(1)
    notebook.until(lambda: states_of(gateway, "a walk without end") == ["running"], "the run")
    notebook.interrupt()
    notebook.kernel_idle()
    assert "KeyboardInterrupt" in notebook.text(1)
    notebook.until(lambda: states_of(gateway, "a walk without end") == ["cancelled"], "its end")
    notebook.run(2)
    notebook.kernel_idle()
    assert notebook.text(2).strip() == "42"


def test_a_click_reaches_the_kernel(lab):
    """A button's handler runs while no cell does, and what it changes is seen."""
    notebook = lab.open([CLICK])
    output = notebook.run(0)
    notebook.kernel_idle()
    assert "nothing yet" in notebook.text(0)
    output.get_by_role("button", name="Say it").click()
    output.get_by_text("said by the kernel").wait_for()


def test_light_and_dark(lab):
    """The theme asked for is the one that is worn; pictures of both are in out/."""
    cells = [CLICK, PORTRAIT, "st.deployments"]
    grounds = {}
    for theme in ("light", "dark"):
        notebook = lab.open(cells, theme=theme)
        notebook.run_all()
        notebook.kernel_idle()
        notebook.cell(0).get_by_role("button", name="Say it").wait_for()
        grounds[theme] = notebook.page.evaluate("() => getComputedStyle(document.body).backgroundColor")
        assert notebook.screenshot(theme).stat().st_size > 0
    assert len(set(grounds.values())) == 2, grounds


def test_troubles_of_a_page_are_told(lab):
    """A script that fails in the browser is among the problems that fail every other test."""
    broken = "from IPython.display import Javascript\nJavascript('setTimeout(() => { throw new Error(\"broken\"); })')"
    notebook = lab.open([broken], tidy=False)
    notebook.run(0)
    notebook.until(lambda: any("broken" in told for told in notebook.problems.told), "the problem")
