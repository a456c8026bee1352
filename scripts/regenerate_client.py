"""Write generated_client/comfydeploy_client anew from openapi/comfydeploy.yaml.

    python scripts/regenerate_client.py           # write it
    python scripts/regenerate_client.py --check   # only compare; 1 and the names of the files when something differs
    python scripts/regenerate_client.py --from    # compare the vendor's document with what we know of it, write nothing

The contract is checked first, the package is made in a folder beside the old one, and the two change places once every
operation has arrived. Whatever goes wrong before that is one line on standard error, exit code 1, and the old package.

--from takes an address or a file, the vendor's own address unless given, and reports what has changed against the
contract and deviations.yaml: exit code 0 for nothing, 3 when a user of the client will not notice, 4 when one may. With
--write the contract takes over what needs no thought, deviations.yaml the vendor's form of it, both or neither; the exit
code then tells of what is left to a person.
"""

from __future__ import annotations

import argparse
import ast
import json
import os
import subprocess
import sys
import sysconfig
import tempfile
import tomllib
from collections import Counter
from importlib import metadata
from pathlib import Path
from typing import Any, NamedTuple

ROOT = Path(__file__).resolve().parents[1]
METHODS = ("get", "put", "post", "patch", "delete", "head", "options", "trace")
HALVES = {"_get_kwargs", "_parse_response"}
VENDOR = "https://api.comfydeploy.com/internal/openapi.json"
CACHES = {"__pycache__", ".ruff_cache", ".mypy_cache"}


class RefusedError(Exception):
    """Why nothing was written, in one line that says what to do."""


class Operation(NamedTuple):
    """Where the generated module of an operation lies: `api/<tag>/<name>.py`."""

    tag: str
    name: str


def need_tools(pyproject: Path = ROOT / "pyproject.toml") -> None:
    """Refuse to start without the tools, or with other versions than the pinned ones.

    What is generated depends on the exact generator and on the exact formatter.

    Raises:
        RefusedError: a tool is missing or has another version.
    """
    development = tomllib.loads(pyproject.read_text("utf-8"))["project"]["optional-dependencies"]["dev"]
    pins = dict(line.split("==") for line in development if "==" in line)
    for tool in ("openapi-python-client", "openapi-spec-validator", "ruamel.yaml", "ruff"):
        try:
            found = metadata.version(tool)
        except metadata.PackageNotFoundError:
            raise RefusedError(f"{tool} is not installed: run pip install -e '.[dev]'") from None
        if found != pins.get(tool, found):
            raise RefusedError(
                f"{tool} {found} is installed, {pins[tool]} is pinned: run pip install -e '.[dev]'"
            )


def read_contract(path: Path) -> dict[str, Any]:
    """Read the contract; not yet whether it makes sense.

    Raises:
        RefusedError: the file is missing, is no YAML or no mapping.
    """
    from ruamel.yaml import YAML  # noqa: PLC0415 - the tools are looked for first
    from ruamel.yaml.error import MarkedYAMLError, YAMLError  # noqa: PLC0415 - as above

    try:
        document = YAML(typ="safe").load(path)
    except OSError as error:
        raise RefusedError(f"{path} can't be read: {error.strerror}") from None
    except MarkedYAMLError as error:
        line = f":{error.problem_mark.line + 1}" if error.problem_mark else ""
        raise RefusedError(f"{path}{line}: broken YAML, {_one_line(error.problem)}") from None
    except (YAMLError, UnicodeDecodeError) as error:
        raise RefusedError(f"{path}: broken YAML, {_one_line(error)}") from None
    if not isinstance(document, dict):
        raise RefusedError(f"{path}: an OpenAPI document is a mapping, this is not")
    return document


