"""The drift report: each change of the vendor's document is told once, at its place, with what it means for us."""

import pickle

import pytest

from drift.compare import compare
from drift.document import read_api
from drift.known import read_known
from tests.contract.vendor_style import PLACE, Vendor, known_documents

CONTRACT, DEVIATIONS = known_documents()
KNOWN = read_known(DEVIATIONS, "deviations.yaml")
VENDOR = pickle.dumps(Vendor(CONTRACT, DEVIATIONS))
OLD, OURS = read_api(KNOWN.baseline(CONTRACT)), read_api(CONTRACT)
NOTHING = "#/components/responses/%4Eothing"
TEXT = {"type": "string", "title": "Text"}
ENVIRONMENTS = CONTRACT["components"]["schemas"]["Environment"]["enum"]
COUNT = {"type": "integer", "title": "Count"}


def told(vendor: Vendor) -> list[tuple[str, str, str, str]]:
    """What the report says of a document, without the words."""
    changes = compare(OLD, read_api(vendor.document), OURS, KNOWN.not_kept)
    return [(change.section, change.kind, change.where, change.verdict) for change in changes]


def move(vendor, old, new):
    """Give an operation another method or path."""
    (method, path), (other, there) = old.split(" "), new.split(" ")
    declared = vendor.document["paths"][path].pop(method.lower())
    vendor.document["paths"].setdefault(there, {})[other.lower()] = declared


def rename(mapping, old, new):
    """Give a field another name, in the same place."""
    items = [(new if name == old else name, value) for name, value in mapping.items()]
    mapping.clear()
    mapping.update(items)


def field(vendor, name, side="read"):
    """The schema of `Schema.field`."""
    schema, _, inner = name.partition(".")
    return vendor.schema(schema, side)["properties"][inner]


def add(vendor, name, schema, side="read", *, required=False):
    """Add a field."""
    holder, _, inner = name.partition(".")
    vendor.schema(holder, side)["properties"][inner] = schema
    if required:
        vendor.schema(holder, side).setdefault("required", []).append(inner)


def remove(vendor, name, side="read"):
    """Take a field away."""
    holder, _, inner = name.partition(".")
    schema = vendor.schema(holder, side)
    del schema["properties"][inner]
    schema["required"] = [each for each in schema.get("required", []) if each != inner]


def now(schema, *, keep=(), **given):
    """Let a schema say something else."""
    kept = {key: schema[key] for key in keep if key in schema}
    schema.clear()
    schema.update(kept, **given)


def query(name, schema, *, required=False):
    """A parameter."""
    return {"name": name, "in": "query", "required": required, "schema": schema}


def rename_field(vendor, name, new, side):
    """A field has another name, also where it is required."""
    holder, _, inner = name.partition(".")
    rename(vendor.schema(holder, side)["properties"], inner, new)
    schema = vendor.schema(holder, side)
    schema["required"] = [new if each == inner else each for each in schema.get("required", [])]


BREAKING, COMPATIBLE = "breaking", "compatible"

