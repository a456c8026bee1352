"""scripts/regenerate_client.py: what it writes, and that it changes nothing when it can't."""

import subprocess
import sys
from importlib import metadata

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

WORDS = st.sampled_from(
    ["get", "post", "$ref", "tags", "schemas", "operationId", "responses", "#/components/a", "a"]
)
JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | WORDS,
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(WORDS, inner, max_size=3),
    max_leaves=8,
)
OLD = "the package that was there\n"


@pytest.fixture
def target(tmp_path):
    """An old package, with one file."""
    folder = tmp_path / "comfydeploy_client"
    folder.mkdir()
    folder.joinpath("old.py").write_text(OLD)
    return folder


def contract_with(tmp_path, root, *changes):
    """A copy of the contract with these texts replaced, each of which must be there."""
    text = root.joinpath("openapi", "comfydeploy.yaml").read_text("utf-8")
    for before, after in changes:
        assert before in text
        text = text.replace(before, after, 1)
    path = tmp_path / "contract.yaml"
    path.write_text(text, "utf-8")
    return path


def assert_untouched(target, beside):
    """The old package is as it was, and nothing was left beside it."""
    assert [path.name for path in target.iterdir()] == ["old.py"]
    assert target.joinpath("old.py").read_text() == OLD
    assert sorted(path.name for path in target.parent.iterdir()) == sorted([target.name, *beside])


def test_it_writes_what_is_committed(script, target, root, capsys):
    """From the contract comes the committed package, byte for byte, in place of the old one, and one line."""
    assert script.main([f"--target={target}"]) == 0
    assert script.differences(root / "generated_client" / "comfydeploy_client", target) == []
    assert [path.name for path in target.parent.iterdir()] == [target.name]
    said = capsys.readouterr()
    assert (said.out.count("\n"), said.err) == (1, "")


@pytest.mark.slow
def test_twice_is_the_same(script, tmp_path):
    """A second run writes the same bytes, and a third that only compares agrees and leaves nothing behind."""
    first, second = tmp_path / "first", tmp_path / "second"
    for target in (first, second, second):
        assert script.main([f"--target={target}"]) == 0
    assert script.differences(first, second) == []
    assert script.main(["--check", f"--target={second}"]) == 0
    assert sorted(path.name for path in tmp_path.iterdir()) == ["first", "second"]
    assert not [path for path in second.rglob("*") if path.name in script.CACHES]


@pytest.mark.slow
def test_check_names_what_differs(script, target, capsys):
    """With --check a package that is not the contract's is left alone, and its differing files are listed."""
    assert script.main(["--check", f"--target={target}"]) == 1
    said = capsys.readouterr()
    assert said.out == ""
    assert "\n  old.py\n" in said.err
    assert "\n  models/run.py\n" in said.err
    assert_untouched(target, [])


@pytest.mark.parametrize(
    ("changes", "complaint"),
    [
        ([("openapi: 3.1.0", "openapi: [3.1.0")], "broken YAML"),
        ([("paths:\n", "paths:\n  /deployments: {}\n")], "duplicate key"),
        ([("operationId: runs_get\n", "operationId: runs_cancel\n")], "runs_cancel is given 2 times"),
        ([("      operationId: runs_get\n", "")], "GET /run/{run_id}: operationId is missing"),
        ([("      x-vendor: GET /machines\n", "")], "GET /machines: x-vendor is missing"),
        (
            [("      description: By its id, not by its number.\n", "")],
            "{version_id}: description is missing",
        ),
        ([("tags: [files]", "tags: [files, runs]")], "POST /file/upload: exactly one tag"),
        ([("tags: [files]", "tags: []")], "POST /file/upload: exactly one tag"),
        (
            [("          description: One page of machines.\n", "")],
            "no valid OpenAPI 3.1 at /paths//machines",
        ),
        ([("openapi: 3.1.0", "openapi: 2.0.0")], "no valid OpenAPI 3.1"),
        ([('#/components/schemas/Machine"', '#/components/schemas/Robot"')], "Robot"),
        # Two names that become one module: the generator would not say a word.
        pytest.param(
            [("operationId: runs_get\n", "operationId: runsCancel\n")],
            "api/runs/runsCancel.py was not generated",
            marks=pytest.mark.slow,
        ),
        # Only a warning to the generator, which would leave the operation out.
        pytest.param(
            [("text/event-stream", "application/x-events")],
            "openapi-python-client failed",
            marks=pytest.mark.slow,
        ),
    ],
)
def test_a_broken_contract_changes_nothing(script, target, tmp_path, root, capsys, changes, complaint):
    """Whatever is wrong with the contract is one line that says so, and the old package stays."""
    contract = contract_with(tmp_path, root, *changes)
    assert script.main([f"--contract={contract}", f"--target={target}"]) == 1
    said = capsys.readouterr()
    assert complaint in said.err
    assert (said.out, said.err.count("\n")) == ("", 1)
    assert_untouched(target, ["contract.yaml"])