def check_contract(document: dict[str, Any]) -> list[Operation]:
    """Every operation of a valid contract, in its order.

    Raises:
        RefusedError: no valid OpenAPI, or an operation lacks what ours have, or two share a name.
    """
    from openapi_spec_validator import OpenAPIV31SpecValidator  # noqa: PLC0415 - the tools are looked for first
    from referencing.exceptions import Unresolvable  # noqa: PLC0415 - as above

    paths = document.get("paths")
    operations = [
        _operation(f"{method.upper()} {path}", item[method])
        for path, item in (paths.items() if isinstance(paths, dict) else ())
        for method in METHODS
        if isinstance(item, dict) and method in item
    ]
    # Before the validator: the generator would let the second silently overwrite the first.
    for name, times in Counter(operation.name for operation in operations).items():
        if times > 1:
            raise RefusedError(f"operationId {name} is given {times} times: give each operation its own")
    try:
        error = next(OpenAPIV31SpecValidator(document).iter_errors(), None)
    except Unresolvable as nowhere:
        raise RefusedError(f"no valid OpenAPI 3.1: nothing is at {nowhere.ref}") from None
    except Exception as failure:  # noqa: BLE001 - it fails in many ways on odd documents
        raise RefusedError(f"no valid OpenAPI 3.1: {_one_line(failure)}") from None
    if error is not None:
        where = "/".join(str(step) for step in getattr(error, "absolute_path", ()))
        raise RefusedError(f"no valid OpenAPI 3.1 at /{where}: {_one_line(error)}")
    if not operations:
        raise RefusedError("the contract has no operation")
    return operations


def _one_line(said: object) -> str:
    return " ".join(str(said).split())[:400]


def _operation(where: str, operation: Any) -> Operation:
    if not isinstance(operation, dict):
        raise RefusedError(f"{where}: an operation is a mapping")
    for field in ("operationId", "description", "x-vendor"):
        if not isinstance(operation.get(field), str) or not operation[field].strip():
            raise RefusedError(f"{where}: {field} is missing")
    tags = operation.get("tags")
    if not isinstance(tags, list) or len(tags) != 1 or not isinstance(tags[0], str):
        raise RefusedError(f"{where}: exactly one tag is needed, it names the folder")
    return Operation(tags[0], operation["operationId"])


def generate(contract: Path, package: Path) -> None:
    """Have the generator write the package, a warning counting as a failure.

    Raises:
        RefusedError: the generator failed or warned.
    """
    settings = ROOT / "openapi"
    command = [sys.executable, "-m", "openapi_python_client", "generate", "--meta=none", "--fail-on-warning"]
    command += [f"--path={contract}", f"--output-path={package}"]
    command += [f"--config={settings / 'generator.yaml'}", f"--custom-template-path={settings / 'templates'}"]
    done = subprocess.run(
        command,
        # The generator calls ruff by name: ours must come first.
        env={
            **os.environ,
            "PATH": os.pathsep.join([sysconfig.get_path("scripts"), os.environ.get("PATH", "")]),
        },
        capture_output=True,
        text=True,
        check=False,
    )
    if done.returncode:
        said = (done.stdout + done.stderr).replace(f"Generating {package}", "")
        raise RefusedError(f"openapi-python-client failed: {_one_line(said)}")
    (package / "py.typed").touch()


def check_package(package: Path, operations: list[Operation]) -> None:
    """See that each operation, and nothing else, got a module with the two halves that are used.

    Raises:
        RefusedError: a module is missing, superfluous, or lacks a half.
    """
    wanted = {package / "api" / tag / f"{name}.py" for tag, name in operations}
    found = {path for path in package.glob("api/*/*.py") if path.name != "__init__.py"}
    for path in sorted(wanted ^ found):
        raise RefusedError(
            f"{path.relative_to(package)} {'was not generated' if path in wanted else 'is too much'}"
        )
    for path in sorted(found):
        tree = ast.parse(path.read_text("utf-8"))
        lacking = HALVES - {node.name for node in tree.body if isinstance(node, ast.FunctionDef)}
        if lacking:
            raise RefusedError(f"{path.relative_to(package)} lacks {' and '.join(sorted(lacking))}")


def replace(target: Path, package: Path, aside: Path) -> None:
    """Put the new package in the place of the old one, which comes back when that fails."""
    if target.exists():
        target.rename(aside)
    try:
        package.rename(target)
    except BaseException:
        if aside.exists():
            aside.rename(target)
        raise


def differences(committed: Path, fresh: Path) -> list[str]:
    """The names of the files that are not the same, byte for byte, in both folders."""
    before, after = _files(committed), _files(fresh)
    return sorted(name for name in before.keys() | after.keys() if before.get(name) != after.get(name))


