"""`stationthis batches` on a real gateway: what is known of batches, and going on with them."""

import re
import signal

import pytest
from hypothesis import given
from hypothesis import strategies as some

from stationthis_sdk import settling
from stationthis_sdk.cli.exits import ROWS_FAILED, STOPS, code_of, one_line, remember_options
from stationthis_sdk.cli.map import failures
from stationthis_sdk.errors import BatchStopped
from tests.cli.batching import PICKY, Bench, bench, events
from tests.echo import GRAPH

__all__ = ["bench"]


def begun(bench: Bench, name: str, rows: int = 2) -> tuple[str, ...]:
    """A batch of echoes, done; the command that made it."""
    command = ("map", "echo", bench.words(rows), "--name", name, "--key", "sku")
    assert bench.quick(*command).code == 0
    return command


def test_batches_are_listed_the_latest_first(bench: Bench) -> None:
    """A line each, or JSON with everything that is known; none is no error."""
    none = bench.quick("batches", "list")
    assert (none.code, none.out, none.err) == (0, "", "No batches.\n")
    begun(bench, "spring")
    begun(bench, "autumn 26", rows=3)
    ran = bench.quick("batches", "list")
    assert ran.out.splitlines() == ["autumn 26\techo\tdone\t3\t3\t0\t0.0", "spring\techo\tdone\t2\t2\t0\t0.0"]
    first, second = bench.quick("batches", "list", "--json").json
    assert (first["name"], first["state"], first["total"], first["counts"]) == (
        "autumn 26",
        "done",
        3,
        {"success": 3},
    )
    assert (second["name"], second["cost"], second["budget"], second["out"]) == ("spring", 0.0, None, None)


def test_a_batch_shows_what_failed_and_why_it_stopped(bench: Bench) -> None:
    """The latest failures with their reasons, its cost, and the command that goes on; nothing that a terminal obeys."""
    bench.gateway.deploy("picky", PICKY)
    nothing = f"{bench.gateway.base_url}/nothing.png"
    rows = bench.table(
        "p.csv",
        ("sku", "words", "picture"),
        *((f"s{at}\x1b[31m", "x", f"{nothing}?{at}") for at in range(12)),
    )
    command = ("map", "picky", rows, "--name", "bad luck", "--key", "sku", "--concurrency", "1")
    assert bench.quick(*command, "--max-failures", "10").code == 5
    shown = bench.quick("batches", "show", "bad luck")
    first, why, *rest = shown.out.splitlines()
    assert first == "paused bad luck of picky: 11/12 · 0 well, 11 failed · $0.00"
    assert why.startswith("why: 11 rows failed, max_failures allows 10")
    assert [line.split(":")[0] for line in rest[:10]] == [f"s{at}[31m" for at in range(10, 0, -1)]
    assert all(re.search(r"failed \(.+\)", line) for line in rest[:10])
    assert rest[10:] == ["and 1 more failed before", "To go on: `stationthis batches resume 'bad luck'`"]
    told = bench.quick("batches", "show", "bad luck", "--json").json
    assert (told["state"], told["failed"], len(told["failures"])) == ("paused", 11, 10)
    assert all(row["state"] == "failed" and row["reason"] for row in told["failures"])


def test_failed_rows_are_run_again(bench: Bench) -> None:
    """Retry runs them, and what is done stays; resume leaves them as they are."""
    bench.gateway.deploy("picky", PICKY)
    bench.quick(
        "run", "text-to-picture", "steps=1", "width=32", "height=32", "--save", str(bench.folder / "in")
    )
    (picture,) = (bench.folder / "in").glob("*.png")
    rows = (("a", "well", picture), ("b", "badly", f"{bench.gateway.base_url}/nothing.png"))
    table = bench.table("p.csv", ("sku", "words", "picture"), *rows)
    assert bench.quick("map", "picky", table, "--name", "again", "--key", "sku").code == 3
    before = len(bench.gateway.runs())
    assert bench.quick("batches", "resume", "again").code == 3
    assert len(bench.gateway.runs()) == before
    ran = bench.quick("batches", "retry", "again", "--max-failures", "none", "--concurrency", "2", "--json")
    assert ran.code == 3, ran
    assert [run.inputs["words"] for run in bench.gateway.runs()[before:]] == ["badly"]
    assert sorted(row["key"] for row in events(ran, "row")) == ["a", "b"]


