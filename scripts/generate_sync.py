"""Write stationthis_sdk/sync.py: the synchronous classes, from the asynchronous ones.

Signatures and docstrings are copied, bodies are one line. ``--check`` only compares, and fails when they differ.
"""

import argparse
import ast
import re
import subprocess
import sys
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Final

ROOT: Final = Path(__file__).resolve().parent.parent
TARGET: Final = ROOT / "stationthis_sdk" / "sync.py"
# In the order in which their classes name each other.
MODULES: Final = (
    "outputs/output.py", "shares.py", "run_logs.py", "runs.py", "versions.py", "shared_workflows.py", "workflow.py", "workflows.py",
    "batches/batch.py", "deployment.py", "deployments.py", "run_lists.py", "batch_lists.py",
    "machine.py", "machines.py", "volume/downloads.py", "model.py", "models.py", "account.py", "session.py", "sessions.py", "assets.py", "uploads/presigned.py", "files.py", "cache.py",
    "recipes/images/generation.py", "recipes/images/preferences.py", "recipes/training/job.py", "recipes/training/trainings.py",
    "recipes/collections/cook.py", "recipes/collections/cooks.py", "client.py",
    "webhooks/receiver.py",
)  # fmt: skip
DUNDERS: Final = {
    "__call__": "__call__",
    "__repr__": "__repr__",
    "__getitem__": "__getitem__",
    "__aiter__": "__iter__",
    "__aenter__": "__enter__",
    "__aexit__": "__exit__",
    "_has": "__contains__",
    "__len__": "__len__",
    # IPython asks this for names after `st.deployments["`.
    "_names": "_ipython_key_completions_",
}
# Callbacks that may be asynchronous; in the copies they are plain, and run on the thread of whoever made the call.
CALLBACKS: Final = {
    "OnProgress": "Callable[[Progress], object]",
    "OnBatchProgress": "Callable[[BatchProgress], object]",
    "OnBatchRow": "Callable[[BatchRow], object]",
    "OnBuild": "Callable[[BuildProgress], object]",
    "OnModelProgress": "Callable[[ModelProgress], object]",
    "OnMilestone": "Callable[[int], object]",
    "OnBytes": "Callable[[int, int], object]",
    "OnFile": "Callable[[int, int], object]",
    "OnReady": "Callable[[str], object]",
    "OnRun": "Callable[[Run], object]",
}
# What people make themselves, and do not get from a client.
MADE: Final = {"StationThis", "Receiver"}
# It works in a task of its own, whose callbacks would have no thread to run on.
ONLY_ASYNCHRONOUS: Final = {("AsyncReceiver", "__aenter__"), ("AsyncReceiver", "__aexit__")}
ALWAYS: Final = (
    "from collections.abc import AsyncIterator, Awaitable, Callable, Iterator, Mapping",
    "from typing import TYPE_CHECKING, Any, Final, Self, TypeVar",
    "from stationthis_sdk.entities import Progress",
    "from stationthis_sdk.errors import StationThisError",
    "from stationthis_sdk.shown import Shown",
)
PORTAL: Final = "from stationthis_sdk import portal  # noqa: PLC0415 - the loop is loaded when it is needed"
HEADER: Final = '''"""The synchronous classes. Written by scripts/generate_sync.py from the asynchronous ones; do not edit.

Each method hands its coroutine to one background event loop and waits: see ``portal``.
"""

from __future__ import annotations

{imports}

{exported}

if TYPE_CHECKING:
{imports_for_types}

T = TypeVar("T")
E = TypeVar("E", bound=Exception)


class _Sync(Shown):
    """Holds the asynchronous twin that does the work."""

    _inner: Any

    @classmethod
    def _of(cls, inner: Any) -> Self:
        made = cls.__new__(cls)
        made._inner = inner
        return made

    def _own(self, inner: Any) -> Self:
        return self if inner is self._inner else self._of(inner)


def _twin(value: Any) -> Any:
    return value._inner if isinstance(value, _Sync) else value


def _of_runs(function: Callable[[Run], object] | None) -> Callable[[AsyncRun], object] | None:
    return None if function is None else lambda run: function(Run._of(run))


def _call(awaitable: Awaitable[T], *, last: bool = False) -> T:
    __tracebackhide__ = True
    {portal}

    try:
        return portal.call(awaitable, last=last)
    except Exception as error:
        _coloured(error)
        raise


def _iterate(items: AsyncIterator[T]) -> Iterator[T]:
    {portal}

    return portal.iterate(items)


def _on_caller(function: Callable[..., Any] | None) -> Callable[..., Awaitable[None]] | None:
    {portal}

    return portal.on_caller(function)


def _coloured(error: E) -> E:
    """The same error, with what it carries in its caller's colour."""
    for name in ("run", "batch", "generation"):
        carried = getattr(error, name, None)
        # By its name: an error that carries nothing loads no module.
        if own := _OWN.get(type(carried).__name__):
            setattr(error, name, own._of(carried))
    return error
'''
FOOT: Final = """\
_OWN: Final[Mapping[str, type[_Sync]]] = {
    "AsyncRun": Run, "AsyncBatch": Batch, "AsyncGeneration": Generation,
}
"""

