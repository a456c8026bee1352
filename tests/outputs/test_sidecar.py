"""Names of saved files stay in their folder, two savers lose nothing, and a file leads back to its inputs."""

import hashlib
import json
import os
import tempfile
import threading
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import attrs
import pytest
from hypothesis import given
from hypothesis import strategies as some
from PIL import Image
from PIL.PngImagePlugin import PngInfo

from stationthis_sdk.entities import OutputItem
from stationthis_sdk.errors import InvalidInput, SaveFailed
from stationthis_sdk.outputs.sidecar import (
    Origin,
    keep,
    read_saved,
    ready_folder,
    sidecar_of,
    write_sidecar,
)
from stationthis_sdk.store.atomic import atomic_file

PNG_ITEM = OutputItem("image", "https://h/a.png", filename="a.png", mime="image/png", entry_id="e")
ORIGIN = Origin("run-1", deployment="portrait", inputs={"prompt": "a fox", "seed": 7}, seed=7)
HOSTILE = (
    some.text(max_size=300)
    | some.text(some.sampled_from("../\\ .:\x00\n~CON$*?|<>\"'"), max_size=40)
    | some.sampled_from(
        [
            "",
            "...",
            "..",
            "../../x",
            "/etc/passwd",
            "CON",
            "nul.png",
            "🦊🦊",
            "a" * 300,
            "é" * 300,
            "\ud800",
            "-rf",
            "a\x00b",
        ]
    )
)
JSON = some.recursive(
    some.none()
    | some.booleans()
    | some.integers(-(2**53), 2**53)
    | some.floats(allow_nan=False, allow_infinity=False)
    | some.text(some.characters(exclude_categories=["Cs"])),
    lambda inner: (
        some.lists(inner, max_size=3)
        | some.dictionaries(
            some.text(some.characters(exclude_categories=["Cs"]), max_size=5), inner, max_size=3
        )
    ),
    max_leaves=8,
)


def fresh_folder(tmp_path_factory) -> Path:
    """A folder for one example; numbering them as pytest does would take longer than the test."""
    return Path(tempfile.mkdtemp(dir=tmp_path_factory.getbasetemp()))


def save(
    folder: Path, content: bytes = b"x", item=PNG_ITEM, origin=ORIGIN, place=None, *, sidecar=False
) -> Path:
    """Save as an output does."""
    kept = []
    with atomic_file(
        ready_folder(folder) / "output",
        place=lambda file: kept.append(keep(file, folder, item, origin, place)),
    ) as file:
        file.write(content)
    if sidecar:
        write_sidecar(kept[0], item, origin, hashlib.sha256(content).hexdigest())
    return kept[0]


@given(HOSTILE, HOSTILE, HOSTILE, HOSTILE, some.none() | some.integers(0, 99), some.none() | some.integers())
def test_names_never_leave_the_folder(tmp_path_factory, deployment, filename, run_id, mime, place, seed):
    """Whatever anything is called, the file lies in the folder itself, under a short plain name that hides nothing."""
    folder = fresh_folder(tmp_path_factory)
    item = OutputItem("file", "https://h/x", filename=filename, mime=mime, entry_id=run_id)
    path = save(folder, item=item, origin=Origin(run_id, deployment=deployment, seed=seed), place=place)
    assert path.parent == folder
    assert list(folder.iterdir()) == [path]
    assert path.name.isascii()
    assert path.name.isprintable()
    assert not set(path.name) & set("/\\:*?\"<>|'~$ ")
    assert not path.name.startswith((".", "-"))
    assert len(path.name) < 150
    assert path.stem.lower() not in {"con", "nul", "aux", "prn"}


@pytest.mark.parametrize(
    ("item", "origin", "place", "name"),
    [
        (PNG_ITEM, ORIGIN, None, "portrait-7.png"),
        (PNG_ITEM, ORIGIN, 1, "portrait-7-2.png"),
        (PNG_ITEM, Origin("5ea8723e-4701"), None, "run-5ea8723e.png"),
        (
            OutputItem("text", text="x"),
            Origin("r", deployment="Text to Picture!"),
            None,
            "text-to-picture-r.txt",
        ),
        (OutputItem("file", "https://h/x", mime="application/pdf"), ORIGIN, None, "portrait-7.pdf"),
        (OutputItem("file", "https://h/x", filename="x.sh"), ORIGIN, None, "portrait-7.bin"),
        (OutputItem("video", "https://h/v.MP4?sig=1"), ORIGIN, None, "portrait-7.mp4"),
    ],
)
def test_names(tmp_path, item, origin, place, name):
    """A name is the deployment's, the seed or the run, and the place; its ending is one we know."""
    assert save(tmp_path, item=item, origin=origin, place=place).name == name


