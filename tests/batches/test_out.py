"""Where a batch's files go: names that lead nowhere else, no two files in one place, nothing half-written."""

# ruff: noqa: ASYNC240 - tests look at what was saved

import asyncio
import hashlib
import io
import itertools
import os
import signal
import subprocess
import sys
import tempfile
import uuid
from pathlib import Path
from typing import Any

import fsspec
import pytest
from hypothesis import given, settings
from hypothesis import strategies as some

from stationthis_sdk import DownloadFailed, InvalidInput, MissingExtra, SaveFailed
from stationthis_sdk.batches.names import Name, ending_for, numbered
from stationthis_sdk.batches.out import Out, SavedRow
from stationthis_sdk.entities import OutputItem
from stationthis_sdk.outputs.output import Outputs
from stationthis_sdk.store.file_names import leave_names, same_name

HOSTILE = some.one_of(
    some.text(max_size=20),
    some.text(some.sampled_from("./\\ ~:*?\0\nab\u202eéCON"), max_size=12),
    some.sampled_from(["..", "../../x", "/etc/passwd", "C:\\x", "con", "NUL.txt", "a/b", ".", " ", "x" * 400, "ü" * 400, "metadata.jsonl", "rows.parquet", ".stationthis-1.part", "-rf"]),
)  # fmt: skip
TEMPLATES = some.sampled_from(
    ["", "{a}", "{a}/{b}", "{b}.png", "{a}{b}/x-{n}.{ext}", "{a}.{ext}", "{a}/{key}"]
)


class Made:
    """A run that made these contents: what ``Out`` looks at, without a service behind it."""

    def __init__(self, *contents: bytes | str, names: list[str] | None = None) -> None:
        self.outputs = Outputs(
            [_Given(one, name) for one, name in itertools.zip_longest(contents, names or [])]
        )


class _Given:
    def __init__(self, content: bytes | str, name: str | None) -> None:
        self.content, self.name = content, name
        self.kind = "text" if isinstance(content, str) else "image"
        text = content if isinstance(content, str) else None
        self._item = OutputItem(self.kind, text=text, filename="ComfyUI_0.png", mime="image/png")

    async def _into(self, target: Any) -> None:
        if self.content == b"never comes":
            await asyncio.to_thread(target.write, b"never")
            raise DownloadFailed("the connection broke")
        content = self.content
        await asyncio.to_thread(target.write, content.encode() if isinstance(content, str) else content)


