"""Outputs in every shape they have been seen in, and in any other."""

import json
from urllib.parse import urlsplit

import pytest
from hypothesis import given
from hypothesis import strategies as some

from stationthis_sdk.outputs.normalise import extension_of, is_text_file, normalise, type_of

WORDS = ["data", "images", "gifs", "files", "text", "result", "url", "filename", "output_id", "node_meta", "node_id", "outputs",
         "error", "animated", "audio", "mesh", "format", "subfolder", "type", "id", "9", "12:3", "exception_type", "download_url"]  # fmt: skip
LINKS = [
    "https://h/a.png",
    "http://h/v.mp4?sig=1",
    "http://[",
    "ftp://h/a.png",
    "https://h/view?filename=a.png",
    "data:image/png;base64,AA",
]
LEAVES = (
    some.none()
    | some.booleans()
    | some.integers()
    | some.floats()
    | some.text(max_size=8)
    | some.sampled_from([*LINKS, "a.png", "video/h264-mp4", 10**40])
)
JSON = some.recursive(
    LEAVES,
    lambda inner: (
        some.lists(inner, max_size=4)
        | some.dictionaries(some.sampled_from(WORDS) | some.text(max_size=4), inner, max_size=4)
    ),
    max_leaves=20,
)


def media(name, **more):
    return {"url": f"https://h/outputs/{name}", "type": "output", "filename": name, "subfolder": ""} | more


def entry(data, **more):
    return {
        "id": "e1",
        "output_id": None,
        "run_id": "r",
        "data": data,
        "node_meta": {"node_id": "9"},
        "type": None,
        "node_id": None,
    } | more


def kinds(raw):
    return [item.kind for item in normalise(raw)]


@given(JSON)
def test_any_json_is_read(raw):
    """Whatever comes, reading it never raises; nothing is twice in it, and addresses are of the web."""
    items = normalise(raw)
    assert len({item.identity for item in items}) == len(items)
    for item in items:
        assert item.kind in {"image", "animation", "video", "audio", "mesh", "text", "file"}
        assert (item.url is None) is (item.text is not None)
        assert item.url is None or item.url.startswith(("http://", "https://"))
        assert isinstance(item.filename, str)
    assert normalise(json.loads(json.dumps(raw))) == items
    assert normalise([raw, raw]) == normalise([raw])


def test_entries_of_a_run():
    """The service's list: one item for each thing, in its order, with the names its entry gives."""
    items = normalise(
        [
            entry({"text": ["hello"]}, node_meta={"node_id": "9", "node_class": "ComfyDeployOutputText"}),
            entry({"images": [media("a.png", is_public=True), media("b.webp")]}, id="e2", output_id="hero"),
            entry({"gifs": [media("v.mp4")]}, id="e3", node_meta={"node_id": 12}),
            entry(
                {
                    "mesh": [media("m.glb")],
                    "audio": [media("s.flac")],
                    "files": [media("z.zip")],
                    "animated": [True],
                },
                id="e4",
            ),
            entry({}, id="e5", node_meta=None),
        ]
    )
    assert [
        (item.kind, item.filename or item.text, item.output_id, item.node_id, item.entry_id) for item in items
    ] == [
        ("text", "hello", None, "9", "e1"),
        ("image", "a.png", "hero", "9", "e2"),
        ("image", "b.webp", "hero", "9", "e2"),
        ("video", "v.mp4", None, "12", "e3"),
        ("mesh", "m.glb", None, "9", "e4"),
        ("audio", "s.flac", None, "9", "e4"),
        ("file", "z.zip", None, "9", "e4"),
    ]
    assert items[0].node_class == "ComfyDeployOutputText"
    assert [item.is_public for item in items[1:3]] == [True, None]


