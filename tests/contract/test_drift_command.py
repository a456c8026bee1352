"""`regenerate_client.py --from`: sources that can't be read, what is printed, and exit codes."""

import contextlib
import io
import json
import subprocess
import sys
from pathlib import Path

import pytest

from drift import source
from tests.contract.vendor_style import Vendor, known_documents, write
from tests.wire import CLOSE, RESET, Drip, Wire, answer

SCRIPT = Path(__file__).parents[2] / "scripts" / "regenerate_client.py"
CONTRACT, DEVIATIONS = known_documents()
TINY = {
    "openapi": "3.1.0",
    "info": {"title": "T", "version": "1"},
    "paths": {"/a": {"get": {"responses": {}}}},
}
# Ten times as much in each line.
BOMB = "a0: &a0 [x]\n" + "".join(f"a{n}: &a{n} [{', '.join([f'*a{n - 1}'] * 10)}]\n" for n in range(1, 12))
SHAPE = ["section", "verdict", "kind", "operations", "where", "before", "after", "why"]


@pytest.fixture
def folder(tmp_path):
    """A folder with the contract and its deviations."""
    write(tmp_path, "contract.yaml", CONTRACT)
    write(tmp_path, "deviations.yaml", DEVIATIONS)
    return tmp_path


@pytest.fixture
def vendor():
    """The vendor's document as we know it, to be changed."""
    return Vendor(CONTRACT, DEVIATIONS)


@pytest.fixture
def report(script, folder, capsys):
    """Run the command in this process: exit code, output, errors."""

    def run(source_, *arguments):
        files = [f"--contract={folder / 'contract.yaml'}", f"--deviations={folder / 'deviations.yaml'}"]
        code = script.main(["--from", str(source_), *files, *arguments])
        said = capsys.readouterr()
        return code, said.out, said.err

    return run


@pytest.fixture
def refused(report, folder):
    """Run the command and have it refuse: one line, exit code 1, and nothing changed."""

    def run(source_, *arguments):
        before = {path.name: path.read_bytes() for path in folder.iterdir()}
        code, out, err = report(source_, *arguments)
        assert (code, out, err.count("\n")) == (1, "", 1)
        assert err.startswith("regenerate_client: ")
        assert {path.name: path.read_bytes() for path in folder.iterdir()} == before
        return err

    return run


def nested(depth):
    """A document with a schema that many lists deep."""
    schema = '{"type": "array", "items": ' * depth + "{}" + "}" * depth
    return json.dumps(TINY)[:-1] + f', "components": {{"schemas": {{"A": {schema}}}}}}}'


@pytest.mark.parametrize(
    ("text", "complaint"),
    [
        ("<!DOCTYPE html><html></html>", "is a web page"),
        ('{"openapi": "3.1.0",', "broken JSON"),
        ("openapi: [3.1.0", "broken YAML in line"),
        ("\0", "broken YAML"),
        ("[]", "is no OpenAPI document: that is a mapping"),
        ("", "is no OpenAPI document: that is a mapping"),
        ("openapi: 3.1.0", "it has no `paths`"),
        ("paths: {}", "is no OpenAPI 3 document"),
        ('{"openapi": "3.1.0", "paths": {}}', "has no operations: is it the right document?"),
        ('{"swagger": "2.0", "paths": {}}', "is Swagger 2.0: only OpenAPI 3 is read"),
        (json.dumps({**TINY, "paths": {"/a": {"get": {"$ref": "#/components/x/A"}}}}), "nothing is at $ref"),
        (json.dumps({**TINY, "components": {"schemas": {"A": {"$ref": "other.json#/A"}}}}), "leads outside"),
        (json.dumps({**TINY, "paths": {"/a": {"get": []}}}), "a mapping is needed here"),
        (json.dumps({**TINY, "paths": {"/a": {"get": {"parameters": {}}}}}), "parameters are a list"),
        (json.dumps({**TINY, "paths": {"/a": {"get": {"parameters": [{}]}}}}), "a parameter is in query"),
        ('{"paths": {}, "paths": {}}', "paths is there twice"),
        ('{"default": NaN}', "NaN is no number of JSON"),
        ("default: &a [*a]", "an alias holds itself"),
        (BOMB, "its aliases make it larger"),
        ('{"a":' * 100_000, "nested too deeply"),
        (nested(100_000), "nested too deeply"),
    ],
)
def test_what_is_no_document_is_refused(refused, folder, text, complaint):
    """Whatever else a file holds is refused in one line that says what it is."""
    path = folder / "document"
    path.write_text(text)
    assert complaint in refused(path)


