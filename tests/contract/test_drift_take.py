"""--write: what is entered into the contract and deviations.yaml, what is left, and that it is both files or none."""

import difflib
import json
import shutil
from pathlib import Path

import pytest
from hypothesis import given, settings
from ruamel.yaml import YAML

from drift import roundtrip
from drift.document import read_api
from drift.fits import misfit
from drift.forms import Names, clean, exact, snake
from drift.known import read_known, superfluous
from drift.source import DriftError
from tests.contract.test_drift import add, field, now, query, remove
from tests.contract.test_drift_noise import DOCUMENTS
from tests.contract.vendor_style import PLACE, Vendor, known_documents, write

ROOT = Path(__file__).parents[2]
READ = YAML(typ="safe")
TEXT = {"type": "string"}
PLAN = {
    "title": "Plan",
    "type": "object",
    "required": ["name"],
    "properties": {
        "name": TEXT,
        "size": {"type": "integer", "default": 3},
        "kind": {"type": "string", "enum": ["a", "b"]},
        "parts": {"type": "array", "items": {"$ref": f"{PLACE}Plan"}},
    },
}
# The few places that --write is about, in the style of the contract.
CONTRACT = """\
openapi: 3.1.0
info: {title: Ours, version: "1"}
servers:
  - url: https://api.comfydeploy.com/api
tags:
  - {name: runs, description: Runs.}
  - {name: machines, description: Machines.}

paths:
  /runs:
    post:
      tags: [runs]
      operationId: runs_queue
      x-vendor: POST /runs
      description: Queue a run.
      # A comment that stays.
      requestBody: &run
        required: true
        content: {application/json: {schema: {$ref: "#/components/schemas/RunCreate"}}}
      responses:
        "200": &answer
          description: The run.
          content: {application/json: {schema: {$ref: "#/components/schemas/Run"}}}
        "401": &unauthorized {$ref: "#/components/responses/Unauthorized"}
        "403": {$ref: "#/components/responses/Forbidden"}
        "500": {$ref: "#/components/responses/ServerError"}

  /runs/{run_id}:
    get:
      tags: [runs]
      operationId: runs_get
      x-vendor: GET /runs/{id}
      description: One run.
      parameters:
        - {name: run_id, in: path, required: true, schema: {type: string}}
      responses:
        "200": *answer
        "401": *unauthorized

components:
  responses:
    Unauthorized: &problem
      description: The key is unknown.
      content: {application/json: {schema: {$ref: "#/components/schemas/Problem"}}}
    Forbidden: *problem
    ServerError: *problem

  schemas:
    Problem:
      description: What went wrong.
      type: object
      properties:
        detail: {description: A text.}

    Run:
      description: A run.
      type: object
      required: [id]
      properties:
        id: {type: string}
        status: {type: [string, "null"]}

    RunCreate:
      description: What to run.
      type: object
      required: [workflow]
      properties:
        workflow: {type: string, description: "Its name, or its id."}
        gpu: {type: string, enum: [T4, A10G]}
"""
DEVIATIONS = """\
# Why ours differs.
not_kept: []

deviations:
  - id: open-answers
    reason: >-
      Answers are open.
    vendor:
      components:
        schemas:
          Run:
            required: [id, status]
            properties:
              status: {type: string}
"""


class Files:
    """A contract and deviations, the vendor's document made of them, and the command on all three."""

    def __init__(self, script, folder, capsys, contract, deviations):
        self.script, self.folder, self.capsys = script, folder, capsys
        self.contract, self.deviations = folder / "comfydeploy.yaml", folder / "deviations.yaml"
        self.contract.write_text(contract, "utf-8")
        self.deviations.write_text(deviations, "utf-8")
        self.vendor = Vendor(READ.load(contract), READ.load(deviations))

    @property
    def texts(self):
        return self.contract.read_text("utf-8"), self.deviations.read_text("utf-8")

    def run(self, *arguments):
        """The exit code, and what is printed."""
        path = write(self.folder, "vendor.json", self.vendor.document)
        files = [f"--contract={self.contract}", f"--deviations={self.deviations}"]
        code = self.script.main([f"--from={path}", *files, *arguments])
        said = self.capsys.readouterr()
        return code, said.out, said.err

    def entered(self):
        """Write everything there is, and the lines that are gone and new in the contract and in the deviations."""
        before = self.texts
        code, out, err = self.run("--write")
        assert (code, err) == (0, ""), out
        assert "Left to a person" not in out
        assert self.run()[0] == 0
        contract, deviations = (READ.load(text) for text in self.texts)
        assert superfluous(contract, read_known(deviations, "deviations.yaml")) == []
        return [changed(old, new) for old, new in zip(before, self.texts, strict=True)]


