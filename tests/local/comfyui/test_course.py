"""What ComfyUI's events amount to, also when they are odd."""

import json
import struct

import pytest
from hypothesis import given
from hypothesis import strategies as st

from stationthis_sdk.local.comfyui.callbacks import Reception
from stationthis_sdk.local.comfyui.course import Course, Executed
from stationthis_sdk.local.comfyui.translate import Translated
from stationthis_sdk.local.comfyui.words import plain
from stationthis_sdk.local.engines import GraphRefused, NodeFailed, NodeStarted, NodeStepped, Previewed, Said
from tests.local.comfyui.conftest import empty, node, saved

GRAPH = {"1": empty(), "1:load": node("LoadImage", image="x"), "9": saved("1")}
GIVEN = Translated(GRAPH, {"1": "ComfyUIDeployExternalImage", "9": "SaveImage"}, {"1:load": "1"}, {}, {}, ())


def course() -> Course:
    """A prompt that nothing has been told of."""
    return Course("run", GIVEN)


def tell(of: Course, event: str, **data):
    """Tell it something."""
    return list(of.take(event, {"prompt_id": "run", **data}))


def test_nodes_that_stand_in_for_others_go_by_their_names():
    """A node we added is the external input that it works for."""
    (started,) = tell(course(), "executing", node="1:load")
    assert started == NodeStarted("1", "ComfyUIDeployExternalImage", 0.0)


def test_a_node_that_another_brought_along_goes_by_the_others_name():
    """Some nodes become several while they run."""
    (started,) = tell(course(), "executing", node="9.0.1", display_node="9")
    assert (started.node_id, started.class_type) == ("9", "SaveImage")


def test_nodes_that_are_none_of_ours_are_let_go():
    """A server may name what it likes: nothing of it is told, and nothing is kept."""
    of = course()
    for number in range(100):
        assert tell(of, "executing", node=f"other-{number}", display_node={}) == []
        assert tell(of, "execution_cached", nodes=[f"other-{number}", {}, None]) == []
        assert tell(of, "progress", node=f"other-{number}", value=1, max=2) == []
        about = json.dumps({"prompt_id": "run", "node_id": "other", "image_type": "image/png"}).encode()
        assert list(of.take_frame(struct.pack(">II", 4, len(about)) + about + b"png")) == []
    assert not of._seen


def test_progress_never_goes_back():
    """Nodes that count twice, backwards, beyond their end or in no numbers at all move it forwards or not."""
    of = course()
    told = [
        *tell(of, "executing", node="1:load"),
        *tell(of, "progress", node="1:load", value=10, max=20),
        *tell(of, "progress", node="1:load", value=1, max=20),
        *tell(of, "progress", node="1:load", value=-5, max=20),
        *tell(of, "progress", node="1:load", value=10**400, max=10**401),
        *tell(of, "progress", node="1:load", value=float("nan"), max=20),
        *tell(of, "executing", node="1"),
        *tell(of, "progress", node="1", value=99, max=20),
        *tell(of, "executing", node="1:load"),
        *tell(of, "executing", node="9"),
    ]
    assert [one.progress for one in told] == [0.0, 0.17, 0.17, 0.17, 0.33, 0.67, 0.67, 0.67]
    assert [one.value for one in told if isinstance(one, NodeStepped)] == [10, 1, 0, 20]


def test_cached_nodes_count_as_done():
    """What is left begins further on."""
    of = course()
    tell(of, "execution_cached", nodes=["1", "1:load"])
    (started,) = tell(of, "executing", node="9")
    assert started.progress == 0.67


@pytest.mark.parametrize("events_come", [True, False])
def test_a_machines_own_count_serves_where_its_events_do_not_come(events_come):
    """It counts the node it is at as done, so its events, which tell of steps, go before; nothing goes back."""
    reception = Reception("run", GRAPH, "http://here")
    step = {"ws_event": {"event": "progress", "data": {"node": "9", "value": 10, "max": 20}}}
    bodies = [
        {"live_status": "Executing LoadImage", "progress": 0.33},
        *([step] if events_come else []),
        {"live_status": "Executing SaveImage", "progress": 0.9},
        {"live_status": "Executing SaveImage", "progress": 0.2},
    ]
    told = [one for body in bodies for one in reception.take(body, 0)]
    assert [one.progress for one in told] == ([0.33, 0.33] if events_come else [0.33, 0.9, 0.9])
    assert told[0].class_type == "LoadImage"