@pytest.mark.parametrize(
    ("schema", "complaint"),
    [
        ({"$ref": "#/components/schemas/A"}, "leads to nothing but itself"),
        ({"anyOf": [{"$ref": "#/components/schemas/A"}, {"type": "null"}]}, "leads to nothing but itself"),
        ({"anyOf": {}}, "anyOf is a list"),
        ({"type": "text"}, "type text is not of OpenAPI 3"),
        ({"properties": []}, "a mapping is needed here"),
        ([], "a schema is a mapping"),
        ({"enum": "a"}, "enum is a list"),
    ],
)
def test_odd_schemas_are_refused(refused, folder, vendor, schema, complaint):
    """A schema that makes no sense, where it is compared, is refused in one line."""
    vendor.document["components"]["schemas"]["A"] = schema
    vendor.answer("GET /machines")["application/json"]["schema"] = {"$ref": "#/components/schemas/A"}
    assert complaint in refused(write(folder, "document", vendor.document))


def test_files_that_cannot_be_read_are_refused(refused, folder):
    """A missing file, a folder and an odd address are refused in one line."""
    assert "No such file" in refused(folder / "nowhere.json")
    assert "can't be read" in refused(folder)
    assert "give an http or https address" in refused("ftp://example.com/openapi.json")
    assert "can't be read" in refused("http://a..b/openapi.json")
    assert "no text in UTF-8" in refused(_bytes(folder / "document", b"\xff\xfe\0"))


def _bytes(path, content):
    path.write_bytes(content)
    return path


def test_what_is_too_large_is_refused(refused, folder, monkeypatch):
    """No more is read than an OpenAPI document can be, from a file or from a server."""
    monkeypatch.setattr(source, "LIMIT", 1000)
    path = _bytes(folder / "document", b" " * 1001)
    assert "larger than 64 MiB" in refused(path)
    with Wire(answer(200, b" " * 1001)) as wire:
        assert "larger than 64 MiB" in refused(wire.base_url)


@pytest.mark.parametrize(
    ("reply", "complaint"),
    [
        (answer(404, {"detail": "Not Found"}), "answered 404"),
        (answer(500, b"Internal Server Error"), "answered 500"),
        (answer(200, b"<html></html>", content_type="text/html"), "is a web page"),
        (answer(200, b'{"openapi"'), "broken JSON"),
        (CLOSE, "can't be read"),
        (RESET, "can't be read"),
    ],
)
def test_servers_that_give_no_document_are_refused(refused, reply, complaint):
    """An answer that is no document is refused in one line that names the address, without what may be secret in it."""
    with Wire(lambda _asked: reply) as wire:
        address = wire.base_url.replace("http://", "http://user:secret@") + "/openapi.json?key=secret"
        said = refused(address)
    assert complaint in said
    assert "127.0.0.1" in said
    assert "secret" not in said


def test_a_server_that_is_not_there_is_refused(refused):
    """An address where nobody answers is one line."""
    with Wire() as wire:
        address = wire.base_url
    assert "can't be read" in refused(address)


def test_a_server_that_never_ends_is_given_up(refused, monkeypatch):
    """A document that comes byte by byte is not waited for without end."""
    monkeypatch.setattr(source, "PATIENCE", 0.2)
    head = answer(200, headers={"Content-Length": "100000"})
    with Wire(lambda _asked: Drip(head)) as wire:
        assert "takes longer than" in refused(wire.base_url)


def test_documents_come_from_servers_and_files_alike(report, folder, vendor):
    """JSON and YAML, from a file or a server, after a redirect: the report is the same."""
    path = write(folder, "document.json", vendor.document)
    assert report(path)[0] == 0
    with Wire() as wire:
        wire.answers.append(answer(307, headers={"Location": f"{wire.base_url}/there"}))
        wire.answers.append(answer(200, path.read_bytes()))
        code, out, _ = report(wire.base_url)
    assert (code, "Nothing has changed." in out) == (0, True)


