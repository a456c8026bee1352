"""scripts/benchmark.py: its service answers as it says, its numbers are right, and a small run of it works end to end."""

import asyncio
import doctest
import json
import statistics
import subprocess
import sys
import time
import urllib.request
from collections import Counter
from pathlib import Path

import pytest
from comfydeploy import ComfyDeploy
from hypothesis import assume, given
from hypothesis import strategies as some

from benchmarks import answers, command, environments, numbers, promises, table
from benchmarks.bench import AIOHTTP, HTTPX, OURS, VENDOR, Bench, FailedError, Sizes
from benchmarks.environments import Environments, UnavailableError
from benchmarks.figures.figure import Figure
from benchmarks.figures.known import WITH_GROWTH
from benchmarks.numbers import Value, ratio, summarise
from benchmarks.promises import PROMISES, kept
from benchmarks.serving import serving
from stationthis_sdk import AsyncStationThis, StationThis

SCRIPT = Path(__file__).parents[1] / "scripts" / "benchmark.py"
POSITIVE = some.floats(0.001, 1e9)


@pytest.fixture
def home(tmp_path, monkeypatch):
    """A data folder of the test's own."""
    monkeypatch.setenv("STATIONTHIS_HOME", str(tmp_path / "home"))


@given(some.lists(POSITIVE, min_size=1))
def test_medians_and_spreads(measured):
    """The median of all rounds, the least and the most, whatever order they come in."""
    values = [Value("case", OURS, number, "ms") for number in measured]
    (found,) = summarise("figure", values)
    assert found.median == statistics.median(measured)
    assert (found.low, found.high, found.rounds) == (min(measured), max(measured), len(measured))


def test_cases_stay_in_their_order():
    """Cases come as they were measured first, contenders of one case beside each other."""
    rounds = [Value(case, who, 1, "ms") for _ in range(2) for case in ("10", "9") for who in ("b", "a")]
    assert [(one.case, one.contender) for one in summarise("x", rounds)] == [
        ("10", "b"),
        ("10", "a"),
        ("9", "b"),
        ("9", "a"),
    ]


@given(POSITIVE, POSITIVE)
def test_a_ratio_says_how_many_times_better(ours, theirs):
    """Above 1 whoever is better by it, in both directions; the other way round it is the inverse."""
    assume(ours != theirs)
    more, less = ratio(ours, theirs, more=True), ratio(ours, theirs, more=False)
    assert more is not None
    assert less is not None
    assert (more > 1) == (ours > theirs)
    assert (less > 1) == (ours < theirs)
    assert more * less == pytest.approx(1)


def test_no_ratio_where_there_is_nothing_to_divide_by():
    """Nothing measured is no rival."""
    assert ratio(5.0, 0.0, more=True) is None
    assert ratio(0.0, 5.0, more=False) is None


def test_numbers_are_shown_as_their_example_says():
    """The doctests of numbers.py."""
    told = doctest.testmod(numbers)
    assert told.attempted > 0
    assert told.failed == 0


@given(some.floats(0.01, 100), POSITIVE)
def test_a_promise_is_kept_by_its_ratio(times, rival):
    """Rows of a batch: half of what raw aiohttp does is enough, less is not."""
    found = summarise(
        "batch",
        [
            Value("rows/s", OURS, rival * times, "rows/s", more=True),
            Value("rows/s", AIOHTTP, rival, "rows/s", more=True),
        ],
    )
    (told,) = kept(found)
    assert told.kept == (rival * times / rival >= 0.5)
    assert told.words == "rows/s of a batch, of the bare submit and get"


def test_promises_against_a_limit_and_against_ourselves():
    """Requests count as they are; the cache's read is a call's time divided by its own."""
    found = [
        *summarise("batch", [Value("requests a finished run", OURS, 2.2, "requests")]),
        *summarise(
            "catalogue",
            [
                Value("from the service", OURS, 50, "ms"),
                Value("same client again", OURS, 0.25, "ms"),
            ],
        ),
    ]
    assert [(one.measured, one.kept) for one in kept(found)] == [("2.2", False), ("200", True)]


