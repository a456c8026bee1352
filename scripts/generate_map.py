"""Write the map of operations into CONTRIBUTING.md: operation, edge, public method, gateway.

    python scripts/generate_map.py           # write it
    python scripts/generate_map.py --check   # only compare; exit 1 when it is out of date

Read from the code: the operations a method of the edge names, the public methods that lead to it, the gateway's
routes. Where no method leads, the reason stands in its place.
"""

import argparse
import ast
import importlib
import json
import pkgutil
import re
import sys
from collections import defaultdict
from collections.abc import Mapping
from pathlib import Path
from typing import Any, Final

from call_graph import CallGraph, functions_of
from stationthis_sdk.local import routes as gateway

ROOT: Final = Path(__file__).resolve().parent.parent
PAGE: Final = ROOT / "CONTRIBUTING.md"
BEGIN: Final = "<!-- the map, written by scripts/generate_map.py -->"
END: Final = "<!-- end of the map -->"
PACKAGE: Final = ROOT / "stationthis_sdk"
CONTRACT: Final = ROOT / "generated_client" / "comfydeploy_client" / "contract.json"
METHODS: Final = ("get", "post", "put", "patch", "delete")
_QUEUED: Final = (
    "one request that lasts as long as the run loses it with the connection: it is queued and waited for"
)
REASONS: Final[Mapping[str, str]] = {
    "runs_sync_deployment": _QUEUED,
    "runs_stream_deployment": _QUEUED,
    "runs_sync_workflow": _QUEUED,
    "runs_stream_workflow": _QUEUED,
    "workflows_list_all": "all in one answer of any size: the paged list tells the same, page by page",
    "machines_list_all": "all in one answer of any size: the paged list tells the same, page by page",
    "machine_versions_list_all": "in few words each: the paged list tells more",
    "sessions_extend_by_runner": "for the machine's own runner, leaves the session's end as it is: Session.extend",
    "volumes_add_file_again": "the old path of volumes_add_file",
    "volumes_rename_file": "by the id of a download, which only few files have: Model.rename goes by the path",
}
"""The operations that no public method reaches, and what serves instead."""
# What is written from the resources, what they stand on, and what stands beside them.
BENEATH: Final = frozenset(
    {"sync", "portal", "interrupts", "local", "cli", "contract", "testing", "api.calls"}
)


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
    graph = CallGraph(PACKAGE, classes(), without=BENEATH)
    lines = ["| operation | vendor's | edge | method | gateway |", "|---|---|---|---|---|"]
    for path, item in contract["paths"].items():
        for method, operation in item.items():
            if method not in METHODS:
                continue
            name = operation["operationId"]
            ways = edge.get(name, [])
            reached = sorted({one for way in ways for one in graph.public(way)})
            served = gateway.get((method.upper(), re.sub(r"{\w+}", "{}", path)), "")
            cells = [f"`{name}`", f"`{operation['x-vendor']}`", _code(f"Service.{way}" for way in ways)]
            shown = _code(reached) or REASONS.get(name, "")
            lines.append(f"| {' | '.join([*cells, shown, _code([served])])} |")
    return "\n".join(lines)


def edges() -> dict[str, list[str]]:
    """The methods of the edge's families that name an operation, by operation: ``runs.get``."""
    found: dict[str, list[str]] = defaultdict(list)
    for module, family in families().items():
        tree = ast.parse((PACKAGE / "api" / "calls" / f"{module}.py").read_text("utf-8"))
        names = {
            alias.name
            for node in ast.walk(tree)
            if isinstance(node, ast.ImportFrom) and (node.module or "").startswith("comfydeploy_client.api.")
            for alias in node.names
        }
        methods = {}
        for owner, function in functions_of(tree):
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


def classes() -> dict[str, str]:
    """What the edge's service calls a family, by the class of its calls."""
    tree = ast.parse((PACKAGE / "api" / "service.py").read_text("utf-8"))
    return {
        alias.name: function.name
        for owner, function in functions_of(tree)
        for node in ast.walk(function)
        if owner and isinstance(node, ast.ImportFrom) and node.module
        for alias in node.names
    }


def families() -> dict[str, str]:
    """What the edge's service calls a family, by the module of its calls."""
    tree = ast.parse((PACKAGE / "api" / "service.py").read_text("utf-8"))
    return {
        node.module.rpartition(".")[2]: function.name
        for owner, function in functions_of(tree)
        for node in ast.walk(function)
        if owner and isinstance(node, ast.ImportFrom) and node.module
    }


def routes() -> dict[tuple[str, str], str]:
    """The gateway's files, by method and path they serve."""
    found = {}
    for module in pkgutil.iter_modules(gateway.__path__):
        for route in importlib.import_module(f"{gateway.__name__}.{module.name}").routes():
            path = re.sub(r"{[^}]+}", "{}", route.path).removeprefix("/api")
            found[route.method, path] = f"local/routes/{module.name}.py"
    return found


def _code(names: Any) -> str:
    return ", ".join(f"`{name}`" for name in names if name)


if __name__ == "__main__":
    sys.exit(main())
