"""One of everything an account can have, and a request for each operation that names it."""

import json
import uuid
from collections.abc import Mapping
from typing import Any, Final

import aiohttp
import attrs

from stationthis_sdk.local.rows.logs import LogLine
from stationthis_sdk.local.rows.table import TABLES
from stationthis_sdk.local.rows.volumes import Download
from tests.local import conform
from tests.local.conftest import Api, picture_graph
from tests.local.routes.people import deploy, keep, newest, picture_row, run_row

Ids = Mapping[str, str]

WORD: Final = "heirloom"
"""In every name that the account gives, so that it shows wherever something leaks."""


@attrs.frozen
class Ask:
    """A request of one operation; its path, query and body have the ids of somebody's belongings."""

    method: str
    path: str
    query: Mapping[str, str] = attrs.field(factory=dict)
    body: Any = None
    form: bool = False

    def more(self) -> dict[str, Any]:
        """The same as arguments of a request."""
        if self.form:
            form = aiohttp.FormData()
            form.add_field("file", b"bytes", filename="a.png")
            return {"params": dict(self.query), "data": form}
        return {"params": dict(self.query), **({} if self.body is None else {"json": self.body})}


async def belongings(api: Api, account: tuple[str, str | None]) -> dict[str, str]:
    """Make one of everything for the caller, who is ``account``; returns the ids by name."""
    user_id, org_id = account
    owner: dict[str, Any] = {"user_id": user_id, "org_id": org_id}
    ids: dict[str, str] = {}

    async def done(method: str, path: str, **more: Any) -> Any:
        answer = await api(method, path, **more)
        assert answer.status == 200, (method, path, answer)
        return answer.body

    serverless = await done("POST", "/machine/serverless", json={"name": WORD, "gpu": "T4"})
    ids |= {"machine_id": serverless["id"], "machine_version_id": serverless["machine_version_id"]}
    custom = {"name": WORD, "type": "classic", "endpoint": "http://127.0.0.1:1/", "auth_token": WORD}
    ids["custom_id"] = (await done("POST", "/machine/custom", json=custom))["id"]
    graph = picture_graph(prompt=WORD)
    made = {"name": WORD, "workflow_json": json.dumps({WORD: 1}), "workflow_api": json.dumps(graph)}
    ids["workflow_id"] = (await done("POST", "/workflow", json=made))["workflow_id"]
    ids["version_id"] = (await newest(api, ids["workflow_id"]))["id"]
    for environment, name in (("production", "deployment_id"), ("private-share", "share_deployment_id")):
        put = await deploy(api, ids["workflow_id"], environment, ids["machine_id"])
        assert put.status == 200, put
        ids[name] = put.body["id"]
        ids["slug"] = put.body["share_slug"] or ""
    run = run_row(
        ids["workflow_id"],
        ids["machine_id"],
        **owner,
        workflow_version_id=ids["version_id"],
        deployment_id=ids["deployment_id"],
        workflow_inputs={"prompt": WORD},
        call_id="fc-1",
        started_at=1,
        ended_at=2,
    )
    live = run_row(ids["workflow_id"], ids["machine_id"], **owner, status="running", call_id="fc-2")
    output = picture_row(run, f"{WORD}.png")
    download = Download(
        **owner, user_volume_id="v", model_name=f"{WORD}.bin", folder_path=WORD, upload_type="download-url"
    )
    await keep(api, run, live, output, download, LogLine(run_id=run.id, message=WORD))
    ids |= {"run_id": run.id, "live_id": live.id, "output_id": output.id, "file_id": download.id}
    share = await done("POST", "/share/output", json={"run_id": run.id, "output_id": output.id})
    ids["share_id"] = share["id"]
    secret = {"secret_name": WORD, "machine_id": ids["machine_id"], "secret": [{"key": "K", "value": WORD}]}
    ids["secret_id"] = (await done("POST", "/machine/secret", json=secret))["id"]
    ids["session_id"] = (await done("POST", "/session", json={"machine_id": ids["machine_id"]}))["session_id"]
    await done("POST", "/assets/folder", json={"name": WORD})
    form = aiohttp.FormData()
    form.add_field("file", WORD.encode(), filename=f"{WORD}.png")
    ids["asset_id"] = (await done("POST", f"/assets/upload?parent_path={WORD}", data=form))["id"]
    described = {"filename": f"{WORD}.bin", "contentType": "application/octet-stream", "size": 5}
    ids["objectKey"] = (await done("POST", "/volume/file/generate-upload-url", json=described))["objectKey"]
    begun = await done("POST", "/volume/file/initiate-multipart-upload", json=described)
    ids |= {"uploadId": begun["uploadId"], "key": begun["key"]}
    await done("GET", "/volume/name")
    volume = api.gateway.services.downloads.volumes.of(api.gateway.services.keys.caller(api.key))
    (volume.root / WORD).mkdir()
    (volume.root / WORD / f"{WORD}.bin").write_bytes(b"model")
    await done("POST", "/platform/api-keys", json={"name": WORD})
    ids["key_id"] = (await done("GET", f"/platform/api-keys?search={WORD}"))[0]["id"]
    return ids


