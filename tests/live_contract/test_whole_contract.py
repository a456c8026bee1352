"""Every read of the shipped contract, on a server that gives the answers of the contract's tests."""

import json
import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from stationthis_sdk import StationThis
from stationthis_sdk.api.contract import shipped_contract
from stationthis_sdk.contract.check import FAILED, UNASKED, looks
from stationthis_sdk.contract.document import Document
from stationthis_sdk.contract.operations import read_operations
from stationthis_sdk.contract.record import Recording
from tests.wire import Asked, Wire, answer

ANSWERS = Path(__file__).parents[1] / "contract" / "answers"
OPERATIONS = {one.name: one for one in read_operations(Document(shipped_contract())) if not one.never}
BODIES = {name: json.loads((ANSWERS / f"{name}.json").read_text("utf-8")) for name in OPERATIONS}


def reply(request: Asked) -> Any:
    """The fullest answer of the operation whose path this is; those without parameters come first."""
    path = request.path.partition("?")[0].removeprefix("/api")
    for name in sorted(OPERATIONS, key=lambda name: OPERATIONS[name].path.count("{")):
        if re.fullmatch(re.sub(r"\{\w+\}", "[^/]+", OPERATIONS[name].path), path):
            return answer(200, max(BODIES[name], key=lambda body: len(json.dumps(body))))
    return answer(404, {"detail": "Not Found"})


def texts_in(value: Any) -> Iterator[str]:
    if isinstance(value, dict):
        for inner in value.values():
            yield from texts_in(inner)
    elif isinstance(value, list):
        for inner in value:
            yield from texts_in(inner)
    elif isinstance(value, str):
        yield value


def test_all_is_reached_and_nobody_s_words_are_recorded(tmp_path: Path) -> None:
    """From what needs no id to everything else; of all texts with a blank, an @, a dot or an id none is in the files."""
    recording = Recording(tmp_path / "answers")
    with Wire(reply) as wire, StationThis("sk_whole-contract-key", wire.base_url) as st:
        found = [look for look in looks(st, recording) if look.operation in OPERATIONS]
    assert {look.operation for look in found} == set(OPERATIONS)
    assert not [look for look in found if look.state in {FAILED, UNASKED}]
    assert recording.finish() == len(OPERATIONS)
    written = "".join(path.read_text("utf-8") for path in (tmp_path / "answers").iterdir())
    private = {
        text
        for body in BODIES.values()
        for text in texts_in(body)
        # Some answers are numbered as redacted ones are.
        if len(text) > 8
        and not text.startswith("00000000-")
        and re.search(r"[ @:.]|[0-9a-f]{4}-[0-9a-f]{4}", text)
    }
    assert len(private) > 100
    assert not [text for text in private if json.dumps(text, ensure_ascii=False)[1:-1] in written]
