"""The second half of every generated module: whatever object the service answers is read, and nothing of it is lost."""

import copy
from collections.abc import Iterator
from typing import Any

import httpx
from comfydeploy_client import Client
from hypothesis import given, settings
from hypothesis import strategies as st

JSON = st.recursive(
    st.none()
    | st.booleans()
    | st.integers()
    | st.floats(allow_nan=False, allow_infinity=False)
    | st.text(max_size=6),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=6), inner, max_size=3),
    max_leaves=6,
)

GONE = object()
CLIENT = Client(base_url="http://127.0.0.1")


def parse(operation: Any, body: Any) -> Any:
    """What the generated parser makes of this body in a successful answer."""
    return operation.module._parse_response(client=CLIENT, response=httpx.Response(200, json=body))


def said(parsed: Any) -> Any:
    """The answer again, from what was parsed."""
    return [item.to_dict() for item in parsed] if isinstance(parsed, list) else parsed.to_dict()


def places_in(value: Any, place: tuple[Any, ...] = ()) -> Iterator[tuple[Any, ...]]:
    """The way to everything an answer holds, and from each object to a field it has not."""
    if place:
        yield place
    if isinstance(value, dict):
        yield (*place, "x-unknown")
    inner = value.items() if isinstance(value, dict) else enumerate(value) if isinstance(value, list) else ()
    for key, held in inner:
        yield from places_in(held, (*place, key))


@st.composite
def spoiled(draw: st.DrawFn, operation: Any) -> Any:
    """An answer with fields missing, null, of other kinds, and unknown ones, at any depth."""
    answer = copy.deepcopy(draw(st.sampled_from(operation.answers)))
    # The objects that are asked for, and their few required fields, are all that is promised.
    promised = 1 if isinstance(answer, list) else 0
    required = operation.required
    places = [place for place in places_in(answer) if len(place) > promised]
    changes = st.tuples(st.sampled_from(places), st.just(GONE) | JSON) if places else st.nothing()
    for (*way, last), new in draw(st.lists(changes, max_size=6)) if places else ():
        holder = answer
        for step in way:
            holder = holder[step] if _has(holder, step) else None
        if new is not GONE and (_has(holder, last) or (isinstance(holder, dict) and isinstance(last, str))):
            holder[last] = new
        elif new is GONE and _has(holder, last) and not (len(way) == promised and last in required):
            del holder[last]
    return answer


def _has(holder: Any, step: Any) -> bool:
    if isinstance(holder, dict):
        return step in holder
    return isinstance(holder, list) and isinstance(step, int) and step < len(holder)


def test_known_shapes_are_read(json_operation):
    """Answers in the shapes the service gives are read, and say the same again."""
    for answer in json_operation.answers:
        assert said(parse(json_operation, answer)) == answer


def test_a_parsed_answer_is_of_the_declared_class(json_operation):
    """An object becomes the class its schema is named for, an array a list of them."""
    for answer in json_operation.answers:
        parsed = parse(json_operation, answer)
        assert isinstance(parsed, list) == isinstance(answer, list)
        kinds = {type(item).__name__ for item in (parsed if isinstance(parsed, list) else [parsed])}
        assert kinds <= {json_operation.answered}


@settings(max_examples=25, deadline=None)
@given(data=st.data())
def test_spoiled_answers_are_read(json_operation, data):
    """With its few required fields there, any object is read without an error and without loss."""
    answer = data.draw(spoiled(json_operation))
    assert said(parse(json_operation, answer)) == answer


@settings(max_examples=15, deadline=None)
@given(data=st.data())
def test_bare_answers_are_read(json_operation, data):
    """The required fields alone are enough, whatever else comes with them."""
    bare = data.draw(st.dictionaries(st.text(max_size=6), JSON, max_size=3))
    bare |= dict.fromkeys(json_operation.required, "7f1c")
    answer = [bare] if isinstance(json_operation.answers[0], list) else bare
    assert said(parse(json_operation, answer)) == answer


def test_outputs_of_odd_kinds_come_through(operations):
    """An output may hold an object, a list, a text or null; one that is no object leaves its neighbours readable."""
    get = next(operation for operation in operations if operation.name == "runs_get")
    kinds = [{"images": [{"url": "u"}]}, {"error": {"message": "m"}}, [1, None], "text", None, 3]
    outputs = [{"id": "o", "data": data} for data in kinds]
    run = parse(get, {"id": "r", "outputs": [*outputs, None, "no object"]})
    assert [output.data for output in run.outputs[:-2]] == kinds
    assert run.outputs[-2:] == [None, "no object"]


def test_streams_are_read_as_text(operations):
    """Event streams are left to the caller: the parser gives back their text."""
    streams = [operation for operation in operations if "stream" in operation.name]
    assert len(streams) == 4
    for operation in streams:
        events = httpx.Response(
            200, text="event: event_update\ndata: {}\n\n", headers={"content-type": "text/event-stream"}
        )
        assert operation.module._parse_response(client=CLIENT, response=events) == events.text
