"""What editors and `?` tell of a deployment: each its own inputs."""

import functools
import inspect
import pydoc
from collections.abc import Iterator, Mapping
from typing import Any, Literal
from unittest import mock

import pytest
from hypothesis import given
from hypothesis import strategies as some
from IPython.core.completer import provisionalcompleter
from IPython.core.interactiveshell import InteractiveShell

from stationthis_sdk import (
    AsyncDeployment,
    AsyncStationThis,
    Deployment,
    InputField,
    InvalidInput,
    StationThis,
)
from stationthis_sdk.inputs.signatures import signature_of
from tests.fixtures import RunningGateway

HOSTILE = (
    "self", "inputs", "class", "__class__", "_x", "my prompt", 'a"b', "</script><script>alert(1)</script>", "a\nb", "", "é", "ﬁ",
    "名前", '"""', "\\", "x: int = __import__('os')", "\u202e", "\x1b[31m", "print", "None", "3d", "more",
)  # fmt: skip
NAMES = some.one_of(some.sampled_from(HOSTILE), some.text(max_size=12))
FIELDS = some.builds(
    InputField,
    name=NAMES,
    kind=some.sampled_from(
        ["text", "number", "integer", "boolean", "enum", "seed", "image", "images", "audio", "video", "file", "lora",
         "checkpoint", "of another world"]
    ),
    default=some.one_of(some.none(), some.text(max_size=9), some.integers(), some.floats(), some.booleans(),
                        some.lists(some.integers(), max_size=2)),
    minimum=some.one_of(some.none(), some.integers(), some.floats()),
    maximum=some.one_of(some.none(), some.integers(), some.floats()),
    step=some.one_of(some.none(), some.integers(), some.floats()),
    options=some.one_of(some.none(), some.lists(NAMES, max_size=4).map(tuple)),
    label=NAMES,
    description=some.one_of(NAMES, some.text(max_size=40)),
    required=some.booleans(),
)  # fmt: skip


def external(kind: str, name: str, default: Any = "") -> dict[str, Any]:
    """A node that takes an input."""
    inputs = {"input_id": name, "default_value": default, "display_name": "", "description": ""}
    return {"class_type": f"ComfyUIDeployExternal{kind}", "inputs": inputs}


@pytest.fixture
def odd(gateway: RunningGateway, st: StationThis) -> Iterator[Deployment]:
    """A deployment whose author called inputs whatever came to mind."""
    graph = {str(place): external("Text", name) for place, name in enumerate(one for one in HOSTILE if one)}
    graph["out"] = {
        "class_type": "ComfyDeployOutputText",
        "inputs": {"text": ["0", 0], "filename_prefix": "x", "file_type": "txt"},
    }
    gateway.deploy("odd <b>names</b>\n", graph)
    yield st.deployments.get("odd <b>names</b>\n", refresh=True)
    st.workflows.get("odd <b>names</b>\n").delete()


@pytest.fixture
def shell() -> Iterator[InteractiveShell]:
    """IPython's own shell, which is gone afterwards."""
    yield InteractiveShell.instance()
    InteractiveShell.clear_instance()


async def test_a_deployment_tells_its_inputs(ast: AsyncStationThis, st: StationThis) -> None:
    """As a signature and as text; both colours alike, and with options as without."""
    drawing = await ast.deployments.get("text-to-picture")
    told = inspect.signature(drawing)
    assert list(told.parameters) == list(drawing.inputs)
    assert {one.kind for one in told.parameters.values()} == {inspect.Parameter.KEYWORD_ONLY}
    assert (told.parameters["steps"].default, told.parameters["steps"].annotation) == (20, int)
    assert told.parameters["seed"].annotation == int | None
    assert told.parameters["style"].annotation == Literal[drawing.inputs["style"].options]
    assert "steps   integer, 1–60, 20 by default" in str(drawing.__doc__)
    assert inspect.signature(drawing.options(timeout=3)) == told


def test_both_colours_tell_the_same(st: StationThis) -> None:
    """The plain one has it from the same place; what must be given has no default."""
    drawing = st.deployments["picture-to-picture"]
    told = inspect.signature(drawing)
    assert told == inspect.signature(drawing._inner)
    assert drawing.__doc__ == drawing._inner.__doc__
    assert told.parameters["input_image"].default is inspect.Parameter.empty
    told.bind(input_image="x.png", strength=0.4)
    with pytest.raises(TypeError, match="strenght"):
        told.bind(input_image="x.png", strenght=0.4)


