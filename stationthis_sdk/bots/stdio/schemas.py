"""Every message as JSON Schema (draft 2020-12): what is checked, and what the Node client's types are made from."""

from typing import Final

import attrs

from stationthis_sdk.bots.stdio.definitions import (
    COUNT,
    DEFINITIONS,
    NUMBER,
    PLATFORM,
    SOME_TEXT,
    TEXT,
    VALUES,
    YES,
    Schema,
    an_object,
    list_of,
    maybe,
    one_of,
    params,
    ref,
    told,
)
from stationthis_sdk.bots.stdio.faults import CODES

__all__ = ["DEFINITIONS", "METHODS", "NOTIFICATIONS", "PROTOCOL", "Described", "document", "schema_of"]

PROTOCOL: Final = 1
"""Goes up when what is there already changes; what is added changes nothing."""

_RUN_ID: Final = told(SOME_TEXT, "The service's id of the run.")
_WHICH: Final[dict[str, Schema]] = {
    "deployment": told(SOME_TEXT, "Name, id or share slug of a deployment."),
    "deployment_id": told(SOME_TEXT, "The same, as the product spells it."),
    "deploymentId": told(SOME_TEXT, "The same, as the product spells it."),
    "environment": told(SOME_TEXT, "production, staging, preview, …"),
}
_IS_WHICH: Final = one_of("deployment", "deployment_id", "deploymentId")
_OF_RUN: Final[dict[str, Schema]] = {"run_id": _RUN_ID, "runId": _RUN_ID}
_IS_RUN: Final = one_of("run_id", "runId")
_INPUTS: Final = told(
    VALUES,
    "Inputs by name. Pictures and files: a web address, a data URL, {path}, {base64} or {url}, the last three perhaps with "
    "filename. A bare text is never a path.",
)
_FILE: Final[dict[str, Schema]] = {
    "path": told(SOME_TEXT, "A file on this machine."),
    "base64": told(TEXT, "Its bytes."),
    "url": told(SOME_TEXT, "A web address, or a data URL; it is fetched and uploaded."),
    "filename": told(SOME_TEXT, "What it is to be called."),
}
_IS_FILE: Final = one_of("path", "base64", "url")
_KEY: Final = told(
    SOME_TEXT,
    "Yours, of this one wish: with another deployment or other inputs it is refused. It holds for all who share the data "
    "folder and the workspace, so bots begin theirs with their own names; at another address of the service, or in "
    "another data folder, it is another key.",
)
_REGISTERED: Final = {
    "type": "object",
    "properties": {
        "type": {"type": ["integer", "null"]},
        "options": {
            "type": ["array", "null"],
            "items": {
                "type": "object",
                "properties": {"choices": {"type": ["array", "null"], "items": VALUES}},
            },
        },
    },
}
_TIMEOUT: Final = {"type": "number", "minimum": 0, "maximum": 86_400}
_RUN_OPTIONS: Final = an_object(
    {
        "timeout": told(
            {"type": "number", "exclusiveMinimum": 0}, "Seconds after which the run is not watched any more."
        ),
        "gpu": told(SOME_TEXT, "What to ask for; the deployment's own wins."),
        "tags": list_of(SOME_TEXT),
        "webhook": told(SOME_TEXT, "A URL that hears of every change of state."),
        "cache": told(YES, "Take an equal run made from this machine instead of paying again."),
        "allow_unknown": told(YES, "Send inputs that the workflow does not declare."),
    },
    "timeout",
    "gpu",
    "tags",
    "webhook",
    "cache",
    "allow_unknown",
)


@attrs.frozen
class Described:
    """A method: what it takes and gives, and what it is for. ``product``: a name of the product's own handlers."""

    summary: str
    params: Schema
    result: Schema
    product: bool = False


_STATUS: Final = told(TEXT, "completed for success; else the service's own word.")
_BOTH: Final[dict[str, Schema]] = {"success": YES, "run_id": TEXT, "runId": TEXT}

