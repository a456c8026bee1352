"""`stationthis map` on a real gateway: tables, dry runs, faults told at once, JSON lines, stops and signals."""

import json
import re
import signal
import subprocess
import sys
from pathlib import Path

import pyarrow as pa
import pyarrow.parquet
import pytest
from prometheus_client.parser import text_string_to_metric_families

from tests.cli.batching import PICKY, QUEUE, Bench, bench, events
from tests.cli.conftest import PATIENCE, Ran
from tests.cli.test_show import on_terminal

__all__ = ["bench"]

TWO = [{"sku": "s0", "words": "word 0"}, {"sku": "s1", "words": "word 1"}]
JSON_LINES = "".join(json.dumps(row) + "\n" for row in TWO)


def rows_as(kind: str, folder: Path) -> tuple[str, str | None]:
    """The two rows as this kind of table; what to name, and what is on standard input."""
    path = folder / f"rows.{kind}"
    if kind == "-":
        return "-", JSON_LINES
    if kind == "parquet":
        pa.parquet.write_table(pa.Table.from_pylist(TWO), path)
    else:
        path.write_text(JSON_LINES if kind == "jsonl" else "sku,words\ns0,word 0\ns1,word 1\n")
    return str(path), None


@pytest.mark.parametrize("kind", ["csv", "jsonl", "parquet", "-"])
def test_each_row_is_run_once_however_often_it_is_asked_for(bench: Bench, kind: str) -> None:
    """One line tells how it ended; the same command again sends nothing."""
    rows, stdin = rows_as(kind, bench.folder)
    for _ in range(2):
        ran = bench.quick("map", "echo", rows, "--name", "autumn 26", "--key", "sku", stdin=stdin)
        assert ran.code == 0, ran
        assert ran.out == "done autumn 26: 2/2 · 2 well · $0.00\n"
        assert bench.sent() == ["word 0", "word 1"]


def test_columns_options_and_tags_go_along(bench: Bench) -> None:
    """--map, --out and --tag: files are named by the row, and runs are found by their tag."""
    rows = bench.table("p.csv", ("sku", "title"), ("L1", "lamp"), ("V7", "vase"))
    out = bench.folder / "out"
    ran = bench.quick(
        "map", "echo", rows, "--name", "tagged", "--map", "words=A {title}!", "--tag", "autumn", "--tag", "shop",
        "--out", f"{out}/{{sku}}.txt", "--timeout", "30", "--concurrency", "1",
    )  # fmt: skip
    assert ran.code == 0, ran
    assert {path.name: path.read_text() for path in out.glob("*.txt")} == {
        "L1.txt": "A lamp!",
        "V7.txt": "A vase!",
    }
    assert (out / "metadata.jsonl").is_file()
    assert len(bench.quick("runs", "list", "--tag", "shop", "--json").json) == 2


def test_a_sample_is_gone_on_with(bench: Bench) -> None:
    """--limit runs the first rows; without it the rest of the same batch."""
    rows = bench.words(3)
    assert bench.quick("map", "echo", rows, "--name", "sample", "--limit", "1").out.startswith(
        "done sample: 1/1"
    )
    assert bench.sent() == ["word 0"]
    assert bench.quick("map", "echo", rows, "--name", "sample").out.startswith("done sample: 3/3")
    assert bench.sent() == ["word 0", "word 1", "word 2"]


@pytest.mark.stationthis(prices={"CPU": 1.0})
def test_a_dry_run_tells_what_it_would_cost_and_sends_nothing(bench: Bench) -> None:
    """Counts, cost and time; by earlier runs, and with a word when the budget is less."""
    rows = bench.words(3)
    command = ("map", "echo", rows, "--name", "dry", "--key", "sku")
    ran = bench.quick(*command, "--dry-run", "--json")
    assert ran.code == 0, ran
    assert (ran.json["rows"], ran.json["missing"], ran.json["runs_before"]) == (3, 3, 0)
    assert bench.gateway.runs() == ()
    assert bench.quick("batches", "list", "--json").json == []
    assert bench.quick(*command, "--limit", "1").code == 0
    told = bench.quick(*command, "--dry-run", "--budget", "0")
    assert told.code == 0
    assert told.out.startswith("2 of 3 rows to run · about $")
    assert "less than that" in told.err
    assert bench.sent() == ["word 0"]


