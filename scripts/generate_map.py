"""Write the map of operations into CONTRIBUTING.md: operation, edge, public method, gateway.

    python scripts/generate_map.py           # write it
    python scripts/generate_map.py --check   # only compare; exit 1 when it is out of date

Read from the code: the operations a method of the edge names, the methods that name this one, the gateway's routes.
"""

import argparse
import ast
import importlib
import json
import pkgutil
import re
import sys
from collections import defaultdict
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any, Final

from stationthis_sdk.local import routes as gateway

ROOT: Final = Path(__file__).resolve().parent.parent
PAGE: Final = ROOT / "CONTRIBUTING.md"
BEGIN: Final = "<!-- the map, written by scripts/generate_map.py -->"
END: Final = "<!-- end of the map -->"
PACKAGE: Final = ROOT / "stationthis_sdk"
CONTRACT: Final = ROOT / "generated_client" / "comfydeploy_client" / "contract.json"
METHODS: Final = ("get", "post", "put", "patch", "delete")
# What is written from the resources, and what they stand on.
BENEATH: Final = ("sync", "portal", "interrupts")
Function = ast.FunctionDef | ast.AsyncFunctionDef


def main(arguments: list[str] | None = None) -> int:
    """Write the map, or compare it with ``--check``."""
    parser = argparse.ArgumentParser(description="The map of operations in CONTRIBUTING.md.")
    parser.add_argument("--check", action="store_true", help="compare only; exit 1 when it differs")
    check = parser.parse_args(arguments).check
    page = PAGE.read_text("utf-8")
    written = with_map(page, table(json.loads(CONTRACT.read_text("utf-8"))))
    if not check:
        PAGE.write_text(written, "utf-8")
    elif page != written:
        print(f"{PAGE.name}: the map is out of date: run make regenerate", file=sys.stderr)
        return 1
    return 0


def with_map(page: str, rows: str) -> str:
    """The page with these rows between the two marks."""
    before, _, rest = page.partition(BEGIN)
    _, _, after = rest.partition(END)
    return f"{before}{BEGIN}\n{rows}\n{END}{after}"


def table(contract: Mapping[str, Any]) -> str:
    """One row for each operation, in the contract's order."""
    edge, gateway = edges(), routes()
    public = Callers([module for module in sorted(PACKAGE.glob("*.py")) if module.stem not in BENEATH])
    lines = ["| operation | vendor's | edge | method | gateway |", "|---|---|---|---|---|"]
    for path, item in contract["paths"].items():
        for method, operation in item.items():
            if method not in METHODS:
                continue
            name = operation["operationId"]
            ways = edge.get(name, [])
            reached = sorted({one for way in ways for one in public.of(way)})
            served = gateway.get((method.upper(), re.sub(r"{\w+}", "{}", path)), "")
            cells = [f"`{name}`", f"`{operation['x-vendor']}`", _code(f"Service.{way}" for way in ways)]
            lines.append(f"| {' | '.join([*cells, _code(reached), _code([served])])} |")
    return "\n".join(lines)


def edges() -> dict[str, list[str]]:
    """The methods of the edge's families that name an operation, by operation: ``runs.get``."""
    found: dict[str, list[str]] = defaultdict(list)
    for module, family in families().items():
        tree = ast.parse((PACKAGE / "api" / "calls" / f"{module}.py").read_text("utf-8"))
        names = {
            alias.name
            for node in tree.body
            if isinstance(node, ast.ImportFrom) and (node.module or "").startswith("comfydeploy_client.api.")
            for alias in node.names
        }
        methods = {}
        for owner, function in _functions(tree):
            nodes = list(ast.walk(function))
            methods[function.name] = (
                owner,
                {node.id for node in nodes if isinstance(node, ast.Name)}
                | {
                    node.attr
                    for node in nodes
                    if isinstance(node, ast.Attribute) and getattr(node.value, "id", "") == "self"
                },
            )
        for method, (owner, _) in methods.items():
            if not owner.endswith("Calls") or method.startswith("_"):
                continue
            used, todo = set(), [method]
            while todo:
                for name in methods[todo.pop()][1] - used:
                    used.add(name)
                    todo += [name] if name in methods else []
            for name in sorted(used & names):
                found[name].append(f"{family}.{method}")
    return found


