"""Which public methods lead to which methods of the edge's service, read from the source: nothing is run.

Types are followed as far as annotations tell them: parameters, fields, properties, what a call returns, what is
assigned. What has no type leads nowhere, so the graph may miss a call, and never makes one up.
"""

import ast
from collections import defaultdict
from collections.abc import Iterator
from functools import cached_property
from pathlib import Path
from typing import Final

import attrs

__all__ = ["CallGraph", "Function", "functions_of"]

Function = ast.FunctionDef | ast.AsyncFunctionDef
Types = frozenset[str]
"""Classes by ``module.Name``; ``service.family`` is a family of calls."""

NOTHING: Final[Types] = frozenset()


def functions_of(tree: ast.Module) -> Iterator[tuple[str, Function]]:
    """The functions of a module and the methods of its classes, with the class's name."""
    for node in tree.body:
        if isinstance(node, Function):
            yield "", node
        elif isinstance(node, ast.ClassDef):
            yield from ((node.name, inner) for inner in node.body if isinstance(inner, Function))


@attrs.define(eq=False)
class _Class:
    name: str
    module: "_Module"
    bases: list[ast.expr]
    methods: dict[str, Function]
    fields: dict[str, ast.expr]
    assigned: dict[str, list[tuple[Function, ast.expr]]]


@attrs.define(eq=False)
class _Module:
    name: str
    functions: dict[str, Function]
    classes: dict[str, _Class]
    imports: dict[str, str]


