from __future__ import annotations

from typing import TYPE_CHECKING, Any, TypeVar, cast

from attrs import define as _attrs_define
from attrs import field as _attrs_field

from ..types import UNSET, Unset

if TYPE_CHECKING:
    from collections.abc import Mapping


T = TypeVar("T", bound="MachineEnvironment")


@_attrs_define
class MachineEnvironment:
    """A machine's settings under the names of exports; empty without a version of it. Seconds for times."""

    version: int | None | Unset = UNSET
    """ The number of the version; only in exports of machines. """
    gpu: None | str | Unset = UNSET
    comfyui_version: None | str | Unset = UNSET
    machine_builder_version: None | str | Unset = UNSET
    """ Only in exports of machines. """
    machine_hash: None | str | Unset = UNSET
    docker_command_steps: Any | Unset = UNSET
    """ An object with `steps`, or null. """
    extra_docker_commands: Any | Unset = UNSET
    """ A list of objects with `when` and `commands`, or null. """
    base_docker_image: None | str | Unset = UNSET
    python_version: None | str | Unset = UNSET
    install_custom_node_with_gpu: bool | None | Unset = UNSET
    extra_args: None | str | Unset = UNSET
    prestart_command: None | str | Unset = UNSET
    max_containers: int | None | Unset = UNSET
    """ A machine's concurrency_limit. """
    min_containers: int | None | Unset = UNSET
    """ A machine's keep_warm. """
    scaledown_window: int | None | Unset = UNSET
    """ A machine's idle_timeout. """
    run_timeout: int | None | Unset = UNSET
    allow_concurrent_inputs: int | None | Unset = UNSET
    """ Only in exports of machines. """
    disable_metadata: bool | None | Unset = UNSET
    additional_properties: dict[str, Any] = _attrs_field(init=False, factory=dict)

    def to_dict(self) -> dict[str, Any]:
        version: int | None | Unset
        if isinstance(self.version, Unset):
            version = UNSET
        else:
            version = self.version

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

        max_containers: int | None | Unset
        if isinstance(self.max_containers, Unset):
            max_containers = UNSET
        else:
            max_containers = self.max_containers

        min_containers: int | None | Unset
        if isinstance(self.min_containers, Unset):
            min_containers = UNSET
        else:
            min_containers = self.min_containers

        scaledown_window: int | None | Unset
        if isinstance(self.scaledown_window, Unset):
            scaledown_window = UNSET
        else:
            scaledown_window = self.scaledown_window

        run_timeout: int | None | Unset
        if isinstance(self.run_timeout, Unset):
            run_timeout = UNSET
        else:
            run_timeout = self.run_timeout

        allow_concurrent_inputs: int | None | Unset
        if isinstance(self.allow_concurrent_inputs, Unset):
            allow_concurrent_inputs = UNSET
        else:
            allow_concurrent_inputs = self.allow_concurrent_inputs

        disable_metadata: bool | None | Unset
        if isinstance(self.disable_metadata, Unset):
            disable_metadata = UNSET
        else:
            disable_metadata = self.disable_metadata

        field_dict: dict[str, Any] = {}
        field_dict.update(self.additional_properties)
        field_dict.update({})
        if version is not UNSET:
            field_dict["version"] = version
        if gpu is not UNSET:
            field_dict["gpu"] = gpu
        if comfyui_version is not UNSET:
            field_dict["comfyui_version"] = comfyui_version
        if machine_builder_version is not UNSET:
            field_dict["machine_builder_version"] = machine_builder_version
        if machine_hash is not UNSET:
            field_dict["machine_hash"] = machine_hash
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
        if max_containers is not UNSET:
            field_dict["max_containers"] = max_containers
        if min_containers is not UNSET:
            field_dict["min_containers"] = min_containers
        if scaledown_window is not UNSET:
            field_dict["scaledown_window"] = scaledown_window
        if run_timeout is not UNSET:
            field_dict["run_timeout"] = run_timeout
        if allow_concurrent_inputs is not UNSET:
            field_dict["allow_concurrent_inputs"] = allow_concurrent_inputs
        if disable_metadata is not UNSET:
            field_dict["disable_metadata"] = disable_metadata

        return field_dict

    @classmethod
    def from_dict(cls: type[T], src_dict: Mapping[str, Any]) -> T:
        d = dict(src_dict)

        def _parse_version(data: object) -> int | None | Unset:
            if data is None:
                return data
            if isinstance(data, Unset):
                return data
            return cast("int | None | Unset", data)

        version = _parse_version(d.pop("version", UNSET))

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

        def _parse_max_containers(data: object) -> int | None | Unset:
            if data is None:
                return data
            if isinstance(data, Unset):
                return data
            return cast("int | None | Unset", data)

        max_containers = _parse_max_containers(d.pop("max_containers", UNSET))

        def _parse_min_containers(data: object) -> int | None | Unset:
            if data is None:
                return data
            if isinstance(data, Unset):
                return data
            return cast("int | None | Unset", data)

        min_containers = _parse_min_containers(d.pop("min_containers", UNSET))

        def _parse_scaledown_window(data: object) -> int | None | Unset:
            if data is None:
                return data
            if isinstance(data, Unset):
                return data
            return cast("int | None | Unset", data)

        scaledown_window = _parse_scaledown_window(d.pop("scaledown_window", UNSET))

        def _parse_run_timeout(data: object) -> int | None | Unset:
            if data is None:
                return data
            if isinstance(data, Unset):
                return data
            return cast("int | None | Unset", data)

        run_timeout = _parse_run_timeout(d.pop("run_timeout", UNSET))

        def _parse_allow_concurrent_inputs(data: object) -> int | None | Unset:
            if data is None:
                return data
            if isinstance(data, Unset):
                return data
            return cast("int | None | Unset", data)

        allow_concurrent_inputs = _parse_allow_concurrent_inputs(d.pop("allow_concurrent_inputs", UNSET))

        def _parse_disable_metadata(data: object) -> bool | None | Unset:
            if data is None:
                return data
            if isinstance(data, Unset):
                return data
            return cast("bool | None | Unset", data)

        disable_metadata = _parse_disable_metadata(d.pop("disable_metadata", UNSET))

        machine_environment = cls(
            version=version,
            gpu=gpu,
            comfyui_version=comfyui_version,
            machine_builder_version=machine_builder_version,
            machine_hash=machine_hash,
            docker_command_steps=docker_command_steps,
            extra_docker_commands=extra_docker_commands,
            base_docker_image=base_docker_image,
            python_version=python_version,
            install_custom_node_with_gpu=install_custom_node_with_gpu,
            extra_args=extra_args,
            prestart_command=prestart_command,
            max_containers=max_containers,
            min_containers=min_containers,
            scaledown_window=scaledown_window,
            run_timeout=run_timeout,
            allow_concurrent_inputs=allow_concurrent_inputs,
            disable_metadata=disable_metadata,
        )

        machine_environment.additional_properties = d
        return machine_environment

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
