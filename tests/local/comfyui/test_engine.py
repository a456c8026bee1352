"""Runs on a ComfyUI: what comes back, what is told on the way, what goes wrong."""

import asyncio
import io
import json

import pytest
from PIL import Image

from stationthis_sdk.local.comfyui.client import ServerLost
from stationthis_sdk.local.comfyui.deliveries import Limits
from stationthis_sdk.local.engines import (
    GraphRefused,
    NodeFailed,
    NodeOutput,
    NodesCached,
    NodeStarted,
    NodeStepped,
    Previewed,
    Said,
    Stopped,
)
from stationthis_sdk.local.reach import Reach
from tests.local.comfyui.conftest import Runner, empty, node, saved


async def test_a_graph_runs_and_its_pictures_come_back(runner, files):
    """What ComfyUI computed is what is kept, one file a picture, under ComfyUI's names."""
    graph = {"1": empty(batch_size=2), "2": node("ImageInvert", image=["1", 0]), "9": saved("2")}
    (put,) = await runner.run(graph)
    assert (put.node_id, put.class_type, put.uploaded) == ("9", "SaveImage", True)
    items = put.data["images"]
    assert [item["filename"] for item in items] == ["x_00001_.png", "x_00002_.png"]
    assert {item["type"] for item in items} == {"output"}
    assert {item["is_public"] for item in items} == {True}
    assert files.pixels(items[1])[0, 0].tolist() == [0xEF, 0xDF, 0xCF]


async def test_progress_moves_with_the_nodes_and_their_steps(runner):
    """The nodes done, and the share of the present one's steps, of all nodes; each step has its preview."""
    graph = {"1": empty(), "2": node("Sampler", image=["1", 0], steps=3, seed=5), "9": saved("2")}
    await runner.run(graph)
    moves = [one for one in runner.reports if isinstance(one, NodeStarted | NodeStepped)]
    assert [(one.node_id, one.class_type, one.progress) for one in moves] == [
        ("1", "EmptyImage", 0.0),
        ("2", "Sampler", 0.33),
        ("2", "Sampler", 0.44),
        ("2", "Sampler", 0.56),
        ("2", "Sampler", 0.67),
        ("9", "SaveImage", 0.67),
    ]
    assert [(one.value, one.maximum) for one in runner.told(NodeStepped)] == [(1, 3), (2, 3), (3, 3)]
    previews = runner.told(Previewed)
    assert [(one.node_id, one.mime) for one in previews] == [("2", "image/jpeg")] * 3
    assert Image.open(io.BytesIO(previews[2].content)).size == (4, 4)


async def test_previews_of_an_older_comfyui(runner, comfy):
    """Without metadata: they are of the node that is at work."""
    comfy.knows_flags = False
    await runner.run({"1": empty(), "2": node("Sampler", image=["1", 0], steps=2, seed=5), "9": saved("2")})
    assert [(one.node_id, one.mime) for one in runner.told(Previewed)] == [("2", "image/jpeg")] * 2


async def test_a_second_run_is_cached_and_has_its_files_all_the_same(runner, files):
    """ComfyUI names the old files for a run that it did nothing for; they are this run's outputs."""
    graph = {"1": empty(), "9": saved("1")}
    (first,) = await runner.run(graph)
    (second,) = await runner.run(graph)
    assert runner.told(NodesCached) == [NodesCached(("1", "9"))]
    assert not runner.told(NodeStarted)
    assert first.data["images"][0]["filename"] == second.data["images"][0]["filename"]
    assert first.data["images"][0]["url"] != second.data["images"][0]["url"]
    assert files.content(first.data["images"][0]) == files.content(second.data["images"][0])


async def test_files_of_every_kind(runner, files, comfy):
    """Pictures come as images, all else as files; texts as text; what is temporary not at all."""
    (comfy.folder / "input" / "a.wav").write_bytes(b"wav")
    (comfy.folder / "input" / "v.mp4").write_bytes(b"mp4")
    graph = {
        "1": empty(batch_size=3),
        "2": node("LoadAudio", audio="a.wav"),
        "3": node("LoadVideo", file="v.mp4"),
        "10": node("SaveAnimatedWEBP", images=["1", 0], filename_prefix="deep/x"),
        "11": node("SaveAudio", audio=["2", 0], filename_prefix="audio/x"),
        "12": node("SaveVideo", video=["3", 0], filename_prefix="v"),
        "13": node("PreviewAny", source=["1", 0]),
        "14": node("PreviewImage", images=["1", 0]),
    }
    put = {one.node_id: one for one in await runner.run(graph)}
    assert {node_id: list(one.data) for node_id, one in put.items()} == {
        "10": ["images"],
        "11": ["files"],
        "12": ["files"],
        "13": ["text"],
    }
    assert put["10"].data["images"][0]["subfolder"] == "deep"
    assert files.content(put["11"].data["files"][0]) == b"wav"
    assert files.content(put["12"].data["files"][0]) == b"mp4"
    assert put["12"].data["files"][0]["url"].endswith(".mp4")
    assert (put["13"].data, put["13"].uploaded) == ({"text": ["(3, 3, 4, 3)"]}, False)


