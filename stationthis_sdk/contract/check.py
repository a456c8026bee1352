"""The service's read operations, one after the other: asked, compared, and recorded if that is wanted.

Nothing is changed on the service and no run is started: every request is a GET.
"""

from collections.abc import Iterator, Mapping, Sequence
from typing import TYPE_CHECKING, Any, Final

import attrs

from stationthis_sdk.api.contract import shipped_contract
from stationthis_sdk.contract.compare import NEW, VIOLATION, Difference, compare
from stationthis_sdk.contract.document import Document
from stationthis_sdk.contract.operations import Operation, read_operations
from stationthis_sdk.contract.reach import Reach
from stationthis_sdk.contract.redact import Redactor
from stationthis_sdk.errors import (
    AuthError,
    ConnectionFailed,
    ConnectionLost,
    InvalidInput,
    NotFound,
    StationThisError,
    TimedOut,
)

if TYPE_CHECKING:
    from stationthis_sdk import StationThis
    from stationthis_sdk.contract.record import Recording

__all__ = ["DIFFERS", "FAILED", "FINE", "NEW", "NEWS", "UNASKED", "VIOLATION", "Look", "looks"]

FINE: Final = "ok"
NEWS: Final = "new fields"
DIFFERS: Final = "differs"
FAILED: Final = "no answer"
UNASKED: Final = "not asked"

# So many time limits in a row, and the rest is not waited for.
_HANGING: Final = 3
# What stands before the service may answer these to anything.
_ANYWHERE: Final = frozenset({429, *range(500, 600)})
# The framework's own words for a path that no handler has.
_NO_ROUTE: Final = ": Not Found."


@attrs.frozen
class Look:
    """What came of one operation. ``reason`` says why there was nothing to compare."""

    operation: str
    path: str
    state: str
    reason: str = ""
    status: int | None = None
    differences: Sequence[Difference] = ()
    absent: Sequence[str] = ()


def looks(
    st: "StationThis", recording: "Recording | None" = None, contract: Mapping[str, Any] | None = None
) -> Iterator[Look]:
    """Ask all read operations of the contract and tell of each; what is recorded is the caller's to finish.

    Raises:
        AuthError: the key is not accepted by the first that answers; later 401s are about one operation.
        ConnectionFailed: nobody answers.
        TimedOut: no connection stood in time.
    """
    document = Document(shipped_contract() if contract is None else contract)
    redactor = Redactor(document, [st.settings.api_key.reveal()])
    operations = read_operations(document)
    reach = Reach(operations)
    hanging = 0
    accepted = False
    for operation, several in reach:
        if hanging == _HANGING:
            yield Look(
                operation.name, operation.path, UNASKED, f"the {_HANGING} before had no answer in time"
            )
            continue
        look = Look(operation.name, operation.path, FAILED)
        for given in several:
            try:
                status, body = _ask(st, operation, given)
            except StationThisError as error:
                if _ends_all(error, accepted=accepted):
                    raise
                hanging = hanging + 1 if isinstance(error, TimedOut) else 0
                look = _refused(operation, error)
                if isinstance(error, InvalidInput) or (
                    look.state == FAILED and look.status in {400, 404, 422}
                ):
                    continue
                break
            hanging, accepted = 0, True
            look = _compared(document, operation, status, body)
            reach.heard(operation, given, body)
            if recording is not None:
                request = _redacted_request(redactor, operation, given)
                recording.add(operation.name, request, status, redactor.body(body, operation.answer))
            break
        yield look
    for operation, reason in reach.unreached():
        yield Look(operation.name, operation.path, UNASKED, reason)
    for operation in operations:
        if operation.never:
            yield Look(operation.name, operation.path, UNASKED, f"never asked: {operation.never}")


def _ends_all(error: StationThisError, *, accepted: bool) -> bool:
    """Whether asking the next operation can't help: a wrong key, nobody there."""
    if isinstance(error, AuthError):
        return not accepted
    return isinstance(error, ConnectionFailed) or (isinstance(error, TimedOut) and error.phase == "connect")


def _ask(st: "StationThis", operation: Operation, given: Mapping[str, Any]) -> tuple[int, Any]:
    path, query = operation.request(given)
    body = st.request("GET", path, params=query)
    return st.last_requests[-1].status or 0, body


def _compared(document: Document, operation: Operation, status: int, body: Any) -> Look:
    found = compare(document, operation.answer, body)
    differences = list(found.differences)
    if str(status) not in operation.statuses:
        differences.insert(0, Difference("", VIOLATION, f"status {status}, which the contract does not name"))
    kinds = {one.kind for one in differences}
    state = DIFFERS if VIOLATION in kinds else NEWS if NEW in kinds else FINE
    return Look(operation.name, operation.path, state, "", status, differences, found.absent)


def _refused(operation: Operation, error: StationThisError) -> Look:
    """What an answer means that is none to compare. What the service said may name anything: it is not shown."""
    status = error.request.status if error.request is not None else None
    look = Look(operation.name, operation.path, FAILED, status=status)
    if isinstance(error, InvalidInput):
        return attrs.evolve(look, state=UNASKED, reason="an id of the service can't stand in a path")
    if status is None or isinstance(error, TimedOut | ConnectionLost):
        return attrs.evolve(look, status=None, reason=type(error).__name__)
    if status == 405 or (isinstance(error, NotFound) and error.message.endswith(_NO_ROUTE)):
        return attrs.evolve(look, state=UNASKED, reason="not served here")
    if 200 <= status < 300:
        difference = Difference("", VIOLATION, "an answer that can't be read as JSON")
    elif str(status) in operation.statuses or status in _ANYWHERE:
        return attrs.evolve(look, reason=f"answered {status}")
    else:
        difference = Difference("", VIOLATION, f"status {status}, which the contract does not name")
    return attrs.evolve(look, state=DIFFERS, differences=[difference])


def _redacted_request(redactor: Redactor, operation: Operation, given: Mapping[str, Any]) -> dict[str, Any]:
    """The request as it may be published; the contract's own examples are nobody's."""
    examples = {one.name: one.example for one in operation.needed}
    told = {
        name: value if value == examples[name] else redactor.reference(value) for name, value in given.items()
    }
    path, query = operation.request(told)
    return {"method": "GET", "path": path, "params": query}
