"""Stubs of deployments: valid whatever they are called, and what type checkers make of them."""

import ast
import inspect
import os
import subprocess
import sys
from pathlib import Path

import attrs
import pytest
from hypothesis import given
from hypothesis import strategies as some

from stationthis_sdk import Deployment, InputField, Run, SaveFailed, StationThis
from stationthis_sdk.entities import DeploymentRecord
from stationthis_sdk.inputs.fields import Inputs
from stationthis_sdk.inputs.kinds import is_keyword
from stationthis_sdk.stubs import MARK, PACKAGE, stubs_of, write_stubs
from tests.fixtures import RunningGateway
from tests.inputs.test_signatures import FIELDS, HOSTILE, NAMES, external


@attrs.frozen
class Known:
    """What a stub is written of."""

    record: DeploymentRecord
    inputs: Inputs

    name = property(lambda self: self.record.name)
    environment = property(lambda self: self.record.environment)
    description = property(lambda self: self.record.description)
    version = property(lambda self: self.record.version)


def known(name: str, fields: list[InputField], description: str = "") -> Known:
    """A deployment of that name with these inputs."""
    return Known(
        DeploymentRecord(name, name, "production", name, description=description, version=3), Inputs(fields)
    )


KNOWN = some.builds(known, NAMES, some.lists(FIELDS, max_size=4, unique_by=lambda field: field.name), NAMES)


def defined(text: str) -> dict[str, ast.FunctionDef]:
    """The methods of a stub's first class; the stub has nothing else that could do anything."""
    tree = ast.parse(text)
    classes = [node for node in tree.body if isinstance(node, ast.ClassDef)]
    assert [type(node) for node in tree.body] == [
        ast.Import,
        ast.ImportFrom,
        ast.Import,
        ast.ImportFrom,
        *[ast.ClassDef] * 2,
    ]
    methods = [node for one in classes for node in one.body if isinstance(node, ast.FunctionDef)]
    for one in classes:
        assert all(
            isinstance(node, ast.FunctionDef)
            or (isinstance(node, ast.Expr) and isinstance(node.value, ast.Constant))
            for node in one.body
        )
    for method in methods:
        assert all(
            isinstance(node, ast.Expr) and isinstance(node.value, ast.Constant) for node in method.body
        )
        calls = [node for node in ast.walk(method) if isinstance(node, ast.Call | ast.Lambda | ast.Await)]
        assert not calls, ast.unparse(method)
    return {method.name: method for method in methods}


@given(some.lists(KNOWN, max_size=4, unique_by=lambda one: one.name))
def test_stubs_are_valid_and_do_nothing(deployments: list[Known]) -> None:
    """Whatever workflows, inputs and options are called: names, types and texts, no code."""
    files = stubs_of(deployments)
    assert len(files) == len(deployments) + 1
    inits = ast.parse(files["__init__.pyi"]).body
    assert {type(node) for node in inits} <= {ast.ImportFrom, ast.Assign, ast.AnnAssign}
    for name, text in files.items():
        assert text.startswith(MARK + "\n")
        assert text.encode()
        assert Path(name).name == name
        if name != "__init__.pyi":
            assert {"__call__", "submit", "again", "options"} == defined(text).keys()


@given(some.lists(FIELDS, unique_by=lambda field: field.name))
def test_each_input_is_a_keyword(fields: list[InputField]) -> None:
    """With a default unless it must be given; those that can't be keywords have a mapping."""
    call = defined(stubs_of([known("x", fields)])["_x.pyi"])["__call__"].args
    keywords = [field for field in fields if is_keyword(field.name)]
    assert [one.arg for one in call.kwonlyargs] == [field.name for field in keywords]
    assert [default is None for default in call.kw_defaults] == [field.required for field in keywords]
    assert len(call.posonlyargs) == 1 + (len(keywords) < len(fields))
    literal = [
        ast.literal_eval(one.annotation.slice) if isinstance(one.annotation, ast.Subscript) else None
        for one in call.kwonlyargs
        if one.annotation is not None and ast.unparse(one.annotation).startswith("_t.Literal")
    ]
    wanted = [field.options for field in keywords if field.kind in {"enum", "checkpoint"} and field.options]
    assert [one if isinstance(one, tuple) else (one,) for one in literal] == wanted


def test_a_stub_says_what_the_class_takes() -> None:
    """Options have the names that the method has, so that none is missing from completion."""
    methods = defined(stubs_of([known("x", [])])["_x.pyi"])
    for name, method in (("options", Deployment.options), ("again", Run.again)):
        theirs = set(inspect.signature(method).parameters) - {"self", "changes"}
        assert {one.arg for one in methods[name].args.kwonlyargs} == theirs


