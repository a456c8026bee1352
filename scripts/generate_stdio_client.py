"""Write the Node client of `stationthis serve-stdio` and its schemas: client.mjs, client.d.ts, schema.json.

    python scripts/generate_stdio_client.py           # write them
    python scripts/generate_stdio_client.py --check   # only compare; exit 1 when one is out of date

Methods and types come from the schemas in ``stationthis_sdk.bots.stdio``; the rest stands in scripts/stdio_client.
"""

import argparse
import json
import sys
import textwrap
from collections.abc import Mapping
from pathlib import Path
from typing import Any, Final

from stationthis_sdk.bots.stdio.framing import LONGEST_LINE
from stationthis_sdk.bots.stdio.schemas import DEFINITIONS, METHODS, NOTIFICATIONS, PROTOCOL, document

ROOT: Final = Path(__file__).resolve().parent.parent
TEMPLATES: Final = ROOT / "scripts" / "stdio_client"
FOLDER: Final = ROOT / "stationthis_sdk" / "bots" / "stdio"
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
        "client.mjs": _module(),
        "client.d.ts": _types(),
        "schema.json": json.dumps(document(), indent=1, ensure_ascii=False) + "\n",
    }


def _module() -> str:
    methods = [
        f"\n{_comment(METHODS[name].summary, '  ')}  {name}(params = {{}}) {{\n"
        f'    return this.call("{name}", params);\n  }}\n'
        for name in METHODS
        if name not in OWN
    ]
    template = (TEMPLATES / "client.mjs").read_text("utf-8")
    for mark, text in (
        ("PROTOCOL", str(PROTOCOL)),
        ("LONGEST_LINE", str(LONGEST_LINE)),
        ("METHODS", "".join(methods)),
    ):
        template = template.replace(f"__{mark}__", text)
    return template


def _types() -> str:
    defined = [f"\nexport interface {name} {_type(schema, '')}\n" for name, schema in DEFINITIONS.items()]
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
    text = (TEMPLATES / "client.d.ts").read_text("utf-8")
    for mark, parts in (
        ("DEFINITIONS", defined),
        ("CLASS_METHODS", called),
        ("METHOD_TYPES", methods),
        ("NOTIFICATION_TYPES", named),
    ):
        text = text.replace(f"__{mark}__", "".join(parts))
    return text


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
