"""What is known from an earlier run is not worked again, and nothing else is taken for known."""

import io
import json
from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from PIL import Image

from stationthis_sdk.local.engine.cache import Cache, size_of
from stationthis_sdk.local.engine.limits import Limits
from stationthis_sdk.local.engines import GraphRefused, NodeFailed, NodesCached, NodeStarted, NodeStepped
from tests.local.engine.graphs import (
    EXTERNAL,
    MemoryFiles,
    dags,
    descendants,
    empty,
    needed,
    node,
    run,
    save,
)


def png(color: int) -> bytes:
    """A small picture file."""
    out = io.BytesIO()
    Image.new("RGB", (4, 4), (color, color, color)).save(out, "PNG")
    return out.getvalue()


@settings(deadline=None)
@given(dags())
def test_a_rerun_works_nothing_and_puts_the_same_out(graph):
    """All nodes are told as cached, once and first; the outputs come again."""
    cache = Cache()
    first, again = run(graph, cache), run(graph, cache)
    assert first.cached == set()
    assert again.worked == []
    assert again[0] == NodesCached(again[0].node_ids)
    assert again.cached == needed(graph)
    assert again.put == first.put


@settings(deadline=None)
@given(dags(), st.data())
def test_a_change_reruns_its_descendants_and_no_other_node(graph, data):
    """Whichever input of whichever node it is; the outcome is that of a graph never run before."""
    cache = Cache()
    run(graph, cache)
    changed = data.draw(
        st.sampled_from(sorted(node_id for node_id in graph if not node_id.startswith("show")))
    )
    inputs = graph[changed]["inputs"]
    graph = {**graph, changed: node(graph[changed]["class_type"], **{
        name: f"{value}!" if isinstance(value, str) else value for name, value in inputs.items()})}  # fmt: skip
    told = run(graph, cache)
    assert set(told.worked) == descendants(graph, changed) & needed(graph)
    assert told.cached == needed(graph) - descendants(graph, changed)
    assert told.put == run(graph).put


def test_nothing_is_written_again():
    """A cached run tells the old file's item, its name and its address."""
    cache, files = Cache(), MemoryFiles()
    graph = {"1": empty(batch_size=2), "2": save("1")}
    first, again = run(graph, cache, files=files), run(graph, cache, files=files)
    assert again.put == first.put
    assert len(files.kept) == 2


def test_two_outputs_that_are_alike_make_two_files():
    """In one run, and they keep their own when it is repeated."""
    cache, files = Cache(), MemoryFiles()
    graph = {"1": empty(), "2": save("1"), "3": save("1")}
    first, again = run(graph, cache, files=files), run(graph, cache, files=files)
    assert len(files.kept) == 2
    assert first.put == again.put
    assert first.put["2"]["images"][0]["filename"] != first.put["3"]["images"][0]["filename"]


def test_a_new_file_beside_a_cached_one_gets_another_number():
    """Whether it comes before or after it."""
    cache = Cache()
    graph = {"1": empty(), "2": empty(color=5), "a": save("2"), "b": save("1"), "c": save("2")}
    run(graph, cache)
    told = run({**graph, "2": empty(color=6)}, cache)
    names = [item["filename"] for put in told.put.values() for item in put["images"]]
    assert told.cached == {"1", "b"}
    assert len(set(names)) == 3


def test_a_random_seed_is_new_each_time_with_all_that_comes_of_it():
    """While a seed that was given holds."""
    seed = node(f"{EXTERNAL}Seed", input_id="seed", default_value=-1, min_value=1, max_value=2**40)
    graph = {"1": seed, "2": node("PreviewAny", source=["1", 0]), "3": node("PreviewAny", source="still")}
    cache = Cache()
    shown = {json.dumps(run(graph, cache).put["2"]) for _ in range(4)}
    assert len(shown) == 4
    assert run(graph, cache).cached == {"3"}
    assert run(graph, cache, values={"seed": 7}).cached == {"3"}
    assert run(graph, cache, values={"seed": 7}).cached == {"1", "2", "3"}
    assert run(graph, cache).worked == ["1", "2"]