# (name, what happens to the vendor's document, what the report must say: no more and no less)
MUTATIONS = [
    (
        "operation removed",
        lambda v: v.document["paths"]["/runs/count"].pop("get"),
        [("operations", "operation-removed", "GET /runs/count", BREAKING)],
    ),
    (
        "operation that is not kept removed",
        lambda v: v.document["paths"]["/branch-info"].pop("get"),
        [],
    ),
    (
        # What stands in a path are ids, as the service gave them.
        "path parameter of another type",
        lambda v: now(
            v.parameter("GET /machine/{machine_id}/events", "machine_id")["schema"], type="integer"
        ),
        [],
    ),
    (
        "path moved",
        lambda v: move(v, "GET /machine/{machine_id}/export", "GET /machines/{machine_id}/export"),
        [("operations", "operation-moved", "GET /machine/{machine_id}/export", BREAKING)],
    ),
    (
        "version of a path moved",
        lambda v: move(v, "GET /v2/workflow/{workflow_id}/runs", "GET /v3/workflow/{workflow_id}/runs"),
        [("operations", "operation-moved", "GET /v2/workflow/{workflow_id}/runs", BREAKING)],
    ),
    (
        "method changed",
        lambda v: move(v, "PATCH /workflow/{workflow_id}", "PUT /workflow/{workflow_id}"),
        [("operations", "operation-moved", "PATCH /workflow/{workflow_id}", BREAKING)],
    ),
    (
        "path in other letters",
        lambda v: move(v, "GET /machines", "GET /Machines"),
        [("operations", "operation-moved", "GET /machines", BREAKING)],
    ),
    (
        "all paths moved",
        lambda v: v.document.update(
            paths={f"/api/v2{path}": item for path, item in v.document["paths"].items()}
        ),
        [("operations", "operation-moved", "all paths", BREAKING)],
    ),
    (
        "all paths moved by the server",
        lambda v: v.document.update(servers=[{"url": "https://api.comfydeploy.com/api/v2/"}]),
        [("operations", "server-changed", "servers", BREAKING)],
    ),
    (
        # FastAPI lists both; the first takes all requests.
        "path that differs in the name of its parameter",
        lambda v: v.add("GET /machine/{name}/events"),
        [],
    ),
    (
        "new operation",
        lambda v: v.add("POST /train/start"),
        [("operations", "operation-added", "POST /train/start", COMPATIBLE)],
    ),
    (
        "operation deprecated",
        lambda v: v.operation("GET /machines").update(deprecated=True),
        [("operations", "deprecation", "GET /machines", COMPATIBLE)],
    ),
    (
        "request field renamed",
        lambda v: rename_field(v, "DeploymentRunRequest.webhook", "webhook_url", "sent"),
        [("requests", "field-renamed", "DeploymentRunRequest.webhook", BREAKING)],
    ),
    (
        "answer field renamed",
        lambda v: rename_field(v, "RunCreated.run_id", "id", "read"),
        [("responses", "field-renamed", "RunCreated.run_id", BREAKING)],
    ),
    (
        "new required request field",
        lambda v: add(v, "SessionCreate.novelty", TEXT, "sent", required=True),
        [("requests", "field-added", "SessionCreate.novelty", BREAKING)],
    ),
    (
        "new optional request field",
        lambda v: add(v, "SessionCreate.novelty", TEXT, "sent"),
        [("requests", "field-added", "SessionCreate.novelty", COMPATIBLE)],
    ),
    (
        "request field removed",
        lambda v: remove(v, "SessionCreate.timeout", "sent"),
        [("requests", "field-removed", "SessionCreate.timeout", BREAKING)],
    ),
    (
        "new required query parameter",
        lambda v: v.operation("GET /machines")["parameters"].append(query("novelty", TEXT, required=True)),
        [("requests", "parameter-added", "query novelty", BREAKING)],
    ),
    (
        "new optional query parameter",
        lambda v: v.operation("GET /machines")["parameters"].append(query("novelty", TEXT)),
        [("requests", "parameter-added", "query novelty", COMPATIBLE)],
    ),
    (
        "parameter removed",
        lambda v: v.operation("GET /machines")["parameters"].remove(v.parameter("GET /machines", "search")),
        [("requests", "parameter-removed", "query search", BREAKING)],
    ),
    (
        "parameter renamed",
        lambda v: v.parameter("GET /machines", "limit").update(name="page_limit"),
        [("requests", "parameter-renamed", "query limit", BREAKING)],
    ),
    (
        "parameter moved to a header",
        lambda v: v.parameter("GET /machines", "search").update({"in": "header"}),
        [("requests", "parameter-renamed", "query search", BREAKING)],
    ),
    (
        "optional parameter required",
        lambda v: v.parameter("GET /machines", "search").update(required=True),
        [("requests", "required-changed", "query search", BREAKING)],
    ),
    (
        "parameter deprecated",
        lambda v: v.parameter("GET /machines", "search").update(deprecated=True),
        [("requests", "deprecation", "query search", COMPATIBLE)],
    ),
    (
        "default of a parameter changed",
        lambda v: v.parameter("GET /machines", "limit")["schema"].update(default=50),
        [("requests", "default-changed", "query limit", BREAKING)],
    ),
    (
        "maximum of a parameter added",
        lambda v: v.parameter("GET /machines", "limit")["schema"].update(maximum=100),
        [("requests", "limit-changed", "query limit", BREAKING)],
    ),
    (
        "type of a parameter changed",
        lambda v: now(v.parameter("GET /machines", "limit")["schema"], keep=("default",), type="boolean"),
        [("requests", "type-changed", "query limit", BREAKING)],
    ),
    (
        "null of a parameter gone, which no query has",
        lambda v: now(v.parameter("GET /machines", "search")["schema"], **TEXT),
        [("requests", "null-removed", "query search", COMPATIBLE)],
    ),
    (
        "optional request field required",
        lambda v: v.schema("SessionCreate", "sent")["required"].append("timeout"),
        [("requests", "required-changed", "SessionCreate.timeout", BREAKING)],
    ),
    (
        "required request field optional",
        lambda v: v.schema("WorkflowCreate", "sent")["required"].remove("name"),
        [("requests", "required-changed", "WorkflowCreate.name", COMPATIBLE)],
    ),
    (
        "request type changed",
        lambda v: now(field(v, "SessionCreate.machine_id", "sent"), type="integer"),
        [("requests", "type-changed", "SessionCreate.machine_id", BREAKING)],
    ),
    (
        "request type widened",
        lambda v: now(field(v, "SessionCreate.machine_id", "sent"), anyOf=[TEXT, COUNT]),
        [("requests", "type-changed", "SessionCreate.machine_id", COMPATIBLE)],
    ),
    (
        "request type narrowed from any value",
        lambda v: now(field(v, "DeploymentCreate.environment", "sent"), type="boolean"),
        [("requests", "type-changed", "DeploymentCreate.environment", BREAKING)],
    ),
    (
        "null gone in a request",
        lambda v: now(field(v, "SessionCreate.timeout", "sent"), type="integer"),
        [("requests", "null-removed", "SessionCreate.timeout", BREAKING)],
    ),
    (
        "null taken in a request",
        lambda v: now(field(v, "SessionCreate.machine_id", "sent"), anyOf=[TEXT, {"type": "null"}]),
        [("requests", "null-added", "SessionCreate.machine_id", COMPATIBLE)],
    ),
    (
        "default of a request field changed",
        lambda v: field(v, "SessionCreate.wait_for_server", "sent").update(default=True),
        [("requests", "default-changed", "SessionCreate.wait_for_server", BREAKING)],
    ),
    (
        "value added in a request",
        lambda v: v.schema("GPU", "sent")["enum"].append("B9000"),
        [("requests", "values-added", "GPU", COMPATIBLE)],
    ),
    (
        "value removed in a request",
        lambda v: v.schema("GPU", "sent")["enum"].remove("T4"),
        [("requests", "values-removed", "GPU", BREAKING)],
    ),
    (
        "values closed that the contract keeps to",
        lambda v: field(v, "DeploymentCreate.environment", "sent").update(enum=sorted(ENVIRONMENTS)),
        [("requests", "values-closed", "DeploymentCreate.environment", COMPATIBLE)],
    ),
    (
        "values closed below what the contract may send",
        lambda v: field(v, "DeploymentCreate.environment", "sent").update(enum=["production"]),
        [("requests", "values-closed", "DeploymentCreate.environment", BREAKING)],
    ),
    (
        "length limited in a request",
        lambda v: field(v, "WorkflowCreate.name", "sent").update(maxLength=80),
        [("requests", "limit-changed", "WorkflowCreate.name", BREAKING)],
    ),
    (
        "format demanded in a request",
        lambda v: field(v, "SessionCreate.machine_id", "sent").update(format="uuid"),
        [("requests", "format-changed", "SessionCreate.machine_id", BREAKING)],
    ),
    (
        "items of a list in a request changed",
        lambda v: field(v, "DeploymentRunRequest.flags", "sent")["anyOf"][0].update(items=COUNT),
        [("requests", "type-changed", "DeploymentRunRequest.flags[]", BREAKING)],
    ),
    (
        "other fields refused in a request",
        lambda v: v.schema("SessionCreate", "sent").update(additionalProperties=False),
        [("requests", "additional-changed", "SessionCreate", COMPATIBLE)],
    ),
    (
        "media type of a request changed",
        lambda v: rename(
            v.operation("POST /session")["requestBody"]["content"], "application/json", "multipart/form-data"
        ),
        [("requests", "media-type-changed", "body", BREAKING)],
    ),
    (
        "body of a request gone",
        lambda v: v.operation("POST /session").pop("requestBody"),
        [("requests", "body-removed", "body", BREAKING)],
    ),
    (
        "body of a request new and required",
        lambda v: v.operation("POST /run/{run_id}/cancel").update(
            requestBody={"required": True, "content": {"application/json": {"schema": {"type": "object"}}}}
        ),
        [("requests", "body-added", "body", BREAKING)],
    ),
    (
        "request side of a pair changed alone",
        lambda v: add(v, "DockerCommand.timeout", COUNT, "sent"),
        [("requests", "field-added", "DockerCommand.timeout", COMPATIBLE)],
    ),
    (
        "answer side of a pair changed alone",
        lambda v: add(v, "DockerCommand.timeout", COUNT),
        [("responses", "field-added", "DockerCommand.timeout", COMPATIBLE)],
    ),
    (
        "answer type changed",
        lambda v: now(field(v, "Run.progress"), keep=("default",), type="string"),
        [("responses", "type-changed", "Run.progress", BREAKING)],
    ),
    (
        "answer type changed to one the contract reads",
        lambda v: now(field(v, "Run.duration"), keep=("default",), anyOf=[TEXT, {"type": "null"}]),
        [("responses", "type-changed", "Run.duration", COMPATIBLE)],
    ),
    (
        "value added in an answer",
        lambda v: field(v, "Machine.status")["enum"].append("asleep"),
        [("responses", "values-added", "Machine.status", COMPATIBLE)],
    ),
    (
        "null may come where the contract reads it",
        lambda v: now(field(v, "Run.status"), anyOf=[TEXT, {"type": "null"}]),
        [("responses", "null-added", "Run.status", COMPATIBLE)],
    ),
    (
        "null may come where the contract reads none",
        lambda v: now(field(v, "RunCreated.run_id"), anyOf=[{**TEXT, "format": "uuid"}, {"type": "null"}]),
        [("responses", "null-added", "RunCreated.run_id", BREAKING)],
    ),
    (
        "required answer field optional where the contract needs it",
        lambda v: v.schema("RunCreated")["required"].remove("run_id"),
        [("responses", "required-changed", "RunCreated.run_id", BREAKING)],
    ),
    (
        "required answer field optional",
        lambda v: v.schema("Run")["required"].remove("status"),
        [("responses", "required-changed", "Run.status", COMPATIBLE)],
    ),
    (
        "new answer field",
        lambda v: add(v, "Run.novelty", {"type": "number"}, required=True),
        [("responses", "field-added", "Run.novelty", COMPATIBLE)],
    ),
    (
        "answer field removed",
        lambda v: remove(v, "Run.progress"),
        [("responses", "field-removed", "Run.progress", BREAKING)],
    ),
    (
        "answer field deprecated",
        lambda v: field(v, "Run.progress").update(deprecated=True),
        [("responses", "deprecation", "Run.progress", COMPATIBLE)],
    ),
    (
        "default in an answer changed",
        lambda v: field(v, "Run.number").update(default=1),
        [("responses", "default-changed", "Run.number", COMPATIBLE)],
    ),
    (
        "length limited in an answer",
        lambda v: field(v, "Asset.name").update(maxLength=80),
        [("responses", "limit-changed", "Asset.name", COMPATIBLE)],
    ),
    (
        "format in an answer changed",
        lambda v: field(v, "Asset.created_at").update(format="date"),
        [("responses", "format-changed", "Asset.created_at", COMPATIBLE)],
    ),
    (
        "object instead of an array",
        lambda v: now(v.answer("GET /assets")["application/json"]["schema"], **v.ref("Asset")),
        [("responses", "type-changed", "answer", BREAKING)],
    ),
    (
        "another object altogether",
        lambda v: now(v.answer("POST /assets/folder")["application/json"]["schema"], **v.ref("RunCreated")),
        [("responses", "type-changed", "Asset", BREAKING)],
    ),
    (
        "form told of an answer that had none, not ours",
        lambda v: v.answer("DELETE /workflow/{workflow_id}")["application/json"].update(
            schema={"type": "array", "items": TEXT}
        ),
        [("responses", "type-changed", "answer", BREAKING)],
    ),
    (
        "form told of an answer that had none, as ours",
        lambda v: v.answer("POST /run/{run_id}/cancel")["application/json"].update(
            schema={"type": "object", "properties": {"status": TEXT, "message": TEXT}}
        ),
        [("responses", "type-changed", "answer", COMPATIBLE)],
    ),
    (
        "media type of an answer changed",
        lambda v: rename(v.answer("GET /runs/count"), "application/json", "text/event-stream"),
        [("responses", "media-type-changed", "answer", BREAKING)],
    ),
    (
        "media type of an answer as the contract has it",
        lambda v: rename(v.answer("GET /v2/stream-logs"), "application/json", "text/event-stream"),
        [("responses", "media-type-changed", "answer", COMPATIBLE)],
    ),
    (
        "answer without content",
        lambda v: v.operation("GET /runs/count")["responses"]["200"].pop("content"),
        [("responses", "media-type-removed", "answer", BREAKING)],
    ),
    (
        "204 instead of 200",
        lambda v: (
            v.operation("GET /runs/count")["responses"].update({"200": {"$ref": NOTHING}})
            or v.document["components"].update(responses={"Nothing": {"description": "Nothing."}})
            or rename(v.operation("GET /runs/count")["responses"], "200", "204")
        ),
        [("responses", "status-changed", "answer", BREAKING)],
    ),
    (
        "no success told",
        lambda v: rename(v.operation("GET /runs/count")["responses"], "200", "default"),
        [("responses", "status-removed", "answer", BREAKING)],
    ),
    (
        "union of unions without end",
        lambda v: (
            v.document["components"]["schemas"].update(
                {f"U{number}": {"anyOf": [{"$ref": f"{PLACE}U{number - 1}"}] * 9} for number in range(1, 30)},
                U0=TEXT,
            )
            or add(v, "Run.novelty", {"$ref": f"{PLACE}U29"})
        ),
        [("responses", "field-added", "Run.novelty", COMPATIBLE)],
    ),
    (
        "201 instead of 200",
        lambda v: rename(v.operation("POST /deployment")["responses"], "200", "201"),
        [("responses", "status-changed", "answer", BREAKING)],
    ),
    (
        "one more event in a stream",
        lambda v: v.schema("VendorRunStream")["oneOf"].append(
            {"type": "object", "required": ["event"], "properties": {"event": {"const": "cost_update"}}}
        ),
        [("responses", "option-added", "answer", COMPATIBLE)],
    ),
    (
        "schema changed that many operations share",
        lambda v: remove(v, "Machine.name"),
        [("responses", "field-removed", "Machine.name", BREAKING)],
    ),
    (
        "webhook field removed",
        lambda v: remove(v, "RunEvent.progress"),
        [("webhooks", "field-removed", "RunEvent.progress", BREAKING)],
    ),
    (
        "webhook field added",
        lambda v: add(v, "RunEvent.novelty", {"type": "number"}),
        [("webhooks", "field-added", "RunEvent.novelty", COMPATIBLE)],
    ),
    (
        "webhook removed",
        lambda v: v.document.pop("webhooks"),
        [("webhooks", "webhook-removed", "{$request.body#/webhook}", BREAKING)],
    ),
    (
        "webhook by another method",
        lambda v: rename(v.document["webhooks"]["{$request.body#/webhook}"], "post", "put"),
        [("webhooks", "method-changed", "{$request.body#/webhook}", BREAKING)],
    ),
    (
        "webhook renamed",
        lambda v: rename(v.document["webhooks"], "{$request.body#/webhook}", "run.changed"),
        [("webhooks", "webhook-renamed", "{$request.body#/webhook}", BREAKING)],
    ),
    (
        "webhook added",
        lambda v: v.document["webhooks"].update({"batch.done": {"post": {"requestBody": {"content": {}}}}}),
        [("webhooks", "webhook-added", "batch.done", COMPATIBLE)],
    ),
]


@pytest.fixture
def vendor():
    """The vendor's document as we know it, to be changed."""
    return pickle.loads(VENDOR)


def test_the_known_document_is_no_news(vendor):
    """What the baseline says, spelled as the vendor does, with all of its operations, gives an empty report."""
    assert len(list(vendor.operations())) >= 170
    assert told(vendor) == []


@pytest.mark.parametrize(
    ("mutate", "expected"),
    [(mutate, expected) for _, mutate, expected in MUTATIONS],
    ids=[name for name, _, _ in MUTATIONS],
)
def test_each_change_is_told_exactly(vendor, mutate, expected):
    """One change of the document is one line at its place, with the right verdict, and nothing else."""
    mutate(vendor)
    assert told(vendor) == expected