class CallGraph:
    """The calls of a package. ``families`` are what the edge's service calls its families, by their classes."""

    def __init__(self, root: Path, families: dict[str, str], *, without: frozenset[str]) -> None:
        self._package = root.name
        self._families = families
        self._modules: dict[str, _Module] = {}
        self._environments: dict[int, dict[str, Types]] = {}
        self._asking: set[tuple[str, str]] = set()
        for path in sorted(root.rglob("*.py")):
            parts = path.relative_to(root).with_suffix("").parts
            if without.isdisjoint({parts[0], ".".join(parts)}):
                name = ".".join([self._package, *parts]).removesuffix(".__init__")
                self._modules[name] = _read(name, ast.parse(path.read_text("utf-8")))

    def public(self, way: str) -> set[str]:
        """The public methods of asynchronous classes that lead to ``family.method`` of the service."""
        reached: set[str] = set()
        seen, todo = {f"service.{way}"}, [f"service.{way}"]
        while todo:
            for caller in self._callers.get(todo.pop(), ()):
                if caller in seen:
                    continue
                seen.add(caller)
                todo.append(caller)
                owner, _, method = caller.rpartition(".")
                owner = owner.rpartition(".")[2]
                if owner.startswith("Async") and (
                    not method.startswith("_") or method in {"__call__", "__aiter__"}
                ):
                    reached.add(f"{owner.removeprefix('Async')}.{method.replace('__aiter__', '__iter__')}")
        return reached

    @cached_property
    def _callers(self) -> dict[str, set[str]]:
        callers: dict[str, set[str]] = defaultdict(set)
        for module in self._modules.values():
            for name, function in module.functions.items():
                for called in self._called(module, None, function):
                    callers[called].add(f"{module.name}.{name}")
            for owner in module.classes.values():
                for name, function in owner.methods.items():
                    for called in self._called(module, owner, function):
                        callers[called].add(f"{module.name}.{owner.name}.{name}")
        return callers

    def _called(self, module: _Module, owner: _Class | None, function: Function) -> Iterator[str]:
        """What a function calls or hands on, its lambdas and inner functions included."""
        known = self._environment(module, owner, function)
        for node in ast.walk(function):
            if isinstance(node, ast.Attribute):
                for kind in self._types(node.value, module, known):
                    yield from self._member(kind, node.attr)
            elif isinstance(node, ast.Name):
                found = self._named(node.id, module)
                if found in self._all_functions:
                    yield found
                elif found in self._all_classes:
                    yield from self._member(found, "__init__")
                    yield from self._member(found, "__attrs_post_init__")

    def _member(self, kind: str, name: str) -> Iterator[str]:
        """The method or property of a class, its own or a base's."""
        if kind.startswith("service."):
            yield f"{kind}.{name}"
        elif found := self._all_classes.get(kind):
            if name in found.methods:
                yield f"{kind}.{name}"
            else:
                for base in found.bases:
                    for above in self._types_of_annotation(base, found.module):
                        yield from self._member(above, name)

    @cached_property
    def _all_classes(self) -> dict[str, _Class]:
        return {
            f"{one.name}.{name}": found
            for one in self._modules.values()
            for name, found in one.classes.items()
        }

    @cached_property
    def _all_functions(self) -> dict[str, tuple[_Module, Function]]:
        return {
            f"{one.name}.{name}": (one, found)
            for one in self._modules.values()
            for name, found in one.functions.items()
        }

    def _named(self, name: str, module: _Module) -> str:
        """What a name of a module is called everywhere; names that packages hand on are followed."""
        if name in module.classes or name in module.functions:
            return f"{module.name}.{name}"
        found = module.imports.get(name, "")
        place, _, inner = found.rpartition(".")
        onward = self._modules.get(place)
        if onward is not None and onward is not module and inner in onward.imports:
            return self._named(inner, onward)
        return found

    def _environment(self, module: _Module, owner: _Class | None, function: Function) -> dict[str, Types]:
        """The types of a function's names, those of inner functions and comprehensions included."""
        if id(function) in self._environments:
            return self._environments[id(function)]
        known: dict[str, Types] = {}
        self._environments[id(function)] = known
        if owner is not None:
            known["self"] = frozenset({f"{module.name}.{owner.name}"})
        for node in ast.walk(function):
            if isinstance(node, ast.arg) and node.annotation is not None:
                known[node.arg] = self._types_of_annotation(node.annotation, module)
        for _ in range(2):  # what is assigned may be used further up, in a loop
            for node in ast.walk(function):
                for target, value in _assigned(node):
                    types = self._types(value, module, known)
                    known[target] = known.get(target, NOTHING) | types
        return known

    def _types(self, node: ast.expr, module: _Module, known: dict[str, Types]) -> Types:
        """The classes that an expression may be of, or hold."""
        match node:
            case ast.Name():
                return known.get(node.id, NOTHING)
            case ast.Attribute():
                holders = self._types(node.value, module, known)
                return frozenset().union(*(self._type_of_field(kind, node.attr) for kind in holders))
            case ast.Call():
                return self._types_of_call(node, module, known)
            case ast.Await() | ast.Starred() | ast.Subscript() | ast.NamedExpr():
                return self._types(node.value, module, known)
            case ast.IfExp():
                return self._types(node.body, module, known) | self._types(node.orelse, module, known)
            case ast.BoolOp():
                return frozenset().union(*(self._types(one, module, known) for one in node.values))
            case ast.List() | ast.Tuple():
                return frozenset().union(*(self._types(one, module, known) for one in node.elts))
            case ast.ListComp() | ast.GeneratorExp() | ast.SetComp():
                return self._types(node.elt, module, known)
        return NOTHING

    def _types_of_call(self, node: ast.Call, module: _Module, known: dict[str, Types]) -> Types:
        if isinstance(node.func, ast.Name):
            found = self._named(node.func.id, module)
            if found in self._all_classes:
                family = self._families.get(found.rpartition(".")[2])
                return frozenset({f"service.{family}" if family else found})
            if found in self._all_functions:
                place, function = self._all_functions[found]
                return self._types_of_annotation(function.returns, place)
            # next(…), sorted(…), min(…): what goes in comes out.
            return frozenset().union(*(self._types(one, module, known) for one in node.args))
        if isinstance(node.func, ast.Attribute):
            holders = self._types(node.func.value, module, known)
            return frozenset().union(*(self._type_of_field(kind, node.func.attr) for kind in holders))
        return NOTHING

    def _type_of_field(self, kind: str, name: str) -> Types:
        """What a class's field, property or method gives; a list or mapping gives what it holds."""
        owner = self._all_classes.get(kind)
        if owner is None or (kind, name) in self._asking:
            return NOTHING
        module = owner.module
        if name in owner.methods:
            return self._types_of_annotation(owner.methods[name].returns, module)
        if name in owner.fields:
            return self._types_of_annotation(owner.fields[name], module)
        self._asking.add((kind, name))
        try:
            types = NOTHING
            for function, value in owner.assigned.get(name, ()):
                types |= self._types(value, module, self._environment(module, owner, function))
        finally:
            self._asking.discard((kind, name))
        for base in owner.bases:
            for above in self._types_of_annotation(base, module):
                types |= self._type_of_field(above, name)
        return types

    def _types_of_annotation(self, node: ast.expr | None, module: _Module) -> Types:
        """The classes of ours that an annotation names."""
        if node is None:
            return NOTHING
        types: set[str] = set()
        for part in ast.walk(node):
            if isinstance(part, ast.Constant) and isinstance(part.value, str):
                types |= self._types_of_annotation(ast.parse(part.value, mode="eval").body, module)
            elif isinstance(part, ast.Name):
                found = self._named(part.id, module)
                if family := self._families.get(found.rpartition(".")[2]):
                    types.add(f"service.{family}")
                elif found in self._all_classes:
                    types.add(found)
        return frozenset(types)