def changed(old, new):
    """The lines that are only in one of two texts, with a sign, and without their indentation."""
    lines = difflib.ndiff(old.splitlines(), new.splitlines())
    return [line[:2] + line[2:].strip() for line in lines if line[0] in "+-" and line[2:].strip()]


@pytest.fixture
def files(script, tmp_path, capsys):
    """A small contract."""
    return Files(script, tmp_path, capsys, CONTRACT, DEVIATIONS)


def test_nothing_new_writes_nothing(files):
    """Where nothing has changed, both files stay as they are."""
    before = files.texts
    code, out, _ = files.run("--write")
    assert (code, files.texts) == (0, before)
    assert "Nothing has changed." in out


def test_a_request_field(files):
    """A new optional field is taken as it is declared, its default told by a deviation."""
    add(files.vendor, "RunCreate.region", {"type": "string", "default": "eu", "maxLength": 9}, "sent")
    assert files.entered() == [
        ["+ region: {type: string, maxLength: 9}"],
        [
            "+ - id: no-defaults",
            '+ reason: "The generated client would send every default; left out, the service\'s own holds."',
            "+ vendor:",
            "+ components:",
            "+ schemas:",
            "+ RunCreate:",
            "+ properties:",
            "+ region: {default: eu}",
        ],
    ]


def test_a_query_parameter(files):
    """A new optional parameter is taken without null and default; the vendor's form is a deviation, by its name."""
    for number, path in enumerate(["GET /runs/{id}", "POST /runs"]):
        schema = {"anyOf": [{"type": "integer"}, {"type": "null"}], "default": number}
        files.vendor.operation(path).setdefault("parameters", []).append(query("page", schema))
    contract, deviations = files.entered()
    assert contract == [
        "+ parameters:",
        "+ - {name: page, in: query, schema: {type: integer}}",
        "+ - {name: page, in: query, schema: {type: integer}}",
    ]
    assert '+ page: {schema: {type: [integer, "null"], default: 0}}' in deviations
    assert '+ page: {schema: {type: [integer, "null"], default: 1}}' in deviations


def test_values_of_a_request(files):
    """New values are added to those of the contract, and nothing need be said of the vendor's document."""
    field(files.vendor, "RunCreate.gpu", "sent")["enum"] += ["B300", "null"]
    assert files.entered() == [
        ["- gpu: {type: string, enum: [T4, A10G]}", '+ gpu: {type: string, enum: [T4, A10G, B300, "null"]}'],
        [],
    ]


def test_an_answer_field(files):
    """New fields are opened: null is taken, no values and no format; the vendor's form goes to the open answers."""
    add(files.vendor, "Run.cost", {"type": "number", "format": "double"}, required=True)
    add(files.vendor, "Run.state", {"type": "string", "enum": ["a"]})
    contract, deviations = files.entered()
    assert contract == ['+ cost: {type: [number, "null"]}', '+ state: {type: [string, "null"]}']
    assert deviations == [
        "- required: [id, status]",
        "+ required: [id, status, cost]",
        "+ cost: {type: number, format: double}",
        "+ state: {type: string, enum: [a]}",
    ]


def test_fields_that_hold_objects(files):
    """An object that is sent becomes a schema of ours; one that is read stays open, and the vendor's is told beside."""
    files.vendor.document["components"]["schemas"]["Plan"] = PLAN
    add(files.vendor, "Run.plan", {"$ref": f"{PLACE}Plan"})
    add(files.vendor, "RunCreate.plan", {"anyOf": [{"$ref": f"{PLACE}Plan"}, {"type": "null"}]}, "sent")
    contract, deviations = files.entered()
    assert '+ plan: {anyOf: [{$ref: "#/components/schemas/Plan"}, {type: "null"}]}' in contract
    assert "+ kind: {type: string, enum: [a, b]}" in contract
    assert "+ size: {type: integer}" in contract
    assert 'parts: {type: array, items: {$ref: "#/components/schemas/VendorPlan"}}' in "".join(deviations)
    assert '+ plan: {$ref: "#/components/schemas/VendorPlan"}' in deviations


