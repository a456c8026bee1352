"""The plain receiver: callbacks run on the thread that works, with plain runs."""

import threading
from collections.abc import Iterator

import pytest

from stationthis_sdk import Run, StationThis
from stationthis_sdk.testing import LocalGateway
from stationthis_sdk.webhooks import Receiver, parse, url_for
from tests.webhooks.conftest import body


@pytest.fixture
def plain(gateway: LocalGateway) -> Iterator[StationThis]:
    with gateway.client() as st:
        yield st


def test_serve_calls_back_on_the_caller_s_thread(plain: StationThis) -> None:
    """Ready, progress and the end; the run is a plain one, whose methods block; stop ends it from a callback."""
    told: list[tuple[str, str, int]] = []

    def note(what: str, value: str) -> None:
        told.append((what, value, threading.get_ident()))

    def ready(address: str) -> None:
        note("ready", address)
        plain.deployments["echo"].options(webhook=receiver.url_for(f"{address}/hook", progress=True)).submit(
            words="fox"
        )

    def final(run: Run) -> None:
        note("final", run.outputs[0].text())
        receiver.stop()

    receiver = Receiver(plain, on_final=final, on_progress=lambda run: note("progress", str(run.state)))
    receiver.serve(port=0, on_ready=ready)
    assert [what for what, _, _ in told][:1] == ["ready"]
    assert [what for what, _, _ in told].count("final") == 1
    assert told[-1][:2] == ("final", "fox")
    assert {thread for _, _, thread in told} == {threading.get_ident()}


def test_handle_and_work_on_two_threads(plain: StationThis) -> None:
    """A server of one's own takes webhooks on its threads; callbacks run on the one that works."""
    told: list[int] = []

    def final(_run: Run) -> None:
        told.append(threading.get_ident())
        receiver.stop()

    receiver = Receiver(plain, on_final=final)
    run = plain.deployments["echo"].submit(words="fox")
    worker = threading.Thread(target=receiver.work)
    worker.start()
    answer = receiver.handle(body(run.id, "success"), url_for("http://127.0.0.1:1/hook", plain))
    assert (answer.status, answer.body) == (200, {"status": "ok"})
    worker.join(45)
    assert told == [worker.ident]


def test_handle_alone_keeps_what_resume_tells(plain: StationThis, gateway: LocalGateway) -> None:
    """Without anybody at work it is written down; a job that runs now and then tells of it, once."""
    ends: list[str] = []
    receiver = Receiver(plain, on_final=lambda run: ends.append(run.id))
    run = plain.deployments["echo"].submit(words="fox").wait()
    assert receiver.handle(body(run.id, "success"), receiver.url_for("http://127.0.0.1:1/")).status == 200
    assert ends == []
    assert [(one.run_id, one.ended) for one in receiver.undelivered()] == [(run.id, True)]
    assert (receiver.resume(), receiver.resume()) == (1, 0)
    assert ends == [run.id]
    assert receiver.undelivered() == []


def test_what_the_service_posts_is_read(gateway: LocalGateway, plain: StationThis) -> None:
    """What a receiver of somebody's own gets is parsed: the end of the run, with its output."""
    run = plain.deployments["echo"].options(webhook=gateway.webhook_url).submit(words="fox")
    gateway.until(lambda: any(one["status"] == "success" for one in gateway.webhooks))
    (end,) = [parse(one) for one in gateway.webhooks if one["status"] == "success"]
    assert (end.record.id, end.event) == (run.id, "run.updated")
    assert [item.kind for item in end.record.outputs] == ["file"]
