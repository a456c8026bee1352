"""The gateway's page as people use it: a form, live runs, pictures, cancel, machines and sessions."""

import itertools
import json
import urllib.request
from pathlib import Path

import pytest

from tests.browser.conftest import serving

OUT = Path(__file__).resolve().parents[2] / "out"
LONG = {"steps": 60, "width": 2048, "height": 2048}
SMALL = {"steps": 2, "width": 64, "height": 64}
PREFIX = "ComfyUIDeployExternal"


def natural_width(card):
    """How wide the card's picture is, once it is loaded."""
    return card.locator("img").evaluate("image => image.complete ? image.naturalWidth : 0")


def submit(gateway, prompt, **inputs):
    """Queue a run past the page."""
    deployments = {one["workflow"]["name"]: one["id"] for one in gateway.ask("/deployments")}
    body = {
        "deployment_id": deployments["text-to-picture"],
        "inputs": {"prompt": prompt, "seed": 1, **SMALL, **inputs},
    }
    return gateway.ask("/run/deployment/queue", body)["run_id"]


def test_a_run_from_the_form_to_its_picture(visit):
    """It appears at once, its progress moves, its picture comes, and the card keeps its size all the while."""
    visitor = visit().enter()
    visitor.choose("text-to-picture")
    card = visitor.run(prompt="a lighthouse at dusk", seed=7, steps=60, width=512, height=512)
    visitor.status(card, "running")
    size = card.bounding_box()
    seen = set()

    def moved():
        bar = card.locator("progress")
        if bar.is_visible():
            seen.add(bar.evaluate("bar => bar.value"))
        return len(seen) > 3

    visitor.until(moved, "progress")
    assert all(0 <= value < 1 for value in sorted(seen)[:-1])
    visitor.status(card, "success")
    visitor.until(lambda: natural_width(card) == 512, "the picture")
    assert card.locator("progress").is_hidden()
    assert card.bounding_box() == size
    assert "a lighthouse at dusk" in card.inner_text()
    visitor.until(lambda: "Done" in visitor.page.locator("#said").inner_text(), "the spoken end")


def test_its_picture_opens_large(visit, gateway):
    """By keyboard alone: Enter opens it with its inputs, the inputs go back into the form, Escape closes it."""
    run_id = submit(gateway, "a harbour in winter", seed=41)
    visitor = visit().enter()
    card = visitor.card(run_id)
    visitor.status(card, "success")
    card.locator(".frame").focus()
    visitor.page.keyboard.press("Enter")
    large = visitor.page.locator("dialog img.large")
    visitor.until(
        lambda: large.evaluate("image => image.complete && image.naturalWidth") == 64, "the picture"
    )
    shown = visitor.page.locator("dialog").inner_text()
    assert "a harbour in winter" in shown
    assert run_id in shown.replace("\n", "")
    visitor.page.keyboard.press("Escape")
    assert visitor.page.locator("dialog").is_hidden()
    assert card.locator(".frame").evaluate("one => one === document.activeElement")
    card.locator(".frame").click()
    visitor.page.get_by_role("button", name="Use these inputs").click()
    visitor.page.locator("dialog").wait_for(state="hidden")
    assert visitor.field("prompt").input_value() == "a harbour in winter"
    assert visitor.page.locator("[data-input=seed] input[type=number]").input_value() == "41"
    assert visitor.field("steps").input_value() == "2"


def test_cancel(visit, gateway):
    """A run that is under way ends as cancelled, and one that waits as well; the filters follow."""
    visitor = visit().enter()
    visitor.choose("text-to-picture")
    first = visitor.run(prompt="a long walk", seed=1, **LONG)
    second = visitor.card(submit(gateway, "after it", **LONG))
    visitor.status(first, "running")
    assert "Queued" in second.inner_text()
    queue = visitor.page.locator("#machines-list li", has_text="this-machine").locator(".queue")
    visitor.until(lambda: queue.inner_text() == "1 running · 1 waiting", "the queue's length")
    second.locator(".cancel").click()
    visitor.status(second, "cancelled")
    visitor.page.get_by_role("radio", name="Live").check()
    assert second.is_hidden()
    assert first.is_visible()
    first.locator(".cancel").click()
    visitor.until(first.is_hidden, "the end of what is live")
    visitor.page.get_by_role("radio", name="All", exact=True).check()
    assert "Cancelled" in first.inner_text()
    assert first.locator(".cancel").is_hidden()


def test_a_second_tab_sees_the_same_run_live(visit):
    """Started in one, followed and cancelled in the other."""
    one, other = visit().enter(), visit().enter()
    one.choose("text-to-picture")
    card = one.run(prompt="seen by two", seed=1, **LONG)
    there = other.card(card.get_attribute("data-id"))
    other.status(there, "running")
    bar = there.locator("progress")
    first = other.until(lambda: bar.evaluate("bar => bar.value"), "progress")
    other.until(lambda: bar.evaluate("bar => bar.value") > first, "more progress")
    there.locator(".cancel").click()
    one.status(card, "cancelled")