def test_operations(files, script):
    """A new operation is entered whole: names of ours, the errors that can come, its schemas, its answer open."""
    vendor = files.vendor
    vendor.document["components"]["schemas"] |= {"Body_train_start-Input": PLAN, "Plan": PLAN}
    schema = {"$ref": f"{PLACE}Body_train_start-Input"}
    vendor.add(
        "POST /train/{name}",
        tags=["Train Jobs"],
        operationId="begin_training_train__name__post",
        summary="Start Train",
    )
    vendor.operation("POST /train/{name}")["parameters"].append(
        query("dry", {"type": "boolean", "default": False})
    )
    vendor.operation("POST /train/{name}")["requestBody"] = {
        "required": True,
        "content": {"application/json": {"schema": schema}},
    }
    vendor.answer("POST /train/{name}")["application/json"] = {"schema": {"type": "array", "items": schema}}
    vendor.add("DELETE /runs/{id}", operationId="runs_get_runs__id__delete", deprecated=True)
    vendor.document["components"]["schemas"]["RUN"] = PLAN
    vendor.answer("DELETE /runs/{id}")["application/json"]["schema"] = {"$ref": f"{PLACE}RUN"}
    vendor.add("GET /train/{name}/events")
    vendor.answer("GET /train/{name}/events").clear()
    vendor.answer("GET /train/{name}/events")["text/event-stream"] = {"schema": {"type": "object"}}
    files.entered()
    contract = READ.load(files.contract)
    operation = contract["paths"]["/train/{name}"]["post"]
    assert list(operation) == [
        "tags", "operationId", "x-vendor", "summary", "description", "parameters", "requestBody", "responses",
    ]  # fmt: skip
    assert (operation["operationId"], operation["tags"]) == ("begin_training", ["train_jobs"])
    assert operation["summary"] == "Start Train."
    assert [parameter["name"] for parameter in operation["parameters"]] == ["name", "dry"]
    assert list(operation["responses"]) == ["200", "401", "403", "500"]
    assert "train_jobs" in [tag["name"] for tag in contract["tags"]]
    # The path was there, with a name of ours in it.
    assert contract["paths"]["/runs/{run_id}"]["delete"]["x-vendor"] == "DELETE /runs/{id}"
    assert contract["paths"]["/runs/{run_id}"]["delete"]["operationId"] == "runs_runs_get"
    assert contract["paths"]["/runs/{run_id}"]["delete"]["deprecated"] is True
    assert contract["paths"]["/train/{name}/events"]["get"]["x-live-check"]
    # Each class is in a file of its name: in small letters none may be another's.
    assert "RUN2" in contract["components"]["schemas"]
    script.accept(files.contract)


def test_names_that_the_client_cannot_have_are_left(files):
    """What would break the generated client, or take the name of something else in it, is left with the reason."""
    add(files.vendor, "Run.idea", TEXT)
    for name in ("to_dict", "Status", "additional_properties", "名前"):
        add(files.vendor, f"Run.{name}", TEXT)
    files.vendor.operation("GET /runs/{id}")["parameters"].append(query("params", TEXT))
    for path, said in (
        ("/a", {"tags": ["class"]}),
        ("/b", {"operationId": "3d_start"}),
        ("/c", {"requestBody": {"content": {"text/plain": {"schema": TEXT}}}}),
    ):
        files.vendor.add(f"POST {path}", **said)
    code, out, _ = files.run("--write")
    assert code == 3
    written, left = out.partition("## Written")[2].split("## Left to a person")
    assert written.count("\n- ") == 1
    assert left.count("is no name that the generated client can use") == 5
    assert left.count("can't be the name of a module") == 2
    assert "its body is text/plain" in left


def test_what_breaks_is_left(files):
    """What breaks is told and left, whatever else is taken; the exit code is of what is left."""
    add(files.vendor, "RunCreate.region", TEXT, "sent")
    add(files.vendor, "RunCreate.team", TEXT, "sent", required=True)
    remove(files.vendor, "Run.status")
    code, out, _ = files.run("--write")
    assert code == 4
    written, left = out.partition("## Written")[2].split("## Left to a person")
    assert "`RunCreate.region`" in written
    assert "team" not in written
    assert "`RunCreate.team`" in left
    assert "`Run.status`" in left
    assert "team" not in files.texts[0]
    assert files.run("--write", "--report", "json")[0] == 4


def test_what_a_person_must_see_is_left(files):
    """Compatible changes that have no plain form in the contract are told and left, with the reason."""
    files.vendor.add("GET /picture")
    files.vendor.answer("GET /picture").clear()
    files.vendor.answer("GET /picture")["image/png"] = {}
    field(files.vendor, "Run.id").update(format="uuid")
    code, out, _ = files.run("--write")
    assert code == 3
    assert "`GET /picture` operation added: its answer is image/png" in out
    assert "`Run.id` format changed" in out
    assert files.texts == (CONTRACT, DEVIATIONS)


