"""Where code runs just now: in which cell of which notebook, if any."""

from typing import Any

__all__ = ["cell_of", "shell"]


def shell() -> Any:
    """IPython's shell where there is a kernel behind it, else None.

    >>> shell() is None
    True
    """
    try:
        from IPython import get_ipython  # noqa: PLC0415 - a notebook has it already
    except ImportError:
        return None
    here = get_ipython()
    return here if getattr(here, "kernel", None) is not None else None


def cell_of(here: Any = None) -> tuple[str, str]:
    """The cell that is being run, and this run of it: ids, empty where nobody tells.

    A cell that is run again keeps its id in JupyterLab and VS Code; elsewhere each run is a cell of its own.

    >>> cell_of()
    ('', '')
    """
    here = here or shell()
    try:
        message = here.get_parent()
        run = str(message["header"]["msg_id"])
        return str(message.get("metadata", {}).get("cellId") or run), run
    except (AttributeError, KeyError, TypeError, LookupError):
        return "", ""
