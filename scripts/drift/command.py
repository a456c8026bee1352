"""`python scripts/regenerate_client.py --from`: the report, and what --write enters."""

from __future__ import annotations

import sys
from typing import TYPE_CHECKING, Any, NamedTuple

from drift.compare import compare
from drift.document import read_api
from drift.known import read_known
from drift.report import as_json, as_markdown, verdict_of
from drift.source import DriftError, check_document, parse, read_document, shown

if TYPE_CHECKING:
    from pathlib import Path

    from drift.changes import Change
    from drift.document import Api
    from drift.known import Known

DEFAULT = "https://api.comfydeploy.com/internal/openapi.json"
EXITS = {"none": 0, "compatible": 3, "breaking": 4}


class Paths(NamedTuple):
    """The two files that say what we know."""

    contract: Path
    deviations: Path


class Drift(NamedTuple):
    """Everything a report was made from, and its changes."""

    contract: dict[str, Any]
    known: Known
    vendor: Api
    changes: list[Change]


def drift(document: dict[str, Any], contract: dict[str, Any], known: Known) -> Drift:
    """What has changed in a document against what we know of it.

    Raises:
        DriftError: one of the three can't be read.
    """
    try:
        baseline = known.baseline(contract)
        check_document(baseline, "the contract with its deviations")
        vendor = read_api(document)
        return Drift(
            contract, known, vendor, compare(read_api(baseline), vendor, read_api(contract), known.not_kept)
        )
    except RecursionError:
        raise DriftError("the document is nested too deeply to be compared") from None


def read_ours(paths: Paths) -> tuple[dict[str, Any], Known]:
    """The contract and the deviations.

    Raises:
        DriftError: one of them can't be read.
    """
    documents = []
    for path in paths:
        try:
            documents.append(parse(path.read_bytes(), path.name))
        except OSError as error:
            raise DriftError(f"{path} can't be read: {error.strerror}") from None
    check_document(documents[0], paths.contract.name)
    return documents[0], read_known(documents[1], paths.deviations.name)


def report(source: str, paths: Paths, form: str) -> tuple[str, Drift]:
    """The text of the report, and what it was made from.

    Raises:
        DriftError: there is none.
    """
    contract, known = read_ours(paths)
    found = drift(read_document(source), contract, known)
    name = " ".join(f"{found.vendor.title} {found.vendor.version}".split()) or "The vendor's document"
    return (as_json if form == "json" else as_markdown)(shown(source), name, found.changes), found


def run(source: str, paths: Paths, form: str) -> int:
    """Print the report; the answer is the exit code."""
    try:
        text, found = report(source, paths, form)
    except DriftError as error:
        print(f"regenerate_client: {error}", file=sys.stderr)
        return 1
    print(text)
    return EXITS[verdict_of(found.changes)]
