"""options(cache=True): the same again from this machine, without a request; and what is never the same again."""

import asyncio
import contextlib
import json
import logging
import os
import signal
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from stationthis_sdk import FeatureDisabled, RunFailed, StationThis
from stationthis_sdk.outputs import kept
from stationthis_sdk.testing import LocalGateway
from tests.programs_gateway import ProgramsGateway

PICTURE = {"prompt": "a fox", "seed": 7, "steps": 1, "width": 64, "height": 48}
SEEDED: dict[str, Any] = {
    "1": {"class_type": "ComfyUIDeployExternalText", "inputs": {"input_id": "words", "default_value": "hello"}},
    "2": {"class_type": "PreviewAny", "inputs": {"source": ["1", 0]}},
    "3": {"class_type": "StationThisDraw", "inputs": {"seed": 5, "prompt": ["1", 0], "steps": 1, "width": 64, "height": 64}},
    "4": {"class_type": "SaveImage", "inputs": {"images": ["3", 0], "filename_prefix": "x"}},
}  # fmt: skip
WORDS: dict[str, Any] = {
    "1": {"class_type": "ComfyUIDeployExternalText", "inputs": {"input_id": "words", "default_value": "hello"}},
    "2": {"class_type": "ComfyDeployOutputText", "inputs": {"text": ["1", 0], "filename_prefix": "x", "file_type": "txt"}},
}  # fmt: skip