async def test_the_editors_graph_is_kept_in_the_pictures(runner, files):
    """ComfyUI gets it as its own editor sends it."""
    (put,) = await runner.run({"1": empty(), "9": saved("1")}, editor={"nodes": []})
    with Image.open(io.BytesIO(files.content(put.data["images"][0]))) as picture:
        assert json.loads(picture.text["workflow"]) == {"nodes": []}


async def test_runs_at_once_get_their_own(runner, comfy, files):
    """Several runs on one server: each hears of itself only."""
    runners = [Runner(runner.engine, files) for _ in range(4)]
    comfy.gate.set()
    graphs = [
        {"1": empty(color=color), "2": node("Gate", image=["1", 0]), "9": saved("2")} for color in range(4)
    ]
    put = await asyncio.gather(*(one.run(graph) for one, graph in zip(runners, graphs, strict=True)))
    for color, (one,) in enumerate(put):
        assert files.pixels(one.data["images"][0])[0, 0].tolist() == [0, 0, color]
    assert [len(one.told(NodeStarted)) for one in runners] == [3] * 4


async def test_a_failing_node_says_why_without_the_servers_folders(runner):
    """Its own message, its id and class; the traceback goes into the log."""
    graph = {"1": empty(), "2": node("Fails", image=["1", 0]), "9": saved("2")}
    with pytest.raises(NodeFailed) as failed:
        await runner.run(graph)
    problem = failed.value
    assert (problem.node_id, problem.class_type) == ("2", "Fails")
    assert str(problem).startswith("node 2 (Fails): No such file:")
    assert "x.safetensors' for 1 images" in str(problem)
    assert "/srv" not in str(problem)
    (said,) = [one for one in runner.told(Said) if one.level == "error"]
    assert "Traceback" in said.message or "raise" in said.message


async def test_outputs_before_a_failure_are_kept(runner):
    """What was put out before a node failed stays."""
    graph = {"1": empty(), "2": saved("1"), "3": node("Fails", image=["1", 0]), "9": saved("3")}
    with pytest.raises(NodeFailed):
        await runner.run(graph)
    assert [one.node_id for one in runner.told(NodeOutput)] == ["2"]


@pytest.mark.parametrize(
    ("graph", "kind", "words", "nodes"),
    [
        ({}, "prompt_no_outputs", "the graph is empty", []),
        ([], "prompt_no_outputs", "the graph is empty", []),
        ({"1": {"inputs": {}}}, "invalid_prompt", "node 1 has no class_type", []),
        ({"1": 5}, "invalid_prompt", "node 1 has no class_type", []),
        ({"1": node("Nothing")}, "invalid_prompt", "node Nothing does not exist", []),
        ({"1": empty()}, "prompt_no_outputs", "Prompt has no outputs", []),
        (
            {"9": node("SaveImage", filename_prefix="x")},
            "prompt_outputs_failed_validation",
            "node 9 (SaveImage): Required input is missing: images",
            ["9"],
        ),
        (
            {"1": empty(width="wide"), "9": saved("1")},
            "prompt_outputs_failed_validation",
            "node 1 (EmptyImage): Failed to convert an input value: width, wide",
            ["1"],
        ),
        (
            {"1": node("PrimitiveInt", value=1), "9": saved("1")},
            "prompt_outputs_failed_validation",
            "received_type(INT) mismatch input_type(IMAGE)",
            ["9"],
        ),
    ],
)  # fmt: skip
async def test_a_graph_that_cannot_run_is_refused_in_comfyuis_words(runner, comfy, graph, kind, words, nodes):
    """Which node, which input, and what is wrong; nothing is left in the queue."""
    with pytest.raises(GraphRefused, match=r".") as refused:
        await runner.run(graph)
    assert refused.value.kind == kind
    assert words in str(refused.value)
    assert list(refused.value.errors) == nodes
    assert "/srv" not in str(refused.value.errors)
    assert "traceback" not in str(refused.value.errors)
    assert not comfy.waiting


