"""`stationthis doctor --contract`: where the service's answers have drifted from what the SDK believes."""

from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

from stationthis_sdk.cli import show
from stationthis_sdk.cli.exits import one_line
from stationthis_sdk.cli.options import Options, connected

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from stationthis_sdk.contract.check import Look

__all__ = ["compare_service"]

_FINE: Final = "✓"
_MATTERS: Final = "!"
_BROKEN: Final = "✗"
_SKIPPED: Final = "–"


def compare_service(options: Options, folder: str | None) -> int:
    """Ask, print and perhaps record; the exit code is 1 when an answer violates the contract, else 0.

    With ``--json`` one document::

        {"ok": true, "base_url": "…",
         "operations": [{"operation": "runs_get", "path": "/run/{run_id}", "state": "ok", "reason": null,
                         "status": 200,
                         "differences": [{"place": ".x", "kind": "new field", "detail": "…", "seen": 1, "of": 1}],
                         "absent": [".progress"]}],
         "summary": {"operations": 1, "asked": 1, "differ": 0, "new_fields": 0, "no_answer": 0, "not_asked": 0},
         "recorded": null}

    ``state`` is ok, new fields, differs, no answer or not asked; ``kind`` is violation or new field; ``absent``
    are fields of the contract that no object of the answer had; ``recorded`` is ``{"folder": …, "files": …}``.
    """
    with connected(options) as st:
        from stationthis_sdk.contract.check import looks  # noqa: PLC0415 - a missing key is told before
        from stationthis_sdk.contract.record import Recording  # noqa: PLC0415 - likewise

        recording = None if folder is None else Recording(Path(folder))
        found: list[Look] = []
        for look in looks(st, recording):
            found.append(look)
            if not options.as_json:
                for line in _lines(look):
                    show.out(one_line(line))
        files = 0 if recording is None else recording.finish()
        base_url = st.base_url
    counts = _counts(found)
    if options.as_json:
        document = {
            "ok": not counts["differ"],
            "base_url": base_url,
            "operations": [_json(look) for look in found],
            "summary": counts,
            "recorded": None if folder is None else {"folder": folder, "files": files},
        }
        show.out_json(document)
    else:
        show.out(_summary(counts))
        if folder is not None:
            show.out(f"recorded {files} answer{'' if files == 1 else 's'} in {show.plain(folder)}")
    return 1 if counts["differ"] else 0


def _lines(look: "Look") -> "Iterator[str]":
    from stationthis_sdk.contract.check import FINE, UNASKED, VIOLATION  # noqa: PLC0415 - loaded by now

    if look.differences:
        for one in look.differences:
            yield f"{_BROKEN if one.kind == VIOLATION else _MATTERS} {look.operation}: {one}"
    elif look.state == FINE:
        yield f"{_FINE} {look.operation}"
    else:
        yield f"{_SKIPPED if look.state == UNASKED else _MATTERS} {look.operation}: {look.reason}"


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
    '71 of 83 read operations asked: 1 differs, 5 bring new fields, 12 could not be asked'
    """
    differ, new, unanswered = counts["differ"], counts["new_fields"], counts["no_answer"]
    told = [
        f"{differ} {'differs' if differ == 1 else 'differ'}",
        f"{new} {'brings' if new == 1 else 'bring'} new fields",
    ]
    if unanswered:
        told.append(f"{unanswered} had no answer to compare")
    told.append(f"{counts['not_asked']} could not be asked")
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
