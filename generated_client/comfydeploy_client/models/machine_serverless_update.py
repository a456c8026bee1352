from __future__ import annotations

from typing import TYPE_CHECKING, Any, TypeVar, cast

from attrs import define as _attrs_define
from attrs import field as _attrs_field

from ..models.gpu import GPU
from ..types import UNSET, Unset

if TYPE_CHECKING:
    from collections.abc import Mapping

    from ..models.docker_command import DockerCommand


T = TypeVar("T", bound="MachineServerlessUpdate")


@_attrs_define
class MachineServerlessUpdate:
    """What to change on a serverless machine; what is left out or null stays. Seconds for timeouts."""

    name: None | str | Unset = UNSET
    gpu: GPU | None | Unset = UNSET
    """ Without a new build, unless nodes are installed on a card. """
    comfyui_version: None | str | Unset = UNSET
    """ A commit of ComfyUI, 40 hexadecimal digits. """
    docker_command_steps: Any | Unset = UNSET
    """ How the image is built, an object with `steps`, each with `type` (custom-node, custom-node-manager,
    commands), `id` and `data`; or null.
     """
    extra_docker_commands: list[DockerCommand] | None | Unset = UNSET
    base_docker_image: None | str | Unset = UNSET
    python_version: None | str | Unset = UNSET
    machine_builder_version: None | str | Unset = UNSET
    """ 2, 3 or 4. """
    install_custom_node_with_gpu: bool | None | Unset = UNSET
    """ Build on a card. """
    extra_args: None | str | Unset = UNSET
    """ For ComfyUI's command line. """
    prestart_command: None | str | Unset = UNSET
    """ What a container does before ComfyUI starts. """
    concurrency_limit: int | None | Unset = UNSET
    """ How many containers run at once. """
    allow_concurrent_inputs: int | None | Unset = UNSET
    """ How many runs a container takes. """
    keep_warm: int | None | Unset = UNSET
    """ How many containers are kept running, and paid; changed without a new build. """
    run_timeout: int | None | Unset = UNSET
    """ For one run. """
    idle_timeout: int | None | Unset = UNSET
    """ Until an idle container stops. """
    cpu_request: float | None | Unset = UNSET
    """ In cores. """
    cpu_limit: float | None | Unset = UNSET
    """ In cores. """
    memory_request: int | None | Unset = UNSET
    """ In MiB. """
    memory_limit: int | None | Unset = UNSET
    """ In MiB. """
    models_to_cache: list[str] | None | Unset = UNSET
    """ Models that a container loads as it starts. """
    enable_gpu_memory_snapshot: bool | None | Unset = UNSET
    optimized_runner: bool | None | Unset = UNSET
    disable_metadata: bool | None | Unset = UNSET
    """ Pictures leave without the workflow in them. """
    is_trigger_rebuild: bool | None | Unset = UNSET
    """ Make a new version and build it even when nothing changes; false unless given. """
    additional_properties: dict[str, Any] = _attrs_field(init=False, factory=dict)

    def to_dict(self) -> dict[str, Any]:
        name: None | str | Unset
        if isinstance(self.name, Unset):
            name = UNSET
        else:
            name = self.name

        gpu: None | str | Unset
        if isinstance(self.gpu, Unset):
            gpu = UNSET
        elif isinstance(self.gpu, GPU):
            gpu = self.gpu.value
        else:
            gpu = self.gpu

        comfyui_version: None | str | Unset
        if isinstance(self.comfyui_version, Unset):
            comfyui_version = UNSET
        else:
            comfyui_version = self.comfyui_version

        docker_command_steps = self.docker_command_steps

        extra_docker_commands: list[dict[str, Any]] | None | Unset
        if isinstance(self.extra_docker_commands, Unset):
            extra_docker_commands = UNSET
        elif isinstance(self.extra_docker_commands, list):
            extra_docker_commands = []
            for extra_docker_commands_type_0_item_data in self.extra_docker_commands:
                extra_docker_commands_type_0_item = extra_docker_commands_type_0_item_data.to_dict()
                extra_docker_commands.append(extra_docker_commands_type_0_item)

        else:
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

        machine_builder_version: None | str | Unset
        if isinstance(self.machine_builder_version, Unset):
            machine_builder_version = UNSET
        else:
            machine_builder_version = self.machine_builder_version

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

        models_to_cache: list[str] | None | Unset
        if isinstance(self.models_to_cache, Unset):
            models_to_cache = UNSET
        elif isinstance(self.models_to_cache, list):
            models_to_cache = self.models_to_cache

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

        is_trigger_rebuild: bool | None | Unset
        if isinstance(self.is_trigger_rebuild, Unset):
            is_trigger_rebuild = UNSET
        else:
            is_trigger_rebuild = self.is_trigger_rebuild

        field_dict: dict[str, Any] = {}
        field_dict.update(self.additional_properties)
        field_dict.update({})
        if name is not UNSET:
            field_dict["name"] = name
        if gpu is not UNSET:
            field_dict["gpu"] = gpu
        if comfyui_version is not UNSET:
            field_dict["comfyui_version"] = comfyui_version
        if docker_command_steps is not UNSET:
            field_dict["docker_command_steps"] = docker_command_steps
        if extra_docker_commands is not UNSET:
            field_dict["extra_docker_commands"] = extra_docker_commands
        if base_docker_image is not UNSET:
            field_dict["base_docker_image"] = base_docker_image
        if python_version is not UNSET:
            field_dict["python_version"] = python_version
        if machine_builder_version is not UNSET:
            field_dict["machine_builder_version"] = machine_builder_version
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
        if optimized_runner is not UNSET:
            field_dict["optimized_runner"] = optimized_runner
        if disable_metadata is not UNSET:
            field_dict["disable_metadata"] = disable_metadata
        if is_trigger_rebuild is not UNSET:
            field_dict["is_trigger_rebuild"] = is_trigger_rebuild

        return field_dict

    @classmethod
    def from_dict(cls: type[T], src_dict: Mapping[str, Any]) -> T:
        from ..models.docker_command import DockerCommand  # noqa: PLC0415

        d = dict(src_dict)

        def _parse_name(data: object) -> None | str | Unset:
            if data is None:
                return data
            if isinstance(data, Unset):
                return data
            return cast("None | str | Unset", data)

        name = _parse_name(d.pop("name", UNSET))

        def _parse_gpu(data: object) -> GPU | None | Unset:
            if data is None:
                return data
            if isinstance(data, Unset):
                return data
            try:
                if not isinstance(data, str):
                    raise TypeError()
                gpu_type_0 = GPU(data)

                return gpu_type_0
            except (TypeError, ValueError, AttributeError, KeyError):
                pass
            return cast("GPU | None | Unset", data)

        gpu = _parse_gpu(d.pop("gpu", UNSET))

        def _parse_comfyui_version(data: object) -> None | str | Unset:
            if data is None:
                return data
            if isinstance(data, Unset):
                return data
            return cast("None | str | Unset", data)

        comfyui_version = _parse_comfyui_version(d.pop("comfyui_version", UNSET))

        docker_command_steps = d.pop("docker_command_steps", UNSET)

        def _parse_extra_docker_commands(data: object) -> list[DockerCommand] | None | Unset:
            if data is None:
                return data
            if isinstance(data, Unset):
                return data
            try:
                if not isinstance(data, list):
                    raise TypeError()
                extra_docker_commands_type_0 = []
                _extra_docker_commands_type_0 = data
                for extra_docker_commands_type_0_item_data in _extra_docker_commands_type_0:
                    extra_docker_commands_type_0_item = DockerCommand.from_dict(
                        extra_docker_commands_type_0_item_data
                    )

                    extra_docker_commands_type_0.append(extra_docker_commands_type_0_item)

                return extra_docker_commands_type_0
            except (TypeError, ValueError, AttributeError, KeyError):
                pass
            return cast("list[DockerCommand] | None | Unset", data)

        extra_docker_commands = _parse_extra_docker_commands(d.pop("extra_docker_commands", UNSET))

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

        def _parse_machine_builder_version(data: object) -> None | str | Unset:
            if data is None:
                return data
            if isinstance(data, Unset):
                return data
            return cast("None | str | Unset", data)

        machine_builder_version = _parse_machine_builder_version(d.pop("machine_builder_version", UNSET))

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

        def _parse_models_to_cache(data: object) -> list[str] | None | Unset:
            if data is None:
                return data
            if isinstance(data, Unset):
                return data
            try:
                if not isinstance(data, list):
                    raise TypeError()
                models_to_cache_type_0 = cast("list[str]", data)

                return models_to_cache_type_0
            except (TypeError, ValueError, AttributeError, KeyError):
                pass
            return cast("list[str] | None | Unset", data)

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

        def _parse_is_trigger_rebuild(data: object) -> bool | None | Unset:
            if data is None:
                return data
            if isinstance(data, Unset):
                return data
            return cast("bool | None | Unset", data)

        is_trigger_rebuild = _parse_is_trigger_rebuild(d.pop("is_trigger_rebuild", UNSET))

        machine_serverless_update = cls(
            name=name,
            gpu=gpu,
            comfyui_version=comfyui_version,
            docker_command_steps=docker_command_steps,
            extra_docker_commands=extra_docker_commands,
            base_docker_image=base_docker_image,
            python_version=python_version,
            machine_builder_version=machine_builder_version,
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
            optimized_runner=optimized_runner,
            disable_metadata=disable_metadata,
            is_trigger_rebuild=is_trigger_rebuild,
        )

        machine_serverless_update.additional_properties = d
        return machine_serverless_update

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