async def test_a_missing_file_is_told_without_its_folder(runner, comfy):
    """ComfyUI's own message names the file; the folder it looked in is nobody's business."""
    with pytest.raises(GraphRefused) as refused:
        await runner.run({"1": node("LoadImage", image="no.png"), "9": saved("1")})
    assert "Invalid image file: no.png" in str(refused.value)
    assert str(comfy.folder) not in f"{refused.value}{refused.value.errors}"


async def test_half_a_graph_is_refused_whole(runner, comfy):
    """ComfyUI would run the good half and say 200: what is queued is taken back, and the reason told."""
    graph = {
        "1": empty(),
        "2": node("Gate", image=["1", 0]),
        "8": saved("2"),
        "9": node("SaveImage", images=["1", 0]),
    }
    with pytest.raises(GraphRefused, match="a part of the graph can't run, so none of it was") as refused:
        await runner.run(graph)
    assert list(refused.value.errors) == ["9"]
    comfy.gate.set()
    await comfy.until(lambda: not comfy.busy_with and not comfy.waiting)
    assert not list((comfy.folder / "output").iterdir())


async def test_a_graph_that_makes_comfyui_stumble_is_refused(runner, comfy, monkeypatch):
    """A plain 500 for a prompt is about the graph, not about the server."""
    monkeypatch.setitem(comfy.classes, "Odd", comfy.classes["SaveImage"])
    graph = {"1": {"class_type": "Odd", "inputs": {"images": ["2", 7]}}, "2": empty()}
    with pytest.raises(GraphRefused, match=r"could not read the graph \(it answered 500\)"):
        await runner.run(graph)


async def test_stopping_a_run_that_waits_takes_it_out_of_the_queue(runner, comfy, files):
    """A pending prompt is deleted: it never runs."""
    other = Runner(runner.engine, files)
    first = other.begin({"1": empty(), "2": node("Gate", image=["1", 0]), "9": saved("2")})
    await other.until_started("Gate")
    second = runner.begin({"1": empty(color=7), "9": saved("1")}, run_id="second")
    await comfy.until(lambda: comfy.waiting == ["second"])
    runner.stop.set()
    with pytest.raises(Stopped):
        await second
    assert comfy.waiting == []
    assert comfy.interrupts == []
    comfy.gate.set()
    await first
    assert len(other.told(NodeOutput)) == 1


async def test_stopping_a_run_interrupts_it_between_steps(runner, comfy):
    """By its id, so that nobody else's run is hit."""
    graph = {"1": empty(), "2": node("Sampler", image=["1", 0], steps=10_000, seed=1), "9": saved("2")}
    run = runner.begin(graph, run_id="long")
    await runner.until_started("Sampler")
    runner.stop.set()
    with pytest.raises(Stopped):
        await run
    assert set(map(str, comfy.interrupts)) == {"{'prompt_id': 'long'}"}
    await comfy.until(lambda: not comfy.busy_with)
    assert comfy.history["long"]["status"]["messages"][-1][0] == "execution_interrupted"


async def test_stopping_does_not_wait_for_a_node_that_hears_nothing(runner, comfy):
    """Inside a node ComfyUI hears no interrupt: the run is stopped all the same, and ComfyUI leaves later."""
    run = runner.begin({"1": empty(), "2": node("Gate", image=["1", 0]), "9": saved("2")}, run_id="deaf")
    await runner.until_started("Gate")
    runner.stop.set()
    with pytest.raises(Stopped):
        await run
    assert comfy.busy_with == "deaf"
    comfy.gate.set()
    await comfy.until(lambda: not comfy.busy_with)
    assert "9" not in comfy.history["deaf"]["outputs"]


async def test_an_interrupt_that_comes_too_early_is_repeated(runner, comfy):
    """ComfyUI forgets an interrupt that comes just as a run begins."""
    comfy.forgets_first_interrupt = True
    graph = {"1": empty(), "2": node("Sampler", image=["1", 0], steps=10_000, seed=1), "9": saved("2")}
    run = runner.begin(graph)
    await runner.until_started("Sampler")
    runner.stop.set()
    with pytest.raises(Stopped):
        await run
    assert len(comfy.interrupts) >= 2
    await comfy.until(lambda: not comfy.busy_with)