def _read(name: str, tree: ast.Module) -> _Module:
    imports = {
        alias.asname or alias.name: f"{node.module}.{alias.name}"
        for node in ast.walk(tree)
        if isinstance(node, ast.ImportFrom) and node.module
        for alias in node.names
    }
    module = _Module(name, {}, {}, imports)
    for node in tree.body:
        if isinstance(node, Function):
            module.functions[node.name] = node
        elif isinstance(node, ast.ClassDef):
            methods = {inner.name: inner for inner in node.body if isinstance(inner, Function)}
            fields = {
                inner.target.id: inner.annotation
                for inner in node.body
                if isinstance(inner, ast.AnnAssign) and isinstance(inner.target, ast.Name)
            }
            assigned: dict[str, list[tuple[Function, ast.expr]]] = defaultdict(list)
            for method in methods.values():
                for inner in ast.walk(method):
                    if isinstance(inner, ast.Assign | ast.AnnAssign) and inner.value is not None:
                        for target in inner.targets if isinstance(inner, ast.Assign) else [inner.target]:
                            if (
                                isinstance(target, ast.Attribute)
                                and getattr(target.value, "id", "") == "self"
                            ):
                                assigned[target.attr].append((method, inner.value))
            module.classes[node.name] = _Class(node.name, module, node.bases, methods, fields, dict(assigned))
    return module


def _assigned(node: ast.AST) -> Iterator[tuple[str, ast.expr]]:
    """Names and what is assigned to them, also by loops and with blocks; of tuples one by one."""
    match node:
        case ast.Assign():
            for target in node.targets:
                yield from _pairs(target, node.value)
        case ast.NamedExpr() | ast.AnnAssign() if node.value is not None:
            yield from _pairs(node.target, node.value)
        case ast.For() | ast.AsyncFor() | ast.comprehension():
            yield from _pairs(node.target, node.iter)
        case ast.withitem() if node.optional_vars is not None:
            yield from _pairs(node.optional_vars, node.context_expr)


def _pairs(target: ast.expr, value: ast.expr) -> Iterator[tuple[str, ast.expr]]:
    if isinstance(target, ast.Name):
        yield target.id, value
    elif isinstance(target, ast.Tuple | ast.List):
        several = value.elts if isinstance(value, ast.Tuple) and len(value.elts) == len(target.elts) else None
        for place, inner in enumerate(target.elts):
            yield from _pairs(inner, several[place] if several else value)
