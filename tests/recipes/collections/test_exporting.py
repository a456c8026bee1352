"""The ZIP of a collection: what is in it, the same bytes each time, and going on where an export was killed."""

import contextlib
import hashlib
import json
import sqlite3
import zipfile
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from stationthis_sdk import (
    AsyncCook,
    AsyncStationThis,
    Category,
    Collection,
    DownloadFailed,
    InvalidInput,
    SaveFailed,
    StationThis,
)
from stationthis_sdk.outputs.output import AsyncOutput
from stationthis_sdk.recipes.collections.archive import Picture, write_archive
from stationthis_sdk.recipes.collections.choosing import chosen, piece_told
from stationthis_sdk.recipes.collections.collection import Metadata, Part
from stationthis_sdk.recipes.collections.piece import Piece
from tests.batches.programs import STARTED, start
from tests.fixtures import RunningGateway
from tests.processes import end
from tests.recipes.collections.samples import foxes


@pytest.fixture
async def cook(client: AsyncStationThis) -> AsyncCook:
    """Four foxes that no other test has, made; the first three are accepted."""
    made: AsyncCook = await foxes(description="Foxes.", metadata=Metadata("Fox {{number}}", royalty=5)).cook(
        client, seed=99
    )
    return await made.accept([1, 2, 3])


def contents(path: Path) -> dict[str, bytes]:
    """The files of a ZIP."""
    with zipfile.ZipFile(path) as archive:
        assert archive.testzip() is None
        return {name: archive.read(name) for name in archive.namelist()}


async def test_what_is_in_it(cook: AsyncCook, tmp_path: Path) -> None:
    """Pictures as the service made them, metadata for each, and a manifest that has the hash of every file."""
    export = await cook.export(tmp_path / "foxes.zip")
    assert (export.pieces, export.skipped) == (3, ())
    files = contents(export.path)
    assert sorted(files) == [
        "collection.json", "images/001.png", "images/002.png", "images/003.png", "manifest.json",
        "metadata/001.json", "metadata/002.json", "metadata/003.json",
    ]  # fmt: skip
    manifest = json.loads(files["manifest.json"])
    assert manifest["files"] == {
        name: {"sha256": hashlib.sha256(content).hexdigest(), "bytes": len(content)}
        for name, content in files.items()
        if name != "manifest.json"
    }
    piece = await cook.piece(2)
    run = await cook.batch.run("2")
    assert files["images/002.png"] == await run.outputs[0].bytes()
    assert json.loads(files["metadata/002.json"]) == {
        "name": "Fox 2",
        "description": "Foxes.",
        "image": "images/002.png",
        "attributes": [{"trait_type": name, "value": trait} for name, trait in piece.traits.items()],
        "piece": 2,
        "seed": piece.seed,
        "inputs": dict(piece.inputs),
    }
    told = json.loads(files["collection.json"])
    assert (told["name"], told["totalSupply"], told["royalty"], told["seed"]) == ("foxes", 3, 5, 99)
    assert hashlib.sha256(export.path.read_bytes()).hexdigest() == export.sha256
    assert [one.name for one in tmp_path.iterdir() if "zip" in one.name] == ["foxes.zip"]  # noqa: ASYNC240 - a test