def test_what_was_not_measured_is_no_promise():
    """Neither without ours nor without the rival."""
    assert kept([]) == []
    assert kept(summarise("calls", [Value("32 at once", OURS, 5, "calls/s", more=True)])) == []


def test_every_promise_names_a_figure():
    """No promise is of something that nobody measures."""
    assert {one.figure for one in PROMISES} <= {figure.name for figure in WITH_GROWTH}


def test_the_table_tells_of_everybody():
    """The rival's cell has the ratio, who is missing is said, a promise that is not kept is bold."""
    found = summarise(
        "calls",
        [
            Value("32 at once", OURS, 4000, "calls/s", more=True),
            Value("32 at once", AIOHTTP, 8000, "calls/s", more=True),
            Value("32 at once", AIOHTTP, 10000, "calls/s", more=True),
        ],
    )
    calls = next(figure for figure in WITH_GROWTH if figure.name == "calls")
    where = dict.fromkeys(("date", "cpu", "memory_gib", "system", "python", "commit"), "it")
    where |= {"cores": 2, "load_before": 9.5}
    told = table.as_markdown(where, {OURS: "1"}, [calls], found, kept(found), {VENDOR: "no network"})
    assert "| 32 at once, calls/s | 4,000 | 9,000 (8,000–10,000) ×0.444 |" in told
    assert "**comfydeploy could not be measured**: no network" in told
    assert "**The machine was busy**: load 9.5 on 2 cores" in told
    assert "**missed**" in told


def test_help_has_the_method_of_every_figure(capsys):
    """Nobody has to read the source to know what a number is."""
    with pytest.raises(SystemExit):
        command.run("words", ["--help"])
    said = " ".join(capsys.readouterr().out.split())
    for figure in WITH_GROWTH:
        assert f"{figure.name}: {figure.method}" in said


def test_a_figure_nobody_knows():
    """The names there are, in one line."""
    with pytest.raises(SystemExit, match="no figure speed; there are import, start, get"):
        command.run("words", ["--only", "get,speed"])


def test_the_service_serves_the_sdk(home):
    """Catalogue, submits, reads, waits, lists, uploads and downloads are what our client takes them for; all is counted."""
    with serving(deployments=3, megabytes=1, runs=2) as server, StationThis("k", server.base_url) as st:
        deployment = st.deployments[answers.NAME]
        assert len(st.deployments.list()) == 3
        assert set(deployment.inputs) == {"prompt", "steps", "cfg", "seed", "ms"}
        run = deployment(prompt="a fox", seed=1, ms=50)
        assert (run.state, run.inputs["prompt"], len(run.outputs)) == ("success", "a fox", 3)
        assert len(run.outputs[0].bytes()) == 1 << 20
        assert len(st.runs.list(deployment=deployment, limit=10)) == 3
        assert st.files.upload(b"PK\3\4" + b"x" * 300_000, name="in.zip").url
        told = server.told()
        assert told.asked["submit"] == told.asked["upload"] == told.asked["download"] == 1
        assert told.ends[run.id] <= time.time()
        assert told.requests == sum(count for what, count in told.asked.items() if " " not in what)


def test_the_service_serves_the_vendors_sdk():
    """The vendor's models take its answers."""
    with serving() as server, ComfyDeploy(bearer="k", server_url=server.base_url) as client:
        queued = client.run.deployment.queue(
            request={"deployment_id": answers.DEPLOYMENT}
        ).create_run_response
        assert queued is not None
        told = client.run.get(run_id=queued.run_id).workflow_run_model
        assert told is not None
        assert told.status == "success"


def test_an_answer_is_as_large_as_the_real_one():
    """2.3 KB of a run that has ended, as of ComfyUI Deploy."""
    with (
        serving() as server,
        urllib.request.urlopen(f"{server.base_url}/run/{answers.identifier(0)}") as answer,
    ):
        content = answer.read()
    assert 2000 < len(content) < 2700
    assert json.loads(content)["id"] == answers.identifier(0)