async def test_somebody_elses_interrupt_fails_the_run(runner, comfy):
    """Who presses Cancel in ComfyUI's own window ends the run, and the reason says so."""
    graph = {"1": empty(), "2": node("Sampler", image=["1", 0], steps=10_000, seed=1), "9": saved("2")}
    run = runner.begin(graph)
    await runner.until_started("Sampler")
    comfy._interrupted = True
    with pytest.raises(NodeFailed, match="interrupted on the ComfyUI server, at node 2"):
        await run


async def test_a_run_taken_out_of_the_queue_by_others_fails(runner, comfy, files):
    """A deleted prompt sends no event and has no history: asking for the queue tells."""
    other = Runner(runner.engine, files)
    first = other.begin({"1": empty(), "2": node("Gate", image=["1", 0]), "9": saved("2")})
    await other.until_started("Gate")
    run = runner.begin({"1": empty(color=7), "9": saved("1")}, run_id="gone")
    await comfy.until(lambda: comfy.waiting == ["gone"])
    comfy._pending.clear()
    for _ in range(20):
        await comfy.tell_all()  # news of the queue, which goes to all, is no sign of life of this run
        await asyncio.sleep(0.02)
    with pytest.raises(NodeFailed, match=r"gone from the queue .*: somebody took it out"):
        await run
    comfy.gate.set()
    await first


async def test_success_before_the_history_is_no_trouble(runner, comfy):
    """ComfyUI says success before it writes the history."""
    comfy.history_late = 0.2
    (put,) = await runner.run({"1": empty(), "9": saved("1")})
    assert put.node_id == "9"


async def test_history_that_is_gone_is_done_without(runner, comfy):
    """Somebody cleared it: what the events told is all the outputs."""
    comfy.writes_history = False
    (put,) = await runner.run({"1": empty(), "9": saved("1")})
    assert put.node_id == "9"


async def test_events_before_the_answer_count(runner, comfy):
    """A quick run is over before the answer to its prompt has come."""
    comfy.answers_late = 0.3
    (put,) = await runner.run({"1": empty(), "9": saved("1")})
    assert put.node_id == "9"
    assert len(runner.told(NodeStarted)) == 2


async def test_an_answer_that_got_lost_is_not_asked_for_again(runner, comfy):
    """The connection broke after the prompt was queued: it runs once."""
    comfy.cuts_answer = True
    (put,) = await runner.run({"1": empty(), "9": saved("1")})
    assert put.data["images"][0]["filename"] == "x_00001_.png"
    assert [path for method, path, _ in comfy.asked if method == "POST"] == ["/prompt"]


async def test_a_broken_websocket_loses_nothing(runner, comfy):
    """What was put out while it was away is in the history."""
    graph = {"1": empty(), "2": node("Gate", image=["1", 0]), "8": saved("1"), "9": saved("2")}
    run = runner.begin(graph)
    await runner.until_started("Gate")
    comfy.refuses_sockets = True
    await comfy.cut_sockets()
    comfy.gate.set()
    await run
    assert sorted(one.node_id for one in runner.told(NodeOutput)) == ["8", "9"]


async def test_a_websocket_that_comes_back_goes_on_telling(runner, comfy):
    """It is opened again under the same id."""
    graph = {
        "1": empty(),
        "2": node("Gate", image=["1", 0]),
        "3": node("Sampler", image=["2", 0], steps=3, seed=1),
        "9": saved("3"),
    }
    run = runner.begin(graph)
    await runner.until_started("Gate")
    await comfy.cut_sockets()
    await comfy.until(lambda: not comfy.sockets)
    await comfy.until(lambda: comfy.sockets)
    comfy.gate.set()
    await run
    assert [one.value for one in runner.told(NodeStepped)] == [1, 2, 3]


async def test_without_websockets_a_run_is_asked_after(runner, comfy):
    """A proxy in between may let none through."""
    comfy.refuses_sockets = True
    (put,) = await runner.run({"1": empty(), "9": saved("1")})
    assert put.node_id == "9"
    with pytest.raises(NodeFailed, match=r"node 2 \(Fails\): No such file"):
        await runner.run({"1": empty(), "2": node("Fails", image=["1", 0]), "9": saved("2")})


async def test_a_restart_fails_the_run_with_the_reason(runner, comfy):
    """A ComfyUI that was restarted knows nothing of the run any more."""
    run = runner.begin({"1": empty(), "2": node("Gate", image=["1", 0]), "9": saved("2")})
    await runner.until_started("Gate")
    await comfy.stop()
    await comfy.start()
    with pytest.raises(ServerLost, match="was restarted while this run was under way; run it again"):
        await run