async def test_the_same_bytes_each_time(cook: AsyncCook, tmp_path: Path) -> None:
    """Also under another name; shuffled it is another order, always the same for a seed."""
    exports = [await cook.export(tmp_path / f"{at}.zip") for at in range(2)]
    assert exports[0].sha256 == exports[1].sha256
    shuffled = [
        await cook.export(tmp_path / f"s{at}.zip", shuffle_seed=at // 2, only="all") for at in range(6)
    ]
    assert [one.sha256 for one in shuffled[::2]] == [one.sha256 for one in shuffled[1::2]]
    assert len({one.sha256 for one in shuffled}) > 1
    orders = [
        [json.loads(files[f"metadata/00{at}.json"])["piece"] for at in range(1, 5)]
        for files in map(contents, (one.path for one in shuffled))
    ]
    assert all(sorted(order) == [1, 2, 3, 4] for order in orders)


async def test_what_is_exported(cook: AsyncCook, tmp_path: Path) -> None:
    """Rejected ones are left out, the one that was made again stands for its number; nothing accepted is told."""
    await cook.reject([1, 2])
    await cook.regenerate([1])
    every = await cook.export(tmp_path / "all.zip", only="all")
    keys = [json.loads(contents(every.path)[f"metadata/00{at}.json"])["seed"] for at in (1, 2, 3)]
    assert every.pieces == 3
    assert keys == [(await cook.piece(key)).seed for key in ("1.2", "3", "4")]
    await cook.reject([3])
    with pytest.raises(InvalidInput, match="accept"):
        await cook.export(tmp_path / "none.zip")


@pytest.mark.parametrize(
    "wrong", [{"path": "foxes.tar"}, {"only": "some"}, {"shuffle_seed": 1.5}, {"missing": "ignore"}]
)
async def test_wrong_options(cook: AsyncCook, wrong: dict[str, Any], tmp_path: Path) -> None:
    """They are told, nothing is written."""
    path = tmp_path / "out" / str(wrong.pop("path", "foxes.zip"))
    with pytest.raises(InvalidInput, match="Nothing was exported"):
        await cook.export(path, **wrong)
    assert not path.parent.exists()


async def test_prompts_and_pictures_of_a_real_export(client: AsyncStationThis, tmp_path: Path) -> None:
    """The workflow says which inputs are files."""
    from PIL import Image

    picture = tmp_path / "private" / "cat.png"
    picture.parent.mkdir()
    Image.new("RGB", (64, 64), "red").save(picture)
    collection = Collection(
        "cats",
        "picture-to-picture",
        {"prompt": "/imagine a [[Fur]] cat, 16/9", "input_image": "[[Photo]]", "steps": 1},
        [Category("Fur", ["red"]), Category("Photo", images=[str(picture)])],
        supply=1,
    )
    cook = await collection.cook(client, seed=1)
    export = await cook.export(tmp_path / "cats.zip", only="all")
    metadata = contents(export.path)["metadata/001.json"]
    told = json.loads(metadata)["inputs"]
    assert (told["prompt"], told["input_image"]) == ("/imagine a red cat, 16/9", "cat.png")
    assert b"private" not in metadata


async def test_a_damaged_picture_is_fetched_again(
    cook: AsyncCook, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """What a crash has left empty, or with other bytes, beside the target is never exported."""
    whole = await cook.export(tmp_path / "whole.zip")

    def fails(*_: Any, **__: Any) -> None:
        raise SaveFailed("no room")

    with monkeypatch.context() as patch:
        patch.setattr("stationthis_sdk.recipes.collections.exporting.write_archive", fails)
        with pytest.raises(SaveFailed, match="no room"):
            await cook.export(tmp_path / "foxes.zip")
    kept = sorted((tmp_path / ".foxes.zip.export").glob("*.bytes"))
    assert len(kept) == 3
    kept[0].write_bytes(b"")
    kept[1].write_bytes(kept[2].read_bytes())
    assert (await cook.export(tmp_path / "foxes.zip")).sha256 == whole.sha256


async def test_an_empty_picture_is_missing(
    cook: AsyncCook, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A service that sends nothing has sent no picture."""

    async def save(_: AsyncOutput, to: Any, **__: Any) -> Path:
        Path(to).touch()  # noqa: ASYNC240 - a test
        return Path(to)

    monkeypatch.setattr(AsyncOutput, "save", save)
    with pytest.raises(
        DownloadFailed, match=r"3 pictures are missing \(piece 1: its picture is an empty file"
    ):
        await cook.export(tmp_path / "foxes.zip")


def test_a_picture_that_changes_while_it_is_written(tmp_path: Path) -> None:
    """Its hash is that of the bytes that are in the ZIP, or there is none."""
    path = tmp_path / "one.bytes"
    path.write_bytes(b"other")
    picture = Picture(Piece(1, 1, {"Fur": "red", "Hat": "none"}, {}), path, "png", "0" * 64, 5)
    with pytest.raises(SaveFailed, match="has changed meanwhile"):
        write_archive(tmp_path / "foxes.zip", foxes(), 1, [picture])
    assert [one.name for one in tmp_path.iterdir()] == ["one.bytes"]


async def test_two_exports_to_one_file(cook: AsyncCook, tmp_path: Path) -> None:
    """The second one is refused while the first one is at it, and later is not."""
    told: list[str] = []

    async def second(there: int, _: int) -> None:
        if there == 1:
            with pytest.raises(SaveFailed, match="Another export writes"):
                await cook.export(tmp_path / "foxes.zip")
            told.append((await cook.export(tmp_path / "other.zip")).sha256)

    first = await cook.export(tmp_path / "foxes.zip", on_file=second)
    assert told == [first.sha256]
    assert (await cook.export(tmp_path / "foxes.zip")).sha256 == first.sha256


async def test_an_output_that_there_is_not(cook: AsyncCook, tmp_path: Path) -> None:
    """It is told of the first piece, with what there is; nothing is fetched."""
    with pytest.raises(InvalidInput, match=r"piece 1: No output 'nope'; there is") as error:
        await cook.export(tmp_path / "foxes.zip", output="nope")
    assert "piece 2" not in str(error.value)
    with pytest.raises(DownloadFailed, match="3 pictures are missing"):
        await cook.export(tmp_path / "foxes.zip", output="nope", missing="skip")
    assert (await cook.export(tmp_path / "foxes.zip", output="image")).pieces == 3


def break_pictures(gateway: RunningGateway, tmp_path: Path, *numbers: int) -> None:
    """The links of these pieces' pictures lead nowhere any more, here and on the service."""
    with contextlib.closing(sqlite3.connect(tmp_path / "home" / "ledger.db")) as ledger:
        for number in numbers:
            (run,) = ledger.execute("SELECT run_id FROM batch_rows WHERE key = ?", (str(number),)).fetchone()
            (outputs,) = ledger.execute("SELECT outputs FROM runs WHERE id = ?", (run,)).fetchone()
            for output in json.loads(outputs):
                name = output["url"].rpartition("/")[2] if "url" in output else None
                for path in gateway.data.rglob(name or "none"):
                    path.unlink()


async def test_pictures_that_are_gone(
    client: AsyncStationThis, gateway: RunningGateway, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """They are tried three times, told, and refused; left out when asked; the others are fetched once."""
    cook = await foxes().cook(
        client, seed=404
    )  # of no other test: equal pictures are one file of the gateway
    await cook.accept([1, 2, 3])
    tries: list[str] = []
    saved = AsyncOutput.save

    async def save(self: AsyncOutput, to: Any, **more: Any) -> Path:
        tries.append(self.url or "")
        return await saved(self, to, **more)

    monkeypatch.setattr(AsyncOutput, "save", save)
    break_pictures(gateway, tmp_path, 2)
    with pytest.raises(DownloadFailed, match=r"1 pictures are missing \(piece 2: "):
        await cook.export(tmp_path / "foxes.zip")
    assert not (tmp_path / "foxes.zip").exists()
    assert sorted(tries.count(one) for one in set(tries)) == [1, 1, 3]
    export = await cook.export(tmp_path / "foxes.zip", missing="skip")
    assert (export.pieces, [number for number, _ in export.skipped]) == (2, [2])
    assert sorted(tries.count(one) for one in set(tries)) == [1, 1, 6]
    assert sorted(name for name in contents(export.path) if "images" in name) == [
        "images/001.png",
        "images/002.png",
    ]


EXPORT = """
import sys
from stationthis_sdk import StationThis

with StationThis() as st:
    cook = st.collections.get("foxes")
    cook.export(sys.argv[1], only="all", on_file=lambda there, total: print(there, flush=True))
"""


@pytest.fixture(autouse=True)
def _no_process_is_left() -> Iterator[None]:
    yield
    while STARTED:
        end(STARTED.pop())


@pytest.mark.slow
def test_t29_an_export_that_is_killed_goes_on(gateway: RunningGateway, tmp_path: Path) -> None:
    """T29: killed in the middle nothing stands at the target; the same call fetches only what is not there yet."""
    target, home = tmp_path / "foxes.zip", tmp_path / "home"
    many = foxes(
        40,
        unique=False,
        inputs={"prompt": "a [[Fur]] fox with [[Hat]]", "steps": 1, "width": 256, "height": 256},
    )
    with StationThis(gateway.key, gateway.base_url, home=home) as st:
        cook = many.cook(st, seed=1)
        whole = cook.export(tmp_path / "whole.zip", only="all")
        environment = {**gateway.environment(), "STATIONTHIS_HOME": str(home)}
        process = start(EXPORT, environment, target)
        assert process.stdout is not None
        for line in process.stdout:
            if int(line) >= 5:
                break
        end(process)
        folder = tmp_path / ".foxes.zip.export"
        kept = {path.name.partition(".")[0] for path in folder.glob("*.bytes")}
        assert 5 <= len(kept) < 40
        assert not target.exists()
        fetched: list[str] = []
        saved = AsyncOutput.save

        async def save(self: AsyncOutput, to: Any, **more: Any) -> Path:
            fetched.append(Path(to).name.partition(".")[0])
            return await saved(self, to, **more)

        with pytest.MonkeyPatch.context() as patch:
            patch.setattr(AsyncOutput, "save", save)
            export = cook.export(target, only="all")
    assert not {*fetched} & kept
    assert len(fetched) == 40 - len(kept)
    assert export.sha256 == whole.sha256
    assert not folder.exists()


def test_a_large_archive_is_never_held_in_memory(tmp_path: Path) -> None:
    """Two hundred megabytes of pictures are written with a few of them in memory."""
    import tracemalloc

    path = tmp_path / "one.bytes"
    path.write_bytes(b"x" * (20 << 20))
    sha256 = hashlib.sha256(path.read_bytes()).hexdigest()
    pictures = [
        Picture(Piece(number, 1, {"Fur": "red", "Hat": "none"}, {}), path, "png", sha256, 20 << 20)
        for number in range(1, 11)
    ]
    tracemalloc.start()
    write_archive(tmp_path / "large.zip", foxes(), 1, pictures)
    most = tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()
    assert most < 8 << 20
    assert (tmp_path / "large.zip").stat().st_size > 200 << 20


def test_what_nobody_should_read_is_left_out() -> None:
    """Of files on this disk their names, of addresses no signatures and no passwords; parts are attributes."""
    inputs = {
        "image": "/home/me/secret/fox.png",
        "photo": "https://me:pw@host/fox.png?X-Amz-Signature=abc",
        "more": ["C:\\Users\\me\\fox.png", "secret/fox.png", "data:image/png;base64,AA/BB=="],
        "prompt": "a/b",
    }
    told = told_of(inputs, files={"image", "photo", "more"}, parts=("Snow",))
    assert told["inputs"] == {
        "image": "fox.png",
        "photo": "https://host/fox.png",
        "more": ["fox.png", "fox.png", "data:image/png;base64"],
        "prompt": "a/b",
    }
    assert told["attributes"][-1] == {"trait_type": "Snow", "value": "yes"}
    assert told["name"] == "foxes #1"
    unknown = told_of(inputs, files=None)["inputs"]
    assert (unknown["image"], unknown["photo"]) == ("fox.png", "https://host/fox.png")


@pytest.mark.parametrize("files", [set(), None])
@pytest.mark.parametrize(
    "prompt",
    [
        "/imagine a red fox, 16/9",
        "https://x.example/red a fox? with a hat # 1",
        "http://[",
        "data: a fox, please",
        ["/a", {"b": "https://x?y"}],
    ],
)
def test_texts_are_told_as_they_are(prompt: Any, files: set[str] | None) -> None:
    """Whatever they begin with: only inputs that are files have paths and addresses."""
    assert told_of({"prompt": prompt}, files=files)["inputs"] == {"prompt": prompt}


def told_of(inputs: dict[str, Any], *, files: set[str] | None, parts: tuple[str, ...] = ()) -> dict[str, Any]:
    """The metadata of a piece that was given this."""
    piece = Piece(1, 1, {"Fur": "red", "Hat": "none"}, inputs, parts)
    return piece_told(foxes(parts=[Part("Snow", "x", 0.5)]), piece, 1, "images/001.png", files=files)


def test_failed_pieces_are_missing_rejected_ones_are_not() -> None:
    """Of all that should be there, what came to nothing is told."""
    pieces = [
        Piece(1, 1, {}, {}, state="failed", reason="no memory"),
        Piece(2, 1, {}, {}, state="success", verdict="rejected"),
        Piece(3, 1, {}, {}, state="success"),
    ]
    taken, missing = chosen(pieces, only="all")
    assert [one.number for one in taken] == [3]
    assert [(one.number, why) for one, why in missing] == [(1, "no memory")]