def test_the_report_for_programs_says_what_was_taken(files):
    """With --write each change says whether it was taken."""
    add(files.vendor, "RunCreate.region", TEXT, "sent")
    remove(files.vendor, "Run.status")
    document = json.loads(files.run("--write", "--report", "json")[1])
    assert {change["where"]: change["taken"] for change in document["changes"]} == {
        "RunCreate.region": True,
        "Run.status": False,
    }


def test_values_that_deviations_name(script, tmp_path, capsys):
    """New values go to every deviation that names those of a place; the contract, which is open there, stays."""
    patch = """\
              status: {anyOf: [{type: string, enum: [queued]}, {type: "null"}], type: null}
          RunCreate:
            properties:
              gpu: {enum: [T4]}
      paths:
        /runs/{run_id}:
          get:
            parameters:
              order: {in: query, schema: {type: string, enum: [up]}}
"""
    deviations = DEVIATIONS.replace("              status: {type: string}\n", patch)
    files = Files(script, tmp_path, capsys, CONTRACT, deviations)
    now(field(files.vendor, "Run.status")["anyOf"][0], type="string", enum=["queued", "asleep"])
    field(files.vendor, "RunCreate.gpu", "sent").pop("const")
    field(files.vendor, "RunCreate.gpu", "sent")["enum"] = ["T4", "B300"]
    files.vendor.parameter("GET /runs/{id}", "order")["schema"] = {"enum": ["up", "down"], "type": "string"}
    contract, deviations = files.entered()
    assert contract == [
        "- gpu: {type: string, enum: [T4, A10G]}",
        "+ gpu: {type: string, enum: [T4, A10G, B300]}",
    ]
    assert [line for line in deviations if line.startswith("+")] == [
        '+ status: {anyOf: [{type: string, enum: [queued, asleep]}, {type: "null"}], type: null}',
        "+ gpu: {enum: [T4, B300]}",
        "+ order: {in: query, schema: {type: string, enum: [up, down]}}",
    ]


def test_a_place_that_a_deviation_speaks_of_is_left(script, tmp_path, capsys):
    """Where a deviation has its own say, an entry would not make the baseline right, so there is none."""
    patch = """\
      paths:
        /runs/{run_id}:
          get:
            parameters:
              - {name: run_id, in: path, schema: {type: string}}
"""
    files = Files(script, tmp_path, capsys, CONTRACT, DEVIATIONS + patch)
    files.vendor.operation("GET /runs/{id}")["parameters"].append(query("page", TEXT))
    before = files.texts
    code, out, _ = files.run("--write")
    assert (code, files.texts) == (3, before)
    assert "`query page` parameter added in requests: a patch in deviations.yaml speaks of its place" in out


def test_what_touches_others_is_left_and_the_rest_is_entered(script, tmp_path, capsys):
    """One schema of ours for two of the vendor's, of which one has changed: a person parts it, all else is entered."""
    contract = CONTRACT.replace(
        "gpu: {type: string, enum: [T4, A10G]}", 'gpu: {$ref: "#/components/schemas/GPU"}'
    )
    contract = contract.replace(
        "        - {name: run_id, in: path, required: true, schema: {type: string}}\n",
        "        - {name: run_id, in: path, required: true, schema: {type: string}}\n"
        '        - {name: card, in: query, schema: {$ref: "#/components/schemas/GPU"}}\n',
    )
    contract += """
    GPU:
      description: A card.
      type: string
      enum: [T4, A10G]
"""
    files = Files(script, tmp_path, capsys, contract, DEVIATIONS)
    files.vendor.parameter("GET /runs/{id}", "card")["schema"] = {
        "type": "string",
        "enum": ["T4", "A10G", "B300"],
    }
    add(files.vendor, "RunCreate.region", TEXT, "sent")
    files.vendor.add("GET /plans")
    code, out, _ = files.run("--write")
    written, left = out.split("## Written")[1].split("## Left to a person")
    assert code == 3
    assert "`RunCreate.region`" in written
    assert "`GET /plans`" in written
    assert "values added in requests: the contract has one schema here for several of the vendor's" in left
    assert "B300" not in "".join(files.texts)


def test_a_patch_of_what_is_gone_is_told(files):
    """After a path has moved in the contract alone, the line says that deviations.yaml has to follow."""
    patch = "      paths:\n        /runs/{run_id}:\n          get: {deprecated: true}\n"
    files.deviations.write_text(DEVIATIONS + patch, "utf-8")
    files.contract.write_text(CONTRACT.replace("  /runs/{run_id}:", "  /run/{run_id}:"), "utf-8")
    code, out, err = files.run()
    assert (code, out, err.count("\n")) == (1, "", 1)
    assert "deviations.yaml speaks of GET /runs/{run_id}, which comfydeploy.yaml does not have" in err


