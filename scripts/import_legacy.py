"""Tell which live workflow or deployment each record of the product's old database is.

    python scripts/import_legacy.py export.json            # a table
    python scripts/import_legacy.py export.json --json     # one JSON document

The export is JSON: a list of records, an object of lists (``workflows``, ``tools``), or a record a line. A record is
known by its deployment's id, its workflow's id, and its names. Read only: nothing is written, here or on the service.
Exit code 0 when every record is matched, 3 when some are ambiguous or missing, 2 when the export can't be read.
"""

import argparse
import json
import re
import sys
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any, Final

import attrs

from stationthis_sdk import Deployment, InvalidInput, StationThis, StationThisError
from stationthis_sdk.names import loosely, near

# What the product called some workflows, and what they were called on the service.
OLD_NAMES: Final = {
    "makeimage": "text2img",
    "train": "lora-train",
    "tooncraft": "toon",
    "video": "img2vid",
}
DEPLOYMENT_ID: Final = ("deploymentId", "deployment_id")
WORKFLOW_ID: Final = ("workflowId", "workflow_id")
NAMES: Final = (
    "name",
    "displayName",
    "display_name",
    "workflowName",
    "workflow_name",
    "commandName",
    "command_name",
)
INSIDE: Final = ("metadata", "defaultAdapterParams", "default_adapter_params", "params")


@attrs.frozen
class Finding:
    """What one record is: ``state`` is matched, ambiguous or missing; ``by`` says how it was found."""

    record: str
    state: str
    by: str = ""
    workflow: str | None = None
    workflow_id: str | None = None
    deployment_id: str | None = None
    environment: str | None = None
    note: str = ""
    candidates: tuple[str, ...] = ()


def main(arguments: list[str] | None = None) -> int:
    """Print the report."""
    parser = argparse.ArgumentParser(
        description="Which live workflow or deployment each record of an old export is.",
        epilog="Exit codes: 0 all matched, 3 some ambiguous or missing, 2 the export can't be read, 1 the service failed.",
    )
    parser.add_argument("export", type=Path, help="the export: JSON, or a record a line")
    parser.add_argument("--json", action="store_true", help="one JSON document instead of a table")
    parser.add_argument("--profile", help="which profile's account to compare with")
    parser.add_argument("--local", action="store_true", help="compare with the gateway on this machine")
    given = parser.parse_args(arguments)
    try:
        records = read_export(given.export)
        with StationThis(profile=given.profile, local=given.local) as st:
            findings = report(records, st.deployments.list(refresh=True))
    except InvalidInput as error:
        print(error, file=sys.stderr)
        return 2
    except StationThisError as error:
        print(error, file=sys.stderr)
        return 1
    shown = as_json(findings) if given.json else as_table(findings)
    print(shown)
    return 0 if all(one.state == "matched" for one in findings) else 3


def read_export(path: Path) -> list[dict[str, Any]]:
    """The records of an export.

    Raises:
        InvalidInput: no such file, no JSON, or no records in it.
    """
    try:
        text = path.read_text("utf-8-sig")
    except (OSError, UnicodeDecodeError) as error:
        raise InvalidInput(f"Can't read {path}: {error}. Give the file that was exported.") from None
    try:
        found = json.loads(text)
    except ValueError:
        try:
            found = [json.loads(line) for line in text.splitlines() if line.strip()]
        except ValueError as error:
            raise InvalidInput(f"{path} is no JSON, and not a JSON record a line either: {error}.") from None
    if isinstance(found, dict):
        lists = [rows for rows in found.values() if isinstance(rows, list)]
        found = [row for rows in lists for row in rows] if lists else [found]
    records = [row for row in found if isinstance(row, dict)] if isinstance(found, list) else []
    if not records:
        raise InvalidInput(f"{path} has no records: it wants objects with a name or a deployment's id.")
    return records


def report(records: Sequence[Mapping[str, Any]], live: Sequence[Deployment]) -> list[Finding]:
    """A finding for each record, in their order."""
    return [finding(record, live) for record in records]


def finding(record: Mapping[str, Any], live: Sequence[Deployment]) -> Finding:
    """What one record is: by its deployment's id, else its workflow's, else a name of it."""
    names = list(texts(record, NAMES))
    shown = names[0] if names else str(record.get("toolId") or record.get("_id") or "a record without a name")
    ids = list(texts(record, DEPLOYMENT_ID))
    for by, same in (
        ("deployment id", [one for one in live if one.id in ids]),
        ("workflow id", [one for one in live if one.record.workflow_id in set(texts(record, WORKFLOW_ID))]),
        (
            "name",
            [
                one
                for one in live
                if loosely(one.name) in {known for name in names for known in spellings(name)}
            ],
        ),
    ):
        workflows = {one.record.workflow_id or one.name for one in same}
        if len(workflows) > 1:
            return Finding(shown, "ambiguous", by, candidates=tuple(f"{one.name} ({one.id})" for one in same))
        if same:
            best = best_of(same)
            moved = "the deployment's id has changed" if ids and best.id not in ids else ""
            return Finding(
                shown, "matched", by, best.name, best.record.workflow_id, best.id, best.environment, moved
            )
    close = near(names[0], sorted({one.name for one in live})) if names else []
    return Finding(shown, "missing", candidates=tuple(close))


def best_of(deployments: Sequence[Deployment]) -> Deployment:
    """Of one workflow's deployments: production, then staging, then any."""
    order = {"production": 0, "staging": 1, "preview": 2}
    return min(deployments, key=lambda one: order.get(one.environment, 3))


def spellings(name: str) -> Iterator[str]:
    """How a name of the product's may be written on the service."""
    plain = loosely(re.sub(r"^(comfy-|cmd_)", "", name))
    yield plain
    if plain.replace("-", "") in OLD_NAMES:
        yield OLD_NAMES[plain.replace("-", "")]


def texts(record: Mapping[str, Any], fields: Sequence[str]) -> Iterator[str]:
    """What stands in these fields, in the record or in what it holds of its adapter."""
    places = [record, *(record[name] for name in INSIDE if isinstance(record.get(name), dict))]
    for place in places:
        for field in fields:
            value = place.get(field)
            if isinstance(value, dict):  # as the database's own export writes ids
                value = value.get("$oid") or value.get("$uuid")
            if isinstance(value, str) and value.strip():
                yield value.strip()


def as_json(findings: Sequence[Finding]) -> str:
    """The report for programs."""
    counts = Counter(one.state for one in findings)
    summary = {state: counts[state] for state in ("matched", "ambiguous", "missing")}
    return json.dumps({"summary": summary, "records": [attrs.asdict(one) for one in findings]}, indent=2)


def as_table(findings: Sequence[Finding]) -> str:
    """The report for people."""
    lines = []
    for one in findings:
        if one.state == "matched":
            what = f"{one.workflow} ({one.environment}, by {one.by})" + (f"; {one.note}" if one.note else "")
        else:
            listed = ", ".join(one.candidates)
            what = {"ambiguous": f"one of {listed}", "missing": f"did you mean {listed}?" if listed else ""}[
                one.state
            ]
        lines.append(f"{one.state:<9}  {one.record}  {what}".rstrip())
    counts = Counter(one.state for one in findings)
    lines.append(", ".join(f"{counts[state]} {state}" for state in ("matched", "ambiguous", "missing")))
    return "\n".join(lines)


if __name__ == "__main__":
    sys.exit(main())
