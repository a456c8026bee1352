"""How far a batch is, in a file for Prometheus: node_exporter's textfile collector reads it."""

import contextlib
import time
from pathlib import Path
from typing import TYPE_CHECKING, Final

import typer

from stationthis_sdk.cli import show

if TYPE_CHECKING:
    from stationthis_sdk import BatchProgress

__all__ = ["MetricsFile"]

_SECONDS: Final = 5.0
"""Between two versions of the file, at the least."""
_STATES: Final = ("pending", "sending", "live", "success", "failed", "timeout", "cancelled", "refused")
_SUCCESS: Final = "stationthis_batch_last_success_timestamp_seconds"


class MetricsFile:
    """The file, written whole each time; when it can't be, that is said once, and the batch goes on.

    Raises:
        MissingExtra: prometheus-client is not installed.
        typer.BadParameter: there is no such folder, or it is a folder itself.
    """

    def __init__(self, path: str, batch: str, deployment: str) -> None:
        try:
            import prometheus_client  # noqa: PLC0415 - the extra may be missing
        except ImportError:
            from stationthis_sdk import MissingExtra  # noqa: PLC0415 - likewise

            raise MissingExtra(
                "--metrics-file needs prometheus-client: pip install 'stationthis-sdk[metrics]'"
            ) from None
        self.path = Path(path).expanduser()
        if self.path.is_dir() or not self.path.parent.is_dir():
            wrong = "is a folder" if self.path.is_dir() else "is in a folder that does not exist"
            raise typer.BadParameter(
                f"{path} {wrong}: name a file, such as batch.prom", param_hint="--metrics-file"
            )
        self._client = prometheus_client
        self._of = {"batch": batch, "deployment": deployment}
        self._success = self._known_success()
        self._written_at = 0.0
        self._told = False

    def tell(self, progress: "BatchProgress", *, running: bool = True, success: bool = False) -> None:
        """Write what is known now; at once where it has ended, else every few seconds."""
        if running and time.monotonic() - self._written_at < _SECONDS:
            return
        self._written_at = time.monotonic()
        if success:
            self._success = time.time()
        try:
            self._write(progress, running=running)
        except OSError as error:
            if not self._told:
                show.tell(f"stationthis: Can't write {self.path}: {error.strerror}. The batch goes on.")
            self._told = True

    def _write(self, progress: "BatchProgress", *, running: bool) -> None:
        registry = self._client.CollectorRegistry()

        def gauge(name: str, what: str, value: float | None) -> None:
            if value is not None:  # what is not known is left out
                made = self._client.Gauge(
                    f"stationthis_batch_{name}", what, list(self._of), registry=registry
                )
                made.labels(**self._of).set(value)

        rows = self._client.Gauge(
            "stationthis_batch_rows", "Rows of the batch, by state.", [*self._of, "state"], registry=registry
        )
        for state in dict.fromkeys((*_STATES, *progress.states)):
            rows.labels(**self._of, state=state).set(progress.states.get(state, 0))
        gauge("failures", "Rows that came to nothing.", progress.failed)
        gauge("saved_rows", "Rows whose files are saved.", progress.saved)
        gauge("cost_dollars", "What its runs have cost, as far as it is known.", progress.cost)
        gauge("unknown_cost_runs", "Runs of which nobody knows what they cost.", progress.unknown_costs)
        gauge("budget_dollars", "What all of it may cost.", progress.budget)
        gauge("running", "Whether it is at work.", int(running))
        gauge("last_update_timestamp_seconds", "When this was written.", time.time())
        gauge("last_success_timestamp_seconds", "When it last ended with all rows well.", self._success)
        self._client.write_to_textfile(str(self.path), registry)

    def _known_success(self) -> float | None:
        """When the batch ended well, as the file of before says: an alert looks at how old that is."""
        from prometheus_client.parser import text_string_to_metric_families  # noqa: PLC0415 - as above

        with contextlib.suppress(OSError, ValueError):
            for family in text_string_to_metric_families(self.path.read_text("utf-8")):
                for sample in family.samples:
                    if sample.name == _SUCCESS and sample.labels == self._of:
                        return float(sample.value)
        return None