def test_own_files_that_make_no_sense_are_refused(refused, folder, vendor):
    """Deviations that are broken, or lead nowhere, are told as ours."""
    path = write(folder, "document", vendor.document)
    write(folder, "deviations.yaml", {"deviations": [{"vendor": {}}]})
    assert "deviations.yaml: deviations[0]: reason is missing" in refused(path)
    patch = {"components": {"schemas": {"Run": {"properties": {"id": {"$ref": "#/components/schemas/No"}}}}}}
    write(folder, "deviations.yaml", {"deviations": [{"reason": "r", "vendor": patch}]})
    assert "the contract with its deviations: nothing is at $ref #/components/schemas/No" in refused(path)
    folder.joinpath("deviations.yaml").unlink()
    assert "No such file" in refused(path)


def test_the_report_for_programs(report, folder, vendor):
    """JSON has the promised shape, and the promised words in it."""
    vendor.schema("GPU", "sent")["enum"].append("B9000")
    vendor.schema("RunCreated")["properties"]["run_id"]["type"] = "integer"
    code, out, _ = report(write(folder, "document", vendor.document), "--report", "json")
    document = json.loads(out)
    assert code == 4
    assert list(document) == ["source", "title", "verdict", "changes"]
    assert (document["title"], document["verdict"]) == ("ComfyDeploy API V2", "breaking")
    assert all(list(change) == SHAPE for change in document["changes"])
    [gpu] = [change for change in document["changes"] if change["where"] == "GPU"]
    assert gpu["after"] == ["B9000"]
    assert "POST /run/deployment/queue" in gpu["operations"]
    assert len(gpu["operations"]) > 6


def test_letters_that_nobody_can_print(report, folder, vendor):
    """What the other side of a pipe does not know is told by its number, and nothing moves the cursor."""
    vendor.schema("GPU", "sent")["enum"] += ["\x1b[31m", "\ud800", "é"]
    vendor.schema("RunCreated")["properties"]["run_id"]["type"] = "integer"
    path = write(folder, "document", vendor.document)
    for form, arrow in (("md", "\\u2192"), ("json", "null")):
        with contextlib.redirect_stdout(io.TextIOWrapper(io.BytesIO(), "ascii")) as out:
            assert report(path, "--report", form)[0] == 4
        out.seek(0)
        said = out.read()
        assert arrow in said
        assert "\x1b" not in said
    assert ["\x1b[31m", "\ud800", "é"] in [change["after"] for change in json.loads(said)["changes"]]


def test_the_report_for_people(report, folder, vendor):
    """Markdown has what breaks first, one line for a change of many operations, and no line of the vendor's in it."""
    del vendor.schema("Machine")["properties"]["name"]
    vendor.schema("GPU", "sent")["enum"].append("B`300\n# shout")
    _, out, _ = report(write(folder, "document", vendor.document))
    headings = [line for line in out.splitlines() if line.startswith("#")]
    assert headings == [
        "# What has changed in ComfyDeploy API V2",
        "## Requests: compatible",
        "## Responses: breaking",
    ]
    [line] = [line for line in out.splitlines() if "`Machine.name`" in line]
    assert line.startswith(
        "- `Machine.name` field removed: string. The contract names it, users may read it. `GET "
    )
    assert " more" in line


@pytest.mark.parametrize(
    ("field", "code"), [(None, 0), ({"type": "string"}, 3), ("id", 4), ("gone", 1)], ids=["0", "3", "4", "1"]
)
def test_exit_codes(folder, vendor, field, code):
    """0 when nothing has changed, 3 when nobody will notice, 4 when somebody may, 1 when there is no report."""
    if isinstance(field, dict):
        vendor.schema("Run")["properties"]["novelty"] = field
    elif field == "id":
        del vendor.schema("Run")["properties"]["id"]
    path = write(folder, "document.json", vendor.document)
    done = subprocess.run(
        [
            sys.executable,
            SCRIPT,
            f"--from={folder / 'no.json' if field == 'gone' else path}",
            f"--contract={folder / 'contract.yaml'}",
            f"--deviations={folder / 'deviations.yaml'}",
        ],
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == code, done.stderr
    assert done.stderr.count("\n") == (code == 1)


@pytest.mark.parametrize("arguments", [["--from", "a", "--check"], ["--report", "json"], ["--write"]])
def test_options_that_do_not_go_together(script, arguments, capsys):
    """--from is not --check, and the other options need --from."""
    with pytest.raises(SystemExit) as left:
        script.main(arguments)
    assert left.value.code == 2
    assert "--from" in capsys.readouterr().err