# An interruption may come when the call has ended well and the block has not begun: nobody else would leave it.
ENTER: Final = """\
try:
            {work}
        except BaseException as error:
            self.__exit__(type(error), error, error.__traceback__)
            raise
        return self"""


def main() -> int:
    """Write the file, or compare it with ``--check``."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--check", action="store_true", help="compare only; exit 1 when they differ")
    written = generate()
    if parser.parse_args().check:
        if TARGET.read_text("utf-8") != written:
            print(f"{TARGET.relative_to(ROOT)} is out of date: run make regenerate", file=sys.stderr)
            return 1
        return 0
    TARGET.write_text(written, "utf-8")
    print(f"wrote {TARGET.relative_to(ROOT)}")
    return 0


def generate() -> str:
    """Make the text of the synchronous module."""
    trees = {module: _tree(_dotted(module)) for module in MODULES}
    classes = [
        (module, node)
        for module, tree in trees.items()
        for node in tree.body
        if isinstance(node, ast.ClassDef) and node.name.startswith("Async")
    ]
    names = sorted(node.name.removeprefix("Async") for _, node in classes)
    always = {*ALWAYS}
    for_types = {"import builtins"}
    constants: dict[str, ast.expr] = {}
    for module, tree in trees.items():
        always |= {line for node in tree.body for line in _imports(node)}
        always |= {f"from {_dotted(module)} import {name}" for name in _public(tree)}
        constants |= _constants(tree)
        for node in tree.body:
            if isinstance(node, ast.If) and ast.unparse(node.test) == "TYPE_CHECKING":
                for_types |= {line for inner in node.body for line in _imports(inner)}
    head = HEADER.format(
        portal=PORTAL,
        imports="\n".join(sorted(always)),
        imports_for_types="\n".join(f"    {line}" for line in sorted(for_types - always)),
        exported="__all__ = [" + ", ".join(f'"{name}"' for name in names) + "]",
    )
    for _, node in classes:
        _Defaults(constants).visit(node)
    return _formatted("\n\n".join([head, *(_class(module, node) for module, node in classes), FOOT]))


class _Defaults(ast.NodeTransformer):
    """Puts constants in the place of their names, so that no module is loaded for the sake of a default."""

    def __init__(self, constants: Mapping[str, ast.expr]) -> None:
        self._constants = constants

    def visit_arguments(self, node: ast.arguments) -> ast.arguments:
        node.defaults = [self._plain(one) for one in node.defaults]
        node.kw_defaults = [one and self._plain(one) for one in node.kw_defaults]
        return node

    def _plain(self, default: ast.expr) -> ast.expr:
        return self._constants.get(default.id, default) if isinstance(default, ast.Name) else default


def _constants(tree: ast.Module) -> dict[str, ast.expr]:
    """The module's own, and those it imports."""
    imported = {
        alias.name: _constants(_tree(node.module))[alias.name]
        for node in tree.body
        if isinstance(node, ast.ImportFrom) and node.module and node.module.startswith("stationthis_sdk.")
        for alias in node.names
        if alias.name.isupper()
    }
    return imported | {
        node.target.id: node.value
        for node in tree.body
        if isinstance(node, ast.AnnAssign) and isinstance(node.target, ast.Name) and node.value
    }


def _tree(dotted: str) -> ast.Module:
    file = ROOT.joinpath(*dotted.split("."))
    file = file / "__init__.py" if file.is_dir() else file.with_suffix(".py")
    return ast.parse(file.read_text("utf-8"))


def _dotted(module: str) -> str:
    return "stationthis_sdk." + module.removesuffix(".py").replace("/", ".")