def _files(folder: Path) -> dict[str, bytes]:
    paths = ((path.relative_to(folder), path) for path in folder.rglob("*") if path.is_file())
    return {name.as_posix(): path.read_bytes() for name, path in paths if not CACHES & set(name.parts)}


def make(contract: Path, package: Path) -> list[Operation]:
    """Make the whole package of a contract, checked before and after; the answer is its operations.

    Raises:
        RefusedError: no client can be made of it.
    """
    document = read_contract(contract)
    operations = check_contract(document)
    generate(contract, package)
    # So that an installed package can compare a service with what it was made from, without a YAML reader.
    text = json.dumps(document, ensure_ascii=False, indent=1)
    package.joinpath("contract.json").write_text(f"{text}\n", "utf-8")
    check_package(package, operations)
    return operations


def regenerate(contract: Path, target: Path, *, check: bool) -> str:
    """Do the whole of it; the answer is the line to print.

    Raises:
        RefusedError: nothing was changed, for the reason it gives.
    """
    need_tools()
    with tempfile.TemporaryDirectory(prefix=f".{target.name}-", dir=target.parent) as folder:
        package = Path(folder, target.name)
        operations = make(contract, package)
        if check:
            if differing := differences(target, package):
                listed = "".join(f"\n  {name}" for name in differing)
                raise RefusedError(
                    f"{target} is not what {contract.name} gives, run make regenerate:{listed}"
                )
            return f"{target.name} is what {contract.name} gives: {len(operations)} operations"
        files = len(_files(package))
        replace(target, package, Path(folder, "old"))
    return f"{target.name}: {len(operations)} operations, {files} files"


def report(chosen: argparse.Namespace) -> int:
    """Report what has changed in the vendor's document; the answer is the exit code.

    Raises:
        RefusedError: the tools are missing.
    """
    need_tools()
    from drift import command  # noqa: PLC0415 - the tools are looked for first

    paths = command.Paths(chosen.contract.resolve(), chosen.deviations.resolve())
    return command.run(chosen.source, paths, chosen.report or "md", accept if chosen.write else None)


def accept(contract: Path) -> None:
    """See that a client can be generated from this contract.

    Raises:
        RefusedError: it can't.
    """
    with tempfile.TemporaryDirectory(prefix="comfydeploy-") as folder:
        make(contract, Path(folder, "comfydeploy_client"))


def main(arguments: list[str] | None = None) -> int:
    """Run the command; the answer is its exit code."""
    parser = argparse.ArgumentParser(
        description="Write the generated client anew from the contract.",
        epilog="Exit codes: 0 done, or nothing has changed; with --from 3 for compatible changes and 4 for breaking "
        "ones, with --write of what is left to a person; 1 failed, nothing was written; 2 wrong usage.",
    )
    doing = parser.add_mutually_exclusive_group()
    doing.add_argument("--check", action="store_true", help="compare instead, and write nothing")
    doing.add_argument(
        "--from",
        dest="source",
        nargs="?",
        const=VENDOR,
        metavar="SOURCE",
        help="report what has changed in the vendor's document, at this address or in this file",
    )
    parser.add_argument("--report", choices=("md", "json"), help="with --from: for people, or for programs")
    parser.add_argument("--write", action="store_true", help="with --from: enter what needs no thought")
    for option, path, what in (
        ("--contract", ROOT / "openapi" / "comfydeploy.yaml", "the contract"),
        (
            "--deviations",
            ROOT / "openapi" / "deviations.yaml",
            "with --from: where it differs from the vendor's",
        ),
        ("--target", ROOT / "generated_client" / "comfydeploy_client", "the package to write or to compare"),
    ):
        parser.add_argument(option, type=Path, default=path, metavar="PATH", help=what)
    chosen = parser.parse_args(arguments)
    if chosen.source is None and (chosen.report or chosen.write):
        parser.error("--report and --write need --from")
    try:
        if chosen.source is not None:
            return report(chosen)
        print(regenerate(chosen.contract.resolve(), chosen.target.resolve(), check=chosen.check))
    except (RefusedError, OSError) as error:
        print(f"regenerate_client: {error}", file=sys.stderr)
        return 1
    return 0


if __name__ == "__main__":
    sys.exit(main())
