"""After a gateway was killed: files that were written and never entered are cleared away."""

import json
from collections.abc import Iterator

from stationthis_sdk.local.database import Tables
from stationthis_sdk.local.rows.files import Upload
from stationthis_sdk.local.rows.runs import GRAPHS, Output, Run
from stationthis_sdk.local.storage.file_store import FileStore

__all__ = ["sweep"]

_SLACK = 60_000_000


def sweep(tables: Tables, file_store: FileStore, since: int) -> None:
    """Clear away the outputs and inputs kept since then (microseconds) that no row names.

    A file takes its place before its row is written, so no row ever points to a missing file; what is left of a kill
    between the two is a file that nobody was told of.
    """
    since -= _SLACK
    kept = {(kind, name) for kind in ("outputs", "inputs") for name in file_store.newer(kind, since)}
    if not kept:
        return
    named = "\n".join(_texts(tables, since))
    for kind, name in kept:
        if name not in named:
            file_store.remove(kind, name)


def _texts(tables: Tables, since: int) -> Iterator[str]:
    for output in tables.find(Output, "created_at >= ?", since):
        yield json.dumps(output.data)
    for upload in tables.find(Upload, "created_at >= ?", since):
        yield upload.stored
    for run in tables.find(Run, "created_at >= ?", since, without=GRAPHS):
        yield json.dumps(run.workflow_inputs)