def test_all_that_is_wrong_with_rows_is_told_at_once(bench: Bench) -> None:
    """Every row with its number, in one line and in JSON; exit 2, and nothing is sent."""
    rows = bench.table("bad.csv", ("sku", "words"), ("s0", "a"), ("", "b"), ("s0", "c"), ("s1", "d"))
    ran = bench.quick("map", "echo", rows, "--name", "bad", "--key", "sku", "--json")
    assert ran.code == 2
    (line,) = events(ran)
    assert line["error"]["type"] == "InvalidInput"
    problems = line["error"]["problems"]
    assert [problem.split(":")[0] for problem in problems] == ["row 2", "row 3"]
    told = bench.quick("map", "echo", rows, "--name", "bad", "--key", "sku").error
    assert all(problem in told for problem in problems)
    assert bench.gateway.runs() == ()


def test_all_that_is_wrong_with_columns_is_told_at_once(bench: Bench) -> None:
    """Inputs and columns that are not there, with what they may have meant."""
    ran = bench.quick("map", "echo", bench.words(1), "--name", "bad", "--map", "wrds={titel}", "--map", "words={wort}")  # fmt: skip
    assert ran.code == 2
    assert "'wrds' (did you mean 'words'?)" in ran.error
    assert "'{wort}' names no column" in ran.err
    assert bench.gateway.runs() == ()


WRONG = (
    (("--max-failures", "half"), "'half': a number of rows, a share below 1, or none"),
    (("--max-failures", "1.5"), "'1.5': a number of rows"),
    (("--max-failures", "-1"), "'-1': a number of rows"),
    (("--budget", "-1"), "--budget"),
    (("--budget", "nan"), "budget is a number"),
    (("--concurrency", "0"), "--concurrency"),
    (("--limit", "0"), "--limit"),
    (("--on-change", "ask"), "--on-change"),
    (("--key", "sko"), "there is no column 'sko'"),
    (("--name", " "), "name is a text"),
    (("--out", "fox.png"), "names one file"),
    (("--gpu", "Z80"), "Z80"),
    (("--metrics-file", "no/such/folder/x.prom"), "--metrics-file"),
    (("--metrics-file", "."), "is a folder"),
)


def test_wrong_options_are_exit_2_and_send_nothing(bench: Bench) -> None:
    """Whether the shell or the SDK finds out; one line that names what is wrong."""
    rows = bench.words(1)
    for words, part in WRONG:
        ran = bench.quick("map", "echo", rows, "--name", "wrong", *words)
        assert (ran.code, part in ran.error) == (2, True), (words, ran)
    assert bench.gateway.runs() == ()


def test_rows_that_are_not_there_are_exit_2(bench: Bench) -> None:
    """A file that is gone, one of no such kind, and standard input that is no JSON."""
    for rows, stdin, part in (
        (str(bench.folder / "gone.csv"), None, "There is no file"),
        (sys.executable, None, "none of those files"),
        ("-", "{\n", "standard-input.jsonl can't be read: line 1"),
    ):
        ran = bench.quick("map", "echo", rows, "--name", "none", stdin=stdin)
        assert (ran.code, part in ran.error) == (2, True), ran
    assert bench.gateway.runs() == ()


def test_json_lines_tell_of_progress_each_row_and_the_end(bench: Bench) -> None:
    """Each row of the batch once, with its files; again when the same command is given again, though nothing is sent."""
    out = bench.folder / "out"
    command = ("map", "echo", bench.words(3), "--name", "told", "--key", "sku", "--out", str(out), "--json")
    for _ in range(2):
        ran = bench.quick(*command)
        assert ran.code == 0, ran
        assert {line["event"] for line in events(ran)} == {"progress", "row", "end"}
        rows = sorted(events(ran, "row"), key=lambda row: row["place"])
        assert [(row["key"], row["place"], row["state"]) for row in rows] == [
            (f"s{at}", at, "success") for at in range(3)
        ]
        assert {row["run_id"] for row in rows} == {run.id for run in bench.gateway.runs()}
        assert [Path(row["files"][0]).read_text() for row in rows] == ["word 0", "word 1", "word 2"]
        assert [(row["cost"], row["reason"]) for row in rows] == [(0.0, None)] * 3
        end = events(ran)[-1]
        assert (end["event"], end["state"], end["why"], end["cost"]) == ("end", "done", None, 0.0)
        assert end["counts"]["success"] == end["saved"] == 3


