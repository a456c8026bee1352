"""What is public: the names, their signatures, what importing costs, and that both colours agree."""

import ast
import inspect
import subprocess
import sys
import textwrap
from importlib import import_module
from pathlib import Path

import pytest

import stationthis_sdk
from stationthis_sdk import sync

SNAPSHOT = Path(__file__).with_name("public_api.txt")
ROOT = Path(__file__).resolve().parent.parent


def _describe() -> str:
    lines = [f"__all__: {' '.join(sorted(stationthis_sdk.__all__))}"]
    for name in sorted(sync.__all__):
        lines.append(f"\n{name}")
        # What both colours have in common is of their bases.
        bases = [
            base
            for base in reversed(getattr(sync, name).__mro__)
            if base.__module__.startswith("stationthis_sdk.")
        ]
        surface = {attribute: value for base in bases for attribute, value in vars(base).items()}
        for attribute, value in sorted(surface.items()):
            if attribute.startswith("_") and attribute not in {"__call__", "__getitem__", "__iter__"}:
                continue
            shown = (
                ": property"
                if isinstance(value, property)
                else inspect.signature(value)
                if callable(value)
                else ""
            )
            lines.append(f"  {attribute}{shown}")
    return "\n".join(lines) + "\n"


def test_the_public_surface_is_what_was_agreed() -> None:
    """A changed name or signature is a decision: write it with `python -m tests.test_public`."""
    assert _describe() == SNAPSHOT.read_text("utf-8")


def test_every_public_name_exists_and_is_imported_for_type_checkers() -> None:
    """The lazy table and the imports for type checkers name the same things."""
    for name in stationthis_sdk.__all__:
        assert getattr(stationthis_sdk, name) is not None
    source = Path(stationthis_sdk.__file__).read_text("utf-8")
    block = source[source.index("if TYPE_CHECKING:") : source.index("_WHERE")]
    imported = {
        alias.name
        for node in ast.walk(ast.parse(textwrap.dedent(block.partition("\n")[2].rpartition("\n\n")[0])))
        if isinstance(node, ast.ImportFrom)
        for alias in node.names
    }
    assert imported | {"__version__"} == set(stationthis_sdk.__all__)
    with pytest.raises(AttributeError, match="no attribute 'Stationthis'"):
        _ = stationthis_sdk.Stationthis
    assert dir(stationthis_sdk) == sorted(stationthis_sdk.__all__)


@pytest.mark.parametrize("package", ["entities", "local", "testing", "webhooks"])
def test_names_that_are_loaded_later_are_offered_before(package: str) -> None:
    """What completes names asks for all there are; nobody has asked for one of them yet."""
    code = f"import stationthis_sdk.{package} as it; assert set(it.__all__) <= set(dir(it)); assert not set(it.__all__) & set(vars(it))"
    subprocess.run([sys.executable, "-c", code], check=True)


@pytest.mark.parametrize("name", sync.__all__)
def test_both_colours_have_the_same_surface(name: str) -> None:
    """The same names, the same parameters, the same docstrings but for await."""
    from generate_sync import MODULES

    synchronous = getattr(sync, name)
    modules = (import_module(f"stationthis_sdk.{path[:-3].replace('/', '.')}") for path in MODULES)
    asynchronous = next(found for one in modules if (found := vars(one).get(f"Async{name}")))
    assert synchronous.__annotations__["_inner"] == asynchronous.__name__
    public = {name for name in vars(asynchronous) if not name.startswith("_")}
    assert public == {name for name in vars(synchronous) if not name.startswith("_")}
    for each in public:
        one, other = getattr(asynchronous, each), getattr(synchronous, each)
        if not isinstance(one, property):
            assert list(inspect.signature(one).parameters) == list(inspect.signature(other).parameters), each
        assert inspect.getdoc(other), each


def test_every_public_thing_is_documented() -> None:
    """A docstring on each class, method and property that people can reach."""
    for name in stationthis_sdk.__all__:
        value = getattr(stationthis_sdk, name)
        if isinstance(value, type):
            assert value.__doc__, name


@pytest.mark.parametrize(
    "module", ["pandas", "numpy", "PIL", "ipywidgets", "diskcache", "httpx", "aiohttp", "anyio"]
)
def test_importing_the_sdk_imports_nothing_heavy(module: str) -> None:
    """Nothing is paid for before it is used."""
    code = f"import sys, stationthis_sdk; sys.exit({module!r} in sys.modules)"
    assert subprocess.run([sys.executable, "-c", code], check=False).returncode == 0


def test_the_plain_classes_are_loaded_without_asyncio() -> None:
    """Who only names them waits for no event loop, nor for what makes HTTP."""
    code = "import sys; from stationthis_sdk import StationThis; sys.exit('asyncio' in sys.modules)"
    assert subprocess.run([sys.executable, "-c", code], check=False).returncode == 0


def test_no_generated_name_is_public() -> None:
    """Nobody who uses the SDK sees the generated client."""
    assert "comfydeploy" not in _describe()


def test_sync_is_what_the_script_writes() -> None:
    """The synchronous classes are in step with the asynchronous ones."""
    script = ROOT / "scripts" / "generate_sync.py"
    done = subprocess.run([sys.executable, script, "--check"], capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr


if __name__ == "__main__":
    SNAPSHOT.write_text(_describe(), "utf-8")
