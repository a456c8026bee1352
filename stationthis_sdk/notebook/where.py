"""Where code runs just now: in which cell of which notebook, if any."""

import hashlib
from collections.abc import Mapping
from datetime import datetime
from typing import Any

import attrs

from stationthis_sdk.ipython import kernel_shell

__all__ = ["CellRun", "cell_of", "cell_run"]


def cell_of() -> tuple[str, str]:
    """The cell that is being run, and this run of it: ids, empty where nobody tells.

    A cell that is run again keeps its id in JupyterLab and VS Code; elsewhere each run is a cell of its own.

    >>> cell_of()
    ('', '')
    """
    message = _message()
    run = _run_in(message)
    return str(message.get("metadata", {}).get("cellId") or run), run


@attrs.frozen
class CellRun:
    """One run of a cell. ``cell`` is its id, else its code, empty where there is none; ``at`` is when it was asked for."""

    cell: str = ""
    run: str = ""
    at: datetime | None = None


def cell_run() -> CellRun:
    """The run of a cell that this belongs to; where cells have no ids, one with the same code is taken for the same.

    >>> cell_run()
    CellRun(cell='', run='', at=None)
    """
    message = _message()
    cell = str(message.get("metadata", {}).get("cellId") or "")
    code = str(message.get("content", {}).get("code") or "")
    if not cell and code.strip():
        cell = f"code {hashlib.sha256(code.encode('utf-8', 'replace')).hexdigest()}"
    at = message.get("header", {}).get("date")
    return CellRun(cell, _run_in(message), at if isinstance(at, datetime) and at.tzinfo else None)


def _message() -> Mapping[str, Any]:
    """What the front end has asked for; empty where there is none."""
    try:
        message = kernel_shell().get_parent()
    except (AttributeError, LookupError):
        return {}
    return message if isinstance(message, Mapping) else {}


def _run_in(message: Mapping[str, Any]) -> str:
    return str(message.get("header", {}).get("msg_id") or "")
