"""Outputs on a real gateway and from hostile servers: names, bytes, files, and back from a file."""

import json
import subprocess
import sys
import textwrap
import uuid
from pathlib import Path
from typing import Any

import pytest
import stamina

from stationthis_sdk import (
    AsyncStationThis,
    DownloadFailed,
    InvalidInput,
    NotFound,
    SaveFailed,
    StationThisError,
)
from tests.fixtures import RunningGateway
from tests.wire import CLOSE, CRASH, Asked, Cut, Wire, answer

SMALL: dict[str, Any] = {"steps": 2, "width": 64, "height": 64}
LONG: dict[str, Any] = {"prompt": "long", "steps": 60, "width": 1024, "height": 1024}
RUN = "5ea8723e-4701-4d69-8604-8932801f2083"


@pytest.fixture
async def portrait(ast: AsyncStationThis):
    return await ast.deployments.get("text-to-picture")


async def test_save_writes_files_with_notes_that_lead_back(ast, portrait, tmp_path) -> None:
    """Untouched bytes under a name of ours, a JSON beside them, and the inputs from either."""
    run = await portrait(prompt="a fox", seed=9, **SMALL)
    (path,) = await run.save(tmp_path / "new" / "folder")
    assert path.name == "text-to-picture-9.png"
    assert path.read_bytes() == await run.outputs[0].bytes()
    note = json.loads(path.with_name(path.name + ".json").read_text())
    assert (note["run_id"], note["inputs"], note["deployment"]) == (run.id, run.inputs, "text-to-picture")
    assert (await ast.runs.from_file(path)).inputs == run.inputs
    path.with_name(path.name + ".json").unlink()
    saved = await ast.runs.from_file(path)
    assert saved.source == "embedded"
    assert saved.inputs.items() >= run.inputs.items()


async def test_save_twice_keeps_one_file_and_never_overwrites_another(portrait, tmp_path) -> None:
    """The same output goes to the same place; another run with the same seed to a free one."""
    first = await portrait(prompt="a", seed=9, **SMALL)
    second = await portrait(prompt="b", seed=9, **SMALL)
    assert await first.save(tmp_path) == await first.save(tmp_path)
    (path,) = await second.save(tmp_path)
    assert path.name == "text-to-picture-9 (2).png"
    assert len(list(tmp_path.iterdir())) == 4


async def test_save_under_a_given_name(portrait, tmp_path) -> None:
    """A path with an ending is a file; no note is written unless asked for."""
    run = await portrait(prompt="a", **SMALL)
    path = await run.outputs["picture"].save(tmp_path / "fox.png")
    assert path == tmp_path / "fox.png"
    assert [one.name for one in tmp_path.iterdir()] == ["fox.png"]


async def test_outputs_answer_to_place_name_and_kind(portrait) -> None:
    """The workflow's own name, the kind, the place; an unknown one is answered with those there are."""
    outputs = (await portrait(prompt="a", **SMALL)).outputs
    assert outputs[0].name == outputs["picture"].name == outputs["image"].name == "picture"
    assert [one.kind for one in outputs.images] == ["image"]
    assert (len(outputs.videos), len(outputs.texts)) == (0, 0)
    with pytest.raises(NotFound, match="'picture'"):
        outputs["final"]
    with pytest.raises(DownloadFailed, match="no text"):
        await outputs[0].text()


async def test_a_picture_that_tells_nothing_is_told_as_such(ast, tmp_path) -> None:
    """No note beside it and none in it."""
    from PIL import Image

    Image.new("RGB", (8, 8)).save(tmp_path / "plain.png")
    for path in (tmp_path / "plain.png", tmp_path / "none.png"):
        with pytest.raises(InvalidInput):
            await ast.runs.from_file(path)


def _service(outputs: list[Any], *, status: str = "success", files: Any = None) -> Any:
    """A service with one run, whose files it serves as well."""

    def reply(asked: Asked) -> Any:
        if asked.path.startswith("/api/run/"):
            entries = outputs(asked) if callable(outputs) else outputs
            return answer(200, {"id": RUN, "status": status, "progress": 0.6, "outputs": entries})
        return files(asked) if callable(files) else files

    return reply


def _image(url: str, filename: str = "a.png") -> dict[str, Any]:
    return {"id": str(uuid.uuid5(uuid.NAMESPACE_URL, filename)),
            "data": {"images": [{"url": url, "type": "output", "filename": filename}]}}  # fmt: skip


async def test_downloads_never_carry_the_key(tmp_path) -> None:
    """Neither to the API's own host nor through a redirect."""
    with Wire(answer(200, b"PNG", content_type="image/png")) as storage, Wire() as wire:
        moved = answer(302, headers={"Location": f"http://127.0.0.1:{storage.port}/real.png"})
        wire.otherwise = _service([_image(f"http://127.0.0.1:{wire.port}/a.png")], files=moved)
        async with AsyncStationThis("secret-key", wire.base_url) as st:
            (path,) = await (await st.runs.get(RUN)).save(tmp_path)
        assert path.read_bytes() == b"PNG"
        (asked,) = (one for one in wire.asked if one.path == "/a.png")
        assert "authorization" not in asked.headers
        assert "authorization" not in storage.asked[0].headers


