from __future__ import annotations

from typing import TYPE_CHECKING, Any, TypeVar, cast

from attrs import define as _attrs_define
from attrs import field as _attrs_field

from ..types import UNSET, Unset

if TYPE_CHECKING:
    from collections.abc import Mapping


T = TypeVar("T", bound="Machine")


@_attrs_define
class Machine:
    """Where workflows run. Each operation gives a part of these fields. Seconds for timeouts."""

    id: str
    name: None | str | Unset = UNSET
    type_: None | str | Unset = UNSET
    """ classic, runpod-serverless, modal-serverless, comfy-deploy-serverless, workspace, workspace-v2; more may
    come.
     """
    status: None | str | Unset = UNSET
    """ not-started, ready, building, error, running, paused, starting; more may come. """
    gpu: None | str | Unset = UNSET
    comfyui_version: None | str | Unset = UNSET
    machine_version: None | str | Unset = UNSET
    machine_version_id: None | str | Unset = UNSET
    machine_builder_version: None | str | Unset = UNSET
    import_failed_logs: None | str | Unset = UNSET
    docker_command_steps: Any | Unset = UNSET
    """ An object with `steps`, or null. """
    has_workflows: bool | None | Unset = UNSET
    is_workspace: bool | None | Unset = UNSET
    deleted: bool | None | Unset = UNSET
    user_id: None | str | Unset = UNSET
    org_id: None | str | Unset = UNSET
    created_at: None | str | Unset = UNSET
    updated_at: None | str | Unset = UNSET
    endpoint: None | str | Unset = UNSET
    """ Where it answers; not-ready until a serverless one is built. """
    auth_token: None | str | Unset = UNSET
    """ Of a machine of one's own; given by changes alone. """
    concurrency_limit: int | None | Unset = UNSET
    """ How many containers run at once. """
    allow_concurrent_inputs: int | None | Unset = UNSET
    """ How many runs a container takes at once. """
    keep_warm: int | None | Unset = UNSET
    """ How many containers are kept running. """
    run_timeout: int | None | Unset = UNSET
    idle_timeout: int | None | Unset = UNSET
    ws_timeout: int | None | Unset = UNSET
    cpu_request: float | None | Unset = UNSET
    """ In cores. """
    cpu_limit: float | None | Unset = UNSET
    """ In cores. """
    memory_request: int | None | Unset = UNSET
    """ In MiB. """
    memory_limit: int | None | Unset = UNSET
    """ In MiB. """
    python_version: None | str | Unset = UNSET
    base_docker_image: None | str | Unset = UNSET
    extra_docker_commands: Any | Unset = UNSET
    """ A list of objects with `when` and `commands`, or null. """
    extra_args: None | str | Unset = UNSET
    """ For ComfyUI's command line. """
    prestart_command: None | str | Unset = UNSET
    """ What a container does before ComfyUI starts. """
    install_custom_node_with_gpu: bool | None | Unset = UNSET
    models_to_cache: list[None | str] | None | Unset = UNSET
    """ Models that a container loads as it starts. """
    enable_gpu_memory_snapshot: bool | None | Unset = UNSET
    optimized_runner: bool | None | Unset = UNSET
    disable_metadata: bool | None | Unset = UNSET
    """ Pictures leave without the workflow in them. """
    machine_hash: None | str | Unset = UNSET
    """ Of the commands its image is built with. """
    build_log: None | str | Unset = UNSET
    build_machine_instance_id: None | str | Unset = UNSET
    modal_app_id: None | str | Unset = UNSET
    pod_id: None | str | Unset = UNSET
    ws_gpu: None | str | Unset = UNSET
    gpu_workspace: bool | None | Unset = UNSET
    target_workflow_id: None | str | Unset = UNSET
    disabled: bool | None | Unset = UNSET
    legacy_mode: bool | None | Unset = UNSET
    allow_background_volume_commits: bool | None | Unset = UNSET
    retrieve_static_assets: bool | None | Unset = UNSET
    static_assets_status: None | str | Unset = UNSET
    snapshot: Any | Unset = UNSET
    """ An object or null. """
    models: Any | Unset = UNSET
    """ An object or null. """
    dependencies: Any | Unset = UNSET
    """ An object or null. """
    extensions: Any | Unset = UNSET
    """ An object or null. """
    object_info: Any | Unset = UNSET
    """ What ComfyUI says of its nodes, an object, or null. """
    object_info_str: None | str | Unset = UNSET
    filename_list_cache: Any | Unset = UNSET
    """ An object or null. """
    additional_properties: dict[str, Any] = _attrs_field(init=False, factory=dict)

    def to_dict(self) -> dict[str, Any]:
        id = self.id

        name: None | str | Unset
        if isinstance(self.name, Unset):
            name = UNSET
        else:
            name = self.name

        type_: None | str | Unset
        if isinstance(self.type_, Unset):
            type_ = UNSET
        else:
            type_ = self.type_

        status: None | str | Unset
        if isinstance(self.status, Unset):
            status = UNSET
        else:
            status = self.status

        gpu: None | str | Unset
        if isinstance(self.gpu, Unset):
            gpu = UNSET
        else:
            gpu = self.gpu

        comfyui_version: None | str | Unset
        if isinstance(self.comfyui_version, Unset):
            comfyui_version = UNSET
        else:
            comfyui_version = self.comfyui_version

        machine_version: None | str | Unset
        if isinstance(self.machine_version, Unset):
            machine_version = UNSET
        else:
            machine_version = self.machine_version

        machine_version_id: None | str | Unset
        if isinstance(self.machine_version_id, Unset):
            machine_version_id = UNSET
        else:
            machine_version_id = self.machine_version_id

        machine_builder_version: None | str | Unset
        if isinstance(self.machine_builder_version, Unset):
            machine_builder_version = UNSET
        else:
            machine_builder_version = self.machine_builder_version

        import_failed_logs: None | str | Unset
        if isinstance(self.import_failed_logs, Unset):
            import_failed_logs = UNSET
        else:
            import_failed_logs = self.import_failed_logs

        docker_command_steps = self.docker_command_steps

        has_workflows: bool | None | Unset
        if isinstance(self.has_workflows, Unset):
            has_workflows = UNSET
        else:
            has_workflows = self.has_workflows

        is_workspace: bool | None | Unset
        if isinstance(self.is_workspace, Unset):
            is_workspace = UNSET
        else:
            is_workspace = self.is_workspace

        deleted: bool | None | Unset
        if isinstance(self.deleted, Unset):
            deleted = UNSET
        else:
            deleted = self.deleted

        user_id: None | str | Unset
        if isinstance(self.user_id, Unset):
            user_id = UNSET
        else:
            user_id = self.user_id

        org_id: None | str | Unset
        if isinstance(self.org_id, Unset):
            org_id = UNSET
        else:
            org_id = self.org_id

        created_at: None | str | Unset
        if isinstance(self.created_at, Unset):
            created_at = UNSET
        else:
            created_at = self.created_at

        updated_at: None | str | Unset
        if isinstance(self.updated_at, Unset):
            updated_at = UNSET
        else:
            updated_at = self.updated_at

        endpoint: None | str | Unset
        if isinstance(self.endpoint, Unset):
            endpoint = UNSET
        else:
            endpoint = self.endpoint

        auth_token: None | str | Unset
        if isinstance(self.auth_token, Unset):
            auth_token = UNSET
        else:
            auth_token = self.auth_token

        concurrency_limit: int | None | Unset
        if isinstance(self.concurrency_limit, Unset):
            concurrency_limit = UNSET
        else:
            concurrency_limit = self.concurrency_limit

        allow_concurrent_inputs: int | None | Unset
        if isinstance(self.allow_concurrent_inputs, Unset):
            allow_concurrent_inputs = UNSET
        else:
            allow_concurrent_inputs = self.allow_concurrent_inputs

        keep_warm: int | None | Unset
        if isinstance(self.keep_warm, Unset):
            keep_warm = UNSET
        else:
            keep_warm = self.keep_warm

        run_timeout: int | None | Unset
        if isinstance(self.run_timeout, Unset):
            run_timeout = UNSET
        else:
            run_timeout = self.run_timeout

        idle_timeout: int | None | Unset
        if isinstance(self.idle_timeout, Unset):
            idle_timeout = UNSET
        else:
            idle_timeout = self.idle_timeout

        ws_timeout: int | None | Unset
        if isinstance(self.ws_timeout, Unset):
            ws_timeout = UNSET
        else:
            ws_timeout = self.ws_timeout

        cpu_request: float | None | Unset
        if isinstance(self.cpu_request, Unset):
            cpu_request = UNSET
        else:
            cpu_request = self.cpu_request

        cpu_limit: float | None | Unset
        if isinstance(self.cpu_limit, Unset):
            cpu_limit = UNSET
        else:
            cpu_limit = self.cpu_limit

        memory_request: int | None | Unset
        if isinstance(self.memory_request, Unset):
            memory_request = UNSET
        else:
            memory_request = self.memory_request

        memory_limit: int | None | Unset
        if isinstance(self.memory_limit, Unset):
            memory_limit = UNSET
        else:
            memory_limit = self.memory_limit

        python_version: None | str | Unset
        if isinstance(self.python_version, Unset):
            python_version = UNSET
        else:
            python_version = self.python_version

        base_docker_image: None | str | Unset
        if isinstance(self.base_docker_image, Unset):
            base_docker_image = UNSET
        else:
            base_docker_image = self.base_docker_image

        extra_docker_commands = self.extra_docker_commands

        extra_args: None | str | Unset
        if isinstance(self.extra_args, Unset):
            extra_args = UNSET
        else:
            extra_args = self.extra_args

        prestart_command: None | str | Unset
        if isinstance(self.prestart_command, Unset):
            prestart_command = UNSET
        else:
            prestart_command = self.prestart_command

        install_custom_node_with_gpu: bool | None | Unset
        if isinstance(self.install_custom_node_with_gpu, Unset):
            install_custom_node_with_gpu = UNSET
        else:
            install_custom_node_with_gpu = self.install_custom_node_with_gpu

        models_to_cache: list[None | str] | None | Unset
        if isinstance(self.models_to_cache, Unset):
            models_to_cache = UNSET
        elif isinstance(self.models_to_cache, list):
            models_to_cache = []
            for models_to_cache_type_0_item_data in self.models_to_cache:
                models_to_cache_type_0_item: None | str
                models_to_cache_type_0_item = models_to_cache_type_0_item_data
                models_to_cache.append(models_to_cache_type_0_item)

        else:
            models_to_cache = self.models_to_cache

        enable_gpu_memory_snapshot: bool | None | Unset
        if isinstance(self.enable_gpu_memory_snapshot, Unset):
            enable_gpu_memory_snapshot = UNSET
        else:
            enable_gpu_memory_snapshot = self.enable_gpu_memory_snapshot

        optimized_runner: bool | None | Unset
        if isinstance(self.optimized_runner, Unset):
            optimized_runner = UNSET
        else:
            optimized_runner = self.optimized_runner

        disable_metadata: bool | None | Unset
        if isinstance(self.disable_metadata, Unset):
            disable_metadata = UNSET
        else:
            disable_metadata = self.disable_metadata

        machine_hash: None | str | Unset
        if isinstance(self.machine_hash, Unset):
            machine_hash = UNSET
        else:
            machine_hash = self.machine_hash

        build_log: None | str | Unset
        if isinstance(self.build_log, Unset):
            build_log = UNSET
        else:
            build_log = self.build_log

        build_machine_instance_id: None | str | Unset
        if isinstance(self.build_machine_instance_id, Unset):
            build_machine_instance_id = UNSET
        else:
            build_machine_instance_id = self.build_machine_instance_id

        modal_app_id: None | str | Unset
        if isinstance(self.modal_app_id, Unset):
            modal_app_id = UNSET
        else:
            modal_app_id = self.modal_app_id

        pod_id: None | str | Unset
        if isinstance(self.pod_id, Unset):
            pod_id = UNSET
        else:
            pod_id = self.pod_id

        ws_gpu: None | str | Unset
        if isinstance(self.ws_gpu, Unset):
            ws_gpu = UNSET
        else:
            ws_gpu = self.ws_gpu

        gpu_workspace: bool | None | Unset
        if isinstance(self.gpu_workspace, Unset):
            gpu_workspace = UNSET
        else:
            gpu_workspace = self.gpu_workspace

        target_workflow_id: None | str | Unset
        if isinstance(self.target_workflow_id, Unset):
            target_workflow_id = UNSET
        else:
            target_workflow_id = self.target_workflow_id

        disabled: bool | None | Unset
        if isinstance(self.disabled, Unset):
            disabled = UNSET
        else:
            disabled = self.disabled

        legacy_mode: bool | None | Unset
        if isinstance(self.legacy_mode, Unset):
            legacy_mode = UNSET
        else:
            legacy_mode = self.legacy_mode

        allow_background_volume_commits: bool | None | Unset
        if isinstance(self.allow_background_volume_commits, Unset):
            allow_background_volume_commits = UNSET
        else:
            allow_background_volume_commits = self.allow_background_volume_commits

        retrieve_static_assets: bool | None | Unset
        if isinstance(self.retrieve_static_assets, Unset):
            retrieve_static_assets = UNSET
        else:
            retrieve_static_assets = self.retrieve_static_assets

        static_assets_status: None | str | Unset
        if isinstance(self.static_assets_status, Unset):
            static_assets_status = UNSET
        else:
            static_assets_status = self.static_assets_status

        snapshot = self.snapshot

        models = self.models

        dependencies = self.dependencies

        extensions = self.extensions

        object_info = self.object_info

        object_info_str: None | str | Unset
        if isinstance(self.object_info_str, Unset):
            object_info_str = UNSET
        else:
            object_info_str = self.object_info_str

        filename_list_cache = self.filename_list_cache

        field_dict: dict[str, Any] = {}
        field_dict.update(self.additional_properties)
        field_dict.update(
            {
                "id": id,
            }
        )
        if name is not UNSET:
            field_dict["name"] = name
        if type_ is not UNSET:
            field_dict["type"] = type_
        if status is not UNSET:
            field_dict["status"] = status
        if gpu is not UNSET:
            field_dict["gpu"] = gpu
        if comfyui_version is not UNSET:
            field_dict["comfyui_version"] = comfyui_version
        if machine_version is not UNSET:
            field_dict["machine_version"] = machine_version
        if machine_version_id is not UNSET:
            field_dict["machine_version_id"] = machine_version_id
        if machine_builder_version is not UNSET:
            field_dict["machine_builder_version"] = machine_builder_version
        if import_failed_logs is not UNSET:
            field_dict["import_failed_logs"] = import_failed_logs
        if docker_command_steps is not UNSET:
            field_dict["docker_command_steps"] = docker_command_steps
        if has_workflows is not UNSET:
            field_dict["has_workflows"] = has_workflows
        if is_workspace is not UNSET:
            field_dict["is_workspace"] = is_workspace
        if deleted is not UNSET:
            field_dict["deleted"] = deleted
        if user_id is not UNSET:
            field_dict["user_id"] = user_id
        if org_id is not UNSET:
            field_dict["org_id"] = org_id
        if created_at is not UNSET:
            field_dict["created_at"] = created_at
        if updated_at is not UNSET:
            field_dict["updated_at"] = updated_at
        if endpoint is not UNSET:
            field_dict["endpoint"] = endpoint
        if auth_token is not UNSET:
            field_dict["auth_token"] = auth_token
        if concurrency_limit is not UNSET:
            field_dict["concurrency_limit"] = concurrency_limit
        if allow_concurrent_inputs is not UNSET:
            field_dict["allow_concurrent_inputs"] = allow_concurrent_inputs
        if keep_warm is not UNSET:
            field_dict["keep_warm"] = keep_warm
        if run_timeout is not UNSET:
            field_dict["run_timeout"] = run_timeout
        if idle_timeout is not UNSET:
            field_dict["idle_timeout"] = idle_timeout
        if ws_timeout is not UNSET:
            field_dict["ws_timeout"] = ws_timeout
        if cpu_request is not UNSET:
            field_dict["cpu_request"] = cpu_request
        if cpu_limit is not UNSET:
            field_dict["cpu_limit"] = cpu_limit
        if memory_request is not UNSET:
            field_dict["memory_request"] = memory_request
        if memory_limit is not UNSET:
            field_dict["memory_limit"] = memory_limit
        if python_version is not UNSET:
            field_dict["python_version"] = python_version
        if base_docker_image is not UNSET:
            field_dict["base_docker_image"] = base_docker_image
        if extra_docker_commands is not UNSET:
            field_dict["extra_docker_commands"] = extra_docker_commands
        if extra_args is not UNSET:
            field_dict["extra_args"] = extra_args
        if prestart_command is not UNSET:
            field_dict["prestart_command"] = prestart_command
        if install_custom_node_with_gpu is not UNSET:
            field_dict["install_custom_node_with_gpu"] = install_custom_node_with_gpu
        if models_to_cache is not UNSET:
            field_dict["models_to_cache"] = models_to_cache
        if enable_gpu_memory_snapshot is not UNSET:
            field_dict["enable_gpu_memory_snapshot"] = enable_gpu_memory_snapshot
        if optimized_runner is not UNSET:
            field_dict["optimized_runner"] = optimized_runner
        if disable_metadata is not UNSET:
            field_dict["disable_metadata"] = disable_metadata
        if machine_hash is not UNSET:
            field_dict["machine_hash"] = machine_hash
        if build_log is not UNSET:
            field_dict["build_log"] = build_log
        if build_machine_instance_id is not UNSET:
            field_dict["build_machine_instance_id"] = build_machine_instance_id
        if modal_app_id is not UNSET:
            field_dict["modal_app_id"] = modal_app_id
        if pod_id is not UNSET:
            field_dict["pod_id"] = pod_id
        if ws_gpu is not UNSET:
            field_dict["ws_gpu"] = ws_gpu
        if gpu_workspace is not UNSET:
            field_dict["gpu_workspace"] = gpu_workspace
        if target_workflow_id is not UNSET:
            field_dict["target_workflow_id"] = target_workflow_id
        if disabled is not UNSET:
            field_dict["disabled"] = disabled
        if legacy_mode is not UNSET:
            field_dict["legacy_mode"] = legacy_mode
        if allow_background_volume_commits is not UNSET:
            field_dict["allow_background_volume_commits"] = allow_background_volume_commits
        if retrieve_static_assets is not UNSET:
            field_dict["retrieve_static_assets"] = retrieve_static_assets
        if static_assets_status is not UNSET:
            field_dict["static_assets_status"] = static_assets_status
        if snapshot is not UNSET:
            field_dict["snapshot"] = snapshot
        if models is not UNSET:
            field_dict["models"] = models
        if dependencies is not UNSET:
            field_dict["dependencies"] = dependencies
        if extensions is not UNSET:
            field_dict["extensions"] = extensions
        if object_info is not UNSET:
            field_dict["object_info"] = object_info
        if object_info_str is not UNSET:
            field_dict["object_info_str"] = object_info_str
        if filename_list_cache is not UNSET:
            field_dict["filename_list_cache"] = filename_list_cache

        return field_dict

    @classmethod
    def from_dict(cls: type[T], src_dict: Mapping[str, Any]) -> T:
        d = dict(src_dict)
        id = d.pop("id")

        def _parse_name(data: object) -> None | str | Unset:
            if data is None:
                return data
            if isinstance(data, Unset):
                return data
            return cast("None | str | Unset", data)

        name = _parse_name(d.pop("name", UNSET))

        def _parse_type_(data: object) -> None | str | Unset:
            if data is None:
                return data
            if isinstance(data, Unset):
                return data
            return cast("None | str | Unset", data)

        type_ = _parse_type_(d.pop("type", UNSET))

        def _parse_status(data: object) -> None | str | Unset:
            if data is None:
                return data
            if isinstance(data, Unset):
                return data
            return cast("None | str | Unset", data)

        status = _parse_status(d.pop("status", UNSET))

        def _parse_gpu(data: object) -> None | str | Unset:
            if data is None:
                return data
            if isinstance(data, Unset):
                return data
            return cast("None | str | Unset", data)

        gpu = _parse_gpu(d.pop("gpu", UNSET))

        def _parse_comfyui_version(data: object) -> None | str | Unset:
            if data is None:
                return data
            if isinstance(data, Unset):
                return data
            return cast("None | str | Unset", data)

        comfyui_version = _parse_comfyui_version(d.pop("comfyui_version", UNSET))

        def _parse_machine_version(data: object) -> None | str | Unset:
            if data is None:
                return data
            if isinstance(data, Unset):
                return data
            return cast("None | str | Unset", data)

        machine_version = _parse_machine_version(d.pop("machine_version", UNSET))

        def _parse_machine_version_id(data: object) -> None | str | Unset:
            if data is None:
                return data
            if isinstance(data, Unset):
                return data
            return cast("None | str | Unset", data)

        machine_version_id = _parse_machine_version_id(d.pop("machine_version_id", UNSET))

        def _parse_machine_builder_version(data: object) -> None | str | Unset:
            if data is None:
                return data
            if isinstance(data, Unset):
                return data
            return cast("None | str | Unset", data)

        machine_builder_version = _parse_machine_builder_version(d.pop("machine_builder_version", UNSET))

        def _parse_import_failed_logs(data: object) -> None | str | Unset:
            if data is None:
                return data
            if isinstance(data, Unset):
                return data
            return cast("None | str | Unset", data)

        import_failed_logs = _parse_import_failed_logs(d.pop("import_failed_logs", UNSET))

        docker_command_steps = d.pop("docker_command_steps", UNSET)

        def _parse_has_workflows(data: object) -> bool | None | Unset:
            if data is None:
                return data
            if isinstance(data, Unset):
                return data
            return cast("bool | None | Unset", data)

        has_workflows = _parse_has_workflows(d.pop("has_workflows", UNSET))

        def _parse_is_workspace(data: object) -> bool | None | Unset:
            if data is None:
                return data
            if isinstance(data, Unset):
                return data
            return cast("bool | None | Unset", data)

        is_workspace = _parse_is_workspace(d.pop("is_workspace", UNSET))

        def _parse_deleted(data: object) -> bool | None | Unset:
            if data is None:
                return data
            if isinstance(data, Unset):
                return data
            return cast("bool | None | Unset", data)

        deleted = _parse_deleted(d.pop("deleted", UNSET))

        def _parse_user_id(data: object) -> None | str | Unset:
            if data is None:
                return data
            if isinstance(data, Unset):
                return data
            return cast("None | str | Unset", data)

        user_id = _parse_user_id(d.pop("user_id", UNSET))

        def _parse_org_id(data: object) -> None | str | Unset:
            if data is None:
                return data
            if isinstance(data, Unset):
                return data
            return cast("None | str | Unset", data)

        org_id = _parse_org_id(d.pop("org_id", UNSET))

        def _parse_created_at(data: object) -> None | str | Unset:
            if data is None:
                return data
            if isinstance(data, Unset):
                return data
            return cast("None | str | Unset", data)

        created_at = _parse_created_at(d.pop("created_at", UNSET))

        def _parse_updated_at(data: object) -> None | str | Unset:
            if data is None:
                return data
            if isinstance(data, Unset):
                return data
            return cast("None | str | Unset", data)

        updated_at = _parse_updated_at(d.pop("updated_at", UNSET))

        def _parse_endpoint(data: object) -> None | str | Unset:
            if data is None:
                return data
            if isinstance(data, Unset):
                return data
            return cast("None | str | Unset", data)

        endpoint = _parse_endpoint(d.pop("endpoint", UNSET))

        def _parse_auth_token(data: object) -> None | str | Unset:
            if data is None:
                return data
            if isinstance(data, Unset):
                return data
            return cast("None | str | Unset", data)

        auth_token = _parse_auth_token(d.pop("auth_token", UNSET))

        def _parse_concurrency_limit(data: object) -> int | None | Unset:
            if data is None:
                return data
            if isinstance(data, Unset):
                return data
            return cast("int | None | Unset", data)

        concurrency_limit = _parse_concurrency_limit(d.pop("concurrency_limit", UNSET))

        def _parse_allow_concurrent_inputs(data: object) -> int | None | Unset:
            if data is None:
                return data
            if isinstance(data, Unset):
                return data
            return cast("int | None | Unset", data)

        allow_concurrent_inputs = _parse_allow_concurrent_inputs(d.pop("allow_concurrent_inputs", UNSET))

        def _parse_keep_warm(data: object) -> int | None | Unset:
            if data is None:
                return data
            if isinstance(data, Unset):
                return data
            return cast("int | None | Unset", data)

        keep_warm = _parse_keep_warm(d.pop("keep_warm", UNSET))

        def _parse_run_timeout(data: object) -> int | None | Unset:
            if data is None:
                return data
            if isinstance(data, Unset):
                return data
            return cast("int | None | Unset", data)

        run_timeout = _parse_run_timeout(d.pop("run_timeout", UNSET))

        def _parse_idle_timeout(data: object) -> int | None | Unset:
            if data is None:
                return data
            if isinstance(data, Unset):
                return data
            return cast("int | None | Unset", data)

        idle_timeout = _parse_idle_timeout(d.pop("idle_timeout", UNSET))

        def _parse_ws_timeout(data: object) -> int | None | Unset:
            if data is None:
                return data
            if isinstance(data, Unset):
                return data
            return cast("int | None | Unset", data)

        ws_timeout = _parse_ws_timeout(d.pop("ws_timeout", UNSET))

        def _parse_cpu_request(data: object) -> float | None | Unset:
            if data is None:
                return data
            if isinstance(data, Unset):
                return data
            return cast("float | None | Unset", data)

        cpu_request = _parse_cpu_request(d.pop("cpu_request", UNSET))

        def _parse_cpu_limit(data: object) -> float | None | Unset:
            if data is None:
                return data
            if isinstance(data, Unset):
                return data
            return cast("float | None | Unset", data)

        cpu_limit = _parse_cpu_limit(d.pop("cpu_limit", UNSET))

        def _parse_memory_request(data: object) -> int | None | Unset:
            if data is None:
                return data
            if isinstance(data, Unset):
                return data
            return cast("int | None | Unset", data)

        memory_request = _parse_memory_request(d.pop("memory_request", UNSET))

        def _parse_memory_limit(data: object) -> int | None | Unset:
            if data is None:
                return data
            if isinstance(data, Unset):
                return data
            return cast("int | None | Unset", data)

        memory_limit = _parse_memory_limit(d.pop("memory_limit", UNSET))

        def _parse_python_version(data: object) -> None | str | Unset:
            if data is None:
                return data
            if isinstance(data, Unset):
                return data
            return cast("None | str | Unset", data)

        python_version = _parse_python_version(d.pop("python_version", UNSET))

        def _parse_base_docker_image(data: object) -> None | str | Unset:
            if data is None:
                return data
            if isinstance(data, Unset):
                return data
            return cast("None | str | Unset", data)

        base_docker_image = _parse_base_docker_image(d.pop("base_docker_image", UNSET))

        extra_docker_commands = d.pop("extra_docker_commands", UNSET)

        def _parse_extra_args(data: object) -> None | str | Unset:
            if data is None:
                return data
            if isinstance(data, Unset):
                return data
            return cast("None | str | Unset", data)

        extra_args = _parse_extra_args(d.pop("extra_args", UNSET))

        def _parse_prestart_command(data: object) -> None | str | Unset:
            if data is None:
                return data
            if isinstance(data, Unset):
                return data
            return cast("None | str | Unset", data)

        prestart_command = _parse_prestart_command(d.pop("prestart_command", UNSET))

        def _parse_install_custom_node_with_gpu(data: object) -> bool | None | Unset:
            if data is None:
                return data
            if isinstance(data, Unset):
                return data
            return cast("bool | None | Unset", data)

        install_custom_node_with_gpu = _parse_install_custom_node_with_gpu(
            d.pop("install_custom_node_with_gpu", UNSET)
        )

        def _parse_models_to_cache(data: object) -> list[None | str] | None | Unset:
            if data is None:
                return data
            if isinstance(data, Unset):
                return data
            try:
                if not isinstance(data, list):
                    raise TypeError()
                models_to_cache_type_0 = []
                _models_to_cache_type_0 = data
                for models_to_cache_type_0_item_data in _models_to_cache_type_0:

                    def _parse_models_to_cache_type_0_item(data: object) -> None | str:
                        if data is None:
                            return data
                        return cast("None | str", data)

                    models_to_cache_type_0_item = _parse_models_to_cache_type_0_item(
                        models_to_cache_type_0_item_data
                    )

                    models_to_cache_type_0.append(models_to_cache_type_0_item)

                return models_to_cache_type_0
            except (TypeError, ValueError, AttributeError, KeyError):
                pass
            return cast("list[None | str] | None | Unset", data)

        models_to_cache = _parse_models_to_cache(d.pop("models_to_cache", UNSET))

        def _parse_enable_gpu_memory_snapshot(data: object) -> bool | None | Unset:
            if data is None:
                return data
            if isinstance(data, Unset):
                return data
            return cast("bool | None | Unset", data)

        enable_gpu_memory_snapshot = _parse_enable_gpu_memory_snapshot(
            d.pop("enable_gpu_memory_snapshot", UNSET)
        )

        def _parse_optimized_runner(data: object) -> bool | None | Unset:
            if data is None:
                return data
            if isinstance(data, Unset):
                return data
            return cast("bool | None | Unset", data)

        optimized_runner = _parse_optimized_runner(d.pop("optimized_runner", UNSET))

        def _parse_disable_metadata(data: object) -> bool | None | Unset:
            if data is None:
                return data
            if isinstance(data, Unset):
                return data
            return cast("bool | None | Unset", data)

        disable_metadata = _parse_disable_metadata(d.pop("disable_metadata", UNSET))

        def _parse_machine_hash(data: object) -> None | str | Unset:
            if data is None:
                return data
            if isinstance(data, Unset):
                return data
            return cast("None | str | Unset", data)

        machine_hash = _parse_machine_hash(d.pop("machine_hash", UNSET))

        def _parse_build_log(data: object) -> None | str | Unset:
            if data is None:
                return data
            if isinstance(data, Unset):
                return data
            return cast("None | str | Unset", data)

        build_log = _parse_build_log(d.pop("build_log", UNSET))

        def _parse_build_machine_instance_id(data: object) -> None | str | Unset:
            if data is None:
                return data
            if isinstance(data, Unset):
                return data
            return cast("None | str | Unset", data)

        build_machine_instance_id = _parse_build_machine_instance_id(
            d.pop("build_machine_instance_id", UNSET)
        )

        def _parse_modal_app_id(data: object) -> None | str | Unset:
            if data is None:
                return data
            if isinstance(data, Unset):
                return data
            return cast("None | str | Unset", data)

        modal_app_id = _parse_modal_app_id(d.pop("modal_app_id", UNSET))

        def _parse_pod_id(data: object) -> None | str | Unset:
            if data is None:
                return data
            if isinstance(data, Unset):
                return data
            return cast("None | str | Unset", data)

        pod_id = _parse_pod_id(d.pop("pod_id", UNSET))

        def _parse_ws_gpu(data: object) -> None | str | Unset:
            if data is None:
                return data
            if isinstance(data, Unset):
                return data
            return cast("None | str | Unset", data)

        ws_gpu = _parse_ws_gpu(d.pop("ws_gpu", UNSET))

        def _parse_gpu_workspace(data: object) -> bool | None | Unset:
            if data is None:
                return data
            if isinstance(data, Unset):
                return data
            return cast("bool | None | Unset", data)

        gpu_workspace = _parse_gpu_workspace(d.pop("gpu_workspace", UNSET))

        def _parse_target_workflow_id(data: object) -> None | str | Unset:
            if data is None:
                return data
            if isinstance(data, Unset):
                return data
            return cast("None | str | Unset", data)

        target_workflow_id = _parse_target_workflow_id(d.pop("target_workflow_id", UNSET))

        def _parse_disabled(data: object) -> bool | None | Unset:
            if data is None:
                return data
            if isinstance(data, Unset):
                return data
            return cast("bool | None | Unset", data)

        disabled = _parse_disabled(d.pop("disabled", UNSET))

        def _parse_legacy_mode(data: object) -> bool | None | Unset:
            if data is None:
                return data
            if isinstance(data, Unset):
                return data
            return cast("bool | None | Unset", data)

        legacy_mode = _parse_legacy_mode(d.pop("legacy_mode", UNSET))

        def _parse_allow_background_volume_commits(data: object) -> bool | None | Unset:
            if data is None:
                return data
            if isinstance(data, Unset):
                return data
            return cast("bool | None | Unset", data)

        allow_background_volume_commits = _parse_allow_background_volume_commits(
            d.pop("allow_background_volume_commits", UNSET)
        )

        def _parse_retrieve_static_assets(data: object) -> bool | None | Unset:
            if data is None:
                return data
            if isinstance(data, Unset):
                return data
            return cast("bool | None | Unset", data)

        retrieve_static_assets = _parse_retrieve_static_assets(d.pop("retrieve_static_assets", UNSET))

        def _parse_static_assets_status(data: object) -> None | str | Unset:
            if data is None:
                return data
            if isinstance(data, Unset):
                return data
            return cast("None | str | Unset", data)

        static_assets_status = _parse_static_assets_status(d.pop("static_assets_status", UNSET))

        snapshot = d.pop("snapshot", UNSET)

        models = d.pop("models", UNSET)

        dependencies = d.pop("dependencies", UNSET)

        extensions = d.pop("extensions", UNSET)

        object_info = d.pop("object_info", UNSET)

        def _parse_object_info_str(data: object) -> None | str | Unset:
            if data is None:
                return data
            if isinstance(data, Unset):
                return data
            return cast("None | str | Unset", data)

        object_info_str = _parse_object_info_str(d.pop("object_info_str", UNSET))

        filename_list_cache = d.pop("filename_list_cache", UNSET)

        machine = cls(
            id=id,
            name=name,
            type_=type_,
            status=status,
            gpu=gpu,
            comfyui_version=comfyui_version,
            machine_version=machine_version,
            machine_version_id=machine_version_id,
            machine_builder_version=machine_builder_version,
            import_failed_logs=import_failed_logs,
            docker_command_steps=docker_command_steps,
            has_workflows=has_workflows,
            is_workspace=is_workspace,
            deleted=deleted,
            user_id=user_id,
            org_id=org_id,
            created_at=created_at,
            updated_at=updated_at,
            endpoint=endpoint,
            auth_token=auth_token,
            concurrency_limit=concurrency_limit,
            allow_concurrent_inputs=allow_concurrent_inputs,
            keep_warm=keep_warm,
            run_timeout=run_timeout,
            idle_timeout=idle_timeout,
            ws_timeout=ws_timeout,
            cpu_request=cpu_request,
            cpu_limit=cpu_limit,
            memory_request=memory_request,
            memory_limit=memory_limit,
            python_version=python_version,
            base_docker_image=base_docker_image,
            extra_docker_commands=extra_docker_commands,
            extra_args=extra_args,
            prestart_command=prestart_command,
            install_custom_node_with_gpu=install_custom_node_with_gpu,
            models_to_cache=models_to_cache,
            enable_gpu_memory_snapshot=enable_gpu_memory_snapshot,
            optimized_runner=optimized_runner,
            disable_metadata=disable_metadata,
            machine_hash=machine_hash,
            build_log=build_log,
            build_machine_instance_id=build_machine_instance_id,
            modal_app_id=modal_app_id,
            pod_id=pod_id,
            ws_gpu=ws_gpu,
            gpu_workspace=gpu_workspace,
            target_workflow_id=target_workflow_id,
            disabled=disabled,
            legacy_mode=legacy_mode,
            allow_background_volume_commits=allow_background_volume_commits,
            retrieve_static_assets=retrieve_static_assets,
            static_assets_status=static_assets_status,
            snapshot=snapshot,
            models=models,
            dependencies=dependencies,
            extensions=extensions,
            object_info=object_info,
            object_info_str=object_info_str,
            filename_list_cache=filename_list_cache,
        )

        machine.additional_properties = d
        return machine

    @property
    def additional_keys(self) -> list[str]:
        return list(self.additional_properties.keys())

    def __getitem__(self, key: str) -> Any:
        return self.additional_properties[key]

    def __setitem__(self, key: str, value: Any) -> None:
        self.additional_properties[key] = value

    def __delitem__(self, key: str) -> None:
        del self.additional_properties[key]

    def __contains__(self, key: str) -> bool:
        return key in self.additional_properties