def test_a_file_that_would_be_reflowed_is_left_alone(script, tmp_path, capsys):
    """Where the round trip would touch other lines, nothing is entered, and one line says where."""
    files = Files(
        script,
        tmp_path,
        capsys,
        CONTRACT.replace("{description: A text.}", "{description:  A text.}"),
        DEVIATIONS,
    )
    add(files.vendor, "RunCreate.region", TEXT, "sent")
    before = files.texts
    code, out, err = files.run("--write")
    assert (code, out, files.texts) == (1, "", before)
    assert "comfydeploy.yaml:53 " in err
    assert err.count("\n") == 1


def test_a_contract_the_generator_refuses_is_not_written(files, script, monkeypatch):
    """When no client can be made of it, both files stay, nothing lies beside them, and one line says why."""
    monkeypatch.setattr(script, "HALVES", {"_get_kwargs", "_parse_response", "_more"})
    add(files.vendor, "RunCreate.region", TEXT, "sent")
    before = files.texts
    code, out, err = files.run("--write")
    assert (code, out, files.texts, err.count("\n")) == (1, "", before, 1)
    assert sorted(path.name for path in files.folder.iterdir()) == [
        "comfydeploy.yaml", "deviations.yaml", "vendor.json",
    ]  # fmt: skip


def test_both_files_or_none(tmp_path):
    """When the second file can't be replaced, the first is what it was, and nothing lies beside them."""
    first, second = tmp_path / "first", tmp_path / "second"
    first.write_text("old")
    second.mkdir()
    second.joinpath("inside").touch()
    with pytest.raises(OSError, match="second"):
        roundtrip.replace({first: "new", second: "new"})
    assert first.read_text() == "old"
    assert sorted(path.name for path in tmp_path.iterdir()) == ["first", "second"]


@pytest.mark.parametrize(
    ("name", "cleaned"),
    [
        ("Model-Input", "Model"),
        ("WorkflowRunModel", "WorkflowRun"),
        ("api__routes__types__GPUType", "GPUType"),
        ("Body_upload_file_file_upload_post", "UploadFileFileUploadPost"),
        ("HTTPThing[int]", "HTTPThingInt"),
        ("---", "Thing"),
    ],
)
def test_names_are_cleaned(name, cleaned):
    """The vendor's names lose their modules, sides and the words that all have."""
    assert clean(name) == cleaned
    assert snake(cleaned).replace("_", "").isalnum()


@settings(max_examples=150, deadline=None)
@given(document=DOCUMENTS)
def test_a_shape_written_down_is_the_same_shape(document):
    """Whatever a schema takes, what is written down for it takes the same."""
    reader = read_api(document).reader
    names = Names(set())
    for name, schema in document["components"]["schemas"].items():
        shape = reader.shape(schema, ("components", "schemas", name))
        try:
            written = exact(shape, names)
        except DriftError:
            assert "$ref" in repr(document["components"])
            return
        again = read_api({"openapi": "3.1.0", "paths": {}, "components": {"schemas": names.schemas}}).reader
        assert misfit(again.shape(written), shape) is None
        assert misfit(shape, again.shape(written)) is None


@pytest.mark.slow
def test_the_whole_contract(script, tmp_path, capsys):
    """Into the real files goes every sort of thing, the generator has no warning, and a second report is empty."""
    contract, deviations = known_documents()
    for name in ("comfydeploy.yaml", "deviations.yaml"):
        shutil.copy(ROOT / "openapi" / name, tmp_path / name)
    texts = [tmp_path.joinpath(name).read_text("utf-8") for name in ("comfydeploy.yaml", "deviations.yaml")]
    files = Files(script, tmp_path, capsys, *texts)
    vendor = files.vendor
    assert vendor.known["paths"].keys() == Vendor(contract, deviations).known["paths"].keys()
    add(vendor, "SessionCreate.novelty", {"type": "string", "default": "eu"}, "sent")
    add(vendor, "Run.novelty", {"type": "number"}, required=True)
    add(vendor, "RunEvent.novelty", {"type": "number", "format": "double"}, required=True)
    vendor.schema("GPU", "sent")["enum"].append("B9000")
    vendor.operation("GET /machines")["parameters"].append(query("novelty", TEXT))
    vendor.add("POST /novelty/{name}/start", tags=["Novelty"])
    files.entered()
    target = tmp_path / "comfydeploy_client"
    assert script.main([f"--contract={files.contract}", f"--target={target}"]) == 0
    assert "    novelty: float" in target.joinpath("models", "run.py").read_text("utf-8")
    assert target.joinpath("api", "novelty", "something_else.py").is_file()