async def test_hostile_file_names_choose_no_path(tmp_path) -> None:
    """Whatever the service calls a file, it lands in the folder under a name of ours."""
    names = [
        "../../evil.png",
        "/etc/passwd",
        "a\x00b.png",
        "..\\..\\evil.png",
        "x" * 500 + ".png",
        "",
        ".png",
    ]
    with Wire() as wire:
        entries = [
            _image(f"http://127.0.0.1:{wire.port}/f{place}", name or "?") for place, name in enumerate(names)
        ]
        wire.otherwise = _service(entries, files=answer(200, b"bytes"))
        async with AsyncStationThis("k", wire.base_url) as st:
            paths = await (await st.runs.get(RUN)).save(tmp_path / "in")
    assert len(set(paths)) == len(names)
    assert {path.parent for path in paths} == {tmp_path / "in"}
    assert [one.name for one in tmp_path.iterdir()] == ["in"]


async def test_a_dead_link_is_renewed_by_reading_the_run(tmp_path) -> None:
    """Links of private accounts expire after an hour; the run has fresh ones."""
    with Wire() as wire:
        seen: list[str] = []

        def entries(_asked: Asked) -> list[Any]:
            seen.append("")
            return [_image(f"http://127.0.0.1:{wire.port}/a.png?signature={len(seen)}")]

        def files(asked: Asked) -> bytes:
            return (
                answer(200, b"fresh") if asked.path.endswith("=2") else answer(403, b"<Error>expired</Error>")
            )

        wire.otherwise = _service(entries, files=files)
        async with AsyncStationThis("k", wire.base_url) as st:
            run = await st.runs.get(RUN)
            assert await run.outputs[0].bytes() == b"fresh"


async def test_broken_downloads_are_repeated_and_never_half_written(tmp_path) -> None:
    """A connection that drops in the middle, a 500; then whole. When it stays broken nothing is left."""
    with Wire() as wire:
        troubles: list[Any] = [Cut(answer(200, b"1234567890")[:-5]), CRASH, CLOSE]

        def files(_asked: Asked) -> Any:
            return troubles.pop(0) if troubles else answer(200, b"1234567890")

        wire.otherwise = _service([_image(f"http://127.0.0.1:{wire.port}/a.png")], files=files)
        async with AsyncStationThis("k", wire.base_url) as st:
            run = await st.runs.get(RUN)
            (path,) = await run.save(tmp_path / "whole", sidecar=False)
            assert path.read_bytes() == b"1234567890"
            troubles[:] = [Cut(answer(200, b"1234567890")[:-5])] * 9
            with (
                pytest.raises(DownloadFailed, match="could not be fetched"),
                stamina.set_testing(True, attempts=3),
            ):
                await run.save(tmp_path / "out")
    assert list((tmp_path / "out").iterdir()) == []


async def test_a_download_over_the_cap_is_refused(tmp_path) -> None:
    """The cap is the caller's; nothing is left behind."""
    with Wire() as wire:
        wire.otherwise = _service(
            [_image(f"http://127.0.0.1:{wire.port}/a.png")], files=answer(200, bytes(2000))
        )
        async with AsyncStationThis("k", wire.base_url) as st:
            output = (await st.runs.get(RUN)).outputs[0]
            with pytest.raises(DownloadFailed, match="max_bytes"):
                await output.save(tmp_path / "a.png", max_bytes=1000)
            with pytest.raises(DownloadFailed, match="max_bytes"):
                await output.bytes(max_bytes=1000)
    assert list(tmp_path.iterdir()) == []


def test_a_full_disk_leaves_nothing_half_written(gateway: RunningGateway, tmp_path: Path) -> None:
    """SaveFailed says so in one line; the folder is as it was."""
    code = """
        import resource, signal, sys
        from stationthis_sdk import SaveFailed, StationThis
        st = StationThis()
        run = st.deployments["text-to-picture"](prompt="x", steps=1, width=256, height=256)
        signal.signal(signal.SIGXFSZ, signal.SIG_IGN)
        resource.setrlimit(resource.RLIMIT_FSIZE, (2000, 2000))
        try:
            run.save(sys.argv[1])
        except SaveFailed as error:
            print(error)
    """
    done = subprocess.run(
        [sys.executable, "-c", textwrap.dedent(code), str(tmp_path)],
        env=gateway.environment(),
        capture_output=True,
        text=True,
        check=True,
        timeout=50,
    )
    assert "Can't save" in done.stdout
    assert "Nothing was left half-written" in done.stdout
    assert len(done.stdout.splitlines()) == 1
    assert list(tmp_path.iterdir()) == []
    assert issubclass(SaveFailed, OSError)


