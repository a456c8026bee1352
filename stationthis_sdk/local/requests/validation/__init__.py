"""Reading requests as the service does: its validation errors, word for word in their shape."""

from stationthis_sdk.local.requests.validation.body import BODY_LIMIT, Body, json_body
from stationthis_sdk.local.requests.validation.query import (
    loose_path_uuid,
    loose_uuid,
    path_int,
    path_uuid,
    query_bool,
    query_choice,
    query_int,
    query_text,
    query_uuid,
)
from stationthis_sdk.local.requests.validation.values import fault, refuse, storable

__all__ = [
    "BODY_LIMIT",
    "Body",
    "fault",
    "json_body",
    "loose_path_uuid",
    "loose_uuid",
    "path_int",
    "path_uuid",
    "query_bool",
    "query_choice",
    "query_int",
    "query_text",
    "query_uuid",
    "refuse",
    "storable",
]