def test_what_is_told_after_the_end_is_let_go():
    """The end is told once."""
    ended = course()
    tell(ended, "execution_success")
    assert ended.is_over
    assert tell(ended, "executing", node="1") == []


def test_other_prompts_are_not_ours():
    """A client may hear of several."""
    of = course()
    assert list(of.take("executing", {"prompt_id": "other", "node": None})) == []
    assert not of.is_over


def test_frames_of_text_and_pictures():
    """A text is a line for the log; a preview without metadata is of the node at work."""
    of = course()
    assert list(of.take_frame(struct.pack(">II", 1, 1) + b"jpeg")) == []  # of no node
    tell(of, "executing", node="1")
    assert list(of.take_frame(struct.pack(">II", 1, 2) + b"png")) == [Previewed("1", b"png", "image/png")]
    assert list(of.take_frame(struct.pack(">II", 3, 1) + b"9hello\nyou")) == [
        Said("node 9 (SaveImage): hello you")
    ]
    about = json.dumps({"prompt_id": "other", "node_id": "1", "image_type": "image/jpeg"}).encode()
    assert list(of.take_frame(struct.pack(">II", 4, len(about)) + about + b"jpeg")) == []


@given(st.binary(max_size=60), st.integers(0, 5))
def test_odd_frames_are_let_go(rest, kind):
    """Whatever comes, nothing breaks."""
    of = course()
    tell(of, "executing", node="1")
    list(of.take_frame(rest))
    list(of.take_frame(struct.pack(">I", kind) + rest))


values = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text("ab/ \n", max_size=5),
    lambda inner: (
        st.lists(inner, max_size=3)
        | st.dictionaries(st.sampled_from(["a", "filename", "type", "logs"]), inner, max_size=3)
    ),
    max_leaves=8,
)
events = st.sampled_from(
    ["execution_cached", "executing", "progress", "executed", "execution_error", "execution_interrupted", "?"]
)
fields = [
    "node",
    "nodes",
    "value",
    "max",
    "output",
    "exception_message",
    "traceback",
    "display_node",
    "node_id",
]


@given(events, st.dictionaries(st.sampled_from(fields), values))
def test_odd_events_are_let_go(event, data):
    """ComfyUI's own nodes may send what they like."""
    tell(course(), event, **data)


@given(st.dictionaries(st.sampled_from(["outputs", "status", "prompt"]), values))
def test_odd_history_is_let_go(entry):
    """It ends the run in any case."""
    of = course()
    list(of.take_history(entry))
    assert of.is_over


def test_a_history_of_an_error_says_why():
    """For those who missed the event."""
    of = course()
    failure = {"node_id": "9", "node_type": "SaveImage", "exception_message": "no room\n"}
    entry = {
        "outputs": {"1": {"text": ["a"]}},
        "status": {
            "status_str": "error",
            "messages": [["execution_start", {}], ["execution_error", failure]],
        },
    }
    assert list(of.take_history(entry)) == [Executed("1", {"text": ["a"]})]
    assert str(of.failure) == "node 9 (SaveImage): no room"


bodies = st.fixed_dictionaries(
    {},
    optional={
        "ws_event": st.fixed_dictionaries(
            {"event": events, "data": st.dictionaries(st.sampled_from(fields), values)}
        )
        | values,
        "live_status": values,
        "progress": values,
        "output_data": values | st.fixed_dictionaries({"images": st.just([{"filename": "x"}])}),
        "node_meta": values,
        "status": values | st.sampled_from(["running", "success", "failed", "cancelled"]),
        "logs": values,
        "log_data": values,
    },
)