@pytest.fixture
def home(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A data folder of the test's own."""
    monkeypatch.setenv("STATIONTHIS_HOME", str(tmp_path / "home"))
    return tmp_path / "home"


@pytest.fixture
def bucket() -> str:
    """A folder in memory that no other test has."""
    return f"memory://{uuid.uuid4().hex}/autumn"


def picture(color: str = "red", form: str = "PNG", size: tuple[int, int] = (8, 6)) -> bytes:
    """A small picture."""
    from PIL import Image

    buffer = io.BytesIO()
    Image.new("RGB", size, color).save(buffer, form)
    return buffer.getvalue()


def row(place: int = 0, **more: Any) -> SavedRow:
    """A row of the batch of these tests."""
    return SavedRow("autumn", place, run_id=str(uuid.UUID(int=place)), deployment="portrait", **more)


def files_in(folder: Path) -> dict[str, bytes]:
    """Every file below a folder, hidden ones too."""
    return {
        path.relative_to(folder).as_posix(): path.read_bytes() for path in folder.rglob("*") if path.is_file()
    }


@settings(max_examples=50)
@given(TEMPLATES, some.lists(some.tuples(HOSTILE, HOSTILE), min_size=1, max_size=6), some.data())
def test_hostile_values_lead_nowhere(tmp_path_factory, template, values, data):
    """Whatever columns say, all is written below the folder, each output to a path of its own, and nothing is lost."""
    base = Path(tempfile.mkdtemp(dir=tmp_path_factory.getbasetemp()))
    out = Out.of(f"{base}/out/{template}", home=base / "home")

    async def save() -> list[Any]:
        saved = []
        for place, (a, b) in enumerate(values):
            key = data.draw(some.none() | HOSTILE)
            contents = data.draw(some.lists(some.sampled_from(["one", "two", "3"]), min_size=1, max_size=3))
            one = SavedRow("au/tumn", place, None if key is None else f"{key}{place}", {"a": a}, {"b": b})
            saved += list(zip(contents, await out.save(one, Made(*contents)), strict=True))
        return saved

    saved = asyncio.run(save())
    leave_names(base / "home")
    paths = [file.path for _, file in saved]
    assert len({same_name(path) for path in paths}) == len(paths)
    assert all(Path(file.path).read_text() == content for content, file in saved)
    found = {str(path) for path in base.rglob("*") if path.is_file() and (base / "home") not in path.parents}
    assert found == set(paths)
    assert all(Path(path).is_relative_to(base / "out") and ".." not in Path(path).parts for path in paths)


@given(HOSTILE, some.sampled_from(["png", "jpg", "txt"]))
def test_names_are_good_on_every_disk(value, ext):
    """No name is hidden, a device of Windows, too long, or ends in what it is not."""
    for part in Name.of("{a}/x{a}.png").fill({"a": value}, ext).split("/"):
        assert part == part.strip()
        assert not part.startswith(".")
        assert not part.endswith(".")
        assert len(part.encode()) < 200
        assert not set(part) & set('\0\n:*?"<>|\\\u202e')
        assert part.partition(".")[0].lower() not in {"con", "nul"}
    assert Name.of("{a}.png").fill({"a": value}, ext).endswith(f".{ext}")


@pytest.mark.parametrize(
    ("template", "values", "name"),
    [
        ("{sku}.png", {"sku": "L-7"}, "L-7.png"),
        ("{sku}.jpg", {"sku": "L-7"}, "L-7.png"),
        ("{sku}", {"sku": "v1.5"}, "v1.5.png"),
        ("{sku}", {"sku": "photo.jpg"}, "photo.png"),
        ("{colour}/{sku}-{seed}.{ext}", {"colour": "a/b", "sku": 7, "seed": 3}, "a-b/7-3.png"),
        ("{row}-{row:d}-{n:02d}", {"row": 7, "n": 1}, "7-7-01.png"),
        ("{price:.2f}{{x}}", {"price": 3}, "3.00{x}.png"),
        ("{gone}/{empty}.png", {"empty": ""}, "none/none.png"),
        ("", {"batch": "autumn 26", "row": 7, "key": None}, "autumn 26-000007.png"),
        ("", {"batch": "autumn", "row": 7, "key": "L/7"}, "autumn-L-7.png"),
    ],
)
def test_names(template, values, name):
    """What a template makes of a row whose picture is a PNG."""
    assert Name.of(template).fill(values, "png") == name


def test_numbers_stand_before_the_ending():
    """A dot in a folder's name is no ending."""
    assert [numbered(name, 2) for name in ("a.b/c.png", "a.b/c")] == ["a.b/c-2.png", "a.b/c-2"]


@pytest.mark.parametrize(
    ("head", "about", "ending"),
    [
        (picture(form="JPEG"), {"filename": "a.png"}, "jpg"),
        (picture(form="JPEG"), {"filename": "a.jpeg"}, "jpeg"),
        (picture(form="WEBP"), {"filename": "a"}, "webp"),
        (b"<html>", {"filename": "a.png", "mime": "image/png"}, "txt"),
        (b"\0\1\2", {"filename": "a.png", "mime": "image/png"}, "bin"),
        (b"PK\3\4", {"filename": "a.png"}, "zip"),
        (b"glTF\2", {"filename": "a.glb"}, "glb"),
        (b"", {"text": "a caption"}, "txt"),
        (b"", {"text": ' {"a": 1}'}, "json"),
        (b"", {"text": "{a brace"}, "txt"),
        (b"\0", {"mime": "application/pdf"}, "pdf"),
        (b"\0", {}, "bin"),
    ],
)
def test_an_ending_is_what_the_file_is(head, about, ending):
    """The bytes win over what the service calls a file."""
    assert ending_for(head, **about) == ending


@pytest.mark.parametrize(
    ("target", "problem"),
    [
        ("out/{sku", "no place for files"),
        ("out/{sku!r}", "a place is a column"),
        ("out/{sku}/../../{x}.png", "leads out"),
        ("out/{sku}/", "folders and no file"),
        ("out/pictures.png", "names one file"),
        ("s3://shop/a.jpg", "names one file"),
        ("", "not at"),
        ("nosuch://x/y", "can't be used"),
        ("s3://{shop}/x", "names no folder"),
        (Path("s3://shop/autumn"), "two slashes"),
        ("ftp:/host/autumn", "two slashes"),
    ],
)
def test_what_is_no_place(target, problem):
    """A target that makes no sense is refused before anything is made."""
    with pytest.raises(InvalidInput, match=problem):
        Out.of(target)


def test_options_are_for_urls(tmp_path):
    """Options of a file system for a folder of this disk would be passed over: they are refused."""
    with pytest.raises(InvalidInput, match="for URLs"):
        Out.of(tmp_path, {"key": "x"})


def test_what_the_template_lacks_is_told_before(tmp_path):
    """Columns that are not there, all at once; of a row what it has no value for."""
    out = Out.of(tmp_path / "{sku}/{colour}-{seed:04d}-{run}.{ext}")
    assert len(out.problems(("SKU", "prompt"))) == 2
    assert out.problems(("sku", "colour")) == []
    assert out.problems_of(row(extra={"sku": "a", "colour": "b"}, seed=3)) == []
    problems = out.problems_of(row(extra={"sku": None, "colour": "/"}, seed=3))
    assert [problem.split("'")[1] for problem in problems] == ["sku", "colour"]
    assert not list(tmp_path.iterdir())


def test_missing_packages_are_named(monkeypatch):
    """Without fsspec, or what it needs for one kind of URL, the error says what to install."""
    with pytest.raises(MissingExtra, match="s3fs"):
        Out.of("s3://shop/autumn")
    monkeypatch.setitem(sys.modules, "fsspec", None)
    with pytest.raises(MissingExtra, match="stationthis-sdk\\[storage\\]"):
        Out.of("memory://x")


def test_secrets_do_not_show(monkeypatch):
    """Neither options nor a URL's password are in what people see."""
    monkeypatch.setattr(fsspec.core, "url_to_fs", lambda url, **_: (fsspec.filesystem("memory"), "/x"))
    out = Out.of("sftp://me:pass1@host/x/{sku}", {"password": "pass2"})
    assert "pass" not in repr(out) + str(out) + out.folder.path_of("a") + repr(out.folder)


async def test_saving_again_changes_nothing(home, tmp_path):
    """A file that is there in full is kept as it is; a half one is replaced; nothing else lies about."""
    out = Out.of(tmp_path / "out/{sku}")
    one, made = row(extra={"sku": "lamp"}), Made(picture())
    first = await out.save(one, made)
    path = Path(first[0].path)
    assert (first[0].width, first[0].height, first[0].bytes) == (8, 6, len(picture()))
    assert first[0].sha256 == hashlib.sha256(picture()).hexdigest()
    before = path.stat()
    assert await Out.of(tmp_path / "out/{sku}").save(one, made) == first
    assert (path.stat().st_ino, path.stat().st_mtime_ns) == (before.st_ino, before.st_mtime_ns)
    path.write_bytes(picture()[:10])
    assert await out.save(one, made) == first
    assert files_in(tmp_path / "out") == {"lamp.png": picture()}


async def test_rows_of_one_name_keep_apart(home, tmp_path):
    """The first has the name, the others numbers; each keeps its own when it is saved again, also with other bytes."""
    out = Out.of(tmp_path / "out/{sku}.png")
    rows = [row(place, extra={"sku": sku}) for place, sku in enumerate(["lamp", "Lamp", "lamp"])]
    same = [await out.save(one, Made(picture())) for one in rows]
    assert [Path(file.path).name for (file,) in same] == ["lamp.png", "Lamp-2.png", "lamp-3.png"]
    again = [await out.save(one, Made(picture("blue"))) for one in reversed(rows)]
    assert [file.path for (file,) in reversed(again)] == [file.path for (file,) in same]
    assert set(files_in(tmp_path / "out").values()) == {picture("blue")}


async def test_what_is_there_already_is_never_overwritten(home, tmp_path):
    """A file of somebody else stays; one of ours whose memory is lost is known by its content."""
    (tmp_path / "lamp.png").write_bytes(b"mine")
    out = Out.of(tmp_path / "{sku}")
    one = row(extra={"sku": "lamp"})
    first = await out.save(one, Made(picture()))
    assert Path(first[0].path).name == "lamp-2.png"
    anew = Out.of(tmp_path / "{sku}", home=tmp_path / "elsewhere")
    assert await anew.save(one, Made(picture())) == first
    assert (tmp_path / "lamp.png").read_bytes() == b"mine"


async def test_a_name_whose_file_is_gone_is_free(home, tmp_path):
    """A folder that was emptied begins anew."""
    out = Out.of(tmp_path / "out/{sku}")
    first = await out.save(row(extra={"sku": "lamp"}), Made(picture()))
    Path(first[0].path).unlink()
    other = SavedRow("winter", 0, extra={"sku": "lamp"})
    assert [file.path for file in await out.save(other, Made(picture()))] == [first[0].path]


async def test_several_outputs(home, tmp_path):
    """Outputs of one run have numbers, or what the template says; texts are files, too."""
    made = Made(picture(), picture("blue", "JPEG"), "a caption", names=["final", "final"])
    numbers = await Out.of(tmp_path / "a/{sku}.png").save(row(extra={"sku": "lamp"}), made)
    assert [Path(file.path).name for file in numbers] == ["lamp-1.png", "lamp-2.jpg", "lamp-3.txt"]
    assert [file.output for file in numbers] == ["final", "final", None]
    own = await Out.of(tmp_path / "b/{output}/{n}").save(row(), made)
    assert [Path(file.path).relative_to(tmp_path / "b").as_posix() for file in own] == [
        "final/1.png",
        "final/2.jpg",
        "text/3.txt",
    ]
    assert (tmp_path / "b/text/3.txt").read_text() == "a caption"


async def test_a_download_that_breaks_leaves_nothing(home, tmp_path, bucket):
    """The error is told, and nothing half-written stays; what came in full is kept."""
    for target in (tmp_path / "out", bucket):
        out = Out.of(target)
        with pytest.raises(DownloadFailed):
            await out.save(row(), Made(b"never comes"))
        assert not files_in(tmp_path / "out")
    assert not fsspec.filesystem("memory").find(bucket)
    assert not list(Path(tempfile.gettempdir()).glob(".stationthis-*.part"))


async def test_a_link_leads_not_out(home, tmp_path):
    """A folder of the template that is a link to elsewhere is refused."""
    (tmp_path / "elsewhere").mkdir()
    (tmp_path / "out").mkdir()
    (tmp_path / "out/red").symlink_to(tmp_path / "elsewhere")
    out = Out.of(tmp_path / "out/{colour}/{row}")
    with pytest.raises(SaveFailed, match="leads out"):
        await out.save(row(extra={"colour": "red"}), Made(picture()))
    assert not files_in(tmp_path / "elsewhere")


async def test_a_store_gets_whole_files(home, bucket):
    """The same through fsspec: names, bytes, numbers for rows of one name, nothing twice."""
    fs = fsspec.filesystem("memory")
    out = Out.of(f"{bucket}/{{sku}}.png")
    await out.ready()
    rows = [row(place, extra={"sku": "a/b"}) for place in range(2)]
    saved = [(await out.save(one, Made(picture())))[0] for one in rows]
    assert [file.path for file in saved] == [f"{bucket}/a-b.png", f"{bucket}/a-b-2.png"]
    assert all(fs.cat_file(file.path) == picture() for file in saved)
    before = fs.modified(saved[0].path)
    assert await out.save(rows[0], Made(picture())) == [saved[0]]
    assert fs.modified(saved[0].path) == before
    fs.pipe_file(saved[0].path, b"half")
    assert await out.save(rows[0], Made(picture())) == [saved[0]]
    assert fs.cat_file(saved[0].path) == picture()
    assert len(fs.find(bucket)) == 2


async def test_a_store_that_loses_bytes_is_noticed(home, bucket, monkeypatch):
    """What did not come in full is an error, and can be saved again."""
    out = Out.of(bucket)
    cut = type(out.folder._fs)
    whole = cut.put_file

    def put_file(self: Any, there: str, path: str, **more: Any) -> None:
        whole(self, there, path, **more)
        self.pipe_file(path, self.cat_file(path)[:-1])

    monkeypatch.setattr(cut, "put_file", put_file)
    with pytest.raises(SaveFailed, match="bytes"):
        await out.save(row(), Made(picture()))
    monkeypatch.undo()
    (saved,) = await out.save(row(), Made(picture()))
    assert fsspec.filesystem("memory").cat_file(saved.path) == picture()


async def test_a_url_of_this_disk_is_a_folder(home, tmp_path):
    """file:// is a path like any other."""
    (saved,) = await Out.of(f"file://{tmp_path}/out/{{row}}").save(row(3), Made(picture()))
    assert saved.path == str(tmp_path / "out/000003.png")


async def test_a_folder_that_can_t_be_written_is_told(home, tmp_path):
    """Before anything is paid for."""
    (tmp_path / "file").touch()
    with pytest.raises(SaveFailed):
        await Out.of(tmp_path / "file" / "out").ready()


async def test_many_at_once(home, tmp_path):
    """Rows of one name that are saved at the same moment never meet."""
    outs = [Out.of(tmp_path / "out/{sku}") for _ in range(4)]
    saved = await asyncio.gather(
        *(outs[place % 4].save(row(place, extra={"sku": "x"}), Made(f"{place}")) for place in range(40))
    )
    assert [Path(file.path).read_text() for (file,) in saved] == [f"{place}" for place in range(40)]


KILLED = """
import asyncio, sys
from tests.batches.test_out import Made, row
from stationthis_sdk.batches.out import Out

async def main():
    out = Out.of(sys.argv[1] + "/{sku}")
    place = 0
    while True:
        one = row(place % 50, extra={"sku": f"s{place % 10}"})
        (saved,) = await out.save(one, Made(str(place % 50) * 200_000))
        print(place, flush=True)
        place += 1

asyncio.run(main())
"""


@pytest.mark.slow
def test_killed_while_saving(home, tmp_path):
    """Killed at any moment, what bears a name is whole; saved again, every row is there, and no one else's name."""
    folder = tmp_path / "out"
    for pause in (1, 4, 9, 15, 22):
        with subprocess.Popen(
            [sys.executable, "-c", KILLED, str(folder)], stdout=subprocess.PIPE, cwd=Path(__file__).parents[2]
        ) as process:
            assert process.stdout is not None
            for _ in range(pause):
                assert process.stdout.readline()
            os.kill(process.pid, signal.SIGKILL)
        contents = {str(place) * 200_000 for place in range(50)}
        for name, content in files_in(folder).items():
            assert name.startswith(".stationthis-") or content.decode() in contents

    async def all_of_them() -> list[Any]:
        out = Out.of(folder / "{sku}")
        rows = [row(place, extra={"sku": f"s{place % 10}"}) for place in range(50)]
        return [await out.save(one, Made(str(one.place) * 200_000)) for one in rows]

    saved = [file for (file,) in asyncio.run(all_of_them())]
    assert [Path(file.path).read_text() for file in saved] == [str(place) * 200_000 for place in range(50)]
    named = [name for name in files_in(folder) if not name.startswith(".")]
    assert len({file.path for file in saved}) == len(named) == 50


async def test_runs_of_a_real_gateway(home, tmp_path, ast):
    """From the service to the folder: the same bytes that the run's outputs have."""
    run = await (await ast.deployments.get("text-to-picture"))(
        prompt="x", steps=1, seed=1, width=64, height=48
    )
    out = Out.of(tmp_path / "{prompt}-{seed}-{version}.jpg")
    one = SavedRow("b", 0, None, run.inputs, {}, 1, run.id, "text-to-picture", 1)
    (saved,) = await out.save(one, run)
    assert Path(saved.path).name == f"x-1-1.{saved.path.rpartition('.')[2]}"
    assert Path(saved.path).read_bytes() == await run.outputs[0].bytes()
    assert (saved.width, saved.height, saved.kind) == (64, 48, "image")
