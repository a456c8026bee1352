"""What the messages of ``serve-stdio`` are made of, as JSON Schema (draft 2020-12). Pure."""

from collections.abc import Mapping
from typing import Any, Final

from stationthis_sdk.bots.stdio.faults import CODES

__all__ = [
    "ANY",
    "COUNT",
    "DEFINITIONS",
    "NUMBER",
    "PLATFORM",
    "SOME_TEXT",
    "TEXT",
    "VALUES",
    "YES",
    "Schema",
    "an_object",
    "list_of",
    "maybe",
    "one_of",
    "params",
    "ref",
    "told",
]

Schema = dict[str, Any]

TEXT: Final[Schema] = {"type": "string"}
SOME_TEXT: Final[Schema] = {"type": "string", "minLength": 1}
NUMBER: Final[Schema] = {"type": "number"}
COUNT: Final[Schema] = {"type": "integer", "minimum": 0}
YES: Final[Schema] = {"type": "boolean"}
ANY: Final[Schema] = {}
VALUES: Final[Schema] = {"type": "object"}
PLATFORM: Final[Schema] = {"enum": ["telegram", "discord"]}


def maybe(schema: Schema) -> Schema:
    """The same, or null."""
    return (
        {**schema, "type": [schema["type"], "null"]}
        if isinstance(schema.get("type"), str) and "enum" not in schema
        else {"anyOf": [schema, {"type": "null"}]}
    )


def told(schema: Schema, words: str) -> Schema:
    """The same, with what it means."""
    return {**schema, "description": words}


def list_of(of: Schema) -> Schema:
    """A list of these."""
    return {"type": "array", "items": of}


def ref(name: str) -> Schema:
    """One of the definitions."""
    return {"$ref": f"#/$defs/{name}"}


def an_object(fields: Mapping[str, Schema], *optional: str, open_: bool = False, **more: Any) -> Schema:
    """An object of these fields; all are there but the optional ones, and no others unless it is open."""
    return {
        "type": "object",
        "properties": dict(fields),
        "required": [name for name in fields if name not in optional],
        "additionalProperties": open_,
        **more,
    }


def params(required: Mapping[str, Schema], optional: Mapping[str, Schema] | None = None) -> Schema:
    """What a method takes: these, and perhaps those."""
    return an_object({**required, **(optional or {})}, *(optional or {}))


def one_of(*names: str) -> Schema:
    """At least one of these is given."""
    return {"anyOf": [{"required": [name]} for name in names]}


DEFINITIONS: Final[dict[str, Schema]] = {
    "Output": an_object(
        {
            "kind": told(TEXT, "image, animation, video, audio, mesh, text or file"),
            "name": told(maybe(TEXT), "The workflow's own name for it."),
            "url": maybe(TEXT),
            "text": maybe(TEXT),
            "filename": maybe(TEXT),
            "saved": told(maybe(TEXT), "Where it was saved."),
        }
    ),
    "Timings": an_object(
        {
            "created_at": maybe(TEXT),
            "queued_at": maybe(TEXT),
            "started_at": maybe(TEXT),
            "ended_at": maybe(TEXT),
            "duration": told(maybe(NUMBER), "Seconds."),
            "run_duration": told(maybe(NUMBER), "Seconds at work."),
        }
    ),
    "Run": an_object(
        {
            "run_id": TEXT,
            "state": told(TEXT, "not-started, queued, started, running, uploading; success, failed, timeout, cancelled"),
            "final": told(YES, "Whether it has ended."),
            "reason": told(maybe(TEXT), "Why it failed."),
            "deployment": maybe(TEXT),
            "inputs": VALUES,
            "outputs": list_of(ref("Output")),
            "timings": ref("Timings"),
            "cost": told(maybe(NUMBER), "US dollars, estimated; null where nobody knows."),
            "cost_why": maybe(TEXT),
            "from_cache": YES,
        }
    ),
    "Event": an_object(
        {
            "cursor": told(COUNT, "Its number, within this process."),
            "at": told(TEXT, "When it was heard; UTC."),
            "event": {"enum": ["state", "progress", "output", "end"]},
            "run_id": TEXT,
            "state": TEXT,
            "fraction": told(NUMBER, "0–1; never goes back."),
            "queue_position": maybe(COUNT),
            "message": TEXT,
            "output": {"anyOf": [ref("Output"), {"type": "null"}]},
        }
    ),
    "Field": an_object(
        {
            "name": TEXT,
            "kind": TEXT,
            "required": YES,
            "default": ANY,
            "minimum": maybe(NUMBER),
            "maximum": maybe(NUMBER),
            "step": maybe(NUMBER),
            "options": maybe(list_of(TEXT)),
            "label": TEXT,
            "description": TEXT,
        }
    ),
    "Deployment": an_object(
        {
            "name": TEXT,
            "environment": TEXT,
            "version": maybe({"type": "integer"}),
            "id": TEXT,
            "description": TEXT,
            "source": told(TEXT, "api, or cache for a copy."),
            "asked_at": TEXT,
            "inputs": list_of(ref("Field")),
        }
    ),
    "Button": an_object({"label": TEXT, "data": TEXT, "url": TEXT}),
    "SentFile": an_object(
        {
            "place": told(COUNT, "The output's place in the run."),
            "filename": TEXT,
            "kind": TEXT,
            "mime": maybe(TEXT),
        }
    ),
    "Step": an_object(
        {
            "kind": {"enum": ["photo", "album", "animation", "video", "audio", "document", "text"]},
            "files": list_of(ref("SentFile")),
            "text": TEXT,
            "buttons": list_of(list_of(ref("Button"))),
            "private": told(YES, "To the user alone, not into the group."),
        }
    ),
    "Made": an_object(
        {
            "place": told(COUNT, "Its place among the outputs; where it stands in the list by default."),
            "kind": TEXT,
            "filename": maybe(TEXT),
            "mime": maybe(TEXT),
            "size": told(maybe(COUNT), "Bytes."),
            "width": told(maybe(COUNT), "Pixels."),
            "height": told(maybe(COUNT), "Pixels."),
            "text": maybe(TEXT),
            "url": maybe(TEXT),
            "transparent": YES,
        },
        "place", "filename", "mime", "size", "width", "height", "text", "url", "transparent",
        open_=True,
    ),
    "ErrorData": an_object(
        {
            "type": told(TEXT, "The error's class in the SDK, or ProtocolError."),
            "code": told(maybe(TEXT), "The product's word, such as generation_failed."),
            "retryable": told(YES, "Whether the same request may succeed later, and costs nothing twice."),
            "run_id": maybe(TEXT),
            "problems": list_of(TEXT),
            "suggestions": list_of(TEXT),
            "retry_after": told(NUMBER, "Seconds."),
            "reason": told(TEXT, "Why a run failed, in the words of its machine."),
        },
        "retry_after",
        "reason",
    ),
    "ErrorObject": an_object(
        {"code": {"enum": sorted(CODES.values(), reverse=True)}, "message": TEXT, "data": ref("ErrorData")}
    ),
}  # fmt: skip