@pytest.mark.parametrize("width", [1440, 390])
def test_every_control_has_a_name(visit, width):
    """A screen reader can tell what each button, field and link is; nothing sticks out of a narrow screen."""
    visitor = visit(viewport={"width": width, "height": 844}).enter()
    for name in ("text-to-picture", "picture-to-picture"):
        visitor.choose(name)
        nameless = visitor.page.evaluate(
            """() => [...document.querySelectorAll("button, input, select, textarea, a, progress")]
                .filter((one) => one.checkVisibility() && !one.labels?.length && !one.ariaLabel && !one.innerText)
                .map((one) => one.outerHTML)"""
        )
        assert nameless == []
        assert visitor.page.evaluate(
            "document.documentElement.scrollWidth <= document.documentElement.clientWidth"
        )


def test_a_picture_of_ones_own(visit, tmp_path):
    """Chosen from this computer and uploaded, or by its address; the run has it both times."""
    from PIL import Image

    Image.new("RGB", (96, 64), "teal").save(tmp_path / "mine.png")
    visitor = visit().enter()
    visitor.choose("picture-to-picture")
    visitor.page.locator("[data-input=input_image] input[type=file]").set_input_files(tmp_path / "mine.png")
    visitor.until(
        lambda: visitor.page.locator(".chosen").evaluate("image => image.naturalWidth") == 96, "its preview"
    )
    with visitor.page.expect_request("**/run/deployment/queue") as sent:
        card = visitor.run(prompt="the same at dawn", seed=1, steps=1, strength="0.35")
    given = sent.value.post_data_json["inputs"]
    assert given["strength"] == 0.35
    visitor.status(card, "success")
    visitor.until(lambda: natural_width(card) == 96, "the picture")
    visitor.page.get_by_role("button", name="Remove").click()
    visitor.field("input_image").fill(given["input_image"])
    again = visitor.run(prompt="the same at noon")
    visitor.status(again, "success")
    visitor.until(lambda: natural_width(again) == 96, "the other picture")


def test_what_can_not_be_uploaded_is_said_where_the_form_is(visit, tmp_path):
    """The gateway's own words, and the form is ready for another try."""
    (tmp_path / "notes.txt").write_text("no picture", "utf-8")
    visitor = visit(tidy=False).enter()  # the browser itself notes an answer of 400
    visitor.choose("picture-to-picture")
    visitor.page.locator("[data-input=input_image] input[type=file]").set_input_files(tmp_path / "notes.txt")
    visitor.page.locator("#run-button").click()
    problem = visitor.page.locator("#run-problem")
    visitor.until(lambda: "Unsupported file type" in problem.inner_text(), "the reason")
    assert visitor.page.locator("#run-button").is_enabled()


def test_each_kind_of_input(visit, gateway):
    """The form is made from the graph: what is sent has the right types, and a random seed is drawn and told."""
    kinds = {
        "line": ("TextSingleLine", {"default_value": "fox"}),
        "ratio": ("Number", {"default_value": 0.5}),
        "count": ("NumberInt", {"default_value": 3, "min_value": 1, "max_value": 9}),
        "size": ("NumberSliderInt", {"default_value": 512, "min_value": 16, "max_value": 1024, "step": 64}),
        "sharp": ("Boolean", {"default_value": True}),
        "mood": ("Enum", {"default_value": "calm", "options": json.dumps(["calm", "wild"])}),
        "seed": ("Seed", {"default_value": -1, "min_value": 5, "max_value": 6}),
        "many": ("ImageBatch", {"images": "[]"}),
        "film": ("Video", {}),
    }
    graph = {
        str(number): {"class_type": PREFIX + kind, "inputs": {"input_id": name, **fields}}
        for number, (name, (kind, fields)) in enumerate(kinds.items(), 1)
    }
    gateway.deploy("all-kinds", graph)
    visitor = visit().enter()
    visitor.choose("all-kinds")
    visitor.field("mood").select_option("wild")
    visitor.field("sharp").uncheck()
    visitor.field("many").fill("http://127.0.0.1:9/one.png http://127.0.0.1:9/two.png")
    visitor.page.locator("[data-input=size] input[type=range]").focus()
    visitor.page.keyboard.press("ArrowRight")
    with visitor.page.expect_request("**/run/deployment/queue") as sent:
        visitor.run(line="an owl", ratio="0.25")
    given = sent.value.post_data_json["inputs"]
    assert given.pop("seed") in {5, 6}
    assert given.pop("size") > 512
    assert given == {
        "line": "an owl",
        "ratio": 0.25,
        "count": 3,
        "sharp": False,
        "mood": "wild",
        "many": ["http://127.0.0.1:9/one.png", "http://127.0.0.1:9/two.png"],
    }
    visitor.field("count").fill("12")
    visitor.page.locator("#run-button").click()
    assert visitor.field("count").evaluate("one => one.validity.rangeOverflow")