def test_other_outputs_get_other_names(tmp_path):
    """What is there stays there: the next output gets the next name."""
    paths = [save(tmp_path, b"%d" % number) for number in range(3)]
    assert [path.name for path in paths] == ["portrait-7.png", "portrait-7 (2).png", "portrait-7 (3).png"]
    assert [path.read_bytes() for path in paths] == [b"0", b"1", b"2"]


def of_run(number: int) -> Origin:
    """Where an output of another run with the same seed comes from."""
    return attrs.evolve(ORIGIN, run_id=f"run-{number}")


def test_files_of_one_name_are_numbered_on(tmp_path):
    """The next gets the next number, and each that is saved again is known as its own."""
    paths = [save(tmp_path, origin=of_run(number), sidecar=True) for number in range(5)]
    assert save(tmp_path, origin=of_run(3), sidecar=True) == paths[3]
    assert save(tmp_path, origin=of_run(5), sidecar=True).name == "portrait-7 (6).png"


def test_names_that_become_free_are_taken_again(tmp_path):
    """Files that somebody has taken away leave their names to the next."""
    paths = [save(tmp_path, origin=of_run(number), sidecar=True) for number in range(3)]
    for path in paths[:2]:
        path.unlink()
        sidecar_of(path).unlink()
    assert save(tmp_path, origin=of_run(1), sidecar=True) == paths[0]
    assert save(tmp_path, origin=of_run(2), sidecar=True) == paths[1]


def test_the_same_output_replaces_itself(tmp_path):
    """An output saved again takes its own place; another run's, or another text, does not."""
    first = save(tmp_path, b"1", sidecar=True)
    assert save(tmp_path, b"1", sidecar=True) == first
    assert save(tmp_path, origin=Origin("run-2", deployment="portrait", seed=7), sidecar=True) != first
    texts = [OutputItem("text", text=text, entry_id="e") for text in "ab"]
    assert len({save(tmp_path, item.text.encode(), item, sidecar=True) for item in [*texts, *texts]}) == 2


def test_two_savers_lose_nothing(tmp_path):
    """Many threads that save to one folder and name at once get a file each."""
    start = threading.Barrier(8)

    def work(worker):
        start.wait()
        return [save(tmp_path, f"{worker}-{number}".encode()) for number in range(12)]

    with ThreadPoolExecutor(8) as pool:
        paths = [path for found in pool.map(work, range(8)) for path in found]
    assert len(set(paths)) == 96
    assert {path.read_text() for path in paths} == {
        f"{worker}-{number}" for worker in range(8) for number in range(12)
    }
    assert set(tmp_path.iterdir()) == set(paths)


def test_two_savers_without_hard_links(tmp_path, monkeypatch):
    """Where the file system has no hard links, nothing is lost either."""
    refusals = []

    def refuse(*paths):
        refusals.append(paths)
        raise PermissionError(1, "no links here")

    monkeypatch.setattr(os, "link", refuse)
    with ThreadPoolExecutor(4) as pool:
        paths = list(pool.map(lambda number: save(tmp_path, b"%d" % number), range(40)))
    assert refusals
    assert {path.read_bytes() for path in paths} == {b"%d" % number for number in range(40)}
    assert set(tmp_path.iterdir()) == set(paths)


def test_a_folder_that_can_t_be_made(tmp_path):
    """A folder below a file, or with a NUL in its name, is a SaveFailed."""
    (tmp_path / "file").touch()
    for folder in (tmp_path / "file" / "below", tmp_path / "a\x00b"):
        with pytest.raises(SaveFailed, match="Can't make the folder"):
            ready_folder(folder)
    (tmp_path / "portrait-7.png").mkdir()
    assert save(tmp_path).name == "portrait-7 (2).png"


