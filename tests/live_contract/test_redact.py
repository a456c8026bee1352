"""What is published of an answer: its shape, and nobody's words."""

import json
import random
from typing import Any

import pytest
from hypothesis import assume, given
from hypothesis import strategies as st

from stationthis_sdk.api.contract import shipped_contract
from stationthis_sdk.contract.document import Document
from stationthis_sdk.contract.operations import read_operations
from stationthis_sdk.contract.redact import Redactor
from stationthis_sdk.contract.words import is_plain_name, looks_secret
from tests.live_contract.small import JSON, contract

SMALL = Document(contract())
SHIPPED = Document(shipped_contract())
ANSWERS = [one.answer for one in read_operations(SHIPPED)]
KEY = "sk_owner-Zq81vTfW0pLx"
FIELDS = st.sampled_from(
    [
        *(
            "id",
            "user_id",
            "status",
            "type",
            "class_type",
            "gpu",
            "inputs",
            "workflow_inputs",
            "envs",
            "links",
            "url",
        ),
        *(
            "created_at",
            "token",
            "name",
            "workflow_api",
            "input_id",
            "pos",
            "widgets_values",
            "share_slug",
            "1",
            "new",
        ),
    ]
)
# Each as somebody's, with the part of it that may be nowhere.
SECRETS = [
    (KEY, "Zq81vTfW0pLx"),
    (f"Bearer {KEY} again", "Zq81vTfW0pLx"),
    ("eyJhbGciOiJIUzI1NiJ9.eyJ1c2VyX2lkIjoidSJ9.4pQx_sig", "4pQx_sig"),
    ("ann.example@post.example", "ann.example"),
    ("hf_QwErTyUiOpAsDf", "QwErTyUiOp"),
    ("https://bucket.example/ann/cat.png?X-Amz-Signature=77aa99bb", "77aa99bb"),
    ("https://bucket.example/ann/secretive", "secretive"),
    ("postgres://ann:hunter2@db.example/x", "hunter2"),
    ("0b9d6a52-7d1c-4a43-9a3e-5d2f6c1e7b90", "5d2f6c1e7b90"),
    ("2024-05-17T11:22:33.987654Z", "11:22:33"),
    ("a portrait of Ann, oil on canvas", "portrait"),
    ("4917612345678.25", "4917612345678"),
]


def redacted(value: Any, schema: Any = True, key: str = KEY) -> Any:
    return Redactor(SMALL, [key]).body(value, schema)


def _told(text: str) -> str:
    return "<secret>" if looks_secret(text) else f"text of {len(text)} characters"


@pytest.mark.parametrize(
    ("field", "value", "expected"),
    [
        ("x", None, None),
        ("x", True, True),
        ("x", 7, 7),
        ("x", 0.6000000238418579, 0.6000000238418579),
        ("x", "", ""),
        ("org_id", "None", "None"),
        ("x", "a cat", "text of 5 characters"),
        ("x", "猫", "text of 1 character"),
        ("status", "not-started", "not-started"),
        ("status", "dozing", "dozing"),
        ("status", "it is for Ann", "text of 13 characters"),
        ("environment", "public-share", "public-share"),
        ("gpu", "A100-80GB", "A100-80GB"),
        ("mime_type", "image/png", "image/png"),
        ("class_type", "Image Resize (Ann's)", "text of 20 characters"),
        ("class_type", "KSampler (Efficient)", "KSampler (Efficient)"),
        ("class_type", "workflow/my group", "text of 17 characters"),
        ("class_type", "see https://bucket.example/ann", "text of 30 characters"),
        ("class_type", "C:/Users/Ann", "text of 12 characters"),
        ("id", "7c1f4dd0-9a8e-4c55-8f6b-0f4f1f0f2a11", "00000000-0000-4000-8000-000000000001"),
        ("user_id", "user_2ab", "id1"),
        ("machine_ids", ["m", "n", "m"], ["id1", "id2", "id1"]),
        ("api_key", "whatever", "<secret>"),
        ("x", "sk-live-3fJq81", "<secret>"),
        ("x", "ann@post.example", "someone@example.com"),
        ("x", "https://a.example/b/c.PNG?d=e", "https://files.example/file1.png"),
        ("x", "s3://bucket/x", "https://files.example/file1"),
        ("x", "ComfyUI_00001_.png", "file1.png"),
        ("x", "1.883901", "1.111111"),
        ("x", "2025-11-22T06:30:21.465000Z", "2026-01-02T03:04:05.123456Z"),
        ("x", "2025-11-22T06:30:20.630Z", "2026-01-02T03:04:05.123Z"),
        ("x", "2025-11-22T06:28:16.563452", "2026-01-02T03:04:05.123456"),
        ("x", "2025-11-22 06:29:10.000172", "2026-01-02 03:04:05.123456"),
        ("x", "2025-11-22T06:34:41.601626+02:00", "2026-01-02T03:04:05.123456+00:00"),
        ("x", "2025-11-22T06:29:10.276224+00Z", "2026-01-02T03:04:05.123456+00Z"),
        ("x", "2025-11-22T06:29Z", "2026-01-02T03:04Z"),
        ("x", "2025-11-22", "2026-01-02"),
        ("x", {"a@b.example": 1, "cover_url": 2}, {"name1": 1, "cover_url": 2}),
        ("workflow_inputs", {"prompt": "a cat", "seed": 7}, {"name1": "text of 5 characters", "name2": 7}),
        ("x", "data:image/png;base64,iVBORw0", "text of 29 characters"),
        ("phone", 4917612345678, 1111111111111),
        ("chat", -1001234567890, -1111111111111),
        ("x", 4917612345678.25, 1111111111111.0),
        ("pin_secret", 1234, 0),
        ("labels", {"ann": 1, "Bob": 2}, {"name1": 2, "name2": 1}),
        (
            "x",
            {"class_type": "KSampler", "status": "Ann is ill"},
            {"class_type": "KSampler", "status": "text of 10 characters"},
        ),
    ],
)
def test_each_kind_keeps_its_shape(field: str, value: Any, expected: Any) -> None:
    """Numbers and words of the service stay; times, ids, addresses and texts become others of their kind."""
    assert redacted({field: value}, {"$ref": "#/components/schemas/Thing"}) == {field: expected}


