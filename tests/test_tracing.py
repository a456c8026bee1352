"""Spans for OpenTelemetry: what they tell, what they don't, and that they cost nothing where nobody uses it."""

import gc
import subprocess
import sys
from typing import Any

import pytest
from opentelemetry import trace
from opentelemetry.sdk.trace import TracerProvider
from opentelemetry.sdk.trace.export import SimpleSpanProcessor
from opentelemetry.sdk.trace.export.in_memory_span_exporter import InMemorySpanExporter

from stationthis_sdk import AsyncStationThis, InvalidInput, RunFailed, StationThis, TimedOut, tracing
from tests.echo import GRAPH
from tests.fixtures import RunningGateway

SECRET = "a word that no span may tell"
FAILING = {
    **GRAPH,
    "3": {
        "class_type": "ComfyUIDeployExternalImage",
        "inputs": {"input_id": "picture", "default_value_url": ""},
    },
    "4": {"class_type": "ComfyDeployOutputImage", "inputs": {"images": ["3", 0], "filename_prefix": "x"}},
}
"""It wants a picture: a link to what is none makes the run fail."""


@pytest.fixture(scope="module")
def exporter() -> InMemorySpanExporter:
    """OpenTelemetry takes one provider a process, for good."""
    made, provider = InMemorySpanExporter(), TracerProvider()
    provider.add_span_processor(SimpleSpanProcessor(made))
    trace.set_tracer_provider(provider)
    return made


@pytest.fixture
def spans(exporter: InMemorySpanExporter) -> InMemorySpanExporter:
    """What is exported in this test."""
    gc.collect()  # runs that other tests have let go
    exporter.clear()
    return exporter


@pytest.fixture(scope="module")
def echo(gateway: RunningGateway) -> str:
    gateway.deploy("traced-echo", GRAPH)
    return "traced-echo"


def told(exporter: InMemorySpanExporter, name: str) -> list[Any]:
    """The spans of this name, which hold nothing that they may not tell."""
    found = exporter.get_finished_spans()
    everything = "".join(span.to_json() for span in found)
    assert SECRET not in everything
    assert "Bearer" not in everything
    return [span for span in found if span.name == name]


def attribute(span: Any, name: str) -> Any:
    return (span.attributes or {}).get(f"stationthis.{name}")


async def test_a_run_is_one_span_from_submit_to_end(
    ast: AsyncStationThis, echo: str, spans: InMemorySpanExporter
) -> None:
    """Deployment, run, state and cost, within the caller's span; nothing of its inputs."""
    deployment = await ast.deployments.get(echo)
    with trace.get_tracer("app").start_as_current_span("cell") as cell:
        run = await deployment.submit(words=SECRET)
        assert not told(spans, "stationthis.run")
        await run.wait()
    (span,) = told(spans, "stationthis.run")
    assert (attribute(span, "deployment"), attribute(span, "run_id")) == (echo, run.id)
    assert (attribute(span, "state"), attribute(span, "cost")) == ("success", run.cost.estimated)
    assert span.parent.span_id == cell.get_span_context().span_id
    assert span.status.is_ok


def test_a_plain_call_is_a_span_within_the_callers(
    st: StationThis, echo: str, spans: InMemorySpanExporter
) -> None:
    """The background loop knows whose call it is."""
    with trace.get_tracer("app").start_as_current_span("cell") as cell:
        st.deployments[echo](words="a fox")
    (span,) = told(spans, "stationthis.run")
    assert span.parent.span_id == cell.get_span_context().span_id


async def test_what_is_refused_is_an_error_without_its_message(
    ast: AsyncStationThis, echo: str, spans: InMemorySpanExporter
) -> None:
    """The kind of the error is told; the message, which quotes inputs, is not."""
    deployment = await ast.deployments.get(echo)
    with pytest.raises(InvalidInput, match=SECRET):
        await deployment.submit({SECRET: 1})
    (span,) = told(spans, "stationthis.run")
    assert not span.status.is_ok
    assert span.attributes["error.type"] == "InvalidInput"
    assert [event.name for event in span.events] == ["exception"]