def nothing(ids: Ids) -> dict[str, str]:
    """Ids of the same shape that nobody has."""

    def other(name: str, value: str) -> str:
        if name in {"key", "objectKey"}:
            return value.replace(value.split("/")[2], str(uuid.uuid4()))
        return str(uuid.uuid4()) if name != "uploadId" and len(value) == 36 else f"{value[:-4]}none"

    return {name: other(name, value) for name, value in ids.items()}


def asks(ids: Ids) -> dict[str, Ask]:
    """A request for each operation of the contract, by its name."""
    given = {**ids}
    workflow, machine = given["workflow_id"], given["machine_id"]
    run_body = {"deployment_id": given["deployment_id"], "inputs": {"steps": 1}}
    graph_body = {"workflow_id": workflow, "workflow_api_json": {}, "machine_id": machine}
    put = {
        "workflow_id": workflow,
        "workflow_version_id": given["version_id"],
        "environment": "staging",
        "machine_id": machine,
    }
    published = {"workflow_id": workflow, "title": "x", "workflow_version_id": given["version_id"]}
    shared_slug = f"{given['slug']}-published"
    of_machine = {"machine_id": machine, "machine_version_id": given["machine_version_id"]}
    counted = {"workflow_id": workflow, "machine_id": machine, "deployment_id": given["deployment_id"]}
    parts = {"uploadId": given["uploadId"], "key": given["key"]}
    username, _, slug = given["slug"].partition("_")
    return {
        **{f"runs_{way}_deployment": Ask("POST", f"/run/deployment/{way}", body=run_body) for way in _WAYS},
        **{f"runs_{way}_workflow": Ask("POST", f"/run/workflow/{way}", body=graph_body) for way in _WAYS},
        "runs_get": Ask("GET", f"/run/{given['run_id']}"),
        "runs_cancel": Ask("POST", f"/run/{given['live_id']}/cancel"),
        "runs_count": Ask("GET", "/runs/count", counted),
        "runs_list_of_workflow": Ask("GET", f"/workflow/{workflow}/runs"),
        "runs_list_of_workflow_light": Ask(
            "GET", f"/v2/workflow/{workflow}/runs", {"deployment_id": given["deployment_id"]}
        ),
        "runs_list_of_workflow_today": Ask("GET", f"/workflow/{workflow}/runs/day"),
        "runs_latest_of_workflow": Ask("GET", f"/workflow/{workflow}/run/latest"),
        "runs_list_of_deployment": Ask("GET", f"/deployment/{given['deployment_id']}/runs"),
        "deployments_update": Ask(
            "PATCH",
            f"/deployment/{given['deployment_id']}",
            body={"workflow_version_id": given["version_id"], "machine_id": machine},
        ),
        "deployments_delete": Ask("DELETE", f"/deployment/{given['share_deployment_id']}"),
        "deployments_create": Ask("POST", "/deployment", body=put),
        "deployments_deactivate": Ask("POST", f"/deployment/{given['deployment_id']}/deactivate"),
        "deployments_get": Ask("GET", f"/deployment/{given['deployment_id']}"),
        "deployments_ui_spec": Ask("GET", f"/deployment/{given['deployment_id']}/v0-ui-spec"),
        "deployments_list_of_workflow": Ask("GET", f"/workflow/{workflow}/deployments"),
        "workflows_create": Ask(
            "POST", "/workflow", body={"name": "x", "workflow_json": "{}", "machine_id": machine}
        ),
        "workflows_get": Ask("GET", f"/workflow/{workflow}"),
        "workflows_update": Ask(
            "PATCH", f"/workflow/{workflow}", body={"name": "x", "selected_machine_id": machine}
        ),
        "workflows_delete": Ask("DELETE", f"/workflow/{workflow}"),
        "workflow_versions_create": Ask(
            "POST",
            f"/workflow/{workflow}/version",
            body={"workflow": {}, "workflow_api": {}, "machine_id": machine},
        ),
        "workflow_versions_get": Ask("GET", f"/workflow-version/{given['version_id']}"),
        "workflows_list": Ask("GET", "/workflows", {"machine_id": machine}),
        "workflows_list_all": Ask("GET", "/workflows/all", {"search": workflow}),
        "workflows_clone": Ask("POST", f"/workflow/{workflow}/clone", body={}),
        "workflows_export": Ask("GET", f"/workflow/{workflow}/export"),
        "workflows_gallery": Ask("GET", f"/workflow/{workflow}/gallery"),
        "workflow_versions_list": Ask("GET", f"/workflow/{workflow}/versions"),
        "workflow_versions_get_number": Ask("GET", f"/workflow/{workflow}/version/1"),
        "shares_list_outputs": Ask("GET", "/share/output", {"deployment_id": given["deployment_id"]}),
        "shares_create_output": Ask(
            "POST", "/share/output", body={"run_id": given["run_id"], "output_id": given["output_id"]}
        ),
        "shares_get_output": Ask("GET", f"/share/output/{given['share_id']}"),
        "shares_delete_output": Ask("DELETE", f"/share/output/{given['share_id']}"),
        "shares_studio_url": Ask("GET", f"/share/deployment/{given['share_deployment_id']}/studio-url"),
        "shares_get_deployment": Ask("GET", f"/share/{username}/{slug}"),
        "shared_workflows_create": Ask("POST", f"/workflow/{workflow}/share", body=published),
        "shared_workflows_delete": Ask("DELETE", f"/workflow/{workflow}/share"),
        "shared_workflows_status": Ask("GET", f"/workflow/{workflow}/shared-status"),
        "shared_workflows_list": Ask("GET", "/shared-workflows"),
        "shared_workflows_get": Ask("GET", f"/shared-workflows/{shared_slug}"),
        "shared_workflows_view": Ask("POST", f"/shared-workflows/{shared_slug}/view"),
        "shared_workflows_download": Ask("GET", f"/shared-workflows/{shared_slug}/download"),
        "files_upload": Ask("POST", "/file/upload", form=True),
        "assets_create_folder": Ask("POST", "/assets/folder", body={"name": "x", "parent_path": WORD}),
        "assets_list": Ask("GET", "/assets", {"path": WORD}),
        "assets_get": Ask("GET", f"/assets/{given['asset_id']}"),
        "assets_move": Ask("PATCH", f"/assets/{given['asset_id']}", body={"path": "/"}),
        "assets_delete": Ask("DELETE", f"/assets/{given['asset_id']}"),
        "assets_upload": Ask("POST", "/assets/upload", {"parent_path": WORD}, form=True),
        "assets_presign": Ask("GET", "/assets/presigned-url", {"file_name": "a.png", "type": "image/png"}),
        "assets_register": Ask("POST", "/assets/register", body={}),
        "assets_search": Ask("GET", "/assets/search", {"query": WORD}),
        "assets_add_url": Ask("POST", "/assets/add", body={"url": "http://127.0.0.1:1/a.png", "path": WORD}),
        "machines_list": Ask("GET", "/machines"),
        "machines_list_all": Ask("GET", "/machines/all"),
        "machines_get": Ask("GET", f"/machine/{machine}"),
        "machines_delete": Ask("DELETE", f"/machine/{machine}", {"force": "true"}),
        "machines_events": Ask("GET", f"/machine/{machine}/events"),
        "machines_workflows": Ask("GET", f"/machine/{machine}/workflows"),
        "machines_docker_commands": Ask("GET", f"/machine/{machine}/docker-commands"),
        "machines_check_custom_nodes": Ask("GET", f"/machine/{machine}/check-custom-nodes"),
        "machines_update_custom_nodes": Ask("POST", f"/machine/{machine}/update-custom-nodes"),
        "machines_export": Ask("GET", f"/machine/{machine}/export"),
        "machines_import": Ask("POST", "/machine/import", body={"name": "x", "type": "classic"}),
        "machines_create_serverless": Ask("POST", "/machine/serverless", body={"name": "x", "gpu": "T4"}),
        "machines_update_serverless": Ask(
            "PATCH",
            f"/machine/serverless/{machine}",
            {"rollback_version_id": given["machine_version_id"]},
            {"name": "x"},
        ),
        "machines_files": Ask("GET", f"/machine/serverless/{machine}/files"),
        "machines_rollback": Ask(
            "POST",
            f"/machine/serverless/{machine}/rollback",
            body={"machine_version_id": given["machine_version_id"]},
        ),
        "machine_versions_list": Ask("GET", f"/machine/serverless/{machine}/versions"),
        "machine_versions_list_all": Ask("GET", f"/machine/serverless/{machine}/versions/all"),
        "machine_versions_get": Ask(
            "GET", f"/machine/serverless/{machine}/versions/{given['machine_version_id']}"
        ),
        "machine_versions_errors": Ask(
            "GET", f"/machine-version/{given['machine_version_id']}/error-start-logs"
        ),
        "machines_create_custom": Ask(
            "POST",
            "/machine/custom",
            body={"name": "x", "type": "classic", "endpoint": "http://127.0.0.1:1/", "auth_token": None},
        ),
        "machines_update_custom": Ask("PATCH", f"/machine/custom/{given['custom_id']}", body={"name": "x"}),
        "secrets_create": Ask(
            "POST", "/machine/secret", body={"secret_name": "x", "machine_id": machine, "secret": []}
        ),
        "secrets_attach": Ask(
            "PATCH", "/machine/secret", body={"machine_id": machine, "secret_id": given["secret_id"]}
        ),
        "secrets_update": Ask("PATCH", f"/machine/secret/{given['secret_id']}/envs", body={"secret": []}),
        "secrets_delete": Ask("DELETE", f"/machine/secret/{given['secret_id']}"),
        "secrets_list": Ask("GET", "/machine/secrets/all"),
        "secrets_list_linked": Ask("GET", f"/machine/{machine}/secrets/linked"),
        "secrets_list_unlinked": Ask("GET", f"/machine/{machine}/secrets/unlinked"),
        "sessions_create": Ask("POST", "/session", body={"machine_id": machine}),
        "sessions_create_dynamic": Ask("POST", "/session/dynamic", body=of_machine),
        "sessions_get": Ask("GET", f"/session/{given['session_id']}"),
        "sessions_delete": Ask("DELETE", f"/session/{given['session_id']}"),
        "sessions_list": Ask("GET", "/sessions", {"machine_id": machine}),
        "sessions_extend": Ask(
            "POST", f"/session/{given['session_id']}/increase-timeout", body={"minutes": 1}
        ),
        "sessions_extend_by_runner": Ask(
            "POST",
            "/session/increase-timeout",
            body={"machine_id": machine, "session_id": given["session_id"], "timeout": 1, "gpu": "T4"},
        ),
        "sessions_snapshot": Ask("POST", f"/session/{given['session_id']}/snapshot", body={}),
        "volumes_name": Ask("GET", "/volume/name"),
        "volumes_list_private": Ask("GET", "/volume/private-models"),
        "volumes_list_public": Ask("GET", "/volume/public-models"),
        "volumes_list_downloads": Ask("GET", "/volume/downloading-models"),
        "volumes_add_model": Ask(
            "POST",
            "/volume/model",
            body={
                "source": "link",
                "folderPath": "x",
                "filename": "stolen.bin",
                "downloadLink": "http://127.0.0.1:1/a.bin",
                "isTemporaryUpload": True,
                "s3ObjectKey": given["objectKey"],
            },
        ),
        "volumes_rename_file": Ask("POST", f"/file/{given['file_id']}/rename", body={"filename": "x.bin"}),
        "volumes_cancel_download": Ask("DELETE", f"/file/{given['file_id']}/cancel"),
        "volumes_remove": Ask("POST", "/volume/rm", body={"path": WORD}),
        "volumes_move": Ask(
            "POST",
            "/volume/move",
            body={"source_path": f"{WORD}/{WORD}.bin", "destination_path": "x.bin", "overwrite": True},
        ),
        "volumes_part_url": Ask(
            "POST", "/volume/file/generate-part-upload-url", body={**parts, "partNumber": 1}
        ),
        "volumes_complete_multipart": Ask(
            "POST", "/volume/file/complete-multipart-upload", body={**parts, "parts": []}
        ),
        "volumes_abort_multipart": Ask("POST", "/volume/file/abort-multipart-upload", body=parts),
        "logs_stream": Ask("GET", "/v2/stream-logs", {"run_id": given["run_id"]}),
        "logs_archived": Ask("GET", f"/v2/clickhouse-run-logs/{given['run_id']}"),
        "progress_stream": Ask("GET", "/v2/stream-progress", {"run_id": given["run_id"]}),
        "account_api_keys_list": Ask("GET", "/platform/api-keys"),
        "account_api_keys_create": Ask("POST", "/platform/api-keys", body={"name": "x"}),
        "account_api_keys_delete": Ask("DELETE", f"/platform/api-keys/{given['key_id']}"),
        "account_settings_get": Ask("GET", "/platform/user-settings"),
        "account_settings_update": Ask(
            "PUT", "/platform/user-settings", body={"output_visibility": "private"}
        ),
        **{name: Ask(*asked) for name, asked in _OF_NOBODY.items()},
    }