@pytest.mark.parametrize("letters", ["abcdefghijklmnop", "1234567890123456", "a1b2c3d4e5f6g7h8"])
@pytest.mark.parametrize("prefix", ["img", "vid", "audio", "zip", "file"])
def test_the_id_of_a_file_is_an_id_whatever_letters_it_has(prefix: str, letters: str) -> None:
    """Two recordings of one service are the same, although the ids are drawn by lot."""
    redactor = Redactor(SMALL)
    assert redactor.body({"file_id": f"{prefix}_{letters}"}, {}) == {"file_id": "id1"}
    assert redactor.body({"db_path": f"{prefix}_{letters}.png"}, {}) == {"db_path": "file1.png"}


def test_graphs_keep_their_structure() -> None:
    """Node ids, kinds and links of both formats; what people wrote into the nodes goes."""
    graph = {
        "9": {
            "class_type": "KSampler",
            "_meta": {"title": "Ann's"},
            "inputs": {"seed": 7, "model": ["4:1", 0], "text": "a cat", "ckpt_name": "sd/xl.safetensors"},
        }
    }
    drawn = {
        "nodes": [
            {
                "id": 1,
                "type": "Load Image",
                "pos": [0, 1.5],
                "outputs": [{"name": "IMAGE", "type": "*", "links": [3]}],
                "widgets_values": ["ann.png", 5],
            }
        ],
        "links": [[3, 1, 0, 2, 0, "CLIP_VISION"]],
    }
    assert redacted({"workflow_api": graph, "workflow": drawn}) == {
        "workflow_api": {
            "9": {
                "class_type": "KSampler",
                "_meta": {"title": "text of 5 characters"},
                "inputs": {
                    "seed": 7,
                    "model": ["4:1", 0],
                    "text": "text of 5 characters",
                    "ckpt_name": "file2.safetensors",
                },
            }
        },
        "workflow": {
            "nodes": [
                {
                    "id": 1,
                    "type": "Load Image",
                    "pos": [0, 1.5],
                    "outputs": [{"name": "text of 5 characters", "type": "*", "links": [3]}],
                    "widgets_values": ["file1.png", 5],
                }
            ],
            "links": [[3, 1, 0, 2, 0, "CLIP_VISION"]],
        },
    }


def test_references_still_join() -> None:
    """The same id, in keys, values and requests, over several answers; names of inputs as well."""
    redactor = Redactor(SMALL)
    run = "7c1f4dd0-9a8e-4c55-8f6b-0f4f1f0f2a11"
    one = redactor.body([{"id": run, "input_id": "prompt", "user_id": "u"}], True)[0]
    two = redactor.body({run.upper(): {"workflow_inputs": {"prompt": 1}}, "slug": "u"}, True)
    assert two == {one["id"]: {"workflow_inputs": {one["input_id"]: 1}}, "slug": one["user_id"]}
    assert (redactor.reference(run), redactor.reference("u"), redactor.reference(3)) == (one["id"], "id1", 3)


