"""The code: read back by Python it sends the same inputs, whatever they are."""

import ast
import math
from pathlib import Path
from typing import Any

from hypothesis import example, given
from hypothesis import strategies as some

from stationthis_sdk import Timeouts
from stationthis_sdk.notebook.studio.code import Named, call_of, literal
from tests.notebook.safe import HOSTILE

texts = some.text(some.characters()) | some.sampled_from(HOSTILE)
values = some.recursive(
    some.none()
    | some.booleans()
    | some.integers()
    | some.floats()
    | texts
    | some.just(2**200)
    | some.builds(pow, some.just(10), some.just(5000)),
    lambda inner: (
        some.lists(inner, max_size=3) | some.dictionaries(texts, inner, max_size=3) | some.tuples(inner)
    ),
    max_leaves=6,
)
names = texts.filter(bool) | some.sampled_from(
    ["prompt", "class", "None", "__debug__", "self", "inputs", "ﬁne", "a b"]
)


class Deployment:
    """Notes what it is called with."""

    def __init__(self) -> None:
        self.called: dict[str, Any] = {}
        self.with_options: dict[str, Any] = {}

    def __call__(self, inputs: Any = None, /, **more: Any) -> str:
        self.called = {**(inputs or {}), **more}
        return "a run"

    def options(self, **options: Any) -> "Deployment":
        self.with_options = options
        return self


def executed(code: str, **names: Any) -> Deployment:
    """Run it with the deployment in hand."""
    deployment = Deployment()
    scope = {"st": {"x": deployment}, **names}
    exec(compile(code, "studio", "exec"), scope)
    assert scope["run"] == "a run"
    return deployment


def same(one: Any, other: Any) -> bool:
    """Equal, of the same types, and nan is nan."""
    if type(one) is not type(other):
        return False
    if isinstance(one, float):
        return one == other or (math.isnan(one) and math.isnan(other))
    if isinstance(one, list | tuple):
        return len(one) == len(other) and all(map(same, one, other))
    if isinstance(one, dict):
        return list(one) == list(other) and all(same(one[key], other[key]) for key in one)
    return bool(one == other)


@given(some.dictionaries(names, values, max_size=4))
@example({"prompt": "say \"no\"\nand 'yes'", "seed": 2**64 - 1, "cfg": 0.1, "list": [None, "'"]})
@example({"ﬁne": 1, "fine": 2, "class": 3})
def test_read_back_it_is_the_same(inputs: dict[str, Any]) -> None:
    """It is one statement, and its call gets the same names and values, of the same types."""
    code = call_of('st["x"]', inputs)
    assert len(ast.parse(code).body) == 1
    called = executed(code).called
    assert set(called) == set(inputs)
    assert all(same(called[name], value) for name, value in inputs.items())
    code.encode()  # it can be shown


@given(some.dictionaries(names, values, max_size=2))
def test_the_asynchronous_call_is_the_same(inputs: dict[str, Any]) -> None:
    """With await, which needs a cell or a coroutine, it has the same inputs."""
    code = call_of("st.deployments[0]", inputs, awaited=True)
    [statement] = compile(code, "x", "exec", ast.PyCF_ONLY_AST | ast.PyCF_ALLOW_TOP_LEVEL_AWAIT).body
    assert isinstance(statement.value, ast.Await)
    assert isinstance(statement.value.value.func, ast.Await)


@given(texts, texts)
def test_what_is_no_literal_is_named(name: str, told: str) -> None:
    """A placeholder stands in the call, and a comment that nothing leaves says what has to be there."""
    code = call_of('st["x"]', {name: Named("picture", told)})
    assert [line[:2] for line in code.splitlines()][:2] == ["# ", "ru"]
    assert executed(code, picture=7).called == {name: 7}


def test_pictures_and_paths() -> None:
    """A path is its text; an object is a name of its own, within a list as well."""
    thing = object()
    code = call_of(
        'st["x"]', {"photo": Path("a b.png"), "face": thing, "many": [Named("one", "first"), "b.png"]}
    )
    assert executed(code, face=thing, one=1).called == {
        "photo": "a b.png",
        "face": thing,
        "many": [1, "b.png"],
    }
    assert "# face: the object that the form was given" in code


def test_options_are_in_it() -> None:
    """What the deployment is run with is part of the call, time limits by phase included."""
    options = {"timeout": Timeouts(queue=5.0, total=None), "gpu": "T4", "tags": ["a", "b"]}
    made = executed(call_of('st["x"]', {"seed": 1}, options=options), Timeouts=Timeouts)
    assert made.with_options == options


def test_long_calls_have_lines() -> None:
    """One line where it fits, else one an argument."""
    assert call_of('st["x"]', {"prompt": "short"}).count("\n") == 0
    assert call_of('st["x"]', {"prompt": "long " * 30, "seed": 1}).count("\n") == 3
    assert literal("it's") == '"it\'s"'