HOSTILE = (
    "<script>window.harmed = 1</script>",
    "<img src=x onerror='window.harmed = 1'>",
    "javascript:window.harmed=1",
    "'\"><svg onload=window.harmed=1>",
)


@pytest.mark.parametrize("words", HOSTILE)
def test_hostile_names_are_text(visit, gateway, words):
    """Of deployments, inputs, prompts, outputs, machines, sessions and failures: shown as they were written."""
    fields = {
        "input_id": "words",
        "default_value": words,
        "display_name": words,
        "description": words,
    }
    graph = {
        "1": {"class_type": f"{PREFIX}Text", "inputs": fields},
        "2": {
            "class_type": "ComfyDeployOutputText",
            "inputs": {"text": ["1", 0], "filename_prefix": "note", "file_type": "txt", "output_id": words},
        },
        "3": {
            "class_type": f"{PREFIX}Enum",
            "inputs": {"input_id": "mood", "default_value": words, "options": json.dumps([words])},
        },
    }
    name = f"{words} {HOSTILE.index(words)}"
    deployment_id = gateway.deploy(name, graph)
    body = {"name": words, "type": "classic", "endpoint": words, "auth_token": None}
    machine_id = gateway.ask("/machine/custom", body)["id"]
    ran = gateway.ask("/run/deployment/queue", {"deployment_id": deployment_id, "inputs": {"words": words}})
    workflow_id = next(one for one in gateway.ask("/deployments") if one["id"] == deployment_id)[
        "workflow_id"
    ]
    broken = {"1": {"class_type": words, "inputs": {}}}
    here = next(one["id"] for one in gateway.ask("/machines") if one["name"] == "this-machine")
    failed = gateway.ask(
        "/run/workflow/queue",
        {"workflow_id": workflow_id, "workflow_api_json": broken, "machine_id": here},
    )
    visitor = visit().enter()
    visitor.choose(name)
    page = visitor.page
    assert page.locator("[data-input=words] label").inner_text() == words
    assert page.locator("[data-input=words] .hint").inner_text() == words
    assert visitor.field("words").input_value() == words
    assert visitor.field("mood").input_value() == words
    card = visitor.card(ran["run_id"])
    visitor.status(card, "success")
    assert card.locator(".name").inner_text() == name
    visitor.until(lambda: card.locator(".words").inner_text() == words, "the text")
    card.locator(".frame").click()
    assert page.locator("dialog .written").inner_text() == words
    page.keyboard.press("Escape")
    other = visitor.card(failed["run_id"])
    visitor.status(other, "failed")
    assert words in other.locator(".words").inner_text()
    assert page.locator("#machines-list .name", has_text=words).first.inner_text() == words
    assert page.evaluate("window.harmed") is None
    assert page.locator("main script, main svg, a[href^=javascript]").count() == 0
    urllib.request.urlopen(
        urllib.request.Request(
            f"{gateway.base_url}/machine/{machine_id}",
            method="DELETE",
            headers={"Authorization": f"Bearer {gateway.key}"},
        )
    ).close()


def test_sessions(visit):
    """One is started on a machine, shows its time, and ends."""
    visitor = visit().enter()
    page = visitor.page
    page.get_by_role("button", name="Start a session on this-machine").click()
    row = page.locator("#sessions-list li")
    visitor.until(lambda: "min" in row.inner_text(), "the session")
    row.get_by_role("button", name="End").click()
    page.locator("#sessions-nothing").wait_for()


def test_the_key_opens_it_and_stays_out_of_sight(visit):
    """Without one the page asks; a wrong one is said to be wrong; the link's leaves the address bar, yet outlasts a reload."""
    stranger = visit(tidy=False)  # the browser itself notes an answer of 401
    page = stranger.page
    page.goto(stranger.root)
    page.locator("#door").wait_for()
    page.get_by_label("Key").fill("no key of anybody's")
    page.get_by_role("button", name="Open").click()
    stranger.until(lambda: "can't be a key" in page.locator("#door-problem").inner_text(), "the reason")
    page.get_by_label("Key").fill("wrong")
    page.get_by_role("button", name="Open").click()
    stranger.until(lambda: "not right" in page.locator("#door-problem").inner_text(), "the refusal")
    page.get_by_label("Key").fill(stranger.gateway.key)
    page.get_by_role("button", name="Open").click()
    page.locator(".choice").first.wait_for()
    stranger.problems.clear()
    stranger.check()
    visitor = visit().enter()
    assert visitor.page.url == visitor.root
    visitor.page.reload()
    visitor.page.locator(".choice").first.wait_for()
    assert visitor.page.evaluate("localStorage.length") == 0
    assert visitor.page.context.cookies() == []


