"""What displays do when files hang, are huge, can't be drawn, or have no room left in the notebook."""

import asyncio
import importlib.util
import socket
import threading
from collections.abc import AsyncIterator, Callable, Iterator
from types import SimpleNamespace
from typing import Any

import attrs
import pandas as pd
import pytest
from aiohttp import web

from stationthis_sdk import AsyncStationThis, OutputItem, StationThis
from stationthis_sdk.entities import Progress, RunRecord, RunState
from stationthis_sdk.entities.deployments import DeploymentChange
from stationthis_sdk.frames.pictures import picture_frame
from stationthis_sdk.notebook import budget, displays, hints, patience, thumbnails
from stationthis_sdk.notebook.frames_html import frame_html
from stationthis_sdk.notebook.live.elements import strip_of
from stationthis_sdk.runs import AsyncRun
from stationthis_sdk.twins import twin
from tests.notebook.safe import HOSTILE, read

SMALL = {"steps": 1, "width": 48, "height": 48}


@attrs.define
class Storage:
    """A server of files that counts its connections, and never answers."""

    address: str
    connections: int = 0


@pytest.fixture
def hanging(monkeypatch: pytest.MonkeyPatch) -> Iterator[Storage]:
    """Storage that hangs, and displays that wait for it a little while."""
    monkeypatch.setattr(patience, "SECONDS", 1.5)
    kept = []
    with socket.create_server(("127.0.0.1", 0)) as server:
        storage = Storage(f"http://127.0.0.1:{server.getsockname()[1]}")

        def accept() -> None:
            while True:
                try:
                    connection, _ = server.accept()
                except OSError:
                    return
                kept.append(connection)
                storage.connections += 1

        thread = threading.Thread(target=accept, daemon=True)
        thread.start()
        yield storage
        server.shutdown(socket.SHUT_RDWR)
        thread.join()
        for connection in kept:
            connection.close()


@pytest.fixture
async def of_items() -> AsyncIterator[Callable[..., AsyncRun]]:
    """Makes a run of outputs that lie wherever they are said to lie."""
    async with AsyncStationThis("k", "http://127.0.0.1:9/api") as client:

        def made(*items: OutputItem) -> AsyncRun:
            record = RunRecord("hung", RunState("success"), inputs={}, outputs=items, deployment_name="a run")
            return AsyncRun(client._ready.context, record)

        yield made


@pytest.fixture
def full(monkeypatch: pytest.MonkeyPatch) -> None:
    """A notebook that may hold no pictures."""
    monkeypatch.setenv(budget.BUDGET_VARIABLE, "0")
    monkeypatch.setattr(budget, "_budget", None)


async def test_storage_that_hangs(hanging: Storage, of_items: Callable[..., AsyncRun]) -> None:
    """All pictures, films and texts of a display share one deadline; links stand in their place, and nobody asks again."""
    kinds = {"image": "image/png", "video": "video/mp4", "text": "text/plain"}
    items = [
        OutputItem(kind, url=f"{hanging.address}/{n}", filename=f"{kind} {n}", mime=mime)
        for n in range(4)
        for kind, mime in kinds.items()
    ]
    run = of_items(*items)
    html = (await displays.bundle_soon(run))["text/html"]
    assert html.count("<a ") == len(items)
    assert all(item.filename in read(html) for item in items)
    asked = hanging.connections
    assert asked == 4  # the pictures, at once; there was no time left for what comes after them
    pictures = of_items(*(item for item in items if item.kind == "image"))
    assert (await displays.bundle_soon(pictures))["text/html"].count("<a ") == 4
    assert hanging.connections == asked


async def test_films_and_texts_that_hang(hanging: Storage, of_items: Callable[..., AsyncRun]) -> None:
    """They are waited for together no longer than one alone; the next look asks for none that was asked for."""
    for kind, mime in (("audio", "audio/mpeg"), ("text", "text/plain")):
        run = of_items(*(OutputItem(kind, url=f"{hanging.address}/{kind}{n}", mime=mime) for n in range(5)))
        before = hanging.connections
        assert (await displays.bundle_soon(run))["text/html"].count("<a ") == 5
        assert hanging.connections == before + 1
        one = of_items(run.record.outputs[0])
        assert (await displays.bundle_soon(one))["text/html"].count("<a ") == 1
        assert hanging.connections == before + 1


