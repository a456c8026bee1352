from __future__ import annotations

from typing import TYPE_CHECKING, Any, TypeVar, cast

from attrs import define as _attrs_define
from attrs import field as _attrs_field

from ..types import UNSET, Unset

if TYPE_CHECKING:
    from collections.abc import Mapping


T = TypeVar("T", bound="MachineVersion")


@_attrs_define
class MachineVersion:
    """One version of a serverless machine. Lists give few of these fields. Seconds for timeouts."""

    id: str
    machine_id: None | str | Unset = UNSET
    version: int | None | Unset = UNSET
    """ Its number on the machine. """
    status: None | str | Unset = UNSET
    """ building, ready, error, as with machines; more may come. """
    gpu: None | str | Unset = UNSET
    comfyui_version: None | str | Unset = UNSET
    machine_builder_version: None | str | Unset = UNSET
    machine_hash: None | str | Unset = UNSET
    """ Of the commands its image is built with. """
    modal_image_id: None | str | Unset = UNSET
    """ Null until it was built. """
    docker_command_steps: Any | Unset = UNSET
    """ An object with `steps`, or null. """
    extra_docker_commands: Any | Unset = UNSET
    """ A list of objects with `when` and `commands`, or null. """
    base_docker_image: None | str | Unset = UNSET
    python_version: None | str | Unset = UNSET
    install_custom_node_with_gpu: bool | None | Unset = UNSET
    extra_args: None | str | Unset = UNSET
    prestart_command: None | str | Unset = UNSET
    concurrency_limit: int | None | Unset = UNSET
    allow_concurrent_inputs: int | None | Unset = UNSET
    keep_warm: int | None | Unset = UNSET
    run_timeout: int | None | Unset = UNSET
    idle_timeout: int | None | Unset = UNSET
    cpu_request: float | None | Unset = UNSET
    cpu_limit: float | None | Unset = UNSET
    memory_request: int | None | Unset = UNSET
    memory_limit: int | None | Unset = UNSET
    models_to_cache: list[None | str] | None | Unset = UNSET
    enable_gpu_memory_snapshot: bool | None | Unset = UNSET
    disable_metadata: bool | None | Unset = UNSET
    build_log: None | str | Unset = UNSET
    user_id: None | str | Unset = UNSET
    org_id: None | str | Unset = UNSET
    """ Only in lists. """
    created_at: None | str | Unset = UNSET
    """ Renewed when the machine goes back to it. """
    updated_at: None | str | Unset = UNSET
    additional_properties: dict[str, Any] = _attrs_field(init=False, factory=dict)

    def to_dict(self) -> dict[str, Any]:
        id = self.id

        machine_id: None | str | Unset
        if isinstance(self.machine_id, Unset):
            machine_id = UNSET
        else:
            machine_id = self.machine_id

        version: int | None | Unset
        if isinstance(self.version, Unset):
            version = UNSET
        else:
            version = self.version

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

        machine_builder_version: None | str | Unset
        if isinstance(self.machine_builder_version, Unset):
            machine_builder_version = UNSET
        else:
            machine_builder_version = self.machine_builder_version

        machine_hash: None | str | Unset
        if isinstance(self.machine_hash, Unset):
            machine_hash = UNSET
        else:
            machine_hash = self.machine_hash

        modal_image_id: None | str | Unset
        if isinstance(self.modal_image_id, Unset):
            modal_image_id = UNSET
        else:
            modal_image_id = self.modal_image_id

        docker_command_steps = self.docker_command_steps

        extra_docker_commands = self.extra_docker_commands

        base_docker_image: None | str | Unset
        if isinstance(self.base_docker_image, Unset):
            base_docker_image = UNSET
        else:
            base_docker_image = self.base_docker_image

        python_version: None | str | Unset
        if isinstance(self.python_version, Unset):
            python_version = UNSET
        else:
            python_version = self.python_version

        install_custom_node_with_gpu: bool | None | Unset
        if isinstance(self.install_custom_node_with_gpu, Unset):
            install_custom_node_with_gpu = UNSET
        else:
            install_custom_node_with_gpu = self.install_custom_node_with_gpu

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

        disable_metadata: bool | None | Unset
        if isinstance(self.disable_metadata, Unset):
            disable_metadata = UNSET
        else:
            disable_metadata = self.disable_metadata

        build_log: None | str | Unset
        if isinstance(self.build_log, Unset):
            build_log = UNSET
        else:
            build_log = self.build_log

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

        field_dict: dict[str, Any] = {}
        field_dict.update(self.additional_properties)
        field_dict.update(
            {
                "id": id,
            }
        )
        if machine_id is not UNSET:
            field_dict["machine_id"] = machine_id
        if version is not UNSET:
            field_dict["version"] = version
        if status is not UNSET:
            field_dict["status"] = status
        if gpu is not UNSET:
            field_dict["gpu"] = gpu
        if comfyui_version is not UNSET:
            field_dict["comfyui_version"] = comfyui_version
        if machine_builder_version is not UNSET:
            field_dict["machine_builder_version"] = machine_builder_version
        if machine_hash is not UNSET:
            field_dict["machine_hash"] = machine_hash
        if modal_image_id is not UNSET:
            field_dict["modal_image_id"] = modal_image_id
        if docker_command_steps is not UNSET:
            field_dict["docker_command_steps"] = docker_command_steps
        if extra_docker_commands is not UNSET:
            field_dict["extra_docker_commands"] = extra_docker_commands
        if base_docker_image is not UNSET:
            field_dict["base_docker_image"] = base_docker_image
        if python_version is not UNSET:
            field_dict["python_version"] = python_version
        if install_custom_node_with_gpu is not UNSET:
            field_dict["install_custom_node_with_gpu"] = install_custom_node_with_gpu
        if extra_args is not UNSET:
            field_dict["extra_args"] = extra_args
        if prestart_command is not UNSET:
            field_dict["prestart_command"] = prestart_command
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
        if cpu_request is not UNSET:
            field_dict["cpu_request"] = cpu_request
        if cpu_limit is not UNSET:
            field_dict["cpu_limit"] = cpu_limit
        if memory_request is not UNSET:
            field_dict["memory_request"] = memory_request
        if memory_limit is not UNSET:
            field_dict["memory_limit"] = memory_limit
        if models_to_cache is not UNSET:
            field_dict["models_to_cache"] = models_to_cache
        if enable_gpu_memory_snapshot is not UNSET:
            field_dict["enable_gpu_memory_snapshot"] = enable_gpu_memory_snapshot
        if disable_metadata is not UNSET:
            field_dict["disable_metadata"] = disable_metadata
        if build_log is not UNSET:
            field_dict["build_log"] = build_log
        if user_id is not UNSET:
            field_dict["user_id"] = user_id
        if org_id is not UNSET:
            field_dict["org_id"] = org_id
        if created_at is not UNSET:
            field_dict["created_at"] = created_at
        if updated_at is not UNSET:
            field_dict["updated_at"] = updated_at

        return field_dict

    @classmethod
    def from_dict(cls: type[T], src_dict: Mapping[str, Any]) -> T:
        d = dict(src_dict)
        id = d.pop("id")

        def _parse_machine_id(data: object) -> None | str | Unset:
            if data is None:
                return data
            if isinstance(data, Unset):
                return data
            return cast("None | str | Unset", data)

        machine_id = _parse_machine_id(d.pop("machine_id", UNSET))

        def _parse_version(data: object) -> int | None | Unset:
            if data is None:
                return data
            if isinstance(data, Unset):
                return data
            return cast("int | None | Unset", data)

        version = _parse_version(d.pop("version", UNSET))

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

        def _parse_machine_builder_version(data: object) -> None | str | Unset:
            if data is None:
                return data
            if isinstance(data, Unset):
                return data
            return cast("None | str | Unset", data)

        machine_builder_version = _parse_machine_builder_version(d.pop("machine_builder_version", UNSET))

        def _parse_machine_hash(data: object) -> None | str | Unset:
            if data is None:
                return data
            if isinstance(data, Unset):
                return data
            return cast("None | str | Unset", data)

        machine_hash = _parse_machine_hash(d.pop("machine_hash", UNSET))

        def _parse_modal_image_id(data: object) -> None | str | Unset:
            if data is None:
                return data
            if isinstance(data, Unset):
                return data
            return cast("None | str | Unset", data)

        modal_image_id = _parse_modal_image_id(d.pop("modal_image_id", UNSET))

        docker_command_steps = d.pop("docker_command_steps", UNSET)

        extra_docker_commands = d.pop("extra_docker_commands", UNSET)

        def _parse_base_docker_image(data: object) -> None | str | Unset:
            if data is None:
                return data
            if isinstance(data, Unset):
                return data
            return cast("None | str | Unset", data)

        base_docker_image = _parse_base_docker_image(d.pop("base_docker_image", UNSET))

        def _parse_python_version(data: object) -> None | str | Unset:
            if data is None:
                return data
            if isinstance(data, Unset):
                return data
            return cast("None | str | Unset", data)

        python_version = _parse_python_version(d.pop("python_version", UNSET))

        def _parse_install_custom_node_with_gpu(data: object) -> bool | None | Unset:
            if data is None:
                return data
            if isinstance(data, Unset):
                return data
            return cast("bool | None | Unset", data)

        install_custom_node_with_gpu = _parse_install_custom_node_with_gpu(
            d.pop("install_custom_node_with_gpu", UNSET)
        )

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

        def _parse_disable_metadata(data: object) -> bool | None | Unset:
            if data is None:
                return data
            if isinstance(data, Unset):
                return data
            return cast("bool | None | Unset", data)

        disable_metadata = _parse_disable_metadata(d.pop("disable_metadata", UNSET))

        def _parse_build_log(data: object) -> None | str | Unset:
            if data is None:
                return data
            if isinstance(data, Unset):
                return data
            return cast("None | str | Unset", data)

        build_log = _parse_build_log(d.pop("build_log", UNSET))

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

        machine_version = cls(
            id=id,
            machine_id=machine_id,
            version=version,
            status=status,
            gpu=gpu,
            comfyui_version=comfyui_version,
            machine_builder_version=machine_builder_version,
            machine_hash=machine_hash,
            modal_image_id=modal_image_id,
            docker_command_steps=docker_command_steps,
            extra_docker_commands=extra_docker_commands,
            base_docker_image=base_docker_image,
            python_version=python_version,
            install_custom_node_with_gpu=install_custom_node_with_gpu,
            extra_args=extra_args,
            prestart_command=prestart_command,
            concurrency_limit=concurrency_limit,
            allow_concurrent_inputs=allow_concurrent_inputs,
            keep_warm=keep_warm,
            run_timeout=run_timeout,
            idle_timeout=idle_timeout,
            cpu_request=cpu_request,
            cpu_limit=cpu_limit,
            memory_request=memory_request,
            memory_limit=memory_limit,
            models_to_cache=models_to_cache,
            enable_gpu_memory_snapshot=enable_gpu_memory_snapshot,
            disable_metadata=disable_metadata,
            build_log=build_log,
            user_id=user_id,
            org_id=org_id,
            created_at=created_at,
            updated_at=updated_at,
        )

        machine_version.additional_properties = d
        return machine_version

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
