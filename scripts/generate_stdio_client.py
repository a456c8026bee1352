"""Write what the Node client of `stationthis serve-stdio` has from its schemas: client.mjs, client.d.ts, schema.json.

    python scripts/generate_stdio_client.py           # write them
    python scripts/generate_stdio_client.py --check   # only compare; exit 1 when one is out of date

Methods and types come from the schemas, and stand between marks in the client's files; the rest of these is written by hand.
"""

import argparse
import json
import re
import sys
import textwrap
from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import Any, Final

from stationthis_sdk.bots.stdio.framing import LONGEST_LINE
from stationthis_sdk.bots.stdio.schemas import DEFINITIONS, METHODS, NOTIFICATIONS, PROTOCOL, document

ROOT: Final = Path(__file__).resolve().parent.parent
CLIENT: Final = ROOT / "stationthis_sdk" / "bots" / "stdio"
FOLDER: Final = CLIENT
OWN: Final = frozenset({"follow", "shutdown"})
"""Methods that the client has in a form of its own; ``call`` reaches them as they are."""
_PLAIN: Final = {
    "string": "string",
    "number": "number",
    "integer": "number",
    "boolean": "boolean",
    "null": "null",
}


def main(arguments: list[str] | None = None) -> int:
    """Write the files, or compare them with ``--check``."""
    parser = argparse.ArgumentParser(description="The Node client of serve-stdio.")
    parser.add_argument("--check", action="store_true", help="compare only; exit 1 when one differs")
    check = parser.parse_args(arguments).check
    stale = []
    for name, content in files().items():
        path = FOLDER / name
        if path.is_file() and path.read_text("utf-8") == content:
            continue
        stale.append(name)
        if not check:
            path.write_text(content, "utf-8")
    if check and stale:
        print(
            f"out of date: {', '.join(stale)}; run: python scripts/generate_stdio_client.py", file=sys.stderr
        )
    return 1 if check and stale else 0


def files() -> dict[str, str]:
    """The files by their names."""
    return {
        "client.mjs": _filled("client.mjs", _module()),
        "client.d.ts": _filled("client.d.ts", _types()),
        "schema.json": json.dumps(document(), indent=1, ensure_ascii=False) + "\n",
    }


def _filled(name: str, written: Mapping[str, Iterable[str]]) -> str:
    """A file with what is written between its marks."""
    text = (CLIENT / name).read_text("utf-8")
    for mark, parts in written.items():
        first, last = (
            re.search(rf"^ *// {mark}: written by the script\n", text, re.MULTILINE),
            re.search(rf"^ *// end of {mark}\n", text, re.MULTILINE),
        )
        if first is None or last is None:
            raise SystemExit(f"{name} has no marks for its {mark}")
        text = text[: first.end()] + "\n".join(parts) + text[last.start() :]
    return text


def _module() -> dict[str, Iterable[str]]:
    return {
        "numbers": [f"export const PROTOCOL = {PROTOCOL};\nconst LONGEST_LINE = {LONGEST_LINE};\n"],
        "methods": [
            f"{_comment(METHODS[name].summary, '  ')}  {name}(params = {{}}) {{\n"
            f'    return this.call("{name}", params);\n  }}\n'
            for name in METHODS
            if name not in OWN
        ],
    }


def _types() -> dict[str, Iterable[str]]:
    methods = [
        f"{_comment(one.summary, '  ')}  {name}: {{\n"
        f"    params: {_type(one.params, '    ')};\n"
        f"    result: {_type(one.result, '    ')};\n  }};\n"
        for name, one in METHODS.items()
    ]
    named = [f"  {name}: {_type(schema, '  ')};\n" for name, schema in NOTIFICATIONS.items()]
    called = [
        f"{_comment(one.summary, '  ')}"
        f'  {name}(params{"" if _needs_any(one.params) else "?"}: Methods["{name}"]["params"]): '
        f'Promise<Methods["{name}"]["result"]>;\n'
        for name, one in METHODS.items()
        if name not in OWN
    ]
    return {
        "definitions": [
            f"export interface {name} {_type(schema, '')}\n" for name, schema in DEFINITIONS.items()
        ],
        "method types": ["".join(methods)],
        "notification types": ["".join(named)],
        "class methods": ["".join(called)],
    }


def _needs_any(params: Mapping[str, Any]) -> bool:
    return bool(params.get("required") or params.get("anyOf"))


def _type(schema: Mapping[str, Any], indent: str) -> str:
    """A schema as a type of TypeScript.

    >>> _type({"type": ["string", "null"]}, ""), _type({"type": "array", "items": {"enum": ["a", 1]}}, "")
    ('string | null', '("a" | 1)[]')
    """
    if "$ref" in schema:
        return str(schema["$ref"]).rpartition("/")[2]
    if "enum" in schema:
        return " | ".join(json.dumps(one) for one in schema["enum"])
    if "anyOf" in schema and "properties" not in schema:
        return " | ".join(_type(one, indent) for one in schema["anyOf"])
    kinds = schema.get("type")
    if isinstance(kinds, list):
        return " | ".join(_type({**schema, "type": kind}, indent) for kind in kinds)
    if kinds == "array":
        of = _type(schema["items"], indent)
        return f"({of})[]" if "|" in of and not of.startswith("{") else f"{of}[]"
    if kinds == "object":
        return _shape(schema, indent)
    return _PLAIN.get(str(kinds), "Json")


def _shape(schema: Mapping[str, Any], indent: str) -> str:
    more = schema.get("additionalProperties", True)
    fields: Mapping[str, Any] = schema.get("properties", {})
    if not fields:
        return f"Record<string, {_type(more, indent) if isinstance(more, dict) else 'Json' if more else 'never'}>"
    needed = schema.get("required", ())
    lines = []
    for name, field in fields.items():
        lines.append(_comment(field.get("description", ""), f"{indent}  "))
        lines.append(f"{indent}  {name}{'' if name in needed else '?'}: {_type(field, f'{indent}  ')};\n")
    if more:
        lines.append(f"{indent}  [name: string]: Json;\n")
    return "{\n" + "".join(lines) + f"{indent}}}"


def _comment(text: str, indent: str) -> str:
    """A text as a comment, above what it is about; nothing for none."""
    wrapped = textwrap.wrap(text.replace("*/", "* /"), 105 - len(indent))
    if len(wrapped) < 2:
        return f"{indent}/** {wrapped[0]} */\n" if wrapped else ""
    return f"{indent}/**\n" + "".join(f"{indent} * {line}\n" for line in wrapped) + f"{indent} */\n"


if __name__ == "__main__":
    sys.exit(main())