@pytest.mark.parametrize("kind", [Deployment, AsyncDeployment])
def test_the_class_is_documented_as_ever(kind: type) -> None:
    """Its docstring and signature are its own, for help and for Sphinx."""
    assert isinstance(kind.__doc__, str)
    assert kind.__doc__.startswith("A workflow made ready to run on a machine.")
    assert not hasattr(kind, "__signature__")
    assert "inputs" in inspect.signature(kind.__call__).parameters  # type: ignore[operator]
    assert callable(inspect.signature(kind).bind)
    assert "A workflow made ready to run on a machine." in pydoc.plain(pydoc.render_doc(kind))

    class Mine(kind):  # type: ignore[misc,valid-type]
        """My own."""

    assert Mine.__doc__ == "My own."


def test_what_looks_at_callables_is_not_put_off(st: StationThis) -> None:
    """Mocks, partials, wrappers."""
    drawing = st.deployments["text-to-picture"]
    assert callable(drawing)
    stand_in = mock.create_autospec(drawing)
    stand_in(prompt="a fox")
    stand_in.assert_called_once_with(prompt="a fox")
    assert isinstance(mock.Mock(spec=Deployment), Deployment)
    partial = functools.partial(drawing, steps=3)
    assert inspect.signature(partial).parameters["steps"].default == 3
    assert "Inputs:" in str(functools.wraps(drawing)(lambda: None).__doc__)
    assert inspect.signature(drawing.submit).parameters.keys() == {"inputs", "more"}


def test_ipython_tells_the_inputs(st: StationThis, shell: InteractiveShell) -> None:
    """`portrait?`, Shift-Tab and Tab within the call."""
    shell.user_ns["portrait"] = st.deployments["text-to-picture"]
    seen = shell.inspector.info(shell.user_ns["portrait"], "portrait")
    assert "steps: int = 20" in seen["definition"]
    assert "steps   integer, 1–60, 20 by default" in seen["docstring"]
    tooltip = shell.object_inspect_mime("portrait")["text/plain"]
    assert "steps" in tooltip
    assert "1–60" in tooltip
    with provisionalcompleter():
        for line, wanted in (
            ("portrait(", "prompt="),
            ("portrait(prompt='x', st", "steps="),
            ("portrait(wi", "width="),
            ("portrait.map(rows, bud", "budget="),
            ("portrait.estimate(rows, conc", "concurrency="),
        ):
            found = {one.text for one in shell.Completer.completions(line, len(line))}
            assert wanted in found, (line, found)


def test_names_that_are_no_keywords_are_listed(odd: Deployment, shell: InteractiveShell) -> None:
    """They can't be parameters, so a mapping comes first; the text has them in quotes, on lines of their own."""
    told = inspect.signature(odd)
    assert told.parameters["inputs_"].kind is inspect.Parameter.POSITIONAL_ONLY
    assert {"self", "é", "名前", "more", "print"} <= set(told.parameters)
    assert not {"class", "__class__", "my prompt", "ﬁ", "None"} & set(told.parameters)
    text = str(odd.__doc__)
    assert len(text.partition("Inputs:\n")[2].partition("\n\n")[0].splitlines()) == len(odd.inputs)
    assert "    'my prompt'" in text
    assert "give a mapping first" in text
    assert "\x1b" not in text
    assert "\u202e" not in text
    shell.user_ns["odd"] = odd
    assert "mapping first" in shell.object_inspect_mime("odd")["text/plain"]
    with pytest.raises(InvalidInput, match="nope"):
        odd(nope=1)


@given(some.lists(FIELDS, unique_by=lambda field: field.name))
def test_any_inputs_make_a_signature(fields: list[InputField]) -> None:
    """Whatever their names: those that can be keywords are, and the others have the mapping."""
    named: Mapping[str, InputField] = {field.name: field for field in fields}
    told = signature_of(named)
    assert str(told).startswith("(")
    keywords = [one for one in told.parameters.values() if one.kind is inspect.Parameter.KEYWORD_ONLY]
    first = [one for one in told.parameters.values() if one.kind is inspect.Parameter.POSITIONAL_ONLY]
    assert bool(first) == (len(keywords) < len(named))
    assert {one.name for one in keywords} <= set(named)
    told.bind(*[{}] * len(first), **dict.fromkeys((one.name for one in keywords), 1))