async def test_passwords_in_links_are_not_shown() -> None:
    """Neither in errors nor in what is kept of requests."""
    with Wire() as wire:
        wire.otherwise = _service([_image("http://user:PASSW0RD@127.0.0.1:1/a.png")])
        async with AsyncStationThis("k", wire.base_url) as st:
            run = await st.runs.get(RUN)
            with pytest.raises(DownloadFailed) as caught, stamina.set_testing(True, attempts=2):
                await run.outputs[0].bytes()
            assert "PASSW0RD" not in str(caught.value) + repr(st.last_requests) + repr(caught.value.request)


@pytest.mark.parametrize(
    "location", ["http://[::1/x", "//[/x", "http://127.0.0.1:99999/x", "http://h:abc/", "file:///etc/passwd"]
)
async def test_redirects_to_nowhere_are_errors_of_ours(location) -> None:
    """For calls and for files."""
    with Wire() as wire:
        moved = answer(302, headers={"Location": location})
        wire.otherwise = _service([_image(f"http://127.0.0.1:{wire.port}/a.png")], files=moved)
        async with AsyncStationThis("k", wire.base_url) as st:
            run = await st.runs.get(RUN)
            with pytest.raises(DownloadFailed):
                await run.outputs[0].bytes()
            wire.otherwise = moved
            with pytest.raises(StationThisError):
                await run.refresh()


async def test_a_damaged_picture_is_a_failed_download() -> None:
    """Whatever Pillow makes of it."""
    broken = b"\x89PNG\r\n\x1a\n" + bytes(60)
    for content in (broken, b"P6 99999999999999999999 1 255\n", b"GIF89a", b"nothing"):
        with Wire() as wire:
            wire.otherwise = _service(
                [_image(f"http://127.0.0.1:{wire.port}/a.png")], files=answer(200, content)
            )
            async with AsyncStationThis("k", wire.base_url) as st:
                with pytest.raises(DownloadFailed):
                    await (await st.runs.get(RUN)).outputs[0].image()


async def test_sidecars_hold_no_signed_links(tmp_path) -> None:
    """T30: a signature is a key for an hour."""
    signed = "https://bucket.example/in.png?X-Amz-Signature=deadbeef&X-Amz-Credential=AKIA"
    record = {"id": RUN, "status": "success", "workflow_inputs": {"image": signed, "page": "https://h/?q=1"},
              "outputs": [{"id": "o", "data": {"text": ["hi"]}}]}  # fmt: skip
    with Wire(answer(200, record)) as wire:
        async with AsyncStationThis("k", wire.base_url) as st:
            (path,) = await (await st.runs.get(RUN)).save(tmp_path)
            saved = await st.runs.from_file(path)
    assert saved.inputs == {"image": "https://bucket.example/in.png", "page": "https://h/?q=1"}
    assert "deadbeef" not in path.with_name(path.name + ".json").read_text()


async def test_no_outputs_and_no_home_are_told_in_words(tmp_path) -> None:
    """A success without outputs, and a folder of nobody."""
    with Wire(answer(200, {"id": RUN, "status": "success", "outputs": []})) as wire:
        async with AsyncStationThis("k", wire.base_url) as st:
            run = await st.runs.get(RUN)
            with pytest.raises(NotFound, match="none"):
                _ = run.outputs[0]
            with pytest.raises(SaveFailed):
                await run.save("~nosuchuser/out")
            with pytest.raises(InvalidInput, match="seconds"):
                await run.wait(timeout="5")


async def test_an_output_is_an_input_of_the_next(ast, portrait) -> None:
    """And so is a file uploaded before."""
    first = await portrait(prompt="x", steps=2)
    second = await ast.deployments.get("picture-to-picture")
    run = await second(input_image=first.outputs[0], steps=1, strength=0.2)
    assert run.inputs["input_image"] == first.outputs[0].url
    uploaded = await ast.files.upload(await first.outputs[0].image())
    assert (await second(input_image=uploaded, steps=1)).inputs["input_image"] == uploaded.url


async def test_a_run_is_saved_into_a_folder_and_a_file_keeps_its_type(portrait, tmp_path) -> None:
    """Neither a folder called x.png nor PNG bytes under the name of a JPEG."""
    run = await portrait(prompt="x", **SMALL)
    with pytest.raises(InvalidInput, match="into a folder"):
        await run.save(tmp_path / "one.png")
    with pytest.raises(InvalidInput, match="convert"):
        await run.outputs[0].save(tmp_path / "one.jpg")
    assert (await run.outputs[0].save(tmp_path / "made" / "one.png")).is_file()


async def test_a_reattached_run_is_saved_under_the_same_name(ast, portrait, tmp_path) -> None:
    """Its deployment is found again, so that saving twice keeps one file."""
    run = await portrait(prompt="x", seed=11, **SMALL)
    first = await run.save(tmp_path)
    assert await (await ast.runs.get(run.id)).save(tmp_path) == first
    assert (await ast.runs.from_file(f"{first[0]}.json")).inputs == run.inputs