@pytest.fixture
def picky(bench: Bench) -> str:
    """A table of which one row fails."""
    bench.gateway.deploy("picky", PICKY)
    bench.quick(
        "run", "text-to-picture", "steps=1", "width=32", "height=32", "--save", str(bench.folder / "in")
    )
    (picture,) = (bench.folder / "in").glob("*.png")
    rows = (("a", "well", picture), ("b", "badly", f"{bench.gateway.base_url}/nothing.png"))
    return bench.table("picky.csv", ("sku", "words", "picture"), *rows)


def test_rows_that_failed_are_exit_3(bench: Bench, picky: str) -> None:
    """The batch is done; the line says how to see why, and how to run them again."""
    ran = bench.quick("map", "picky", picky, "--name", "some fail", "--key", "sku")
    assert ran.code == 3, ran
    assert ran.out.startswith("done some fail: 2/2 · 1 well, 1 failed")
    assert "1 of 2 rows failed: `stationthis batches show 'some fail'`" in ran.err
    told = bench.quick("map", "picky", picky, "--name", "some fail", "--key", "sku", "--json")
    assert told.code == 3
    assert [row["key"] for row in events(told, "row") if row["state"] == "failed"] == ["b"]
    assert all(row["reason"] for row in events(told, "row") if row["state"] == "failed")
    assert events(told)[-1]["error"]["type"] == "RowsFailed"


def test_too_many_failures_are_exit_5(bench: Bench, picky: str) -> None:
    """The end says why; another limit goes on."""
    command = ("map", "picky", picky, "--name", "stops", "--key", "sku", "--concurrency", "1")
    ran = bench.quick(*command, "--max-failures", "0", "--json")
    assert ran.code == 5, ran
    end, error = events(ran)[-2:]
    assert (end["event"], end["state"], end["why"]) == ("end", "paused", "failures")
    assert (error["error"]["type"], error["error"]["why"]) == ("BatchStopped", "failures")
    assert "`stationthis batches resume stops`" in error["error"]["message"]
    assert bench.quick(*command, "--max-failures", "none").code == 3


@pytest.mark.stationthis(prices={"CPU": 1.0})
def test_a_spent_budget_is_exit_5_and_more_of_it_goes_on(bench: Bench) -> None:
    """What is spent stands in the end, across processes."""
    rows = bench.words(3)
    ran = bench.quick("map", "echo", rows, "--name", "dear", "--budget", "0.000001", "--json")
    assert ran.code == 5, ran
    (end,) = events(ran, "end")
    assert (end["why"], end["budget"]) == ("budget", 0.000001)
    assert end["cost"] > 0
    assert len(bench.sent()) < 3
    assert bench.quick("batches", "resume", "dear", "--budget", "1000").code == 0
    assert bench.sent() == ["word 0", "word 1", "word 2"]


def test_what_the_account_may_not_is_exit_4(bench: Bench) -> None:
    """Rows stay pending: nothing is wrong with them."""
    bench.gateway.faults.refuse(403, path=QUEUE)
    ran = bench.quick("map", "echo", bench.words(3), "--name", "refused", "--json")
    assert ran.code == 4, ran
    (end,) = events(ran, "end")
    assert (end["why"], end["counts"]["pending"], end["failed"]) == ("refused", 3, 0)
    assert bench.gateway.runs() == ()


def test_files_that_are_not_saved_are_exit_1_and_saved_later(bench: Bench) -> None:
    """Nothing is run again for them."""
    out = bench.folder / "out"
    command = ("map", "text-to-picture", "-", "--name", "unsaved", "--out", str(out), "--json")
    row = '{"prompt": "a fox", "steps": 1, "width": 32, "height": 32}'
    bench.gateway.faults.expire_links()
    ran = bench.quick(*command, stdin=row)
    assert ran.code == 1, ran
    assert "1 rows that ended well are not saved" in events(ran)[-1]["error"]["message"]
    bench.gateway.faults.clear()
    assert bench.quick(*command, stdin=row).code == 0
    assert len(bench.gateway.runs()) == len([*out.glob("*.png")]) == 1