METHODS: Final[dict[str, Described]] = {
    "hello": Described(
        "Says who is there, and what can be asked for. Not needed, but a good first thing to ask.",
        params({}, {"client": TEXT, "version": TEXT}),
        an_object(
            {
                "server": TEXT,
                "version": TEXT,
                "protocol": told({"type": "integer"}, "Goes up when what is there already changes."),
                "methods": list_of(TEXT),
                "where": told({"enum": ["cloud", "local"]}, "local: a gateway on this machine."),
                "account": told(TEXT, "Tells accounts apart; no key."),
                "instance": told(TEXT, "Other in every process: cursors of events are good within one."),
                "notes": list_of(TEXT),
            }
        ),
    ),
    "submit": Described(
        "Starts a run. With a key the same run is returned, however often it is asked for, also after a crash.",
        an_object(
            {**_WHICH, "inputs": _INPUTS, "key": _KEY, "options": _RUN_OPTIONS},
            *_WHICH, "inputs", "key", "options", **_IS_WHICH,
        ),
        an_object(
            {"run_id": TEXT, "state": TEXT, "deployment": maybe(TEXT),
             "known": told(YES, "The key was there already: nothing was started.")}
        ),
    ),
    "wait": Described(
        "Waits for a run's end, and returns the run; as it stands, once so many seconds have passed.",
        an_object({**_OF_RUN, "timeout": _TIMEOUT}, *_OF_RUN, "timeout", **_IS_RUN),
        ref("Run"),
    ),
    "get": Described("Reads a run from the service.", an_object(_OF_RUN, *_OF_RUN, **_IS_RUN), ref("Run")),
    "status": Described("The same as get.", an_object(_OF_RUN, *_OF_RUN, **_IS_RUN), ref("Run")),
    "events": Described(
        "What has happened to runs since a cursor; waits so many seconds while there is nothing. A run that is named is "
        "watched from then on. The last 10,000 events of this process are kept.",
        params(
            {},
            {**_OF_RUN, "since": COUNT, "limit": {"type": "integer", "minimum": 1, "maximum": 1000},
             "timeout": _TIMEOUT,
             "instance": told(TEXT, "hello's: by it another process knows that the cursor is none of its own.")},
        ),
        an_object(
            {"events": list_of(ref("Event")), "cursor": COUNT, "instance": TEXT,
             "missed": told(YES, "Events since the cursor are not kept any more."),
             "final": told(YES, "The run that was named has ended, and no more events of it will come.")}
        ),
    ),
    "follow": Described(
        "From now on each event comes as a notification, too. A run that is named is watched from then on.",
        params({}, _OF_RUN),
        an_object({"cursor": COUNT, "instance": TEXT}),
    ),
    "unfollow": Described("No more notifications.", params({}), an_object({})),
    "cancel": Described(
        "Cancels a run, and tells the state it ended in; one that has ended keeps its end.",
        an_object(_OF_RUN, *_OF_RUN, **_IS_RUN),
        an_object({"run_id": TEXT, "state": TEXT}),
    ),
    "save": Described(
        "Saves every output into a folder, with a JSON of its inputs beside it unless sidecar is false.",
        an_object({**_OF_RUN, "to": SOME_TEXT, "sidecar": YES}, *_OF_RUN, "sidecar", **_IS_RUN),
        an_object({"run_id": TEXT, "paths": list_of(TEXT)}),
    ),
    "upload": Described(
        "Uploads a file, and tells its address.",
        an_object(_FILE, *_FILE, **_IS_FILE),
        an_object({"id": TEXT, "url": TEXT, "filename": TEXT, "mime": maybe(TEXT), "size": maybe(COUNT)}),
    ),
    "deployments": Described(
        "Lists the deployments with their inputs.",
        params({}, {"environment": SOME_TEXT, "refresh": YES}),
        an_object({"deployments": list_of(ref("Deployment"))}),
    ),
    "estimate": Described(
        "What runs would cost and how long they take, by earlier runs; nothing is sent.",
        an_object(
            {**_WHICH, "inputs": _INPUTS, "rows": told({**list_of(VALUES), "minItems": 1}, "Inputs of many runs.")},
            *_WHICH, "inputs", "rows", **_IS_WHICH,
        ),
        an_object(
            {"rows": COUNT, "missing": COUNT, "dollars": maybe(NUMBER), "most": maybe(NUMBER),
             "seconds": maybe(NUMBER), "runs_before": COUNT, "why": maybe(TEXT)}
        ),
    ),
    "render": Described(
        "What to send for a run that has ended, on a platform: an ordered plan; one sentence for one that did not end well.",
        an_object(
            {
                "platform": PLATFORM, **_OF_RUN,
                "outputs": told(list_of(ref("Made")), "Instead of a run: what it made, best with sizes."),
                "hints": told({"type": "object", "additionalProperties": TEXT}, "send-as, filename; of a run, those in its workflow's notes by default."),
                "limits": told({"type": "object", "additionalProperties": {"type": ["number", "null"], "exclusiveMinimum": 0}}, "Other limits than the platform's own, like upload in bytes."),
                "caption": TEXT, "name": TEXT, "private_documents": YES, "buttons": list_of(list_of(ref("Button"))),
            },
            *_OF_RUN, "outputs", "hints", "limits", "caption", "name", "private_documents", "buttons",
            **one_of("run_id", "runId", "outputs"),
        ),
        an_object({"steps": list_of(ref("Step"))}),
    ),
    "commands": Described(
        "The commands of a bot as the platform registers them; with what is registered, only what has to change.",
        params({"platform": PLATFORM}, {"registered": list_of(_REGISTERED)}),
        an_object(
            {
                "commands": list_of(VALUES),
                "diff": maybe(an_object({"add": list_of(VALUES), "change": list_of(VALUES), "remove": list_of(VALUES)})),
            }
        ),
    ),
    "get_preferences": Described(
        "What somebody likes inputs to be.",
        params({}, {"user": SOME_TEXT, "workflow": SOME_TEXT}),
        an_object({"preferences": VALUES}),
    ),
    "set_preferences": Described(
        "Prefers these from now on.",
        params({"words": VALUES}, {"user": SOME_TEXT, "workflow": SOME_TEXT}),
        an_object({"preferences": VALUES}),
    ),
    "forget_preferences": Described(
        "Prefers nothing any more, or not these.",
        params({}, {"user": SOME_TEXT, "workflow": SOME_TEXT, "names": list_of(SOME_TEXT)}),
        an_object({}),
    ),
    "shutdown": Described(
        "Ends the process when it has answered; runs go on, and are told.",
        params({}),
        an_object({"runs": list_of(an_object({"run_id": TEXT, "state": TEXT}))}),
    ),
    "submit_request": Described(
        "submit, in the product's words.",
        an_object(
            {**_WHICH, "inputs": _INPUTS, "key": _KEY, "webhook": SOME_TEXT}, *_WHICH, "inputs", "key", "webhook",
            open_=True, **_IS_WHICH,
        ),
        an_object({**_BOTH, "status": _STATUS}),
        product=True,
    ),
    "check_status": Described(
        "get, in the product's words.",
        an_object(_OF_RUN, *_OF_RUN, open_=True, **_IS_RUN),
        an_object(
            {**_BOTH, "status": _STATUS, "progress": told(NUMBER, "0–1"), "live_status": TEXT, "liveStatus": TEXT,
             "queue_position": maybe(COUNT), "code": maybe(TEXT), "error": maybe(TEXT)}
        ),
        product=True,
    ),
    "get_results": Described(
        "What a run made, in the product's words.",
        an_object(_OF_RUN, *_OF_RUN, open_=True, **_IS_RUN),
        an_object(
            {**_BOTH, "status": _STATUS, "code": maybe(TEXT), "error": maybe(TEXT),
             "images": list_of(an_object({"url": TEXT, "filename": maybe(TEXT)})),
             "files": list_of(an_object({"url": TEXT, "filename": maybe(TEXT), "kind": TEXT})),
             "texts": list_of(TEXT), "outputs": list_of(ref("Output"))}
        ),
        product=True,
    ),
    "cancel_request": Described(
        "cancel, in the product's words.",
        an_object(_OF_RUN, *_OF_RUN, open_=True, **_IS_RUN),
        an_object({**_BOTH, "status": _STATUS}),
        product=True,
    ),
    "get_upload_url": Described(
        "A signed address to PUT one file to. The file is to be had at download_url once it is there.",
        an_object(
            {"type": told(SOME_TEXT, "Its media type."), "file_size": {"type": "integer", "minimum": 1},
             "fileSize": {"type": "integer", "minimum": 1}, "filename": SOME_TEXT},
            "file_size", "fileSize", "filename", open_=True, **one_of("file_size", "fileSize"),
        ),
        an_object(
            {"success": YES, "upload_url": TEXT, "uploadUrl": TEXT, "download_url": TEXT, "downloadUrl": TEXT,
             "file_id": TEXT, "fileId": TEXT, "headers": {"type": "object", "additionalProperties": TEXT},
             "expires_at": maybe(TEXT)}
        ),
        product=True,
    ),
    "upload_file": Described(
        "upload, in the product's words.",
        an_object(_FILE, *_FILE, open_=True, **_IS_FILE),
        an_object({"success": YES, "id": TEXT, "url": TEXT, "filename": TEXT}),
        product=True,
    ),
}  # fmt: skip

NOTIFICATIONS: Final[dict[str, Schema]] = {
    "event": ref("Event"),
    "closing": an_object({"runs": list_of(an_object({"run_id": TEXT, "state": TEXT}))}),
}


def schema_of(part: Schema) -> Schema:
    """A part as a schema of its own, with the definitions it names."""
    return {"$schema": "https://json-schema.org/draft/2020-12/schema", **part, "$defs": DEFINITIONS}


def document() -> Schema:
    """All of it, as it is shipped in ``schema.json``."""
    return {
        "$schema": "https://json-schema.org/draft/2020-12/schema",
        "title": "stationthis serve-stdio: JSON-RPC 2.0, one message a line",
        "protocol": PROTOCOL,
        "methods": {
            name: {"summary": one.summary, "product": one.product, "params": one.params, "result": one.result}
            for name, one in METHODS.items()
        },
        "notifications": NOTIFICATIONS,
        "errors": CODES,
        "$defs": DEFINITIONS,
    }
