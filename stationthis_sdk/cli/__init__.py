"""The `stationthis` command: the public surface of the SDK, for the shell and for other programs.

Standard output carries the answer (paths, tables, with ``--json`` one JSON document); all else goes to standard
error. ``exits`` has the table of exit codes.
"""

import sys
from collections.abc import Sequence

__all__ = ["main"]


def main(arguments: Sequence[str] | None = None) -> int:
    """Run the command with these arguments (else the process's own) and return its exit code.

    >>> main(["run", "text-to-picture", "--local", "--profile", "work"])
    2
    """
    try:
        import rich  # noqa: F401, PLC0415 - the extra may be missing
        import typer  # noqa: F401, PLC0415 - likewise
    except ImportError:
        sys.stderr.write("the stationthis command needs: pip install 'stationthis-sdk[cli]'\n")
        return 2
    if arguments is None:  # a process of our own
        # Beside Jupyter, jsonschema would build a grammar of addresses for a second; none of our schemas asks for it.
        sys.modules.setdefault("rfc3987_syntax", None)  # type: ignore[arg-type]  # what can't be imported
    from stationthis_sdk.cli.app import execute  # noqa: PLC0415 - it imports typer

    return execute(list(sys.argv[1:] if arguments is None else arguments))