async def test_a_server_that_goes_away_fails_the_run(runner, comfy):
    """After some patience, with its address and the node that was at work."""
    run = runner.begin({"1": empty(), "2": node("Gate", image=["1", 0]), "9": saved("2")})
    await runner.until_started("Gate")
    await comfy.stop()
    with pytest.raises(ServerLost, match=f"{comfy.address} stopped answering") as lost:
        await run
    assert (lost.value.node_id, lost.value.class_type) == ("2", "Gate")
    await comfy.start()


async def test_a_server_that_is_not_there_is_told_in_one_line(runner_of, unused_tcp_port):
    """With its address, and without the password in it."""
    with pytest.raises(ServerLost) as lost:
        await runner_of(f"http://me:secret@127.0.0.1:{unused_tcp_port}").run({"1": empty(), "9": saved("1")})
    assert str(lost.value).startswith(f"ComfyUI at http://127.0.0.1:{unused_tcp_port} can't be reached")
    assert "secret" not in str(lost.value)
    assert "\n" not in str(lost.value)


async def test_another_kind_of_server_is_told(runner_of, comfy):
    """Something answers at the address, but no ComfyUI."""
    with pytest.raises(ServerLost, match="answers, but not as a ComfyUI does"):
        await runner_of(f"{comfy.address}/elsewhere").run({"1": empty(), "9": saved("1")})


async def test_an_address_that_people_chose_must_be_within_reach(runner_of, comfy):
    """This machine, or a host that the gateway's owner allows: not what else the gateway could get at."""
    (put,) = await runner_of(comfy.address, reach=Reach()).run({"1": empty(), "9": saved("1")})
    assert put.node_id == "9"
    for address in ("http://169.254.169.254", "http://comfy.example.org:8188"):
        with pytest.raises(ServerLost, match=r"is not asked, .* with --allow-host"):
            await runner_of(address, reach=Reach()).run({"1": empty(), "9": saved("1")})


async def test_node_classes_are_asked_for_once_and_again_when_one_is_new(runner, comfy):
    """Not with every run; but a class that appeared since is found."""
    added = comfy.classes.pop("ImageInvert")
    graph = {"1": empty(), "9": saved("1")}
    await runner.run(graph)
    await runner.run(graph)
    asked = [path for _, path, _ in comfy.asked]
    assert asked.count("/object_info") == 1
    comfy.classes["ImageInvert"] = added
    await runner.run({"1": empty(), "2": node("ImageInvert", image=["1", 0]), "9": saved("2")})
    assert [path for _, path, _ in comfy.asked].count("/object_info") == 2


async def test_no_request_has_an_origin(runner, comfy):
    """ComfyUI turns away those whose Origin is another host."""
    await runner.run({"1": empty(), "9": saved("1")})
    assert {"/ws", "/prompt", "/view"} <= {path for _, path, _ in comfy.asked}
    assert not [path for _, path, headers in comfy.asked if "Origin" in headers]


async def test_a_file_that_is_gone_from_comfyui_is_told(runner, comfy):
    """A cached run names files that somebody has cleared away since."""
    graph = {"1": empty(), "9": saved("1")}
    await runner.run(graph)
    (comfy.folder / "output" / "x_00001_.png").unlink()
    with pytest.raises(NodeFailed, match=r"node 9 \(SaveImage\): its file x_00001_.png is gone"):
        await runner.run(graph)


@pytest.mark.parametrize(
    ("limits", "words"),
    [
        (Limits(file=50), "its file x_00001_.png is too large"),
        (Limits(run=700), "its file x_0000[23]_.png is too large"),
        (Limits(files=2), "the run put out more than 2 files"),
    ],
)
async def test_outputs_have_limits(comfy, runner_of, limits, words):
    """A file, a run's files together, and their number; nothing half-fetched is left."""
    with pytest.raises(NodeFailed, match=words):
        await runner_of(comfy.address, limits=limits).run({"1": empty(batch_size=3), "9": saved("1")})


async def test_a_text_has_a_limit(comfy, runner_of):
    """A node may put out a novel; the gateway's rows are no place for one."""
    runner = runner_of(comfy.address, limits=Limits(text=10))
    with pytest.raises(NodeFailed, match="the run put out more than 10 characters"):
        await runner.run({"1": node("PreviewAny", source="a" * 50)})


async def test_a_large_seed_is_kept_to_the_last_digit(runner):
    """Seeds go up to 2^64 - 1, and some graphs have larger numbers."""
    (put,) = await runner.run({"1": node("PreviewAny", source=2**70 + 1)})
    assert put.data == {"text": [str(2**70 + 1)]}