def _public(tree: ast.Module) -> list[str]:
    listed = next(
        node.value
        for node in tree.body
        if isinstance(node, ast.Assign) and ast.unparse(node.targets[0]) == "__all__"
    )
    names: list[str] = ast.literal_eval(listed)
    return names


def _imports(node: ast.stmt) -> Iterator[str]:
    """The imports of a statement, a name a line; which of them the copies need, ruff decides."""
    if isinstance(node, ast.ImportFrom) and node.module != "__future__":
        for alias in node.names:
            yield f"from {node.module} import {alias.name}" + (f" as {alias.asname}" if alias.asname else "")
    elif isinstance(node, ast.Import):
        yield ast.unparse(node)


def _class(module: str, node: ast.ClassDef) -> str:
    name = node.name.removeprefix("Async")
    # What both colours have in common besides, each on its own.
    shared = [ast.unparse(base) for base in node.bases if ast.unparse(base) != "Shown"]
    lines = [
        f"class {name}({', '.join([*shared, '_Sync'])}):",
        _docstring(node, 4),
        f"    _inner: {node.name}",
    ]
    for method in node.body:
        if isinstance(method, ast.FunctionDef | ast.AsyncFunctionDef):
            if (node.name, method.name) in ONLY_ASYNCHRONOUS:
                continue
            if method.name == "__init__" and name in MADE:
                lines.append(_init(method, node.name, module))
            elif method.name in DUNDERS or not method.name.startswith("_"):
                lines.append(_method(method, name))
    return "\n\n".join(lines)


def _init(method: ast.FunctionDef | ast.AsyncFunctionDef, twin: str, module: str) -> str:
    arguments = ", ".join(_passed(method.args))
    return (
        f"    def __init__({_signature(method.args)}) -> None:\n"
        f"        {PORTAL}\n"
        f"        from {_dotted(module)} import {twin}  # noqa: PLC0415 - loaded with the first one made\n\n"
        f"        portal.watch_signals()\n        self._inner = {twin}({arguments})"
    )


def _method(method: ast.FunctionDef | ast.AsyncFunctionDef, owner: str) -> str:
    returns = ast.unparse(method.returns).strip("'\"") if method.returns else "None"
    is_property = any(isinstance(mark, ast.Name) and mark.id == "property" for mark in method.decorator_list)
    name = DUNDERS.get(method.name, method.name)
    target = f"self._inner.{method.name}"
    work = target if is_property else f"{target}({', '.join(_passed(method.args))})"
    awaited = re.fullmatch(r"(?:Awaitable\[|Coroutine\[Any, Any, )(.+)\]", returns)
    streamed = re.fullmatch(r"AsyncIterator\[(.+)\]", returns)
    if awaited:
        returns = awaited[1]
    if streamed:
        item = _wrapped(streamed[1], "item", owner)
        each = f"_iterate({work})"
        body = f"yield from {each}" if item == "item" else f"for item in {each}:\n            yield {item}"
    else:
        coroutine = work
        if isinstance(method, ast.AsyncFunctionDef) or awaited:
            work = f"_call({work})"
        # Nothing is returned where nothing is promised.
        body = work if returns == "None" else f"return {_wrapped(returns, work, owner)}"
    if name == "__enter__":
        # A client has nothing to wait for; whatever else is entered has.
        body = "return self" if owner == "StationThis" else ENTER.format(work=work)
    if name == "__exit__" and owner != "StationThis":
        # What is to be closed is closed, though nothing new may be started any more.
        body = f"_call({coroutine}, last=True)"
    head = "    @property\n" if is_property else ""
    doc = _docstring(method, 8)
    return (
        f"{head}    def {name}({_signature(method.args)}) -> {_sync_type(returns)}:\n"
        + (f"{doc}\n" if doc else "")
        + f"        {body}"
    )


def _wrapped(annotation: str, work: str, owner: str) -> str:
    """The expression that turns an asynchronous result into its synchronous twin."""
    if one := re.fullmatch(r"Async(\w+)", annotation):
        return f"self._own({work})" if one[1] == owner else f"{one[1]}._of({work})"
    if maybe := re.fullmatch(r"Async(\w+) \| None", annotation):
        return f"None if (found := {work}) is None else {maybe[1]}._of(found)"
    if re.fullmatch(r"(?:builtins\.)?list\[StationThisError\]", annotation):
        return f"[_coloured(item) for item in {work}]"
    if many := re.fullmatch(r"(?:builtins\.)?list\[Async(\w+)\]", annotation):
        return f"[{many[1]}._of(item) for item in {work}]"
    if listed := re.fullmatch(r"Listing\[Async(\w+)\]", annotation):
        return f"{work}._map({listed[1]}._of)"
    if re.fullmatch(r"Outputs\[AsyncOutput\]", annotation):
        return f"{work}.map(Output._of)"
    if re.search(r"\bAsync", annotation):
        raise ValueError(f"no rule for a result of type {annotation}: add one here")
    return work


