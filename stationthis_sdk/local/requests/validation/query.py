"""Paths and queries, read value by value."""

import re
import uuid
from collections.abc import Collection

from aiohttp import web

from stationthis_sdk.local.requests.validation.values import (
    fault,
    read_choice,
    read_flag,
    read_integer,
    read_text,
    read_uuid,
    refuse,
)
from stationthis_sdk.local.strictness import strict

__all__ = [
    "loose_path_uuid",
    "loose_uuid",
    "path_int",
    "path_uuid",
    "query_bool",
    "query_choice",
    "query_int",
    "query_text",
    "query_uuid",
]


def path_uuid(request: web.Request, name: str) -> str:
    """A UUID in the path; 422 for anything else."""
    return read_uuid(request.match_info[name], ["path", name])


def path_int(request: web.Request, name: str) -> int:
    """A whole number in the path; 422 for anything else."""
    return read_integer(request.match_info[name], ["path", name])


def loose_uuid(given: str) -> str:
    """A UUID where the service doesn't validate it: anything else is an error deep inside (ValueError)."""
    return str(uuid.UUID(given))


def loose_path_uuid(request: web.Request, name: str) -> str:
    """A UUID in the path that the service doesn't validate; a strict gateway does, with a 422."""
    return path_uuid(request, name) if strict() else loose_uuid(request.match_info[name])


def query_bool(request: web.Request, name: str, *, default: bool = False) -> bool:
    """A boolean in the query; 422 for anything else."""
    given = request.query.get(name)
    return default if given is None else read_flag(given, ["query", name])


def query_int(request: web.Request, name: str, default: int | None) -> int | None:
    """A whole number in the query; 422 for anything else."""
    given = request.query.get(name)
    if given is None:
        return default
    if not re.fullmatch(r"[+-]?[0-9]{1,15}", given.strip()):
        message = "Input should be a valid integer, unable to parse string as an integer"
        raise refuse(fault("int_parsing", ["query", name], message, given))
    return int(given)


def query_text(request: web.Request, name: str) -> str | None:
    """A text in the query; 422 for what is none."""
    given = request.query.get(name)
    return None if given is None else read_text(given, ["query", name])


def query_uuid(request: web.Request, name: str) -> str | None:
    """A UUID in the query; 422 for anything else."""
    given = request.query.get(name)
    return None if given is None else read_uuid(given, ["query", name])


def query_choice(request: web.Request, name: str, choices: Collection[str]) -> str | None:
    """One of some words in the query; 422 for anything else."""
    given = request.query.get(name)
    return None if given is None else read_choice(given, ["query", name], choices)