_WAYS: Final = ("queue", "sync", "stream")

_ELSEWHERE: Final = {"url": "http://127.0.0.1:1/a.bin", "filename": "a.bin", "folder_path": "x"}
_DESCRIBED: Final = {"filename": "a.bin", "contentType": "application/octet-stream", "size": 5}
_OF_NOBODY: Final[dict[str, tuple[Any, ...]]] = {
    "deployments_list": ("GET", "/deployments"),
    "deployments_list_community": ("GET", "/deployments/community"),
    "deployments_list_featured": ("GET", "/deployments/featured"),
    "models_list": ("GET", "/models"),
    "models_search": ("GET", "/search/model", {"query": "x", "provider": "none"}),
    "volumes_add_file": ("POST", "/volume/file", {}, _ELSEWHERE),
    "volumes_add_file_again": ("POST", "/file", {}, _ELSEWHERE),
    "volumes_check_huggingface": ("POST", "/volume/validate/huggingface", {}, {}),
    "volumes_check_civitai": ("POST", "/volume/validate/civitai", {}, {}),
    "volumes_upload_url": ("POST", "/volume/file/generate-upload-url", {}, _DESCRIBED),
    "volumes_start_multipart": ("POST", "/volume/file/initiate-multipart-upload", {}, _DESCRIBED),
    "account_gpu_pricing": ("GET", "/platform/gpu-pricing"),
    "account_gpu_credits": ("GET", "/platform/gpu-credit-schema"),
}
"""Operations that name nothing of anybody's; what they answer must still hold nothing of another's."""


def operations() -> set[str]:
    """The names of all operations of the contract."""
    paths = conform.contract()["paths"].values()
    return {item[method]["operationId"] for item in paths for method in conform.METHODS if method in item}


async def kept(api: Api) -> dict[tuple[str, str], Any]:
    """Everything in the gateway's database and in its folders of files, as it is now."""

    def work(tables: Any) -> dict[tuple[str, str], Any]:
        return {(TABLES[kind].name, row.id): row for kind in TABLES for row in tables.find(kind)}

    rows = await api.gateway.services.database.do(work)
    folder = api.gateway._folder
    files = {
        ("file", str(path.relative_to(folder))): path.read_bytes()
        for name in ("files", "models")
        for path in (folder / name).rglob("*")
        if path.is_file()
    }
    return {**rows, **files}