def test_it_answers_to_localhost_too(visit, gateway):
    """Pictures are seen under the other name of this machine as well."""
    run_id = submit(gateway, "by another name")
    visitor = visit()
    visitor.page.goto(f"{visitor.root.replace('127.0.0.1', 'localhost')}#key={gateway.key}")
    card = visitor.card(run_id)
    visitor.status(card, "success")
    visitor.until(lambda: natural_width(card) == 64, "the picture")


def test_it_comes_back_when_the_gateway_does(visit, tmp_path):
    """Told what it missed: a run that was under way has failed, with its reason; what was typed is still there."""
    with serving(tmp_path / "data") as (gateway, process):
        visitor = visit(gateway, tidy=False).enter()
        visitor.choose("text-to-picture")
        card = visitor.run(prompt="interrupted", seed=1, **LONG)
        visitor.status(card, "running")
        process.kill()
    visitor.field("prompt").fill("typed meanwhile")
    visitor.page.locator("#connection[data-state=lost]").wait_for()
    with serving(tmp_path / "data") as (again, _):
        assert again.base_url == gateway.base_url
        visitor.page.locator("#connection[data-state=on]").wait_for()
        visitor.status(card, "failed")
        assert "run it again" in card.inner_text()
        gateway.deploy("new-here", {"1": {"class_type": f"{PREFIX}Boolean", "inputs": {"input_id": "yes"}}})
        visitor.page.evaluate("dispatchEvent(new Event('focus'))")
        visitor.page.locator(".choice", has_text="new-here").wait_for()
        assert visitor.field("prompt").input_value() == "typed meanwhile"


def test_pictures_of_the_page(visit, tmp_path):
    """For people to look at: out/page.png, and the same dark, narrow, both, and one run in large."""
    OUT.mkdir(exist_ok=True)
    with serving(tmp_path / "data") as (gateway, _):
        prompts = ("a forest at dawn", "a harbour in winter", "mountains under stars", "a lighthouse at dusk")
        shown = [submit(gateway, prompt, seed=3, steps=6, width=320, height=320) for prompt in prompts]
        wrong = {"1": {"class_type": "CheckpointLoaderSimple", "inputs": {"ckpt_name": "dream.safetensors"}}}
        deployment = gateway.deploy("portrait", wrong, environment="staging")
        gateway.ask("/run/deployment/queue", {"deployment_id": deployment, "inputs": {}})
        long = submit(gateway, "a city at night", **LONG)
        submit(gateway, "a meadow in June", **LONG)
        for scheme, (width, height) in itertools.product(("light", "dark"), ((1440, 900), (390, 844))):
            visitor = visit(
                gateway, tidy=False, color_scheme=scheme, viewport={"width": width, "height": height}
            ).enter()
            cards = [visitor.card(run_id) for run_id in shown]
            for card in cards:
                visitor.status(card, "success")
                card.scroll_into_view_if_needed()
                visitor.until(lambda card=card: natural_width(card) == 320, "the picture")
            bar = visitor.card(long).locator("progress")
            visitor.until(lambda bar=bar: bar.evaluate("bar => bar.value") > 0, "progress")
            visitor.page.evaluate("scrollTo(0, 0)")
            name = "page" + ("-dark" if scheme == "dark" else "") + ("-narrow" if width < 1000 else "")
            visitor.page.screenshot(path=OUT / f"{name}.png", animations="disabled")
            if name == "page-dark":
                cards[-1].locator(".frame").click()
                visitor.page.locator("dialog img.large").wait_for()
                visitor.page.screenshot(path=OUT / "page-large.png", animations="disabled")
            visitor.check()
            visitor.page.close()


def test_a_long_queue(visit, tmp_path):
    """Sixty runs wait, each knows its place; the form still answers."""
    with serving(tmp_path / "data") as (gateway, _):
        runs = [submit(gateway, f"number {number}", **LONG) for number in range(61)]
        visitor = visit(gateway, tidy=False).enter()
        last = visitor.card(runs[-1])
        visitor.until(lambda: "59 ahead" in last.inner_text(), "its place")
        assert visitor.page.locator(".card").first.get_attribute("data-id") == runs[-1]
        visitor.card(runs[1]).locator(".cancel").click()
        visitor.until(lambda: "58 ahead" in last.inner_text(), "its new place")
        visitor.check()
