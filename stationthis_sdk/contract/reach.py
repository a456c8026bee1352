"""Which operation can be asked next, and with which ids: those that earlier answers gave, by the contract's links. Pure."""

import re
from collections import deque
from collections.abc import Iterator, Mapping, Sequence
from typing import Any, Final

from stationthis_sdk.contract.document import MISSING, pointed
from stationthis_sdk.contract.operations import FEW, Operation

__all__ = ["Reach"]

TRIES: Final = 3
"""With how many ids an operation is tried before "nothing there" is its answer."""
_BODY: Final = "$response.body#"
_REQUEST: Final = re.compile(r"\$request\.(?:path|query)\.(\w+)")
_NOTHING: Final = "nothing there to ask about"


class Reach:
    """Operations in the order in which they can be asked, breadth first."""

    def __init__(self, operations: Sequence[Operation]) -> None:
        self._found: dict[str, list[dict[str, Any]]] = {}
        self._waiting = {one.name: one for one in operations if not one.never}
        self._linked = {link.target: one.name for one in reversed(operations) for link in one.links}
        self._heard: set[str] = set()
        self._ready: deque[Operation] = deque()
        for one in list(self._waiting.values()):
            self._offer(one, {})

    def __iter__(self) -> Iterator[tuple[Operation, list[dict[str, Any]]]]:
        """What to ask, with the parameters to try one after the other; ``heard`` brings more while it goes on."""
        while self._ready:
            operation = self._ready.popleft()
            yield operation, self._found[operation.name][:TRIES]

    def heard(self, operation: Operation, given: Mapping[str, Any], body: Any) -> None:
        """Take from an answer what other operations need."""
        self._heard.add(operation.name)
        for link in operation.links:
            target = self._waiting.get(link.target) or self._queued(link.target)
            if target is None:
                continue
            for index in range(FEW):
                told = {
                    name: _value(expression, given, body, index)
                    for name, expression in link.expressions.items()
                }
                self._offer(target, {name: value for name, value in told.items() if _is_usable(value)})

    def unreached(self) -> Iterator[tuple[Operation, str]]:
        """What could not be asked, and why."""
        for operation in self._waiting.values():
            missing = [one.name for one in operation.needed if one.example is MISSING]
            source = self._linked.get(operation.name)
            if source is None:
                yield operation, f"the contract does not say where {', '.join(missing)} comes from"
            elif source in self._heard:
                yield operation, f"{_NOTHING}: {source} told no {', '.join(missing)}"
            else:
                yield operation, f"{_NOTHING}: {source} gave no answer"

    def _queued(self, name: str) -> Operation | None:
        return next((one for one in self._ready if one.name == name), None)

    def _offer(self, operation: Operation, told: Mapping[str, Any]) -> None:
        given = {one.name: told.get(one.name, one.example) for one in operation.needed}
        if any(value is MISSING for value in given.values()):
            return
        found = self._found.setdefault(operation.name, [])
        if given not in found:
            found.append(given)
        if self._waiting.pop(operation.name, None) is not None:
            self._ready.append(operation)


def _value(expression: Any, given: Mapping[str, Any], body: Any, index: int) -> Any:
    """What a link's expression means for one of the first elements: ``/0/`` in it stands for any of them."""
    if not isinstance(expression, str) or not expression.startswith("$"):
        return expression
    if asked := _REQUEST.fullmatch(expression):
        return given.get(asked.group(1), MISSING)
    if not expression.startswith(_BODY):
        return MISSING
    pointer = expression.removeprefix(_BODY)
    return pointed(body, re.sub(r"/0(?=/|$)", f"/{index}", pointer, count=1))


def _is_usable(value: Any) -> bool:
    return (isinstance(value, str) and bool(value)) or (
        isinstance(value, int) and not isinstance(value, bool)
    )