def families() -> dict[str, str]:
    """What the edge's service calls a family, by the module of its calls."""
    tree = ast.parse((PACKAGE / "api" / "service.py").read_text("utf-8"))
    return {
        node.module.rpartition(".")[2]: function.name
        for owner, function in _functions(tree)
        for node in ast.walk(function)
        if owner and isinstance(node, ast.ImportFrom) and node.module
    }


class Callers:
    """Who reaches a method of the edge's service: every public method that leads there, from call to call.

    A call by name means a function or a method of that name in the caller's own module, or of a class that the
    module imports; a call on ``self`` means the caller's own class.
    """

    def __init__(self, modules: list[Path]) -> None:
        self._calls: dict[str, set[str]] = {}
        for module in modules:
            tree = ast.parse(module.read_text("utf-8"))
            known = {node.name for node in tree.body if isinstance(node, ast.ClassDef | Function)}
            known |= {
                alias.name
                for node in ast.walk(tree)
                if isinstance(node, ast.ImportFrom)
                for alias in node.names
            }
            for owner, function in _functions(tree):
                name = f"{owner}.{function.name}" if owner else function.name
                called = {
                    place
                    for node in ast.walk(function)
                    if isinstance(node, ast.Attribute | ast.Name)
                    for place in _called(node, owner, known)
                }
                self._calls[name] = called - {name}

    def of(self, way: str) -> set[str]:
        """The public methods that lead to ``Service.<way>``, a family and its method."""
        reached, seen, todo = set(), set(), [f"service.{way}"]
        while todo:
            wanted = todo.pop()
            for name, calls in self._calls.items():
                if wanted not in calls or name in seen:
                    continue
                seen.add(name)
                todo.append(name)
                owner, _, method = name.rpartition(".")
                if owner.startswith("Async") and (not method.startswith("_") or method == "__call__"):
                    reached.add(f"{owner.removeprefix('Async')}.{method}")
        return reached


def routes() -> dict[tuple[str, str], str]:
    """The gateway's files, by method and path they serve."""
    found = {}
    for module in pkgutil.iter_modules(gateway.__path__):
        for route in importlib.import_module(f"{gateway.__name__}.{module.name}").routes():
            path = re.sub(r"{[^}]+}", "{}", route.path).removeprefix("/api")
            found[route.method, path] = f"local/routes/{module.name}.py"
    return found


def _functions(tree: ast.Module) -> Iterator[tuple[str, Function]]:
    for node in tree.body:
        if isinstance(node, Function):
            yield "", node
        elif isinstance(node, ast.ClassDef):
            yield from ((node.name, inner) for inner in node.body if isinstance(inner, Function))


def _called(node: ast.Attribute | ast.Name, owner: str, known: set[str]) -> Iterator[str]:
    """What a name in a function may mean: what hangs on a service keeps that word before it."""
    if isinstance(node, ast.Name):
        yield node.id
        return
    holder = node.value
    said = holder.attr if isinstance(holder, ast.Attribute) else getattr(holder, "id", "")
    further = holder.value if isinstance(holder, ast.Attribute) else None
    if getattr(further, "attr", getattr(further, "id", "")) == "service":
        yield f"service.{said}.{node.attr}"
    elif said == "self":
        yield f"{owner}.{node.attr}"
    elif said in known:
        yield f"{said}.{node.attr}"
    else:
        yield from (f"{name}.{node.attr}" for name in known)


def _code(names: Any) -> str:
    return ", ".join(f"`{name}`" for name in names if name)


if __name__ == "__main__":
    sys.exit(main())