def test_a_file_counts_by_its_content_and_not_by_its_name():
    """The same name with another content is new, the same content again is not."""
    cache, files = Cache(), MemoryFiles({"a.png": png(1), "b.png": png(1)})
    graph = {"1": node("LoadImage", image="a.png"), "2": node("ImageInvert", image=["1", 0]), "3": save("2")}
    assert run(graph, cache, files=files).worked == ["1", "2", "3"]
    assert run(graph, cache, files=files).worked == []
    files.uploads["a.png"] = png(2)
    files.asked.clear()
    assert run(graph, cache, files=files).worked == ["1", "2", "3"]
    assert files.asked == ["a.png"]  # once for looking and working
    picture = np.asarray(Image.open(io.BytesIO(files.kept[-1])))
    assert picture[0, 0].tolist() == [253, 253, 253]
    assert run(graph, cache, files=files).worked == []
    del files.uploads["a.png"]
    with pytest.raises(GraphRefused, match="invalid image file"):
        run(graph, cache, files=files)


def test_dropped_results_are_made_again_only_when_they_are_needed():
    """Memory is bounded; what only led to a known output stays undone."""
    size = 64 * 64 * 3 * 4
    cache = Cache(limit=size + size // 2)
    graph = {"1": empty(64, 64), "2": node("ImageInvert", image=["1", 0]), "3": save("2")}
    run(graph, cache)
    assert cache.held == size
    assert run(graph, cache).worked == []
    assert run({**graph, "4": save("1", "other")}, cache).worked == ["1", "4"]
    told = run({**graph, "4": save("2", "more")}, cache)
    assert told.worked == ["2", "4"]
    assert told.cached == {"1", "3"}


@settings(deadline=None)
@given(st.lists(st.tuples(st.integers(1, 40), st.integers(0, 3)), max_size=12), st.integers(0, 8000))
def test_whatever_was_dropped_the_outcome_is_the_same(sizes, limit):
    """Any limit holds at all times."""
    cache = Cache(limit)
    for side, turns in sizes:
        chain = [node("ImageInvert", image=[str(at), 0]) for at in range(1, turns + 1)]
        graph = {str(at): each for at, each in enumerate([empty(side, side), *chain], start=1)}
        graph["9"] = node("PreviewAny", source=[str(turns + 1), 0])
        assert run(graph, cache).put == run(graph).put
        assert 0 <= cache.held <= limit


def test_what_worked_in_a_failed_run_is_known_to_the_next():
    """The node that failed is tried again."""
    cache = Cache()
    wrong = node("SaveImage", images=["1", 0], filename_prefix="../../x")
    for _ in range(2):
        with pytest.raises(NodeFailed, match="node 2"):
            run({"1": empty(), "2": wrong}, cache)
    assert run({"1": empty(), "3": save("1")}, cache).cached == {"1"}


def test_progress_counts_what_is_cached_as_done():
    """It begins where the cached share ends, and rises from there."""
    cache = Cache()
    picture = node("StationThisPicture", prompt="x", seed=1, steps=3, width=32, height=32)
    graph = {"1": picture, "2": node("ImageInvert", image=["1", 0]), "3": save("2")}
    run({"1": picture, "2": node("PreviewImage", images=["1", 0])}, cache)
    told = run(graph, cache)
    progress = [report.progress for report in told if isinstance(report, NodeStarted | NodeStepped)]
    assert told.cached == {"1"}
    assert progress == sorted(progress)
    assert progress[0] == round(20 / 22, 2)


def test_nobody_writes_into_what_several_share():
    """A node that tried would fail instead of changing another run's picture."""
    cache = Cache()
    run({"1": empty(), "2": save("1")}, cache)
    held = [value for results, _ in cache._results.values() for value in results]
    assert any(isinstance(value, np.ndarray) for value in held)
    assert not any(value.flags.writeable for value in held if isinstance(value, np.ndarray))


def test_what_the_cache_does_not_know_is_for_one_run():
    """Only plain values, arrays and records of them are kept; views of one memory count once."""
    picture = np.zeros((1, 4, 4, 4), np.float32)
    assert size_of((picture[..., :3], picture[..., 3], "abc", {"a": [1, None]})) == (259, True)
    assert size_of((object(), "abc")) == (3, False)


def test_limits_say_what_to_ask_for_instead():
    """Pixels of one value, bytes held at once, nodes, and time."""
    graph = {"1": empty(64, 64), "2": node("ImageInvert", image=["1", 0]), "3": save("2"), "4": save("1")}
    with pytest.raises(
        NodeFailed, match=r"node 1 .*64 x 64 pixels are more than the 4,000 .*ask for a smaller"
    ):
        run(graph, limits=Limits(pixels=4000))
    with pytest.raises(NodeFailed, match=r"node 2 .*holds more than 0 MiB .*use fewer or smaller"):
        run(graph, limits=Limits(held=70_000))
    with pytest.raises(NodeFailed, match=r"longer than the 0 s .*ask for fewer steps"):
        run(graph, limits=Limits(seconds=0))


def test_a_run_puts_out_only_so_much():
    """Characters of texts and bytes of files are counted over the whole run, those known from earlier runs as well."""
    text = {"1": node("PrimitiveString", value="x" * 60), "2": node("PreviewAny", source=["1", 0])}
    cache = Cache()
    run(text, cache, limits=Limits(told=100))
    with pytest.raises(NodeFailed, match=r"node 3 .*more than 100 characters .*fewer or shorter"):
        run({**text, "3": node("PreviewAny", source=["1", 0])}, cache, limits=Limits(told=100))
    with pytest.raises(NodeFailed, match=r"node 2 .*more than 10 characters"):
        run(text, cache, limits=Limits(told=10))
    files = MemoryFiles()
    with pytest.raises(NodeFailed, match=r"node 3 .*more than the 0 MiB .*fewer or smaller"):
        run({"1": empty(), "2": save("1"), "3": save("1")}, files=files, limits=Limits(kept=700))
    assert len(files.kept) == 1


def test_what_was_put_out_is_part_of_what_the_cache_may_hold():
    """Texts put out count, by their characters; the oldest knowledge goes first."""
    cache = Cache(limit=1000)
    for number in range(30):
        run({"1": node("PreviewAny", source=f"{number} {'x' * 90}")}, cache)
    assert len(cache._known) < 12
    assert run({"1": node("PreviewAny", source=f"29 {'x' * 90}")}, cache).cached == {"1"}
    assert run({"1": node("PreviewAny", source=f"0 {'x' * 90}")}, cache).worked == ["1"]


def test_texts_are_counted_as_memory_holds_them():
    """Four bytes for a character where there are any beyond ASCII; the same text once."""
    fox = "\N{FOX FACE}" * 5
    assert size_of((fox, fox, "abc")) == (23, True)


def test_files_that_cannot_be_read_name_the_node():
    """Whether it is the first look at a file, or the look for whether it has changed."""

    class Broken(MemoryFiles):
        def read(self, name: str) -> bytes | None:
            raise NodeFailed("a file could not be read or kept: the disk is gone")

    graph = {"1": node("LoadImage", image="a.png"), "2": save("1")}
    cache = Cache()
    for _ in range(2):
        with pytest.raises(NodeFailed, match=r"node 1 \(LoadImage\): .*the disk is gone"):
            run(graph, cache, files=Broken())
        run(graph, cache, files=MemoryFiles({"a.png": png(5)}))


def test_values_nested_too_deeply_are_refused():
    """In one line, wherever they are in the graph."""
    deep: Any = 1
    for _ in range(900):
        deep = [deep]
    with pytest.raises(GraphRefused, match="nested too deeply: put fewer"):
        run({"1": node("PreviewAny", source={"__value__": deep})})


def test_masks_of_tiny_frames_are_counted():
    """A moving picture of a few pixels has a mask of 64 x 64 for each of its frames."""
    frames = [Image.new("RGB", (1, 1), (number, 0, 0)) for number in range(40)]
    out = io.BytesIO()
    frames[0].save(out, "GIF", save_all=True, append_images=frames[1:])
    film = {"a.gif": out.getvalue()}
    graph = {"1": node("LoadImage", image="a.gif"), "2": save("1")}
    with pytest.raises(NodeFailed, match=r"node 1 .*11 picture\(s\) of 64 x 64 pixels"):
        run(graph, files=MemoryFiles(film), limits=Limits(pixels=64 * 64 * 10))