def test_a_service_that_hangs_leaves_text(
    hanging: Storage, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    """A catalogue is waited for as long as a display may take, and is its text then; the log says why."""
    monkeypatch.setattr(displays, "_PATIENCE", 0.3)
    with StationThis("k", f"{hanging.address}/api") as client:
        assert client.machines._repr_mimebundle_() == {"text/plain": repr(client.machines)}
    assert "did not answer within 0.3 s" in caplog.text


async def test_of_a_huge_text_only_the_beginning_is_fetched(of_items: Callable[..., AsyncRun]) -> None:
    """Of a text file of any size no more is asked for than is shown; a small one is there whole."""
    asked: list[str | None] = []

    async def answer(request: web.Request) -> web.StreamResponse:
        asked.append(request.headers.get("Range"))
        if request.path == "/small.txt":
            return web.Response(text=HOSTILE[0])
        if asked[-1] is None:
            response = web.StreamResponse(headers={"Content-Length": str(48 << 20)})
            await response.prepare(request)
            return response
        return web.Response(status=206, body="ä".encode() * 8_000)

    app = web.Application()
    app.router.add_get("/{name}", answer)
    runner = web.AppRunner(app, access_log=None, shutdown_timeout=0.1)
    await runner.setup()
    await web.TCPSite(runner, "127.0.0.1", 0).start()
    port = runner.addresses[0][1]
    items = [
        OutputItem("text", url=f"http://127.0.0.1:{port}/{name}.txt", mime="text/plain")
        for name in ("huge", "small")
    ]
    said = read((await displays.bundle_soon(of_items(*items)))["text/html"])
    await runner.cleanup()
    assert "ä" * 3_999 + "…" in said
    assert HOSTILE[0] in said
    assert asked == [None, "bytes=0-15999", None]


def test_no_room_is_told(st: StationThis, full: None) -> None:
    """Where the notebook holds no more pictures, each place of one says so, with the variable; so does a frame."""
    run = st.deployments["text-to-picture"](prompt="no room", **SMALL)
    for thing in (run, run.outputs, run.outputs[0]):
        html = thing._repr_mimebundle_()["text/html"]
        assert "data:image" not in html
        assert budget.BUDGET_VARIABLE in read(html)
        assert "<a " in html
    html = run.to_frame()._repr_html_()
    assert "data:image" not in html
    assert budget.BUDGET_VARIABLE in html


def test_without_pillow_only_the_picture_is_missing(
    st: StationThis, monkeypatch: pytest.MonkeyPatch, capfd: pytest.CaptureFixture[str]
) -> None:
    """A link stands in its place; a kernel is told once what to install, a program never."""
    run = st.deployments["text-to-picture"](prompt="undrawn", **SMALL)
    find = importlib.util.find_spec
    monkeypatch.setattr(thumbnails, "find_spec", lambda name: None if name == "PIL" else find(name))
    monkeypatch.setattr(hints, "_said", set())
    for kernel in (None, object()):
        monkeypatch.setattr(hints, "kernel_shell", lambda kernel=kernel: kernel)
        for _ in range(2):
            html = run._repr_mimebundle_()["text/html"]
            assert "undrawn" in read(html)
            assert "data:image" not in html
            assert f'href="{run.outputs[0].url}"'.partition("?")[0] in html
        said = capfd.readouterr().err
        assert said.count("pip install 'stationthis-sdk[notebook]'") == (kernel is not None)


def test_without_the_extra_a_kernel_is_told_once(
    st: StationThis, monkeypatch: pytest.MonkeyPatch, capfd: pytest.CaptureFixture[str]
) -> None:
    """Things are texts then, and one line says what would show them."""

    def missing(_thing: Any) -> Any:
        raise ModuleNotFoundError("no htpy", name="htpy")

    monkeypatch.setattr(displays, "bundle_of", missing)
    monkeypatch.setattr(hints, "_said", set())
    monkeypatch.setattr(hints, "kernel_shell", object)
    for _ in range(3):
        assert st.deployments._repr_mimebundle_() == {"text/plain": repr(st.deployments)}
    assert capfd.readouterr().err == (
        "Things are shown as text (htpy is missing): pip install 'stationthis-sdk[notebook]'.\n"
    )


async def test_a_strip_is_drawn_anew_for_new_rows_only() -> None:
    """A file that can't be drawn is fetched once, and nobody looks at the rows again before there are others."""
    asked: list[int] = []

    class Batch:
        async def run(self, place: int) -> Any:
            asked.append(place)
            return SimpleNamespace(outputs=[Damaged(f"http://127.0.0.1/strip/{place}.png")])

    batch = Batch()
    for _ in range(3):
        assert await strip_of(batch, [0, 1]) == []
    assert sorted(asked) == [0, 1]
    assert await strip_of(batch, [0, 1, 2]) == []
    assert Damaged.fetched == 3
    assert Damaged.largest == 8 << 20


class Damaged:
    """An output that is no picture."""

    kind = "image"
    fetched = largest = 0

    def __init__(self, url: str) -> None:
        self.url = url

    async def bytes(self, *, max_bytes: int) -> bytes:
        """What it holds."""
        await asyncio.sleep(0)
        Damaged.fetched, Damaged.largest = Damaged.fetched + 1, max_bytes
        return b"nothing"


def test_values_are_shown_in_words() -> None:
    """What deploying did and how far a run is say it as print does, with their fields, whatever is in them."""
    change = DeploymentChange("moved", HOSTILE[0], "production", 3, 4, added=(HOSTILE[1],))
    for thing in (change, Progress(RunState("running"), 0.4, message=HOSTILE[0])):
        bundle = thing._repr_mimebundle_()
        assert bundle["text/plain"] == repr(thing)
        assert str(thing) in read(bundle["text/html"])


def test_frames_of_narrow_columns(st: StationThis) -> None:
    """However narrow pandas is told to make columns, pictures are pictures, and the option is left as it was."""
    frame = st.deployments["text-to-picture"](prompt="narrow", **SMALL).to_frame()
    for width in (1, 10, 23, None):
        with pd.option_context("display.max_colwidth", width):
            html = frame_html(frame)
            assert pd.get_option("display.max_colwidth") == width
        assert html is not None
        assert html.count("data:image/webp") == 1
        assert "picture-" not in html


def test_frames_whose_pictures_hang(hanging: Storage, st: StationThis) -> None:
    """A link stands where a picture does not come."""
    run = st.deployments["text-to-picture"](prompt="hanging", **SMALL)
    [item] = run.record.outputs
    moved = attrs.evolve(run.record, outputs=(attrs.evolve(item, url=f"{hanging.address}/framed.png"),))
    frame = picture_frame(pd.DataFrame(run.to_frame()), {run.id: AsyncRun(twin(run)._context, moved)})
    html = frame_html(frame)
    assert html is not None
    assert f'href="{hanging.address}/framed.png"' in html
    assert f">{frame['picture'][0]}</a>" in html