@st.composite
def planted(draw: st.DrawFn) -> tuple[Any, str]:
    """Random JSON with one secret somewhere in it, as a value or key, alone or within a longer text."""
    secret, part = draw(st.sampled_from(SECRETS))
    text = draw(st.sampled_from([secret, f"see {secret}", f'{{"key": "{secret}"}}']))
    held: Any = draw(
        st.sampled_from(
            [text, [text], {text: 1}, {"1": text}, [[3, 1, 0, 2, 0, text]], [text, 0], {"type": text}]
        )
    )
    for field in draw(st.lists(st.none() | FIELDS, max_size=5)):
        others = draw(st.dictionaries(FIELDS | st.text(max_size=6), JSON, max_size=3))
        held = [held, *others.values()] if field is None else {**others, field: held}
    return held, part


@given(case=planted(), schema=st.sampled_from([True, *ANSWERS]))
def test_no_secret_survives(case: tuple[Any, str], schema: Any) -> None:
    """Wherever it stands, and whatever the contract says of that place."""
    value, part = case
    assert part not in json.dumps(Redactor(SHIPPED, [KEY]).body(value, schema), ensure_ascii=False)


@given(
    key=st.text(st.characters(codec="utf-8"), min_size=8, max_size=30) | st.from_regex(r"\A[0-9]{8,15}\Z"),
    value=JSON,
    field=FIELDS,
    data=st.data(),
)
def test_the_key_is_nowhere(key: str, value: Any, field: str, data: st.DataObject) -> None:
    """Not as text, not as a field's name, not within others, not as a number, even if it looks like a plain word."""
    texts = st.sampled_from([key, f"a{key}b", f"{key}.png"])
    held = data.draw(texts)
    number = int(key) if key.isdecimal() and key.isascii() else 0
    body = redacted(
        {field: [held, number, value, {held: {field: held}}], "2": {"type": held, "pos": 1}}, key=key
    )

    def texts_in(one: Any) -> Any:
        if isinstance(one, dict):
            for name, inner in one.items():
                yield name
                yield from texts_in(inner)
        elif isinstance(one, list):
            for inner in one:
                yield from texts_in(inner)
        else:
            yield str(one)

    ours = "text of characters<secret>someone@example.comhttps://files.example/"
    assume(key not in ours)
    assert not [text for text in texts_in(body) if key in text]


@given(value=JSON)
def test_the_shape_stays(value: Any) -> None:
    """Lists keep their length, objects their number of fields, and every value its kind; small numbers stay as they are."""

    def shape(one: Any) -> Any:
        if isinstance(one, dict):
            return sorted((shape(inner) for inner in one.values()), key=repr)
        if isinstance(one, list):
            return [list(map(shape, one))]
        if isinstance(one, int | float) and abs(one) >= 10**6:
            return type(one), len(str(int(one)))
        return "text" if isinstance(one, str) else one

    assert shape(redacted(value)) == shape(value)


@given(value=JSON, seed=st.integers())
def test_the_order_of_fields_changes_nothing(value: Any, seed: int) -> None:
    """The same answer is the same recording, however the service orders its objects."""

    def shuffled(one: Any) -> Any:
        if isinstance(one, dict):
            items = [(name, shuffled(inner)) for name, inner in one.items()]
            random.Random(seed).shuffle(items)
            return dict(items)
        return [shuffled(inner) for inner in one] if isinstance(one, list) else one

    assert json.dumps(redacted(value)) == json.dumps(redacted(shuffled(value)))


@pytest.mark.parametrize(
    "text",
    [
        "a" + "A" * 46 + "!",
        "iVBORwKGgoAAAANSUhEUgAAAAUAAAAFCAYAAACNbybl=/",
        "a-" * 23 + "!",
        "AB_" * 15 + "!",
        "a1B." * 11 + "!",
    ],
)
def test_no_name_takes_long(text: str) -> None:
    """What is almost a plain name is told from one at once: tried in all ways, these would take hours."""
    assert not is_plain_name(text)
    assert redacted({text: text, "type": text}) == {"name1": _told(text), "type": _told(text)}


@pytest.mark.parametrize("text", ["@" * 400_000, "a@b" * 200_000, "authorization" * 100_000, "a" * 8_000_000])
def test_no_text_takes_long(text: str) -> None:
    """Of what is long only the length is told; the key in it, and a field's name, are heeded all the same."""
    assert redacted({"x": text}) == {"x": f"text of {len(text)} characters"}
    assert redacted({"x": f"{text}{KEY}", "token": text}) == {"x": "<secret>", "token": "<secret>"}


def test_what_is_nested_too_deep_is_cut() -> None:
    """Beyond all reason, a text says so."""
    body: Any = "a secret word"
    for _ in range(900):
        body = [body]
    assert "nested too deep to be kept" in json.dumps(redacted(body))
