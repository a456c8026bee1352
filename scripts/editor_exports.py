"""Writes what tests/graphs holds our conversion against: what ComfyUI's own editor exports of real workflows.

    python scripts/editor_exports.py        (needs what `make test-comfyui` and `make test-browser` install)

The editor itself, in headless Chromium before a real ComfyUI, opens each workflow of comfyui-workflow-templates-json
whose classes that ComfyUI knows, and exports it in API format. Kept are the digest of each export, and of each class the
names and types of its inputs.
"""

import hashlib
import importlib.resources
import json
import re
import shutil
import subprocess
import sys
import urllib.request
from collections.abc import Iterator
from pathlib import Path
from typing import Any, Final

import real_comfyui

KEPT: Final = Path(__file__).resolve().parent.parent / "tests" / "graphs" / "editor_exports.json"
EDITOR: Final = "comfyui-frontend-package==1.45.21"
_EDITOR_ONLY: Final = {"Note", "MarkdownNote", "Reroute", "PrimitiveNode"}
# Classes to which the editor adds an input of its own, and workflows whose nodes it gives other numbers.
_VIEWERS: Final = {"SaveGLB"}
_RENUMBERED: Final = {"flux1_dev_uso_reference_image_gen", "image_newbieimage_exp0_1-t2i"}
_CHROMIUM: Final = [
    f"--{flag}"
    for flag in (
        "no-sandbox",
        "disable-gpu",
        "disable-quic",
        "no-first-run",
        "disable-background-networking",
        "disable-component-update",
        "disable-sync",
        "disable-dev-shm-usage",
    )
]
_LINE: Final = re.compile(r"(?m)^  \S.*\n(?:   .*\n)*  [\]}],?$")
_EXPORT: Final = """async (graph) => {
    await window.app.loadGraphData(graph, true, false)
    return (await window.app.graphToPrompt()).output
}"""
_OPTIONS: Final = (
    "default",
    "forceInput",
    "control_after_generate",
    "image_upload",
    "video_upload",
    "audio_upload",
)


def main() -> int:
    """Ask the editor, keep its answers."""
    from playwright.sync_api import sync_playwright  # noqa: PLC0415 - tests read the rest without it

    chromium = shutil.which("chromium") or shutil.which("chromium-browser")
    if chromium is None:
        print("Chromium is missing: apt-get install chromium", file=sys.stderr)
        return 1
    real_comfyui.install()
    command = [str(real_comfyui.PYTHON), "-m", "pip", "install", "--quiet", "--no-deps", EDITOR]
    subprocess.run(command, check=True)
    (static,) = real_comfyui.HOME.glob("lib/python*/site-packages/comfyui_frontend_package/static")
    with real_comfyui.comfyui(static) as address, sync_playwright() as playwright:
        with urllib.request.urlopen(f"{address}/object_info") as answer:  # noqa: S310 - our own server
            known = json.load(answer)
        page = playwright.chromium.launch(executable_path=chromium, args=_CHROMIUM).new_page()
        page.goto(address)
        page.wait_for_function("window.app?.graph && window.app?.extensionManager", timeout=120_000)
        page.wait_for_timeout(8_000)  # the editor has no word for "every extension is there"
        exports = {}
        used: set[str] = set()
        for name, content in templates():
            graph = json.loads(content)
            classes = classes_in(graph)
            if classes and classes <= known.keys() - _VIEWERS and name not in _RENUMBERED:
                exported = page.evaluate(_EXPORT, graph)
                exports[name] = [hashlib.sha256(content).hexdigest()[:16], digest(exported)]
                used |= classes
                print(name, flush=True)
    told = {
        "editor": EDITOR,
        "classes": {name: brief(known[name]) for name in sorted(used)},
        "exports": exports,
    }
    # A line for each class and each export, so that a change can be read.
    KEPT.write_text(_LINE.sub(lambda one: " ".join(one[0].split()), json.dumps(told, indent=1)) + "\n")
    return 0


def templates() -> Iterator[tuple[str, bytes]]:
    """The workflows of the package, by name."""
    root = importlib.resources.files("comfyui_workflow_templates_json")
    with importlib.resources.as_file(root) as folder:
        for path in sorted(folder.glob("**/*.json")):
            content = path.read_bytes()
            graph = json.loads(content)
            if isinstance(graph, dict) and isinstance(graph.get("nodes"), list):
                yield path.stem, content


def classes_in(graph: dict[str, Any]) -> set[str]:
    """The classes of a workflow's nodes, those inside of its subgraphs too."""
    subgraphs = graph.get("definitions", {}).get("subgraphs", [])
    names = {node["type"] for level in (graph, *subgraphs) for node in level["nodes"]}
    return names - _EDITOR_ONLY - {one["id"] for one in subgraphs}


def digest(api: dict[str, Any]) -> str:
    """What an export says, without titles and without regard to the order of nodes; 1.0 is 1."""
    told = {node_id: [node["class_type"], _plain(node["inputs"])] for node_id, node in api.items()}
    return hashlib.sha256(json.dumps(told, sort_keys=True).encode()).hexdigest()[:16]


def brief(entry: dict[str, Any]) -> dict[str, Any]:
    """A class's inputs by name and type, and what decides whether they are widgets."""
    return {
        "input": {
            group: {name: _brief_input(one) for name, one in entry["input"].get(group, {}).items()}
            for group in ("required", "optional")
            if entry["input"].get(group)
        }
    }


def _brief_input(declared: list[Any]) -> list[Any]:
    options = declared[1] if len(declared) > 1 else {}
    kept = {name: options[name] for name in _OPTIONS if name in options}
    choices = declared[0] if isinstance(declared[0], list) else options.get("options", [])
    kind = "COMBO" if isinstance(declared[0], list) else declared[0]
    if kind == "COMBO":
        kept["options"] = choices[:1]  # the first is what stands where none was chosen
    return [kind, kept] if kept else [kind]


def _plain(value: Any) -> Any:
    if isinstance(value, dict):
        return {name: _plain(one) for name, one in value.items()}
    if isinstance(value, list):
        return [_plain(one) for one in value]
    return int(value) if isinstance(value, float) and value.is_integer() else value


if __name__ == "__main__":
    sys.exit(main())