def test_only_files_of_ours_are_touched(tmp_path: Path) -> None:
    """What is gone is removed, what somebody wrote stays, what is the same is not written again."""
    package = tmp_path / PACKAGE
    both = stubs_of([known("one", []), known("two", [])])
    first = write_stubs(tmp_path, both)
    assert {path.name for path in first.written} == set(both)
    (package / "mine.pyi").write_text("x: int\n")
    (package / "_three.pyi").write_text("y: int\n")
    (package / "notes.txt").write_text(MARK)
    before = (package / "_one.pyi").stat()
    second = write_stubs(tmp_path, stubs_of([known("one", [])]))
    assert [path.name for path in second.written] == ["__init__.pyi"]
    assert [path.name for path in second.removed] == ["_two.pyi"]
    assert (package / "_one.pyi").stat() == before
    assert {path.name for path in package.iterdir()} == {
        "__init__.pyi",
        "_one.pyi",
        "mine.pyi",
        "_three.pyi",
        "notes.txt",
    }
    with pytest.raises(SaveFailed, match=r"_three\.pyi.*another folder"):
        write_stubs(tmp_path, stubs_of([known("one", []), known("three", [])]))
    assert (package / "_three.pyi").read_text() == "y: int\n"
    assert "three" not in (package / "__init__.pyi").read_text()


def test_links_and_odd_places_are_left_alone(tmp_path: Path) -> None:
    """A link that has the name of one of ours is not followed; a folder that can't be made is told."""
    (tmp_path / PACKAGE).mkdir()
    (tmp_path / "precious.txt").write_text(f"{MARK}\n")
    (tmp_path / PACKAGE / "_one.pyi").symlink_to(tmp_path / "precious.txt")
    with pytest.raises(SaveFailed, match=r"_one\.pyi"):
        write_stubs(tmp_path, stubs_of([known("one", [])]))
    assert not write_stubs(tmp_path, stubs_of([])).removed
    with pytest.raises(SaveFailed, match="Can't write stubs"):
        write_stubs(tmp_path / "precious.txt", stubs_of([]))


def checked(folder: Path, program: str, *more: str) -> subprocess.CompletedProcess[str]:
    """What mypy says of a program beside the stubs."""
    (folder / "program.py").write_text(program, "utf-8")
    return subprocess.run(
        [sys.executable, "-m", "mypy", "--strict", "--cache-dir", folder / "cache", "program.py", *more],
        cwd=folder,
        env={**os.environ, "MYPYPATH": "typings", "MYPY_FORCE_COLOR": "0"},
        capture_output=True,
        text=True,
        check=False,
    )


@pytest.mark.slow
@pytest.mark.timeout(300)
def test_a_type_checker_reads_them(st: StationThis, gateway: RunningGateway, tmp_path: Path) -> None:
    """A right call passes; a wrong name, a wrong type, and what is missing are errors, each on its line."""
    gateway.deploy(
        "hostile", {str(place): external("Text", name) for place, name in enumerate(HOSTILE) if name}
    )
    files = stubs_of(st.deployments.list(refresh=True))
    st.workflows.get("hostile").delete()
    changes = write_stubs(tmp_path / "typings", files)
    assert tmp_path / "typings" / PACKAGE / "_hostile.pyi" in changes.written
    right = """\
import io
from pathlib import Path
from stationthis_sdk import Deployment, NoKey, StationThis, StationThisError
from stationthis_sdk.deployed import PictureToPicture, hostile, picture_to_picture, text_to_picture

run = text_to_picture(prompt="a fox", steps=3, seed=None, style="dusk")
text_to_picture.options(timeout=3).submit(width=64).again(height=64)

def use(drawing: PictureToPicture, other: Deployment, error: StationThisError = NoKey("")) -> StationThis | None:
    drawing(input_image=Path("x.png"), strength=1)
    drawing(input_image=run.outputs[0])
    drawing(input_image=io.BytesIO(b"x"))
    other(anything=1)
    hostile({"my prompt": "x"}, self="x", print="y")
    return None

use(picture_to_picture, text_to_picture)
"""
    told = checked(tmp_path, right, f"typings/{PACKAGE}")
    assert (told.returncode, told.stderr) == (0, ""), told.stdout
    wrong = """\
from stationthis_sdk.deployed import picture_to_picture, text_to_picture
text_to_picture(promt="a fox")
text_to_picture(prompt=3)
text_to_picture(style="dawnish")
text_to_picture.submit(steps="many")
picture_to_picture(strength=0.4)
picture_to_picture(input_image=3)
text_to_picture(prompt="x").again(wdith=3)
"""
    told = checked(tmp_path, wrong)
    errors = [line.split(":")[1] for line in told.stdout.splitlines() if ": error: " in line]
    assert errors == ["2", "3", "4", "5", "6", "7", "8"], told.stdout
    assert 'did you mean "prompt"?' in told.stdout