@given(st.lists(bodies, max_size=5))
def test_odd_callbacks_are_let_go(told):
    """A machine is not ours: whatever it posts, the run goes on or ends."""
    reception = Reception("run", GRAPH, "http://here")
    for now, body in enumerate(told):
        list(reception.take(body, now))
        reception.due_in(now)
    try:
        list(reception.end())
    except (NodeFailed, GraphRefused):
        assert reception.is_over or reception._missing()


@pytest.mark.parametrize(
    ("body", "words"),
    [
        (
            {"output_data": {"exception_message": "no memory", "node_id": "9"}},
            r"node 9 \(SaveImage\): no memory",
        ),
        ({"output_data": {"error": "it broke"}}, "it broke"),
        (
            {
                "output_data": {
                    "error": {
                        "error": {"type": "prompt_outputs_failed_validation", "message": "m"},
                        "node_errors": {
                            "9": {"class_type": "SaveImage", "errors": [{"message": "bad", "details": "d"}]}
                        },
                    }
                }
            },
            r"node 9 \(SaveImage\): bad: d",
        ),
        ({"status": "failed"}, "says that the run failed, and not why"),
        ({"status": "cancelled"}, "cancelled on the machine"),
    ],
)
def test_a_machines_forms_of_failure(body, words):
    """Each ends the run with the reason, and a later success changes nothing."""
    reception = Reception("run", GRAPH, "http://here")
    list(reception.take(body, 0))
    list(reception.take({"status": "success"}, 0))
    list(reception.take({"status": "running"}, 0))
    assert reception.due_in(1000) == 0
    with pytest.raises((NodeFailed, GraphRefused), match=words):
        list(reception.end())


@pytest.mark.parametrize(
    ("url", "told"),
    [
        ("http://here/files/private/brought.png", "/files/private/brought.png"),
        ("http://here/files/private/others.png", "http://here/files/private/others.png"),
        ("/files/private/others.png", None),
        ("https://bucket.example.org/a.png", "https://bucket.example.org/a.png"),
        ("javascript:alert(1)", None),
        (["/files/private/others.png"], None),
    ],
)
def test_only_files_that_a_machine_brought_are_taken_for_its_own(url, told):
    """A path gets a signed link in the answer: so somebody else's private file must not become one."""
    reception = Reception("run", GRAPH, "http://here")
    reception.placed.add("/files/private/brought.png")
    item = {"filename": "a.png", "type": "output", "url": url}
    body = {"output_data": {"images": [item]}, "node_meta": {"node_id": "9"}}
    (put,) = reception.take(body, 0)
    assert put.data["images"][0].get("url") == told


def test_a_machine_that_tells_without_end_fails_its_run():
    """What it puts out is kept with the run and answered whole."""
    reception = Reception("run", GRAPH, "http://here")
    for number in range(50):
        body = {"output_data": {"text": [f"{number}" * 100_000]}, "node_meta": {"node_id": "9"}}
        list(reception.take(body, 0))
    with pytest.raises(NodeFailed, match="more than 4,194,304 characters"):
        list(reception.end())


def test_a_cached_nodes_null_is_no_output():
    """The plugin posts an output without data for some cached nodes."""
    reception = Reception("run", GRAPH, "http://here")
    event = {"event": "executed", "data": {"node": "1", "output": None}}
    assert list(reception.take({"ws_event": event}, 0)) == []
    assert (
        list(reception.take({"output_data": None, "node_meta": {"node_id": "1"}, "status": "success"}, 0))
        == []
    )
    assert list(reception.end()) == []


@pytest.mark.parametrize(
    ("text", "shown"),
    [
        ("cannot open /home/me/ComfyUI/models/vae/x.pt now", "cannot open …/x.pt now"),
        (r"cannot open C:\Users\me\ComfyUI\x.pt", "cannot open …/x.pt"),
        (r"No such file: 'C:\\My Files\\x.pt'", "No such file: '…/x.pt'"),
        ("see https://example.org/a/b and 3/4 and/or", "see https://example.org/a/b and 3/4 and/or"),
        ("tensor a (4) must match b (3) at /", "tensor a (4) must match b (3) at /"),
    ],
)
def test_messages_lose_the_servers_folders(text, shown):
    """And nothing else."""
    assert plain(text) == shown
