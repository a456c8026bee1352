"""deviations.yaml: what it may say, how it is laid over the contract, and what in it says nothing."""

import copy
import json
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st
from ruamel.yaml import YAML

from drift.known import Deviation, Known, merge, read_known, superfluous
from drift.roundtrip import dump, load
from drift.source import DriftError
from tests.contract.documents import document

OPENAPI = Path(__file__).parents[2] / "openapi"
CONTRACT = document("comfydeploy.yaml")
VALUES = st.recursive(
    st.none() | st.booleans() | st.integers() | st.text(max_size=3),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.sampled_from("abcd"), inner, max_size=3),
    max_leaves=10,
)


def known(*patches):
    """Deviations with these patches."""
    return Known({}, tuple(Deviation("because", patch) for patch in patches))


def schema(name, patch):
    """A patch of one schema."""
    return {"components": {"schemas": {name: patch}}}


@pytest.mark.parametrize(
    ("target", "patch", "result"),
    [
        ({"a": "b"}, {"a": "c"}, {"a": "c"}),
        ({"a": "b"}, {"b": "c"}, {"a": "b", "b": "c"}),
        ({"a": "b"}, {"a": None}, {}),
        ({"a": "b", "b": "c"}, {"a": None}, {"b": "c"}),
        ({"a": ["b"]}, {"a": "c"}, {"a": "c"}),
        ({"a": "c"}, {"a": ["b"]}, {"a": ["b"]}),
        ({"a": {"b": "c"}}, {"a": {"b": "d", "c": None}}, {"a": {"b": "d"}}),
        ({"a": [{"b": "c"}]}, {"a": [1]}, {"a": [1]}),
        (["a", "b"], ["c", "d"], ["c", "d"]),
        ({"a": "b"}, ["c"], ["c"]),
        ({"a": "foo"}, None, None),
        ({"a": "foo"}, "bar", "bar"),
        ({"e": None}, {"a": 1}, {"e": None, "a": 1}),
        ([1, 2], {"a": "b", "c": None}, {"a": "b"}),
        ({}, {"a": {"bb": {"ccc": None}}}, {"a": {"bb": {}}}),
    ],
)
def test_patches_are_those_of_the_rfc(target, patch, result):
    """The examples of RFC 7396 come out as it says, and what is patched stays as it was."""
    before = copy.deepcopy(target)
    assert merge(target, patch) == result
    assert target == before


@given(target=VALUES, patch=VALUES)
def test_a_patch_is_laid_over_once(target, patch):
    """Laying the same patch over again changes nothing."""
    once = merge(target, patch)
    assert merge(once, patch) == once


def test_parameters_are_patched_by_name():
    """A mapping of names changes, adds and takes away parameters of a list; a list replaces it."""
    target = {"parameters": [{"name": "a", "in": "query", "schema": {"type": "string"}}, {"name": "b"}]}
    patch = {"parameters": {"a": {"schema": {"default": "x"}}, "b": None, "c": {"in": "query"}}}
    assert merge(target, patch) == {
        "parameters": [
            {"name": "a", "in": "query", "schema": {"type": "string", "default": "x"}},
            {"name": "c", "in": "query"},
        ]
    }
    assert merge(target, {"parameters": []}) == {"parameters": []}


def test_a_shared_place_is_patched_alone():
    """What YAML shares by an alias is changed only where the patch says so."""
    shared = {"type": "string"}
    patched = merge({"a": {"x": shared}, "b": {"x": shared}}, {"a": {"x": {"format": "uuid"}}})
    assert patched == {"a": {"x": {"type": "string", "format": "uuid"}}, "b": {"x": {"type": "string"}}}