@pytest.mark.parametrize(
    ("raw", "kind"),
    [
        ({"images": [media("a.png")]}, "image"),
        ({"files": [media("a.png")]}, "image"),
        ({"files": [media("v.mp4")]}, "video"),
        ({"files": [media("s.flac")]}, "audio"),
        ({"files": [media("t.txt")]}, "file"),
        ({"images": [media("a.gif")]}, "animation"),
        ({"gifs": [media("a.gif", format="image/gif", frame_rate=8)]}, "animation"),
        ({"gifs": [media("a.mp4", format="video/h264-mp4", frame_rate=8)]}, "video"),
        ({"gifs": [media("a")]}, "video"),
        ({"images": [media("v.webm")], "animated": [True]}, "video"),
        ({"videos": [media("a")]}, "video"),
        ({"audio": [media("a")]}, "audio"),
        ({"mesh": [media("a.obj")]}, "mesh"),
        ({"model_file": [media("a.safetensors")]}, "file"),
        ({"text_file": [media("a.md")]}, "file"),
        ({"result": [media("a.glb")]}, "mesh"),
        ({"files": [media("a", subfolder="video/x")]}, "video"),
        ({"files": [media("a", subfolder="images")]}, "image"),
        ({"files": [media("a", url="https://h/images/1")]}, "image"),
        ({"files": [media("a", format="audio/flac")]}, "audio"),
        ({"files": [media("a.png", format="no type")]}, "image"),
        ({"something_new": [media("a.png")]}, "image"),
        ({"something_new": [media("a")]}, "file"),
        (media("a.png"), "image"),
        ({"download_url": "https://h/a.mp3"}, "audio"),
        ("https://h/a.png?X-Amz-Signature=1", "image"),
        (" https://h/a.PNG\n", "image"),
        ("http://h/view?filename=a.png&type=output", "image"),
        ("https://h/nothing", "file"),
        ({"images": ["https://h/a.webp"]}, "image"),
        ({"images": ["https://h/a"]}, "image"),
        ({"result": "https://h/a.wav"}, "audio"),
    ],
)
def test_what_a_file_is(raw, kind):
    """A file's kind is told by its format, then its name, then its folder, then where it was found."""
    assert kinds(raw) == kinds([raw]) == kinds([entry(raw)]) == kinds({"outputs": [entry(raw)]}) == [kind]


@pytest.mark.parametrize(
    ("raw", "texts"),
    [
        ("a caption", ["a caption"]),
        (["one", "two"], ["one", "two"]),
        ({"text": ["one", "two", "one"]}, ["one", "two"]),
        ({"text": "one"}, ["one"]),
        ({"result": [True, 0.5, 3, "x"]}, ["true", "0.5", "3", "x"]),
        ({"result": [10**40]}, [str(10**40)]),
        ({"string": ["s"]}, ["s"]),
        ({"tags": ["a, b"]}, ["a, b"]),
        ({"text": ["https://h/a.png"]}, ["https://h/a.png"]),
        (entry("a caption"), ["a caption"]),
        ({"type": "text", "text": "hello"}, ["hello"]),
    ],
)
def test_texts(raw, texts):
    """Texts come as they are; truth values and numbers as JSON writes them."""
    items = normalise(raw)
    assert [(item.kind, item.text) for item in items] == [("text", text) for text in texts]


@pytest.mark.parametrize(
    "raw",
    [
        None,
        True,
        5,
        [],
        {},
        [{}],
        [None, True, 1],
        [entry({})],
        [entry(None)],
        {"error": {"error": {"message": "no"}, "node_errors": {}}},
        [entry({"error": {"exception_message": "no"}})],
        [entry([{"id": "1", "time": 0.01, "class_type": "EmptyImage", "vram_used": 0}])],
        {"exception_type": "Exception", "exception_message": "no", "traceback": ["x"],
         "current_inputs": {"text": ["the prompt"], "images": [media("a.png")]}, "current_outputs": {}},
        {"animated": [True, False]},
        {"images": [None, 5, True]},
        {"images": [{"filename": "a.png", "type": "output"}]},
        {"images": [media("a.png", url="ftp://h/a.png")]},
        {"images": [media("a.png", url="file:///etc/passwd")]},
        {"images": [media("a.png", url="javascript:alert(1)")]},
        {"images": [media("a.png", url="data:image/png;base64,AAAA")]},
        {"images": [media("a.png", url="http://[")]},
        {"images": [media("a.png", url="https:///a.png")]},
        {"images": [media("a.png", url=5)]},
        {"images": ["a.png"]},
    ],
)  # fmt: skip
def test_what_is_no_output(raw):
    """Empty entries, timing lists, errors, truth values and addresses that are not of the web are passed over."""
    assert normalise(raw) == ()


def test_an_object_by_node():
    """ComfyUI's own form, keyed by node id, also of nodes within nodes."""
    items = normalise(
        {"9": {"images": [media("a.png")]}, "12:3": {"text": ["x"]}, "7": {"gifs": [media("v.mp4")]}}
    )
    assert [(item.kind, item.node_id) for item in items] == [("image", "9"), ("text", "12:3"), ("video", "7")]