@given(
    some.dictionaries(some.text(some.characters(exclude_categories=["Cs"])), JSON, max_size=4),
    HOSTILE.filter(str.isprintable),
)
def test_a_sidecar_leads_back(tmp_path_factory, inputs, name):
    """What was written beside a file is what is read back, to the letter."""
    folder = fresh_folder(tmp_path_factory)
    origin = Origin("run-1", name, "d", "w", "v", inputs, None)
    saved = read_saved(save(folder, origin=origin, sidecar=True))
    assert saved.inputs == inputs
    assert (saved.source, saved.run_id, saved.deployment, saved.deployment_id) == (
        "sidecar",
        "run-1",
        name,
        "d",
    )
    assert saved.workflow_version_id == "v"


def test_no_signature_is_written_down(tmp_path):
    """The JSON holds no link: links of private accounts are signed."""
    item = OutputItem("image", "https://h/a.png?X-Amz-Signature=abcdef", filename="a.png")
    assert "abcdef" not in sidecar_of(save(tmp_path, item=item, sidecar=True)).read_text()


@pytest.mark.parametrize(
    "content",
    [b"", b"null", b"[]", b"{}", b"\xff", b'{"stationthis": 2, "inputs": {}}', b'{"stationthis": 1}', b'{"stationthis": 1, "inputs": []}',
     b'{"inputs": {}}', b"[" * 100_000, b'{"frames": {"a.png": {}}, "meta": {"app": "https://other.example"}}'],
)  # fmt: skip
def test_foreign_sidecars_are_ignored(tmp_path, content):
    """A JSON beside a file that is not ours, or broken, is as if it were not there."""
    path = save(tmp_path)
    sidecar_of(path).write_bytes(content)
    with pytest.raises(InvalidInput, match=r"tells nothing of its run: no portrait-7\.png\.json"):
        read_saved(path)
    assert save(tmp_path) != path


def test_sidecars_that_are_no_files(tmp_path):
    """An oversized sidecar, a folder or a pipe in its place is ignored, and nothing waits for it."""
    path = save(tmp_path, sidecar=True)
    note = sidecar_of(path).read_bytes()
    with sidecar_of(path).open("ab") as file:
        file.truncate(17 << 20)
    with pytest.raises(InvalidInput):
        read_saved(path)
    sidecar_of(path).write_bytes(note)
    assert read_saved(path).inputs == ORIGIN.inputs
    sidecar_of(path).unlink()
    os.mkfifo(sidecar_of(path))
    with pytest.raises(InvalidInput):
        read_saved(path)
    sidecar_of(path).unlink()
    sidecar_of(path).mkdir()
    with pytest.raises(InvalidInput):
        read_saved(path)


def test_fields_of_another_kind(tmp_path):
    """A sidecar somebody edited gives its inputs, and None for what is no text."""
    path = save(tmp_path)
    sidecar_of(path).write_text(
        json.dumps({"stationthis": 1, "inputs": {"a": 1}, "run_id": 5, "deployment": [], "output": "x"})
    )
    saved = read_saved(path)
    assert (saved.inputs, saved.run_id, saved.deployment) == ({"a": 1}, None, None)


@pytest.mark.parametrize("path", ["none.png", ".", "", "a\x00b"])
def test_no_such_file(tmp_path, path):
    """What is no file is said to be none."""
    with pytest.raises(InvalidInput, match="There is no file"):
        read_saved(tmp_path / path)


def node(class_type, **inputs):
    return {"class_type": f"ComfyUIDeployExternal{class_type}", "inputs": inputs}


# As the plugin leaves it: the value is written over input_id, too. "steps" and "photo" were not given.
RUN_GRAPH = {
    "1": node("Text", input_id="a fox", default_value="a fox"),
    "2": node("Seed", input_id=7, default_value=7),
    "3": node("NumberSlider", input_id=7.5, default_value=5, min_value=1, max_value=20),
    "4": node("NumberInt", input_id="steps", default_value=20),
    "5": node("Image", input_id="https://h/cat.png", default_value=["9", 0]),
    "6": node("Image", input_id="photo", default_value=["9", 0]),
    "7": node("Boolean", input_id="hires", default_value=False),
    "9": {"class_type": "LoadImage", "inputs": {"image": "cat.png"}, "is_changed": [float("nan")]},
}
EDITOR = {
    "nodes": [
        {"id": number, "type": "ComfyUIDeployExternal", "widgets_values": [name, "whatever"]}
        for number, name in enumerate(["prompt", "seed", "cfg", "steps", "image", "photo", "hires"], 1)
    ]
    + [{"id": 9, "widgets_values": ["cat.png", "image"]}, {"id": 10, "widgets_values": {}}, {"id": 11}, 5]
}
FOUND = {"prompt": "a fox", "seed": 7, "cfg": 7.5, "steps": 20, "image": "https://h/cat.png", "hires": False}