def _sync_type(annotation: str) -> str:
    annotation = re.sub(r"^(list|bytes)\b", r"builtins.\1", annotation)
    annotation = annotation.replace("AsyncIterator", "Iterator")
    for name, plain in CALLBACKS.items():
        annotation = re.sub(rf"\b{name}\b", plain, annotation)
    return re.sub(r"\bAsync(\w+)", r"\1", annotation)


def _signature(arguments: ast.arguments) -> str:
    copied = ast.parse(f"def f({ast.unparse(arguments)}): ...").body[0]
    if not isinstance(copied, ast.FunctionDef):
        raise TypeError("a function stays one")
    for argument in _all_arguments(copied.args):
        if argument.annotation is not None:
            text = ast.unparse(argument.annotation).strip("'\"")
            argument.annotation = ast.parse(_sync_type(text), mode="eval").body
    return ast.unparse(copied.args)


def _passed(arguments: ast.arguments) -> Iterator[str]:
    """How a method's arguments are handed on."""
    if arguments.vararg:
        raise ValueError(f"no rule for *{arguments.vararg.arg}: add one here")
    for argument in [*arguments.posonlyargs, *arguments.args]:
        if argument.arg != "self":
            yield _handed_on(argument)
    for argument in arguments.kwonlyargs:
        annotation = ast.unparse(argument.annotation) if argument.annotation else ""
        is_callback = any(re.search(rf"\b{name}\b", annotation) for name in CALLBACKS)
        given = f"_of_runs({argument.arg})" if "OnRun" in annotation else argument.arg
        value = f"_on_caller({given})" if is_callback else _handed_on(argument)
        yield f"{argument.arg}={value}"
    if arguments.kwarg:
        yield f"**{arguments.kwarg.arg}"


def _handed_on(argument: ast.arg) -> str:
    """An argument, or the asynchronous twin of one that may be a synchronous thing."""
    annotation = ast.unparse(argument.annotation) if argument.annotation else ""
    return f"_twin({argument.arg})" if re.search(r"\bAsync[A-Z]", annotation) else argument.arg


def _all_arguments(arguments: ast.arguments) -> list[ast.arg]:
    extra = [one for one in (arguments.vararg, arguments.kwarg) if one]
    return [*arguments.posonlyargs, *arguments.args, *arguments.kwonlyargs, *extra]


def _docstring(node: ast.ClassDef | ast.FunctionDef | ast.AsyncFunctionDef, indent: int) -> str:
    text = ast.get_docstring(node, clean=True)
    if text is None:
        return ""
    for asynchronous, synchronous in (
        (r"\(await ((?:[^()]|\([^()]*\))*)\)", r"\1"),
        (r"\bawait ", ""),
        (r"\basync (for|with)\b", r"\1"),
        (r"\bAsync([A-Z]\w+)", r"\1"),
    ):
        text = re.sub(asynchronous, synchronous, text)
    margin = " " * indent
    lines = [margin + line if line else "" for line in text.splitlines()]
    raw = "r" if "\\" in text else ""
    closing = "" if len(lines) == 1 else f"\n{margin}"
    return (
        f'{margin}{raw}"""{lines[0].strip()}' + "".join(f"\n{line}" for line in lines[1:]) + f'{closing}"""'
    )


def _formatted(text: str) -> str:
    ruff = Path(sys.executable).with_name("ruff")
    for_types = [
        "check",
        "--isolated",
        "--target-version=py311",
        "--select=TC",
        "--fix-only",
        "--unsafe-fixes",
        "--quiet",
    ]
    for command in (
        ["check", "--select=F401", "--fix-only", "--quiet"],
        *[for_types] * 3,  # one call moves only so many
        ["check", "--select=I", "--fix-only", "--quiet"],
        ["format", "--quiet"],
    ):
        text = subprocess.run(
            [ruff, *command, "--stdin-filename", str(TARGET), "-"],
            input=text,
            capture_output=True,
            text=True,
            check=True,
            cwd=ROOT,
        ).stdout
    return text


if __name__ == "__main__":
    sys.exit(main())