def test_a_second_runner_is_exit_75_and_a_third_may_stop_it(bench: Bench) -> None:
    """One runner a batch; `batches cancel` reaches it from outside, and the service agrees."""
    command = ("map", "echo", bench.words(2), "--name", "held", "--key", "sku")
    with bench.under_way(*command, live=2) as (process, said):
        for second in (command, ("batches", "resume", "held"), ("batches", "forget", "held")):
            busy = bench.quick(*second, "--json")
            assert busy.code == 75, busy
            assert events(busy)[-1]["error"]["type"] == "BatchBusy"
        assert bench.quick("batches", "cancel", "held").out.startswith("cancelled held: 0/2")
        ran = bench.ended(process, said)
    assert ran.code == 5
    (end,) = events(ran, "end")
    assert (end["state"], end["why"]) == ("cancelled", "cancelled")
    assert bench.states() == ["cancelled", "cancelled"]


@pytest.mark.parametrize(
    ("number", "code"), [(signal.SIGINT, 130), (signal.SIGTERM, 143)], ids=["ctrl-c", "sigterm"]
)
def test_a_signal_cancels_what_is_under_way_and_says_how_to_go_on(
    bench: Bench, number: int, code: int
) -> None:
    """The ledger is consistent: what the message says runs what is missing."""
    command = ("map", "echo", bench.words(2), "--name", "cut off", "--key", "sku")
    with bench.under_way(*command, live=2) as (process, said):
        ran = bench.interrupted(process, number, said)
    assert ran.code == code, ran
    (end,) = events(ran, "end")
    assert (end["state"], end["why"]) == ("cancelled", "interrupted")
    assert bench.states() == ["cancelled", "cancelled"]
    told = events(ran)[-1]["error"]["message"] if number == signal.SIGINT else ran.err
    found = re.search(r"`stationthis (batches resume 'cut off')`", told)
    assert found, ran
    bench.gateway.faults.clear()
    resumed = bench.quick("batches", "resume", "cut off")
    assert (resumed.code, resumed.out) == (0, "done cut off: 2/2 · 2 well · $0.00\n")
    assert bench.states() == ["cancelled", "cancelled", "success", "success"]


@pytest.mark.slow
@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM], ids=["ctrl-c", "sigterm"])
def test_detached_runs_are_left_and_waited_for_by_the_next_start(bench: Bench, number: int) -> None:
    """Nothing is cancelled, and nothing is sent again."""
    command = ("map", "echo", bench.words(2), "--name", "left", "--key", "sku", "--detach")
    with bench.under_way(*command, live=2) as (process, said):
        ran = bench.interrupted(process, number, said)
    assert ran.code == 128 + number, ran
    assert bench.states() == ["running", "running"]
    bench.gateway.faults.clear()
    assert bench.quick(*command).code == 0
    assert bench.states() == ["success", "success"]


def test_ctrl_c_is_one_line_for_people(bench: Bench) -> None:
    """It is the last one, and names the command that goes on."""
    bench.gateway.faults.stall(at="running")
    with bench.shell.start(
        "map",
        "echo",
        bench.words(1),
        "--name",
        "one",
        preexec_fn=lambda: signal.signal(signal.SIGINT, signal.SIG_DFL),
    ) as process:
        bench.gateway.until(lambda: bench.states() == ["running"], PATIENCE)
        ran = bench.interrupted(process, signal.SIGINT, [])
    assert (ran.code, ran.out) == (130, "")
    last = ran.err.splitlines()[-1]
    assert last.startswith("stationthis: Batch 'one' has stopped")
    assert "`stationthis batches resume one`" in last
    assert ran.err.count("has stopped") == 1


@pytest.mark.slow
def test_a_killed_batch_is_taken_up_again(bench: Bench) -> None:
    """SIGKILL says nothing: the batch is paused for whoever looks, and the same command waits for what was sent."""
    command = ("map", "echo", bench.words(2), "--name", "killed", "--key", "sku")
    with bench.under_way(*command, live=2) as (process, _):
        process.kill()
        process.communicate()
    shown = bench.quick("batches", "show", "killed", "--json").json
    assert (shown["state"], shown["why"]) == ("paused", "the process that ran it has ended")
    bench.gateway.faults.clear()
    assert bench.quick(*command).code == 0
    assert bench.sent() == ["word 0", "word 1"]