def noted_png(path: Path, **notes) -> Path:
    info = PngInfo()
    for name, note in notes.items():
        info.add_text(name, note if isinstance(note, str) else json.dumps(note))
    Image.new("RGB", (4, 4)).save(path, pnginfo=info)
    return path


def noted_webp(path: Path, **notes) -> Path:
    exif = Image.Exif()
    for tag, (name, note) in enumerate(notes.items()):
        exif[0x0110 - tag] = f"{name}:{json.dumps(note)}"
    Image.new("RGB", (4, 4)).save(path, exif=exif)
    return path


@pytest.mark.parametrize("written", [noted_png, noted_webp])
def test_notes_of_comfyui(tmp_path, written):
    """A picture with ComfyUI's own notes gives the inputs by the names the editor's copy knows."""
    path = written(tmp_path / f"a.{written.__name__[6:]}", prompt=RUN_GRAPH, workflow=EDITOR)
    saved = read_saved(path)
    assert saved.inputs == FOUND
    assert (saved.source, saved.run_id) == ("embedded", None)
    assert saved.graph.keys() == RUN_GRAPH.keys()


def test_notes_without_the_editors_copy(tmp_path):
    """Without it, a name that was written over is the node's number."""
    saved = read_saved(noted_png(tmp_path / "a.png", prompt=RUN_GRAPH))
    assert (saved.inputs["1"], saved.inputs["2"], saved.inputs["hires"]) == ("a fox", 7, False)


def test_notes_of_a_plain_workflow(tmp_path):
    """A graph without external inputs gives its literals as node and field."""
    graph = {
        "3": {"class_type": "KSampler", "inputs": {"seed": 5, "model": ["4", 0]}},
        "4": "odd",
        "5": {"inputs": None},
    }
    assert read_saved(noted_png(tmp_path / "a.png", prompt=graph)).inputs == {"3.seed": 5}


def test_the_sidecar_comes_before_the_note(tmp_path):
    """When both are there, ours is the one that is read."""
    path = noted_png(tmp_path / "a.png", prompt=RUN_GRAPH)
    write_sidecar(path, PNG_ITEM, ORIGIN, "0")
    assert read_saved(path).source == "sidecar"


@pytest.mark.parametrize("note", ["", "{", "[]", "null", "5", "[" * 100_000, "\ud7ff"])
def test_notes_that_tell_nothing(tmp_path, note):
    """A picture whose note is no graph tells nothing, in one line."""
    with pytest.raises(InvalidInput, match="tells nothing") as caught:
        read_saved(noted_png(tmp_path / "a.png", prompt=note, workflow=note))
    assert "\n" not in str(caught.value)


@pytest.mark.parametrize(
    "content",
    [b"", b"hello", b"\x89PNG\r\n\x1a\n" + bytes(50), b"RIFF\x00\x00\x00\x00WEBPVP8X" + bytes(40), b"GIF89a"],
)
def test_files_that_are_no_pictures(tmp_path, content):
    """A damaged picture, or none at all, tells nothing."""
    (tmp_path / "a.png").write_bytes(content)
    with pytest.raises(InvalidInput, match="tells nothing"):
        read_saved(tmp_path / "a.png")


@given(
    some.dictionaries(
        some.sampled_from(["prompt", "workflow"]),
        JSON | some.dictionaries(some.text(max_size=2), JSON),
        max_size=2,
    )
)
def test_any_note(tmp_path_factory, notes):
    """Whatever stands in a note, the inputs come out as a mapping or the picture tells nothing."""
    path = noted_png(
        fresh_folder(tmp_path_factory) / "a.png", **{name: json.dumps(note) for name, note in notes.items()}
    )
    try:
        assert isinstance(read_saved(path).inputs, dict)
    except InvalidInput as error:
        refused = error
    else:
        return
    assert "tells nothing" in str(refused)