@pytest.fixture
def home(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A data folder of the test's own."""
    monkeypatch.setenv("STATIONTHIS_HOME", str(tmp_path / "home"))
    return tmp_path / "home"


@pytest.fixture(scope="module")
def gateway() -> Iterator[LocalGateway]:
    """A gateway that these tests may change."""
    with ProgramsGateway() as running:
        yield running


@pytest.fixture
def own(home: Path) -> Iterator[LocalGateway]:
    """A gateway of the test's own, which it may stop."""
    with contextlib.ExitStack() as stack:
        running = ProgramsGateway()
        stack.callback(running.stop)
        running.start()
        yield running


def files_in(home: Path) -> list[Path]:
    """Every file of results."""
    return [path for path in (home / "results").rglob("*") if path.is_file()]


def test_replayed_with_the_gateway_stopped(home, tmp_path):
    """The whole run is there without the service: state, inputs, bytes, picture, files; and nothing was asked."""
    gateway = ProgramsGateway()
    gateway.start()
    try:
        with gateway.client() as st:
            drawing = st.deployments["text-to-picture"].options(cache=True)
            first = drawing(PICTURE)
            content = first.outputs[0].bytes()
            asked = len(st.last_requests)
            gateway.stop()
            again = drawing(dict(reversed(PICTURE.items())))
            assert (first.from_cache, again.from_cache) == (False, True)
            assert (again.id, again.state, again.inputs) == (first.id, "success", first.inputs)
            assert again.source.kind == "cache"
            assert again.outputs[0].bytes() == content
            assert again.outputs[0].image().size == (64, 48)
            (saved,) = again.save(tmp_path / "out")
            assert saved.read_bytes() == content
            later = drawing.submit(PICTURE)
            assert later.wait().id == first.id
            assert [event.kind for event in later.follow()][-1] == "end"
            assert len(st.last_requests) == asked
    finally:
        gateway.stop()


async def test_replayed_by_coroutines(home, gateway):
    """The same in the other colour, many times at once; each has the bytes."""
    async with gateway.async_client() as st:
        drawing = (await st.deployments.get("text-to-picture")).options(cache=True)
        first = await drawing(PICTURE)
        asked = len(st.last_requests)
        runs = await asyncio.gather(*(drawing(PICTURE) for _ in range(50)))
        contents = {await run.outputs[0].bytes() for run in runs}
        assert {run.id for run in runs} == {first.id}
        assert contents == {await first.outputs[0].bytes()}
        assert len(st.last_requests) == asked


def test_what_was_made_is_fetched_once(home, gateway):
    """Its bytes come down when it ends, and from this machine from then on."""
    with gateway.client() as st:
        run = st.deployments["text-to-picture"].options(cache=True)(PICTURE)
        asked = len(st.last_requests)
        run.outputs[0].bytes()
        run.outputs[0].bytes()
        assert len(st.last_requests) == asked


@pytest.mark.parametrize("way", ["wait", "follow"])
def test_a_submitted_run_is_kept_at_its_end(home, gateway, way):
    """However its end is heard of; until then the same is run again."""
    with gateway.client() as st:
        drawing = st.deployments["text-to-picture"].options(cache=True)
        run = drawing.submit({**PICTURE, "prompt": way})
        assert not files_in(home)
        run.wait() if way == "wait" else list(run.follow())
        assert drawing.submit({**PICTURE, "prompt": way}).from_cache


def test_what_is_not_the_same(home, gateway):
    """Other inputs, a drawn seed, another account's run, or not asked for: run anew."""
    with gateway.client() as st:
        plain = st.deployments["text-to-picture"]
        drawing = plain.options(cache=True)
        first = drawing(PICTURE)
        assert not plain(PICTURE).from_cache
        assert not drawing({**PICTURE, "prompt": "a hare"}).from_cache
        drawn = {name: value for name, value in PICTURE.items() if name != "seed"}
        assert not any(drawing(drawn).from_cache for _ in range(2))
        assert drawing(PICTURE).id == first.id


def test_texts_are_kept(home, gateway):
    """Whatever a run made."""
    gateway.deploy("words", WORDS)
    with gateway.client() as st:
        words = st.deployments["words"].options(cache=True)
        first = words(words="a caption")
        again = words(words="a caption")
        assert (again.from_cache, again.outputs[0].text()) == (True, first.outputs[0].text())


def test_another_version_is_run(home, gateway):
    """What is deployed anew is run anew."""
    gateway.deploy("moving", WORDS)
    with gateway.client() as st:
        before = st.deployments["moving"].options(cache=True)
        before(words="x")
        assert before(words="x").from_cache
        gateway.deploy(
            "moving", {**WORDS, "2": {**WORDS["2"], "inputs": {**WORDS["2"]["inputs"], "file_type": "md"}}}
        )
        after = st.deployments.get("moving", refresh=True).options(cache=True)
        assert not after(words="x").from_cache


def test_a_run_of_another_version_than_checked_is_not_kept(home, gateway):
    """Deployed anew between the look and the run: it is no answer to what was asked for."""
    gateway.deploy("racing", WORDS)
    with gateway.client() as st:
        before = st.deployments["racing"].options(cache=True)
        gateway.deploy(
            "racing", {**WORDS, "2": {**WORDS["2"], "inputs": {**WORDS["2"]["inputs"], "file_type": "md"}}}
        )
        assert not before(words="x").from_cache
        assert not before(words="x").from_cache


def test_seeds_that_are_no_inputs(home, gateway, caplog):
    """A graph whose seed the service draws is never kept nor found, and one line says so."""
    gateway.deploy("seeded", SEEDED)
    with gateway.client() as st:
        seeded = st.deployments["seeded"].options(cache=True)
        runs = []
        for _ in range(3):
            with contextlib.suppress(RunFailed):  # whether this engine can draw it is another matter
                runs.append(seeded(words="x").from_cache)
        assert not any(runs)
        assert not files_in(home)
    told = [one.getMessage() for one in caplog.records if "cache=True finds nothing" in one.getMessage()]
    assert len(told) == 1
    assert "3.seed" in told[0]


def test_failed_runs_are_not_kept(home, gateway):
    """Only what ended well is found again."""
    gateway.deploy("cannot-run", {**WORDS, "3": {"class_type": "NoSuchNode", "inputs": {}},
                                  "4": {"class_type": "PreviewAny", "inputs": {"source": ["3", 0]}}})  # fmt: skip
    with gateway.client() as st:
        for _ in range(2):
            with pytest.raises(RunFailed):
                st.deployments["cannot-run"].options(cache=True)(words="x")
    assert not files_in(home)


def test_large_ones_are_not_kept(home, gateway, monkeypatch, caplog):
    """A run that made too much is as any other, and leaves nothing behind."""
    caplog.set_level(logging.INFO)
    monkeypatch.setattr(kept, "MOST_BYTES", 100)
    with gateway.client() as st:
        drawing = st.deployments["text-to-picture"].options(cache=True)
        first = drawing(PICTURE)
        assert len(first.outputs[0].bytes()) > 100
        assert not drawing(PICTURE).from_cache
    assert not files_in(home)
    assert "is not kept for cache=True" in caplog.text


def test_damaged_bytes_are_fetched_again(home, gateway):
    """A copy that is not what its name says is thrown away, and the service asked."""
    with gateway.client() as st:
        drawing = st.deployments["text-to-picture"].options(cache=True)
        content = drawing(PICTURE).outputs[0].bytes()
        (path,) = (home / "results/bytes").rglob("??/*")
        path.write_bytes(b"damaged")
        again = drawing(PICTURE)
        assert again.from_cache
        assert again.outputs[0].bytes() == content
        assert not path.exists()
        assert not drawing(PICTURE).from_cache
        assert path.read_bytes() == content


def test_no_key_and_no_signature_is_kept(own, home, tmp_path):
    """Links of a private account are kept without what opens them; so are those of uploads."""
    from PIL import Image

    Image.new("RGB", (32, 32), "red").save(tmp_path / "a.png")
    with own.client() as st:
        st.account.update_settings(visibility="private")
        own.clock.advance(600)
        painting = st.deployments["picture-to-picture"].options(cache=True)
        given = {"input_image": tmp_path / "a.png", "prompt": "x", "steps": 1, "seed": 5}
        first = painting(given)
        assert "?" in first.inputs["input_image"]
        assert "?" in (first.outputs[0].url or "")
        content = first.outputs[0].bytes()
        again = painting(given)
        assert again.from_cache
        assert again.outputs[0].bytes() == content
        written = b"".join(path.read_bytes() for path in files_in(home / "results/runs"))
        assert b"ignature" not in written.partition(b"IDAT")[0]
        assert own.key.encode() not in written
        for path in (home / "results/bytes").rglob("??/*"):
            path.unlink()
        # Without the bytes it is run again: what was kept can't be fetched by a link that opens nothing.
        assert not painting(given).from_cache


def test_shown_and_cleared(home, gateway):
    """Results are copies like others: listed with what they made, taken away by deployment, run, kind, or all."""
    with gateway.client() as st:
        drawing = st.deployments["text-to-picture"].options(cache=True)
        runs = [drawing({**PICTURE, "seed": seed}) for seed in range(3)]
        shown = [one for one in st.cache.info().copies if one.kind == "results"]
        assert {one.key for one in shown} == {f"text-to-picture {run.id}" for run in runs}
        assert all(one.bytes > len(runs[0].outputs[0].bytes()) for one in shown)
        assert st.cache.clear("results", name="another") == 0
        assert st.cache.clear("results", name=runs[0].id) == 1
        assert st.cache.verify().refused == 0
        assert [drawing({**PICTURE, "seed": seed}).from_cache for seed in range(3)] == [False, True, True]
        assert st.cache.clear("results", name="text-to-picture") == 3
        assert not [path for path in files_in(home) if not path.name.startswith(".")]
        drawing(PICTURE)
        assert st.cache.clear() > 1
        assert not drawing(PICTURE).from_cache


def test_the_command_shows_and_clears(home, gateway):
    """The command `cache` lists results, and `clear --kind results` takes them away."""
    with gateway.client() as st:
        run = st.deployments["text-to-picture"].options(cache=True)(PICTURE)

    def command(*words: str) -> Any:
        done = subprocess.run(
            [sys.executable, "-m", "stationthis_sdk.cli", "cache", *words, "--json"],
            env={**gateway.environment(), "STATIONTHIS_HOME": str(home)}, capture_output=True, text=True, check=True,
        )  # fmt: skip
        return json.loads(done.stdout)

    assert [one["key"] for one in command()["copies"] if one["kind"] == "results"] == [
        f"text-to-picture {run.id}"
    ]
    assert command("clear", "--kind", "results")["cleared"] == 1
    assert command("clear", "--kind", "results")["cleared"] == 0


def test_another_account_finds_nothing(home, gateway):
    """What one account has paid for is not told to another, nor shown or cleared by it."""
    gateway.deploy("words", WORDS)
    with gateway.client() as st, gateway.client(gateway.add_key("guest")) as guest:
        st.deployments["words"].options(cache=True)(words="ours")
        assert [one for one in guest.cache.info().copies if one.kind == "results"] == []
        assert guest.cache.clear("results") == 0
        assert [one.kind for one in st.cache.info().copies].count("results") == 1


def test_switched_off(home, gateway):
    """Without the cache nothing is kept, and asking for it is refused before anything costs."""
    with gateway.client(flags={"cache": False}) as st:
        with pytest.raises(FeatureDisabled):
            st.deployments["text-to-picture"].options(cache=True)(PICTURE)
        assert st.cache.clear() == 0


KILLED = """
import os, sys
from stationthis_sdk import StationThis
with StationThis() as st:
    drawing = st.deployments["text-to-picture"].options(cache=True)
    for seed in range(1000):
        drawing(prompt="a fox", seed=seed % 40, steps=1, width=64, height=48)
        print(seed, flush=True)
"""


@pytest.mark.slow
def test_killed_while_keeping(home, gateway):
    """Killed at any moment, what is found again is whole."""
    for count in (3, 8, 13):
        with subprocess.Popen(
            [sys.executable, "-c", KILLED],
            stdout=subprocess.PIPE,
            env={**gateway.environment(), "STATIONTHIS_HOME": str(home)},
        ) as process:
            assert process.stdout is not None
            for _ in range(count):
                assert process.stdout.readline()
            os.kill(process.pid, signal.SIGKILL)
    with gateway.client() as st:
        drawing = st.deployments["text-to-picture"].options(cache=True)
        assert st.cache.verify().refused == 0
        runs = [drawing(prompt="a fox", seed=seed, steps=1, width=64, height=48) for seed in range(10)]
        assert all(run.from_cache for run in runs)
        assert all(run.outputs[0].image().size == (64, 48) for run in runs)
        assert st.last_requests == ()


@pytest.mark.slow
def test_ten_thousand_times_the_same(own, home):
    """Any number of equal calls ask for nothing."""
    with own.client() as st:
        drawing = st.deployments["text-to-picture"].options(cache=True)
        first = drawing(PICTURE)
        own.stop()
        assert all(drawing(PICTURE).id == first.id for _ in range(10_000))


def test_a_client_with_a_home_of_its_own(gateway, home, tmp_path):
    """Results lie where everything else of that client does."""
    elsewhere = tmp_path / "elsewhere"
    with StationThis(gateway.key, gateway.base_url, home=elsewhere) as st:
        st.deployments["text-to-picture"].options(cache=True)(PICTURE)
    assert files_in(elsewhere)
    assert not files_in(home)