async def test_a_run_that_fails_is_an_error(
    ast: AsyncStationThis, gateway: RunningGateway, spans: InMemorySpanExporter
) -> None:
    """Its state says how it ended."""
    gateway.deploy("traced-failing", FAILING)
    deployment = await ast.deployments.get("traced-failing")
    with pytest.raises(RunFailed):
        await deployment(words=SECRET, picture=f"{gateway.base_url}/nothing.png")
    (span,) = told(spans, "stationthis.run")
    assert (attribute(span, "state"), span.status.is_ok) == ("failed", False)


async def test_a_run_that_is_let_go_ends_its_span(
    ast: AsyncStationThis, echo: str, spans: InMemorySpanExporter
) -> None:
    """Who submits and never waits gets a span as well."""
    run_id = (await (await ast.deployments.get(echo)).submit(words="a fox")).id
    ast._ready.context.live.clear()
    gc.collect()
    (span,) = told(spans, "stationthis.run")
    assert attribute(span, "run_id") == run_id


async def test_a_run_that_is_taken_up_has_a_span_of_its_own(
    ast: AsyncStationThis, spans: InMemorySpanExporter
) -> None:
    """It ends when the waiting ends, and says why that was; the run's own state is none of a failure."""
    drawing = await ast.deployments.get("text-to-picture")
    run = await drawing.submit(prompt=SECRET, steps=60, width=2048, height=2048)
    taken_up = await ast.runs.get(run.id)
    with pytest.raises(TimedOut):
        await taken_up.wait(timeout=0.1)
    (span,) = told(spans, "stationthis.run")
    assert attribute(span, "run_id") == run.id
    assert span.attributes["error.type"] == "TimedOut"
    await run.cancel()


async def test_a_batch_is_a_span_around_those_of_its_runs(
    ast: AsyncStationThis, echo: str, spans: InMemorySpanExporter
) -> None:
    """Its name, deployment and rows; keys of rows are told as little as inputs."""
    deployment = await ast.deployments.get(echo)
    rows = [{"words": f"{SECRET} {at}", "sku": f"{SECRET}-{at}"} for at in range(3)]
    batch = await deployment.map(rows, name="traced", key="sku")
    assert batch.progress.succeeded == 3
    (span,) = told(spans, "stationthis.batch")
    assert (attribute(span, "batch"), attribute(span, "deployment"), attribute(span, "rows")) == (
        "traced",
        echo,
        3,
    )
    assert (attribute(span, "succeeded"), attribute(span, "failed")) == (3, 0)
    runs = told(spans, "stationthis.run")
    assert {run.parent.span_id for run in runs} == {span.context.span_id}
    assert len(runs) == 3


def test_nothing_of_it_is_imported_where_nobody_uses_it(gateway: RunningGateway, echo: str) -> None:
    """A run in a process that has OpenTelemetry installed, and does not use it."""
    program = f"""
import sys
from stationthis_sdk import StationThis
with StationThis() as st:
    st.deployments[{echo!r}](words="a fox")
assert not [name for name in sys.modules if name.startswith("opentelemetry")]
"""
    done = subprocess.run(
        [sys.executable, "-W", "error", "-c", program],
        env=gateway.environment(),
        capture_output=True,
        text=True,
        check=False,
    )
    assert (done.returncode, done.stderr) == (0, "")


def test_a_half_imported_or_missing_api_is_none(monkeypatch: pytest.MonkeyPatch) -> None:
    """Another thread may be importing it; a provider may be named that is not installed."""
    monkeypatch.setitem(sys.modules, "opentelemetry.trace", type(sys)("opentelemetry.trace"))
    assert tracing._trace() is None
    monkeypatch.delitem(sys.modules, "opentelemetry.trace")
    assert tracing._trace() is None
    monkeypatch.setenv("OTEL_PYTHON_TRACER_PROVIDER", "sdk_tracer_provider")
    monkeypatch.setitem(sys.modules, "opentelemetry.trace", None)
    monkeypatch.setitem(sys.modules, "opentelemetry", None)
    assert tracing._trace() is None
