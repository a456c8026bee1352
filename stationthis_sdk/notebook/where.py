"""Where code runs just now: in which cell of which notebook, if any."""

from stationthis_sdk.ipython import kernel_shell

__all__ = ["cell_of"]


def cell_of() -> tuple[str, str]:
    """The cell that is being run, and this run of it: ids, empty where nobody tells.

    A cell that is run again keeps its id in JupyterLab and VS Code; elsewhere each run is a cell of its own.

    >>> cell_of()
    ('', '')
    """
    try:
        message = kernel_shell().get_parent()
        run = str(message["header"]["msg_id"])
        return str(message.get("metadata", {}).get("cellId") or run), run
    except (AttributeError, KeyError, TypeError, LookupError):
        return "", ""