@pytest.mark.parametrize(
    ("document", "complaint"),
    [
        ([], "a mapping of not_kept and deviations is needed"),
        ({"deviation": []}, "a mapping of not_kept and deviations is needed"),
        ({"deviations": {}}, "deviations is a list"),
        ({"deviations": ["x"]}, "deviations[0]: a mapping is needed"),
        ({"deviations": [{"vendor": {}}]}, "deviations[0]: reason is missing"),
        (
            {"deviations": [{"reason": "r", "vender": {}}]},
            "deviations[0]: vender is not among id, reason, vendor",
        ),
        ({"deviations": [{"reason": "r", "vendor": []}]}, "deviations[0]: vendor is a merge patch"),
        (
            {"not_kept": [{"reason": "r", "operations": ["/a"]}]},
            "not_kept[0]: operations is a list of `METHOD",
        ),
        ({"not_kept": [{"reason": "r", "operations": ["get /a"]}]}, "not_kept[0]: operations is a list of"),
        ({"not_kept": [{"reason": "r", "operations": ["GET /a", "GET /a"]}]}, "GET /a is there twice"),
    ],
)
def test_what_makes_no_sense_is_refused(document, complaint):
    """Whatever is wrong is one line that names the file and the place."""
    with pytest.raises(DriftError) as refused:
        read_known(document, "deviations.yaml")
    assert str(refused.value).startswith("deviations.yaml: ")
    assert complaint in str(refused.value)
    assert "\n" not in str(refused.value)


@pytest.mark.parametrize(
    ("patch", "complaint"),
    [
        (
            schema("Run", {"properties": {"id": {"type": "string"}}}),
            "Run/properties/id/type: changes nothing",
        ),
        (schema("Run", {"properties": {"stauts": {"format": "uuid"}}}), "stauts: no such field, and no type"),
        (schema("Run", {"properties": {"stauts": None}}), "stauts: nothing to take away is there"),
        (schema("Run", {"properties": {}}), "Run/properties: changes nothing"),
        (schema("Rnu", {"type": "string"}), "components/schemas/Rnu: nothing of the baseline refers to it"),
        ({"path": {}}, "path: the contract has no such place"),
        ({"paths": {"/rnu": {"get": {}}}}, "paths//rnu: the contract has no such place"),
        ({"paths": {"/machines": {"put": {}}}}, "paths//machines/put: the contract has no such place"),
        (
            {"paths": {"/machines": {"get": {"parameters": {"pag": None}}}}},
            "/machines/get/parameters/pag: nothing to take away is there",
        ),
        (
            {"paths": {"/machines": {"get": {"parameters": {"limit": {"in": "query"}}}}}},
            "/machines/get/parameters/limit/in: changes nothing",
        ),
    ],
)
def test_superfluous_patches_are_found(patch, complaint):
    """A patch that changes nothing, or a place that isn't there, is told with its place."""
    assert any(complaint in line for line in superfluous(CONTRACT, known(patch)))


def test_patches_that_say_something_are_not_found():
    """Fields, schemas and parameters that only the vendor has are added, what only we have is taken away."""
    assert not superfluous(
        CONTRACT,
        known(
            schema(
                "Run",
                {"required": ["id", "status"], "properties": {"cost": {"$ref": "#/components/schemas/New"}}},
            ),
            schema("New", {"type": "object"}),
            schema("Run", {"properties": {"progress": None}}),
            {"paths": {"/machines": {"get": {"parameters": {"page": {"in": "query"}, "limit": None}}}}},
        ),
    )


def test_an_operation_is_kept_or_not():
    """An operation can't be in the contract and in not_kept."""
    assert superfluous(CONTRACT, Known({"GET /machines": "r"}, ())) == [
        "not_kept: GET /machines is in the contract"
    ]


def test_our_deviations_all_say_something():
    """Each patch of deviations.yaml changes the contract, and what it adds is used."""
    deviations = document("deviations.yaml")
    assert superfluous(CONTRACT, read_known(deviations, "deviations.yaml")) == []


@pytest.mark.parametrize("name", ["comfydeploy.yaml", "deviations.yaml"])
def test_our_files_can_be_entered_into(name):
    """Both files come out of a round trip byte for byte, so that --write changes only what it enters."""
    path = OPENAPI / name
    assert dump(load(path)) == path.read_text("utf-8")


def test_a_file_that_would_be_rewritten_is_refused(tmp_path):
    """Where the round trip would change a line, nothing is entered, and the line is named."""
    path = tmp_path / "contract.yaml"
    path.write_text("a: 1\nb: {c:   2}\n")
    with pytest.raises(DriftError, match=r"contract\.yaml:2 "):
        load(path)


def test_what_is_read_is_json(tmp_path):
    """JSON is YAML: the deviations may be either."""
    path = tmp_path / "deviations.json"
    path.write_text(json.dumps({"deviations": [{"reason": "r"}]}))
    assert read_known(YAML(typ="safe").load(path), path.name).deviations[0].vendor == {}