@pytest.mark.parametrize(
    ("text", "complaint"),
    [("- a list\n", "a mapping"), ("{}\n", "no valid"), ("\0", "broken YAML"), (None, "No such")],
)
def test_what_is_no_contract_changes_nothing(script, target, tmp_path, capsys, text, complaint):
    """A list, an empty mapping, bytes that are no YAML and a missing file are refused in one line."""
    contract = tmp_path / "contract.yaml"
    if text is not None:
        contract.write_text(text)
    assert script.main([f"--contract={contract}", f"--target={target}"]) == 1
    said = capsys.readouterr()
    assert complaint in said.err
    assert said.err.count("\n") == 1
    assert_untouched(target, [] if text is None else ["contract.yaml"])


def test_without_the_generator_nothing_changes(target, root):
    """Where the tools are not installed, one line says what to run."""
    done = subprocess.run(
        # -S: an interpreter that sees nothing of what is installed.
        [sys.executable, "-S", root / "scripts" / "regenerate_client.py", f"--target={target}"],
        capture_output=True,
        text=True,
        check=False,
    )
    assert (done.returncode, done.stdout) == (1, "")
    assert "openapi-python-client is not installed: run pip install" in done.stderr
    assert done.stderr.count("\n") == 1
    assert_untouched(target, [])


@settings(max_examples=60, deadline=None)
@given(
    document=st.fixed_dictionaries(
        {"openapi": st.just("3.1.0")},
        optional={
            "info": st.just({"title": "t", "version": "1"}) | JSON,
            "paths": st.dictionaries(st.sampled_from(["/a", "/{b}", "c", "x-d"]), JSON, max_size=3) | JSON,
            "components": JSON,
        },
    )
)
def test_odd_documents_are_refused(script, document):
    """Whatever YAML can say that is no contract of ours is refused, in one line."""
    with pytest.raises(script.RefusedError) as refused:
        script.check_contract(document)
    assert "\n" not in str(refused.value)


@pytest.mark.parametrize("tool", ["openapi-python-client", "ruff"])
def test_another_version_of_a_pinned_tool_is_refused(script, tmp_path, tool):
    """What is generated depends on the exact generator and formatter, so others are refused, with both versions."""
    pyproject = tmp_path / "pyproject.toml"
    pyproject.write_text(f'[project.optional-dependencies]\ndev = ["ruamel.yaml>=0.1", "{tool}==0.0.1"]\n')
    with pytest.raises(
        script.RefusedError, match=f"{tool} {metadata.version(tool)} is installed, 0.0.1 is pinned"
    ):
        script.need_tools(pyproject)


def test_the_old_package_comes_back(script, target, tmp_path):
    """When the new package can't take its place, the old one is put back."""
    with pytest.raises(FileNotFoundError):
        script.replace(target, tmp_path / "never made", tmp_path / "aside")
    assert_untouched(target, [])
