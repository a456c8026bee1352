"""Sound, video, texts and files through a whole gateway: uploaded, worked on, told and downloaded."""

import io

import av
import pytest

from tests.local.engine import made
from tests.local.test_engine import node

P = "ComfyUIDeployExternal"


@pytest.fixture
def upload(api):
    """Upload a file, giving its URL."""

    async def uploaded(name: str, content: bytes) -> str:
        import aiohttp

        form = aiohttp.FormData()
        form.add_field("file", content, filename=name)
        answer = await api("POST", "/file/upload", data=form)
        assert answer.status == 200, answer
        return str(answer.body["file_url"])

    return uploaded


async def test_a_video_with_sound_from_uploads(api, upload):
    """Frames of one upload, the sound of another, out as MP4 under ``files``; the file plays."""
    inputs = {"clip": await upload("v.mp4", made.mp4(count=8)), "voice": await upload("a.wav", made.wav(1.0))}
    graph = {
        "1": node(
            f"{P}Video", input_id="clip", force_rate=0, force_size="Disabled", custom_width=0, custom_height=0,
            frame_load_cap=0, skip_first_frames=0, select_every_nth=2,
        ),
        "2": node(f"{P}Audio", input_id="voice", audio_file=""),
        "3": node("CreateVideo", images=["1", 0], fps=4.0, audio=["2", 0]),
        "4": node("SaveVideo", video=["3", 0], filename_prefix="video/x", format="auto", codec="auto"),
    }  # fmt: skip
    run = await api.ended(await api.run_graph(graph, inputs=inputs))
    assert run["status"] == "success", run
    (output,) = run["outputs"]
    (item,) = output["data"]["files"]
    assert (item["subfolder"], item["filename"]) == ("video", "x_00001_.mp4")
    answer = await api("GET", item["url"])
    assert answer.headers["Content-Type"] == "video/mp4"
    with av.open(io.BytesIO(answer.body)) as container:
        assert len(list(container.decode(video=0))) == 4
        assert container.streams.audio[0].rate == 8000


async def test_a_text_and_a_file_go_out(api, upload):
    """A text is downloaded as it was written; a file comes back byte by byte, and cannot act as a page."""
    page = b"<script>alert(1)</script>"
    graph = {
        "1": node(f"{P}Text", input_id="words", default_value=""),
        "2": node(
            "ComfyDeployOutputText", text=["1", 0], filename_prefix="t", file_type="txt", output_id="said"
        ),
        "3": node(f"{P}File", input_id="file", file_url=""),
        "4": node("ComfyDeployOutputFile", file_path=["3", 0], output_id="same"),
    }
    inputs = {"words": "hällo", "file": await upload("page.bin", page)}
    run = await api.ended(await api.run_graph(graph, inputs=inputs))
    assert run["status"] == "success", run
    by_id = {output["output_id"]: output["data"]["files"][0]["url"] for output in run["outputs"]}
    assert (await api("GET", by_id["said"])).body == "hällo".encode()
    answer = await api("GET", by_id["same"])
    assert answer.body == page
    assert answer.headers["Content-Security-Policy"] == "sandbox"


async def test_a_hostile_file_ends_its_run_alone(api, upload):
    """With the reason; the next run is served."""
    graph = {
        "1": node("LoadAudio", audio="bad.wav"),
        "2": node("SaveAudio", audio=["1", 0], filename_prefix="x"),
    }
    await upload("bad.wav", b"#EXTM3U\n#EXTINF:1,\nfile:///etc/passwd\n")
    run = await api.ended(await api.run_graph(graph))
    assert run["status"] == "failed"
    await upload("bad.wav", made.wav())
    run = await api.ended(await api.run_graph(graph))
    assert run["status"] == "success", run
    assert run["outputs"][0]["data"]["files"][0]["filename"] == "x_00001_.flac"
