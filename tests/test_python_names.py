"""What deployments are called in Python."""

import keyword
import unicodedata

import attrs
import pytest
from hypothesis import given
from hypothesis import strategies as some

from stationthis_sdk.entities import DeploymentRecord
from stationthis_sdk.python_names import class_names, names_of, python_name
from tests.inputs.test_signatures import NAMES


@attrs.frozen
class One:
    """Something deployed."""

    record: DeploymentRecord


def one(name: str, environment: str = "production", workflow: str | None = None) -> One:
    """A deployment of the workflow of that name."""
    workflow = workflow or f"of {name}"
    return One(DeploymentRecord(f"{workflow} in {environment}", name, environment, workflow))


def is_a_name(text: str) -> bool:
    """Whether Python reads it as one name, and as this one."""
    return text.isidentifier() and not keyword.iskeyword(text) and unicodedata.normalize("NFKC", text) == text


@pytest.mark.parametrize(
    ("name", "python"),
    [
        ("text-to-picture", "text_to_picture"),
        ("Text to  Picture", "text_to_picture"),
        ("ﬁne Größe", "fine_grösse"),
        ("名前", "名前"),
        ("3D", "deployment_3d"),
        ("import", "import_"),
        ("__path__", "path"),
        ("../../etc/passwd", "etc_passwd"),
        ("<script>", "script"),
        ("🦊", "deployment"),
        ("", "deployment"),
    ],
)
def test_names_are_as_python_writes_them(name: str, python: str) -> None:
    """Small letters and underscores, and never what Python means something else by."""
    assert python_name(name) == python


@given(some.lists(some.one_of(NAMES, some.text(), some.sampled_from("AaBb_-")), unique=True))
def test_no_two_have_one_name(names: list[str]) -> None:
    """Whatever people call workflows: each has a name of its own, classes too, and no file leads elsewhere."""
    told = names_of(map(one, names))
    assert sorted(found.record.name for found in told.found.values()) == sorted(names)
    classes = class_names(told.found)
    everything = [*told.found, *classes.values()]
    assert len(set(everything)) == len(everything)
    assert all(is_a_name(text) and not text.startswith("_") for text in everything)
    assert all(len(text.encode()) < 250 for text in everything)
    assert not set(told.shared) & set(told.found)


@given(some.lists(NAMES, unique=True, min_size=1), NAMES)
def test_no_name_becomes_another_deployments(names: list[str], new: str) -> None:
    """When a deployment comes, names go on meaning what they meant, or mean nothing any more."""
    before, after = names_of(map(one, names)).found, names_of(map(one, {*names, new})).found
    assert all(
        python not in after or after[python].record.name == found.record.name
        for python, found in before.items()
    )


def test_names_that_would_be_the_same_are_told_apart() -> None:
    """By an ending made from the name; the plain one is nobody's."""
    told = names_of([one("a b"), one("a-b"), one("c")])
    assert set(told.shared) == {"a_b"}
    assert set(told.shared["a_b"]) == set(told.found) - {"c"}
    assert {found.record.name for found in told.found.values()} == {"a b", "a-b", "c"}


def test_of_environments_production_comes_first() -> None:
    """As `st.deployments` has it; two workflows of one name have none."""
    told = names_of(
        [one("a", "preview"), one("a", "staging"), one("b", "staging"), one("b", workflow="other")]
    )
    assert {python: found.record.environment for python, found in told.found.items()} == {"a": "staging"}
    assert told.shared == {"b": ("of b in staging", "other in production")}