async def test_ends_are_streamed(home):
    """Who listens hears of an end; a run whose wait lasts longer than a second has opened the stream."""
    with serving() as server:
        async with AsyncStationThis("k", server.base_url) as st:
            deployment = await st.deployments.get(answers.NAME)
            await (await deployment.submit(prompt="a fox", seed=1, ms=2000)).wait()
        told = await asyncio.to_thread(server.told)
    assert told.asked["stream"] == 1
    assert "unknown" not in told.asked


def test_environments_are_made_of_the_projects_own_requirements():
    """The rivals' pins are those of pyproject.toml; ours has the core dependencies alone."""
    assert environments.requirements("vendor") == ["comfydeploy==0.7.0"]
    assert environments.requirements("generator") == ["openapi-python-client==0.29.1"]
    assert not [line for line in environments.requirements("ours") if line.startswith(("pandas", "Pillow"))]


def test_who_can_not_be_installed_is_said(tmp_path, monkeypatch, capsys):
    """It is left out of the rounds, once with its reason, and the others are measured."""
    there = Environments(tmp_path, here=True)

    def get(name):
        if name == "vendor":
            raise UnavailableError("no network")
        return Environments.get(there, name)

    monkeypatch.setattr(there, "get", get)
    bench = Bench(there)
    assert bench.order(OURS, VENDOR) == [OURS]
    assert bench.order(VENDOR) == []
    assert bench.missing == {VENDOR: "no network"}
    assert capsys.readouterr().err.count("no network") == 1


def test_each_round_begins_with_another(tmp_path):
    """Nobody is always the first, and nobody is left out."""
    bench = Bench(Environments(tmp_path, here=True))
    orders = []
    for bench.turn in range(3):
        orders.append(bench.order(OURS, AIOHTTP, HTTPX))
    assert Counter(order[0] for order in orders) == Counter([OURS, AIOHTTP, HTTPX])
    assert all(set(order) == {OURS, AIOHTTP, HTTPX} for order in orders)


def test_what_fails_is_told_and_the_rest_goes_on(tmp_path, capsys):
    """Who breaks has a reason, half of what it measured counts for nothing, and the others are measured."""

    def measured(contender):
        yield Value("case", contender, 1, "ms")
        if contender == AIOHTTP:
            raise FailedError("it broke")

    bench = Bench(Environments(tmp_path, here=True))
    figure = Figure("x", "", "", lambda bench: bench.each((OURS, AIOHTTP, HTTPX), measured), rounds=2)
    (found,) = command.measure(bench, [figure], 5)
    assert bench.failed == {f"{AIOHTTP}, x": "it broke"}
    assert capsys.readouterr().err.count("it broke") == 1
    assert sorted((one.contender, one.rounds) for one in found) == [(OURS, 2), (HTTPX, 2)]


@pytest.mark.slow
@pytest.mark.timeout(300)
def test_a_small_run_end_to_end(tmp_path):
    """Imports and reads of those that are installed here: table, JSON, exit code, and who is missing."""
    arguments = [
        "--quick",
        "--here",
        "--only",
        "import,get",
        "--out",
        tmp_path / "out",
        "--envs",
        tmp_path,
    ]
    done = subprocess.run(
        [sys.executable, SCRIPT, *arguments], capture_output=True, text=True, check=False, timeout=280
    )
    assert done.returncode == 0, done.stderr
    told = json.loads((tmp_path / "out" / "results.json").read_text())
    measured = {(one["figure"], one["contender"]) for one in told["summaries"]}
    assert measured >= {(figure, who) for figure in ("import", "get") for who in (OURS, HTTPX, VENDOR)}
    assert told["failed"] == {}
    assert "stock client" in told["missing"]
    assert {one["words"] for one in told["promises"]} >= {"import of the package, of the vendor's SDK's"}
    assert (tmp_path / "out" / "table.md").read_text().strip() in done.stdout


def test_promises_and_figures_agree_on_words():
    """Cases of promises are those that figures tell, as far as they can be known without measuring."""
    at_once = {f"{count} at once{what}" for count in Sizes().at_once for what in ("", ", JSON alone")}
    assert all(one.case in at_once for one in promises.PROMISES if one.figure == "calls")