def test_raw_rows_and_webhooks():
    """The raw list of runs and a webhook's body keep more fields and have no output_id: they give the same items."""
    data = {
        "gifs": [
            media("v.mp4", format="video/h264-mp4", frame_rate=24.0, output_id="final", workflow="w.png")
        ]
    }
    row = {
        "id": "r",
        "status": "success",
        "workflow": {"nodes": []},
        "outputs": [{"id": "e1", "data": data, "node_meta": None}],
    }
    hook = {
        "event_type": "run.output",
        "run_id": "r",
        "status": "running",
        "progress": 0.5,
        "outputs": row["outputs"],
    }
    for raw in (row, hook):
        (item,) = normalise(raw)
        assert (item.kind, item.mime, item.output_id, item.entry_id) == ("video", "video/mp4", "final", "e1")


@pytest.mark.parametrize("where", ["entry", "data", "item"])
def test_the_authors_name(where):
    """The output's own name is found in the entry, in its data as a list, or in the item."""
    item = media("a.png", output_id="final") if where == "item" else media("a.png")
    data = {"images": [item]} | ({"output_id": ["final"]} if where == "data" else {})
    raw = [entry(data, output_id="final" if where == "entry" else None)]
    assert [found.output_id for found in normalise(raw)] == ["final"]


def test_files_behind_one_path():
    """Files that differ only in the query of their address are all there; a file told of twice is there once."""
    links = [
        f"http://127.0.0.1:8188/view?filename={name}&type=output" for name in ("a.png", "b.png", "a.png")
    ]
    assert [item.filename for item in normalise(links)] == ["a.png", "b.png"]
    signed = [entry({"images": [media("a.png", url=f"https://h/a.png?sig={n}")]}) for n in (1, 2)]
    assert len(normalise(signed)) == 1


def test_deep_outputs():
    """Depth has an end: what lies deeper than any server's answer is passed over."""
    raw = "https://h/a.png"
    for _ in range(5000):
        raw = [raw]
    assert normalise(raw) == ()


@pytest.mark.parametrize(
    "name", ["a.svg", "a.exr", "a.png", "a.b.TIFF", "https://h/x.png?y=z.mp4", "https://h/%61.jpg"]
)
def test_endings_we_know(name):
    """The ending of a name or address we know, in small letters."""
    assert extension_of(name) in {"svg", "exr", "png", "tiff", "jpg"}


@given(
    some.text()
    | some.sampled_from(
        ["a.sh", "../../etc/passwd", "a.png/..", "http://[", "a.p\x00ng", ".png", "https://h/.png"]
    )
)
def test_endings_may_go_into_a_path(name):
    """Of any name at most a few plain letters are left."""
    assert extension_of(name).isalnum() or extension_of(name) == ""


def test_files_that_are_texts():
    """Text files can be read out, pictures can't."""
    assert [
        is_text_file(item) for item in normalise({"files": [media("a.txt"), media("a.json"), media("a.png")]})
    ] == [True, True, False]


def test_spaces_in_links_are_quoted():
    """A file whose name holds a space is an output like any other."""
    (item,) = normalise({"images": [{"url": "https://h/my pic_00001_.png", "filename": "my pic_00001_.png"}]})
    assert item.url == "https://h/my%20pic_00001_.png"


def test_a_table_keeps_its_ending():
    """A trainer's loss.csv is saved as such."""
    [item] = normalise({"files": [{"url": "https://h/loss.csv", "filename": "loss.csv"}]})
    assert (item.mime, extension_of(item.filename), type_of("loss.csv")) == ("text/csv", "csv", "text/csv")


@given(some.text(max_size=3) | some.just(""), some.from_regex(r"https?://[!-~]{0,12}", fullmatch=True))
def test_a_link_is_what_the_standard_library_reads_as_one(before, text):
    """Usual links are seen at a glance, and nothing is that would not be one when it is looked at closely."""
    link = before + text
    (item,) = normalise(link)
    try:
        parts = urlsplit(link.strip())
        is_link = parts.scheme in {"http", "https"} and bool(parts.hostname) and link.strip().isprintable()
    except ValueError:
        is_link = False
    assert (item.url is not None) == (is_link and " " not in link.strip())
