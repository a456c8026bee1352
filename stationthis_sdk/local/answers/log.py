"""Lines of logs, and changes of runs, as JSON."""

from typing import Any

from stationthis_sdk.local.answers.timestamps import offset, short
from stationthis_sdk.local.clock import now
from stationthis_sdk.local.rows.logs import LogLine
from stationthis_sdk.local.runs.feeds import Happening

__all__ = ["END", "archived_json", "change_json", "line_json"]

END = "__END__"
"""A stray line of the service's archives, after the last one."""


def line_json(line: LogLine) -> dict[str, Any]:
    """A line as the stream of logs tells it."""
    return {"message": line.message, "level": line.level, "timestamp": short(line.at)}


def archived_json(run_id: str, message: str, at: int | None) -> dict[str, Any]:
    """A line as the archive tells it; what the archive has no word for is null."""
    row = {"run_id": run_id, "timestamp": short(at), "log": message}
    return {**row, "user_id": None, "org_id": None, "log_type": None}


def change_json(happening: Happening) -> dict[str, Any]:
    """A change of a run as the stream of progress tells it: ``progress`` says nothing, as in the service."""
    run = happening.run
    word = "" if happening.kind == "state" else happening.kind
    return {
        "run_id": run.id,
        "workflow_id": run.workflow_id,
        "machine_id": run.machine_id,
        "progress": 0 if word else -1,
        "status": word or run.status,
        "node_class": word,
        "timestamp": offset(now()),
    }
