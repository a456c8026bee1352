"""`python scripts/regenerate_client.py --from`: the report, and what --write enters."""

from __future__ import annotations

import sys
from typing import TYPE_CHECKING, Any, NamedTuple

from drift.compare import compare
from drift.document import read_api
from drift.known import misplaced, read_known
from drift.report import as_json, as_markdown, verdict_of
from drift.source import DriftError, check_document, parse, read_document, shown

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from drift.changes import Change
    from drift.document import Api
    from drift.known import Known

EXITS = {"none": 0, "compatible": 3, "breaking": 4}


class Paths(NamedTuple):
    """The two files that say what we know."""

    contract: Path
    deviations: Path


def drift(vendor: Api, contract: dict[str, Any], known: Known) -> list[Change]:
    """What has changed in the vendor's document against what we know of it.

    Raises:
        DriftError: what we know makes no sense, or one of the documents is nested too deeply.
    """
    try:
        baseline = check_document(known.baseline(contract), "the contract with its deviations")
        return compare(read_api(baseline), vendor, read_api(contract), known.not_kept)
    except RecursionError:
        raise DriftError("the document is nested too deeply to be compared") from None


def read_ours(texts: dict[Path, bytes], paths: Paths) -> tuple[dict[str, Any], Known]:
    """The contract and the deviations.

    Raises:
        DriftError: one of them makes no sense.
    """
    contract, deviations = (parse(texts[path], path.name) for path in paths)
    contract, known = (
        check_document(contract, paths.contract.name),
        read_known(deviations, paths.deviations.name),
    )
    if places := misplaced(contract, known):
        raise DriftError(
            f"{paths.deviations.name} speaks of {', '.join(places)}, which {paths.contract.name} does not have: "
            "what has moved in one has to move in the other"
        )
    return contract, known


def run(source: str, paths: Paths, form: str, accept: Callable[[Path], None] | None = None) -> int:
    """Print the report; the answer is the exit code, of what is left when `accept` lets changes be entered."""
    try:
        contract, known = read_ours({path: path.read_bytes() for path in paths}, paths)
        try:
            vendor = read_api(read_document(source))
        except RecursionError:
            raise DriftError(f"{shown(source)} is nested too deeply to be compared") from None
        changes = drift(vendor, contract, known)
        name = " ".join(f"{vendor.title} {vendor.version}".split()) or "The vendor's document"
        taken = None
        if accept is not None:
            from drift.take import take  # noqa: PLC0415 - only --write needs it

            taken = take(changes, paths, lambda texts: _again(vendor, texts, paths), accept)
    except DriftError as error:
        # What it names may be the vendor's, of several lines.
        print(f"regenerate_client: {' '.join(str(error).split())}", file=sys.stderr)
        return 1
    _say((as_json if form == "json" else as_markdown)(shown(source), name, changes, taken))
    if taken is not None:
        changes = [change for change, _ in taken.left]
    return EXITS[verdict_of(changes)]


def _say(text: str) -> None:
    """Print it, letters that the other side does not know by their numbers."""
    encoding = sys.stdout.encoding or "utf-8"
    print(text.encode(encoding, "backslashreplace").decode(encoding))


def _again(vendor: Api, texts: dict[Path, str], paths: Paths) -> list[Change]:
    contract, known = read_ours({path: text.encode() for path, text in texts.items()}, paths)
    return drift(vendor, contract, known)