@pytest.mark.slow
def test_readers_that_leave_early_stop_the_batch_as_ctrl_c_does(bench: Bench) -> None:
    """As in `stationthis map … --json | head`: not a word, and nothing runs on unseen."""
    with bench.under_way("map", "echo", bench.words(2), "--name", "piped", "--concurrency", "1", live=1) as (
        process,
        _,
    ):
        assert process.stdout is not None
        process.stdout.close()
        bench.gateway.faults.clear()
        process.wait(PATIENCE)
        assert process.stderr is not None
        assert process.stderr.read() == ""
    assert process.returncode == 128 + signal.SIGPIPE
    assert "running" not in bench.states()


def test_metrics_are_kept_for_prometheus(bench: Bench, picky: str) -> None:
    """Rows by state, failures, cost; the last success stays known while the batch goes badly; no other file is left."""
    folder = bench.folder / "metrics"
    folder.mkdir()
    path = folder / "batch.prom"

    def samples() -> dict[str, float]:
        found = {}
        for family in text_string_to_metric_families(path.read_text()):
            assert family.type == "gauge"
            assert family.documentation
            for sample in family.samples:
                labels = dict(sample.labels)
                assert (labels.pop("batch"), labels.pop("deployment")) == ("told", "picky")
                found[" ".join([sample.name, *labels.values()])] = sample.value
        return found

    command = ("map", "picky", picky, "--name", "told", "--metrics-file", str(path))
    assert bench.quick(*command, "--limit", "1").code == 0
    before = samples()
    assert before["stationthis_batch_rows success"] == 1
    assert bench.quick(*command).code == 3
    after = samples()
    assert (after["stationthis_batch_rows success"], after["stationthis_batch_rows failed"]) == (1, 1)
    assert (after["stationthis_batch_failures"], after["stationthis_batch_running"]) == (1, 0)
    assert after["stationthis_batch_cost_dollars"] == 0
    success = "stationthis_batch_last_success_timestamp_seconds"
    assert after[success] == before[success]
    assert after["stationthis_batch_last_update_timestamp_seconds"] > before[success]
    assert [one.name for one in folder.iterdir()] == ["batch.prom"]


def test_metrics_that_cannot_be_written_stop_no_batch(bench: Bench) -> None:
    """It is said once."""
    folder = bench.folder / "metrics"
    folder.mkdir(mode=0o500)
    (folder / f"{'x' * 250}.prom").parent.chmod(0o700)
    ran = bench.quick(
        "map", "echo", bench.words(1), "--name", "told", "--metrics-file", str(folder / f"{'x' * 250}.prom")
    )
    assert ran.code == 0, ran
    assert ran.err.count("The batch goes on.") == 1


def test_what_metrics_need_is_told_before_anything_is_sent(bench: Bench) -> None:
    """The extra's name."""
    program = "import sys; sys.modules['prometheus_client'] = None; from stationthis_sdk.cli import main; sys.exit(main())"
    rows = bench.words(1)
    done = subprocess.run(
        [sys.executable, "-c", program, "map", "echo", rows, "--name", "x", "--metrics-file", "x.prom"],
        env=bench.quick.environ,
        capture_output=True,
        text=True,
        check=False,
    )
    assert (done.returncode, "stationthis-sdk[metrics]" in done.stderr) == (2, True), done
    assert bench.gateway.runs() == ()


def test_a_terminal_sees_one_line_that_moves(bench: Bench) -> None:
    """How many are done, and what is left; gone at the end."""
    ran, seen = on_terminal(bench.shell, "stderr", "map", "echo", bench.words(2), "--name", "seen")
    assert ran.code == 0, ran
    assert ran.out == "done seen: 2/2 · 2 well · $0.00\n"
    assert re.search(r"seen .*\d/2", seen)
    assert "\x1b[2K" in seen


def test_a_script_does_the_same(bench: Bench) -> None:
    """The one in scripts/ is a few lines, and takes the command's options."""
    script = Path(__file__).parents[2] / "scripts" / "batch_generate.py"
    assert len(script.read_text().splitlines()) < 12
    done = subprocess.run(
        [sys.executable, str(script), "echo", "-", "--name", "script", "--json"],
        input=JSON_LINES,
        env=bench.quick.environ,
        capture_output=True,
        text=True,
        check=False,
        timeout=PATIENCE,
    )
    assert done.returncode == 0, done
    assert events(Ran(0, done.stdout, ""))[-1]["state"] == "done"
    assert bench.sent() == ["word 0", "word 1"]
