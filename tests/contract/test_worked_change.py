"""CONTRIBUTING's worked change of the vendor's, command by command, from the report to a wheel."""

import http.server
import json
import os
import re
import shutil
import subprocess
import sys
import threading
from pathlib import Path

import pytest

from tests.contract.vendor_style import Vendor, known_documents

ROOT = Path(__file__).parents[2]


@pytest.fixture
def tree(tmp_path):
    """A copy of the project as it is tracked."""
    listed = subprocess.run(
        ["git", "ls-files", "-coz", "--exclude-standard"],
        cwd=ROOT,
        capture_output=True,
        text=True,
        check=True,
    )
    for name in filter(None, listed.stdout.split("\0")):
        if (ROOT / name).is_file():
            (tmp_path / name).parent.mkdir(parents=True, exist_ok=True)
            shutil.copy2(ROOT / name, tmp_path / name)
    return tmp_path


@pytest.fixture
def address():
    """Where the vendor publishes the document of that Monday."""
    vendor = Vendor(*known_documents())
    vendor.schema("DeploymentRunRequest", "sent")["properties"]["priority"] = {
        "anyOf": [{"type": "integer"}, {"type": "null"}],
        "title": "Priority",
    }
    text = json.dumps(vendor.document).replace('"B200"', '"B200", "H300"')
    document = json.loads(text)
    update = document["components"]["schemas"][vendor.names["DeploymentUpdate", "sent"]]["properties"]
    update["warm_containers"] = update.pop("keep_warm")
    body = json.dumps(document).encode()

    class Handler(http.server.BaseHTTPRequestHandler):
        def do_GET(self):
            self.send_response(200)
            self.send_header("Content-Type", "application/json")
            self.send_header("Content-Length", str(len(body)))
            self.end_headers()
            self.wfile.write(body)

        def log_message(self, *_):
            pass

    with http.server.ThreadingHTTPServer(("127.0.0.1", 0), Handler) as server:
        thread = threading.Thread(target=server.serve_forever)
        thread.start()
        yield f"http://127.0.0.1:{server.server_port}/internal/openapi.json"
        server.shutdown()
        thread.join()


def commands():
    """The lines of the worked change, with the exit code each is said to have."""
    page = (ROOT / "CONTRIBUTING.md").read_text("utf-8")
    block = re.search(r"## When the vendor changes something.*?```bash\n(.*?)```", page, re.DOTALL)
    lines = block[1].splitlines()
    assert lines[0].startswith("VENDOR=https://")
    return [re.fullmatch(r"(.*?)\s+# (\d): .*", line).groups() for line in lines[1:]]


@pytest.mark.slow
@pytest.mark.timeout(180)
def test_from_the_report_to_a_released_client(tree, address):
    """Every command exits as CONTRIBUTING says, and the client in the wheel speaks as the vendor does since Monday."""
    environ = {
        **os.environ,
        "VENDOR": address,
        "NO_PROXY": "127.0.0.1",
        "PATH": os.pathsep.join([str(Path(sys.executable).parent), os.environ["PATH"]]),
        "PYTHONPATH": os.pathsep.join([str(tree), str(tree / "generated_client")]),
    }
    said = []
    for command, code in commands():
        done = subprocess.run(
            ["bash", "-c", command], cwd=tree, env=environ, capture_output=True, text=True, check=False
        )
        assert done.returncode == int(code), (command, done.stdout[-2000:], done.stderr[-2000:])
        said.append(done.stdout)
    report = (tree / "drift.md").read_text("utf-8")
    assert "keep_warm" in report
    assert "warm_containers" in report
    assert "priority" in report
    assert "H300" in report
    left = said[2]
    assert "warm_containers" in left
    assert "priority" not in left
    assert "H300" not in left
    [wheel] = (tree / "dist").glob("*.whl")
    shutil.unpack_archive(wheel, tree / "released", "zip")
    code = """
from comfydeploy_client.models.deployment_run_request import DeploymentRunRequest
from comfydeploy_client.models.deployment_update import DeploymentUpdate
from comfydeploy_client.models.gpu import GPU
print(DeploymentRunRequest(deployment_id="d", priority=3, gpu=GPU("H300")).to_dict(), DeploymentUpdate(warm_containers=1).to_dict())
"""
    released = subprocess.run(
        [sys.executable, "-c", code],
        env={**environ, "PYTHONPATH": str(tree / "released")},
        capture_output=True,
        text=True,
        check=True,
    )
    assert released.stdout == (
        "{'deployment_id': 'd', 'gpu': 'H300', 'priority': 3} {'warm_containers': 1}\n"
    )
