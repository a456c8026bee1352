"""Builds the reference as HTML into ``out/docs``: docstrings, guides and documents, warnings as errors.

Guides are executed on the local gateway; what they show is kept in ``out/docs-cache`` until their code or the SDK's
changes. The pages of ``scripts/docs/pages`` and the project's documents are laid side by side in ``out/docs-source`` first.
Exit codes: 0 when all is well; 1 when something could not be built, leads nowhere, or is on no page.
"""

import argparse
import hashlib
import json
import os
import shutil
import sys
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Final

from sphinx.cmd.build import build_main

ROOT: Final = Path(__file__).resolve().parent.parent
HERE: Final = ROOT / "scripts" / "docs"
DOCUMENTS: Final = ("README.md", "CHANGELOG.md", "CONTRIBUTING.md", "openapi/comfydeploy.yaml")


def assemble(source: Path) -> None:
    """Lay what the pages are made of side by side, as in the project: links between them lead where they should."""
    shutil.rmtree(source, ignore_errors=True)
    shutil.copytree(HERE / "pages", source)
    shutil.copytree(ROOT / "notebooks", source / "notebooks", ignore=shutil.ignore_patterns("files", ".*"))
    for name in DOCUMENTS:
        (source / name).parent.mkdir(exist_ok=True)
        shutil.copy2(ROOT / name, source / name)


def build(out: Path, *, execute: str) -> int:
    """Build into ``out/docs`` and return Sphinx's exit code."""
    assemble(out / "docs-source")
    defined = {"nb_execution_mode": execute, "nb_execution_cache_path": str(_cache(out / "docs-cache"))}
    options = [part for name, value in defined.items() for part in ("-D", f"{name}={value}")]
    places = ["-c", str(HERE), "-d", str(out / "docs-trees"), str(out / "docs-source"), str(out / "docs")]
    with TemporaryDirectory(ignore_cleanup_errors=True) as home:
        # Nobody's settings or runs get into the pages.
        for name in [one for one in os.environ if one.startswith(("STATIONTHIS_", "COMFY"))]:
            del os.environ[name]
        os.environ |= {"STATIONTHIS_HOME": home, "IPYTHONDIR": home, "JUPYTER_PATH": str(_kernel(Path(home)))}
        return build_main(["--fail-on-warning", "--keep-going", "--quiet", *options, *places])


def _kernel(home: Path) -> Path:
    """A kernel that is this Python, whatever others are installed; it says nothing of itself on standard error."""
    command = [sys.executable, "-m", "ipykernel_launcher", "--log-level=ERROR", "-f", "{connection_file}"]
    place = home / "jupyter" / "kernels" / "python3"
    place.mkdir(parents=True)
    (place / "kernel.json").write_text(
        json.dumps({"argv": command, "display_name": "Python 3", "language": "python"}), "utf-8"
    )
    return home / "jupyter"


def _cache(folder: Path) -> Path:
    """Where guides are kept that were executed with the SDK as it is; those of another one are thrown away."""
    state = hashlib.sha256()
    for path in sorted((ROOT / "stationthis_sdk").rglob("*.*")):
        if path.suffix != ".pyc":
            state.update(path.read_bytes())
    kept = folder / state.hexdigest()[:16]
    for other in folder.glob("*"):
        if other != kept:
            shutil.rmtree(other)
    return kept


def main() -> int:
    """Build, check, and say where it is."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--execute", choices=("cache", "off"), default="cache", help="whether guides are run")
    parser.add_argument("--out", type=Path, default=ROOT / "out", help="where docs/ is made")
    asked = parser.parse_args()
    out = asked.out.resolve()
    code = build(out, execute=asked.execute)

    from docs import checks  # noqa: PLC0415 - what it reads is there now

    found = [*checks.faults(out / "docs"), *checks.undocumented(out / "docs")]
    for one in found:
        print(one, file=sys.stderr)
    if code or found:
        return 1
    print(f"Open {out / 'docs' / 'index.html'}")
    return 0


if __name__ == "__main__":
    sys.exit(main())
