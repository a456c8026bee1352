"""`stationthis doctor --contract`: where the service's answers have drifted from what the SDK believes."""

from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

from stationthis_sdk.cli import show
from stationthis_sdk.cli.exits import one_line
from stationthis_sdk.cli.options import Options, connected

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from stationthis_sdk.contract.check import Look
    from stationthis_sdk.contract.record import Recording

__all__ = ["compare_service"]

# A service that hangs or fails is told of soon: this bounds one question with all its tries.
_SECONDS: Final = 20.0
_FINE: Final = "✓"
_MATTERS: Final = "!"
_BROKEN: Final = "✗"
_SKIPPED: Final = "–"


def compare_service(options: Options, folder: str | None) -> int:
    """Ask, print and perhaps record; the exit code is 1 when an answer violates the contract or none came, else 0.

    With ``--json`` one document::

        {"ok": true, "base_url": "…",
         "operations": [{"operation": "runs_get", "path": "/run/{run_id}", "state": "ok", "reason": null,
                         "status": 200,
                         "differences": [{"place": ".x", "kind": "new field", "detail": "…", "seen": 1, "of": 1}],
                         "absent": [".progress"]}],
         "summary": {"operations": 1, "asked": 1, "differ": 0, "new_fields": 0, "no_answer": 0, "not_asked": 0},
         "recorded": null}

    ``state`` is ok, new fields, differs, no answer or not asked; ``kind`` is violation or new field; ``absent``
    are fields of the contract that no object of the answer had; ``recorded`` is ``{"folder": …, "files": …, "error": null}``.
    """
    found: list[Look] = []
    with connected(options) as usual:
        from stationthis_sdk import StationThis, Timeouts  # noqa: PLC0415 - a missing key is told before
        from stationthis_sdk.contract.check import looks  # noqa: PLC0415 - likewise
        from stationthis_sdk.contract.record import Recording  # noqa: PLC0415 - likewise

        recording = None if folder is None else Recording(Path(folder))
        base_url, key = usual.base_url, usual.settings.api_key
        with StationThis(key.reveal(), base_url, timeouts=Timeouts(read=None, total=_SECONDS)) as st:
            for look in looks(st, recording):
                found.append(look)
                if not options.as_json:
                    for line in _lines(look):
                        show.out(one_line(line))
    if not options.as_json:
        for line in _unasked(found):
            show.out(one_line(line))
    counts = _counts(found)
    compared = counts["asked"] > counts["no_answer"]
    fine = compared and not counts["differ"]
    if not options.as_json:
        show.out(_summary(counts))
        if not compared:
            show.out(f"{_BROKEN} nothing could be compared: is {base_url} the API's URL (it ends in /api)?")
    kept = None if recording is None else _kept(recording)
    if options.as_json:
        document = {
            "ok": fine and (kept is None or kept["error"] is None),
            "base_url": base_url,
            "operations": [_json(look) for look in found],
            "summary": counts,
            "recorded": kept,
        }
        show.out_json(document)
    elif kept is not None and kept["error"] is None:
        files = kept["files"]
        show.out(one_line(f"recorded {files} answer{'' if files == 1 else 's'} in {folder}"))
    elif kept is not None:
        show.tell(one_line(f"stationthis: {kept['error']}"))
    return 0 if fine and (kept is None or kept["error"] is None) else 1


def _kept(recording: "Recording") -> dict[str, Any]:
    """Put the recording in place; what was found is told all the same when that fails."""
    from stationthis_sdk import InvalidInput, SaveFailed  # noqa: PLC0415 - loaded by now

    files, fault = 0, None
    try:
        files = recording.finish()
    except (InvalidInput, SaveFailed) as error:
        fault = error.message
    return {"folder": str(recording.folder), "files": files, "error": fault}


def _lines(look: "Look") -> "Iterator[str]":
    from stationthis_sdk.contract.check import FINE, UNASKED, VIOLATION  # noqa: PLC0415 - loaded by now

    if look.state == UNASKED:
        return  # told together, at the end
    if look.differences:
        for one in look.differences:
            yield f"{_BROKEN if one.kind == VIOLATION else _MATTERS} {look.operation}: {one}"
    elif look.state == FINE:
        yield f"{_FINE} {look.operation}"
    else:
        yield f"{_MATTERS} {look.operation}: {look.reason}"


def _unasked(found: "Sequence[Look]") -> "Iterator[str]":
    """What was not asked, one line for each reason; --json has each with its own."""
    from stationthis_sdk.contract.check import UNASKED  # noqa: PLC0415 - likewise

    groups: dict[str, list[str]] = {}
    for look in found:
        if look.state == UNASKED:
            reason, _, more = look.reason.partition(": ")
            told = f"{look.operation} ({more})" if reason == "never asked" else look.operation
            groups.setdefault(reason, []).append(told)
    for reason, names in groups.items():
        yield f"{_SKIPPED} {reason}: {', '.join(names)}"


def _counts(found: "Sequence[Look]") -> dict[str, int]:
    from stationthis_sdk.contract.check import DIFFERS, FAILED, NEW, UNASKED  # noqa: PLC0415 - likewise

    unasked = sum(look.state == UNASKED for look in found)
    return {
        "operations": len(found),
        "asked": len(found) - unasked,
        "differ": sum(look.state == DIFFERS for look in found),
        "new_fields": sum(any(one.kind == NEW for one in look.differences) for look in found),
        "no_answer": sum(look.state == FAILED for look in found),
        "not_asked": unasked,
    }


def _summary(counts: dict[str, int]) -> str:
    """The counts as a sentence.

    >>> names = ("operations", "asked", "differ", "new_fields", "no_answer", "not_asked")
    >>> _summary(dict(zip(names, (83, 71, 1, 5, 0, 12), strict=True)))
    '71 of 83 read operations asked: 1 differs, 5 bring new fields, 12 not asked'
    """
    differ, new, unanswered = counts["differ"], counts["new_fields"], counts["no_answer"]
    told = [
        f"{differ} {'differs' if differ == 1 else 'differ'}",
        f"{new} {'brings' if new == 1 else 'bring'} new fields",
    ]
    if unanswered:
        told.append(f"{unanswered} had no answer to compare")
    told.append(f"{counts['not_asked']} not asked")
    return f"{counts['asked']} of {counts['operations']} read operations asked: {', '.join(told)}"


def _json(look: "Look") -> dict[str, Any]:
    return {
        "operation": look.operation,
        "path": look.path,
        "state": look.state,
        "reason": look.reason or None,
        "status": look.status,
        "differences": [
            {"place": one.place, "kind": one.kind, "detail": one.detail, "seen": one.seen, "of": one.of}
            for one in look.differences
        ],
        "absent": list(look.absent),
    }
