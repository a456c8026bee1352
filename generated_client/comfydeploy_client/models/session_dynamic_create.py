from __future__ import annotations

from typing import TYPE_CHECKING, Any, TypeVar, cast

from attrs import define as _attrs_define
from attrs import field as _attrs_field

from ..models.gpu import GPU
from ..types import UNSET, Unset

if TYPE_CHECKING:
    from collections.abc import Mapping


T = TypeVar("T", bound="SessionDynamicCreate")


@_attrs_define
class SessionDynamicCreate:
    """What to start, and for how long."""

    gpu: GPU | Unset = UNSET
    """ The graphics cards a run or a machine may ask for. """
    machine_id: None | str | Unset = UNSET
    """ The machine whose image to use. """
    machine_version_id: None | str | Unset = UNSET
    """ A version of that machine; its current one if not. """
    timeout: int | None | Unset = UNSET
    """ In minutes; 15 unless given. """
    comfyui_hash: None | str | Unset = UNSET
    """ A commit of ComfyUI, 40 hexadecimal digits; one the service has chosen unless given. """
    dependencies: Any | Unset = UNSET
    """ Custom nodes as a list of texts "owner/repository@commit"; or an object with `docker_command_steps` and
    maybe `dependencies`, `snapshot`, `comfyui_version` and `extra_docker_commands`; or null.
     """
    base_docker_image: None | str | Unset = UNSET
    python_version: None | str | Unset = UNSET
    wait_for_server: bool | Unset = UNSET
    """ Answer when ComfyUI answers; false unless given. """
    additional_properties: dict[str, Any] = _attrs_field(init=False, factory=dict)

    def to_dict(self) -> dict[str, Any]:
        gpu: str | Unset = UNSET
        if not isinstance(self.gpu, Unset):
            gpu = self.gpu.value

        machine_id: None | str | Unset
        if isinstance(self.machine_id, Unset):
            machine_id = UNSET
        else:
            machine_id = self.machine_id

        machine_version_id: None | str | Unset
        if isinstance(self.machine_version_id, Unset):
            machine_version_id = UNSET
        else:
            machine_version_id = self.machine_version_id

        timeout: int | None | Unset
        if isinstance(self.timeout, Unset):
            timeout = UNSET
        else:
            timeout = self.timeout

        comfyui_hash: None | str | Unset
        if isinstance(self.comfyui_hash, Unset):
            comfyui_hash = UNSET
        else:
            comfyui_hash = self.comfyui_hash

        dependencies = self.dependencies

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

        wait_for_server = self.wait_for_server

        field_dict: dict[str, Any] = {}
        field_dict.update(self.additional_properties)
        field_dict.update({})
        if gpu is not UNSET:
            field_dict["gpu"] = gpu
        if machine_id is not UNSET:
            field_dict["machine_id"] = machine_id
        if machine_version_id is not UNSET:
            field_dict["machine_version_id"] = machine_version_id
        if timeout is not UNSET:
            field_dict["timeout"] = timeout
        if comfyui_hash is not UNSET:
            field_dict["comfyui_hash"] = comfyui_hash
        if dependencies is not UNSET:
            field_dict["dependencies"] = dependencies
        if base_docker_image is not UNSET:
            field_dict["base_docker_image"] = base_docker_image
        if python_version is not UNSET:
            field_dict["python_version"] = python_version
        if wait_for_server is not UNSET:
            field_dict["wait_for_server"] = wait_for_server

        return field_dict

    @classmethod
    def from_dict(cls: type[T], src_dict: Mapping[str, Any]) -> T:
        d = dict(src_dict)
        _gpu = d.pop("gpu", UNSET)
        gpu: GPU | Unset
        if isinstance(_gpu, Unset):
            gpu = UNSET
        else:
            gpu = GPU(_gpu)

        def _parse_machine_id(data: object) -> None | str | Unset:
            if data is None:
                return data
            if isinstance(data, Unset):
                return data
            return cast("None | str | Unset", data)

        machine_id = _parse_machine_id(d.pop("machine_id", UNSET))

        def _parse_machine_version_id(data: object) -> None | str | Unset:
            if data is None:
                return data
            if isinstance(data, Unset):
                return data
            return cast("None | str | Unset", data)

        machine_version_id = _parse_machine_version_id(d.pop("machine_version_id", UNSET))

        def _parse_timeout(data: object) -> int | None | Unset:
            if data is None:
                return data
            if isinstance(data, Unset):
                return data
            return cast("int | None | Unset", data)

        timeout = _parse_timeout(d.pop("timeout", UNSET))

        def _parse_comfyui_hash(data: object) -> None | str | Unset:
            if data is None:
                return data
            if isinstance(data, Unset):
                return data
            return cast("None | str | Unset", data)

        comfyui_hash = _parse_comfyui_hash(d.pop("comfyui_hash", UNSET))

        dependencies = d.pop("dependencies", UNSET)

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

        wait_for_server = d.pop("wait_for_server", UNSET)

        session_dynamic_create = cls(
            gpu=gpu,
            machine_id=machine_id,
            machine_version_id=machine_version_id,
            timeout=timeout,
            comfyui_hash=comfyui_hash,
            dependencies=dependencies,
            base_docker_image=base_docker_image,
            python_version=python_version,
            wait_for_server=wait_for_server,
        )

        session_dynamic_create.additional_properties = d
        return session_dynamic_create

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