def test_a_batch_that_is_lost_is_made_anew_of_what_the_service_has(
    bench: Bench, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Forget takes it away, rebuild brings it back, and the same command sends nothing."""
    monkeypatch.setattr(settling, "GRACE", 0.5)  # what may be on its way
    command = begun(bench, "lost")
    assert bench.quick("batches", "forget", "lost").out == "forgotten lost\n"
    assert bench.quick("batches", "show", "lost").code == 2
    ran = bench.quick("batches", "rebuild", "lost", "--deployment", "echo", "--key", "sku", "--json")
    assert (ran.code, ran.json["succeeded"], ran.json["total"]) == (0, 2, 2)
    assert bench.quick(*command).out == "done lost: 2/2 · 2 well · $0.00\n"
    assert bench.sent() == ["word 0", "word 1"]


def test_a_redeployed_batch_asks(bench: Bench) -> None:
    """Exit 5 with what to say; --on-change continue keeps what is done, rerun pays for all rows."""
    begun(bench, "moved")
    anew = {**GRAPH, "3": {"class_type": "PreviewAny", "inputs": {"source": ["1", 0]}}}
    bench.gateway.deploy("echo", anew)
    ran = bench.quick("batches", "resume", "moved", "--json")
    assert ran.code == 5, ran
    (line,) = events(ran)
    assert line["error"]["why"] == "redeployed"
    assert "--on-change continue" in line["error"]["message"]
    assert len(bench.gateway.runs()) == 2
    assert bench.quick("batches", "resume", "moved", "--on-change", "continue").code == 0
    assert len(bench.gateway.runs()) == 2
    bench.gateway.deploy("echo", GRAPH)
    assert bench.quick("batches", "resume", "moved", "--on-change", "rerun").code == 0
    assert len(bench.gateway.runs()) == 4


@pytest.mark.slow
def test_ctrl_c_in_a_resumed_batch(bench: Bench) -> None:
    """It ends as `stationthis map` does."""
    command = ("map", "echo", bench.words(2), "--name", "twice", "--key", "sku")
    with bench.under_way(*command, live=2) as (process, said):
        assert bench.interrupted(process, signal.SIGINT, said).code == 130
    with bench.under_way("batches", "resume", "twice", live=2) as (process, said):
        ran = bench.interrupted(process, signal.SIGINT, said)
    assert ran.code == 130
    assert "`stationthis batches resume twice`" in events(ran)[-1]["error"]["message"]
    assert bench.states() == ["cancelled"] * 4


@pytest.mark.slow
def test_a_batch_that_nobody_runs_is_cancelled_here(bench: Bench) -> None:
    """What a killed process has left running is cancelled on the service; what is done is no news."""
    command = ("map", "echo", bench.words(2), "--name", "killed", "--key", "sku")
    with bench.under_way(*command, live=2) as (process, _):
        process.kill()
        process.communicate()
    ran = bench.quick("batches", "cancel", "killed", "--json")
    assert (ran.code, ran.json["state"]) == (0, "cancelled")
    assert bench.states() == ["cancelled", "cancelled"]
    bench.gateway.faults.clear()
    assert bench.quick("batches", "resume", "killed").code == 0
    assert bench.quick("batches", "cancel", "killed").out.startswith("done killed: 2/2")


def test_a_name_that_is_wrong_is_exit_2(bench: Bench) -> None:
    """With what may have been meant."""
    begun(bench, "autumn")
    for action in ("show", "resume", "retry", "cancel", "forget"):
        ran = bench.quick("batches", action, "autum")
        assert (ran.code, "Did you mean 'autumn'?" in ran.error) == (2, True), ran
    assert len(bench.gateway.runs()) == 2


def test_wrong_limits_are_exit_2(bench: Bench) -> None:
    """All of them before anything is changed or sent."""
    begun(bench, "autumn")
    for action in ("resume", "retry"):
        for words in (
            ("--budget", "nan"),
            ("--max-failures", "some"),
            ("--concurrency", "0"),
            ("--on-change", "ask"),
        ):
            assert bench.quick("batches", action, "autumn", *words).code == 2
    assert bench.quick("batches", "show", "autumn", "--json").json["budget"] is None


def test_rebuild_of_what_never_was_is_exit_2(bench: Bench) -> None:
    """The service has no run of it."""
    assert bench.quick("batches", "rebuild", "never", "--deployment", "echo").code == 2
    assert bench.quick("batches", "rebuild", "never").code == 2


def test_every_stop_has_a_documented_code() -> None:
    """5, or what says more of what is to be done."""
    whys = ("budget", "failures", "redeployed", "changed", "cancelled", "detached", *STOPS)
    codes = {why: code_of(BatchStopped("", why=why)) for why in whys}
    assert codes == {**dict.fromkeys(whys, 5), **STOPS}
    assert set(codes.values()) == {1, 4, 5, 75}
    assert ROWS_FAILED == 3


def test_messages_name_options_and_lead_to_the_same_service() -> None:
    """What the SDK tells people to do in Python is told as it is typed here."""
    remember_options(("--local", True), ("--profile", None))
    assert (
        one_line("Go on: `stationthis batches resume 'a b'`.")
        == "Go on: `stationthis batches resume 'a b' --local`."
    )
    remember_options()
    assert one_line("on_change='continue' keeps them.") == "--on-change continue keeps them."
    assert one_line("without_rate=True starts all the same") == "--without-rate starts all the same"


@given(some.one_of(some.integers(0, 10**9), some.floats(0, 1)))
def test_a_number_of_failures_is_what_it_says(number: float) -> None:
    """Counts stay whole, shares stay shares."""
    assert failures(str(number)) == number
